/* SPDX-License-Identifier: Apache-2.0 */

/* `favonius air`: an air by itself. */

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <favonius/air.h>
#include <favonius/loop.h>
#include <favonius/process.h>
#include <zephyr/kernel.h>
#include <zephyr/sys/util.h>

#include "cli/air_options.h"
#include "cli/cli.h"
#include "hci/air_join.h"

static const char help[] =
	"Usage: favonius air [OPTION...] [NAME]\n"
	"\n"
	"Run an air: a simulated radio. Whoever connects to it and speaks HCI (H4) gets a virtual\n"
	"Bluetooth LE controller of its own on it. NAME is how programs find it: air:NAME, or "
	"air:\n"
	"for the default one.\n"
	"\n"
	"  --listen URL           listen at unix:PATH or tcp:HOST:PORT (0: any free port), "
	"instead\n"
	"                         of by name; may be given several times, and with NAME\n"
	"  --device NAME=URL      as --listen, also at pty: (a new pseudo-terminal), for one "
	"device:\n"
	"                         the scenario's of that name. Its address stays the same, "
	"however\n"
	"                         often a program comes, and the last that comes has it\n"
	"  --pty N                N pseudo-terminals, each a serial line with a controller at its\n"
	"                         end for who opens it: as --device pty1=pty: and so on\n"
	"  --address ADDRESS      public address: the first one given is that of the first device\n"
	"                         of --device and --pty, and so on; those that are left go to\n"
	"                         other peers in the order in which they come\n" AIR_OPTIONS_HELP
	"  --linger SECONDS       end when nobody has been connected for so long\n"
	"  --help                 print this\n"
	"\n"
	"It prints where it listens, and on a terminal once a second what happens; it ends with\n"
	"Ctrl-C or SIGTERM. Exit status: 0; 1 when it cannot listen or write FILE; 2 when\n"
	"the arguments are wrong.\n"
	"\n"
	"Example:\n"
	"  favonius air --listen tcp:127.0.0.1:9000\n";

#define URLS_MAX      16
#define DEVICES_MAX   64
#define ADDRESSES_MAX 256
#define SERVERS_MAX   (1 + URLS_MAX + DEVICES_MAX)
#define SECOND_US     1000000
#define URL_SIZE      4200

struct options {
	const char *name;
	const char *urls[URLS_MAX];
	size_t url_count;
	struct named {
		char name[32];
		const char *url;
	} devices[DEVICES_MAX];
	size_t device_count;
	bt_addr_t addresses[ADDRESSES_MAX];
	size_t address_count;
	struct air_options on_air;
	bool lingers;
	uint64_t linger_us;
};

/* What runs. */
struct air_command {
	const struct options *options;
	struct fav_air *air;
	struct air_attached attached;
	struct fav_air_server *servers[SERVERS_MAX];
	size_t server_count;
	struct fav_air_device devices[DEVICES_MAX];
	struct fav_timeout linger;
	struct fav_timeout second;
	struct fav_air_stats last; /* a second ago */
	bool over;
};

/* ---- The summary of a second ---- */

static void show_second(struct fav_timeout *t)
{
	struct air_command *cmd = CONTAINER_OF(t, struct air_command, second);
	unsigned int columns = fav_std_columns(FAV_STDOUT);
	struct fav_air_stats now;
	uint64_t received, corrupted;
	char line[160];

	fav_air_stats_get(cmd->air, &now);
	received = now.received - cmd->last.received;
	corrupted = now.corrupted - cmd->last.corrupted;
	snprintf(line, sizeof(line),
		 "%" PRIu32 " devices, %" PRIu32 " links, %" PRIu64
		 " packets/s, %.1f %% lost, %" PRIu64 " reports dropped",
		 now.devices, now.links, now.packets - cmd->last.packets,
		 received + corrupted == 0 ? 0.0 : 100.0 * corrupted / (received + corrupted),
		 now.hci_dropped);
	printf("\r%.*s\033[K", columns > 1 ? (int)columns - 1 : 79, line);
	fflush(stdout);
	cmd->last = now;
	fav_timeout_start(t, t->at_us + SECOND_US);
}

/* ---- Coming and going ---- */

static void linger_over(struct fav_timeout *t)
{
	CONTAINER_OF(t, struct air_command, linger)->over = true;
}

static void linger_from_now(struct air_command *cmd)
{
	if (cmd->options->lingers) {
		fav_timeout_start(&cmd->linger,
				  fav_kernel_port()->now_us() + cmd->options->linger_us);
	}
}

static void peers_changed(void *ctx, uint32_t peers)
{
	struct air_command *cmd = ctx;
	struct fav_air_stats stats;

	fav_air_stats_get(cmd->air, &stats);
	if (stats.devices == 0) {
		linger_from_now(cmd);
	} else {
		fav_timeout_stop(&cmd->linger);
	}
}

