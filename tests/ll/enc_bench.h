/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_LL_ENC_BENCH_H_
#define TESTS_LL_ENC_BENCH_H_

#include <stdbool.h>
#include <stdint.h>

#include "ll/ll_peer.h"
#include "ll/pair.h"
#include "ll/stream.h"

/* A pair whose hosts encrypt their link. */

#define MIC_FAIL BT_HCI_ERR_TERM_DUE_TO_MIC_FAIL

/* Little endian, as HCI has them: the values of Vol 6 Part C 1. */
extern const uint8_t enc_ltk[16], enc_other_ltk[16], enc_rand_ediv[10];

/* The link, with its packets recorded; params NULL: as usual. */
void enc_begin_with(const struct raw_params *params);
void enc_begin(void);
/* And the procedure begun, so far that the peripheral's host is asked for its key. */
void enc_begin_asked(void);

struct ll_conn *enc_conn_of(bool central);
/* A test of two variants, as rows of a list of tests: whether the central does it, or it is a
 * refresh, is its state. yes and no are bools of the list's function. */
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

/* The next PDU on the air that is not empty from index on, sent for the first time; -1: none. */
int enc_next_pdu(int from);
/* The next one is that: sent by the central or not, plain with that opcode, or encrypted. Returns
 * the index behind it. */
int enc_check_next(int from, bool central, bool encrypted, uint8_t opcode, uint8_t len);

#endif
