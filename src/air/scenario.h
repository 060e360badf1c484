/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_AIR_SCENARIO_H_
#define FAV_AIR_SCENARIO_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <favonius/air.h>
#include <favonius/loop.h>

#include "air/signal_path.h"

/*
 * A scenario: what was read from its text, and where it stands. The text's form is in docs/air.md.
 */

#define SCENARIO_NAME_SIZE 32

struct air_device;

struct scenario_device {
	char name[SCENARIO_NAME_SIZE];
	bt_addr_t addr; /* BT_ADDR_ANY: none is set */
	struct place place;
	int16_t drift_ppm;
	uint32_t hci_latency_us;
	bool off;
	struct air_device *device; /* NULL: not on the air */
};

struct scenario_jammer {
	char name[SCENARIO_NAME_SIZE];
	struct fav_air_jammer_config config;
	struct fav_air_jammer *jammer; /* NULL: off */
};

/* Both ways; devices by their index. */
struct scenario_loss {
	size_t a, b;
	uint32_t ppm;
	uint32_t delay_us;
};

enum scenario_kind {
	SCENARIO_MOVE,
	SCENARIO_LOSS,
	SCENARIO_POWER,
	SCENARIO_JAM,
};

struct scenario_event {
	uint64_t at_us; /* from the start */
	size_t line;    /* of those of one moment, the first line comes first */
	enum scenario_kind kind;
	size_t index; /* of a device or a jammer */
	struct place place;
	struct scenario_loss loss;
	bool on;
};

/* Freed by scenario__free(). Each array has room for one entry a line. */
struct fav_air_scenario {
	struct fav_air *air;
	uint64_t start_us;
	struct fav_timeout timer;
	struct scenario_device *devices;
	struct scenario_jammer *jammers;
	struct scenario_loss *losses;
	struct scenario_event *events; /* in their order in time */
	size_t device_count, jammer_count, loss_count, event_count, next_event;
};

/* NULL: no memory, or message says "FILE:LINE: what is wrong". */
struct fav_air_scenario *scenario__parse(const char *file, const char *text, size_t len,
					 char *message, size_t size);
/* With its jammers; its devices stay. NULL is allowed. */
void scenario__free(struct fav_air_scenario *scenario);

/* Set a loss, in place of a former one of the two. */
void scenario__set_loss(struct fav_air_scenario *scenario, const struct scenario_loss *loss);

/* Fill what the air's scenario says of a device that is to come. 0, -EHOSTDOWN. */
int scenario__admit(struct fav_air *air, struct fav_air_device *wish);
/* A device has come; it is going. */
void scenario__added(struct air_device *device);
void scenario__removed(struct air_device *device);

#endif
