/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The user's part in pairing: what is asked, bt_conn_auth_*, and who hears of pairings.
 */

#include <errno.h>
#include <string.h>

#include <zephyr/sys/byteorder.h>

#include "conn.h"
#include "smp.h"
#include "smp_sign.h"

#define PASSKEY_MAX 999999

/* ---- Callbacks ---- */

const struct bt_conn_auth_cb *smp_user__callbacks(const struct smp_chan *chan)
{
	return chan->overlaid ? chan->auth : chan->smp->auth;
}

/* As in the table at struct bt_conn_auth_cb. */
enum smp_io smp_user__io(const struct smp_chan *chan)
{
	const struct bt_conn_auth_cb *cb = smp_user__callbacks(chan);
	bool fixed = chan->smp->fixed_passkey != BT_PASSKEY_RAND;
	bool shows = fixed || (cb != NULL && cb->passkey_display != NULL);
	bool types = cb != NULL && cb->passkey_entry != NULL;
	bool compares = cb != NULL && cb->passkey_confirm != NULL && cb->passkey_display != NULL;

	if (types && shows && (compares || !chan->smp->sc)) {
		return SMP_IO_KEYBOARD_DISPLAY;
	}
	if (compares && chan->smp->sc) {
		return SMP_IO_DISPLAY_YESNO;
	}
	if (types) {
		return SMP_IO_KEYBOARD_ONLY;
	}
	return shows ? SMP_IO_DISPLAY_ONLY : SMP_IO_NONE;
}

static bool is_complete(const struct bt_conn_auth_cb *cb)
{
	bool needs_cancel = cb->passkey_display != NULL || cb->passkey_entry != NULL ||
			    cb->passkey_confirm != NULL || cb->pairing_confirm != NULL;

	return !needs_cancel || cb->cancel != NULL;
}

int bt_conn_auth_cb_register(const struct bt_conn_auth_cb *cb)
{
	struct smp *smp = host__smp(fav_host_current());

	if (cb == NULL) {
		smp->auth = NULL;
		return 0;
	}
	if (smp->auth != NULL) {
		return -EALREADY;
	}
	if (!is_complete(cb)) {
		return -EINVAL;
	}
	smp->auth = cb;
	return 0;
}

int bt_conn_auth_cb_overlay(struct bt_conn *conn, const struct bt_conn_auth_cb *cb)
{
	struct smp_chan *chan;

	if (conn == NULL || (cb != NULL && !is_complete(cb))) {
		return -EINVAL;
	}
	chan = smp__chan(conn);
	if (chan == NULL) {
		return -ENOTCONN;
	}
	if (chan->overlaid || chan->p->phase != SMP_IDLE) {
		return -EALREADY;
	}
	chan->overlaid = true;
	chan->auth = cb;
	return 0;
}

int bt_conn_auth_methods_set(struct bt_conn *conn, uint8_t methods)
{
	struct smp_chan *chan;

	if (methods == 0 || (methods & ~BT_CONN_AUTH_METHOD_ANY) != 0) {
		return -EINVAL;
	}
	if (conn == NULL) {
		host__smp(fav_host_current())->methods = methods;
		return 0;
	}
	chan = smp__chan(conn);
	if (chan == NULL) {
		return -ENOTCONN;
	}
	if (chan->p->phase != SMP_IDLE) {
		return -EALREADY;
	}
	chan->methods = methods;
	return 0;
}

/* To register twice, or to unregister twice: -EALREADY, says Zephyr. */
int bt_conn_auth_info_cb_register(struct bt_conn_auth_info_cb *cb)
{
	if (cb == NULL) {
		return -EINVAL;
	}
	return listeners__add(&host__smp(fav_host_current())->infos, &cb->node) == 0 ? 0
										     : -EALREADY;
}

int bt_conn_auth_info_cb_unregister(struct bt_conn_auth_info_cb *cb)
{
	if (cb == NULL) {
		return -EINVAL;
	}
	return listeners__remove(&host__smp(fav_host_current())->infos, &cb->node) == 0 ? 0
											: -EALREADY;
}

/* News that come from within a callback end the run that it is of: what that tells is older. */

void smp_user__tell_complete(struct smp_chan *chan, bool bonded)
{
	struct bt_conn_auth_info_cb *cb;
	struct listeners_run run;
	struct smp *smp = chan->smp;
	struct bt_conn *conn = chan->conn;

	listeners__cut(&smp->infos);
	LISTENERS_FOR_EACH(&smp->infos, &run, cb, node) {
		if (cb->pairing_complete != NULL) {
			cb->pairing_complete(conn, bonded);
		}
	}
}

void smp_user__tell_failed(struct smp_chan *chan, enum bt_security_err err)
{
	struct bt_conn_auth_info_cb *cb;
	struct listeners_run run;
	struct smp *smp = chan->smp;
	struct bt_conn *conn = chan->conn;

	listeners__cut(&smp->infos);
	LISTENERS_FOR_EACH(&smp->infos, &run, cb, node) {
		if (cb->pairing_failed != NULL) {
			cb->pairing_failed(conn, err);
		}
	}
}

