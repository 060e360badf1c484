/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <string.h>

#include <zephyr/logging/log.h>
#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#include "hci/h4.h"

LOG_MODULE_REGISTER(h4);

/* The shortest packet of all, an event without parameters: what can be read before its kind is
 * known. */
#define SHORTEST 3

#define EVT_LE_META      0x3e
#define EVT_CMD_COMPLETE 0x0e
#define EVT_CMD_STATUS   0x0f

/* Per indicator: bytes of the HCI header, where its length field is, how wide and how many bits of
 * it count. Core 6.0 Vol 4 Part E 5.4. */
struct format {
	uint8_t hdr_len;
	uint8_t len_at;
	uint8_t len_width;
	uint16_t len_mask;
	bool taken[2]; /* by enum h4_side; what is known but not taken is skipped */
	bool legal[2];
};

static const struct format formats[] = {
	[FAV_H4_CMD] = {3, 2, 1, 0x00ff, {false, true}, {false, true}},
	[FAV_H4_ACL] = {4, 2, 2, 0xffff, {true, true}, {true, true}},
	[FAV_H4_SCO] = {3, 2, 1, 0x00ff, {false, false}, {true, true}},
	[FAV_H4_EVT] = {2, 1, 1, 0x00ff, {true, false}, {true, false}},
	[FAV_H4_ISO] = {4, 2, 2, 0x3fff, {false, false}, {true, true}},
};

static const struct format *format_of(uint8_t type)
{
	if (type == 0 || type >= ARRAY_SIZE(formats)) {
		return NULL;
	}
	return &formats[type];
}

static size_t body_len(const struct format *f, const uint8_t *hdr)
{
	size_t len = hdr[f->len_at];

	if (f->len_width == 2) {
		len = sys_get_le16(hdr + f->len_at);
	}
	return len & f->len_mask;
}

size_t h4__packet_len(uint8_t type, const uint8_t *hdr, size_t hdr_len)
{
	const struct format *f = format_of(type);

	if (f == NULL || hdr_len < f->hdr_len) {
		return 0;
	}
	return f->hdr_len + body_len(f, hdr);
}

static void expect_packet(struct h4 *h4)
{
	h4->state = H4_STATE_HEADER;
	h4->hdr_len = 0;
	h4->hdr_need = SHORTEST;
}

void h4__init(struct h4 *h4, enum h4_side side, const struct fav_hci_client *client, void *ctx,
	      const char *name)
{
	memset(h4, 0, sizeof(*h4));
	h4->side = side;
	h4->client = client;
	h4->ctx = ctx;
	h4->name = name;
	expect_packet(h4);
}

void h4__reset(struct h4 *h4)
{
	if (h4->buf != NULL) {
		net_buf_unref(h4->buf);
	}
	h4__init(h4, h4->side, h4->client, h4->ctx, h4->name);
}

void h4__hunt(struct h4 *h4)
{
	h4->state = H4_STATE_HUNT;
	h4->hunt_known = false;
	memset(h4->hunted, 0, sizeof(h4->hunted));
}

void h4__sent(struct h4 *h4, uint16_t opcode)
{
	if (h4->state == H4_STATE_HUNT && !h4->hunt_known) {
		h4->hunt_known = true;
		h4->hunt_opcode = opcode;
	}
}

uint8_t *h4__want(struct h4 *h4, size_t *max)
{
	switch (h4->state) {
	case H4_STATE_HEADER:
		*max = h4->hdr_need - h4->hdr_len;
		return h4->hdr + h4->hdr_len;
	case H4_STATE_BODY:
		*max = h4->left;
		return net_buf_tail(h4->buf);
	case H4_STATE_SKIP:
		*max = MIN(h4->left, sizeof(h4->waste));
		return h4->waste;
	case H4_STATE_HUNT:
		*max = 1;
		return h4->waste;
	case H4_STATE_HELD:
	case H4_STATE_FAILED:
		break;
	}
	*max = 0;
	return NULL;
}

bool h4__is_between(const struct h4 *h4)
{
	return h4->state == H4_STATE_HEADER && h4->hdr_len == 0;
}

bool h4__is_held(const struct h4 *h4)
{
	return h4->state == H4_STATE_HELD;
}

static int fail(struct h4 *h4)
{
	h4->state = H4_STATE_FAILED;
	return -EPROTO;
}

/* The whole packet's length in *len as soon as its header is there, else how much header is needed.
 * The subevent code counts as header, so that the client can tell reports from the rest. */
static bool header_complete(struct h4 *h4, const struct format *f, size_t *len)
{
	h4->hdr_need = 1 + f->hdr_len;
	if (h4->hdr_len < h4->hdr_need) {
		return false;
	}
	*len = f->hdr_len + body_len(f, h4->hdr + 1);
	if (h4->hdr[0] == FAV_H4_EVT && h4->hdr[1] == EVT_LE_META && *len > f->hdr_len) {
		h4->hdr_need++;
	}
	return h4->hdr_len >= h4->hdr_need;
}

static void deliver(struct h4 *h4)
{
	struct net_buf *buf = h4->buf;

	h4->buf = NULL;
	h4->packets++;
	expect_packet(h4);
	h4->client->recv(h4->ctx, buf);
}

