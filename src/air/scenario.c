/* SPDX-License-Identifier: Apache-2.0 */
#include "air/scenario.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <zephyr/logging/log.h>
#include <zephyr/sys/util.h>

#include "air/air_internal.h"

LOG_MODULE_REGISTER(air_scenario);

void scenario__set_loss(struct fav_air_scenario *scenario, const struct scenario_loss *loss)
{
	size_t i = 0;

	while (i < scenario->loss_count &&
	       !(scenario->losses[i].a == loss->a && scenario->losses[i].b == loss->b) &&
	       !(scenario->losses[i].a == loss->b && scenario->losses[i].b == loss->a)) {
		i++;
	}
	scenario->losses[i] = *loss;
	scenario->loss_count = MAX(scenario->loss_count, i + 1);
}

static int set_link(struct fav_air *air, struct air_device *from, struct air_device *to,
		    const struct scenario_loss *loss)
{
	int err = fav_air_link_loss_set(air, ctl__hci(from->ctl), ctl__hci(to->ctl), loss->ppm);

	return err != 0 ? err
			: fav_air_link_delay_set(air, ctl__hci(from->ctl), ctl__hci(to->ctl),
						 loss->delay_us);
}

static void apply_loss(struct fav_air_scenario *scenario, const struct scenario_loss *loss)
{
	struct air_device *a = scenario->devices[loss->a].device;
	struct air_device *b = scenario->devices[loss->b].device;

	if (a == NULL || b == NULL) {
		return;
	}
	if (set_link(scenario->air, a, b, loss) < 0 || set_link(scenario->air, b, a, loss) < 0) {
		LOG_ERR("no memory for the loss between %s and %s", a->name, b->name);
	}
}

static void set_jammer(struct fav_air_scenario *scenario, struct scenario_jammer *jammer, bool on)
{
	if (!on) {
		fav_air_jammer_remove(scenario->air, jammer->jammer);
		jammer->jammer = NULL;
	} else if (jammer->jammer == NULL &&
		   fav_air_jammer_add(scenario->air, &jammer->config, &jammer->jammer) < 0) {
		LOG_ERR("no memory for the jammer %s", jammer->name);
	}
}

static void set_power(struct fav_air_scenario *scenario, struct scenario_device *device, bool on)
{
	device->off = !on;
	if (!on && device->device != NULL) {
		fav_air_power_off(scenario->air, ctl__hci(device->device->ctl));
	}
}

static void happen(struct fav_air_scenario *scenario, const struct scenario_event *event)
{
	LOG_INF("line %zu happens", event->line);
	switch (event->kind) {
	case SCENARIO_MOVE:
		scenario->devices[event->index].place = event->place;
		if (scenario->devices[event->index].device != NULL) {
			scenario->devices[event->index].device->node.place = event->place;
		}
		break;
	case SCENARIO_LOSS:
		scenario__set_loss(scenario, &event->loss);
		apply_loss(scenario, &event->loss);
		break;
	case SCENARIO_POWER:
		set_power(scenario, &scenario->devices[event->index], event->on);
		break;
	case SCENARIO_JAM:
		set_jammer(scenario, &scenario->jammers[event->index], event->on);
		break;
	}
}

static void arm(struct fav_air_scenario *scenario)
{
	if (scenario->next_event < scenario->event_count) {
		fav_timeout_start(&scenario->timer,
				  scenario->start_us +
					  scenario->events[scenario->next_event].at_us);
	}
}

static void event_due(struct fav_timeout *timer)
{
	struct fav_air_scenario *scenario = CONTAINER_OF(timer, struct fav_air_scenario, timer);

	happen(scenario, &scenario->events[scenario->next_event++]);
	arm(scenario);
}

/* ---- Devices come and go ---- */

static struct scenario_device *find(struct fav_air_scenario *scenario, const char *name)
{
	for (size_t i = 0; scenario != NULL && i < scenario->device_count; i++) {
		if (strcmp(scenario->devices[i].name, name) == 0) {
			return &scenario->devices[i];
		}
	}
	return NULL;
}

/* The first that is on and not on the air. */
static struct scenario_device *next_free(struct fav_air_scenario *scenario)
{
	for (size_t i = 0; scenario != NULL && i < scenario->device_count; i++) {
		if (scenario->devices[i].device == NULL && !scenario->devices[i].off) {
			return &scenario->devices[i];
		}
	}
	return NULL;
}

int scenario__admit(struct fav_air *air, struct fav_air_device *wish)
{
	struct scenario_device *device =
		wish->name != NULL ? find(air->scenario, wish->name) : next_free(air->scenario);

	if (device == NULL) {
		return 0;
	}
	if (device->off) {
		return -EHOSTDOWN;
	}
	wish->name = device->name;
	if (!bt_addr_eq(&device->addr, BT_ADDR_ANY)) {
		wish->public_addr = device->addr;
	}
	if (device->drift_ppm != 0) {
		wish->drift_ppm = device->drift_ppm;
	}
	if (device->hci_latency_us != 0) {
		wish->hci_latency_us = device->hci_latency_us;
	}
	return 0;
}

void scenario__added(struct air_device *device)
{
	struct fav_air_scenario *scenario = device->node.air->scenario;
	struct scenario_device *known = find(scenario, device->name);

	if (known == NULL || known->device != NULL) {
		return;
	}
	known->device = device;
	device->node.place = known->place;
	for (size_t i = 0; i < scenario->loss_count; i++) {
		apply_loss(scenario, &scenario->losses[i]);
	}
}

void scenario__removed(struct air_device *device)
{
	struct scenario_device *known = find(device->node.air->scenario, device->name);

	if (known != NULL && known->device == device) {
		known->device = NULL;
	}
}

/* ---- Life ---- */

void scenario__free(struct fav_air_scenario *scenario)
{
	if (scenario == NULL) {
		return;
	}
	fav_timeout_stop(&scenario->timer);
	for (size_t i = 0; i < scenario->jammer_count; i++) {
		fav_air_jammer_remove(scenario->air, scenario->jammers[i].jammer);
	}
	free(scenario->devices);
	free(scenario->jammers);
	free(scenario->losses);
	free(scenario->events);
	free(scenario);
}

int fav_air_scenario_load(struct fav_air *air, const char *file, const char *text, size_t len,
			  char *message, size_t size)
{
	struct fav_air_scenario *scenario;

	if (air->scenario != NULL || air->device_count != 0) {
		return -EALREADY;
	}
	scenario = scenario__parse(file, text, len, message, size);
	if (scenario == NULL) {
		return -EINVAL;
	}
	scenario->air = air;
	scenario->timer.handler = event_due;
	scenario->start_us = fav_kernel_port()->now_us();
	air->scenario = scenario;
	for (size_t i = 0; i < scenario->jammer_count; i++) {
		set_jammer(scenario, &scenario->jammers[i], true);
	}
	arm(scenario);
	return 0;
}
