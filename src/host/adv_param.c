/* SPDX-License-Identifier: Apache-2.0 */
#include <zephyr/bluetooth/hci.h>

#include "adv_param.h"
#include "hci_core.h"
#include "host.h"
#include "id.h"

/* Core 6.0 Vol 4 Part E 7.8.5 and 7.8.53, units of 0.625 ms. */
#define INTERVAL_MIN            0x0020
#define INTERVAL_MAX            0x4000
#define INTERVAL_MAX_EXT        0xffffff
#define INTERVAL_MIN_NONCONN_V4 0x00a0 /* Before 5.0, for what is not connectable. */

#define LEGACY_OPTIONS                                                                         \
	(BT_LE_ADV_OPT_CONN | BT_LE_ADV_OPT_USE_IDENTITY | BT_LE_ADV_OPT_USE_NAME |            \
	 BT_LE_ADV_OPT_DIR_MODE_LOW_DUTY | BT_LE_ADV_OPT_FILTER_SCAN_REQ |                     \
	 BT_LE_ADV_OPT_FILTER_CONN | BT_LE_ADV_OPT_SCANNABLE | BT_LE_ADV_OPT_DISABLE_CHAN_37 | \
	 BT_LE_ADV_OPT_DISABLE_CHAN_38 | BT_LE_ADV_OPT_DISABLE_CHAN_39 |                       \
	 BT_LE_ADV_OPT_FORCE_NAME_IN_AD | BT_LE_ADV_OPT_USE_NRPA)

#define EXT_PDU_OPTIONS                                                           \
	(LEGACY_OPTIONS | BT_LE_ADV_OPT_NOTIFY_SCAN_REQ | BT_LE_ADV_OPT_EXT_ADV | \
	 BT_LE_ADV_OPT_NO_2M | BT_LE_ADV_OPT_CODED | BT_LE_ADV_OPT_ANONYMOUS |    \
	 BT_LE_ADV_OPT_USE_TX_POWER | BT_LE_ADV_OPT_REQUIRE_S2_CODING |           \
	 BT_LE_ADV_OPT_REQUIRE_S8_CODING)

#define ALL_CHANNELS_OFF                                                 \
	(BT_LE_ADV_OPT_DISABLE_CHAN_37 | BT_LE_ADV_OPT_DISABLE_CHAN_38 | \
	 BT_LE_ADV_OPT_DISABLE_CHAN_39)

#define CODINGS (BT_LE_ADV_OPT_REQUIRE_S2_CODING | BT_LE_ADV_OPT_REQUIRE_S8_CODING)

static bool has(const struct bt_le_adv_param *param, uint32_t options)
{
	return (param->options & options) == options;
}

static bool common_valid(const struct bt_le_adv_param *param, uint32_t allowed)
{
	uint32_t nrpa_against =
		BT_LE_ADV_OPT_USE_NRPA | BT_LE_ADV_OPT_USE_IDENTITY | _BT_LE_ADV_OPT_CONNECTABLE;

	if ((param->options & ~allowed) != 0 || has(param, ALL_CHANNELS_OFF)) {
		return false;
	}
	if (has(param, BT_LE_ADV_OPT_USE_NRPA) &&
	    (param->options & nrpa_against) != BT_LE_ADV_OPT_USE_NRPA) {
		return false;
	}
	if (param->peer == NULL) {
		return !has(param, BT_LE_ADV_OPT_DIR_MODE_LOW_DUTY);
	}
	return param->peer->type <= BT_ADDR_LE_RANDOM;
}

/* Of legacy PDUs, whichever command starts them. */
static bool legacy_pdu_valid(const struct bt_le_adv_param *param)
{
	return param->peer == NULL ||
	       (adv_param__connectable(param) &&
		(param->options & (BT_LE_ADV_OPT_USE_NAME | BT_LE_ADV_OPT_SCANNABLE)) == 0);
}

static bool ext_pdu_valid(const struct bt_le_adv_param *param)
{
	bool scannable = has(param, BT_LE_ADV_OPT_SCANNABLE);

	/* Core 6.0 Vol 4 Part E 7.8.53: what no extended advertising PDU can be. */
	if (adv_param__connectable(param) && scannable) {
		return false;
	}
	if (has(param, BT_LE_ADV_OPT_ANONYMOUS) && (adv_param__connectable(param) || scannable)) {
		return false;
	}
	if ((param->options & CODINGS) != 0 &&
	    (!has(param, BT_LE_ADV_OPT_CODED) || has(param, CODINGS))) {
		return false;
	}
	return param->sid <= BT_GAP_SID_MAX;
}

static bool interval_valid(const struct bt_le_adv_param *param, uint32_t min, uint32_t max)
{
	return adv_param__high_duty(param) ||
	       (param->interval_min >= min && param->interval_min <= param->interval_max &&
		param->interval_max <= max);
}

static bool id_exists(struct bt_host *host, const struct bt_le_adv_param *param)
{
	return id__addr(host__id(host), param->id) != NULL;
}

bool adv_param__legacy_valid(struct bt_host *host, const struct bt_le_adv_param *param)
{
	bool old = hci__info(host__hci(host))->hci_version < BT_HCI_VERSION_5_0;
	uint32_t min =
		old && !adv_param__connectable(param) ? INTERVAL_MIN_NONCONN_V4 : INTERVAL_MIN;

	return common_valid(param, LEGACY_OPTIONS) && legacy_pdu_valid(param) &&
	       interval_valid(param, min, INTERVAL_MAX) && id_exists(host, param);
}

bool adv_param__set_valid(struct bt_host *host, const struct bt_le_adv_param *param)
{
	bool ext = adv_param__extended(param);
	uint32_t allowed = ext ? EXT_PDU_OPTIONS : LEGACY_OPTIONS | BT_LE_ADV_OPT_NOTIFY_SCAN_REQ;

	return common_valid(param, allowed) &&
	       (ext ? ext_pdu_valid(param) : legacy_pdu_valid(param)) &&
	       interval_valid(param, INTERVAL_MIN, INTERVAL_MAX_EXT) && id_exists(host, param);
}

uint8_t adv_param__channels(const struct bt_le_adv_param *param)
{
	uint8_t channels = 0x07;

	channels &= has(param, BT_LE_ADV_OPT_DISABLE_CHAN_37) ? ~BIT(0) : 0xff;
	channels &= has(param, BT_LE_ADV_OPT_DISABLE_CHAN_38) ? ~BIT(1) : 0xff;
	channels &= has(param, BT_LE_ADV_OPT_DISABLE_CHAN_39) ? ~BIT(2) : 0xff;
	return channels;
}

uint8_t adv_param__filter_policy(const struct bt_le_adv_param *param)
{
	uint8_t policy = BT_LE_ADV_FP_NO_FILTER;

	policy |= has(param, BT_LE_ADV_OPT_FILTER_SCAN_REQ) ? BT_LE_ADV_FP_FILTER_SCAN_REQ : 0;
	policy |= has(param, BT_LE_ADV_OPT_FILTER_CONN) ? BT_LE_ADV_FP_FILTER_CONN_IND : 0;
	return policy;
}

enum own_addr_kind adv_param__own_addr_kind(const struct bt_le_adv_param *param)
{
	if (has(param, BT_LE_ADV_OPT_USE_IDENTITY)) {
		return OWN_ADDR_IDENTITY;
	}
	if (has(param, BT_LE_ADV_OPT_USE_NRPA)) {
		return OWN_ADDR_NRPA;
	}
	return adv_param__connectable(param) ? OWN_ADDR_DEFAULT : OWN_ADDR_PRIVATE;
}
