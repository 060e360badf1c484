/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include <zephyr/bluetooth/hci.h>
#include <zephyr/sys/byteorder.h>

#include "adv_cmd.h"
#include "adv_param.h"
#include "hci_core.h"
#include "host.h"

/* PHY options of [v2] of LE Set Extended Advertising Parameters. */
#define PHY_OPTION_REQUIRE_S2 0x03
#define PHY_OPTION_REQUIRE_S8 0x04

/* ---- Parameters ---- */

static bool has(const struct bt_le_adv_param *param, uint32_t options)
{
	return (param->options & options) != 0;
}

static uint16_t props(const struct bt_le_adv_param *param, bool scannable)
{
	uint16_t p = 0;

	p |= adv_param__connectable(param) ? BT_HCI_LE_ADV_PROP_CONN : 0;
	p |= scannable ? BT_HCI_LE_ADV_PROP_SCAN : 0;
	p |= param->peer != NULL ? BT_HCI_LE_ADV_PROP_DIRECT : 0;
	p |= adv_param__high_duty(param) ? BT_HCI_LE_ADV_PROP_HI_DC_CONN : 0;
	p |= adv_param__extended(param) ? 0 : BT_HCI_LE_ADV_PROP_LEGACY;
	p |= has(param, BT_LE_ADV_OPT_ANONYMOUS) ? BT_HCI_LE_ADV_PROP_ANON : 0;
	p |= has(param, BT_LE_ADV_OPT_USE_TX_POWER) ? BT_HCI_LE_ADV_PROP_TX_POWER : 0;
	return p;
}

static uint8_t secondary_phy(struct bt_host *host, const struct bt_le_adv_param *param)
{
	if (has(param, BT_LE_ADV_OPT_CODED)) {
		return BT_HCI_LE_PHY_CODED;
	}
	if (!adv_param__extended(param) || has(param, BT_LE_ADV_OPT_NO_2M) ||
	    !hci__has_le_feature(host__hci(host), BT_LE_FEAT_BIT_PHY_2M)) {
		return BT_HCI_LE_PHY_1M;
	}
	return BT_HCI_LE_PHY_2M;
}

static uint8_t phy_option(const struct bt_le_adv_param *param)
{
	if (has(param, BT_LE_ADV_OPT_REQUIRE_S2_CODING)) {
		return PHY_OPTION_REQUIRE_S2;
	}
	return has(param, BT_LE_ADV_OPT_REQUIRE_S8_CODING) ? PHY_OPTION_REQUIRE_S8 : 0;
}

int adv_cmd__param(struct bt_host *host, uint8_t handle, const struct bt_le_adv_param *param,
		   bool scannable, uint8_t own_addr_type, int8_t *tx_power)
{
	struct hci_core *hci = host__hci(host);
	struct bt_hci_cp_le_set_ext_adv_param_v2 cp = {
		.v1 = {.handle = handle,
		       .props = sys_cpu_to_le16(props(param, scannable)),
		       .prim_channel_map = adv_param__channels(param),
		       .own_addr_type = own_addr_type,
		       .filter_policy = adv_param__filter_policy(param),
		       .tx_power = BT_HCI_LE_ADV_TX_POWER_NO_PREF,
		       .prim_adv_phy = has(param, BT_LE_ADV_OPT_CODED) ? BT_HCI_LE_PHY_CODED
								       : BT_HCI_LE_PHY_1M,
		       .sec_adv_max_skip = param->secondary_max_skip,
		       .sec_adv_phy = secondary_phy(host, param),
		       .sid = adv_param__extended(param) ? param->sid : 0,
		       .scan_req_notify_enable = has(param, BT_LE_ADV_OPT_NOTIFY_SCAN_REQ)},
		.prim_adv_phy_opt = phy_option(param),
		.sec_adv_phy_opt = phy_option(param),
	};
	bool v2 = phy_option(param) != 0;
	struct bt_hci_rp_le_set_ext_adv_param rp;
	int err;

	if ((has(param, BT_LE_ADV_OPT_CODED) &&
	     !hci__has_le_feature(hci, BT_LE_FEAT_BIT_PHY_CODED)) ||
	    (v2 && !hci__has_le_feature(hci, BT_LE_FEAT_BIT_ADV_CODING_SEL))) {
		return -ENOTSUP;
	}
	/* High duty cycle has no interval; some controllers check it all the same. */
	sys_put_le24(adv_param__high_duty(param) ? BT_HCI_LE_PRIM_ADV_INTERVAL_MIN
						 : param->interval_min,
		     cp.v1.prim_min_interval);
	sys_put_le24(adv_param__high_duty(param) ? BT_HCI_LE_PRIM_ADV_INTERVAL_MIN
						 : param->interval_max,
		     cp.v1.prim_max_interval);
	if (param->peer != NULL) {
		bt_addr_le_copy(&cp.v1.peer_addr, param->peer);
	}
	err = hci__cmd_read(hci,
			    v2 ? BT_HCI_OP_LE_SET_EXT_ADV_PARAM_V2 : BT_HCI_OP_LE_SET_EXT_ADV_PARAM,
			    &cp, v2 ? sizeof(cp) : sizeof(cp.v1), &rp, sizeof(rp));
	if (err == 0 && tx_power != NULL) {
		*tx_power = rp.tx_power;
	}
	return err;
}

