/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Phase 1: what both sides can and want, and what follows from it. Core 6.0 Vol 3 Part H 2.3.1 to
 * 2.3.5.1, 2.4.6, 3.5.1, 3.5.2, 3.6.7.
 */

#include <errno.h>
#include <string.h>

#include <zephyr/logging/log.h>

#include "conn.h"
#include "smp.h"

LOG_MODULE_DECLARE(bt_smp);

#define OOB_PRESENT  0x01
#define KEY_SIZE_MIN 7

/* ---- What we say ---- */

static bt_security_t required(const struct smp_chan *chan)
{
	return chan->smp->sc_only ? BT_SECURITY_L4 : chan->required;
}

static uint8_t auth_req(const struct smp_chan *chan)
{
	const struct smp *smp = chan->smp;
	bool wants_mitm = required(chan) > BT_SECURITY_L2;
	bool has_user = smp_user__io(chan) != SMP_IO_NONE;

	return (smp->bondable ? SMP_AUTH_BONDING : 0) |
	       (wants_mitm || (smp->mitm && has_user) ? SMP_AUTH_MITM : 0) |
	       (smp->sc ? SMP_AUTH_SC : 0) | (smp->keypress ? SMP_AUTH_KEYPRESS : 0);
}

static bool reachable(const struct smp_chan *chan, bt_security_t level)
{
	const struct smp *smp = chan->smp;
	bool has_user = smp_user__io(chan) != SMP_IO_NONE;

	switch (level) {
	case BT_SECURITY_L4:
		return smp->sc && smp->max_key_size == SMP_KEY_LEN &&
		       (has_user || smp->oob_sc || smp->oob_valid);
	case BT_SECURITY_L3:
		return has_user || smp->oob_sc || smp->oob_valid || smp->oob_legacy;
	default:
		return true;
	}
}

static int request_security(struct smp_chan *chan)
{
	uint8_t auth = auth_req(chan);

	return smp__send(chan, SMP_OP_SECURITY_REQ, &auth, 1) == SMP_OK ? 0 : -ENOMEM;
}

/* Whether there is data of the peer out of band for the one kind of pairing or the other. */
static bool has_oob(const struct smp *smp, bool sc)
{
	return sc ? smp->oob_sc : smp->oob_legacy;
}

static int request_pairing(struct smp_chan *chan, bool forced, bool on_request)
{
	const struct smp *smp = chan->smp;
	uint8_t dist = smp->bondable ? smp->dist : 0;

	if (!smp__begin(chan, SMP_FEATURES)) {
		chan->wait_forced = forced;
		chan->wait_on_request = on_request;
		smp__wait(chan, SMP_WAIT_OURS);
		return 0;
	}
	chan->p->forced = forced;
	chan->p->on_request = on_request;
	chan->p->req = (struct smp_features){
		.op = SMP_OP_PAIRING_REQ,
		.io = smp_user__io(chan),
		/* One bit for both kinds of pairing, of which the peer will choose. */
		.oob = (smp->sc && smp->oob_sc) || (smp->legacy && smp->oob_legacy) ? OOB_PRESENT
										    : 0,
		.auth = auth_req(chan),
		.max_key_size = smp->max_key_size,
		.init_dist = dist,
		.resp_dist = dist,
	};
	chan->p->expect = SMP_OP_PAIRING_RSP;
	if (smp__send(chan, SMP_OP_PAIRING_REQ, &chan->p->req.io, SMP_FEATURES_LEN - 1) != SMP_OK) {
		smp__wipe(chan);
		return -ENOMEM;
	}
	return 0;
}

int smp_feature__start(struct smp_chan *chan, bool forced, bool on_request)
{
	if (chan->dead) {
		return -ETIMEDOUT;
	}
	if (smp__is_busy(chan)) {
		return -EBUSY;
	}
	if (!reachable(chan, required(chan))) {
		return -EINVAL;
	}
	if (smp_repeat__must_wait(chan->smp, bt_conn_get_dst(chan->conn))) {
		return -EAGAIN;
	}
	if (!smp__is_central(chan)) {
		return request_security(chan);
	}
	return request_pairing(chan, forced, on_request);
}

