/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/hci.h>
#include <zephyr/logging/log.h>
#include <zephyr/sys/byteorder.h>

#include "adv.h"
#include "adv_data.h"
#include "conn.h"
#include "hci_core.h"
#include "host.h"
#include "id.h"

LOG_MODULE_REGISTER(bt_adv);

/* Core 6.0 Vol 4 Part E 7.8.5, units of 0.625 ms. */
#define INTERVAL_MIN            0x0020
#define INTERVAL_MAX            0x4000
#define INTERVAL_MIN_NONCONN_V4 0x00a0 /* Before 5.0, for what is not connectable. */

#define LEGACY_OPTIONS                                                                         \
	(BT_LE_ADV_OPT_CONN | BT_LE_ADV_OPT_USE_IDENTITY | BT_LE_ADV_OPT_USE_NAME |            \
	 BT_LE_ADV_OPT_DIR_MODE_LOW_DUTY | BT_LE_ADV_OPT_FILTER_SCAN_REQ |                     \
	 BT_LE_ADV_OPT_FILTER_CONN | BT_LE_ADV_OPT_SCANNABLE | BT_LE_ADV_OPT_DISABLE_CHAN_37 | \
	 BT_LE_ADV_OPT_DISABLE_CHAN_38 | BT_LE_ADV_OPT_DISABLE_CHAN_39 |                       \
	 BT_LE_ADV_OPT_FORCE_NAME_IN_AD | BT_LE_ADV_OPT_USE_NRPA)

#define ALL_CHANNELS_OFF                                                 \
	(BT_LE_ADV_OPT_DISABLE_CHAN_37 | BT_LE_ADV_OPT_DISABLE_CHAN_38 | \
	 BT_LE_ADV_OPT_DISABLE_CHAN_39)

static bool is_connectable(const struct bt_le_adv_param *param)
{
	return (param->options & _BT_LE_ADV_OPT_CONNECTABLE) != 0;
}

static bool is_high_duty(const struct bt_le_adv_param *param)
{
	return param->peer != NULL && (param->options & BT_LE_ADV_OPT_DIR_MODE_LOW_DUTY) == 0;
}

static bool options_valid(const struct bt_le_adv_param *param)
{
	uint32_t options = param->options;
	uint32_t nrpa_against =
		BT_LE_ADV_OPT_USE_NRPA | BT_LE_ADV_OPT_USE_IDENTITY | _BT_LE_ADV_OPT_CONNECTABLE;

	if ((options & ~(uint32_t)LEGACY_OPTIONS) != 0 ||
	    (options & ALL_CHANNELS_OFF) == ALL_CHANNELS_OFF) {
		return false;
	}
	if ((options & BT_LE_ADV_OPT_USE_NRPA) != 0 &&
	    (options & nrpa_against) != BT_LE_ADV_OPT_USE_NRPA) {
		return false;
	}
	if (param->peer == NULL) {
		return (options & BT_LE_ADV_OPT_DIR_MODE_LOW_DUTY) == 0;
	}
	return is_connectable(param) && param->peer->type <= BT_ADDR_LE_RANDOM &&
	       (options & (BT_LE_ADV_OPT_USE_NAME | BT_LE_ADV_OPT_SCANNABLE)) == 0;
}

static bool interval_valid(struct bt_host *host, const struct bt_le_adv_param *param)
{
	uint32_t min = INTERVAL_MIN;

	if (is_high_duty(param)) {
		return true;
	}
	if (!is_connectable(param) &&
	    hci__info(host__hci(host))->hci_version < BT_HCI_VERSION_5_0) {
		min = INTERVAL_MIN_NONCONN_V4;
	}
	return param->interval_min >= min && param->interval_min <= param->interval_max &&
	       param->interval_max <= INTERVAL_MAX;
}

static uint8_t pdu_type(const struct adv *adv, const struct bt_le_adv_param *param)
{
	if (param->peer != NULL) {
		return is_high_duty(param) ? BT_HCI_ADV_DIRECT_IND : BT_HCI_ADV_DIRECT_IND_LOW_DUTY;
	}
	if (is_connectable(param)) {
		return BT_HCI_ADV_IND;
	}
	return adv->scannable ? BT_HCI_ADV_SCAN_IND : BT_HCI_ADV_NONCONN_IND;
}

