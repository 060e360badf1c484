/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_ADV_PARAM_H_
#define FAV_HOST_ADV_PARAM_H_

#include <stdbool.h>
#include <stdint.h>

#include <favonius/host.h>
#include <zephyr/bluetooth/bluetooth.h>

#include "own_addr.h"

/*
 * What struct bt_le_adv_param says, for legacy advertising and for sets.
 */

static inline bool adv_param__connectable(const struct bt_le_adv_param *param)
{
	return (param->options & _BT_LE_ADV_OPT_CONNECTABLE) != 0;
}

static inline bool adv_param__extended(const struct bt_le_adv_param *param)
{
	return (param->options & BT_LE_ADV_OPT_EXT_ADV) != 0;
}

/* Directed at high duty cycle, which only legacy PDUs can be. */
static inline bool adv_param__high_duty(const struct bt_le_adv_param *param)
{
	return param->peer != NULL && !adv_param__extended(param) &&
	       (param->options & BT_LE_ADV_OPT_DIR_MODE_LOW_DUTY) == 0;
}

/* Of a set. Legacy PDUs that are connectable and for all are scannable too. */
static inline bool adv_param__scannable(const struct bt_le_adv_param *param)
{
	return (param->options & BT_LE_ADV_OPT_SCANNABLE) != 0 ||
	       (!adv_param__extended(param) && adv_param__connectable(param) &&
		param->peer == NULL);
}

/* Within range for bt_le_adv_start(), or for a set; the identity exists. */
bool adv_param__legacy_valid(struct bt_host *host, const struct bt_le_adv_param *param);
bool adv_param__set_valid(struct bt_host *host, const struct bt_le_adv_param *param);

/* The primary channels, as the commands take them. */
uint8_t adv_param__channels(const struct bt_le_adv_param *param);
uint8_t adv_param__filter_policy(const struct bt_le_adv_param *param);
/* What address to advertise with. */
enum own_addr_kind adv_param__own_addr_kind(const struct bt_le_adv_param *param);

#endif
