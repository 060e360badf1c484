/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_SMP_H_
#define FAV_HOST_SMP_H_

#include <stdbool.h>
#include <stdint.h>

#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/conn.h>
#include <zephyr/kernel.h>
#include <zephyr/net_buf.h>

#include "crypto/crypto.h"
#include "deadlines.h"
#include "host.h"
#include "keys.h"
#include "l2cap.h"
#include "listeners.h"
#include "sec.h"
#include "smp_crypto.h"

/*
 * The Security Manager, Core 6.0 Vol 3 Part H: pairing on fixed channel 6, and the encryption of
 * links with the keys that come of it.
 *
 *     smp.c         the channel: PDUs in and out, which one is due, the time limit, the end
 *     smp_feature.c features: Security Request, Pairing Request and Response, the method
 *     smp_legacy.c  authentication of LE legacy pairing
 *     smp_sc.c      authentication of LE Secure Connections
 *     smp_user.c    what a user is asked, and bt_conn_auth_*
 *     smp_oob.c     data out of band
 *     smp_keys.c    key distribution
 *     smp_repeat.c  the wait after failed attempts
 *     sec.c         encryption of links, security levels
 *     keys.c        bonds
 *
 * A pairing:
 *
 *     IDLE -> FEATURES -> AUTH -> ENCRYPT -> KEYS -> IDLE
 *
 * One PDU is due at a time (`expect`); any other ends the pairing. While a user is being asked,
 * the one that is due is held, for the peer may be a step ahead. Whatever ends a pairing wipes
 * struct smp_pairing whole: nothing of a failed one is left.
 *
 * There are CONFIG_FAV_BT_SMP_PAIRINGS of these. What finds none, ours or a peer's request, waits
 * for one: links take turns. A link without one has `smp__idle`, which nobody writes.
 *
 * Any callback of the application may answer at once, end the pairing, the link or the host. So a
 * function that calls out does it last, and its callers return at once.
 */

/* 3.3, table 3.3 */
enum smp_op {
	SMP_OP_PAIRING_REQ = 0x01,
	SMP_OP_PAIRING_RSP = 0x02,
	SMP_OP_CONFIRM = 0x03,
	SMP_OP_RANDOM = 0x04,
	SMP_OP_FAILED = 0x05,
	SMP_OP_ENC_INFO = 0x06,
	SMP_OP_CENTRAL_ID = 0x07,
	SMP_OP_ID_INFO = 0x08,
	SMP_OP_ID_ADDR = 0x09,
	SMP_OP_SIGN_INFO = 0x0a,
	SMP_OP_SECURITY_REQ = 0x0b,
	SMP_OP_PUBLIC_KEY = 0x0c,
	SMP_OP_DHKEY_CHECK = 0x0d,
	SMP_OP_KEYPRESS = 0x0e,
};

/* 3.5.5, table 3.7 */
enum smp_err {
	SMP_OK = 0x00,
	SMP_ERR_PASSKEY_ENTRY = 0x01,
	SMP_ERR_OOB_NOT_AVAILABLE = 0x02,
	SMP_ERR_AUTH_REQUIREMENTS = 0x03,
	SMP_ERR_CONFIRM = 0x04,
	SMP_ERR_NOT_SUPPORTED = 0x05,
	SMP_ERR_KEY_SIZE = 0x06,
	SMP_ERR_COMMAND = 0x07,
	SMP_ERR_UNSPECIFIED = 0x08,
	SMP_ERR_REPEATED = 0x09,
	SMP_ERR_INVALID_PARAMS = 0x0a,
	SMP_ERR_DHKEY_CHECK = 0x0b,
	SMP_ERR_NUMERIC = 0x0c,
	SMP_ERR_BREDR = 0x0d,
	SMP_ERR_CTKD = 0x0e,
	SMP_ERR_KEY_REJECTED = 0x0f,
	SMP_ERR_BUSY = 0x10,
};

/* 3.5.1 */
#define SMP_AUTH_BONDING_MASK 0x03
#define SMP_AUTH_BONDING      0x01
#define SMP_AUTH_MITM         BIT(2)
#define SMP_AUTH_SC           BIT(3)
#define SMP_AUTH_KEYPRESS     BIT(4)
#define SMP_AUTH_CT2          BIT(5)

enum smp_io {
	SMP_IO_DISPLAY_ONLY,
	SMP_IO_DISPLAY_YESNO,
	SMP_IO_KEYBOARD_ONLY,
	SMP_IO_NONE,
	SMP_IO_KEYBOARD_DISPLAY,
	SMP_IOS,
};

/* 3.6.1 */
#define SMP_DIST_ENC  BIT(0)
#define SMP_DIST_ID   BIT(1)
#define SMP_DIST_SIGN BIT(2)
#define SMP_DIST_LINK BIT(3)

