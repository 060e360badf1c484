/* SPDX-License-Identifier: Apache-2.0 */
#include "each.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <favonius/fault.h>
#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/hci.h>

static uint32_t commands_of(const struct each_run *run)
{
	uint32_t count;

	run->begin();
	assert_int_equal(run->run(), 0);
	count = run->s->cmd_count;
	scripted_down(run->s);
	return count;
}

static uint32_t allocations_of(const struct each_run *run)
{
	uint32_t count;

	run->begin();
	fav_fault_alloc_at(0);
	assert_int_equal(run->run(), 0);
	count = fav_fault_alloc_count();
	scripted_down(run->s);
	return count;
}

static void end(const struct each_run *run)
{
	run->recover();
	scripted_down(run->s);
}

struct each_result each_allocation_fails(const struct each_run *run)
{
	struct each_result result = {.runs = allocations_of(run)};

	for (uint32_t n = 1; n <= result.runs; n++) {
		int err;

		run->begin();
		fav_fault_alloc_at(n);
		err = run->run();
		fav_fault_alloc_at(0);
		assert_true(err == 0 || err == -ENOMEM);
		if (err != 0) {
			result.errors++;
		} else if (run->check != NULL) {
			run->check();
		}
		end(run);
	}
	return result;
}

struct each_result each_command_meets(const struct each_run *run, enum scripted_deed deed)
{
	struct each_result result = {.runs = commands_of(run)};

	if (deed == SCRIPTED_NO_CREDIT) {
		/* It is the command after that misses it. */
		result.runs--;
	}
	for (uint32_t n = 1; n <= result.runs; n++) {
		run->begin();
		scripted_rule(run->s, (struct scripted_rule){.nth = n,
							     .deed = deed,
							     .status = BT_HCI_ERR_HW_FAILURE});
		result.errors += run->run() < 0;
		scripted_obey(run->s);
		end(run);
	}
	return result;
}

void each_command_loses_the_transport(const struct each_run *run)
{
	uint32_t count = commands_of(run);

	for (uint32_t n = 1; n <= count; n++) {
		run->begin();
		scripted_rule(run->s, (struct scripted_rule){.nth = n, .deed = SCRIPTED_LOSE});
		assert_true(run->run() < 0);
		scripted_obey(run->s);
		scripted_settle();
		assert_false(bt_is_ready());
		(void)bt_disable();
		end(run);
	}
}
