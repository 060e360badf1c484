/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include <zephyr/bluetooth/att.h>
#include <zephyr/logging/log.h>

#include "att_eatt.h"
#include "att_req.h"
#include "att_rx.h"
#include "att_tx.h"
#include "conn.h"

LOG_MODULE_DECLARE(bt_att);

/*
 * Enhanced bearers: Core 6.0 Vol 3 Part G 5.3.
 *
 * Both sides may ask for them, once the link is encrypted; the places are the host's, and one link
 * has at most ATT_ENHANCED_LINK of them, so that others find some.
 *
 *     free -> taken: asked for, or accepted -> open: the bearer has a connection -> free
 */

/* Assigned Numbers 2.10 */
#define PSM               0x0027
#define ATT_ENHANCED_LINK BT_L2CAP_ECRED_CHAN_MAX_PER_REQ
/* PDUs that a peer may send ahead. One that takes none of our answers has so many buffers of each
 * of its bearers: with all of them less than there are. */
#define CREDITS CLAMP(CONFIG_BT_BUF_ACL_RX_COUNT / 8, 1, 3)

static struct att_enhanced *enhanced_of(struct bt_l2cap_chan *chan)
{
	return CONTAINER_OF(BT_L2CAP_LE_CHAN(chan), struct att_enhanced, chan);
}

/* ---- What is on its way ---- */

bool att_eatt__has_room(const struct att_enhanced *enhanced)
{
	return enhanced->flight_count < ATT_FLIGHT_VALUES;
}

int att_eatt__send(struct att_enhanced *enhanced, struct net_buf *buf, l2cap_sent_t sent,
		   void *user)
{
	int err;

	if (enhanced->flight_count == ATT_FLIGHT_MAX) {
		return -EAGAIN;
	}
	err = bt_l2cap_chan_send(&enhanced->chan.chan, buf);
	if (err == 0) {
		int at = (enhanced->flight_first + enhanced->flight_count) % ATT_FLIGHT_MAX;

		enhanced->flight[at].sent = sent;
		enhanced->flight[at].user = user;
		enhanced->flight_count++;
	}
	return err;
}

/* The first has left, or never will. */
static void landed(struct att_enhanced *enhanced, struct bt_conn *conn, int err)
{
	l2cap_sent_t sent = enhanced->flight[enhanced->flight_first].sent;
	void *user = enhanced->flight[enhanced->flight_first].user;

	enhanced->flight_first = (enhanced->flight_first + 1) % ATT_FLIGHT_MAX;
	enhanced->flight_count--;
	if (sent != NULL) {
		sent(conn, user, err);
	}
}

static void on_sent(struct bt_l2cap_chan *chan)
{
	struct att_enhanced *enhanced = enhanced_of(chan);

	landed(enhanced, chan->conn, 0);
	conn__tx_freed(enhanced->bearer.att->host);
}

/* ---- A channel's life ---- */

static void mtu_agree(struct att_enhanced *enhanced)
{
	struct att_bearer *bearer = &enhanced->bearer;

	bearer->mtu = MIN(enhanced->chan.rx.mtu, enhanced->chan.tx.mtu);
	bearer->att->upper->mtu_updated(bearer->conn, bt_gatt_get_mtu(bearer->conn));
}

static void on_connected(struct bt_l2cap_chan *chan)
{
	struct att_enhanced *enhanced = enhanced_of(chan);

	if (!enhanced->chan.ecred || att__bearer(chan->conn) == NULL) {
		/* On this PSM there are enhanced channels alone. */
		att_eatt__close(enhanced);
		return;
	}
	att__bearer_begin(&enhanced->bearer, chan->conn, BT_ATT_DEFAULT_LE_MTU);
	mtu_agree(enhanced);
}

static void on_disconnected(struct bt_l2cap_chan *chan)
{
	struct att_enhanced *enhanced = enhanced_of(chan);

	if (enhanced->bearer.conn != NULL) {
		att__bearer_end(&enhanced->bearer);
	}
	while (enhanced->flight_count > 0) {
		landed(enhanced, chan->conn, -ENOTCONN);
	}
}

static void on_released(struct bt_l2cap_chan *chan)
{
	enhanced_of(chan)->taken = false;
}

static void on_reconfigured(struct bt_l2cap_chan *chan)
{
	if (enhanced_of(chan)->bearer.conn != NULL) {
		mtu_agree(enhanced_of(chan));
	}
}

static int on_recv(struct bt_l2cap_chan *chan, struct net_buf *buf)
{
	struct att_enhanced *enhanced = enhanced_of(chan);
	bool held = enhanced->bearer.conn != NULL && att_rx__recv(&enhanced->bearer, buf);

	return held ? -EINPROGRESS : 0;
}

static const struct bt_l2cap_chan_ops ops = {
	.connected = on_connected,
	.disconnected = on_disconnected,
	.released = on_released,
	.reconfigured = on_reconfigured,
	.recv = on_recv,
	.sent = on_sent,
};

void att_eatt__close(struct att_enhanced *enhanced)
{
	(void)bt_l2cap_chan_disconnect(&enhanced->chan.chan);
}

