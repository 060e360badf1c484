/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SIM_KEPT_H_
#define TESTS_SIM_KEPT_H_

#include <favonius/settings.h>

#include "secure.h"

/*
 * The two devices of secure.h, each with settings of its own, in memory, that outlive its host: a
 * host that is made anew stands for a process that is started again.
 */

extern struct kept {
	struct fav_settings settings;
	struct fav_settings_ram ram;
	enum fav_own_addr policy; /* set at each start */
} kept[DEVICES];

/* secure_begin(), and settings for both. */
void kept_begin(struct sim *sim, enum fav_own_addr policy);
void kept_end(void);
/* Device i is gone at once, as when its power fails, and starts again with what it has kept. */
void kept_kill(size_t i);
/* Device i ends in order and starts again, its settings not loaded yet; it is current. */
void kept_restart(size_t i);
/* Forget what was told. */
void kept_forget_told(void);

#endif
