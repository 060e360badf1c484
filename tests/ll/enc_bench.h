/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_LL_ENC_BENCH_H_
#define TESTS_LL_ENC_BENCH_H_

#include <stdbool.h>
#include <stdint.h>

#include "ll/bench.h"
#include "ll/ll_peer.h"
#include "ll/stream.h"

/*
 * Two devices with a link, c its central and p its peripheral, and what their hosts do to encrypt
 * it.
 */

#define INTERVAL_MS 30
#define MIC_FAIL    BT_HCI_ERR_TERM_DUE_TO_MIC_FAIL

extern struct bench enc_bench;
extern uint16_t ch, ph; /* the link's handle on each */
static struct raw_host *const c = &enc_bench.dev[0], *const p = &enc_bench.dev[1];

/* Little endian, as HCI has them: the values of Vol 6 Part C 1. */
extern const uint8_t enc_ltk[16], enc_other_ltk[16], enc_rand_ediv[10];

/* The link, with its packets recorded; params NULL: as usual. */
void enc_begin_with(const struct raw_params *params);
void enc_begin(void);
/* And the procedure begun, so far that the peripheral's host is asked for its key. */
void enc_begin_asked(void);
/* The link is alive, carries data both ways, and all is freed. */
void enc_end_alive(void);

struct raw_host *enc_host_of(bool central);
uint16_t enc_handle_of(bool central);
struct ll_conn *enc_conn_of(bool central);
/* What a test of two variants is told: whether the central does it, or it is a refresh. */
bool enc_by_central(void **state);
/* Two rows of a list of tests, for such a one; yes and no are bools of the list's function. */
#define BOTH(test)                                          \
	{#test " (1)", test, NULL, NULL, (void *)&yes},     \
	{                                                   \
#test " (2)", test, NULL, NULL, (void *)&no \
	}

/* LE Enable Encryption: what the controller says; by c, who must be obeyed. */
uint8_t enc_enable_on(struct raw_host *host, uint16_t handle, const uint8_t *key);
void enc_enable(const uint8_t *key);
/* LE Long Term Key Request Reply: the same; by p. */
uint8_t enc_reply_on(struct raw_host *host, uint16_t handle, const uint8_t *key);
void enc_reply(const uint8_t *key);
/* p is asked for the key. */
void enc_asked(void);
/* The next events of that kind say so. */
void enc_check_change(struct raw_host *host, uint16_t handle, uint8_t status);
void enc_check_refresh(struct raw_host *host, uint16_t handle, uint8_t status);
void enc_check_lost(struct raw_host *host, uint16_t handle, uint8_t reason, uint32_t timeout_ms);
/* All of it with the right key. */
void enc_encrypt(void);
/* Data goes both ways; what begins there ends there. */
void enc_exchange(unsigned int count, size_t len);

/* The next PDU on the air that is not empty from index on, sent for the first time; -1: none. */
int enc_next_pdu(int from);
/* The next one is that: sent by the central or not, plain with that opcode, or encrypted. Returns
 * the index behind it. */
int enc_check_next(int from, bool central, bool encrypted, uint8_t opcode, uint8_t len);

#endif
