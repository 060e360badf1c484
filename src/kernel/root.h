/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_KERNEL_ROOT_H_
#define FAV_KERNEL_ROOT_H_

#include <favonius/loop.h>
#include <zephyr/kernel.h>
#include <zephyr/logging/log.h>

/*
 * The kernel's root: all state that hangs from no object of a user. There is one kernel a process,
 * so it is the one writable file-scope object of this room.
 */

#define LOG_MODULES     16
#define LOG_MODULE_NAME 24

struct kernel {
	const struct fav_port *port; /* NULL until the first use: then fav_port_default */
	uint64_t start_us;           /* on the port's clock: k_uptime_ticks() is 0 */

	struct {
		struct fav_timeout *root; /* pairing heap */
		uint64_t seq;             /* of the next one armed */
		uint32_t count;
	} timeouts;

	struct { /* guarded by the port's lock: foreign threads raise */
		struct fav_irq *head, *tail;
		uint32_t count;
	} irqs;

	struct {
		sys_dlist_t list; /* struct k_work by node, of all queues */
		uint32_t count;
		struct k_work *running; /* may be freed memory: compared, never followed */
		struct k_work_q system;
	} works;

	bool in_isr;
	uint32_t sched_locks;

	struct {
		uint8_t level; /* of modules that have no other */
		uint8_t highest;
		uint8_t count;
		struct {
			char name[LOG_MODULE_NAME];
			uint8_t level;
		} modules[LOG_MODULES];
	} log;

	struct {
		uint32_t at; /* 0: none is to fail */
		uint32_t count;
	} fault;

	struct k_heap heap;
};

extern struct kernel kernel__root;

/* First use: the default port, its log levels. */
void kernel__start(void);

static inline const struct fav_port *kernel__port(void)
{
	if (unlikely(kernel__root.port == NULL)) {
		kernel__start();
	}
	return kernel__root.port;
}

static inline uint64_t kernel__now_us(void)
{
	return kernel__port()->now_us();
}

/* Asked by each allocator: true when this allocation must fail, favonius/fault.h. */
static inline bool fault__alloc(void)
{
	return IS_ENABLED(CONFIG_FAV_FAULT) &&
	       unlikely(++kernel__root.fault.count == kernel__root.fault.at);
}

/* Run every timeout that is due, at most limit of them. The caller has set interrupt level. */
void timeout__run_due(uint64_t now_us, uint32_t limit);

/* Run the work items that were queued at the time of the call, interrupt level between them. */
void work__run(void);

/* Run the handlers of event sources that are ready. Thread level. */
void loop__poll_sources(void);

/* Run the pending handlers of interrupt level, event sources excepted. Thread level. */
void loop__interrupts(void);

/* true when a wait here may run work items. */
bool loop__may_run_work(void);

/* Run interrupt level, and work if asked, until done(ctx). 0, or -EDEADLK from the port. Thread
 * level; the caller has checked that it may wait. */
int loop__until(bool run_work, bool (*done)(void *ctx), void *ctx);

#endif
