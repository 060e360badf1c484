/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include <zephyr/logging/log.h>
#include <zephyr/sys/util.h>

#include "name.h"
#include "settings.h"

/* The store that a program keeps. What it gives back is input: it may have been kept anywhere. */

LOG_MODULE_REGISTER(settings_program);

/* One value, as the program told it. From the heap: handlers are called with it below them on the
 * stack. */
struct told {
	char name[SETTINGS_MAX_NAME_LEN + 1];
	size_t len;
	/* One byte more than may be, to see what is too long. */
	uint8_t value[SETTINGS_MAX_VAL_LEN + 1];
};

static struct fav_settings_program *program_of(struct settings_store *cs)
{
	return CONTAINER_OF(cs, struct fav_settings_program, store);
}

static ssize_t read_told(void *cb_arg, void *data, size_t len)
{
	const struct told *told = cb_arg;

	len = MIN(len, told->len);
	if (len > 0) {
		memcpy(data, told->value, len);
	}
	return (ssize_t)len;
}

static bool is_good(const struct told *told, int len)
{
	return memchr(told->name, '\0', sizeof(told->name)) != NULL &&
	       settings__name_len(told->name) > 0 && len > 0 && len <= SETTINGS_MAX_VAL_LEN;
}

static int load_all(struct fav_settings_program *program, struct told *told,
		    const struct settings_load_arg *arg)
{
	size_t total = 0;
	int err = 0;

	for (unsigned int index = 0; err == 0; index++) {
		int len;

		memset(told->name, 0, sizeof(told->name));
		len = program->keeper->load(program->ctx, index, told->name, sizeof(told->name),
					    told->value, sizeof(told->value));
		if (len == -ENOENT) {
			return 0;
		}
		if (len < 0) {
			return len;
		}
		/* What is passed over counts as well: or a program that always has one more would
		 * keep us for ever. */
		total += (size_t)len + sizeof(told->name);
		if (total > CONFIG_FAV_SETTINGS_MAX_BYTES) {
			LOG_ERR("the program tells more values than a store may have");
			return -ENOSPC;
		}
		if (!is_good(told, len)) {
			LOG_ERR("value %u is passed over: a name or a length that none may have",
				index);
			continue;
		}
		told->len = (size_t)len;
		err = settings_call_set_handler(told->name, told->len, read_told, told, arg);
	}
	return err;
}

static int program_load(struct settings_store *cs, const struct settings_load_arg *arg)
{
	struct fav_settings_program *program = program_of(cs);
	volatile uint8_t *bytes;
	struct told *told;
	int err;

	if (program->keeper->load == NULL) {
		return 0;
	}
	told = k_malloc(sizeof(*told));
	if (told == NULL) {
		return -ENOMEM;
	}
	err = load_all(program, told, arg);
	bytes = told->value;
	for (size_t i = 0; i < sizeof(told->value); i++) {
		bytes[i] = 0; /* Keys are among the values. */
	}
	k_free(told);
	return err;
}

static int program_save(struct settings_store *cs, const char *name, const char *value,
			size_t val_len)
{
	struct fav_settings_program *program = program_of(cs);

	return program->keeper->save == NULL
		       ? -ENOTSUP
		       : program->keeper->save(program->ctx, name, value, val_len);
}

static const struct settings_store_itf itf = {
	.csi_load = program_load,
	.csi_save = program_save,
};

void fav_settings_program_init(struct fav_settings_program *program,
			       const struct fav_settings_keeper *keeper, void *ctx)
{
	*program = (struct fav_settings_program){
		.store.cs_itf = &itf,
		.keeper = keeper,
		.ctx = ctx,
	};
}
