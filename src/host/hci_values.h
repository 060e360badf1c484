/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_HCI_VALUES_H_
#define FAV_HOST_HCI_VALUES_H_

#include <stdbool.h>
#include <stdint.h>

#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/sys/util.h>

/* Values that several layers have to check or to turn. */

/* A PHY's number in events as its bit in the API; 0 for what is no PHY. */
static inline uint8_t hci__phy_bit(uint8_t phy)
{
	return phy >= BT_HCI_LE_PHY_1M && phy <= BT_HCI_LE_PHY_CODED ? BIT(phy - 1) : 0;
}

/* Of scanning and initiating, units of 0.625 ms: Core 6.0 Vol 4 Part E 7.8.10, 7.8.12. */
static inline bool hci__scan_times_valid(uint16_t interval, uint16_t window)
{
	return window >= 0x0004 && window <= interval && interval <= 0x4000;
}

#endif
