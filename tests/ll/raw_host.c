/* SPDX-License-Identifier: Apache-2.0 */
#include "ll/raw_host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <favonius/loop.h>
#include <zephyr/kernel.h>
#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#define CMD_TIMEOUT_MS 1000

static struct net_buf *on_alloc(void *ctx, uint8_t type, const uint8_t *hdr, size_t hdr_len,
				size_t len)
{
	struct raw_host *host = ctx;
	bool reply = type == FAV_H4_EVT &&
		     (hdr[0] == BT_HCI_EVT_CMD_COMPLETE || hdr[0] == BT_HCI_EVT_CMD_STATUS);

	assert_true(len + 1 <= 264);
	if ((type == FAV_H4_ACL && host->refuse_acl) ||
	    (type == FAV_H4_EVT && host->refuse_evt && !reply)) {
		return NULL;
	}
	if (type == FAV_H4_EVT && !reply && host->takes_evts != 0 && --host->takes_evts == 0) {
		host->refuse_evt = true;
	}
	return net_buf_alloc(&host->pool, K_NO_WAIT);
}

static void on_reply(struct raw_host *host, uint16_t opcode, uint8_t status, const uint8_t *rsp,
		     size_t len)
{
	if (opcode != host->opcode) {
		return;
	}
	host->answered = true;
	host->status = status;
	host->rsp_len = (uint8_t)len;
	if (len != 0) {
		memcpy(host->rsp, rsp, len);
	}
}

static void credits_back(struct raw_host *host, const uint8_t *params)
{
	for (unsigned int i = 0; i < params[0]; i++) {
		host->acl_free += sys_get_le16(params + 1 + 4 * i + 2);
	}
	assert_true(host->acl_free <= host->acl_total);
}

static bool is_report(uint8_t code, const uint8_t *params)
{
	return code == BT_HCI_EVT_LE_META_EVENT &&
	       (params[0] == BT_HCI_EVT_LE_ADVERTISING_REPORT ||
		params[0] == BT_HCI_EVT_LE_EXT_ADVERTISING_REPORT ||
		params[0] == BT_HCI_EVT_LE_PER_ADVERTISING_REPORT);
}

static void keep(struct raw_host *host, uint8_t code, const uint8_t *params, uint8_t len)
{
	struct raw_event *event;

	if (is_report(code, params)) {
		host->reports_seen++;
		if (host->drop_reports) {
			return;
		}
	}
	if (host->event_count == RAW_EVENTS) {
		/* Only reports come unasked in any number. */
		assert_true(is_report(code, params));
		return;
	}
	event = &host->events[host->event_count++];
	event->at_us = raw_now_us();
	event->code = code;
	event->len = len;
	memcpy(event->params, params, len);
}

static void on_event(struct raw_host *host, const uint8_t *evt, size_t len)
{
	const uint8_t *params = evt + 2;

	assert_true(len >= 2 && len == 2U + evt[1]);
	switch (evt[0]) {
	case BT_HCI_EVT_CMD_COMPLETE:
		on_reply(host, sys_get_le16(params + 1), params[3], params + 4, evt[1] - 4U);
		break;
	case BT_HCI_EVT_CMD_STATUS:
		on_reply(host, sys_get_le16(params + 2), params[0], NULL, 0);
		break;
	case BT_HCI_EVT_NUM_COMPLETED_PACKETS:
		credits_back(host, params);
		break;
	default:
		keep(host, evt[0], params, evt[1]);
		break;
	}
}

static void on_acl(struct raw_host *host, const uint8_t *acl, size_t len)
{
	uint16_t handle = sys_get_le16(acl);

	assert_true(len == 4U + sys_get_le16(acl + 2));
	host->acl_packets++;
	host->acl_bytes += len - 4;
	if (host->on_acl != NULL) {
		host->on_acl(host, bt_acl_handle(handle), bt_acl_flags_pb(bt_acl_flags(handle)),
			     acl + 4, (uint16_t)(len - 4));
	}
}

