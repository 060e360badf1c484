/* SPDX-License-Identifier: Apache-2.0 */
#include "units.h"

#include <zephyr/net_buf.h>

NET_BUF_POOL_FIXED_DEFINE_STATIC(pool, 6, 4, 0, NULL);

static int empty_pool(void **state)
{
	assert_int_equal(fav_net_buf_pool_used(&pool), 0);
	return bench_teardown(state);
}

#define chain_test(name) cmocka_unit_test_setup_teardown(name, units_setup, empty_pool)

static struct net_buf *buf_of(const char *text)
{
	struct net_buf *buf = net_buf_alloc(&pool, K_NO_WAIT);

	net_buf_add_mem(buf, text, strlen(text));
	return buf;
}

static struct net_buf *chain(void)
{
	struct net_buf *head = net_buf_frag_add(NULL, buf_of("abc"));

	net_buf_frag_add(head, buf_of("d"));
	return net_buf_frag_add(head, buf_of("efgh"));
}

static void a_chain_is_freed_from_its_head(void **state)
{
	struct net_buf *head = chain();

	assert_int_equal(net_buf_frags_len(head), 8);
	assert_int_equal(net_buf_frag_last(head)->len, 4);
	net_buf_unref(head);
}

static void a_referenced_fragment_outlives_the_chain(void **state)
{
	struct net_buf *head = chain();
	struct net_buf *tail = net_buf_ref(net_buf_frag_last(head));

	net_buf_unref(head);
	assert_int_equal(fav_net_buf_pool_used(&pool), 1);
	assert_memory_equal(tail->data, "efgh", 4);
	net_buf_unref(tail);
}

static void fragments_are_inserted_and_deleted(void **state)
{
	struct net_buf *head = chain();
	char text[16] = "";

	net_buf_frag_insert(head, buf_of("X"));
	net_buf_linearize(text, sizeof(text), head, 0, 100);
	assert_string_equal(text, "abcXdefgh");
	assert_int_equal(net_buf_frag_del(head, head->frags)->len, 1);
	head = net_buf_frag_del(NULL, head);
	assert_int_equal(net_buf_frags_len(head), 5);
	net_buf_unref(head);
}

static void linearize_copies_a_part(void **state)
{
	struct net_buf *head = chain();
	char text[9] = "........";

	assert_int_equal(net_buf_linearize(text, 8, head, 2, 4), 4);
	assert_string_equal(text, "cdef....");
	assert_int_equal(net_buf_linearize(text, 3, head, 0, 8), 3);
	assert_string_equal(text, "abcf....");
	assert_int_equal(net_buf_linearize(text, 8, head, 6, 8), 2);
	assert_int_equal(net_buf_linearize(text, 8, head, 8, 1), 0);
	net_buf_unref(head);
}

static void skip_frees_what_becomes_empty(void **state)
{
	struct net_buf *head = chain();

	head = net_buf_skip(head, 5);
	assert_memory_equal(head->data, "fgh", 3);
	assert_int_equal(fav_net_buf_pool_used(&pool), 1);
	assert_null(net_buf_skip(head, 3));
}

static struct net_buf *alloc_small(k_timeout_t timeout, void *user_data, size_t size)
{
	int *left = user_data;

	return (*left)-- > 0 ? net_buf_alloc_len(&pool, 2, timeout) : NULL;
}

static void append_takes_fragments_as_needed(void **state)
{
	struct net_buf *head = buf_of("ab");
	char text[16] = "";
	int left = 1;

	assert_int_equal(net_buf_append_bytes(head, 7, "cdefghi", K_NO_WAIT, NULL, NULL), 7);
	net_buf_linearize(text, sizeof(text), head, 0, 100);
	assert_string_equal(text, "abcdefghi");
	/* "jkl" still fits behind "i"; what comes then gets the one fragment there is. */
	assert_int_equal(net_buf_append_bytes(head, 3, "jkl", K_NO_WAIT, alloc_small, &left), 3);
	assert_int_equal(left, 1);
	assert_int_equal(net_buf_append_bytes(head, 9, "012345678", K_NO_WAIT, alloc_small, &left),
			 4);
	net_buf_unref(head);
}

static void data_match_counts_equal_bytes(void **state)
{
	struct net_buf *head = chain();

	assert_int_equal(net_buf_data_match(head, 0, "abcdefgh", 8), 8);
	assert_int_equal(net_buf_data_match(head, 2, "cdeX", 4), 3);
	assert_int_equal(net_buf_data_match(head, 7, "hi", 2), 1);
	assert_int_equal(net_buf_data_match(head, 9, "a", 1), 0);
	net_buf_unref(head);
}

static void lists_and_fifos_carry_buffers(void **state)
{
	struct net_buf *a = buf_of("a"), *b = buf_of("b");
	sys_slist_t list;
	struct k_fifo fifo;

	sys_slist_init(&list);
	net_buf_slist_put(&list, a);
	net_buf_slist_put(&list, b);
	assert_ptr_equal(net_buf_slist_get(&list), a);
	assert_ptr_equal(net_buf_slist_get(&list), b);
	assert_null(net_buf_slist_get(&list));
	k_fifo_init(&fifo);
	net_buf_put(&fifo, b);
	net_buf_put(&fifo, a);
	assert_ptr_equal(net_buf_get(&fifo, K_NO_WAIT), b);
	assert_ptr_equal(net_buf_get(&fifo, K_NO_WAIT), a);
	assert_null(net_buf_get(&fifo, K_NO_WAIT));
	net_buf_unref(a);
	net_buf_unref(b);
}

int suite_net_buf_chain(void)
{
	const struct CMUnitTest tests[] = {
		chain_test(a_chain_is_freed_from_its_head),
		chain_test(a_referenced_fragment_outlives_the_chain),
		chain_test(fragments_are_inserted_and_deleted),
		chain_test(linearize_copies_a_part),
		chain_test(skip_frees_what_becomes_empty),
		chain_test(append_takes_fragments_as_needed),
		chain_test(data_match_counts_equal_bytes),
		chain_test(lists_and_fifos_carry_buffers),
	};

	return cmocka_run_group_tests_name("net_buf chain", tests, NULL, NULL);
}
