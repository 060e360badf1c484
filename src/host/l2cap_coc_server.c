/* SPDX-License-Identifier: Apache-2.0 */

/*
 * PSMs that are listened on, Core 6.0 Vol 3 Part A 4.22.
 */

#include <errno.h>

#include <zephyr/logging/log.h>

#include "conn.h"
#include "host.h"
#include "l2cap_coc.h"
#include "sec.h"

LOG_MODULE_DECLARE(bt_l2cap_coc);

#define PSM_DYNAMIC_FIRST 0x0080
#define PSM_LAST          0x00ff

static struct bt_l2cap_server *server_of(struct l2cap_coc *coc, uint16_t psm)
{
	struct bt_l2cap_server *server;

	SYS_SLIST_FOR_EACH_CONTAINER(&coc->servers, server, node) {
		if (server->psm == psm) {
			return server;
		}
	}
	return NULL;
}

static uint16_t psm_free(struct l2cap_coc *coc)
{
	for (uint16_t psm = PSM_DYNAMIC_FIRST; psm <= PSM_LAST; psm++) {
		if (server_of(coc, psm) == NULL) {
			return psm;
		}
	}
	return 0;
}

int bt_l2cap_server_register(struct bt_l2cap_server *server)
{
	struct l2cap_coc *coc = host__l2cap_coc(fav_host_current());
	uint16_t psm = server->psm;

	if (server->accept == NULL || psm > PSM_LAST || server->sec_level > BT_SECURITY_L4) {
		return -EINVAL;
	}
	if (psm != 0 && server_of(coc, psm) != NULL) {
		return -EADDRINUSE;
	}
	if (psm == 0) {
		psm = psm_free(coc);
	}
	if (psm == 0) {
		return -ENOMEM;
	}
	server->psm = psm;
	server->sec_level = MAX(server->sec_level, BT_SECURITY_L1);
	sys_slist_append(&coc->servers, &server->node);
	return 0;
}

int bt_l2cap_server_unregister(struct bt_l2cap_server *server)
{
	struct l2cap_coc *coc = host__l2cap_coc(fav_host_current());

	if (server == NULL) {
		return -EINVAL;
	}
	return sys_slist_find_and_remove(&coc->servers, &server->node) ? 0 : -ENOENT;
}

static const uint16_t security_results[] = {
	[SEC_LACKS_NOTHING] = BT_L2CAP_LE_SUCCESS,
	[SEC_LACKS_AUTHENTICATION] = BT_L2CAP_LE_ERR_AUTHENTICATION,
	[SEC_LACKS_ENCRYPTION] = BT_L2CAP_LE_ERR_ENCRYPTION,
	[SEC_LACKS_KEY_SIZE] = BT_L2CAP_LE_ERR_KEY_SIZE,
};

uint16_t l2cap_coc__server_check(struct bt_conn *conn, uint16_t psm)
{
	const struct bt_l2cap_server *server = server_of(l2cap_coc__of(conn), psm);

	if (server == NULL) {
		return BT_L2CAP_LE_ERR_PSM_NOT_SUPP;
	}
	return security_results[sec__lacks(conn, server->sec_level)];
}

static uint16_t result_of(int err)
{
	switch (err) {
	case -ENOMEM:
		return BT_L2CAP_LE_ERR_NO_RESOURCES;
	case -EACCES:
		return BT_L2CAP_LE_ERR_AUTHORIZATION;
	case -EPERM:
		return BT_L2CAP_LE_ERR_KEY_SIZE;
	default:
		return BT_L2CAP_LE_ERR_UNACCEPT_PARAMS;
	}
}

static int prepare(struct bt_conn *conn, struct bt_l2cap_chan *chan, uint16_t psm, bool ecred)
{
	struct bt_l2cap_le_chan *ch = BT_L2CAP_LE_CHAN(chan);
	const struct bt_l2cap_le_endpoint wished = ch->rx;
	int err;

	if (ch->state != BT_L2CAP_DISCONNECTED) {
		LOG_ERR("accept gave a channel that is in use");
		return -ENOMEM;
	}
	err = l2cap_coc__rx_prepare(ch, ecred ? BT_L2CAP_ECRED_MIN_MTU : BT_L2CAP_LE_MIN_MTU);
	if (err != 0) {
		LOG_ERR("accept gave a channel without ops, or with an MTU of %u", ch->rx.mtu);
		return err;
	}
	ch->psm = psm;
	err = l2cap_coc__add(conn, ch, ecred);
	if (err != 0) {
		ch->rx = wished;
	}
	return err;
}

struct bt_l2cap_le_chan *l2cap_coc__server_accept(struct bt_conn *conn, uint16_t psm, bool ecred,
						  const struct bt_l2cap_le_endpoint *asked,
						  uint16_t *result)
{
	struct bt_l2cap_server *server = server_of(l2cap_coc__of(conn), psm);
	struct bt_l2cap_chan *chan = NULL;
	int err;

	/* A callback for an earlier channel of the same request may have taken it away. */
	if (server == NULL) {
		*result = BT_L2CAP_LE_ERR_NO_RESOURCES;
		return NULL;
	}
	server->asked_tx = *asked;
	server->asked_rx.cid = l2cap_coc__cid_free(conn);
	err = server->accept(conn, server, &chan);
	if (err == 0 && (chan == NULL || !conn__is_connected(conn))) {
		err = -ENOMEM;
	}
	if (err == 0) {
		err = prepare(conn, chan, psm, ecred);
	}
	*result = err == 0 ? BT_L2CAP_LE_SUCCESS : result_of(err);
	return err == 0 ? BT_L2CAP_LE_CHAN(chan) : NULL;
}
