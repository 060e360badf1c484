/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZEPHYR_BLUETOOTH_UUID_H_
#define ZEPHYR_BLUETOOTH_UUID_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <zephyr/sys/util.h>

/** @file
 * UUIDs of 16, 32 and 128 bits: Core 6.0 Vol 3 Part B 2.5.1.
 *
 * All functions here: any context, including ISR.
 */

#ifdef __cplusplus
extern "C" {
#endif

/** Which of the three structs a UUID is. */
enum {
	BT_UUID_TYPE_16,  /**< struct bt_uuid_16 */
	BT_UUID_TYPE_32,  /**< struct bt_uuid_32 */
	BT_UUID_TYPE_128, /**< struct bt_uuid_128 */
};

#define BT_UUID_SIZE_16  2  /**< Bytes of a 16-bit UUID in a PDU. */
#define BT_UUID_SIZE_32  4  /**< Bytes of a 32-bit UUID in a PDU. */
#define BT_UUID_SIZE_128 16 /**< Bytes of a 128-bit UUID in a PDU. */

/** Any UUID: the first member of the three below. */
struct bt_uuid {
	uint8_t type; /**< BT_UUID_TYPE_* */
};

/** A 16-bit UUID. */
struct bt_uuid_16 {
	struct bt_uuid uuid; /**< Its type. */
	uint16_t val;        /**< In the machine's byte order. */
};

/** A 32-bit UUID. ATT does not carry these: it sends them as 128-bit ones. */
struct bt_uuid_32 {
	struct bt_uuid uuid; /**< Its type. */
	uint32_t val;        /**< In the machine's byte order. */
};

/** A 128-bit UUID; or, from bt_uuid_create(), room for any. */
struct bt_uuid_128 {
	struct bt_uuid uuid;           /**< Its type. */
	uint8_t val[BT_UUID_SIZE_128]; /**< Least significant byte first, as in a PDU. */
} __aligned(4);

/** Initialiser of a struct bt_uuid_16. */
#define BT_UUID_INIT_16(value)                             \
	{                                                  \
		.uuid = {BT_UUID_TYPE_16}, .val = (value), \
	}

/** Initialiser of a struct bt_uuid_32. */
#define BT_UUID_INIT_32(value)                             \
	{                                                  \
		.uuid = {BT_UUID_TYPE_32}, .val = (value), \
	}

/** Initialiser of a struct bt_uuid_128 from 16 bytes, the least significant first; see
 * BT_UUID_128_ENCODE().
 */
#define BT_UUID_INIT_128(value...)                          \
	{                                                   \
		.uuid = {BT_UUID_TYPE_128}, .val = {value}, \
	}

/** A pointer to a constant 16-bit UUID; it lives as a compound literal does. */
#define BT_UUID_DECLARE_16(value) \
	((const struct bt_uuid *)((const struct bt_uuid_16[]){BT_UUID_INIT_16(value)}))

/** A pointer to a constant 32-bit UUID; it lives as a compound literal does. */
#define BT_UUID_DECLARE_32(value) \
	((const struct bt_uuid *)((const struct bt_uuid_32[]){BT_UUID_INIT_32(value)}))

/** A pointer to a constant 128-bit UUID; it lives as a compound literal does. */
#define BT_UUID_DECLARE_128(value...) \
	((const struct bt_uuid *)((const struct bt_uuid_128[]){BT_UUID_INIT_128(value)}))

/** The struct bt_uuid_16 that begins with @p u. */
#define BT_UUID_16(u) CONTAINER_OF(u, struct bt_uuid_16, uuid)
/** The struct bt_uuid_32 that begins with @p u. */
#define BT_UUID_32(u) CONTAINER_OF(u, struct bt_uuid_32, uuid)
/** The struct bt_uuid_128 that begins with @p u. */
#define BT_UUID_128(u) CONTAINER_OF(u, struct bt_uuid_128, uuid)

/** The 16 bytes, for an array's initialiser, of the UUID that is written `w32-w1-w2-w3-w48`:
 * `BT_UUID_128_ENCODE(0x6e400001, 0xb5a3, 0xf393, 0xe0a9, 0xe50e24dcca9e)`.
 */
#define BT_UUID_128_ENCODE(w32, w1, w2, w3, w48)                                      \
	(((uint64_t)(w48) >> 0) & 0xff), (((uint64_t)(w48) >> 8) & 0xff),             \
		(((uint64_t)(w48) >> 16) & 0xff), (((uint64_t)(w48) >> 24) & 0xff),   \
		(((uint64_t)(w48) >> 32) & 0xff), (((uint64_t)(w48) >> 40) & 0xff),   \
		(((w3) >> 0) & 0xff), (((w3) >> 8) & 0xff), (((w2) >> 0) & 0xff),     \
		(((w2) >> 8) & 0xff), (((w1) >> 0) & 0xff), (((w1) >> 8) & 0xff),     \
		(((w32) >> 0) & 0xff), (((w32) >> 8) & 0xff), (((w32) >> 16) & 0xff), \
		(((w32) >> 24) & 0xff)

/** The 2 bytes of a 16-bit UUID in a PDU, for an array's initialiser. */
#define BT_UUID_16_ENCODE(w16) (((w16) >> 0) & 0xff), (((w16) >> 8) & 0xff)

/** The 4 bytes of a 32-bit UUID in a PDU, for an array's initialiser. */
#define BT_UUID_32_ENCODE(w32) \
	(((w32) >> 0) & 0xff), (((w32) >> 8) & 0xff), (((w32) >> 16) & 0xff), (((w32) >> 24) & 0xff)

/** Bytes that bt_uuid_to_str() needs for any UUID, with the end byte. */
#define BT_UUID_STR_LEN 37

/** Compare two UUIDs; short ones are compared as the 128-bit ones that they stand for.
 * @return 0 when both are the same UUID; else less or greater than 0, a fixed order.
 * Context: any, including ISR.
 * Spec: Core 6.0 Vol 3 Part B 2.5.1.
 */
int bt_uuid_cmp(const struct bt_uuid *u1, const struct bt_uuid *u2);

/** Make a UUID from the bytes of a PDU.
 * @param uuid      Receives it: in a struct bt_uuid_128, or in the one that @p data_len needs.
 * @param data      Least significant byte first.
 * @param data_len  2, 4 or 16 bytes.
 * @return false when @p data_len is none of these; @p uuid is then untouched.
 * Context: any, including ISR.
 * Spec: Core 6.0 Vol 3 Part F 3.2.1.
 */
bool bt_uuid_create(struct bt_uuid *uuid, const uint8_t *data, uint8_t data_len);

/** Write a UUID as text in lower case: `180a`, `0000180a`, or
 * `6e400001-b5a3-f393-e0a9-e50e24dcca9e`.
 * @param str  Receives it, cut to @p len - 1 characters, and an end byte.
 * @param len  Bytes at @p str; 0 writes nothing.
 * Context: any, including ISR.
 * Spec: Core 6.0 Vol 3 Part B 2.5.1.
 */
void bt_uuid_to_str(const struct bt_uuid *uuid, char *str, size_t len);

/* Services, Assigned Numbers 3.4. */
#define BT_UUID_GAP_VAL        0x1800
#define BT_UUID_GAP            BT_UUID_DECLARE_16(BT_UUID_GAP_VAL) /**< Generic Access */
#define BT_UUID_GATT_VAL       0x1801
#define BT_UUID_GATT           BT_UUID_DECLARE_16(BT_UUID_GATT_VAL) /**< Generic Attribute */
#define BT_UUID_IAS_VAL        0x1802
#define BT_UUID_IAS            BT_UUID_DECLARE_16(BT_UUID_IAS_VAL) /**< Immediate Alert */
#define BT_UUID_LLS_VAL        0x1803
#define BT_UUID_LLS            BT_UUID_DECLARE_16(BT_UUID_LLS_VAL) /**< Link Loss */
#define BT_UUID_TPS_VAL        0x1804
#define BT_UUID_TPS            BT_UUID_DECLARE_16(BT_UUID_TPS_VAL) /**< Tx Power */
#define BT_UUID_CTS_VAL        0x1805
#define BT_UUID_CTS            BT_UUID_DECLARE_16(BT_UUID_CTS_VAL) /**< Current Time */
#define BT_UUID_RTUS_VAL       0x1806
#define BT_UUID_RTUS           BT_UUID_DECLARE_16(BT_UUID_RTUS_VAL) /**< Reference Time Update */
#define BT_UUID_NDSTS_VAL      0x1807
#define BT_UUID_NDSTS          BT_UUID_DECLARE_16(BT_UUID_NDSTS_VAL) /**< Next DST Change */
#define BT_UUID_GS_VAL         0x1808
#define BT_UUID_GS             BT_UUID_DECLARE_16(BT_UUID_GS_VAL) /**< Glucose */
#define BT_UUID_HTS_VAL        0x1809
#define BT_UUID_HTS            BT_UUID_DECLARE_16(BT_UUID_HTS_VAL) /**< Health Thermometer */
#define BT_UUID_DIS_VAL        0x180a
#define BT_UUID_DIS            BT_UUID_DECLARE_16(BT_UUID_DIS_VAL) /**< Device Information */
#define BT_UUID_HRS_VAL        0x180d
#define BT_UUID_HRS            BT_UUID_DECLARE_16(BT_UUID_HRS_VAL) /**< Heart Rate */
#define BT_UUID_PAS_VAL        0x180e
#define BT_UUID_PAS            BT_UUID_DECLARE_16(BT_UUID_PAS_VAL) /**< Phone Alert Status */
#define BT_UUID_BAS_VAL        0x180f
#define BT_UUID_BAS            BT_UUID_DECLARE_16(BT_UUID_BAS_VAL) /**< Battery */
#define BT_UUID_BPS_VAL        0x1810
#define BT_UUID_BPS            BT_UUID_DECLARE_16(BT_UUID_BPS_VAL) /**< Blood Pressure */
#define BT_UUID_ANS_VAL        0x1811
#define BT_UUID_ANS            BT_UUID_DECLARE_16(BT_UUID_ANS_VAL) /**< Alert Notification */
#define BT_UUID_HIDS_VAL       0x1812
#define BT_UUID_HIDS           BT_UUID_DECLARE_16(BT_UUID_HIDS_VAL) /**< Human Interface Device */
#define BT_UUID_SPS_VAL        0x1813
#define BT_UUID_SPS            BT_UUID_DECLARE_16(BT_UUID_SPS_VAL) /**< Scan Parameters */
#define BT_UUID_RSCS_VAL       0x1814
#define BT_UUID_RSCS           BT_UUID_DECLARE_16(BT_UUID_RSCS_VAL) /**< Running Speed and Cadence */
#define BT_UUID_AIOS_VAL       0x1815
#define BT_UUID_AIOS           BT_UUID_DECLARE_16(BT_UUID_AIOS_VAL) /**< Automation IO */
#define BT_UUID_CSC_VAL        0x1816
#define BT_UUID_CSC            BT_UUID_DECLARE_16(BT_UUID_CSC_VAL) /**< Cycling Speed and Cadence */
#define BT_UUID_CPS_VAL        0x1818
#define BT_UUID_CPS            BT_UUID_DECLARE_16(BT_UUID_CPS_VAL) /**< Cycling Power */
#define BT_UUID_LNS_VAL        0x1819
#define BT_UUID_LNS            BT_UUID_DECLARE_16(BT_UUID_LNS_VAL) /**< Location and Navigation */
#define BT_UUID_ESS_VAL        0x181a
#define BT_UUID_ESS            BT_UUID_DECLARE_16(BT_UUID_ESS_VAL) /**< Environmental Sensing */
#define BT_UUID_BCS_VAL        0x181b
#define BT_UUID_BCS            BT_UUID_DECLARE_16(BT_UUID_BCS_VAL) /**< Body Composition */
#define BT_UUID_UDS_VAL        0x181c
#define BT_UUID_UDS            BT_UUID_DECLARE_16(BT_UUID_UDS_VAL) /**< User Data */
#define BT_UUID_WSS_VAL        0x181d
#define BT_UUID_WSS            BT_UUID_DECLARE_16(BT_UUID_WSS_VAL) /**< Weight Scale */
#define BT_UUID_BMS_VAL        0x181e
#define BT_UUID_BMS            BT_UUID_DECLARE_16(BT_UUID_BMS_VAL) /**< Bond Management */
#define BT_UUID_CGMS_VAL       0x181f
#define BT_UUID_CGMS           BT_UUID_DECLARE_16(BT_UUID_CGMS_VAL) /**< Continuous Glucose Monitoring */
#define BT_UUID_IPSS_VAL       0x1820
#define BT_UUID_IPSS           BT_UUID_DECLARE_16(BT_UUID_IPSS_VAL) /**< Internet Protocol Support */
#define BT_UUID_IPS_VAL        0x1821
#define BT_UUID_IPS            BT_UUID_DECLARE_16(BT_UUID_IPS_VAL) /**< Indoor Positioning */
#define BT_UUID_POS_VAL        0x1822
#define BT_UUID_POS            BT_UUID_DECLARE_16(BT_UUID_POS_VAL) /**< Pulse Oximeter */
#define BT_UUID_HPS_VAL        0x1823
#define BT_UUID_HPS            BT_UUID_DECLARE_16(BT_UUID_HPS_VAL) /**< HTTP Proxy */
#define BT_UUID_TDS_VAL        0x1824
#define BT_UUID_TDS            BT_UUID_DECLARE_16(BT_UUID_TDS_VAL) /**< Transport Discovery */
#define BT_UUID_OTS_VAL        0x1825
#define BT_UUID_OTS            BT_UUID_DECLARE_16(BT_UUID_OTS_VAL) /**< Object Transfer */
#define BT_UUID_FMS_VAL        0x1826
#define BT_UUID_FMS            BT_UUID_DECLARE_16(BT_UUID_FMS_VAL) /**< Fitness Machine */
#define BT_UUID_MESH_PROV_VAL  0x1827
#define BT_UUID_MESH_PROV      BT_UUID_DECLARE_16(BT_UUID_MESH_PROV_VAL) /**< Mesh Provisioning */
#define BT_UUID_MESH_PROXY_VAL 0x1828
#define BT_UUID_MESH_PROXY     BT_UUID_DECLARE_16(BT_UUID_MESH_PROXY_VAL) /**< Mesh Proxy */

/* Declarations, Assigned Numbers 3.6. */
#define BT_UUID_GATT_PRIMARY_VAL   0x2800
#define BT_UUID_GATT_PRIMARY       BT_UUID_DECLARE_16(BT_UUID_GATT_PRIMARY_VAL) /**< Primary Service */
#define BT_UUID_GATT_SECONDARY_VAL 0x2801
#define BT_UUID_GATT_SECONDARY \
	BT_UUID_DECLARE_16(BT_UUID_GATT_SECONDARY_VAL) /**< Secondary Service */
#define BT_UUID_GATT_INCLUDE_VAL 0x2802
#define BT_UUID_GATT_INCLUDE     BT_UUID_DECLARE_16(BT_UUID_GATT_INCLUDE_VAL) /**< Include */
#define BT_UUID_GATT_CHRC_VAL    0x2803
#define BT_UUID_GATT_CHRC        BT_UUID_DECLARE_16(BT_UUID_GATT_CHRC_VAL) /**< Characteristic */

/* Descriptors, Assigned Numbers 3.7. */
#define BT_UUID_GATT_CEP_VAL 0x2900
#define BT_UUID_GATT_CEP \
	BT_UUID_DECLARE_16(BT_UUID_GATT_CEP_VAL) /**< Characteristic Extended Properties */
#define BT_UUID_GATT_CUD_VAL 0x2901
#define BT_UUID_GATT_CUD \
	BT_UUID_DECLARE_16(BT_UUID_GATT_CUD_VAL) /**< Characteristic User Description */
#define BT_UUID_GATT_CCC_VAL 0x2902
#define BT_UUID_GATT_CCC \
	BT_UUID_DECLARE_16(BT_UUID_GATT_CCC_VAL) /**< Client Characteristic Configuration */
#define BT_UUID_GATT_SCC_VAL 0x2903
#define BT_UUID_GATT_SCC \
	BT_UUID_DECLARE_16(BT_UUID_GATT_SCC_VAL) /**< Server Characteristic Configuration */
#define BT_UUID_GATT_CPF_VAL 0x2904
#define BT_UUID_GATT_CPF \
	BT_UUID_DECLARE_16(BT_UUID_GATT_CPF_VAL) /**< Characteristic Presentation Format */
#define BT_UUID_GATT_CAF_VAL 0x2905
#define BT_UUID_GATT_CAF \
	BT_UUID_DECLARE_16(BT_UUID_GATT_CAF_VAL) /**< Characteristic Aggregate Format */
#define BT_UUID_VALID_RANGE_VAL     0x2906
#define BT_UUID_VALID_RANGE         BT_UUID_DECLARE_16(BT_UUID_VALID_RANGE_VAL) /**< Valid Range */
#define BT_UUID_HIDS_EXT_REPORT_VAL 0x2907
#define BT_UUID_HIDS_EXT_REPORT \
	BT_UUID_DECLARE_16(BT_UUID_HIDS_EXT_REPORT_VAL) /**< External Report Reference */
#define BT_UUID_HIDS_REPORT_REF_VAL 0x2908
#define BT_UUID_HIDS_REPORT_REF \
	BT_UUID_DECLARE_16(BT_UUID_HIDS_REPORT_REF_VAL) /**< Report Reference */
#define BT_UUID_ES_CONFIGURATION_VAL 0x290b
#define BT_UUID_ES_CONFIGURATION                                                                  \
	BT_UUID_DECLARE_16(BT_UUID_ES_CONFIGURATION_VAL) /**< Environmental Sensing Configuration \
							  */
#define BT_UUID_ES_MEASUREMENT_VAL 0x290c
#define BT_UUID_ES_MEASUREMENT \
	BT_UUID_DECLARE_16(BT_UUID_ES_MEASUREMENT_VAL) /**< Environmental Sensing Measurement */
#define BT_UUID_ES_TRIGGER_SETTING_VAL 0x290d
#define BT_UUID_ES_TRIGGER_SETTING \
	BT_UUID_DECLARE_16(        \
		BT_UUID_ES_TRIGGER_SETTING_VAL) /**< Environmental Sensing Trigger Setting */

/* Characteristics, Assigned Numbers 3.8. */
#define BT_UUID_GAP_DEVICE_NAME_VAL 0x2a00
#define BT_UUID_GAP_DEVICE_NAME                                          \
	BT_UUID_DECLARE_16(BT_UUID_GAP_DEVICE_NAME_VAL) /**< Device Name \
							 */
#define BT_UUID_GAP_APPEARANCE_VAL 0x2a01
#define BT_UUID_GAP_APPEARANCE     BT_UUID_DECLARE_16(BT_UUID_GAP_APPEARANCE_VAL) /**< Appearance */
#define BT_UUID_GAP_PPCP_VAL       0x2a04
#define BT_UUID_GAP_PPCP                                                                         \
	BT_UUID_DECLARE_16(BT_UUID_GAP_PPCP_VAL) /**< Peripheral Preferred Connection Parameters \
						  */
#define BT_UUID_GATT_SC_VAL            0x2a05
#define BT_UUID_GATT_SC                BT_UUID_DECLARE_16(BT_UUID_GATT_SC_VAL) /**< Service Changed */
#define BT_UUID_ALERT_LEVEL_VAL        0x2a06
#define BT_UUID_ALERT_LEVEL            BT_UUID_DECLARE_16(BT_UUID_ALERT_LEVEL_VAL) /**< Alert Level */
#define BT_UUID_TPS_TX_POWER_LEVEL_VAL 0x2a07
#define BT_UUID_TPS_TX_POWER_LEVEL \
	BT_UUID_DECLARE_16(BT_UUID_TPS_TX_POWER_LEVEL_VAL) /**< Tx Power Level */
#define BT_UUID_BAS_BATTERY_LEVEL_VAL 0x2a19
#define BT_UUID_BAS_BATTERY_LEVEL \
	BT_UUID_DECLARE_16(BT_UUID_BAS_BATTERY_LEVEL_VAL) /**< Battery Level */
#define BT_UUID_HTS_MEASUREMENT_VAL 0x2a1c
#define BT_UUID_HTS_MEASUREMENT \
	BT_UUID_DECLARE_16(BT_UUID_HTS_MEASUREMENT_VAL) /**< Temperature Measurement */
#define BT_UUID_HTS_TEMP_TYP_VAL 0x2a1d
#define BT_UUID_HTS_TEMP_TYP     BT_UUID_DECLARE_16(BT_UUID_HTS_TEMP_TYP_VAL) /**< Temperature Type */
#define BT_UUID_HTS_TEMP_INT_VAL 0x2a1e
#define BT_UUID_HTS_TEMP_INT \
	BT_UUID_DECLARE_16(BT_UUID_HTS_TEMP_INT_VAL) /**< Intermediate Temperature */
#define BT_UUID_HTS_INTERVAL_VAL 0x2a21
#define BT_UUID_HTS_INTERVAL \
	BT_UUID_DECLARE_16(BT_UUID_HTS_INTERVAL_VAL) /**< Measurement Interval */
#define BT_UUID_HIDS_BOOT_KB_IN_REPORT_VAL 0x2a22
#define BT_UUID_HIDS_BOOT_KB_IN_REPORT \
	BT_UUID_DECLARE_16(BT_UUID_HIDS_BOOT_KB_IN_REPORT_VAL) /**< Boot Keyboard Input Report */
#define BT_UUID_DIS_SYSTEM_ID_VAL    0x2a23
#define BT_UUID_DIS_SYSTEM_ID        BT_UUID_DECLARE_16(BT_UUID_DIS_SYSTEM_ID_VAL) /**< System ID */
#define BT_UUID_DIS_MODEL_NUMBER_VAL 0x2a24
#define BT_UUID_DIS_MODEL_NUMBER \
	BT_UUID_DECLARE_16(BT_UUID_DIS_MODEL_NUMBER_VAL) /**< Model Number String */
#define BT_UUID_DIS_SERIAL_NUMBER_VAL 0x2a25
#define BT_UUID_DIS_SERIAL_NUMBER \
	BT_UUID_DECLARE_16(BT_UUID_DIS_SERIAL_NUMBER_VAL) /**< Serial Number String */
#define BT_UUID_DIS_FIRMWARE_REVISION_VAL 0x2a26
#define BT_UUID_DIS_FIRMWARE_REVISION \
	BT_UUID_DECLARE_16(BT_UUID_DIS_FIRMWARE_REVISION_VAL) /**< Firmware Revision String */
#define BT_UUID_DIS_HARDWARE_REVISION_VAL 0x2a27
#define BT_UUID_DIS_HARDWARE_REVISION \
	BT_UUID_DECLARE_16(BT_UUID_DIS_HARDWARE_REVISION_VAL) /**< Hardware Revision String */
#define BT_UUID_DIS_SOFTWARE_REVISION_VAL 0x2a28
#define BT_UUID_DIS_SOFTWARE_REVISION \
	BT_UUID_DECLARE_16(BT_UUID_DIS_SOFTWARE_REVISION_VAL) /**< Software Revision String */
#define BT_UUID_DIS_MANUFACTURER_NAME_VAL 0x2a29
#define BT_UUID_DIS_MANUFACTURER_NAME \
	BT_UUID_DECLARE_16(BT_UUID_DIS_MANUFACTURER_NAME_VAL) /**< Manufacturer Name String */
#define BT_UUID_CTS_CURRENT_TIME_VAL 0x2a2b
#define BT_UUID_CTS_CURRENT_TIME \
	BT_UUID_DECLARE_16(BT_UUID_CTS_CURRENT_TIME_VAL) /**< Current Time */
#define BT_UUID_HIDS_BOOT_KB_OUT_REPORT_VAL 0x2a32
#define BT_UUID_HIDS_BOOT_KB_OUT_REPORT                                                          \
	BT_UUID_DECLARE_16(BT_UUID_HIDS_BOOT_KB_OUT_REPORT_VAL) /**< Boot Keyboard Output Report \
								 */
#define BT_UUID_HIDS_BOOT_MOUSE_IN_REPORT_VAL 0x2a33
#define BT_UUID_HIDS_BOOT_MOUSE_IN_REPORT \
	BT_UUID_DECLARE_16(BT_UUID_HIDS_BOOT_MOUSE_IN_REPORT_VAL) /**< Boot Mouse Input Report */
#define BT_UUID_HRS_MEASUREMENT_VAL 0x2a37
#define BT_UUID_HRS_MEASUREMENT \
	BT_UUID_DECLARE_16(BT_UUID_HRS_MEASUREMENT_VAL) /**< Heart Rate Measurement */
#define BT_UUID_HRS_BODY_SENSOR_VAL 0x2a38
#define BT_UUID_HRS_BODY_SENSOR \
	BT_UUID_DECLARE_16(BT_UUID_HRS_BODY_SENSOR_VAL) /**< Body Sensor Location */
#define BT_UUID_HRS_CONTROL_POINT_VAL 0x2a39
#define BT_UUID_HRS_CONTROL_POINT \
	BT_UUID_DECLARE_16(BT_UUID_HRS_CONTROL_POINT_VAL) /**< Heart Rate Control Point */
#define BT_UUID_HIDS_INFO_VAL       0x2a4a
#define BT_UUID_HIDS_INFO           BT_UUID_DECLARE_16(BT_UUID_HIDS_INFO_VAL) /**< HID Information */
#define BT_UUID_HIDS_REPORT_MAP_VAL 0x2a4b
#define BT_UUID_HIDS_REPORT_MAP     BT_UUID_DECLARE_16(BT_UUID_HIDS_REPORT_MAP_VAL) /**< Report Map */
#define BT_UUID_HIDS_CTRL_POINT_VAL 0x2a4c
#define BT_UUID_HIDS_CTRL_POINT \
	BT_UUID_DECLARE_16(BT_UUID_HIDS_CTRL_POINT_VAL) /**< HID Control Point */
#define BT_UUID_HIDS_REPORT_VAL        0x2a4d
#define BT_UUID_HIDS_REPORT            BT_UUID_DECLARE_16(BT_UUID_HIDS_REPORT_VAL) /**< Report */
#define BT_UUID_HIDS_PROTOCOL_MODE_VAL 0x2a4e
#define BT_UUID_HIDS_PROTOCOL_MODE \
	BT_UUID_DECLARE_16(BT_UUID_HIDS_PROTOCOL_MODE_VAL) /**< Protocol Mode */
#define BT_UUID_DIS_PNP_ID_VAL      0x2a50
#define BT_UUID_DIS_PNP_ID          BT_UUID_DECLARE_16(BT_UUID_DIS_PNP_ID_VAL) /**< PnP ID */
#define BT_UUID_RSC_MEASUREMENT_VAL 0x2a53
#define BT_UUID_RSC_MEASUREMENT \
	BT_UUID_DECLARE_16(BT_UUID_RSC_MEASUREMENT_VAL) /**< RSC Measurement */
#define BT_UUID_RSC_FEATURE_VAL      0x2a54
#define BT_UUID_RSC_FEATURE          BT_UUID_DECLARE_16(BT_UUID_RSC_FEATURE_VAL) /**< RSC Feature */
#define BT_UUID_SC_CONTROL_POINT_VAL 0x2a55
#define BT_UUID_SC_CONTROL_POINT \
	BT_UUID_DECLARE_16(BT_UUID_SC_CONTROL_POINT_VAL) /**< SC Control Point */
#define BT_UUID_CSC_MEASUREMENT_VAL 0x2a5b
#define BT_UUID_CSC_MEASUREMENT \
	BT_UUID_DECLARE_16(BT_UUID_CSC_MEASUREMENT_VAL) /**< CSC Measurement */
#define BT_UUID_CSC_FEATURE_VAL     0x2a5c
#define BT_UUID_CSC_FEATURE         BT_UUID_DECLARE_16(BT_UUID_CSC_FEATURE_VAL) /**< CSC Feature */
#define BT_UUID_SENSOR_LOCATION_VAL 0x2a5d
#define BT_UUID_SENSOR_LOCATION \
	BT_UUID_DECLARE_16(BT_UUID_SENSOR_LOCATION_VAL) /**< Sensor Location */
#define BT_UUID_PRESSURE_VAL         0x2a6d
#define BT_UUID_PRESSURE             BT_UUID_DECLARE_16(BT_UUID_PRESSURE_VAL) /**< Pressure */
#define BT_UUID_TEMPERATURE_VAL      0x2a6e
#define BT_UUID_TEMPERATURE          BT_UUID_DECLARE_16(BT_UUID_TEMPERATURE_VAL) /**< Temperature */
#define BT_UUID_HUMIDITY_VAL         0x2a6f
#define BT_UUID_HUMIDITY             BT_UUID_DECLARE_16(BT_UUID_HUMIDITY_VAL) /**< Humidity */
#define BT_UUID_WIND_CHILL_VAL       0x2a79
#define BT_UUID_WIND_CHILL           BT_UUID_DECLARE_16(BT_UUID_WIND_CHILL_VAL) /**< Wind Chill */
#define BT_UUID_HEAT_INDEX_VAL       0x2a7a
#define BT_UUID_HEAT_INDEX           BT_UUID_DECLARE_16(BT_UUID_HEAT_INDEX_VAL) /**< Heat Index */
#define BT_UUID_DEW_POINT_VAL        0x2a7b
#define BT_UUID_DEW_POINT            BT_UUID_DECLARE_16(BT_UUID_DEW_POINT_VAL) /**< Dew Point */
#define BT_UUID_CENTRAL_ADDR_RES_VAL 0x2aa6
#define BT_UUID_CENTRAL_ADDR_RES \
	BT_UUID_DECLARE_16(BT_UUID_CENTRAL_ADDR_RES_VAL) /**< Central Address Resolution */
#define BT_UUID_GAP_RPA_ONLY_VAL 0x2ac9
#define BT_UUID_GAP_RPA_ONLY \
	BT_UUID_DECLARE_16(BT_UUID_GAP_RPA_ONLY_VAL) /**< Resolvable Private Address Only */
#define BT_UUID_GATT_CLIENT_FEATURES_VAL 0x2b29
#define BT_UUID_GATT_CLIENT_FEATURES \
	BT_UUID_DECLARE_16(BT_UUID_GATT_CLIENT_FEATURES_VAL) /**< Client Supported Features */
#define BT_UUID_GATT_DB_HASH_VAL         0x2b2a
#define BT_UUID_GATT_DB_HASH             BT_UUID_DECLARE_16(BT_UUID_GATT_DB_HASH_VAL) /**< Database Hash */
#define BT_UUID_GATT_SERVER_FEATURES_VAL 0x2b3a
#define BT_UUID_GATT_SERVER_FEATURES \
	BT_UUID_DECLARE_16(BT_UUID_GATT_SERVER_FEATURES_VAL) /**< Server Supported Features */

#ifdef __cplusplus
}
#endif

#endif
