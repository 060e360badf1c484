/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZEPHYR_BLUETOOTH_ASSIGNED_NUMBERS_H_
#define ZEPHYR_BLUETOOTH_ASSIGNED_NUMBERS_H_

/** @file
 * Numbers that the Bluetooth SIG assigns: advertising data types, appearances, companies.
 */

/* Advertising data types, Assigned Numbers 2.3; formats in the Core Specification Supplement. */
#define BT_DATA_FLAGS                    0x01 /**< One or more bytes of BT_LE_AD_*. */
#define BT_DATA_UUID16_SOME              0x02 /**< 16-bit service UUIDs, more exist. */
#define BT_DATA_UUID16_ALL               0x03 /**< 16-bit service UUIDs, complete. */
#define BT_DATA_UUID32_SOME              0x04 /**< 32-bit service UUIDs, more exist. */
#define BT_DATA_UUID32_ALL               0x05 /**< 32-bit service UUIDs, complete. */
#define BT_DATA_UUID128_SOME             0x06 /**< 128-bit service UUIDs, more exist. */
#define BT_DATA_UUID128_ALL              0x07 /**< 128-bit service UUIDs, complete. */
#define BT_DATA_NAME_SHORTENED           0x08 /**< The name's beginning, without end byte. */
#define BT_DATA_NAME_COMPLETE            0x09 /**< The name, without end byte. */
#define BT_DATA_TX_POWER                 0x0a /**< int8_t, dBm. */
#define BT_DATA_DEVICE_CLASS             0x0d
#define BT_DATA_SIMPLE_PAIRING_HASH      0x0e
#define BT_DATA_SIMPLE_PAIRING_RAND      0x0f
#define BT_DATA_DEVICE_ID                0x10
#define BT_DATA_SM_TK_VALUE              0x10
#define BT_DATA_SM_OOB_FLAGS             0x11
#define BT_DATA_PERIPHERAL_INT_RANGE     0x12 /**< Two uint16_t, 1.25 ms units. */
#define BT_DATA_SOLICIT16                0x14 /**< 16-bit UUIDs of services sought. */
#define BT_DATA_SOLICIT128               0x15 /**< 128-bit UUIDs of services sought. */
#define BT_DATA_SVC_DATA16               0x16 /**< 16-bit UUID, then data. */
#define BT_DATA_PUB_TARGET_ADDR          0x17
#define BT_DATA_RAND_TARGET_ADDR         0x18
#define BT_DATA_GAP_APPEARANCE           0x19 /**< uint16_t, BT_APPEARANCE_*. */
#define BT_DATA_ADV_INT                  0x1a /**< uint16_t, 0.625 ms units. */
#define BT_DATA_LE_BT_DEVICE_ADDRESS     0x1b
#define BT_DATA_LE_ROLE                  0x1c
#define BT_DATA_SIMPLE_PAIRING_HASH_C256 0x1d
#define BT_DATA_SIMPLE_PAIRING_RAND_C256 0x1e
#define BT_DATA_SOLICIT32                0x1f
#define BT_DATA_SVC_DATA32               0x20 /**< 32-bit UUID, then data. */
#define BT_DATA_SVC_DATA128              0x21 /**< 128-bit UUID, then data. */
#define BT_DATA_LE_SC_CONFIRM_VALUE      0x22
#define BT_DATA_LE_SC_RANDOM_VALUE       0x23
#define BT_DATA_URI                      0x24
#define BT_DATA_INDOOR_POS               0x25
#define BT_DATA_TRANS_DISCOVER_DATA      0x26
#define BT_DATA_LE_SUPPORTED_FEATURES    0x27
#define BT_DATA_CHANNEL_MAP_UPDATE_IND   0x28
#define BT_DATA_MESH_PROV                0x29
#define BT_DATA_MESH_MESSAGE             0x2a
#define BT_DATA_MESH_BEACON              0x2b
#define BT_DATA_BIG_INFO                 0x2c
#define BT_DATA_BROADCAST_CODE           0x2d
#define BT_DATA_CSIS_RSI                 0x2e
#define BT_DATA_ADV_INT_LONG             0x2f
#define BT_DATA_BROADCAST_NAME           0x30
#define BT_DATA_ENCRYPTED_AD_DATA        0x31
#define BT_DATA_3D_INFO                  0x3d
#define BT_DATA_MANUFACTURER_DATA        0xff /**< Company, uint16_t, then its data. */

