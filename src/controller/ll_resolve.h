/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_CONTROLLER_LL_RESOLVE_H_
#define FAV_CONTROLLER_LL_RESOLVE_H_

#include <stdbool.h>
#include <stdint.h>

#include <zephyr/bluetooth/addr.h>

#include "crypto/rpa.h"

/*
 * The resolving list, Core 6.0 Vol 6 Part B 4.7: which keys belong to which identity. The link
 * layer asks it through ll_privacy.h; the HCI commands change it.
 *
 * Finding whose an address is costs a comparison and a block of AES for each entry, once: the
 * answer, also that it is nobody's, is remembered by address, so that an advertiser that is heard
 * again costs one look. A change of the list forgets all answers.
 */

#define LL_RESOLVE_MAX  64
#define LL_RESOLVE_NONE 0xff

/* Seconds; Core 6.0 Vol 4 Part E 7.8.45. */
#define LL_RPA_TIMEOUT_MIN     1
#define LL_RPA_TIMEOUT_MAX     3600
#define LL_RPA_TIMEOUT_DEFAULT 900

/* A private address that the controller has made. */
struct ll_rpa {
	bt_addr_t addr;
	bool made;
	uint64_t until_us; /* another one from then on */
};

struct ll_resolve_entry {
	bt_addr_le_t id; /* type public or random */
	uint8_t peer_irk[CRYPTO_IRK_LEN], local_irk[CRYPTO_IRK_LEN];
	bool has_peer_irk, has_local_irk; /* not all zeros */
	bool device_privacy;
	struct ll_rpa own;    /* of local_irk: ours towards this peer */
	struct ll_rpa target; /* of peer_irk: by which we call it */
	bt_addr_t heard;      /* the last one that it used; BT_ADDR_ANY: none */
};

/* Addresses whose answer is remembered; the older of a bucket gives way. */
#define LL_RESOLVE_BUCKETS 256
#define LL_RESOLVE_WAYS    2

struct ll_resolve_known {
	bt_addr_t addr;
	uint8_t type;
	uint8_t entry;
	uint16_t generation;
};

struct ll_resolve {
	bool enabled; /* LE Set Address Resolution Enable */
	uint16_t timeout_min_s, timeout_max_s;
	uint8_t count;
	uint16_t generation; /* of the answers that count; 0 is none's */
	struct ll_resolve_entry entries[LL_RESOLVE_MAX];
	struct ll_resolve_known known[LL_RESOLVE_BUCKETS][LL_RESOLVE_WAYS];
	uint8_t known_next[LL_RESOLVE_BUCKETS];
};

/* Empty, disabled, default timeout. */
void ll__resolve_init(struct ll_resolve *list);

enum ll_resolve_added {
	LL_RESOLVE_ADDED, /* or there already, with the same keys */
	LL_RESOLVE_FULL,
	LL_RESOLVE_CONFLICT, /* the identity is there with other keys, or the peer's key is */
};

enum ll_resolve_added ll__resolve_add(struct ll_resolve *list, const bt_addr_le_t *id,
				      const uint8_t peer_irk[CRYPTO_IRK_LEN],
				      const uint8_t local_irk[CRYPTO_IRK_LEN]);
/* False: it is not there. */
bool ll__resolve_remove(struct ll_resolve *list, const bt_addr_le_t *id);
void ll__resolve_clear(struct ll_resolve *list);
void ll__resolve_enable(struct ll_resolve *list, bool enable);

/* The entry of the identity, or NULL. For commands; the link layer has ll__resolve(). */
struct ll_resolve_entry *ll__resolve_find(struct ll_resolve *list, const bt_addr_le_t *id);

/* The entry whose identity, or (while enabled) whose peer's private address this is; or
 * LL_RESOLVE_NONE. */
uint8_t ll__resolve(struct ll_resolve *list, const bt_addr_le_t *addr);

#endif
