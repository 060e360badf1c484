/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_CLI_RUN_H_
#define FAV_CLI_RUN_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/air_options.h"

/*
 * `favonius run`: what it is asked to do, and doing it.
 */

/* "[NAME:[PATTERN:]]COUNT": enough lines of one device. */
struct run_until {
	bool set;
	char name[64];     /* "*": any one device */
	char pattern[256]; /* cli__glob() */
	uint64_t count;
};

/* A device's public address. */
struct run_address {
	char name[64];
	bt_addr_t addr;
};

#define RUN_ADDRESSES_MAX 64

struct run_options {
	uint64_t for_us; /* 0: no limit */
	const char *air; /* URL of an air to join; NULL: one of our own */
	struct air_options on_air;
	const char *capture;  /* folder for captures, or NULL */
	const char *settings; /* folder for the devices' settings; NULL: that of the run */
	const char *input;    /* name of the device that has our standard input, or NULL */
	struct run_address addresses[RUN_ADDRESSES_MAX];
	size_t address_count;
	bool colour;
	struct run_until until;
	char **specs; /* of the devices */
	size_t count;
};

/* An exit status. */
int run__run(const struct run_options *options);

#endif
