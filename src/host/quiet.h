/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_QUIET_H_
#define FAV_HOST_QUIET_H_

#include <stdbool.h>

#include <favonius/host.h>
#include <zephyr/kernel.h>
#include <zephyr/sys/slist.h>

/*
 * Pausing advertising, scanning and initiating while the controller is told what it takes only in
 * quiet: another random address (Core 6.0 Vol 4 Part E 7.8.4), another resolving list (7.8.38).
 *
 *     IDLE -> each user is paused -> events that were on their way are heard -> the tasks that are
 *     due -> users that still run are resumed -> IDLE
 *
 * A link that was made just before the pause is heard of before anything changes, so its addresses
 * are those that were on the air, and advertising that it ended is not resumed.
 */

/* Why. */
#define QUIET_ADDR BIT(0) /* private addresses change */
#define QUIET_LIST BIT(1) /* the controller's lists change */

struct quiet_user;

struct quiet_ops {
	/* Stop for a while, for these reasons. 0: stopped, or need not. -EBUSY: ask again soon.
	 * -EINPROGRESS: quiet__paused() will say when. */
	int (*pause)(struct bt_host *host, struct quiet_user *user, unsigned int reasons);
	/* Go on. Called once for each pause that came about, if the user still runs. */
	void (*resume)(struct bt_host *host, struct quiet_user *user);
};

/* Something that uses the controller's radio: the layer's, in the list while the host is enabled.
 */
struct quiet_user {
	sys_snode_t node;
	const struct quiet_ops *ops;
	bool running;
	bool paused;
};

/* What is done in quiet for a reason. */
struct quiet_task {
	/* Whether there is anything to do: asked before anybody is paused. */
	bool (*is_needed)(struct bt_host *host);
	/* Do it; may wait for the controller. */
	void (*run)(struct bt_host *host);
};

/* In the host. */
struct quiet {
	struct bt_host *host;
	sys_slist_t users;
	struct k_work_delayable work;
	unsigned int due;        /* QUIET_* */
	unsigned int generation; /* grows when the host is disabled */
	const struct quiet_task *tasks[2];
};

void quiet__init(struct quiet *quiet, struct bt_host *host);
int quiet__enable(struct bt_host *host);
void quiet__disable(struct bt_host *host);

/* At each enable, and in a set's case until quiet__unregister(). */
void quiet__register(struct bt_host *host, struct quiet_user *user, const struct quiet_ops *ops);
void quiet__unregister(struct bt_host *host, struct quiet_user *user);
/* For one reason: at each enable. */
void quiet__task_register(struct bt_host *host, unsigned int reason, const struct quiet_task *task);
/* The host is enabled: what became due meanwhile runs. */
void quiet__ready(struct bt_host *host);

/* Have the tasks of these reasons run soon, once. Any level. */
void quiet__want(struct bt_host *host, unsigned int reasons);
/* The user has stopped, as its pause promised. */
void quiet__paused(struct bt_host *host, struct quiet_user *user);
/* The user begins, or has ended for good. */
void quiet__running(struct bt_host *host, struct quiet_user *user, bool running);

#endif
