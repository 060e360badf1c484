/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Security on the way to a channel, Core 6.0 Vol 3 Part C 10.3: raised before the request when the
 * application demands it, and after a peer's refusal for the lack of it; then the request goes, or
 * goes again. Each refusal raises the level by one step, so that no peer keeps us asking.
 *
 * A channel that waits is CONNECTING with BT_L2CAP_STATUS_ENCRYPT_PENDING, and without a request
 * (ident 0), so that no response fits it. Enhanced ones that were asked for together wait, and are
 * asked for again, together: they share sec_group_ and sec_round_, the count of changes when they
 * began.
 */

#include <errno.h>

#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/logging/log.h>

#include "conn.h"
#include "l2cap_coc.h"

LOG_MODULE_DECLARE(bt_l2cap_coc);

#define CHANS_MAX BT_L2CAP_ECRED_CHAN_MAX_PER_REQ

static bool waits(struct bt_l2cap_le_chan *ch)
{
	return atomic_test_bit(ch->chan.status, BT_L2CAP_STATUS_ENCRYPT_PENDING);
}

int l2cap_coc_sec__wait(struct bt_l2cap_le_chan **chs, size_t count, bt_security_t level, int why)
{
	struct bt_conn *conn = chs[0]->chan.conn;
	int err = bt_conn_set_security(conn, level);
	bool other_under_way = err == -EBUSY;

	if (err != 0 && !other_under_way) {
		return err;
	}
	for (size_t i = 0; i < count; i++) {
		atomic_set_bit(chs[i]->chan.status, BT_L2CAP_STATUS_ENCRYPT_PENDING);
		chs[i]->sec_wanted_ = level;
		chs[i]->sec_again_ = other_under_way;
		chs[i]->sec_group_ = chs[0]->rx.cid;
		chs[i]->sec_round_ = l2cap_coc__link(conn)->sec_round;
		chs[i]->ident = 0;
		chs[i]->connect_err = why;
		l2cap_coc__rtx(chs[i], L2CAP_COC_ERTX_MS);
	}
	return 0;
}

bool l2cap_coc_sec__refused(struct bt_l2cap_le_chan **chs, size_t count, uint16_t result)
{
	bt_security_t level = bt_conn_get_security(chs[0]->chan.conn);

	if (result == BT_L2CAP_LE_ERR_ENCRYPTION && level > BT_SECURITY_L1) {
		return false;
	}
	if ((result != BT_L2CAP_LE_ERR_AUTHENTICATION && result != BT_L2CAP_LE_ERR_ENCRYPTION) ||
	    level >= BT_SECURITY_L4) {
		return false;
	}
	return l2cap_coc_sec__wait(chs, count, MAX(level, BT_SECURITY_L1) + 1, result) == 0;
}

/* Those that wait together with ch, ch among them: they wait no more. */
static size_t take_group(const struct bt_l2cap_le_chan *ch, struct bt_l2cap_le_chan **chs)
{
	const struct bt_conn *conn = ch->chan.conn;
	uint16_t group = ch->sec_group_;
	uint8_t round = ch->sec_round_;
	size_t count = 0;

	for (uint16_t i = 0; i < L2CAP_COC_CIDS && count < CHANS_MAX; i++) {
		struct bt_l2cap_le_chan *other = l2cap_coc__by_cid(conn, L2CAP_COC_CID_FIRST + i);

		if (other != NULL && waits(other) && other->sec_group_ == group &&
		    other->sec_round_ == round) {
			atomic_clear_bit(other->chan.status, BT_L2CAP_STATUS_ENCRYPT_PENDING);
			chs[count++] = other;
		}
	}
	return count;
}

static void end_all(struct bt_l2cap_le_chan **chs, size_t count, int why)
{
	struct l2cap_coc_ref refs[CHANS_MAX];

	for (size_t i = 0; i < count; i++) {
		refs[i] = l2cap_coc__ref(chs[i]);
	}
	for (size_t i = 0; i < count; i++) {
		struct bt_l2cap_le_chan *ch = l2cap_coc__deref(refs[i]);

		if (ch != NULL) {
			l2cap_coc__end(ch, why);
		}
	}
}

static void go_on(struct bt_l2cap_le_chan **chs, size_t count, enum bt_security_err reason)
{
	struct bt_conn *conn = chs[0]->chan.conn;
	bt_security_t wanted = chs[0]->sec_wanted_;
	int why = chs[0]->connect_err;
	int err = why;

	if (bt_conn_get_security(conn) >= wanted) {
		err = l2cap_coc__ask(chs, count);
	} else if (chs[0]->sec_again_ && reason == BT_SECURITY_ERR_SUCCESS &&
		   l2cap_coc_sec__wait(chs, count, wanted, why) == 0) {
		/* What was under way was for a lower level. */
		err = 0;
	}
	if (err != 0) {
		end_all(chs, count, err);
	}
}

static void tell(struct bt_l2cap_le_chan *ch, enum bt_security_err err, bool news)
{
	if (news && ch->state == BT_L2CAP_CONNECTED && ch->chan.ops->encrypt_change != NULL) {
		ch->chan.ops->encrypt_change(&ch->chan, err == BT_SECURITY_ERR_SUCCESS
								? BT_HCI_ERR_SUCCESS
								: BT_HCI_ERR_AUTH_FAIL);
	}
}

void l2cap_coc_sec__changed(struct bt_conn *conn, enum bt_security_err err)
{
	struct l2cap_coc_link *link = l2cap_coc__link(conn);

	bool news = err != BT_SECURITY_ERR_SUCCESS || link->sec_level != bt_conn_get_security(conn);

	link->sec_round++;
	link->sec_level = bt_conn_get_security(conn);
	bt_conn_ref(conn);
	for (uint16_t i = 0; i < L2CAP_COC_CIDS && conn__is_connected(conn); i++) {
		struct bt_l2cap_le_chan *ch = l2cap_coc__by_cid(conn, L2CAP_COC_CID_FIRST + i);
		struct bt_l2cap_le_chan *chs[CHANS_MAX];

		if (ch == NULL) {
			continue;
		}
		if (!waits(ch)) {
			tell(ch, err, news);
		} else if (ch->sec_round_ != link->sec_round) {
			/* Not one that the callback of another has just begun. */
			go_on(chs, take_group(ch, chs), err);
		}
	}
	bt_conn_unref(conn);
}
