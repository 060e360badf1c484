/* SPDX-License-Identifier: Apache-2.0 */
/* Advertising sets. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/conn.h>
#include <zephyr/bluetooth/hci.h>
#include <zephyr/kernel.h>
#include <zephyr/sys/byteorder.h>

#include "host/scripted.h"

#define SETS_MAX CONFIG_BT_EXT_ADV_MAX_ADV_SET

static struct scripted s;
static const bt_addr_le_t peer = {BT_ADDR_LE_RANDOM, {{1, 2, 3, 4, 5, 0xc6}}};
static struct bt_le_ext_adv *set;

static const struct bt_data flags[] = {
	BT_DATA_BYTES(BT_DATA_FLAGS, BT_LE_AD_GENERAL | BT_LE_AD_NO_BREDR),
};
static uint8_t bytes[256];

static struct {
	int sent, scanned, expired;
	uint8_t num_sent;
	bt_addr_le_t scanner;
	bool delete_it;
} got;

static void on_sent(struct bt_le_ext_adv *adv, struct bt_le_ext_adv_sent_info *info)
{
	assert_ptr_equal(fav_host_current(), s.host);
	got.sent++;
	got.num_sent = info->num_sent;
	if (got.delete_it) {
		assert_int_equal(bt_le_ext_adv_delete(adv), 0);
	}
}

static void on_scanned(struct bt_le_ext_adv *adv, struct bt_le_ext_adv_scanned_info *info)
{
	got.scanned++;
	got.scanner = *info->addr;
}

static const struct bt_le_ext_adv_cb cb = {.sent = on_sent, .scanned = on_scanned};

static int setup(void **state)
{
	memset(&got, 0, sizeof(got));
	for (size_t i = 0; i < sizeof(bytes); i++) {
		bytes[i] = (uint8_t)i;
	}
	set = NULL;
	scripted_begin(&s);
	scripted_ext(&s);
	scripted_enable(&s);
	scripted_forget(&s);
	return 0;
}

static int teardown(void **state)
{
	scripted_down(&s);
	return 0;
}

/* ---- What is sent ---- */

static const struct bt_hci_cp_le_set_ext_adv_param *param_sent(void)
{
	const struct scripted_cmd *cmd = scripted_sent(&s, BT_HCI_OP_LE_SET_EXT_ADV_PARAM);

	assert_non_null(cmd);
	assert_int_equal(cmd->len, sizeof(struct bt_hci_cp_le_set_ext_adv_param));
	return (const void *)cmd->params;
}

static const struct bt_hci_cp_le_set_ext_adv_enable *enable_sent(void)
{
	const struct scripted_cmd *cmd = scripted_sent(&s, BT_HCI_OP_LE_SET_EXT_ADV_ENABLE);

	assert_non_null(cmd);
	assert_int_equal(cmd->len, 6);
	return (const void *)cmd->params;
}

static int create(uint32_t options, const bt_addr_le_t *to)
{
	return bt_le_ext_adv_create(BT_LE_ADV_PARAM(options, 0x100, 0x200, to), &cb, &set);
}

/* Creates with these options, which must succeed; returns the properties that were sent. */
static uint16_t props_of(uint32_t options, const bt_addr_le_t *to)
{
	uint16_t props;

	assert_int_equal(create(options, to), 0);
	props = sys_le16_to_cpu(param_sent()->props);
	assert_int_equal(bt_le_ext_adv_delete(set), 0);
	return props;
}

static void a_set_is_made_with_all_it_was_given(void **state)
{
	struct bt_le_adv_param param = *BT_LE_EXT_ADV_CONN;
	const struct bt_hci_cp_le_set_ext_adv_param *cp;
	struct bt_le_ext_adv_info info;

	param.sid = 5;
	param.secondary_max_skip = 3;
	param.interval_max = 0xffffff;
	param.options |= BT_LE_ADV_OPT_DISABLE_CHAN_38 | BT_LE_ADV_OPT_FILTER_CONN;
	assert_int_equal(bt_le_ext_adv_create(&param, &cb, &set), 0);
	cp = param_sent();
	assert_int_equal(cp->handle, 0);
	assert_int_equal(sys_le16_to_cpu(cp->props), BT_HCI_LE_ADV_PROP_CONN);
	assert_int_equal(sys_get_le24(cp->prim_min_interval), BT_GAP_ADV_FAST_INT_MIN_2);
	assert_int_equal(sys_get_le24(cp->prim_max_interval), 0xffffff);
	assert_int_equal(cp->prim_channel_map, 5);
	assert_int_equal(cp->own_addr_type, BT_ADDR_LE_PUBLIC);
	assert_int_equal(cp->filter_policy, BT_LE_ADV_FP_FILTER_CONN_IND);
	assert_int_equal((uint8_t)cp->tx_power, BT_HCI_LE_ADV_TX_POWER_NO_PREF);
	assert_int_equal(cp->prim_adv_phy, BT_HCI_LE_PHY_1M);
	assert_int_equal(cp->sec_adv_phy, BT_HCI_LE_PHY_2M);
	assert_int_equal(cp->sec_adv_max_skip, 3);
	assert_int_equal(cp->sid, 5);
	assert_int_equal(cp->scan_req_notify_enable, 0);
	assert_int_equal(bt_le_ext_adv_get_info(set, &info), 0);
	assert_int_equal(info.id, BT_ID_DEFAULT);
	assert_int_equal(info.sid, 5);
	assert_int_equal(info.tx_power, 7);
	assert_int_equal(info.ext_adv_state, BT_LE_EXT_ADV_STATE_DISABLED);
	assert_int_equal(info.per_adv_state, BT_LE_PER_ADV_STATE_NONE);
	assert_ptr_equal(bt_le_ext_adv_lookup_addr(info.addr, 5), set);
	assert_null(bt_le_ext_adv_lookup_addr(info.addr, 4));
}

