/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAVONIUS_STREAM_H_
#define FAVONIUS_STREAM_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** @file
 * Byte streams that a port provides: sockets, UARTs, pipes. What transports and servers stand on.
 *
 * A stream belongs to the loop. It never blocks: a read or write does what can be done at once, and
 * a callback says when there is more to do.
 *
 * Streams are named by URL: `unix:PATH`, `tcp:HOST:PORT` (an IPv6 address in brackets),
 * `serial:DEV[,BAUD[,rtscts]]` (115200 baud without; a pty is a DEV too), and `hci:N`, Linux's user
 * channel on adapter N, where each write is one packet.
 */

/** One open, or opening, stream. */
struct fav_stream;

/** Who uses a stream. All functions run at interrupt level, and may call any function of that
 * stream, fav_stream_close() too.
 */
struct fav_stream_client {
	/** The stream is open (@p err 0), or could not be opened (a negative errno, as for
	 * fav_stream_open()). Once, and before any other; not for accepted streams.
	 */
	void (*opened)(void *ctx, int err);
	/** fav_stream_read() has something to give: bytes or the end. Comes again as long as it has
	 * and fav_stream_read_enable() is on.
	 */
	void (*readable)(void *ctx);
	/** fav_stream_write() takes bytes again, after it took less than all. */
	void (*writable)(void *ctx);
};

/** Check @p url without opening anything.
 * @retval 0         Well formed.
 * @retval -EINVAL   Malformed; a log line says where.
 * @retval -ENOTSUP  The port has no streams of that scheme; a log line says which.
 * Context: any.
 */
int fav_stream_url_check(const char *url) __attribute__((warn_unused_result));

/** Begin to open a stream; fav_stream_client.opened() says how it ended, and is never called from
 * within this function. Reading is disabled until fav_stream_read_enable().
 *
 * A host name is looked up at once, which may take as long as the system's resolver does; an
 * address is not.
 *
 * @param url     Read during the call only.
 * @param client  Stays the caller's; must stay valid until fav_stream_close().
 * @param ctx     Handed back to the client's functions.
 * @param stream  Receives the stream, the caller's until fav_stream_close().
 * @retval 0         Opening. opened() then says 0, -ECONNREFUSED (nobody listens), -ENOENT (no such
 *                   path), -EACCES (not allowed to), -EAGAIN (the listener's queue is full),
 *                   -ETIMEDOUT, or what else the operating system says.
 * @retval -EINVAL   @p url is malformed; a log line says where.
 * @retval -ENOTSUP  The port has no streams of that scheme; a log line says which.
 * @retval -ENOENT   No such host or device.
 * @retval -ENOMEM   No memory.
 * @retval -errno    What else the operating system said.
 * Context: loop, both levels.
 */
int fav_stream_open(const char *url, const struct fav_stream_client *client, void *ctx,
		    struct fav_stream **stream) __attribute__((warn_unused_result));

/** Set who uses @p stream; for streams that fav_listener or fav_child made.
 * @param client  Stays the caller's; must stay valid until fav_stream_close().
 * Context: loop, both levels.
 */
void fav_stream_client_set(struct fav_stream *stream, const struct fav_stream_client *client,
			   void *ctx);

/** Read what is there, at most @p len bytes.
 * @param len  1 or more.
 * @retval >0      Bytes read into @p dst.
 * @retval -EAGAIN Nothing there now.
 * @retval -EPIPE  The peer closed the stream, and all it sent has been read.
 * @retval -ENODEV The serial line or the adapter is gone.
 * @retval -errno  What the operating system said; the stream is of no more use.
 * Context: loop, both levels.
 */
int fav_stream_read(struct fav_stream *stream, void *dst, size_t len)
	__attribute__((warn_unused_result));

/** Ask for readable(), or not to hear it: how a reader holds its peer back.
 * Context: loop, both levels.
 */
void fav_stream_read_enable(struct fav_stream *stream, bool enable);

/** Write as many of @p len bytes as the stream takes now.
 *
 * When that is less than @p len, writable() follows.
 *
 * @param len  1 to INT_MAX.
 * @retval >=0     Bytes taken.
 * @retval -EPIPE  The peer has closed the stream.
 * @retval -errno  What the operating system said; the stream is of no more use.
 * Context: loop, both levels.
 */
int fav_stream_write(struct fav_stream *stream, const void *src, size_t len)
	__attribute__((warn_unused_result));

/** Change the speed of a serial line, once what was written before has left.
 * @param baud  One of the rates of `serial:`.
 * @retval 0         Changed.
 * @retval -EINVAL   @p baud is no rate of this system; a log line says so.
 * @retval -ENOTSUP  @p stream is no serial line.
 * @retval -errno    What the operating system said.
 * Context: loop, both levels; waits until what was written has left, at the former speed.
 */
int fav_stream_speed_set(struct fav_stream *stream, uint32_t baud)
	__attribute__((warn_unused_result));

/** Which process is at the other end of a local socket: the one that connected.
 * @retval >0  Its number, as the system counts processes.
 * @retval 0   Not known: no local socket, or the process is out of sight (of another container).
 * Context: loop, both levels.
 */
int32_t fav_stream_peer_process(const struct fav_stream *stream);

/** @return Whether the peer of a socket has closed the stream; bytes that it sent before may still
 * be there to read. Of what is no socket this is not known: false.
 * Context: loop, both levels.
 */
bool fav_stream_has_ended(const struct fav_stream *stream);

/** Close and free @p stream; its client is not called again. NULL is allowed.
 * Context: loop, both levels.
 */
void fav_stream_close(struct fav_stream *stream);

/** A place where peers connect. */
struct fav_listener;

/** A peer has connected. Interrupt level.
 * @param stream  The callee's, open, without a client and with reading disabled.
 */
typedef void (*fav_accepted_t)(void *ctx, struct fav_stream *stream);

/** Listen.
 *
 * A socket file that nobody listens on is replaced. When the system is out of descriptors, peers
 * wait until some are free, and a log line says so.
 *
 * A `pty:` is a new pseudo-terminal that programs open as a serial line, one at a time: each
 * opening is a peer. Who is dropped there cannot be told and is not heard any more until it closes
 * it.
 *
 * @param url       `unix:PATH`, `tcp:HOST:PORT` (port 0: any free one) or `pty:`; see
 *                  fav_listener_url() for what was made.
 * @param accepted  Called for each peer with @p ctx.
 * @param listener  Receives the listener, the caller's until fav_listener_close().
 * @retval 0               Listening.
 * @retval -EINVAL         @p url is malformed; a log line says where.
 * @retval -ENOTSUP        Nothing listens at that scheme; a log line says which.
 * @retval -EADDRINUSE     Somebody listens there already.
 * @retval -EADDRNOTAVAIL  HOST is no address of this machine.
 * @retval -ENAMETOOLONG   PATH is longer than a socket's may be.
 * @retval -EEXIST         PATH is there and no socket.
 * @retval -ENOMEM         No memory.
 * @retval -errno          What else the operating system said.
 * Context: loop, both levels.
 */
int fav_listener_open(const char *url, fav_accepted_t accepted, void *ctx,
		      struct fav_listener **listener) __attribute__((warn_unused_result));

/** @return Where @p listener listens, as a URL to open; valid until it is closed.
 * Context: loop, both levels.
 */
const char *fav_listener_url(const struct fav_listener *listener);

/** Stop listening, and remove the socket file; accepted streams stay open. NULL is allowed.
 * Context: loop, both levels.
 */
void fav_listener_close(struct fav_listener *listener);

#endif