static void on_signal(void *ctx, enum fav_signal signal, bool from_terminal)
{
	struct air_command *cmd = ctx;

	cmd->over = true;
}

/* ---- Running ---- */

static int serve(struct air_command *cmd, const char *url, const struct fav_air_device *device)
{
	struct fav_air_server *server;
	int err = fav_air_serve_as(cmd->air, url, device, peers_changed, cmd, &server);

	if (err < 0) {
		fprintf(stderr, "favonius air: cannot listen on %s: %s\n", url, strerror(-err));
		return err;
	}
	cmd->servers[cmd->server_count++] = server;
	return 0;
}

static int serve_device(struct air_command *cmd, size_t index)
{
	const struct options *options = cmd->options;
	struct fav_air_device *device = &cmd->devices[index];

	device->name = options->devices[index].name;
	device->public_addr = index < options->address_count
				      ? options->addresses[index]
				      : (bt_addr_t){{(uint8_t)(index + 1), 0, 0, 0xf1, 0xfa, 2}};
	return serve(cmd, options->devices[index].url, device);
}

/* Prints what fails. */
static int serve_all(struct air_command *cmd)
{
	const struct options *options = cmd->options;
	const char *name = options->name;
	char url[URL_SIZE];
	int err = 0;

	if (name == NULL && options->url_count == 0 && options->device_count == 0) {
		name = AIR_NAME_DEFAULT;
	}
	if (name != NULL) {
		err = air__url(name, url, sizeof(url));
		if (err < 0) {
			fprintf(stderr, "favonius air: no place for %s: %s\n", name,
				strerror(-err));
			return err;
		}
		err = serve(cmd, url, NULL);
	}
	for (size_t i = 0; i < options->url_count && err == 0; i++) {
		err = serve(cmd, options->urls[i], NULL);
	}
	for (size_t i = 0; i < options->device_count && err == 0; i++) {
		err = serve_device(cmd, i);
	}
	return err;
}

static void say_where(const struct air_command *cmd)
{
	for (size_t i = 0; i < cmd->server_count; i++) {
		printf("listening on %s\n", fav_air_server_url(cmd->servers[i]));
	}
	fflush(stdout);
}

static void run(struct air_command *cmd)
{
	bool shows = fav_std_is_terminal(FAV_STDOUT);

	say_where(cmd);
	linger_from_now(cmd);
	if (shows) {
		fav_timeout_start(&cmd->second, fav_kernel_port()->now_us() + SECOND_US);
	}
	while (!cmd->over) {
		fav_wait(K_FOREVER);
	}
	fav_timeout_stop(&cmd->linger);
	fav_timeout_stop(&cmd->second);
	if (shows) {
		putchar('\n');
	}
}

/* An exit status; prints what fails. */
static int prepare(struct air_command *cmd)
{
	int status;

	if (cmd->air == NULL) {
		fprintf(stderr, "favonius air: no memory\n");
		return CLI_FAILED;
	}
	status = air_options__apply("air", &cmd->options->on_air, cmd->air, &cmd->attached);
	if (status != CLI_OK) {
		return status;
	}
	return serve_all(cmd) == 0 ? CLI_OK : CLI_FAILED;
}

static int run_air(const struct options *options)
{
	struct air_command cmd = {
		.options = options,
		.linger.handler = linger_over,
		.second.handler = show_second,
	};
	size_t given = MIN(options->device_count, options->address_count);
	struct fav_air_config config = {
		.seed = options->on_air.seed,
		.addrs = options->addresses + given,
		.addr_count = options->address_count - given,
	};
	struct fav_processes *processes;
	int err = fav_processes_open(on_signal, &cmd, &processes);
	int status;

	if (err < 0) {
		fprintf(stderr, "favonius air: %s\n", strerror(-err));
		return CLI_FAILED;
	}
	cmd.air = fav_air_create(&config);
	status = prepare(&cmd);
	if (status == CLI_OK) {
		run(&cmd);
	}
	for (size_t i = 0; i < cmd.server_count; i++) {
		fav_air_server_stop(cmd.servers[i]);
	}
	if (!air_options__end(cmd.air, &cmd.attached)) {
		status = CLI_FAILED;
	}
	fav_air_destroy(cmd.air);
	fav_processes_close(processes);
	return status;
}

/* ---- Arguments ---- */

enum {
	OPT_LISTEN = 1,
	OPT_DEVICE,
	OPT_PTY,
	OPT_ADDRESS,
	OPT_LINGER,
};

