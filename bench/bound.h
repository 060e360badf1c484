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
 *   2.1      a packet on the uncoded PHYs: preamble (1 byte on 1M, 2 on 2M), access address (4),
 *            header (2), payload (0 to 251 here, 4 more with a MIC unless it is empty), CRC (3)
 *   2.2      on Coded, S=8: preamble 80 us, access address 256, coding indicator 16, TERM1 24, then
 *            64 us each byte of header, payload and CRC, TERM2 24
 *   4.1.1    T_IFS, 150 us, between packets of an event
 *   4.5.1    an event ends T_IFS before the next anchor point
 *   4.5.6    an event goes on while a side has more data; a packet that is not received closes it,
 *            as do two in a row with a wrong CRC
 *   4.5.9    a packet that is not acknowledged is sent again
 *   4.5.10   on Coded a packet takes no more of the interval than the peer's longest one (17040 us)
 *            and two T_IFS leave, but 27 octets always may
 *
 * One exchange: a data packet, T_IFS, the other side's packet (empty unless data goes both ways),
 * T_IFS. 251 bytes take 2468 us on 1M and 1392 us on 2M. The exchanges are those of an L2CAP PDU
 * cut into packets of at most 251 bytes, in order: a shorter last one takes its own time, and none
 * goes before its turn.
 */

enum bound_phy {
	BOUND_1M = 1,
	BOUND_2M = 2,
	BOUND_S8 = 3,
};

struct bound_link {
	enum bound_phy phy;
	bool encrypted;
	uint32_t interval_us;
	uint16_t pdu;     /* bytes of each L2CAP PDU with its header */
	uint16_t payload; /* of these, the application's */
	bool from_central, from_peripheral;
	uint32_t loss_per_mille; /* of packets, both ways, each by itself */
	bool corrupt;            /* what is lost is heard, with a wrong CRC */
};

/* Of a packet with so many bytes of payload, its MIC included. */
uint32_t bound_airtime_us(enum bound_phy phy, uint16_t len);

/* Bytes of the application a second, in both directions together. Without loss exact; with loss the
 * mean over many events, drawn with a fixed seed. */
double bound_goodput(const struct bound_link *link);

/*
 * The same for the sum of several links with the same central, whose anchors lie evenly in the
 * interval. One radio: what fails ends an event, and there is silence until the next link's anchor.
 * Without loss it is the single link's: whose turn it is goes on over the others' anchors.
 */
double bound_shared(const struct bound_link *link, unsigned int links);

#endif
