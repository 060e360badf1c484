/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZEPHYR_SYS_DLIST_H_
#define ZEPHYR_SYS_DLIST_H_

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

#include <zephyr/sys/util.h>

/** @file
 * Doubly linked circular list with the node inside the element; insertion and removal anywhere are
 * O(1). Nothing is locked. Context: any, including ISR.
 */

struct _dnode {
	union {
		struct _dnode *head; /**< Of a list: the first element. */
		struct _dnode *next;
	};
	union {
		struct _dnode *tail; /**< Of a list: the last element. */
		struct _dnode *prev;
	};
};
/** A list: the node that belongs to no element. */
typedef struct _dnode sys_dlist_t;
/** A node; part of the element. */
typedef struct _dnode sys_dnode_t;

#define SYS_DLIST_STATIC_INIT(ptr_to_list) \
	{                                  \
		{(ptr_to_list)},           \
		{                          \
			(ptr_to_list)      \
		}                          \
	}

/** Make @p list an empty one. */
static inline void sys_dlist_init(sys_dlist_t *list)
{
	list->head = list;
	list->tail = list;
}

/** Make @p node one that is in no list. */
static inline void sys_dnode_init(sys_dnode_t *node)
{
	node->next = NULL;
	node->prev = NULL;
}

static inline bool sys_dnode_is_linked(const sys_dnode_t *node)
{
	return node->next != NULL;
}

/** Ask about a list and its ends; the first, last, next and previous one are NULL when there is
 * none.
 */
static inline bool sys_dlist_is_empty(const sys_dlist_t *list)
{
	return list->head == list;
}

static inline bool sys_dlist_has_multiple_nodes(const sys_dlist_t *list)
{
	return list->head != list->tail;
}

static inline bool sys_dlist_is_head(const sys_dlist_t *list, const sys_dnode_t *node)
{
	return list->head == node;
}

static inline bool sys_dlist_is_tail(const sys_dlist_t *list, const sys_dnode_t *node)
{
	return list->tail == node;
}

static inline sys_dnode_t *sys_dlist_peek_head(const sys_dlist_t *list)
{
	return sys_dlist_is_empty(list) ? NULL : list->head;
}

static inline sys_dnode_t *sys_dlist_peek_head_not_empty(const sys_dlist_t *list)
{
	return list->head;
}

static inline sys_dnode_t *sys_dlist_peek_tail(const sys_dlist_t *list)
{
	return sys_dlist_is_empty(list) ? NULL : list->tail;
}

static inline sys_dnode_t *sys_dlist_peek_next(const sys_dlist_t *list, const sys_dnode_t *node)
{
	return node == NULL || node == list->tail ? NULL : node->next;
}

static inline sys_dnode_t *sys_dlist_peek_prev(const sys_dlist_t *list, const sys_dnode_t *node)
{
	return node == NULL || node == list->head ? NULL : node->prev;
}

/** Insert @p node before @p successor. */
static inline void sys_dlist_insert(sys_dnode_t *successor, sys_dnode_t *node)
{
	node->prev = successor->prev;
	node->next = successor;
	successor->prev->next = node;
	successor->prev = node;
}

/** Put @p node last, or first. */
static inline void sys_dlist_append(sys_dlist_t *list, sys_dnode_t *node)
{
	sys_dlist_insert(list, node);
}

static inline void sys_dlist_prepend(sys_dlist_t *list, sys_dnode_t *node)
{
	sys_dlist_insert(list->head, node);
}

/** Insert @p node before the first element for which @p cond is true, else last. */
static inline void sys_dlist_insert_at(sys_dlist_t *list, sys_dnode_t *node,
				       int (*cond)(sys_dnode_t *node, void *data), void *data)
{
	sys_dnode_t *at = list->head;

	while (at != list && !cond(at, data)) {
		at = at->next;
	}
	sys_dlist_insert(at, node);
}

/** Unlink @p node from the list it is in. */
static inline void sys_dlist_remove(sys_dnode_t *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	sys_dnode_init(node);
}

/** Take the first. @return NULL when the list is empty. */
static inline sys_dnode_t *sys_dlist_get(sys_dlist_t *list)
{
	sys_dnode_t *node = sys_dlist_peek_head(list);

	if (node != NULL) {
		sys_dlist_remove(node);
	}
	return node;
}

/** Move the elements before @p node from @p list to the end of @p before. */
static inline void sys_dlist_split(sys_dlist_t *before, sys_dlist_t *list, sys_dnode_t *node)
{
	while (list->head != node && !sys_dlist_is_empty(list)) {
		sys_dlist_append(before, sys_dlist_get(list));
	}
}

/** @return How many nodes there are. */
static inline size_t sys_dlist_len(const sys_dlist_t *list)
{
	size_t len = 0;

	for (const sys_dnode_t *at = list->head; at != list; at = at->next) {
		len++;
	}
	return len;
}

#define SYS_DLIST_CONTAINER(node, var, member) \
	((node) != NULL ? CONTAINER_OF(node, __typeof__(*(var)), member) : NULL)
#define SYS_DLIST_PEEK_HEAD_CONTAINER(list, var, member) \
	SYS_DLIST_CONTAINER(sys_dlist_peek_head(list), var, member)
#define SYS_DLIST_PEEK_NEXT_CONTAINER(list, var, member)                                           \
	((var) != NULL                                                                             \
		 ? SYS_DLIST_CONTAINER(sys_dlist_peek_next((list), &((var)->member)), var, member) \
		 : NULL)

/** Each node; the one at hand must not be unlinked. */
#define SYS_DLIST_FOR_EACH_NODE(list, node) \
	for (node = sys_dlist_peek_head(list); node != NULL; node = sys_dlist_peek_next(list, node))

/** Each node; the one at hand may be unlinked or freed. */
#define SYS_DLIST_FOR_EACH_NODE_SAFE(list, node, next_node)                                 \
	for (node = sys_dlist_peek_head(list), next_node = sys_dlist_peek_next(list, node); \
	     node != NULL; node = next_node, next_node = sys_dlist_peek_next(list, node))

#define SYS_DLIST_FOR_EACH_CONTAINER(list, var, member)                           \
	for (var = SYS_DLIST_PEEK_HEAD_CONTAINER(list, var, member); var != NULL; \
	     var = SYS_DLIST_PEEK_NEXT_CONTAINER(list, var, member))

#define SYS_DLIST_FOR_EACH_CONTAINER_SAFE(list, var, next_var, member)   \
	for (var = SYS_DLIST_PEEK_HEAD_CONTAINER(list, var, member),     \
	    next_var = SYS_DLIST_PEEK_NEXT_CONTAINER(list, var, member); \
	     var != NULL;                                                \
	     var = next_var, next_var = SYS_DLIST_PEEK_NEXT_CONTAINER(list, var, member))

#endif
