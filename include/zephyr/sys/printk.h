/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZEPHYR_SYS_PRINTK_H_
#define ZEPHYR_SYS_PRINTK_H_

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <zephyr/toolchain.h>

/** @file
 * A program's own output: standard output, of the C library. Context: thread, never waits.
 */

#define printk(...)           ((void)printf(__VA_ARGS__))
#define vprintk(fmt, ap)      ((void)vprintf(fmt, ap))
#define snprintk(...)         snprintf(__VA_ARGS__)
#define vsnprintk(s, n, f, a) vsnprintf(s, n, f, a)

#endif
