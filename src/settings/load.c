/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include <zephyr/sys/util.h>

#include "name.h"
#include "settings.h"

/* All sources; the first failure, after all of them. */
static int load(const struct settings_load_arg *arg, const bool *stop)
{
	struct fav_settings *settings = settings__enter();
	struct settings_store *source;
	int err = 0;

	SYS_SLIST_FOR_EACH_CONTAINER(&settings->sources, source, cs_next) {
		if (source->cs_itf->csi_load != NULL && (stop == NULL || !*stop)) {
			err = settings__first(err, source->cs_itf->csi_load(source, arg));
		}
	}
	return err;
}

int settings_load_subtree(const char *subtree)
{
	const struct settings_load_arg arg = {.subtree = subtree};
	int err = load(&arg, NULL);

	return settings__first(err, settings_commit_subtree(subtree));
}

int settings_load(void)
{
	return settings_load_subtree(NULL);
}

/* ---- To a callback ---- */

struct direct {
	settings_load_direct_cb cb;
	void *param;
	bool stop;
};

static int give(const char *key, size_t len, settings_read_cb read_cb, void *cb_arg, void *param)
{
	struct direct *direct = param;

	direct->stop = direct->cb(key, len, read_cb, cb_arg, direct->param) != 0;
	return direct->stop ? -ECANCELED : 0;
}

int settings_load_subtree_direct(const char *subtree, settings_load_direct_cb cb, void *param)
{
	struct direct direct = {.cb = cb, .param = param};
	const struct settings_load_arg arg = {.subtree = subtree, .cb = give, .param = &direct};
	int err;

	if (cb == NULL) {
		return -EINVAL;
	}
	err = load(&arg, &direct.stop);
	return direct.stop ? 0 : err;
}

/* ---- One value ---- */

struct one {
	char *buf; /* NULL: the length is asked */
	size_t size;
	ssize_t result;
};

static int take_one(const char *key, size_t len, settings_read_cb read_cb, void *cb_arg,
		    void *param)
{
	struct one *one = param;

	if (key != NULL) {
		return 0; /* Below the one that is asked. */
	}
	one->result =
		one->buf == NULL ? (ssize_t)len : read_cb(cb_arg, one->buf, MIN(len, one->size));
	return 0;
}

/* What one source has; -ENOENT: nothing. */
static ssize_t ask(struct settings_store *source, const char *name, char *buf, size_t size)
{
	const struct settings_store_itf *itf = source->cs_itf;
	struct one one = {.buf = buf, .size = size, .result = -ENOENT};
	const struct settings_load_arg arg = {.subtree = name, .cb = take_one, .param = &one};
	int err;

	if (buf != NULL && itf->csi_load_one != NULL) {
		return itf->csi_load_one(source, name, buf, size);
	}
	if (buf == NULL && itf->csi_get_val_len != NULL) {
		return itf->csi_get_val_len(source, name);
	}
	err = itf->csi_load != NULL ? itf->csi_load(source, &arg) : 0;
	return err < 0 ? err : one.result;
}

static ssize_t ask_all(const char *name, char *buf, size_t size)
{
	struct fav_settings *settings = settings__enter();
	struct settings_store *source;
	ssize_t result = -ENOENT;

	if (settings__name_len(name) == 0) {
		return -EINVAL;
	}
	SYS_SLIST_FOR_EACH_CONTAINER(&settings->sources, source, cs_next) {
		ssize_t got = ask(source, name, buf, size);

		if (got < 0 && got != -ENOENT) {
			return got;
		}
		if (got > 0) {
			result = got;
		}
	}
	return result;
}

ssize_t settings_load_one(const char *name, void *buf, size_t buf_len)
{
	ssize_t len;

	if (buf == NULL) {
		return -EINVAL;
	}
	if (buf_len > 0) {
		return ask_all(name, buf, buf_len);
	}
	len = ask_all(name, NULL, 0);
	return len < 0 ? len : 0;
}

ssize_t settings_get_val_len(const char *name)
{
	ssize_t len = ask_all(name, NULL, 0);

	return len == -ENOENT ? 0 : len;
}
