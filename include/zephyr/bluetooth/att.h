/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZEPHYR_BLUETOOTH_ATT_H_
#define ZEPHYR_BLUETOOTH_ATT_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <zephyr/sys/util.h>

struct bt_conn;

/** @file
 * Attribute Protocol: Core 6.0 Vol 3 Part F.
 */

#ifdef __cplusplus
extern "C" {
#endif

/* Error codes, Core 6.0 Vol 3 Part F 3.4.1.1, and the Supplement's Part B for 0xe0 to 0xff. */
#define BT_ATT_ERR_SUCCESS                 0x00 /**< Not an error. */
#define BT_ATT_ERR_INVALID_HANDLE          0x01 /**< No attribute has that handle. */
#define BT_ATT_ERR_READ_NOT_PERMITTED      0x02
#define BT_ATT_ERR_WRITE_NOT_PERMITTED     0x03
#define BT_ATT_ERR_INVALID_PDU             0x04
#define BT_ATT_ERR_AUTHENTICATION          0x05 /**< A link key with MITM protection is needed. */
#define BT_ATT_ERR_NOT_SUPPORTED           0x06 /**< The server does not know the request. */
#define BT_ATT_ERR_INVALID_OFFSET          0x07 /**< Past the end of the value. */
#define BT_ATT_ERR_AUTHORIZATION           0x08 /**< The server's application said no. */
#define BT_ATT_ERR_PREPARE_QUEUE_FULL      0x09
#define BT_ATT_ERR_ATTRIBUTE_NOT_FOUND     0x0a /**< None in that range. */
#define BT_ATT_ERR_ATTRIBUTE_NOT_LONG      0x0b
#define BT_ATT_ERR_ENCRYPTION_KEY_SIZE     0x0c
#define BT_ATT_ERR_INVALID_ATTRIBUTE_LEN   0x0d
#define BT_ATT_ERR_UNLIKELY                0x0e /**< Also what this host reports for its own ends. */
#define BT_ATT_ERR_INSUFFICIENT_ENCRYPTION 0x0f
#define BT_ATT_ERR_UNSUPPORTED_GROUP_TYPE  0x10
#define BT_ATT_ERR_INSUFFICIENT_RESOURCES  0x11
#define BT_ATT_ERR_DB_OUT_OF_SYNC          0x12
#define BT_ATT_ERR_VALUE_NOT_ALLOWED       0x13
#define BT_ATT_ERR_WRITE_REQ_REJECTED      0xfc
#define BT_ATT_ERR_CCC_IMPROPER_CONF       0xfd
#define BT_ATT_ERR_PROCEDURE_IN_PROGRESS   0xfe
#define BT_ATT_ERR_OUT_OF_RANGE            0xff

/* Opcodes, Core 6.0 Vol 3 Part F 3.4.8. */
#define BT_ATT_OP_ERROR_RSP         0x01
#define BT_ATT_OP_MTU_REQ           0x02
#define BT_ATT_OP_MTU_RSP           0x03
#define BT_ATT_OP_FIND_INFO_REQ     0x04
#define BT_ATT_OP_FIND_INFO_RSP     0x05
#define BT_ATT_OP_FIND_TYPE_REQ     0x06
#define BT_ATT_OP_FIND_TYPE_RSP     0x07
#define BT_ATT_OP_READ_TYPE_REQ     0x08
#define BT_ATT_OP_READ_TYPE_RSP     0x09
#define BT_ATT_OP_READ_REQ          0x0a
#define BT_ATT_OP_READ_RSP          0x0b
#define BT_ATT_OP_READ_BLOB_REQ     0x0c
#define BT_ATT_OP_READ_BLOB_RSP     0x0d
#define BT_ATT_OP_READ_MULT_REQ     0x0e
#define BT_ATT_OP_READ_MULT_RSP     0x0f
#define BT_ATT_OP_READ_GROUP_REQ    0x10
#define BT_ATT_OP_READ_GROUP_RSP    0x11
#define BT_ATT_OP_WRITE_REQ         0x12
#define BT_ATT_OP_WRITE_RSP         0x13
#define BT_ATT_OP_PREPARE_WRITE_REQ 0x16
#define BT_ATT_OP_PREPARE_WRITE_RSP 0x17
#define BT_ATT_OP_EXEC_WRITE_REQ    0x18
#define BT_ATT_OP_EXEC_WRITE_RSP    0x19
#define BT_ATT_OP_NOTIFY            0x1b
#define BT_ATT_OP_INDICATE          0x1d
#define BT_ATT_OP_CONFIRM           0x1e
#define BT_ATT_OP_READ_MULT_VL_REQ  0x20
#define BT_ATT_OP_READ_MULT_VL_RSP  0x21
#define BT_ATT_OP_NOTIFY_MULT       0x23
#define BT_ATT_OP_WRITE_CMD         0x52
#define BT_ATT_OP_SIGNED_WRITE_CMD  0xd2

/** Longest attribute value, bytes: Core 6.0 Vol 3 Part F 3.2.9. */
#define BT_ATT_MAX_ATTRIBUTE_LEN 512

#define BT_ATT_FIRST_ATTRIBUTE_HANDLE 0x0001 /**< The lowest handle there can be. */
#define BT_ATT_LAST_ATTRIBUTE_HANDLE  0xffff /**< The highest handle there can be. */
/** Older names of the two above. */
#define BT_ATT_FIRST_ATTTRIBUTE_HANDLE BT_ATT_FIRST_ATTRIBUTE_HANDLE
#define BT_ATT_LAST_ATTTRIBUTE_HANDLE  BT_ATT_LAST_ATTRIBUTE_HANDLE

/** MTU of every LE link before an exchange, bytes: Core 6.0 Vol 3 Part G 5.2.1. */
#define BT_ATT_DEFAULT_LE_MTU 23

/** The name of an ATT error code, for messages: `BT_ATT_ERR_INVALID_HANDLE`.
 * @return Constant text, `(unknown)` for a code that has no name.
 * Context: any, including ISR.
 * Spec: Core 6.0 Vol 3 Part F 3.4.1.1.
 */
const char *bt_att_err_to_str(uint8_t att_err);

/** Choose the MTU that the current host offers in exchanges from now on, as client and as server.
 * Links whose MTU has been exchanged keep theirs. An extension to Zephyr's API.
 *
 * @param mtu  Bytes, 23 to CONFIG_BT_L2CAP_TX_MTU, which is also the default.
 * @retval 0        Chosen.
 * @retval -EINVAL  Out of that range.
 * Context: loop, both levels; allowed in bt_* callbacks.
 * Spec: Core 6.0 Vol 3 Part F 3.4.2.
 */
int bt_att_preferred_mtu_set(uint16_t mtu);

/** @return What bt_att_preferred_mtu_set() chose last, bytes. Context: loop, both levels.
 * Spec: Core 6.0 Vol 3 Part F 3.4.2.
 */
uint16_t bt_att_preferred_mtu_get(void);

/* ---- Enhanced bearers ----
 *
 * A link has an unenhanced bearer, and may have up to five enhanced ones, each an L2CAP channel
 * with an MTU and a request under way of its own. Both sides may open them, once the link is
 * encrypted.
 */

/** Which bearers something may use. */
enum bt_att_chan_opt {
	/** Any: requests the one with the fewest waiting; values and indications the unenhanced
	 * one, where they keep their order. */
	BT_ATT_CHAN_OPT_NONE = 0x0,
	BT_ATT_CHAN_OPT_UNENHANCED_ONLY = BIT(0), /**< The unenhanced one. */
	BT_ATT_CHAN_OPT_ENHANCED_ONLY = BIT(1),   /**< Enhanced ones; values the first of them. */
};

/** Choose whether the current host accepts and opens enhanced bearers, and says so in Server
 * Supported Features; those that are open stay. Off, unless CONFIG_BT_EATT is on. An extension to
 * Zephyr's API.
 *
 * @retval 0            Chosen.
 * @retval -EADDRINUSE  The application listens on their PSM, 0x0027, itself.
 * Context: thread, never waits; allowed in bt_* callbacks.
 * Spec: Core 6.0 Vol 3 Part G 5.3.
 */
int bt_eatt_set_enabled(bool enabled);

/** Open enhanced bearers. Each that opens is told by bt_gatt_cb.att_mtu_updated; the peer may
 * refuse some. Not all clients expect them: see Server Supported Features and Client Supported
 * Features.
 *
 * @param conn          The link.
 * @param num_channels  How many more, 1 to 5; fewer are asked for where the link would have more
 *                      than five, or the host has no more of CONFIG_BT_EATT_MAX.
 * @retval 0          Asked.
 * @retval -EINVAL    @p conn is NULL, or @p num_channels is out of its range.
 * @retval -ENOTCONN  Not connected.
 * @retval -ENOTSUP   bt_eatt_set_enabled() is off.
 * @retval -EPERM     The link is not encrypted.
 * @retval -ENOMEM    There are as many as there can be, or no buffer.
 * Context: thread, never waits; allowed in bt_* callbacks.
 * Spec: Core 6.0 Vol 3 Part G 5.3.2.
 */
int bt_eatt_connect(struct bt_conn *conn, size_t num_channels);

/** Close all enhanced bearers of a link. What waits on them ends as if the link were gone. An
 * extension to Zephyr's API.
 * @retval 0          Under way.
 * @retval -EINVAL    @p conn is NULL.
 * @retval -ENOTCONN  It has none.
 * Context: thread, never waits; allowed in bt_* callbacks.
 * Spec: Core 6.0 Vol 3 Part G 5.3.
 */
int bt_eatt_disconnect(struct bt_conn *conn);

/** @return How many enhanced bearers of @p conn are open. Context: loop, both levels.
 * Spec: Core 6.0 Vol 3 Part G 5.3.
 */
size_t bt_eatt_count(struct bt_conn *conn);

#ifdef __cplusplus
}
#endif

#endif
