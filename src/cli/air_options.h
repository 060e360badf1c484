/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_CLI_AIR_OPTIONS_H_
#define FAV_CLI_AIR_OPTIONS_H_

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <zephyr/bluetooth/addr.h>

/*
 * What `favonius air` and `favonius run` let one choose of the air that they make.
 */

struct air_options {
	uint64_t seed;
	const char *scenario;    /* file, or NULL */
	const char *pcap;        /* file, or NULL */
	const char *secret_keys; /* file, or NULL */
};

#define AIR_OPTIONS_DEFAULT \
	{                   \
		.seed = 1   \
	}

/* Their numbers, beyond those of a command's own. */
enum {
	AIR_OPT_SEED = 100,
	AIR_OPT_SCENARIO,
	AIR_OPT_PCAP,
	AIR_OPT_SECRET_KEYS,
};

/* Rows of a command's table. */
#define AIR_OPTION_ROWS                                                         \
	{"seed", required_argument, NULL, AIR_OPT_SEED},                        \
		{"scenario", required_argument, NULL, AIR_OPT_SCENARIO},        \
		{"pcap", required_argument, NULL, AIR_OPT_PCAP},                \
	{                                                                       \
		"log-secret-keys", required_argument, NULL, AIR_OPT_SECRET_KEYS \
	}

/* Lines of a command's help. */
#define AIR_OPTIONS_HELP                                                                        \
	"  --seed N               seed of the air's chances (1)\n"                              \
	"  --scenario FILE        places, losses, jammers and events in time, for the devices " \
	"by\n"                                                                                  \
	"                         their names; docs/air.md has the form\n"                      \
	"  --pcap FILE            write every packet on the air to FILE, for Wireshark and "    \
	"tshark\n"                                                                              \
	"  --log-secret-keys FILE write the long term key of each link that is encrypted to "   \
	"FILE,\n"                                                                               \
	"                         for favonius decrypt\n"

/* Take an option with getopt's optarg: CLI_OK, CLI_USAGE when it is wrong, or CLI_GO_ON when it is
 * none of these. */
int air_options__take(const char *command, struct air_options *options, int option);

/* The one that needs an air of our own, for a message; NULL: none is given. */
const char *air_options__given(const struct air_options *options);

/* The address in text, or a complaint about that option and false. */
bool air_options__address(const char *command, const char *text, bt_addr_t *addr);

struct fav_air;
struct fav_air_capture;

/* What they have attached to an air. Zero: nothing. */
struct air_attached {
	struct fav_air_capture *capture;
	FILE *keys;
};

/* Do what they ask for with a new air. An exit status, after it has said what is wrong; *attached
 * is to be ended in any case. */
int air_options__apply(const char *command, const struct air_options *options, struct fav_air *air,
		       struct air_attached *attached);

/* Before the air is destroyed; false when a file is not complete. */
bool air_options__end(struct fav_air *air, struct air_attached *attached);

#endif
