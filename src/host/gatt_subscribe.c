/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "att_req.h"
#include "conn.h"
#include "gatt.h"

/*
 * Subscriptions: Core 6.0 Vol 3 Part G 4.10, 4.11 and 3.3.3.3.
 *
 * The subscriptions of a link are a list of the applications' params. Those with one CCC share what
 * is written to it: the bits that they want together. Of each is known
 *
 *   SENT           the server has acknowledged a write with its bits
 *   WRITE_PENDING  a write was made for it and has not been answered
 *   ENDING         it was unsubscribed, and the write for that has not been answered
 *
 * A subscription ends once: notify with NULL, behind everything else about it.
 */

#define SENT          BT_GATT_SUBSCRIBE_FLAG_SENT
#define WRITE_PENDING BT_GATT_SUBSCRIBE_FLAG_WRITE_PENDING
#define ENDING        BT_GATT_SUBSCRIBE_FLAG_ENDING

/* In an att_req: what the write is for. Its handle is the CCC's, its value what is written. */
#define STEP_SUBSCRIBE   0
#define STEP_UNSUBSCRIBE 1

static sys_slist_t *subs_of(struct gatt *gatt, const struct bt_conn *conn)
{
	return &gatt->subs[conn__index(conn)];
}

static bool is_ending(const struct bt_gatt_subscribe_params *sub)
{
	return atomic_test_bit(sub->flags, ENDING);
}

/* Take it out of the list; a list that is being walked goes on behind it. */
static void unlink_sub(struct gatt *gatt, sys_slist_t *subs, struct bt_gatt_subscribe_params *sub)
{
	if (gatt->next_sub == sub) {
		gatt->next_sub = SYS_SLIST_PEEK_NEXT_CONTAINER(sub, node);
	}
	(void)sys_slist_find_and_remove(subs, &sub->node);
}

static void end(struct gatt *gatt, struct bt_conn *conn, struct bt_gatt_subscribe_params *sub)
{
	unlink_sub(gatt, subs_of(gatt, conn), sub);
	(void)sub->notify(conn, sub, NULL, 0);
}

/* What all subscriptions of a CCC want together, but for one of them. */
static uint16_t wanted(sys_slist_t *subs, uint16_t ccc_handle,
		       const struct bt_gatt_subscribe_params *but)
{
	struct bt_gatt_subscribe_params *sub;
	uint16_t value = 0;

	SYS_SLIST_FOR_EACH_CONTAINER(subs, sub, node) {
		if (sub != but && sub->ccc_handle == ccc_handle && !is_ending(sub)) {
			value |= sub->value;
		}
	}
	return value;
}

/* ---- Writing the CCC ---- */

static int build(struct bt_conn *conn, struct att_req *req, struct fav_writer *pdu)
{
	fav_writer_u8(pdu, BT_ATT_OP_WRITE_REQ);
	fav_writer_le16(pdu, req->handle);
	fav_writer_le16(pdu, req->value);
	return 0;
}

/* The server has taken on value: what it covers is subscribed. */
static void confirm(sys_slist_t *subs, uint16_t ccc_handle, uint16_t value)
{
	struct bt_gatt_subscribe_params *sub;

	SYS_SLIST_FOR_EACH_CONTAINER(subs, sub, node) {
		if (sub->ccc_handle == ccc_handle && (sub->value & ~value) == 0) {
			atomic_set_bit(sub->flags, SENT);
		}
	}
}

/* A subscription of the CCC that counted on a write which failed; NULL. */
static struct bt_gatt_subscribe_params *orphan(sys_slist_t *subs, uint16_t ccc_handle)
{
	struct bt_gatt_subscribe_params *sub;

	SYS_SLIST_FOR_EACH_CONTAINER(subs, sub, node) {
		if (sub->ccc_handle == ccc_handle && !is_ending(sub) &&
		    !atomic_test_bit(sub->flags, SENT) &&
		    !atomic_test_bit(sub->flags, WRITE_PENDING)) {
			return sub;
		}
	}
	return NULL;
}

static void tell_and_end(struct gatt *gatt, struct bt_conn *conn,
			 struct bt_gatt_subscribe_params *sub, uint8_t err)
{
	/* Out of the list first: in its callback it cannot be unsubscribed any more. */
	unlink_sub(gatt, subs_of(gatt, conn), sub);
	if (sub->subscribe != NULL) {
		sub->subscribe(conn, err, sub);
	}
	(void)sub->notify(conn, sub, NULL, 0);
}

