/* SPDX-License-Identifier: Apache-2.0 */
#include <favonius/loop.h>
#include <zephyr/kernel.h>

void k_poll_event_init(struct k_poll_event *event, uint32_t type, int mode, void *obj)
{
	*event = (struct k_poll_event){.type = (uint8_t)type, .mode = (uint8_t)mode, .obj = obj};
}

static uint32_t state_of(const struct k_poll_event *event)
{
	switch (event->type) {
	case K_POLL_TYPE_SIGNAL:
		return event->signal->signaled != 0 ? K_POLL_STATE_SIGNALED : 0;
	case K_POLL_TYPE_SEM_AVAILABLE:
		return k_sem_count_get(event->sem) > 0 ? K_POLL_STATE_SEM_AVAILABLE : 0;
	case K_POLL_TYPE_DATA_AVAILABLE:
		return !k_queue_is_empty(event->queue) ? K_POLL_STATE_DATA_AVAILABLE : 0;
	case K_POLL_TYPE_MSGQ_DATA_AVAILABLE:
		return k_msgq_num_used_get(event->msgq) > 0 ? K_POLL_STATE_MSGQ_DATA_AVAILABLE : 0;
	default:
		return 0;
	}
}

struct poll {
	struct k_poll_event *events;
	int count;
};

static bool is_any_ready(void *ctx)
{
	const struct poll *poll = ctx;
	bool ready = false;

	for (int i = 0; i < poll->count; i++) {
		poll->events[i].state |= state_of(&poll->events[i]);
		ready = ready || poll->events[i].state != K_POLL_STATE_NOT_READY;
	}
	return ready;
}

int k_poll(struct k_poll_event *events, int num_events, k_timeout_t timeout)
{
	struct poll poll = {.events = events, .count = num_events};

	return fav_wait_for(is_any_ready, &poll, timeout);
}

void k_poll_signal_init(struct k_poll_signal *sig)
{
	*sig = (struct k_poll_signal){0};
}

void k_poll_signal_reset(struct k_poll_signal *sig)
{
	sig->signaled = 0;
}

void k_poll_signal_check(struct k_poll_signal *sig, unsigned int *signaled, int *result)
{
	*signaled = sig->signaled;
	*result = sig->result;
}

int k_poll_signal_raise(struct k_poll_signal *sig, int result)
{
	sig->result = result;
	sig->signaled = 1;
	return 0;
}
