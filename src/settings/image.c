/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include <favonius/cursor.h>
#include <zephyr/kernel.h>
#include <zephyr/settings/settings.h>
#include <zephyr/sys/__assert.h>
#include <zephyr/sys/crc.h>

#include "image.h"
#include "name.h"

#define MAGIC_LEN (sizeof(IMAGE_MAGIC) - 1)
#define CRC_LEN   4

BUILD_ASSERT(CONFIG_FAV_SETTINGS_MAX_VAL_LEN <= UINT16_MAX);

/* ---- Memory ---- */

struct settings_image *image__new(size_t len)
{
	struct settings_image *image = k_malloc(sizeof(*image) + len);

	if (image != NULL) {
		image->refs = 1;
		image->len = (uint32_t)len;
	}
	return image;
}

struct settings_image *image__ref(struct settings_image *image)
{
	if (image != NULL) {
		image->refs++;
	}
	return image;
}

void image__unref(struct settings_image *image)
{
	volatile uint8_t *bytes;

	if (image == NULL || --image->refs > 0) {
		return;
	}
	/* Keys are among the values. Volatile: this is the last that is done to these bytes, and
	 * must be done. */
	bytes = image->bytes;
	for (size_t i = 0; i < image->len; i++) {
		bytes[i] = 0;
	}
	k_free(image);
}

/* ---- Reading ---- */

static bool read_record(struct fav_cursor *c, struct settings_record *r)
{
	r->name_len = fav_cursor_le16(c);
	r->value_len = fav_cursor_le16(c);
	r->name = (const char *)fav_cursor_bytes(c, r->name_len + 1u);
	r->value = fav_cursor_bytes(c, r->value_len);
	(void)fav_cursor_skip(c, CRC_LEN);
	return fav_cursor_ok(c);
}

static bool is_good_record(const struct settings_record *r)
{
	return r->value_len > 0 && r->value_len <= SETTINGS_MAX_VAL_LEN &&
	       r->name_len <= SETTINGS_MAX_NAME_LEN && r->name[r->name_len] == '\0' &&
	       settings__name_len(r->name) == r->name_len;
}

static const char *header_flaw(struct fav_cursor *c, size_t len, uint32_t *crc)
{
	const uint8_t *header = c->at;
	const uint8_t *magic = fav_cursor_bytes(c, MAGIC_LEN);
	uint16_t version = fav_cursor_le16(c);
	uint16_t reserved = fav_cursor_le16(c);
	uint32_t length;

	(void)fav_cursor_le32(c); /* generation */
	length = fav_cursor_le32(c);
	*crc = crc32_ieee(header, (size_t)(c->at - header));
	if (magic == NULL || memcmp(magic, IMAGE_MAGIC, MAGIC_LEN) != 0) {
		return "is no store of ours";
	}
	if (version != IMAGE_VERSION) {
		return "has a version that we do not know";
	}
	if (fav_cursor_le32(c) != *crc || !fav_cursor_ok(c) || reserved != 0) {
		return "has a damaged header";
	}
	return length != len ? "is cut off, or too long" : NULL;
}

const char *image__flaw(const uint8_t *bytes, size_t len)
{
	struct fav_cursor c = fav_cursor_of(bytes, len);
	const char *before = "";
	uint32_t crc;
	const char *flaw = header_flaw(&c, len, &crc);

	while (flaw == NULL && fav_cursor_remaining(&c) > 0) {
		const uint8_t *start = c.at;
		struct settings_record r;

		if (!read_record(&c, &r)) {
			return "has a record that is cut off";
		}
		crc = crc32_ieee_update(crc, start, (size_t)(c.at - start) - CRC_LEN);
		if (sys_get_le32(c.at - CRC_LEN) != crc) {
			return "has a damaged record";
		}
		if (!is_good_record(&r) || strcmp(before, r.name) >= 0) {
			return "has a record that none may have";
		}
		before = r.name;
	}
	return flaw;
}

