/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZEPHYR_KERNEL_TIMEOUT_H_
#define ZEPHYR_KERNEL_TIMEOUT_H_

#include <stdbool.h>
#include <stdint.h>

#include <favonius/port.h>
#include <zephyr/toolchain.h>
#include <zephyr/sys/util.h>

/** @file
 * Moments and durations: k_timeout_t, the clock, and the loop's fav_timeout.
 *
 * One tick is one microsecond. Conversions round up; a duration below 0 counts as 0; one that is
 * too long for the clock waits for its end, not for 0.
 *
 * Context: loop, both levels, where nothing else is said.
 */

typedef int64_t k_ticks_t;

/** A duration, or a moment; made with the K_ macros only. */
typedef struct {
	k_ticks_t ticks; /**< >= 0: a duration; -1: forever; below: the moment -2 - ticks. */
} k_timeout_t;

#define K_TICKS_FOREVER ((k_ticks_t)-1)

/** Do not wait. */
#define K_NO_WAIT ((k_timeout_t){0})
/** Wait without limit. */
#define K_FOREVER ((k_timeout_t){K_TICKS_FOREVER})

/* A constant argument gives a constant expression; another one is evaluated once. */
#define FAV_TICKS_MAX_ (INT64_MAX - 1)
#define FAV_SCALE_(t, by)                                           \
	((t) > 0 ? ((uint64_t)(t) > (uint64_t)FAV_TICKS_MAX_ / (by) \
			    ? FAV_TICKS_MAX_                        \
			    : (k_ticks_t)((uint64_t)(t) * (by)))    \
		 : 0)
#define FAV_TICKS_(t, by)                                                             \
	__builtin_choose_expr(                                                        \
		__builtin_constant_p(t),                                              \
		FAV_SCALE_(__builtin_choose_expr(__builtin_constant_p(t), t, 0), by), \
		fav_scale_ticks_((uint64_t)(t), (__typeof__(t))-1 < (__typeof__(t))1, by))

/** @cond private */
static inline k_ticks_t fav_scale_ticks_(uint64_t t, bool is_signed, uint64_t by)
{
	return is_signed && (int64_t)t < 0 ? 0 : FAV_SCALE_(t, by);
}
/** @endcond */

#define K_TICKS(t)   ((k_timeout_t){FAV_TICKS_(t, 1U)})
#define K_USEC(t)    ((k_timeout_t){FAV_TICKS_(t, 1U)})
#define K_CYC(t)     K_TICKS(t)
#define K_NSEC(t)    ((k_timeout_t){((t) > 0 ? ((t)-1) / 1000 + 1 : 0)})
#define K_MSEC(ms)   ((k_timeout_t){FAV_TICKS_(ms, 1000U)})
#define K_SECONDS(s) ((k_timeout_t){FAV_TICKS_(s, 1000000U)})
#define K_MINUTES(m) ((k_timeout_t){FAV_TICKS_(m, 60000000U)})
#define K_HOURS(h)   ((k_timeout_t){FAV_TICKS_(h, 3600000000U)})

/** The moment at which k_uptime_ticks() is @p t. */
#define K_TIMEOUT_ABS_TICKS(t) ((k_timeout_t){-2 - FAV_TICKS_(t, 1U)})
#define K_TIMEOUT_ABS_US(t)    K_TIMEOUT_ABS_TICKS(t)
#define K_TIMEOUT_ABS_MS(t)    ((k_timeout_t){-2 - FAV_TICKS_(t, 1000U)})
#define K_TIMEOUT_ABS_SEC(t)   ((k_timeout_t){-2 - FAV_TICKS_(t, 1000000U)})

#define K_TIMEOUT_EQ(a, b)             ((a).ticks == (b).ticks)
#define Z_TICK_ABS(t)                  (-2 - (t))
#define Z_IS_TIMEOUT_RELATIVE(timeout) ((timeout).ticks >= 0)

/** For arguments in milliseconds: no limit. */
#define SYS_FOREVER_MS (-1)
#define SYS_FOREVER_US (-1)
#define SYS_TIMEOUT_MS(ms) \
	((k_timeout_t){(ms) == SYS_FOREVER_MS ? K_TICKS_FOREVER : FAV_TICKS_(ms, 1000U)})

/** @return The clock: ticks since the kernel started on its port. Context: any, including ISR. */
int64_t k_uptime_ticks(void);

/** @return Milliseconds since the kernel started, rounded down. Context: any, including ISR. */
static inline int64_t k_uptime_get(void)
{
	return k_uptime_ticks() / 1000;
}

