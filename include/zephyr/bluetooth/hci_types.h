/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZEPHYR_BLUETOOTH_HCI_TYPES_H_
#define ZEPHYR_BLUETOOTH_HCI_TYPES_H_

#include <stdbool.h>
#include <stdint.h>

#include <zephyr/bluetooth/addr.h>
#include <zephyr/sys/util.h>
#include <zephyr/toolchain.h>

/** @file
 * HCI packets as they travel, Core 6.0 Vol 4 Part E. All multi-byte fields are little-endian. The
 * section of each command and event stands above it.
 */

/* ---- Headers, 5.4 ---- */

#define BT_HCI_CMD_HDR_SIZE 3
struct bt_hci_cmd_hdr {
	uint16_t opcode;
	uint8_t param_len;
} __packed;

#define BT_HCI_EVT_HDR_SIZE 2
struct bt_hci_evt_hdr {
	uint8_t evt;
	uint8_t len;
} __packed;

#define BT_HCI_ACL_HDR_SIZE 4
struct bt_hci_acl_hdr {
	uint16_t
		handle; /**< Handle in bits 0 to 11, packet boundary 12 and 13, broadcast 14, 15. */
	uint16_t len;
} __packed;

#define bt_acl_handle(h)         ((uint16_t)((h)&BIT_MASK(12)))
#define bt_acl_flags(h)          ((uint8_t)((h) >> 12))
#define bt_acl_flags_pb(f)       ((uint8_t)((f)&BIT_MASK(2)))
#define bt_acl_flags_bc(f)       ((uint8_t)((f) >> 2))
#define bt_acl_handle_pack(h, f) ((uint16_t)((h) | ((f) << 12)))

/* Packet boundary flags, 5.4.2. */
#define BT_ACL_START_NO_FLUSH 0x00
#define BT_ACL_CONT           0x01
#define BT_ACL_START          0x02
#define BT_ACL_COMPLETE       0x03

/** Largest connection handle, 5.4.2. */
#define BT_HCI_HANDLE_MAX 0x0eff

/* ---- Error codes, Core 6.0 Vol 1 Part F ---- */

#define BT_HCI_ERR_SUCCESS                      0x00
#define BT_HCI_ERR_UNKNOWN_CMD                  0x01
#define BT_HCI_ERR_UNKNOWN_CONN_ID              0x02
#define BT_HCI_ERR_HW_FAILURE                   0x03
#define BT_HCI_ERR_PAGE_TIMEOUT                 0x04
#define BT_HCI_ERR_AUTH_FAIL                    0x05
#define BT_HCI_ERR_PIN_OR_KEY_MISSING           0x06
#define BT_HCI_ERR_MEM_CAPACITY_EXCEEDED        0x07
#define BT_HCI_ERR_CONN_TIMEOUT                 0x08
#define BT_HCI_ERR_CONN_LIMIT_EXCEEDED          0x09
#define BT_HCI_ERR_SYNC_CONN_LIMIT_EXCEEDED     0x0a
#define BT_HCI_ERR_CONN_ALREADY_EXISTS          0x0b
#define BT_HCI_ERR_CMD_DISALLOWED               0x0c
#define BT_HCI_ERR_INSUFFICIENT_RESOURCES       0x0d
#define BT_HCI_ERR_INSUFFICIENT_SECURITY        0x0e
#define BT_HCI_ERR_BD_ADDR_UNACCEPTABLE         0x0f
#define BT_HCI_ERR_CONN_ACCEPT_TIMEOUT          0x10
#define BT_HCI_ERR_UNSUPP_FEATURE_PARAM_VAL     0x11
#define BT_HCI_ERR_INVALID_PARAM                0x12
#define BT_HCI_ERR_REMOTE_USER_TERM_CONN        0x13
#define BT_HCI_ERR_REMOTE_LOW_RESOURCES         0x14
#define BT_HCI_ERR_REMOTE_POWER_OFF             0x15
#define BT_HCI_ERR_LOCALHOST_TERM_CONN          0x16
#define BT_HCI_ERR_REPEATED_ATTEMPTS            0x17
#define BT_HCI_ERR_PAIRING_NOT_ALLOWED          0x18
#define BT_HCI_ERR_UNKNOWN_LMP_PDU              0x19
#define BT_HCI_ERR_UNSUPP_REMOTE_FEATURE        0x1a
#define BT_HCI_ERR_SCO_OFFSET_REJECTED          0x1b
#define BT_HCI_ERR_SCO_INTERVAL_REJECTED        0x1c
#define BT_HCI_ERR_SCO_AIR_MODE_REJECTED        0x1d
#define BT_HCI_ERR_INVALID_LL_PARAM             0x1e
#define BT_HCI_ERR_UNSPECIFIED                  0x1f
#define BT_HCI_ERR_UNSUPP_LL_PARAM_VAL          0x20
#define BT_HCI_ERR_ROLE_CHANGE_NOT_ALLOWED      0x21
#define BT_HCI_ERR_LL_RESP_TIMEOUT              0x22
#define BT_HCI_ERR_LL_PROC_COLLISION            0x23
#define BT_HCI_ERR_LMP_PDU_NOT_ALLOWED          0x24
#define BT_HCI_ERR_ENC_MODE_NOT_ACCEPTABLE      0x25
#define BT_HCI_ERR_LINK_KEY_CANNOT_BE_CHANGED   0x26
#define BT_HCI_ERR_REQUESTED_QOS_NOT_SUPPORTED  0x27
#define BT_HCI_ERR_INSTANT_PASSED               0x28
#define BT_HCI_ERR_PAIRING_NOT_SUPPORTED        0x29
#define BT_HCI_ERR_DIFF_TRANS_COLLISION         0x2a
#define BT_HCI_ERR_QOS_UNACCEPTABLE_PARAM       0x2c
#define BT_HCI_ERR_QOS_REJECTED                 0x2d
#define BT_HCI_ERR_CHAN_ASSESS_NOT_SUPPORTED    0x2e
#define BT_HCI_ERR_INSUFF_SECURITY              0x2f
#define BT_HCI_ERR_PARAM_OUT_OF_MANDATORY_RANGE 0x30
#define BT_HCI_ERR_ROLE_SWITCH_PENDING          0x32
#define BT_HCI_ERR_RESERVED_SLOT_VIOLATION      0x34
#define BT_HCI_ERR_ROLE_SWITCH_FAILED           0x35
#define BT_HCI_ERR_EXT_INQ_RESP_TOO_LARGE       0x36
#define BT_HCI_ERR_SIMPLE_PAIR_NOT_SUPP_BY_HOST 0x37
#define BT_HCI_ERR_HOST_BUSY_PAIRING            0x38
#define BT_HCI_ERR_CONN_REJECTED_DUE_TO_NO_CHAN 0x39
#define BT_HCI_ERR_CONTROLLER_BUSY              0x3a
#define BT_HCI_ERR_UNACCEPT_CONN_PARAM          0x3b
#define BT_HCI_ERR_ADV_TIMEOUT                  0x3c
#define BT_HCI_ERR_TERM_DUE_TO_MIC_FAIL         0x3d
#define BT_HCI_ERR_CONN_FAIL_TO_ESTAB           0x3e
#define BT_HCI_ERR_MAC_CONN_FAILED              0x3f
#define BT_HCI_ERR_CLOCK_ADJUST_REJECTED        0x40
#define BT_HCI_ERR_SUBMAP_NOT_DEFINED           0x41
#define BT_HCI_ERR_UNKNOWN_ADV_IDENTIFIER       0x42
#define BT_HCI_ERR_LIMIT_REACHED                0x43
#define BT_HCI_ERR_OP_CANCELLED_BY_HOST         0x44
#define BT_HCI_ERR_PACKET_TOO_LONG              0x45
#define BT_HCI_ERR_TOO_LATE                     0x46
#define BT_HCI_ERR_TOO_EARLY                    0x47

/* ---- Commands ---- */

#define BT_OGF(opcode)  (((opcode) >> 10) & BIT_MASK(6))
#define BT_OCF(opcode)  ((opcode)&BIT_MASK(10))
#define BT_OP(ogf, ocf) ((ocf) | ((ogf) << 10))

