/* SPDX-License-Identifier: Apache-2.0 */
#include "units.h"

#include <favonius/fault.h>
#include <zephyr/net_buf.h>

static int destroyed;

static void count_destroyed(struct net_buf *buf)
{
	destroyed++;
	net_buf_destroy(buf);
}

NET_BUF_POOL_FIXED_DEFINE_STATIC(fixed, 3, 20, 8, count_destroyed);
NET_BUF_POOL_HEAP_DEFINE(heap_pool, 3, 4, NULL);
NET_BUF_POOL_VAR_DEFINE(var_pool, 3, 512, 4, NULL);

/* A pool inside an instance. */
struct instance {
	struct net_buf_pool pool;
	FAV_NET_BUF_STORAGE(storage, 2, 10, 3);
};

static int empty_pools(void **state)
{
	assert_int_equal(fav_net_buf_pool_used(&fixed), 0);
	assert_int_equal(fav_net_buf_pool_used(&heap_pool), 0);
	assert_int_equal(fav_net_buf_pool_used(&var_pool), 0);
	assert_int_equal(sys_heap_used_blocks(&var_pool.heap_->heap), 0);
	return bench_teardown(state);
}

#define net_buf_test(name) cmocka_unit_test_setup_teardown(name, units_setup, empty_pools)

static void simple_grows_at_both_ends(void **state)
{
	NET_BUF_SIMPLE_DEFINE(buf, 10);

	net_buf_simple_init(&buf, 4);
	assert_int_equal(net_buf_simple_headroom(&buf), 4);
	assert_int_equal(net_buf_simple_tailroom(&buf), 6);
	assert_int_equal(net_buf_simple_max_len(&buf), 6);
	net_buf_simple_add_le16(&buf, 0x0403);
	net_buf_simple_push_u8(&buf, 2);
	net_buf_simple_push_u8(&buf, 1);
	net_buf_simple_add_mem(&buf, "\x05\x06", 2);
	assert_memory_equal(buf.data, "\x01\x02\x03\x04\x05\x06", 6);
	assert_int_equal(net_buf_simple_pull_u8(&buf), 1);
	assert_int_equal(net_buf_simple_remove_u8(&buf), 6);
	assert_int_equal(net_buf_simple_pull_be16(&buf), 0x0203);
	assert_int_equal(net_buf_simple_remove_le16(&buf), 0x0504);
	assert_int_equal(buf.len, 0);
	net_buf_simple_reset(&buf);
	assert_int_equal(net_buf_simple_headroom(&buf), 0);
}

