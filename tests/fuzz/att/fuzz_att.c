/* SPDX-License-Identifier: Apache-2.0 */

/* A peer that sends any ATT PDUs, as client and as server, on the unenhanced bearer and on enhanced
 * ones, while the application asks it, is asked, tells it values and changes its database.
 *
 * The input is a list of steps: a byte that says what, a byte of detail, a byte of length, and that
 * many bytes. Whatever it is, each procedure ends once, and in the end nothing is left. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <favonius/cursor.h>
#include <zephyr/bluetooth/bluetooth.h>

#include "host/att/database.h"
#include "host/att/peer.h"
#include "host/conn.h"

#define SLOTS     8
#define STEPS_MAX 200

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What the application has asked for and not heard the end of. */
static struct slot {
	union {
		struct bt_gatt_exchange_params exchange;
		struct bt_gatt_discover_params discover;
		struct bt_gatt_read_params read;
		struct bt_gatt_write_params write;
		struct bt_gatt_subscribe_params subscribe;
		struct bt_gatt_indicate_params indicate;
	};
	bool busy;
	uint8_t detail;
	uint16_t handles[3];
} slots[SLOTS];
static unsigned int owed; /* sent callbacks */
static uint8_t bytes_of_app[512];
static uint8_t asked; /* opcode of the host's latest request */

static struct slot *slot_of(void *params)
{
	struct slot *slot = params;

	if (!slot->busy) {
		abort();
	}
	return slot;
}

static void ended(void *params)
{
	slot_of(params)->busy = false;
}

static void on_exchanged(struct bt_conn *conn, uint8_t err, struct bt_gatt_exchange_params *params)
{
	ended(params);
}

/* A detail's upper bits say what a callback does: stop, cancel itself, go on. */
static uint8_t decide(struct bt_conn *conn, void *params)
{
	struct slot *slot = slot_of(params);

	if ((slot->detail & 0xc0) == 0x40) {
		slot->busy = false;
		return BT_GATT_ITER_STOP;
	}
	if ((slot->detail & 0xc0) == 0x80) {
		bt_gatt_cancel(conn, params);
	}
	return BT_GATT_ITER_CONTINUE;
}

static uint8_t on_found(struct bt_conn *conn, const struct bt_gatt_attr *attr,
			struct bt_gatt_discover_params *params)
{
	if (attr == NULL) {
		ended(params);
		return BT_GATT_ITER_STOP;
	}
	return decide(conn, params);
}

static uint8_t on_read(struct bt_conn *conn, uint8_t err, struct bt_gatt_read_params *params,
		       const void *data, uint16_t len)
{
	if (data == NULL) {
		ended(params);
		return BT_GATT_ITER_STOP;
	}
	return decide(conn, params);
}

static void on_written(struct bt_conn *conn, uint8_t err, struct bt_gatt_write_params *params)
{
	ended(params);
}

static uint8_t on_value(struct bt_conn *conn, struct bt_gatt_subscribe_params *params,
			const void *data, uint16_t len)
{
	if (data == NULL) {
		ended(params);
		return BT_GATT_ITER_STOP;
	}
	return (slot_of(params)->detail & 0xc0) == 0x40 ? BT_GATT_ITER_STOP : BT_GATT_ITER_CONTINUE;
}

static void on_destroyed(struct bt_gatt_indicate_params *params)
{
	ended(params);
}

static void on_sent(struct bt_conn *conn, void *user_data)
{
	if (owed == 0) {
		abort();
	}
	owed--;
}

static struct slot *slot_free(uint8_t detail)
{
	for (int i = 0; i < SLOTS; i++) {
		if (!slots[i].busy) {
			memset(&slots[i], 0, sizeof(slots[i]));
			slots[i].busy = true;
			slots[i].detail = detail;
			return &slots[i];
		}
	}
	return NULL;
}

/* Small handles, which the database and the peer's answers have. */
static uint16_t handle_from(struct fav_cursor *c)
{
	return fav_cursor_u8(c) % 40;
}

static const struct bt_uuid *const uuids[] = {
	NULL,
	BT_UUID_GAP_DEVICE_NAME,
	BT_UUID_GATT_CCC,
	BT_UUID_GATT_CPF,
	BT_UUID_DECLARE_128(NAME_BYTES),
};

static int ask_read(struct bt_conn *conn, struct slot *slot, struct fav_cursor *c)
{
	slot->read.func = on_read;
	slot->read.chan_opt = slot->detail >> 3 & 3;
	slot->read.handle_count = fav_cursor_u8(c) % 4;
	if (slot->read.handle_count == 0) {
		slot->read.by_uuid.start_handle = handle_from(c);
		slot->read.by_uuid.end_handle = 0xffff;
		slot->read.by_uuid.uuid = uuids[slot->detail % ARRAY_SIZE(uuids)];
	} else if (slot->read.handle_count == 1) {
		slot->read.single.handle = handle_from(c);
		slot->read.single.offset = fav_cursor_le16(c);
	} else {
		for (size_t i = 0; i < slot->read.handle_count; i++) {
			slot->handles[i] = handle_from(c);
		}
		slot->read.multiple.handles = slot->handles;
		slot->read.multiple.variable = (slot->detail & 0x20) != 0;
	}
	return bt_gatt_read(conn, &slot->read);
}

