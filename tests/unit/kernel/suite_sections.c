/* SPDX-License-Identifier: Apache-2.0 */
#include "units.h"

/* A size that is no multiple of a big alignment, so that padding between objects would show. */
struct section_sample {
	uint32_t number;
	char text[37];
};

struct section_nobody {
	int number;
};

static const STRUCT_SECTION_ITERABLE(section_sample, sample_one) = {1, "one"};
static const STRUCT_SECTION_ITERABLE(section_sample, sample_two) = {2, "two"};
static const STRUCT_SECTION_ITERABLE(section_sample, sample_three) = {4, "three"};

static void every_object_is_found_once(void **state)
{
	struct section_sample *sample;
	uint32_t seen = 0;
	size_t count;

	STRUCT_SECTION_FOREACH(section_sample, at) {
		assert_false(seen & at->number);
		seen |= at->number;
	}
	assert_int_equal(seen, 7);
	STRUCT_SECTION_COUNT(section_sample, &count);
	assert_int_equal(count, 3);
	STRUCT_SECTION_GET(section_sample, 1, &sample);
	assert_true(sample->number == 1 || sample->number == 2 || sample->number == 4);
}

static void a_section_without_objects_is_empty(void **state)
{
	size_t count;

	STRUCT_SECTION_FOREACH(section_nobody, at) {
		fail();
	}
	STRUCT_SECTION_COUNT(section_nobody, &count);
	assert_int_equal(count, 0);
}

int suite_sections(void)
{
	const struct CMUnitTest tests[] = {
		units_test(every_object_is_found_once),
		units_test(a_section_without_objects_is_empty),
	};

	return cmocka_run_group_tests_name("sections", tests, NULL, NULL);
}