/* Of the features, as in the PDU behind the opcode. */
struct smp_features {
	uint8_t op;
	uint8_t io;
	uint8_t oob;
	uint8_t auth;
	uint8_t max_key_size;
	uint8_t init_dist;
	uint8_t resp_dist;
} __packed;
BUILD_ASSERT(sizeof(struct smp_features) == SMP_FEATURES_LEN);

enum smp_phase {
	SMP_IDLE,
	SMP_FEATURES,
	SMP_AUTH,
	SMP_ENCRYPT,
	SMP_KEYS,
};

enum smp_method {
	SMP_JUST_WORKS,
	SMP_PASSKEY_DISPLAY, /* here */
	SMP_PASSKEY_INPUT,   /* here */
	SMP_NUMERIC,
	SMP_OOB,
};

/* What a user, or the application for one, has been asked. */
enum smp_user {
	SMP_USER_NONE,
	SMP_USER_PAIRING, /* whether to pair at all */
	SMP_USER_PASSKEY,
	SMP_USER_NUMERIC,
	SMP_USER_OOB,
};

/* A P-256 key pair; coordinates as in the PDU. */
struct smp_key_pair {
	uint8_t secret[CRYPTO_P256_LEN]; /* big endian, as src/crypto has it */
	uint8_t x[SMP_COORD_LEN], y[SMP_COORD_LEN];
};

struct smp_pairing {
	enum smp_phase phase;
	uint8_t expect; /* the PDU that is due, 0: none */
	enum smp_user user;
	bool told;       /* a user was asked or shown something, to be told of a failure */
	bool on_request; /* the peer's Security Request started it */
	bool forced;     /* our application wants it although there is a bond */
	uint8_t held_len;
	uint8_t held[1 + SMP_KEY_LEN];

	struct smp_features req, rsp;
	bool sc, bonding, keypress;
	enum smp_method method;
	bool both_type; /* the passkey is typed on both sides */
	uint8_t key_size;
	uint8_t local_dist, remote_dist; /* SMP_DIST_*: still to come */
	bool id_addr_next;               /* the other half of SMP_DIST_ID or SMP_DIST_ENC */

	uint32_t passkey;
	uint8_t tk[SMP_KEY_LEN];
	uint8_t local_rand[SMP_KEY_LEN], remote_rand[SMP_KEY_LEN];
	uint8_t local_confirm[SMP_KEY_LEN], remote_confirm[SMP_KEY_LEN];
	/* The STK, or the LTK of Secure Connections. */
	uint8_t ltk[SMP_KEY_LEN];

	/* smp_sc.c */
	struct smp_key_pair own;
	uint8_t peer_x[SMP_COORD_LEN], peer_y[SMP_COORD_LEN];
	uint8_t dhkey[SMP_COORD_LEN];
	uint8_t mackey[SMP_KEY_LEN];
	uint8_t round;                                       /* of Passkey Entry, 0 to 19 */
	uint8_t local_r[SMP_KEY_LEN], remote_r[SMP_KEY_LEN]; /* out of band */
	uint8_t remote_c[SMP_KEY_LEN];

	/* What becomes the bond. */
	struct keys_bond bond;
};

/* What a link will be when its encryption comes. */
struct sec_pending {
	bool active;
	bool is_bonds;
	uint8_t flags; /* KEYS_* */
	uint8_t key_size;
};

extern const struct smp_pairing smp__idle;

/* What waits for a struct smp_pairing. */
enum smp_wait {
	SMP_WAIT_NONE,
	SMP_WAIT_OURS,   /* our Pairing Request */
	SMP_WAIT_THEIRS, /* the answer to the peer's */
};

/* Of a link. */
struct smp_chan {
	struct smp *smp;
	struct bt_conn *conn; /* NULL: no link */
	deadline_t timeout;
	const struct bt_conn_auth_cb *auth; /* bt_conn_auth_cb_overlay() */
	bool overlaid;
	uint8_t methods;   /* BT_CONN_AUTH_METHOD_*; 0: the host's */
	bool dead;         /* its pairing ran out of time: 3.4 */
	bool is_bonds;     /* it is encrypted with the keys of its peer's bond */
	uint8_t in_flight; /* PDUs that the controller has not completed */
	bt_security_t required;
	struct sec_pending pending;
	uint8_t wait; /* SMP_WAIT_* */
	/* Of ours: as of struct smp_pairing. */
	bool wait_forced, wait_on_request;
	uint8_t wait_req[SMP_FEATURES_LEN - 1]; /* the peer's */
	struct smp_pairing *p;                  /* where it is idle, smp__idle */
};

