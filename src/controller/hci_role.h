/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_CONTROLLER_HCI_ROLE_H_
#define FAV_CONTROLLER_HCI_ROLE_H_

#include <stdbool.h>
#include <stdint.h>

/*
 * What the legacy and the extended commands check alike before a role begins.
 */

struct fav_controller;
struct ll_init_param;
struct ll_window;

/* Whether the host has set the address that a role falls back on. entry: of the peer for whom a
 * private one could be made. */
bool ctl__has_own_addr(struct fav_controller *ctl, uint8_t type, uint8_t entry, uint64_t now_us);

/* When to listen; unit 625 us. */
struct ll_window ctl__window(uint16_t interval, uint16_t window);

/* Begin to initiate, Core 6.0 Vol 4 Part E 7.8.12, 7.8.66; the status of the command. */
uint8_t ctl__initiate(struct fav_controller *ctl, const struct ll_init_param *param,
		      uint64_t now_us);

#endif
