/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include <zephyr/bluetooth/gap.h>
#include <zephyr/logging/log.h>
#include <zephyr/sys/byteorder.h>

#include "hci_state.h"

LOG_MODULE_DECLARE(bt_hci);

/*
 * Reset and set-up of the controller, in the order of Core 6.0 Vol 6 Part D 2.1: one function a
 * step, in the table at the end. A step that a controller may lack asks for it first.
 */

/* Of the LMP features: LE Supported (Controller), Core 6.0 Vol 2 Part C 3.2. */
#define LMP_FEATURE_LE_OCTET 4
#define LMP_FEATURE_LE_BIT   6

/* What the application knows of its controller and the host does not; before the reset, as in
 * Zephyr, because some need a firmware to understand that. */
static int run_setup(struct hci_core *hci)
{
	int err;

	if (hci->setup == NULL) {
		return 0;
	}
	hci->setting_up = true;
	err = hci->setup(hci->host, hci->transport, hci->setup_user);
	hci->setting_up = false;
	return err;
}

static int reset(struct hci_core *hci)
{
	return hci__cmd_sync(hci, BT_HCI_OP_RESET, NULL, 0);
}

static int read_version(struct hci_core *hci)
{
	struct bt_hci_rp_read_local_version_info rp;
	int err = hci__cmd_read(hci, BT_HCI_OP_READ_LOCAL_VERSION_INFO, NULL, 0, &rp, sizeof(rp));

	if (err == 0) {
		hci->info.hci_version = rp.hci_version;
		hci->info.hci_revision = sys_le16_to_cpu(rp.hci_revision);
		hci->info.lmp_version = rp.lmp_version;
		hci->info.lmp_subversion = sys_le16_to_cpu(rp.lmp_subversion);
		hci->info.manufacturer = sys_le16_to_cpu(rp.manufacturer);
		hci_quirks__find(hci);
	}
	return err;
}

static int read_commands(struct hci_core *hci)
{
	struct bt_hci_rp_read_supported_commands rp;
	int err = hci__cmd_read(hci, BT_HCI_OP_READ_SUPPORTED_COMMANDS, NULL, 0, &rp, sizeof(rp));

	if (err == 0) {
		memcpy(hci->info.commands, rp.commands, sizeof(rp.commands));
		hci_quirks__commands(hci, hci->info.commands);
	}
	return err;
}

static int check_le(struct hci_core *hci)
{
	struct bt_hci_rp_read_local_features rp;
	int err = hci__cmd_read(hci, BT_HCI_OP_READ_LOCAL_FEATURES, NULL, 0, &rp, sizeof(rp));

	if (err == 0 && (rp.features[LMP_FEATURE_LE_OCTET] & BIT(LMP_FEATURE_LE_BIT)) == 0) {
		LOG_ERR("the controller %s does not support LE", hci->transport->name);
		err = -ENODEV;
	}
	return err;
}

static int read_le_features(struct hci_core *hci)
{
	struct bt_hci_rp_le_read_local_features rp;
	int err = hci__cmd_read(hci, BT_HCI_OP_LE_READ_LOCAL_FEATURES, NULL, 0, &rp, sizeof(rp));

	if (err == 0) {
		memcpy(hci->info.le_features, rp.features, sizeof(rp.features));
		hci_quirks__features(hci, hci->info.le_features);
	}
	return err;
}

/* Legacy commands and the extended ones that take their place, as octet and bit of 6.27. */
static const struct {
	uint8_t legacy_octet, legacy_bit, ext_octet, ext_bit;
} ext_commands[] = {
	{25, 5, 36, 2}, /* Set (Extended) Advertising Parameters */
	{25, 5, 36, 1}, /* Set Advertising Set Random Address */
	{25, 7, 36, 3}, /* Set (Extended) Advertising Data */
	{26, 0, 36, 4}, /* Set (Extended) Scan Response Data */
	{26, 1, 36, 5}, /* Set (Extended) Advertising Enable */
	{26, 1, 37, 0}, /* Remove Advertising Set */
	{26, 2, 37, 5}, /* Set (Extended) Scan Parameters */
	{26, 3, 37, 6}, /* Set (Extended) Scan Enable */
	{26, 4, 37, 7}, /* (Extended) Create Connection */
};

