/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_CONTROLLER_HCI_EVT_EXT_H_
#define FAV_CONTROLLER_HCI_EVT_EXT_H_

#include <stdbool.h>
#include <stdint.h>

#include <zephyr/bluetooth/addr.h>

#include "controller/radio.h"

/* The events of extended advertising, Core 6.0 Vol 4 Part E 7.7.65.13 to 7.7.65.19. Each honours
 * the event masks. */

struct fav_controller;
struct ll_conn;
struct ll_peer;

/* What a scanner has received: one PDU, or a chain put together. */
struct ctl_ext_report {
	uint16_t evt_type; /* BT_HCI_LE_ADV_EVT_TYPE_*, without the data status */
	bt_addr_le_t addr; /* BT_ADDR_LE_ANONYMOUS: none */
	bt_addr_le_t direct_addr;
	enum radio_phy primary, secondary; /* secondary 0: none */
	uint8_t sid;                       /* 0xff: none */
	int8_t tx_power;                   /* 127: not told */
	int8_t rssi_dbm;
	uint16_t interval; /* of periodic advertising; 0: none */
	const uint8_t *data;
	uint16_t len;
	bool truncated; /* the end of the data was not received */
};

/* In as many events as it needs, one behind the other. False when the host did not take the first;
 * what follows the first waits for the host. */
bool ctl__evt_ext_report(struct fav_controller *ctl, const struct ctl_ext_report *report);

void ctl__evt_scan_timeout(struct fav_controller *ctl);
void ctl__evt_scan_request(struct fav_controller *ctl, uint8_t set, const struct ll_peer *from);
/* conn: what the set has become, or NULL. */
void ctl__evt_set_terminated(struct fav_controller *ctl, uint8_t status, uint8_t set,
			     const struct ll_conn *conn, uint8_t events);

#endif