#define BT_OGF_LINK_CTRL 0x01
#define BT_OGF_BASEBAND  0x03
#define BT_OGF_INFO      0x04
#define BT_OGF_STATUS    0x05
#define BT_OGF_LE        0x08
#define BT_OGF_VS        0x3f

/** In Command Complete and Command Status: no command, only credits; 7.7.14. */
#define BT_OP_NOP 0x0000

/* 7.1.6 */
#define BT_HCI_OP_DISCONNECT BT_OP(BT_OGF_LINK_CTRL, 0x0006)
struct bt_hci_cp_disconnect {
	uint16_t handle;
	uint8_t reason;
} __packed;

/* 7.1.23 */
#define BT_HCI_OP_READ_REMOTE_VERSION_INFO BT_OP(BT_OGF_LINK_CTRL, 0x001d)
struct bt_hci_cp_read_remote_version_info {
	uint16_t handle;
} __packed;

/* 7.3.1 */
#define BT_HCI_OP_SET_EVENT_MASK BT_OP(BT_OGF_BASEBAND, 0x0001)
struct bt_hci_cp_set_event_mask {
	uint8_t events[8];
} __packed;

#define BT_EVT_BIT(n) (1ULL << (n))

#define BT_EVT_MASK_DISCONN_COMPLETE             BT_EVT_BIT(4)
#define BT_EVT_MASK_ENCRYPT_CHANGE               BT_EVT_BIT(7)
#define BT_EVT_MASK_REMOTE_VERSION_INFO          BT_EVT_BIT(11)
#define BT_EVT_MASK_HARDWARE_ERROR               BT_EVT_BIT(15)
#define BT_EVT_MASK_DATA_BUFFER_OVERFLOW         BT_EVT_BIT(25)
#define BT_EVT_MASK_ENCRYPT_KEY_REFRESH_COMPLETE BT_EVT_BIT(47)
#define BT_EVT_MASK_LE_META_EVENT                BT_EVT_BIT(61)

/* 7.3.2 */
#define BT_HCI_OP_RESET BT_OP(BT_OGF_BASEBAND, 0x0003)

/* 7.3.35 */
#define BT_HCI_OP_READ_TX_POWER_LEVEL BT_OP(BT_OGF_BASEBAND, 0x002d)

/* 7.3.38 */
#define BT_HCI_OP_SET_CTL_TO_HOST_FLOW  BT_OP(BT_OGF_BASEBAND, 0x0031)
#define BT_HCI_CTL_TO_HOST_FLOW_DISABLE 0x00
#define BT_HCI_CTL_TO_HOST_FLOW_ENABLE  0x01
struct bt_hci_cp_set_ctl_to_host_flow {
	uint8_t flow_enable;
} __packed;

/* 7.3.39 */
#define BT_HCI_OP_HOST_BUFFER_SIZE BT_OP(BT_OGF_BASEBAND, 0x0033)
struct bt_hci_cp_host_buffer_size {
	uint16_t acl_mtu;
	uint8_t sco_mtu;
	uint16_t acl_pkts;
	uint16_t sco_pkts;
} __packed;

struct bt_hci_handle_count {
	uint16_t handle;
	uint16_t count;
} __packed;

/* 7.3.40: takes no command credit and gets no reply. */
#define BT_HCI_OP_HOST_NUM_COMPLETED_PACKETS BT_OP(BT_OGF_BASEBAND, 0x0035)
struct bt_hci_cp_host_num_completed_packets {
	uint8_t num_handles;
	struct bt_hci_handle_count h[];
} __packed;

/* 7.3.69 */
#define BT_HCI_OP_SET_EVENT_MASK_PAGE_2 BT_OP(BT_OGF_BASEBAND, 0x0063)
struct bt_hci_cp_set_event_mask_page_2 {
	uint8_t events_page_2[8];
} __packed;

#define BT_EVT_MASK_AUTH_PAYLOAD_TIMEOUT_EXP BT_EVT_BIT(23)

/* 7.3.93 */
#define BT_HCI_OP_READ_AUTH_PAYLOAD_TIMEOUT BT_OP(BT_OGF_BASEBAND, 0x007b)
struct bt_hci_cp_read_auth_payload_timeout {
	uint16_t handle;
} __packed;
struct bt_hci_rp_read_auth_payload_timeout {
	uint8_t status;
	uint16_t handle;
	uint16_t auth_payload_timeout;
} __packed;

/* 7.3.94 */
#define BT_HCI_OP_WRITE_AUTH_PAYLOAD_TIMEOUT BT_OP(BT_OGF_BASEBAND, 0x007c)
struct bt_hci_cp_write_auth_payload_timeout {
	uint16_t handle;
	uint16_t auth_payload_timeout;
} __packed;
struct bt_hci_rp_write_auth_payload_timeout {
	uint8_t status;
	uint16_t handle;
} __packed;

/* 7.4.1 */
#define BT_HCI_OP_READ_LOCAL_VERSION_INFO BT_OP(BT_OGF_INFO, 0x0001)
struct bt_hci_rp_read_local_version_info {
	uint8_t status;
	uint8_t hci_version;
	uint16_t hci_revision;
	uint8_t lmp_version;
	uint16_t manufacturer;
	uint16_t lmp_subversion;
} __packed;

#define BT_HCI_VERSION_4_0 6
#define BT_HCI_VERSION_4_1 7
#define BT_HCI_VERSION_4_2 8
#define BT_HCI_VERSION_5_0 9
#define BT_HCI_VERSION_5_1 10
#define BT_HCI_VERSION_5_2 11
#define BT_HCI_VERSION_5_3 12
#define BT_HCI_VERSION_5_4 13
#define BT_HCI_VERSION_6_0 14

/* 7.4.2 */
#define BT_HCI_OP_READ_SUPPORTED_COMMANDS BT_OP(BT_OGF_INFO, 0x0002)
struct bt_hci_rp_read_supported_commands {
	uint8_t status;
	uint8_t commands[64];
} __packed;

/* 7.4.3 */
#define BT_HCI_OP_READ_LOCAL_FEATURES BT_OP(BT_OGF_INFO, 0x0003)
struct bt_hci_rp_read_local_features {
	uint8_t status;
	uint8_t features[8];
} __packed;

/* 7.4.5 */
#define BT_HCI_OP_READ_BUFFER_SIZE BT_OP(BT_OGF_INFO, 0x0005)
struct bt_hci_rp_read_buffer_size {
	uint8_t status;
	uint16_t acl_max_len;
	uint8_t sco_max_len;
	uint16_t acl_max_num;
	uint16_t sco_max_num;
} __packed;

/* 7.4.6 */
#define BT_HCI_OP_READ_BD_ADDR BT_OP(BT_OGF_INFO, 0x0009)
struct bt_hci_rp_read_bd_addr {
	uint8_t status;
	bt_addr_t bdaddr;
} __packed;

/* 7.5.4 */
#define BT_HCI_OP_READ_RSSI BT_OP(BT_OGF_STATUS, 0x0005)
struct bt_hci_cp_read_rssi {
	uint16_t handle;
} __packed;
struct bt_hci_rp_read_rssi {
	uint8_t status;
	uint16_t handle;
	int8_t rssi;
} __packed;

/* 7.8.1 */
#define BT_HCI_OP_LE_SET_EVENT_MASK BT_OP(BT_OGF_LE, 0x0001)
struct bt_hci_cp_le_set_event_mask {
	uint8_t events[8];
} __packed;

