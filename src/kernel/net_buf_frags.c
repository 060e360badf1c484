/* SPDX-License-Identifier: Apache-2.0 */
#include <zephyr/net_buf.h>

/* Chains of buffers: each holds the reference to the one behind it. */

struct net_buf *net_buf_frag_last(struct net_buf *frags)
{
	while (frags->frags != NULL) {
		frags = frags->frags;
	}
	return frags;
}

void net_buf_frag_insert(struct net_buf *parent, struct net_buf *frag)
{
	net_buf_frag_last(frag)->frags = parent->frags;
	parent->frags = frag;
}

struct net_buf *net_buf_frag_add(struct net_buf *head, struct net_buf *frag)
{
	if (head == NULL) {
		return frag;
	}
	net_buf_frag_insert(net_buf_frag_last(head), frag);
	return head;
}

struct net_buf *net_buf_frag_del(struct net_buf *parent, struct net_buf *frag)
{
	struct net_buf *next = frag->frags;

	if (parent != NULL) {
		parent->frags = next;
	}
	frag->frags = NULL;
	net_buf_unref(frag);
	return next;
}

/* The fragment of which the chain's byte *offset is part; *offset becomes that within it. */
static const struct net_buf *seek(const struct net_buf *buf, size_t *offset)
{
	while (buf != NULL && *offset >= buf->len) {
		*offset -= buf->len;
		buf = buf->frags;
	}
	return buf;
}

size_t net_buf_linearize(void *dst, size_t dst_len, const struct net_buf *src, size_t offset,
			 size_t len)
{
	const struct net_buf *at = seek(src, &offset);
	size_t copied = 0;

	len = MIN(len, dst_len);
	for (; at != NULL && copied < len; at = at->frags, offset = 0) {
		size_t part = MIN(len - copied, at->len - offset);

		memcpy((uint8_t *)dst + copied, at->data + offset, part);
		copied += part;
	}
	return copied;
}

size_t net_buf_append_bytes(struct net_buf *buf, size_t len, const void *value, k_timeout_t timeout,
			    net_buf_allocator_cb allocate_cb, void *user_data)
{
	struct net_buf *frag = net_buf_frag_last(buf);
	size_t added = 0;

	for (;;) {
		size_t part = MIN(len - added, net_buf_tailroom(frag));

		net_buf_add_mem(frag, (const uint8_t *)value + added, part);
		added += part;
		if (added == len) {
			return added;
		}
		frag = allocate_cb != NULL ? allocate_cb(timeout, user_data, len - added)
					   : net_buf_alloc_len(frag->pool,
							       frag->pool->data_size != 0
								       ? frag->pool->data_size
								       : len - added,
							       timeout);
		if (frag == NULL) {
			return added;
		}
		net_buf_frag_add(buf, frag);
	}
}

struct net_buf *net_buf_skip(struct net_buf *buf, size_t len)
{
	while (buf != NULL && len > 0) {
		size_t part = MIN(len, buf->len);

		net_buf_pull(buf, part);
		len -= part;
		if (buf->len == 0) {
			buf = net_buf_frag_del(NULL, buf);
		}
	}
	return buf;
}

size_t net_buf_data_match(const struct net_buf *buf, size_t offset, const void *data, size_t len)
{
	const uint8_t *bytes = data;
	size_t matched = 0;

	for (buf = seek(buf, &offset); buf != NULL; buf = buf->frags, offset = 0) {
		for (size_t i = offset; i < buf->len; i++) {
			if (matched == len || bytes[matched] != buf->data[i]) {
				return matched;
			}
			matched++;
		}
	}
	return matched;
}
