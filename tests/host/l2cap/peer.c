/* SPDX-License-Identifier: Apache-2.0 */
#include "peer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/sys/byteorder.h>

#include "host/host.h"

struct bt_conn *conn;

void peer_connect(uint8_t role)
{
	struct bt_conn *attempt = NULL;

	if (role == BT_CONN_ROLE_CENTRAL) {
		assert_int_equal(0, bt_conn_le_create(bench_addr(1), BT_CONN_LE_CREATE_CONN,
						      BT_LE_CONN_PARAM_DEFAULT, &attempt));
		bt_conn_unref(attempt);
	}
	bench_connect(0, HANDLE, role, bench_addr(1));
	bench_run();
	conn = conn__by_handle(fav_host_current(), HANDLE);
}

void arrive_on(uint16_t cid, const void *payload, size_t len)
{
	uint8_t pdu[CONFIG_BT_BUF_ACL_RX_SIZE];

	sys_put_le16((uint16_t)len, pdu);
	sys_put_le16(cid, pdu + 2);
	memcpy(pdu + 4, payload, len);
	bench_acl_in(HANDLE, BT_ACL_START, pdu, 4 + len);
	bench_run();
}

uint32_t dropped(void)
{
	return host__stats(fav_host_current())->l2cap_dropped;
}
