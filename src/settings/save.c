/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "name.h"
#include "settings.h"

int settings_save_one(const char *name, const void *value, size_t val_len)
{
	struct settings_store *destination = settings__enter()->destination;

	if (value == NULL) {
		val_len = 0;
	}
	if (settings__name_len(name) == 0 || val_len > SETTINGS_MAX_VAL_LEN) {
		return -EINVAL;
	}
	if (destination == NULL || destination->cs_itf->csi_save == NULL) {
		return -ENOENT;
	}
	return destination->cs_itf->csi_save(destination, name, value, val_len);
}

int settings_delete(const char *name)
{
	return settings_save_one(name, NULL, 0);
}

static bool export(const struct settings_handler_static *handler, void *ctx)
{
	int *err = ctx;

	if (handler->h_export != NULL) {
		*err = settings__first(*err, handler->h_export(settings_save_one));
	}
	return true;
}

int settings_save_subtree(const char *subtree)
{
	struct settings_store *destination = settings__enter()->destination;
	const struct settings_store_itf *itf;
	int err = 0;

	if (destination == NULL) {
		return -ENOENT;
	}
	itf = destination->cs_itf;
	if (itf->csi_save_start != NULL) {
		err = itf->csi_save_start(destination);
		if (err != 0) {
			return err;
		}
	}
	settings__each_handler(subtree, export, &err);
	if (itf->csi_save_end != NULL) {
		err = settings__first(err, itf->csi_save_end(destination));
	}
	return err;
}

int settings_save(void)
{
	return settings_save_subtree(NULL);
}

int settings_storage_get(void **storage)
{
	struct settings_store *destination = settings__enter()->destination;

	if (storage == NULL) {
		return -EINVAL;
	}
	if (destination == NULL) {
		return -ENOENT;
	}
	if (destination->cs_itf->csi_storage_get == NULL) {
		return -ENOTSUP;
	}
	*storage = destination->cs_itf->csi_storage_get(destination);
	return *storage != NULL ? 0 : -ENOTSUP;
}
