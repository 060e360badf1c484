/* SPDX-License-Identifier: Apache-2.0 */
#include "units.h"

#include <stdio.h>
#include <stdlib.h>

#include <favonius/fault.h>
#include <favonius/sim.h>

struct units_panic units_panic;

static struct {
	struct fav_port port;
	const char *levels;
	char last[300];
	int lines;
} units;

static __attribute__((noreturn)) void panic(const char *what)
{
	if (!units_panic.expected) {
		fav_port_sim.panic(what);
	}
	longjmp(units_panic.to, 1);
}

static void log_line(const char *line)
{
	snprintf(units.last, sizeof(units.last), "%s", line);
	units.lines++;
}

static const char *log_levels(void)
{
	return units.levels;
}

int units_setup(void **state)
{
	units.port = fav_port_sim;
	units.port.panic = panic;
	units.port.log_line = log_line;
	units.port.log_levels = log_levels;
	units.levels = NULL;
	fav_sim_reset(1);
	fav_fault_alloc_at(0);
	assert_int_equal(fav_kernel_init(&units.port), 0);
	units.lines = 0;
	units.last[0] = '\0';
	return 0;
}

int units_log_count(void)
{
	return units.lines;
}

const char *units_log_last(void)
{
	return units.last;
}

void units_log_levels(const char *spec)
{
	units.levels = spec;
}

const struct fav_port *units_port(void)
{
	return &units.port;
}

uint64_t units_seed(void)
{
	const char *text = getenv("FAVONIUS_TEST_SEED");
	uint64_t seed = text != NULL ? strtoull(text, NULL, 0) : 20261;

	print_message("replay with FAVONIUS_TEST_SEED=%llu\n", (unsigned long long)seed);
	return seed;
}

int main(void)
{
	return suite_bytes() + suite_cursor() + suite_heap() + suite_lists() + suite_log() +
	       suite_net_buf() + suite_net_buf_chain() + suite_sections() + suite_timeouts() +
	       suite_util();
}
