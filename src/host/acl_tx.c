/* SPDX-License-Identifier: Apache-2.0 */

/*
 * L2CAP PDUs to the controller's packets: Core 6.0 Vol 3 Part A 7.2.1, Vol 4 Part E 4.1.1.
 */

#include <errno.h>

#include <favonius/cursor.h>
#include <zephyr/bluetooth/hci.h>
#include <zephyr/logging/log.h>
#include <zephyr/sys/__assert.h>
#include <zephyr/sys/byteorder.h>

#include "acl.h"
#include "conn.h"
#include "hci_core.h"
#include "host.h"

LOG_MODULE_DECLARE(bt_acl);

/* A queued PDU's user data. */
struct acl_pdu {
	acl_sent_t sent;
	void *user;
};
BUILD_ASSERT(sizeof(struct acl_pdu) <= ACL_USER_DATA);

static void copy_destroy(struct net_buf *buf);
static void copy_freed(struct k_work *work);

void acl__init(struct acl *acl, struct bt_host *host)
{
	int err;

	*acl = (struct acl){.host = host};
	k_work_init(&acl->copy_freed, copy_freed);
	err = fav_net_buf_pool_init(&acl->copies, acl->copies_storage, sizeof(acl->copies_storage),
				    ACL_COPY_COUNT, ACL_COPY_MAX + ACL_HEADROOM, 0, copy_destroy);
	__ASSERT(err == 0, "pool of ACL packets: %d", err);
}

/* ---- Whose turn ---- */

static uint32_t in_flight(const struct acl_link *link)
{
	return link->packets - link->completed;
}

/* Whether the controller may have one more packet of the link's; so many links have something to
 * send. A buffer is kept for each link that has nothing in the controller, up to half of them: so
 * that however many links stall, the others get on. */
static bool may_send(const struct acl *acl, const struct acl_link *link, uint16_t ready)
{
	uint16_t kept = MIN(acl->links_idle, acl->count / 2);
	uint16_t fair = DIV_ROUND_UP(acl->count, ready);

	return in_flight(link) == 0 || (acl->credits > kept && in_flight(link) < fair);
}

/* An even part of them. */
static uint16_t part(const struct acl *acl)
{
	return MAX(acl->count / MAX(acl->links_up, 1), 1);
}

/* next: before the others that have their part. */
static void ready_add(struct acl *acl, struct acl_link *link, bool next)
{
	link->ready = true;
	acl->links_ready++;
	if (in_flight(link) < part(acl)) {
		sys_dlist_append(&acl->under, &link->node);
	} else if (next) {
		sys_dlist_prepend(&acl->at, &link->node);
	} else {
		sys_dlist_append(&acl->at, &link->node);
	}
}

static void ready_remove(struct acl *acl, struct acl_link *link)
{
	sys_dlist_remove(&link->node);
	link->ready = false;
	acl->links_ready--;
}

static struct acl_link *ready_take(struct acl *acl)
{
	sys_dnode_t *node = sys_dlist_get(&acl->under);
	struct acl_link *link;

	if (node == NULL) {
		node = sys_dlist_get(&acl->at);
	}
	link = CONTAINER_OF(node, struct acl_link, node);
	link->ready = false;
	acl->links_ready--;
	return link;
}

/* ---- A packet ---- */

static void packet_send(struct acl *acl, struct acl_link *link, struct net_buf *packet,
			bool continues)
{
	uint8_t flags = continues ? BT_ACL_CONT : BT_ACL_START_NO_FLUSH;
	uint16_t len = packet->len;
	uint8_t *hdr = net_buf_push(packet, BT_HCI_ACL_HDR_SIZE);

	sys_put_le16(bt_acl_handle_pack(link->handle, flags), hdr);
	sys_put_le16(len, hdr + 2);
	acl->credits--;
	acl->links_idle -= in_flight(link) == 0;
	link->packets++;
	if (hci__acl_send(host__hci(acl->host), packet) != 0) {
		/* The transport is lost, and with it every link: that reports the PDU. */
		net_buf_unref(packet);
	}
}

/* A copy of the next bytes of a PDU that is longer than the controller's buffers: the transport
 * still has the packet when the one behind it needs the place for its header. */
static bool part_send(struct acl *acl, struct acl_link *link, struct net_buf *pdu)
{
	struct net_buf *packet = net_buf_alloc(&acl->copies, K_NO_WAIT);
	uint16_t len = MIN(acl->len, ACL_COPY_MAX);

	if (packet == NULL) {
		if (fav_net_buf_pool_used(&acl->copies) == 0) {
			/* An injected fault: none will come back to go on with. */
			k_work_submit(&acl->copy_freed);
		}
		return false;
	}
	net_buf_reserve(packet, ACL_HEADROOM);
	net_buf_add_mem(packet, net_buf_pull_mem(pdu, len), len);
	packet_send(acl, link, packet, link->continued);
	link->continued = true;
	return true;
}

