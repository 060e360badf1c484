/* SPDX-License-Identifier: Apache-2.0 */
#include "bonded.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/settings/settings.h>
#include <zephyr/sys/byteorder.h>

struct sim sim;
struct bonded_heard bonded_heard;

static struct bt_gatt_cb gatt_cb;

static void look(struct bt_conn *conn)
{
	if (sim_current(&sim) == PERIPHERAL) {
		bonded_heard.subscribed = bt_gatt_is_subscribed(conn, &server.attrs[SERVER_STREAM],
								BT_GATT_CCC_NOTIFY);
	}
}

static void on_value(struct bt_conn *conn, uint8_t opcode, uint16_t handle, const void *data,
		     uint16_t len)
{
	if (handle == BONDED_H_CHANGED_CCC - 1) {
		assert_int_equal(len, sizeof(bonded_heard.range));
		memcpy(bonded_heard.range, data, len);
		bonded_heard.changes++;
	} else {
		bonded_heard.values++;
	}
}

void bonded_begin(void)
{
	memset(&bonded_heard, 0, sizeof(bonded_heard));
	kept_begin(&sim, FAV_OWN_ADDR_IDENTITY);
	user.on_security_changed = look;
	gatt_cb = (struct bt_gatt_cb){.unsubscribed_notify = on_value};
	sim_on(&sim, CENTRAL);
	bt_gatt_cb_register(&gatt_cb);
	server_begin(&sim, PERIPHERAL);
}

void bonded_begin_paired(void)
{
	bonded_begin();
	bonded_link();
	bonded_pair();
}

void bonded_end(void)
{
	sim_on(&sim, PERIPHERAL);
	if (bt_gatt_service_is_registered(&server.service)) {
		server_end(&sim, PERIPHERAL);
	}
	kept_end();
}

void bonded_link(void)
{
	peers_link(&sim, CENTRAL, PERIPHERAL, 24);
}

void bonded_unlink(void)
{
	peers_unlink(&sim, CENTRAL, PERIPHERAL);
}

void bonded_encrypt(void)
{
	told[CENTRAL].changes = told[PERIPHERAL].changes = 0;
	secure_raise(CENTRAL, BT_SECURITY_L2);
	for (size_t i = 0; i < DEVICES; i++) {
		assert_true(sim_until_count(&told[i].changes, 1, 10000));
		assert_int_equal(told[i].err, BT_SECURITY_ERR_SUCCESS);
	}
}

void bonded_pair(void)
{
	told[CENTRAL].completes = told[PERIPHERAL].completes = 0;
	bonded_encrypt();
	assert_true(sim_until_count(&told[CENTRAL].completes, 1, 10000));
	assert_true(sim_until_count(&told[PERIPHERAL].completes, 1, 10000));
}

void bonded_come_back(void)
{
	bonded_link();
	bonded_encrypt();
}

void bonded_restart(bool load)
{
	if (peers[PERIPHERAL].conn != NULL) {
		bonded_unlink();
	}
	server_end(&sim, PERIPHERAL);
	kept_restart(PERIPHERAL);
	if (load) {
		assert_int_equal(0, settings_load());
	}
	server_begin(&sim, PERIPHERAL);
}

void bonded_go_away(bool restarted)
{
	if (restarted) {
		bonded_restart(true);
	} else {
		bonded_unlink();
	}
}

void bonded_write(uint16_t handle, uint16_t value, uint16_t len)
{
	struct client_result result;
	uint8_t bytes[2];

	sys_put_le16(value, bytes);
	sim_on(&sim, CENTRAL);
	client_write(peers[CENTRAL].conn, handle, bytes, len, &result);
	assert_int_equal(result.err, 0);
}

struct gatt *bonded_gatt(void)
{
	return host__gatt(sim.dev[PERIPHERAL].host);
}
