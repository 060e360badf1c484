/* SPDX-License-Identifier: Apache-2.0 */
#include "ll/ctrl/ctrl.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <zephyr/sys/byteorder.h>

void ctrl_begin(void)
{
	pair_begin(NULL);
	bench_trace(&bench);
}

unsigned int ctrl_sent(bool central, uint8_t opcode)
{
	unsigned int count = 0;
	int at = 0;

	while ((at = bench_find_ctrl(&bench, at, central ? 0 : 1, opcode)) >= 0) {
		count++;
		at++;
	}
	return count;
}

void ctrl_check_update(struct raw_host *host, uint16_t interval, uint16_t latency, uint16_t timeout)
{
	const struct raw_event *event =
		raw_expect_le(host, BT_HCI_EVT_LE_CONN_UPDATE_COMPLETE, 2000);

	assert_int_equal(event->params[0], 0);
	assert_int_equal(sys_get_le16(event->params + 3), interval);
	assert_int_equal(sys_get_le16(event->params + 5), latency);
	assert_int_equal(sys_get_le16(event->params + 7), timeout);
}