static int ask(struct bt_conn *conn, struct slot *slot, struct fav_cursor *c)
{
	switch (slot->detail % 5) {
	case 0:
		slot->exchange.func = on_exchanged;
		return bt_gatt_exchange_mtu(conn, &slot->exchange);
	case 1:
		slot->discover.func = on_found;
		slot->discover.chan_opt = slot->detail >> 3 & 3;
		slot->discover.type = fav_cursor_u8(c) % 8;
		slot->discover.uuid = uuids[fav_cursor_u8(c) % ARRAY_SIZE(uuids)];
		slot->discover.start_handle = handle_from(c);
		slot->discover.end_handle = 0xffff - fav_cursor_u8(c);
		return bt_gatt_discover(conn, &slot->discover);
	case 2:
		return ask_read(conn, slot, c);
	case 3:
		slot->write.func = on_written;
		slot->write.chan_opt = slot->detail >> 3 & 3;
		slot->write.handle = handle_from(c);
		slot->write.offset = fav_cursor_u8(c);
		slot->write.length = fav_cursor_u8(c);
		slot->write.data = bytes_of_app;
		return bt_gatt_write(conn, &slot->write);
	default:
		slot->subscribe.notify = on_value;
		slot->subscribe.chan_opt = slot->detail >> 3 & 3;
		slot->subscribe.value_handle = handle_from(c);
		slot->subscribe.ccc_handle = handle_from(c) % 3;
		slot->subscribe.value = fav_cursor_u8(c) % 4;
		return bt_gatt_subscribe(conn, &slot->subscribe);
	}
}

static void app_asks(struct bt_conn *conn, uint8_t detail, struct fav_cursor *c)
{
	struct slot *slot = slot_free(detail);

	if (slot != NULL && ask(conn, slot, c) != 0) {
		slot->busy = false;
	}
}

static void app_indicates(struct bt_conn *conn, uint8_t detail, uint16_t len)
{
	struct slot *slot = slot_free(detail);

	if (slot == NULL) {
		return;
	}
	slot->indicate = (struct bt_gatt_indicate_params){
		.attr = database_attr(H_VALUE),
		.destroy = on_destroyed,
		.data = bytes_of_app,
		.len = len,
		.ignore_subscription = (detail & 0x40) != 0,
		.chan_opt = detail >> 3 & 3,
	};
	if (bt_gatt_indicate((detail & 0x80) != 0 ? conn : NULL, &slot->indicate) != 0) {
		slot->busy = false;
	}
}

static void app_notifies(struct bt_conn *conn, uint8_t detail, uint16_t len)
{
	struct bt_gatt_notify_params params = {
		.attr = database_attr(H_VALUE),
		.data = bytes_of_app,
		.len = len,
		.func = on_sent,
		.ignore_subscription = (detail & 0x40) != 0,
		.chan_opt = detail >> 3 & 3,
	};

	owed++;
	if (bt_gatt_notify_cb(conn, &params) != 0) {
		owed--;
	}
	/* To all: how many callbacks follow is theirs to know. */
	params.func = NULL;
	(void)bt_gatt_notify_cb(NULL, &params);
}

static void app_tells(struct bt_conn *conn, uint8_t detail, struct fav_cursor *c)
{
	struct slot *slot = &slots[fav_cursor_u8(c) % SLOTS];

	switch (detail % 6) {
	case 0:
		app_notifies(conn, detail, fav_cursor_u8(c));
		break;
	case 1:
		app_indicates(conn, detail, fav_cursor_u8(c));
		break;
	case 2:
		/* Only what can be cancelled: an indication's params are no procedure's. */
		bt_gatt_cancel(conn, slot);
		break;
	case 3:
		(void)bt_gatt_unsubscribe(conn, &slot->subscribe);
		break;
	case 4:
		database_down();
		database_up();
		break;
	default:
		owed++;
		if (bt_gatt_write_without_response_cb(conn, handle_from(c), bytes_of_app,
						      fav_cursor_u8(c), false, on_sent,
						      NULL) != 0) {
			owed--;
		}
		break;
	}
}

/* ---- Enhanced bearers ---- */

#define CID_SIG   0x0005
#define CID_FIRST 0x0040

/* The link is as good as encrypted. */
static void encrypt(void)
{
	const struct bt_security_info security = {.level = BT_SECURITY_L2, .enc_key_size = 16};

	conn__security_set(peers[0].conn, &security);
}

