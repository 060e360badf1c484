/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include <zephyr/logging/log.h>

#include "host.h"
#include "quiet.h"

LOG_MODULE_REGISTER(bt_quiet);

/* Until a user that is in the middle of something is asked again. */
#define BUSY_MS 10

static void run(struct k_work *work);

void quiet__init(struct quiet *quiet, struct bt_host *host)
{
	*quiet = (struct quiet){.host = host};
	sys_slist_init(&quiet->users);
	k_work_init_delayable(&quiet->work, run);
}

int quiet__enable(struct bt_host *host)
{
	struct quiet *quiet = host__quiet(host);

	sys_slist_init(&quiet->users);
	quiet->due = 0;
	return 0;
}

void quiet__disable(struct bt_host *host)
{
	struct quiet *quiet = host__quiet(host);

	k_work_cancel_delayable(&quiet->work);
	sys_slist_init(&quiet->users);
	quiet->due = 0;
	quiet->generation++;
}

void quiet__register(struct bt_host *host, struct quiet_user *user, const struct quiet_ops *ops)
{
	user->ops = ops;
	user->running = false;
	user->paused = false;
	sys_slist_append(&host__quiet(host)->users, &user->node);
}

void quiet__unregister(struct bt_host *host, struct quiet_user *user)
{
	quiet__running(host, user, false);
	sys_slist_find_and_remove(&host__quiet(host)->users, &user->node);
}

void quiet__task_register(struct bt_host *host, unsigned int reason, const struct quiet_task *task)
{
	host__quiet(host)->tasks[reason == QUIET_ADDR ? 0 : 1] = task;
}

/* ---- The run ---- */

static void go_on(struct quiet *quiet)
{
	if (quiet->due != 0 && host__is_ready(quiet->host)) {
		k_work_reschedule(&quiet->work, K_NO_WAIT);
	}
}

void quiet__ready(struct bt_host *host)
{
	go_on(host__quiet(host));
}

void quiet__want(struct bt_host *host, unsigned int reasons)
{
	struct quiet *quiet = host__quiet(host);

	quiet->due |= reasons;
	go_on(quiet);
}

void quiet__paused(struct bt_host *host, struct quiet_user *user)
{
	user->paused = true;
	go_on(host__quiet(host));
}

void quiet__running(struct bt_host *host, struct quiet_user *user, bool running)
{
	if (user->running != running) {
		user->running = running;
		user->paused = false;
		if (!running) {
			go_on(host__quiet(host));
		}
	}
}

/* What became of pausing them all. */
enum pausing {
	PAUSE_NOTHING, /* all were quiet */
	PAUSE_DONE,    /* they are now */
	PAUSE_BUSY,    /* ask again */
	PAUSE_WAIT,    /* one will say */
	PAUSE_OVER,    /* the host has gone down */
};

static enum pausing pause_one(struct quiet *quiet, struct quiet_user *user)
{
	unsigned int generation = quiet->generation;
	int err = user->ops->pause(quiet->host, user, quiet->due);

	if (quiet->generation != generation) {
		return PAUSE_OVER;
	}
	if (err == -EBUSY) {
		return PAUSE_BUSY;
	}
	if (err == -EINPROGRESS) {
		return PAUSE_WAIT;
	}
	if (err != 0) {
		/* What follows will be refused as well, and say so. */
		LOG_WRN("cannot be paused: %d", err);
	}
	user->paused = user->running;
	return PAUSE_DONE;
}

static enum pausing pause_all(struct quiet *quiet)
{
	enum pausing result = PAUSE_NOTHING;
	struct quiet_user *user;

	if (quiet->due == 0) {
		return PAUSE_NOTHING;
	}
	SYS_SLIST_FOR_EACH_CONTAINER(&quiet->users, user, node) {
		if (user->running && !user->paused) {
			enum pausing one = pause_one(quiet, user);

			result = MAX(result, one);
		}
		if (result == PAUSE_OVER) {
			break;
		}
	}
	return result;
}

static void resume_all(struct quiet *quiet)
{
	unsigned int generation = quiet->generation;
	struct quiet_user *user;

	SYS_SLIST_FOR_EACH_CONTAINER(&quiet->users, user, node) {
		if (!user->paused) {
			continue;
		}
		user->paused = false;
		if (user->running) {
			user->ops->resume(quiet->host, user);
		}
		if (quiet->generation != generation) {
			return;
		}
	}
}

static void change(struct quiet *quiet)
{
	unsigned int generation = quiet->generation, due = quiet->due;

	quiet->due = 0;
	for (unsigned int i = 0; i < ARRAY_SIZE(quiet->tasks); i++) {
		if ((due & BIT(i)) != 0) {
			quiet->tasks[i]->run(quiet->host);
		}
		if (quiet->generation != generation) {
			return;
		}
	}
	resume_all(quiet);
}

/* Drop what needs no quiet any more. */
static void reconsider(struct quiet *quiet)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(quiet->tasks); i++) {
		if ((quiet->due & BIT(i)) != 0 &&
		    (quiet->tasks[i] == NULL || !quiet->tasks[i]->is_needed(quiet->host))) {
			quiet->due &= ~BIT(i);
		}
	}
}

static void run(struct k_work *work)
{
	struct quiet *quiet = CONTAINER_OF(k_work_delayable_from_work(work), struct quiet, work);
	struct bt_host *previous = host__enter(quiet->host);

	reconsider(quiet);
	switch (pause_all(quiet)) {
	case PAUSE_NOTHING:
		change(quiet);
		break;
	case PAUSE_DONE:
		/* Behind the events that came before the controller had stopped. */
		k_work_reschedule(&quiet->work, K_NO_WAIT);
		break;
	case PAUSE_BUSY:
		k_work_reschedule(&quiet->work, K_MSEC(BUSY_MS));
		break;
	default:
		break;
	}
	host__leave(previous);
}