static const struct option longs[] = {
	{"listen", required_argument, NULL, OPT_LISTEN},
	{"device", required_argument, NULL, OPT_DEVICE},
	{"pty", required_argument, NULL, OPT_PTY},
	{"address", required_argument, NULL, OPT_ADDRESS},
	AIR_OPTION_ROWS,
	{"linger", required_argument, NULL, OPT_LINGER},
	{"help", no_argument, NULL, CLI_OPT_HELP},
	{0},
};

static int add_url(struct options *options, const char *url)
{
	if (options->url_count == URLS_MAX) {
		return cli__usage("air", "--listen can be given %d times", URLS_MAX);
	}
	if (fav_stream_url_check(url) < 0) {
		return cli__usage("air", "--listen %s: expected unix:PATH or tcp:HOST:PORT", url);
	}
	options->urls[options->url_count++] = url;
	return CLI_OK;
}

static int name_device(struct options *options, const char *name, size_t len, const char *url)
{
	struct named *device = &options->devices[options->device_count];

	if (options->device_count == DEVICES_MAX) {
		return cli__usage("air", "--device and --pty make at most %d devices", DEVICES_MAX);
	}
	if (len == 0 || len >= sizeof(device->name)) {
		return cli__usage("air", "%.*s: a device's name has 1 to %zu characters", (int)len,
				  name, sizeof(device->name) - 1);
	}
	snprintf(device->name, sizeof(device->name), "%.*s", (int)len, name);
	for (size_t i = 0; i < options->device_count; i++) {
		if (strcmp(options->devices[i].name, device->name) == 0) {
			return cli__usage("air", "there are two devices named %s", device->name);
		}
	}
	device->url = url;
	options->device_count++;
	return CLI_OK;
}

/* "NAME=URL" */
static int add_device(struct options *options, const char *spec)
{
	const char *equals = strchr(spec, '=');

	if (equals == NULL || fav_stream_url_check(equals + 1) < 0) {
		return cli__usage("air",
				  "--device %s: expected NAME=URL, URL being unix:PATH, "
				  "tcp:HOST:PORT or pty:",
				  spec);
	}
	return name_device(options, spec, (size_t)(equals - spec), equals + 1);
}

static int add_ptys(struct options *options, const char *text)
{
	int status = CLI_OK;
	uint64_t count;

	if (!cli__parse_u64(text, &count) || !IN_RANGE(count, 1, DEVICES_MAX)) {
		return cli__usage("air", "--pty %s: expected 1 to %d", text, DEVICES_MAX);
	}
	for (unsigned int i = 1; i <= count && status == CLI_OK; i++) {
		char name[8];

		snprintf(name, sizeof(name), "pty%u", i);
		status = name_device(options, name, strlen(name), "pty:");
	}
	return status;
}

static int add_address(struct options *options, const char *text)
{
	bt_addr_t *addr = &options->addresses[options->address_count];

	if (options->address_count == ADDRESSES_MAX) {
		return cli__usage("air", "--address can be given %d times", ADDRESSES_MAX);
	}
	if (!air_options__address("air", text, addr)) {
		return CLI_USAGE;
	}
	for (size_t i = 0; i < options->address_count; i++) {
		if (bt_addr_eq(&options->addresses[i], addr)) {
			return cli__usage("air", "--address %s: given twice", text);
		}
	}
	options->address_count++;
	return CLI_OK;
}

static int parse_option(void *ctx, int option)
{
	struct options *options = ctx;
	int status = air_options__take("air", &options->on_air, option);

	if (status != CLI_GO_ON) {
		return status;
	}
	switch (option) {
	case OPT_LISTEN:
		return add_url(options, optarg);
	case OPT_DEVICE:
		return add_device(options, optarg);
	case OPT_PTY:
		return add_ptys(options, optarg);
	case OPT_ADDRESS:
		return add_address(options, optarg);
	case OPT_LINGER:
		options->lingers = true;
		if (!cli__parse_seconds(optarg, &options->linger_us)) {
			return cli__usage("air", "--linger %s: expected seconds", optarg);
		}
		return CLI_OK;
	default:
		return cli__usage("air", NULL);
	}
}

int cli__air(int argc, char **argv)
{
	struct options options = {.on_air = AIR_OPTIONS_DEFAULT};
	int status = cli__parse(argc, argv, longs, help, parse_option, &options);

	if (status != CLI_GO_ON) {
		return status;
	}
	if (argc - optind > 1) {
		return cli__usage("air", "more than one NAME: %s", argv[optind + 1]);
	}
	options.name = argv[optind];
	if (options.name != NULL && !air__name_is_valid(options.name)) {
		return cli__usage("air",
				  "'%s': a name has 1 to %d letters, digits, '-', '_' or '.', and "
				  "'.' not first",
				  options.name, AIR_NAME_MAX);
	}
	return run_air(&options);
}
