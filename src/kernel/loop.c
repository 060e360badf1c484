/* SPDX-License-Identifier: Apache-2.0 */
#include "root.h"
#include "wait.h"

/*
 * The loop. One turn is: interrupt level (irqs, then due timeouts), the work items that were queued
 * when the turn began with interrupt level between them, then either the port's poll() when more is
 * pending, or its idle() until the next deadline. Each part is bounded, so that none starves
 * another.
 */

/* Timeouts run before others get their turn: more than a simulation has at one moment, and little
 * enough that descriptors are looked at within a millisecond. */
#define TIMEOUTS_A_TURN 256

/* Turns of one fav_process(). */
#define TURNS 16

static struct fav_irq *irq_take(void)
{
	struct kernel *k = &kernel__root;
	unsigned int key = k->port->lock();
	struct fav_irq *irq = k->irqs.head;

	if (irq != NULL) {
		k->irqs.head = irq->next_;
		if (k->irqs.head == NULL) {
			k->irqs.tail = NULL;
		}
		k->irqs.count--;
		irq->next_ = NULL;
		irq->raised_ = false;
	}
	k->port->unlock(key);
	return irq;
}

static bool irq_is_pending(void)
{
	return __atomic_load_n(&kernel__root.irqs.head, __ATOMIC_RELAXED) != NULL;
}

static void run_irqs(void)
{
	uint32_t limit = __atomic_load_n(&kernel__root.irqs.count, __ATOMIC_RELAXED);
	struct fav_irq *irq;

	while (limit-- > 0 && (irq = irq_take()) != NULL) {
		irq->handler(irq);
	}
}

void fav_irq_raise(struct fav_irq *irq)
{
	struct kernel *k = &kernel__root;
	const struct fav_port *port = kernel__port();
	unsigned int key = port->lock();
	bool was_raised = irq->raised_;

	if (!was_raised) {
		irq->raised_ = true;
		irq->next_ = NULL;
		if (k->irqs.tail != NULL) {
			k->irqs.tail->next_ = irq;
		} else {
			__atomic_store_n(&k->irqs.head, irq, __ATOMIC_RELAXED);
		}
		k->irqs.tail = irq;
		__atomic_store_n(&k->irqs.count, k->irqs.count + 1, __ATOMIC_RELAXED);
	}
	port->unlock(key);
	if (!was_raised) {
		port->wake();
	}
}

bool fav_irq_cancel(struct fav_irq *irq)
{
	struct kernel *k = &kernel__root;
	const struct fav_port *port = kernel__port();
	unsigned int key = port->lock();
	bool was_raised = irq->raised_;
	struct fav_irq *before = NULL;

	if (was_raised) {
		for (struct fav_irq *at = k->irqs.head; at != irq; at = at->next_) {
			before = at;
		}
		if (before != NULL) {
			before->next_ = irq->next_;
		} else {
			k->irqs.head = irq->next_;
		}
		if (k->irqs.tail == irq) {
			k->irqs.tail = before;
		}
		k->irqs.count--;
		irq->raised_ = false;
	}
	port->unlock(key);
	return was_raised;
}

static bool timeout_is_due(void)
{
	const struct fav_timeout *first = kernel__root.timeouts.root;

	return first != NULL && first->at_us <= kernel__now_us();
}

static bool interrupt_is_pending(void)
{
	return irq_is_pending() || timeout_is_due();
}

static void run_interrupts(void)
{
	struct kernel *k = &kernel__root;
	uint64_t now_us = kernel__now_us();

	__ASSERT(!k->in_isr, "interrupt level does not nest");
	k->in_isr = true;
	run_irqs();
	timeout__run_due(now_us, TIMEOUTS_A_TURN);
	k->in_isr = false;
}

void loop__interrupts(void)
{
	if (interrupt_is_pending()) {
		run_interrupts();
	}
}

