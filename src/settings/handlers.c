/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include <zephyr/logging/log.h>

#include "name.h"
#include "settings.h"

/* Who takes which part of the tree. */

LOG_MODULE_REGISTER(settings);

void settings__each_handler(const char *subtree, settings__each_t each, void *ctx)
{
	struct settings_handler *registered;

	STRUCT_SECTION_FOREACH(settings_handler_static, handler) {
		if ((subtree == NULL || settings_name_steq(handler->name, subtree, NULL)) &&
		    !each(handler, ctx)) {
			return;
		}
	}
	SYS_SLIST_FOR_EACH_CONTAINER(&fav_settings_current()->handlers, registered, node) {
		if ((subtree == NULL || settings_name_steq(registered->name, subtree, NULL)) &&
		    !each(&registered->handler_, ctx)) {
			return;
		}
	}
}

struct lookup {
	const char *name;
	const char *next;
	size_t len;
	const struct settings_handler_static *found;
};

static bool fits_better(const struct settings_handler_static *handler, void *ctx)
{
	struct lookup *lookup = ctx;
	size_t len = strlen(handler->name);
	const char *next;

	if (settings_name_steq(lookup->name, handler->name, &next) &&
	    (lookup->found == NULL || len > lookup->len)) {
		lookup->found = handler;
		lookup->next = next;
		lookup->len = len;
	}
	return true;
}

const struct settings_handler_static *settings_parse_and_lookup(const char *name, const char **next)
{
	struct lookup lookup = {.name = name};

	settings__each_handler(NULL, fits_better, &lookup);
	if (next != NULL) {
		*next = lookup.next;
	}
	return lookup.found;
}

static bool has_another_name(const struct settings_handler_static *handler, void *ctx)
{
	const char **name = ctx;

	if (strcmp(handler->name, *name) == 0) {
		*name = NULL;
	}
	return *name != NULL;
}

int settings_register_with_cprio(struct settings_handler *cf, int cprio)
{
	struct fav_settings *settings = settings__enter();
	const char *name;

	if (cf == NULL || settings__name_len(cf->name) == 0) {
		return -EINVAL;
	}
	name = cf->name;
	settings__each_handler(NULL, has_another_name, &name);
	if (name == NULL) {
		return -EEXIST;
	}
	cf->cprio = cprio;
	cf->handler_ = (struct settings_handler_static){
		.name = cf->name,
		.h_get = cf->h_get,
		.h_set = cf->h_set,
		.h_commit = cf->h_commit,
		.h_export = cf->h_export,
		.cprio = cprio,
	};
	sys_slist_append(&settings->handlers, &cf->node);
	return 0;
}

int settings_register(struct settings_handler *cf)
{
	return settings_register_with_cprio(cf, 0);
}

int settings_call_set_handler(const char *name, size_t len, settings_read_cb read_cb,
			      void *read_cb_arg, const struct settings_load_arg *load_arg)
{
	const struct settings_handler_static *handler;
	const char *key = name;
	int err;

	if (settings__name_len(name) == 0) {
		LOG_ERR("a value is passed over: its name is none");
		return 0;
	}
	if (load_arg != NULL && load_arg->subtree != NULL &&
	    !settings_name_steq(name, load_arg->subtree, &key)) {
		return 0;
	}
	if (load_arg != NULL && load_arg->cb != NULL) {
		return load_arg->cb(key, len, read_cb, read_cb_arg, load_arg->param);
	}
	handler = settings_parse_and_lookup(name, &key);
	if (handler == NULL || handler->h_set == NULL) {
		return 0;
	}
	err = handler->h_set(key, len, read_cb, read_cb_arg);
	if (err != 0) {
		LOG_ERR("%s: its handler refused it: %d", name, err);
	}
	return 0;
}
