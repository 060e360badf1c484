/* SPDX-License-Identifier: Apache-2.0 */
#include "air/medium.h"

#include <math.h>
#include <string.h>

#include <zephyr/sys/__assert.h>
#include <zephyr/sys/util.h>

#include "air/air_internal.h"

#define RSSI_MIN -127

double medium__rssi_dbm(const struct medium_node *sender, const struct medium_node *receiver)
{
	return -path__loss_db(&sender->place, &receiver->place);
}

/* As a controller or a sniffer tells it. */
static int8_t rssi_rounded(double dbm)
{
	return dbm <= RSSI_MIN ? RSSI_MIN : (int8_t)lround(dbm);
}

static struct medium_node *node_of(struct radio *radio)
{
	return CONTAINER_OF(radio, struct medium_node, radio);
}

uint64_t medium__sync_us(const struct medium_node *sender)
{
	return sender->tx.start_us + radio__sync_us(sender->tx.phy);
}

/* Whether the receiver is tuned to what the sender sends, from its preamble on. */
static bool tuned(const struct medium_node *receiver, const struct medium_node *sender)
{
	const struct radio_listen *listen = &receiver->listen;
	const struct radio_tx *tx = &sender->tx;
	uint64_t delay_us = medium__link_delay_us(sender, receiver);

	/* A receiver of Coded takes both codings: the packet's own indicator tells which. */
	return listen->access_address == tx->access_address &&
	       MIN(listen->phy, RADIO_CODED_S8) == MIN(tx->phy, RADIO_CODED_S8) &&
	       listen->from_us <= tx->start_us + delay_us &&
	       listen->until_us >= medium__sync_us(sender) + delay_us &&
	       !fav_timeout_is_armed(&receiver->late) &&
	       medium__rssi_dbm(sender, receiver) >= path__noise_dbm(tx->phy);
}

static struct fav_air_packet describe(const struct medium_node *sender)
{
	static const struct place middle;
	const struct radio_tx *tx = &sender->tx;

	return (struct fav_air_packet){
		.start_us = tx->start_us,
		.airtime_us = (uint32_t)(sender->end_us - tx->start_us),
		.access_address = tx->access_address,
		.crc_init = tx->crc_init,
		.channel = tx->channel,
		.rssi_dbm = rssi_rounded(-path__loss_db(&sender->place, &middle)),
		.phy = MIN(tx->phy, RADIO_CODED_S8),
		.coded_s2 = tx->phy == RADIO_CODED_S2,
		.aux = (enum fav_air_aux)tx->aux,
		.sender = sender->hci,
		.pdu = tx->pdu,
		.len = tx->len,
	};
}

static void tell_observers(struct medium *medium, const struct fav_air_packet *packet)
{
	struct fav_air_observer *observer;

	SYS_DLIST_FOR_EACH_CONTAINER(&medium->observers, observer, node) {
		if (observer->on_packet != NULL) {
			observer->on_packet(observer->ctx, packet);
		}
	}
}

static enum fav_air_verdict observers_verdict(struct medium *medium,
					      const struct fav_air_packet *packet)
{
	enum fav_air_verdict verdict = FAV_AIR_DELIVER;
	struct fav_air_observer *observer;

	SYS_DLIST_FOR_EACH_CONTAINER(&medium->observers, observer, node) {
		if (observer->verdict != NULL) {
			verdict = medium__worse(verdict, observer->verdict(observer->ctx, packet));
		}
	}
	return verdict;
}

/* At its end there, when that is not at once. */
static void hand_over(struct medium_node *receiver, const struct radio_rx *rx, uint32_t delay_us)
{
	if (delay_us == 0) {
		receiver->radio.client->rx(receiver->radio.ctx, rx);
		return;
	}
	memcpy(receiver->late_pdu, rx->pdu, rx->len);
	receiver->late_rx = *rx;
	receiver->late_rx.pdu = receiver->late_pdu;
	receiver->late_rx.start_us += delay_us;
	receiver->late_rx.end_us += delay_us;
	fav_timeout_start(&receiver->late, receiver->late_rx.end_us);
}

