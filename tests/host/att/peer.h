/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_HOST_ATT_PEER_H_
#define TESTS_HOST_ATT_PEER_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <zephyr/bluetooth/att.h>
#include <zephyr/bluetooth/conn.h>
#include <zephyr/bluetooth/gatt.h>

#include "host/scripted.h"

/*
 * Peers that speak ATT PDUs, byte by byte, to a host on the scripted controller.
 *
 *     peers_up();                    a host with one link, to peers[0]
 *     peer_send(BYTES(0x0a, 3, 0));  it asks
 *     peer_expect(BYTES(0x0b, ...)); the host has answered
 *     peers_down();                  all off, everything free
 */

#define PEERS    CONFIG_BT_MAX_CONN
#define PEER_MTU 517

/* A PDU's bytes as two arguments. */
#define BYTES(...) (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})
/* A 16-bit value as two bytes. */
#define LE16(v) (uint8_t)((v)&0xff), (uint8_t)((v) >> 8)

struct peer {
	uint16_t handle;
	struct bt_conn *conn; /* referenced; NULL: not connected */
	/* What the host has sent and nobody has looked at yet. */
	struct {
		uint16_t len;
		uint8_t data[PEER_MTU];
	} pdus[64];
	unsigned int put, got;
	/* A PDU whose fragments are not all there. */
	uint16_t partial_len;
	uint8_t partial[4 + PEER_MTU];
};

extern struct scripted peers_controller;
extern struct peer peers[PEERS];

/* A host in virtual time. up: with a link to peers[0]. */
void peers_begin(void);
void peers_up(void);
/* Disconnects who is left, and fails the test if anything is not free. */
void peers_down(void);
/* The same as up and down, as cmocka's setup and teardown. */
int peers_setup(void **state);
int peers_teardown(void **state);

/* Connect or disconnect the n-th peer. */
void peer_connect(unsigned int n);
void peer_disconnect(unsigned int n);

/* Of the n-th peer; the short forms are peers[0]. */
void peer_n_send(unsigned int n, const void *pdu, size_t len);
void peer_n_expect(unsigned int n, const void *pdu, size_t len);
void peer_n_expect_nothing(unsigned int n);
/* The next PDU, whatever it is; fails the test when there is none. Valid until many others. */
const uint8_t *peer_n_next(unsigned int n, size_t *len);
/* Look what the host has sent. */
void peers_collect(void);
/* How many PDUs wait to be looked at. */
unsigned int peer_n_waiting(unsigned int n);

void peer_send(const void *pdu, size_t len);
void peer_expect(const void *pdu, size_t len);
void peer_expect_nothing(void);
const uint8_t *peer_next(size_t *len);
/* So many PDUs have come, whatever they are. */
void peer_skip(unsigned int count);
/* An error response to that request. */
void peer_expect_error(uint8_t request, uint16_t handle, uint8_t err);
/* Send an error response. */
void peer_error(uint8_t request, uint16_t handle, uint8_t err);
/* Send what is not to be handled yet: without settling. */
void peer_post(const void *pdu, size_t len);
/* The same on another channel. */
void peer_post_on(uint16_t cid, const void *pdu, size_t len);

/* Exchange MTUs, so that the link's is mtu, at most 517. */
void peer_mtu(uint16_t mtu);

/* The host's counters. */
struct fav_host_stats peers_stats(void);

/* Keep, or let go, the controller's completion of what the host sends. */
void peers_hold(bool hold);
void peers_release(void);

#endif
