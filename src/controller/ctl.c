/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/ctl.h"

#include <stdlib.h>
#include <string.h>

#include <zephyr/sys/util.h>

const uint8_t ctl__le_features[8] = {
	CTL_FEATURE_ENCRYPTION | CTL_FEATURE_CONN_PARAM | CTL_FEATURE_EXT_REJECT |
		CTL_FEATURE_PERIPHERAL | CTL_FEATURE_PING | CTL_FEATURE_DLE | CTL_FEATURE_PRIVACY |
		CTL_FEATURE_EXT_SCAN,
	CTL_FEATURE_1_2M | CTL_FEATURE_1_CODED | CTL_FEATURE_1_EXT_ADV | CTL_FEATURE_1_PER_ADV |
		CTL_FEATURE_1_CSA2,
	0,
	CTL_FEATURE_3_PAST_TX | CTL_FEATURE_3_PAST_RX,
};

/* splitmix64: any seed will do. */
uint64_t ctl__random(struct fav_controller *ctl)
{
	uint64_t z = (ctl->random_state += 0x9e3779b97f4a7c15U);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
	return z ^ (z >> 31);
}

uint32_t ctl__random_below(struct fav_controller *ctl, uint32_t limit)
{
	return (uint32_t)(ctl__random(ctl) % limit);
}

uint8_t ctl__random_channel(struct fav_controller *ctl)
{
	struct ll_chan_map map;

	(void)ll__chan_map_set(&map, ctl->host_chan_map);
	return map.used[ctl__random_below(ctl, map.count)];
}

bool ctl__has_phy(uint8_t phy)
{
	switch (phy) {
	case RADIO_1M:
		return true;
	case RADIO_2M:
		return ctl__le_features[1] & CTL_FEATURE_1_2M;
	case RADIO_CODED_S8:
		return ctl__le_features[1] & CTL_FEATURE_1_CODED;
	default:
		return false;
	}
}

const bt_addr_t *ctl__random_addr(const struct fav_controller *ctl)
{
	return ctl->random_set ? &ctl->random_addr : NULL;
}

bool ctl__addr_in_use(const struct fav_controller *ctl)
{
	return ctl->adv.enabled || ctl->scan.enabled || ctl->init.enabled;
}

bool ctl__is_on(const struct fav_controller *ctl)
{
	return ctl__addr_in_use(ctl) || ll__set_any(ctl);
}

/* Core 6.0 Vol 4 Part E 7.8.35, 7.8.48 name what holds until a host says otherwise. */
static void set_defaults(struct fav_controller *ctl)
{
	static const uint8_t all_channels[5] = {0xff, 0xff, 0xff, 0xff, 0x1f};

	ctl->defaults.tx_octets = LL_DATA_LEN_MIN;
	ctl->defaults.tx_time_us = 328;
	ctl->defaults.tx_phys = LL_PHYS;
	ctl->defaults.rx_phys = LL_PHYS;
	ctl->random_set = false;
	ctl->family = CTL_ANY;
	ctl->defaults.past.on = false;
	ctl->accept.count = 0;
	ll__resolve_init(&ctl->resolve);
	memcpy(ctl->host_chan_map, all_channels, sizeof(all_channels));
}

void ctl__reset(struct fav_controller *ctl, uint64_t now_us)
{
	ll__adv_stop(&ctl->adv, now_us);
	ll__set_remove_all(ctl, now_us);
	ll__sync_reset(ctl, now_us);
	ll__scan_stop(ctl, now_us);
	ll__init_stop(ctl, now_us);
	for (unsigned int i = 0; i < CTL_CONN_MAX; i++) {
		if (ctl->conns[i].used) {
			ll__conn_close(&ctl->conns[i], 0, now_us);
		}
	}
	ll__adv_init(&ctl->adv, ctl, &ll__adv_legacy_owner);
	ll__listen_init(ctl);
	ll__follow_init(ctl);
	ll__scan_init(ctl);
	ll__init_init(ctl);
	set_defaults(ctl);
	ctl__up_reset(ctl);
}

void ctl__shut(struct fav_controller *ctl)
{
	ctl__up_close(ctl);
	ctl__down_reset(ctl);
	ctl__reset(ctl, fav_kernel_port()->now_us());
}

void ctl__lose(struct fav_controller *ctl, int err)
{
	if (ctl->up.open) {
		ctl__shut(ctl);
		ctl->hci.client->lost(ctl->hci.ctx, err);
	}
}

struct fav_controller *ctl__create(const struct ctl_config *config)
{
	struct fav_controller *ctl = calloc(1, sizeof(*ctl));

	if (ctl == NULL) {
		return NULL;
	}
	ctl->hci.api = &ctl__hci_api;
	ctl->hci.name = config->name;
	ctl->config = *config;
	ctl->random_state = config->seed;
	ctl->public_addr = config->public_addr;
	ctl__up_init(ctl);
	ctl__down_init(ctl);
	ll__sched_init(&ctl->sched, config->radio);
	ll__adv_init(&ctl->adv, ctl, &ll__adv_legacy_owner);
	ll__listen_init(ctl);
	ll__scan_limit_init(&ctl->scan);
	ctl__reset(ctl, 0);
	return ctl;
}

void ctl__destroy(struct fav_controller *ctl)
{
	ctl__shut(ctl);
	free(ctl);
}

struct fav_hci *ctl__hci(struct fav_controller *ctl)
{
	return &ctl->hci;
}

void *ctl__owner(const struct fav_hci *hci)
{
	return ((const struct fav_controller *)hci)->config.owner;
}

const bt_addr_t *ctl__public_addr(const struct fav_controller *ctl)
{
	return &ctl->public_addr;
}

uint32_t ctl__links(const struct fav_controller *ctl)
{
	return ctl->central_count;
}

uint64_t ctl__reports_dropped(const struct fav_controller *ctl)
{
	return ctl->up.reports_dropped;
}
