/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The channel of the Security Manager: which PDU is due, the time limit, how a pairing ends.
 */

#include <errno.h>
#include <string.h>

#include <zephyr/logging/log.h>
#include <zephyr/sys/__assert.h>

#include "conn.h"
#include "smp.h"
#include "smp_sign.h"

LOG_MODULE_REGISTER(bt_smp);

/* 3.4 */
#define TIMEOUT_MS 30000
/* How long a pairing may wait for its beginning: less than that, which the peer counts too. */
#define WAIT_MS 25000

struct smp_chan *smp__chan(const struct bt_conn *conn)
{
	struct smp_chan *chan = &host__smp(conn__host(conn))->chans[conn__index(conn)];

	return chan->conn == conn ? chan : NULL;
}

bool smp__is_central(const struct smp_chan *chan)
{
	struct bt_conn_info info;

	return bt_conn_get_info(chan->conn, &info) == 0 && info.role == BT_CONN_ROLE_CENTRAL;
}

struct smp_addrs smp__addrs(const struct smp_chan *chan)
{
	struct bt_conn_info info;

	(void)bt_conn_get_info(chan->conn, &info);
	if (info.role == BT_CONN_ROLE_CENTRAL) {
		return (struct smp_addrs){*info.le.local, *info.le.remote};
	}
	return (struct smp_addrs){*info.le.remote, *info.le.local};
}

static void timeout_start(struct smp_chan *chan)
{
	deadlines__set(&chan->smp->timeouts, &chan->timeout, TIMEOUT_MS);
}

/* ---- Sending ---- */

static void sent(struct bt_conn *conn, void *user, int err)
{
	struct smp_chan *chan = user;

	chan->in_flight--;
	if (err == 0 && chan->conn != NULL) {
		smp_keys__sent(chan);
	}
}

/* Links that are not pairing take nothing from those that are. */
static bool may_send(const struct smp_chan *chan)
{
	const struct smp *smp = chan->smp;
	unsigned int idle = 0;

	if (chan->p->phase != SMP_IDLE) {
		return chan->in_flight < SMP_IN_FLIGHT_MAX;
	}
	for (size_t i = 0; i < ARRAY_SIZE(smp->chans); i++) {
		idle += smp->chans[i].p->phase == SMP_IDLE ? smp->chans[i].in_flight : 0;
	}
	return idle < SMP_IDLE_IN_FLIGHT_MAX;
}

enum smp_err smp__send(struct smp_chan *chan, uint8_t op, const void *body, size_t len)
{
	struct net_buf *buf = NULL;
	int err = -ENOMEM;

	if (may_send(chan)) {
		buf = net_buf_alloc(&chan->smp->pool, K_NO_WAIT);
	}
	if (buf != NULL) {
		net_buf_reserve(buf, L2CAP_HEADROOM);
		net_buf_add_u8(buf, op);
		net_buf_add_mem(buf, body, len);
		err = l2cap__send(chan->conn, L2CAP_CID_SMP, buf, sent, chan);
	}
	if (err == 0) {
		chan->in_flight++;
		if (chan->p->phase != SMP_IDLE) {
			timeout_start(chan);
		}
		return SMP_OK;
	}
	if (buf != NULL) {
		net_buf_unref(buf);
	}
	LOG_WRN("SMP PDU 0x%02x not sent: %d", op, err);
	return SMP_ERR_UNSPECIFIED;
}

/* ---- A pairing's beginning and end ---- */

const struct smp_pairing smp__idle = {.phase = SMP_IDLE};

static struct smp_pairing *idle(void)
{
	return (struct smp_pairing *)&smp__idle;
}

static struct smp_pairing *free_place(struct smp *smp)
{
	for (size_t i = 0; i < ARRAY_SIZE(smp->pairings); i++) {
		if (smp->pairings[i].phase == SMP_IDLE) {
			return &smp->pairings[i];
		}
	}
	return NULL;
}

