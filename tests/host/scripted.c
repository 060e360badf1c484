/* SPDX-License-Identifier: Apache-2.0 */
#include "host/scripted.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <favonius/sim.h>
#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/kernel.h>
#include <zephyr/sys/byteorder.h>

#include "host/hci_core.h"
#include "host/host.h"

/* Not a command of any group. */
#define NEVER_SENT 0x1234

/* ---- Upwards ---- */

static void pump(struct scripted *s)
{
	while (s->out_got != s->out_put && s->hci.client != NULL && !s->refused) {
		const uint8_t *pkt = s->out[s->out_got % SCRIPTED_OUT].data;
		uint16_t len = s->out[s->out_got % SCRIPTED_OUT].len;
		size_t hdr_len = pkt[0] == FAV_H4_ACL ? 4 : 2;
		struct net_buf *buf;

		if (pkt[0] == FAV_H4_EVT && pkt[1] == BT_HCI_EVT_LE_META_EVENT && len > 3) {
			hdr_len = 3;
		}
		buf = s->hci.client->alloc(s->hci.ctx, pkt[0], &pkt[1], hdr_len, len - 1);
		if (buf == NULL) {
			s->refused = true;
			return;
		}
		s->out_got++;
		net_buf_add_mem(buf, pkt, len);
		s->hci.client->recv(s->hci.ctx, buf);
	}
}

static void irq_handler(struct fav_irq *irq)
{
	pump(CONTAINER_OF(irq, struct scripted, irq));
}

void scripted_raw(struct scripted *s, const void *packet, size_t len)
{
	assert_true(len <= SCRIPTED_PKT);
	assert_true(s->out_put - s->out_got < SCRIPTED_OUT);
	s->out[s->out_put % SCRIPTED_OUT].len = (uint16_t)len;
	memcpy(s->out[s->out_put % SCRIPTED_OUT].data, packet, len);
	s->out_put++;
	fav_irq_raise(&s->irq);
}

static void send_up(struct scripted *s, const void *head, size_t head_len, const void *body,
		    size_t body_len)
{
	uint8_t packet[SCRIPTED_PKT];

	assert_true(head_len + body_len <= sizeof(packet));
	memcpy(packet, head, head_len);
	if (body_len > 0) {
		memcpy(packet + head_len, body, body_len);
	}
	scripted_raw(s, packet, head_len + body_len);
}

void scripted_evt(struct scripted *s, uint8_t code, const void *params, size_t len)
{
	uint8_t head[] = {FAV_H4_EVT, code, (uint8_t)len};

	send_up(s, head, sizeof(head), params, len);
}

void scripted_le_evt(struct scripted *s, uint8_t subevent, const void *params, size_t len)
{
	uint8_t head[] = {FAV_H4_EVT, BT_HCI_EVT_LE_META_EVENT, (uint8_t)(len + 1), subevent};

	send_up(s, head, sizeof(head), params, len);
}

void scripted_acl_in(struct scripted *s, uint16_t handle, uint8_t flags, const void *data,
		     size_t len)
{
	uint8_t head[5] = {FAV_H4_ACL};

	sys_put_le16(bt_acl_handle_pack(handle, flags), &head[1]);
	sys_put_le16((uint16_t)len, &head[3]);
	send_up(s, head, sizeof(head), data, len);
}

void scripted_cmd_complete(struct scripted *s, uint8_t ncmd, uint16_t opcode, const void *rp,
			   size_t len)
{
	uint8_t head[] = {FAV_H4_EVT, BT_HCI_EVT_CMD_COMPLETE, (uint8_t)(3 + len),
			  ncmd,       opcode & 0xff,           opcode >> 8};

	send_up(s, head, sizeof(head), rp, len);
}

void scripted_cmd_status(struct scripted *s, uint8_t ncmd, uint16_t opcode, uint8_t status)
{
	uint8_t params[] = {status, ncmd, opcode & 0xff, opcode >> 8};

	scripted_evt(s, BT_HCI_EVT_CMD_STATUS, params, sizeof(params));
}

