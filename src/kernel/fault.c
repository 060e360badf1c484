/* SPDX-License-Identifier: Apache-2.0 */
#include <favonius/fault.h>

#include "root.h"

#ifdef CONFIG_FAV_FAULT
void fav_fault_alloc_at(uint32_t n)
{
	kernel__root.fault.at = n;
	kernel__root.fault.count = 0;
}

uint32_t fav_fault_alloc_count(void)
{
	return kernel__root.fault.count;
}
#endif
