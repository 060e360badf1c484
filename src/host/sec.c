/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Encryption of links: with the keys of a pairing, with those of a bond, and what a link is worth
 * then. Core 6.0 Vol 3 Part C 10.2, 10.3; Part H 2.4.4.
 *
 * `pending` says with what the encryption under way is made; a link that the controller says is
 * encrypted while nothing is pending is worth nothing. Every failure leaves the link at level 1.
 */

#include <errno.h>
#include <string.h>

#include <zephyr/bluetooth/hci.h>
#include <zephyr/logging/log.h>
#include <zephyr/sys/byteorder.h>

#include "conn.h"
#include "hci_core.h"
#include "id.h"
#include "sec.h"
#include "smp.h"

LOG_MODULE_DECLARE(bt_smp);

/* ---- Bonds ---- */

uint8_t sec__identity(const struct smp_chan *chan)
{
	struct bt_conn_info info;

	(void)bt_conn_get_info(chan->conn, &info);
	return info.id;
}

struct keys_bond *sec__bond(const struct smp_chan *chan)
{
	return keys__find(host__keys(chan->smp->host), sec__identity(chan),
			  bt_conn_get_dst(chan->conn));
}

bool sec__is_bonds(const struct smp_chan *chan)
{
	return chan->is_bonds && bt_conn_get_security(chan->conn) > BT_SECURITY_L1;
}

const struct keys_ltk *sec__ltk(const struct keys_bond *bond, bool central)
{
	if ((bond->has & KEYS_SC_LTK) != 0) {
		return &bond->peer_ltk;
	}
	if (central) {
		return (bond->has & KEYS_PEER_LTK) != 0 ? &bond->peer_ltk : NULL;
	}
	return (bond->has & KEYS_LOCAL_LTK) != 0 ? &bond->local_ltk : NULL;
}

bool sec__has_key(const struct bt_conn *conn)
{
	const struct smp_chan *chan = smp__chan(conn);
	const struct keys_bond *bond = chan != NULL ? sec__bond(chan) : NULL;

	return bond != NULL && sec__ltk(bond, smp__is_central(chan)) != NULL;
}

bool sec__is_bonded(const struct bt_conn *conn)
{
	const struct smp_chan *chan = smp__chan(conn);

	return chan != NULL && sec__is_bonds(chan);
}

void sec__upper_register(struct bt_host *host, const struct sec_upper *upper)
{
	host__smp(host)->upper = upper;
}

/* ---- Commands ---- */

static int send_command(struct bt_host *host, uint16_t opcode, void *params, size_t len,
			hci_cmd_done_t done, void *user)
{
	struct net_buf *buf = hci__cmd_alloc(host__hci(host));

	if (buf == NULL) {
		return -ENOMEM;
	}
	net_buf_add_mem(buf, params, len);
	return hci__cmd_send(host__hci(host), opcode, buf, done, user);
}

static void encryption_ended(struct smp_chan *chan, uint8_t status);

/* The controller refuses: no event follows. */
static void on_started(struct bt_host *host, void *user, int err, uint8_t status,
		       struct net_buf_simple *rsp)
{
	struct bt_conn *conn = conn__by_handle(host, (uint16_t)(uintptr_t)user);
	struct smp_chan *chan = conn != NULL ? smp__chan(conn) : NULL;

	if (chan != NULL && chan->pending.active && (err != 0 || status != BT_HCI_ERR_SUCCESS)) {
		LOG_WRN("LE Enable Encryption: %d, %s", err, bt_hci_err_to_str(status));
		encryption_ended(chan, err != 0 ? BT_HCI_ERR_UNSPECIFIED : status);
	}
}

int sec__encrypt(struct smp_chan *chan, const uint8_t ltk[SMP_KEY_LEN], const uint8_t rand[8],
		 uint16_t ediv, uint8_t flags, uint8_t key_size)
{
	uint16_t handle = conn__handle(chan->conn);
	struct bt_hci_cp_le_start_encryption cp = {
		.handle = sys_cpu_to_le16(handle),
		.ediv = sys_cpu_to_le16(ediv),
	};
	int err;

	memcpy(&cp.rand, rand, sizeof(cp.rand));
	memcpy(cp.ltk, ltk, sizeof(cp.ltk));
	chan->pending = (struct sec_pending){
		.active = true,
		.flags = flags,
		.key_size = key_size,
	};
	err = send_command(chan->smp->host, BT_HCI_OP_LE_START_ENCRYPTION, &cp, sizeof(cp),
			   on_started, (void *)(uintptr_t)handle);
	crypto__wipe(&cp, sizeof(cp));
	if (err != 0) {
		chan->pending = (struct sec_pending){0};
	}
	return err;
}

