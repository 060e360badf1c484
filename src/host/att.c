/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include <zephyr/logging/log.h>

#include "att.h"
#include "att_eatt.h"
#include "att_req.h"
#include "att_rx.h"
#include "att_server.h"
#include "att_tx.h"
#include "conn.h"

LOG_MODULE_REGISTER(bt_att);

/*
 * Bearers: they live from the fixed channel's connected to its disconnected.
 */

struct att_bearer *att__bearer(const struct bt_conn *conn)
{
	struct att_bearer *bearer;

	bearer = &host__att(conn__host(conn))->bearers[conn__index(conn)];
	return bearer->conn == conn && conn__is_connected(conn) ? bearer : NULL;
}

struct att_bearer *att__bearer_at(struct att *att, int n)
{
	return CONFIG_BT_EATT_MAX == 0 || n < CONFIG_BT_MAX_CONN
		       ? &att->bearers[n]
		       : &att->enhanced[n - CONFIG_BT_MAX_CONN].bearer;
}

struct att_bearer *att__bearer_next(const struct bt_conn *conn, const struct att_bearer *after)
{
	struct att *att = host__att(conn__host(conn));
	int n = 0;

	if (after == NULL) {
		return att__bearer(conn);
	}
	if (CONFIG_BT_EATT_MAX == 0) {
		return NULL;
	}
	if (after->enhanced != NULL) {
		n = (int)(after->enhanced - att->enhanced) + 1;
	}
	for (; n < CONFIG_BT_EATT_MAX; n++) {
		if (att->enhanced[n].bearer.conn == conn) {
			return &att->enhanced[n].bearer;
		}
	}
	return NULL;
}

unsigned int att__bearer_count(const struct bt_conn *conn)
{
	const struct att_bearer *bearer = NULL;
	unsigned int count = 0;

	while ((bearer = att__bearer_next(conn, bearer)) != NULL) {
		count++;
	}
	return count;
}

/* Without a wish the unenhanced one is the first. */
struct att_bearer *att__value_bearer(const struct bt_conn *conn, enum bt_att_chan_opt opt)
{
	struct att_bearer *bearer = att__bearer(conn);

	return bearer != NULL && opt == BT_ATT_CHAN_OPT_ENHANCED_ONLY
		       ? att__bearer_next(conn, bearer)
		       : bearer;
}

void att__dropped(struct att_bearer *bearer)
{
	host__stats(bearer->att->host)->att_dropped++;
}

void att__bearer_begin(struct att_bearer *bearer, struct bt_conn *conn, uint16_t mtu)
{
	bearer->conn = conn;
	bearer->mtu = mtu;
	bearer->own_mtu = 0;
	bearer->their_mtu = 0;
	bearer->mtu_asked = false;
	bearer->mtu_answered = false;
	bearer->timed_out = false;
	bearer->out_of_sync_told = false;
	bearer->replies = 0;
	att_req__connected(bearer);
}

void att__bearer_end(struct att_bearer *bearer)
{
	struct bt_conn *conn = bearer->conn;

	/* First, so that callbacks find nothing to send on. */
	bearer->conn = NULL;
	att_rx__clear(bearer);
	att_prepare__clear(bearer);
	att_req__fail_all(bearer, conn, -ENOTCONN);
}

static void connected(struct bt_conn *conn)
{
	struct att *att = host__att(conn__host(conn));

	att->bearers_up++;
	att__bearer_begin(&att->bearers[conn__index(conn)], conn, BT_ATT_DEFAULT_LE_MTU);
	att->upper->connected(conn);
}

static void end(struct att_bearer *bearer)
{
	struct bt_conn *conn = bearer->conn;

	if (conn != NULL) {
		bearer->att->bearers_up--;
		att__bearer_end(bearer);
		bearer->att->upper->disconnected(conn);
	}
}

static void disconnected(struct bt_conn *conn)
{
	struct att_bearer *bearer = &host__att(conn__host(conn))->bearers[conn__index(conn)];

	if (bearer->conn == conn) {
		end(bearer);
	}
}

static void recv(struct bt_conn *conn, struct net_buf *buf)
{
	struct att_bearer *bearer = att__bearer(conn);

	if (bearer == NULL) {
		host__stats(conn__host(conn))->att_dropped++;
		net_buf_unref(buf);
		return;
	}
	if (!att_rx__recv(bearer, buf)) {
		net_buf_unref(buf);
	}
}

static const struct l2cap_fixed channel = {
	.cid = L2CAP_CID_ATT,
	.connected = connected,
	.disconnected = disconnected,
	.recv = recv,
};

void att__init(struct att *att, struct bt_host *host)
{
	memset(att, 0, sizeof(*att));
	att->host = host;
	att->preferred_mtu = CONFIG_BT_L2CAP_TX_MTU;
	att->retry_on_sec_err = IS_ENABLED(CONFIG_BT_ATT_RETRY_ON_SEC_ERR);
	for (int i = 0; i < ATT_BEARERS; i++) {
		att__bearer_at(att, i)->att = att;
	}
	att_eatt__init(att);
	att_tx__init(att);
	att_req__init(att);
	att_prepare__init(att);
}

int att__enable(struct bt_host *host)
{
	struct att *att = host__att(host);
	int err = l2cap__fixed_register(host__l2cap(host), &channel);

	if (err == 0) {
		err = att_eatt__enable(att);
	}
	if (err == 0) {
		att->enabled = true;
	}
	return err;
}

void att__disable(struct bt_host *host)
{
	struct att *att = host__att(host);

	for (int i = 0; i < CONFIG_BT_MAX_CONN; i++) {
		end(&att->bearers[i]);
	}
	att->enabled = false;
	att->starved = 0;
	(void)k_work_cancel_delayable(&att->freed);
	deadlines__stop(&att->timeouts);
}

void att__upper_register(struct att *att, const struct att_upper *upper)
{
	att->upper = upper;
}

bool att__is_idle(const struct att *att)
{
	return fav_net_buf_pool_used(&att->replies.pool) == 0 &&
	       fav_net_buf_pool_used(&att->values.pool) == 0 &&
	       fav_net_buf_pool_used(&att->requests.pool) == 0 &&
	       sys_slist_len(&att->free_reqs) == CONFIG_BT_ATT_REQ_COUNT &&
	       sys_slist_len(&att->free_sents) == CONFIG_BT_ATT_TX_COUNT &&
	       sys_slist_len(&att->free_prepared) == CONFIG_BT_ATT_PREPARE_COUNT;
}

void fav_host_att_retry_set(struct bt_host *host, bool retry)
{
	host__att(host)->retry_on_sec_err = retry;
}
