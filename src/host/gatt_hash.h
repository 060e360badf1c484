/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_GATT_HASH_H_
#define FAV_HOST_GATT_HASH_H_

#include <stdbool.h>
#include <stdint.h>

#include "gatt_db.h"

/*
 * The Database Hash, Core 6.0 Vol 3 Part G 7.3: by which a client, and this host of a bonded
 * client, knows whether the database is the one it knew.
 */

#define GATT_HASH_LEN 16

struct gatt_hash {
	bool valid;
	uint8_t value[GATT_HASH_LEN]; /* as in the characteristic: least significant byte first */
};

/* The hash of the database as it is; NULL: the cryptography failed. */
const uint8_t *gatt_hash__get(struct gatt_hash *hash, const struct gatt_db *db);
/* The database has changed. */
void gatt_hash__invalidate(struct gatt_hash *hash);

#endif