int sec__encrypt_bond(struct smp_chan *chan, struct keys_bond *bond)
{
	const struct keys_ltk *ltk = sec__ltk(bond, true);
	int err;

	if (ltk == NULL) {
		return -ENOENT;
	}
	err = sec__encrypt(chan, ltk->value, ltk->rand, ltk->ediv, bond->flags, bond->key_size);
	if (err == 0) {
		chan->pending.is_bonds = true;
		keys__touch(host__keys(chan->smp->host), bond);
	}
	return err;
}

/* ---- The end of it ---- */

static enum bt_security_err security_err(uint8_t status)
{
	switch (status) {
	case BT_HCI_ERR_SUCCESS:
		return BT_SECURITY_ERR_SUCCESS;
	case BT_HCI_ERR_AUTH_FAIL:
	case BT_HCI_ERR_TERM_DUE_TO_MIC_FAIL:
		return BT_SECURITY_ERR_AUTH_FAIL;
	case BT_HCI_ERR_PIN_OR_KEY_MISSING:
		return BT_SECURITY_ERR_PIN_OR_KEY_MISSING;
	case BT_HCI_ERR_UNSUPP_REMOTE_FEATURE:
		return BT_SECURITY_ERR_PAIR_NOT_SUPPORTED;
	default:
		return BT_SECURITY_ERR_UNSPECIFIED;
	}
}

void sec__tell(struct smp_chan *chan, enum bt_security_err err)
{
	const struct sec_upper *upper = chan->smp->upper;
	struct bt_conn *conn = chan->conn;

	if (upper != NULL) {
		upper->changed(conn, err);
	}
	if (chan->conn == conn) {
		conn__security_tell(conn, err);
	}
}

static void level_lost(struct smp_chan *chan)
{
	const struct bt_security_info none = {.level = BT_SECURITY_L1};

	chan->is_bonds = false;
	chan->required = BT_SECURITY_L0;
	conn__security_set(chan->conn, &none);
}

static void encryption_failed(struct smp_chan *chan, uint8_t status)
{
	enum bt_security_err err = security_err(status);

	level_lost(chan);
	if (chan->p->phase != SMP_IDLE) {
		smp__end(chan, err);
		return;
	}
	sec__tell(chan, err);
}

static void encryption_made(struct smp_chan *chan, struct sec_pending made)
{
	const struct bt_security_info info = {
		.level = keys__level(made.flags, made.key_size),
		.enc_key_size = made.key_size,
		.flags = ((made.flags & KEYS_SC) != 0 ? BT_SECURITY_FLAG_SC : 0) |
			 ((made.flags & KEYS_OOB) != 0 ? BT_SECURITY_FLAG_OOB : 0),
	};
	bt_security_t wanted = chan->smp->sc_only ? BT_SECURITY_L4 : chan->required;
	bool pairing = chan->p->phase == SMP_ENCRYPT && !made.is_bonds;

	conn__security_set(chan->conn, &info);
	chan->is_bonds = made.is_bonds;
	if (pairing) {
		/* Before anybody is told: what is told may end it. */
		chan->p->phase = SMP_KEYS;
	}
	if (info.level < wanted) {
		chan->required = BT_SECURITY_L0;
		sec__tell(chan, BT_SECURITY_ERR_AUTH_REQUIREMENT);
	} else {
		sec__tell(chan, BT_SECURITY_ERR_SUCCESS);
	}
	if (pairing && chan->conn != NULL && chan->p->phase == SMP_KEYS) {
		smp__settle(chan, smp_keys__start(chan));
	}
}

static void encryption_ended(struct smp_chan *chan, uint8_t status)
{
	struct sec_pending made = chan->pending;
	struct bt_conn *conn = bt_conn_ref(chan->conn);

	chan->pending = (struct sec_pending){0};
	if (status != BT_HCI_ERR_SUCCESS) {
		encryption_failed(chan, status);
	} else {
		encryption_made(chan, made);
	}
	bt_conn_unref(conn);
}

/* ---- Events ---- */

static void drop(struct bt_host *host, const char *what)
{
	host__stats(host)->evt_dropped++;
	LOG_WRN("%s dropped", what);
}

static struct smp_chan *chan_of(struct bt_host *host, uint16_t handle_le, const char *what)
{
	struct bt_conn *conn = conn__by_handle(host, sys_le16_to_cpu(handle_le));
	struct smp_chan *chan = conn != NULL ? smp__chan(conn) : NULL;

	if (chan == NULL) {
		drop(host, what);
	}
	return chan;
}

static void encryption_is(struct smp_chan *chan, uint8_t status, bool on, const char *what)
{
	if (status == BT_HCI_ERR_SUCCESS && !on) {
		status = BT_HCI_ERR_UNSPECIFIED;
	}
	if (!chan->pending.active) {
		if (status == BT_HCI_ERR_SUCCESS ||
		    bt_conn_get_security(chan->conn) == BT_SECURITY_L1) {
			/* Nobody knows with what. */
			drop(chan->smp->host, what);
			return;
		}
		LOG_WRN("link 0x%04x lost its encryption", conn__handle(chan->conn));
	}
	encryption_ended(chan, status);
}