void smp_user__tell_deleted(struct smp *smp, uint8_t id, const bt_addr_le_t *addr)
{
	struct bt_conn_auth_info_cb *cb;
	struct listeners_run run;

	smp_sign__forget(smp->host, id, addr);
	if (smp->upper != NULL) {
		smp->upper->unbonded(smp->host, id, addr);
	}
	listeners__cut(&smp->infos);
	LISTENERS_FOR_EACH(&smp->infos, &run, cb, node) {
		if (cb->bond_deleted != NULL) {
			cb->bond_deleted(id, addr);
		}
	}
}

/* ---- Asking ---- */

static int random_passkey(uint32_t *passkey)
{
	uint32_t random;

	/* Of 2^32 numbers all but the last 967296 are used, so that each passkey is as likely. */
	do {
		if (crypto__random(&random, sizeof(random)) != 0) {
			return -EIO;
		}
	} while (random >= UINT32_MAX - UINT32_MAX % (PASSKEY_MAX + 1));
	*passkey = random % (PASSKEY_MAX + 1);
	return 0;
}

static int choose_passkey(struct smp_chan *chan, uint32_t *passkey)
{
	const struct bt_conn_auth_cb *cb = smp_user__callbacks(chan);

	*passkey = chan->smp->fixed_passkey;
	if (*passkey == BT_PASSKEY_RAND && cb != NULL && cb->app_passkey != NULL) {
		*passkey = cb->app_passkey(chan->conn);
	}
	return *passkey <= PASSKEY_MAX ? 0 : random_passkey(passkey);
}

static void use_passkey(struct smp_pairing *p, uint32_t passkey)
{
	p->passkey = passkey;
	sys_put_le32(passkey, p->tk);
}

enum smp_err smp_user__prepare(struct smp_chan *chan)
{
	struct smp_pairing *p = chan->p;
	uint32_t passkey;

	switch (p->method) {
	case SMP_PASSKEY_DISPLAY:
		if (choose_passkey(chan, &passkey) != 0 || chan->conn == NULL ||
		    p->phase != SMP_AUTH) {
			return SMP_ERR_UNSPECIFIED;
		}
		use_passkey(p, passkey);
		break;
	case SMP_PASSKEY_INPUT:
		p->user = SMP_USER_PASSKEY;
		break;
	case SMP_OOB:
		p->user = SMP_USER_OOB;
		break;
	default:
		break;
	}
	return SMP_OK;
}

static enum smp_err ask_oob(struct smp_chan *chan, const struct bt_conn_auth_cb *cb)
{
	const struct smp_pairing *p = chan->p;
	bool central = smp__is_central(chan);
	bool ours = (central ? p->rsp.oob : p->req.oob) != 0;
	bool theirs = (central ? p->req.oob : p->rsp.oob) != 0;
	struct bt_conn_oob_info info = {
		.type = p->sc ? BT_CONN_OOB_LE_SC : BT_CONN_OOB_LE_LEGACY,
	};

	if (cb == NULL || cb->oob_data_request == NULL) {
		return SMP_ERR_OOB_NOT_AVAILABLE;
	}
	if (p->sc) {
		info.lesc.oob_config = !theirs ? BT_CONN_OOB_LOCAL_ONLY
				       : ours  ? BT_CONN_OOB_BOTH_PEERS
					       : BT_CONN_OOB_REMOTE_ONLY;
	}
	cb->oob_data_request(chan->conn, &info);
	return SMP_OK;
}

enum smp_err smp_user__ask(struct smp_chan *chan)
{
	const struct bt_conn_auth_cb *cb = smp_user__callbacks(chan);

	chan->p->told = chan->p->method != SMP_JUST_WORKS && chan->p->method != SMP_NUMERIC;
	switch (chan->p->method) {
	case SMP_PASSKEY_DISPLAY:
		/* A fixed passkey needs no display. */
		if (cb != NULL && cb->passkey_display != NULL) {
			cb->passkey_display(chan->conn, chan->p->passkey);
		}
		break;
	case SMP_PASSKEY_INPUT:
		if (cb == NULL || cb->passkey_entry == NULL) {
			return SMP_ERR_PASSKEY_ENTRY;
		}
		cb->passkey_entry(chan->conn);
		break;
	case SMP_OOB:
		return ask_oob(chan, cb);
	default:
		break;
	}
	return SMP_OK;
}

enum smp_err smp_user__ask_pairing(struct smp_chan *chan)
{
	chan->p->user = SMP_USER_PAIRING;
	chan->p->told = true;
	smp_user__callbacks(chan)->pairing_confirm(chan->conn);
	return SMP_OK;
}

enum smp_err smp_user__ask_numeric(struct smp_chan *chan, uint32_t digits)
{
	const struct bt_conn_auth_cb *cb = smp_user__callbacks(chan);

