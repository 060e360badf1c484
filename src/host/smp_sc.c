/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Phase 2 of LE Secure Connections, Core 6.0 Vol 3 Part H 2.3.5.6:
 *
 *     initiator                            responder
 *         PKa  -------------------------------->
 *              <-------------------------------- PKb
 *      Just Works, Numeric Comparison:
 *              <-------------------------------- Cb
 *      Passkey Entry, twenty times:
 *         Ca  --------------------------------->
 *              <-------------------------------- Cb
 *      all:
 *         Na  --------------------------------->
 *              <-------------------------------- Nb
 *         Ea  --------------------------------->
 *              <-------------------------------- Eb
 */

#include <errno.h>
#include <string.h>

#include <zephyr/sys/byteorder.h>

#include "conn.h"
#include "smp.h"

#define ROUNDS 20

static bool is_passkey(const struct smp_pairing *p)
{
	return p->method == SMP_PASSKEY_DISPLAY || p->method == SMP_PASSKEY_INPUT;
}

static enum smp_err from_errno(int err)
{
	return err == 0 ? SMP_OK : SMP_ERR_UNSPECIFIED;
}

/* ---- Public keys ---- */

/* Whether the peer has our data out of band: then the key is that of the data. */
static bool peer_has_ours(struct smp_chan *chan)
{
	const struct smp_pairing *p = chan->p;

	return p->method == SMP_OOB && (smp__is_central(chan) ? p->rsp.oob : p->req.oob) != 0;
}

static enum smp_err make_key(struct smp_chan *chan)
{
	struct smp *smp = chan->smp;

	if (!peer_has_ours(chan)) {
		return from_errno(smp_oob__key_pair(&chan->p->own));
	}
	if (!smp->oob_valid) {
		return SMP_ERR_OOB_NOT_AVAILABLE;
	}
	chan->p->own = smp->oob_pair;
	memcpy(chan->p->local_r, smp->oob_r, SMP_KEY_LEN);
	/* For one pairing, whatever becomes of it. */
	smp->oob_valid = false;
	crypto__wipe(&smp->oob_pair, sizeof(smp->oob_pair));
	crypto__wipe(smp->oob_r, sizeof(smp->oob_r));
	return SMP_OK;
}

static enum smp_err send_key(struct smp_chan *chan)
{
	uint8_t body[2 * SMP_COORD_LEN];

	memcpy(&body[0], chan->p->own.x, SMP_COORD_LEN);
	memcpy(&body[SMP_COORD_LEN], chan->p->own.y, SMP_COORD_LEN);
	return smp__send(chan, SMP_OP_PUBLIC_KEY, body, sizeof(body));
}

enum smp_err smp_sc__start(struct smp_chan *chan)
{
	enum smp_err err = make_key(chan);

	chan->p->expect = SMP_OP_PUBLIC_KEY;
	if (err == SMP_OK && smp__is_central(chan)) {
		err = send_key(chan);
	}
	return err;
}

/* The DHKey, and with it whether the peer's key is a point of the curve at all (CVE-2018-5383,
 * 2.3.5.6.1). */
static enum smp_err make_dhkey(struct smp_pairing *p)
{
	struct crypto_point peer;
	uint8_t dhkey[SMP_COORD_LEN];
	int err;

	sys_memcpy_swap(peer.x, p->peer_x, SMP_COORD_LEN);
	sys_memcpy_swap(peer.y, p->peer_y, SMP_COORD_LEN);
	err = crypto__p256_dh(p->own.secret, &peer, dhkey);
	sys_memcpy_swap(p->dhkey, dhkey, SMP_COORD_LEN);
	crypto__wipe(dhkey, sizeof(dhkey));
	/* Of no more use, and one key pair is for one pairing. */
	crypto__wipe(p->own.secret, sizeof(p->own.secret));
	return err == -EINVAL ? SMP_ERR_INVALID_PARAMS : from_errno(err);
}

/* The public key of the debug mode, of which everybody knows the private one: 2.3.5.6.1. */
static bool is_debug_key(const struct smp_pairing *p)
{
	static const uint8_t x[SMP_COORD_LEN] = {
		0xe6, 0x9d, 0x35, 0x0e, 0x48, 0x01, 0x03, 0xcc, 0xdb, 0xfd, 0xf4,
		0xac, 0x11, 0x91, 0xf4, 0xef, 0xb9, 0xa5, 0xf9, 0xe9, 0xa7, 0x83,
		0x2c, 0x5e, 0x2c, 0xbe, 0x97, 0xf2, 0xd2, 0x03, 0xb0, 0x20,
	};

	return memcmp(p->peer_x, x, sizeof(x)) == 0;
}

static enum smp_err send_confirm(struct smp_chan *chan);

enum smp_err smp_sc__public_key(struct smp_chan *chan, const uint8_t *body)
{
	struct smp_pairing *p = chan->p;
	bool central = smp__is_central(chan);
	enum smp_err err;