static void on_encrypt_change(struct bt_host *host, struct net_buf_simple *buf)
{
	const struct bt_hci_evt_encrypt_change *evt = net_buf_simple_pull_mem(buf, sizeof(*evt));
	struct smp_chan *chan = chan_of(host, evt->handle, "Encryption Change");

	if (chan != NULL) {
		encryption_is(chan, evt->status, evt->encrypt != 0, "Encryption Change");
	}
}

static void on_key_refresh(struct bt_host *host, struct net_buf_simple *buf)
{
	const struct bt_hci_evt_encrypt_key_refresh_complete *evt =
		net_buf_simple_pull_mem(buf, sizeof(*evt));
	struct smp_chan *chan = chan_of(host, evt->handle, "Encryption Key Refresh Complete");

	if (chan != NULL) {
		encryption_is(chan, evt->status, true, "Encryption Key Refresh Complete");
	}
}

/* The key of the pairing, of the bond, or none. EDIV and Rand of 0 are those of a key that both
 * sides made; a distributed key must be asked for by its own. */
static const uint8_t *requested_key(struct smp_chan *chan,
				    const struct bt_hci_evt_le_ltk_request *evt)
{
	struct smp_pairing *p = chan->p;
	struct keys_bond *bond = sec__bond(chan);
	bool made_by_both = evt->ediv == 0 && evt->rand == 0;
	const struct keys_ltk *ltk;

	if (p->phase != SMP_IDLE) {
		if (p->phase != SMP_ENCRYPT || !made_by_both) {
			return NULL;
		}
		chan->pending = (struct sec_pending){
			.active = true, .flags = p->bond.flags, .key_size = p->key_size};
		return p->ltk;
	}
	ltk = bond != NULL ? sec__ltk(bond, false) : NULL;
	if (ltk == NULL) {
		return NULL;
	}
	if ((bond->has & KEYS_SC_LTK) != 0
		    ? !made_by_both
		    : sys_le16_to_cpu(evt->ediv) != ltk->ediv ||
			      memcmp(&evt->rand, ltk->rand, sizeof(ltk->rand)) != 0) {
		return NULL;
	}
	keys__touch(host__keys(chan->smp->host), bond);
	chan->pending = (struct sec_pending){
		.active = true, .is_bonds = true, .flags = bond->flags, .key_size = bond->key_size};
	return ltk->value;
}

static void refuse_key(struct bt_host *host, uint16_t handle_le)
{
	struct bt_hci_cp_le_ltk_req_neg_reply cp = {.handle = handle_le};

	if (send_command(host, BT_HCI_OP_LE_LTK_REQ_NEG_REPLY, &cp, sizeof(cp), NULL, NULL) != 0) {
		LOG_WRN("LE Long Term Key Request cannot be answered");
	}
}

static void on_ltk_request(struct bt_host *host, struct net_buf_simple *buf)
{
	const struct bt_hci_evt_le_ltk_request *evt = net_buf_simple_pull_mem(buf, sizeof(*evt));
	struct smp_chan *chan = chan_of(host, evt->handle, "LE Long Term Key Request");
	struct bt_hci_cp_le_ltk_req_reply cp = {.handle = evt->handle};
	const uint8_t *key;
	int err;

	if (chan == NULL || smp__is_central(chan)) {
		refuse_key(host, evt->handle);
		return;
	}
	key = requested_key(chan, evt);
	if (key == NULL) {
		refuse_key(host, evt->handle);
		/* A link that was encrypted has paused that, and cannot go on with it. */
		if (chan->p->phase == SMP_IDLE ||
		    bt_conn_get_security(chan->conn) > BT_SECURITY_L1) {
			encryption_ended(chan, BT_HCI_ERR_PIN_OR_KEY_MISSING);
		}
		return;
	}
	memcpy(cp.ltk, key, sizeof(cp.ltk));
	err = send_command(host, BT_HCI_OP_LE_LTK_REQ_REPLY, &cp, sizeof(cp), on_started,
			   (void *)(uintptr_t)conn__handle(chan->conn));
	crypto__wipe(&cp, sizeof(cp));
	if (err != 0) {
		LOG_WRN("LE Long Term Key Request cannot be answered: %d", err);
		encryption_ended(chan, BT_HCI_ERR_UNSPECIFIED);
	}
}

static const struct hci_evt_entry events[] = {
	{BT_HCI_EVT_ENCRYPT_CHANGE, sizeof(struct bt_hci_evt_encrypt_change), on_encrypt_change},
	{BT_HCI_EVT_ENCRYPT_KEY_REFRESH_COMPLETE,
	 sizeof(struct bt_hci_evt_encrypt_key_refresh_complete), on_key_refresh},
};

