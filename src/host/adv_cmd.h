/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_ADV_CMD_H_
#define FAV_HOST_ADV_CMD_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <favonius/host.h>
#include <zephyr/bluetooth/bluetooth.h>

/*
 * The extended commands about one advertising set, which a handle of the host's choice names: Core
 * 6.0 Vol 4 Part E 7.8.52 to 7.8.63. All wait; errors as hci__cmd_send_sync(). Thread level.
 */

/* Set parameters; the set is made in the controller where it was not there. tx_power (may be NULL)
 * receives what the controller chose, dBm. -ENOTSUP: it lacks a PHY, or the choice of a coding. */
int adv_cmd__param(struct bt_host *host, uint8_t handle, const struct bt_le_adv_param *param,
		   bool scannable, uint8_t own_addr_type, int8_t *tx_power);

enum adv_cmd_data {
	ADV_CMD_DATA_AD,
	ADV_CMD_DATA_SCAN_RSP,
	ADV_CMD_DATA_PERIODIC,
};

/* Bytes of one fragment. Longer data takes several commands, of which a set that advertises takes
 * none. */
size_t adv_cmd__fragment_max(enum adv_cmd_data kind);

/* Set data: the elements, then name (NULL: none). */
int adv_cmd__data(struct bt_host *host, uint8_t handle, enum adv_cmd_data kind,
		  const struct bt_data *elements, size_t count, const struct bt_data *name);

/* The same, from data that is serialised already. */
int adv_cmd__data_raw(struct bt_host *host, uint8_t handle, enum adv_cmd_data kind,
		      const uint8_t *data, size_t len);

/* duration: unit 10 ms, events: extended advertising events; 0: no end. A set whose enabling was
 * not answered is told to stop. */
int adv_cmd__enable(struct bt_host *host, uint8_t handle, uint16_t duration, uint8_t events);
int adv_cmd__disable(struct bt_host *host, uint8_t handle);

/* Forget the set. remove_later: without waiting, whatever becomes of it. */
int adv_cmd__remove(struct bt_host *host, uint8_t handle);
void adv_cmd__remove_later(struct bt_host *host, uint8_t handle);

#endif
