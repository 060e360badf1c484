/* SPDX-License-Identifier: Apache-2.0 */
#include "units.h"

#include <zephyr/logging/log.h>
#include <zephyr/logging/log_ctrl.h>

LOG_MODULE_REGISTER(sample);

static int evaluations;

static int evaluated(void)
{
	return ++evaluations;
}

static int lines_of_all_levels(void)
{
	int before = units_log_count();

	LOG_ERR("e");
	LOG_WRN("w");
	LOG_INF("i");
	LOG_DBG("d");
	return units_log_count() - before;
}

static void a_line_has_time_level_and_module(void **state)
{
	k_sleep(K_USEC(3723000456));
	LOG_ERR("value %d", 7);
	assert_string_equal(units_log_last(), "[01:02:03.000456] <err> sample: value 7");
	LOG_WRN("text");
	assert_string_equal(units_log_last(), "[01:02:03.000456] <wrn> sample: text");
}

static void the_default_level_shows_warnings(void **state)
{
	assert_int_equal(lines_of_all_levels(), CONFIG_LOG_DEFAULT_LEVEL);
}

static void a_level_holds_for_all_modules(void **state)
{
	assert_int_equal(fav_log_levels_set("dbg"), 0);
	assert_int_equal(lines_of_all_levels(), 4);
	assert_int_equal(fav_log_levels_set("off"), 0);
	assert_int_equal(lines_of_all_levels(), 0);
	assert_int_equal(fav_log_levels_set("3"), 0);
	assert_int_equal(lines_of_all_levels(), 3);
	assert_int_equal(fav_log_levels_set(NULL), 0);
	assert_int_equal(lines_of_all_levels(), CONFIG_LOG_DEFAULT_LEVEL);
}

static void a_module_may_have_a_level_of_its_own(void **state)
{
	assert_int_equal(fav_log_levels_set("err,sample=inf,other=dbg"), 0);
	assert_int_equal(lines_of_all_levels(), 3);
	assert_int_equal(fav_log_levels_set("sample=off,dbg"), 0);
	assert_int_equal(lines_of_all_levels(), 0);
	assert_int_equal(fav_log_levels_set("other=off,err,"), 0);
	assert_int_equal(lines_of_all_levels(), 1);
}

static void what_is_not_understood_is_left_out(void **state)
{
	assert_int_equal(fav_log_levels_set("loud"), -EINVAL);
	assert_int_equal(lines_of_all_levels(), CONFIG_LOG_DEFAULT_LEVEL);
	assert_int_equal(fav_log_levels_set("sample=,inf,=dbg,5"), -EINVAL);
	assert_int_equal(lines_of_all_levels(), 3);
	assert_int_equal(fav_log_levels_set("a_name_that_is_much_too_long_for_a_module=dbg"),
			 -EINVAL);
	assert_int_equal(fav_log_levels_set("a=1,b=1,c=1,d=1,e=1,f=1,g=1,h=1,i=1,j=1,k=1,l=1,m=1,"
					    "n=1,o=1,sample=4,q=1"),
			 -ENOMEM);
	assert_int_equal(lines_of_all_levels(), 4);
}

static void the_port_tells_what_the_user_asked_for(void **state)
{
	units_log_levels("sample=dbg");
	assert_int_equal(fav_kernel_init(units_port()), 0);
	assert_int_equal(lines_of_all_levels(), 4);
	units_log_levels("sample=loud");
	assert_int_equal(fav_kernel_init(units_port()), 0);
	assert_non_null(strstr(units_log_last(), "FAVONIUS_LOG"));
	assert_non_null(strstr(units_log_last(), "sample=loud"));
}

static void arguments_of_a_hidden_line_are_not_evaluated(void **state)
{
	evaluations = 0;
	LOG_DBG("%d", evaluated());
	assert_int_equal(evaluations, 0);
	LOG_ERR("%d", evaluated());
	assert_int_equal(evaluations, 1);
}

static void a_long_line_is_cut(void **state)
{
	char text[600];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	LOG_ERR("%s", text);
	assert_int_equal(strlen(units_log_last()), 255);
	assert_string_equal(units_log_last() + 252, "...");
}

static void a_line_stays_one_line(void **state)
{
	LOG_ERR("one\ntwo\r\n");
	assert_null(strchr(units_log_last(), '\n'));
	assert_non_null(strstr(units_log_last(), "one two"));
}

static void hexdump_shows_bytes_and_text(void **state)
{
	int before = units_log_count();

	LOG_HEXDUMP_ERR("0123456789abcdefXY\x01", 19, "dump");
	assert_int_equal(units_log_count() - before, 3);
	assert_non_null(strstr(units_log_last(), "58 59 01 "));
	assert_non_null(strstr(units_log_last(), "|XY."));
	before = units_log_count();
	LOG_HEXDUMP_DBG("x", 1, "hidden");
	assert_int_equal(units_log_count(), before);
}

static void nothing_timed_out(struct fav_timeout *t)
{
}

static void nothing_to_do(struct k_work *work)
{
}

static void nothing_raised(struct fav_irq *irq)
{
}

static void the_report_names_what_is_alive(void **state)
{
	struct fav_irq irq = {.handler = nothing_raised};
	struct fav_timeout timeouts[5];
	int before = units_log_count();
	struct k_work work;
	void *block = k_malloc(1);

	for (int i = 0; i < 5; i++) {
		timeouts[i] = (struct fav_timeout){.handler = nothing_timed_out};
		fav_timeout_start(&timeouts[i], fav_now_us() + 1000 + (uint64_t)i);
	}
	/* Gives the heap of timeouts some depth. */
	fav_timeout_start(&timeouts[0], 0);
	fav_process();
	k_work_init(&work, nothing_to_do);
	k_work_submit(&work);
	fav_irq_raise(&irq);
	fav_kernel_report();
	assert_int_equal(units_log_count() - before, 4 + 1 + 1 + 1);
	for (int i = 0; i < 5; i++) {
		fav_timeout_stop(&timeouts[i]);
	}
	k_work_cancel(&work);
	fav_irq_cancel(&irq);
	k_free(block);
	before = units_log_count();
	fav_kernel_report();
	assert_int_equal(units_log_count(), before);
}

int suite_log(void)
{
	const struct CMUnitTest tests[] = {
		units_test(a_line_has_time_level_and_module),
		units_test(the_default_level_shows_warnings),
		units_test(a_level_holds_for_all_modules),
		units_test(a_module_may_have_a_level_of_its_own),
		units_test(what_is_not_understood_is_left_out),
		units_test(the_port_tells_what_the_user_asked_for),
		units_test(arguments_of_a_hidden_line_are_not_evaluated),
		units_test(a_long_line_is_cut),
		units_test(a_line_stays_one_line),
		units_test(hexdump_shows_bytes_and_text),
		units_test(the_report_names_what_is_alive),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
