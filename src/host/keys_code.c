/* SPDX-License-Identifier: Apache-2.0 */
#include <favonius/cursor.h>
#include <zephyr/sys/__assert.h>
#include <zephyr/sys/util.h>

#include "keys_code.h"

#define VERSION 1

#define HAS_ALL                                                                          \
	(KEYS_PEER_LTK | KEYS_LOCAL_LTK | KEYS_SC_LTK | KEYS_PEER_IRK | KEYS_PEER_CSRK | \
	 KEYS_LOCAL_CSRK)
#define FLAGS_ALL (KEYS_AUTHENTICATED | KEYS_SC | KEYS_OOB | KEYS_NETWORK_PRIVACY)

static void encode_ltk(struct fav_writer *w, const struct keys_ltk *ltk)
{
	fav_writer_bytes(w, ltk->rand, sizeof(ltk->rand));
	fav_writer_le16(w, ltk->ediv);
	fav_writer_bytes(w, ltk->value, sizeof(ltk->value));
}

static void decode_ltk(struct fav_cursor *c, struct keys_ltk *ltk)
{
	(void)fav_cursor_copy(c, ltk->rand, sizeof(ltk->rand));
	ltk->ediv = fav_cursor_le16(c);
	(void)fav_cursor_copy(c, ltk->value, sizeof(ltk->value));
}

void keys_code__encode(uint8_t value[KEYS_CODE_LEN], const struct keys_bond *bond, uint32_t age)
{
	struct fav_writer w = fav_writer_of(value, KEYS_CODE_LEN);

	fav_writer_u8(&w, VERSION);
	fav_writer_u8(&w, bond->has);
	fav_writer_u8(&w, bond->flags);
	fav_writer_u8(&w, bond->key_size);
	fav_writer_le32(&w, age);
	encode_ltk(&w, &bond->peer_ltk);
	encode_ltk(&w, &bond->local_ltk);
	fav_writer_bytes(&w, bond->irk, SMP_KEY_LEN);
	fav_writer_bytes(&w, bond->peer_csrk, SMP_KEY_LEN);
	fav_writer_bytes(&w, bond->local_csrk, SMP_KEY_LEN);
	__ASSERT_NO_MSG(fav_writer_ok(&w) && fav_writer_room(&w) == 0);
}

bool keys_code__decode(const uint8_t *value, size_t len, struct keys_bond *bond)
{
	struct fav_cursor c = fav_cursor_of(value, len);
	uint8_t version = fav_cursor_u8(&c);

	bond->has = fav_cursor_u8(&c);
	bond->flags = fav_cursor_u8(&c);
	bond->key_size = fav_cursor_u8(&c);
	bond->age = fav_cursor_le32(&c);
	decode_ltk(&c, &bond->peer_ltk);
	decode_ltk(&c, &bond->local_ltk);
	(void)fav_cursor_copy(&c, bond->irk, SMP_KEY_LEN);
	(void)fav_cursor_copy(&c, bond->peer_csrk, SMP_KEY_LEN);
	(void)fav_cursor_copy(&c, bond->local_csrk, SMP_KEY_LEN);
	return fav_cursor_done(&c) && version == VERSION && (bond->has & ~HAS_ALL) == 0 &&
	       (bond->flags & ~FLAGS_ALL) == 0;
}