static bool last_send(struct acl *acl, struct acl_link *link, struct net_buf *pdu)
{
	const struct acl_pdu *queued = net_buf_user_data(pdu);
	bool continues = link->continued;

	if (queued->sent != NULL) {
		sys_snode_t *node = sys_slist_get(&acl->records_free);
		struct acl_record *record = CONTAINER_OF(node, struct acl_record, node);

		if (node == NULL) {
			return false;
		}
		record->sent = queued->sent;
		record->user = queued->user;
		record->packet = link->packets + 1;
		sys_slist_append(&link->records, &record->node);
	}
	if (sys_slist_get(&link->queue) == link->fence) {
		link->fence = NULL;
	}
	link->continued = false;
	packet_send(acl, link, pdu, continues);
	return true;
}

/* false: no buffer for it now. */
static bool next_send(struct acl *acl, struct acl_link *link)
{
	struct net_buf *pdu = CONTAINER_OF(sys_slist_peek_head(&link->queue), struct net_buf, node);

	return pdu->len > acl->len ? part_send(acl, link, pdu) : last_send(acl, link, pdu);
}

/* The next link's turn; whether it has sent. */
static bool turn(struct acl *acl)
{
	uint16_t ready = acl->links_ready;
	struct acl_link *link = ready_take(acl);
	bool sent = may_send(acl, link, ready) && next_send(acl, link);

	if (!sys_slist_is_empty(&link->queue)) {
		ready_add(acl, link, false);
	}
	return sent;
}

static void run(struct acl *acl)
{
	uint16_t passed = 0;

	while (acl->credits > 0 && passed < acl->links_ready) {
		passed = turn(acl) ? 0 : passed + 1;
	}
}

/* Whom a PDU in the link's queue is put behind; NULL: it is the first. */
static sys_snode_t *place(const struct acl_link *link, bool ahead)
{
	if (!ahead) {
		return sys_slist_peek_tail(&link->queue);
	}
	if (link->fence != NULL) {
		return link->fence;
	}
	return link->continued ? sys_slist_peek_head(&link->queue) : NULL;
}

static int enqueue(struct bt_conn *conn, struct net_buf *buf, bool ahead, struct acl_pdu pdu)
{
	struct acl_link *link = acl__link(conn);

	if (!link->up) {
		return -ENOTCONN;
	}
	__ASSERT(buf->user_data_size >= ACL_USER_DATA && buf->ref == 1 &&
			 net_buf_headroom(buf) >= ACL_HEADROOM,
		 "buffer unfit for L2CAP");
	*(struct acl_pdu *)net_buf_user_data(buf) = pdu;
	sys_slist_insert(&link->queue, place(link, ahead), &buf->node);
	return 0;
}

static void enqueued(struct bt_conn *conn)
{
	struct acl *acl = host__acl(conn__host(conn));
	struct acl_link *link = acl__link(conn);

	if (!link->ready) {
		ready_add(acl, link, false);
	}
	run(acl);
}

int acl__send(struct bt_conn *conn, struct net_buf *buf, acl_sent_t sent, void *user)
{
	int err = enqueue(conn, buf, false, (struct acl_pdu){.sent = sent, .user = user});

	if (err == 0) {
		enqueued(conn);
	}
	return err;
}

int acl__signal(struct bt_conn *conn, struct net_buf *buf, bool ahead)
{
	int err = enqueue(conn, buf, ahead, (struct acl_pdu){0});

	if (err == 0) {
		acl__link(conn)->fence = &buf->node;
		enqueued(conn);
	}
	return err;
}

/* A buffer of ours is back; maybe at interrupt level. */
static void copy_destroy(struct net_buf *buf)
{
	struct acl *acl = CONTAINER_OF(buf->pool, struct acl, copies);

	net_buf_destroy(buf);
	if (acl->links_ready > 0) {
		k_work_submit(&acl->copy_freed);
	}
}

static void copy_freed(struct k_work *work)
{
	run(CONTAINER_OF(work, struct acl, copy_freed));
}

/* ---- Completion ---- */

static void record_report(struct acl *acl, struct bt_conn *conn, struct acl_record *record, int err)
{
	acl_sent_t sent = record->sent;
	void *user = record->user;

	sys_slist_append(&acl->records_free, &record->node);
	sent(conn, user, err);
}

/* The first of those who wait for packets of the link, when those are completed; NULL. */
static struct acl_record *record_due(const struct acl_link *link)
{
	struct acl_record *record = SYS_SLIST_PEEK_HEAD_CONTAINER(&link->records, record, node);

	return record != NULL && (int32_t)(link->completed - record->packet) >= 0 ? record : NULL;
}

/* sent may send, and may end the link or the host: the list is looked at afresh each time. */
static bool completed_report(struct acl *acl, uint16_t handle)
{
	struct bt_conn *conn = conn__by_handle(acl->host, handle);
	struct acl_record *record;

	if (conn == NULL || record_due(acl__link(conn)) == NULL) {
		return false;
	}
	bt_conn_ref(conn);
	while ((record = record_due(acl__link(conn))) != NULL) {
		sys_slist_get(&acl__link(conn)->records);
		record_report(acl, conn, record, 0);
	}
	bt_conn_unref(conn);
	return true;
}