static void the_properties_follow_from_the_options(void **state)
{
	const uint32_t ext = BT_LE_ADV_OPT_EXT_ADV, conn = BT_LE_ADV_OPT_CONN;

	assert_int_equal(props_of(ext, NULL), 0);
	assert_int_equal(props_of(ext | BT_LE_ADV_OPT_SCANNABLE, NULL), BT_HCI_LE_ADV_PROP_SCAN);
	assert_int_equal(props_of(ext | BT_LE_ADV_OPT_ANONYMOUS, NULL), BT_HCI_LE_ADV_PROP_ANON);
	assert_int_equal(props_of(ext | BT_LE_ADV_OPT_USE_TX_POWER, NULL),
			 BT_HCI_LE_ADV_PROP_TX_POWER);
	assert_int_equal(props_of(ext, &peer), BT_HCI_LE_ADV_PROP_DIRECT);
	assert_int_equal(props_of(ext | conn, &peer),
			 BT_HCI_LE_ADV_PROP_DIRECT | BT_HCI_LE_ADV_PROP_CONN);
	/* Legacy PDUs. */
	assert_int_equal(props_of(0, NULL), BT_HCI_LE_ADV_PROP_LEGACY);
	assert_int_equal(props_of(conn, NULL), BT_HCI_LE_ADV_PROP_LEGACY | BT_HCI_LE_ADV_PROP_CONN |
						       BT_HCI_LE_ADV_PROP_SCAN);
	assert_int_equal(props_of(BT_LE_ADV_OPT_SCANNABLE, NULL),
			 BT_HCI_LE_ADV_PROP_LEGACY | BT_HCI_LE_ADV_PROP_SCAN);
	assert_int_equal(props_of(conn, &peer),
			 BT_HCI_LE_ADV_PROP_LEGACY | BT_HCI_LE_ADV_PROP_CONN |
				 BT_HCI_LE_ADV_PROP_DIRECT | BT_HCI_LE_ADV_PROP_HI_DC_CONN);
	assert_int_equal(props_of(conn | BT_LE_ADV_OPT_DIR_MODE_LOW_DUTY, &peer),
			 BT_HCI_LE_ADV_PROP_LEGACY | BT_HCI_LE_ADV_PROP_CONN |
				 BT_HCI_LE_ADV_PROP_DIRECT);
}

static void the_phys_follow_from_the_options(void **state)
{
	const struct scripted_cmd *cmd;

	assert_int_equal(create(BT_LE_ADV_OPT_EXT_ADV | BT_LE_ADV_OPT_NO_2M, NULL), 0);
	assert_int_equal(param_sent()->sec_adv_phy, BT_HCI_LE_PHY_1M);
	assert_int_equal(create(BT_LE_ADV_OPT_EXT_ADV | BT_LE_ADV_OPT_CODED, NULL), 0);
	assert_int_equal(param_sent()->prim_adv_phy, BT_HCI_LE_PHY_CODED);
	assert_int_equal(param_sent()->sec_adv_phy, BT_HCI_LE_PHY_CODED);
	assert_int_equal(create(BT_LE_ADV_OPT_EXT_ADV | BT_LE_ADV_OPT_CODED |
					BT_LE_ADV_OPT_REQUIRE_S8_CODING,
				NULL),
			 -ENOTSUP);
	assert_int_equal(bt_disable(), 0);
	s.le_features[5] |= BIT(BT_LE_FEAT_BIT_ADV_CODING_SEL - 40);
	s.le_features[1] &= ~BIT(BT_LE_FEAT_BIT_PHY_2M - 8);
	scripted_enable(&s);
	assert_int_equal(create(BT_LE_ADV_OPT_EXT_ADV, NULL), 0);
	assert_int_equal(param_sent()->sec_adv_phy, BT_HCI_LE_PHY_1M);
	assert_int_equal(create(BT_LE_ADV_OPT_EXT_ADV | BT_LE_ADV_OPT_CODED |
					BT_LE_ADV_OPT_REQUIRE_S8_CODING,
				NULL),
			 0);
	cmd = scripted_sent(&s, BT_HCI_OP_LE_SET_EXT_ADV_PARAM_V2);
	assert_non_null(cmd);
	assert_int_equal(cmd->len, sizeof(struct bt_hci_cp_le_set_ext_adv_param_v2));
	assert_int_equal(cmd->params[25], 4);
	assert_int_equal(cmd->params[26], 4);
}

static void a_private_set_has_a_fresh_address_of_its_own_at_each_start(void **state)
{
	const struct scripted_cmd *cmd;
	uint8_t first[6];

	assert_int_equal(create(BT_LE_ADV_OPT_EXT_ADV, NULL), 0);
	assert_int_equal(param_sent()->own_addr_type, BT_ADDR_LE_RANDOM);
	assert_int_equal(bt_le_ext_adv_start(set, NULL), 0);
	cmd = scripted_sent(&s, BT_HCI_OP_LE_SET_ADV_SET_RANDOM_ADDR);
	assert_non_null(cmd);
	assert_int_equal(cmd->params[0], 0);
	assert_int_equal(cmd->params[6] & 0xc0, 0);
	memcpy(first, &cmd->params[1], sizeof(first));
	assert_null(scripted_sent(&s, BT_HCI_OP_LE_SET_RANDOM_ADDRESS));
	assert_int_equal(bt_le_ext_adv_stop(set), 0);
	assert_int_equal(bt_le_ext_adv_start(set, NULL), 0);
	cmd = scripted_sent(&s, BT_HCI_OP_LE_SET_ADV_SET_RANDOM_ADDR);
	assert_memory_not_equal(first, &cmd->params[1], sizeof(first));
	assert_int_equal(create(BT_LE_ADV_OPT_EXT_ADV | BT_LE_ADV_OPT_USE_IDENTITY, NULL), 0);
	assert_int_equal(param_sent()->own_addr_type, BT_ADDR_LE_PUBLIC);
}