	memcpy(p->peer_x, &body[0], SMP_COORD_LEN);
	memcpy(p->peer_y, &body[SMP_COORD_LEN], SMP_COORD_LEN);
	/* Our own X coordinate, whatever its Y: CVE-2020-26558, CVE-2021-37577. */
	if (memcmp(p->peer_x, p->own.x, SMP_COORD_LEN) == 0 || is_debug_key(p)) {
		return SMP_ERR_INVALID_PARAMS;
	}
	err = make_dhkey(p);
	if (err == SMP_OK && !central) {
		err = send_key(chan);
	}
	if (err == SMP_OK) {
		err = smp_user__prepare(chan);
	}
	if (err != SMP_OK) {
		return err;
	}
	if (p->user == SMP_USER_NONE) {
		err = smp_sc__user_done(chan);
	} else {
		p->expect = central ? 0 : p->method == SMP_OOB ? SMP_OP_RANDOM : SMP_OP_CONFIRM;
	}
	return err != SMP_OK ? err : smp_user__ask(chan);
}

/* The passkey, or the data out of band, is there, where the method has any. */
enum smp_err smp_sc__user_done(struct smp_chan *chan)
{
	struct smp_pairing *p = chan->p;
	bool central = smp__is_central(chan);

	if (is_passkey(p)) {
		p->expect = p->held_len != 0 ? 0 : SMP_OP_CONFIRM;
		return central ? send_confirm(chan) : SMP_OK;
	}
	if (p->method == SMP_OOB) {
		p->expect = p->held_len != 0 ? 0 : SMP_OP_RANDOM;
		if (crypto__random(p->local_rand, SMP_KEY_LEN) != 0) {
			return SMP_ERR_UNSPECIFIED;
		}
		return central ? smp__send(chan, SMP_OP_RANDOM, p->local_rand, SMP_KEY_LEN)
			       : SMP_OK;
	}
	p->expect = central ? SMP_OP_CONFIRM : SMP_OP_RANDOM;
	return central ? SMP_OK : send_confirm(chan);
}

/* ---- Confirm values and nonces ---- */

/* Z of f4: 0, or in Passkey Entry the bit of this round. */
static uint8_t z(const struct smp_pairing *p)
{
	return is_passkey(p) ? 0x80 | ((p->passkey >> p->round) & 1) : 0;
}

static enum smp_err send_confirm(struct smp_chan *chan)
{
	struct smp_pairing *p = chan->p;

	if (crypto__random(p->local_rand, SMP_KEY_LEN) != 0 ||
	    smp_crypto__f4(p->own.x, p->peer_x, p->local_rand, z(p), p->local_confirm) != 0) {
		return SMP_ERR_UNSPECIFIED;
	}
	return smp__send(chan, SMP_OP_CONFIRM, p->local_confirm, SMP_KEY_LEN);
}

enum smp_err smp_sc__confirm(struct smp_chan *chan, const uint8_t *body)
{
	struct smp_pairing *p = chan->p;
	bool central = smp__is_central(chan);

	memcpy(p->remote_confirm, body, SMP_KEY_LEN);
	p->expect = SMP_OP_RANDOM;
	if (!central) {
		return send_confirm(chan);
	}
	if (is_passkey(p)) {
		if (crypto__compare(p->local_confirm, p->remote_confirm, SMP_KEY_LEN) == 0) {
			return SMP_ERR_CONFIRM;
		}
	} else if (crypto__random(p->local_rand, SMP_KEY_LEN) != 0) {
		return SMP_ERR_UNSPECIFIED;
	}
	return smp__send(chan, SMP_OP_RANDOM, p->local_rand, SMP_KEY_LEN);
}

/* Whether the nonce is the one that the peer had committed itself to. */
static enum smp_err check_confirm(const struct smp_pairing *p)
{
	uint8_t confirm[SMP_KEY_LEN];

	if (smp_crypto__f4(p->peer_x, p->own.x, p->remote_rand, z(p), confirm) != 0) {
		return SMP_ERR_UNSPECIFIED;
	}
	if (crypto__compare(confirm, p->remote_confirm, SMP_KEY_LEN) != 0 ||
	    (is_passkey(p) &&
	     crypto__compare(p->local_confirm, p->remote_confirm, SMP_KEY_LEN) == 0)) {
		return SMP_ERR_CONFIRM;
	}
	return SMP_OK;
}

/* ---- Phase 2, stage 2: LTK and DHKey check ---- */

static enum smp_err make_ltk(struct smp_chan *chan)
{
	struct smp_pairing *p = chan->p;
	struct smp_addrs addrs = smp__addrs(chan);
	bool central = smp__is_central(chan);
	const uint8_t *na = central ? p->local_rand : p->remote_rand;
	const uint8_t *nb = central ? p->remote_rand : p->local_rand;
	int err = smp_crypto__f5(p->dhkey, na, nb, &addrs.initiator, &addrs.responder, p->mackey,
				 p->ltk);

	crypto__wipe(p->dhkey, sizeof(p->dhkey));
	memset(&p->ltk[p->key_size], 0, SMP_KEY_LEN - p->key_size);
	return from_errno(err);
}