#define BT_EVT_MASK_LE_CONN_COMPLETE            BT_EVT_BIT(0)
#define BT_EVT_MASK_LE_ADVERTISING_REPORT       BT_EVT_BIT(1)
#define BT_EVT_MASK_LE_CONN_UPDATE_COMPLETE     BT_EVT_BIT(2)
#define BT_EVT_MASK_LE_REMOTE_FEAT_COMPLETE     BT_EVT_BIT(3)
#define BT_EVT_MASK_LE_LTK_REQUEST              BT_EVT_BIT(4)
#define BT_EVT_MASK_LE_CONN_PARAM_REQ           BT_EVT_BIT(5)
#define BT_EVT_MASK_LE_DATA_LEN_CHANGE          BT_EVT_BIT(6)
#define BT_EVT_MASK_LE_P256_PUBLIC_KEY_COMPLETE BT_EVT_BIT(7)
#define BT_EVT_MASK_LE_GENERATE_DHKEY_COMPLETE  BT_EVT_BIT(8)
#define BT_EVT_MASK_LE_ENH_CONN_COMPLETE        BT_EVT_BIT(9)
#define BT_EVT_MASK_LE_DIRECT_ADV_REPORT        BT_EVT_BIT(10)
#define BT_EVT_MASK_LE_PHY_UPDATE_COMPLETE      BT_EVT_BIT(11)
#define BT_EVT_MASK_LE_EXT_ADVERTISING_REPORT   BT_EVT_BIT(12)
#define BT_EVT_MASK_LE_PER_ADV_SYNC_ESTABLISHED BT_EVT_BIT(13)
#define BT_EVT_MASK_LE_PER_ADVERTISING_REPORT   BT_EVT_BIT(14)
#define BT_EVT_MASK_LE_PER_ADV_SYNC_LOST        BT_EVT_BIT(15)
#define BT_EVT_MASK_LE_SCAN_TIMEOUT             BT_EVT_BIT(16)
#define BT_EVT_MASK_LE_ADV_SET_TERMINATED       BT_EVT_BIT(17)
#define BT_EVT_MASK_LE_SCAN_REQ_RECEIVED        BT_EVT_BIT(18)
#define BT_EVT_MASK_LE_CHAN_SEL_ALGO            BT_EVT_BIT(19)
#define BT_EVT_MASK_LE_PAST_RECEIVED            BT_EVT_BIT(23)

/* 7.8.2 */
#define BT_HCI_OP_LE_READ_BUFFER_SIZE BT_OP(BT_OGF_LE, 0x0002)
/* 7.8.2 [v2]: its return parameters have the ISO buffers behind those of [v1]. */
#define BT_HCI_OP_LE_READ_BUFFER_SIZE_V2 BT_OP(BT_OGF_LE, 0x0060)
struct bt_hci_rp_le_read_buffer_size {
	uint8_t status;
	uint16_t le_max_len;
	uint8_t le_max_num;
} __packed;

/* 7.8.3 */
#define BT_HCI_OP_LE_READ_LOCAL_FEATURES BT_OP(BT_OGF_LE, 0x0003)
struct bt_hci_rp_le_read_local_features {
	uint8_t status;
	uint8_t features[8];
} __packed;

/* Bits of the LE features, Core 6.0 Vol 6 Part B 4.6. */
#define BT_LE_FEAT_BIT_ENC                0
#define BT_LE_FEAT_BIT_CONN_PARAM_REQ     1
#define BT_LE_FEAT_BIT_EXT_REJ_IND        2
#define BT_LE_FEAT_BIT_PER_INIT_FEAT_XCHG 3
#define BT_LE_FEAT_BIT_PING               4
#define BT_LE_FEAT_BIT_DLE                5
#define BT_LE_FEAT_BIT_PRIVACY            6
#define BT_LE_FEAT_BIT_EXT_SCAN           7
#define BT_LE_FEAT_BIT_PHY_2M             8
#define BT_LE_FEAT_BIT_SMI_TX             9
#define BT_LE_FEAT_BIT_SMI_RX             10
#define BT_LE_FEAT_BIT_PHY_CODED          11
#define BT_LE_FEAT_BIT_EXT_ADV            12
#define BT_LE_FEAT_BIT_PER_ADV            13
#define BT_LE_FEAT_BIT_CHAN_SEL_ALGO_2    14
#define BT_LE_FEAT_BIT_PWR_CLASS_1        15
#define BT_LE_FEAT_BIT_MIN_USED_CHAN_PROC 16
#define BT_LE_FEAT_BIT_PAST_SEND          24
#define BT_LE_FEAT_BIT_PAST_RECV          25
#define BT_LE_FEAT_BIT_ADV_CODING_SEL     40

/* 7.8.4 */
#define BT_HCI_OP_LE_SET_RANDOM_ADDRESS BT_OP(BT_OGF_LE, 0x0005)
struct bt_hci_cp_le_set_random_address {
	bt_addr_t bdaddr;
} __packed;

/* 7.8.5 */
#define BT_HCI_OP_LE_SET_ADV_PARAM     BT_OP(BT_OGF_LE, 0x0006)
#define BT_HCI_ADV_IND                 0x00
#define BT_HCI_ADV_DIRECT_IND          0x01
#define BT_HCI_ADV_SCAN_IND            0x02
#define BT_HCI_ADV_NONCONN_IND         0x03
#define BT_HCI_ADV_DIRECT_IND_LOW_DUTY 0x04
#define BT_HCI_ADV_SCAN_RSP            0x04

/* Own_Address_Type, here and in the commands of scanning and initiating, besides the two types of
 * an address: the controller generates the address from the resolving list, and without a matching
 * entry there uses the public or the random one. */
#define BT_HCI_OWN_ADDR_RPA_OR_PUBLIC 0x02
#define BT_HCI_OWN_ADDR_RPA_OR_RANDOM 0x03
#define BT_HCI_OWN_ADDR_RPA_MASK      0x02

#define BT_LE_ADV_FP_NO_FILTER       0x00 /**< Take scan and connection requests from all. */
#define BT_LE_ADV_FP_FILTER_SCAN_REQ 0x01 /**< Scan requests from the accept list alone. */
#define BT_LE_ADV_FP_FILTER_CONN_IND 0x02 /**< Connections from the accept list alone. */
#define BT_LE_ADV_FP_FILTER_BOTH     0x03
struct bt_hci_cp_le_set_adv_param {
	uint16_t min_interval; /**< 0.625 ms units. */
	uint16_t max_interval;
	uint8_t type;
	uint8_t own_addr_type;
	bt_addr_le_t direct_addr;
	uint8_t channel_map;
	uint8_t filter_policy;
} __packed;

/* 7.8.6 */
#define BT_HCI_OP_LE_READ_ADV_CHAN_TX_POWER BT_OP(BT_OGF_LE, 0x0007)
struct bt_hci_rp_le_read_chan_tx_power {
	uint8_t status;
	int8_t tx_power_level; /**< dBm. */
} __packed;

/* 7.8.7 */
#define BT_HCI_OP_LE_SET_ADV_DATA BT_OP(BT_OGF_LE, 0x0008)
struct bt_hci_cp_le_set_adv_data {
	uint8_t len;
	uint8_t data[31];
} __packed;

/* 7.8.8 */
#define BT_HCI_OP_LE_SET_SCAN_RSP_DATA BT_OP(BT_OGF_LE, 0x0009)
struct bt_hci_cp_le_set_scan_rsp_data {
	uint8_t len;
	uint8_t data[31];
} __packed;

/* 7.8.9 */
#define BT_HCI_OP_LE_SET_ADV_ENABLE BT_OP(BT_OGF_LE, 0x000a)
#define BT_HCI_LE_ADV_DISABLE       0x00
#define BT_HCI_LE_ADV_ENABLE        0x01
struct bt_hci_cp_le_set_adv_enable {
	uint8_t enable;
} __packed;

/* 7.8.10 */
#define BT_HCI_OP_LE_SET_SCAN_PARAM BT_OP(BT_OGF_LE, 0x000b)
#define BT_HCI_LE_SCAN_PASSIVE      0x00
#define BT_HCI_LE_SCAN_ACTIVE       0x01

#define BT_HCI_LE_SCAN_FP_BASIC_NO_FILTER 0x00
#define BT_HCI_LE_SCAN_FP_BASIC_FILTER    0x01
#define BT_HCI_LE_SCAN_FP_EXT_NO_FILTER   0x02
#define BT_HCI_LE_SCAN_FP_EXT_FILTER      0x03
struct bt_hci_cp_le_set_scan_param {
	uint8_t scan_type;
	uint16_t interval; /**< 0.625 ms units. */
	uint16_t window;
	uint8_t addr_type;
	uint8_t filter_policy;
} __packed;

