/* SPDX-License-Identifier: Apache-2.0 */

/* Losses that a test sets between two devices. */

#include <errno.h>
#include <stdlib.h>

#include "air/air_internal.h"

#define MILLION 1000000

/* In the list of who receives. */
struct link_loss {
	sys_snode_t node;
	const struct medium_node *from;
	uint32_t ppm;
};

static struct link_loss *find(const struct medium_node *from, const struct medium_node *to)
{
	struct link_loss *loss;

	SYS_SLIST_FOR_EACH_CONTAINER((sys_slist_t *)&to->losses, loss, node) {
		if (loss->from == from) {
			return loss;
		}
	}
	return NULL;
}

static void drop(struct medium_node *to, struct link_loss *loss)
{
	if (loss != NULL) {
		sys_slist_find_and_remove(&to->losses, &loss->node);
		free(loss);
	}
}

double medium__link_loss(const struct medium_node *sender, const struct medium_node *receiver)
{
	const struct link_loss *loss = find(sender, receiver);

	return loss == NULL ? 0 : (double)loss->ppm / MILLION;
}

int fav_air_link_loss_set(struct fav_air *air, struct fav_hci *from_hci, struct fav_hci *to_hci,
			  uint32_t loss_ppm)
{
	struct medium_node *from = &((struct air_device *)ctl__owner(from_hci))->node;
	struct medium_node *to = &((struct air_device *)ctl__owner(to_hci))->node;
	struct link_loss *loss = find(from, to);

	if (loss_ppm > MILLION) {
		return -EINVAL;
	}
	if (loss_ppm == 0) {
		drop(to, loss);
		return 0;
	}
	if (loss == NULL) {
		loss = calloc(1, sizeof(*loss));
		if (loss == NULL) {
			return -ENOMEM;
		}
		loss->from = from;
		sys_slist_append(&to->losses, &loss->node);
	}
	loss->ppm = loss_ppm;
	return 0;
}

void link_loss__forget(struct air_device *device)
{
	struct link_loss *loss, *next;
	struct air_device *other;

	SYS_SLIST_FOR_EACH_CONTAINER_SAFE(&device->node.losses, loss, next, node) {
		drop(&device->node, loss);
	}
	SYS_DLIST_FOR_EACH_CONTAINER(&device->node.air->devices, other, listed) {
		drop(&other->node, find(&device->node, &other->node));
	}
}
