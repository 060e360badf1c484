/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_SEC_H_
#define FAV_HOST_SEC_H_

#include <stdbool.h>
#include <stdint.h>

#include <favonius/host.h>
#include <zephyr/bluetooth/addr.h>
#include <zephyr/bluetooth/conn.h>

/*
 * What layers above the security manager ask of a link's security; its level is
 * bt_conn_get_security().
 */

/* Whether there are keys with which the link could be encrypted: the peer is bonded. */
bool sec__has_key(const struct bt_conn *conn);
/* Whether the link is encrypted with the keys of its peer's bond, so that it is who it says. */
bool sec__is_bonded(const struct bt_conn *conn);

/* Who sits above and hears of security before the application does; each may end the link. It
 * stays registered over disable. */
struct sec_upper {
	/* What bt_conn_cb.security_changed is about to say. */
	void (*changed)(struct bt_conn *conn, enum bt_security_err err);
	/* A pairing on the link has led to a bond. */
	void (*bonded)(struct bt_conn *conn);
	/* A bond is gone: all that was kept of the peer goes too. */
	void (*unbonded)(struct bt_host *host, uint8_t id, const bt_addr_le_t *addr);
};
void sec__upper_register(struct bt_host *host, const struct sec_upper *upper);

#endif