/* Claimed identities whose pairings failed, 2.3.6. */
#define SMP_REPEATS 8
struct smp_repeat {
	bt_addr_le_t addr;
	uint32_t wait_ms; /* 0: free */
	int64_t until_ms;
};

/* PDUs of a link that may be on their way; a peer that does not let them through gets no more. */
#define SMP_IN_FLIGHT_MAX 4
/* Those of all links that are not pairing: Security Requests, and failures of what never began. */
#define SMP_IDLE_IN_FLIGHT_MAX MIN(CONFIG_BT_MAX_CONN, 8)
#define SMP_PDUS               (CONFIG_FAV_BT_SMP_PAIRINGS * SMP_IN_FLIGHT_MAX + SMP_IDLE_IN_FLIGHT_MAX)
#define SMP_PDU_MAX            (1 + 2 * SMP_COORD_LEN)

/* In the host. What the application set survives disable. */
struct smp {
	struct bt_host *host;
	const struct sec_upper *upper;
	const struct bt_conn_auth_cb *auth;
	struct listeners infos; /* struct bt_conn_auth_info_cb */
	uint32_t fixed_passkey;

	/* From CONFIG_*. */
	bool sc, legacy, sc_only, mitm, bondable, keypress, unauth_overwrite;
	uint8_t min_key_size, max_key_size;
	uint8_t methods; /* BT_CONN_AUTH_METHOD_* */
	uint8_t dist;    /* SMP_DIST_*: what we give and ask for */

	bool oob_sc, oob_legacy;
	bool oob_valid; /* the next two are for one pairing */
	struct smp_key_pair oob_pair;
	uint8_t oob_r[SMP_KEY_LEN];

	struct smp_repeat repeats[SMP_REPEATS];
	struct smp_chan chans[CONFIG_BT_MAX_CONN];
	struct smp_pairing pairings[CONFIG_FAV_BT_SMP_PAIRINGS];
	struct k_work next; /* a pairing has ended: who waits may begin */
	uint8_t next_first; /* with which link its round begins */
	struct deadlines timeouts;
	struct net_buf_pool pool;
	FAV_NET_BUF_STORAGE(storage, SMP_PDUS, L2CAP_HEADROOM + SMP_PDU_MAX, L2CAP_USER_DATA);
};

/* For host.c, above l2cap. */
void smp__init(struct smp *smp, struct bt_host *host);
int smp__enable(struct bt_host *host);
void smp__disable(struct bt_host *host);

/* ---- smp.c ---- */

/* NULL: conn has no link. */
struct smp_chan *smp__chan(const struct bt_conn *conn);
bool smp__is_central(const struct smp_chan *chan);
/* Which of these two addresses on the air are the initiator's, the responder's, ours, theirs. */
struct smp_addrs {
	bt_addr_le_t initiator, responder;
};
struct smp_addrs smp__addrs(const struct smp_chan *chan);

/* Send a PDU, opcode and body. SMP_ERR_UNSPECIFIED: no buffer or no link. */
enum smp_err smp__send(struct smp_chan *chan, uint8_t op, const void *body, size_t len);
/* A pairing begins, nothing is due yet. The caller goes on. false: there is no place for it, and
 * nothing has changed. */
__must_check bool smp__begin(struct smp_chan *chan, enum smp_phase phase);
/* Wait for a place, then try again. */
void smp__wait(struct smp_chan *chan, enum smp_wait what);
/* Whether a pairing is under way, or waits. */
static inline bool smp__is_busy(const struct smp_chan *chan)
{
	return chan->p->phase != SMP_IDLE || chan->wait != SMP_WAIT_NONE;
}
/* err of a step: SMP_OK has no effect, anything else fails the pairing, and tells the peer. Calls
 * out. */
void smp__settle(struct smp_chan *chan, enum smp_err err);
/* One of ours has ended before it began. Calls out. */
void smp__give_up(struct smp_chan *chan);
/* The pairing ends for a reason that the peer knows or shall not be told. Calls out. */
void smp__end(struct smp_chan *chan, enum bt_security_err err);
/* All keys are exchanged. Calls out. */
void smp__complete(struct smp_chan *chan);
/* The pairing is over, or waits no longer: wipe it without a word. */
void smp__wipe(struct smp_chan *chan);
/* What was held while a user was asked. */
void smp__resume(struct smp_chan *chan);

/* ---- smp_feature.c ---- */

/* As central: Pairing Request; as peripheral: Security Request. Errors as bt_conn_set_security().
 */
