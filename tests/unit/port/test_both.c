/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <favonius/loop.h>
#include <favonius/posix.h>
#include <favonius/sim.h>

static void the_default_is_the_real_machine(void **state)
{
	assert_ptr_equal(fav_port_default, &fav_port_posix);
	assert_ptr_equal(fav_kernel_port(), &fav_port_posix);
}

static void the_kernel_moves_between_ports(void **state)
{
	for (int i = 0; i < 3; i++) {
		fav_sim_reset(1);
		assert_int_equal(fav_kernel_init(&fav_port_sim), 0);
		assert_int_equal(k_sleep(K_HOURS(100)), 0);
		assert_int_equal(k_uptime_get(), 360000000);
		assert_int_equal(fav_kernel_init(&fav_port_posix), 0);
		assert_int_equal(k_sleep(K_USEC(10)), 0);
		assert_true(k_uptime_ticks() >= 10);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_default_is_the_real_machine),
		cmocka_unit_test(the_kernel_moves_between_ports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