static void an_identity_that_advertises_is_not_deleted(void **state)
{
	struct bt_le_adv_param param = *BT_LE_EXT_ADV_CONN;
	int id = bt_id_create(NULL, NULL);

	assert_true(id > 0);
	param.id = (uint8_t)id;
	assert_int_equal(bt_le_ext_adv_create(&param, NULL, &set), 0);
	assert_int_equal(param_sent()->own_addr_type, BT_ADDR_LE_RANDOM);
	assert_int_equal(bt_id_delete(param.id), -EBUSY);
	assert_int_equal(bt_le_ext_adv_delete(set), 0);
	assert_int_equal(bt_id_delete(param.id), 0);
}

static void limits_are_passed_on_and_told(void **state)
{
	const struct bt_hci_cp_le_set_ext_adv_enable *cp;
	struct bt_le_ext_adv_info info;

	assert_int_equal(create(BT_LE_ADV_OPT_EXT_ADV, NULL), 0);
	assert_int_equal(bt_le_ext_adv_start(set, BT_LE_EXT_ADV_START_PARAM(0x1234, 5)), 0);
	cp = enable_sent();
	assert_int_equal(cp->enable, 1);
	assert_int_equal(cp->set_num, 1);
	assert_int_equal(cp->s[0].handle, 0);
	assert_int_equal(sys_le16_to_cpu(cp->s[0].duration), 0x1234);
	assert_int_equal(cp->s[0].max_ext_adv_evts, 5);
	assert_int_equal(bt_le_ext_adv_start(set, NULL), -EALREADY);
	assert_int_equal(bt_le_ext_adv_get_info(set, &info), 0);
	assert_int_equal(info.ext_adv_state, BT_LE_EXT_ADV_STATE_ENABLED);
	scripted_set_terminated(&s, BT_HCI_ERR_LIMIT_REACHED, 0, 0, 5);
	scripted_settle();
	assert_int_equal(got.sent, 1);
	assert_int_equal(got.num_sent, 5);
	assert_int_equal(bt_le_ext_adv_get_info(set, &info), 0);
	assert_int_equal(info.ext_adv_state, BT_LE_EXT_ADV_STATE_DISABLED);
	assert_int_equal(bt_le_ext_adv_start(set, NULL), 0);
	assert_int_equal(bt_le_ext_adv_stop(set), 0);
	assert_int_equal(enable_sent()->enable, 0);
	assert_int_equal(bt_le_ext_adv_stop(set), 0);
	assert_int_equal(got.sent, 1);
}

static void high_duty_cycle_has_an_end(void **state)
{
	assert_int_equal(create(BT_LE_ADV_OPT_CONN, &peer), 0);
	assert_int_equal(bt_le_ext_adv_start(set, BT_LE_EXT_ADV_START_PARAM(129, 0)), -EINVAL);
	assert_int_equal(bt_le_ext_adv_start(set, NULL), 0);
	assert_int_equal(sys_le16_to_cpu(enable_sent()->s[0].duration), 128);
	assert_int_equal(bt_le_ext_adv_set_data(set, flags, 1, NULL, 0), -EINVAL);
}

static void a_set_may_be_deleted_where_its_end_is_told(void **state)
{
	assert_int_equal(create(BT_LE_ADV_OPT_EXT_ADV, NULL), 0);
	got.delete_it = true;
	assert_int_equal(bt_le_ext_adv_start(set, BT_LE_EXT_ADV_START_PARAM(0, 1)), 0);
	scripted_set_terminated(&s, BT_HCI_ERR_LIMIT_REACHED, 0, 0, 1);
	scripted_settle();
	assert_int_equal(got.sent, 1);
	assert_int_equal(bt_le_ext_adv_start(set, NULL), -EINVAL);
}

static void scan_requests_are_told_where_asked_for(void **state)
{
	struct bt_hci_evt_le_scan_req_received evt = {.handle = 0, .addr = peer};

	assert_int_equal(create(BT_LE_ADV_OPT_EXT_ADV | BT_LE_ADV_OPT_SCANNABLE |
					BT_LE_ADV_OPT_NOTIFY_SCAN_REQ,
				NULL),
			 0);
	assert_int_equal(param_sent()->scan_req_notify_enable, 1);
	scripted_le_evt(&s, BT_HCI_EVT_LE_SCAN_REQ_RECEIVED, &evt, sizeof(evt));
	scripted_settle();
	assert_int_equal(got.scanned, 1);
	assert_true(bt_addr_le_eq(&got.scanner, &peer));
}

/* ---- Private addresses ---- */

