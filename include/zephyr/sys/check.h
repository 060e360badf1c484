/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZEPHYR_SYS_CHECK_H_
#define ZEPHYR_SYS_CHECK_H_

#include <zephyr/sys/__assert.h>

/** @file
 * Checks of a caller's arguments: always compiled in, never an assertion.
 */

/** `CHECKIF(ptr == NULL) { return -EINVAL; }` */
#define CHECKIF(expr) if (unlikely(expr))

#endif
