/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_CONTROLLER_HCI_EVT_H_
#define FAV_CONTROLLER_HCI_EVT_H_

#include <stdbool.h>
#include <stdint.h>

#include <zephyr/bluetooth/addr.h>

/* The events of the link layer, Core 6.0 Vol 4 Part E 7.7. Each honours the event masks. */

struct fav_controller;
struct ll_conn;

void ctl__evt_overflow(struct fav_controller *ctl);

/* LE Connection Complete or, when the host has unmasked it, LE Enhanced Connection Complete; then
 * LE Channel Selection Algorithm. */
void ctl__evt_connected(struct ll_conn *conn);
/* The same event for an attempt that failed. */
void ctl__evt_connect_failed(struct fav_controller *ctl, uint8_t status, uint8_t role,
			     const bt_addr_le_t *peer);
void ctl__evt_disconnected(struct ll_conn *conn, uint8_t reason);

/* False when the host did not take it. */
bool ctl__evt_adv_report(struct fav_controller *ctl, uint8_t evt_type, const bt_addr_le_t *addr,
			 const uint8_t *data, uint8_t len, int8_t rssi_dbm);
/* LE Directed Advertising Report: the target is private, and not known to be us. */
bool ctl__evt_direct_report(struct fav_controller *ctl, const bt_addr_le_t *addr,
			    const bt_addr_le_t *target, int8_t rssi_dbm);

void ctl__evt_conn_update(struct ll_conn *conn, uint8_t status);
void ctl__evt_features(struct ll_conn *conn, uint8_t status);
void ctl__evt_version(struct ll_conn *conn, uint8_t status);
void ctl__evt_param_req(struct ll_conn *conn);
void ctl__evt_data_len(struct ll_conn *conn);
void ctl__evt_phy(struct ll_conn *conn, uint8_t status);

/* Encryption Change or, after a refresh, Encryption Key Refresh Complete. */
void ctl__evt_encryption(struct ll_conn *conn, uint8_t status, bool refresh);
/* As in LL_ENC_REQ. The caller has looked at the mask. */
void ctl__evt_ltk_request(struct ll_conn *conn, const uint8_t rand[8], const uint8_t ediv[2]);
void ctl__evt_payload_timeout(struct ll_conn *conn);

#endif
