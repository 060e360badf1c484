/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/hci.h>
#include <zephyr/logging/log.h>

#include "adv.h"
#include "adv_data.h"
#include "adv_param.h"
#include "conn.h"
#include "ext_adv.h"
#include "hci_core.h"
#include "host.h"
#include "id.h"

LOG_MODULE_REGISTER(bt_adv);

static const struct adv_way *way(struct bt_host *host)
{
	return hci__uses_ext(host__hci(host)) ? &adv_way_ext : &adv_way_legacy;
}

static void ended(struct bt_host *host)
{
	struct adv *adv = host__adv(host);

	adv->state = ADV_OFF;
	adv->generation++;
	own_addr__release(host, &adv->own);
	if (way(host)->ended != NULL) {
		way(host)->ended(host);
	}
}

static int start(struct bt_host *host, const struct bt_le_adv_param *param,
		 const struct adv_data *data)
{
	int err = own_addr__take(host, &host__adv(host)->own, param->id,
				 adv_param__own_addr_kind(param));

	if (err == 0) {
		err = way(host)->set_param(host, param);
	}
	if (err == 0 && param->peer == NULL) {
		err = way(host)->set_data(host, data);
	}
	return err != 0 ? err : way(host)->set_enable(host, true);
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
	if (param == NULL || !adv_param__legacy_valid(host, param) ||
	    (param->peer != NULL && (ad_len != 0 || sd_len != 0))) {
		return -EINVAL;
	}
	if (adv->state != ADV_OFF) {
		return -EALREADY;
	}
	if (adv_param__connectable(param) && !conn__has_free(host)) {
		return -ENOMEM;
	}
	adv->id = param->id;
	adv->connectable = adv_param__connectable(param);
	adv->directed = param->peer != NULL;
	adv->high_duty = adv_param__high_duty(param);
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
	return err != 0 ? err : way(host)->set_data(host, &data);
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
	err = way(host)->set_enable(host, false);
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

void adv__set_terminated(struct bt_host *host, uint8_t status, uint16_t conn_handle)
{
	struct adv *adv = host__adv(host);
	bt_addr_le_t local = adv->own.addr;
	uint8_t id = adv->id;

	conn_ended(host, status, NULL, NULL);
	if (status == BT_HCI_ERR_SUCCESS) {
		bt_conn_unref(conn__adv_linked(host, conn_handle, id, &local));
	}
}

/* ---- While the controller must be quiet ---- */

static int quiet_pause(struct bt_host *host, struct quiet_user *user, unsigned int reasons)
{
	if (host__adv(host)->state != ADV_ON) {
		return -EBUSY;
	}
	return way(host)->set_enable(host, false);
}

static void quiet_resume(struct bt_host *host, struct quiet_user *user)
{
	struct adv *adv = host__adv(host);
	uint32_t generation = adv->generation;
	int err = way(host)->set_enable(host, true);

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
	own_addr__register(host, &adv->own,
			   hci__uses_ext(host__hci(host)) ? EXT_ADV_LEGACY_HANDLE : OWN_ADDR_SHARED,
			   &quiet_ops);
	adv->own.common = true;
	bt_addr_le_copy(&adv->own.addr, id__addr(host__id(host), BT_ID_DEFAULT));
	conn__adv_register(host__conns(host), &conn_adv);
	return 0;
}

void adv__disable(struct bt_host *host)
{
	ended(host);
}