/* 7.8.11 */
#define BT_HCI_OP_LE_SET_SCAN_ENABLE      BT_OP(BT_OGF_LE, 0x000c)
#define BT_HCI_LE_SCAN_DISABLE            0x00
#define BT_HCI_LE_SCAN_ENABLE             0x01
#define BT_HCI_LE_SCAN_FILTER_DUP_DISABLE 0x00
#define BT_HCI_LE_SCAN_FILTER_DUP_ENABLE  0x01
struct bt_hci_cp_le_set_scan_enable {
	uint8_t enable;
	uint8_t filter_dup;
} __packed;

/* 7.8.12 */
#define BT_HCI_OP_LE_CREATE_CONN           BT_OP(BT_OGF_LE, 0x000d)
#define BT_HCI_LE_CREATE_CONN_FP_NO_FILTER 0x00 /**< The one peer named. */
#define BT_HCI_LE_CREATE_CONN_FP_FILTER    0x01 /**< Any in the accept list. */
struct bt_hci_cp_le_create_conn {
	uint16_t scan_interval; /**< 0.625 ms units. */
	uint16_t scan_window;
	uint8_t filter_policy;
	bt_addr_le_t peer_addr;
	uint8_t own_addr_type;
	uint16_t conn_interval_min; /**< 1.25 ms units. */
	uint16_t conn_interval_max;
	uint16_t conn_latency;
	uint16_t supervision_timeout; /**< 10 ms units. */
	uint16_t min_ce_len;          /**< 0.625 ms units. */
	uint16_t max_ce_len;
} __packed;

/* 7.8.13 */
#define BT_HCI_OP_LE_CREATE_CONN_CANCEL BT_OP(BT_OGF_LE, 0x000e)

/* 7.8.14 */
#define BT_HCI_OP_LE_READ_FAL_SIZE BT_OP(BT_OGF_LE, 0x000f)
struct bt_hci_rp_le_read_fal_size {
	uint8_t status;
	uint8_t fal_size;
} __packed;

/* 7.8.15 */
#define BT_HCI_OP_LE_CLEAR_FAL BT_OP(BT_OGF_LE, 0x0010)

/* 7.8.16 */
#define BT_HCI_OP_LE_ADD_DEV_TO_FAL BT_OP(BT_OGF_LE, 0x0011)
struct bt_hci_cp_le_add_dev_to_fal {
	bt_addr_le_t addr;
} __packed;

/* 7.8.17 */
#define BT_HCI_OP_LE_REM_DEV_FROM_FAL BT_OP(BT_OGF_LE, 0x0012)
struct bt_hci_cp_le_rem_dev_from_fal {
	bt_addr_le_t addr;
} __packed;

/* 7.8.18 */
#define BT_HCI_OP_LE_CONN_UPDATE BT_OP(BT_OGF_LE, 0x0013)
struct hci_cp_le_conn_update {
	uint16_t handle;
	uint16_t conn_interval_min;
	uint16_t conn_interval_max;
	uint16_t conn_latency;
	uint16_t supervision_timeout;
	uint16_t min_ce_len;
	uint16_t max_ce_len;
} __packed;

/* 7.8.19 */
#define BT_HCI_OP_LE_SET_HOST_CHAN_CLASSIF BT_OP(BT_OGF_LE, 0x0014)
struct bt_hci_cp_le_set_host_chan_classif {
	uint8_t ch_map[5];
} __packed;

/* 7.8.20 */
#define BT_HCI_OP_LE_READ_CHAN_MAP BT_OP(BT_OGF_LE, 0x0015)
struct bt_hci_cp_le_read_chan_map {
	uint16_t handle;
} __packed;
struct bt_hci_rp_le_read_chan_map {
	uint8_t status;
	uint16_t handle;
	uint8_t ch_map[5];
} __packed;

/* 7.8.21 */
#define BT_HCI_OP_LE_READ_REMOTE_FEATURES BT_OP(BT_OGF_LE, 0x0016)
struct bt_hci_cp_le_read_remote_features {
	uint16_t handle;
} __packed;

/* 7.8.22 */
#define BT_HCI_OP_LE_ENCRYPT BT_OP(BT_OGF_LE, 0x0017)
struct bt_hci_cp_le_encrypt {
	uint8_t key[16];
	uint8_t plaintext[16];
} __packed;
struct bt_hci_rp_le_encrypt {
	uint8_t status;
	uint8_t enc_data[16];
} __packed;

/* 7.8.23 */
#define BT_HCI_OP_LE_RAND BT_OP(BT_OGF_LE, 0x0018)
struct bt_hci_rp_le_rand {
	uint8_t status;
	uint8_t rand[8];
} __packed;

/* 7.8.24 */
#define BT_HCI_OP_LE_START_ENCRYPTION BT_OP(BT_OGF_LE, 0x0019)
struct bt_hci_cp_le_start_encryption {
	uint16_t handle;
	uint64_t rand;
	uint16_t ediv;
	uint8_t ltk[16];
} __packed;

/* 7.8.25 */
#define BT_HCI_OP_LE_LTK_REQ_REPLY BT_OP(BT_OGF_LE, 0x001a)
struct bt_hci_cp_le_ltk_req_reply {
	uint16_t handle;
	uint8_t ltk[16];
} __packed;
struct bt_hci_rp_le_ltk_req_reply {
	uint8_t status;
	uint16_t handle;
} __packed;

/* 7.8.26 */
#define BT_HCI_OP_LE_LTK_REQ_NEG_REPLY BT_OP(BT_OGF_LE, 0x001b)
struct bt_hci_cp_le_ltk_req_neg_reply {
	uint16_t handle;
} __packed;
struct bt_hci_rp_le_ltk_req_neg_reply {
	uint8_t status;
	uint16_t handle;
} __packed;

/* 7.8.27 */
#define BT_HCI_OP_LE_READ_SUPP_STATES BT_OP(BT_OGF_LE, 0x001c)
struct bt_hci_rp_le_read_supp_states {
	uint8_t status;
	uint8_t le_states[8];
} __packed;

/* 7.8.31 */
#define BT_HCI_OP_LE_CONN_PARAM_REQ_REPLY BT_OP(BT_OGF_LE, 0x0020)
struct bt_hci_cp_le_conn_param_req_reply {
	uint16_t handle;
	uint16_t interval_min;
	uint16_t interval_max;
	uint16_t latency;
	uint16_t timeout;
	uint16_t min_ce_len;
	uint16_t max_ce_len;
} __packed;
struct bt_hci_rp_le_conn_param_req_reply {
	uint8_t status;
	uint16_t handle;
} __packed;

/* 7.8.32 */
#define BT_HCI_OP_LE_CONN_PARAM_REQ_NEG_REPLY BT_OP(BT_OGF_LE, 0x0021)
struct bt_hci_cp_le_conn_param_req_neg_reply {
	uint16_t handle;
	uint8_t reason;
} __packed;
struct bt_hci_rp_le_conn_param_req_neg_reply {
	uint8_t status;
	uint16_t handle;
} __packed;

/* 7.8.33 */
#define BT_HCI_OP_LE_SET_DATA_LEN BT_OP(BT_OGF_LE, 0x0022)
struct bt_hci_cp_le_set_data_len {
	uint16_t handle;
	uint16_t tx_octets;
	uint16_t tx_time; /**< Microseconds. */
} __packed;
struct bt_hci_rp_le_set_data_len {
	uint8_t status;
	uint16_t handle;
} __packed;

/* 7.8.34 */
#define BT_HCI_OP_LE_READ_DEFAULT_DATA_LEN BT_OP(BT_OGF_LE, 0x0023)
struct bt_hci_rp_le_read_default_data_len {
	uint8_t status;
	uint16_t max_tx_octets;
	uint16_t max_tx_time;
} __packed;

/* 7.8.35 */
#define BT_HCI_OP_LE_WRITE_DEFAULT_DATA_LEN BT_OP(BT_OGF_LE, 0x0024)
struct bt_hci_cp_le_write_default_data_len {
	uint16_t max_tx_octets;
	uint16_t max_tx_time;
} __packed;

