/* SPDX-License-Identifier: Apache-2.0 */

/* A program that joins the air that FAVONIUS_HCI names, resets its controller, prints "joined", and
 * stays until its standard input ends or for the seconds of its argument. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <favonius/hci.h>
#include <favonius/loop.h>
#include <zephyr/kernel.h>

NET_BUF_POOL_FIXED_DEFINE(pool, 4, 260, 0, NULL);

static struct net_buf *client_alloc(void *ctx, uint8_t type, const uint8_t *hdr, size_t hdr_len,
				    size_t len)
{
	return net_buf_alloc(&pool, K_NO_WAIT);
}

static void client_recv(void *ctx, struct net_buf *buf)
{
	net_buf_unref(buf);
	k_sem_give(ctx);
}

static void client_lost(void *ctx, int err)
{
	fprintf(stderr, "lost: %s\n", strerror(-err));
	exit(3);
}

static const struct fav_hci_client client = {
	.alloc = client_alloc,
	.recv = client_recv,
	.lost = client_lost,
};

static int reset(struct fav_hci *hci, struct k_sem *answered)
{
	static const uint8_t packet[] = {FAV_H4_CMD, 0x03, 0x0c, 0x00};
	struct net_buf *buf = net_buf_alloc(&pool, K_NO_WAIT);
	int err;

	net_buf_add_mem(buf, packet, sizeof(packet));
	err = fav_hci_send(hci, buf);
	return err < 0 ? err : k_sem_take(answered, K_SECONDS(5));
}

int main(int argc, char **argv)
{
	struct k_sem answered;
	struct fav_hci *hci;
	int err = fav_hci_create(NULL, &hci);

	if (err < 0) {
		return 1;
	}
	k_sem_init(&answered, 0, 1);
	err = fav_hci_open(hci, &client, &answered);
	if (err == 0) {
		err = reset(hci, &answered);
	}
	if (err < 0) {
		fav_hci_destroy(hci);
		return 2;
	}
	puts("joined");
	fflush(stdout);
	k_sleep(K_MSEC(argc > 1 ? atof(argv[1]) * 1000 : 0));
	fav_hci_destroy(hci);
	return 0;
}
