/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_ADV_JOIN_H_
#define FAV_HOST_ADV_JOIN_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The data of an advertisement, which comes in several reports when it is longer than an event:
 * Core 6.0 Vol 4 Part E 7.7.65.13, 7.7.65.15.
 *
 * A whole one is handed on where it lies. Of what is longer than its place, of what misses a
 * fragment, and of what the controller could not receive to its end, nothing is handed on; such an
 * advertisement counts as dropped once, at its last fragment.
 */

struct adv_join {
	bool broken;
	uint16_t len;
	uint32_t reports_lost; /* hci__reports_lost() at the first fragment. */
};

enum adv_join_result {
	ADV_JOIN_WHOLE,   /* The data is there. */
	ADV_JOIN_MORE,    /* More is to come. */
	ADV_JOIN_DROPPED, /* The last has come, of something that is not whole. */
};

void adv_join__reset(struct adv_join *join);

/* Add a fragment with BT_HCI_LE_ADV_EVT_TYPE_DATA_STATUS_* status. size: bytes at place. With
 * WHOLE, *data and *len are changed to those of all of it, in place where it came in fragments; the
 * join has begun anew by then. */
enum adv_join_result adv_join__add(struct adv_join *join, uint8_t *place, size_t size,
				   uint32_t reports_lost, uint8_t status, const uint8_t **data,
				   uint16_t *len);

#endif