static void completed_add(struct acl *acl, uint16_t handle, uint16_t count)
{
	struct bt_conn *conn = conn__by_handle(acl->host, handle);
	struct acl_link *link = conn != NULL ? acl__link(conn) : NULL;

	if (link == NULL || !link->up) {
		host__stats(acl->host)->evt_dropped++;
		return;
	}
	if (count > in_flight(link)) {
		host__stats(acl->host)->evt_dropped++;
		LOG_WRN("controller completed %u packets of %u", count, in_flight(link));
		count = (uint16_t)in_flight(link);
	}
	acl->links_idle += count > 0 && count == in_flight(link);
	link->completed += count;
	acl->credits += count;
	if (link->ready) {
		ready_remove(acl, link);
		ready_add(acl, link, true);
	}
}

/* The controller is given its next packets before anybody hears of the last ones. */
static void on_completed_packets(struct bt_host *host, struct net_buf_simple *evt)
{
	struct acl *acl = host__acl(host);
	struct fav_cursor c = fav_cursor_of_buf(evt);
	uint8_t handles = fav_cursor_u8(&c);
	const struct bt_hci_handle_count *counts =
		(const void *)fav_cursor_bytes(&c, handles * sizeof(*counts));
	bool reported = false;

	if (counts == NULL) {
		host__stats(host)->evt_dropped++;
		return;
	}
	for (uint8_t i = 0; i < handles; i++) {
		completed_add(acl, sys_le16_to_cpu(counts[i].handle),
			      sys_le16_to_cpu(counts[i].count));
	}
	run(acl);
	for (uint8_t i = 0; i < handles; i++) {
		reported |= completed_report(acl, sys_le16_to_cpu(counts[i].handle));
	}
	if (reported) {
		/* What waited for a record. */
		run(acl);
	}
}

static const struct hci_evt_entry events[] = {
	{BT_HCI_EVT_NUM_COMPLETED_PACKETS, sizeof(struct bt_hci_evt_num_completed_packets),
	 on_completed_packets},
};

/* ---- Links ---- */

void acl__register(struct acl *acl, void (*recv)(struct bt_conn *conn, struct net_buf *buf))
{
	acl->recv = recv;
}

int acl__enable(struct bt_host *host)
{
	struct acl *acl = host__acl(host);
	const struct hci_info *info = hci__info(host__hci(host));

	if (info->acl_len < BT_GAP_DATA_LEN_DEFAULT || info->acl_count == 0) {
		LOG_ERR("%u buffers of %u bytes: no controller for connections", info->acl_count,
			info->acl_len);
		return -EIO;
	}
	acl->len = info->acl_len;
	acl->count = info->acl_count;
	acl->credits = info->acl_count;
	acl->links_up = 0;
	acl->links_idle = 0;
	acl->links_ready = 0;
	sys_dlist_init(&acl->under);
	sys_dlist_init(&acl->at);
	sys_slist_init(&acl->records_free);
	for (size_t i = 0; i < ARRAY_SIZE(acl->records); i++) {
		sys_slist_append(&acl->records_free, &acl->records[i].node);
	}
	hci__evt_register(host__hci(host), events, ARRAY_SIZE(events));
	acl_rx__register(host);
	return 0;
}

void acl__disable(struct bt_host *host)
{
	k_work_cancel(&host__acl(host)->copy_freed);
}

void acl__up(struct bt_conn *conn)
{
	struct acl_link *link = acl__link(conn);

	*link = (struct acl_link){.up = true, .handle = conn__handle(conn)};
	host__acl(conn__host(conn))->links_up++;
	host__acl(conn__host(conn))->links_idle++;
}

static void queued_report(struct bt_conn *conn, struct net_buf *pdu)
{
	struct acl_pdu queued = *(const struct acl_pdu *)net_buf_user_data(pdu);

	net_buf_unref(pdu);
	if (queued.sent != NULL) {
		queued.sent(conn, queued.user, -ENOTCONN);
	}
}

void acl__down(struct bt_conn *conn)
{
	struct acl *acl = host__acl(conn__host(conn));
	struct acl_link *link = acl__link(conn);
	struct net_buf *pdu;
	sys_snode_t *node;

	if (!link->up) {
		return;
	}
	link->up = false;
	acl->links_up--;
	acl->links_idle -= in_flight(link) == 0;
	acl->credits += (uint16_t)in_flight(link);
	if (link->ready) {
		ready_remove(acl, link);
	}
	acl_rx__down(link);
	while ((node = sys_slist_get(&link->records)) != NULL) {
		record_report(acl, conn, CONTAINER_OF(node, struct acl_record, node), -ENOTCONN);
	}
	while ((pdu = net_buf_slist_get(&link->queue)) != NULL) {
		queued_report(conn, pdu);
	}
	if (acl->links_up == 0) {
		k_work_cancel(&acl->copy_freed);
	}
	run(acl);
}
