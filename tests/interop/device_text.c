/* SPDX-License-Identifier: Apache-2.0 */

/* What the parts of the device print and read. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zephyr/sys/util.h>

#include "device.h"

/* ---- Printing ---- */

void print_hex(const char *what, unsigned int conn, unsigned int number, const void *data,
	       size_t len)
{
	char hex[2 * VALUE_MAX + 1];

	bin2hex(data, MIN(len, VALUE_MAX), hex, sizeof(hex));
	printf("%s %u %u %s\n", what, conn, number, len ? hex : "-");
}

const char *addr_text(const bt_addr_le_t *addr, char *text)
{
	char plain[BT_ADDR_STR_LEN];

	bt_addr_to_str(&addr->a, plain, sizeof(plain));
	snprintf(text, ADDR_SIZE, "%s/%s", plain,
		 addr->type == BT_ADDR_LE_PUBLIC ? "public" : "random");
	return text;
}

/* ---- Arguments ---- */

const char *word(const struct words *w, int i)
{
	return i < w->count ? w->word[i] : "";
}

unsigned int number(const struct words *w, int i)
{
	return strtoul(word(w, i), NULL, 10);
}

bool is(const struct words *w, int i, const char *text)
{
	return strcmp(word(w, i), text) == 0;
}

size_t bytes(const struct words *w, int i, uint8_t *value)
{
	return hex2bin(word(w, i), strlen(word(w, i)), value, VALUE_MAX);
}

int address(const struct words *w, int i, bt_addr_le_t *addr)
{
	char text[ADDR_SIZE];
	char *type;

	snprintf(text, sizeof(text), "%s", word(w, i));
	type = strchr(text, '/');
	if (type == NULL) {
		return -EINVAL;
	}
	*type = '\0';
	return bt_addr_le_from_str(text, type + 1, addr);
}
