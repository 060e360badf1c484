/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCH_MATRIX_H_
#define BENCH_MATRIX_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bound.h"
#include "traffic.h"

/*
 * What goodput is measured for: every combination of kind of data, PHY, encryption, MTU, loss and
 * interval, or those of them that words name:
 *
 *     kind=notify,write,l2cap,l2cap-both-ways  phy=1M,2M,Coded-S8  encrypted=no,yes
 *     mtu=23,247,512  loss=none,lost,corrupt  interval=7.5,15,30,50,100,400
 *
 * Each word with at least one value. Errors that are heard (corrupt) are a matter of the link, not
 * of the rest: for one plain link with MTU 247, and for others where a word names them.
 */

struct setting {
	const struct traffic_kind *kind;
	enum bound_phy phy;
	bool encrypted;
	uint16_t interval_1250us;
	uint16_t mtu;
	unsigned int links;
	const char *loss; /* "none", "lost", "corrupt" */
};

extern const char *const matrix_phy_names[];

/* What words name; all zeros: nothing, which means everything. */
struct matrix_filter {
	uint32_t named[6]; /* of each axis, a bit for each value */
};

/* Adds one word. Returns false, with a message on stderr, when it has no meaning. */
bool matrix_filter_add(struct matrix_filter *filter, const char *word);

/* The next setting with so many links, in the order in which they are shown, into *setting.
 * *place: 0 at first. Returns false when there is none left. */
bool matrix_next(const struct matrix_filter *filter, unsigned int links, size_t *place,
		 struct setting *setting);

#endif
