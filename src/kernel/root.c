/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <zephyr/logging/log_ctrl.h>

#include "root.h"

LOG_MODULE_REGISTER(kernel);

/* Apart from the root, which is not all zero: these bytes belong into .bss, not into each program's
 * file.
 */
static uint8_t kernel__heap[CONFIG_HEAP_MEM_POOL_SIZE + SYS_HEAP_OVERHEAD] __aligned(16);

struct kernel kernel__root = {
	.works.list = SYS_DLIST_STATIC_INIT(&kernel__root.works.list),
	.works.system = {.started = true},
	.heap = {.memory = kernel__heap, .memory_size = sizeof(kernel__heap)},
};

static void use_port(const struct fav_port *port)
{
	struct kernel *k = &kernel__root;
	const char *levels = port->log_levels != NULL ? port->log_levels() : NULL;

	k->port = port;
	k->start_us = port->now_us();
	k->sched_locks = 0;
	if (fav_log_levels_set(levels) != 0) {
		LOG_WRN("FAVONIUS_LOG: not understood in full: %s", levels);
	}
}

void kernel__start(void)
{
	use_port(fav_port_default);
}

int fav_kernel_init(const struct fav_port *port)
{
	struct kernel *k = &kernel__root;

	if (k->timeouts.count > 0 || k->works.count > 0 || k->irqs.count > 0 || k->in_isr ||
	    k->works.running != NULL) {
		return -EBUSY;
	}
	use_port(port);
	return 0;
}

const struct fav_port *fav_kernel_port(void)
{
	return kernel__port();
}

void fav_kernel_usage_get(struct fav_kernel_usage *usage)
{
	const struct kernel *k = &kernel__root;

	*usage = (struct fav_kernel_usage){
		.timeouts = k->timeouts.count,
		.works = k->works.count,
		.irqs = k->irqs.count,
		.heap_blocks = sys_heap_used_blocks(&k->heap.heap),
	};
}

/* The heap of timeouts is a tree: children first, then siblings, without a stack of its own. */
static const struct fav_timeout *next_timeout(const struct fav_timeout *t)
{
	if (t->child_ != NULL) {
		return t->child_;
	}
	while (t != NULL && t->next_ == NULL) {
		const struct fav_timeout *first = t;

		while (first->prev_ != NULL && first->prev_->child_ != first) {
			first = first->prev_;
		}
		t = first->prev_;
	}
	return t != NULL ? t->next_ : NULL;
}

void fav_kernel_report(void)
{
	const struct kernel *k = &kernel__root;
	const struct fav_irq *irq;
	const struct k_work *work;
	int lines = 20;

	for (const struct fav_timeout *t = k->timeouts.root; t != NULL && lines > 0;
	     t = next_timeout(t), lines--) {
		LOG_ERR("timeout %p armed for %llu us, handler %p", (const void *)t,
			(unsigned long long)t->at_us, (void *)(uintptr_t)t->handler);
	}
	SYS_DLIST_FOR_EACH_CONTAINER(&k->works.list, work, node) {
		if (lines-- > 0) {
			LOG_ERR("work %p queued, handler %p", (const void *)work,
				(void *)(uintptr_t)work->handler);
		}
	}
	for (irq = k->irqs.head; irq != NULL && lines > 0; irq = irq->next_, lines--) {
		LOG_ERR("irq %p raised, handler %p", (const void *)irq,
			(void *)(uintptr_t)irq->handler);
	}
	if (sys_heap_used_blocks(&k->heap.heap) > 0 && lines > 0) {
		LOG_ERR("heap: %u blocks, %zu bytes in use", sys_heap_used_blocks(&k->heap.heap),
			k->heap.heap.used_bytes);
	}
}
