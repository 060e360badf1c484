/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZEPHYR_BLUETOOTH_GAP_H_
#define ZEPHYR_BLUETOOTH_GAP_H_

#include <zephyr/bluetooth/assigned_numbers.h>
#include <zephyr/sys/util.h>

/** @file
 * Generic Access Profile: the numbers of Core 6.0 Vol 3 Part C.
 */

/* PHYs as bits, Core 6.0 Vol 4 Part E 7.8.49; as numbers in an advertising report they are the same
 * but for Coded, which is 3 there and 4 here. */
enum {
	BT_GAP_LE_PHY_NONE = 0,
	BT_GAP_LE_PHY_1M = BIT(0),
	BT_GAP_LE_PHY_2M = BIT(1),
	BT_GAP_LE_PHY_CODED = BIT(2),
};

/* Kinds of advertising PDU that a scanner reports. */
enum {
	BT_GAP_ADV_TYPE_ADV_IND = 0x00,         /**< Connectable and scannable. */
	BT_GAP_ADV_TYPE_ADV_DIRECT_IND = 0x01,  /**< Connectable, for one peer. */
	BT_GAP_ADV_TYPE_ADV_SCAN_IND = 0x02,    /**< Scannable. */
	BT_GAP_ADV_TYPE_ADV_NONCONN_IND = 0x03, /**< Neither. */
	BT_GAP_ADV_TYPE_SCAN_RSP = 0x04,        /**< Answer to an active scan. */
	BT_GAP_ADV_TYPE_EXT_ADV = 0x05,         /**< Extended; see its properties. */
};

/* What a reported advertisement is, as bits. */
enum {
	BT_GAP_ADV_PROP_CONNECTABLE = BIT(0),
	BT_GAP_ADV_PROP_SCANNABLE = BIT(1),
	BT_GAP_ADV_PROP_DIRECTED = BIT(2),
	BT_GAP_ADV_PROP_SCAN_RESPONSE = BIT(3),
	BT_GAP_ADV_PROP_EXT_ADV = BIT(4),
};

/** Longest data of a legacy advertisement or scan response, bytes. */
#define BT_GAP_ADV_MAX_ADV_DATA_LEN 31
/** Longest data of an extended advertisement, bytes. */
#define BT_GAP_ADV_MAX_EXT_ADV_DATA_LEN 1650

#define BT_GAP_TX_POWER_INVALID 0x7f /**< No transmit power was told. */
#define BT_GAP_RSSI_INVALID     0x7f /**< No signal strength was measured. */
#define BT_GAP_SID_INVALID      0xff /**< No advertising set identifier. */
#define BT_GAP_SID_MIN          0x00
#define BT_GAP_SID_MAX          0x0f
#define BT_GAP_NO_TIMEOUT       0x0000

/* Scan timing, units of 0.625 ms; from Core 6.0 Vol 3 Part C Appendix A. */
#define BT_GAP_SCAN_FAST_INTERVAL_MIN 0x0030 /* 30 ms */
#define BT_GAP_SCAN_FAST_INTERVAL     0x0060 /* 60 ms */
#define BT_GAP_SCAN_FAST_WINDOW       0x0030 /* 30 ms */
#define BT_GAP_SCAN_SLOW_INTERVAL_1   0x0800 /* 1.28 s */
#define BT_GAP_SCAN_SLOW_WINDOW_1     0x0012 /* 11.25 ms */
#define BT_GAP_SCAN_SLOW_INTERVAL_2   0x1000 /* 2.56 s */
#define BT_GAP_SCAN_SLOW_WINDOW_2     0x0024 /* 22.5 ms */

/* Advertising intervals, units of 0.625 ms. */
#define BT_GAP_ADV_FAST_INT_MIN_1 0x0030 /* 30 ms */
#define BT_GAP_ADV_FAST_INT_MAX_1 0x0060 /* 60 ms */
#define BT_GAP_ADV_FAST_INT_MIN_2 0x00a0 /* 100 ms */
#define BT_GAP_ADV_FAST_INT_MAX_2 0x00f0 /* 150 ms */
#define BT_GAP_ADV_SLOW_INT_MIN   0x0640 /* 1 s */
#define BT_GAP_ADV_SLOW_INT_MAX   0x0780 /* 1.2 s */

/* Periodic advertising intervals, units of 1.25 ms. */
#define BT_GAP_PER_ADV_MIN_INTERVAL   0x0006 /* 7.5 ms */
#define BT_GAP_PER_ADV_MAX_INTERVAL   0xffff /* 81.92 s */
#define BT_GAP_PER_ADV_FAST_INT_MIN_1 0x0018 /* 30 ms */
#define BT_GAP_PER_ADV_FAST_INT_MAX_1 0x0030 /* 60 ms */
#define BT_GAP_PER_ADV_FAST_INT_MIN_2 0x0050 /* 100 ms */
#define BT_GAP_PER_ADV_FAST_INT_MAX_2 0x0078 /* 150 ms */
#define BT_GAP_PER_ADV_SLOW_INT_MIN   0x0320 /* 1 s */
#define BT_GAP_PER_ADV_SLOW_INT_MAX   0x03c0 /* 1.2 s */

/* Synchronising to periodic advertising, Core 6.0 Vol 4 Part E 7.8.67. */
#define BT_GAP_PER_ADV_MAX_SKIP    0x01f3 /* events */
#define BT_GAP_PER_ADV_MIN_TIMEOUT 0x000a /* 100 ms, unit 10 ms */
#define BT_GAP_PER_ADV_MAX_TIMEOUT 0x4000 /* 163.84 s, unit 10 ms */

/* Connection intervals, units of 1.25 ms. */
#define BT_GAP_INIT_CONN_INT_MIN 0x0018 /* 30 ms */
#define BT_GAP_INIT_CONN_INT_MAX 0x0028 /* 50 ms */

/** Directed advertising at high duty cycle ends by itself after this time, unit 10 ms;
 * Core 6.0 Vol 6 Part B 4.4.2.4.2.
 */
#define BT_GAP_ADV_HIGH_DUTY_CYCLE_MAX_TIMEOUT 128

/* Data length, Core 6.0 Vol 6 Part B 4.5.10. */
#define BT_GAP_DATA_LEN_DEFAULT  0x001b /* 27 bytes */
#define BT_GAP_DATA_LEN_MAX      0x00fb /* 251 bytes */
#define BT_GAP_DATA_TIME_DEFAULT 0x0148 /* 328 us */
#define BT_GAP_DATA_TIME_MAX     0x4290 /* 17040 us */

/** Longest device name, bytes; Core 6.0 Vol 3 Part C 12.1. */
#define BT_GAP_DEVICE_NAME_MAX 248

#endif
