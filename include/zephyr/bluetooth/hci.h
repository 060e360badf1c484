/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZEPHYR_BLUETOOTH_HCI_H_
#define ZEPHYR_BLUETOOTH_HCI_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/kernel.h>
#include <zephyr/net_buf.h>

/** @file
 * Raw access to the current host's controller: for commands that the rest of the API lacks, vendor
 * commands above all. A command that changes what the host believes of its controller (Reset, event
 * masks, advertising, connections) confuses it.
 */

#ifdef __cplusplus
extern "C" {
#endif

struct bt_conn;

/** Take a buffer for a command's parameters, with room for 255 bytes.
 * @param timeout  How long to wait for one; from a callback or work item no longer than the
 *                 commands on their way need. K_NO_WAIT does not wait.
 * @return Empty buffer, to be handed to bt_hci_cmd_send(), bt_hci_cmd_send_sync() or
 *         net_buf_unref(); NULL when none came free in time.
 * Context: thread, may wait as told; any with K_NO_WAIT.
 * Spec: Core 6.0 Vol 4 Part E 5.4.1.
 */
struct net_buf *bt_hci_cmd_alloc(k_timeout_t timeout);

/** As bt_hci_cmd_alloc() with K_NO_WAIT, in the older form of Zephyr's API.
 * @param opcode     Of the command; kept for source compatibility, the sending call's counts.
 * @param param_len  Bytes of parameters that will be added, at most 255.
 * @return Empty buffer; NULL when none is free.
 * Context: any.
 * Spec: Core 6.0 Vol 4 Part E 5.4.1.
 */
struct net_buf *bt_hci_cmd_create(uint16_t opcode, uint8_t param_len);

/** Send a command and do not wait for its reply.
 * @param opcode  BT_OP(ogf, ocf).
 * @param buf     Its parameters, NULL for none; taken in every case.
 * @retval 0        Queued; the controller's answer is only logged, when it is an error.
 * @retval -EAGAIN  The host is not enabled.
 * @retval -ENOMEM  @p buf is NULL and no buffer is free.
 * @retval -EINVAL  @p buf holds more than 255 bytes.
 * Context: any.
 * Spec: Core 6.0 Vol 4 Part E 4.4.
 */
int bt_hci_cmd_send(uint16_t opcode, struct net_buf *buf);

/** Send a command and wait for Command Complete or Command Status.
 * @param opcode  BT_OP(ogf, ocf).
 * @param buf     Its parameters, NULL for none; taken in every case.
 * @param rsp     When 0 is returned, receives the return parameters, status byte first, to be
 *                net_buf_unref()'d; just the status byte for Command Status. May be NULL.
 * @retval 0             The controller answered with success.
 * @retval -EAGAIN       The host is not enabled.
 * @retval -ENOMEM       No buffer is free, or the controller lacks memory.
 * @retval -EINVAL       @p buf holds more than 255 bytes, or the controller refused a parameter.
 * @retval -ETIMEDOUT    No answer within CONFIG_BT_HCI_CMD_TIMEOUT_MS.
 * @retval -ENODEV       The transport was lost while waiting, or the host was disabled.
 * @retval -EPROTO       The answer had no status.
 * @retval -EWOULDBLOCK  Called at interrupt level.
 * @retval -EACCES       The controller disallows it in its present state.
 * @retval -ENOTSUP      The controller does not know it, or not with this value.
 * @retval -ENOTCONN     The controller knows no connection of that handle.
 * @retval -ECONNREFUSED The controller has no room for another connection.
 * @retval -EIO          The controller refused for another reason.
 * Context: thread, may wait for the controller; allowed in bt_* callbacks.
 * Spec: Core 6.0 Vol 4 Part E 4.4.
 */
int bt_hci_cmd_send_sync(uint16_t opcode, struct net_buf *buf, struct net_buf **rsp);

/** @return Text for the HCI status or reason @p hci_err, a constant; never NULL. Context: any. */
const char *bt_hci_err_to_str(uint8_t hci_err);

/** Find a connection's handle.
 * @param conn         Connection.
 * @param conn_handle  Receives the handle, 0 to BT_HCI_HANDLE_MAX.
 * @retval 0          Found.
 * @retval -ENOTCONN  @p conn is not connected.
 * Context: thread, never waits.
 * Spec: Core 6.0 Vol 4 Part E 5.3.
 */
int bt_hci_get_conn_handle(const struct bt_conn *conn, uint16_t *conn_handle);

/** Called with each vendor event: thread level, @p buf holds the event's parameters and is valid
 * during the call.
 * @return true when it was understood; false has it counted in fav_host_stats.evt_dropped.
 */
typedef bool bt_hci_vnd_evt_cb_t(struct net_buf_simple *buf);

/** Set who hears of the current host's vendor events.
 * @param cb  NULL: nobody.
 * @retval 0  Set.
 * Context: thread, never waits.
 * Spec: Core 6.0 Vol 4 Part E 5.4.4.
 */
int bt_hci_register_vnd_evt_cb(bt_hci_vnd_evt_cb_t cb);

#ifdef __cplusplus
}
#endif

#endif
