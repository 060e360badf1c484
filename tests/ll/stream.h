/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_LL_STREAM_H_
#define TESTS_LL_STREAM_H_

#include "ll/raw_host.h"

/*
 * Numbered ACL packets from one host to another. What arrives must be what was sent, each once and
 * in order, however the link layer has fragmented it.
 */

#define STREAM_MAX 1024 /* bytes of a packet */

struct stream {
	struct raw_host *from, *to;
	uint16_t handle;    /* at the sender */
	uint16_t to_handle; /* at the receiver; set by the first packet */
	bool heard;
	uint32_t sent, received;
	uint8_t rx[STREAM_MAX];
	size_t rx_len;
	struct stream *next; /* other streams to the same receiver */
};

/* Link: several streams may have the same receiver, told apart by its handles. */
void stream_begin(struct stream *stream, struct raw_host *from, uint16_t handle,
		  struct raw_host *to);
void stream_begin_to(struct stream *stream, struct raw_host *from, uint16_t handle,
		     struct raw_host *to, uint16_t to_handle);

/* Send a packet of about that many bytes, at least those of its header, waiting for buffers. */
void stream_send(struct stream *stream, size_t len);
/* The same when there is a buffer for all of it, else send nothing; true when sent. */
bool stream_post(struct stream *stream, size_t len);

/* Wait until everything has arrived. */
void stream_finish(struct stream *stream, uint32_t timeout_ms);

/* So many packets; the first has len bytes, and each has so many more than the one before. */
struct stream_load {
	unsigned int count;
	size_t len, more;
};
/* That both ways at once between two that have no other stream; what begins there ends there. */
void stream_exchange(struct raw_host *a, uint16_t a_handle, struct raw_host *b, uint16_t b_handle,
		     const struct stream_load *load);

#endif
