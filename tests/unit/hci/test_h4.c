/* SPDX-License-Identifier: Apache-2.0 */

/* The H4 decoder: every split, junk, held packets. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <favonius/hci.h>
#include <zephyr/net_buf.h>

#include "hci/h4.h"

#define POOL_COUNT 4
#define POOL_SIZE  300

NET_BUF_POOL_DEFINE(pool, POOL_COUNT, POOL_SIZE, 0, NULL);

/* Collects what comes out, one packet after the other, each with its length in front. */
struct sink {
	struct h4 h4;
	uint8_t out[4096];
	size_t out_len;
	int packets;
	int refuse; /* so many of the next alloc() say NULL */
	int asked;
	uint8_t last_hdr[8];
	size_t last_hdr_len;
	size_t last_len;
};

static struct net_buf *sink_alloc(void *ctx, uint8_t type, const uint8_t *hdr, size_t hdr_len,
				  size_t len)
{
	struct sink *sink = ctx;

	sink->asked++;
	memcpy(sink->last_hdr, hdr, hdr_len);
	sink->last_hdr_len = hdr_len;
	sink->last_len = len;
	if (sink->refuse > 0) {
		sink->refuse--;
		return NULL;
	}
	return net_buf_alloc(&pool, K_NO_WAIT);
}

static void sink_recv(void *ctx, struct net_buf *buf)
{
	struct sink *sink = ctx;

	assert_true(sink->out_len + buf->len + 2 <= sizeof(sink->out));
	sink->out[sink->out_len++] = buf->len & 0xff;
	sink->out[sink->out_len++] = buf->len >> 8;
	memcpy(sink->out + sink->out_len, buf->data, buf->len);
	sink->out_len += buf->len;
	sink->packets++;
	net_buf_unref(buf);
}

static const struct fav_hci_client client = {.alloc = sink_alloc, .recv = sink_recv};

static void sink_init(struct sink *sink, enum h4_side side)
{
	memset(sink, 0, sizeof(*sink));
	h4__init(&sink->h4, side, &client, sink, "test");
}

/* Feed as a stream does: never more than asked for, at most max at once. Returns what was taken, or
 * -EPROTO. */
static int feed(struct sink *sink, const uint8_t *data, size_t len, size_t max_at_once)
{
	size_t done = 0;

	while (done < len) {
		size_t max;
		uint8_t *dst = h4__want(&sink->h4, &max);
		size_t now = MIN(MIN(max, len - done), max_at_once);
		int err;

		if (now == 0) {
			break;
		}
		memcpy(dst, data + done, now);
		done += now;
		err = h4__got(&sink->h4, now);
		if (err < 0) {
			return err;
		}
	}
	return done;
}

static int teardown(void **state)
{
	assert_int_equal(fav_net_buf_pool_used(&pool), 0);
	return 0;
}

/* Command Complete; an advertising report; an event without parameters; ACL data, one without
 * payload; an LE event without even a subevent code. */
static const uint8_t up[] = {
	0x04, 0x0e, 0x04, 0x01, 0x03, 0x0c, 0x00,                   /* Command Complete */
	0x04, 0x3e, 0x05, 0x02, 0x01, 0x00, 0x00, 0x11,             /* LE report */
	0x04, 0xff, 0x00,                                           /* no parameters */
	0x02, 0x40, 0x20, 0x05, 0x00, 0x01, 0x00, 0x04, 0x00, 0x02, /* ACL */
	0x02, 0x40, 0x20, 0x00, 0x00,                               /* ACL, empty */
	0x04, 0x3e, 0x00,                                           /* LE event, empty */
};
#define UP_PACKETS 6

/* HCI_Reset; a command with parameters; ACL data. */
static const uint8_t down[] = {
	0x01, 0x03, 0x0c, 0x00,                         /* Reset */
	0x01, 0x0a, 0x20, 0x01, 0x01,                   /* LE Set Advertising Enable */
	0x02, 0x40, 0x00, 0x03, 0x00, 0xaa, 0xbb, 0xcc, /* ACL */
};
#define DOWN_PACKETS 3

static void packets_come_out_whole(void **state)
{
	struct sink sink;
	const uint8_t *p = up;

	sink_init(&sink, H4_HOST);
	assert_int_equal(feed(&sink, up, sizeof(up), SIZE_MAX), sizeof(up));
	assert_int_equal(sink.packets, UP_PACKETS);
	for (size_t at = 0; at < sink.out_len;) {
		size_t len = sink.out[at] | sink.out[at + 1] << 8;

		assert_memory_equal(sink.out + at + 2, p, len);
		p += len;
		at += 2 + len;
	}
	assert_ptr_equal(p, up + sizeof(up));
}

