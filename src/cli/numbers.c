/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "cli/cli.h"

bool cli__parse_seconds(const char *text, uint64_t *us)
{
	char *end;
	double seconds = strtod(text, &end);

	if (end == text || *end != '\0' || !(seconds >= 0) || seconds > 1e9) {
		return false;
	}
	*us = (uint64_t)ceil(seconds * 1e6);
	return true;
}

bool cli__parse_u64(const char *text, uint64_t *value)
{
	char *end;

	if (text[0] < '0' || text[0] > '9') {
		return false;
	}
	errno = 0;
	*value = strtoull(text, &end, 0);
	return *end == '\0' && errno == 0;
}
