/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HCI_H4_LINK_H_
#define FAV_HCI_H4_LINK_H_

#include <stdbool.h>

#include <favonius/hci.h>
#include <favonius/loop.h>
#include <favonius/stream.h>
#include <zephyr/net_buf.h>
#include <zephyr/sys/slist.h>

#include "hci/h4.h"

/*
 * H4 both ways over one open stream: what a transport and a server's peer have in common.
 *
 * Created and freed with its owner. Between h4_link__start() and h4_link__stop() the stream is its
 * own, and the packets in tx from h4_link__send() until they are written.
 *
 * A read costs far more than a copy of a packet, so that one read takes what is there: small
 * packets pass through ahead; of one that is longer, the rest is read straight into its net_buf.
 */
#define H4_LINK_AHEAD 512

struct h4_link {
	const struct fav_hci_client *client;
	void *ctx;
	struct fav_stream *stream;
	struct h4 h4;
	sys_slist_t tx;      /* of net_buf; what is written of the first is pulled from it */
	struct fav_irq lost; /* tells the client, outside of its own call */
	int err;             /* why nothing goes through any more, or 0 */
	struct fav_irq more; /* bytes are in ahead, of which the stream will not tell */
	uint16_t ahead_at, ahead_end;
	uint8_t ahead[H4_LINK_AHEAD]; /* read, and not yet taken: from ahead_at to ahead_end */
};

/* Take over stream and begin to read it. client and name stay the caller's; the client's contract
 * is that of struct fav_hci_client, and its lost() may stop the link. */
void h4_link__start(struct h4_link *link, enum h4_side side, struct fav_stream *stream,
		    const struct fav_hci_client *client, void *ctx, const char *name);

/* Queue and write. buf is the link's when 0 is returned; -ENOTCONN when it is lost. */
int h4_link__send(struct h4_link *link, struct net_buf *buf);

/* The client may have a buffer again. */
void h4_link__resume(struct h4_link *link);

/* Whether the client is awaited with a buffer. */
bool h4_link__is_held(const struct h4_link *link);

/* The other side has closed the stream: take all that it sent before. Returns why the link is lost,
 * which the client is not told any more. */
int h4_link__read_out(struct h4_link *link);

/* Let the link be lost, for a reason of the owner's; the client is told soon. */
void h4_link__lose(struct h4_link *link, int err);

/* Close the stream and free what waits; the client is not called again. */
void h4_link__stop(struct h4_link *link);

#endif
