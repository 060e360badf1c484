/* SPDX-License-Identifier: Apache-2.0 */

#include <stddef.h>

#include "cli/cli.h"

/* The end of the set that begins at pattern ("[...]"), or NULL when it is never closed and so is no
 * set; *match says whether c is in it. */
static const char *match_set(const char *pattern, char c, bool *match)
{
	const char *p = pattern + 1;
	bool negated = *p == '!' || *p == '^';
	bool found = false;

	p += negated;
	for (const char *first = p; *p != ']' || p == first; p++) {
		if (*p == '\0') {
			return NULL;
		}
		if (p[1] == '-' && p[2] != ']' && p[2] != '\0') {
			found = found || (p[0] <= c && c <= p[2]);
			p += 2;
		} else {
			found = found || *p == c;
		}
	}
	*match = found != negated;
	return p + 1;
}

/* One element of the pattern against one character: what follows it, or NULL when it does not
 * match. */
static const char *match_one(const char *pattern, char c)
{
	const char *end;
	bool match;

	switch (*pattern) {
	case '\0':
		return NULL;
	case '?':
		return pattern + 1;
	case '[':
		end = match_set(pattern, c, &match);
		if (end != NULL) {
			return match ? end : NULL;
		}
		break;
	}
	return *pattern == c ? pattern + 1 : NULL;
}

/* On a mismatch the last star takes one character more: that is enough, so the time is bounded by
 * the product of the lengths. */
bool cli__glob(const char *pattern, const char *line)
{
	const char *star = NULL, *star_line = NULL;

	while (*line != '\0' || *pattern == '*') {
		const char *next;

		if (*pattern == '*') {
			star = ++pattern;
			star_line = line;
			continue;
		}
		next = match_one(pattern, *line);
		if (next != NULL) {
			pattern = next;
			line++;
		} else if (star != NULL) {
			pattern = star;
			line = ++star_line;
		} else {
			return false;
		}
	}
	return *pattern == '\0';
}