/* 7.8.38 */
#define BT_HCI_OP_LE_ADD_DEV_TO_RL BT_OP(BT_OGF_LE, 0x0027)
struct bt_hci_cp_le_add_dev_to_rl {
	bt_addr_le_t peer_id_addr;
	uint8_t peer_irk[16];
	uint8_t local_irk[16];
} __packed;

/* 7.8.39 */
#define BT_HCI_OP_LE_REM_DEV_FROM_RL BT_OP(BT_OGF_LE, 0x0028)
struct bt_hci_cp_le_rem_dev_from_rl {
	bt_addr_le_t peer_id_addr;
} __packed;

/* 7.8.40 */
#define BT_HCI_OP_LE_CLEAR_RL BT_OP(BT_OGF_LE, 0x0029)

/* 7.8.41 */
#define BT_HCI_OP_LE_READ_RL_SIZE BT_OP(BT_OGF_LE, 0x002a)
struct bt_hci_rp_le_read_rl_size {
	uint8_t status;
	uint8_t rl_size;
} __packed;

/* 7.8.42 */
#define BT_HCI_OP_LE_READ_PEER_RPA BT_OP(BT_OGF_LE, 0x002b)
struct bt_hci_cp_le_read_peer_rpa {
	bt_addr_le_t peer_id_addr;
} __packed;
struct bt_hci_rp_le_read_peer_rpa {
	uint8_t status;
	bt_addr_t peer_rpa;
} __packed;

/* 7.8.43 */
#define BT_HCI_OP_LE_READ_LOCAL_RPA BT_OP(BT_OGF_LE, 0x002c)
struct bt_hci_cp_le_read_local_rpa {
	bt_addr_le_t peer_id_addr;
} __packed;
struct bt_hci_rp_le_read_local_rpa {
	uint8_t status;
	bt_addr_t local_rpa;
} __packed;

/* 7.8.44 */
#define BT_HCI_OP_LE_SET_ADDR_RES_ENABLE BT_OP(BT_OGF_LE, 0x002d)
#define BT_HCI_ADDR_RES_DISABLE          0x00
#define BT_HCI_ADDR_RES_ENABLE           0x01
struct bt_hci_cp_le_set_addr_res_enable {
	uint8_t enable;
} __packed;

/* 7.8.45 */
#define BT_HCI_OP_LE_SET_RPA_TIMEOUT BT_OP(BT_OGF_LE, 0x002e)
struct bt_hci_cp_le_set_rpa_timeout {
	uint16_t rpa_timeout; /**< Seconds. */
} __packed;

/* Its second version, Core 6.1 Vol 4 Part E 7.8.45. */
#define BT_HCI_OP_LE_SET_RPA_TIMEOUT_V2 BT_OP(BT_OGF_LE, 0x009e)
struct bt_hci_cp_le_set_rpa_timeout_v2 {
	uint16_t rpa_timeout_min; /**< Seconds. */
	uint16_t rpa_timeout_max; /**< Seconds. */
} __packed;

/* 7.8.46 */
#define BT_HCI_OP_LE_READ_MAX_DATA_LEN BT_OP(BT_OGF_LE, 0x002f)
struct bt_hci_rp_le_read_max_data_len {
	uint8_t status;
	uint16_t max_tx_octets;
	uint16_t max_tx_time;
	uint16_t max_rx_octets;
	uint16_t max_rx_time;
} __packed;

#define BT_HCI_LE_PHY_1M    0x01
#define BT_HCI_LE_PHY_2M    0x02
#define BT_HCI_LE_PHY_CODED 0x03

/* 7.8.47 */
#define BT_HCI_OP_LE_READ_PHY BT_OP(BT_OGF_LE, 0x0030)
struct bt_hci_cp_le_read_phy {
	uint16_t handle;
} __packed;
struct bt_hci_rp_le_read_phy {
	uint8_t status;
	uint16_t handle;
	uint8_t tx_phy;
	uint8_t rx_phy;
} __packed;

/* 7.8.48 */
#define BT_HCI_OP_LE_SET_DEFAULT_PHY BT_OP(BT_OGF_LE, 0x0031)
#define BT_HCI_LE_PHY_TX_ANY         BIT(0)
#define BT_HCI_LE_PHY_RX_ANY         BIT(1)
#define BT_HCI_LE_PHY_PREFER_1M      BIT(0)
#define BT_HCI_LE_PHY_PREFER_2M      BIT(1)
#define BT_HCI_LE_PHY_PREFER_CODED   BIT(2)
struct bt_hci_cp_le_set_default_phy {
	uint8_t all_phys;
	uint8_t tx_phys;
	uint8_t rx_phys;
} __packed;

/* 7.8.49 */
#define BT_HCI_OP_LE_SET_PHY    BT_OP(BT_OGF_LE, 0x0032)
#define BT_HCI_LE_PHY_CODED_ANY 0x00
#define BT_HCI_LE_PHY_CODED_S2  0x01
#define BT_HCI_LE_PHY_CODED_S8  0x02
struct bt_hci_cp_le_set_phy {
	uint16_t handle;
	uint8_t all_phys;
	uint8_t tx_phys;
	uint8_t rx_phys;
	uint16_t phy_opts;
} __packed;

/* 7.8.52 */
#define BT_HCI_OP_LE_SET_ADV_SET_RANDOM_ADDR BT_OP(BT_OGF_LE, 0x0035)
struct bt_hci_cp_le_set_adv_set_random_addr {
	uint8_t handle;
	bt_addr_t bdaddr;
} __packed;

#define BT_HCI_LE_ADV_HANDLE_MAX       0xef
#define BT_HCI_LE_ADV_TX_POWER_NO_PREF 0x7f
#define BT_HCI_LE_EXT_ADV_SID_INVALID  0xff

#define BT_HCI_LE_ADV_PROP_CONN       BIT(0)
#define BT_HCI_LE_ADV_PROP_SCAN       BIT(1)
#define BT_HCI_LE_ADV_PROP_DIRECT     BIT(2)
#define BT_HCI_LE_ADV_PROP_HI_DC_CONN BIT(3)
#define BT_HCI_LE_ADV_PROP_LEGACY     BIT(4)
#define BT_HCI_LE_ADV_PROP_ANON       BIT(5)
#define BT_HCI_LE_ADV_PROP_TX_POWER   BIT(6)

#define BT_HCI_LE_ADV_SCAN_REQ_ENABLE  1
#define BT_HCI_LE_ADV_SCAN_REQ_DISABLE 0

#define BT_HCI_LE_PRIM_ADV_INTERVAL_MIN 0x000020
#define BT_HCI_LE_PRIM_ADV_INTERVAL_MAX 0xffffff

/* 7.8.53 */
#define BT_HCI_OP_LE_SET_EXT_ADV_PARAM BT_OP(BT_OGF_LE, 0x0036)
struct bt_hci_cp_le_set_ext_adv_param {
	uint8_t handle;
	uint16_t props;
	uint8_t prim_min_interval[3]; /**< 0.625 ms units. */
	uint8_t prim_max_interval[3];
	uint8_t prim_channel_map;
	uint8_t own_addr_type;
	bt_addr_le_t peer_addr;
	uint8_t filter_policy;
	int8_t tx_power; /**< dBm. */
	uint8_t prim_adv_phy;
	uint8_t sec_adv_max_skip;
	uint8_t sec_adv_phy;
	uint8_t sid;
	uint8_t scan_req_notify_enable;
} __packed;
struct bt_hci_rp_le_set_ext_adv_param {
	uint8_t status;
	int8_t tx_power;
} __packed;

/* [v2] of the same, answered alike. */
#define BT_HCI_OP_LE_SET_EXT_ADV_PARAM_V2 BT_OP(BT_OGF_LE, 0x007f)
struct bt_hci_cp_le_set_ext_adv_param_v2 {
	struct bt_hci_cp_le_set_ext_adv_param v1;
	uint8_t prim_adv_phy_opt;
	uint8_t sec_adv_phy_opt;
} __packed;

#define BT_HCI_LE_EXT_ADV_OP_INTERM_FRAG    0x00
#define BT_HCI_LE_EXT_ADV_OP_FIRST_FRAG     0x01
#define BT_HCI_LE_EXT_ADV_OP_LAST_FRAG      0x02
#define BT_HCI_LE_EXT_ADV_OP_COMPLETE_DATA  0x03
#define BT_HCI_LE_EXT_ADV_OP_UNCHANGED_DATA 0x04

