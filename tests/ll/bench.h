/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_LL_BENCH_H_
#define TESTS_LL_BENCH_H_

#include "ll/raw_host.h"

/*
 * An air in virtual time with some devices, and everything that was on it. The seed is the
 * environment's FAVONIUS_SEED, 1 without one.
 */

#define BENCH_DEVICES 65
#define BENCH_TRACE   4096

/* A packet of the trace. */
struct bench_packet {
	uint64_t start_us;
	uint32_t airtime_us;
	uint32_t access_address;
	uint8_t channel, phy;
	uint8_t sender; /* number of the device */
	uint16_t len;
	uint8_t pdu[2 + 255];
};

struct bench {
	struct fav_air *air;
	size_t count;
	struct raw_host dev[BENCH_DEVICES];

	bool tracing;
	size_t traced;
	struct bench_packet trace[BENCH_TRACE];
	uint64_t hash; /* of all packets, in their order */

	/* Meddles with a packet; NULL: all are delivered. */
	enum fav_air_verdict (*verdict)(struct bench *bench, const struct fav_air_packet *packet);
	uint32_t random; /* for it */
	unsigned int loss_percent;
	struct fav_air_observer observer;
};

/* Devices that are open and reset. */
void bench_begin(struct bench *bench, size_t count);
void bench_begin_with(struct bench *bench, size_t count, const struct fav_air_device *device,
		      uint64_t seed);
/* Nothing may be left: no buffer, timeout, interrupt. */
void bench_end(struct bench *bench);

uint64_t bench_seed(void);

/* Forget the trace, and record from now on. */
void bench_trace(struct bench *bench);

/* Lose or corrupt loss_percent of the packets at their receivers. */
enum fav_air_verdict bench_lossy(struct bench *bench, const struct fav_air_packet *packet);

/* The next packet from index on that device `sender` sent, with that advertising PDU type and
 * channel (0: any); -1 when there is none. */
int bench_find_adv(const struct bench *bench, int from, int sender, int type, int channel);
/* The same for an LL control PDU. */
int bench_find_ctrl(const struct bench *bench, int from, int sender, uint8_t opcode);

#endif