static void written(struct bt_conn *conn, struct att_req *req, uint8_t err)
{
	struct bt_gatt_subscribe_params *sub = req->params;
	struct gatt *gatt = gatt__of(conn);
	sys_slist_t *subs = subs_of(gatt, conn);
	uint16_t ccc_handle = req->handle;
	bool ends = req->step == STEP_UNSUBSCRIBE;

	if (err == 0) {
		confirm(subs, ccc_handle, req->value);
	}
	if (req->step == STEP_SUBSCRIBE) {
		atomic_clear_bit(sub->flags, WRITE_PENDING);
		/* When it is ending already, the other write, behind this one, is its end. */
		ends = err != 0 && !is_ending(sub);
	}
	if (ends) {
		tell_and_end(gatt, conn, sub, err);
	} else if (sub->subscribe != NULL) {
		sub->subscribe(conn, err, sub);
	}
	while (err != 0 && (sub = orphan(subs, ccc_handle)) != NULL) {
		tell_and_end(gatt, conn, sub, err);
	}
}

static bool response(struct bt_conn *conn, struct att_req *req, struct fav_cursor *rsp)
{
	written(conn, req, fav_cursor_done(rsp) ? 0 : BT_ATT_ERR_UNLIKELY);
	return false;
}

static bool failed(struct bt_conn *conn, struct att_req *req, int err)
{
	written(conn, req, gatt__err(err));
	return false;
}

static const struct att_proc write_ccc = {
	.build = build,
	.response = response,
	.failed = failed,
};

static int write_start(struct bt_conn *conn, struct bt_gatt_subscribe_params *sub, uint8_t step,
		       uint16_t value)
{
	struct att_req *req;
	int err = att_req__new(conn, sub->chan_opt, &write_ccc, sub, &req);

	if (err != 0) {
		return err;
	}
	req->handle = sub->ccc_handle;
	req->value = value;
	req->step = step;
	return att_req__start(ATT_DIR_REQUEST, req);
}

/* ---- The application's side ---- */

static bool is_valid(const struct bt_gatt_subscribe_params *params)
{
	return params != NULL && params->notify != NULL && params->value_handle != 0 &&
	       params->ccc_handle != 0 && params->value != 0 &&
	       (params->value & ~(BT_GATT_CCC_NOTIFY | BT_GATT_CCC_INDICATE)) == 0;
}

static bool is_listed(struct gatt *gatt, struct bt_gatt_subscribe_params *params)
{
	for (int i = 0; i < CONFIG_BT_MAX_CONN; i++) {
		if (sys_slist_find(&gatt->subs[i], &params->node, NULL) ||
		    sys_slist_find(&gatt->absent[i].subs, &params->node, NULL)) {
			return true;
		}
	}
	return false;
}

static void flags_reset(struct bt_gatt_subscribe_params *params)
{
	atomic_clear_bit(params->flags, SENT);
	atomic_clear_bit(params->flags, WRITE_PENDING);
	atomic_clear_bit(params->flags, ENDING);
}

int bt_gatt_subscribe(struct bt_conn *conn, struct bt_gatt_subscribe_params *params)
{
	struct gatt *gatt;
	sys_slist_t *subs;
	uint16_t before;
	int err;

	if (conn == NULL || !is_valid(params)) {
		return -EINVAL;
	}
	if (att__bearer(conn) == NULL) {
		return -ENOTCONN;
	}
	gatt = gatt__of(conn);
	if (is_listed(gatt, params)) {
		return -EALREADY;
	}
	subs = subs_of(gatt, conn);
	before = wanted(subs, params->ccc_handle, NULL);
	flags_reset(params);
	/* Listed before the write is answered: values may come first. */
	sys_slist_append(subs, &params->node);
	if ((params->value & ~before) == 0) {
		return 0;
	}
	atomic_set_bit(params->flags, WRITE_PENDING);
	err = write_start(conn, params, STEP_SUBSCRIBE, before | params->value);
	if (err != 0) {
		unlink_sub(gatt, subs, params);
	}
	return err;
}

int bt_gatt_unsubscribe(struct bt_conn *conn, struct bt_gatt_subscribe_params *params)
{
	struct gatt *gatt;
	sys_slist_t *subs;
	uint16_t after;
	int err;

	if (conn == NULL || params == NULL) {
		return -EINVAL;
	}
	if (att__bearer(conn) == NULL) {
		return -ENOTCONN;
	}
	gatt = gatt__of(conn);
	subs = subs_of(gatt, conn);
	if (!sys_slist_find(subs, &params->node, NULL)) {
		return -EINVAL;
	}
	if (is_ending(params)) {
		return -EALREADY;
	}
	after = wanted(subs, params->ccc_handle, params);
	if ((params->value & ~after) == 0 && !atomic_test_bit(params->flags, WRITE_PENDING)) {
		end(gatt, conn, params);
		return 0;
	}
	atomic_set_bit(params->flags, ENDING);
	err = write_start(conn, params, STEP_UNSUBSCRIBE, after);
	if (err != 0) {
		atomic_clear_bit(params->flags, ENDING);
	}
	return err;
}

