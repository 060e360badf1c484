/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_KERNEL_BENCH_H_
#define TESTS_UNIT_KERNEL_BENCH_H_

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <favonius/loop.h>
#include <zephyr/kernel.h>

/* What the tests of the kernel share. The conformance suites run once on each port: in virtual time
 * moments are exact, in real time only their lower bounds are asserted. */

/* Start the kernel afresh on the port under test. */
int bench_setup(void **state);

/* Nothing may be left: no timeout, work, interrupt or heap block. */
int bench_teardown(void **state);

/* Assert that us microseconds have passed since start_us. */
void bench_assert_elapsed(uint64_t start_us, uint64_t us);

/* Let the loop run until *count is n at least: for chains of events, of which no time tells how
 * long they take on a busy machine. */
void bench_wait_for_count(const int *count, int n);

/* true in virtual time. */
bool bench_is_virtual(void);

/* Run fn at interrupt level, from a timeout that is due now, and return when it has run. Main. */
void bench_at_interrupt_level(void (*fn)(void *ctx), void *ctx);

/* Run fn in a work item, and return when it has run. Main. */
void bench_in_work(void (*fn)(void *ctx), void *ctx);

#define bench_test(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)

/* A suite: the tests of one kind of object. Returns how many failed. */
int suite_loop(void);
int suite_time(void);
int suite_timer(void);
int suite_work(void);
int suite_sync(void);
int suite_queue(void);
int suite_mem(void);
int suite_poll(void);

#endif