void scripted_complete(struct scripted *s, uint16_t handle, uint16_t count)
{
	uint8_t params[5] = {1};

	sys_put_le16(handle, &params[1]);
	sys_put_le16(count, &params[3]);
	assert_true(s->acl_in_hand >= count);
	s->acl_in_hand -= count;
	scripted_evt(s, BT_HCI_EVT_NUM_COMPLETED_PACKETS, params, sizeof(params));
}

void scripted_connected(struct scripted *s, uint8_t status, uint16_t handle, uint8_t role,
			const bt_addr_le_t *peer)
{
	struct bt_hci_evt_le_conn_complete evt = {
		.status = status,
		.handle = sys_cpu_to_le16(handle),
		.role = role,
		.interval = sys_cpu_to_le16(24),
		.supv_timeout = sys_cpu_to_le16(400),
	};

	if (peer != NULL) {
		evt.peer_addr = *peer;
	}
	scripted_le_evt(s, BT_HCI_EVT_LE_CONN_COMPLETE, &evt, sizeof(evt));
}

void scripted_disconnected(struct scripted *s, uint16_t handle, uint8_t reason)
{
	struct bt_hci_evt_disconn_complete evt = {
		.handle = sys_cpu_to_le16(handle),
		.reason = reason,
	};

	scripted_evt(s, BT_HCI_EVT_DISCONN_COMPLETE, &evt, sizeof(evt));
}

void scripted_report(struct scripted *s, uint8_t type, const bt_addr_le_t *addr, const void *data,
		     uint8_t len, int8_t rssi)
{
	uint8_t evt[255] = {1, type, addr->type};

	assert_true(len <= sizeof(evt) - 11);
	memcpy(&evt[3], addr->a.val, 6);
	evt[9] = len;
	if (len > 0) {
		memcpy(&evt[10], data, len);
	}
	evt[10 + len] = (uint8_t)rssi;
	scripted_le_evt(s, BT_HCI_EVT_LE_ADVERTISING_REPORT, evt, 11 + len);
}

void scripted_set_terminated(struct scripted *s, uint8_t status, uint8_t adv_handle,
			     uint16_t conn_handle, uint8_t events)
{
	struct bt_hci_evt_le_adv_set_terminated evt = {
		.status = status,
		.adv_handle = adv_handle,
		.conn_handle = sys_cpu_to_le16(conn_handle),
		.num_completed_ext_adv_evts = events,
	};

	scripted_le_evt(s, BT_HCI_EVT_LE_ADV_SET_TERMINATED, &evt, sizeof(evt));
}

void scripted_ext_report(struct scripted *s, struct bt_hci_evt_le_ext_advertising_info info,
			 const void *data, uint8_t len)
{
	uint8_t evt[255] = {1};

	assert_true(1 + sizeof(info) + len <= sizeof(evt) - 1);
	info.length = len;
	memcpy(&evt[1], &info, sizeof(info));
	if (len > 0) {
		memcpy(&evt[1 + sizeof(info)], data, len);
	}
	scripted_le_evt(s, BT_HCI_EVT_LE_EXT_ADVERTISING_REPORT, evt, 1 + sizeof(info) + len);
}

void scripted_lose(struct scripted *s, int err)
{
	s->hci.client->lost(s->hci.ctx, err);
}

/* ---- Sane answers ---- */

/* How a command is answered, and with what behind the status (and handle). */
enum kind {
	KIND_COMPLETE,        /* Command Complete, with a status alone. */
	KIND_COMPLETE_HANDLE, /* And the handle that the command began with. */
	KIND_READ,            /* And what read() fills in. */
	KIND_STATUS,          /* Command Status, then follow() sends an event. */
	KIND_NONE,            /* No answer at all. */
};

struct answer {
	uint16_t opcode;
	enum kind kind;
	/* Fills the return parameters after the status; returns how many bytes. */
	size_t (*read)(struct scripted *s, uint8_t *rp);
	void (*follow)(struct scripted *s, const struct scripted_cmd *cmd);
};

