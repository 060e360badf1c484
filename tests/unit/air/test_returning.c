/* SPDX-License-Identifier: Apache-2.0 */

/* Which address a process has that comes again. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "air/returning.h"

static struct returning returning;

static int setup(void **state)
{
	memset(&returning, 0, sizeof(returning));
	return 0;
}

static void leaves(int32_t process, uint16_t number)
{
	bt_addr_t addr = {{(uint8_t)number, (uint8_t)(number >> 8), 0, 0, 0, 2}};

	returning__left(&returning, process, &addr);
}

/* The number of the address that process gets; -1: none. */
static int comes(int32_t process)
{
	bt_addr_t addr;

	return returning__take(&returning, process, &addr) ? addr.val[0] | addr.val[1] << 8 : -1;
}

static void each_process_gets_its_own_once_in_order(void **state)
{
	leaves(7, 1);
	leaves(8, 2);
	leaves(7, 3);
	assert_int_equal(comes(9), -1);
	assert_int_equal(comes(7), 1);
	assert_int_equal(comes(7), 3);
	assert_int_equal(comes(7), -1);
	assert_int_equal(comes(8), 2);
	assert_int_equal(returning.count, 0);
}

static void of_an_unknown_process_nothing_is_kept(void **state)
{
	leaves(0, 1);
	leaves(-1, 2);
	assert_int_equal(comes(0), -1);
	assert_int_equal(comes(-1), -1);
	assert_int_equal(returning.count, 0);
}

static void the_oldest_are_forgotten_when_it_is_full(void **state)
{
	for (uint16_t i = 0; i < RETURNING_MAX + 2; i++) {
		leaves(1000 + i, i);
	}
	assert_int_equal(returning.count, RETURNING_MAX);
	assert_int_equal(comes(1000), -1);
	assert_int_equal(comes(1001), -1);
	assert_int_equal(comes(1002), 2);
	assert_int_equal(comes(1000 + RETURNING_MAX + 1), RETURNING_MAX + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(each_process_gets_its_own_once_in_order, setup),
		cmocka_unit_test_setup(of_an_unknown_process_nothing_is_kept, setup),
		cmocka_unit_test_setup(the_oldest_are_forgotten_when_it_is_full, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
