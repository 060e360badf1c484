/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_SEC_H_
#define FAV_HOST_SEC_H_

#include <stdbool.h>

#include <zephyr/bluetooth/conn.h>

/*
 * What layers above the security manager ask of a link's security; its level is
 * bt_conn_get_security().
 */

/* Whether there are keys with which the link could be encrypted: the peer is bonded. */
bool sec__has_key(const struct bt_conn *conn);

#endif
