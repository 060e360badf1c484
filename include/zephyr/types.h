/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZEPHYR_TYPES_H_
#define ZEPHYR_TYPES_H_

/** @file
 * The C library's integer types; Zephyr programs include this one.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#endif