static int set_param(struct bt_host *host, const struct bt_le_adv_param *param,
		     uint8_t own_addr_type)
{
	struct bt_hci_cp_le_set_adv_param cp = {
		.min_interval = sys_cpu_to_le16(param->interval_min),
		.max_interval = sys_cpu_to_le16(param->interval_max),
		.type = pdu_type(host__adv(host), param),
		.own_addr_type = own_addr_type,
	};

	if (is_high_duty(param)) {
		/* Not used, but some controllers check it all the same. */
		cp.min_interval = sys_cpu_to_le16(INTERVAL_MIN);
		cp.max_interval = sys_cpu_to_le16(INTERVAL_MIN);
	}
	if (param->peer != NULL) {
		bt_addr_le_copy(&cp.direct_addr, param->peer);
	}
	cp.channel_map = 0x07;
	cp.channel_map &= (param->options & BT_LE_ADV_OPT_DISABLE_CHAN_37) != 0 ? ~BIT(0) : 0xff;
	cp.channel_map &= (param->options & BT_LE_ADV_OPT_DISABLE_CHAN_38) != 0 ? ~BIT(1) : 0xff;
	cp.channel_map &= (param->options & BT_LE_ADV_OPT_DISABLE_CHAN_39) != 0 ? ~BIT(2) : 0xff;
	if ((param->options & BT_LE_ADV_OPT_FILTER_SCAN_REQ) != 0) {
		cp.filter_policy |= BT_LE_ADV_FP_FILTER_SCAN_REQ;
	}
	if ((param->options & BT_LE_ADV_OPT_FILTER_CONN) != 0) {
		cp.filter_policy |= BT_LE_ADV_FP_FILTER_CONN_IND;
	}
	return hci__cmd_sync(host__hci(host), BT_HCI_OP_LE_SET_ADV_PARAM, &cp, sizeof(cp));
}

/* Both commands have the same parameters, always of full length. */
static int set_data(struct bt_host *host, const struct adv_data *data)
{
	int err = hci__cmd_sync(host__hci(host), BT_HCI_OP_LE_SET_ADV_DATA, &data->ad,
				sizeof(data->ad));

	if (err == 0 && host__adv(host)->scannable) {
		err = hci__cmd_sync(host__hci(host), BT_HCI_OP_LE_SET_SCAN_RSP_DATA, &data->sd,
				    sizeof(data->sd));
	}
	return err;
}

static int set_enable(struct bt_host *host, uint8_t enable)
{
	struct bt_hci_cp_le_set_adv_enable cp = {.enable = enable};
	int err = hci__cmd_sync(host__hci(host), BT_HCI_OP_LE_SET_ADV_ENABLE, &cp, sizeof(cp));

	if (err == -ETIMEDOUT && enable == BT_HCI_LE_ADV_ENABLE) {
		/* It may be advertising for all we know. */
		struct net_buf *buf = hci__cmd_alloc(host__hci(host));

		if (buf != NULL) {
			net_buf_add_u8(buf, BT_HCI_LE_ADV_DISABLE);
			(void)hci__cmd_send(host__hci(host), BT_HCI_OP_LE_SET_ADV_ENABLE, buf, NULL,
					    NULL);
		}
	}
	return err;
}

static void ended(struct bt_host *host)
{
	struct adv *adv = host__adv(host);

	adv->state = ADV_OFF;
	adv->generation++;
	own_addr__release(host, &adv->own);
}

static enum own_addr_kind own_addr_kind(const struct bt_le_adv_param *param)
{
	if ((param->options & BT_LE_ADV_OPT_USE_IDENTITY) != 0) {
		return OWN_ADDR_IDENTITY;
	}
	if ((param->options & BT_LE_ADV_OPT_USE_NRPA) != 0) {
		return OWN_ADDR_NRPA;
	}
	return is_connectable(param) ? OWN_ADDR_DEFAULT : OWN_ADDR_PRIVATE;
}

static int start(struct bt_host *host, const struct bt_le_adv_param *param,
		 const struct adv_data *data)
{
	struct adv *adv = host__adv(host);
	int err = own_addr__take(host, &adv->own, param->id, own_addr_kind(param));

	if (err == 0) {
		err = set_param(host, param, adv->own.type);
	}
	if (err == 0 && param->peer == NULL) {
		err = set_data(host, data);
	}
	return err != 0 ? err : set_enable(host, BT_HCI_LE_ADV_ENABLE);
}

