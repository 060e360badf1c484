/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include <zephyr/logging/log.h>
#include <zephyr/sys/byteorder.h>

#include "hci_state.h"
#include "host.h"

LOG_MODULE_DECLARE(bt_hci);

/*
 * The transport's client: where arriving packets find buffers, and what happens when there are
 * none.
 *
 * Each kind has a pool of its own, so that a flood of one does not starve another. No buffer is
 * back-pressure: the transport holds the packet and all behind it until a buffer comes free. There
 * is one case where that would hang: a call inside a callback waits for an answer that stands
 * behind advertising reports, whose buffers come free only after the callback. Such reports are
 * dropped and counted.
 */

/* First and longest time until a refused packet is tried again without a buffer coming free, which
 * is for refusals that were not for lack of one: fault injection. */
#define RETRY_FIRST_MS 1
#define RETRY_LAST_MS  1000

BUILD_ASSERT(CONFIG_BT_BUF_EVT_RX_SIZE == 255, "an event has up to 255 bytes of parameters");
BUILD_ASSERT(CONFIG_BT_BUF_ACL_RX_COUNT > CONFIG_BT_MAX_CONN,
	     "with a part of a PDU from each peer, none would be left for the rest");

static bool is_adv_report(const uint8_t *hdr, size_t hdr_len)
{
	return hdr_len > BT_HCI_EVT_HDR_SIZE && hdr[0] == BT_HCI_EVT_LE_META_EVENT &&
	       (hdr[2] == BT_HCI_EVT_LE_ADVERTISING_REPORT ||
		hdr[2] == BT_HCI_EVT_LE_DIRECT_ADV_REPORT ||
		hdr[2] == BT_HCI_EVT_LE_EXT_ADVERTISING_REPORT ||
		hdr[2] == BT_HCI_EVT_LE_PER_ADVERTISING_REPORT);
}

static bool is_answer(uint8_t code)
{
	return code == BT_HCI_EVT_CMD_COMPLETE || code == BT_HCI_EVT_CMD_STATUS;
}

static struct net_buf *alloc_event(struct hci_core *hci, const uint8_t *hdr, size_t hdr_len)
{
	struct net_buf *buf;

	if (is_answer(hdr[0])) {
		return net_buf_alloc(&hci->rsp_pool, K_NO_WAIT);
	}
	if (is_adv_report(hdr, hdr_len)) {
		buf = net_buf_alloc(&hci->adv_pool, K_NO_WAIT);
		/* To be received and dropped. */
		return buf != NULL || hci->cmd_blockers == 0
			       ? buf
			       : net_buf_alloc(&hci->rsp_pool, K_NO_WAIT);
	}
	buf = net_buf_alloc(&hci->evt_pool, K_NO_WAIT);
	/* Rather lose a report than have an answer stand behind an event. */
	return buf != NULL || hci->cmd_blockers == 0 ? buf
						     : net_buf_alloc(&hci->adv_pool, K_NO_WAIT);
}

bool hci__acl_scarce(const struct hci_core *hci)
{
	return fav_net_buf_pool_used(&hci->acl_pool) > CONFIG_BT_BUF_ACL_RX_COUNT / 2;
}

static void refuse(struct hci_core *hci)
{
	hci->rx_refused = true;
	if (!fav_timeout_is_armed(&hci->rx_retry)) {
		fav_timeout_start(&hci->rx_retry, fav_now_us() + 1000ULL * hci->rx_retry_ms);
		hci->rx_retry_ms = MIN(2 * hci->rx_retry_ms, RETRY_LAST_MS);
	}
}

static struct net_buf *client_alloc(void *ctx, uint8_t type, const uint8_t *hdr, size_t hdr_len,
				    size_t len)
{
	struct hci_core *hci = ctx;
	struct net_buf *buf = NULL;

	if (type == FAV_H4_EVT && hdr_len >= BT_HCI_EVT_HDR_SIZE && 1 + len <= HCI_EVT_BUF_SIZE) {
		buf = alloc_event(hci, hdr, hdr_len);
	} else if (type == FAV_H4_ACL && 1 + len <= HCI_ACL_BUF_SIZE) {
		buf = net_buf_alloc(&hci->acl_pool, K_NO_WAIT);
	} else {
		LOG_ERR("the controller sends a packet of type %u and %zu bytes, which no host "
			"asked for",
			type, len);
		hci__fail(hci, -EPROTO);
		return NULL;
	}
	if (buf == NULL) {
		refuse(hci);
		return NULL;
	}
	hci->rx_refused = false;
	hci->rx_retry_ms = RETRY_FIRST_MS;
	fav_timeout_stop(&hci->rx_retry);
	return buf;
}

/* How many advertising reports an event of is_adv_report() has, Core 6.0 Vol 4 Part E 7.7.65.2,
 * .11 and .13: 1 to 25. One of periodic advertising (.15) has no number. */
static uint32_t reports_in(const struct net_buf *buf)
{
	if (buf->len <= 4 || buf->data[3] == BT_HCI_EVT_LE_PER_ADVERTISING_REPORT) {
		return 1;
	}
	return CLAMP(buf->data[4], 1, 25);
}

