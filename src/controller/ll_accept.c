/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/ll_accept.h"

static int find(const struct ll_accept *list, const bt_addr_le_t *addr)
{
	for (int i = 0; i < list->count; i++) {
		if (bt_addr_le_eq(&list->addr[i], addr)) {
			return i;
		}
	}
	return -1;
}

bool ll__accept_has(const struct ll_accept *list, const bt_addr_le_t *addr)
{
	return find(list, addr) >= 0;
}

bool ll__accept_add(struct ll_accept *list, const bt_addr_le_t *addr)
{
	if (find(list, addr) >= 0) {
		return true;
	}
	if (list->count == LL_ACCEPT_MAX) {
		return false;
	}
	bt_addr_le_copy(&list->addr[list->count++], addr);
	return true;
}

void ll__accept_remove(struct ll_accept *list, const bt_addr_le_t *addr)
{
	int i = find(list, addr);

	if (i >= 0) {
		bt_addr_le_copy(&list->addr[i], &list->addr[--list->count]);
	}
}