bool image__next(const struct settings_image *image, size_t *at, struct settings_record *record)
{
	size_t start = *at == 0 ? IMAGE_HEADER_SIZE : *at;
	struct fav_cursor c;

	if (image == NULL || start >= image->len) {
		return false;
	}
	c = fav_cursor_of(image->bytes + start, image->len - start);
	if (!read_record(&c, record)) {
		__ASSERT(false, "an image that was never checked");
		return false;
	}
	*at = image->len - fav_cursor_remaining(&c);
	return true;
}

bool image__find(const struct settings_image *image, const char *name,
		 struct settings_record *record)
{
	size_t at = 0;

	while (image__next(image, &at, record)) {
		int order = strcmp(record->name, name);

		if (order >= 0) {
			return order == 0;
		}
	}
	return false;
}

/* ---- Making the next ---- */

static size_t record_size(const struct settings_record *r)
{
	return IMAGE_RECORD_OVERHEAD + (size_t)r->name_len + r->value_len;
}

static void put_header(struct fav_writer *w, const struct settings_image *former, size_t len,
		       uint32_t *crc)
{
	uint32_t generation = former == NULL ? 0 : sys_get_le32(former->bytes + MAGIC_LEN + 2 + 2);

	fav_writer_bytes(w, IMAGE_MAGIC, MAGIC_LEN);
	fav_writer_le16(w, IMAGE_VERSION);
	fav_writer_le16(w, 0);
	fav_writer_le32(w, generation + 1);
	fav_writer_le32(w, (uint32_t)len);
	*crc = crc32_ieee(w->start, fav_writer_len(w));
	fav_writer_le32(w, *crc);
}

static void put_record(struct fav_writer *w, const struct settings_record *r, uint32_t *crc)
{
	const uint8_t *start = w->at;

	fav_writer_le16(w, r->name_len);
	fav_writer_le16(w, r->value_len);
	fav_writer_bytes(w, r->name, r->name_len + 1u);
	fav_writer_bytes(w, r->value, r->value_len);
	*crc = crc32_ieee_update(*crc, start, (size_t)(w->at - start));
	fav_writer_le32(w, *crc);
}

/* Of the image with that record in it, or without it if its value is empty. */
static size_t next_len(const struct settings_image *image, const struct settings_record *changed)
{
	size_t len = IMAGE_HEADER_SIZE + (changed->value_len > 0 ? record_size(changed) : 0);
	struct settings_record r;
	size_t at = 0;

	while (image__next(image, &at, &r)) {
		len += strcmp(r.name, changed->name) != 0 ? record_size(&r) : 0;
	}
	return len;
}

int image__with(const struct settings_image *image, const char *name, const void *value, size_t len,
		struct settings_image **next)
{
	const struct settings_record changed = {.name = name,
						.value = value,
						.name_len = (uint16_t)strlen(name),
						.value_len = (uint16_t)len};
	size_t total = next_len(image, &changed);
	bool placed = len == 0;
	struct settings_record r;
	struct fav_writer w;
	size_t at = 0;
	uint32_t crc;

	if (total > CONFIG_FAV_SETTINGS_MAX_BYTES) {
		return -ENOSPC;
	}
	*next = image__new(total);
	if (*next == NULL) {
		return -ENOMEM;
	}
	w = fav_writer_of((*next)->bytes, total);
	put_header(&w, image, total, &crc);
	while (image__next(image, &at, &r)) {
		int order = strcmp(r.name, name);

		if (!placed && order >= 0) {
			put_record(&w, &changed, &crc);
			placed = true;
		}
		if (order != 0) {
			put_record(&w, &r, &crc);
		}
	}
	if (!placed) {
		put_record(&w, &changed, &crc);
	}
	__ASSERT_NO_MSG(fav_writer_ok(&w) && fav_writer_len(&w) == total);
	return 0;
}
