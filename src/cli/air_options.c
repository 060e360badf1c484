/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/air_options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <favonius/air.h>
#include <favonius/loop.h>
#include <favonius/process.h>

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
	case AIR_OPT_SECRET_KEYS:
		options->secret_keys = optarg;
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
	return options->pcap != NULL          ? "--pcap"
	       : options->scenario != NULL    ? "--scenario"
	       : options->secret_keys != NULL ? "--log-secret-keys"
					      : NULL;
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

/* The most that a scenario may have. */
#define SCENARIO_MAX 1000000

static int load_scenario(const char *command, struct fav_air *air, const char *path)
{
	char message[600];
	size_t len;
	char *text = cli__read_file(path, SCENARIO_MAX, &len);
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

static void log_key(void *ctx, const char *central, const uint8_t ltk[16])
{
	FILE *file = ctx;

	for (unsigned int i = 16; i-- > 0;) {
		fprintf(file, "%02x", ltk[i]);
	}
	fprintf(file, " # %s, at %.6f s\n", central, (double)fav_kernel_port()->now_us() / 1e6);
	fflush(file);
}

static int start_key_log(const char *command, struct fav_air *air, const char *path, FILE **file)
{
	int err = fav_file_create(path, file);

	if (err < 0) {
		fprintf(stderr, "favonius %s: --log-secret-keys %s: %s\n", command, path,
			strerror(-err));
		return CLI_FAILED;
	}
	fav_air_on_key(air, log_key, *file);
	return CLI_OK;
}

int air_options__apply(const char *command, const struct air_options *options, struct fav_air *air,
		       struct air_attached *attached)
{
	int status = CLI_OK;

	if (options->scenario != NULL) {
		status = load_scenario(command, air, options->scenario);
	}
	if (status == CLI_OK && options->pcap != NULL) {
		status = start_capture(command, air, options->pcap, &attached->capture);
	}
	if (status == CLI_OK && options->secret_keys != NULL) {
		status = start_key_log(command, air, options->secret_keys, &attached->keys);
	}
	return status;
}

bool air_options__end(struct fav_air *air, struct air_attached *attached)
{
	bool whole = fav_air_capture_stop(attached->capture) == 0;

	if (attached->keys != NULL) {
		fav_air_on_key(air, NULL, NULL);
		whole &= ferror(attached->keys) == 0;
		whole &= fclose(attached->keys) == 0;
	}
	return whole;
}