bool smp__begin(struct smp_chan *chan, enum smp_phase phase)
{
	struct smp_pairing *place = free_place(chan->smp);

	if (place == NULL) {
		return false;
	}
	chan->p = place;
	chan->p->phase = phase;
	timeout_start(chan);
	return true;
}

void smp__wait(struct smp_chan *chan, enum smp_wait what)
{
	chan->wait = (uint8_t)what;
	deadlines__set(&chan->smp->timeouts, &chan->timeout, WAIT_MS);
}

void smp__wipe(struct smp_chan *chan)
{
	chan->wait = SMP_WAIT_NONE;
	deadlines__clear(&chan->timeout);
	if (chan->p->phase != SMP_IDLE) {
		crypto__wipe(chan->p, sizeof(*chan->p));
		chan->p = idle();
		k_work_submit(&chan->smp->next);
	}
}

/* A place is free. Links take turns. */
static void next_run(struct k_work *work)
{
	struct smp *smp = CONTAINER_OF(work, struct smp, next);
	struct bt_host *previous = host__enter(smp->host);

	for (size_t i = 0; i < ARRAY_SIZE(smp->chans) && free_place(smp) != NULL; i++) {
		struct smp_chan *chan = &smp->chans[smp->next_first];

		smp->next_first = (smp->next_first + 1) % ARRAY_SIZE(smp->chans);
		if (chan->conn != NULL && chan->wait != SMP_WAIT_NONE) {
			smp_feature__resume(chan);
		}
	}
	host__leave(previous);
}

/* What waited for a place has waited for too long. */
static void wait_over(struct smp_chan *chan)
{
	bool ours = chan->wait == SMP_WAIT_OURS;

	smp__wipe(chan);
	if (ours) {
		smp__give_up(chan);
	} else {
		smp__settle(chan, SMP_ERR_BUSY);
	}
}

static const uint8_t security_errs[] = {
	[SMP_OK] = BT_SECURITY_ERR_SUCCESS,
	[SMP_ERR_PASSKEY_ENTRY] = BT_SECURITY_ERR_AUTH_FAIL,
	[SMP_ERR_OOB_NOT_AVAILABLE] = BT_SECURITY_ERR_OOB_NOT_AVAILABLE,
	[SMP_ERR_AUTH_REQUIREMENTS] = BT_SECURITY_ERR_AUTH_REQUIREMENT,
	[SMP_ERR_CONFIRM] = BT_SECURITY_ERR_AUTH_FAIL,
	[SMP_ERR_NOT_SUPPORTED] = BT_SECURITY_ERR_PAIR_NOT_SUPPORTED,
	[SMP_ERR_KEY_SIZE] = BT_SECURITY_ERR_AUTH_REQUIREMENT,
	[SMP_ERR_COMMAND] = BT_SECURITY_ERR_UNSPECIFIED,
	[SMP_ERR_UNSPECIFIED] = BT_SECURITY_ERR_UNSPECIFIED,
	[SMP_ERR_REPEATED] = BT_SECURITY_ERR_PAIR_NOT_ALLOWED,
	[SMP_ERR_INVALID_PARAMS] = BT_SECURITY_ERR_INVALID_PARAM,
	[SMP_ERR_DHKEY_CHECK] = BT_SECURITY_ERR_AUTH_FAIL,
	[SMP_ERR_NUMERIC] = BT_SECURITY_ERR_AUTH_FAIL,
	[SMP_ERR_BREDR] = BT_SECURITY_ERR_PAIR_NOT_ALLOWED,
	[SMP_ERR_CTKD] = BT_SECURITY_ERR_PAIR_NOT_ALLOWED,
	[SMP_ERR_KEY_REJECTED] = BT_SECURITY_ERR_KEY_REJECTED,
	[SMP_ERR_BUSY] = BT_SECURITY_ERR_PAIR_NOT_ALLOWED,
};

static enum bt_security_err security_err(uint8_t reason)
{
	return reason < ARRAY_SIZE(security_errs) ? security_errs[reason]
						  : BT_SECURITY_ERR_UNSPECIFIED;
}

