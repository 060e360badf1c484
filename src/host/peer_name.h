/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_PEER_NAME_H_
#define FAV_HOST_PEER_NAME_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <zephyr/bluetooth/addr.h>

/*
 * The names of what the settings keep of a peer, as Zephyr has them: SUBTREE/AAAAAAAAAAAAT[/I] with
 * 12 digits of the peer's identity address, one of its type, and our identity unless that is 0.
 */

void peer_name__encode(char *name, size_t size, const char *subtree, uint8_t id,
		       const bt_addr_le_t *addr);
/* key is what follows the subtree; false when it is no name that encode would have given. */
bool peer_name__decode(const char *key, uint8_t *id, bt_addr_le_t *addr);

#endif
