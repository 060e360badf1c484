/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_CONTROLLER_LL_PRIMARY_H_
#define FAV_CONTROLLER_LL_PRIMARY_H_

#include <stdint.h>

#include <zephyr/bluetooth/addr.h>

#include "controller/radio.h"

/* The radio on the primary advertising channels, 37 to 39: always 1M, one access address. */

/* The first (0) or second (1) address of an advertising PDU that is long enough for it. */
void ll__primary_addr(const uint8_t *pdu, unsigned int which, bt_addr_le_t *addr);

/* A PDU whose header tells its length. */
void ll__primary_send(struct radio *radio, uint8_t channel, const uint8_t *pdu, uint64_t start_us);

void ll__primary_listen(struct radio *radio, uint8_t channel, uint64_t from_us, uint64_t until_us);

/* For what must come T_IFS after end_us. */
void ll__primary_listen_ifs(struct radio *radio, uint8_t channel, uint64_t end_us);

#endif
