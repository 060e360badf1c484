/* SPDX-License-Identifier: Apache-2.0 */

/* The wrappers of the seam: what they let through to a transport. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <favonius/hci.h>

NET_BUF_POOL_DEFINE(pool, 1, 64, 0, NULL);

struct fake {
	struct fav_hci hci;
	int open_result;
	int opened, sent, readied, closed, destroyed;
};

static int fake_open(struct fav_hci *hci)
{
	struct fake *fake = CONTAINER_OF(hci, struct fake, hci);

	fake->opened++;
	return fake->open_result;
}

static int fake_send(struct fav_hci *hci, struct net_buf *buf)
{
	CONTAINER_OF(hci, struct fake, hci)->sent++;
	net_buf_unref(buf);
	return 0;
}

static void fake_rx_ready(struct fav_hci *hci)
{
	CONTAINER_OF(hci, struct fake, hci)->readied++;
}

static void fake_close(struct fav_hci *hci)
{
	CONTAINER_OF(hci, struct fake, hci)->closed++;
}

static void fake_destroy(struct fav_hci *hci)
{
	CONTAINER_OF(hci, struct fake, hci)->destroyed++;
}

static const struct fav_hci_api fake_api = {
	.open = fake_open,
	.send = fake_send,
	.rx_ready = fake_rx_ready,
	.close = fake_close,
	.destroy = fake_destroy,
};

static const struct fav_hci_client client;

static struct net_buf *packet(const uint8_t *data, size_t len)
{
	struct net_buf *buf = net_buf_alloc(&pool, K_NO_WAIT);

	assert_non_null(buf);
	net_buf_add_mem(buf, data, len);
	return buf;
}

static const uint8_t reset[] = {0x01, 0x03, 0x0c, 0x00};

static void opening_twice_says_so(void **state)
{
	struct fake fake = {.hci = {.api = &fake_api, .name = "fake"}};

	assert_int_equal(fav_hci_open(&fake.hci, &client, NULL), 0);
	assert_int_equal(fav_hci_open(&fake.hci, &client, NULL), -EALREADY);
	assert_int_equal(fake.opened, 1);
	fav_hci_close(&fake.hci);
	assert_int_equal(fav_hci_open(&fake.hci, &client, NULL), 0);
}

static void a_failed_open_leaves_it_closed(void **state)
{
	struct fake fake = {.hci = {.api = &fake_api, .name = "fake"}, .open_result = -EIO};

	assert_int_equal(fav_hci_open(&fake.hci, &client, NULL), -EIO);
	assert_null(fake.hci.client);
	fav_hci_close(&fake.hci);
	assert_int_equal(fake.closed, 0);
}

static void nothing_passes_while_closed(void **state)
{
	struct fake fake = {.hci = {.api = &fake_api, .name = "fake"}};
	struct net_buf *buf = packet(reset, sizeof(reset));

	assert_int_equal(fav_hci_send(&fake.hci, buf), -ENOTCONN);
	net_buf_unref(buf);
	fav_hci_rx_ready(&fake.hci);
	assert_int_equal(fake.sent + fake.readied, 0);
}

static void only_whole_packets_go_down(void **state)
{
	static const struct {
		uint8_t data[8];
		size_t len;
	} wrong[] = {
		{{0}, 0},                            /* empty */
		{{0x01}, 1},                         /* no header */
		{{0x01, 0x03, 0x0c}, 3},             /* half a header */
		{{0x01, 0x03, 0x0c, 0x01}, 4},       /* shorter than it says */
		{{0x01, 0x03, 0x0c, 0x00, 0x00}, 5}, /* longer */
		{{0x04, 0x0e, 0x00}, 3},             /* an event goes up only */
		{{0x06, 0x00, 0x00, 0x00}, 4},       /* no indicator */
		{{0x02, 0x40, 0x00, 0xff, 0xff}, 5}, /* ACL, shorter than it says */
	};
	struct fake fake = {.hci = {.api = &fake_api, .name = "fake"}};

	assert_int_equal(fav_hci_open(&fake.hci, &client, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct net_buf *buf = packet(wrong[i].data, wrong[i].len);

		assert_int_equal(fav_hci_send(&fake.hci, buf), -EINVAL);
		net_buf_unref(buf);
	}
	assert_int_equal(fake.sent, 0);
	assert_int_equal(fav_hci_send(&fake.hci, packet(reset, sizeof(reset))), 0);
	assert_int_equal(fake.sent, 1);
}

static void closing_and_destroying(void **state)
{
	struct fake fake = {.hci = {.api = &fake_api, .name = "fake"}};

	fav_hci_destroy(NULL);
	assert_int_equal(fav_hci_open(&fake.hci, &client, NULL), 0);
	fav_hci_rx_ready(&fake.hci);
	assert_int_equal(fake.readied, 1);
	fav_hci_close(&fake.hci);
	fav_hci_close(&fake.hci);
	assert_int_equal(fake.closed, 1);
	assert_int_equal(fav_hci_open(&fake.hci, &client, NULL), 0);
	fav_hci_destroy(&fake.hci);
	assert_int_equal(fake.closed, 2);
	assert_int_equal(fake.destroyed, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opening_twice_says_so),
		cmocka_unit_test(a_failed_open_leaves_it_closed),
		cmocka_unit_test(nothing_passes_while_closed),
		cmocka_unit_test(only_whole_packets_go_down),
		cmocka_unit_test(closing_and_destroying),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
