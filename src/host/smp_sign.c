/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include <favonius/cursor.h>
#include <zephyr/logging/log.h>
#include <zephyr/settings/settings.h>

#include "conn.h"
#include "peer_name.h"
#include "persist.h"
#include "smp.h"
#include "smp_sign.h"

LOG_MODULE_DECLARE(bt_smp);

#define SUBTREE   "bt/sign"
#define VERSION   1
#define CHECK_LEN 8
/* version, a check of the keys, the two counters */
#define VALUE_LEN (1 + CHECK_LEN + 4 + 4)

/* Our counter in the settings is the next multiple of this: one write for so many signatures. */
#define LOCAL_STEP 64

/* ---- In the settings ---- */

/* By which a value is known to be that of these keys, and not of a bond before. */
static int check_of(const struct keys_bond *bond, uint8_t check[CHECK_LEN])
{
	uint8_t mac[CRYPTO_MAC_LEN];
	int err = crypto__cmac(bond->peer_csrk, bond->local_csrk, SMP_KEY_LEN, mac);

	memcpy(check, mac, CHECK_LEN);
	return err;
}

static int save(struct bt_host *host, const struct keys_bond *bond)
{
	char name[SETTINGS_MAX_NAME_LEN + 1];
	uint8_t value[VALUE_LEN], check[CHECK_LEN];
	struct fav_writer w = fav_writer_of(value, sizeof(value));
	int err = check_of(bond, check);

	if (err != 0) {
		return err;
	}
	fav_writer_u8(&w, VERSION);
	fav_writer_bytes(&w, check, sizeof(check));
	fav_writer_le32(&w, ROUND_UP(bond->local_sign, LOCAL_STEP));
	fav_writer_le32(&w, bond->peer_sign);
	peer_name__encode(name, sizeof(name), SUBTREE, bond->id, &bond->addr);
	return persist__save(host, name, value, sizeof(value));
}

/* What cannot be read is as if nothing had been signed, but an error of the settings is one. */
static int load(struct bt_host *host, struct keys_bond *bond)
{
	char name[SETTINGS_MAX_NAME_LEN + 1];
	uint8_t value[VALUE_LEN], check[CHECK_LEN], kept[CHECK_LEN];
	struct fav_cursor c;
	uint32_t local_sign, peer_sign;
	ssize_t len;
	int err;

	if (bond->sign_known) {
		return 0;
	}
	err = check_of(bond, check);
	if (err != 0) {
		return err;
	}
	peer_name__encode(name, sizeof(name), SUBTREE, bond->id, &bond->addr);
	len = persist__load(host, name, value, sizeof(value));
	if (len < 0 && len != -ENOENT) {
		return (int)len;
	}
	c = fav_cursor_of(value, len > 0 ? (size_t)len : 0);
	if (fav_cursor_u8(&c) == VERSION && fav_cursor_copy(&c, kept, sizeof(kept)) &&
	    memcmp(kept, check, sizeof(check)) == 0) {
		local_sign = fav_cursor_le32(&c);
		peer_sign = fav_cursor_le32(&c);
		if (!fav_cursor_done(&c)) {
			return -EIO;
		}
		bond->local_sign = local_sign;
		bond->peer_sign = peer_sign;
	}
	bond->sign_known = true;
	return 0;
}

void smp_sign__begin(struct keys_bond *bond)
{
	bond->local_sign = 0;
	bond->peer_sign = 0;
	bond->sign_known = true;
}

void smp_sign__forget(struct bt_host *host, uint8_t id, const bt_addr_le_t *addr)
{
	char name[SETTINGS_MAX_NAME_LEN + 1];

	peer_name__encode(name, sizeof(name), SUBTREE, id, addr);
	(void)persist__save(host, name, NULL, 0);
}

/* ---- Signing ---- */

/* The bond of the link, if it has that key, with its counters known. */
static int bond_with(const struct bt_conn *conn, uint8_t key, struct keys_bond **bond)
{
	const struct smp_chan *chan = smp__chan(conn);

	*bond = chan != NULL ? sec__bond(chan) : NULL;
	if (*bond == NULL || ((*bond)->has & key) == 0) {
		return -ENOENT;
	}
	return load(conn__host(conn), *bond);
}

int smp_sign__make(struct bt_conn *conn, const uint8_t *pdu, size_t len,
		   uint8_t signature[SMP_SIGN_LEN])
{
	struct keys_bond *bond;
	int err = bond_with(conn, KEYS_LOCAL_CSRK, &bond);
	uint32_t counter;

	if (err != 0) {
		return err;
	}
	if (bond->local_sign > UINT32_MAX - LOCAL_STEP) {
		return -EOVERFLOW;
	}
	counter = bond->local_sign++;
	if (counter % LOCAL_STEP == 0) {
		err = save(conn__host(conn), bond);
	}
	if (err == 0) {
		sys_put_le32(counter, signature);
		err = smp_crypto__sign(bond->local_csrk, pdu, len, counter,
				       &signature[sizeof(counter)]);
	} else {
		bond->local_sign--;
	}
	return err;
}

int smp_sign__check(struct bt_conn *conn, const uint8_t *pdu, size_t len,
		    const uint8_t signature[SMP_SIGN_LEN])
{
	uint32_t counter = sys_get_le32(signature);
	uint8_t mac[SMP_SIGN_MAC_LEN];
	struct keys_bond *bond;
	uint32_t before;
	int err = bond_with(conn, KEYS_PEER_CSRK, &bond);

	if (err == 0) {
		err = smp_crypto__sign(bond->peer_csrk, pdu, len, counter, mac);
	}
	if (err != 0) {
		return err;
	}
	if (crypto__compare(mac, &signature[sizeof(counter)], sizeof(mac)) != 0) {
		return -EBADMSG;
	}
	/* Behind the last one there would be no next. */
	if (counter < bond->peer_sign || counter == UINT32_MAX) {
		return -EALREADY;
	}
	before = bond->peer_sign;
	bond->peer_sign = counter + 1;
	err = save(conn__host(conn), bond);
	if (err != 0) {
		bond->peer_sign = before;
	}
	return err;
}
