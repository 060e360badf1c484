/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_LISTENERS_H_
#define FAV_HOST_LISTENERS_H_

#include <zephyr/sys/slist.h>
#include <zephyr/sys/util.h>

/*
 * Callbacks that an application has registered, in the order in which they hear. While a run over
 * them goes on any may be unregistered, and its memory is its owner's again at once; any may be
 * registered, which may hear of what is being told; and a callback may lead to another run.
 */

struct listeners_run {
	struct listeners *of;
	sys_snode_t *next;
	struct listeners_run *outer;
};

struct listeners {
	sys_slist_t list;
	struct listeners_run *runs; /* the innermost first */
};

void listeners__init(struct listeners *listeners);

/* 0; -EEXIST: it is there already. */
int listeners__add(struct listeners *listeners, sys_snode_t *node);
/* 0; -ENOENT: it is not there. */
int listeners__remove(struct listeners *listeners, sys_snode_t *node);

/* A run, which must go to its end: until one of these returns NULL. */
sys_snode_t *listeners__first(struct listeners *listeners, struct listeners_run *run);
sys_snode_t *listeners__next(struct listeners_run *run);

/* Runs that go on have come to their end: what they tell is overtaken. */
void listeners__cut(struct listeners *listeners);

/* cb: a pointer to the struct whose member the node is. No break: the run goes to its end. */
#define LISTENERS_FOR_EACH(listeners, run, cb, member)                                       \
	for (sys_snode_t *node_ = listeners__first(listeners, run);                          \
	     node_ != NULL && ((cb) = CONTAINER_OF(node_, __typeof__(*(cb)), member), true); \
	     node_ = listeners__next(run))

#endif