/** @return The low 32 bits of k_uptime_get(). Context: any, including ISR. */
static inline uint32_t k_uptime_get_32(void)
{
	return (uint32_t)k_uptime_get();
}

/** @return Seconds since the kernel started. Context: any, including ISR. */
static inline uint32_t k_uptime_seconds(void)
{
	return (uint32_t)(k_uptime_ticks() / 1000000);
}

/** Milliseconds since *@p reftime, which becomes the present. Context: any, including ISR. */
static inline int64_t k_uptime_delta(int64_t *reftime)
{
	int64_t now = k_uptime_get();
	int64_t delta = now - *reftime;

	*reftime = now;
	return delta;
}

/** @return The cycle counter: microseconds, 32 bits. Context: any, including ISR. */
static inline uint32_t k_cycle_get_32(void)
{
	return (uint32_t)k_uptime_ticks();
}

/** @return The cycle counter: microseconds. Context: any, including ISR. */
static inline uint64_t k_cycle_get_64(void)
{
	return (uint64_t)k_uptime_ticks();
}

static inline uint32_t sys_clock_hw_cycles_per_sec(void)
{
	return 1000000;
}

/** A time point for sys_timepoint_timeout(); made by sys_timepoint_calc(). */
typedef struct {
	uint64_t tick;
} k_timepoint_t;

/** The moment that is @p timeout from now. Context: any, including ISR. */
k_timepoint_t sys_timepoint_calc(k_timeout_t timeout);

/** What is left until @p timepoint; K_NO_WAIT when it has passed. Context: any, including ISR. */
k_timeout_t sys_timepoint_timeout(k_timepoint_t timepoint);

/** @return < 0, 0, > 0 as @p a is before, at, after @p b. */
static inline int sys_timepoint_cmp(k_timepoint_t a, k_timepoint_t b)
{
	return a.tick < b.tick ? -1 : a.tick > b.tick;
}

/** @return true when @p timepoint has passed. Context: any, including ISR. */
static inline bool sys_timepoint_expired(k_timepoint_t timepoint)
{
	return sys_timepoint_timeout(timepoint).ticks == 0;
}

static inline uint64_t k_ms_to_ticks_ceil64(uint64_t t)
{
	return t * 1000;
}

static inline uint64_t k_us_to_ticks_ceil64(uint64_t t)
{
	return t;
}

static inline uint32_t k_ms_to_ticks_ceil32(uint32_t t)
{
	return t * 1000;
}

static inline uint32_t k_us_to_ticks_ceil32(uint32_t t)
{
	return t;
}

static inline uint64_t k_ticks_to_ms_floor64(uint64_t t)
{
	return t / 1000;
}

static inline uint64_t k_ticks_to_ms_ceil64(uint64_t t)
{
	return t / 1000 + (t % 1000 != 0);
}

static inline uint64_t k_ticks_to_us_floor64(uint64_t t)
{
	return t;
}

static inline uint32_t k_ticks_to_ms_floor32(uint32_t t)
{
	return t / 1000;
}

static inline uint32_t k_ticks_to_ms_ceil32(uint32_t t)
{
	return t / 1000 + (t % 1000 != 0);
}

static inline uint32_t k_ticks_to_us_floor32(uint32_t t)
{
	return t;
}

static inline uint32_t k_cyc_to_us_floor32(uint32_t t)
{
	return t;
}

static inline uint64_t k_cyc_to_ns_floor64(uint64_t t)
{
	return t * 1000;
}

/** A moment in time with a handler at interrupt level: what k_timer and k_work_delayable stand on.
 *
 * Memory is the caller's and must stay valid while armed. Zero-initialise, then set @p handler.
 * Timeouts of one moment run in the order they were armed.
 */
struct fav_timeout {
	/** Runs at interrupt level. @p t is disarmed by then and may be armed again at once, or its
	 * memory given back. Its deadline stays readable in @ref at_us: on a late loop that, not
	 * the clock, is the moment that was asked for.
	 */
	void (*handler)(struct fav_timeout *t);
	uint64_t at_us; /**< When armed, or when it last expired: absolute, on the port's clock. */
	/** @cond private: the kernel's, a node of its heap. */
	uint64_t seq_;
	struct fav_timeout *child_, *next_, *prev_;
	bool armed_;
	/** @endcond */
};