/* Ask for up to five, with what sizes and credits there are in the input. */
static void peer_opens(struct fav_cursor *c)
{
	uint8_t pdu[4 + 8 + 10] = {0x17, 1};
	struct fav_writer w = fav_writer_of(pdu, sizeof(pdu));
	uint8_t n = 1 + fav_cursor_u8(c) % 5;

	(void)fav_writer_add(&w, 2);
	fav_writer_le16(&w, 8 + 2 * n);
	fav_writer_le16(&w, 0x0027);
	fav_writer_le16(&w, 64 + fav_cursor_u8(c));
	fav_writer_le16(&w, 64 + fav_cursor_u8(c));
	fav_writer_le16(&w, 1 + fav_cursor_u8(c));
	for (uint8_t i = 0; i < n; i++) {
		fav_writer_le16(&w, CID_FIRST + fav_cursor_u8(c) % 8);
	}
	peer_post_on(CID_SIG, pdu, fav_writer_len(&w));
}

static void peer_sends_enhanced(uint8_t detail, const uint8_t *bytes, size_t len)
{
	uint8_t frame[2 + UINT8_MAX];

	sys_put_le16((uint16_t)len, frame);
	if (len > 0) {
		memcpy(&frame[2], bytes, len);
	}
	peer_post_on(CID_FIRST + detail % 4, frame, 2 + len);
}

static void enhanced(uint8_t detail, const uint8_t *bytes, size_t len)
{
	struct fav_cursor c = fav_cursor_of(bytes, len);

	encrypt();
	switch (detail >> 5) {
	case 0:
		peer_opens(&c);
		break;
	case 1:
		(void)bt_eatt_connect(peers[0].conn, 1 + detail % 5);
		break;
	case 2:
		/* What answers that, credits, the end: whatever is in the input. */
		peer_post_on(CID_SIG, bytes, len);
		break;
	case 3:
		if (detail % 8 == 0) {
			(void)bt_eatt_disconnect(peers[0].conn);
		}
		break;
	default:
		peer_sends_enhanced(detail, bytes, len);
		break;
	}
}

/* Look at all that the host has sent. */
static void drain(void)
{
	size_t len;

	for (unsigned int n = 0; n < PEERS; n++) {
		while (peers[n].conn != NULL && peer_n_waiting(n) > 0) {
			const uint8_t *pdu = peer_n_next(n, &len);

			/* Requests of ours are even, responses odd. */
			if (n == 0 && len > 0 && pdu[0] % 2 == 0) {
				asked = pdu[0];
			}
		}
	}
}

static void peer_answers(const uint8_t *bytes, size_t len)
{
	uint8_t pdu[1 + UINT8_MAX] = {asked + 1};

	if (len > 0) {
		memcpy(&pdu[1], bytes, len);
	}
	peer_post(pdu, 1 + len);
}

/* Let the controller keep what it is sent: replies then run out, and requests are held. */
static void toggle_hold(void)
{
	if (peers_controller.hold_completed) {
		peers_release();
	} else if (peers[1].conn == NULL && peers[2].conn == NULL) {
		peers_hold(true);
	}
}

static void links(uint8_t detail)
{
	unsigned int n = detail % PEERS;

	if (detail >= 0x30 && detail < 0x40) {
		toggle_hold();
		return;
	}
	if (peers_controller.hold_completed) {
		peers_release();
	}
	if (detail >= 0x80) {
		scripted_run_ms(500U * (detail & 0x7f));
	} else if (peers[n].conn == NULL) {
		peer_connect(n);
	} else if (detail >= 0x40) {
		peer_disconnect(n);
	}
}

static void step(uint8_t what, uint8_t detail, const uint8_t *bytes, size_t len)
{
	struct fav_cursor c = fav_cursor_of(bytes, len);

	database_write_count = 0;
	if (peers[0].conn == NULL) {
		peer_connect(0);
	}
	switch (what % 7) {
	case 0:
	case 1:
		peer_post(bytes, len);
		break;
	case 2:
		peer_answers(bytes, len);
		break;
	case 3:
		app_asks(peers[0].conn, detail, &c);
		break;
	case 4:
		app_tells(peers[0].conn, detail, &c);
		break;
	case 6:
		enhanced(detail, bytes, len);
		break;
	default:
		links(detail);
		break;
	}
	drain();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fav_cursor c = fav_cursor_of(data, size);

	asked = 0;
	owed = 0;
	peers_up();
	database_up();
	if (bt_eatt_set_enabled(true) != 0) {
		abort();
	}
	for (int i = 0; i < STEPS_MAX && fav_cursor_remaining(&c) >= 3; i++) {
		uint8_t what = fav_cursor_u8(&c);
		uint8_t detail = fav_cursor_u8(&c);
		size_t len = fav_cursor_u8(&c);

		len = MIN(len, fav_cursor_remaining(&c));
		step(what, detail, fav_cursor_bytes(&c, len), len);
	}
	if (peers_controller.hold_completed) {
		peers_release();
	}
	database_down();
	peers_down();
	for (int i = 0; i < SLOTS; i++) {
		if (slots[i].busy) {
			abort();
		}
	}
	if (owed != 0) {
		abort();
	}
	return 0;
}
