/* SPDX-License-Identifier: Apache-2.0 */

#include "air/returning.h"

#include <string.h>

static void forget(struct returning *returning, uint16_t which)
{
	returning->count--;
	memmove(&returning->left[which], &returning->left[which + 1],
		(returning->count - which) * sizeof(returning->left[0]));
}

void returning__left(struct returning *returning, int32_t process, const bt_addr_t *addr)
{
	if (process <= 0) {
		return;
	}
	if (returning->count == RETURNING_MAX) {
		forget(returning, 0);
	}
	returning->left[returning->count].process = process;
	bt_addr_copy(&returning->left[returning->count].addr, addr);
	returning->count++;
}

bool returning__take(struct returning *returning, int32_t process, bt_addr_t *addr)
{
	for (uint16_t i = 0; process > 0 && i < returning->count; i++) {
		if (returning->left[i].process == process) {
			bt_addr_copy(addr, &returning->left[i].addr);
			forget(returning, i);
			return true;
		}
	}
	return false;
}