static uint16_t cmd_handle(const struct scripted_cmd *cmd)
{
	return sys_get_le16(cmd->params);
}

static size_t read_version(struct scripted *s, uint8_t *rp)
{
	struct bt_hci_rp_read_local_version_info v = {
		.hci_version = s->hci_version,
		.lmp_version = s->hci_version,
		.manufacturer = sys_cpu_to_le16(s->manufacturer),
		.lmp_subversion = sys_cpu_to_le16(s->lmp_subversion),
	};

	memcpy(rp, &v.hci_version, sizeof(v) - 1);
	return sizeof(v) - 1;
}

static size_t read_commands(struct scripted *s, uint8_t *rp)
{
	memcpy(rp, s->commands, sizeof(s->commands));
	return sizeof(s->commands);
}

static size_t read_lmp_features(struct scripted *s, uint8_t *rp)
{
	memcpy(rp, s->lmp_features, sizeof(s->lmp_features));
	return sizeof(s->lmp_features);
}

static size_t read_le_features(struct scripted *s, uint8_t *rp)
{
	memcpy(rp, s->le_features, sizeof(s->le_features));
	return sizeof(s->le_features);
}

static size_t read_bd_addr(struct scripted *s, uint8_t *rp)
{
	memcpy(rp, s->public_addr.val, 6);
	return 6;
}

static size_t read_le_buffer_size(struct scripted *s, uint8_t *rp)
{
	sys_put_le16(s->acl_len, rp);
	rp[2] = s->acl_count;
	return 3;
}

/* Of BR/EDR, asked for when LE has none of its own. */
static size_t read_buffer_size(struct scripted *s, uint8_t *rp)
{
	sys_put_le16(310, rp);
	rp[2] = 0;
	sys_put_le16(6, &rp[3]);
	sys_put_le16(0, &rp[5]);
	return 7;
}

static size_t read_fal_size(struct scripted *s, uint8_t *rp)
{
	rp[0] = s->accept_list_size;
	return 1;
}

static size_t read_rl_size(struct scripted *s, uint8_t *rp)
{
	rp[0] = s->resolving_list_size;
	return 1;
}

static size_t read_states(struct scripted *s, uint8_t *rp)
{
	memset(rp, 0xff, 8);
	return 8;
}

static size_t read_max_data_len(struct scripted *s, uint8_t *rp)
{
	sys_put_le16(251, &rp[0]);
	sys_put_le16(2120, &rp[2]);
	sys_put_le16(251, &rp[4]);
	sys_put_le16(2120, &rp[6]);
	return 8;
}

static size_t read_max_adv_data_len(struct scripted *s, uint8_t *rp)
{
	sys_put_le16(s->max_adv_data_len, rp);
	return 2;
}

static size_t read_num_adv_sets(struct scripted *s, uint8_t *rp)
{
	rp[0] = s->adv_sets;
	return 1;
}

/* LE Set Extended Advertising Parameters: the transmit power, dBm. */
static size_t read_selected_tx_power(struct scripted *s, uint8_t *rp)
{
	rp[0] = 7;
	return 1;
}

static size_t read_rand(struct scripted *s, uint8_t *rp)
{
	sys_put_le64(0x0123456789abcdefULL + s->cmd_count, rp);
	return 8;
}

static void follow_disconnect(struct scripted *s, const struct scripted_cmd *cmd)
{
	scripted_disconnected(s, cmd_handle(cmd), BT_HCI_ERR_LOCALHOST_TERM_CONN);
}

static void follow_cancel(struct scripted *s, const struct scripted_cmd *cmd)
{
	scripted_connected(s, BT_HCI_ERR_UNKNOWN_CONN_ID, 0, BT_HCI_ROLE_CENTRAL, NULL);
}