static void a_set_that_cannot_be_connected_to_changes_its_address_as_it_goes(void **state)
{
	assert_int_equal(bt_le_set_rpa_timeout(10), 0);
	assert_int_equal(create(BT_LE_ADV_OPT_EXT_ADV, NULL), 0);
	assert_int_equal(bt_le_ext_adv_start(set, NULL), 0);
	scripted_forget(&s);
	scripted_run_ms(10500);
	assert_int_equal(scripted_count(&s, BT_HCI_OP_LE_SET_ADV_SET_RANDOM_ADDR), 1);
	assert_int_equal(scripted_count(&s, BT_HCI_OP_LE_SET_EXT_ADV_ENABLE), 0);
}

static void a_set_that_can_be_pauses_for_it(void **state)
{
	static const uint16_t order[] = {BT_HCI_OP_LE_SET_EXT_ADV_ENABLE,
					 BT_HCI_OP_LE_SET_ADV_SET_RANDOM_ADDR,
					 BT_HCI_OP_LE_SET_EXT_ADV_ENABLE};

	assert_int_equal(bt_le_set_rpa_timeout(10), 0);
	assert_int_equal(fav_host_own_addr_set(s.host, BT_ID_DEFAULT, FAV_OWN_ADDR_RPA), 0);
	assert_int_equal(create(BT_LE_ADV_OPT_EXT_ADV | BT_LE_ADV_OPT_CONN, NULL), 0);
	assert_int_equal(bt_le_ext_adv_start(set, BT_LE_EXT_ADV_START_PARAM(3000, 9)), 0);
	scripted_forget(&s);
	scripted_run_ms(10500);
	assert_int_equal(s.cmd_count, ARRAY_SIZE(order));
	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		assert_int_equal(s.log[i].opcode, order[i]);
	}
	/* The rest of its time. */
	assert_int_equal(enable_sent()->enable, 1);
	assert_in_range(sys_le16_to_cpu(enable_sent()->s[0].duration), 1990, 2000);
	assert_int_equal(enable_sent()->s[0].max_ext_adv_evts, 9);
	/* One that cannot go on is off. */
	scripted_rule(&s, (struct scripted_rule){.opcode = BT_HCI_OP_LE_SET_EXT_ADV_ENABLE,
						 .nth = 2,
						 .deed = SCRIPTED_REFUSE,
						 .status = BT_HCI_ERR_HW_FAILURE});
	scripted_run_ms(10000);
	scripted_obey(&s);
	assert_int_equal(bt_le_ext_adv_start(set, NULL), 0);
}

static bool keep(struct bt_le_ext_adv *adv)
{
	got.expired++;
	return false;
}

static void an_application_may_keep_the_address(void **state)
{
	static const struct bt_le_ext_adv_cb keeper = {.rpa_expired = keep};

	assert_int_equal(bt_le_set_rpa_timeout(10), 0);
	assert_int_equal(bt_le_ext_adv_create(BT_LE_EXT_ADV_NCONN, &keeper, &set), 0);
	assert_int_equal(bt_le_ext_adv_start(set, NULL), 0);
	scripted_forget(&s);
	scripted_run_ms(20500);
	assert_int_equal(got.expired, 2);
	assert_int_equal(s.cmd_count, 0);
}

static void a_set_follows_when_the_host_becomes_private(void **state)
{
	assert_int_equal(create(BT_LE_ADV_OPT_EXT_ADV | BT_LE_ADV_OPT_CONN, NULL), 0);
	assert_int_equal(param_sent()->own_addr_type, BT_ADDR_LE_PUBLIC);
	assert_int_equal(fav_host_own_addr_set(s.host, BT_ID_DEFAULT, FAV_OWN_ADDR_RPA), 0);
	assert_int_equal(bt_le_ext_adv_start(set, NULL), 0);
	assert_int_equal(param_sent()->own_addr_type, BT_ADDR_LE_RANDOM);
	assert_int_equal(scripted_sent(&s, BT_HCI_OP_LE_SET_ADV_SET_RANDOM_ADDR)->params[6] & 0xc0,
			 0x40);
}

/* ---- Data ---- */

static void short_data_goes_at_once(void **state)
{
	const struct scripted_cmd *cmd;
	static const uint8_t whole[] = {0, 3, 1, 3, 2, BT_DATA_FLAGS, 6};
	static const uint8_t none[] = {0, 3, 1, 0};

	assert_int_equal(create(BT_LE_ADV_OPT_EXT_ADV, NULL), 0);
	assert_int_equal(bt_le_ext_adv_set_data(set, flags, 1, flags, 1), 0);
	cmd = scripted_sent(&s, BT_HCI_OP_LE_SET_EXT_ADV_DATA);
	assert_int_equal(cmd->len, sizeof(whole));
	assert_memory_equal(cmd->params, whole, sizeof(whole));
	/* Not scannable: no scan response. */
	assert_null(scripted_sent(&s, BT_HCI_OP_LE_SET_EXT_SCAN_RSP_DATA));
	assert_int_equal(bt_le_ext_adv_set_data(set, NULL, 0, NULL, 0), 0);
	cmd = scripted_sent(&s, BT_HCI_OP_LE_SET_EXT_ADV_DATA);
	assert_int_equal(cmd->len, sizeof(none));
	assert_memory_equal(cmd->params, none, sizeof(none));
}

