/* SPDX-License-Identifier: Apache-2.0 */
#include <zephyr/net_buf.h>

void net_buf_simple_clone(const struct net_buf_simple *original, struct net_buf_simple *clone)
{
	*clone = *original;
}

/* The typed calls of one width and byte order: le or be. */
#define TYPED(order, bits, type)                                                          \
	void net_buf_simple_add_##order##bits(struct net_buf_simple *buf, type val)       \
	{                                                                                 \
		sys_put_##order##bits(val, net_buf_simple_add(buf, (bits) / 8));          \
	}                                                                                 \
	void net_buf_simple_push_##order##bits(struct net_buf_simple *buf, type val)      \
	{                                                                                 \
		sys_put_##order##bits(val, net_buf_simple_push(buf, (bits) / 8));         \
	}                                                                                 \
	type net_buf_simple_pull_##order##bits(struct net_buf_simple *buf)                \
	{                                                                                 \
		return sys_get_##order##bits(net_buf_simple_pull_mem(buf, (bits) / 8));   \
	}                                                                                 \
	type net_buf_simple_remove_##order##bits(struct net_buf_simple *buf)              \
	{                                                                                 \
		return sys_get_##order##bits(net_buf_simple_remove_mem(buf, (bits) / 8)); \
	}

TYPED(le, 16, uint16_t)
TYPED(le, 24, uint32_t)
TYPED(le, 32, uint32_t)
TYPED(le, 40, uint64_t)
TYPED(le, 48, uint64_t)
TYPED(le, 64, uint64_t)
TYPED(be, 16, uint16_t)
TYPED(be, 24, uint32_t)
TYPED(be, 32, uint32_t)
TYPED(be, 40, uint64_t)
TYPED(be, 48, uint64_t)
TYPED(be, 64, uint64_t)