static void recv_event(struct hci_core *hci, struct net_buf *buf)
{
	uint8_t code = buf->data[1];

	if (is_answer(code)) {
		hci_cmd__answer(hci, buf);
		return;
	}
	if (buf->pool == &hci->rsp_pool) {
		host__stats(hci->host)->adv_reports_dropped += reports_in(buf);
		hci->reports_lost++;
		net_buf_unref(buf);
		return;
	}
	if (buf->pool == &hci->adv_pool) {
		*(uint32_t *)net_buf_user_data(buf) = hci->reports_lost;
	}
	if (code == BT_HCI_EVT_DISCONN_COMPLETE &&
	    buf->len >= 1 + BT_HCI_EVT_HDR_SIZE + sizeof(struct bt_hci_evt_disconn_complete) &&
	    buf->data[3] == BT_HCI_ERR_SUCCESS) {
		hci_flow__disconnected(hci, sys_get_le16(&buf->data[4]));
	}
	hci_evt__queue(hci, buf);
}

static void client_recv(void *ctx, struct net_buf *buf)
{
	struct hci_core *hci = ctx;

	hci->cmd_unanswered = 0;
	if (!hci->accepting) {
		net_buf_unref(buf);
	} else if (buf->len >= 1 + BT_HCI_ACL_HDR_SIZE && buf->data[0] == FAV_H4_ACL) {
		hci_flow__arrived(hci, buf);
		hci_evt__queue(hci, buf);
	} else if (buf->len >= 1 + BT_HCI_EVT_HDR_SIZE && buf->data[0] == FAV_H4_EVT) {
		recv_event(hci, buf);
	} else {
		host__stats(hci->host)->evt_dropped++;
		net_buf_unref(buf);
	}
}

void hci__fail(struct hci_core *hci, int err)
{
	if (hci->lost_err != 0 || hci->transport == NULL) {
		return;
	}
	LOG_ERR("lost the controller %s: %s", hci->transport->name, strerror(-err));
	hci->lost_err = err;
	hci->accepting = false;
	hci_cmd__abort(hci, -ENODEV);
	k_work_submit(&hci->rx_work);
}

static void client_lost(void *ctx, int err)
{
	hci__fail(ctx, err);
}

static const struct fav_hci_client client = {
	.alloc = client_alloc,
	.recv = client_recv,
	.lost = client_lost,
};

static void ready_handler(struct fav_irq *irq)
{
	struct hci_core *hci = CONTAINER_OF(irq, struct hci_core, rx_ready);

	if (hci->rx_refused && hci->accepting) {
		hci->rx_refused = false;
		fav_hci_rx_ready(hci->transport);
	}
}

static void retry_handler(struct fav_timeout *t)
{
	ready_handler(&CONTAINER_OF(t, struct hci_core, rx_retry)->rx_ready);
}

static void buf_freed(struct hci_core *hci)
{
	if (hci->rx_refused) {
		fav_irq_raise(&hci->rx_ready);
	}
}

static void rsp_destroy(struct net_buf *buf)
{
	struct hci_core *hci = CONTAINER_OF(buf->pool, struct hci_core, rsp_pool);

	net_buf_destroy(buf);
	buf_freed(hci);
}

static void evt_destroy(struct net_buf *buf)
{
	struct hci_core *hci = CONTAINER_OF(buf->pool, struct hci_core, evt_pool);

	net_buf_destroy(buf);
	buf_freed(hci);
}

static void adv_destroy(struct net_buf *buf)
{
	struct hci_core *hci = CONTAINER_OF(buf->pool, struct hci_core, adv_pool);

	net_buf_destroy(buf);
	buf_freed(hci);
}

static void acl_destroy(struct net_buf *buf)
{
	struct hci_core *hci = CONTAINER_OF(buf->pool, struct hci_core, acl_pool);

	hci_flow__freed(hci, buf);
	net_buf_destroy(buf);
	buf_freed(hci);
}

static void cmd_destroy(struct net_buf *buf)
{
	struct hci_core *hci = CONTAINER_OF(buf->pool, struct hci_core, cmd_pool);

	net_buf_destroy(buf);
	if (hci->completed_count > 0) {
		fav_irq_raise(&hci->flow_irq);
	}
}

int hci__open(struct hci_core *hci, struct fav_hci *transport)
{
	int err;

	hci->transport = transport;
	hci->lost_err = 0;
	hci->lost_told = false;
	hci->cmd_credits = 1; /* Core 6.0 Vol 4 Part E 4.4 */
	hci->rx_refused = false;
	hci->rx_retry_ms = RETRY_FIRST_MS;
	hci->accepting = true;
	hci->set_up = false;
	hci->cmd_unanswered = 0;
	memset(&hci->info, 0, sizeof(hci->info));
	err = fav_hci_open(transport, &client, hci);
	if (err == 0) {
		err = hci_init__run(hci);
	} else {
		LOG_ERR("opening %s failed: %d", transport->name, err);
	}
	if (err != 0) {
		hci__shut(hci);
		hci__close(hci);
	}
	return err;
}

