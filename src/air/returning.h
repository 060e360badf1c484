/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_AIR_RETURNING_H_
#define FAV_AIR_RETURNING_H_

#include <stdbool.h>
#include <stdint.h>

#include <zephyr/bluetooth/addr.h>

/*
 * The addresses of those who have left a server, by their process: one that switches Bluetooth off
 * and on is the same device again, as it would be with an adapter of its own.
 */

/* Older ones are forgotten. */
#define RETURNING_MAX 256

struct returning {
	struct {
		int32_t process; /* above 0 */
		bt_addr_t addr;
	} left[RETURNING_MAX]; /* the first count, as they left */
	uint16_t count;
};

/* A device of process has left; 0: nobody knows whose it was, so it is not remembered. */
void returning__left(struct returning *returning, int32_t process, const bt_addr_t *addr);

/* The address of the device of process that left first, which is forgotten. False: there is none.
 */
bool returning__take(struct returning *returning, int32_t process, bt_addr_t *addr);

#endif
