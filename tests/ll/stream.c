/* SPDX-License-Identifier: Apache-2.0 */
#include "ll/stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

/* Length, number, then bytes that follow from both. */
#define HDR 6

static size_t make(uint8_t *packet, uint32_t number, size_t len)
{
	len = CLAMP(len, HDR, STREAM_MAX);
	sys_put_le16((uint16_t)len, packet);
	sys_put_le32(number, packet + 2);
	for (size_t i = HDR; i < len; i++) {
		packet[i] = (uint8_t)(number * 31 + i);
	}
	return len;
}

static void check(struct stream *stream)
{
	uint8_t expected[STREAM_MAX];
	size_t len = make(expected, stream->received, stream->rx_len);

	assert_int_equal(sys_get_le32(stream->rx + 2), stream->received);
	assert_int_equal(len, stream->rx_len);
	assert_memory_equal(stream->rx, expected, len);
	stream->received++;
	stream->rx_len = 0;
}

static struct stream *find(struct raw_host *host, uint16_t handle)
{
	struct stream *stream;

	for (stream = host->user; stream != NULL; stream = stream->next) {
		if (!stream->heard || stream->to_handle == handle) {
			stream->heard = true;
			stream->to_handle = handle;
			break;
		}
	}
	return stream;
}

static void on_acl(struct raw_host *host, uint16_t handle, uint8_t pb, const uint8_t *data,
		   uint16_t len)
{
	struct stream *stream = find(host, handle);

	if (stream == NULL) {
		fail_msg("data of a connection without a stream");
		return;
	}
	assert_int_equal(pb, stream->rx_len == 0 ? BT_ACL_START : BT_ACL_CONT);
	assert_true(stream->rx_len + len <= sizeof(stream->rx));
	memcpy(stream->rx + stream->rx_len, data, len);
	stream->rx_len += len;
	if (stream->rx_len >= HDR && stream->rx_len == sys_get_le16(stream->rx)) {
		check(stream);
	}
}

void stream_begin(struct stream *stream, struct raw_host *from, uint16_t handle,
		  struct raw_host *to)
{
	memset(stream, 0, sizeof(*stream));
	stream->from = from;
	stream->handle = handle;
	stream->to = to;
	stream->next = to->user;
	to->user = stream;
	to->on_acl = on_acl;
}

void stream_begin_to(struct stream *stream, struct raw_host *from, uint16_t handle,
		     struct raw_host *to, uint16_t to_handle)
{
	stream_begin(stream, from, handle, to);
	stream->heard = true;
	stream->to_handle = to_handle;
}

void stream_send(struct stream *stream, size_t len)
{
	uint8_t packet[STREAM_MAX];

	len = make(packet, stream->sent, len);
	raw_acl(stream->from, stream->handle, packet, len);
	stream->sent++;
}

bool stream_post(struct stream *stream, size_t len)
{
	size_t pieces = DIV_ROUND_UP(CLAMP(len, HDR, STREAM_MAX), stream->from->acl_len);

	if (pieces > stream->from->acl_free) {
		return false;
	}
	stream_send(stream, len);
	return true;
}

void stream_finish(struct stream *stream, uint32_t timeout_ms)
{
	uint64_t end_us = raw_now_us() + timeout_ms * 1000ULL;

	while (stream->received < stream->sent && raw_now_us() < end_us) {
		raw_run_ms(1);
	}
	assert_int_equal(stream->received, stream->sent);
}

void stream_exchange(struct raw_host *a, uint16_t a_handle, struct raw_host *b, uint16_t b_handle,
		     const struct stream_load *load)
{
	static struct stream there, back;

	a->user = b->user = NULL;
	stream_begin(&there, a, a_handle, b);
	stream_begin(&back, b, b_handle, a);
	for (unsigned int i = 0; i < load->count; i++) {
		stream_send(&there, load->len + i * load->more);
		stream_send(&back, load->len + i * load->more);
	}
	stream_finish(&there, 60000);
	stream_finish(&back, 60000);
	a->user = b->user = NULL;
}
