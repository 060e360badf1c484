/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Phase 3, key distribution: Core 6.0 Vol 3 Part H 2.4.3, 3.6. The responder gives its keys first,
 * then the initiator, each in the order LTK, EDIV and Rand, IRK, identity address, CSRK. We send
 * the next when the one before has left; the last one that has come or left completes the pairing.
 */

#include <string.h>

#include <zephyr/sys/byteorder.h>

#include "conn.h"
#include "id.h"
#include "smp.h"

/* ---- Giving ---- */

static enum smp_err give_enc_info(struct smp_chan *chan)
{
	struct smp_pairing *p = chan->p;
	struct keys_ltk *ltk = &p->bond.local_ltk;
	uint8_t ediv[2];

	if (crypto__random(ltk->value, SMP_KEY_LEN) != 0 ||
	    crypto__random(ltk->rand, sizeof(ltk->rand)) != 0 ||
	    crypto__random(ediv, sizeof(ediv)) != 0) {
		return SMP_ERR_UNSPECIFIED;
	}
	ltk->ediv = sys_get_le16(ediv);
	memset(&ltk->value[p->key_size], 0, SMP_KEY_LEN - p->key_size);
	p->bond.has |= KEYS_LOCAL_LTK;
	p->id_addr_next = true;
	return smp__send(chan, SMP_OP_ENC_INFO, ltk->value, SMP_KEY_LEN);
}

static enum smp_err give_central_id(struct smp_chan *chan)
{
	const struct keys_ltk *ltk = &chan->p->bond.local_ltk;
	uint8_t body[10];

	sys_put_le16(ltk->ediv, &body[0]);
	memcpy(&body[2], ltk->rand, sizeof(ltk->rand));
	chan->p->id_addr_next = false;
	chan->p->local_dist &= ~SMP_DIST_ENC;
	return smp__send(chan, SMP_OP_CENTRAL_ID, body, sizeof(body));
}

static enum smp_err give_id_info(struct smp_chan *chan)
{
	const uint8_t *irk = id__irk(host__id(chan->smp->host), sec__identity(chan));

	if (irk == NULL) {
		return SMP_ERR_UNSPECIFIED;
	}
	chan->p->id_addr_next = true;
	return smp__send(chan, SMP_OP_ID_INFO, irk, SMP_KEY_LEN);
}

static enum smp_err give_id_addr(struct smp_chan *chan)
{
	const bt_addr_le_t *addr = id__addr(host__id(chan->smp->host), sec__identity(chan));
	uint8_t body[7];

	if (addr == NULL) {
		return SMP_ERR_UNSPECIFIED;
	}
	body[0] = addr->type;
	memcpy(&body[1], addr->a.val, sizeof(addr->a.val));
	chan->p->id_addr_next = false;
	chan->p->local_dist &= ~SMP_DIST_ID;
	return smp__send(chan, SMP_OP_ID_ADDR, body, sizeof(body));
}

static enum smp_err give_sign_info(struct smp_chan *chan)
{
	struct keys_bond *bond = &chan->p->bond;

	if (crypto__random(bond->local_csrk, SMP_KEY_LEN) != 0) {
		return SMP_ERR_UNSPECIFIED;
	}
	bond->has |= KEYS_LOCAL_CSRK;
	chan->p->local_dist &= ~SMP_DIST_SIGN;
	return smp__send(chan, SMP_OP_SIGN_INFO, bond->local_csrk, SMP_KEY_LEN);
}

static enum smp_err give_next(struct smp_chan *chan)
{
	struct smp_pairing *p = chan->p;

	if ((p->local_dist & SMP_DIST_ENC) != 0) {
		return p->id_addr_next ? give_central_id(chan) : give_enc_info(chan);
	}
	if ((p->local_dist & SMP_DIST_ID) != 0) {
		return p->id_addr_next ? give_id_addr(chan) : give_id_info(chan);
	}
	return give_sign_info(chan);
}

/* ---- Whose turn it is ---- */

static uint8_t next_due(const struct smp_pairing *p)
{
	return (p->remote_dist & SMP_DIST_ENC) != 0    ? SMP_OP_ENC_INFO
	       : (p->remote_dist & SMP_DIST_ID) != 0   ? SMP_OP_ID_INFO
	       : (p->remote_dist & SMP_DIST_SIGN) != 0 ? SMP_OP_SIGN_INFO
						       : 0;
}

/* Calls out, at the end of all. */
static enum smp_err go_on(struct smp_chan *chan)
{
	struct smp_pairing *p = chan->p;
	bool ours_first = !smp__is_central(chan);

