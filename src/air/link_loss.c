/* SPDX-License-Identifier: Apache-2.0 */

/* Losses and delays that a test sets between two devices. */

#include <errno.h>
#include <stdlib.h>

#include "air/air_internal.h"

#define MILLION 1000000

/* In the list of who receives. */
struct link_loss {
	sys_snode_t node;
	const struct medium_node *from;
	uint32_t ppm;
	uint32_t delay_us;
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

uint32_t medium__link_delay_us(const struct medium_node *sender, const struct medium_node *receiver)
{
	const struct link_loss *loss = find(sender, receiver);

	return loss == NULL ? 0 : loss->delay_us;
}

static struct medium_node *node_of(struct fav_hci *hci)
{
	return &((struct air_device *)ctl__owner(hci))->node;
}

static int set(struct medium_node *from, struct medium_node *to, uint32_t ppm, uint32_t delay_us)
{
	struct link_loss *loss = find(from, to);

	if (ppm == 0 && delay_us == 0) {
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
	loss->ppm = ppm;
	loss->delay_us = delay_us;
	return 0;
}

int fav_air_link_loss_set(struct fav_air *air, struct fav_hci *from_hci, struct fav_hci *to_hci,
			  uint32_t loss_ppm)
{
	struct medium_node *from = node_of(from_hci), *to = node_of(to_hci);

	if (loss_ppm > MILLION) {
		return -EINVAL;
	}
	return set(from, to, loss_ppm, medium__link_delay_us(from, to));
}

int fav_air_link_delay_set(struct fav_air *air, struct fav_hci *from_hci, struct fav_hci *to_hci,
			   uint32_t delay_us)
{
	struct medium_node *from = node_of(from_hci), *to = node_of(to_hci);
	const struct link_loss *loss = find(from, to);

	if (delay_us > FAV_AIR_LINK_DELAY_MAX_US) {
		return -EINVAL;
	}
	return set(from, to, loss == NULL ? 0 : loss->ppm, delay_us);
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
