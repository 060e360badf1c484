/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_PORT_POSIX_SUITES_H_
#define TESTS_UNIT_PORT_POSIX_SUITES_H_

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Start the kernel afresh on the posix port; nothing may be left when a test ends. */
int posix_setup(void **state);
int posix_teardown(void **state);

#define posix_test(name) cmocka_unit_test_setup_teardown(name, posix_setup, posix_teardown)

int suite_poll(void);
int suite_watch(void);

#endif
