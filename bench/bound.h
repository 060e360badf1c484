/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCH_BOUND_H_
#define BENCH_BOUND_H_

#include <stdbool.h>
#include <stdint.h>

/*
 * What the link layer can carry, whatever the hosts do. Nothing of src/ is used here: the bound
 * must not share a mistake with what is measured against it.
 *
 * Core 6.0 Vol 6 Part B:
 *   2.1    a packet on the uncoded PHYs: preamble (1 byte on 1M, 2 on 2M), access address (4),
 *          header (2), payload (0 to 251 here), CRC (3)
 *   4.1.1  T_IFS, 150 us, between packets of an event
 *   4.5.1  an event ends T_IFS before the next anchor point
 *   4.5.6  an event goes on while a side has more data; a packet that is not received closes it,
 *          as do two in a row with a wrong CRC
 *   4.5.9  a packet that is not acknowledged is sent again
 *
 * One exchange: a data packet, T_IFS, the other side's empty packet, T_IFS. 251 bytes take 2468 us
 * on 1M and 1392 us on 2M. The exchanges are those of an L2CAP PDU cut into packets of at most
 * 251 bytes, in order: a shorter last one takes its own time, and none goes before its turn.
 */

struct bound_link {
	uint8_t phy; /* 1: 1M, 2: 2M */
	uint32_t interval_us;
	uint16_t pdu;     /* bytes of each L2CAP PDU with its header */
	uint16_t payload; /* of these, the application's */
	bool from_central;
	uint32_t loss_per_mille; /* of packets, both ways, each by itself */
	bool corrupt;            /* what is lost is heard, with a wrong CRC */
};

uint32_t bound_airtime_us(uint8_t phy, uint16_t len);
uint32_t bound_exchange_us(uint8_t phy, uint16_t len);

/* Bytes of the application a second, in one direction. Without loss exact; with loss the mean over
 * many events, drawn with a fixed seed. */
double bound_goodput(const struct bound_link *link);

#endif
