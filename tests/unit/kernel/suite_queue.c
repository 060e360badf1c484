/* SPDX-License-Identifier: Apache-2.0 */
#include "bench.h"

struct element {
	void *reserved;
	int number;
};

static struct element elements[4];
static struct k_fifo fifo;

static int setup(void **state)
{
	for (int i = 0; i < 4; i++) {
		elements[i].number = i;
	}
	k_fifo_init(&fifo);
	return bench_setup(state);
}

#define queue_test(name) cmocka_unit_test_setup_teardown(name, setup, bench_teardown)

static void fifo_is_first_in_first_out(void **state)
{
	assert_true(k_fifo_is_empty(&fifo));
	assert_null(k_fifo_get(&fifo, K_NO_WAIT));
	k_fifo_put(&fifo, &elements[0]);
	k_fifo_put(&fifo, &elements[1]);
	assert_false(k_fifo_is_empty(&fifo));
	assert_ptr_equal(k_fifo_peek_head(&fifo), &elements[0]);
	assert_ptr_equal(k_fifo_peek_tail(&fifo), &elements[1]);
	assert_ptr_equal(k_fifo_get(&fifo, K_NO_WAIT), &elements[0]);
	assert_ptr_equal(k_fifo_get(&fifo, K_FOREVER), &elements[1]);
	assert_null(k_fifo_get(&fifo, K_NO_WAIT));
	assert_null(k_fifo_peek_head(&fifo));
	assert_null(k_fifo_peek_tail(&fifo));
}

static void lifo_is_last_in_first_out(void **state)
{
	struct k_lifo lifo;

	k_lifo_init(&lifo);
	k_lifo_put(&lifo, &elements[0]);
	k_lifo_put(&lifo, &elements[1]);
	assert_ptr_equal(k_lifo_get(&lifo, K_NO_WAIT), &elements[1]);
	assert_ptr_equal(k_lifo_get(&lifo, K_NO_WAIT), &elements[0]);
	assert_null(k_lifo_get(&lifo, K_NO_WAIT));
}

static void get_times_out(void **state)
{
	uint64_t start_us = fav_now_us();

	assert_null(k_fifo_get(&fifo, K_MSEC(2)));
	bench_assert_elapsed(start_us, 2000);
	k_fifo_put(&fifo, &elements[0]);
	assert_ptr_equal(k_fifo_get(&fifo, K_NO_WAIT), &elements[0]);
}

static void put_two(struct k_work *work)
{
	k_fifo_put(&fifo, &elements[2]);
	k_fifo_put(&fifo, &elements[3]);
	/* The first went to who waits. */
	assert_ptr_equal(k_fifo_peek_head(&fifo), &elements[3]);
}

static void get_waits_for_an_element(void **state)
{
	struct k_work work;

	k_work_init(&work, put_two);
	k_work_submit(&work);
	assert_ptr_equal(k_fifo_get(&fifo, K_FOREVER), &elements[2]);
	assert_ptr_equal(k_fifo_get(&fifo, K_FOREVER), &elements[3]);
}

static void cancel(struct k_work *work)
{
	k_fifo_cancel_wait(&fifo);
}

static void cancel_wait_returns_null(void **state)
{
	struct k_work work;

	k_work_init(&work, cancel);
	k_work_submit(&work);
	assert_null(k_fifo_get(&fifo, K_FOREVER));
	k_fifo_cancel_wait(&fifo);
}

static void alloc_forms_leave_the_element_alone(void **state)
{
	const int constant = 5;
	void *data = (void *)(uintptr_t)&constant;
	struct k_queue queue;

	k_queue_init(&queue);
	assert_int_equal(k_queue_alloc_append(&queue, data), 0);
	k_queue_append(&queue, &elements[0]);
	assert_int_equal(k_queue_alloc_prepend(&queue, data), 0);
	assert_ptr_equal(k_queue_peek_head(&queue), data);
	assert_ptr_equal(k_queue_get(&queue, K_NO_WAIT), data);
	assert_ptr_equal(k_queue_get(&queue, K_NO_WAIT), data);
	assert_ptr_equal(k_queue_get(&queue, K_NO_WAIT), &elements[0]);
	assert_int_equal(constant, 5);
}

