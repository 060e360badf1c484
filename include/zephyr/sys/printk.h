/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZEPHYR_SYS_PRINTK_H_
#define ZEPHYR_SYS_PRINTK_H_

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <zephyr/toolchain.h>

/** @file
 * A program's own output: standard output, of the C library. As on a console, what is printed is
 * out when the call returns, also into a pipe.
 */

/** Print as vprintf() does, at once. Context: thread, never waits. */
static inline __printf_like(1, 0) void vprintk(const char *fmt, va_list ap)
{
	(void)vprintf(fmt, ap);
	(void)fflush(stdout);
}

/** Print as printf() does, at once. Context: thread, never waits. */
static inline __printf_like(1, 2) void printk(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintk(fmt, ap);
	va_end(ap);
}

#define snprintk(...)         snprintf(__VA_ARGS__)
#define vsnprintk(s, n, f, a) vsnprintf(s, n, f, a)

#endif
