/* SPDX-License-Identifier: Apache-2.0 */

/* Duration and period of a scan, Core 6.0 Vol 4 Part E 7.8.65. */

#include <zephyr/sys/util.h>

#include "controller/ctl.h"
#include "controller/hci_evt_ext.h"

static void begin_period(struct fav_controller *ctl, uint64_t now_us)
{
	struct ll_scan *scan = &ctl->scan;

	scan->paused = false;
	scan->period_start_us = now_us;
	if (scan->forget_each_period) {
		ll__seen_forget(&scan->seen);
	}
	fav_timeout_start(&scan->timer, now_us + scan->duration_us);
	ll__listen_update(ctl, now_us);
}

static void timer_due(struct fav_timeout *timer)
{
	struct ll_scan *scan = CONTAINER_OF(timer, struct ll_scan, timer);
	struct fav_controller *ctl = CONTAINER_OF(scan, struct fav_controller, scan);
	uint64_t now_us = timer->at_us;

	if (scan->paused) {
		begin_period(ctl, now_us);
	} else if (scan->period_us != 0) {
		scan->paused = true;
		fav_timeout_start(timer, scan->period_start_us + scan->period_us);
		ll__listen_update(ctl, now_us);
	} else {
		ll__scan_stop(ctl, now_us);
		ctl__evt_scan_timeout(ctl);
	}
}

void ll__scan_limit_init(struct ll_scan *scan)
{
	scan->timer.handler = timer_due;
}

void ll__scan_limit(struct fav_controller *ctl, uint64_t duration_us, uint64_t period_us,
		    bool forget, uint64_t now_us)
{
	struct ll_scan *scan = &ctl->scan;

	fav_timeout_stop(&scan->timer);
	scan->paused = false;
	scan->duration_us = duration_us;
	scan->period_us = period_us;
	scan->forget_each_period = forget;
	if (duration_us != 0) {
		begin_period(ctl, now_us);
	}
}