static void every_split_gives_the_same(void **state)
{
	struct sink whole, split;

	sink_init(&whole, H4_HOST);
	feed(&whole, up, sizeof(up), SIZE_MAX);
	for (size_t a = 0; a <= sizeof(up); a++) {
		for (size_t b = a; b <= sizeof(up); b++) {
			sink_init(&split, H4_HOST);
			feed(&split, up, a, SIZE_MAX);
			feed(&split, up + a, b - a, SIZE_MAX);
			feed(&split, up + b, sizeof(up) - b, SIZE_MAX);
			assert_int_equal(split.out_len, whole.out_len);
			assert_memory_equal(split.out, whole.out, whole.out_len);
		}
	}
}

static void single_bytes_give_the_same(void **state)
{
	struct sink sink;

	sink_init(&sink, H4_CONTROLLER);
	assert_int_equal(feed(&sink, down, sizeof(down), 1), sizeof(down));
	assert_int_equal(sink.packets, DOWN_PACKETS);
	assert_int_equal(sink.h4.bytes, sizeof(down));
}

static void the_client_sees_the_subevent_code(void **state)
{
	static const uint8_t report[] = {0x04, 0x3e, 0x03, 0x02, 0x00, 0x00};
	struct sink sink;

	sink_init(&sink, H4_HOST);
	feed(&sink, report, sizeof(report), SIZE_MAX);
	assert_int_equal(sink.last_hdr_len, 3);
	assert_int_equal(sink.last_hdr[2], 0x02);
	assert_int_equal(sink.last_len, 5);
}

static void a_held_packet_waits_and_loses_nothing(void **state)
{
	for (int refuse = 1; refuse < 4; refuse++) {
		struct sink sink;
		size_t done = 0;

		sink_init(&sink, H4_HOST);
		while (done < sizeof(up)) {
			sink.refuse = sink.asked == sink.packets ? refuse : 0;
			done += feed(&sink, up + done, sizeof(up) - done, SIZE_MAX);
			for (int i = 0; i < refuse && h4__is_held(&sink.h4); i++) {
				size_t max;

				h4__want(&sink.h4, &max);
				assert_int_equal(max, 0);
				assert_int_equal(h4__resume(&sink.h4), 0);
			}
			assert_false(h4__is_held(&sink.h4));
		}
		assert_int_equal(sink.packets, UP_PACKETS);
	}
}

static void resuming_what_is_not_held_does_nothing(void **state)
{
	struct sink sink;

	sink_init(&sink, H4_HOST);
	feed(&sink, up, 5, SIZE_MAX);
	assert_int_equal(h4__resume(&sink.h4), 0);
	assert_int_equal(sink.asked, 1);
	h4__reset(&sink.h4);
}

static void a_wrong_indicator_is_the_end(void **state)
{
	static const uint8_t wrong_for_host[] = {0x00, 0x01, 0x06, 0x7f, 0xff};
	static const uint8_t wrong_for_controller[] = {0x00, 0x04, 0x06, 0x7f, 0xff};

	for (size_t i = 0; i < sizeof(wrong_for_host); i++) {
		uint8_t junk[3] = {wrong_for_host[i]};
		struct sink sink;
		size_t max;

		sink_init(&sink, H4_HOST);
		feed(&sink, up, 7, SIZE_MAX);
		assert_int_equal(feed(&sink, junk, 1, 1), -EPROTO);
		assert_null(h4__want(&sink.h4, &max));
		assert_int_equal(max, 0);
		assert_int_equal(sink.packets, 1);

		junk[0] = wrong_for_controller[i];
		sink_init(&sink, H4_CONTROLLER);
		assert_int_equal(feed(&sink, junk, 3, 3), -EPROTO);
	}
}

static void a_packet_longer_than_its_buffer_is_the_end(void **state)
{
	static const uint8_t acl[] = {0x02, 0x40, 0x20, 0xff, 0xff};
	static const uint8_t just_too_long[] = {0x02, 0x40, 0x20, (POOL_SIZE - 4) & 0xff,
						(POOL_SIZE - 4) >> 8};
	struct sink sink;

	sink_init(&sink, H4_HOST);
	assert_int_equal(feed(&sink, acl, sizeof(acl), SIZE_MAX), -EPROTO);
	sink_init(&sink, H4_HOST);
	assert_int_equal(feed(&sink, just_too_long, sizeof(just_too_long), SIZE_MAX), -EPROTO);
}

