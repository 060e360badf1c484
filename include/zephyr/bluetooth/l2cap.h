/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZEPHYR_INCLUDE_BLUETOOTH_L2CAP_H_
#define ZEPHYR_INCLUDE_BLUETOOTH_L2CAP_H_

/** @file
 * L2CAP: sizes that applications need to dimension their buffers. Core 6.0 Vol 3 Part A.
 */

/** Bytes of the header of a PDU: length and channel. */
#define BT_L2CAP_HDR_SIZE 4

/** Largest PDU of a fixed channel that is sent, bytes without the header. */
#define BT_L2CAP_TX_MTU CONFIG_BT_L2CAP_TX_MTU

/** Largest PDU of a fixed channel that is received, bytes without the header. */
#define BT_L2CAP_RX_MTU (CONFIG_BT_BUF_ACL_RX_SIZE - BT_L2CAP_HDR_SIZE)

#endif