/* Extended commands alone are used where they can all that the legacy ones can. */
static bool ext_adv_complete(const struct hci_core *hci)
{
	if (!IS_ENABLED(CONFIG_BT_EXT_ADV) || !hci__has_le_feature(hci, BT_LE_FEAT_BIT_EXT_ADV)) {
		return false;
	}
	for (size_t i = 0; i < ARRAY_SIZE(ext_commands); i++) {
		if (hci__has_command(hci, ext_commands[i].legacy_octet,
				     ext_commands[i].legacy_bit) &&
		    !hci__has_command(hci, ext_commands[i].ext_octet, ext_commands[i].ext_bit)) {
			return false;
		}
	}
	return true;
}

static int read_ext_adv(struct hci_core *hci)
{
	struct bt_hci_rp_le_read_max_adv_data_len len = {0};
	struct bt_hci_rp_le_read_num_adv_sets sets = {0};
	int err = 0;

	hci->info.ext_adv = ext_adv_complete(hci);
	hci->info.max_adv_data_len = BT_GAP_ADV_MAX_ADV_DATA_LEN;
	if (!hci->info.ext_adv) {
		return 0;
	}
	if (hci__has_command(hci, 36, 6)) {
		err = hci__cmd_read(hci, BT_HCI_OP_LE_READ_MAX_ADV_DATA_LEN, NULL, 0, &len,
				    sizeof(len));
		hci->info.max_adv_data_len =
			CLAMP(sys_le16_to_cpu(len.max_adv_data_len), BT_GAP_ADV_MAX_ADV_DATA_LEN,
			      BT_GAP_ADV_MAX_EXT_ADV_DATA_LEN);
	}
	if (err == 0 && hci__has_command(hci, 36, 7)) {
		err = hci__cmd_read(hci, BT_HCI_OP_LE_READ_NUM_ADV_SETS, NULL, 0, &sets,
				    sizeof(sets));
		hci->info.adv_sets = sets.num_sets;
	}
	return err;
}

static int read_shared_buffer_size(struct hci_core *hci)
{
	struct bt_hci_rp_read_buffer_size rp;
	int err = hci__cmd_read(hci, BT_HCI_OP_READ_BUFFER_SIZE, NULL, 0, &rp, sizeof(rp));

	if (err == 0) {
		hci->info.acl_len = sys_le16_to_cpu(rp.acl_max_len);
		hci->info.acl_count = sys_le16_to_cpu(rp.acl_max_num);
	}
	return err;
}

static int read_buffer_size(struct hci_core *hci)
{
	struct bt_hci_rp_le_read_buffer_size rp;
	int err = hci__cmd_read(hci, BT_HCI_OP_LE_READ_BUFFER_SIZE, NULL, 0, &rp, sizeof(rp));

	if (err == 0) {
		hci->info.acl_len = sys_le16_to_cpu(rp.le_max_len);
		hci->info.acl_count = rp.le_max_num;
		/* 0: LE shares the buffers of BR/EDR, Core 6.0 Vol 4 Part E 7.8.2. */
		if (hci->info.acl_len == 0 || hci->info.acl_count == 0) {
			err = read_shared_buffer_size(hci);
		}
	}
	if (err == 0) {
		hci_quirks__buffers(hci, &hci->info.acl_len, &hci->info.acl_count);
	}
	if (err == 0 && (hci->info.acl_len < BT_GAP_DATA_LEN_DEFAULT || hci->info.acl_count == 0)) {
		LOG_ERR("the controller %s has %u buffers of %u bytes", hci->transport->name,
			hci->info.acl_count, hci->info.acl_len);
		err = -ENODEV;
	}
	return err;
}

static int read_accept_list_size(struct hci_core *hci)
{
	struct bt_hci_rp_le_read_fal_size rp;
	int err = hci__cmd_read(hci, BT_HCI_OP_LE_READ_FAL_SIZE, NULL, 0, &rp, sizeof(rp));

	if (err == 0) {
		hci->info.accept_list_size = rp.fal_size;
	}
	return err;
}

