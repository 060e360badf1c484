/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_CLI_RUN_H_
#define FAV_CLI_RUN_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

struct run_options {
	uint64_t for_us; /* 0: no limit */
	uint64_t seed;
	const char *air;      /* URL of an air to join; NULL: one of our own */
	const char *capture;  /* folder for captures, or NULL */
	const char *scenario; /* file that the air follows, or NULL */
	const char *pcap;     /* file for the capture of the air, or NULL */
	const char *input;    /* name of the device that has our standard input, or NULL */
	bool colour;
	struct run_until until;
	char **specs; /* of the devices */
	size_t count;
};

/* An exit status. */
int run__run(const struct run_options *options);

#endif