/* E of the side whose nonce is n1; r is the other side's value. */
static enum smp_err check_of(struct smp_chan *chan, bool ours, uint8_t check[SMP_KEY_LEN])
{
	struct smp_pairing *p = chan->p;
	struct smp_addrs addrs = smp__addrs(chan);
	bool of_initiator = ours == smp__is_central(chan);
	const struct smp_features *f = of_initiator ? &p->req : &p->rsp;
	uint8_t iocap[3] = {f->io, f->oob, f->auth};
	uint8_t r[SMP_KEY_LEN] = {0};

	if (is_passkey(p)) {
		sys_put_le32(p->passkey, r);
	} else if (p->method == SMP_OOB) {
		memcpy(r, ours ? p->remote_r : p->local_r, SMP_KEY_LEN);
	}
	return from_errno(smp_crypto__f6(p->mackey, ours ? p->local_rand : p->remote_rand,
					 ours ? p->remote_rand : p->local_rand, r, iocap,
					 of_initiator ? &addrs.initiator : &addrs.responder,
					 of_initiator ? &addrs.responder : &addrs.initiator,
					 check));
}

static enum smp_err send_check(struct smp_chan *chan)
{
	uint8_t check[SMP_KEY_LEN];
	enum smp_err err = check_of(chan, true, check);

	return err != SMP_OK ? err : smp__send(chan, SMP_OP_DHKEY_CHECK, check, sizeof(check));
}

/* The nonces are exchanged: the digits to compare, or on at once. */
static enum smp_err stage_2(struct smp_chan *chan)
{
	struct smp_pairing *p = chan->p;
	bool central = smp__is_central(chan);
	enum smp_err err = make_ltk(chan);
	uint32_t digits;

	p->expect = SMP_OP_DHKEY_CHECK;
	if (err != SMP_OK) {
		return err;
	}
	if (p->method != SMP_NUMERIC) {
		return central ? send_check(chan) : SMP_OK;
	}
	if (smp_crypto__g2(central ? p->own.x : p->peer_x, central ? p->peer_x : p->own.x,
			   central ? p->local_rand : p->remote_rand,
			   central ? p->remote_rand : p->local_rand, &digits) != 0) {
		return SMP_ERR_UNSPECIFIED;
	}
	if (central) {
		p->expect = 0;
	}
	return smp_user__ask_numeric(chan, digits);
}

static enum smp_err next_round(struct smp_chan *chan)
{
	struct smp_pairing *p = chan->p;

	if (++p->round == ROUNDS) {
		return stage_2(chan);
	}
	p->expect = SMP_OP_CONFIRM;
	return smp__is_central(chan) ? send_confirm(chan) : SMP_OK;
}

enum smp_err smp_sc__random(struct smp_chan *chan, const uint8_t *body)
{
	struct smp_pairing *p = chan->p;
	bool central = smp__is_central(chan);
	enum smp_err err = SMP_OK;

	memcpy(p->remote_rand, body, SMP_KEY_LEN);
	/* In Just Works and Numeric Comparison only the responder commits itself. */
	if (is_passkey(p) || (p->method != SMP_OOB && central)) {
		err = check_confirm(p);
	}
	if (err == SMP_OK && !central) {
		err = smp__send(chan, SMP_OP_RANDOM, p->local_rand, SMP_KEY_LEN);
	}
	if (err != SMP_OK) {
		return err;
	}
	return is_passkey(p) ? next_round(chan) : stage_2(chan);
}

/* ---- DHKey Check ---- */

/* The user says that the digits are the same. */
enum smp_err smp_sc__compared(struct smp_chan *chan)
{
	if (!smp__is_central(chan)) {
		return SMP_OK;
	}
	chan->p->expect = SMP_OP_DHKEY_CHECK;
	return send_check(chan);
}

static enum smp_err encrypt(struct smp_chan *chan)
{
	static const uint8_t zero[8];
	struct smp_pairing *p = chan->p;

	p->phase = SMP_ENCRYPT;
	memcpy(p->bond.peer_ltk.value, p->ltk, SMP_KEY_LEN);
	p->bond.has |= KEYS_SC_LTK;
	if (!smp__is_central(chan)) {
		return SMP_OK;
	}
	return sec__encrypt(chan, p->ltk, zero, 0, p->bond.flags, p->key_size) == 0
		       ? SMP_OK
		       : SMP_ERR_UNSPECIFIED;
}

enum smp_err smp_sc__dhkey_check(struct smp_chan *chan, const uint8_t *body)
{
	uint8_t check[SMP_KEY_LEN];
	enum smp_err err = check_of(chan, false, check);

	if (err != SMP_OK) {
		return err;
	}
	if (crypto__compare(check, body, SMP_KEY_LEN) != 0) {
		return SMP_ERR_DHKEY_CHECK;
	}
	if (!smp__is_central(chan)) {
		err = send_check(chan);
	}
	return err != SMP_OK ? err : encrypt(chan);
}