/* 1650 bytes are six fragments of 251 and one of 144. */
static void long_data_goes_in_fragments(void **state)
{
	static const uint8_t ops[] = {1, 0, 0, 0, 0, 0, 2};
	uint8_t all[1650], expected[1650];
	struct bt_data ad[7];
	size_t len = 0, want = 0;

	for (size_t i = 0; i < ARRAY_SIZE(ad); i++) {
		size_t n = i < 6 ? 254 : 1650 - 6 * 256 - 2;

		ad[i] = (struct bt_data)BT_DATA(BT_DATA_MANUFACTURER_DATA, bytes, (uint8_t)n);
		want += bt_data_serialize(&ad[i], &expected[want]);
	}
	assert_int_equal(want, 1650);
	assert_int_equal(create(BT_LE_ADV_OPT_EXT_ADV, NULL), 0);
	assert_int_equal(bt_le_ext_adv_set_data(set, ad, ARRAY_SIZE(ad), NULL, 0), 0);
	for (uint32_t i = 0; i < ARRAY_SIZE(ops); i++) {
		const struct scripted_cmd *cmd = scripted_nth(&s, BT_HCI_OP_LE_SET_EXT_ADV_DATA, i);

		assert_non_null(cmd);
		assert_int_equal(cmd->params[0], 0);
		assert_int_equal(cmd->params[1], ops[i]);
		assert_int_equal(cmd->params[3], i < 6 ? 251 : 144);
		assert_int_equal(cmd->len, 4 + cmd->params[3]);
		memcpy(&all[len], &cmd->params[4], cmd->params[3]);
		len += cmd->params[3];
	}
	assert_null(scripted_nth(&s, BT_HCI_OP_LE_SET_EXT_ADV_DATA, ARRAY_SIZE(ops)));
	assert_int_equal(len, want);
	assert_memory_equal(all, expected, want);
}

static void data_of_one_full_fragment_is_whole(void **state)
{
	const struct bt_data ad[] = {BT_DATA(BT_DATA_MANUFACTURER_DATA, bytes, 249)};

	assert_int_equal(create(BT_LE_ADV_OPT_EXT_ADV, NULL), 0);
	assert_int_equal(bt_le_ext_adv_start(set, NULL), 0);
	assert_int_equal(bt_le_ext_adv_set_data(set, ad, 1, NULL, 0), 0);
	assert_int_equal(scripted_sent(&s, BT_HCI_OP_LE_SET_EXT_ADV_DATA)->params[1], 3);
	assert_int_equal(scripted_sent(&s, BT_HCI_OP_LE_SET_EXT_ADV_DATA)->params[3], 251);
	assert_int_equal(scripted_count(&s, BT_HCI_OP_LE_SET_EXT_ADV_DATA), 1);
}

static void long_data_waits_until_the_set_has_stopped(void **state)
{
	const struct bt_data ad[] = {BT_DATA(BT_DATA_MANUFACTURER_DATA, bytes, 250)};

	assert_int_equal(create(BT_LE_ADV_OPT_EXT_ADV, NULL), 0);
	assert_int_equal(bt_le_ext_adv_start(set, NULL), 0);
	assert_int_equal(bt_le_ext_adv_set_data(set, ad, 1, NULL, 0), -EAGAIN);
	assert_int_equal(bt_le_ext_adv_stop(set), 0);
	assert_int_equal(bt_le_ext_adv_set_data(set, ad, 1, NULL, 0), 0);
	assert_int_equal(scripted_count(&s, BT_HCI_OP_LE_SET_EXT_ADV_DATA), 2);
}

static void a_scannable_set_has_its_scan_response_alone(void **state)
{
	assert_int_equal(create(BT_LE_ADV_OPT_EXT_ADV | BT_LE_ADV_OPT_SCANNABLE, NULL), 0);
	assert_int_equal(bt_le_ext_adv_set_data(set, flags, 1, flags, 1), 0);
	assert_null(scripted_sent(&s, BT_HCI_OP_LE_SET_EXT_ADV_DATA));
	assert_int_equal(scripted_sent(&s, BT_HCI_OP_LE_SET_EXT_SCAN_RSP_DATA)->params[3], 3);
}

static void a_set_of_legacy_pdus_has_both_of_31_bytes(void **state)
{
	const struct bt_data fits[] = {BT_DATA(BT_DATA_MANUFACTURER_DATA, bytes, 29)};
	const struct bt_data long_one[] = {BT_DATA(BT_DATA_MANUFACTURER_DATA, bytes, 30)};

	assert_int_equal(create(BT_LE_ADV_OPT_CONN, NULL), 0);
	assert_int_equal(bt_le_ext_adv_set_data(set, fits, 1, fits, 1), 0);
	assert_int_equal(scripted_sent(&s, BT_HCI_OP_LE_SET_EXT_ADV_DATA)->params[3], 31);
	assert_int_equal(scripted_sent(&s, BT_HCI_OP_LE_SET_EXT_SCAN_RSP_DATA)->params[3], 31);
	assert_int_equal(bt_le_ext_adv_set_data(set, long_one, 1, NULL, 0), -EINVAL);
	assert_int_equal(bt_le_ext_adv_set_data(set, NULL, 0, long_one, 1), -EINVAL);
}

static void the_name_comes_behind_the_data(void **state)
{
	static const uint8_t named[] = {
		0,   3,   1,   13,  2,   BT_DATA_FLAGS, 6,   9,  BT_DATA_NAME_COMPLETE,
		'Z', 'e', 'p', 'h', 'y', 'r',           'u', 's'};
	const struct scripted_cmd *cmd;

	assert_int_equal(bt_set_name("Zephyrus"), 0);
	assert_int_equal(create(BT_LE_ADV_OPT_EXT_ADV | BT_LE_ADV_OPT_USE_NAME, NULL), 0);
	assert_int_equal(bt_le_ext_adv_set_data(set, flags, 1, NULL, 0), 0);
	cmd = scripted_sent(&s, BT_HCI_OP_LE_SET_EXT_ADV_DATA);
	assert_int_equal(cmd->len, sizeof(named));
	assert_memory_equal(cmd->params, named, sizeof(named));
}