/* ---- Places ---- */

static int taken_by(const struct att *att, const struct bt_conn *conn)
{
	int count = 0;

	for (int i = 0; i < CONFIG_BT_EATT_MAX; i++) {
		count += att->enhanced[i].taken && att->enhanced[i].chan.chan.conn == conn;
	}
	return count;
}

/* A free place, taken; NULL: none. */
static struct att_enhanced *take(struct att *att)
{
	for (int i = 0; i < CONFIG_BT_EATT_MAX; i++) {
		struct att_enhanced *enhanced = &att->enhanced[i];

		if (!enhanced->taken) {
			enhanced->taken = true;
			enhanced->flight_first = 0;
			enhanced->flight_count = 0;
			enhanced->chan.chan.ops = &ops;
			enhanced->chan.rx = (struct bt_l2cap_le_endpoint){
				.mtu = MAX(att->preferred_mtu, BT_L2CAP_ECRED_MIN_MTU),
				.credits = CREDITS,
			};
			return enhanced;
		}
	}
	return NULL;
}

static int accept(struct bt_conn *conn, struct bt_l2cap_server *server, struct bt_l2cap_chan **chan)
{
	struct att *att = CONTAINER_OF(server, struct att, eatt_server);
	struct att_enhanced *enhanced;

	if (taken_by(att, conn) >= ATT_ENHANCED_LINK) {
		return -ENOMEM;
	}
	enhanced = take(att);
	if (enhanced == NULL) {
		return -ENOMEM;
	}
	*chan = &enhanced->chan.chan;
	return 0;
}

void att_eatt__init(struct att *att)
{
	att->eatt = IS_ENABLED(CONFIG_BT_EATT);
	att->eatt_server = (struct bt_l2cap_server){
		.psm = PSM,
		.sec_level = BT_SECURITY_L2,
		.accept = accept,
	};
	for (int i = 0; i < CONFIG_BT_EATT_MAX; i++) {
		att->enhanced[i].bearer.enhanced = &att->enhanced[i];
	}
}

/* Servers stay registered over disable. */
int att_eatt__enable(struct att *att)
{
	struct bt_host *previous;
	int err;

	if (!att->eatt) {
		return 0;
	}
	previous = host__enter(att->host);
	(void)bt_l2cap_server_unregister(&att->eatt_server);
	err = bt_l2cap_server_register(&att->eatt_server);
	host__leave(previous);
	return err;
}

/* ---- API ---- */

int bt_eatt_set_enabled(bool enabled)
{
	struct att *att = host__att(fav_host_current());
	int err = 0;

	if (enabled == att->eatt) {
		return 0;
	}
	att->eatt = enabled;
	if (!enabled) {
		(void)bt_l2cap_server_unregister(&att->eatt_server);
	} else {
		err = att_eatt__enable(att);
		att->eatt = err == 0;
	}
	return err;
}

static int connect_check(const struct bt_conn *conn, size_t num_channels)
{
	if (conn == NULL || num_channels == 0 || num_channels > ATT_ENHANCED_LINK ||
	    num_channels > CONFIG_BT_EATT_MAX) {
		return -EINVAL;
	}
	if (att__bearer(conn) == NULL) {
		return -ENOTCONN;
	}
	if (!host__att(conn__host(conn))->eatt) {
		return -ENOTSUP;
	}
	return bt_conn_get_security(conn) < BT_SECURITY_L2 ? -EPERM : 0;
}

int bt_eatt_connect(struct bt_conn *conn, size_t num_channels)
{
	struct bt_l2cap_chan *chans[BT_L2CAP_ECRED_CHAN_MAX_PER_REQ] = {NULL};
	int err = connect_check(conn, num_channels);
	struct att *att;
	size_t count = 0;

	if (err != 0) {
		return err;
	}
	att = host__att(conn__host(conn));
	num_channels = MIN(num_channels, (size_t)(ATT_ENHANCED_LINK - taken_by(att, conn)));
	while (count < num_channels) {
		struct att_enhanced *enhanced = take(att);

		if (enhanced == NULL) {
			break;
		}
		chans[count++] = &enhanced->chan.chan;
	}
	err = count > 0 ? bt_l2cap_ecred_chan_connect(conn, chans, PSM) : -ENOMEM;
	for (size_t i = 0; i < count && err != 0; i++) {
		enhanced_of(chans[i])->taken = false;
	}
	return err;
}

size_t bt_eatt_count(struct bt_conn *conn)
{
	unsigned int all = conn != NULL ? att__bearer_count(conn) : 0;

	return all > 0 ? all - 1 : 0;
}

int bt_eatt_disconnect(struct bt_conn *conn)
{
	struct att_bearer *bearer = NULL;
	int err = -ENOTCONN;

	if (conn == NULL) {
		return -EINVAL;
	}
	while ((bearer = att__bearer_next(conn, bearer)) != NULL) {
		if (bearer->enhanced != NULL) {
			att_eatt__close(bearer->enhanced);
			err = 0;
		}
	}
	return err;
}