static void on_recv(void *ctx, struct net_buf *buf)
{
	struct raw_host *host = ctx;

	assert_true(k_is_in_isr());
	if (buf->data[0] == FAV_H4_EVT) {
		on_event(host, buf->data + 1, buf->len - 1U);
	} else {
		assert_int_equal(buf->data[0], FAV_H4_ACL);
		on_acl(host, buf->data + 1, buf->len - 1U);
	}
	net_buf_unref(buf);
}

static void on_lost(void *ctx, int err)
{
	((struct raw_host *)ctx)->lost = err;
}

static const struct fav_hci_client client = {
	.alloc = on_alloc,
	.recv = on_recv,
	.lost = on_lost,
};

void raw_run_ms(uint32_t ms)
{
	k_sleep(K_MSEC(ms));
}

uint64_t raw_now_us(void)
{
	return fav_kernel_port()->now_us();
}

/* Let time pass until something may have happened; false when the time is up. */
static bool wait_until(uint64_t end_us)
{
	uint64_t now_us = raw_now_us();

	if (now_us >= end_us) {
		return false;
	}
	return fav_wait(K_USEC(end_us - now_us)) == 0;
}

void raw_open(struct raw_host *host, struct fav_hci *hci)
{
	memset(host, 0, sizeof(*host));
	host->hci = hci;
	assert_int_equal(fav_net_buf_pool_init(&host->pool, host->storage, sizeof(host->storage),
					       RAW_BUFFERS, 264, 0, NULL),
			 0);
	assert_int_equal(fav_hci_open(hci, &client, host), 0);
}

void raw_begin(struct raw_host *host, struct fav_hci *hci)
{
	static const uint8_t all[8] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x3f};

	raw_open(host, hci);
	raw_do(host, BT_HCI_OP_RESET, NULL, 0);
	raw_do(host, BT_HCI_OP_SET_EVENT_MASK, all, sizeof(all));
	raw_do(host, BT_HCI_OP_LE_SET_EVENT_MASK, all, sizeof(all));
	raw_do(host, BT_HCI_OP_LE_READ_BUFFER_SIZE, NULL, 0);
	host->acl_len = sys_get_le16(host->rsp);
	host->acl_total = host->rsp[2];
	host->acl_free = host->acl_total;
}

void raw_end(struct raw_host *host)
{
	fav_hci_close(host->hci);
	(void)fav_process();
	assert_int_equal(fav_net_buf_pool_used(&host->pool), 0);
}

void raw_send_cmd(struct raw_host *host, uint16_t opcode, const void *params, size_t len)
{
	struct net_buf *buf = net_buf_alloc(&host->pool, K_NO_WAIT);

	assert_non_null(buf);
	net_buf_add_u8(buf, FAV_H4_CMD);
	net_buf_add_le16(buf, opcode);
	net_buf_add_u8(buf, (uint8_t)len);
	if (len != 0) {
		net_buf_add_mem(buf, params, len);
	}
	host->opcode = opcode;
	host->answered = false;
	assert_int_equal(fav_hci_send(host->hci, buf), 0);
}

uint8_t raw_cmd(struct raw_host *host, uint16_t opcode, const void *params, size_t len)
{
	uint64_t end_us = raw_now_us() + CMD_TIMEOUT_MS * 1000ULL;

	raw_send_cmd(host, opcode, params, len);
	while (!host->answered) {
		if (!wait_until(end_us)) {
			fail_msg("no answer to command 0x%04x", opcode);
		}
	}
	return host->status;
}

void raw_do(struct raw_host *host, uint16_t opcode, const void *params, size_t len)
{
	uint8_t status = raw_cmd(host, opcode, params, len);

	if (status != 0) {
		fail_msg("command 0x%04x: status 0x%02x", opcode, status);
	}
}

static bool matches(const struct raw_event *event, uint8_t code, uint8_t subevent)
{
	return event->code == code &&
	       (code != BT_HCI_EVT_LE_META_EVENT || event->params[0] == subevent);
}

static int find(const struct raw_host *host, uint8_t code, uint8_t subevent)
{
	for (size_t i = 0; i < host->event_count; i++) {
		if (matches(&host->events[i], code, subevent)) {
			return (int)i;
		}
	}
	return -1;
}

