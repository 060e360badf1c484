/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "att_eatt.h"
#include "att_req.h"
#include "att_rx.h"
#include "att_tx.h"
#include "conn.h"

/* How soon to look again when something was refused although all of it was free: an allocation
 * failed for another reason, and nothing will come back. */
#define RETRY K_MSEC(10)

/* ---- A link's share ---- */

static uint16_t holders_with(const struct att_shares *shares, uint8_t link)
{
	return shares->holders + (shares->held[link] == 0 ? 1 : 0);
}

/* Links that hold none, without this one. */
static uint16_t others_without(const struct att *att, const struct att_shares *shares, uint8_t link)
{
	uint16_t holders = holders_with(shares, link);

	return att->bearers_up > holders ? att->bearers_up - holders : 0;
}

/*
 * Of the pieces for values, those that hold some have equal parts, and as long as that leaves half,
 * one is kept for each link that holds none, so that a notification beside a stream leaves in the
 * next event. What a link has beyond its share, since others have come, it keeps until it is sent.
 */
static bool may_hold(const struct att *att, const struct att_shares *shares, uint8_t link)
{
	uint16_t kept = MIN(others_without(att, shares, link), CONFIG_BT_ATT_TX_COUNT / 2);

	return shares->held[link] <
	       MAX((CONFIG_BT_ATT_TX_COUNT - kept) / holders_with(shares, link), 1);
}

/* Of those for replies, one is kept for each link that holds none. */
static bool may_reply(const struct att *att, uint8_t link)
{
	const struct att_shares *shares = &att->reply_shares;

	return shares->held[link] == 0 ||
	       fav_net_buf_pool_free(&att->replies.pool) > others_without(att, shares, link);
}

static void hold(struct att_shares *shares, uint8_t link)
{
	if (shares->held[link]++ == 0) {
		shares->holders++;
	}
}

static void let_go(struct att_shares *shares, uint8_t link)
{
	if (--shares->held[link] == 0) {
		shares->holders--;
	}
}

/* ---- Pools ---- */

void att_tx__freed(struct att *att, uint8_t scarce)
{
	if (att->enabled && (att->starved & scarce) != 0) {
		k_work_reschedule(&att->freed, K_NO_WAIT);
	}
}

static void pool_destroy(struct net_buf *buf)
{
	struct att_pool *pool = CONTAINER_OF(buf->pool, struct att_pool, pool);

	if (pool->shares != NULL) {
		let_go(pool->shares, pool->links[net_buf_id(buf)]);
	}
	net_buf_destroy(buf);
	att_tx__freed(pool->att, pool->scarce);
}

void att_tx__refused(struct bt_conn *conn, uint8_t scarce)
{
	host__att(conn__host(conn))->starved |= scarce;
	conn__tx_refused(conn);
}

static void freed(struct k_work *work)
{
	struct att *att = CONTAINER_OF(k_work_delayable_from_work(work), struct att, freed);
	struct bt_host *previous = host__enter(att->host);

	att->starved = 0;
	att->resumed_first = (att->resumed_first + 1) % ATT_BEARERS;
	for (int i = 0; i < ATT_BEARERS; i++) {
		struct att_bearer *bearer =
			att__bearer_at(att, (att->resumed_first + i) % ATT_BEARERS);

		att_rx__resume(bearer);
		att_req__resume(bearer);
	}
	conn__tx_freed(att->host);
	host__leave(previous);
}

static void pool_init(struct att *att, struct att_pool *pool, uint8_t scarce, const char *name,
		      void *memory, size_t memory_len, uint16_t count)
{
	int err = fav_net_buf_pool_init(&pool->pool, memory, memory_len, count, ATT_BUF_SIZE,
					L2CAP_USER_DATA, pool_destroy);

	__ASSERT(err == 0, "pool %s: %d", name, err);
	ARG_UNUSED(err);
	pool->pool.name = name;
	pool->att = att;
	pool->scarce = scarce;
}

void att_tx__init(struct att *att)
{
	k_work_init_delayable(&att->freed, freed);
	pool_init(att, &att->replies, ATT_SCARCE_REPLY, "att_replies", att->replies_memory,
		  sizeof(att->replies_memory), CONFIG_FAV_BT_ATT_REPLY_COUNT);
	att->replies.shares = &att->reply_shares;
	att->replies.links = att->reply_links;
	pool_init(att, &att->values, ATT_SCARCE_VALUE, "att_values", att->values_memory,
		  sizeof(att->values_memory), CONFIG_BT_ATT_TX_COUNT);
	att->values.shares = &att->value_shares;
	att->values.links = att->value_links;
	pool_init(att, &att->requests, ATT_SCARCE_REQUEST, "att_requests", att->requests_memory,
		  sizeof(att->requests_memory), CONFIG_BT_ATT_REQ_COUNT);
	for (int i = 0; i < CONFIG_BT_ATT_TX_COUNT; i++) {
		att->sent_memory[i].att = att;
		sys_slist_append(&att->free_sents, &att->sent_memory[i].node);
	}
}

struct net_buf *att_tx__alloc(struct att_bearer *bearer, struct att_pool *pool,
			      struct fav_writer *pdu)
{
	uint8_t link = conn__index(bearer->conn);
	struct net_buf *buf = NULL;