/* ---- Data ---- */

size_t adv_cmd__fragment_max(enum adv_cmd_data kind)
{
	return kind == ADV_CMD_DATA_PERIODIC ? BT_HCI_LE_PER_ADV_FRAG_MAX_LEN
					     : BT_HCI_LE_EXT_ADV_FRAG_MAX_LEN;
}

/* Cuts data into commands. */
struct writer {
	struct bt_host *host;
	uint8_t handle;
	enum adv_cmd_data kind;
	size_t left; /* Of all the data, not yet sent. */
	bool begun;
	size_t len; /* In the fragment. */
	uint8_t fragment[BT_HCI_LE_PER_ADV_FRAG_MAX_LEN];
};

static uint8_t operation(const struct writer *w)
{
	bool last = w->len == w->left;

	if (!w->begun) {
		return last ? BT_HCI_LE_EXT_ADV_OP_COMPLETE_DATA : BT_HCI_LE_EXT_ADV_OP_FIRST_FRAG;
	}
	return last ? BT_HCI_LE_EXT_ADV_OP_LAST_FRAG : BT_HCI_LE_EXT_ADV_OP_INTERM_FRAG;
}

static int flush(struct writer *w)
{
	static const uint16_t opcodes[] = {
		[ADV_CMD_DATA_AD] = BT_HCI_OP_LE_SET_EXT_ADV_DATA,
		[ADV_CMD_DATA_SCAN_RSP] = BT_HCI_OP_LE_SET_EXT_SCAN_RSP_DATA,
		[ADV_CMD_DATA_PERIODIC] = BT_HCI_OP_LE_SET_PER_ADV_DATA,
	};
	struct net_buf *buf = hci__cmd_alloc_wait(host__hci(w->host));
	int err;

	if (buf == NULL) {
		return -ENOMEM;
	}
	net_buf_add_u8(buf, w->handle);
	net_buf_add_u8(buf, operation(w));
	if (w->kind != ADV_CMD_DATA_PERIODIC) {
		/* As few PDUs as the data fits into. */
		net_buf_add_u8(buf, BT_HCI_LE_EXT_ADV_FRAG_DISABLED);
	}
	net_buf_add_u8(buf, (uint8_t)w->len);
	net_buf_add_mem(buf, w->fragment, w->len);
	err = hci__cmd_send_sync(host__hci(w->host), opcodes[w->kind], buf, NULL);
	w->begun = true;
	w->left -= w->len;
	w->len = 0;
	return err;
}