/* ---- What follows from it ---- */

enum model {
	NO_USER,
	RESPONDER_SHOWS,
	INITIATOR_SHOWS,
	BOTH_TYPE,
};

/* Table 2.8, by responder and initiator; where both can compare digits, legacy alone. */
static const uint8_t models[SMP_IOS][SMP_IOS] = {
	[SMP_IO_DISPLAY_ONLY] = {NO_USER, NO_USER, RESPONDER_SHOWS, NO_USER, RESPONDER_SHOWS},
	[SMP_IO_DISPLAY_YESNO] = {NO_USER, NO_USER, RESPONDER_SHOWS, NO_USER, RESPONDER_SHOWS},
	[SMP_IO_KEYBOARD_ONLY] = {INITIATOR_SHOWS, INITIATOR_SHOWS, BOTH_TYPE, NO_USER,
				  INITIATOR_SHOWS},
	[SMP_IO_NONE] = {NO_USER, NO_USER, NO_USER, NO_USER, NO_USER},
	[SMP_IO_KEYBOARD_DISPLAY] = {INITIATOR_SHOWS, INITIATOR_SHOWS, RESPONDER_SHOWS, NO_USER,
				     INITIATOR_SHOWS},
};

static bool compares(uint8_t io)
{
	return io == SMP_IO_DISPLAY_YESNO || io == SMP_IO_KEYBOARD_DISPLAY;
}

static enum smp_method choose(struct smp_pairing *p, bool central)
{
	bool oob = p->sc ? (p->req.oob | p->rsp.oob) != 0 : (p->req.oob & p->rsp.oob) != 0;

	if (oob) {
		return SMP_OOB;
	}
	if (((p->req.auth | p->rsp.auth) & SMP_AUTH_MITM) == 0) {
		return SMP_JUST_WORKS;
	}
	if (p->sc && compares(p->req.io) && compares(p->rsp.io)) {
		return SMP_NUMERIC;
	}
	switch (models[p->rsp.io][p->req.io]) {
	case RESPONDER_SHOWS:
		return central ? SMP_PASSKEY_INPUT : SMP_PASSKEY_DISPLAY;
	case INITIATOR_SHOWS:
		return central ? SMP_PASSKEY_DISPLAY : SMP_PASSKEY_INPUT;
	case BOTH_TYPE:
		p->both_type = true;
		return SMP_PASSKEY_INPUT;
	default:
		return SMP_JUST_WORKS;
	}
}

bool smp_feature__may_replace(const struct smp_chan *chan, const struct keys_bond *old)
{
	const struct smp_pairing *p = chan->p;
	bool authenticated = p->method != SMP_JUST_WORKS;

	if (p->key_size < old->key_size || (!p->sc && (old->flags & KEYS_SC) != 0) ||
	    (!authenticated && (old->flags & KEYS_AUTHENTICATED) != 0)) {
		return false;
	}
	/* Consent: a user's part in it, our application's wish, or the peer's proof that it is the
	 * one we are bonded with. */
	return authenticated || p->forced || chan->smp->unauth_overwrite ||
	       (sec__is_bonds(chan) && sec__bond(chan) == old);
}

/* What the application allows: it alone knows what its users have been told to do. */
static bool is_allowed(const struct smp_chan *chan)
{
	static const uint8_t bits[] = {
		[SMP_JUST_WORKS] = BT_CONN_AUTH_METHOD_JUST_WORKS,
		[SMP_PASSKEY_DISPLAY] = BT_CONN_AUTH_METHOD_PASSKEY_DISPLAY,
		[SMP_PASSKEY_INPUT] = BT_CONN_AUTH_METHOD_PASSKEY_ENTRY,
		[SMP_NUMERIC] = BT_CONN_AUTH_METHOD_NUMERIC,
		[SMP_OOB] = BT_CONN_AUTH_METHOD_OOB,
	};
	uint8_t bit = chan->p->both_type ? BT_CONN_AUTH_METHOD_PASSKEY_BOTH : bits[chan->p->method];

	return ((chan->methods != 0 ? chan->methods : chan->smp->methods) & bit) != 0;
}