static void late_due(struct fav_timeout *timer)
{
	struct medium_node *receiver = CONTAINER_OF(timer, struct medium_node, late);

	receiver->radio.client->rx(receiver->radio.ctx, &receiver->late_rx);
}

static void receive(struct medium *medium, struct medium_node *sender, struct medium_node *receiver,
		    struct fav_air_packet *packet)
{
	enum fav_air_verdict verdict = medium__judge(sender, receiver);
	struct radio_rx rx = {
		.start_us = sender->tx.start_us,
		.end_us = sender->end_us,
		.pdu = sender->tx.pdu,
		.len = sender->tx.len,
		.rssi_dbm = rssi_rounded(medium__rssi_dbm(sender, receiver)),
	};

	packet->receiver = receiver->hci;
	packet->rssi_dbm = rx.rssi_dbm;
	verdict = medium__worse(verdict, observers_verdict(medium, packet));
	if (verdict == FAV_AIR_LOSE) {
		return;
	}
	rx.crc_ok = verdict == FAV_AIR_DELIVER && receiver->listen.crc_init == sender->tx.crc_init;
	if (rx.crc_ok) {
		medium->received++;
	} else {
		medium->corrupted++;
	}
	hand_over(receiver, &rx, medium__link_delay_us(sender, receiver));
}

static void forget_hits(struct medium_channel *channel, const struct medium_node *sender)
{
	struct medium_node *other;

	SYS_DLIST_FOR_EACH_CONTAINER(&channel->packets, other, node) {
		for (unsigned int i = 0; i < other->hit_count; i++) {
			if (other->hits[i].sender == sender) {
				other->hits[i--] = other->hits[--other->hit_count];
			}
		}
	}
}

static void leave(struct medium_node *node)
{
	if (node->state == MEDIUM_IDLE) {
		return;
	}
	sys_dlist_remove(&node->node);
	fav_timeout_stop(&node->late);
	/* A packet that is cut off is counted as never sent: most had not begun. */
	if (fav_timeout_stop(&node->timer) && node->state == MEDIUM_SENDING) {
		forget_hits(&node->air->medium.channels[node->tx.channel], node);
	}
	node->state = MEDIUM_IDLE;
}

static void packet_end(struct medium_node *sender)
{
	struct medium *medium = &sender->air->medium;
	struct medium_channel *channel = &medium->channels[sender->tx.channel];
	struct fav_air_packet packet = describe(sender);
	struct medium_node *receiver, *next;

	leave(sender);
	medium->packets++;
	tell_observers(medium, &packet);
	/* A callee changes only its own place in the list. */
	SYS_DLIST_FOR_EACH_CONTAINER_SAFE(&channel->listeners, receiver, next, node) {
		if (tuned(receiver, sender)) {
			receive(medium, sender, receiver, &packet);
		}
	}
	sender->radio.client->tx_done(sender->radio.ctx, sender->end_us);
}

/* The packet that the receiver is in the middle of, at now_us. */
static const struct medium_node *on_its_way(struct medium_node *receiver, uint64_t now_us)
{
	struct medium_channel *channel = &receiver->air->medium.channels[receiver->listen.channel];
	struct medium_node *sender;

	SYS_DLIST_FOR_EACH_CONTAINER(&channel->packets, sender, node) {
		if (medium__sync_us(sender) + medium__link_delay_us(sender, receiver) <= now_us &&
		    tuned(receiver, sender)) {
			return sender;
		}
	}
	return NULL;
}

static void window_end(struct medium_node *receiver)
{
	uint64_t now_us = receiver->timer.at_us;
	const struct medium_node *sender = on_its_way(receiver, now_us);

	if (sender != NULL) {
		/* To its end; that timeout was armed before this one, and so runs first. */
		fav_timeout_start(&receiver->timer, sender->end_us);
		return;
	}
	if (fav_timeout_is_armed(&receiver->late)) {
		fav_timeout_start(&receiver->timer, receiver->late.at_us);
		return;
	}
	leave(receiver);
	receiver->radio.client->rx_timeout(receiver->radio.ctx, now_us);
}

