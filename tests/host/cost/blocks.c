/* SPDX-License-Identifier: Apache-2.0 */
#include "blocks.h"

static uint64_t count;

/* Called by what the compiler puts in front of each block. */
void __sanitizer_cov_trace_pc(void);

void __sanitizer_cov_trace_pc(void)
{
	count++;
}

uint64_t blocks_run(void)
{
	return count;
}