#define BT_HCI_LE_EXT_ADV_FRAG_ENABLED  0x00
#define BT_HCI_LE_EXT_ADV_FRAG_DISABLED 0x01
#define BT_HCI_LE_EXT_ADV_FRAG_MAX_LEN  251

/* 7.8.54 */
#define BT_HCI_OP_LE_SET_EXT_ADV_DATA BT_OP(BT_OGF_LE, 0x0037)
struct bt_hci_cp_le_set_ext_adv_data {
	uint8_t handle;
	uint8_t op;
	uint8_t frag_pref;
	uint8_t len;
	uint8_t data[];
} __packed;

/* 7.8.55 */
#define BT_HCI_OP_LE_SET_EXT_SCAN_RSP_DATA BT_OP(BT_OGF_LE, 0x0038)
struct bt_hci_cp_le_set_ext_scan_rsp_data {
	uint8_t handle;
	uint8_t op;
	uint8_t frag_pref;
	uint8_t len;
	uint8_t data[];
} __packed;

/* 7.8.56 */
#define BT_HCI_OP_LE_SET_EXT_ADV_ENABLE BT_OP(BT_OGF_LE, 0x0039)
struct bt_hci_ext_adv_set {
	uint8_t handle;
	uint16_t duration; /**< 10 ms units; 0: no end. */
	uint8_t max_ext_adv_evts;
} __packed;
struct bt_hci_cp_le_set_ext_adv_enable {
	uint8_t enable;
	uint8_t set_num;
	struct bt_hci_ext_adv_set s[];
} __packed;

/* 7.8.57 */
#define BT_HCI_OP_LE_READ_MAX_ADV_DATA_LEN BT_OP(BT_OGF_LE, 0x003a)
struct bt_hci_rp_le_read_max_adv_data_len {
	uint8_t status;
	uint16_t max_adv_data_len;
} __packed;

/* 7.8.58 */
#define BT_HCI_OP_LE_READ_NUM_ADV_SETS BT_OP(BT_OGF_LE, 0x003b)
struct bt_hci_rp_le_read_num_adv_sets {
	uint8_t status;
	uint8_t num_sets;
} __packed;

/* 7.8.59 */
#define BT_HCI_OP_LE_REMOVE_ADV_SET BT_OP(BT_OGF_LE, 0x003c)
struct bt_hci_cp_le_remove_adv_set {
	uint8_t handle;
} __packed;

/* 7.8.60; Zephyr's name has no LE. */
#define BT_HCI_OP_CLEAR_ADV_SETS BT_OP(BT_OGF_LE, 0x003d)

#define BT_HCI_LE_PER_ADV_INTERVAL_MIN 0x0006
#define BT_HCI_LE_PER_ADV_INTERVAL_MAX 0xffff

/* 7.8.61 */
#define BT_HCI_OP_LE_SET_PER_ADV_PARAM BT_OP(BT_OGF_LE, 0x003e)
struct bt_hci_cp_le_set_per_adv_param {
	uint8_t handle;
	uint16_t min_interval; /**< 1.25 ms units. */
	uint16_t max_interval;
	uint16_t props;
} __packed;

#define BT_HCI_LE_PER_ADV_OP_INTERM_FRAG    0x00
#define BT_HCI_LE_PER_ADV_OP_FIRST_FRAG     0x01
#define BT_HCI_LE_PER_ADV_OP_LAST_FRAG      0x02
#define BT_HCI_LE_PER_ADV_OP_COMPLETE_DATA  0x03
#define BT_HCI_LE_PER_ADV_OP_UNCHANGED_DATA 0x04
#define BT_HCI_LE_PER_ADV_FRAG_MAX_LEN      252

/* 7.8.62 */
#define BT_HCI_OP_LE_SET_PER_ADV_DATA BT_OP(BT_OGF_LE, 0x003f)
struct bt_hci_cp_le_set_per_adv_data {
	uint8_t handle;
	uint8_t op;
	uint8_t len;
	uint8_t data[];
} __packed;

#define BT_HCI_LE_SET_PER_ADV_ENABLE_ENABLE BIT(0)
#define BT_HCI_LE_SET_PER_ADV_ENABLE_ADI    BIT(1)

/* 7.8.63 */
#define BT_HCI_OP_LE_SET_PER_ADV_ENABLE BT_OP(BT_OGF_LE, 0x0040)
struct bt_hci_cp_le_set_per_adv_enable {
	uint8_t enable;
	uint8_t handle;
} __packed;

#define BT_HCI_LE_EXT_SCAN_PHY_1M    BIT(0)
#define BT_HCI_LE_EXT_SCAN_PHY_2M    BIT(1)
#define BT_HCI_LE_EXT_SCAN_PHY_CODED BIT(2)

/* 7.8.64 */
#define BT_HCI_OP_LE_SET_EXT_SCAN_PARAM BT_OP(BT_OGF_LE, 0x0041)
struct bt_hci_ext_scan_phy {
	uint8_t type;
	uint16_t interval; /**< 0.625 ms units. */
	uint16_t window;
} __packed;
struct bt_hci_cp_le_set_ext_scan_param {
	uint8_t own_addr_type;
	uint8_t filter_policy;
	uint8_t phys;
	struct bt_hci_ext_scan_phy p[];
} __packed;

#define BT_HCI_LE_EXT_SCAN_FILTER_DUP_ENABLE_RESET 0x02

/* 7.8.65 */
#define BT_HCI_OP_LE_SET_EXT_SCAN_ENABLE BT_OP(BT_OGF_LE, 0x0042)
struct bt_hci_cp_le_set_ext_scan_enable {
	uint8_t enable;
	uint8_t filter_dup;
	uint16_t duration; /**< 10 ms units; 0: no end. */
	uint16_t period;   /**< 1.28 s units; 0: once. */
} __packed;

/* 7.8.66 */
#define BT_HCI_OP_LE_EXT_CREATE_CONN BT_OP(BT_OGF_LE, 0x0043)
struct bt_hci_ext_conn_phy {
	uint16_t scan_interval;
	uint16_t scan_window;
	uint16_t conn_interval_min;
	uint16_t conn_interval_max;
	uint16_t conn_latency;
	uint16_t supervision_timeout;
	uint16_t min_ce_len;
	uint16_t max_ce_len;
} __packed;
struct bt_hci_cp_le_ext_create_conn {
	uint8_t filter_policy;
	uint8_t own_addr_type;
	bt_addr_le_t peer_addr;
	uint8_t phys;
	struct bt_hci_ext_conn_phy p[];
} __packed;

#define BT_HCI_LE_PER_ADV_CREATE_SYNC_FP_USE_LIST         BIT(0)
#define BT_HCI_LE_PER_ADV_CREATE_SYNC_FP_REPORTS_DISABLED BIT(1)
#define BT_HCI_LE_PER_ADV_CREATE_SYNC_FP_FILTER_DUPLICATE BIT(2)

#define BT_HCI_LE_PER_ADV_CREATE_SYNC_CTE_TYPE_NO_AOA     BIT(0)
#define BT_HCI_LE_PER_ADV_CREATE_SYNC_CTE_TYPE_NO_AOD_1US BIT(1)
#define BT_HCI_LE_PER_ADV_CREATE_SYNC_CTE_TYPE_NO_AOD_2US BIT(2)
#define BT_HCI_LE_PER_ADV_CREATE_SYNC_CTE_TYPE_NO_CTE     BIT(3)
#define BT_HCI_LE_PER_ADV_CREATE_SYNC_CTE_TYPE_ONLY_CTE   BIT(4)

/* 7.8.67 */
#define BT_HCI_OP_LE_PER_ADV_CREATE_SYNC BT_OP(BT_OGF_LE, 0x0044)
struct bt_hci_cp_le_per_adv_create_sync {
	uint8_t options;
	uint8_t sid;
	bt_addr_le_t addr;
	uint16_t skip;
	uint16_t sync_timeout; /**< 10 ms units. */
	uint8_t cte_type;
} __packed;

