/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCH_TRAFFIC_H_
#define BENCH_TRAFFIC_H_

#include <stdbool.h>
#include <stdint.h>

/*
 * Data that never ends, on links of one central: of each kind, each way that it goes is a flow,
 * which always has values on their way from its application. Device 0 is the central, 1 + i its
 * i-th peer.
 */

#define TRAFFIC_LINKS 64

struct traffic_kind {
	const char *name;
	bool from_central, from_peripheral;
	/* On link i, whose ends are settled. */
	void (*open)(unsigned int i);
	/* One value of mtu - overhead bytes; 0, or a negative errno: later. */
	int (*send)(unsigned int i, bool from_central);
	uint16_t overhead; /* bytes of the MTU that are not the application's */
};

/* notify, write, l2cap (from the central), l2cap both ways. */
extern const struct traffic_kind traffic_kinds[4];

/* Bytes that have come to the applications of each link. */
extern uint64_t traffic_received[TRAFFIC_LINKS];

/* So many links of this kind, made and settled, are to be filled from now on. */
void traffic_begin(const struct traffic_kind *kind, unsigned int links, uint16_t mtu);
void traffic_end(void);

#endif