static void what_the_controller_cannot_hold_is_refused(void **state)
{
	const struct bt_data element[] = {BT_DATA(BT_DATA_MANUFACTURER_DATA, bytes, 255)};
	struct bt_data ad[] = {BT_DATA(BT_DATA_MANUFACTURER_DATA, bytes, 250),
			       BT_DATA(BT_DATA_MANUFACTURER_DATA, bytes, 246)};

	assert_int_equal(create(BT_LE_ADV_OPT_EXT_ADV, NULL), 0);
	assert_int_equal(bt_le_ext_adv_set_data(set, element, 1, NULL, 0), -EINVAL);
	assert_int_equal(bt_le_ext_adv_set_data(set, NULL, 1, NULL, 0), -EINVAL);
	assert_int_equal(bt_disable(), 0);
	s.max_adv_data_len = 500;
	scripted_enable(&s);
	assert_int_equal(create(BT_LE_ADV_OPT_EXT_ADV, NULL), 0);
	assert_int_equal(bt_le_ext_adv_set_data(set, ad, 2, NULL, 0), 0);
	ad[1].data_len = 247;
	assert_int_equal(bt_le_ext_adv_set_data(set, ad, 2, NULL, 0), -EINVAL);
}

/* ---- Bad arguments and states ---- */

static void what_is_out_of_range_is_refused(void **state)
{
	const uint32_t ext = BT_LE_ADV_OPT_EXT_ADV;
	static const uint32_t wrong[] = {
		BT_LE_ADV_OPT_EXT_ADV | BT_LE_ADV_OPT_CONN | BT_LE_ADV_OPT_SCANNABLE,
		BT_LE_ADV_OPT_EXT_ADV | BT_LE_ADV_OPT_CONN | BT_LE_ADV_OPT_ANONYMOUS,
		BT_LE_ADV_OPT_EXT_ADV | BT_LE_ADV_OPT_SCANNABLE | BT_LE_ADV_OPT_ANONYMOUS,
		BT_LE_ADV_OPT_EXT_ADV | BT_LE_ADV_OPT_REQUIRE_S2_CODING,
		BT_LE_ADV_OPT_EXT_ADV | BT_LE_ADV_OPT_CODED | BT_LE_ADV_OPT_REQUIRE_S2_CODING |
			BT_LE_ADV_OPT_REQUIRE_S8_CODING,
		BT_LE_ADV_OPT_EXT_ADV | BT_LE_ADV_OPT_DIR_MODE_LOW_DUTY,
		BT_LE_ADV_OPT_EXT_ADV | BT_LE_ADV_OPT_DISABLE_CHAN_37 |
			BT_LE_ADV_OPT_DISABLE_CHAN_38 | BT_LE_ADV_OPT_DISABLE_CHAN_39,
		BT_LE_ADV_OPT_EXT_ADV | BT_LE_ADV_OPT_CONN | BT_LE_ADV_OPT_USE_NRPA,
		BT_LE_ADV_OPT_CODED,
		BT_LE_ADV_OPT_NO_2M,
		BT_LE_ADV_OPT_ANONYMOUS,
		BT_LE_ADV_OPT_USE_TX_POWER,
		BIT(30),
	};
	struct bt_le_adv_param param = *BT_LE_EXT_ADV_NCONN;

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		assert_int_equal(create(wrong[i], NULL), -EINVAL);
	}
	assert_int_equal(create(0, &peer), -EINVAL);
	assert_int_equal(bt_le_ext_adv_create(NULL, &cb, &set), -EINVAL);
	assert_int_equal(bt_le_ext_adv_create(&param, &cb, NULL), -EINVAL);
	param.sid = 16;
	assert_int_equal(bt_le_ext_adv_create(&param, &cb, &set), -EINVAL);
	param.sid = 0;
	param.id = 1;
	assert_int_equal(bt_le_ext_adv_create(&param, &cb, &set), -EINVAL);
	param.id = 0;
	param.interval_min = 0x1f;
	assert_int_equal(bt_le_ext_adv_create(&param, &cb, &set), -EINVAL);
	param.interval_min = 0x20;
	param.interval_max = 0x1000000;
	assert_int_equal(bt_le_ext_adv_create(&param, &cb, &set), -EINVAL);
	assert_int_equal(bt_le_ext_adv_start(NULL, NULL), -EINVAL);
	assert_int_equal(bt_le_ext_adv_stop(NULL), -EINVAL);
	assert_int_equal(bt_le_ext_adv_delete(NULL), -EINVAL);
	assert_int_equal(bt_le_ext_adv_set_data(NULL, NULL, 0, NULL, 0), -EINVAL);
	assert_int_equal(bt_le_ext_adv_update_param(NULL, BT_LE_EXT_ADV_NCONN), -EINVAL);
	assert_int_equal(bt_le_ext_adv_get_info(NULL, &(struct bt_le_ext_adv_info){0}), -EINVAL);
	assert_int_equal(s.cmd_count, 0);
	assert_int_equal(create(ext, NULL), 0);
	assert_int_equal(bt_le_ext_adv_get_info(set, NULL), -EINVAL);
	assert_int_equal(bt_le_ext_adv_update_param(set, NULL), -EINVAL);
}

static void a_controller_without_it_has_no_sets(void **state)
{
	assert_int_equal(bt_disable(), 0);
	assert_int_equal(create(BT_LE_ADV_OPT_EXT_ADV, NULL), -EAGAIN);
	s.le_features[1] &= ~BIT(BT_LE_FEAT_BIT_EXT_ADV - 8);
	scripted_enable(&s);
	assert_int_equal(create(BT_LE_ADV_OPT_EXT_ADV, NULL), -ENOTSUP);
}

