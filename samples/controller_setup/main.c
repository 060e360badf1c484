/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A controller that needs setting up, may differ, and may go away: docs/transports.md explains this
 * program piece by piece. It gives the controller an address by a vendor command of Zephyr's,
 * advertises, and begins again whenever the controller is gone.
 */

#include <favonius/host.h>
#include <favonius/loop.h>
#include <favonius/quirks.h>
#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/hci.h>
#include <zephyr/kernel.h>
#include <zephyr/sys/printk.h>
#include <zephyr/sys/util.h>

/* Zephyr's controllers, and the air's, take their public address from this. */
#define OP_WRITE_BD_ADDR BT_OP(BT_OGF_VS, 0x0006)

#define TRY_AGAIN K_SECONDS(1)

static const bt_addr_t own_addr = {{0x05, 0x04, 0x03, 0x02, 0x01, 0x02}};

static int set_up(struct bt_host *host, struct fav_hci *hci, void *user)
{
	struct net_buf *buf = bt_hci_cmd_alloc(K_SECONDS(1));

	if (buf == NULL) {
		return -ENOMEM;
	}
	net_buf_add_mem(buf, &own_addr, sizeof(own_addr));
	return bt_hci_cmd_send_sync(OP_WRITE_BD_ADDR, buf, NULL);
}

/* A controller of ours that says it has more buffers than it has. */
static const struct fav_quirk quirks[] = {
	{
		.what = "our board, firmware 1.x: two buffers are enough for it",
		.manufacturer = 0xffff,
		.subversion_min = 0x0100,
		.subversion_max = 0x01ff,
		.acl_count_max = 2,
	},
};

static void begin(struct k_work *work);
static K_WORK_DELAYABLE_DEFINE(begin_work, begin);

static void begin(struct k_work *work)
{
	const struct bt_data ad[] = {
		BT_DATA_BYTES(BT_DATA_FLAGS, BT_LE_AD_GENERAL | BT_LE_AD_NO_BREDR),
	};
	char text[BT_ADDR_LE_STR_LEN];
	bt_addr_le_t addr;
	size_t count = 1;
	int err;

	(void)bt_disable();
	err = bt_enable(NULL);
	if (err == 0) {
		err = bt_le_adv_start(BT_LE_ADV_CONN_FAST_1, ad, ARRAY_SIZE(ad), NULL, 0);
	}
	if (err != 0) {
		printk("no controller (%d); again in a second\n", err);
		k_work_schedule(&begin_work, TRY_AGAIN);
		return;
	}
	bt_id_get(&addr, &count);
	bt_addr_le_to_str(&addr, text, sizeof(text));
	printk("advertising as %s\n", text);
}

static void on_lost(struct bt_host *host, int err)
{
	printk("the controller is gone (%d)\n", err);
	k_work_schedule(&begin_work, K_NO_WAIT);
}

int main(void)
{
	static struct fav_host_cb cb = {.lost = on_lost};
	struct bt_host *host = fav_host_current();
	int err = fav_host_setup_set(host, set_up, NULL);

	if (err == 0) {
		err = fav_host_quirks_set(host, quirks, ARRAY_SIZE(quirks));
	}
	if (err == 0) {
		err = fav_host_cb_register(host, &cb);
	}
	if (err != 0) {
		printk("refused: %d\n", err);
		return 1;
	}
	k_work_schedule(&begin_work, K_NO_WAIT);
	for (;;) {
		(void)fav_wait(K_FOREVER);
	}
}