static void follow_version(struct scripted *s, const struct scripted_cmd *cmd)
{
	struct bt_hci_evt_remote_version_info evt = {
		.handle = sys_cpu_to_le16(cmd_handle(cmd)),
		.version = BT_HCI_VERSION_5_4,
		.manufacturer = sys_cpu_to_le16(0x05f1),
	};

	scripted_evt(s, BT_HCI_EVT_REMOTE_VERSION_INFO, &evt, sizeof(evt));
}

static void follow_features(struct scripted *s, const struct scripted_cmd *cmd)
{
	struct bt_hci_evt_le_remote_feat_complete evt = {
		.handle = sys_cpu_to_le16(cmd_handle(cmd)),
	};

	memcpy(evt.features, s->le_features, sizeof(evt.features));
	scripted_le_evt(s, BT_HCI_EVT_LE_REMOTE_FEAT_COMPLETE, &evt, sizeof(evt));
}

static void follow_update(struct scripted *s, const struct scripted_cmd *cmd)
{
	const struct hci_cp_le_conn_update *cp = (const void *)cmd->params;
	struct bt_hci_evt_le_conn_update_complete evt = {
		.handle = cp->handle,
		.interval = cp->conn_interval_max,
		.latency = cp->conn_latency,
		.supv_timeout = cp->supervision_timeout,
	};

	scripted_le_evt(s, BT_HCI_EVT_LE_CONN_UPDATE_COMPLETE, &evt, sizeof(evt));
}

static void follow_data_len(struct scripted *s, const struct scripted_cmd *cmd)
{
	const struct bt_hci_cp_le_set_data_len *cp = (const void *)cmd->params;
	struct bt_hci_evt_le_data_len_change evt = {
		.handle = cp->handle,
		.max_tx_octets = cp->tx_octets,
		.max_tx_time = cp->tx_time,
		.max_rx_octets = sys_cpu_to_le16(251),
		.max_rx_time = sys_cpu_to_le16(2120),
	};

	scripted_le_evt(s, BT_HCI_EVT_LE_DATA_LEN_CHANGE, &evt, sizeof(evt));
}

static void follow_phy(struct scripted *s, const struct scripted_cmd *cmd)
{
	struct bt_hci_evt_le_phy_update_complete evt = {
		.handle = sys_cpu_to_le16(cmd_handle(cmd)),
		.tx_phy = BT_HCI_LE_PHY_2M,
		.rx_phy = BT_HCI_LE_PHY_2M,
	};

	scripted_le_evt(s, BT_HCI_EVT_LE_PHY_UPDATE_COMPLETE, &evt, sizeof(evt));
}

