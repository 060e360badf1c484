/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_LL_RAW_RADIO_H_
#define TESTS_LL_RAW_RADIO_H_

#include <stdbool.h>
#include <stdint.h>

#include "air/air_internal.h"

/*
 * A radio without a controller, for peers that no controller would be. It listens on one
 * advertising channel and answers the first packet of one sender that it hears there with the given
 * bytes, exactly T_IFS later.
 */

struct raw_radio {
	struct medium_node node;
	uint8_t channel;
	uint8_t expect;        /* PDU type to answer */
	bt_addr_t expect_addr; /* its AdvA */
	uint8_t answer[2 + 255];
	uint16_t answer_len;
	bool answered;
	bool keeps_on; /* answers every time */
	uint32_t heard;
};

void raw_radio_begin(struct raw_radio *radio, struct fav_air *air);
void raw_radio_end(struct raw_radio *radio);

/* Answer the next PDU of that type from addr on channel 37. */
void raw_radio_answer(struct raw_radio *radio, uint8_t type, const bt_addr_t *addr, const void *pdu,
		      uint16_t len);

/* Send once, at the present moment, on channel 37. */
void raw_radio_send(struct raw_radio *radio, const void *pdu, uint16_t len);

/* Send once, as tx says but for the PDU. */
void raw_radio_send_tx(struct raw_radio *radio, const struct radio_tx *tx, const void *pdu,
		       uint16_t len);

#endif
