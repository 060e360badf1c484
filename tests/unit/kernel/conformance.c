/* SPDX-License-Identifier: Apache-2.0 */
#include "bench.h"

/* Every port runs this: what Zephyr's documentation promises of the kernel's objects, and what
 * favonius/loop.h promises of the levels. */
int main(void)
{
	return suite_loop() + suite_time() + suite_timer() + suite_work() + suite_sync() +
	       suite_queue() + suite_mem() + suite_poll();
}