static const char *const err_names[] = {
	[BT_SECURITY_ERR_SUCCESS] = "success",
	[BT_SECURITY_ERR_AUTH_FAIL] = "authentication failed",
	[BT_SECURITY_ERR_PIN_OR_KEY_MISSING] = "key missing",
	[BT_SECURITY_ERR_OOB_NOT_AVAILABLE] = "no data out of band",
	[BT_SECURITY_ERR_AUTH_REQUIREMENT] = "authentication requirements",
	[BT_SECURITY_ERR_PAIR_NOT_SUPPORTED] = "pairing not supported",
	[BT_SECURITY_ERR_PAIR_NOT_ALLOWED] = "pairing not allowed",
	[BT_SECURITY_ERR_INVALID_PARAM] = "invalid parameters",
	[BT_SECURITY_ERR_KEY_REJECTED] = "key rejected",
	[BT_SECURITY_ERR_UNSPECIFIED] = "unspecified",
};

const char *bt_security_err_to_str(enum bt_security_err err)
{
	return (unsigned int)err < ARRAY_SIZE(err_names) ? err_names[err] : "(unknown)";
}

/* A failure that an attacker who guesses would see. */
static void count_attempt(struct smp_chan *chan)
{
	if (chan->p->phase == SMP_AUTH || chan->p->phase == SMP_ENCRYPT) {
		smp_repeat__failed(chan->smp, bt_conn_get_dst(chan->conn));
	}
}

void smp__end(struct smp_chan *chan, enum bt_security_err err)
{
	bool encrypted = chan->p->phase == SMP_KEYS;
	bool told = chan->p->told;
	struct bt_conn *conn = chan->conn;

	if (chan->p->phase == SMP_IDLE) {
		return;
	}
	LOG_WRN("link 0x%04x: pairing failed: %s", conn__handle(conn), bt_security_err_to_str(err));
	count_attempt(chan);
	smp__wipe(chan);
	chan->pending = (struct sec_pending){0};
	chan->required = BT_SECURITY_L0;
	bt_conn_ref(conn);
	if (told && smp_user__callbacks(chan) != NULL &&
	    smp_user__callbacks(chan)->cancel != NULL) {
		smp_user__callbacks(chan)->cancel(conn);
	}
	if (!encrypted && chan->conn == conn) {
		sec__tell(chan, err);
	} else if (chan->conn == conn) {
		conn__security_tell_layers(conn, err);
	}
	if (chan->conn == conn) {
		smp_user__tell_failed(chan, err);
	}
	bt_conn_unref(conn);
}

void smp__give_up(struct smp_chan *chan)
{
	struct bt_conn *conn = bt_conn_ref(chan->conn);

	LOG_WRN("link 0x%04x: pairing has not begun", conn__handle(conn));
	chan->required = BT_SECURITY_L0;
	sec__tell(chan, BT_SECURITY_ERR_UNSPECIFIED);
	if (chan->conn == conn) {
		smp_user__tell_failed(chan, BT_SECURITY_ERR_UNSPECIFIED);
	}
	bt_conn_unref(conn);
}

void smp__settle(struct smp_chan *chan, enum smp_err err)
{
	uint8_t reason = (uint8_t)err;

	if (err == SMP_OK || chan->conn == NULL) {
		return;
	}
	(void)smp__send(chan, SMP_OP_FAILED, &reason, 1);
	smp__end(chan, security_err(reason));
}

static bool bond_in_use(struct bt_host *host, const struct keys_bond *bond)
{
	struct bt_conn *conn = bt_conn_lookup_addr_le(bond->id, &bond->addr);

	bt_conn_unref(conn);
	return conn != NULL;
}

/* Without a key to encrypt with, or an address to know the peer by, there is nothing to keep. */
static bool is_bond(const struct smp_pairing *p)
{
	return p->bonding && bt_addr_le_is_identity(&p->bond.addr) &&
	       (p->bond.has & (KEYS_PEER_LTK | KEYS_LOCAL_LTK | KEYS_SC_LTK)) != 0;
}