/* 7.8.68 */
#define BT_HCI_OP_LE_PER_ADV_CREATE_SYNC_CANCEL BT_OP(BT_OGF_LE, 0x0045)

/* 7.8.69 */
#define BT_HCI_OP_LE_PER_ADV_TERMINATE_SYNC BT_OP(BT_OGF_LE, 0x0046)
struct bt_hci_cp_le_per_adv_terminate_sync {
	uint16_t handle;
} __packed;

/* 7.8.70 */
#define BT_HCI_OP_LE_ADD_DEV_TO_PER_ADV_LIST BT_OP(BT_OGF_LE, 0x0047)
struct bt_hci_cp_le_add_dev_to_per_adv_list {
	bt_addr_le_t addr;
	uint8_t sid;
} __packed;

/* 7.8.71 */
#define BT_HCI_OP_LE_REM_DEV_FROM_PER_ADV_LIST BT_OP(BT_OGF_LE, 0x0048)
struct bt_hci_cp_le_rem_dev_from_per_adv_list {
	bt_addr_le_t addr;
	uint8_t sid;
} __packed;

/* 7.8.72 */
#define BT_HCI_OP_LE_CLEAR_PER_ADV_LIST BT_OP(BT_OGF_LE, 0x0049)

/* 7.8.73 */
#define BT_HCI_OP_LE_READ_PER_ADV_LIST_SIZE BT_OP(BT_OGF_LE, 0x004a)
struct bt_hci_rp_le_read_per_adv_list_size {
	uint8_t status;
	uint8_t list_size;
} __packed;

/* 7.8.74 */
#define BT_HCI_OP_LE_READ_TX_POWER BT_OP(BT_OGF_LE, 0x004b)
struct bt_hci_rp_le_read_tx_power {
	uint8_t status;
	int8_t min_tx_power;
	int8_t max_tx_power;
} __packed;

/* 7.8.77 */
#define BT_HCI_OP_LE_SET_PRIVACY_MODE  BT_OP(BT_OGF_LE, 0x004e)
#define BT_HCI_LE_PRIVACY_MODE_NETWORK 0x00 /**< The peer's private addresses alone. */
#define BT_HCI_LE_PRIVACY_MODE_DEVICE  0x01 /**< Its identity address as well. */
struct bt_hci_cp_le_set_privacy_mode {
	bt_addr_le_t id_addr;
	uint8_t mode;
} __packed;

#define BT_HCI_LE_SET_PER_ADV_RECV_ENABLE_ENABLE           BIT(0)
#define BT_HCI_LE_SET_PER_ADV_RECV_ENABLE_FILTER_DUPLICATE BIT(1)

/* 7.8.88 */
#define BT_HCI_OP_LE_SET_PER_ADV_RECV_ENABLE BT_OP(BT_OGF_LE, 0x0059)
struct bt_hci_cp_le_set_per_adv_recv_enable {
	uint16_t handle;
	uint8_t enable;
} __packed;

/* 7.8.89 */
#define BT_HCI_OP_LE_PER_ADV_SYNC_TRANSFER BT_OP(BT_OGF_LE, 0x005a)
struct bt_hci_cp_le_per_adv_sync_transfer {
	uint16_t conn_handle;
	uint16_t service_data;
	uint16_t sync_handle;
} __packed;
struct bt_hci_rp_le_per_adv_sync_transfer {
	uint8_t status;
	uint16_t conn_handle;
} __packed;

/* 7.8.90 */
#define BT_HCI_OP_LE_PER_ADV_SET_INFO_TRANSFER BT_OP(BT_OGF_LE, 0x005b)
struct bt_hci_cp_le_per_adv_set_info_transfer {
	uint16_t conn_handle;
	uint16_t service_data;
	uint8_t adv_handle;
} __packed;
struct bt_hci_rp_le_per_adv_set_info_transfer {
	uint8_t status;
	uint16_t conn_handle;
} __packed;

#define BT_HCI_LE_PAST_MODE_NO_SYNC         0x00
#define BT_HCI_LE_PAST_MODE_NO_REPORTS      0x01
#define BT_HCI_LE_PAST_MODE_SYNC            0x02
#define BT_HCI_LE_PAST_MODE_SYNC_FILTER_DUP 0x03

/* 7.8.91 */
#define BT_HCI_OP_LE_PAST_PARAM BT_OP(BT_OGF_LE, 0x005c)
struct bt_hci_cp_le_past_param {
	uint16_t conn_handle;
	uint8_t mode;
	uint16_t skip;
	uint16_t timeout; /**< 10 ms units. */
	uint8_t cte_type;
} __packed;
struct bt_hci_rp_le_past_param {
	uint8_t status;
	uint16_t conn_handle;
} __packed;

/* 7.8.92 */
#define BT_HCI_OP_LE_DEFAULT_PAST_PARAM BT_OP(BT_OGF_LE, 0x005d)
struct bt_hci_cp_le_default_past_param {
	uint8_t mode;
	uint16_t skip;
	uint16_t timeout;
	uint8_t cte_type;
} __packed;

/* ---- Supported commands, 6.27: octet, bit ---- */

#define BT_CMD_TEST(cmd, octet, bit) (((cmd)[octet] & BIT(bit)) != 0)
#define BT_CMD_LE_STATES(cmd)        BT_CMD_TEST(cmd, 28, 3)

/* ---- Events, 7.7 ---- */

/* 7.7.5 */
#define BT_HCI_EVT_DISCONN_COMPLETE 0x05
struct bt_hci_evt_disconn_complete {
	uint8_t status;
	uint16_t handle;
	uint8_t reason;
} __packed;

/* 7.7.8 */
#define BT_HCI_EVT_ENCRYPT_CHANGE 0x08
struct bt_hci_evt_encrypt_change {
	uint8_t status;
	uint16_t handle;
	uint8_t encrypt;
} __packed;

/* 7.7.12 */
#define BT_HCI_EVT_REMOTE_VERSION_INFO 0x0c
struct bt_hci_evt_remote_version_info {
	uint8_t status;
	uint16_t handle;
	uint8_t version;
	uint16_t manufacturer;
	uint16_t subversion;
} __packed;

/* 7.7.14 */
#define BT_HCI_EVT_CMD_COMPLETE 0x0e
struct bt_hci_evt_cmd_complete {
	uint8_t ncmd;
	uint16_t opcode;
} __packed;

struct bt_hci_evt_cc_status {
	uint8_t status;
} __packed;

/* 7.7.15 */
#define BT_HCI_EVT_CMD_STATUS 0x0f
struct bt_hci_evt_cmd_status {
	uint8_t status;
	uint8_t ncmd;
	uint16_t opcode;
} __packed;

/* 7.7.16 */
#define BT_HCI_EVT_HARDWARE_ERROR 0x10
struct bt_hci_evt_hardware_error {
	uint8_t hardware_code;
} __packed;

/* 7.7.19 */
#define BT_HCI_EVT_NUM_COMPLETED_PACKETS 0x13
struct bt_hci_evt_num_completed_packets {
	uint8_t num_handles;
	struct bt_hci_handle_count h[];
} __packed;

/* 7.7.26 */
#define BT_HCI_EVT_DATA_BUF_OVERFLOW 0x1a
struct bt_hci_evt_data_buf_overflow {
	uint8_t link_type;
} __packed;

/* 7.7.39 */
#define BT_HCI_EVT_ENCRYPT_KEY_REFRESH_COMPLETE 0x30
struct bt_hci_evt_encrypt_key_refresh_complete {
	uint8_t status;
	uint16_t handle;
} __packed;

/* 7.7.75 */
#define BT_HCI_EVT_AUTH_PAYLOAD_TIMEOUT_EXP 0x57
struct bt_hci_evt_auth_payload_timeout_exp {
	uint16_t handle;
} __packed;

/* 5.4.4 */
#define BT_HCI_EVT_VENDOR 0xff

/* 7.7.65 */
#define BT_HCI_EVT_LE_META_EVENT 0x3e
struct bt_hci_evt_le_meta_event {
	uint8_t subevent;
} __packed;

#define BT_HCI_ROLE_CENTRAL    0x00
#define BT_HCI_ROLE_PERIPHERAL 0x01

