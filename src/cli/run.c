/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/run.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <favonius/air.h>
#include <favonius/loop.h>
#include <favonius/process.h>
#include <zephyr/kernel.h>
#include <zephyr/sys/util.h>

#include "cli/cli.h"
#include "cli/device.h"
#include "cli/output.h"

/* How long devices have to end after SIGTERM before they are killed. */
#define GRACE_US 3000000

#define URL_SIZE     300
#define CAPTURE_SIZE 4200

/* A device and what the air knows of it. */
struct place {
	struct device device;
	struct fav_air_device on_air;
	struct fav_air_server *server; /* NULL when an air is joined */
	uint64_t matches;              /* lines that --until counts */
	bool stopped;                  /* it ended when all were being ended */
	bool reported;
};

/* Why the devices are being ended. */
enum ending {
	GOES_ON,
	TIME_IS_UP, /* --for */
	SEEN,       /* --until */
	INTERRUPTED,
	TERMINATED,
	UNREAD, /* nobody reads our output any more */
};

struct run {
	const struct run_options *options;
	struct fav_processes *processes;
	struct fav_air *air;
	struct air_attached attached;
	char dir[128]; /* of the sockets */
	struct place *places;
	size_t left; /* devices whose end has not been reported */
	struct device_owner owner;
	struct output out, err;
	struct fav_timeout limit, grace;
	enum ending ending;
	unsigned int interrupts;
	bool failed; /* some device, by itself */
};

/* ---- Ending ---- */

static void signal_all(struct run *run, enum fav_signal signal)
{
	for (size_t i = 0; i < run->options->count; i++) {
		device__signal(&run->places[i].device, signal);
	}
}

static void grace_over(struct fav_timeout *t)
{
	signal_all(CONTAINER_OF(t, struct run, grace), FAV_SIGNAL_KILL);
}

static void terminate(struct run *run, enum ending why)
{
	if (run->ending == GOES_ON || run->ending == INTERRUPTED) {
		run->ending = run->ending == GOES_ON ? why : run->ending;
		signal_all(run, FAV_SIGNAL_TERMINATE);
		fav_timeout_start(&run->grace, fav_kernel_port()->now_us() + GRACE_US);
	}
}

static void limit_reached(struct fav_timeout *t)
{
	terminate(CONTAINER_OF(t, struct run, limit), TIME_IS_UP);
}

static void interrupt(struct run *run, bool from_terminal)
{
	run->interrupts++;
	if (run->interrupts == 1 && run->ending == GOES_ON) {
		run->ending = INTERRUPTED;
		for (size_t i = 0; i < run->options->count; i++) {
			struct device *device = &run->places[i].device;

			/* The terminal has told the device that shares our group. */
			if (!from_terminal || !device->foreground) {
				device__signal(device, FAV_SIGNAL_INTERRUPT);
			}
		}
	} else if (run->interrupts == 2) {
		terminate(run, INTERRUPTED);
	} else {
		signal_all(run, FAV_SIGNAL_KILL);
	}
}

static void on_signal(void *ctx, enum fav_signal signal, bool from_terminal)
{
	struct run *run = ctx;

	if (signal == FAV_SIGNAL_INTERRUPT) {
		interrupt(run, from_terminal);
	} else {
		terminate(run, TERMINATED);
	}
}

/* ---- What devices do ---- */

static void on_line(void *ctx, struct device *device, const char *text)
{
	struct run *run = ctx;
	const struct run_until *until = &run->options->until;
	struct place *place = CONTAINER_OF(device, struct place, device);

	if (output__is_broken(&run->out)) {
		terminate(run, UNREAD);
	}
	if (!until->set || !cli__glob(until->name, device->name) ||
	    !cli__glob(until->pattern, text)) {
		return;
	}
	place->matches++;
	if (place->matches == until->count) {
		terminate(run, SEEN);
	}
}

static void describe_end(const struct place *place, char *text, size_t size)
{
	const struct device *device = &place->device;
	const struct fav_child_end *end = &device->end;

	if (end->signal == 0) {
		snprintf(text, size, "%s: exited with status %d\n", device->name, end->status);
	} else if (place->stopped) {
		snprintf(text, size, "%s: stopped\n", device->name);
	} else {
		snprintf(text, size, "%s: killed by signal %d (%s)\n", device->name, end->signal,
			 end->reason);
	}
}

/* Through the same buffer as the devices' lines, so behind their last ones. */
static void report(struct run *run, struct place *place)
{
	char text[DEVICE_NAME_MAX + 100];

	if (!place->device.done || place->reported || !output__has_room(&run->err, sizeof(text))) {
		return;
	}
	describe_end(place, text, sizeof(text));
	output__put(&run->err, text, strlen(text));
	place->reported = true;
	run->left--;
}

