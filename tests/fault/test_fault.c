/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The n-th allocation fails, the n-th HCI command is refused or swallowed, the link dies after the
 * n-th PDU, for every n of a connect-discover-write-notify-disconnect run. Each time: a clean end,
 * nothing left behind, and the same run without the fault works right after, on the same hosts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <stddef.h>

#include <cmocka.h>

#include <favonius/fault.h>
#include <favonius/loop.h>

#include "hci_shim.h"
#include "scenario.h"
#include "sim/sim.h"

#define ADVERTISING_ACCESS_ADDRESS 0x8e89bed6

static struct sim sim;
static struct hci_shim shim[2];
static struct bt_host *host[2];

static void begin(void)
{
	sim_begin_disabled(&sim, 2);
	for (size_t i = 0; i < 2; i++) {
		host[i] = sim.dev[i].host;
		hci_shim_init(&shim[i], sim.dev[i].hci);
		assert_int_equal(fav_host_hci_set(host[i], &shim[i].hci), 0);
	}
}

/* Whatever happened: links that came up went down, procedures that began ended, once each. */
static void check_balance(const struct scenario_result *result, const char *what, uint32_t n)
{
	for (size_t i = 0; i < 2; i++) {
		if (result->connects[i] != result->disconnects[i]) {
			fail_msg("%s %u: host %zu: %u connected, %u disconnected", what, n, i,
				 result->connects[i], result->disconnects[i]);
		}
	}
	if (result->ends != result->expected_ends) {
		fail_msg("%s %u: %u procedures began, %u ended", what, n, result->expected_ends,
			 result->ends);
	}
}

static void run_clean(const char *after, uint32_t n)
{
	struct scenario_result result = scenario_run(host);

	if (result.failed_at != STEP_DONE) {
		fail_msg("after %s %u, a run without fault failed at %s with %d", after, n,
			 scenario_step_name(result.failed_at), result.err);
	}
	check_balance(&result, after, n);
}

static void a_run_without_fault_works(void **state)
{
	begin();
	run_clean("nothing", 0);
	run_clean("a first run", 0);
	sim_end(&sim);
}

static void any_failing_allocation_is_an_error_and_no_more(void **state)
{
	uint32_t failed_runs = 0;
	uint32_t n = 1;

	begin();
	for (;; n++) {
		struct scenario_result result;
		uint32_t tried;

		fav_fault_alloc_at(n);
		result = scenario_run(host);
		tried = fav_fault_alloc_count();
		fav_fault_alloc_at(0);
		check_balance(&result, "allocation", n);
		failed_runs += result.failed_at != STEP_DONE;
		run_clean("allocation", n);
		if (tried < n) {
			break;
		}
	}
	print_message("%u allocations, %u of them ended the run\n", n - 1, failed_runs);
	assert_true(failed_runs > 0);
	sim_end(&sim);
}

static void spoil_each_command(enum hci_shim_fault fault, const char *what)
{
	begin();
	for (size_t i = 0; i < 2; i++) {
		for (uint32_t n = 1;; n++) {
			struct scenario_result result;

			shim[i].fault = fault;
			shim[i].commands = 0;
			shim[i].spoiled = 0;
			shim[i].spoil_at = n;
			result = scenario_run(host);
			shim[i].spoil_at = 0;
			check_balance(&result, what, n);
			run_clean(what, n);
			if (!shim[i].spoiled) {
				print_message("host %zu: %u commands\n", i, n - 1);
				assert_true(n > 10);
				break;
			}
		}
	}
	sim_end(&sim);
}

static void any_refused_command_is_an_error_and_no_more(void **state)
{
	spoil_each_command(SHIM_REFUSE, "refused command");
}

static void any_unanswered_command_is_an_error_and_no_more(void **state)
{
	spoil_each_command(SHIM_SILENT, "unanswered command");
}

/* ---- The link ---- */

static uint32_t pdus, dead_after;

static void count_pdu(void *ctx, const struct fav_air_packet *packet)
{
	pdus += packet->access_address != ADVERTISING_ACCESS_ADDRESS;
}

static enum fav_air_verdict lose_after(void *ctx, const struct fav_air_packet *packet)
{
	return packet->access_address != ADVERTISING_ACCESS_ADDRESS && pdus > dead_after
		       ? FAV_AIR_LOSE
		       : FAV_AIR_DELIVER;
}

static void a_link_that_dies_after_any_pdu_ends_cleanly(void **state)
{
	static struct fav_air_observer observer = {.on_packet = count_pdu, .verdict = lose_after};
	uint32_t whole;

	begin();
	pdus = 0;
	dead_after = UINT32_MAX;
	fav_air_observer_add(sim.air, &observer);
	run_clean("counting", 0);
	whole = pdus;
	print_message("%u PDUs\n", whole);
	assert_true(whole > 20);
	for (uint32_t n = 0; n < whole; n++) {
		struct scenario_result result;

		pdus = 0;
		dead_after = n;
		result = scenario_run(host);
		dead_after = UINT32_MAX;
		check_balance(&result, "PDU", n);
		run_clean("PDU", n);
	}
	fav_air_observer_remove(sim.air, &observer);
	sim_end(&sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_run_without_fault_works),
		cmocka_unit_test(any_failing_allocation_is_an_error_and_no_more),
		cmocka_unit_test(any_refused_command_is_an_error_and_no_more),
		cmocka_unit_test(any_unanswered_command_is_an_error_and_no_more),
		cmocka_unit_test(a_link_that_dies_after_any_pdu_ends_cleanly),
	};

	return SIM_RUN(tests);
}