	if (p->remote_dist != 0 && (!ours_first || p->local_dist == 0)) {
		p->expect = next_due(p);
		return SMP_OK;
	}
	if (p->local_dist != 0) {
		return chan->in_flight == 0 ? give_next(chan) : SMP_OK;
	}
	if (chan->in_flight == 0) {
		smp__complete(chan);
	}
	return SMP_OK;
}

enum smp_err smp_keys__start(struct smp_chan *chan)
{
	chan->p->phase = SMP_KEYS;
	return go_on(chan);
}

void smp_keys__sent(struct smp_chan *chan)
{
	if (chan->p->phase == SMP_KEYS && chan->p->expect == 0) {
		smp__settle(chan, go_on(chan));
	}
}

/* ---- Receiving ---- */

/* A key of zeros is none. */
static bool is_zero(const uint8_t *key)
{
	static const uint8_t zero[SMP_KEY_LEN];

	return crypto__compare(key, zero, sizeof(zero)) == 0;
}

enum smp_err smp_keys__enc_info(struct smp_chan *chan, const uint8_t *body)
{
	struct smp_pairing *p = chan->p;

	if (is_zero(body)) {
		return SMP_ERR_KEY_REJECTED;
	}
	memcpy(p->bond.peer_ltk.value, body, SMP_KEY_LEN);
	memset(&p->bond.peer_ltk.value[p->key_size], 0, SMP_KEY_LEN - p->key_size);
	p->expect = SMP_OP_CENTRAL_ID;
	return SMP_OK;
}

enum smp_err smp_keys__central_id(struct smp_chan *chan, const uint8_t *body)
{
	struct smp_pairing *p = chan->p;

	p->bond.peer_ltk.ediv = sys_get_le16(&body[0]);
	memcpy(p->bond.peer_ltk.rand, &body[2], sizeof(p->bond.peer_ltk.rand));
	p->bond.has |= KEYS_PEER_LTK;
	p->remote_dist &= ~SMP_DIST_ENC;
	return go_on(chan);
}

/* A key of zeros says that the peer has no private addresses. */
enum smp_err smp_keys__id_info(struct smp_chan *chan, const uint8_t *body)
{
	struct smp_pairing *p = chan->p;

	memcpy(p->bond.irk, body, SMP_KEY_LEN);
	p->expect = SMP_OP_ID_ADDR;
	return SMP_OK;
}

/* CVE-2021-3436: an identity that is another peer's, with whom we are bonded. Only what could
 * replace that bond as the peer itself may claim it. The address of the link was looked at when the
 * pairing began. */
static enum smp_err check_identity(struct smp_chan *chan, const bt_addr_le_t *identity)
{
	const struct keys_bond *old;

	if (identity->type > BT_ADDR_LE_RANDOM || !bt_addr_le_is_identity(identity)) {
		return SMP_ERR_INVALID_PARAMS;
	}
	if (bt_addr_le_eq(bt_conn_get_dst(chan->conn), identity)) {
		return SMP_OK;
	}
	old = keys__find(host__keys(chan->smp->host), sec__identity(chan), identity);
	if (old != NULL && !smp_feature__may_replace(chan, old)) {
		return SMP_ERR_KEY_REJECTED;
	}
	return SMP_OK;
}

enum smp_err smp_keys__id_addr(struct smp_chan *chan, const uint8_t *body)
{
	struct smp_pairing *p = chan->p;
	bt_addr_le_t identity = {.type = body[0]};
	enum smp_err err;

	memcpy(identity.a.val, &body[1], sizeof(identity.a.val));
	err = check_identity(chan, &identity);
	if (err != SMP_OK) {
		return err;
	}
	/* A peer that was on the air with another identity address comes back with that one: Bumble
	 * gives its controller's public address whatever it uses, and Zephyr keeps it so too. */
	if (!bt_addr_le_is_identity(bt_conn_get_dst(chan->conn))) {
		bt_addr_le_copy(&p->bond.addr, &identity);
	}
	if (!is_zero(p->bond.irk)) {
		p->bond.has |= KEYS_PEER_IRK;
	}
	p->remote_dist &= ~SMP_DIST_ID;
	return go_on(chan);
}

enum smp_err smp_keys__sign_info(struct smp_chan *chan, const uint8_t *body)
{
	struct smp_pairing *p = chan->p;

	memcpy(p->bond.peer_csrk, body, SMP_KEY_LEN);
	p->bond.has |= KEYS_PEER_CSRK;
	p->remote_dist &= ~SMP_DIST_SIGN;
	return go_on(chan);
}
