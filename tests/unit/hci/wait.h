/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEST_HCI_WAIT_H_
#define TEST_HCI_WAIT_H_

#include <stdbool.h>

#include <favonius/loop.h>
#include <zephyr/kernel.h>

/* Turn the loop until cond is true; false when that takes more than 5 s of real time. */
#define WAIT_FOR(cond)                                                     \
	({                                                                 \
		uint64_t end_us_ = fav_kernel_port()->now_us() + 5000000;  \
		while (!(cond) && fav_kernel_port()->now_us() < end_us_) { \
			(void)fav_wait(K_MSEC(100));                       \
		}                                                          \
		(cond);                                                    \
	})

/* Let what is on its way arrive: loopback needs no time, only turns of the loop. */
static inline void settle(void)
{
	for (int i = 0; i < 10; i++) {
		(void)fav_wait(K_MSEC(2));
	}
}

#endif
