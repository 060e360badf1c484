/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_AIR_SERVER_PEER_H_
#define FAV_AIR_SERVER_PEER_H_

#include <favonius/air.h>
#include <favonius/stream.h>

/*
 * One peer of a server: a stream that speaks H4, and the controller that it gets.
 *
 *      stream -> decoder -> cmd, acl pools -> controller
 *      stream <-  queue  <-    up pool     <-
 *
 * All buffers on the way are the peer's own, so a peer holds up nobody but itself. Downwards, the
 * decoder waits while the controller keeps all buffers of a kind. Upwards, the controller is
 * refused buffers while the peer does not read; some are kept back for the replies to commands, and
 * a command is only taken while there is one for its reply.
 */

struct peer;

/* gone() is called once, at interrupt level, from no call of the controller: the peer is to be
 * freed from there, or later. */
struct peer *peer__create(struct fav_air *air, const struct fav_air_device *device,
			  struct fav_stream *stream, const char *url,
			  void (*gone)(void *ctx, struct peer *peer), void *ctx, int *err);

/* The address of its controller; valid until that is off the air. */
const bt_addr_t *peer__public_addr(const struct peer *peer);

/* Has it closed its stream? What it sent before may not have been read yet. */
bool peer__has_left(const struct peer *peer);
/* Of one that has: take what it sent before, and say how it left; gone() does not come any more. */
void peer__see_off(struct peer *peer);

/* Takes its device off the air and closes its stream. */
void peer__destroy(struct peer *peer);

#endif
