/* SPDX-License-Identifier: Apache-2.0 */

/* The parser of scenarios on any bytes: it takes them, or says in which line they are wrong. */

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "air/scenario.h"

static void check(const struct fav_air_scenario *scenario)
{
	for (size_t i = 0; i < scenario->loss_count; i++) {
		const struct scenario_loss *loss = &scenario->losses[i];

		if (loss->a >= scenario->device_count || loss->b >= scenario->device_count ||
		    loss->ppm > 1000000) {
			abort();
		}
	}
	for (size_t i = 0; i < scenario->event_count; i++) {
		const struct scenario_event *event = &scenario->events[i];
		size_t count = event->kind == SCENARIO_JAM ? scenario->jammer_count
							   : scenario->device_count;

		if (event->index >= count || !isfinite(event->place.x_m) ||
		    (i > 0 && event->at_us < event[-1].at_us)) {
			abort();
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char message[200] = "";
	struct fav_air_scenario *scenario =
		scenario__parse("f", (const char *)data, size, message, sizeof(message));

	if (scenario != NULL) {
		check(scenario);
		scenario__free(scenario);
	} else if (strncmp(message, "f:", 2) != 0) {
		abort();
	}
	return 0;
}
