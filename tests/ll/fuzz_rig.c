/* SPDX-License-Identifier: Apache-2.0 */
#include "ll/fuzz_rig.h"

#include <stdlib.h>
#include <string.h>

#include <favonius/loop.h>
#include <favonius/sim.h>
#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/kernel.h>
#include <zephyr/sys/byteorder.h>

static void must(bool what)
{
	if (!what) {
		abort();
	}
}

static struct net_buf *on_alloc(void *ctx, uint8_t type, const uint8_t *hdr, size_t hdr_len,
				size_t len)
{
	struct rig *rig = ctx;
	bool reply = type == FAV_H4_EVT &&
		     (hdr[0] == BT_HCI_EVT_CMD_COMPLETE || hdr[0] == BT_HCI_EVT_CMD_STATUS);

	must(len + 1 <= 264);
	must(type == FAV_H4_EVT ? len == 2U + hdr[1] : len == 4U + sys_get_le16(hdr + 2));
	return rig->refuse && !reply ? NULL : net_buf_alloc(&rig->pool, K_NO_WAIT);
}

static void on_recv(void *ctx, struct net_buf *buf)
{
	net_buf_unref(buf);
}

static void on_lost(void *ctx, int err)
{
}

static const struct fav_hci_client client = {on_alloc, on_recv, on_lost};

void rig_run_us(uint64_t us)
{
	k_sleep(K_USEC(us));
}

void rig_send(struct rig *rig, int device, uint8_t type, const uint8_t *data, size_t len)
{
	struct net_buf *buf = net_buf_alloc(&rig->pool, K_NO_WAIT);

	if (buf == NULL) {
		return;
	}
	net_buf_add_u8(buf, type);
	net_buf_add_mem(buf, data, MIN(len, 263));
	/* Past the check of fav_hci_send(), which the controller does not rely on. */
	if (rig->hci[device]->api->send(rig->hci[device], buf) != 0) {
		net_buf_unref(buf);
	}
}

void rig_cmd(struct rig *rig, int device, uint16_t opcode, const void *params, size_t len)
{
	uint8_t cmd[3 + 255];

	sys_put_le16(opcode, cmd);
	cmd[2] = (uint8_t)len;
	if (len != 0) {
		memcpy(cmd + 3, params, len);
	}
	rig_send(rig, device, FAV_H4_CMD, cmd, 3 + len);
	rig_run_us(1);
}

void rig_begin(struct rig *rig)
{
	static const uint8_t all[8] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x3f};

	memset(rig, 0, sizeof(*rig));
	fav_sim_reset(1);
	must(fav_kernel_init(&fav_port_sim) == 0);
	must(fav_net_buf_pool_init(&rig->pool, rig->storage, sizeof(rig->storage), RIG_BUFFERS, 264,
				   0, NULL) == 0);
	rig->air = fav_air_create(NULL);
	must(rig->air != NULL);
	for (int i = 0; i < 2; i++) {
		must(fav_air_add(rig->air, NULL, &rig->hci[i]) == 0);
		must(fav_hci_open(rig->hci[i], &client, rig) == 0);
		rig_cmd(rig, i, BT_HCI_OP_SET_EVENT_MASK, all, sizeof(all));
		rig_cmd(rig, i, BT_HCI_OP_LE_SET_EVENT_MASK, all, sizeof(all));
	}
}

void rig_end(struct rig *rig)
{
	struct fav_kernel_usage usage;

	for (int i = 0; i < 2; i++) {
		fav_hci_close(rig->hci[i]);
	}
	fav_air_destroy(rig->air);
	must(fav_net_buf_pool_used(&rig->pool) == 0);
	fav_kernel_usage_get(&usage);
	must(usage.timeouts == 0 && usage.irqs == 0 && usage.works == 0 && usage.heap_blocks == 0);
}

void rig_connect(struct rig *rig)
{
	static const uint8_t adv_param[15] = {0x20, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0};
	static const uint8_t create[25] = {16,   0,    16, 0, 0, 0, 2, 0, 0, 0,
					   0xfa, 0xf0, 0,  6, 0, 6, 0, 0, 0, 100};
	uint8_t cmd[25];

	memcpy(cmd, create, sizeof(cmd));
	/* The address that the air gives to its second device. */
	memcpy(cmd + 6, (const uint8_t[]){2, 0, 0, 0xf0, 0xfa, 2}, 6);
	rig_cmd(rig, 1, BT_HCI_OP_LE_SET_ADV_PARAM, adv_param, sizeof(adv_param));
	rig_cmd(rig, 1, BT_HCI_OP_LE_SET_ADV_ENABLE, (const uint8_t[]){1}, 1);
	rig_cmd(rig, 0, BT_HCI_OP_LE_CREATE_CONN, cmd, sizeof(cmd));
	rig_run_us(100000);
}
