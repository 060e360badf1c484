/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Repeated attempts, Core 6.0 Vol 3 Part H 2.3.6: after a failed pairing a time must pass before
 * the next with the same claimed identity; it doubles with each failure, and is forgotten after a
 * time without one.
 */

#include <string.h>

#include "smp.h"

#define FIRST_MS 1000
#define LAST_MS  64000
/* Waits that pass without another failure before it is forgotten. */
#define FORGET 8

static bool is_forgotten(const struct smp_repeat *r, int64_t now_ms)
{
	return r->wait_ms == 0 || now_ms >= r->until_ms + (int64_t)FORGET * r->wait_ms;
}

static struct smp_repeat *find(struct smp *smp, const bt_addr_le_t *addr)
{
	int64_t now_ms = k_uptime_get();

	for (size_t i = 0; i < SMP_REPEATS; i++) {
		if (!is_forgotten(&smp->repeats[i], now_ms) &&
		    bt_addr_le_eq(&smp->repeats[i].addr, addr)) {
			return &smp->repeats[i];
		}
	}
	return NULL;
}

/* A free place, else the one that is over first. */
static struct smp_repeat *place(struct smp *smp)
{
	struct smp_repeat *first = &smp->repeats[0];
	int64_t now_ms = k_uptime_get();

	for (size_t i = 0; i < SMP_REPEATS; i++) {
		if (is_forgotten(&smp->repeats[i], now_ms)) {
			return &smp->repeats[i];
		}
		if (smp->repeats[i].until_ms < first->until_ms) {
			first = &smp->repeats[i];
		}
	}
	return first;
}

void smp_repeat__failed(struct smp *smp, const bt_addr_le_t *addr)
{
	struct smp_repeat *r = find(smp, addr);

	if (r != NULL) {
		r->wait_ms = MIN(2 * r->wait_ms, LAST_MS);
	} else {
		r = place(smp);
		bt_addr_le_copy(&r->addr, addr);
		r->wait_ms = FIRST_MS;
	}
	r->until_ms = k_uptime_get() + r->wait_ms;
}

void smp_repeat__succeeded(struct smp *smp, const bt_addr_le_t *addr)
{
	struct smp_repeat *r = find(smp, addr);

	if (r != NULL) {
		r->wait_ms = 0;
	}
}

bool smp_repeat__must_wait(struct smp *smp, const bt_addr_le_t *addr)
{
	const struct smp_repeat *r = find(smp, addr);

	return r != NULL && k_uptime_get() < r->until_ms;
}
