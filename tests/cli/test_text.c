/* SPDX-License-Identifier: Apache-2.0 */

/* What the command does with text: patterns, lines. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/cli.h"
#include "cli/lines.h"

static void patterns(void **state)
{
	static const struct {
		const char *pattern, *line;
		bool match;
	} cases[] = {
		{"", "", true},
		{"", "a", false},
		{"*", "", true},
		{"*", "anything", true},
		{"**", "anything", true},
		{"a?c", "abc", true},
		{"a?c", "ac", false},
		{"a*c", "ac", true},
		{"a*c", "abcbc", true},
		{"a*c", "abcb", false},
		{"*b*b*", "abcb", true},
		{"*b*b*", "abc", false},
		{"[0-9]*.[0-9]*", "24.5", true},
		{"[0-9]*.[0-9]*", "Found 24.5", false},
		{"[-0-9]*", "-3", true},
		{"[!0-9]*", "3", false},
		{"[^0-9]*", "x", true},
		{"[]]", "]", true},
		{"[a-]", "-", true},
		{"[abc", "[abc", true},
		{"[abc", "a", false},
		{"text", "text", true},
		{"text", "texts", false},
		{"text*", "texts", true},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (cli__glob(cases[i].pattern, cases[i].line) != cases[i].match) {
			fail_msg("'%s' and '%s'", cases[i].pattern, cases[i].line);
		}
	}
}

/* A pattern of many stars takes no time to speak of. */
static void a_hostile_pattern_is_quick(void **state)
{
	char line[LINES_MAX + 1];

	memset(line, 'a', LINES_MAX);
	line[LINES_MAX] = '\0';
	assert_false(cli__glob("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", line));
}

static char joined[4000];

static void on_line(void *ctx, const char *text, size_t len)
{
	assert_int_equal(strlen(text), len);
	strcat(joined, text);
	strcat(joined, "|");
}

static const char *split(const char *text, size_t at_once)
{
	struct lines lines;
	size_t len = strlen(text);

	joined[0] = '\0';
	lines__init(&lines, on_line, NULL);
	for (size_t i = 0; i < len; i += at_once) {
		lines__put(&lines, text + i, i + at_once < len ? at_once : len - i);
	}
	lines__end(&lines);
	return joined;
}

static void lines_in_any_pieces(void **state)
{
	for (size_t at_once = 1; at_once < 10; at_once++) {
		assert_string_equal(split("one\ntwo\r\n\nlast", at_once), "one|two||last|");
		assert_string_equal(split("whole\n", at_once), "whole|");
		assert_string_equal(split("", at_once), "");
	}
}

static void long_lines_are_cut(void **state)
{
	static char text[2 * LINES_MAX + 2];

	memset(text, 'x', 2 * LINES_MAX);
	text[2 * LINES_MAX] = '\n';
	split(text, 100);
	assert_int_equal(strlen(joined), 2 * LINES_MAX + 2);
	assert_int_equal(joined[LINES_MAX], '|');
}

static void numbers(void **state)
{
	uint64_t value;

	assert_true(cli__parse_seconds("1.5", &value));
	assert_int_equal(value, 1500000);
	assert_true(cli__parse_seconds("0.0000001", &value));
	assert_int_equal(value, 1);
	assert_false(cli__parse_seconds("", &value));
	assert_false(cli__parse_seconds("-1", &value));
	assert_false(cli__parse_seconds("nan", &value));
	assert_false(cli__parse_seconds("1e300", &value));
	assert_false(cli__parse_seconds("5 apples", &value));
	assert_true(cli__parse_u64("18446744073709551615", &value));
	assert_true(value == UINT64_MAX);
	assert_true(cli__parse_u64("0x10", &value));
	assert_int_equal(value, 16);
	assert_false(cli__parse_u64("18446744073709551616", &value));
	assert_false(cli__parse_u64("-1", &value));
	assert_false(cli__parse_u64("", &value));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns),
		cmocka_unit_test(a_hostile_pattern_is_quick),
		cmocka_unit_test(lines_in_any_pieces),
		cmocka_unit_test(long_lines_are_cut),
		cmocka_unit_test(numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