/* 7.7.65.1 */
#define BT_HCI_EVT_LE_CONN_COMPLETE 0x01
struct bt_hci_evt_le_conn_complete {
	uint8_t status;
	uint16_t handle;
	uint8_t role;
	bt_addr_le_t peer_addr;
	uint16_t interval; /**< 1.25 ms units. */
	uint16_t latency;
	uint16_t supv_timeout; /**< 10 ms units. */
	uint8_t clock_accuracy;
} __packed;

/* 7.7.65.2: the fixed part of one report; the data's length, the data and the RSSI follow. */
#define BT_HCI_EVT_LE_ADVERTISING_REPORT 0x02
struct bt_hci_evt_le_advertising_info {
	uint8_t evt_type;
	bt_addr_le_t addr;
	uint8_t length;
	uint8_t data[];
} __packed;
struct bt_hci_evt_le_advertising_report {
	uint8_t num_reports;
	struct bt_hci_evt_le_advertising_info adv_info[];
} __packed;

/* 7.7.65.3 */
#define BT_HCI_EVT_LE_CONN_UPDATE_COMPLETE 0x03
struct bt_hci_evt_le_conn_update_complete {
	uint8_t status;
	uint16_t handle;
	uint16_t interval;
	uint16_t latency;
	uint16_t supv_timeout;
} __packed;

/* 7.7.65.4 */
#define BT_HCI_EVT_LE_REMOTE_FEAT_COMPLETE 0x04
struct bt_hci_evt_le_remote_feat_complete {
	uint8_t status;
	uint16_t handle;
	uint8_t features[8];
} __packed;

/* 7.7.65.5 */
#define BT_HCI_EVT_LE_LTK_REQUEST 0x05
struct bt_hci_evt_le_ltk_request {
	uint16_t handle;
	uint64_t rand;
	uint16_t ediv;
} __packed;

/* 7.7.65.6 */
#define BT_HCI_EVT_LE_CONN_PARAM_REQ 0x06
struct bt_hci_evt_le_conn_param_req {
	uint16_t handle;
	uint16_t interval_min;
	uint16_t interval_max;
	uint16_t latency;
	uint16_t timeout;
} __packed;

/* 7.7.65.7 */
#define BT_HCI_EVT_LE_DATA_LEN_CHANGE 0x07
struct bt_hci_evt_le_data_len_change {
	uint16_t handle;
	uint16_t max_tx_octets;
	uint16_t max_tx_time;
	uint16_t max_rx_octets;
	uint16_t max_rx_time;
} __packed;

/* 7.7.65.10 */
#define BT_HCI_EVT_LE_ENH_CONN_COMPLETE 0x0a
struct bt_hci_evt_le_enh_conn_complete {
	uint8_t status;
	uint16_t handle;
	uint8_t role;
	bt_addr_le_t peer_addr;
	bt_addr_t local_rpa;
	bt_addr_t peer_rpa;
	uint16_t interval;
	uint16_t latency;
	uint16_t supv_timeout;
	uint8_t clock_accuracy;
} __packed;

/* 7.7.65.11 */
#define BT_HCI_EVT_LE_DIRECT_ADV_REPORT 0x0b
struct bt_hci_evt_le_direct_adv_info {
	uint8_t evt_type;
	bt_addr_le_t addr;
	bt_addr_le_t dir_addr;
	int8_t rssi; /**< dBm. */
} __packed;
struct bt_hci_evt_le_direct_adv_report {
	uint8_t num_reports;
	struct bt_hci_evt_le_direct_adv_info direct_adv_info[];
} __packed;

/* 7.7.65.12 */
#define BT_HCI_EVT_LE_PHY_UPDATE_COMPLETE 0x0c
struct bt_hci_evt_le_phy_update_complete {
	uint8_t status;
	uint16_t handle;
	uint8_t tx_phy;
	uint8_t rx_phy;
} __packed;

/* 7.7.65.13: one report; its data follows. */
#define BT_HCI_EVT_LE_EXT_ADVERTISING_REPORT 0x0d

#define BT_HCI_LE_ADV_EVT_TYPE_CONN     BIT(0)
#define BT_HCI_LE_ADV_EVT_TYPE_SCAN     BIT(1)
#define BT_HCI_LE_ADV_EVT_TYPE_DIRECT   BIT(2)
#define BT_HCI_LE_ADV_EVT_TYPE_SCAN_RSP BIT(3)
#define BT_HCI_LE_ADV_EVT_TYPE_LEGACY   BIT(4)

#define BT_HCI_LE_ADV_EVT_TYPE_DATA_STATUS(ev_type)   (((ev_type) >> 5) & 0x03)
#define BT_HCI_LE_ADV_EVT_TYPE_DATA_STATUS_COMPLETE   0
#define BT_HCI_LE_ADV_EVT_TYPE_DATA_STATUS_PARTIAL    1
#define BT_HCI_LE_ADV_EVT_TYPE_DATA_STATUS_INCOMPLETE 2
#define BT_HCI_LE_ADV_EVT_TYPE_DATA_STATUS_RX_FAILED  0xff

struct bt_hci_evt_le_ext_advertising_info {
	uint16_t evt_type;
	bt_addr_le_t addr;
	uint8_t prim_phy;
	uint8_t sec_phy; /**< 0: nothing came on a secondary channel. */
	uint8_t sid;
	int8_t tx_power;
	int8_t rssi;
	uint16_t interval; /**< Of periodic advertising, 1.25 ms units; 0: none. */
	bt_addr_le_t direct_addr;
	uint8_t length;
	uint8_t data[];
} __packed;
struct bt_hci_evt_le_ext_advertising_report {
	uint8_t num_reports;
	struct bt_hci_evt_le_ext_advertising_info adv_info[];
} __packed;

/* 7.7.65.14 */
#define BT_HCI_EVT_LE_PER_ADV_SYNC_ESTABLISHED 0x0e
struct bt_hci_evt_le_per_adv_sync_established {
	uint8_t status;
	uint16_t handle;
	uint8_t sid;
	bt_addr_le_t adv_addr;
	uint8_t phy;
	uint16_t interval;
	uint8_t clock_accuracy;
} __packed;

/* 7.7.65.15; the data's length and the data follow. */
#define BT_HCI_EVT_LE_PER_ADVERTISING_REPORT 0x0f
struct bt_hci_evt_le_per_advertising_report {
	uint16_t handle;
	int8_t tx_power;
	int8_t rssi;
	uint8_t cte_type;
	uint8_t data_status;
	uint8_t length;
	uint8_t data[];
} __packed;

/* 7.7.65.16 */
#define BT_HCI_EVT_LE_PER_ADV_SYNC_LOST 0x10
struct bt_hci_evt_le_per_adv_sync_lost {
	uint16_t handle;
} __packed;

/* 7.7.65.17 */
#define BT_HCI_EVT_LE_SCAN_TIMEOUT 0x11

/* 7.7.65.18 */
#define BT_HCI_EVT_LE_ADV_SET_TERMINATED 0x12
struct bt_hci_evt_le_adv_set_terminated {
	uint8_t status;
	uint8_t adv_handle;
	uint16_t conn_handle;
	uint8_t num_completed_ext_adv_evts;
} __packed;

/* 7.7.65.19 */
#define BT_HCI_EVT_LE_SCAN_REQ_RECEIVED 0x13
struct bt_hci_evt_le_scan_req_received {
	uint8_t handle;
	bt_addr_le_t addr;
} __packed;

/* 7.7.65.20 */
#define BT_HCI_EVT_LE_CHAN_SEL_ALGO 0x14
struct bt_hci_evt_le_chan_sel_algo {
	uint16_t handle;
	uint8_t chan_sel_algo;
} __packed;

/* 7.7.65.24 */
#define BT_HCI_EVT_LE_PAST_RECEIVED 0x18
struct bt_hci_evt_le_past_received {
	uint8_t status;
	uint16_t conn_handle;
	uint16_t service_data;
	uint16_t sync_handle;
	uint8_t adv_sid;
	bt_addr_le_t addr;
	uint8_t phy;
	uint16_t interval;
	uint8_t clock_accuracy;
} __packed;

#endif
