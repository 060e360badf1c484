/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_HOST_L2CAP_ENDS_H_
#define TESTS_HOST_L2CAP_ENDS_H_

#include <stddef.h>
#include <stdint.h>

#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/bluetooth/l2cap.h>

#include "host/l2cap.h"
#include "peer.h"

/*
 * The application over tests/host/l2cap/peer.h: channels that count what they are told, and a
 * server that hands them out. MTU 100 on our side.
 */

#define CHANS 6
/* What the server listens on. */
#define PSM 0x80

extern struct bt_l2cap_le_chan chans[CHANS];
extern struct bt_l2cap_server server;

/* What was heard, of all channels; and what else a callback does, last, once. */
extern struct ends {
	unsigned int accepted, connects, disconnects, releases, recvs, segs, sents, reconfigs;
	unsigned int allocs, statuses;
	bool can_send; /* As status said last. */
	uint16_t last_len;
	struct net_buf *last; /* Of recv. */
	int accept_err;       /* What accept answers; 0: the next channel. */
	int recv_result;
	/* What alloc_buf and alloc_seg answer; NULL: no buffer. */
	struct net_buf *(*alloc_buf)(void);
	struct net_buf *(*alloc_seg)(void);
	void (*in_accept)(void);
	void (*in_connected)(void);
	void (*in_disconnected)(void);
	void (*in_released)(void);
	void (*in_recv)(void);
	void (*in_seg)(void);
	void (*in_reconfigured)(void);
} ends;

/* recv without alloc_buf; with alloc_buf and alloc_seg; seg_recv. */
extern const struct bt_l2cap_chan_ops end_ops, buf_ops, seg_ops;

/* A host with a link, as peripheral, and the server. */
int ends_setup(void **state);
/* Nothing is left. */
int ends_teardown(void **state);

#define sig(bytes)        arrive_on(L2CAP_CID_SIG, bytes, sizeof(bytes) - 1)
#define frame(cid, bytes) arrive_on(cid, bytes, sizeof(bytes) - 1)

/* The latest PDU that the host sent is this, on the signalling channel; forgotten then. */
void answer_is(const void *bytes, size_t len);
#define answer(bytes) answer_is(bytes, sizeof(bytes) - 1)
void nothing_sent(void);
/* The identifier of the latest request that the host sent, which has that code; forgotten then. */
uint8_t asked(uint8_t code);
/* A command of the peer's, with any identifier. */
void respond(uint8_t code, uint8_t ident, const void *params, uint8_t len);
#define response(code, ident, params) respond(code, ident, params, sizeof(params) - 1)
/* What was sent does not matter. */
void sent_forget(void);

/* The peer opens channel 0x0041 (its own) to ours at 0x0040: MTU and MPS 100, 1 credit. */
void open_le(void);
/* The first two of chans, of one enhanced request of the peer's: 0x0050 and 0x0051. */
void open_two_enhanced(void);
/* Our request for the end of channel 0x0041; it is answered, and all is as before. */
void closed_by_us(void);

#endif
