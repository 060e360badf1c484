/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HCI_H4_H_
#define FAV_HCI_H4_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <favonius/hci.h>
#include <zephyr/net_buf.h>

/*
 * The H4 decoder, Core 6.0 Vol 4 Part A: turns a byte stream into HCI packets.
 *
 * It is pulled: h4__want() says where the next bytes belong and how many of them, the caller puts
 * some there, and h4__got() says how many came. So a payload is read straight into its net_buf.
 *
 *        INDICATOR+2 -> HEADER -> [HELD] -> BODY -> deliver -> INDICATOR+2 ...
 *                            \-> SKIP (SCO and ISO, which nobody takes) ->/
 *
 * H4 has no mark to find a packet's start by, so what is no indicator, or longer than any buffer,
 * ends the stream: h4__got() says -EPROTO, and the decoder is of no more use.
 *
 * A serial line has no start either: its controller may be in the middle of a packet. A decoder
 * that hunts passes over everything until the answer to the first command.
 *
 *        HUNT -> BODY of that answer -> ...
 */

/* Which end of the stream reads: it decides which packets may arrive. */
enum h4_side {
	H4_HOST,       /* events, ACL; SCO and ISO are skipped */
	H4_CONTROLLER, /* commands, ACL; SCO and ISO are skipped */
};

enum h4_state {
	H4_STATE_HEADER, /* hdr is being filled */
	H4_STATE_HELD,   /* the client had no buffer */
	H4_STATE_BODY,   /* buf is being filled */
	H4_STATE_SKIP,   /* bytes go to waste */
	H4_STATE_FAILED, /* junk was seen */
	H4_STATE_HUNT,   /* for the answer to a command */
};

struct h4 {
	const struct fav_hci_client *client; /* its alloc() and recv() */
	void *ctx;
	const char *name; /* for log lines */
	enum h4_side side;
	enum h4_state state;
	uint8_t hdr[5];   /* indicator and header */
	uint8_t hdr_len;  /* bytes of it that are there */
	uint8_t hdr_need; /* bytes of it that are needed, as far as known */
	struct net_buf *buf;
	size_t left; /* bytes of the body still to come */
	uint8_t waste[64];
	uint8_t hunted[7]; /* the last bytes */
	bool hunt_known;   /* the opcode of the first command is known */
	uint16_t hunt_opcode;
	uint64_t bytes, packets; /* whole ones, since h4__init() */
	uint64_t skipped;        /* packets nobody takes */
};

/* client and name stay the caller's. */
void h4__init(struct h4 *h4, enum h4_side side, const struct fav_hci_client *client, void *ctx,
	      const char *name);

/* Hunt from now on; H4_HOST, and nothing received yet. */
void h4__hunt(struct h4 *h4);
/* A command is sent. Of a decoder that hunts, the first one's answer is what it looks for. */
void h4__sent(struct h4 *h4, uint16_t opcode);

/* Free what is half received; then the decoder is as after h4__init(). */
void h4__reset(struct h4 *h4);

/* Where the next bytes belong, and in *max how many at most: 0 while held, and after junk. */
uint8_t *h4__want(struct h4 *h4, size_t *max);

/* len bytes (1 to what h4__want() said) are there. May call the client. 0, or -EPROTO for junk,
 * once it has been logged. */
int h4__got(struct h4 *h4, size_t len) __attribute__((warn_unused_result));

/* Whether the next byte begins a packet. */
bool h4__is_between(const struct h4 *h4);

/* True while the client has no buffer for the packet that is coming up. */
bool h4__is_held(const struct h4 *h4);

/* Ask the client again; may call it. -EPROTO as for h4__got(). */
int h4__resume(struct h4 *h4) __attribute__((warn_unused_result));

/* The length of a whole packet without indicator, from its indicator and header; 0 when there are
 * too few bytes to know, or no such indicator. */
size_t h4__packet_len(uint8_t type, const uint8_t *hdr, size_t hdr_len);

#endif