static void sets_are_many_and_bounded(void **state)
{
	struct bt_le_ext_adv *sets[SETS_MAX];

	for (int i = 0; i < SETS_MAX; i++) {
		assert_int_equal(bt_le_ext_adv_create(BT_LE_EXT_ADV_NCONN, &cb, &sets[i]), 0);
		assert_int_equal(bt_le_ext_adv_get_index(sets[i]), i);
		assert_int_equal(param_sent()->handle, i);
		assert_int_equal(bt_le_ext_adv_start(sets[i], NULL), 0);
		assert_int_equal(enable_sent()->s[0].handle, i);
	}
	assert_int_equal(create(BT_LE_ADV_OPT_EXT_ADV, NULL), -ENOMEM);
	/* The legacy advertiser beside them has a place of its own. */
	assert_int_equal(bt_le_adv_start(BT_LE_ADV_NCONN, flags, 1, NULL, 0), 0);
	assert_int_equal(enable_sent()->s[0].handle, SETS_MAX);
	assert_int_equal(bt_le_ext_adv_stop(sets[3]), 0);
	assert_int_equal(bt_le_ext_adv_delete(sets[3]), 0);
	assert_int_equal(scripted_sent(&s, BT_HCI_OP_LE_REMOVE_ADV_SET)->params[0], 3);
	assert_int_equal(create(BT_LE_ADV_OPT_EXT_ADV, NULL), 0);
	assert_ptr_equal(set, sets[3]);
}

static void a_set_that_advertises_is_neither_changed_nor_deleted(void **state)
{
	assert_int_equal(create(BT_LE_ADV_OPT_EXT_ADV, NULL), 0);
	assert_int_equal(bt_le_ext_adv_start(set, NULL), 0);
	assert_int_equal(bt_le_ext_adv_update_param(set, BT_LE_EXT_ADV_CONN), -EINVAL);
	assert_int_equal(bt_le_ext_adv_delete(set), -EINVAL);
	assert_int_equal(bt_le_ext_adv_stop(set), 0);
	assert_int_equal(bt_le_ext_adv_update_param(set, BT_LE_EXT_ADV_CONN), 0);
	assert_int_equal(sys_le16_to_cpu(param_sent()->props), BT_HCI_LE_ADV_PROP_CONN);
	assert_int_equal(bt_le_ext_adv_delete(set), 0);
	assert_int_equal(bt_le_ext_adv_delete(set), -EINVAL);
}

/* Work that runs while main waits. */
static int second_result;

static void second_handler(struct k_work *work)
{
	second_result = bt_le_ext_adv_set_data(set, flags, 1, NULL, 0);
}

static void two_calls_about_one_set_do_not_mix(void **state)
{
	const struct bt_data ad[] = {BT_DATA(BT_DATA_MANUFACTURER_DATA, bytes, 200),
				     BT_DATA(BT_DATA_MANUFACTURER_DATA, bytes, 200)};
	struct k_work second;

	k_work_init(&second, second_handler);
	assert_int_equal(create(BT_LE_ADV_OPT_EXT_ADV, NULL), 0);
	k_work_submit(&second);
	assert_int_equal(bt_le_ext_adv_set_data(set, ad, 2, NULL, 0), 0);
	assert_int_equal(second_result, -EBUSY);
	assert_int_equal(bt_le_ext_adv_set_data(set, ad, 2, NULL, 0), 0);
}

static void the_host_s_end_deletes_all_sets(void **state)
{
	assert_int_equal(create(BT_LE_ADV_OPT_EXT_ADV, NULL), 0);
	assert_int_equal(bt_le_ext_adv_start(set, NULL), 0);
	assert_int_equal(bt_disable(), 0);
	assert_int_equal(bt_le_ext_adv_stop(set), -EINVAL);
	scripted_enable(&s);
	assert_int_equal(bt_le_ext_adv_start(set, NULL), -EINVAL);
	assert_int_equal(create(BT_LE_ADV_OPT_EXT_ADV, NULL), 0);
	scripted_lose(&s, -EPIPE);
	scripted_settle();
	assert_int_equal(bt_le_ext_adv_start(set, NULL), -EINVAL);
	assert_int_equal(bt_disable(), 0);
	scripted_enable(&s);
	for (int i = 0; i < SETS_MAX; i++) {
		assert_int_equal(create(BT_LE_ADV_OPT_EXT_ADV, NULL), 0);
	}
}

/* ---- A controller that refuses, is silent, lies ---- */

static void a_refused_set_is_none(void **state)
{
	scripted_refuse(&s, BT_HCI_OP_LE_SET_EXT_ADV_PARAM, BT_HCI_ERR_MEM_CAPACITY_EXCEEDED);
	assert_int_equal(create(BT_LE_ADV_OPT_EXT_ADV, NULL), -ENOMEM);
	assert_null(set);
	scripted_obey(&s);
	scripted_refuse(&s, BT_HCI_OP_LE_SET_ADV_SET_RANDOM_ADDR, BT_HCI_ERR_CMD_DISALLOWED);
	assert_int_equal(create(BT_LE_ADV_OPT_EXT_ADV, NULL), -EACCES);
	scripted_obey(&s);
	scripted_settle();
	assert_non_null(scripted_sent(&s, BT_HCI_OP_LE_REMOVE_ADV_SET));
	for (int i = 0; i < SETS_MAX; i++) {
		assert_int_equal(create(BT_LE_ADV_OPT_EXT_ADV, NULL), 0);
	}
}

