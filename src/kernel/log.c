/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <zephyr/logging/log_ctrl.h>

#include "root.h"

/* A line, its end included; a longer one is cut and ends in "...". On the stack, which is small on
 * the machines that are small. */
#define LINE_SIZE 256
/* Bytes in a line of a hex dump. */
#define DUMP_WIDTH 16

static const char *const names[] = {"off", "err", "wrn", "inf", "dbg"};

bool fav_log_is_shown(const struct fav_log_module *module, uint8_t level)
{
	const struct kernel *k = &kernel__root;

	(void)kernel__port();
	if (level > k->log.highest) {
		return false;
	}
	for (uint8_t i = 0; i < k->log.count; i++) {
		if (strcmp(k->log.modules[i].name, module->name) == 0) {
			return level <= k->log.modules[i].level;
		}
	}
	return level <= k->log.level;
}

/* Write "[HH:MM:SS.uuuuuu] <err> module: ". Returns its length. */
static size_t put_prefix(char *line, const struct fav_log_module *module, uint8_t level)
{
	uint64_t us = (uint64_t)k_uptime_ticks();
	uint64_t s = us / 1000000;
	int len = snprintf(line, LINE_SIZE,
			   "[%02u:%02u:%02u.%06u] <%s> %s: ", (unsigned int)(s / 3600),
			   (unsigned int)(s / 60 % 60), (unsigned int)(s % 60),
			   (unsigned int)(us % 1000000), names[level], module->name);

	return len < 0 ? 0 : MIN((size_t)len, (size_t)LINE_SIZE - 1);
}

void fav_log_write(const struct fav_log_module *module, uint8_t level, const char *format, ...)
{
	char line[LINE_SIZE];
	size_t at = put_prefix(line, module, level);
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(line + at, sizeof(line) - at, format, args);
	va_end(args);
	if (len >= 0 && (size_t)len >= sizeof(line) - at) {
		memcpy(line + sizeof(line) - 4, "...", 4);
	}
	for (char *c = line; *c != '\0'; c++) {
		/* One line stays one line, whatever was printed into it. */
		*c = *c == '\n' || *c == '\r' ? ' ' : *c;
	}
	kernel__port()->log_line(line);
}

void fav_log_hexdump(const struct fav_log_module *module, uint8_t level, const void *data,
		     size_t len, const char *text)
{
	const uint8_t *bytes = data;

	fav_log_write(module, level, "%s", text);
	for (size_t at = 0; at < len; at += DUMP_WIDTH) {
		char hex[3 * DUMP_WIDTH + 1] = "";
		char chars[DUMP_WIDTH + 1] = "";

		for (size_t i = 0; i < DUMP_WIDTH && at + i < len; i++) {
			uint8_t byte = bytes[at + i];

			snprintf(hex + 3 * i, sizeof(hex) - 3 * i, "%02x ", byte);
			chars[i] = isprint(byte) ? (char)byte : '.';
		}
		fav_log_write(module, level, "  %-*s|%s", 3 * DUMP_WIDTH, hex, chars);
	}
}

/* The level that the len characters at text name; -1: none. */
static int level_of(const char *text, size_t len)
{
	if (len == 1 && text[0] >= '0' && text[0] <= '4') {
		return text[0] - '0';
	}
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (len == strlen(names[i]) && strncmp(text, names[i], len) == 0) {
			return (int)i;
		}
	}
	return -1;
}

static int set_module(const char *name, size_t len, uint8_t level)
{
	struct kernel *k = &kernel__root;
	uint8_t i = k->log.count;

	if (len == 0 || len >= LOG_MODULE_NAME) {
		return -EINVAL;
	}
	if (i == LOG_MODULES) {
		return -ENOMEM;
	}
	memcpy(k->log.modules[i].name, name, len);
	k->log.modules[i].name[len] = '\0';
	k->log.modules[i].level = level;
	k->log.count++;
	return 0;
}

/* One part of a specification: "level" or "module=level". */
static int set_part(const char *part, size_t len)
{
	const char *equals = memchr(part, '=', len);
	size_t name_len = equals != NULL ? (size_t)(equals - part) : 0;
	const char *text = equals != NULL ? equals + 1 : part;
	int level = level_of(text, len - (size_t)(text - part));
	int err;

	if (level < 0) {
		return -EINVAL;
	}
	if (equals == NULL) {
		kernel__root.log.level = (uint8_t)level;
	} else {
		err = set_module(part, name_len, (uint8_t)level);
		if (err != 0) {
			return err;
		}
	}
	return 0;
}

int fav_log_levels_set(const char *spec)
{
	struct kernel *k = &kernel__root;
	int err = 0;

	k->log.level = CONFIG_LOG_DEFAULT_LEVEL;
	k->log.count = 0;
	while (spec != NULL && *spec != '\0') {
		size_t len = strcspn(spec, ",");
		int part_err = len > 0 ? set_part(spec, len) : 0;

		err = err != 0 ? err : part_err;
		spec += len + (spec[len] == ',');
	}
	k->log.highest = k->log.level;
	for (uint8_t i = 0; i < k->log.count; i++) {
		k->log.highest = MAX(k->log.highest, k->log.modules[i].level);
	}
	return err;
}
