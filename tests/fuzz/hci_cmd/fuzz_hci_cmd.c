/* SPDX-License-Identifier: Apache-2.0 */

/* A controller's HCI from above. The input is packets, each behind two bytes: what to do (bits 0
 * and 1 the kind, bit 2 whether the host refuses buffers, bits 3 to 7 the time to wait before the
 * next, in ms) and its length. Byte 0 chooses whether there is a connection. */

#include <stddef.h>
#include <stdint.h>

#include <favonius/loop.h>
#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/sys/util.h>

#include "ll/fuzz_rig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct rig rig;

static const uint8_t kinds[4] = {FAV_H4_CMD, FAV_H4_CMD, FAV_H4_ACL, 0x42};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t at = 1;

	rig_begin(&rig);
	if (size > 0 && (data[0] & 1)) {
		rig_connect(&rig);
	}
	while (at + 2 <= size) {
		uint8_t what = data[at];
		size_t len = MIN(data[at + 1], size - at - 2);

		rig.refuse = what & 4;
		rig_send(&rig, 0, kinds[what & 3], data + at + 2, len);
		if (what >> 3) {
			rig_run_us((what >> 3) * 1000ULL);
			fav_hci_rx_ready(rig.hci[0]);
		}
		at += 2 + len;
	}
	rig_run_us(50000);
	rig_end(&rig);
	return 0;
}
