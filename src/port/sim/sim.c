/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <favonius/sim.h>
#include <zephyr/toolchain.h>

/*
 * Virtual time. idle() jumps the clock to the deadline it was asked to wait for. Nothing here makes
 * a system call but writing log lines. There are no interrupts and no foreign threads: the critical
 * section is empty.
 */

static struct {
	uint64_t now_us;
	bool woken;
	bool seeded;
	uint64_t random[4];
} state;

/* splitmix64, to spread a seed over the generator's state. */
static uint64_t spread(uint64_t *seed)
{
	uint64_t z = *seed += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static uint64_t rotate(uint64_t x, int bits)
{
	return (x << bits) | (x >> (64 - bits));
}

/* xoshiro256**. */
static uint64_t next_random(void)
{
	uint64_t *s = state.random;
	uint64_t result = rotate(s[1] * 5, 7) * 9;
	uint64_t t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate(s[3], 45);
	return result;
}

void fav_sim_reset(uint64_t seed)
{
	state.now_us = 0;
	state.woken = false;
	state.seeded = true;
	for (int i = 0; i < 4; i++) {
		state.random[i] = spread(&seed);
	}
}

static uint64_t now_us(void)
{
	return state.now_us;
}

static int idle(uint64_t until_us)
{
	bool woken = state.woken;

	state.woken = false;
	if (woken) {
		return 0;
	}
	if (until_us == FAV_FOREVER_US) {
		return -EDEADLK;
	}
	if (until_us > state.now_us) {
		state.now_us = until_us;
	}
	return 0;
}

static void wake(void)
{
	state.woken = true;
}

static unsigned int lock(void)
{
	return 0;
}

static void unlock(unsigned int key)
{
}

static int entropy(void *dst, size_t len)
{
	uint8_t *at = dst;

	if (!state.seeded) {
		fav_sim_reset(0);
	}
	while (len > 0) {
		uint64_t value = next_random();
		size_t part = len < sizeof(value) ? len : sizeof(value);

		memcpy(at, &value, part);
		at += part;
		len -= part;
	}
	return 0;
}

static void log_line(const char *line)
{
	fprintf(stderr, "%s\n", line);
}

static const char *log_levels(void)
{
	return getenv("FAVONIUS_LOG");
}

static FUNC_NORETURN void panic(const char *what)
{
	fprintf(stderr, "%s\n", what);
	abort();
}

const struct fav_port fav_port_sim = {
	.name = "sim",
	.now_us = now_us,
	.idle = idle,
	.wake = wake,
	.lock = lock,
	.unlock = unlock,
	.entropy = entropy,
	.log_line = log_line,
	.log_levels = log_levels,
	.panic = panic,
};

/* In a program with a real machine's port that one's definition is used. */
__weak const struct fav_port *const fav_port_default = &fav_port_sim;
