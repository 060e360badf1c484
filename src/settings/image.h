/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_SETTINGS_IMAGE_H_
#define FAV_SETTINGS_IMAGE_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * An image: all values of a store, as the bytes that its file has.
 *
 * An image never changes. Who saves makes the next one beside it, so that a failure at any point
 * leaves the former, and who reads goes on reading what it has begun. It is counted, and wiped when
 * nobody holds it. NULL is an image too: the empty one.
 *
 *     header   8 magic, le16 version, le16 0, le32 generation, le32 length of the image,
 *              le32 CRC-32 of these
 *     record   le16 length of the name, le16 length of the value, the name, 0, the value,
 *              le32 CRC-32 of these, which goes on from the one before
 *
 * Records are in the order of their names, no name twice, no value empty. Since each checksum goes
 * on from the one before, the generation's included, no mixture of two images passes for one.
 */

#define IMAGE_MAGIC       "FavSet\r\n"
#define IMAGE_VERSION     1
#define IMAGE_HEADER_SIZE 24
/* A record's size beside its name and value. */
#define IMAGE_RECORD_OVERHEAD 9

struct settings_image {
	uint32_t refs;
	uint32_t len;
	uint8_t bytes[];
};

struct settings_record {
	const char *name; /* terminated, in the image */
	const uint8_t *value;
	uint16_t name_len;
	uint16_t value_len;
};

/* Room for len bytes, to be filled in; held once. NULL: no memory. */
struct settings_image *image__new(size_t len);
/* Hold it. Returns image. */
struct settings_image *image__ref(struct settings_image *image);
void image__unref(struct settings_image *image);

/* Why bytes are no image: NULL when they are one. */
const char *image__flaw(const uint8_t *bytes, size_t len);

/* The record at *at, which begins at 0 and is moved on; false: no more. */
bool image__next(const struct settings_image *image, size_t *at, struct settings_record *record);
bool image__find(const struct settings_image *image, const char *name,
		 struct settings_record *record);

/* The next image: with that value, without it when len is 0. -ENOMEM, -ENOSPC: too much in all. */
int image__with(const struct settings_image *image, const char *name, const void *value, size_t len,
		struct settings_image **next);

#endif
