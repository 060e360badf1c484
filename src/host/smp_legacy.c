/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Phase 2 of LE legacy pairing, Core 6.0 Vol 3 Part H 2.3.5.5:
 *
 *     initiator                       responder
 *         Mconfirm  ----------------------->
 *                <----------------------- Sconfirm
 *         Mrand  -------------------------->
 *                <-------------------------- Srand
 *         both: STK
 */

#include <string.h>

#include "conn.h"
#include "smp.h"

static enum smp_err confirm_of(struct smp_chan *chan, const uint8_t *rand, uint8_t *confirm)
{
	struct smp_pairing *p = chan->p;
	struct smp_addrs addrs = smp__addrs(chan);
	int err = smp_crypto__c1(p->tk, rand, (const uint8_t *)&p->req, (const uint8_t *)&p->rsp,
				 &addrs.initiator, &addrs.responder, confirm);

	return err == 0 ? SMP_OK : SMP_ERR_UNSPECIFIED;
}

static enum smp_err send_confirm(struct smp_chan *chan)
{
	struct smp_pairing *p = chan->p;
	enum smp_err err;

	if (crypto__random(p->local_rand, sizeof(p->local_rand)) != 0) {
		return SMP_ERR_UNSPECIFIED;
	}
	err = confirm_of(chan, p->local_rand, p->local_confirm);
	return err != SMP_OK ? err : smp__send(chan, SMP_OP_CONFIRM, p->local_confirm, SMP_KEY_LEN);
}

enum smp_err smp_legacy__start(struct smp_chan *chan)
{
	enum smp_err err = smp_user__prepare(chan);

	if (err != SMP_OK) {
		return err;
	}
	if (!smp__is_central(chan)) {
		chan->p->expect = SMP_OP_CONFIRM;
	} else if (chan->p->user == SMP_USER_NONE) {
		err = smp_legacy__user_done(chan);
	}
	return err != SMP_OK ? err : smp_user__ask(chan);
}

/* The temporary key is there. What a responder waits for may have come meanwhile. */
enum smp_err smp_legacy__user_done(struct smp_chan *chan)
{
	if (smp__is_central(chan)) {
		chan->p->expect = SMP_OP_CONFIRM;
		return send_confirm(chan);
	}
	return SMP_OK;
}

enum smp_err smp_legacy__confirm(struct smp_chan *chan, const uint8_t *body)
{
	struct smp_pairing *p = chan->p;
	enum smp_err err;

	memcpy(p->remote_confirm, body, SMP_KEY_LEN);
	p->expect = SMP_OP_RANDOM;
	if (!smp__is_central(chan)) {
		return send_confirm(chan);
	}
	/* Our own, reflected: whoever does that knows no temporary key. */
	if (crypto__compare(p->local_confirm, p->remote_confirm, SMP_KEY_LEN) == 0) {
		return SMP_ERR_CONFIRM;
	}
	err = smp__send(chan, SMP_OP_RANDOM, p->local_rand, SMP_KEY_LEN);
	return err;
}

/* 2.3.4: the bytes beyond the key size are 0. */
static enum smp_err make_stk(struct smp_chan *chan)
{
	struct smp_pairing *p = chan->p;
	bool central = smp__is_central(chan);
	const uint8_t *mrand = central ? p->local_rand : p->remote_rand;
	const uint8_t *srand = central ? p->remote_rand : p->local_rand;

	if (smp_crypto__s1(p->tk, srand, mrand, p->ltk) != 0) {
		return SMP_ERR_UNSPECIFIED;
	}
	memset(&p->ltk[p->key_size], 0, SMP_KEY_LEN - p->key_size);
	return SMP_OK;
}

static enum smp_err encrypt(struct smp_chan *chan)
{
	static const uint8_t zero[8];
	struct smp_pairing *p = chan->p;

	p->phase = SMP_ENCRYPT;
	if (!smp__is_central(chan)) {
		return SMP_OK;
	}
	return sec__encrypt(chan, p->ltk, zero, 0, p->bond.flags, p->key_size) == 0
		       ? SMP_OK
		       : SMP_ERR_UNSPECIFIED;
}

enum smp_err smp_legacy__random(struct smp_chan *chan, const uint8_t *body)
{
	struct smp_pairing *p = chan->p;
	uint8_t confirm[SMP_KEY_LEN];
	enum smp_err err;

	memcpy(p->remote_rand, body, SMP_KEY_LEN);
	err = confirm_of(chan, p->remote_rand, confirm);
	if (err != SMP_OK) {
		return err;
	}
	if (crypto__compare(confirm, p->remote_confirm, SMP_KEY_LEN) != 0 ||
	    crypto__compare(p->remote_confirm, p->local_confirm, SMP_KEY_LEN) == 0) {
		return SMP_ERR_CONFIRM;
	}
	err = make_stk(chan);
	if (err == SMP_OK && !smp__is_central(chan)) {
		err = smp__send(chan, SMP_OP_RANDOM, p->local_rand, SMP_KEY_LEN);
	}
	return err != SMP_OK ? err : encrypt(chan);
}
