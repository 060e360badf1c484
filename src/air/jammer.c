/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include <zephyr/sys/util.h>

#include "air/air_internal.h"

/* Freed by fav_air_jammer_remove(), or with its air. */
struct fav_air_jammer {
	sys_dnode_t node;
	struct fav_air_jammer_config config;
	struct place place;
};

static double power_mw(const struct fav_air_jammer *jammer, const struct place *place,
		       uint8_t channel, uint64_t now_us, uint64_t *change_us)
{
	const struct fav_air_jammer_config *config = &jammer->config;

	if ((config->channels >> channel & 1) == 0) {
		return 0;
	}
	if (config->period_us != 0) {
		uint64_t phase_us = now_us % config->period_us;
		bool on = phase_us < config->on_us;
		uint64_t rest_us = (on ? config->on_us : config->period_us) - phase_us;

		*change_us = MIN(*change_us, now_us + rest_us);
		if (!on) {
			return 0;
		}
	}
	return path__mw(config->power_dbm - path__loss_db(&jammer->place, place));
}

double medium__jamming_mw(struct medium *medium, const struct place *place, uint8_t channel,
			  uint64_t now_us, uint64_t *change_us)
{
	struct fav_air_jammer *jammer;
	double mw = 0;

	SYS_DLIST_FOR_EACH_CONTAINER(&medium->jammers, jammer, node) {
		mw += power_mw(jammer, place, channel, now_us, change_us);
	}
	return mw;
}

int fav_air_jammer_add(struct fav_air *air, const struct fav_air_jammer_config *config,
		       struct fav_air_jammer **made)
{
	struct fav_air_jammer *jammer;

	if (config->channels == 0 || config->channels >> RADIO_CHANNELS != 0 ||
	    config->on_us > config->period_us || !isfinite(config->x_m) || !isfinite(config->y_m)) {
		return -EINVAL;
	}
	jammer = calloc(1, sizeof(*jammer));
	if (jammer == NULL) {
		return -ENOMEM;
	}
	jammer->config = *config;
	jammer->place = (struct place){config->x_m, config->y_m};
	sys_dlist_append(&air->medium.jammers, &jammer->node);
	*made = jammer;
	return 0;
}

void fav_air_jammer_remove(struct fav_air *air, struct fav_air_jammer *jammer)
{
	if (jammer != NULL) {
		sys_dlist_remove(&jammer->node);
		free(jammer);
	}
}

void jammer__remove_all(struct fav_air *air)
{
	struct fav_air_jammer *jammer, *next;

	SYS_DLIST_FOR_EACH_CONTAINER_SAFE(&air->medium.jammers, jammer, next, node) {
		fav_air_jammer_remove(air, jammer);
	}
}