void smp__complete(struct smp_chan *chan)
{
	struct bt_conn *conn = chan->conn;
	bt_addr_le_t before = *bt_conn_get_dst(conn);
	bt_addr_le_t identity = chan->p->bond.addr;
	bool bonded = is_bond(chan->p);
	struct keys_bond evicted = {.has = 0};
	int err = 0;

	if (bonded) {
		smp_sign__begin(&chan->p->bond);
		err = keys__commit(host__keys(chan->smp->host), &chan->p->bond, bond_in_use,
				   &evicted);
	}
	if (err != 0) {
		LOG_ERR("the bond cannot be kept: %d", err);
		smp__settle(chan, SMP_ERR_UNSPECIFIED);
		return;
	}
	chan->is_bonds = bonded;
	smp_repeat__succeeded(chan->smp, &before);
	smp__wipe(chan);
	bt_conn_ref(conn);
	if (!bt_addr_le_eq(&before, &identity)) {
		conn__identify(conn, &identity);
	}
	if (evicted.has != 0) {
		smp_user__tell_deleted(chan->smp, evicted.id, &evicted.addr);
	}
	if (bonded && chan->conn == conn && chan->smp->upper != NULL) {
		chan->smp->upper->bonded(conn);
	}
	if (chan->conn == conn) {
		smp_user__tell_complete(chan, bonded);
	}
	if (chan->conn == conn) {
		conn__security_tell_layers(conn, BT_SECURITY_ERR_SUCCESS);
	}
	bt_conn_unref(conn);
}

static void timed_out(struct k_work *work)
{
	struct smp *smp = CONTAINER_OF(deadlines__of(work), struct smp, timeouts);
	struct bt_host *previous = host__enter(smp->host);

	deadlines__begin(&smp->timeouts);
	for (size_t i = 0; i < ARRAY_SIZE(smp->chans); i++) {
		struct smp_chan *chan = &smp->chans[i];

		if (!deadlines__over(&smp->timeouts, &chan->timeout) || chan->conn == NULL) {
			continue;
		}
		if (chan->p->phase != SMP_IDLE) {
			chan->dead = true;
			smp__end(chan, BT_SECURITY_ERR_UNSPECIFIED);
		} else if (chan->wait != SMP_WAIT_NONE) {
			wait_over(chan);
		}
	}
	host__leave(previous);
}

/* ---- Receiving ---- */

static enum smp_err on_confirm(struct smp_chan *chan, const uint8_t *body)
{
	return chan->p->sc ? smp_sc__confirm(chan, body) : smp_legacy__confirm(chan, body);
}

static enum smp_err on_random(struct smp_chan *chan, const uint8_t *body)
{
	return chan->p->sc ? smp_sc__random(chan, body) : smp_legacy__random(chan, body);
}

static enum smp_err on_failed(struct smp_chan *chan, const uint8_t *body)
{
	if (chan->wait == SMP_WAIT_THEIRS) {
		/* It does not want to wait. */
		smp__wipe(chan);
	} else if (chan->p->phase != SMP_IDLE) {
		smp__end(chan, body[0] == 0 ? BT_SECURITY_ERR_UNSPECIFIED : security_err(body[0]));
	} else if (chan->required > bt_conn_get_security(chan->conn)) {
		/* The answer to our Security Request. */
		chan->required = BT_SECURITY_L0;
		sec__tell(chan, security_err(body[0]));
	}
	return SMP_OK;
}

enum role {
	BOTH,
	CENTRAL,
	PERIPHERAL,
};

struct entry {
	uint8_t len; /* with the opcode */
	uint8_t role;
	bool any_time; /* not only when it is due; the handler looks */
	enum smp_err (*handler)(struct smp_chan *chan, const uint8_t *body);
};

