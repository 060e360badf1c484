/* SPDX-License-Identifier: Apache-2.0 */
/* bt_enable() and bt_disable(): the five kinds of controller, at each of their commands. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/hci.h>
#include <zephyr/kernel.h>

#include "host/scripted.h"

static struct scripted s;

static void enabling_resets_the_controller_first(void **state)
{
	scripted_begin(&s);
	assert_false(bt_is_ready());
	assert_int_equal(bt_enable(NULL), 0);
	assert_true(bt_is_ready());
	assert_int_equal(s.log[0].opcode, BT_HCI_OP_RESET);
	assert_int_equal(bt_enable(NULL), -EALREADY);
	scripted_down(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(enabling_resets_the_controller_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
