/* SPDX-License-Identifier: Apache-2.0 */

/* Commands of encryption, Core 6.0 Vol 4 Part E 7.3.93, 7.3.94, 7.8.22 to 7.8.26. */

#include <string.h>

#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#include "controller/ctl.h"
#include "controller/hci_cmd.h"

static uint8_t le_encrypt(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			  uint8_t *rsp, uint64_t now_us)
{
	const struct bt_hci_cp_le_encrypt *cp = (const void *)params;
	uint8_t key[16], plain[16], cipher[16];
	int err;

	sys_memcpy_swap(key, cp->key, sizeof(key));
	sys_memcpy_swap(plain, cp->plaintext, sizeof(plain));
	err = crypto__aes(key, plain, cipher);
	sys_memcpy_swap(rsp, cipher, sizeof(cipher));
	crypto__wipe(key, sizeof(key));
	crypto__wipe(cipher, sizeof(cipher));
	return err == 0 ? BT_HCI_ERR_SUCCESS : BT_HCI_ERR_HW_FAILURE;
}

/* One at a time, and not into a disconnection. */
static bool may_encrypt(const struct ll_conn *conn)
{
	return conn->role == LL_CENTRAL && !ll__enc_busy(&conn->enc) &&
	       !(conn->ctrl.wanted & BIT(LL_PROC_ENC)) && conn->ctrl.terminate_reason == 0;
}

static uint8_t enable_encryption(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
				 uint8_t *rsp, uint64_t now_us)
{
	const struct bt_hci_cp_le_start_encryption *cp = (const void *)params;
	struct ll_conn *conn = ll__conn_get(ctl, sys_le16_to_cpu(cp->handle));

	if (conn == NULL) {
		return BT_HCI_ERR_UNKNOWN_CONN_ID;
	}
	if (!may_encrypt(conn)) {
		return BT_HCI_ERR_CMD_DISALLOWED;
	}
	ctl__cmd_reply(ctl);
	memcpy(conn->enc.rand, &cp->rand, sizeof(conn->enc.rand));
	memcpy(conn->enc.ediv, &cp->ediv, sizeof(conn->enc.ediv));
	ll__enc_want(conn, cp->ltk, now_us);
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t key_reply(struct fav_controller *ctl, const uint8_t *params, const uint8_t *ltk,
			 uint8_t *rsp, uint64_t now_us)
{
	struct ll_conn *conn = ll__conn_get(ctl, sys_get_le16(params));

	memcpy(rsp, params, 2);
	if (conn == NULL) {
		return BT_HCI_ERR_UNKNOWN_CONN_ID;
	}
	return ll__enc_key_reply(conn, ltk, now_us) ? BT_HCI_ERR_SUCCESS
						    : BT_HCI_ERR_CMD_DISALLOWED;
}

static uint8_t ltk_reply(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			 uint8_t *rsp, uint64_t now_us)
{
	return key_reply(ctl, params, params + 2, rsp, now_us);
}

static uint8_t ltk_neg_reply(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
			     uint8_t *rsp, uint64_t now_us)
{
	return key_reply(ctl, params, NULL, rsp, now_us);
}

static uint8_t read_payload_timeout(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
				    uint8_t *rsp, uint64_t now_us)
{
	const struct ll_conn *conn = ll__conn_get(ctl, sys_get_le16(params));

	memcpy(rsp, params, 2);
	if (conn == NULL) {
		return BT_HCI_ERR_UNKNOWN_CONN_ID;
	}
	sys_put_le16(conn->enc.payload_timeout, rsp + 2);
	return BT_HCI_ERR_SUCCESS;
}

static uint8_t write_payload_timeout(struct fav_controller *ctl, const uint8_t *params, uint8_t len,
				     uint8_t *rsp, uint64_t now_us)
{
	struct ll_conn *conn = ll__conn_get(ctl, sys_get_le16(params));
	uint16_t timeout = sys_get_le16(params + 2);

	memcpy(rsp, params, 2);
	if (conn == NULL) {
		return BT_HCI_ERR_UNKNOWN_CONN_ID;
	}
	/* 7.3.94: not below the time between two events of the peripheral; 10 ms and 1.25 ms. */
	if (timeout * 8U < (1U + conn->latency) * conn->interval) {
		return BT_HCI_ERR_INVALID_PARAM;
	}
	conn->enc.payload_timeout = timeout;
	ll__ping_restart(conn, now_us);
	return BT_HCI_ERR_SUCCESS;
}

static const struct ctl_cmd cmds[] = {
	{BT_HCI_OP_LE_ENCRYPT, 32, 16, 27, 6, CTL_COMPLETE, le_encrypt},
	{BT_HCI_OP_LE_START_ENCRYPTION, 28, 0, 28, 0, CTL_STATUS, enable_encryption},
	{BT_HCI_OP_LE_LTK_REQ_REPLY, 18, 2, 28, 1, CTL_COMPLETE, ltk_reply},
	{BT_HCI_OP_LE_LTK_REQ_NEG_REPLY, 2, 2, 28, 2, CTL_COMPLETE, ltk_neg_reply},
	{BT_HCI_OP_READ_AUTH_PAYLOAD_TIMEOUT, 2, 4, 32, 4, CTL_COMPLETE, read_payload_timeout},
	{BT_HCI_OP_WRITE_AUTH_PAYLOAD_TIMEOUT, 4, 2, 32, 5, CTL_COMPLETE, write_payload_timeout},
};

const struct ctl_cmd_table ctl__cmds_enc = {cmds, ARRAY_SIZE(cmds), CTL_ANY};