/* ---- Subscriptions that outlive the link ---- */

static struct gatt_absent *absent_find(struct gatt *gatt, uint8_t id, const bt_addr_le_t *peer)
{
	struct gatt_absent *free = NULL;

	for (int i = 0; i < CONFIG_BT_MAX_CONN; i++) {
		struct gatt_absent *absent = &gatt->absent[i];

		if (sys_slist_is_empty(&absent->subs)) {
			free = absent;
		} else if (absent->id == id && bt_addr_le_eq(&absent->peer, peer)) {
			return absent;
		}
	}
	return free;
}

/* The list that a subscription for that peer goes into; NULL: no room. */
static sys_slist_t *subs_for(struct gatt *gatt, uint8_t id, const bt_addr_le_t *peer)
{
	struct bt_conn *conn = bt_conn_lookup_addr_le(id, peer);
	struct gatt_absent *absent;
	bool is_linked;

	if (conn != NULL) {
		is_linked = att__bearer(conn) != NULL;
		bt_conn_unref(conn);
		if (is_linked) {
			return subs_of(gatt, conn);
		}
	}
	absent = absent_find(gatt, id, peer);
	if (absent == NULL) {
		return NULL;
	}
	absent->id = id;
	bt_addr_le_copy(&absent->peer, peer);
	return &absent->subs;
}

int bt_gatt_resubscribe(uint8_t id, const bt_addr_le_t *peer,
			struct bt_gatt_subscribe_params *params)
{
	struct gatt *gatt = gatt__current();
	sys_slist_t *subs;

	if (peer == NULL || !is_valid(params)) {
		return -EINVAL;
	}
	if (is_listed(gatt, params)) {
		return -EALREADY;
	}
	subs = subs_for(gatt, id, peer);
	if (subs == NULL) {
		return -ENOMEM;
	}
	flags_reset(params);
	atomic_set_bit(params->flags, SENT);
	sys_slist_append(subs, &params->node);
	return 0;
}

void gatt_subscribe__connected(struct gatt *gatt, struct bt_conn *conn)
{
	struct bt_conn_info info;
	struct gatt_absent *absent;

	sys_slist_init(subs_of(gatt, conn));
	if (bt_conn_get_info(conn, &info) != 0) {
		return;
	}
	absent = absent_find(gatt, info.id, bt_conn_get_dst(conn));
	if (absent != NULL) {
		sys_slist_merge_slist(subs_of(gatt, conn), &absent->subs);
	}
}

void gatt_subscribe__disconnected(struct gatt *gatt, struct bt_conn *conn)
{
	sys_slist_t *subs = subs_of(gatt, conn);
	struct bt_gatt_subscribe_params *sub;

	while ((sub = SYS_SLIST_PEEK_HEAD_CONTAINER(subs, sub, node)) != NULL) {
		end(gatt, conn, sub);
	}
}

/* ---- Values ---- */

static bool deliver(struct gatt *gatt, struct bt_conn *conn, struct bt_gatt_subscribe_params *sub,
		    uint8_t opcode, const void *data, uint16_t len)
{
	if (is_ending(sub)) {
		/* Nobody wants it any more: that is no loss. */
		return true;
	}
	if (bt_conn_get_security(conn) < sub->min_security) {
		return false;
	}
	sub->received_opcode = opcode;
	if (sub->notify(conn, sub, data, len) == BT_GATT_ITER_STOP &&
	    sys_slist_find(subs_of(gatt, conn), &sub->node, NULL)) {
		/* When there is no memory for it now, the next value asks again. */
		(void)bt_gatt_unsubscribe(conn, sub);
	}
	return true;
}

bool gatt_subscribe__value(struct gatt *gatt, struct bt_conn *conn, uint8_t opcode, uint16_t handle,
			   const void *data, uint16_t len)
{
	sys_slist_t *subs = subs_of(gatt, conn);
	struct bt_gatt_subscribe_params *sub = SYS_SLIST_PEEK_HEAD_CONTAINER(subs, sub, node);
	bool heard = false;

	while (sub != NULL) {
		gatt->next_sub = SYS_SLIST_PEEK_NEXT_CONTAINER(sub, node);
		if (sub->value_handle == handle) {
			heard |= deliver(gatt, conn, sub, opcode, data, len);
		}
		sub = gatt->next_sub;
	}
	return heard;
}

void bt_gatt_cancel(struct bt_conn *conn, void *params)
{
	if (conn != NULL) {
		att_req__cancel(conn, params);
	}
}
