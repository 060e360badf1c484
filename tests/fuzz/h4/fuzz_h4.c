/* SPDX-License-Identifier: Apache-2.0 */

/* The H4 decoder on any bytes in any pieces: byte 0 chooses the side and the pieces (or, with bit
 * 7, to hunt for the answer to a Reset first), the rest is the stream. What comes out must be whole
 * packets, and no more bytes than went in. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <favonius/hci.h>
#include <zephyr/net_buf.h>

#include "hci/h4.h"

#define OP_RESET 0x0c03

NET_BUF_POOL_DEFINE(pool, 2, 260, 0, NULL);

struct sink {
	unsigned int asked;
	unsigned int refuse_every;
	size_t bytes;
};

static struct net_buf *sink_alloc(void *ctx, uint8_t type, const uint8_t *hdr, size_t hdr_len,
				  size_t len)
{
	struct sink *sink = ctx;

	if (h4__packet_len(type, hdr, hdr_len) != len) {
		abort();
	}
	sink->asked++;
	if (sink->refuse_every != 0 && sink->asked % sink->refuse_every == 0) {
		return NULL;
	}
	return net_buf_alloc(&pool, K_NO_WAIT);
}

static void sink_recv(void *ctx, struct net_buf *buf)
{
	struct sink *sink = ctx;

	if (h4__packet_len(buf->data[0], buf->data + 1, buf->len - 1) != buf->len - 1u) {
		abort();
	}
	sink->bytes += buf->len;
	net_buf_unref(buf);
}

static const struct fav_hci_client client = {.alloc = sink_alloc, .recv = sink_recv};

static void decode(struct h4 *h4, const uint8_t *data, size_t size, size_t piece)
{
	while (size > 0) {
		size_t max;
		uint8_t *dst = h4__want(h4, &max);
		size_t now = MIN(MIN(max, size), piece);

		if (now == 0) {
			if (!h4__is_held(h4) || h4__resume(h4) < 0) {
				return;
			}
			continue;
		}
		memcpy(dst, data, now);
		data += now;
		size -= now;
		if (h4__got(h4, now) < 0) {
			return;
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sink sink = {0};
	struct h4 h4;

	if (size == 0) {
		return 0;
	}
	sink.refuse_every = (data[0] >> 1) & 3;
	if (sink.refuse_every == 1) {
		sink.refuse_every = 0;
	}
	h4__init(&h4, data[0] & 1 ? H4_CONTROLLER : H4_HOST, &client, &sink, "fuzz");
	if ((data[0] & 0x81) == 0x80) {
		h4__hunt(&h4);
		h4__sent(&h4, OP_RESET);
	}
	decode(&h4, data + 1, size - 1, 1 + ((data[0] >> 3) & 0xf));
	h4__reset(&h4);
	if (sink.bytes > size - 1 || fav_net_buf_pool_used(&pool) != 0) {
		abort();
	}
	return 0;
}