static int begin_body(struct h4 *h4, size_t len)
{
	h4->buf = h4->client->alloc(h4->ctx, h4->hdr[0], h4->hdr + 1, h4->hdr_len - 1, len);
	if (h4->buf == NULL) {
		h4->state = H4_STATE_HELD;
		return 0;
	}
	if (net_buf_tailroom(h4->buf) < 1 + len) {
		LOG_ERR("%s: packet 0x%02x of %zu bytes is longer than any buffer; "
			"%llu bytes, %llu packets before it",
			h4->name, h4->hdr[0], len, (unsigned long long)h4->bytes,
			(unsigned long long)h4->packets);
		net_buf_unref(h4->buf);
		h4->buf = NULL;
		return fail(h4);
	}
	net_buf_add_mem(h4->buf, h4->hdr, h4->hdr_len);
	h4->left = 1 + len - h4->hdr_len;
	h4->bytes += h4->hdr_len;
	h4->state = H4_STATE_BODY;
	if (h4->left == 0) {
		deliver(h4);
	}
	return 0;
}

static void begin_skip(struct h4 *h4, size_t len)
{
	if (h4->skipped++ == 0) {
		LOG_WRN("%s: packet 0x%02x of %zu bytes skipped, and more like it: "
			"nothing here takes SCO or ISO data",
			h4->name, h4->hdr[0], len);
	}
	h4->bytes += h4->hdr_len;
	h4->left = 1 + len - h4->hdr_len;
	h4->state = H4_STATE_SKIP;
	if (h4->left == 0) {
		expect_packet(h4);
	}
}

static int got_header(struct h4 *h4, size_t len)
{
	const struct format *f = format_of(h4->hdr[0]);
	size_t packet_len;

	h4->hdr_len += len;
	if (f == NULL || !f->legal[h4->side]) {
		LOG_ERR("%s: 0x%02x is no indicator of a packet that a %s sends; "
			"%llu bytes, %llu packets before it",
			h4->name, h4->hdr[0], h4->side == H4_HOST ? "controller" : "host",
			(unsigned long long)h4->bytes, (unsigned long long)h4->packets);
		return fail(h4);
	}
	if (!header_complete(h4, f, &packet_len)) {
		return 0;
	}
	if (!f->taken[h4->side]) {
		begin_skip(h4, packet_len);
		return 0;
	}
	return begin_body(h4, packet_len);
}

static void got_body(struct h4 *h4, size_t len)
{
	net_buf_add(h4->buf, len);
	h4->bytes += len;
	h4->left -= len;
	if (h4->left == 0) {
		deliver(h4);
	}
}

static void got_waste(struct h4 *h4, size_t len)
{
	h4->bytes += len;
	h4->left -= len;
	if (h4->left == 0) {
		expect_packet(h4);
	}
}

/* How many of the last bytes are the beginning of the answer; 0: none. */
static size_t answer_begun(const struct h4 *h4)
{
	const uint8_t *w = h4->hunted;

	if (!h4->hunt_known || sys_get_le16(w + 5) != h4->hunt_opcode) {
		return 0;
	}
	if (w[1] == FAV_H4_EVT && w[2] == EVT_CMD_COMPLETE && w[3] >= 3) {
		return 6;
	}
	return w[0] == FAV_H4_EVT && w[1] == EVT_CMD_STATUS && w[2] == 4 ? 7 : 0;
}

/* One byte, in waste. */
static int got_hunted(struct h4 *h4)
{
	const size_t size = sizeof(h4->hunted);
	const uint8_t *begun;
	size_t have;
	int err;

	memmove(h4->hunted, h4->hunted + 1, size - 1);
	h4->hunted[size - 1] = h4->waste[0];
	h4->bytes++;
	have = answer_begun(h4);
	if (have == 0) {
		return 0;
	}
	if (h4->bytes > have) {
		LOG_INF("%s: %llu bytes before the first answer passed over", h4->name,
			(unsigned long long)(h4->bytes - have));
	}
	begun = h4->hunted + size - have;
	memcpy(h4->hdr, begun, SHORTEST);
	h4->hdr_len = SHORTEST;
	err = begin_body(h4, SHORTEST - 1 + begun[2]);
	if (err < 0 || h4->state != H4_STATE_BODY) {
		return err < 0 ? err : fail(h4);
	}
	net_buf_add_mem(h4->buf, begun + SHORTEST, have - SHORTEST);
	h4->left -= have - SHORTEST;
	if (h4->left == 0) {
		deliver(h4);
	}
	return 0;
}

int h4__got(struct h4 *h4, size_t len)
{
	switch (h4->state) {
	case H4_STATE_HEADER:
		return got_header(h4, len);
	case H4_STATE_BODY:
		got_body(h4, len);
		return 0;
	case H4_STATE_SKIP:
		got_waste(h4, len);
		return 0;
	case H4_STATE_HUNT:
		return got_hunted(h4);
	case H4_STATE_HELD:
	case H4_STATE_FAILED:
		break;
	}
	return -EPROTO;
}

int h4__resume(struct h4 *h4)
{
	if (h4->state != H4_STATE_HELD) {
		return 0;
	}
	return begin_body(h4, h4__packet_len(h4->hdr[0], h4->hdr + 1, h4->hdr_len - 1));
}