/* Take one out; what is returned lies behind the last that stays. */
static const struct raw_event *take(struct raw_host *host, int i)
{
	struct raw_event event = host->events[i];
	struct raw_event *place;

	memmove(&host->events[i], &host->events[i + 1],
		(host->event_count - (size_t)i - 1) * sizeof(event));
	place = &host->events[--host->event_count];
	*place = event;
	if (event.code == BT_HCI_EVT_LE_META_EVENT) {
		memmove(place->params, place->params + 1, event.len - 1U);
	}
	return place;
}

const struct raw_event *raw_wait(struct raw_host *host, uint8_t code, uint8_t subevent,
				 uint32_t timeout_ms)
{
	uint64_t end_us = raw_now_us() + timeout_ms * 1000ULL;
	int i;

	while ((i = find(host, code, subevent)) < 0) {
		if (!wait_until(end_us)) {
			return NULL;
		}
	}
	return take(host, i);
}

const struct raw_event *raw_wait_le(struct raw_host *host, uint8_t subevent, uint32_t timeout_ms)
{
	return raw_wait(host, BT_HCI_EVT_LE_META_EVENT, subevent, timeout_ms);
}

const struct raw_event *raw_expect(struct raw_host *host, uint8_t code, uint32_t timeout_ms)
{
	const struct raw_event *event = raw_wait(host, code, 0, timeout_ms);

	if (event == NULL) {
		fail_msg("%s: no event 0x%02x in %u ms", host->hci->name, code, timeout_ms);
	}
	return event;
}

const struct raw_event *raw_expect_le(struct raw_host *host, uint8_t subevent, uint32_t timeout_ms)
{
	const struct raw_event *event = raw_wait_le(host, subevent, timeout_ms);

	if (event == NULL) {
		fail_msg("%s: no LE event 0x%02x in %u ms", host->hci->name, subevent, timeout_ms);
	}
	return event;
}

bool raw_has_le(const struct raw_host *host, uint8_t subevent)
{
	return find(host, BT_HCI_EVT_LE_META_EVENT, subevent) >= 0;
}

bool raw_has(const struct raw_host *host, uint8_t code)
{
	return find(host, code, 0) >= 0;
}

void raw_forget(struct raw_host *host)
{
	host->event_count = 0;
}

int raw_acl_raw(struct raw_host *host, uint16_t handle_flags, const void *data, size_t len)
{
	struct net_buf *buf = net_buf_alloc(&host->pool, K_NO_WAIT);
	int err;

	assert_non_null(buf);
	net_buf_add_u8(buf, FAV_H4_ACL);
	net_buf_add_le16(buf, handle_flags);
	net_buf_add_le16(buf, (uint16_t)len);
	net_buf_add_mem(buf, data, len);
	err = fav_hci_send(host->hci, buf);
	if (err != 0) {
		net_buf_unref(buf);
	}
	return err;
}

void raw_acl(struct raw_host *host, uint16_t handle, const void *data, size_t len)
{
	const uint8_t *from = data;
	uint8_t pb = BT_ACL_START_NO_FLUSH;

	while (len != 0) {
		size_t piece = MIN(len, host->acl_len);
		uint64_t end_us = raw_now_us() + 60 * 1000000ULL;

		while (host->acl_free == 0) {
			assert_true(wait_until(end_us));
		}
		host->acl_free--;
		assert_int_equal(raw_acl_raw(host, bt_acl_handle_pack(handle, pb), from, piece), 0);
		from += piece;
		len -= piece;
		pb = BT_ACL_CONT;
	}
}

void raw_adv_start(struct raw_host *host, const struct raw_adv *adv)
{
	struct bt_hci_cp_le_set_adv_param cp = {
		.min_interval = sys_cpu_to_le16(adv->interval != 0 ? adv->interval : 160),
		.max_interval = sys_cpu_to_le16(adv->interval != 0 ? adv->interval : 160),
		.type = adv->type,
		.own_addr_type = adv->own_type,
		.direct_addr = adv->direct,
		.channel_map = adv->channels != 0 ? adv->channels : 7,
		.filter_policy = adv->policy,
	};

	raw_do(host, BT_HCI_OP_LE_SET_ADV_PARAM, &cp, sizeof(cp));
	raw_do(host, BT_HCI_OP_LE_SET_ADV_ENABLE, RAW_BYTES(1));
}