/** Arm @p t for the absolute moment @p at_us on the port's clock, moving it when it was armed; the
 * past runs at once (but not from within this call). Cost: O(log n) amortised.
 * Context: loop, both levels.
 */
void fav_timeout_start(struct fav_timeout *t, uint64_t at_us);

/** Disarm @p t. @return true when it was armed. Context: loop, both levels. */
bool fav_timeout_stop(struct fav_timeout *t);

/** @return true when @p t is armed. Context: loop, both levels. */
static inline bool fav_timeout_is_armed(const struct fav_timeout *t)
{
	return t->armed_;
}

/** @return The port's clock: microseconds since an arbitrary start. Context: any, including ISR. */
uint64_t fav_now_us(void);

/** @return The absolute moment on the port's clock at which @p timeout ends: FAV_FOREVER_US for
 * K_FOREVER only, longer durations stop one microsecond before. Context: any, including ISR.
 */
uint64_t fav_deadline_us(k_timeout_t timeout);

struct fav_waiter;

/** @cond private: who waits for an object; zero-initialised is empty. */
struct fav_wait_q {
	struct fav_waiter *first_;
};
/** @endcond */

struct k_timer;

/** Runs when the timer expires. Interrupt level; may start and stop timers, @p timer included. */
typedef void (*k_timer_expiry_t)(struct k_timer *timer);
/** Runs in k_timer_stop() on a running timer, in its caller's context. */
typedef void (*k_timer_stop_t)(struct k_timer *timer);

/** A timer. The memory is the caller's; it must stay valid while the timer runs. */
struct k_timer {
	/** @cond private */
	struct fav_timeout timeout_;
	struct fav_wait_q wait_q_;
	k_timer_expiry_t expiry_fn;
	k_timer_stop_t stop_fn;
	k_timeout_t period;
	uint32_t status;
	void *user_data;
	/** @endcond */
};

/** @cond private */
void fav_timer_expired(struct fav_timeout *t);
/** @endcond */

#define K_TIMER_DEFINE(name, expiry, stop)                  \
	struct k_timer name = {                             \
		.timeout_ = {.handler = fav_timer_expired}, \
		.expiry_fn = (expiry),                      \
		.stop_fn = (stop),                          \
	}

/** Make @p timer a stopped one.
 * @param expiry_fn  NULL: none.
 * @param stop_fn    NULL: none.
 * Context: loop, both levels.
 */
void k_timer_init(struct k_timer *timer, k_timer_expiry_t expiry_fn, k_timer_stop_t stop_fn);

/** Start, or restart, @p timer; its status becomes 0.
 * @param duration  Until the first expiry; K_FOREVER: it does not start, a running one stops
 *                  without its stop function.
 * @param period    From each expiry's deadline to the next; K_NO_WAIT or K_FOREVER: one shot.
 *                  Expiries that a late loop missed all happen, each in its turn.
 * Context: loop, both levels.
 */
void k_timer_start(struct k_timer *timer, k_timeout_t duration, k_timeout_t period);

/** Stop @p timer. Of a running one the stop function runs, and who waits in k_timer_status_sync()
 * returns; stopping a stopped one has no effect. Context: loop, both levels.
 */
void k_timer_stop(struct k_timer *timer);

/** @return How often @p timer expired since its status was last read. Context: loop, both levels.
 */
uint32_t k_timer_status_get(struct k_timer *timer);

/** Wait until @p timer expires or is stopped.
 * @return As k_timer_status_get(): at once when that is not 0; 0 when the timer is stopped, or
 *         where waiting is impossible (interrupt level).
 * Context: thread, may wait; in a work item too, interrupt level runs meanwhile.
 */
uint32_t k_timer_status_sync(struct k_timer *timer);

/** @return Ticks until the next expiry; 0 when stopped. Context: loop, both levels. */
k_ticks_t k_timer_remaining_ticks(const struct k_timer *timer);

/** @return k_uptime_ticks() of the next expiry; the present when stopped. Context: loop. */
k_ticks_t k_timer_expires_ticks(const struct k_timer *timer);

/** @return Milliseconds until the next expiry, rounded down; 0 when stopped. Context: loop. */
static inline uint32_t k_timer_remaining_get(struct k_timer *timer)
{
	return (uint32_t)(k_timer_remaining_ticks(timer) / 1000);
}

static inline void k_timer_user_data_set(struct k_timer *timer, void *user_data)
{
	timer->user_data = user_data;
}

static inline void *k_timer_user_data_get(const struct k_timer *timer)
{
	return timer->user_data;
}

#endif