static void elements_can_be_inserted_and_removed(void **state)
{
	struct k_queue queue;

	k_queue_init(&queue);
	k_queue_append(&queue, &elements[0]);
	k_queue_append(&queue, &elements[2]);
	k_queue_insert(&queue, &elements[0], &elements[1]);
	assert_false(k_queue_unique_append(&queue, &elements[1]));
	assert_true(k_queue_unique_append(&queue, &elements[3]));
	assert_true(k_queue_remove(&queue, &elements[0]));
	assert_true(k_queue_remove(&queue, &elements[3]));
	assert_false(k_queue_remove(&queue, &elements[3]));
	assert_ptr_equal(k_queue_peek_tail(&queue), &elements[2]);
	assert_ptr_equal(k_queue_get(&queue, K_NO_WAIT), &elements[1]);
	assert_ptr_equal(k_queue_get(&queue, K_NO_WAIT), &elements[2]);
	assert_true(k_queue_is_empty(&queue));
}

static void lists_are_appended_whole(void **state)
{
	sys_slist_t list;

	assert_int_equal(k_queue_append_list(&fifo._queue, NULL, NULL), -EINVAL);
	sys_slist_init(&list);
	for (int i = 0; i < 3; i++) {
		sys_slist_append(&list, (sys_snode_t *)&elements[i]);
	}
	assert_int_equal(k_queue_merge_slist(&fifo._queue, &list), 0);
	assert_true(sys_slist_is_empty(&list));
	elements[3].reserved = NULL;
	k_fifo_put_list(&fifo, &elements[3], &elements[3]);
	for (int i = 0; i < 4; i++) {
		assert_ptr_equal(k_fifo_get(&fifo, K_NO_WAIT), &elements[i]);
	}
}

static struct k_stack stack;

static void push_word(struct k_work *work)
{
	assert_int_equal(k_stack_push(&stack, 7), 0);
}

static void stack_pops_what_was_pushed_last(void **state)
{
	stack_data_t words[2], word = 0;
	struct k_work work;

	k_stack_init(&stack, words, 2);
	assert_int_equal(k_stack_pop(&stack, &word, K_NO_WAIT), -EBUSY);
	assert_int_equal(k_stack_push(&stack, 1), 0);
	assert_int_equal(k_stack_push(&stack, 2), 0);
	assert_int_equal(k_stack_push(&stack, 3), -ENOMEM);
	assert_int_equal(k_stack_pop(&stack, &word, K_NO_WAIT), 0);
	assert_int_equal(word, 2);
	assert_int_equal(k_stack_pop(&stack, &word, K_FOREVER), 0);
	assert_int_equal(word, 1);
	assert_int_equal(k_stack_pop(&stack, &word, K_MSEC(1)), -EAGAIN);
	k_work_init(&work, push_word);
	k_work_submit(&work);
	assert_int_equal(k_stack_pop(&stack, &word, K_FOREVER), 0);
	assert_int_equal(word, 7);
	assert_int_equal(k_stack_cleanup(&stack), 0);
	assert_int_equal(k_stack_alloc_init(&stack, 4), 0);
	assert_int_equal(k_stack_cleanup(&stack), 0);
}

static struct k_msgq msgq;

static void put_message(struct k_work *work)
{
	int message = 9;

	assert_int_equal(k_msgq_put(&msgq, &message, K_NO_WAIT), 0);
}

static void get_message(struct k_work *work)
{
	int message;

	assert_int_equal(k_msgq_get(&msgq, &message, K_NO_WAIT), 0);
	/* The room has gone to the writer that waits. */
	assert_int_equal(k_msgq_num_free_get(&msgq), 0);
}

static void purge_messages(struct k_work *work)
{
	k_msgq_purge(&msgq);
}

