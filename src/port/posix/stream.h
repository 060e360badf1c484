/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_POSIX_STREAM_H_
#define FAV_POSIX_STREAM_H_

#include <favonius/stream.h>

/*
 * Streams over descriptors that are already open.
 */

/* What fd is, and so how it is read and written. */
enum posix_stream_kind {
	POSIX_STREAM_SOCKET,  /* non-blocking */
	POSIX_STREAM_FILE,    /* non-blocking; a pipe, or our side of a pseudo-terminal */
	POSIX_STREAM_LINE,    /* non-blocking; a serial line, which may be pulled out */
	POSIX_STREAM_PACKETS, /* non-blocking; a socket with a packet a read or write, as above */
	POSIX_STREAM_SHARED,  /* maybe blocking, and others use it too: asked before each write, and
			       * left open */
};

/* fd is the stream's when 0 is returned, else still the caller's. -ENOMEM. */
int posix__stream_wrap(int fd, enum posix_stream_kind kind, struct fav_stream **stream)
	__attribute__((warn_unused_result));

/* Who made a stream and knows more of its peer than the descriptor tells. */
struct posix_stream_owner {
	/* Asked before each read and write, and after a read: the peer has left. */
	bool (*is_over)(void *ctx);
	/* What was read when it had left meanwhile. */
	void (*read_late)(void *ctx, const void *data, size_t len);
	/* What is to be read first; the bytes put at dst. */
	size_t (*read_first)(void *ctx, void *dst, size_t len);
	/* From within fav_stream_close(). */
	void (*closed)(void *ctx);
};

/* owner NULL: the stream has none any more. */
void posix__stream_set_owner(struct fav_stream *stream, const struct posix_stream_owner *owner,
			     void *ctx);

/* Let the client read or write, as it wants to, which asks is_over(). */
void posix__stream_poke(struct fav_stream *stream);

#endif
