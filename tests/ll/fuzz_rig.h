/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_LL_FUZZ_RIG_H_
#define TESTS_LL_FUZZ_RIG_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <favonius/air.h>
#include <favonius/hci.h>
#include <zephyr/net_buf.h>

/*
 * Two controllers on an air in virtual time, for fuzz targets: hosts that take or refuse whatever
 * comes, and check that it is whole. Each run begins and ends with nothing.
 */

#define RIG_BUFFERS 80

struct rig {
	struct fav_air *air;
	struct fav_hci *hci[2];
	bool refuse; /* buffers for data and events, but for replies */
	struct net_buf_pool pool;
	FAV_NET_BUF_STORAGE(storage, RIG_BUFFERS, 264, 0);
};

void rig_begin(struct rig *rig);
/* Aborts when anything is left. */
void rig_end(struct rig *rig);

/* Send an HCI packet, indicator first; what is malformed or too much is dropped. */
void rig_send(struct rig *rig, int device, uint8_t type, const uint8_t *data, size_t len);
void rig_cmd(struct rig *rig, int device, uint16_t opcode, const void *params, size_t len);
void rig_run_us(uint64_t us);

/* Device 0 becomes the central of device 1; the handle is 0 at both. */
void rig_connect(struct rig *rig);

#endif
