/* SPDX-License-Identifier: Apache-2.0 */
#include "wait.h"

/* What a waiter wants, and what it got. */
struct want {
	uint32_t events;
	bool all;
	uint32_t got;
};

static uint32_t satisfied(const struct want *want, uint32_t events)
{
	uint32_t got = events & want->events;

	return want->all && got != want->events ? 0 : got;
}

void k_event_init(struct k_event *event)
{
	*event = (struct k_event){0};
}

uint32_t k_event_set_masked(struct k_event *event, uint32_t events, uint32_t events_mask)
{
	uint32_t before = event->events & events_mask;
	struct fav_waiter *next;

	event->events = (event->events & ~events_mask) | (events & events_mask);
	for (struct fav_waiter *w = wait__first(&event->wait_q_); w != NULL; w = next) {
		struct want *want = w->data;

		next = w->next;
		want->got = satisfied(want, event->events);
		if (want->got != 0) {
			wait__wake(w, 0);
		}
	}
	return before;
}

uint32_t k_event_post(struct k_event *event, uint32_t events)
{
	return k_event_set_masked(event, events, events);
}

uint32_t k_event_set(struct k_event *event, uint32_t events)
{
	return k_event_set_masked(event, events, UINT32_MAX);
}

uint32_t k_event_clear(struct k_event *event, uint32_t events)
{
	return k_event_set_masked(event, 0, events);
}

static uint32_t wait_for(struct k_event *event, struct want want, bool reset, k_timeout_t timeout)
{
	struct fav_waiter waiter = {.data = &want};

	if (reset) {
		event->events = 0;
	}
	want.got = satisfied(&want, event->events);
	if (want.got == 0 && !K_TIMEOUT_EQ(timeout, K_NO_WAIT)) {
		(void)wait__on(&event->wait_q_, &waiter, timeout);
	}
	return want.got;
}

uint32_t k_event_wait(struct k_event *event, uint32_t events, bool reset, k_timeout_t timeout)
{
	return wait_for(event, (struct want){.events = events}, reset, timeout);
}

uint32_t k_event_wait_all(struct k_event *event, uint32_t events, bool reset, k_timeout_t timeout)
{
	return wait_for(event, (struct want){.events = events, .all = true}, reset, timeout);
}
