/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_KERNEL_UNITS_H_
#define TESTS_UNIT_KERNEL_UNITS_H_

#include "bench.h"

#include <favonius/port.h>

/* Tests that do not depend on a port, and what they share. */

/* The last assertion that failed inside expect_assertion(). */
extern struct units_panic {
	jmp_buf to;
	bool expected;
} units_panic;

/* On the sim port with a panic() that expect_assertion() survives. */
int units_setup(void **state);

#define units_test(name) cmocka_unit_test_setup_teardown(name, units_setup, bench_teardown)

/* Run statement, which must violate an assertion. */
#define expect_violation(statement)                                  \
	do {                                                         \
		units_panic.expected = true;                         \
		if (setjmp(units_panic.to) == 0) {                   \
			statement;                                   \
			units_panic.expected = false;                \
			fail_msg("%s violates nothing", #statement); \
		}                                                    \
		units_panic.expected = false;                        \
	} while (0)

/* Lines written since units_setup(), and the last of them. */
int units_log_count(void);
const char *units_log_last(void);

/* What log_levels() of the port will answer from the next fav_kernel_init() on. */
void units_log_levels(const char *spec);

/* The port of units_setup(). */
const struct fav_port *units_port(void);

/* A seed for randomised tests: FAVONIUS_TEST_SEED of the environment, else a fixed one. Printed, so
 * that a failure can be replayed. */
uint64_t units_seed(void);

int suite_bytes(void);
int suite_cursor(void);
int suite_heap(void);
int suite_lists(void);
int suite_log(void);
int suite_net_buf(void);
int suite_net_buf_chain(void);
int suite_sections(void);
int suite_timeouts(void);
int suite_util(void);

#endif