#define CHECK_TYPED(order, bits, value)                                            \
	do {                                                                       \
		net_buf_simple_init(&buf, 8);                                      \
		net_buf_simple_add_##order##bits(&buf, value);                     \
		net_buf_simple_push_##order##bits(&buf, value);                    \
		assert_int_equal(buf.len, (bits) / 4);                             \
		assert_memory_equal(buf.data, buf.data + (bits) / 8, (bits) / 8);  \
		assert_true(net_buf_simple_pull_##order##bits(&buf) == (value));   \
		assert_true(net_buf_simple_remove_##order##bits(&buf) == (value)); \
		assert_int_equal(buf.len, 0);                                      \
	} while (0)

static void little_endian_calls_agree_in_every_width(void **state)
{
	NET_BUF_SIMPLE_DEFINE(buf, 16);

	CHECK_TYPED(le, 16, 0x1234);
	CHECK_TYPED(le, 24, 0x123456);
	CHECK_TYPED(le, 32, 0x12345678);
	CHECK_TYPED(le, 40, 0x123456789aULL);
	CHECK_TYPED(le, 48, 0x123456789abcULL);
	CHECK_TYPED(le, 64, 0x123456789abcdef0ULL);
}

static void big_endian_calls_agree_in_every_width(void **state)
{
	NET_BUF_SIMPLE_DEFINE(buf, 16);

	CHECK_TYPED(be, 16, 0x1234);
	CHECK_TYPED(be, 24, 0x123456);
	CHECK_TYPED(be, 32, 0x12345678);
	CHECK_TYPED(be, 40, 0x123456789aULL);
	CHECK_TYPED(be, 48, 0x123456789abcULL);
	CHECK_TYPED(be, 64, 0x123456789abcdef0ULL);
}

static void byte_orders_differ(void **state)
{
	NET_BUF_SIMPLE_DEFINE(buf, 6);

	net_buf_simple_init(&buf, 0);
	net_buf_simple_add_be24(&buf, 0x010203);
	net_buf_simple_add_le24(&buf, 0x010203);
	assert_memory_equal(buf.data, "\x01\x02\x03\x03\x02\x01", 6);
}

static void past_either_end_is_asserted(void **state)
{
	NET_BUF_SIMPLE_DEFINE(buf, 4);

	net_buf_simple_init(&buf, 1);
	expect_violation(net_buf_simple_add(&buf, 4));
	expect_violation(net_buf_simple_push(&buf, 2));
	expect_violation(net_buf_simple_pull(&buf, 1));
	expect_violation(net_buf_simple_remove_mem(&buf, 1));
	net_buf_simple_add_u8(&buf, 1);
	expect_violation(net_buf_simple_pull_le16(&buf));
	expect_violation(net_buf_simple_reserve(&buf, 0));
}

static void simple_state_is_saved_and_restored(void **state)
{
	struct net_buf_simple *buf = NET_BUF_SIMPLE(16);
	struct net_buf_simple_state saved;
	struct net_buf_simple view;

	net_buf_simple_init(buf, 2);
	net_buf_simple_add_mem(buf, "abcd", 4);
	net_buf_simple_save(buf, &saved);
	net_buf_simple_clone(buf, &view);
	net_buf_simple_pull(buf, 3);
	net_buf_simple_restore(buf, &saved);
	assert_int_equal(buf->len, 4);
	assert_memory_equal(buf->data, "abcd", 4);
	assert_int_equal(net_buf_simple_pull_u8(&view), 'a');
	assert_int_equal(buf->len, 4);
}

static void a_pool_hands_out_its_buffers(void **state)
{
	struct net_buf *bufs[3];

	destroyed = 0;
	for (int i = 0; i < 3; i++) {
		bufs[i] = net_buf_alloc(&fixed, K_NO_WAIT);
		assert_non_null(bufs[i]);
		assert_int_equal(net_buf_id(bufs[i]), i);
		assert_int_equal(bufs[i]->size, 20);
		assert_int_equal(bufs[i]->len, 0);
		assert_int_equal(bufs[i]->user_data_size, 8);
		memset(net_buf_user_data(bufs[i]), i, 8);
		memset(net_buf_add(bufs[i], 20), i, 20);
	}
	assert_int_equal(fav_net_buf_pool_free(&fixed), 0);
	assert_null(net_buf_alloc(&fixed, K_NO_WAIT));
	assert_null(net_buf_alloc(&fixed, K_MSEC(1)));
	for (int i = 0; i < 3; i++) {
		assert_true(util_memeq(bufs[i]->user_data, (uint8_t)i, 8));
		assert_true(util_memeq(bufs[i]->data, (uint8_t)i, 20));
		net_buf_unref(bufs[i]);
	}
	assert_int_equal(destroyed, 3);
	assert_int_equal(fav_net_buf_pool_free(&fixed), 3);
	assert_int_equal(fixed.max_used, 3);
}

static void a_reused_buffer_is_empty(void **state)
{
	struct net_buf *buf = net_buf_alloc(&fixed, K_NO_WAIT);
	struct net_buf *again;

	net_buf_reserve(buf, 5);
	net_buf_add(buf, 10);
	net_buf_unref(buf);
	again = net_buf_alloc(&fixed, K_NO_WAIT);
	assert_ptr_equal(again, buf);
	assert_int_equal(again->len, 0);
	assert_int_equal(net_buf_headroom(again), 0);
	assert_int_equal(net_buf_tailroom(again), 20);
	assert_null(again->frags);
	net_buf_unref(again);
}

static void the_last_reference_frees(void **state)
{
	struct net_buf *buf = net_buf_alloc(&fixed, K_NO_WAIT);

	destroyed = 0;
	assert_ptr_equal(net_buf_ref(buf), buf);
	net_buf_unref(buf);
	assert_int_equal(destroyed, 0);
	net_buf_unref(buf);
	assert_int_equal(destroyed, 1);
	expect_violation(net_buf_unref(buf));
	expect_violation(net_buf_ref(buf));
}

static struct net_buf *held;

static void unref_held(struct k_work *work)
{
	net_buf_unref(held);
	assert_int_equal(fav_net_buf_pool_free(&fixed), 0);
}

static void a_freed_buffer_goes_to_who_waits(void **state)
{
	struct net_buf *bufs[3], *buf;
	struct k_work work;

	for (int i = 0; i < 3; i++) {
		bufs[i] = net_buf_alloc(&fixed, K_NO_WAIT);
	}
	held = bufs[1];
	k_work_init(&work, unref_held);
	k_work_submit(&work);
	buf = net_buf_alloc(&fixed, K_FOREVER);
	assert_ptr_equal(buf, held);
	assert_int_equal(buf->ref, 1);
	assert_int_equal(buf->size, 20);
	for (int i = 0; i < 3; i++) {
		net_buf_unref(bufs[i]);
	}
}

static void a_length_beyond_the_pools_is_refused(void **state)
{
	struct net_buf *buf = net_buf_alloc_len(&fixed, 21, K_NO_WAIT);

	assert_null(buf);
	assert_null(net_buf_alloc_len(&heap_pool, 65536, K_NO_WAIT));
	buf = net_buf_alloc_len(&fixed, 20, K_NO_WAIT);
	assert_int_equal(buf->size, 20);
	net_buf_unref(buf);
	buf = net_buf_alloc_len(&fixed, 0, K_NO_WAIT);
	assert_int_equal(net_buf_tailroom(buf), 0);
	net_buf_unref(buf);
}

static void data_of_the_caller_is_used_in_place(void **state)
{
	uint8_t data[] = "hello";
	struct net_buf *buf = net_buf_alloc_with_data(&fixed, data, 5, K_NO_WAIT);
	struct net_buf *clone;

	assert_ptr_equal(buf->data, data);
	assert_int_equal(buf->len, 5);
	assert_true((buf->flags & NET_BUF_EXTERNAL_DATA) != 0);
	clone = net_buf_clone(buf, K_NO_WAIT);
	assert_ptr_equal(clone->data, data);
	net_buf_unref(buf);
	net_buf_unref(clone);
}

static void a_clone_of_fixed_data_is_a_copy(void **state)
{
	struct net_buf *buf = net_buf_alloc(&fixed, K_NO_WAIT), *clone;

	net_buf_reserve(buf, 3);
	net_buf_add_mem(buf, "abc", 3);
	memcpy(net_buf_user_data(buf), "userdata", 8);
	clone = net_buf_clone(buf, K_NO_WAIT);
	assert_ptr_not_equal(clone->data, buf->data);
	assert_int_equal(net_buf_headroom(clone), 3);
	assert_int_equal(clone->len, 3);
	assert_memory_equal(clone->data, "abc", 3);
	assert_memory_equal(net_buf_user_data(clone), "userdata", 8);
	net_buf_unref(buf);
	net_buf_unref(clone);
}

static void check_shared_clone(struct net_buf_pool *pool)
{
	struct net_buf *buf = net_buf_alloc_len(pool, 100, K_NO_WAIT), *clone;

	assert_int_equal(net_buf_tailroom(buf), 100);
	net_buf_add_mem(buf, "abc", 3);
	clone = net_buf_clone(buf, K_NO_WAIT);
	assert_ptr_equal(clone->data, buf->data);
	net_buf_unref(buf);
	assert_memory_equal(clone->data, "abc", 3);
	net_buf_unref(clone);
}

static void a_clone_of_heap_data_shares_it(void **state)
{
	check_shared_clone(&heap_pool);
	check_shared_clone(&var_pool);
	assert_null(net_buf_alloc_len(&var_pool, 1000, K_NO_WAIT));
}

static void each_allocation_can_fail(void **state)
{
	struct net_buf *buf;

	fav_fault_alloc_at(1);
	assert_null(net_buf_alloc(&fixed, K_FOREVER));
	/* The buffer, then its data. */
	fav_fault_alloc_at(2);
	assert_null(net_buf_alloc_len(&heap_pool, 10, K_NO_WAIT));
	fav_fault_alloc_at(0);
	buf = net_buf_alloc(&fixed, K_NO_WAIT);
	fav_fault_alloc_at(1);
	assert_null(net_buf_clone(buf, K_NO_WAIT));
	fav_fault_alloc_at(0);
	net_buf_unref(buf);
}

static void a_pool_is_set_up_at_run_time(void **state)
{
	static struct instance instances[2];
	struct net_buf *buf;

	for (int i = 0; i < 2; i++) {
		struct instance *at = &instances[i];

		assert_int_equal(fav_net_buf_pool_init(&at->pool, at->storage, sizeof(at->storage),
						       2, 10, 3, NULL),
				 0);
		assert_int_equal(fav_net_buf_pool_free(&at->pool), 2);
	}
	buf = net_buf_alloc(&instances[1].pool, K_NO_WAIT);
	assert_true((uint8_t *)buf >= instances[1].storage);
	assert_int_equal(fav_net_buf_pool_used(&instances[1].pool), 1);
	assert_int_equal(fav_net_buf_pool_used(&instances[0].pool), 0);
	memset(net_buf_add(buf, 10), 0xff, 10);
	memset(net_buf_user_data(buf), 0xff, 3);
	net_buf_unref(buf);
	assert_int_equal(fav_net_buf_pool_used(&instances[1].pool), 0);
}

static void a_pool_without_room_is_refused(void **state)
{
	static struct instance at;
	size_t size = sizeof(at.storage);

	assert_int_equal(fav_net_buf_pool_init(&at.pool, at.storage, size, 0, 10, 3, NULL),
			 -EINVAL);
	assert_int_equal(fav_net_buf_pool_init(&at.pool, at.storage + 1, size, 2, 10, 3, NULL),
			 -EINVAL);
	assert_int_equal(fav_net_buf_pool_init(&at.pool, at.storage, size, 2, 65536, 3, NULL),
			 -EINVAL);
	assert_int_equal(fav_net_buf_pool_init(&at.pool, at.storage, size, 2, 10, 256, NULL),
			 -EINVAL);
	assert_int_equal(fav_net_buf_pool_init(&at.pool, at.storage, size - 1, 2, 10, 3, NULL),
			 -ENOMEM);
}

static void user_data_is_copied_where_it_fits(void **state)
{
	struct net_buf *small = net_buf_alloc_len(&heap_pool, 1, K_NO_WAIT);
	struct net_buf *large = net_buf_alloc(&fixed, K_NO_WAIT);

	memcpy(net_buf_user_data(small), "1234", 4);
	assert_int_equal(net_buf_user_data_copy(large, small), 0);
	assert_memory_equal(net_buf_user_data(large), "1234", 4);
	assert_int_equal(net_buf_user_data_copy(small, large), -EINVAL);
	assert_int_equal(net_buf_user_data_copy(NULL, large), -EINVAL);
	net_buf_unref(small);
	net_buf_unref(large);
}

int suite_net_buf(void)
{
	const struct CMUnitTest tests[] = {
		net_buf_test(simple_grows_at_both_ends),
		net_buf_test(little_endian_calls_agree_in_every_width),
		net_buf_test(big_endian_calls_agree_in_every_width),
		net_buf_test(byte_orders_differ),
		net_buf_test(past_either_end_is_asserted),
		net_buf_test(simple_state_is_saved_and_restored),
		net_buf_test(a_pool_hands_out_its_buffers),
		net_buf_test(a_reused_buffer_is_empty),
		net_buf_test(the_last_reference_frees),
		net_buf_test(a_freed_buffer_goes_to_who_waits),
		net_buf_test(a_length_beyond_the_pools_is_refused),
		net_buf_test(data_of_the_caller_is_used_in_place),
		net_buf_test(a_clone_of_fixed_data_is_a_copy),
		net_buf_test(a_clone_of_heap_data_shares_it),
		net_buf_test(each_allocation_can_fail),
		net_buf_test(a_pool_is_set_up_at_run_time),
		net_buf_test(a_pool_without_room_is_refused),
		net_buf_test(user_data_is_copied_where_it_fits),
	};

	return cmocka_run_group_tests_name("net_buf", tests, NULL, NULL);
}