static enum smp_err check(struct smp_chan *chan)
{
	const struct smp_pairing *p = chan->p;
	const struct keys_bond *old = sec__bond(chan);

	if (p->key_size < chan->smp->min_key_size) {
		return SMP_ERR_KEY_SIZE;
	}
	if (!p->sc && !chan->smp->legacy) {
		return SMP_ERR_AUTH_REQUIREMENTS;
	}
	if (p->method == SMP_OOB && smp__is_central(chan) && p->req.oob != 0 &&
	    !has_oob(chan->smp, p->sc)) {
		return SMP_ERR_OOB_NOT_AVAILABLE;
	}
	if (required(chan) >= BT_SECURITY_L3 && p->method == SMP_JUST_WORKS) {
		return SMP_ERR_AUTH_REQUIREMENTS;
	}
	if (required(chan) == BT_SECURITY_L4 && !p->sc) {
		return SMP_ERR_AUTH_REQUIREMENTS;
	}
	if (required(chan) == BT_SECURITY_L4 && p->key_size < SMP_KEY_LEN) {
		return SMP_ERR_KEY_SIZE;
	}
	if (!is_allowed(chan)) {
		LOG_WRN("a pairing by a method that the application does not allow");
		return SMP_ERR_AUTH_REQUIREMENTS;
	}
	if (old != NULL && !smp_feature__may_replace(chan, old)) {
		LOG_WRN("a weaker pairing, or one without consent, would replace a bond");
		return SMP_ERR_AUTH_REQUIREMENTS;
	}
	if (p->bonding && !keys__has_place(host__keys(chan->smp->host), &p->bond, NULL)) {
		LOG_WRN("no place for another bond");
		return SMP_ERR_UNSPECIFIED;
	}
	return SMP_OK;
}

/* Both sides have spoken. */
static enum smp_err agree(struct smp_chan *chan)
{
	struct smp_pairing *p = chan->p;
	uint8_t both = p->req.auth & p->rsp.auth;
	uint8_t dist = SMP_DIST_ENC | SMP_DIST_ID | SMP_DIST_SIGN;
	bool central = smp__is_central(chan);

	p->sc = (both & SMP_AUTH_SC) != 0;
	p->bonding = (both & SMP_AUTH_BONDING_MASK) == SMP_AUTH_BONDING;
	p->keypress = (both & SMP_AUTH_KEYPRESS) != 0;
	p->key_size = MIN(p->req.max_key_size, p->rsp.max_key_size);
	p->method = choose(p, central);
	/* The key of Secure Connections is made by both; keys for BR/EDR are none of ours. */
	if (p->sc) {
		dist &= ~SMP_DIST_ENC;
	}
	p->local_dist = dist & (central ? p->rsp.init_dist : p->rsp.resp_dist);
	p->remote_dist = dist & (central ? p->rsp.resp_dist : p->rsp.init_dist);
	p->bond.flags = (p->method != SMP_JUST_WORKS ? KEYS_AUTHENTICATED : 0) |
			(p->sc ? KEYS_SC : 0) | (p->method == SMP_OOB ? KEYS_OOB : 0);
	p->bond.addr = *bt_conn_get_dst(chan->conn);
	p->bond.id = sec__identity(chan);
	p->bond.key_size = p->key_size;
	return check(chan);
}

static enum smp_err go_on(struct smp_chan *chan)
{
	chan->p->phase = SMP_AUTH;
	return chan->p->sc ? smp_sc__start(chan) : smp_legacy__start(chan);
}

/* ---- What the peer says ---- */

static bool is_valid(const struct smp_features *f)
{
	return f->io < SMP_IOS && f->oob <= OOB_PRESENT &&
	       (f->auth & SMP_AUTH_BONDING_MASK) <= SMP_AUTH_BONDING &&
	       f->max_key_size >= KEY_SIZE_MIN && f->max_key_size <= SMP_KEY_LEN;
}

