/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>

#include "root.h"

void fav_assert_failed(const char *condition, const char *file, int line, const char *format, ...)
{
	char text[200];
	int len =
		snprintf(text, sizeof(text), "%s:%d: assertion %s failed ", file, line, condition);
	va_list args;

	if (len > 0 && (size_t)len < sizeof(text)) {
		va_start(args, format);
		vsnprintf(text + len, sizeof(text) - (size_t)len, format, args);
		va_end(args);
	}
	kernel__port()->panic(text);
}
