/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Data out of band: Core 6.0 Vol 3 Part H 2.3.5.4, 2.3.5.6.4.
 */

#include <errno.h>
#include <string.h>

#include <zephyr/sys/byteorder.h>

#include "conn.h"
#include "id.h"
#include "own_addr.h"
#include "smp.h"

int smp_oob__key_pair(struct smp_key_pair *pair)
{
	struct crypto_point point;
	int err = crypto__p256_generate(pair->secret, &point);

	if (err == 0) {
		sys_memcpy_swap(pair->x, point.x, SMP_COORD_LEN);
		sys_memcpy_swap(pair->y, point.y, SMP_COORD_LEN);
	}
	return err;
}

int bt_le_oob_get_local(uint8_t id, struct bt_le_oob *oob)
{
	struct bt_host *host = fav_host_current();
	struct smp *smp = host__smp(host);
	int err;

	if (!host__is_ready(host)) {
		return -EAGAIN;
	}
	if (id__addr(host__id(host), id) == NULL || oob == NULL) {
		return -EINVAL;
	}
	err = own_addr__renew(host, id, &oob->addr);
	if (err != 0) {
		return err;
	}
	err = smp_oob__key_pair(&smp->oob_pair);
	if (err == 0) {
		err = crypto__random(smp->oob_r, sizeof(smp->oob_r));
	}
	if (err == 0) {
		err = smp_crypto__f4(smp->oob_pair.x, smp->oob_pair.x, smp->oob_r, 0,
				     oob->le_sc_data.c);
	}
	smp->oob_valid = err == 0;
	if (err != 0) {
		return -EIO;
	}
	memcpy(oob->le_sc_data.r, smp->oob_r, sizeof(smp->oob_r));
	return 0;
}

void bt_le_oob_set_sc_flag(bool enable)
{
	host__smp(fav_host_current())->oob_sc = enable;
}

void bt_le_oob_set_legacy_flag(bool enable)
{
	host__smp(fav_host_current())->oob_legacy = enable;
}

/* ---- Answers to oob_data_request ---- */

static struct smp_chan *asked(struct bt_conn *conn, bool sc)
{
	struct smp_chan *chan = conn != NULL ? smp__chan(conn) : NULL;

	return chan != NULL && chan->p->user == SMP_USER_OOB && chan->p->sc == sc ? chan : NULL;
}

static void answered(struct smp_chan *chan, enum smp_err err)
{
	if (err != SMP_OK) {
		smp__settle(chan, err);
	} else {
		smp__resume(chan);
	}
}

int bt_le_oob_set_legacy_tk(struct bt_conn *conn, const uint8_t *tk)
{
	struct smp_chan *chan = asked(conn, false);

	if (chan == NULL || tk == NULL) {
		return -EINVAL;
	}
	memcpy(chan->p->tk, tk, SMP_KEY_LEN);
	chan->p->user = SMP_USER_NONE;
	answered(chan, smp_legacy__user_done(chan));
	return 0;
}

/* Whether the data that we have of the peer is that of its public key. */
static enum smp_err check_remote(struct smp_chan *chan, const struct bt_le_oob_sc_data *remote)
{
	struct smp_pairing *p = chan->p;
	uint8_t c[SMP_KEY_LEN];

	if (remote == NULL) {
		return SMP_OK;
	}
	memcpy(p->remote_r, remote->r, SMP_KEY_LEN);
	if (smp_crypto__f4(p->peer_x, p->peer_x, remote->r, 0, c) != 0) {
		return SMP_ERR_UNSPECIFIED;
	}
	return crypto__compare(c, remote->c, SMP_KEY_LEN) == 0 ? SMP_OK : SMP_ERR_CONFIRM;
}

int bt_le_oob_set_sc_data(struct bt_conn *conn, const struct bt_le_oob_sc_data *oobd_local,
			  const struct bt_le_oob_sc_data *oobd_remote)
{
	struct smp_chan *chan = asked(conn, true);
	enum smp_err err;
	bool central;

	if (chan == NULL) {
		return -EINVAL;
	}
	central = smp__is_central(chan);
	/* What each said it has is what must be there: ours for the peer, the peer's for us. */
	if ((oobd_local != NULL) != ((central ? chan->p->rsp.oob : chan->p->req.oob) != 0) ||
	    (oobd_remote != NULL) != ((central ? chan->p->req.oob : chan->p->rsp.oob) != 0) ||
	    (oobd_local != NULL &&
	     crypto__compare(oobd_local->r, chan->p->local_r, SMP_KEY_LEN) != 0)) {
		return -EINVAL;
	}
	chan->p->user = SMP_USER_NONE;
	err = check_remote(chan, oobd_remote);
	answered(chan, err != SMP_OK ? err : smp_sc__user_done(chan));
	return 0;
}