static const struct answer answers[] = {
	{BT_HCI_OP_READ_LOCAL_VERSION_INFO, KIND_READ, read_version, NULL},
	{BT_HCI_OP_READ_SUPPORTED_COMMANDS, KIND_READ, read_commands, NULL},
	{BT_HCI_OP_READ_LOCAL_FEATURES, KIND_READ, read_lmp_features, NULL},
	{BT_HCI_OP_LE_READ_LOCAL_FEATURES, KIND_READ, read_le_features, NULL},
	{BT_HCI_OP_READ_BD_ADDR, KIND_READ, read_bd_addr, NULL},
	{BT_HCI_OP_LE_READ_BUFFER_SIZE, KIND_READ, read_le_buffer_size, NULL},
	{BT_HCI_OP_READ_BUFFER_SIZE, KIND_READ, read_buffer_size, NULL},
	{BT_HCI_OP_LE_READ_FAL_SIZE, KIND_READ, read_fal_size, NULL},
	{BT_HCI_OP_LE_READ_RL_SIZE, KIND_READ, read_rl_size, NULL},
	{BT_HCI_OP_LE_READ_SUPP_STATES, KIND_READ, read_states, NULL},
	{BT_HCI_OP_LE_READ_MAX_DATA_LEN, KIND_READ, read_max_data_len, NULL},
	{BT_HCI_OP_LE_READ_MAX_ADV_DATA_LEN, KIND_READ, read_max_adv_data_len, NULL},
	{BT_HCI_OP_LE_READ_NUM_ADV_SETS, KIND_READ, read_num_adv_sets, NULL},
	{BT_HCI_OP_LE_SET_EXT_ADV_PARAM, KIND_READ, read_selected_tx_power, NULL},
	{BT_HCI_OP_LE_SET_EXT_ADV_PARAM_V2, KIND_READ, read_selected_tx_power, NULL},
	{BT_HCI_OP_LE_RAND, KIND_READ, read_rand, NULL},
	{BT_HCI_OP_HOST_NUM_COMPLETED_PACKETS, KIND_NONE, NULL, NULL},
	{BT_HCI_OP_DISCONNECT, KIND_STATUS, NULL, follow_disconnect},
	{BT_HCI_OP_READ_REMOTE_VERSION_INFO, KIND_STATUS, NULL, follow_version},
	{BT_HCI_OP_LE_CREATE_CONN, KIND_STATUS, NULL, NULL},
	{BT_HCI_OP_LE_EXT_CREATE_CONN, KIND_STATUS, NULL, NULL},
	{BT_HCI_OP_LE_PER_ADV_CREATE_SYNC, KIND_STATUS, NULL, NULL},
	{BT_HCI_OP_LE_CREATE_CONN_CANCEL, KIND_COMPLETE, NULL, follow_cancel},
	{BT_HCI_OP_LE_CONN_UPDATE, KIND_STATUS, NULL, follow_update},
	{BT_HCI_OP_LE_READ_REMOTE_FEATURES, KIND_STATUS, NULL, follow_features},
	{BT_HCI_OP_LE_SET_PHY, KIND_STATUS, NULL, follow_phy},
	{BT_HCI_OP_LE_SET_DATA_LEN, KIND_COMPLETE_HANDLE, NULL, follow_data_len},
	{BT_HCI_OP_LE_CONN_PARAM_REQ_REPLY, KIND_COMPLETE_HANDLE, NULL, NULL},
	{BT_HCI_OP_LE_CONN_PARAM_REQ_NEG_REPLY, KIND_COMPLETE_HANDLE, NULL, NULL},
};

static const struct answer *find_answer(uint16_t opcode)
{
	static const struct answer plain = {0, KIND_COMPLETE, NULL, NULL};

	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		if (answers[i].opcode == opcode) {
			return &answers[i];
		}
	}
	return &plain;
}

static void answer_as(struct scripted *s, const struct scripted_cmd *cmd, uint16_t opcode,
		      uint8_t status, uint8_t ncmd)
{
	const struct answer *a = find_answer(cmd->opcode);
	uint8_t rp[255] = {status};
	size_t len = 1;

	switch (a->kind) {
	case KIND_NONE:
		return;
	case KIND_STATUS:
		scripted_cmd_status(s, ncmd, opcode, status);
		break;
	case KIND_COMPLETE_HANDLE:
		memcpy(&rp[1], cmd->params, 2);
		len = 3;
		scripted_cmd_complete(s, ncmd, opcode, rp, len);
		break;
	case KIND_READ:
		len += a->read(s, &rp[1]);
		scripted_cmd_complete(s, ncmd, opcode, rp, len);
		break;
	default:
		scripted_cmd_complete(s, ncmd, opcode, rp, len);
	}
	if (a->follow != NULL && status == 0 && opcode == cmd->opcode && !s->no_follow_up) {
		a->follow(s, cmd);
	}
}

static void late_handler(struct fav_timeout *t)
{
	struct scripted *s = CONTAINER_OF(t, struct scripted, late);

	answer_as(s, &s->late_cmd, s->late_cmd.opcode, 0, 1);
}

/* ---- Rules ---- */