static enum smp_err ask_application(struct smp_chan *chan, const struct smp_features *f)
{
	static const uint8_t reasons[] = {
		[BT_SECURITY_ERR_SUCCESS] = SMP_OK,
		[BT_SECURITY_ERR_OOB_NOT_AVAILABLE] = SMP_ERR_OOB_NOT_AVAILABLE,
		[BT_SECURITY_ERR_AUTH_REQUIREMENT] = SMP_ERR_AUTH_REQUIREMENTS,
		[BT_SECURITY_ERR_PAIR_NOT_SUPPORTED] = SMP_ERR_NOT_SUPPORTED,
		[BT_SECURITY_ERR_INVALID_PARAM] = SMP_ERR_INVALID_PARAMS,
	};
	const struct bt_conn_auth_cb *cb = smp_user__callbacks(chan);
	const struct bt_conn_pairing_feat feat = {
		.io_capability = f->io,
		.oob_data_flag = f->oob,
		.auth_req = f->auth,
		.max_enc_key_size = f->max_key_size,
		.init_key_dist = f->init_dist,
		.resp_key_dist = f->resp_dist,
	};
	enum bt_security_err err;

	if (cb == NULL || cb->pairing_accept == NULL) {
		return SMP_OK;
	}
	err = cb->pairing_accept(chan->conn, &feat);
	if (chan->conn == NULL || chan->p->phase != SMP_FEATURES) {
		/* It ended the link, and the pairing with it. */
		return SMP_OK;
	}
	if ((size_t)err < ARRAY_SIZE(reasons) &&
	    (reasons[err] != SMP_OK || err == BT_SECURITY_ERR_SUCCESS)) {
		return (enum smp_err)reasons[err];
	}
	return SMP_ERR_UNSPECIFIED;
}

/* Or another has begun. */
static bool is_over(const struct smp_chan *chan, const struct smp_pairing *p)
{
	return chan->conn == NULL || chan->p != p || p->phase != SMP_FEATURES || p->expect != 0;
}

static enum smp_err respond(struct smp_chan *chan)
{
	enum smp_err err =
		smp__send(chan, SMP_OP_PAIRING_RSP, &chan->p->rsp.io, SMP_FEATURES_LEN - 1);

	return err != SMP_OK ? err : go_on(chan);
}

static void make_response(struct smp_chan *chan)
{
	const struct smp *smp = chan->smp;
	struct smp_pairing *p = chan->p;
	uint8_t auth = auth_req(chan);
	bool sc = (auth & p->req.auth & SMP_AUTH_SC) != 0;
	bool bonding = (auth & p->req.auth & SMP_AUTH_BONDING) != 0;
	uint8_t dist = bonding ? smp->dist : 0;

	p->rsp = (struct smp_features){
		.op = SMP_OP_PAIRING_RSP,
		.io = smp_user__io(chan),
		.oob = has_oob(smp, sc) ? OOB_PRESENT : 0,
		.auth = auth,
		.max_key_size = smp->max_key_size,
		.init_dist = p->req.init_dist & dist,
		.resp_dist = p->req.resp_dist & dist,
	};
}

enum smp_err smp_feature__pairing_req(struct smp_chan *chan, const uint8_t *body)
{
	struct smp_pairing *p;
	enum smp_err err;

	if (smp__is_busy(chan)) {
		if (chan->wait != SMP_WAIT_NONE) {
			smp__wipe(chan);
		}
		return SMP_ERR_UNSPECIFIED;
	}
	if (!smp__begin(chan, SMP_FEATURES)) {
		memcpy(chan->wait_req, body, sizeof(chan->wait_req));
		smp__wait(chan, SMP_WAIT_THEIRS);
		return SMP_OK;
	}
	p = chan->p;
	p->req.op = SMP_OP_PAIRING_REQ;
	memcpy(&p->req.io, body, SMP_FEATURES_LEN - 1);
	if (smp_repeat__must_wait(chan->smp, bt_conn_get_dst(chan->conn))) {
		return SMP_ERR_REPEATED;
	}
	if (!is_valid(&p->req)) {
		return SMP_ERR_INVALID_PARAMS;
	}
	err = ask_application(chan, &p->req);
	if (err != SMP_OK || is_over(chan, p)) {
		return err;
	}
	make_response(chan);
	err = agree(chan);
	if (err != SMP_OK) {
		return err;
	}
	if (p->method == SMP_JUST_WORKS && smp_user__callbacks(chan) != NULL &&
	    smp_user__callbacks(chan)->pairing_confirm != NULL) {
		return smp_user__ask_pairing(chan);
	}
	return respond(chan);
}

