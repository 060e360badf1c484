/* SPDX-License-Identifier: Apache-2.0 */
#include "listeners.h"

#include <errno.h>

void listeners__init(struct listeners *listeners)
{
	sys_slist_init(&listeners->list);
	listeners->runs = NULL;
}

int listeners__add(struct listeners *listeners, sys_snode_t *node)
{
	if (sys_slist_find(&listeners->list, node, NULL)) {
		return -EEXIST;
	}
	sys_slist_append(&listeners->list, node);
	return 0;
}

int listeners__remove(struct listeners *listeners, sys_snode_t *node)
{
	sys_snode_t *next = sys_slist_peek_next(node);

	if (!sys_slist_find_and_remove(&listeners->list, node)) {
		return -ENOENT;
	}
	for (struct listeners_run *run = listeners->runs; run != NULL; run = run->outer) {
		if (run->next == node) {
			run->next = next;
		}
	}
	return 0;
}

sys_snode_t *listeners__first(struct listeners *listeners, struct listeners_run *run)
{
	*run = (struct listeners_run){
		.of = listeners,
		.next = sys_slist_peek_head(&listeners->list),
		.outer = listeners->runs,
	};
	listeners->runs = run;
	return listeners__next(run);
}

sys_snode_t *listeners__next(struct listeners_run *run)
{
	sys_snode_t *node = run->next;

	if (node == NULL) {
		run->of->runs = run->outer;
	} else {
		run->next = sys_slist_peek_next(node);
	}
	return node;
}

void listeners__cut(struct listeners *listeners)
{
	for (struct listeners_run *run = listeners->runs; run != NULL; run = run->outer) {
		run->next = NULL;
	}
}
