/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_SMP_SIGN_H_
#define FAV_HOST_SMP_SIGN_H_

#include <stddef.h>
#include <stdint.h>

#include <zephyr/bluetooth/conn.h>

/*
 * Signed data, Core 6.0 Vol 3 Part H 2.4.5, with the signing keys of the link's bond.
 *
 * A counter is used once. That of the peer is in the settings before what it signed is handled, so
 * that nothing is handled twice, whenever the power goes; ours is there a number of steps ahead.
 */

/* The counter, and the MAC. */
#define SMP_SIGN_LEN 12

/* Sign a PDU. -ENOENT: the bond has no key of ours. -EOVERFLOW: it has signed all it can. -EIO, and
 * what the settings said. */
int smp_sign__make(struct bt_conn *conn, const uint8_t *pdu, size_t len,
		   uint8_t signature[SMP_SIGN_LEN]);
/* 0: it is the peer's, and new. -ENOENT: the bond has no key of the peer's. -EBADMSG: it is not the
 * peer's. -EALREADY: it is not new. -EIO, and what the settings said. */
int smp_sign__check(struct bt_conn *conn, const uint8_t *pdu, size_t len,
		    const uint8_t signature[SMP_SIGN_LEN]);

/* For smp.c: the pairing's bond begins to count. */
struct keys_bond;
void smp_sign__begin(struct keys_bond *bond);
/* The bond is gone. */
void smp_sign__forget(struct bt_host *host, uint8_t id, const bt_addr_le_t *addr);

#endif
