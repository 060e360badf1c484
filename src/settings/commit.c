/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>

#include "settings.h"

/* Commits go by priority, lowest first. There are few handlers and fewer priorities: one pass over
 * the handlers for each priority needs no memory. */

struct pass {
	int cprio;
	int next; /* the lowest above cprio */
	bool more;
	int err;
};

static bool commit(const struct settings_handler_static *handler, void *ctx)
{
	struct pass *pass = ctx;

	if (handler->h_commit == NULL || handler->cprio < pass->cprio) {
		return true;
	}
	if (handler->cprio > pass->cprio) {
		if (!pass->more || handler->cprio < pass->next) {
			pass->next = handler->cprio;
		}
		pass->more = true;
		return true;
	}
	pass->err = settings__first(pass->err, handler->h_commit());
	return true;
}

int settings_commit_subtree(const char *subtree)
{
	struct pass pass = {.next = INT_MIN};

	(void)settings__enter();
	do {
		pass.cprio = pass.next;
		pass.more = false;
		settings__each_handler(subtree, commit, &pass);
	} while (pass.more);
	return pass.err;
}

int settings_commit(void)
{
	return settings_commit_subtree(NULL);
}
