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

/* What a link lacks for a service that wants level: Core 6.0 Vol 3 Part C 10.3.1, table 10.2. */
enum sec_lacks {
	SEC_LACKS_NOTHING,
	SEC_LACKS_AUTHENTICATION, /* There is no key, or a weaker one than wanted. */
	SEC_LACKS_ENCRYPTION,     /* There is a key, and it is not in use. */
	SEC_LACKS_KEY_SIZE,       /* All but bytes of the key. */
};
enum sec_lacks sec__lacks(const struct bt_conn *conn, bt_security_t level);

#endif
