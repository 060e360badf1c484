/* SPDX-License-Identifier: Apache-2.0 */
/* Scenarios: what their text may say, what is wrong with it, and that it happens in time. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <favonius/loop.h>
#include <favonius/sim.h>
#include <zephyr/kernel.h>

#include "../sim.h"
#include "air/air_internal.h"
#include "air/scenario.h"

static struct fav_air *air;
static char message[200];

static void begin(void)
{
	fav_sim_reset(1);
	assert_int_equal(fav_kernel_init(&fav_port_sim), 0);
	air = fav_air_create(NULL);
	assert_non_null(air);
}

static void end(void)
{
	struct fav_kernel_usage usage;

	fav_air_destroy(air);
	fav_kernel_usage_get(&usage);
	assert_int_equal(usage.timeouts, 0);
}

static int load(const char *text)
{
	return fav_air_scenario_load(air, "s.txt", text, strlen(text), message, sizeof(message));
}

static const struct medium_node *node_of(struct fav_hci *hci)
{
	return &((struct air_device *)ctl__owner(hci))->node;
}

static size_t jammers(void)
{
	size_t count = 0;
	sys_dnode_t *node;

	SYS_DLIST_FOR_EACH_NODE(&air->medium.jammers, node) {
		count++;
	}
	return count;
}

static void mistakes_are_named_with_their_line(void **state)
{
	static const struct {
		const char *text, *message;
	} wrongs[] = {
		{"fly", "1: expected device, jammer, loss or at, not fly"},
		{"# x\n\n  \t\ndevice", "4: expected a name of at most 31 characters"},
		{"device a\ndevice a", "2: there is a 'a' already"},
		{"device a at 1", "1: Y in metres: expected -1e+06 to 1e+06, not the end of the "
				  "line"},
		{"device a at nan 0", "1: X in metres: expected -1e+06 to 1e+06, not nan"},
		{"device a at 0x10 0", "1: X in metres: expected -1e+06 to 1e+06, not 0x10"},
		{"device a drift 1001", "1: drift in ppm: expected -1000 to 1000, not 1001"},
		{"device a drift", "1: drift in ppm: expected -1000 to 1000, not the end of the "
				   "line"},
		{"device a\ndevice b hci-latency 1001ms", "2: an HCI latency is at most 1s"},
		{"device a hci-latency 20",
		 "1: expected a time such as 10s, 2.5ms or 100us, not 20"},
		{"device a near 1 2", "1: expected 'address', not near"},
		{"device a address 1:2:3:4:5:6", "1: expected an address such as "
						 "02:00:00:00:00:01, not 1:2:3:4:5:6"},
		{"device a address 00:00:00:00:00:00", "1: 00:00:00:00:00:00 is no device's "
						       "address"},
		{"device a address 02:00:00:00:00:01\ndevice b address 02:00:00:00:00:01",
		 "2: a has that address"},
		{"device a\nloss a b 1%", "2: b: no line above has 'device' with that name"},
		{"device a\nloss a a 1%", "2: a device does not hear itself"},
		{"device a\ndevice b\nloss a b 101%", "3: expected 0% to 100%, not 101%"},
		{"device a\ndevice b\nloss a b 1% delay 2",
		 "3: expected a time such as 10s, 2.5ms or "
		 "100us, not 2"},
		{"device a\ndevice b\nloss a b 1% delay 2ms", "3: a delay is at most 1ms"},
		{"device a\ndevice b\nloss a b 1% 2", "3: '2' is one word too many"},
		{"jammer j channels 0-40 power 0", "1: 0-40: channels are 0 to 39"},
		{"jammer j channels 5-4 power 0", "1: 5-4: channels are 0 to 39"},
		{"jammer j channels 1, power 0", "1: expected channels such as 0-10,37, not 1,"},
		{"jammer j channels 1 power high", "1: power in dBm: expected -120 to 100, not "
						   "high"},
		{"jammer j channels 1 power 0 duty 50%", "1: expected 'period', not the end of "
							 "the line"},
		{"jammer j channels 1 power 0 duty 5% period 0s", "1: a period is 10us to 4294s"},
		{"at 5 move a to 0 0", "1: expected a time such as 10s, 2.5ms or 100us, not 5"},
		{"at -5s move a to 0 0", "1: expected a time such as 10s, 2.5ms or 100us, not -5s"},
		{"device a\nat 5s move a 0 0", "2: expected 'to', not 0"},
		{"at 5s jump", "1: expected move, loss, power-on or power-off, not jump"},
		{"at 5s power-off a", "1: a: no line above has a device or jammer with that name"},
	};
	char expected[200];

	begin();
	for (size_t i = 0; i < ARRAY_SIZE(wrongs); i++) {
		snprintf(expected, sizeof(expected), "s.txt:%s", wrongs[i].message);
		assert_int_equal(load(wrongs[i].text), -EINVAL);
		assert_string_equal(message, expected);
	}
	assert_int_equal(fav_air_scenario_load(air, "s.txt", "\0", 1, message, sizeof(message)),
			 -EINVAL);
	assert_string_equal(message, "s.txt:1: this is no text");
	/* None of them has been left half done. */
	assert_int_equal(load(""), 0);
	assert_int_equal(load(""), -EALREADY);
	end();
}

