/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What to tell a peer whose link is not secure enough, Core 6.0 Vol 3 Part C 10.3.1: ATT and L2CAP
 * have the same answers, in words of their own.
 */

#include "sec.h"

enum sec_lacks sec__lacks(const struct bt_conn *conn, bt_security_t level)
{
	struct bt_conn_info info;

	if (bt_conn_get_security(conn) >= level) {
		return SEC_LACKS_NOTHING;
	}
	if (bt_conn_get_info(conn, &info) != 0 || info.security.enc_key_size == 0) {
		return sec__has_key(conn) ? SEC_LACKS_ENCRYPTION : SEC_LACKS_AUTHENTICATION;
	}
	/* Authenticated Secure Connections lack nothing of level 4 but bytes of the key. */
	if (level == BT_SECURITY_L4 && info.security.level == BT_SECURITY_L3 &&
	    (info.security.flags & BT_SECURITY_FLAG_SC) != 0) {
		return SEC_LACKS_KEY_SIZE;
	}
	return SEC_LACKS_AUTHENTICATION;
}