static bool is_pending(bool run_work)
{
	return (run_work && kernel__root.works.count > 0) || interrupt_is_pending();
}

static uint64_t next_deadline_us(void)
{
	const struct fav_timeout *first = kernel__root.timeouts.root;

	return first != NULL ? first->at_us : FAV_FOREVER_US;
}

void loop__poll_sources(void)
{
	struct kernel *k = &kernel__root;

	if (kernel__port()->poll != NULL) {
		k->in_isr = true;
		k->port->poll();
		k->in_isr = false;
	}
}

static int idle(uint64_t until_us)
{
	struct kernel *k = &kernel__root;
	int err;

	k->in_isr = true;
	err = k->port->idle(until_us);
	k->in_isr = false;
	return err;
}

bool loop__may_run_work(void)
{
	const struct kernel *k = &kernel__root;

	return k->works.running == NULL && k->sched_locks == 0 && !k->in_isr;
}

bool fav_wait_runs_work(void)
{
	return loop__may_run_work();
}

int loop__until(bool run_work, bool (*done)(void *ctx), void *ctx)
{
	for (;;) {
		int err;

		loop__interrupts();
		if (run_work) {
			work__run();
		}
		if (done(ctx)) {
			return 0;
		}
		if (is_pending(run_work)) {
			loop__poll_sources();
			continue;
		}
		err = idle(next_deadline_us());
		if (err != 0) {
			return err;
		}
	}
}

static bool is_main(void)
{
	return kernel__root.works.running == NULL && !kernel__root.in_isr;
}

uint64_t fav_process(void)
{
	bool run_work = loop__may_run_work();

	if (!is_main()) {
		return next_deadline_us();
	}
	for (int turn = 0; turn < TURNS; turn++) {
		loop__poll_sources();
		loop__interrupts();
		if (run_work) {
			work__run();
		}
		if (!is_pending(run_work)) {
			return next_deadline_us();
		}
	}
	return kernel__now_us();
}

int fav_wait(k_timeout_t timeout)
{
	uint64_t deadline_us = fav_deadline_us(timeout);
	bool timed_out;
	int err;

	if (!is_main()) {
		return -EWOULDBLOCK;
	}
	if (is_pending(loop__may_run_work())) {
		(void)fav_process();
		return 0;
	}
	err = idle(MIN(deadline_us, next_deadline_us()));
	timed_out = kernel__now_us() >= deadline_us;
	(void)fav_process();
	return err != 0 ? err : timed_out ? -EAGAIN : 0;
}

struct wait_for {
	struct fav_timeout timeout;
	bool timed_out;
	bool (*done)(void *ctx);
	void *ctx;
	bool satisfied;
};

static bool wait_for_ended(void *ctx)
{
	struct wait_for *wait = ctx;

	wait->satisfied = wait->done(wait->ctx);
	return wait->satisfied || wait->timed_out;
}

static void wait_for_timed_out(struct fav_timeout *t)
{
	CONTAINER_OF(t, struct wait_for, timeout)->timed_out = true;
}

int fav_wait_for(bool (*done)(void *ctx), void *ctx, k_timeout_t timeout)
{
	struct wait_for wait = {
		.timeout.handler = wait_for_timed_out,
		.done = done,
		.ctx = ctx,
	};
	int err;

	if (done(ctx)) {
		return 0;
	}
	if (K_TIMEOUT_EQ(timeout, K_NO_WAIT)) {
		return -EAGAIN;
	}
	if (!wait__allowed(timeout, &err)) {
		return err;
	}
	if (!K_TIMEOUT_EQ(timeout, K_FOREVER)) {
		fav_timeout_start(&wait.timeout, fav_deadline_us(timeout));
	}
	err = loop__until(loop__may_run_work(), wait_for_ended, &wait);
	fav_timeout_stop(&wait.timeout);
	return err != 0 ? err : wait.satisfied ? 0 : -EAGAIN;
}
