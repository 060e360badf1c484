/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include <zephyr/sys/util.h>

#include "name.h"
#include "settings.h"

/* The value in a caller's memory. */
struct value {
	const void *data;
	size_t len;
};

static ssize_t read_value(void *cb_arg, void *data, size_t len)
{
	const struct value *value = cb_arg;

	len = MIN(len, value->len);
	if (len > 0) {
		memcpy(data, value->data, len);
	}
	return (ssize_t)len;
}

static const struct settings_handler_static *lookup(const char *name, const char **key)
{
	(void)settings__enter();
	return settings__name_len(name) == 0 ? NULL : settings_parse_and_lookup(name, key);
}

int settings_runtime_set(const char *name, const void *data, size_t len)
{
	struct value value = {.data = data, .len = len};
	const char *key;
	const struct settings_handler_static *handler = lookup(name, &key);

	if (handler == NULL || (data == NULL && len > 0)) {
		return -EINVAL;
	}
	return handler->h_set == NULL ? -ENOTSUP : handler->h_set(key, len, read_value, &value);
}

int settings_runtime_get(const char *name, void *data, size_t len)
{
	const char *key;
	const struct settings_handler_static *handler = lookup(name, &key);

	if (handler == NULL) {
		return -EINVAL;
	}
	return handler->h_get == NULL ? -ENOTSUP
				      : handler->h_get(key, data, (int)MIN(len, INT_MAX));
}

int settings_runtime_commit(const char *name)
{
	const char *key;
	const struct settings_handler_static *handler = lookup(name, &key);

	if (handler == NULL) {
		return -EINVAL;
	}
	return handler->h_commit == NULL ? 0 : handler->h_commit();
}