static void the_longest_packet_fits(void **state)
{
	uint8_t acl[POOL_SIZE] = {0x02, 0x40, 0x20, (POOL_SIZE - 5) & 0xff, (POOL_SIZE - 5) >> 8};
	struct sink sink;

	sink_init(&sink, H4_HOST);
	assert_int_equal(feed(&sink, acl, sizeof(acl), 7), sizeof(acl));
	assert_int_equal(sink.packets, 1);
}

static void sco_and_iso_are_skipped(void **state)
{
	static const uint8_t packets[] = {
		0x03, 0x40, 0x00, 0x02, 0xaa, 0xbb,             /* SCO */
		0x05, 0x40, 0x00, 0x03, 0xc0, 0x01, 0x02, 0x03, /* ISO: 14 bits of length */
		0x05, 0x40, 0x00, 0x00, 0x00,                   /* ISO, empty */
		0x02, 0x40, 0x00, 0x00, 0x00,                   /* ACL */
	};

	for (int side = H4_HOST; side <= H4_CONTROLLER; side++) {
		for (size_t max = 1; max < sizeof(packets); max++) {
			struct sink sink;

			sink_init(&sink, side);
			assert_int_equal(feed(&sink, packets, sizeof(packets), max),
					 sizeof(packets));
			assert_int_equal(sink.packets, 1);
			assert_int_equal(sink.h4.skipped, 3);
		}
	}
}

static void a_reset_frees_what_is_half_there(void **state)
{
	struct sink sink;

	for (size_t len = 1; len < 10; len++) {
		sink_init(&sink, H4_HOST);
		feed(&sink, up, len, SIZE_MAX);
		h4__reset(&sink.h4);
		assert_int_equal(fav_net_buf_pool_used(&pool), 0);
		assert_int_equal(feed(&sink, up, sizeof(up), SIZE_MAX), sizeof(up));
	}
}

/* Random splits, packets and refusals, from a seed that a failure prints. */
static void random_streams_come_out_whole(void **state)
{
	for (unsigned int seed = 1; seed <= 200; seed++) {
		uint8_t stream[2048];
		size_t len = 0, done = 0;
		int packets = 0;
		struct sink sink;

		srand(seed);
		while (len < sizeof(stream) - 260) {
			uint8_t body = rand() % 100;

			stream[len++] = FAV_H4_EVT;
			stream[len++] = rand() % 4 == 0 ? 0x3e : rand();
			stream[len++] = body;
			for (int i = 0; i < body; i++) {
				stream[len++] = rand();
			}
			packets++;
		}
		sink_init(&sink, H4_HOST);
		while (done < len) {
			size_t chunk = 1 + rand() % 40;
			size_t at_once = 1 + rand() % 20;
			int got;

			sink.refuse = rand() % 2;
			got = feed(&sink, stream + done, MIN(len - done, chunk), at_once);
			assert_true(got >= 0);
			done += got;
			while (h4__is_held(&sink.h4)) {
				assert_int_equal(h4__resume(&sink.h4), 0);
			}
		}
		if (sink.packets != packets) {
			print_error("seed %u\n", seed);
		}
		assert_int_equal(sink.packets, packets);
		assert_int_equal(sink.out_len, len + 2 * packets);
	}
}

static void lengths_of_packets(void **state)
{
	static const uint8_t acl[] = {0x40, 0x20, 0x34, 0x12};
	static const uint8_t cmd[] = {0x03, 0x0c, 0x07};

	assert_int_equal(h4__packet_len(FAV_H4_ACL, acl, sizeof(acl)), 4 + 0x1234);
	assert_int_equal(h4__packet_len(FAV_H4_ACL, acl, 3), 0);
	assert_int_equal(h4__packet_len(FAV_H4_CMD, cmd, sizeof(cmd)), 3 + 7);
	assert_int_equal(h4__packet_len(0, cmd, sizeof(cmd)), 0);
	assert_int_equal(h4__packet_len(6, cmd, sizeof(cmd)), 0);
}

/* ---- Hunting ---- */

