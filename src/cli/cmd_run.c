/* SPDX-License-Identifier: Apache-2.0 */

/* The arguments of `favonius run`. */

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <favonius/process.h>

#include "cli/cli.h"
#include "cli/run.h"

static const char help[] =
	"Usage: favonius run [OPTION...] DEVICE...\n"
	"\n"
	"Run programs on one simulated air, each as a Bluetooth LE device of its own. Every\n"
	"line that a device prints is shown with the device's name in front.\n"
	"\n"
	"A DEVICE is a MicroPython script or an executable; with arguments it is one quoted\n"
	"string: 'sensor.py 5'. Its name is that of the file, made unique (sensor, sensor-2), or\n"
	"what stands in front: NAME=FILE. An executable finds its controller's address in\n"
	"FAVONIUS_HCI.\n"
	"\n"
	"  --for SECONDS          end the devices after so long; that is success\n"
	"  --until [NAME:[PATTERN:]]COUNT\n"
	"                         end the devices, with success, once device NAME (or *, any one)\n"
	"                         has printed COUNT lines that match PATTERN (*, ? and [...] as "
	"in\n"
	"                         a shell); with --for, not getting there in time is failure\n"
	"  --air NAME|URL         join that air instead of starting one\n"
	"  --seed N               seed of the air's chances (1)\n"
	"  --capture FOLDER       write each device's HCI packets to FOLDER/NAME.btsnoop, which\n"
	"                         Wireshark and btmon open\n"
	"  --scenario FILE        places, losses, jammers and events in time, for the devices by\n"
	"                         their names; docs/air.md has the form\n"
	"  --pcap FILE            write every packet on the air to FILE, for Wireshark and tshark\n"
	"  --stdin NAME           give that device our standard input; the others have none\n"
	"  --color WHEN           colour names always, never or auto (on a terminal); --no-color\n"
	"  --help                 print this\n"
	"\n"
	"Ctrl-C is passed on to the devices; a second one terminates those that are left, a third\n"
	"one kills them. A device that crashes is reported, and the others go on.\n"
	"\n"
	"Environment: FAVONIUS_MICROPYTHON is the MicroPython that runs scripts; otherwise it is\n"
	"favonius-micropython next to this command, or in PATH.\n"
	"\n"
	"Exit status: 0 when every device ended with 0, or was ended by --for or --until; 1 when "
	"a\n"
	"device failed or FILE could not be written; 2 when the arguments are wrong, and nothing "
	"was started; 130 after "
	"Ctrl-C,\n"
	"143 after SIGTERM.\n"
	"\n"
	"Example:\n"
	"  favonius run --for 60 sensor.py phone=central.py\n";

enum {
	OPT_FOR = 1,
	OPT_UNTIL,
	OPT_AIR,
	OPT_SEED,
	OPT_CAPTURE,
	OPT_PCAP,
	OPT_SCENARIO,
	OPT_STDIN,
	OPT_COLOR,
	OPT_NO_COLOR,
};

static const struct option longs[] = {
	{"for", required_argument, NULL, OPT_FOR},
	{"until", required_argument, NULL, OPT_UNTIL},
	{"air", required_argument, NULL, OPT_AIR},
	{"seed", required_argument, NULL, OPT_SEED},
	{"capture", required_argument, NULL, OPT_CAPTURE},
	{"scenario", required_argument, NULL, OPT_SCENARIO},
	{"pcap", required_argument, NULL, OPT_PCAP},
	{"stdin", required_argument, NULL, OPT_STDIN},
	{"color", optional_argument, NULL, OPT_COLOR},
	{"no-color", no_argument, NULL, OPT_NO_COLOR},
	{"help", no_argument, NULL, CLI_OPT_HELP},
	{0},
};

/* The part of spec up to end, or def when there is none; false when it is too long. */
static bool part(char *dst, size_t size, const char *spec, const char *end, const char *def)
{
	if (end == NULL) {
		return (size_t)snprintf(dst, size, "%s", def) < size;
	}
	return (size_t)snprintf(dst, size, "%.*s", (int)(end - spec), spec) < size;
}