	if (pool->scarce != ATT_SCARCE_REPLY || may_reply(bearer->att, link)) {
		buf = net_buf_alloc(&pool->pool, K_NO_WAIT);
	}
	if (buf == NULL) {
		bearer->att->starved |= pool->scarce;
		if (fav_net_buf_pool_used(&pool->pool) == 0) {
			k_work_reschedule(&bearer->att->freed, RETRY);
		}
		return NULL;
	}
	if (pool->shares != NULL) {
		pool->links[net_buf_id(buf)] = link;
		hold(pool->shares, link);
	}
	net_buf_reserve(buf, ATT_HEADROOM);
	*pdu = fav_writer_of(net_buf_tail(buf), bearer->mtu);
	return buf;
}

int att_tx__pdu(struct att_bearer *bearer, struct net_buf *buf, l2cap_sent_t sent, void *user)
{
	return bearer->enhanced != NULL ? att_eatt__send(bearer->enhanced, buf, sent, user)
					: l2cap__send(bearer->conn, L2CAP_CID_ATT, buf, sent, user);
}

void att_tx__finish(struct net_buf *buf, const struct fav_writer *pdu)
{
	net_buf_add(buf, fav_writer_len(pdu));
}

struct net_buf *att_tx__reply_alloc(struct att_bearer *bearer, struct fav_writer *pdu)
{
	if (bearer->replies >= ATT_REPLIES) {
		return NULL;
	}
	return att_tx__alloc(bearer, &bearer->att->replies, pdu);
}

static void reply_sent(struct bt_conn *conn, void *user, int err)
{
	struct att_bearer *bearer = user;

	bearer->replies--;
	if (err == 0) {
		att_rx__resume(bearer);
	}
}

void att_tx__reply_send(struct att_bearer *bearer, struct net_buf *buf)
{
	if (att_tx__pdu(bearer, buf, reply_sent, bearer) != 0) {
		/* The link is going down, and the peer will not hear. */
		net_buf_unref(buf);
		return;
	}
	bearer->replies++;
}

int att_tx__value_choose(struct bt_conn *conn, enum bt_att_chan_opt opt, struct att_bearer **bearer)
{
	*bearer = att__value_bearer(conn, opt);
	if (*bearer != NULL) {
		return 0;
	}
	return att__bearer(conn) == NULL ? -ENOTCONN : -EINVAL;
}

int att_tx__value_begin(struct att_bearer *bearer, bool with_func, struct net_buf **buf,
			struct fav_writer *pdu)
{
	uint8_t link = conn__index(bearer->conn);
	struct att *att = bearer->att;

	if (bearer->timed_out) {
		return -ETIMEDOUT;
	}
	if (with_func &&
	    (sys_slist_is_empty(&att->free_sents) || !may_hold(att, &att->sent_shares, link))) {
		att_tx__refused(bearer->conn, ATT_SCARCE_SENT);
		return -ENOMEM;
	}
	if (bearer->enhanced != NULL && !att_eatt__has_room(bearer->enhanced)) {
		conn__tx_refused(bearer->conn);
		return -ENOMEM;
	}
	if (!may_hold(att, &att->value_shares, link)) {
		att_tx__refused(bearer->conn, ATT_SCARCE_VALUE);
		return -ENOMEM;
	}
	*buf = att_tx__alloc(bearer, &att->values, pdu);
	if (*buf == NULL) {
		conn__tx_refused(bearer->conn);
		return -ENOMEM;
	}
	return 0;
}

static void value_sent(struct bt_conn *conn, void *user, int err)
{
	struct att_sent *sent = user;
	struct att *att = sent->att;
	struct att_sent copy = *sent;

	sys_slist_prepend(&att->free_sents, &sent->node);
	let_go(&att->sent_shares, sent->link);
	att_tx__freed(att, ATT_SCARCE_SENT);
	for (; copy.times > 0; copy.times--) {
		copy.func(conn, copy.user_data);
	}
}

static int value_queue(struct att_bearer *bearer, struct net_buf *buf, bt_gatt_complete_func_t func,
		       void *user_data, uint16_t times)
{
	struct att *att = bearer->att;
	sys_snode_t *node;
	struct att_sent *sent;
	int err;

	if (func == NULL) {
		return att_tx__pdu(bearer, buf, NULL, NULL);
	}
	node = sys_slist_get_not_empty(&att->free_sents);
	sent = CONTAINER_OF(node, struct att_sent, node);
	sent->func = func;
	sent->user_data = user_data;
	sent->times = times;
	sent->link = conn__index(bearer->conn);
	hold(&att->sent_shares, sent->link);
	err = att_tx__pdu(bearer, buf, value_sent, sent);
	if (err != 0) {
		sys_slist_prepend(&att->free_sents, node);
		let_go(&att->sent_shares, sent->link);
	}
	return err;
}

int att_tx__value_send(struct att_bearer *bearer, struct net_buf *buf, const struct fav_writer *pdu,
		       bt_gatt_complete_func_t func, void *user_data, uint16_t times)
{
	int err;

	att_tx__finish(buf, pdu);
	err = value_queue(bearer, buf, func, user_data, times);
	if (err != 0) {
		net_buf_unref(buf);
	}
	return err;
}

int att_tx__value(struct att_bearer *bearer, uint8_t opcode, uint16_t handle, const void *data,
		  uint16_t len, bt_gatt_complete_func_t func, void *user_data)
{
	struct fav_writer pdu;
	struct net_buf *buf;
	int err;

	if (len > bearer->mtu - ATT_VALUE_HEADER) {
		return -EMSGSIZE;
	}
	err = att_tx__value_begin(bearer, func != NULL, &buf, &pdu);
	if (err != 0) {
		return err;
	}
	fav_writer_u8(&pdu, opcode);
	fav_writer_le16(&pdu, handle);
	fav_writer_bytes(&pdu, data, len);
	return att_tx__value_send(bearer, buf, &pdu, func, user_data, 1);
}