static void timer_due(struct fav_timeout *timer)
{
	struct medium_node *node = CONTAINER_OF(timer, struct medium_node, timer);

	if (node->state == MEDIUM_SENDING) {
		packet_end(node);
	} else {
		window_end(node);
	}
}

static void add_hit(struct medium_node *node, const struct medium_node *by)
{
	if (node->hit_count == MEDIUM_HITS_MAX) {
		node->crowded = true;
		return;
	}
	node->hits[node->hit_count++] = (struct medium_hit){
		.sender = by,
		.start_us = by->tx.start_us,
		.end_us = by->end_us,
		.access_address = by->tx.access_address,
	};
}

static void medium_tx(struct radio *radio, const struct radio_tx *tx)
{
	struct medium_node *node = node_of(radio), *other;
	struct medium_channel *channel;

	__ASSERT_NO_MSG(tx->channel < RADIO_CHANNELS && tx->len <= RADIO_PDU_MAX);
	leave(node);
	channel = &node->air->medium.channels[tx->channel];
	node->tx = *tx;
	node->end_us = tx->start_us + radio__airtime_us(tx->phy, tx->len);
	node->hit_count = 0;
	node->crowded = false;
	SYS_DLIST_FOR_EACH_CONTAINER(&channel->packets, other, node) {
		if (other->tx.start_us < node->end_us && tx->start_us < other->end_us) {
			add_hit(node, other);
			add_hit(other, node);
		}
	}
	sys_dlist_append(&channel->packets, &node->node);
	node->state = MEDIUM_SENDING;
	fav_timeout_start(&node->timer, node->end_us);
}

static void medium_listen(struct radio *radio, const struct radio_listen *listen)
{
	struct medium_node *node = node_of(radio);

	__ASSERT_NO_MSG(listen->channel < RADIO_CHANNELS);
	leave(node);
	node->listen = *listen;
	sys_dlist_append(&node->air->medium.channels[listen->channel].listeners, &node->node);
	node->state = MEDIUM_LISTENING;
	if (listen->until_us != FAV_FOREVER_US) {
		fav_timeout_start(&node->timer, listen->until_us);
	}
}

static void medium_stop(struct radio *radio)
{
	leave(node_of(radio));
}

static bool medium_receiving(struct radio *radio, uint64_t now_us)
{
	struct medium_node *node = node_of(radio);

	return node->state == MEDIUM_LISTENING &&
	       (fav_timeout_is_armed(&node->late) || on_its_way(node, now_us) != NULL);
}

static const struct radio_api radio_api = {
	.tx = medium_tx,
	.listen = medium_listen,
	.stop = medium_stop,
	.receiving = medium_receiving,
};

/* splitmix64. */
static uint64_t next_random(struct medium *medium)
{
	uint64_t z = medium->random += 0x9e3779b97f4a7c15U;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
	return z ^ (z >> 31);
}

bool medium__chance(struct medium *medium, double chance)
{
	if (chance <= 0 || chance >= 1) {
		return chance >= 1;
	}
	return (double)(next_random(medium) >> 11) * 0x1p-53 < chance;
}

void medium__init(struct medium *medium, uint64_t seed)
{
	medium->random = seed;
	sys_dlist_init(&medium->jammers);
	sys_dlist_init(&medium->observers);
	for (unsigned int i = 0; i < RADIO_CHANNELS; i++) {
		sys_dlist_init(&medium->channels[i].listeners);
		sys_dlist_init(&medium->channels[i].packets);
	}
}

void medium__node_init(struct medium_node *node, struct fav_air *air)
{
	node->radio.api = &radio_api;
	node->air = air;
	sys_slist_init(&node->losses);
	node->state = MEDIUM_IDLE;
	node->timer.handler = timer_due;
	node->late.handler = late_due;
}

void medium__node_remove(struct medium_node *node)
{
	leave(node);
	for (unsigned int i = 0; i < RADIO_CHANNELS; i++) {
		forget_hits(&node->air->medium.channels[i], node);
	}
}
