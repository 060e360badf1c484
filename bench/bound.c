/* SPDX-License-Identifier: Apache-2.0 */
#include "bound.h"

#include "world.h"

#define T_IFS_US    150
#define PDU_MAX     251
#define EVENTS      20000
#define BAD_CRC_MAX 2

uint32_t bound_airtime_us(uint8_t phy, uint16_t len)
{
	uint32_t preamble = phy == 2 ? 2 : 1;

	return (preamble + 4 + 2 + len + 3) * 8 / phy;
}

uint32_t bound_exchange_us(uint8_t phy, uint16_t len)
{
	return bound_airtime_us(phy, len) + T_IFS_US + bound_airtime_us(phy, 0) + T_IFS_US;
}

/* An endless row of L2CAP PDUs. */
struct source {
	const struct bound_link *link;
	uint16_t sent;  /* of the present PDU, acknowledged */
	bool delivered; /* the present packet has arrived, its acknowledgement not */
	double bytes;
};

static uint16_t len_at(const struct source *source, uint16_t sent)
{
	uint16_t left = source->link->pdu - sent;

	return left < PDU_MAX ? left : PDU_MAX;
}

static uint16_t next_len(const struct source *source)
{
	return len_at(source, source->sent);
}

static void advance(struct source *source)
{
	source->sent += next_len(source);
	if (source->sent == source->link->pdu) {
		source->sent = 0;
		source->bytes += source->link->payload;
	}
	source->delivered = false;
}

/* The length of what goes in the next exchange: a peripheral's packet follows the acknowledgement
 * of the one before. */
static uint16_t due_len(const struct source *source)
{
	uint16_t after = (source->sent + next_len(source)) % source->link->pdu;

	return source->delivered && !source->link->from_central ? len_at(source, after)
								: next_len(source);
}

/* A packet of one side has arrived, or not. Returns false when that closes the event. */
static bool arrived(struct source *source, bool from_central, bool lost, uint32_t *bad)
{
	if (lost) {
		return source->link->corrupt && ++*bad < BAD_CRC_MAX;
	}
	*bad = 0;
	if (from_central == source->link->from_central) {
		source->delivered = true;
	} else if (source->delivered) {
		advance(source);
	}
	return true;
}

/*
 * One event. Data goes with each packet of its side, again until its acknowledgement arrives. The
 * central always knows how much time the peer wants, and takes a packet with a wrong CRC for one
 * that announces more: no real one does better.
 */
static void event(struct source *source, uint64_t *chance)
{
	const struct bound_link *link = source->link;
	uint32_t left_us = link->interval_us, bad[2] = {0, 0};

	while (bound_exchange_us(link->phy, due_len(source)) <= left_us) {
		bool lost[2] = {world_chance(chance, 1000) < link->loss_per_mille,
				world_chance(chance, 1000) < link->loss_per_mille};

		left_us -= bound_exchange_us(link->phy, due_len(source));
		if (!arrived(source, true, lost[0], &bad[0]) ||
		    !arrived(source, false, lost[1], &bad[1])) {
			return;
		}
	}
}

double bound_goodput(const struct bound_link *link)
{
	struct source source = {.link = link};
	uint64_t chance = 4711;

	for (unsigned int i = 0; i < EVENTS; i++) {
		event(&source, &chance);
	}
	return source.bytes * 1e6 / ((double)EVENTS * link->interval_us);
}
