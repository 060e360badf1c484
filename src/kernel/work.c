/* SPDX-License-Identifier: Apache-2.0 */
#include "root.h"
#include "wait.h"

LOG_MODULE_REGISTER(kernel);

struct k_work_q *fav_sys_work_q(void)
{
	return &kernel__root.works.system;
}

void k_work_init(struct k_work *work, k_work_handler_t handler)
{
	*work = (struct k_work){.handler = handler};
}

static bool is_queued(const struct k_work *work)
{
	return (work->flags & K_WORK_QUEUED) != 0;
}

static bool is_running(const struct k_work *work)
{
	return kernel__root.works.running == work;
}

int k_work_busy_get(const struct k_work *work)
{
	return (int)(work->flags | (is_running(work) ? K_WORK_RUNNING : 0));
}

/* While a queue drains, only its own items may add to it. */
static bool is_accepting(const struct k_work_q *queue)
{
	return queue->draining ? kernel__root.works.running != NULL : !queue->plugged;
}

int k_work_submit_to_queue(struct k_work_q *queue, struct k_work *work)
{
	struct kernel *k = &kernel__root;

	if (queue == NULL) {
		return -EINVAL;
	}
	if (!queue->started) {
		return -ENODEV;
	}
	if (is_queued(work)) {
		return 0;
	}
	if (!is_accepting(queue)) {
		return -EBUSY;
	}
	work->flags |= K_WORK_QUEUED;
	work->queue = queue;
	queue->pending++;
	k->works.count++;
	sys_dlist_append(&k->works.list, &work->node);
	return is_running(work) ? 2 : 1;
}

int k_work_submit(struct k_work *work)
{
	return k_work_submit_to_queue(fav_sys_work_q(), work);
}

/* work has left the list. */
static void mark_unqueued(struct k_work *work)
{
	work->flags &= ~(uint32_t)K_WORK_QUEUED;
	work->queue->pending--;
	kernel__root.works.count--;
}

int k_work_cancel(struct k_work *work)
{
	if (is_queued(work)) {
		sys_dlist_remove(&work->node);
		mark_unqueued(work);
	}
	return k_work_busy_get(work);
}

bool k_work_cancel_sync(struct k_work *work, struct k_work_sync *sync)
{
	bool was_pending = k_work_is_pending(work);

	(void)k_work_cancel(work);
	return was_pending;
}

static bool is_not_queued(void *ctx)
{
	return !is_queued(ctx);
}

bool k_work_flush(struct k_work *work, struct k_work_sync *sync)
{
	if (!is_queued(work)) {
		return false;
	}
	if (!loop__may_run_work()) {
		LOG_ERR("k_work_flush() where no work can run");
		return false;
	}
	(void)loop__until(true, is_not_queued, work);
	return true;
}

void work__run(void)
{
	struct kernel *k = &kernel__root;
	uint32_t limit = k->works.count;
	sys_dnode_t *node;

	while (limit-- > 0 && (node = sys_dlist_get(&k->works.list)) != NULL) {
		struct k_work *work = CONTAINER_OF(node, struct k_work, node);

		mark_unqueued(work);
		k->works.running = work;
		work->handler(work);
		k->works.running = NULL;
		loop__interrupts();
	}
}

void k_work_queue_init(struct k_work_q *queue)
{
	*queue = (struct k_work_q){0};
}

void k_work_queue_start(struct k_work_q *queue, void *stack, size_t stack_size, int prio,
			const struct k_work_queue_config *cfg)
{
	queue->started = true;
}

static bool is_drained(void *ctx)
{
	return ((const struct k_work_q *)ctx)->pending == 0;
}

int k_work_queue_drain(struct k_work_q *queue, bool plug)
{
	int result = 0;

	if (k_is_in_isr()) {
		return -EWOULDBLOCK;
	}
	if (queue->pending > 0) {
		if (!loop__may_run_work()) {
			return -EDEADLK;
		}
		queue->draining = true;
		result = loop__until(true, is_drained, queue);
		queue->draining = false;
		result = result == 0 ? 1 : result;
	}
	if (result >= 0 && plug) {
		queue->plugged = true;
	}
	return result;
}

int k_work_queue_unplug(struct k_work_q *queue)
{
	if (!queue->plugged) {
		return -EALREADY;
	}
	queue->plugged = false;
	return 0;
}