/* Flags of BT_DATA_FLAGS, Core Specification Supplement Part A 1.3. */
#define BT_LE_AD_LIMITED  0x01 /**< Limited discoverable. */
#define BT_LE_AD_GENERAL  0x02 /**< General discoverable. */
#define BT_LE_AD_NO_BREDR 0x04 /**< No BR/EDR. */

/* Appearances, Assigned Numbers 2.6: category << 6 | subcategory. */
#define BT_APPEARANCE_UNKNOWN                  0x0000
#define BT_APPEARANCE_GENERIC_PHONE            0x0040
#define BT_APPEARANCE_GENERIC_COMPUTER         0x0080
#define BT_APPEARANCE_GENERIC_WATCH            0x00c0
#define BT_APPEARANCE_SPORTS_WATCH             0x00c1
#define BT_APPEARANCE_GENERIC_CLOCK            0x0100
#define BT_APPEARANCE_GENERIC_DISPLAY          0x0140
#define BT_APPEARANCE_GENERIC_REMOTE           0x0180
#define BT_APPEARANCE_GENERIC_EYEGLASSES       0x01c0
#define BT_APPEARANCE_GENERIC_TAG              0x0200
#define BT_APPEARANCE_GENERIC_KEYRING          0x0240
#define BT_APPEARANCE_GENERIC_MEDIA_PLAYER     0x0280
#define BT_APPEARANCE_GENERIC_BARCODE_SCANNER  0x02c0
#define BT_APPEARANCE_GENERIC_THERMOMETER      0x0300
#define BT_APPEARANCE_THERMOMETER_EAR          0x0301
#define BT_APPEARANCE_GENERIC_HEART_RATE       0x0340
#define BT_APPEARANCE_HEART_RATE_BELT          0x0341
#define BT_APPEARANCE_GENERIC_BLOOD_PRESSURE   0x0380
#define BT_APPEARANCE_GENERIC_HID              0x03c0
#define BT_APPEARANCE_HID_KEYBOARD             0x03c1
#define BT_APPEARANCE_HID_MOUSE                0x03c2
#define BT_APPEARANCE_HID_JOYSTICK             0x03c3
#define BT_APPEARANCE_HID_GAMEPAD              0x03c4
#define BT_APPEARANCE_GENERIC_GLUCOSE          0x0400
#define BT_APPEARANCE_GENERIC_WALKING          0x0440
#define BT_APPEARANCE_GENERIC_CYCLING          0x0480
#define BT_APPEARANCE_GENERIC_CONTROL_DEVICE   0x04c0
#define BT_APPEARANCE_GENERIC_NETWORK_DEVICE   0x0500
#define BT_APPEARANCE_GENERIC_SENSOR           0x0540
#define BT_APPEARANCE_GENERIC_LIGHT_FIXTURES   0x0580
#define BT_APPEARANCE_GENERIC_FAN              0x05c0
#define BT_APPEARANCE_GENERIC_HVAC             0x0600
#define BT_APPEARANCE_GENERIC_AIR_CONDITIONING 0x0640
#define BT_APPEARANCE_GENERIC_HEATING          0x06c0
#define BT_APPEARANCE_GENERIC_ACCESS_CONTROL   0x0700
#define BT_APPEARANCE_GENERIC_PULSE_OXIMETER   0x0c40
#define BT_APPEARANCE_GENERIC_WEIGHT_SCALE     0x0c80
#define BT_APPEARANCE_GENERIC_INSULIN_PUMP     0x0d40
#define BT_APPEARANCE_GENERIC_OUTDOOR_SPORTS   0x1440

/* Companies, Assigned Numbers 7. */
#define BT_COMP_ID_LF 0x05f1 /**< The Linux Foundation. */

#endif