static void on_done(void *ctx, struct device *device)
{
	struct run *run = ctx;
	struct place *place = CONTAINER_OF(device, struct place, device);

	place->stopped = run->ending != GOES_ON;
	if (!place->stopped && (device->end.signal != 0 || device->end.status != 0)) {
		run->failed = true;
	}
	report(run, place);
}

static void on_room(void *ctx)
{
	struct run *run = ctx;

	for (size_t i = 0; i < run->options->count; i++) {
		device__resume(&run->places[i].device);
		report(run, &run->places[i]);
	}
}

/* ---- Finding and naming devices ---- */

static const char *const colours[] = {
	"\033[36m", "\033[33m", "\033[32m", "\033[35m", "\033[34m", "\033[31m",
};

static bool name_taken(const struct run *run, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(run->places[i].device.name, name) == 0) {
			return true;
		}
	}
	return false;
}

/* The second of a name gets "-2" behind it, and so on. */
static void make_name_unique(struct run *run, size_t index)
{
	char *name = run->places[index].device.name;
	char unique[DEVICE_NAME_MAX + 1];

	snprintf(unique, sizeof(unique), "%s", name);
	for (unsigned int n = 2; name_taken(run, index, unique); n++) {
		snprintf(unique, sizeof(unique), "%.*s-%u", DEVICE_NAME_MAX - 8, name, n);
	}
	memcpy(name, unique, sizeof(unique));
}

static bool find_devices(struct run *run)
{
	for (size_t i = 0; i < run->options->count; i++) {
		struct device *device = &run->places[i].device;

		if (device__find(device, run->options->specs[i], &run->owner) < 0) {
			return false;
		}
		make_name_unique(run, i);
		if (run->options->colour) {
			device->colour = colours[i % ARRAY_SIZE(colours)];
		}
	}
	return true;
}

static bool is_device(const struct run *run, const char *option, const char *name)
{
	if (name_taken(run, run->options->count, name)) {
		return true;
	}
	cli__usage("run", "%s: there is no device named %s", option, name);
	return false;
}

static struct place *place_with(struct run *run, const bt_addr_t *addr)
{
	for (size_t i = 0; i < run->options->count; i++) {
		if (bt_addr_eq(&run->places[i].on_air.public_addr, addr)) {
			return &run->places[i];
		}
	}
	return NULL;
}

static bool give_address(struct run *run, const struct run_address *wish)
{
	struct place *other = place_with(run, &wish->addr);

	if (other != NULL) {
		cli__usage("run", "--address: %s and %s have the same one", other->device.name,
			   wish->name);
		return false;
	}
	if (!is_device(run, "--address", wish->name)) {
		return false;
	}
	for (size_t i = 0; i < run->options->count; i++) {
		if (strcmp(run->places[i].device.name, wish->name) == 0) {
			run->places[i].on_air.public_addr = wish->addr;
		}
	}
	return true;
}

/* Locally administered and the n-th device's own, so that it is the same in each run and after a
 * restart of the device. */
static void choose_address(struct run *run, size_t index)
{
	for (size_t n = index + 1;; n += run->options->count) {
		bt_addr_t addr = {{(uint8_t)n, (uint8_t)(n >> 8), 0, 0xf0, 0xfa, 2}};

		if (place_with(run, &addr) == NULL) {
			run->places[index].on_air.public_addr = addr;
			return;
		}
	}
}

static bool is_folder(const char *option, const char *path)
{
	if (path != NULL && fav_path_kind(path) != FAV_PATH_OTHER) {
		cli__usage("run", "%s %s: there is no such folder", option, path);
		return false;
	}
	return true;
}

static bool options_fit(struct run *run)
{
	const struct run_options *o = run->options;

	if (o->input != NULL && !is_device(run, "--stdin", o->input)) {
		return false;
	}
	if (o->until.set && strcmp(o->until.name, "*") != 0 &&
	    !is_device(run, "--until", o->until.name)) {
		return false;
	}
	for (size_t i = 0; i < o->address_count; i++) {
		if (!give_address(run, &o->addresses[i])) {
			return false;
		}
	}
	return is_folder("--capture", o->capture) && is_folder("--settings", o->settings);
}

/* ---- Starting ---- */

/* For sockets, and for settings that last as long as the run. */
static int make_dir(struct run *run)
{
	int err = fav_temp_dir(run->dir, sizeof(run->dir));

	if (err < 0) {
		run->dir[0] = '\0';
	}
	return err;
}

static int serve_devices(struct run *run)
{
	struct fav_air_config config = {.seed = run->options->on_air.seed};
	int err;

	run->air = fav_air_create(&config);
	if (run->air == NULL) {
		return -ENOMEM;
	}
	for (size_t i = 0; i < run->options->count; i++) {
		struct place *place = &run->places[i];
		char url[URL_SIZE];

		place->on_air.name = place->device.name;
		if (bt_addr_eq(&place->on_air.public_addr, BT_ADDR_ANY)) {
			choose_address(run, i);
		}
		snprintf(url, sizeof(url), "unix:%s/%zu", run->dir, i + 1);
		err = fav_air_serve_as(run->air, url, &place->on_air, NULL, NULL, &place->server);
		if (err < 0) {
			return err;
		}
	}
	return 0;
}