static struct scripted_rule decide(struct scripted *s, uint16_t opcode)
{
	for (size_t i = 0; i < s->rule_count; i++) {
		struct scripted_rule *rule = &s->rules[i];

		if (rule->opcode != 0 && rule->opcode != opcode) {
			continue;
		}
		if (rule->nth == 0) {
			return *rule;
		}
		/* Counted down to 1, which is its turn, then past it for good. */
		if (rule->nth != UINT32_MAX && --rule->nth == 0) {
			rule->nth = UINT32_MAX;
			return *rule;
		}
	}
	return (struct scripted_rule){.deed = SCRIPTED_ANSWER};
}

static bool is_legacy_command(uint16_t opcode)
{
	return opcode >= BT_HCI_OP_LE_SET_ADV_PARAM && opcode <= BT_HCI_OP_LE_CREATE_CONN;
}

static bool is_ext_command(uint16_t opcode)
{
	return (opcode >= BT_HCI_OP_LE_SET_ADV_SET_RANDOM_ADDR &&
		opcode <= BT_HCI_OP_LE_READ_PER_ADV_LIST_SIZE) ||
	       opcode == BT_HCI_OP_LE_SET_EXT_ADV_PARAM_V2;
}

/* Whether a command is of the kind that is not in use; of the other it notes that it is. */
static bool is_mixed(struct scripted *s, uint16_t opcode)
{
	if (opcode == BT_HCI_OP_RESET) {
		s->legacy_used = false;
		s->ext_used = false;
	}
	if (is_legacy_command(opcode) ? s->ext_used : is_ext_command(opcode) && s->legacy_used) {
		return true;
	}
	s->legacy_used |= is_legacy_command(opcode);
	s->ext_used |= is_ext_command(opcode);
	return false;
}

static void obey(struct scripted *s, const struct scripted_cmd *cmd)
{
	struct scripted_rule rule = decide(s, cmd->opcode);
	uint8_t truncated = 1;

	if (is_mixed(s, cmd->opcode)) {
		rule = (struct scripted_rule){.deed = SCRIPTED_REFUSE,
					      .status = BT_HCI_ERR_CMD_DISALLOWED};
	}

	switch (rule.deed) {
	case SCRIPTED_ANSWER:
		answer_as(s, cmd, cmd->opcode, 0, 1);
		break;
	case SCRIPTED_REFUSE:
		answer_as(s, cmd, cmd->opcode, rule.status, 1);
		break;
	case SCRIPTED_SILENT:
		break;
	case SCRIPTED_TWICE:
		answer_as(s, cmd, cmd->opcode, 0, 1);
		answer_as(s, cmd, cmd->opcode, 0, 1);
		break;
	case SCRIPTED_WRONG_OPCODE:
		answer_as(s, cmd, NEVER_SENT, 0, 1);
		break;
	case SCRIPTED_SHORT:
		scripted_cmd_complete(s, 1, cmd->opcode, "", 1);
		break;
	case SCRIPTED_EMPTY:
		scripted_cmd_complete(s, 1, cmd->opcode, NULL, 0);
		break;
	case SCRIPTED_TRUNCATED:
		scripted_evt(s, BT_HCI_EVT_CMD_COMPLETE, &truncated, 1);
		break;
	case SCRIPTED_NO_CREDIT:
		answer_as(s, cmd, cmd->opcode, 0, 0);
		break;
	case SCRIPTED_LATE:
		s->late_cmd = *cmd;
		fav_timeout_start(&s->late, fav_now_us() + 1000ULL * rule.delay_ms);
		break;
	case SCRIPTED_LOSE:
		scripted_lose(s, -EPIPE);
		break;
	}
}

void scripted_rule(struct scripted *s, struct scripted_rule rule)
{
	assert_true(s->rule_count < SCRIPTED_RULES);
	s->rules[s->rule_count++] = rule;
}

void scripted_obey(struct scripted *s)
{
	s->rule_count = 0;
}

void scripted_refuse(struct scripted *s, uint16_t opcode, uint8_t status)
{
	scripted_rule(s, (struct scripted_rule){
				 .opcode = opcode, .deed = SCRIPTED_REFUSE, .status = status});
}