static bool parse_until(const char *spec, struct run_until *until)
{
	const char *first = strchr(spec, ':');
	const char *last = strrchr(spec, ':');
	const char *pattern = first == last ? NULL : last;
	const char *pattern_start = first == NULL ? spec : first + 1;

	until->set = true;
	return part(until->name, sizeof(until->name), spec, first, "*") &&
	       part(until->pattern, sizeof(until->pattern), pattern_start, pattern, "*") &&
	       cli__parse_u64(last == NULL ? spec : last + 1, &until->count) && until->count > 0;
}

static bool parse_color(const char *when, bool *colour)
{
	if (when == NULL || strcmp(when, "always") == 0) {
		*colour = true;
	} else if (strcmp(when, "never") == 0) {
		*colour = false;
	} else {
		return strcmp(when, "auto") == 0;
	}
	return true;
}

/* CLI_OK, or a complaint. */
static int parse_option(void *ctx, int option)
{
	struct run_options *options = ctx;

	switch (option) {
	case OPT_FOR:
		if (!cli__parse_seconds(optarg, &options->for_us) || options->for_us == 0) {
			return cli__usage("run", "--for %s: expected seconds, more than 0", optarg);
		}
		return CLI_OK;
	case OPT_UNTIL:
		if (!parse_until(optarg, &options->until)) {
			return cli__usage("run",
					  "--until %s: expected [NAME:[PATTERN:]]COUNT, COUNT "
					  "being 1 or more",
					  optarg);
		}
		return CLI_OK;
	case OPT_SEED:
		if (!cli__parse_u64(optarg, &options->seed)) {
			return cli__usage("run", "--seed %s: expected a number", optarg);
		}
		return CLI_OK;
	case OPT_COLOR:
		if (!parse_color(optarg, &options->colour)) {
			return cli__usage("run", "--color=%s: expected always, never or auto",
					  optarg);
		}
		return CLI_OK;
	case OPT_NO_COLOR:
		options->colour = false;
		return CLI_OK;
	case OPT_AIR:
		options->air = optarg;
		return CLI_OK;
	case OPT_CAPTURE:
		options->capture = optarg;
		return CLI_OK;
	case OPT_SCENARIO:
		options->scenario = optarg;
		return CLI_OK;
	case OPT_PCAP:
		options->pcap = optarg;
		return CLI_OK;
	case OPT_STDIN:
		options->input = optarg;
		return CLI_OK;
	default:
		return cli__usage("run", NULL);
	}
}

/* https://no-color.org: present and not empty means no. */
static bool colour_by_default(void)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return fav_std_is_terminal(FAV_STDOUT) && (no_color == NULL || no_color[0] == '\0') &&
	       (term == NULL || strcmp(term, "dumb") != 0);
}

int cli__run(int argc, char **argv)
{
	struct run_options options = {.seed = 1, .colour = colour_by_default()};
	char air[300];
	int status = cli__parse(argc, argv, longs, help, parse_option, &options);

	if (status != CLI_GO_ON) {
		return status;
	}
	options.specs = argv + optind;
	options.count = argc - optind;
	if (options.count == 0) {
		return cli__usage("run", "no device is given");
	}
	if (options.air != NULL && (options.pcap != NULL || options.scenario != NULL)) {
		return cli__usage("run",
				  "%s goes with an air of our own, not with --air: give it to that "
				  "'favonius air'",
				  options.pcap != NULL ? "--pcap" : "--scenario");
	}
	/* A bare name is short for the air of that name. */
	if (options.air != NULL && strchr(options.air, ':') == NULL) {
		if ((size_t)snprintf(air, sizeof(air), "air:%s", options.air) >= sizeof(air)) {
			return cli__usage("run", "--air: the name is too long");
		}
		options.air = air;
	}
	return run__run(&options);
}