static void a_refused_start_may_be_tried_again(void **state)
{
	assert_int_equal(create(BT_LE_ADV_OPT_EXT_ADV, NULL), 0);
	scripted_refuse(&s, BT_HCI_OP_LE_SET_EXT_ADV_ENABLE, BT_HCI_ERR_CONN_LIMIT_EXCEEDED);
	assert_int_equal(bt_le_ext_adv_start(set, NULL), -ECONNREFUSED);
	scripted_obey(&s);
	assert_int_equal(bt_le_ext_adv_start(set, NULL), 0);
	scripted_refuse(&s, BT_HCI_OP_LE_SET_EXT_ADV_ENABLE, BT_HCI_ERR_HW_FAILURE);
	assert_int_equal(bt_le_ext_adv_stop(set), -EIO);
	scripted_obey(&s);
	assert_int_equal(bt_le_ext_adv_start(set, NULL), -EALREADY);
	assert_int_equal(bt_le_ext_adv_stop(set), 0);
}

static void a_refused_fragment_ends_the_data(void **state)
{
	const struct bt_data ad[] = {BT_DATA(BT_DATA_MANUFACTURER_DATA, bytes, 250),
				     BT_DATA(BT_DATA_MANUFACTURER_DATA, bytes, 250),
				     BT_DATA(BT_DATA_MANUFACTURER_DATA, bytes, 250)};

	assert_int_equal(create(BT_LE_ADV_OPT_EXT_ADV, NULL), 0);
	scripted_rule(&s, (struct scripted_rule){.opcode = BT_HCI_OP_LE_SET_EXT_ADV_DATA,
						 .nth = 2,
						 .deed = SCRIPTED_REFUSE,
						 .status = BT_HCI_ERR_MEM_CAPACITY_EXCEEDED});
	assert_int_equal(bt_le_ext_adv_set_data(set, ad, 3, NULL, 0), -ENOMEM);
	assert_int_equal(scripted_count(&s, BT_HCI_OP_LE_SET_EXT_ADV_DATA), 2);
	scripted_obey(&s);
	assert_int_equal(bt_le_ext_adv_set_data(set, flags, 1, NULL, 0), 0);
}

static void a_silent_start_is_undone(void **state)
{
	assert_int_equal(create(BT_LE_ADV_OPT_EXT_ADV, NULL), 0);
	scripted_rule(&s, (struct scripted_rule){.opcode = BT_HCI_OP_LE_SET_EXT_ADV_ENABLE,
						 .nth = 1,
						 .deed = SCRIPTED_SILENT});
	assert_int_equal(bt_le_ext_adv_start(set, NULL), -ETIMEDOUT);
	scripted_settle();
	assert_int_equal(enable_sent()->enable, 0);
	assert_int_equal(bt_le_ext_adv_start(set, NULL), 0);
}

static void events_about_no_set_are_dropped(void **state)
{
	struct bt_hci_evt_le_scan_req_received evt = {.handle = 9, .addr = peer};
	struct fav_host_stats stats;

	scripted_set_terminated(&s, BT_HCI_ERR_LIMIT_REACHED, 0, 0, 1);
	scripted_set_terminated(&s, BT_HCI_ERR_LIMIT_REACHED, 0xef, 0, 1);
	scripted_set_terminated(&s, BT_HCI_ERR_LIMIT_REACHED, SETS_MAX, 0, 1);
	scripted_le_evt(&s, BT_HCI_EVT_LE_SCAN_REQ_RECEIVED, &evt, sizeof(evt));
	scripted_settle();
	fav_host_stats_get(s.host, &stats);
	assert_int_equal(stats.evt_dropped, 3);
	assert_int_equal(got.sent + got.scanned, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(a_set_is_made_with_all_it_was_given),
		T(the_properties_follow_from_the_options),
		T(the_phys_follow_from_the_options),
		T(a_private_set_has_a_fresh_address_of_its_own_at_each_start),
		T(an_identity_that_advertises_is_not_deleted),
		T(limits_are_passed_on_and_told),
		T(high_duty_cycle_has_an_end),
		T(a_set_may_be_deleted_where_its_end_is_told),
		T(scan_requests_are_told_where_asked_for),
		T(a_set_that_cannot_be_connected_to_changes_its_address_as_it_goes),
		T(a_set_that_can_be_pauses_for_it),
		T(an_application_may_keep_the_address),
		T(a_set_follows_when_the_host_becomes_private),
		T(short_data_goes_at_once),
		T(long_data_goes_in_fragments),
		T(data_of_one_full_fragment_is_whole),
		T(long_data_waits_until_the_set_has_stopped),
		T(a_scannable_set_has_its_scan_response_alone),
		T(a_set_of_legacy_pdus_has_both_of_31_bytes),
		T(the_name_comes_behind_the_data),
		T(what_the_controller_cannot_hold_is_refused),
		T(what_is_out_of_range_is_refused),
		T(a_controller_without_it_has_no_sets),
		T(sets_are_many_and_bounded),
		T(a_set_that_advertises_is_neither_changed_nor_deleted),
		T(two_calls_about_one_set_do_not_mix),
		T(the_host_s_end_deletes_all_sets),
		T(a_refused_set_is_none),
		T(a_refused_start_may_be_tried_again),
		T(a_refused_fragment_ends_the_data),
		T(a_silent_start_is_undone),
		T(events_about_no_set_are_dropped),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
