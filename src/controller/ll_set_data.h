/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_CONTROLLER_LL_SET_DATA_H_
#define FAV_CONTROLLER_LL_SET_DATA_H_

#include <stdbool.h>
#include <stdint.h>

#include "controller/ll_ext_pdu.h"

/* Data of an advertising set, given by the host in fragments, sent in a chain of packets. */

struct fav_controller;

#define LL_SET_DATA_MAX 1650

struct ll_set_data {
	uint16_t len;
	bool partial; /* the last fragment has not come */
	uint8_t bytes[LL_SET_DATA_MAX];
};

/* Take a fragment, with the operation of Core 6.0 Vol 4 Part E 7.8.54; returns an HCI status.
 * enabled: only whole data are taken. */
uint8_t ll__set_data_put(struct ll_set_data *data, uint8_t op, const uint8_t *bytes, uint8_t len,
			 bool enabled);

/* Packets that point to one another and carry the data among them. */
struct ll_chain {
	const struct ll_set_data *data; /* NULL: none */
	uint16_t sent;                  /* bytes of them */
	uint8_t channel;                /* of the next packet */
	uint64_t next_us;               /* its start */
};

static inline bool ll__chain_has_more(const struct ll_chain *chain)
{
	return chain->data != NULL && chain->sent < chain->data->len;
}

/* Write to pdu the packet of ext that starts at start_us: as much of the data as fits and, when not
 * all do, a pointer to the next one. Returns its length. */
uint16_t ll__chain_write(struct fav_controller *ctl, struct ll_chain *chain, struct ll_ext_pdu *ext,
			 enum radio_phy phy, uint64_t start_us, uint8_t *pdu);

/* The time that the packets of len bytes of data take. */
uint64_t ll__chain_us(enum radio_phy phy, uint16_t len);

#endif