void scripted_silence(struct scripted *s, uint16_t opcode)
{
	scripted_rule(s, (struct scripted_rule){.opcode = opcode, .deed = SCRIPTED_SILENT});
}

/* ---- Downwards ---- */

static void take_command(struct scripted *s, const struct net_buf *buf)
{
	struct scripted_cmd *cmd = &s->log[s->cmd_count++ % SCRIPTED_LOG];

	cmd->opcode = sys_get_le16(&buf->data[1]);
	cmd->len = buf->data[3];
	memcpy(cmd->params, &buf->data[4], cmd->len);
	if (cmd->opcode == BT_HCI_OP_HOST_NUM_COMPLETED_PACKETS) {
		for (uint8_t i = 0; i < cmd->params[0]; i++) {
			s->host_completed += sys_get_le16(&cmd->params[3 + 4 * i]);
		}
	}
	obey(s, cmd);
}

static void take_acl(struct scripted *s, const struct net_buf *buf)
{
	uint16_t handle = sys_get_le16(&buf->data[1]);

	if (s->acl_packets < SCRIPTED_ACL) {
		struct scripted_acl_pkt *pkt = &s->acl[s->acl_packets];

		pkt->handle = handle;
		pkt->len = sys_get_le16(&buf->data[3]);
		memcpy(pkt->data, &buf->data[5], MIN(pkt->len, sizeof(pkt->data)));
	}
	s->acl_packets++;
	s->acl_in_hand++;
	s->acl_in_hand_max = MAX(s->acl_in_hand_max, s->acl_in_hand);
	if (!s->hold_completed) {
		scripted_complete(s, bt_acl_handle(handle), 1);
	}
}

static int scripted_open(struct fav_hci *hci)
{
	struct scripted *s = CONTAINER_OF(hci, struct scripted, hci);

	s->opens++;
	s->out_got = s->out_put;
	s->refused = false;
	s->acl_in_hand = 0;
	return 0;
}

static int scripted_send(struct fav_hci *hci, struct net_buf *buf)
{
	struct scripted *s = CONTAINER_OF(hci, struct scripted, hci);

	if (buf->data[0] == FAV_H4_CMD) {
		take_command(s, buf);
	} else {
		take_acl(s, buf);
	}
	net_buf_unref(buf);
	if (s->inside_send) {
		pump(s);
	}
	return 0;
}

static void scripted_rx_ready(struct fav_hci *hci)
{
	struct scripted *s = CONTAINER_OF(hci, struct scripted, hci);

	s->refused = false;
	fav_irq_raise(&s->irq);
}

static void scripted_close(struct fav_hci *hci)
{
	struct scripted *s = CONTAINER_OF(hci, struct scripted, hci);

	s->closes++;
	s->out_got = s->out_put;
	fav_irq_cancel(&s->irq);
	fav_timeout_stop(&s->late);
}

static const struct fav_hci_api api = {
	.open = scripted_open,
	.send = scripted_send,
	.rx_ready = scripted_rx_ready,
	.close = scripted_close,
};

void scripted_init(struct scripted *s)
{
	memset(s, 0, sizeof(*s));
	s->hci.api = &api;
	s->hci.name = "scripted";
	s->irq.handler = irq_handler;
	s->late.handler = late_handler;
	s->public_addr = (bt_addr_t){{0x55, 0x44, 0x33, 0x22, 0x11, 0x00}};
	s->hci_version = BT_HCI_VERSION_5_4;
	s->manufacturer = 0xffff; /* nobody's */
	memset(s->commands, 0xff, sizeof(s->commands));
	s->lmp_features[4] = 0x60; /* LE, and no BR/EDR */
	s->le_features[0] = BIT(BT_LE_FEAT_BIT_CONN_PARAM_REQ) | BIT(BT_LE_FEAT_BIT_DLE) |
			    BIT(BT_LE_FEAT_BIT_PER_INIT_FEAT_XCHG);
	s->le_features[1] = BIT(BT_LE_FEAT_BIT_PHY_2M - 8);
	s->acl_len = 251;
	s->acl_count = 8;
	s->accept_list_size = 8;
	s->resolving_list_size = 8;
	s->max_adv_data_len = 1650;
	s->adv_sets = 20;
}

