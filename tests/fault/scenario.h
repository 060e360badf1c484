/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_FAULT_SCENARIO_H_
#define TESTS_FAULT_SCENARIO_H_

#include <stdbool.h>
#include <stdint.h>

#include <favonius/air.h>
#include <favonius/hci.h>
#include <favonius/host.h>

/*
 * One run of what two devices do: enable, advertise, connect, discover, write, subscribe, notify,
 * disconnect. Any call in it may fail; the run then stops there, says where, and cleans up. It
 * never asserts: whoever injects the faults judges.
 */

enum scenario_step {
	STEP_ENABLE,
	STEP_REGISTER,
	STEP_ADVERTISE,
	STEP_CONNECT,
	STEP_DISCOVER,
	STEP_WRITE,
	STEP_SUBSCRIBE,
	STEP_NOTIFY,
	STEP_DISCONNECT,
	STEP_DONE,
};

struct scenario_result {
	enum scenario_step failed_at; /* STEP_DONE: all went well */
	int err;                      /* what the call said, or -ETIMEDOUT when nothing came */
	uint32_t connects[2], disconnects[2];
	uint32_t ends, expected_ends; /* procedures that ended, and that had begun */
};

/* Runs on two hosts whose transports are set and which are disabled before and after.
 * host[0] is the central. */
struct scenario_result scenario_run(struct bt_host *host[2]);

const char *scenario_step_name(enum scenario_step step);

#endif
