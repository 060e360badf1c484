/* SPDX-License-Identifier: Apache-2.0 */
#include "bound.h"

#include "world.h"

#define T_IFS_US     150
#define PDU_MAX      251
#define MIC          4
#define EVENTS       20000
#define EVENTS_LOSSY 200000 /* chance: one in 500 */
#define BAD_CRC_MAX  2

/* Coded, S=8: of 251 bytes with a MIC, of 27, and of all that is not payload, MIC included. */
#define S8_LONGEST_US  17040
#define S8_SHORTEST_US 2704
#define S8_FIXED_US    976

uint32_t bound_airtime_us(enum bound_phy phy, uint16_t len)
{
	uint32_t bytes = 2 + len + 3;

	switch (phy) {
	case BOUND_S8:
		return 80 + 256 + 16 + 24 + bytes * 64 + 24;
	case BOUND_2M:
		return (2 + 4 + bytes) * 4;
	default:
		return (1 + 4 + bytes) * 8;
	}
}

/* The longest payload of a packet. */
static uint16_t packet_max(const struct bound_link *link)
{
	uint32_t beside_us = S8_LONGEST_US + 2 * T_IFS_US, us = S8_SHORTEST_US;

	if (link->phy != BOUND_S8) {
		return PDU_MAX;
	}
	if (link->interval_us > beside_us + us) {
		us = link->interval_us - beside_us;
	}
	return us >= S8_LONGEST_US ? PDU_MAX : (uint16_t)((us - S8_FIXED_US) / 64);
}

/* An endless row of L2CAP PDUs from one side. */
struct source {
	bool on;
	uint16_t pdu, payload, packet;
	uint16_t sent;  /* of the present PDU, acknowledged */
	bool delivered; /* the present packet has arrived, its acknowledgement not */
	double bytes;
};

static uint16_t len_at(const struct source *source, uint16_t sent)
{
	uint16_t left = source->pdu - sent;

	return left < source->packet ? left : source->packet;
}

static uint16_t next_len(const struct source *source)
{
	return len_at(source, source->sent);
}

static void advance(struct source *source)
{
	source->sent += next_len(source);
	if (source->sent == source->pdu) {
		source->sent = 0;
		source->bytes += source->payload;
	}
	source->delivered = false;
}

/* The length of what goes in the next exchange: a peripheral's packet follows the acknowledgement
 * of the one before. */
static uint16_t due_len(const struct source *source, bool central)
{
	uint16_t after = (source->sent + next_len(source)) % source->pdu;

	if (!source->on) {
		return 0;
	}
	return source->delivered && !central ? len_at(source, after) : next_len(source);
}

struct sides {
	const struct bound_link *link;
	struct source central, peripheral;
};

static struct sides sides_of(const struct bound_link *link)
{
	struct source source = {
		.pdu = link->pdu, .payload = link->payload, .packet = packet_max(link)};
	struct sides sides = {.link = link, .central = source, .peripheral = source};

	sides.central.on = link->from_central;
	sides.peripheral.on = link->from_peripheral;
	return sides;
}

static uint32_t packet_us(const struct bound_link *link, uint16_t len)
{
	return bound_airtime_us(link->phy, link->encrypted && len > 0 ? len + MIC : len);
}

static uint32_t exchange_us(const struct sides *sides)
{
	return packet_us(sides->link, due_len(&sides->central, true)) + T_IFS_US +
	       packet_us(sides->link, due_len(&sides->peripheral, false)) + T_IFS_US;
}

/* A packet from one side to the other has arrived, or not. Returns false when that closes the
 * event. */
static bool arrived(const struct bound_link *link, struct source *from, struct source *to,
		    bool lost, uint32_t *bad)
{
	if (lost) {
		return link->corrupt && ++*bad < BAD_CRC_MAX;
	}
	*bad = 0;
	if (from->on) {
		from->delivered = true;
	}
	if (to->delivered) {
		advance(to);
	}
	return true;
}

/*
 * One event. Data goes with each packet of its side, again until its acknowledgement arrives. The
 * central always knows how much time the peer wants, and takes a packet with a wrong CRC for one
 * that announces more: no real one does better. Returns how long it took; *closed: by a loss.
 */
static uint32_t event(struct sides *sides, uint64_t *chance, bool *closed)
{
	const struct bound_link *link = sides->link;
	uint32_t left_us = link->interval_us, bad[2] = {0, 0};

	*closed = false;
	while (exchange_us(sides) <= left_us) {
		bool lost[2] = {world_chance(chance, 1000) < link->loss_per_mille,
				world_chance(chance, 1000) < link->loss_per_mille};

		left_us -= exchange_us(sides);
		if (!arrived(link, &sides->central, &sides->peripheral, lost[0], &bad[0]) ||
		    !arrived(link, &sides->peripheral, &sides->central, lost[1], &bad[1])) {
			*closed = true;
			break;
		}
	}
	return link->interval_us - left_us;
}

static unsigned int events_of(const struct bound_link *link)
{
	return link->loss_per_mille > 0 ? EVENTS_LOSSY : EVENTS;
}

static double rate(const struct sides *sides)
{
	return (sides->central.bytes + sides->peripheral.bytes) * 1e6 /
	       ((double)events_of(sides->link) * sides->link->interval_us);
}

double bound_goodput(const struct bound_link *link)
{
	struct sides sides = sides_of(link);
	uint64_t chance = 4711;
	bool closed;

	for (unsigned int i = 0; i < events_of(link); i++) {
		(void)event(&sides, &chance, &closed);
	}
	return rate(&sides);
}

double bound_shared(const struct bound_link *link, unsigned int links)
{
	struct sides sides = sides_of(link);
	uint64_t chance = 4711, now_us = 0, end_us = (uint64_t)link->interval_us * events_of(link);
	double slot_us = (double)link->interval_us / links;
	bool closed;

	if (links == 1 || link->loss_per_mille == 0) {
		return bound_goodput(link);
	}
	while (now_us < end_us) {
		now_us += event(&sides, &chance, &closed);
		if (closed) {
			now_us = (uint64_t)(((uint64_t)((double)now_us / slot_us) + 1) * slot_us);
		}
	}
	return rate(&sides);
}