static void devices_have_their_places_addresses_and_losses(void **state)
{
	static const bt_addr_t addr = {{0xcc, 0xbb, 0xaa, 0, 0, 2}};
	struct fav_air_device wish = {.name = "b"};
	struct fav_hci *a, *b, *other;

	begin();
	assert_int_equal(load("device a at 1 2.5   # the phone\r\n"
			      "device b address 02:00:00:aA:bB:cC at -3 0\n"
			      "loss a b 10%"),
			 0);
	assert_int_equal(fav_air_add(air, &wish, &b), 0);
	assert_int_equal(fav_air_add(air, NULL, &a), 0);
	assert_int_equal(fav_air_add(air, NULL, &other), 0);
	assert_string_equal(a->name, "a");
	assert_true(node_of(a)->place.x_m == 1 && node_of(a)->place.y_m == 2.5);
	assert_true(node_of(b)->place.x_m == -3);
	assert_true(bt_addr_eq(ctl__public_addr(((struct air_device *)ctl__owner(b))->ctl), &addr));
	assert_true(medium__link_loss(node_of(a), node_of(b)) == 0.1);
	assert_true(medium__link_loss(node_of(b), node_of(a)) == 0.1);
	assert_true(medium__link_loss(node_of(b), node_of(other)) == 0);
	/* Who comes again finds it all again. */
	fav_air_remove(air, b);
	assert_true(sys_slist_is_empty(&((struct medium_node *)node_of(a))->losses));
	assert_int_equal(fav_air_add(air, &wish, &b), 0);
	assert_true(medium__link_loss(node_of(a), node_of(b)) == 0.1);
	end();
}

static void what_is_to_happen_happens_in_time(void **state)
{
	struct fav_air_device wish = {.name = "a"};
	struct fav_hci *a, *b;

	begin();
	assert_int_equal(load("device a\ndevice b\n"
			      "jammer j channels 0-10,37 power -40 at 1 1 duty 25% period 4ms\n"
			      "at 2s move a to 5 6\n"
			      "at 1s move a to 3 4\n"
			      "at 2s loss a b 100% delay 3us\n"
			      "at 2.5s power-off j\n"
			      "at 3s power-on j\n"
			      "at 3s power-off a\n"
			      "at 4s power-on a\n"),
			 0);
	assert_int_equal(jammers(), 1);
	assert_int_equal(fav_air_add(air, NULL, &a), 0);
	assert_int_equal(fav_air_add(air, NULL, &b), 0);
	sim_run_ms(999);
	assert_true(node_of(a)->place.x_m == 0);
	sim_run_ms(2);
	assert_true(node_of(a)->place.x_m == 3);
	sim_run_ms(1000);
	assert_true(node_of(a)->place.x_m == 5);
	assert_true(medium__link_loss(node_of(b), node_of(a)) == 1);
	assert_int_equal(medium__link_delay_us(node_of(b), node_of(a)), 3);
	assert_int_equal(medium__link_delay_us(node_of(a), node_of(b)), 3);
	sim_run_ms(500);
	assert_int_equal(jammers(), 0);
	sim_run_ms(500);
	assert_int_equal(jammers(), 1);
	fav_air_remove(air, a);
	assert_int_equal(fav_air_add(air, &wish, &a), -EHOSTDOWN);
	sim_run_ms(1000);
	assert_int_equal(fav_air_add(air, &wish, &a), 0);
	assert_true(node_of(a)->place.x_m == 5);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mistakes_are_named_with_their_line),
		cmocka_unit_test(devices_have_their_places_addresses_and_losses),
		cmocka_unit_test(what_is_to_happen_happens_in_time),
	};

	return SIM_RUN(tests);
}
