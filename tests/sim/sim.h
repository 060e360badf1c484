/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SIM_H_
#define TESTS_SIM_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <favonius/air.h>
#include <favonius/host.h>
#include <zephyr/bluetooth/addr.h>

/*
 * Several hosts on one air in one process, in virtual time. Everything follows from the seed, which
 * FAVONIUS_SEED sets; sim_begin() prints it, so that a failure can be replayed. FAVONIUS_CAPTURES
 * names a folder for a capture of each simulation, with the keys of its links beside it.
 */

#define SIM_DEVICES 20

struct sim_device {
	const char *name;
	struct fav_hci *hci;
	struct bt_host *host;
	bt_addr_le_t addr; /* its public address, known once enabled */
};

struct sim {
	uint64_t seed;
	struct fav_air *air;
	struct sim_device dev[SIM_DEVICES];
	size_t count;
	struct fav_air_capture *capture; /* with FAVONIUS_CAPTURES, else NULL */
	FILE *keys;
};

/* Virtual time from 0, an air, and count devices named "a", "b", ..., their hosts enabled. */
void sim_begin(struct sim *sim, size_t count);
/* The same with each controller made as device says. */
void sim_begin_with(struct sim *sim, size_t count, const struct fav_air_device *device);
/* The same with the controller of each as its one of devices says. */
void sim_begin_each(struct sim *sim, size_t count, const struct fav_air_device *devices);
/* The same, with the hosts made and not yet enabled. */
void sim_begin_disabled(struct sim *sim, size_t count);

/* Disable and destroy everything, then fail the test if anything is left in the kernel. */
void sim_end(struct sim *sim);

/* The API acts on device i from here on. */
void sim_on(struct sim *sim, size_t i);
/* Which device's host is current; in callbacks: whose callback it is. */
size_t sim_current(const struct sim *sim);

/* Run a main's tests, or those that FAVONIUS_TEST names; it may hold * and ?. After the first
 * failure what follows is of no meaning: the failed test has left its devices behind. */
#define SIM_RUN(tests) \
	(cmocka_set_test_filter(getenv("FAVONIUS_TEST")), cmocka_run_group_tests(tests, NULL, NULL))

/* Let virtual time pass. */
void sim_run_ms(uint32_t ms);
/* Run until *flag is true; false when limit_ms of virtual time have passed first. */
bool sim_until(const volatile bool *flag, uint32_t limit_ms);
/* Run until *count has reached at_least; false when limit_ms have passed first. */
bool sim_until_count(const volatile uint32_t *count, uint32_t at_least, uint32_t limit_ms);

#endif
