/* SPDX-License-Identifier: Apache-2.0 */
#include "matrix.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <zephyr/kernel.h>

#define VALUES_MAX 6

const char *const matrix_phy_names[] = {
	[BOUND_1M] = "1M", [BOUND_2M] = "2M", [BOUND_S8] = "Coded S8"};

/* From the one that changes slowest. */
enum axis {
	KIND,
	PHY,
	ENCRYPTED,
	MTU,
	LOSS,
	INTERVAL,
	AXES
};

static const struct {
	const char *name;
	const char *values[VALUES_MAX]; /* as a word names them */
} axes[AXES] = {
	[KIND] = {"kind", {"notify", "write", "l2cap", "l2cap-both-ways"}},
	[PHY] = {"phy", {"1M", "2M", "Coded-S8"}},
	[ENCRYPTED] = {"encrypted", {"no", "yes"}},
	[MTU] = {"mtu", {"247", "23", "512"}},
	[LOSS] = {"loss", {"none", "lost", "corrupt"}},
	[INTERVAL] = {"interval", {"7.5", "15", "30", "50", "100", "400"}},
};

static const enum bound_phy phys[] = {BOUND_1M, BOUND_2M, BOUND_S8};
static const uint16_t mtus[] = {247, 23, 512};
static const char *const losses[] = {"none", "lost", "corrupt"};
static const uint16_t intervals_1250us[] = {6, 12, 24, 40, 80, 320};

/* ---- Words ---- */

static size_t count_of(enum axis axis)
{
	size_t n = 1;

	while (n < VALUES_MAX && axes[axis].values[n] != NULL) {
		n++;
	}
	return n;
}

static enum axis axis_named(const char *word, size_t len)
{
	size_t i = 0;

	while (i < AXES && (strlen(axes[i].name) != len || strncmp(axes[i].name, word, len) != 0)) {
		i++;
	}
	return (enum axis)i;
}

static bool name_value(struct matrix_filter *filter, enum axis axis, const char *value, size_t len)
{
	for (size_t i = 0; i < count_of(axis); i++) {
		const char *known = axes[axis].values[i];

		if (strlen(known) == len && strncasecmp(known, value, len) == 0) {
			filter->named[axis] |= BIT(i);
			return true;
		}
	}
	fprintf(stderr, "there is no %s %.*s, but", axes[axis].name, (int)len, value);
	for (size_t i = 0; i < count_of(axis); i++) {
		fprintf(stderr, " %s", axes[axis].values[i]);
	}
	fputc('\n', stderr);
	return false;
}

bool matrix_filter_add(struct matrix_filter *filter, const char *word)
{
	size_t len = strcspn(word, "=");
	enum axis axis = axis_named(word, len);
	const char *value = word + len;

	BUILD_ASSERT(ARRAY_SIZE(filter->named) == AXES, "one for one");
	if (axis == AXES || *value != '=') {
		fprintf(stderr, "%s: a word is NAME=VALUE[,VALUE...], NAME one of:", word);
		for (size_t i = 0; i < AXES; i++) {
			fprintf(stderr, " %s", axes[i].name);
		}
		fputc('\n', stderr);
		return false;
	}
	do {
		value++;
		len = strcspn(value, ",");
		if (!name_value(filter, axis, value, len)) {
			return false;
		}
		value += len;
	} while (*value == ',');
	return true;
}

/* ---- Settings ---- */

static bool wanted(const struct matrix_filter *filter, const size_t *at, unsigned int links)
{
	for (size_t axis = 0; axis < AXES; axis++) {
		if (filter->named[axis] != 0 && (filter->named[axis] & BIT(at[axis])) == 0) {
			return false;
		}
	}
	return strcmp(losses[at[LOSS]], "corrupt") != 0 || filter->named[LOSS] != 0 ||
	       (links == 1 && at[ENCRYPTED] == 0 && at[MTU] == 0);
}

bool matrix_next(const struct matrix_filter *filter, unsigned int links, size_t *place,
		 struct setting *setting)
{
	size_t at[AXES], left;

	do {
		left = (*place)++;
		for (size_t axis = AXES; axis-- > 0;) {
			at[axis] = left % count_of((enum axis)axis);
			left /= count_of((enum axis)axis);
		}
		if (left > 0) {
			return false;
		}
	} while (!wanted(filter, at, links));
	*setting = (struct setting){
		.kind = &traffic_kinds[at[KIND]],
		.phy = phys[at[PHY]],
		.encrypted = at[ENCRYPTED] == 1,
		.interval_1250us = intervals_1250us[at[INTERVAL]],
		.mtu = mtus[at[MTU]],
		.links = links,
		.loss = losses[at[LOSS]],
	};
	return true;
}
