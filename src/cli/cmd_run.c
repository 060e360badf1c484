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
	"FAVONIUS_HCI, and a place for its settings in FAVONIUS_SETTINGS.\n"
	"\n"
	"  --for SECONDS          end the devices after so long; that is success\n"
	"  --until [NAME:[PATTERN:]]COUNT\n"
	"                         end the devices, with success, once device NAME (or *, any one)\n"
	"                         has printed COUNT lines that match PATTERN (*, ? and [...] as "
	"in\n"
	"                         a shell); with --for, not getting there in time is failure\n"
	"  --air NAME|URL         join that air instead of starting one\n"
	"  --capture FOLDER       write each device's HCI packets to FOLDER/NAME.btsnoop, which\n"
	"                         Wireshark and btmon open\n"
	"  --settings FOLDER      keep each device's settings, its bonds among them, in\n"
	"                         FOLDER/NAME.settings; without it they last as long as the "
	"run\n" AIR_OPTIONS_HELP
	"  --address NAME=ADDRESS public address of that device; may be given several times\n"
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
	OPT_CAPTURE,
	OPT_SETTINGS,
	OPT_ADDRESS,
	OPT_STDIN,
	OPT_COLOR,
	OPT_NO_COLOR,
};

static const struct option longs[] = {
	{"for", required_argument, NULL, OPT_FOR},
	{"until", required_argument, NULL, OPT_UNTIL},
	{"air", required_argument, NULL, OPT_AIR},
	{"capture", required_argument, NULL, OPT_CAPTURE},
	{"settings", required_argument, NULL, OPT_SETTINGS},
	{"address", required_argument, NULL, OPT_ADDRESS},
	{"stdin", required_argument, NULL, OPT_STDIN},
	{"color", optional_argument, NULL, OPT_COLOR},
	{"no-color", no_argument, NULL, OPT_NO_COLOR},
	AIR_OPTION_ROWS,
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

/* "NAME=ADDRESS" */
static int add_address(struct run_options *options, const char *spec)
{
	struct run_address *address = &options->addresses[options->address_count];
	const char *equals = strchr(spec, '=');

	if (options->address_count == RUN_ADDRESSES_MAX) {
		return cli__usage("run", "--address can be given %d times", RUN_ADDRESSES_MAX);
	}
	if (equals == NULL || !part(address->name, sizeof(address->name), spec, equals, "")) {
		return cli__usage("run", "--address %s: expected NAME=ADDRESS", spec);
	}
	if (!air_options__address("run", equals + 1, &address->addr)) {
		return CLI_USAGE;
	}
	options->address_count++;
	return CLI_OK;
}

/* CLI_OK, or a complaint. */
static int parse_option(void *ctx, int option)
{
	struct run_options *options = ctx;
	int status = air_options__take("run", &options->on_air, option);

	if (status != CLI_GO_ON) {
		return status;
	}
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
	case OPT_SETTINGS:
		options->settings = optarg;
		return CLI_OK;
	case OPT_ADDRESS:
		return add_address(options, optarg);
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
	struct run_options options = {.on_air = AIR_OPTIONS_DEFAULT, .colour = colour_by_default()};
	const char *not_joined;
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
	not_joined = options.address_count != 0 ? "--address" : air_options__given(&options.on_air);
	if (options.air != NULL && not_joined != NULL) {
		return cli__usage("run",
				  "%s goes with an air of our own, not with --air: give it to that "
				  "'favonius air'",
				  not_joined);
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
