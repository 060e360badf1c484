/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAVONIUS_CURSOR_H_
#define FAVONIUS_CURSOR_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <zephyr/net_buf.h>
#include <zephyr/sys/byteorder.h>

/** @file
 * Reading and writing PDUs without ever leaving their bounds.
 *
 * A parser reads all its fields and asks fav_cursor_ok() once: what lies beyond the end reads as 0
 * and makes the cursor bad for good. The writer is its counterpart: what does not fit is not
 * written and makes it bad. Context: any, including ISR.
 */

/** Where a parser reads. The bytes stay their owner's and must outlive the cursor. */
struct fav_cursor {
	const uint8_t *at;  /**< Next byte. */
	const uint8_t *end; /**< Behind the last byte. */
	bool bad;           /**< Something beyond the end was read. */
};

/** A cursor over @p len bytes at @p data. */
static inline struct fav_cursor fav_cursor_of(const void *data, size_t len)
{
	const uint8_t *bytes = data;

	return (struct fav_cursor){.at = bytes, .end = len > 0 ? bytes + len : bytes};
}

/** A cursor over the content of @p buf, which stays as it is. */
static inline struct fav_cursor fav_cursor_of_buf(const struct net_buf_simple *buf)
{
	return fav_cursor_of(buf->data, buf->len);
}

/** @return Bytes not yet read; 0 on a bad cursor. */
static inline size_t fav_cursor_remaining(const struct fav_cursor *c)
{
	return (size_t)(c->end - c->at);
}

/** @return true when nothing beyond the end was read. */
static inline bool fav_cursor_ok(const struct fav_cursor *c)
{
	return !c->bad;
}

/** @return true when nothing beyond the end was read and nothing is left. */
static inline bool fav_cursor_done(const struct fav_cursor *c)
{
	return !c->bad && c->at == c->end;
}

/** Pass over @p len bytes.
 * @return Where they begin, valid as long as the data; NULL (and the cursor bad) when there are not
 *         that many.
 */
static inline const uint8_t *fav_cursor_bytes(struct fav_cursor *c, size_t len)
{
	const uint8_t *bytes = c->at;

	/* A bad one has nothing left. */
	if (len > fav_cursor_remaining(c) || (len == 0 && c->bad)) {
		c->bad = true;
		c->at = c->end;
		return NULL;
	}
	if (len > 0) {
		c->at += len;
	}
	return bytes;
}

/** Copy @p len bytes to @p dst; zeros when there are not that many. @return fav_cursor_ok(). */
static inline bool fav_cursor_copy(struct fav_cursor *c, void *dst, size_t len)
{
	const uint8_t *bytes = fav_cursor_bytes(c, len);

	if (len > 0) {
		if (bytes != NULL) {
			memcpy(dst, bytes, len);
		} else {
			memset(dst, 0, len);
		}
	}
	return !c->bad;
}

/** Pass over @p len bytes. @return fav_cursor_ok(). */
static inline bool fav_cursor_skip(struct fav_cursor *c, size_t len)
{
	(void)fav_cursor_bytes(c, len);
	return !c->bad;
}

/** A cursor over the next @p len bytes, which are passed over; an empty bad one when there are not
 * that many.
 */
static inline struct fav_cursor fav_cursor_sub(struct fav_cursor *c, size_t len)
{
	const uint8_t *bytes = fav_cursor_bytes(c, len);

	if (bytes == NULL) {
		return (struct fav_cursor){.at = c->at, .end = c->at, .bad = c->bad};
	}
	return fav_cursor_of(bytes, len);
}

static inline uint8_t fav_cursor_u8(struct fav_cursor *c)
{
	const uint8_t *bytes = fav_cursor_bytes(c, 1);

	return bytes != NULL ? bytes[0] : 0;
}

static inline int8_t fav_cursor_s8(struct fav_cursor *c)
{
	return (int8_t)fav_cursor_u8(c);
}

static inline uint16_t fav_cursor_le16(struct fav_cursor *c)
{
	const uint8_t *bytes = fav_cursor_bytes(c, 2);

	return bytes != NULL ? sys_get_le16(bytes) : 0;
}

static inline uint32_t fav_cursor_le24(struct fav_cursor *c)
{
	const uint8_t *bytes = fav_cursor_bytes(c, 3);

	return bytes != NULL ? sys_get_le24(bytes) : 0;
}

static inline uint32_t fav_cursor_le32(struct fav_cursor *c)
{
	const uint8_t *bytes = fav_cursor_bytes(c, 4);

	return bytes != NULL ? sys_get_le32(bytes) : 0;
}

static inline uint64_t fav_cursor_le64(struct fav_cursor *c)
{
	const uint8_t *bytes = fav_cursor_bytes(c, 8);

	return bytes != NULL ? sys_get_le64(bytes) : 0;
}

/** Where a PDU is written. The bytes stay their owner's. */
struct fav_writer {
	uint8_t *start; /**< First byte. */
	uint8_t *at;    /**< Next byte. */
	uint8_t *end;   /**< Behind the last byte. */
	bool bad;       /**< Something did not fit. */
};

/** A writer of at most @p size bytes at @p data. */
static inline struct fav_writer fav_writer_of(void *data, size_t size)
{
	uint8_t *bytes = data;

	return (struct fav_writer){
		.start = bytes, .at = bytes, .end = size > 0 ? bytes + size : bytes};
}

/** @return Bytes written. */
static inline size_t fav_writer_len(const struct fav_writer *w)
{
	return (size_t)(w->at - w->start);
}

/** @return Bytes that still fit. */
static inline size_t fav_writer_room(const struct fav_writer *w)
{
	return (size_t)(w->end - w->at);
}

/** @return true when everything fitted. */
static inline bool fav_writer_ok(const struct fav_writer *w)
{
	return !w->bad;
}

/** Room for @p len bytes, to be filled in by the caller; NULL (and the writer bad) when it is not
 * there, after which nothing more is written.
 */
static inline uint8_t *fav_writer_add(struct fav_writer *w, size_t len)
{
	uint8_t *bytes = w->at;

	if (w->bad || len > fav_writer_room(w)) {
		w->bad = true;
		return NULL;
	}
	if (len > 0) {
		w->at += len;
	}
	return bytes;
}

static inline void fav_writer_bytes(struct fav_writer *w, const void *src, size_t len)
{
	uint8_t *bytes = fav_writer_add(w, len);

	if (bytes != NULL && len > 0) {
		memcpy(bytes, src, len);
	}
}

static inline void fav_writer_u8(struct fav_writer *w, uint8_t value)
{
	fav_writer_bytes(w, &value, 1);
}

static inline void fav_writer_le16(struct fav_writer *w, uint16_t value)
{
	uint8_t *bytes = fav_writer_add(w, 2);

	if (bytes != NULL) {
		sys_put_le16(value, bytes);
	}
}

static inline void fav_writer_le24(struct fav_writer *w, uint32_t value)
{
	uint8_t *bytes = fav_writer_add(w, 3);

	if (bytes != NULL) {
		sys_put_le24(value, bytes);
	}
}

static inline void fav_writer_le32(struct fav_writer *w, uint32_t value)
{
	uint8_t *bytes = fav_writer_add(w, 4);

	if (bytes != NULL) {
		sys_put_le32(value, bytes);
	}
}

static inline void fav_writer_le64(struct fav_writer *w, uint64_t value)
{
	uint8_t *bytes = fav_writer_add(w, 8);

	if (bytes != NULL) {
		sys_put_le64(value, bytes);
	}
}

#endif