int smp_feature__start(struct smp_chan *chan, bool forced, bool on_request);
/* There is a place for what waits. Calls out. */
void smp_feature__resume(struct smp_chan *chan);
enum smp_err smp_feature__security_req(struct smp_chan *chan, const uint8_t *body);
enum smp_err smp_feature__pairing_req(struct smp_chan *chan, const uint8_t *body);
enum smp_err smp_feature__pairing_rsp(struct smp_chan *chan, const uint8_t *body);
/* The user agrees to a pairing without authentication. */
enum smp_err smp_feature__confirmed(struct smp_chan *chan);
/* Whether a pairing like this one may replace old: at least as strong, and with consent. */
bool smp_feature__may_replace(const struct smp_chan *chan, const struct keys_bond *old);

/* ---- smp_legacy.c, smp_sc.c ---- */

enum smp_err smp_legacy__start(struct smp_chan *chan);
enum smp_err smp_legacy__user_done(struct smp_chan *chan);
enum smp_err smp_legacy__confirm(struct smp_chan *chan, const uint8_t *body);
enum smp_err smp_legacy__random(struct smp_chan *chan, const uint8_t *body);

enum smp_err smp_sc__start(struct smp_chan *chan);
enum smp_err smp_sc__user_done(struct smp_chan *chan);
enum smp_err smp_sc__compared(struct smp_chan *chan);
enum smp_err smp_sc__public_key(struct smp_chan *chan, const uint8_t *body);
enum smp_err smp_sc__confirm(struct smp_chan *chan, const uint8_t *body);
enum smp_err smp_sc__random(struct smp_chan *chan, const uint8_t *body);
enum smp_err smp_sc__dhkey_check(struct smp_chan *chan, const uint8_t *body);

/* ---- smp_user.c ---- */

const struct bt_conn_auth_cb *smp_user__callbacks(const struct smp_chan *chan);
enum smp_io smp_user__io(const struct smp_chan *chan);
/* Choose the passkey to show, or note that one is to be typed or data to be given. */
enum smp_err smp_user__prepare(struct smp_chan *chan);
/* Call out for what smp_user__prepare() noted, or for digits to be compared. */
enum smp_err smp_user__ask(struct smp_chan *chan);
enum smp_err smp_user__ask_pairing(struct smp_chan *chan);
enum smp_err smp_user__ask_numeric(struct smp_chan *chan, uint32_t digits);
enum smp_err smp_user__keypress(struct smp_chan *chan, const uint8_t *body);
/* Tell the listeners. */
void smp_user__tell_complete(struct smp_chan *chan, bool bonded);
void smp_user__tell_failed(struct smp_chan *chan, enum bt_security_err err);
void smp_user__tell_deleted(struct smp *smp, uint8_t id, const bt_addr_le_t *addr);

/* ---- smp_oob.c ---- */

int smp_oob__key_pair(struct smp_key_pair *pair);

/* ---- smp_keys.c ---- */

/* The link is encrypted with the keys of the pairing: give ours, await the peer's. */
enum smp_err smp_keys__start(struct smp_chan *chan);
/* A PDU of ours has left. */
void smp_keys__sent(struct smp_chan *chan);
enum smp_err smp_keys__enc_info(struct smp_chan *chan, const uint8_t *body);
enum smp_err smp_keys__central_id(struct smp_chan *chan, const uint8_t *body);
enum smp_err smp_keys__id_info(struct smp_chan *chan, const uint8_t *body);
enum smp_err smp_keys__id_addr(struct smp_chan *chan, const uint8_t *body);
enum smp_err smp_keys__sign_info(struct smp_chan *chan, const uint8_t *body);

/* ---- smp_repeat.c ---- */

void smp_repeat__failed(struct smp *smp, const bt_addr_le_t *addr);
void smp_repeat__succeeded(struct smp *smp, const bt_addr_le_t *addr);
bool smp_repeat__must_wait(struct smp *smp, const bt_addr_le_t *addr);

/* ---- sec.c ---- */

void sec__register(struct bt_host *host);
/* As central: encrypt with these. Errors: -ENOMEM. */
int sec__encrypt(struct smp_chan *chan, const uint8_t ltk[SMP_KEY_LEN], const uint8_t rand[8],
		 uint16_t ediv, uint8_t flags, uint8_t key_size);
/* As central: encrypt with the keys of the bond; -ENOENT: it has none for a central. */
int sec__encrypt_bond(struct smp_chan *chan, struct keys_bond *bond);
/* The keys of the bond that both roles, or this one, use. */
const struct keys_ltk *sec__ltk(const struct keys_bond *bond, bool central);
struct keys_bond *sec__bond(const struct smp_chan *chan);
/* Our identity on the link. */
uint8_t sec__identity(const struct smp_chan *chan);
/* Whether the link is encrypted with the keys of its peer's bond. */
bool sec__is_bonds(const struct smp_chan *chan);
/* Tell who sits above and the application; err with the level as it is. */
void sec__tell(struct smp_chan *chan, enum bt_security_err err);

#endif