	if (cb == NULL || cb->passkey_confirm == NULL) {
		return SMP_ERR_NUMERIC;
	}
	chan->p->user = SMP_USER_NUMERIC;
	chan->p->told = true;
	cb->passkey_confirm(chan->conn, digits);
	return SMP_OK;
}

/* ---- Answers ---- */

/* The channel whose user has been asked that; NULL: none. */
static struct smp_chan *asked(struct bt_conn *conn, enum smp_user what)
{
	struct smp_chan *chan = conn != NULL ? smp__chan(conn) : NULL;

	return chan != NULL && chan->p->user == what ? chan : NULL;
}

/* The step that the answer leads to; then what the peer sent meanwhile. */
static void answered(struct smp_chan *chan, enum smp_err err)
{
	if (err != SMP_OK) {
		smp__settle(chan, err);
	} else {
		smp__resume(chan);
	}
}

int bt_conn_auth_passkey_entry(struct bt_conn *conn, unsigned int passkey)
{
	struct smp_chan *chan = asked(conn, SMP_USER_PASSKEY);

	if (chan == NULL || passkey > PASSKEY_MAX) {
		return -EINVAL;
	}
	chan->p->user = SMP_USER_NONE;
	use_passkey(chan->p, passkey);
	answered(chan, chan->p->sc ? smp_sc__user_done(chan) : smp_legacy__user_done(chan));
	return 0;
}

int bt_conn_auth_passkey_confirm(struct bt_conn *conn)
{
	struct smp_chan *chan = asked(conn, SMP_USER_NUMERIC);

	if (chan == NULL) {
		return -EINVAL;
	}
	chan->p->user = SMP_USER_NONE;
	answered(chan, smp_sc__compared(chan));
	return 0;
}

int bt_conn_auth_pairing_confirm(struct bt_conn *conn)
{
	struct smp_chan *chan = asked(conn, SMP_USER_PAIRING);

	if (chan == NULL) {
		return -EINVAL;
	}
	chan->p->user = SMP_USER_NONE;
	answered(chan, smp_feature__confirmed(chan));
	return 0;
}

static const uint8_t refusals[] = {
	[SMP_USER_PAIRING] = SMP_ERR_UNSPECIFIED,
	[SMP_USER_PASSKEY] = SMP_ERR_PASSKEY_ENTRY,
	[SMP_USER_NUMERIC] = SMP_ERR_NUMERIC,
	[SMP_USER_OOB] = SMP_ERR_OOB_NOT_AVAILABLE,
};

/* Also while a passkey is only shown: Zephyr's applications cancel there too. */
int bt_conn_auth_cancel(struct bt_conn *conn)
{
	struct smp_chan *chan = conn != NULL ? smp__chan(conn) : NULL;

	if (chan == NULL || chan->p->phase == SMP_IDLE) {
		return -EINVAL;
	}
	if (chan->p->user != SMP_USER_NONE) {
		smp__settle(chan, (enum smp_err)refusals[chan->p->user]);
	} else if (chan->p->method == SMP_PASSKEY_DISPLAY && chan->p->phase == SMP_AUTH) {
		smp__settle(chan, SMP_ERR_PASSKEY_ENTRY);
	} else {
		return -EINVAL;
	}
	return 0;
}

/* ---- Keypresses ---- */

int bt_conn_auth_keypress_notify(struct bt_conn *conn, enum bt_conn_auth_keypress type)
{
	struct smp_chan *chan = asked(conn, SMP_USER_PASSKEY);
	uint8_t body = (uint8_t)type;

	if (chan == NULL || (unsigned int)type > BT_CONN_AUTH_KEYPRESS_ENTRY_COMPLETED) {
		return -EINVAL;
	}
	if (!chan->p->keypress) {
		return -ENOTSUP;
	}
	return smp__send(chan, SMP_OP_KEYPRESS, &body, 1) == SMP_OK ? 0 : -ENOMEM;
}

enum smp_err smp_user__keypress(struct smp_chan *chan, const uint8_t *body)
{
	const struct smp_pairing *p = chan->p;
	const struct bt_conn_auth_cb *cb = smp_user__callbacks(chan);

	if (p->phase != SMP_AUTH || !p->keypress ||
	    (p->method != SMP_PASSKEY_DISPLAY && p->method != SMP_PASSKEY_INPUT)) {
		return SMP_ERR_UNSPECIFIED;
	}
	if (body[0] > BT_CONN_AUTH_KEYPRESS_ENTRY_COMPLETED) {
		return SMP_ERR_INVALID_PARAMS;
	}
	if (cb != NULL && cb->passkey_display_keypress != NULL) {
		cb->passkey_display_keypress(chan->conn, (enum bt_conn_auth_keypress)body[0]);
	}
	return SMP_OK;
}

int bt_passkey_set(unsigned int passkey)
{
	if (passkey > PASSKEY_MAX && passkey != BT_PASSKEY_RAND) {
		return -EINVAL;
	}
	host__smp(fav_host_current())->fixed_passkey = passkey;
	return 0;
}
