/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_HOST_FAULT_EACH_H_
#define TESTS_HOST_FAULT_EACH_H_

#include <stdint.h>

#include "host/scripted.h"

/*
 * A run of the host that is repeated while one thing fails: the first, the second, and so on to the
 * last that the run without a failure needs. Behind each a second try must work.
 */

struct each_run {
	struct scripted *s;
	/* scripted_begin(), and what else comes before a run. */
	void (*begin)(void);
	/* All of it; the first error ends it. */
	int (*run)(void);
	/* Nothing is half done: what runs can be stopped, and all can be run again. */
	void (*recover)(void);
	/* After a run without an error, whatever has failed in it: all is as it should be. NULL:
	 * there is nothing to see. */
	void (*check)(void);
};

/* How many runs there were, one a thing that failed, and how many of them ended with an error. */
struct each_result {
	uint32_t runs, errors;
};

/* -ENOMEM is the one error then. */
struct each_result each_allocation_fails(const struct each_run *run);
/* The commands from bt_enable() on; deed: what the controller does instead. With
 * SCRIPTED_NO_CREDIT the last is left out. */
struct each_result each_command_meets(const struct each_run *run, enum scripted_deed deed);
/* The transport is lost at each command, which is an error each time. */
void each_command_loses_the_transport(const struct each_run *run);

#endif
