/* SPDX-License-Identifier: Apache-2.0 */
#include "wait.h"

void k_stack_init(struct k_stack *stack, stack_data_t *buffer, uint32_t num_entries)
{
	*stack = (struct k_stack){.base = buffer, .next = buffer, .top = buffer + num_entries};
}

int32_t k_stack_alloc_init(struct k_stack *stack, uint32_t num_entries)
{
	stack_data_t *buffer = k_calloc(num_entries, sizeof(stack_data_t));

	if (buffer == NULL) {
		return -ENOMEM;
	}
	k_stack_init(stack, buffer, num_entries);
	stack->allocated = true;
	return 0;
}

int k_stack_cleanup(struct k_stack *stack)
{
	if (wait__first(&stack->wait_q_) != NULL) {
		return -EAGAIN;
	}
	if (stack->allocated) {
		k_free(stack->base);
		stack->allocated = false;
	}
	return 0;
}

int k_stack_push(struct k_stack *stack, stack_data_t data)
{
	struct fav_waiter *waiter = wait__first(&stack->wait_q_);

	if (waiter != NULL) {
		*(stack_data_t *)waiter->data = data;
		wait__wake(waiter, 0);
		return 0;
	}
	if (stack->next == stack->top) {
		return -ENOMEM;
	}
	*stack->next++ = data;
	return 0;
}

int k_stack_pop(struct k_stack *stack, stack_data_t *data, k_timeout_t timeout)
{
	struct fav_waiter waiter = {.data = data};

	if (stack->next != stack->base) {
		*data = *--stack->next;
		return 0;
	}
	return K_TIMEOUT_EQ(timeout, K_NO_WAIT) ? -EBUSY
						: wait__on(&stack->wait_q_, &waiter, timeout);
}