static const struct entry entries[] = {
	[SMP_OP_PAIRING_REQ] = {7, PERIPHERAL, true, smp_feature__pairing_req},
	[SMP_OP_PAIRING_RSP] = {7, CENTRAL, false, smp_feature__pairing_rsp},
	[SMP_OP_CONFIRM] = {17, BOTH, false, on_confirm},
	[SMP_OP_RANDOM] = {17, BOTH, false, on_random},
	[SMP_OP_FAILED] = {2, BOTH, true, on_failed},
	[SMP_OP_ENC_INFO] = {17, BOTH, false, smp_keys__enc_info},
	[SMP_OP_CENTRAL_ID] = {11, BOTH, false, smp_keys__central_id},
	[SMP_OP_ID_INFO] = {17, BOTH, false, smp_keys__id_info},
	[SMP_OP_ID_ADDR] = {8, BOTH, false, smp_keys__id_addr},
	[SMP_OP_SIGN_INFO] = {17, BOTH, false, smp_keys__sign_info},
	[SMP_OP_SECURITY_REQ] = {2, CENTRAL, true, smp_feature__security_req},
	[SMP_OP_PUBLIC_KEY] = {65, BOTH, false, smp_sc__public_key},
	[SMP_OP_DHKEY_CHECK] = {17, BOTH, false, smp_sc__dhkey_check},
	[SMP_OP_KEYPRESS] = {2, BOTH, true, smp_user__keypress},
};

static enum smp_err run(struct smp_chan *chan, const uint8_t *pdu, size_t len)
{
	const struct entry *entry = &entries[pdu[0]];
	bool central = smp__is_central(chan);

	if (len != entry->len) {
		return SMP_ERR_INVALID_PARAMS;
	}
	if (entry->role == (central ? PERIPHERAL : CENTRAL)) {
		return SMP_ERR_COMMAND;
	}
	if (entry->any_time) {
		return entry->handler(chan, &pdu[1]);
	}
	if (chan->p->expect != pdu[0]) {
		return SMP_ERR_UNSPECIFIED;
	}
	chan->p->expect = 0;
	if (chan->p->user != SMP_USER_NONE) {
		if (len > sizeof(chan->p->held)) {
			return SMP_ERR_UNSPECIFIED;
		}
		chan->p->held_len = (uint8_t)len;
		memcpy(chan->p->held, pdu, len);
		return SMP_OK;
	}
	return entry->handler(chan, &pdu[1]);
}

static void drop(struct bt_conn *conn)
{
	host__stats(conn__host(conn))->l2cap_dropped++;
}

static void recv(struct bt_conn *conn, struct net_buf *buf)
{
	struct smp_chan *chan = smp__chan(conn);
	uint8_t pdu[SMP_PDU_MAX];
	uint16_t len = buf->len;

	memcpy(pdu, buf->data, MIN(len, sizeof(pdu)));
	net_buf_unref(buf);
	/* 3.3: codes that are reserved are ignored; 3.4: so is all after the time limit. */
	if (chan == NULL || chan->dead || len == 0 || pdu[0] >= ARRAY_SIZE(entries) ||
	    entries[pdu[0]].handler == NULL) {
		drop(conn);
		return;
	}
	bt_conn_ref(conn);
	if (chan->p->phase != SMP_IDLE) {
		timeout_start(chan);
	}
	if (pdu[0] == SMP_OP_FAILED && len != entries[SMP_OP_FAILED].len) {
		/* Failure is not answered with failure. */
		drop(conn);
		smp__end(chan, BT_SECURITY_ERR_INVALID_PARAM);
	} else {
		smp__settle(chan, run(chan, pdu, MIN(len, sizeof(pdu) + 1)));
	}
	crypto__wipe(pdu, sizeof(pdu));
	bt_conn_unref(conn);
}

void smp__resume(struct smp_chan *chan)
{
	uint8_t pdu[sizeof(chan->p->held)];
	uint8_t len = chan->p->held_len;

	if (len == 0) {
		return;
	}
	memcpy(pdu, chan->p->held, sizeof(pdu));
	crypto__wipe(chan->p->held, sizeof(chan->p->held));
	chan->p->held_len = 0;
	smp__settle(chan, entries[pdu[0]].handler(chan, &pdu[1]));
	crypto__wipe(pdu, sizeof(pdu));
}

/* ---- The channel ---- */

