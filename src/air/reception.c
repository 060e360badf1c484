/* SPDX-License-Identifier: Apache-2.0 */

/* What becomes of a packet at one receiver: collisions, noise, interference, set losses. */

#include <zephyr/sys/util.h>

#include "air/air_internal.h"

/* Bits that a microsecond of the packet has. */
static double bits_per_us(enum radio_phy phy)
{
	switch (phy) {
	case RADIO_2M:
		return 2;
	case RADIO_CODED_S2:
		return 0.5;
	case RADIO_CODED_S8:
		return 0.125;
	default:
		return 1;
	}
}

static enum fav_air_verdict collide(const struct medium_node *sender,
				    const struct medium_node *receiver)
{
	enum fav_air_verdict verdict = FAV_AIR_DELIVER;
	double own_dbm;

	if (sender->crowded) {
		return FAV_AIR_LOSE;
	}
	if (sender->hit_count == 0) {
		return FAV_AIR_DELIVER;
	}
	own_dbm = medium__rssi_dbm(sender, receiver);
	for (unsigned int i = 0; i < sender->hit_count; i++) {
		const struct medium_hit *hit = &sender->hits[i];
		double hit_dbm = medium__rssi_dbm(hit->sender, receiver);
		bool captured = own_dbm - hit_dbm >= MEDIUM_CAPTURE_DB;

		if (hit->start_us <= sender->tx.start_us) {
			bool busy = hit->access_address == receiver->listen.access_address &&
				    hit->start_us >= receiver->listen.from_us &&
				    hit_dbm >= path__noise_dbm(receiver->listen.phy);

			if (!captured || busy) {
				return FAV_AIR_LOSE;
			}
		} else if (!captured) {
			if (hit->start_us < medium__sync_us(sender)) {
				return FAV_AIR_LOSE;
			}
			verdict = FAV_AIR_CORRUPT;
		}
	}
	return verdict;
}

/* The interference at now_us, mW; *change_us comes down to when that may change. */
static double interference_mw(const struct medium_node *sender, const struct medium_node *receiver,
			      uint64_t now_us, uint64_t *change_us)
{
	double mw = medium__jamming_mw(&sender->air->medium, &receiver->place, sender->tx.channel,
				       now_us, change_us);

	for (unsigned int i = 0; i < sender->hit_count; i++) {
		const struct medium_hit *hit = &sender->hits[i];

		if (now_us < hit->start_us) {
			*change_us = MIN(*change_us, hit->start_us);
		} else if (now_us < hit->end_us) {
			*change_us = MIN(*change_us, hit->end_us);
			mw += path__mw(medium__rssi_dbm(hit->sender, receiver));
		}
	}
	return mw;
}

/* The chance that all bits between two moments arrive, piece by piece of constant interference. */
static double arrive(const struct medium_node *sender, const struct medium_node *receiver,
		     uint64_t from_us, uint64_t until_us)
{
	enum radio_phy phy = sender->tx.phy;
	double signal_mw = path__mw(medium__rssi_dbm(sender, receiver));
	double noise_mw = path__mw(path__noise_dbm(phy));
	/* The coding helps against interference as it does against noise. */
	double gain = phy >= RADIO_CODED_S8 ? noise_mw / path__mw(path__noise_dbm(RADIO_1M)) : 1;
	double chance = 1;

	while (from_us < until_us) {
		uint64_t change_us = until_us;
		double mw = interference_mw(sender, receiver, from_us, &change_us);

		chance *= path__arrive(signal_mw, noise_mw + mw * gain,
				       (double)(change_us - from_us) * bits_per_us(phy));
		from_us = change_us;
	}
	return chance;
}

static enum fav_air_verdict drown(const struct medium_node *sender,
				  const struct medium_node *receiver)
{
	struct medium *medium = &sender->air->medium;
	uint64_t sync_us = medium__sync_us(sender);
	double chance;

	/* The usual case, for what it costs. */
	if (sender->hit_count == 0 && sys_dlist_is_empty(&medium->jammers) &&
	    medium__rssi_dbm(sender, receiver) >= MEDIUM_LOUD_DBM) {
		return FAV_AIR_DELIVER;
	}
	chance = arrive(sender, receiver, sender->tx.start_us, sync_us);
	if (medium__chance(medium, 1 - chance)) {
		return FAV_AIR_LOSE;
	}
	chance = arrive(sender, receiver, sync_us, sender->end_us);
	return medium__chance(medium, 1 - chance) ? FAV_AIR_CORRUPT : FAV_AIR_DELIVER;
}

enum fav_air_verdict medium__judge(const struct medium_node *sender,
				   const struct medium_node *receiver)
{
	struct medium *medium = &sender->air->medium;
	enum fav_air_verdict verdict = collide(sender, receiver);

	if (verdict != FAV_AIR_LOSE) {
		verdict = medium__worse(verdict, drown(sender, receiver));
	}
	if (verdict != FAV_AIR_LOSE &&
	    medium__chance(medium, medium__link_loss(sender, receiver))) {
		verdict = FAV_AIR_LOSE;
	}
	return verdict;
}