static int put(struct writer *w, const uint8_t *bytes, size_t len)
{
	while (len > 0) {
		size_t n = MIN(len, adv_cmd__fragment_max(w->kind) - w->len);

		memcpy(&w->fragment[w->len], bytes, n);
		w->len += n;
		bytes += n;
		len -= n;
		/* The last fragment waits for the end, where it is known for the last. */
		if (w->len == adv_cmd__fragment_max(w->kind) && w->len < w->left) {
			int err = flush(w);

			if (err != 0) {
				return err;
			}
		}
	}
	return 0;
}

static int put_element(struct writer *w, const struct bt_data *element)
{
	uint8_t head[] = {(uint8_t)(element->data_len + 1), element->type};
	int err = put(w, head, sizeof(head));

	return err != 0 ? err : put(w, element->data, element->data_len);
}

int adv_cmd__data(struct bt_host *host, uint8_t handle, enum adv_cmd_data kind,
		  const struct bt_data *elements, size_t count, const struct bt_data *name)
{
	struct writer w = {
		.host = host,
		.handle = handle,
		.kind = kind,
		.left = bt_data_get_len(elements, count) +
			(name != NULL ? bt_data_get_len(name, 1) : 0),
	};
	int err = 0;

	for (size_t i = 0; i < count && err == 0; i++) {
		err = put_element(&w, &elements[i]);
	}
	if (err == 0 && name != NULL) {
		err = put_element(&w, name);
	}
	return err != 0 ? err : flush(&w);
}

int adv_cmd__data_raw(struct bt_host *host, uint8_t handle, enum adv_cmd_data kind,
		      const uint8_t *data, size_t len)
{
	struct writer w = {.host = host, .handle = handle, .kind = kind, .left = len};
	int err = put(&w, data, len);

	return err != 0 ? err : flush(&w);
}

/* ---- On and off ---- */

struct enable {
	uint8_t enable;
	uint8_t set_num;
	struct bt_hci_ext_adv_set set;
} __packed;

BUILD_ASSERT(sizeof(struct enable) ==
	     sizeof(struct bt_hci_cp_le_set_ext_adv_enable) + sizeof(struct bt_hci_ext_adv_set));

int adv_cmd__enable(struct bt_host *host, uint8_t handle, uint16_t duration, uint8_t events)
{
	struct enable cp = {
		.enable = BT_HCI_LE_ADV_ENABLE,
		.set_num = 1,
		.set = {.handle = handle,
			.duration = sys_cpu_to_le16(duration),
			.max_ext_adv_evts = events},
	};
	int err = hci__cmd_sync(host__hci(host), BT_HCI_OP_LE_SET_EXT_ADV_ENABLE, &cp, sizeof(cp));

	if (err == -ETIMEDOUT) {
		/* It may be advertising for all we know. */
		cp.enable = BT_HCI_LE_ADV_DISABLE;
		(void)hci__cmd_async(host__hci(host), BT_HCI_OP_LE_SET_EXT_ADV_ENABLE, &cp,
				     sizeof(cp), NULL, NULL);
	}
	return err;
}

int adv_cmd__disable(struct bt_host *host, uint8_t handle)
{
	struct enable cp = {
		.enable = BT_HCI_LE_ADV_DISABLE, .set_num = 1, .set = {.handle = handle}};

	return hci__cmd_sync(host__hci(host), BT_HCI_OP_LE_SET_EXT_ADV_ENABLE, &cp, sizeof(cp));
}

int adv_cmd__remove(struct bt_host *host, uint8_t handle)
{
	struct bt_hci_cp_le_remove_adv_set cp = {.handle = handle};

	return hci__cmd_sync(host__hci(host), BT_HCI_OP_LE_REMOVE_ADV_SET, &cp, sizeof(cp));
}

/* That there was no such set is as good. */
static void removed(struct bt_host *host, void *user, int err, uint8_t status,
		    struct net_buf_simple *rsp)
{
}

void adv_cmd__remove_later(struct bt_host *host, uint8_t handle)
{
	const struct bt_hci_cp_le_remove_adv_set cp = {.handle = handle};

	(void)hci__cmd_async(host__hci(host), BT_HCI_OP_LE_REMOVE_ADV_SET, &cp, sizeof(cp), removed,
			     NULL);
}
