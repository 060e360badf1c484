/* SPDX-License-Identifier: Apache-2.0 */
#include "units.h"

struct item {
	int number;
	sys_snode_t snode;
	sys_dnode_t dnode;
};

static struct item items[4];

static void fill_slist(sys_slist_t *list)
{
	sys_slist_init(list);
	for (int i = 0; i < 4; i++) {
		items[i].number = i;
		sys_slist_append(list, &items[i].snode);
	}
}

static void fill_dlist(sys_dlist_t *list)
{
	sys_dlist_init(list);
	for (int i = 0; i < 4; i++) {
		items[i].number = i;
		sys_dnode_init(&items[i].dnode);
		sys_dlist_append(list, &items[i].dnode);
	}
}

static void slist_keeps_order(void **state)
{
	sys_slist_t list;
	struct item *item;
	int expected = 0;

	fill_slist(&list);
	SYS_SLIST_FOR_EACH_CONTAINER(&list, item, snode) {
		assert_int_equal(item->number, expected++);
	}
	assert_int_equal(expected, 4);
	assert_int_equal(sys_slist_len(&list), 4);
	assert_ptr_equal(sys_slist_peek_tail(&list), &items[3].snode);
	for (int i = 0; i < 4; i++) {
		assert_ptr_equal(sys_slist_get(&list), &items[i].snode);
	}
	assert_null(sys_slist_get(&list));
	assert_null(sys_slist_peek_tail(&list));
	SYS_SLIST_FOR_EACH_CONTAINER(&list, item, snode) {
		fail();
	}
}

static void slist_removes_anywhere(void **state)
{
	struct item *item, *next;
	sys_slist_t list;

	fill_slist(&list);
	assert_true(sys_slist_find_and_remove(&list, &items[0].snode));
	assert_true(sys_slist_find_and_remove(&list, &items[3].snode));
	assert_false(sys_slist_find_and_remove(&list, &items[3].snode));
	assert_ptr_equal(sys_slist_peek_tail(&list), &items[2].snode);
	sys_slist_append(&list, &items[0].snode);
	assert_int_equal(sys_slist_len(&list), 3);
	SYS_SLIST_FOR_EACH_CONTAINER_SAFE(&list, item, next, snode) {
		sys_slist_find_and_remove(&list, &item->snode);
	}
	assert_true(sys_slist_is_empty(&list));
	assert_null(sys_slist_peek_tail(&list));
}

static void slist_inserts_and_merges(void **state)
{
	sys_slist_t list = SYS_SLIST_STATIC_INIT(&list), other;

	sys_slist_insert(&list, NULL, &items[1].snode);
	sys_slist_insert(&list, &items[1].snode, &items[3].snode);
	sys_slist_insert(&list, &items[1].snode, &items[2].snode);
	sys_slist_prepend(&list, &items[0].snode);
	sys_slist_init(&other);
	sys_slist_merge_slist(&other, &list);
	assert_true(sys_slist_is_empty(&list));
	for (int i = 0; i < 4; i++) {
		assert_ptr_equal(sys_slist_get(&other), &items[i].snode);
	}
}

static void dlist_keeps_order(void **state)
{
	struct item *item;
	sys_dlist_t list;
	int expected = 0;

	fill_dlist(&list);
	SYS_DLIST_FOR_EACH_CONTAINER(&list, item, dnode) {
		assert_int_equal(item->number, expected++);
	}
	assert_int_equal(sys_dlist_len(&list), 4);
	assert_null(sys_dlist_peek_next(&list, &items[3].dnode));
	assert_null(sys_dlist_peek_prev(&list, &items[0].dnode));
	assert_ptr_equal(sys_dlist_peek_prev(&list, &items[1].dnode), &items[0].dnode);
	for (int i = 0; i < 4; i++) {
		assert_ptr_equal(sys_dlist_get(&list), &items[i].dnode);
		assert_false(sys_dnode_is_linked(&items[i].dnode));
	}
	assert_null(sys_dlist_get(&list));
	assert_true(sys_dlist_is_empty(&list));
}

static int is_odd(sys_dnode_t *node, void *data)
{
	return CONTAINER_OF(node, struct item, dnode)->number % 2;
}

static void dlist_inserts_and_removes_anywhere(void **state)
{
	struct item *item, *next;
	struct item extra = {.number = 10};
	sys_dlist_t list, front;

	fill_dlist(&list);
	sys_dlist_insert_at(&list, &extra.dnode, is_odd, NULL);
	assert_ptr_equal(sys_dlist_peek_next(&list, &items[0].dnode), &extra.dnode);
	sys_dlist_remove(&extra.dnode);
	sys_dlist_init(&front);
	sys_dlist_split(&front, &list, &items[2].dnode);
	assert_int_equal(sys_dlist_len(&front), 2);
	assert_true(sys_dlist_is_head(&list, &items[2].dnode));
	assert_true(sys_dlist_has_multiple_nodes(&list));
	SYS_DLIST_FOR_EACH_CONTAINER_SAFE(&list, item, next, dnode) {
		sys_dlist_remove(&item->dnode);
	}
	assert_true(sys_dlist_is_empty(&list));
}

int suite_lists(void)
{
	const struct CMUnitTest tests[] = {
		units_test(slist_keeps_order),
		units_test(slist_removes_anywhere),
		units_test(slist_inserts_and_merges),
		units_test(dlist_keeps_order),
		units_test(dlist_inserts_and_removes_anywhere),
	};

	return cmocka_run_group_tests_name("lists", tests, NULL, NULL);
}
