/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_CONTROLLER_HCI_EVT_PER_H_
#define FAV_CONTROLLER_HCI_EVT_PER_H_

#include <stdbool.h>
#include <stdint.h>

/* The events of periodic advertising, Core 6.0 Vol 4 Part E 7.7.65.14 to 7.7.65.16, 7.7.65.24. Each
 * honours the event masks. */

struct fav_controller;
struct ll_sync;

/* sync: NULL for an attempt that had none yet. */
void ctl__evt_sync_established(struct fav_controller *ctl, uint8_t status,
			       const struct ll_sync *sync);
/* A train that a peer has handed over was heard, or never. */
void ctl__evt_past_received(const struct ll_sync *sync, uint8_t status);
void ctl__evt_sync_lost(const struct ll_sync *sync);

/* In as many events as it needs; false when the host did not take the first. */
bool ctl__evt_per_report(const struct ll_sync *sync);

#endif