static int read_states(struct hci_core *hci)
{
	struct bt_hci_rp_le_read_supp_states rp;
	int err;

	if (!hci__has_command(hci, 28, 3)) {
		return 0;
	}
	err = hci__cmd_read(hci, BT_HCI_OP_LE_READ_SUPP_STATES, NULL, 0, &rp, sizeof(rp));
	if (err == 0) {
		hci->info.le_states = sys_get_le64(rp.le_states);
	}
	return err;
}

static int set_event_mask(struct hci_core *hci)
{
	struct bt_hci_cp_set_event_mask cp;
	uint64_t mask = BT_EVT_MASK_DISCONN_COMPLETE | BT_EVT_MASK_REMOTE_VERSION_INFO |
			BT_EVT_MASK_HARDWARE_ERROR | BT_EVT_MASK_DATA_BUFFER_OVERFLOW |
			BT_EVT_MASK_LE_META_EVENT;

	if (hci__has_le_feature(hci, BT_LE_FEAT_BIT_ENC)) {
		mask |= BT_EVT_MASK_ENCRYPT_CHANGE | BT_EVT_MASK_ENCRYPT_KEY_REFRESH_COMPLETE;
	}
	sys_put_le64(mask, cp.events);
	return hci__cmd_sync(hci, BT_HCI_OP_SET_EVENT_MASK, &cp, sizeof(cp));
}

static uint64_t ext_event_mask(const struct hci_core *hci)
{
	uint64_t mask = 0;

	if (hci__uses_ext(hci)) {
		mask |= BT_EVT_MASK_LE_EXT_ADVERTISING_REPORT | BT_EVT_MASK_LE_ADV_SET_TERMINATED |
			BT_EVT_MASK_LE_SCAN_REQ_RECEIVED;
	}
	if (hci__uses_ext(hci) && hci__has_le_feature(hci, BT_LE_FEAT_BIT_PER_ADV)) {
		mask |= BT_EVT_MASK_LE_PER_ADV_SYNC_ESTABLISHED |
			BT_EVT_MASK_LE_PER_ADVERTISING_REPORT | BT_EVT_MASK_LE_PER_ADV_SYNC_LOST;
	}
	if (hci__uses_ext(hci) && hci__has_le_feature(hci, BT_LE_FEAT_BIT_PAST_RECV)) {
		mask |= BT_EVT_MASK_LE_PAST_RECEIVED;
	}
	return mask;
}

static int set_le_event_mask(struct hci_core *hci)
{
	struct bt_hci_cp_le_set_event_mask cp;
	uint64_t mask = BT_EVT_MASK_LE_CONN_COMPLETE | BT_EVT_MASK_LE_ADVERTISING_REPORT |
			BT_EVT_MASK_LE_CONN_UPDATE_COMPLETE | BT_EVT_MASK_LE_REMOTE_FEAT_COMPLETE |
			ext_event_mask(hci);

	if (hci__has_le_feature(hci, BT_LE_FEAT_BIT_ENC)) {
		mask |= BT_EVT_MASK_LE_LTK_REQUEST;
	}
	if (hci__has_le_feature(hci, BT_LE_FEAT_BIT_PRIVACY)) {
		mask |= BT_EVT_MASK_LE_ENH_CONN_COMPLETE;
	}
	if (hci__has_le_feature(hci, BT_LE_FEAT_BIT_CONN_PARAM_REQ)) {
		mask |= BT_EVT_MASK_LE_CONN_PARAM_REQ;
	}
	if (hci__has_le_feature(hci, BT_LE_FEAT_BIT_DLE)) {
		mask |= BT_EVT_MASK_LE_DATA_LEN_CHANGE;
	}
	if (hci__has_le_feature(hci, BT_LE_FEAT_BIT_PHY_2M) ||
	    hci__has_le_feature(hci, BT_LE_FEAT_BIT_PHY_CODED)) {
		mask |= BT_EVT_MASK_LE_PHY_UPDATE_COMPLETE;
	}
	sys_put_le64(mask, cp.events);
	return hci__cmd_sync(hci, BT_HCI_OP_LE_SET_EVENT_MASK, &cp, sizeof(cp));
}

