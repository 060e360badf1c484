/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/air_options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <favonius/air.h>

#include "cli/cli.h"

int air_options__take(const char *command, struct air_options *options, int option)
{
	switch (option) {
	case AIR_OPT_SEED:
		if (!cli__parse_u64(optarg, &options->seed)) {
			return cli__usage(command, "--seed %s: expected a number", optarg);
		}
		return CLI_OK;
	case AIR_OPT_SCENARIO:
		options->scenario = optarg;
		return CLI_OK;
	case AIR_OPT_PCAP:
		options->pcap = optarg;
		return CLI_OK;
	default:
		return CLI_GO_ON;
	}
}

const char *air_options__given(const struct air_options *options)
{
	return options->pcap != NULL ? "--pcap" : options->scenario != NULL ? "--scenario" : NULL;
}

bool air_options__address(const char *command, const char *text, bt_addr_t *addr)
{
	if (bt_addr_from_str(text, addr) < 0 || bt_addr_eq(addr, BT_ADDR_ANY)) {
		cli__usage(command, "--address %s: expected an address such as 02:00:00:00:00:01",
			   text);
		return false;
	}
	return true;
}

static int start_capture(const char *command, struct fav_air *air, const char *path,
			 struct fav_air_capture **capture)
{
	int err = fav_air_capture_start(air, path, capture);

	if (err < 0) {
		fprintf(stderr, "favonius %s: --pcap %s: %s\n", command, path,
			err == -EBUSY ? "another capture is being written there" : strerror(-err));
	}
	return err < 0 ? CLI_FAILED : CLI_OK;
}

/* The most that a scenario may have; what is read is one byte more. */
#define SCENARIO_MAX 1000000

/* The bytes of a file, to be freed; NULL with errno. */
static char *read_file(const char *path, size_t *len)
{
	FILE *file = fopen(path, "rb");
	char *text = file != NULL ? malloc(SCENARIO_MAX + 1) : NULL;
	int err = 0;

	if (text != NULL) {
		*len = fread(text, 1, SCENARIO_MAX + 1, file);
		err = ferror(file) ? errno : *len > SCENARIO_MAX ? EFBIG : 0;
	}
	if (file != NULL) {
		fclose(file);
	}
	if (err != 0) {
		free(text);
		text = NULL;
		errno = err;
	}
	return text;
}

static int load_scenario(const char *command, struct fav_air *air, const char *path)
{
	char message[600];
	size_t len;
	char *text = read_file(path, &len);
	int err;

	if (text == NULL) {
		fprintf(stderr, "favonius %s: --scenario %s: %s\n", command, path, strerror(errno));
		return CLI_USAGE;
	}
	err = fav_air_scenario_load(air, path, text, len, message, sizeof(message));
	free(text);
	if (err < 0) {
		fprintf(stderr, "favonius %s: %s\n", command, message);
	}
	return err < 0 ? CLI_USAGE : CLI_OK;
}

int air_options__apply(const char *command, const struct air_options *options, struct fav_air *air,
		       struct fav_air_capture **capture)
{
	int status = CLI_OK;

	if (options->scenario != NULL) {
		status = load_scenario(command, air, options->scenario);
	}
	if (status == CLI_OK && options->pcap != NULL) {
		status = start_capture(command, air, options->pcap, capture);
	}
	return status;
}