static void connected(struct bt_conn *conn)
{
	struct smp_chan *chan = &host__smp(conn__host(conn))->chans[conn__index(conn)];

	chan->conn = conn;
	chan->auth = NULL;
	chan->overlaid = false;
	chan->methods = 0;
	chan->dead = false;
	chan->required = BT_SECURITY_L0;
	chan->pending = (struct sec_pending){0};
	chan->is_bonds = false;
	chan->wait = SMP_WAIT_NONE;
}

static void disconnected(struct bt_conn *conn)
{
	struct smp_chan *chan = smp__chan(conn);
	bool pairing;

	if (chan == NULL) {
		return;
	}
	pairing = chan->p->phase != SMP_IDLE || chan->wait == SMP_WAIT_OURS;
	if (!pairing) {
		smp__wipe(chan);
	} else {
		bool told = chan->p->told;
		const struct bt_conn_auth_cb *cb = smp_user__callbacks(chan);

		count_attempt(chan);
		smp__wipe(chan);
		if (told && cb != NULL && cb->cancel != NULL) {
			cb->cancel(conn);
		}
		smp_user__tell_failed(chan, BT_SECURITY_ERR_UNSPECIFIED);
	}
	chan->pending = (struct sec_pending){0};
	chan->conn = NULL;
	chan->auth = NULL;
}

static const struct l2cap_fixed channel = {
	.cid = L2CAP_CID_SMP,
	.connected = connected,
	.disconnected = disconnected,
	.recv = recv,
};

void smp__init(struct smp *smp, struct bt_host *host)
{
	int err;

	*smp = (struct smp){
		.host = host,
		.fixed_passkey = BT_PASSKEY_RAND,
		.sc = true,
		/* Two options that are both off by default.
		   NOLINTNEXTLINE(misc-redundant-expression) */
		.legacy = !IS_ENABLED(CONFIG_BT_SMP_SC_PAIR_ONLY) &&
			  !IS_ENABLED(CONFIG_BT_SMP_SC_ONLY),
		.sc_only = IS_ENABLED(CONFIG_BT_SMP_SC_ONLY),
		.mitm = IS_ENABLED(CONFIG_BT_SMP_ENFORCE_MITM),
		.bondable = IS_ENABLED(CONFIG_BT_BONDABLE),
		.keypress = IS_ENABLED(CONFIG_BT_PASSKEY_KEYPRESS),
		.unauth_overwrite = IS_ENABLED(CONFIG_BT_SMP_ALLOW_UNAUTH_OVERWRITE),
		.min_key_size = CONFIG_BT_SMP_MIN_ENC_KEY_SIZE,
		.max_key_size = SMP_KEY_LEN,
		.methods = BT_CONN_AUTH_METHOD_ANY,
		.dist = SMP_DIST_ENC | SMP_DIST_ID |
			(IS_ENABLED(CONFIG_BT_SIGNING) ? SMP_DIST_SIGN : 0),
	};
	listeners__init(&smp->infos);
	for (size_t i = 0; i < ARRAY_SIZE(smp->chans); i++) {
		smp->chans[i].smp = smp;
		smp->chans[i].p = idle();
	}
	k_work_init(&smp->next, next_run);
	deadlines__init(&smp->timeouts, timed_out);
	err = fav_net_buf_pool_init(&smp->pool, smp->storage, sizeof(smp->storage), SMP_PDUS,
				    L2CAP_HEADROOM + SMP_PDU_MAX, L2CAP_USER_DATA, NULL);
	__ASSERT(err == 0, "pool of SMP PDUs: %d", err);
}

int smp__enable(struct bt_host *host)
{
	sec__register(host);
	return l2cap__fixed_register(host__l2cap(host), &channel);
}

/* The links are gone already: conn is disabled first. */
void smp__disable(struct bt_host *host)
{
	struct smp *smp = host__smp(host);

	for (size_t i = 0; i < ARRAY_SIZE(smp->chans); i++) {
		smp__wipe(&smp->chans[i]);
		smp->chans[i].conn = NULL;
	}
	(void)k_work_cancel(&smp->next);
	deadlines__stop(&smp->timeouts);
}