void scripted_ext(struct scripted *s)
{
	s->le_features[1] |= BIT(BT_LE_FEAT_BIT_PHY_CODED - 8) | BIT(BT_LE_FEAT_BIT_EXT_ADV - 8) |
			     BIT(BT_LE_FEAT_BIT_PER_ADV - 8);
	s->le_features[3] |=
		BIT(BT_LE_FEAT_BIT_PAST_SEND - 24) | BIT(BT_LE_FEAT_BIT_PAST_RECV - 24);
}

/* ---- A test's frame ---- */

void scripted_begin(struct scripted *s)
{
	fav_sim_reset(1);
	assert_int_equal(fav_kernel_init(&fav_port_sim), 0);
	scripted_init(s);
	s->host = fav_host_create();
	assert_non_null(s->host);
	assert_int_equal(fav_host_hci_set(s->host, &s->hci), 0);
	fav_host_select(s->host);
}

void scripted_enable(struct scripted *s)
{
	fav_host_select(s->host);
	assert_int_equal(bt_enable(NULL), 0);
}

void scripted_up(struct scripted *s)
{
	scripted_begin(s);
	scripted_enable(s);
}

void scripted_down(struct scripted *s)
{
	struct fav_kernel_usage usage;
	int err;

	fav_host_select(s->host);
	err = bt_disable();
	assert_true(err == 0 || err == -EALREADY);
	scripted_settle();
	assert_int_equal(hci__buffers_used(host__hci(s->host)), 0);
	assert_int_equal(fav_host_destroy(s->host), 0);
	fav_kernel_usage_get(&usage);
	assert_int_equal(usage.timeouts, 0);
	assert_int_equal(usage.works, 0);
	assert_int_equal(usage.irqs, 0);
	assert_int_equal(usage.heap_blocks, 0);
}

void scripted_settle(void)
{
	/* It returns the present while work is left; work that makes work for ever is a bug. */
	for (int i = 0; i < 1000; i++) {
		if (fav_process() > fav_now_us()) {
			return;
		}
	}
	fail_msg("the loop does not come to rest");
}

void scripted_run_ms(uint32_t ms)
{
	scripted_settle();
	k_msleep((int32_t)ms);
	scripted_settle();
}

const struct scripted_cmd *scripted_sent(const struct scripted *s, uint16_t opcode)
{
	uint32_t first = s->cmd_count > SCRIPTED_LOG ? s->cmd_count - SCRIPTED_LOG : 0;

	for (uint32_t i = s->cmd_count; i > first; i--) {
		const struct scripted_cmd *cmd = &s->log[(i - 1) % SCRIPTED_LOG];

		if (cmd->opcode == opcode) {
			return cmd;
		}
	}
	return NULL;
}

const struct scripted_cmd *scripted_nth(const struct scripted *s, uint16_t opcode, uint32_t n)
{
	uint32_t first = s->cmd_count > SCRIPTED_LOG ? s->cmd_count - SCRIPTED_LOG : 0;

	for (uint32_t i = first; i < s->cmd_count; i++) {
		const struct scripted_cmd *cmd = &s->log[i % SCRIPTED_LOG];

		if (cmd->opcode == opcode && n-- == 0) {
			return cmd;
		}
	}
	return NULL;
}

uint32_t scripted_count(const struct scripted *s, uint16_t opcode)
{
	uint32_t first = s->cmd_count > SCRIPTED_LOG ? s->cmd_count - SCRIPTED_LOG : 0;
	uint32_t count = 0;

	for (uint32_t i = first; i < s->cmd_count; i++) {
		count += s->log[i % SCRIPTED_LOG].opcode == opcode;
	}
	return count;
}

void scripted_forget(struct scripted *s)
{
	s->cmd_count = 0;
	s->acl_packets = 0;
}