/* Wherever the controller was when the line was opened, the answer is the first packet. */
static void hunting_begins_with_the_first_answer(void **state)
{
	static const uint8_t complete[] = {0x04, 0x0e, 0x04, 0x01, 0x03, 0x0c, 0x00};
	static const uint8_t status[] = {0x04, 0x0f, 0x04, 0x00, 0x01, 0x03, 0x0c};
	static const uint8_t *const answers[] = {complete, status};

	for (size_t which = 0; which < ARRAY_SIZE(answers); which++) {
		for (size_t from = 0; from <= sizeof(up); from++) {
			struct sink sink;

			sink_init(&sink, H4_HOST);
			h4__hunt(&sink.h4);
			/* What came before the command was sent, an answer of its kind among it. */
			assert_int_equal(feed(&sink, up + from, sizeof(up) - from, SIZE_MAX),
					 sizeof(up) - from);
			h4__sent(&sink.h4, 0x0c03);
			h4__sent(&sink.h4, 0x1001);
			assert_int_equal(feed(&sink, up + 7, sizeof(up) - 7, SIZE_MAX),
					 sizeof(up) - 7);
			assert_int_equal(sink.packets, 0);
			assert_int_equal(feed(&sink, answers[which], 7, 1 + from % 7), 7);
			assert_int_equal(sink.packets, 1);
			assert_int_equal(sink.out_len, 2 + 7);
			assert_memory_equal(sink.out + 2, answers[which], 7);
			assert_int_equal(feed(&sink, up, sizeof(up), SIZE_MAX), sizeof(up));
			assert_int_equal(sink.packets, 1 + UP_PACKETS);
		}
	}
}

/* An answer with return parameters, and one that says it has fewer bytes than an answer. */
static void hunting_takes_a_whole_answer_only(void **state)
{
	static const uint8_t input[] = {0x04, 0x0e, 0x02, 0x01, 0x03, 0x0c, 0x04, 0x0e, 0x06,
					0x01, 0x03, 0x0c, 0x00, 0xaa, 0xbb, 0x04, 0xff, 0x00};
	struct sink sink;

	sink_init(&sink, H4_HOST);
	h4__hunt(&sink.h4);
	h4__sent(&sink.h4, 0x0c03);
	assert_int_equal(feed(&sink, input, sizeof(input), SIZE_MAX), sizeof(input));
	assert_int_equal(sink.packets, 2);
	assert_memory_equal(sink.out + 2, input + 6, 9);
	h4__reset(&sink.h4);
}

/* A client must give a buffer for an answer. */
static void hunting_ends_when_an_answer_is_refused(void **state)
{
	static const uint8_t answer[] = {0x04, 0x0e, 0x04, 0x01, 0x03, 0x0c, 0x00};
	struct sink sink;

	sink_init(&sink, H4_HOST);
	h4__hunt(&sink.h4);
	h4__sent(&sink.h4, 0x0c03);
	sink.refuse = 1;
	assert_int_equal(feed(&sink, answer, sizeof(answer), SIZE_MAX), -EPROTO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(packets_come_out_whole, teardown),
		cmocka_unit_test_teardown(hunting_begins_with_the_first_answer, teardown),
		cmocka_unit_test_teardown(hunting_takes_a_whole_answer_only, teardown),
		cmocka_unit_test_teardown(hunting_ends_when_an_answer_is_refused, teardown),
		cmocka_unit_test_teardown(every_split_gives_the_same, teardown),
		cmocka_unit_test_teardown(single_bytes_give_the_same, teardown),
		cmocka_unit_test_teardown(the_client_sees_the_subevent_code, teardown),
		cmocka_unit_test_teardown(a_held_packet_waits_and_loses_nothing, teardown),
		cmocka_unit_test_teardown(resuming_what_is_not_held_does_nothing, teardown),
		cmocka_unit_test_teardown(a_wrong_indicator_is_the_end, teardown),
		cmocka_unit_test_teardown(a_packet_longer_than_its_buffer_is_the_end, teardown),
		cmocka_unit_test_teardown(the_longest_packet_fits, teardown),
		cmocka_unit_test_teardown(sco_and_iso_are_skipped, teardown),
		cmocka_unit_test_teardown(a_reset_frees_what_is_half_there, teardown),
		cmocka_unit_test_teardown(random_streams_come_out_whole, teardown),
		cmocka_unit_test_teardown(lengths_of_packets, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