static int start_device(struct run *run, struct place *place)
{
	char hci[URL_SIZE + 16], settings[CAPTURE_SIZE], capture[CAPTURE_SIZE];
	const char *env[] = {hci, settings, NULL, NULL};
	const struct run_options *o = run->options;

	snprintf(hci, sizeof(hci), "FAVONIUS_HCI=%s",
		 place->server == NULL ? o->air : fav_air_server_url(place->server));
	/* One process at a time has a file of settings, so each device has its own. */
	snprintf(settings, sizeof(settings), "FAVONIUS_SETTINGS=%s/%s.settings",
		 o->settings != NULL ? o->settings : run->dir, place->device.name);
	if (o->capture != NULL) {
		snprintf(capture, sizeof(capture), "FAVONIUS_BTSNOOP=%s/%s.btsnoop", o->capture,
			 place->device.name);
		env[2] = capture;
	}
	return device__start(&place->device, run->processes, env,
			     o->input != NULL && strcmp(o->input, place->device.name) == 0);
}

static int start_devices(struct run *run)
{
	for (size_t i = 0; i < run->options->count; i++) {
		int err = start_device(run, &run->places[i]);

		if (err < 0) {
			return err;
		}
		run->left++;
	}
	return 0;
}

/* ---- The whole ---- */

static bool is_over(const struct run *run)
{
	return run->left == 0 && output__is_empty(&run->out) && output__is_empty(&run->err);
}

static void run_devices(struct run *run)
{
	if (run->options->for_us != 0) {
		fav_timeout_start(&run->limit, fav_kernel_port()->now_us() + run->options->for_us);
	}
	while (!is_over(run)) {
		fav_wait(K_FOREVER);
	}
	fav_timeout_stop(&run->limit);
	fav_timeout_stop(&run->grace);
}

static int exit_status(const struct run *run)
{
	const struct run_until *until = &run->options->until;

	if (run->ending == INTERRUPTED) {
		return CLI_INTERRUPTED;
	}
	if (run->ending == TERMINATED) {
		return CLI_TERMINATED;
	}
	if (until->set && run->ending != SEEN) {
		fprintf(stderr,
			"favonius run: ended before %s had printed %" PRIu64 " lines like '%s'\n",
			strcmp(until->name, "*") == 0 ? "a device" : until->name, until->count,
			until->pattern);
		return CLI_FAILED;
	}
	return run->failed ? CLI_FAILED : CLI_OK;
}

static void clean_up(struct run *run)
{
	for (size_t i = 0; i < run->options->count; i++) {
		device__free(&run->places[i].device);
		fav_air_server_stop(run->places[i].server);
	}
	if (!air_options__end(run->air, &run->attached)) {
		run->failed = true;
	}
	fav_air_destroy(run->air);
	if (run->dir[0] != '\0') {
		fav_temp_dir_remove(run->dir);
	}
	fav_processes_close(run->processes);
	output__close(&run->out);
	output__close(&run->err);
}

static int run_found(struct run *run)
{
	int err = fav_processes_open(on_signal, run, &run->processes);
	int status;

	if (err == 0) {
		err = make_dir(run);
	}
	if (err == 0 && run->options->air == NULL) {
		err = serve_devices(run);
	}
	if (err < 0) {
		fprintf(stderr, "favonius run: no air: %s\n", strerror(-err));
		return CLI_FAILED;
	}
	status = air_options__apply("run", &run->options->on_air, run->air, &run->attached);
	if (status != CLI_OK) {
		return status;
	}
	output__open(&run->out, FAV_STDOUT, on_room, run);
	output__open(&run->err, FAV_STDERR, on_room, run);
	if (start_devices(run) < 0) {
		return CLI_FAILED;
	}
	run_devices(run);
	return exit_status(run);
}

int run__run(const struct run_options *options)
{
	struct run *run = calloc(1, sizeof(*run));
	int status = CLI_USAGE;

	if (run == NULL || (run->places = calloc(options->count, sizeof(*run->places))) == NULL) {
		fprintf(stderr, "favonius run: no memory\n");
		free(run);
		return CLI_FAILED;
	}
	run->options = options;
	run->limit.handler = limit_reached;
	run->grace.handler = grace_over;
	run->owner = (struct device_owner){
		.line = on_line, .done = on_done, .ctx = run, .out = &run->out, .err = &run->err};
	if (find_devices(run) && options_fit(run)) {
		status = run_found(run);
	}
	clean_up(run);
	if (status == CLI_OK && run->failed) {
		status = CLI_FAILED; /* a capture that is not complete */
	}
	free(run->places);
	free(run);
	return status;
}
