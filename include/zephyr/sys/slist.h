/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZEPHYR_SYS_SLIST_H_
#define ZEPHYR_SYS_SLIST_H_

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

#include <zephyr/sys/util.h>

/** @file
 * Singly linked list with the node inside the element. O(1) at both ends, O(n) elsewhere. Nothing
 * is locked: whoever shares a list between contexts locks it. Context: any, including ISR.
 */

struct _snode {
	struct _snode *next;
};
/** A node; part of the element. */
typedef struct _snode sys_snode_t;

struct _slist {
	sys_snode_t *head;
	sys_snode_t *tail;
};
/** A list. */
typedef struct _slist sys_slist_t;

#define SYS_SLIST_STATIC_INIT(ptr_to_list) \
	{                                  \
		NULL, NULL                 \
	}

/** Make @p list an empty one. */
static inline void sys_slist_init(sys_slist_t *list)
{
	list->head = NULL;
	list->tail = NULL;
}

/** Ask about a list and its ends; the first, last and next one are NULL when there is none. */
static inline bool sys_slist_is_empty(const sys_slist_t *list)
{
	return list->head == NULL;
}

static inline sys_snode_t *sys_slist_peek_head(const sys_slist_t *list)
{
	return list->head;
}

static inline sys_snode_t *sys_slist_peek_tail(const sys_slist_t *list)
{
	return list->tail;
}

static inline sys_snode_t *sys_slist_peek_next_no_check(const sys_snode_t *node)
{
	return node->next;
}

static inline sys_snode_t *sys_slist_peek_next(const sys_snode_t *node)
{
	return node != NULL ? node->next : NULL;
}

/** Put @p node first, or last. */
static inline void sys_slist_prepend(sys_slist_t *list, sys_snode_t *node)
{
	node->next = list->head;
	list->head = node;
	if (list->tail == NULL) {
		list->tail = node;
	}
}

static inline void sys_slist_append(sys_slist_t *list, sys_snode_t *node)
{
	node->next = NULL;
	if (list->tail == NULL) {
		list->head = node;
	} else {
		list->tail->next = node;
	}
	list->tail = node;
}

/** Append the chain from @p head to @p tail, linked by the first word of each element. */
static inline void sys_slist_append_list(sys_slist_t *list, void *head, void *tail)
{
	if (head == NULL || tail == NULL) {
		return;
	}
	if (list->tail == NULL) {
		list->head = head;
	} else {
		list->tail->next = head;
	}
	list->tail = tail;
}

/** Move all of @p list_to_append behind @p list. */
static inline void sys_slist_merge_slist(sys_slist_t *list, sys_slist_t *list_to_append)
{
	sys_slist_append_list(list, list_to_append->head, list_to_append->tail);
	sys_slist_init(list_to_append);
}

/** Insert @p node behind @p prev; NULL inserts it first. */
static inline void sys_slist_insert(sys_slist_t *list, sys_snode_t *prev, sys_snode_t *node)
{
	if (prev == NULL) {
		sys_slist_prepend(list, node);
	} else if (prev->next == NULL) {
		sys_slist_append(list, node);
	} else {
		node->next = prev->next;
		prev->next = node;
	}
}

/** Take the first of a list that is not empty. */
static inline sys_snode_t *sys_slist_get_not_empty(sys_slist_t *list)
{
	sys_snode_t *node = list->head;

	list->head = node->next;
	if (list->tail == node) {
		list->tail = NULL;
	}
	return node;
}

/** Take the first. @return NULL when the list is empty. */
static inline sys_snode_t *sys_slist_get(sys_slist_t *list)
{
	return sys_slist_is_empty(list) ? NULL : sys_slist_get_not_empty(list);
}

/** Unlink @p node, whose predecessor is @p prev; NULL when it is the first. */
static inline void sys_slist_remove(sys_slist_t *list, sys_snode_t *prev, sys_snode_t *node)
{
	if (prev == NULL) {
		list->head = node->next;
	} else {
		prev->next = node->next;
	}
	if (list->tail == node) {
		list->tail = prev;
	}
	node->next = NULL;
}

/** Search @p node. @param prev  Receives its predecessor, may be NULL. @return true when there. */
static inline bool sys_slist_find(const sys_slist_t *list, const sys_snode_t *node,
				  sys_snode_t **prev)
{
	sys_snode_t *before = NULL;

	for (sys_snode_t *at = list->head; at != NULL; before = at, at = at->next) {
		if (at == node) {
			if (prev != NULL) {
				*prev = before;
			}
			return true;
		}
	}
	return false;
}

/** Search and unlink @p node. @return true when it was there. */
static inline bool sys_slist_find_and_remove(sys_slist_t *list, sys_snode_t *node)
{
	sys_snode_t *prev = NULL;

	if (!sys_slist_find(list, node, &prev)) {
		return false;
	}
	sys_slist_remove(list, prev, node);
	return true;
}

/** @return How many nodes there are. */
static inline size_t sys_slist_len(const sys_slist_t *list)
{
	size_t len = 0;

	for (sys_snode_t *at = list->head; at != NULL; at = at->next) {
		len++;
	}
	return len;
}

#define SYS_SLIST_CONTAINER(node, var, member) \
	((node) != NULL ? CONTAINER_OF(node, __typeof__(*(var)), member) : NULL)

#define SYS_SLIST_PEEK_HEAD_CONTAINER(list, var, member) \
	SYS_SLIST_CONTAINER(sys_slist_peek_head(list), var, member)
#define SYS_SLIST_PEEK_TAIL_CONTAINER(list, var, member) \
	SYS_SLIST_CONTAINER(sys_slist_peek_tail(list), var, member)
#define SYS_SLIST_PEEK_NEXT_CONTAINER(var, member)                                               \
	((var) != NULL ? SYS_SLIST_CONTAINER(sys_slist_peek_next(&((var)->member)), var, member) \
		       : NULL)

/** Each node; the one at hand must not be unlinked. */
#define SYS_SLIST_FOR_EACH_NODE(list, node) \
	for (node = sys_slist_peek_head(list); node != NULL; node = sys_slist_peek_next(node))

/** Each node; the one at hand may be unlinked or freed. */
#define SYS_SLIST_FOR_EACH_NODE_SAFE(list, node, next_node)                           \
	for (node = sys_slist_peek_head(list), next_node = sys_slist_peek_next(node); \
	     node != NULL; node = next_node, next_node = sys_slist_peek_next(node))

#define SYS_SLIST_FOR_EACH_CONTAINER(list, var, member)                           \
	for (var = SYS_SLIST_PEEK_HEAD_CONTAINER(list, var, member); var != NULL; \
	     var = SYS_SLIST_PEEK_NEXT_CONTAINER(var, member))

#define SYS_SLIST_FOR_EACH_CONTAINER_SAFE(list, var, next_var, member) \
	for (var = SYS_SLIST_PEEK_HEAD_CONTAINER(list, var, member),   \
	    next_var = SYS_SLIST_PEEK_NEXT_CONTAINER(var, member);     \
	     var != NULL; var = next_var, next_var = SYS_SLIST_PEEK_NEXT_CONTAINER(var, member))

#endif