void hci__shut(struct hci_core *hci)
{
	sys_snode_t *node;

	hci->accepting = false;
	hci_cmd__abort(hci, -ENODEV);
	while ((node = sys_slist_get(&hci->rx_queue)) != NULL) {
		struct net_buf *buf = CONTAINER_OF(node, struct net_buf, node);

		if (buf->pool == &hci->rsp_pool) {
			hci_cmd__tell_answered(hci, buf);
		}
		net_buf_unref(buf);
	}
	hci_cmd__tell_ended(hci);
	k_work_cancel(&hci->rx_work);
	hci->rx_refused = false;
	fav_timeout_stop(&hci->rx_retry);
	fav_irq_cancel(&hci->rx_ready);
	hci_late__reset(hci);
	hci_flow__reset(hci);
}

void hci__close(struct hci_core *hci)
{
	if (hci->transport != NULL) {
		fav_hci_close(hci->transport);
		hci->transport = NULL;
	}
	hci_evt__reset(hci);
	fav_irq_cancel(&hci->rx_ready);
	fav_irq_cancel(&hci->flow_irq);
}

void hci__setup_set(struct hci_core *hci, fav_host_setup_t setup, void *user)
{
	hci->setup = setup;
	hci->setup_user = user;
}

void hci__quirks_set(struct hci_core *hci, const struct fav_quirk *rows, size_t count)
{
	hci->own_quirks = rows;
	hci->own_quirk_count = rows != NULL ? count : 0;
}

bool hci__takes_raw(const struct hci_core *hci)
{
	return hci->setting_up || host__is_ready(hci->host);
}

bool hci__is_open(const struct hci_core *hci)
{
	return hci->transport != NULL && hci->lost_err == 0;
}

int hci__acl_send(struct hci_core *hci, struct net_buf *buf)
{
	if (!hci->accepting) {
		return -ENODEV;
	}
	net_buf_push_u8(buf, FAV_H4_ACL);
	return fav_hci_send(hci->transport, buf);
}

const struct hci_info *hci__info(const struct hci_core *hci)
{
	return &hci->info;
}

bool hci__uses_ext(const struct hci_core *hci)
{
	return hci->info.ext_adv;
}

uint32_t hci__reports_lost(const struct hci_core *hci)
{
	return hci->evt_reports_lost;
}

bool hci__has_command(const struct hci_core *hci, unsigned int octet, unsigned int bit)
{
	return (hci->info.commands[octet] & BIT(bit)) != 0;
}

bool hci__has_le_feature(const struct hci_core *hci, unsigned int bit)
{
	return (hci->info.le_features[bit / 8] & BIT(bit % 8)) != 0;
}

unsigned int hci__buffers_used(const struct hci_core *hci)
{
	return fav_net_buf_pool_used(&hci->cmd_pool) + fav_net_buf_pool_used(&hci->rsp_pool) +
	       fav_net_buf_pool_used(&hci->evt_pool) + fav_net_buf_pool_used(&hci->adv_pool) +
	       fav_net_buf_pool_used(&hci->acl_pool);
}

static void pool_init(struct net_buf_pool *pool, void *mem, size_t mem_len, uint16_t count,
		      size_t size, size_t user_data_size, const char *name,
		      void (*destroy)(struct net_buf *buf))
{
	int err = fav_net_buf_pool_init(pool, mem, mem_len, count, size, user_data_size, destroy);

	__ASSERT(err == 0, "pool %s: %d", name, err);
	pool->name = name;
}

void hci__init(struct hci_core *hci, struct bt_host *host)
{
	hci->host = host;
	pool_init(&hci->cmd_pool, hci->cmd_mem, sizeof(hci->cmd_mem), CONFIG_BT_BUF_CMD_TX_COUNT,
		  HCI_CMD_BUF_SIZE, 0, "hci_cmd", cmd_destroy);
	pool_init(&hci->rsp_pool, hci->rsp_mem, sizeof(hci->rsp_mem), HCI_RSP_COUNT,
		  HCI_EVT_BUF_SIZE, sizeof(struct hci_cmd *), "hci_rsp", rsp_destroy);
	pool_init(&hci->evt_pool, hci->evt_mem, sizeof(hci->evt_mem), CONFIG_BT_BUF_EVT_RX_COUNT,
		  HCI_EVT_BUF_SIZE, 0, "hci_evt", evt_destroy);
	pool_init(&hci->adv_pool, hci->adv_mem, sizeof(hci->adv_mem),
		  CONFIG_BT_BUF_EVT_DISCARDABLE_COUNT, HCI_EVT_BUF_SIZE, sizeof(uint32_t),
		  "hci_adv", adv_destroy);
	pool_init(&hci->acl_pool, hci->acl_mem, sizeof(hci->acl_mem), CONFIG_BT_BUF_ACL_RX_COUNT,
		  HCI_ACL_BUF_SIZE, HCI_ACL_USER_DATA, "hci_acl", acl_destroy);
	hci->rx_retry.handler = retry_handler;
	hci->rx_ready.handler = ready_handler;
	hci_cmd__init(hci);
	hci_late__init(hci);
	hci_evt__init(hci);
	hci_flow__init(hci);
}
