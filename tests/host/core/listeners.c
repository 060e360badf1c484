/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of callbacks that change while they are being called. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "host/listeners.h"
#include "host/scripted.h"

#define LISTENERS 4

static struct listeners list;

static struct listener {
	sys_snode_t node;
	unsigned int heard;
	struct listener *remove, *add; /* when it hears */
	bool run, cut;                 /* within it, once */
} all[LISTENERS];

static void run_over(void)
{
	struct listeners_run run;
	struct listener *l;

	LISTENERS_FOR_EACH(&list, &run, l, node) {
		l->heard++;
		if (l->remove != NULL) {
			assert_int_equal(listeners__remove(&list, &l->remove->node), 0);
			/* Its memory is its owner's. */
			memset(&l->remove->node, 0xa5, sizeof(l->remove->node));
			l->remove = NULL;
		}
		if (l->add != NULL) {
			assert_int_equal(listeners__add(&list, &l->add->node), 0);
			l->add = NULL;
		}
		if (l->cut) {
			listeners__cut(&list);
		}
		if (l->run) {
			l->run = false;
			run_over();
		}
	}
}

/* All but the last, which a test may add. */
static int setup(void **state)
{
	listeners__init(&list);
	memset(all, 0, sizeof(all));
	for (size_t i = 0; i < LISTENERS - 1; i++) {
		assert_int_equal(listeners__add(&list, &all[i].node), 0);
	}
	return 0;
}

static void check(unsigned int first, unsigned int second, unsigned int third, unsigned int fourth)
{
	assert_int_equal(all[0].heard, first);
	assert_int_equal(all[1].heard, second);
	assert_int_equal(all[2].heard, third);
	assert_int_equal(all[3].heard, fourth);
	assert_null(list.runs);
}

static void each_hears_once(void **state)
{
	run_over();
	check(1, 1, 1, 0);
	assert_int_equal(listeners__add(&list, &all[1].node), -EEXIST);
	assert_int_equal(listeners__remove(&list, &all[1].node), 0);
	assert_int_equal(listeners__remove(&list, &all[1].node), -ENOENT);
	run_over();
	check(2, 1, 2, 0);
}

static void one_may_remove_itself(void **state)
{
	for (size_t i = 0; i < LISTENERS - 1; i++) {
		all[i].remove = &all[i];
	}
	run_over();
	run_over();
	check(1, 1, 1, 0);
}

static void one_that_was_removed_on_the_way_hears_nothing(void **state)
{
	all[0].remove = &all[1];
	run_over();
	check(1, 0, 1, 0);
	all[2].remove = &all[0];
	run_over();
	check(2, 0, 2, 0);
}

/* And may hear of what is being told, unless who hears last adds it. */
static void one_that_was_added_on_the_way_hears_of_the_next(void **state)
{
	all[2].add = &all[3];
	run_over();
	check(1, 1, 1, 0);
	run_over();
	check(2, 2, 2, 1);
}

/* It goes to the end of the list, and the run ends all the same. */
static void one_that_removes_and_adds_itself_again_ends_no_run(void **state)
{
	for (int i = 0; i < 3; i++) {
		all[0].remove = all[0].add = &all[0];
		run_over();
	}
	assert_int_equal(all[1].heard, 3);
	assert_null(list.runs);
}

static void a_run_within_a_run_may_remove_what_both_stand_before(void **state)
{
	all[0].run = true;
	all[1].remove = &all[2];
	run_over();
	check(2, 2, 0, 0);
}

static void a_run_that_was_cut_goes_no_further(void **state)
{
	all[1].cut = true;
	run_over();
	check(1, 1, 0, 0);
	all[1].cut = false;
	run_over();
	check(2, 2, 1, 0);
}

/* ---- An application's ---- */

static struct scripted s;
static unsigned int first_heard, second_heard;

static void second_lost(struct bt_host *host, int err)
{
	second_heard++;
}

static struct fav_host_cb second = {.lost = second_lost};

static void first_lost(struct bt_host *host, int err)
{
	first_heard++;
	assert_int_equal(fav_host_cb_unregister(host, &second), 0);
}

static struct fav_host_cb first = {.lost = first_lost};

static void a_callback_may_unregister_the_next(void **state)
{
	scripted_up(&s);
	assert_int_equal(fav_host_cb_register(s.host, &first), 0);
	assert_int_equal(fav_host_cb_register(s.host, &second), 0);
	scripted_lose(&s, -EPIPE);
	scripted_settle();
	assert_int_equal(first_heard, 1);
	assert_int_equal(second_heard, 0);
	scripted_down(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(each_hears_once, setup),
		cmocka_unit_test_setup(one_may_remove_itself, setup),
		cmocka_unit_test_setup(one_that_was_removed_on_the_way_hears_nothing, setup),
		cmocka_unit_test_setup(one_that_was_added_on_the_way_hears_of_the_next, setup),
		cmocka_unit_test_setup(one_that_removes_and_adds_itself_again_ends_no_run, setup),
		cmocka_unit_test_setup(a_run_within_a_run_may_remove_what_both_stand_before, setup),
		cmocka_unit_test_setup(a_run_that_was_cut_goes_no_further, setup),
		cmocka_unit_test(a_callback_may_unregister_the_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
