/* SPDX-License-Identifier: Apache-2.0 */
#include <zephyr/random/random.h>

#include "root.h"

int sys_csrand_get(void *dst, size_t len)
{
	return kernel__port()->entropy(dst, len);
}

void sys_rand_get(void *dst, size_t len)
{
	if (kernel__port()->entropy(dst, len) != 0) {
		kernel__port()->panic("no entropy");
	}
}