static void msgq_is_a_ring(void **state)
{
	char ring[3 * sizeof(int)];
	int message;

	k_msgq_init(&msgq, ring, sizeof(int), 3);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(k_msgq_put(&msgq, &i, K_NO_WAIT), 0);
		if (i >= 2) {
			assert_int_equal(k_msgq_put(&msgq, &i, K_NO_WAIT), -ENOMSG);
			assert_int_equal(k_msgq_peek_at(&msgq, &message, 2), 0);
			assert_int_equal(message, i);
			assert_int_equal(k_msgq_get(&msgq, &message, K_NO_WAIT), 0);
			assert_int_equal(message, i - 2);
		}
	}
	assert_int_equal(k_msgq_num_used_get(&msgq), 2);
	assert_int_equal(k_msgq_peek_at(&msgq, &message, 2), -ENOMSG);
	message = 100;
	assert_int_equal(k_msgq_put_front(&msgq, &message), 0);
	assert_int_equal(k_msgq_put_front(&msgq, &message), -ENOMSG);
	message = 0;
	assert_int_equal(k_msgq_peek(&msgq, &message), 0);
	assert_int_equal(message, 100);
	k_msgq_purge(&msgq);
	assert_int_equal(k_msgq_get(&msgq, &message, K_NO_WAIT), -ENOMSG);
}

static void msgq_reader_and_writer_wait(void **state)
{
	struct k_msgq_attrs attrs;
	struct k_work work;
	char ring[sizeof(int)];
	int message = 1;

	k_msgq_init(&msgq, ring, sizeof(int), 1);
	k_work_init(&work, put_message);
	k_work_submit(&work);
	assert_int_equal(k_msgq_get(&msgq, &message, K_FOREVER), 0);
	assert_int_equal(message, 9);
	assert_int_equal(k_msgq_get(&msgq, &message, K_MSEC(1)), -EAGAIN);

	message = 3;
	assert_int_equal(k_msgq_put(&msgq, &message, K_NO_WAIT), 0);
	message = 4;
	assert_int_equal(k_msgq_put(&msgq, &message, K_MSEC(1)), -EAGAIN);
	k_work_init(&work, get_message);
	k_work_submit(&work);
	assert_int_equal(k_msgq_put(&msgq, &message, K_FOREVER), 0);
	k_work_init(&work, purge_messages);
	k_work_submit(&work);
	assert_int_equal(k_msgq_put(&msgq, &message, K_FOREVER), -ENOMSG);
	k_msgq_get_attrs(&msgq, &attrs);
	assert_int_equal(attrs.msg_size, sizeof(int));
	assert_int_equal(attrs.max_msgs, 1);
	assert_int_equal(attrs.used_msgs, 0);
}

static void msgq_takes_memory_of_the_heap(void **state)
{
	assert_int_equal(k_msgq_alloc_init(&msgq, SIZE_MAX, 2), -EINVAL);
	assert_int_equal(k_msgq_alloc_init(&msgq, 1000, 1000000), -ENOMEM);
	assert_int_equal(k_msgq_alloc_init(&msgq, 8, 4), 0);
	assert_int_equal(k_msgq_cleanup(&msgq), 0);
}

int suite_queue(void)
{
	const struct CMUnitTest tests[] = {
		queue_test(fifo_is_first_in_first_out),
		queue_test(lifo_is_last_in_first_out),
		queue_test(get_times_out),
		queue_test(get_waits_for_an_element),
		queue_test(cancel_wait_returns_null),
		queue_test(alloc_forms_leave_the_element_alone),
		queue_test(elements_can_be_inserted_and_removed),
		queue_test(lists_are_appended_whole),
		queue_test(stack_pops_what_was_pushed_last),
		queue_test(msgq_is_a_ring),
		queue_test(msgq_reader_and_writer_wait),
		queue_test(msgq_takes_memory_of_the_heap),
	};

	return cmocka_run_group_tests_name("queue", tests, NULL, NULL);
}