enum smp_err smp_feature__pairing_rsp(struct smp_chan *chan, const uint8_t *body)
{
	struct smp_pairing *p = chan->p;
	enum smp_err err;

	p->rsp.op = SMP_OP_PAIRING_RSP;
	memcpy(&p->rsp.io, body, SMP_FEATURES_LEN - 1);
	/* What we did not ask for cannot be granted; of the distribution, the upper half is
	 * reserved and ignored. */
	if (!is_valid(&p->rsp) || (p->rsp.init_dist & 0x0f & ~p->req.init_dist) != 0 ||
	    (p->rsp.resp_dist & 0x0f & ~p->req.resp_dist) != 0) {
		return SMP_ERR_INVALID_PARAMS;
	}
	err = ask_application(chan, &p->rsp);
	if (err != SMP_OK || is_over(chan, p)) {
		return err;
	}
	err = agree(chan);
	if (err != SMP_OK) {
		return err;
	}
	if (p->method == SMP_JUST_WORKS && p->on_request && smp_user__callbacks(chan) != NULL &&
	    smp_user__callbacks(chan)->pairing_confirm != NULL) {
		return smp_user__ask_pairing(chan);
	}
	return go_on(chan);
}

enum smp_err smp_feature__confirmed(struct smp_chan *chan)
{
	return smp__is_central(chan) ? go_on(chan) : respond(chan);
}

void smp_feature__resume(struct smp_chan *chan)
{
	uint8_t req[sizeof(chan->wait_req)];
	bool ours = chan->wait == SMP_WAIT_OURS;

	memcpy(req, chan->wait_req, sizeof(req));
	smp__wipe(chan);
	if (!ours) {
		smp__settle(chan, smp_feature__pairing_req(chan, req));
	} else if (request_pairing(chan, chan->wait_forced, chan->wait_on_request) != 0) {
		smp__give_up(chan);
	}
}

/* ---- Security Request ---- */

static bool is_enough(const struct keys_bond *bond, uint8_t auth)
{
	return ((auth & SMP_AUTH_MITM) == 0 || (bond->flags & KEYS_AUTHENTICATED) != 0) &&
	       ((auth & SMP_AUTH_SC) == 0 || (bond->flags & KEYS_SC) != 0);
}

/* 2.4.6, but a peer that is bonded proves it first, by encrypting with that bond, whatever it asks
 * for: else anybody in its place could have the bond replaced (BLERP, CVE-2025-62235). */
enum smp_err smp_feature__security_req(struct smp_chan *chan, const uint8_t *body)
{
	struct keys_bond *bond = sec__bond(chan);
	int err;

	if ((body[0] & SMP_AUTH_BONDING_MASK) > SMP_AUTH_BONDING) {
		return SMP_ERR_INVALID_PARAMS;
	}
	if (smp__is_busy(chan) || chan->pending.active) {
		return SMP_OK;
	}
	if (bond != NULL && sec__ltk(bond, true) != NULL && !sec__is_bonds(chan)) {
		err = sec__encrypt_bond(chan, bond);
	} else if (bond != NULL && sec__is_bonds(chan) && is_enough(bond, body[0])) {
		err = 0;
	} else {
		err = smp_feature__start(chan, false, true);
	}
	if (err == -EAGAIN) {
		return SMP_ERR_REPEATED;
	}
	if (err != 0) {
		LOG_WRN("a Security Request has no effect: %d", err);
	}
	return SMP_OK;
}
