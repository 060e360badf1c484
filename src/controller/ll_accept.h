/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_CONTROLLER_LL_ACCEPT_H_
#define FAV_CONTROLLER_LL_ACCEPT_H_

#include <stdbool.h>
#include <stdint.h>

#include <zephyr/bluetooth/addr.h>

/* The filter accept list, Core 6.0 Vol 6 Part B 4.3.1. */

#define LL_ACCEPT_MAX 32

struct ll_accept {
	bt_addr_le_t addr[LL_ACCEPT_MAX];
	uint8_t count;
};

bool ll__accept_has(const struct ll_accept *list, const bt_addr_le_t *addr);

/* True when it is on the list afterwards, which it is not when that is full. */
bool ll__accept_add(struct ll_accept *list, const bt_addr_le_t *addr);

void ll__accept_remove(struct ll_accept *list, const bt_addr_le_t *addr);

#endif
