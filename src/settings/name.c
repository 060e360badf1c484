/* SPDX-License-Identifier: Apache-2.0 */
#include <zephyr/settings/settings.h>

#include "name.h"

size_t settings__name_len(const char *name)
{
	size_t len;

	if (name == NULL) {
		return 0;
	}
	for (len = 0; name[len] != '\0'; len++) {
		unsigned char c = (unsigned char)name[len];

		if (len == SETTINGS_MAX_NAME_LEN || c < ' ' || c == 0x7f ||
		    c == SETTINGS_NAME_END) {
			return 0;
		}
	}
	return len;
}

static bool is_end(char c)
{
	return c == '\0' || c == SETTINGS_NAME_END;
}

/* What follows at `rest`, the end of a word. */
static void set_next(const char **next, const char *rest)
{
	if (next != NULL) {
		*next = *rest == SETTINGS_NAME_SEPARATOR ? rest + 1 : NULL;
	}
}

int settings_name_steq(const char *name, const char *key, const char **next)
{
	if (next != NULL) {
		*next = NULL;
	}
	if (name == NULL || key == NULL) {
		return 0;
	}
	while (*key != '\0' && *key == *name && !is_end(*name)) {
		key++;
		name++;
	}
	if (*key != '\0' || (!is_end(*name) && *name != SETTINGS_NAME_SEPARATOR)) {
		return 0;
	}
	set_next(next, name);
	return 1;
}

int settings_name_next(const char *name, const char **next)
{
	int len = 0;

	if (name == NULL) {
		name = "";
	}
	while (!is_end(name[len]) && name[len] != SETTINGS_NAME_SEPARATOR) {
		len++;
	}
	set_next(next, name + len);
	return len;
}