static const struct hci_evt_entry le_events[] = {
	{BT_HCI_EVT_LE_LTK_REQUEST, sizeof(struct bt_hci_evt_le_ltk_request), on_ltk_request},
};

void sec__register(struct bt_host *host)
{
	hci__evt_register(host__hci(host), events, ARRAY_SIZE(events));
	hci__le_evt_register(host__hci(host), le_events, ARRAY_SIZE(le_events));
}

/* ---- What an application asks for ---- */

static int start(struct smp_chan *chan, bt_security_t level, bool forced)
{
	struct keys_bond *bond = sec__bond(chan);

	if (!forced && smp__is_central(chan) && bond != NULL && sec__ltk(bond, true) != NULL &&
	    keys__level(bond->flags, bond->key_size) >= level) {
		return sec__encrypt_bond(chan, bond);
	}
	return smp_feature__start(chan, forced, false);
}

int bt_conn_set_security(struct bt_conn *conn, bt_security_t sec)
{
	bool forced = (sec & BT_SECURITY_FORCE_PAIR) != 0;
	bt_security_t level = sec & ~BT_SECURITY_FORCE_PAIR;
	bt_security_t before;
	struct smp_chan *chan;
	int err;

	if (conn == NULL || level < BT_SECURITY_L1 || level > BT_SECURITY_L4) {
		return -EINVAL;
	}
	chan = smp__chan(conn);
	if (chan == NULL) {
		return -ENOTCONN;
	}
	level = chan->smp->sc_only ? BT_SECURITY_L4 : level;
	before = chan->required;
	if (!forced && (bt_conn_get_security(conn) >= level || before >= level)) {
		return 0;
	}
	if (smp__is_busy(chan) || chan->pending.active) {
		return -EBUSY;
	}
	chan->required = level;
	err = start(chan, level, forced);
	if (err != 0) {
		chan->required = before;
	}
	return err;
}

void bt_set_bondable(bool enable)
{
	host__smp(fav_host_current())->bondable = enable;
}

void fav_host_mitm_set(struct bt_host *host, bool ask)
{
	host__smp(host)->mitm = ask;
}

/* ---- Bonds, for an application ---- */

/* The link with that peer, bonded or in the middle of becoming so, ends: its keys are no more. */
static void disconnect_peer(uint8_t id, const bt_addr_le_t *addr)
{
	struct bt_conn *conn = bt_conn_lookup_addr_le(id, addr);
	struct smp_chan *chan = conn != NULL ? smp__chan(conn) : NULL;

	if (chan != NULL) {
		chan->is_bonds = false;
		smp__end(chan, BT_SECURITY_ERR_UNSPECIFIED);
	}
	if (conn != NULL) {
		(void)bt_conn_disconnect(conn, BT_HCI_ERR_REMOTE_USER_TERM_CONN);
	}
	bt_conn_unref(conn);
}

static int unpair_one(struct smp *smp, struct keys_bond *bond)
{
	uint8_t id = bond->id;
	bt_addr_le_t addr = bond->addr;
	int err = keys__remove(host__keys(smp->host), bond);

	if (err == 0) {
		disconnect_peer(id, &addr);
		smp_user__tell_deleted(smp, id, &addr);
	}
	return err;
}

static int unpair_all(struct smp *smp, uint8_t id)
{
	struct keys *keys = host__keys(smp->host);
	struct keys_bond *bond;
	int err = 0;

	while (err == 0 && (bond = keys__next(keys, id, NULL)) != NULL) {
		err = unpair_one(smp, bond);
	}
	return err;
}

int bt_unpair(uint8_t id, const bt_addr_le_t *addr)
{
	struct bt_host *host = fav_host_current();
	struct smp *smp = host__smp(host);
	struct keys_bond *bond;

	if (id__addr(host__id(host), id) == NULL) {
		return -EINVAL;
	}
	if (addr == NULL || bt_addr_le_eq(addr, BT_ADDR_LE_ANY)) {
		return unpair_all(smp, id);
	}
	bond = keys__find(host__keys(host), id, addr);
	if (bond != NULL) {
		return unpair_one(smp, bond);
	}
	disconnect_peer(id, addr);
	return 0;
}

void bt_foreach_bond(uint8_t id, void (*func)(const struct bt_bond_info *info, void *user_data),
		     void *user_data)
{
	struct smp *smp = host__smp(fav_host_current());
	struct keys_bond *bond = NULL;

	while ((bond = keys__next(host__keys(smp->host), id, bond)) != NULL) {
		struct bt_bond_info info = {.addr = bond->addr};

		func(&info, user_data);
	}
}