int bt_le_adv_start(const struct bt_le_adv_param *param, const struct bt_data *ad, size_t ad_len,
		    const struct bt_data *sd, size_t sd_len)
{
	struct bt_host *host = fav_host_current();
	struct adv *adv = host__adv(host);
	struct adv_data data;
	uint32_t generation;
	int err;

	if (!host__is_ready(host)) {
		return -EAGAIN;
	}
	if (param == NULL || !options_valid(param) || !interval_valid(host, param) ||
	    id__addr(host__id(host), param->id) == NULL ||
	    (param->peer != NULL && (ad_len != 0 || sd_len != 0))) {
		return -EINVAL;
	}
	if (adv->state != ADV_OFF) {
		return -EALREADY;
	}
	if (is_connectable(param) && !conn__has_free(host)) {
		return -ENOMEM;
	}
	adv->id = param->id;
	adv->connectable = is_connectable(param);
	adv->directed = param->peer != NULL;
	if (adv->directed) {
		bt_addr_le_copy(&adv->peer, param->peer);
	}
	adv->use_name = (param->options & BT_LE_ADV_OPT_USE_NAME) != 0;
	adv->name_in_ad = (param->options & BT_LE_ADV_OPT_FORCE_NAME_IN_AD) != 0;
	adv->scannable = !adv->directed && (adv->connectable || sd_len != 0 ||
					    (param->options & BT_LE_ADV_OPT_SCANNABLE) != 0);
	err = adv_data__build(&data, adv, ad, ad_len, sd, sd_len);
	if (err != 0) {
		return err;
	}
	adv->state = ADV_STARTING;
	generation = ++adv->generation;
	err = start(host, param, &data);
	/* While the caller waited, a connection or the host's end may have ended it already. */
	if (adv->generation == generation) {
		if (err == 0) {
			adv->state = ADV_ON;
		} else {
			ended(host);
		}
	}
	return err;
}

int bt_le_adv_update_data(const struct bt_data *ad, size_t ad_len, const struct bt_data *sd,
			  size_t sd_len)
{
	struct bt_host *host = fav_host_current();
	struct adv *adv = host__adv(host);
	struct adv_data data;
	int err;

	if (!host__is_ready(host) || adv->state != ADV_ON) {
		return -EAGAIN;
	}
	if (adv->directed) {
		return -EINVAL;
	}
	err = adv_data__build(&data, adv, ad, ad_len, sd, sd_len);
	return err != 0 ? err : set_data(host, &data);
}

int bt_le_adv_stop(void)
{
	struct bt_host *host = fav_host_current();
	struct adv *adv = host__adv(host);
	uint32_t generation = adv->generation;
	int err;

	if (!host__is_ready(host)) {
		return -EAGAIN;
	}
	if (adv->state == ADV_OFF) {
		return 0;
	}
	if (adv->state == ADV_STARTING) {
		return -EBUSY;
	}
	err = set_enable(host, BT_HCI_LE_ADV_DISABLE);
	if (adv->generation != generation) {
		return 0;
	}
	if (err == 0) {
		ended(host);
	}
	return err;
}

/* A connection, or the time limit of directed advertising. */
static void conn_ended(struct bt_host *host, uint8_t status, uint8_t *id, bt_addr_le_t *local)
{
	struct adv *adv = host__adv(host);

	if (id != NULL) {
		*id = adv->id;
		bt_addr_le_copy(local, &adv->own.addr);
	}
	/* Also while bt_le_adv_start() waits: the link may be faster than its caller. */
	if (adv->state == ADV_OFF || !adv->connectable) {
		return;
	}
	ended(host);
	if (status == BT_HCI_ERR_ADV_TIMEOUT && adv->directed) {
		conn__adv_timed_out(host, adv->id, &adv->own.addr, &adv->peer);
	}
}

/* ---- While the controller must be quiet ---- */

static int quiet_pause(struct bt_host *host, struct quiet_user *user, unsigned int reasons)
{
	if (host__adv(host)->state != ADV_ON) {
		return -EBUSY;
	}
	return set_enable(host, BT_HCI_LE_ADV_DISABLE);
}

static void quiet_resume(struct bt_host *host, struct quiet_user *user)
{
	struct adv *adv = host__adv(host);
	uint32_t generation = adv->generation;
	int err = set_enable(host, BT_HCI_LE_ADV_ENABLE);

	if (err != 0 && adv->generation == generation) {
		LOG_ERR("advertising cannot go on: %d", err);
		ended(host);
	}
}

static const struct quiet_ops quiet_ops = {.pause = quiet_pause, .resume = quiet_resume};

/* ---- With the host and its links ---- */

static const struct conn_adv conn_adv = {.ended = conn_ended};

void adv__init(struct adv *adv, struct bt_host *host)
{
	memset(adv, 0, sizeof(*adv));
}

int adv__enable(struct bt_host *host)
{
	struct adv *adv = host__adv(host);

	adv->id = BT_ID_DEFAULT;
	own_addr__register(host, &adv->own, OWN_ADDR_SHARED, &quiet_ops);
	bt_addr_le_copy(&adv->own.addr, id__addr(host__id(host), BT_ID_DEFAULT));
	conn__adv_register(host__conns(host), &conn_adv);
	return 0;
}

void adv__disable(struct bt_host *host)
{
	ended(host);
}