/* New links get the longest packets that the controller can do. */
static int set_data_length(struct hci_core *hci)
{
	struct bt_hci_rp_le_read_max_data_len rp;
	struct bt_hci_cp_le_write_default_data_len cp;
	int err;

	if (!hci__has_le_feature(hci, BT_LE_FEAT_BIT_DLE)) {
		hci->info.max_tx_octets = BT_GAP_DATA_LEN_DEFAULT;
		hci->info.max_rx_octets = BT_GAP_DATA_LEN_DEFAULT;
		hci->info.max_tx_time = BT_GAP_DATA_TIME_DEFAULT;
		hci->info.max_rx_time = BT_GAP_DATA_TIME_DEFAULT;
		return 0;
	}
	err = hci__cmd_read(hci, BT_HCI_OP_LE_READ_MAX_DATA_LEN, NULL, 0, &rp, sizeof(rp));
	if (err != 0) {
		return err;
	}
	hci->info.max_tx_octets = sys_le16_to_cpu(rp.max_tx_octets);
	hci->info.max_tx_time = sys_le16_to_cpu(rp.max_tx_time);
	hci->info.max_rx_octets = sys_le16_to_cpu(rp.max_rx_octets);
	hci->info.max_rx_time = sys_le16_to_cpu(rp.max_rx_time);
	cp.max_tx_octets = rp.max_tx_octets;
	cp.max_tx_time = rp.max_tx_time;
	return hci__cmd_sync(hci, BT_HCI_OP_LE_WRITE_DEFAULT_DATA_LEN, &cp, sizeof(cp));
}

/* A peer may choose any PHY that both have. */
static int set_phy(struct hci_core *hci)
{
	static const struct bt_hci_cp_le_set_default_phy cp = {
		.all_phys = BT_HCI_LE_PHY_TX_ANY | BT_HCI_LE_PHY_RX_ANY,
	};

	if (!hci__has_command(hci, 35, 5)) {
		return 0;
	}
	return hci__cmd_sync(hci, BT_HCI_OP_LE_SET_DEFAULT_PHY, &cp, sizeof(cp));
}

static int set_flow_control(struct hci_core *hci)
{
	static const struct bt_hci_cp_set_ctl_to_host_flow enable = {
		.flow_enable = BT_HCI_CTL_TO_HOST_FLOW_ENABLE,
	};
	struct bt_hci_cp_host_buffer_size size = {
		.acl_mtu = sys_cpu_to_le16(HCI_ACL_BUF_SIZE - 1 - BT_HCI_ACL_HDR_SIZE),
		.acl_pkts = sys_cpu_to_le16(CONFIG_BT_BUF_ACL_RX_COUNT),
	};
	int err;

	if (!IS_ENABLED(CONFIG_BT_HCI_ACL_FLOW_CONTROL) || !hci__has_command(hci, 10, 5) ||
	    !hci__has_command(hci, 10, 6) || !hci__has_command(hci, 10, 7)) {
		return 0;
	}
	err = hci__cmd_sync(hci, BT_HCI_OP_HOST_BUFFER_SIZE, &size, sizeof(size));
	if (err == 0) {
		err = hci__cmd_sync(hci, BT_HCI_OP_SET_CTL_TO_HOST_FLOW, &enable, sizeof(enable));
	}
	hci->flow_on = err == 0;
	return err;
}

struct step {
	const char *name;
	int (*run)(struct hci_core *hci);
};

static const struct step steps[] = {
	{"the set-up hook", run_setup},
	{"Reset", reset},
	{"Read Local Version Information", read_version},
	{"Read Local Supported Commands", read_commands},
	{"Read Local Supported Features", check_le},
	{"LE Read Local Supported Features", read_le_features},
	{"extended advertising", read_ext_adv},
	{"LE Read Buffer Size", read_buffer_size},
	{"LE Read Filter Accept List Size", read_accept_list_size},
	{"LE Read Supported States", read_states},
	{"Set Event Mask", set_event_mask},
	{"LE Set Event Mask", set_le_event_mask},
	{"data length", set_data_length},
	{"LE Set Default PHY", set_phy},
	{"host flow control", set_flow_control},
};

int hci_init__run(struct hci_core *hci)
{
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		int err = steps[i].run(hci);

		if (err != 0) {
			LOG_ERR("setting up %s failed at %s: %d", hci->transport->name,
				steps[i].name, err);
			return err;
		}
	}
	hci->set_up = true;
	return 0;
}
