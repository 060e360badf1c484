/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include <zephyr/bluetooth/hci.h>

#include "hci_core.h"

/* Core 6.0 Vol 1 Part F 1.3, in the words of its headings. */
static const char *const names[] = {
	[BT_HCI_ERR_SUCCESS] = "Success",
	[BT_HCI_ERR_UNKNOWN_CMD] = "Unknown HCI Command",
	[BT_HCI_ERR_UNKNOWN_CONN_ID] = "Unknown Connection Identifier",
	[BT_HCI_ERR_HW_FAILURE] = "Hardware Failure",
	[BT_HCI_ERR_PAGE_TIMEOUT] = "Page Timeout",
	[BT_HCI_ERR_AUTH_FAIL] = "Authentication Failure",
	[BT_HCI_ERR_PIN_OR_KEY_MISSING] = "PIN or Key Missing",
	[BT_HCI_ERR_MEM_CAPACITY_EXCEEDED] = "Memory Capacity Exceeded",
	[BT_HCI_ERR_CONN_TIMEOUT] = "Connection Timeout",
	[BT_HCI_ERR_CONN_LIMIT_EXCEEDED] = "Connection Limit Exceeded",
	[BT_HCI_ERR_SYNC_CONN_LIMIT_EXCEEDED] = "Synchronous Connection Limit Exceeded",
	[BT_HCI_ERR_CONN_ALREADY_EXISTS] = "Connection Already Exists",
	[BT_HCI_ERR_CMD_DISALLOWED] = "Command Disallowed",
	[BT_HCI_ERR_INSUFFICIENT_RESOURCES] = "Rejected: Limited Resources",
	[BT_HCI_ERR_INSUFFICIENT_SECURITY] = "Rejected: Security Reasons",
	[BT_HCI_ERR_BD_ADDR_UNACCEPTABLE] = "Rejected: Unacceptable BD_ADDR",
	[BT_HCI_ERR_CONN_ACCEPT_TIMEOUT] = "Connection Accept Timeout Exceeded",
	[BT_HCI_ERR_UNSUPP_FEATURE_PARAM_VAL] = "Unsupported Feature or Parameter Value",
	[BT_HCI_ERR_INVALID_PARAM] = "Invalid HCI Command Parameters",
	[BT_HCI_ERR_REMOTE_USER_TERM_CONN] = "Remote User Terminated Connection",
	[BT_HCI_ERR_REMOTE_LOW_RESOURCES] = "Remote Device Terminated: Low Resources",
	[BT_HCI_ERR_REMOTE_POWER_OFF] = "Remote Device Terminated: Power Off",
	[BT_HCI_ERR_LOCALHOST_TERM_CONN] = "Connection Terminated by Local Host",
	[BT_HCI_ERR_REPEATED_ATTEMPTS] = "Repeated Attempts",
	[BT_HCI_ERR_PAIRING_NOT_ALLOWED] = "Pairing Not Allowed",
	[BT_HCI_ERR_UNKNOWN_LMP_PDU] = "Unknown LMP PDU",
	[BT_HCI_ERR_UNSUPP_REMOTE_FEATURE] = "Unsupported Remote Feature",
	[BT_HCI_ERR_SCO_OFFSET_REJECTED] = "SCO Offset Rejected",
	[BT_HCI_ERR_SCO_INTERVAL_REJECTED] = "SCO Interval Rejected",
	[BT_HCI_ERR_SCO_AIR_MODE_REJECTED] = "SCO Air Mode Rejected",
	[BT_HCI_ERR_INVALID_LL_PARAM] = "Invalid LL Parameters",
	[BT_HCI_ERR_UNSPECIFIED] = "Unspecified Error",
	[BT_HCI_ERR_UNSUPP_LL_PARAM_VAL] = "Unsupported LL Parameter Value",
	[BT_HCI_ERR_ROLE_CHANGE_NOT_ALLOWED] = "Role Change Not Allowed",
	[BT_HCI_ERR_LL_RESP_TIMEOUT] = "LL Response Timeout",
	[BT_HCI_ERR_LL_PROC_COLLISION] = "LL Procedure Collision",
	[BT_HCI_ERR_LMP_PDU_NOT_ALLOWED] = "LMP PDU Not Allowed",
	[BT_HCI_ERR_ENC_MODE_NOT_ACCEPTABLE] = "Encryption Mode Not Acceptable",
	[BT_HCI_ERR_LINK_KEY_CANNOT_BE_CHANGED] = "Link Key Cannot Be Changed",
	[BT_HCI_ERR_REQUESTED_QOS_NOT_SUPPORTED] = "Requested QoS Not Supported",
	[BT_HCI_ERR_INSTANT_PASSED] = "Instant Passed",
	[BT_HCI_ERR_PAIRING_NOT_SUPPORTED] = "Pairing With Unit Key Not Supported",
	[BT_HCI_ERR_DIFF_TRANS_COLLISION] = "Different Transaction Collision",
	[BT_HCI_ERR_QOS_UNACCEPTABLE_PARAM] = "QoS Unacceptable Parameter",
	[BT_HCI_ERR_QOS_REJECTED] = "QoS Rejected",
	[BT_HCI_ERR_CHAN_ASSESS_NOT_SUPPORTED] = "Channel Classification Not Supported",
	[BT_HCI_ERR_INSUFF_SECURITY] = "Insufficient Security",
	[BT_HCI_ERR_PARAM_OUT_OF_MANDATORY_RANGE] = "Parameter Out of Mandatory Range",
	[BT_HCI_ERR_ROLE_SWITCH_PENDING] = "Role Switch Pending",
	[BT_HCI_ERR_RESERVED_SLOT_VIOLATION] = "Reserved Slot Violation",
	[BT_HCI_ERR_ROLE_SWITCH_FAILED] = "Role Switch Failed",
	[BT_HCI_ERR_EXT_INQ_RESP_TOO_LARGE] = "Extended Inquiry Response Too Large",
	[BT_HCI_ERR_SIMPLE_PAIR_NOT_SUPP_BY_HOST] = "Secure Simple Pairing Not Supported by Host",
	[BT_HCI_ERR_HOST_BUSY_PAIRING] = "Host Busy - Pairing",
	[BT_HCI_ERR_CONN_REJECTED_DUE_TO_NO_CHAN] = "Rejected: No Suitable Channel Found",
	[BT_HCI_ERR_CONTROLLER_BUSY] = "Controller Busy",
	[BT_HCI_ERR_UNACCEPT_CONN_PARAM] = "Unacceptable Connection Parameters",
	[BT_HCI_ERR_ADV_TIMEOUT] = "Advertising Timeout",
	[BT_HCI_ERR_TERM_DUE_TO_MIC_FAIL] = "Terminated: MIC Failure",
	[BT_HCI_ERR_CONN_FAIL_TO_ESTAB] = "Connection Failed to be Established",
	[BT_HCI_ERR_MAC_CONN_FAILED] = "MAC Connection Failed",
	[BT_HCI_ERR_CLOCK_ADJUST_REJECTED] = "Coarse Clock Adjustment Rejected",
	[BT_HCI_ERR_SUBMAP_NOT_DEFINED] = "Type0 Submap Not Defined",
	[BT_HCI_ERR_UNKNOWN_ADV_IDENTIFIER] = "Unknown Advertising Identifier",
	[BT_HCI_ERR_LIMIT_REACHED] = "Limit Reached",
	[BT_HCI_ERR_OP_CANCELLED_BY_HOST] = "Operation Cancelled by Host",
	[BT_HCI_ERR_PACKET_TOO_LONG] = "Packet Too Long",
	[BT_HCI_ERR_TOO_LATE] = "Too Late",
	[BT_HCI_ERR_TOO_EARLY] = "Too Early",
};

const char *bt_hci_err_to_str(uint8_t hci_err)
{
	if (hci_err < ARRAY_SIZE(names) && names[hci_err] != NULL) {
		return names[hci_err];
	}
	return "(unknown)";
}

int hci__errno(uint8_t status)
{
	switch (status) {
	case BT_HCI_ERR_SUCCESS:
		return 0;
	case BT_HCI_ERR_UNKNOWN_CMD:
	case BT_HCI_ERR_UNSUPP_FEATURE_PARAM_VAL:
		return -ENOTSUP;
	case BT_HCI_ERR_UNKNOWN_CONN_ID:
		return -ENOTCONN;
	case BT_HCI_ERR_MEM_CAPACITY_EXCEEDED:
	case BT_HCI_ERR_INSUFFICIENT_RESOURCES:
		return -ENOMEM;
	case BT_HCI_ERR_CONN_LIMIT_EXCEEDED:
		return -ECONNREFUSED;
	case BT_HCI_ERR_CMD_DISALLOWED:
		return -EACCES;
	case BT_HCI_ERR_INVALID_PARAM:
		return -EINVAL;
	default:
		return -EIO;
	}
}
