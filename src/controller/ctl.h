/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_CONTROLLER_CTL_H_
#define FAV_CONTROLLER_CTL_H_

#include <stdbool.h>
#include <stdint.h>

#include <favonius/hci.h>
#include <zephyr/bluetooth/addr.h>

#include "controller/controller.h"
#include "controller/hci_cmd.h"
#include "controller/hci_down.h"
#include "controller/hci_up.h"
#include "controller/ll_accept.h"
#include "controller/ll_adv.h"
#include "controller/ll_conn.h"
#include "controller/ll_follow.h"
#include "controller/ll_init.h"
#include "controller/ll_listen.h"
#include "controller/ll_privacy.h"
#include "controller/ll_resolve.h"
#include "controller/ll_scan.h"
#include "controller/ll_sched.h"
#include "controller/ll_set.h"
#include "controller/ll_sync.h"

/* All of one controller. */

#define CTL_CONN_MAX 64

/* Own sleep clock accuracy: code 5, 31 to 50 ppm, Core 6.0 Vol 6 Part B 2.3.3.1. */
#define CTL_SCA_CODE 5

#define CTL_COMPANY    0xffff /* of nobody: "for internal use" in the Assigned Numbers */
#define CTL_VERSION    0x0e   /* Core 6.0 */
#define CTL_SUBVERSION 0x0001

/* LE Write Suggested Default Data Length and LE Set Default PHY. */
struct ctl_defaults {
	uint16_t tx_octets, tx_time_us;
	uint8_t tx_phys, rx_phys;
	struct ll_past past;
};

struct fav_controller {
	struct fav_hci hci; /* first: what the host sees */
	struct ctl_config config;
	uint64_t random_state;

	bt_addr_t public_addr;
	bt_addr_t random_addr;
	bool random_set;
	struct ctl_defaults defaults;
	uint8_t host_chan_map[5];
	enum ctl_cmd_family family; /* which advertising commands its host uses */

	struct ctl_up up;
	struct ctl_down down;

	struct ll_sched sched;
	struct ll_accept accept;
	struct ll_resolve resolve;
	struct ll_adv adv;
	struct ll_set *sets[LL_SETS_MAX];
	uint8_t set_count;
	struct ll_listen listen;
	struct ll_init init;
	uint32_t conn_count, central_count;
	uint16_t conn_next; /* where the search for a free slot begins: handles are reused late */
	struct ll_scan scan;
	struct ll_follow follows[LL_FOLLOWS_MAX];
	struct ll_per_list per_list;
	struct ll_sync_create sync_create;
	struct ll_sync syncs[LL_SYNCS_MAX];
	uint8_t follow_data[LL_FOLLOWS_MAX][LL_FOLLOW_DATA_MAX];
	uint8_t sync_data[LL_SYNCS_MAX][LL_SYNC_DATA_MAX];
	struct ll_conn conns[CTL_CONN_MAX];
};

/* As after power-on, without a word to the host. */
void ctl__reset(struct fav_controller *ctl, uint64_t now_us);

/* Closed to its host, reset, and nothing queued. */
void ctl__shut(struct fav_controller *ctl);

/* Reproducible for the seed. */
uint64_t ctl__random(struct fav_controller *ctl);
/* Below limit. */
uint32_t ctl__random_below(struct fav_controller *ctl, uint32_t limit);

/* One of the data channels that the host takes for good. */
uint8_t ctl__random_channel(struct fav_controller *ctl);

/* Whether it has that PHY, by its number in HCI. */
bool ctl__has_phy(uint8_t phy);

/* Of LE Set Random Address; NULL: there is none yet. */
const bt_addr_t *ctl__random_addr(const struct fav_controller *ctl);

/* Whether anything uses the controller's own addresses, connections and advertising sets aside,
 * which have their own, Core 6.0 Vol 4 Part E 7.8.4. */
bool ctl__addr_in_use(const struct fav_controller *ctl);
/* Whether anything but connections is on, that the resolving list must not change under, 7.8.38 to
 * 7.8.44, 7.8.77. */
bool ctl__is_on(const struct fav_controller *ctl);

/* LE features of this controller, Core 6.0 Vol 6 Part B 4.6. */
extern const uint8_t ctl__le_features[8];

#define CTL_FEATURE_ENCRYPTION 0x01
#define CTL_FEATURE_CONN_PARAM 0x02
#define CTL_FEATURE_EXT_REJECT 0x04
#define CTL_FEATURE_PERIPHERAL 0x08
#define CTL_FEATURE_PING       0x10
#define CTL_FEATURE_DLE        0x20
#define CTL_FEATURE_PRIVACY    0x40
#define CTL_FEATURE_EXT_SCAN   0x80
#define CTL_FEATURE_1_2M       0x01
#define CTL_FEATURE_1_CODED    0x08
#define CTL_FEATURE_1_EXT_ADV  0x10
#define CTL_FEATURE_1_PER_ADV  0x20
#define CTL_FEATURE_1_CSA2     0x40
#define CTL_FEATURE_3_PAST_TX  0x01
#define CTL_FEATURE_3_PAST_RX  0x02

#endif