void raw_adv_stop(struct raw_host *host)
{
	raw_do(host, BT_HCI_OP_LE_SET_ADV_ENABLE, RAW_BYTES(0));
}

void raw_scan_start(struct raw_host *host, bool active, bool filter_duplicates)
{
	struct bt_hci_cp_le_set_scan_param cp = {
		.scan_type = active,
		.interval = sys_cpu_to_le16(16),
		.window = sys_cpu_to_le16(16),
	};

	raw_do(host, BT_HCI_OP_LE_SET_SCAN_PARAM, &cp, sizeof(cp));
	raw_do(host, BT_HCI_OP_LE_SET_SCAN_ENABLE, RAW_BYTES(1, filter_duplicates));
}

void raw_scan_stop(struct raw_host *host)
{
	raw_do(host, BT_HCI_OP_LE_SET_SCAN_ENABLE, RAW_BYTES(0, 0));
}

bt_addr_le_t raw_public_addr(struct raw_host *host)
{
	bt_addr_le_t addr = {.type = BT_ADDR_LE_PUBLIC};

	raw_do(host, BT_HCI_OP_READ_BD_ADDR, NULL, 0);
	memcpy(&addr.a, host->rsp, sizeof(addr.a));
	return addr;
}

void raw_create_conn(struct raw_host *host, const bt_addr_le_t *peer,
		     const struct raw_params *params)
{
	static const struct raw_params none;
	const struct raw_params *p = params != NULL ? params : &none;
	uint16_t interval = sys_cpu_to_le16(p->interval != 0 ? p->interval : 24);
	struct bt_hci_cp_le_create_conn cp = {
		.scan_interval = sys_cpu_to_le16(16),
		.scan_window = sys_cpu_to_le16(16),
		.filter_policy = peer == NULL,
		.conn_interval_min = interval,
		.conn_interval_max = interval,
		.conn_latency = sys_cpu_to_le16(p->latency),
		.supervision_timeout = sys_cpu_to_le16(p->timeout != 0 ? p->timeout : 200),
	};

	if (peer != NULL) {
		cp.peer_addr = *peer;
	}
	raw_do(host, BT_HCI_OP_LE_CREATE_CONN, &cp, sizeof(cp));
}

uint16_t raw_connected(struct raw_host *host, uint8_t role)
{
	const struct raw_event *event = raw_expect_le(host, BT_HCI_EVT_LE_ENH_CONN_COMPLETE, 10000);
	const struct bt_hci_evt_le_enh_conn_complete *evt = (const void *)event->params;

	assert_int_equal(event->len - 1, sizeof(*evt));
	assert_int_equal(evt->status, 0);
	assert_int_equal(evt->role, role);
	return sys_le16_to_cpu(evt->handle);
}

void raw_connect(struct raw_host *central, struct raw_host *peripheral,
		 const struct raw_params *params, uint16_t *central_handle,
		 uint16_t *peripheral_handle)
{
	bt_addr_le_t peer = raw_public_addr(peripheral);

	raw_adv_start(peripheral, &(struct raw_adv){.interval = 32});
	raw_create_conn(central, &peer, params);
	*central_handle = raw_connected(central, BT_HCI_ROLE_CENTRAL);
	*peripheral_handle = raw_connected(peripheral, BT_HCI_ROLE_PERIPHERAL);
}

void raw_disconnect(struct raw_host *central, struct raw_host *peripheral, uint16_t handle)
{
	raw_do(central, BT_HCI_OP_DISCONNECT,
	       RAW_BYTES(RAW_LE16(handle), BT_HCI_ERR_REMOTE_USER_TERM_CONN));
	assert_int_equal(raw_expect(central, BT_HCI_EVT_DISCONN_COMPLETE, 10000)->params[3],
			 BT_HCI_ERR_LOCALHOST_TERM_CONN);
	assert_int_equal(raw_expect(peripheral, BT_HCI_EVT_DISCONN_COMPLETE, 10000)->params[3],
			 BT_HCI_ERR_REMOTE_USER_TERM_CONN);
}
