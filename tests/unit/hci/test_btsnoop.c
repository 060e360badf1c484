/* SPDX-License-Identifier: Apache-2.0 */

/* The capture at the seam, in virtual time. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <favonius/hci.h>
#include <favonius/loop.h>
#include <favonius/process.h>
#include <favonius/sim.h>
#include <zephyr/kernel.h>
#include <zephyr/sys/byteorder.h>

NET_BUF_POOL_DEFINE(pool, 4, 64, 0, NULL);

/* A controller that answers each command from within send(). */
struct fake {
	struct fav_hci hci;
};

static const uint8_t reset[] = {0x01, 0x03, 0x0c, 0x00};
static const uint8_t reset_done[] = {0x04, 0x0e, 0x04, 0x01, 0x03, 0x0c, 0x00};
static const uint8_t acl[] = {0x02, 0x40, 0x00, 0x02, 0x00, 0xaa, 0xbb};

static int fake_open(struct fav_hci *hci)
{
	return 0;
}

static int fake_send(struct fav_hci *hci, struct net_buf *buf)
{
	bool is_cmd = buf->data[0] == FAV_H4_CMD;

	net_buf_unref(buf);
	if (is_cmd) {
		buf = hci->client->alloc(hci->ctx, FAV_H4_EVT, reset_done + 1, 2, 6);
		net_buf_add_mem(buf, reset_done, sizeof(reset_done));
		hci->client->recv(hci->ctx, buf);
	}
	return 0;
}

static void fake_close(struct fav_hci *hci)
{
}

static const struct fav_hci_api fake_api = {
	.open = fake_open,
	.send = fake_send,
	.close = fake_close,
};

static int received, lost;

static struct net_buf *client_alloc(void *ctx, uint8_t type, const uint8_t *hdr, size_t hdr_len,
				    size_t len)
{
	assert_ptr_equal(ctx, &received);
	return net_buf_alloc(&pool, K_NO_WAIT);
}

static void client_recv(void *ctx, struct net_buf *buf)
{
	assert_ptr_equal(ctx, &received);
	received++;
	net_buf_unref(buf);
}

static void client_lost(void *ctx, int err)
{
	assert_ptr_equal(ctx, &received);
	lost++;
}

static const struct fav_hci_client client = {
	.alloc = client_alloc,
	.recv = client_recv,
	.lost = client_lost,
};

static char dir[64];

static int setup(void **state)
{
	fav_sim_reset(1);
	assert_int_equal(fav_kernel_init(&fav_port_sim), 0);
	assert_int_equal(fav_temp_dir(dir, sizeof(dir)), 0);
	received = lost = 0;
	return 0;
}

static int teardown(void **state)
{
	struct fav_kernel_usage usage;

	unsetenv("FAVONIUS_BTSNOOP");
	fav_temp_dir_remove(dir);
	fav_kernel_usage_get(&usage);
	assert_int_equal(usage.heap_blocks, 0);
	assert_int_equal(fav_net_buf_pool_used(&pool), 0);
	return 0;
}

static void capture_to(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	setenv("FAVONIUS_BTSNOOP", path, 1);
}

static size_t contents(const char *name, uint8_t *data, size_t size)
{
	char path[128];
	FILE *file;
	size_t len;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "rb");
	assert_non_null(file);
	len = fread(data, 1, size, file);
	fclose(file);
	return len;
}

static void send(struct fav_hci *hci, const uint8_t *data, size_t len)
{
	struct net_buf *buf = net_buf_alloc(&pool, K_NO_WAIT);

	assert_non_null(buf);
	net_buf_add_mem(buf, data, len);
	assert_int_equal(fav_hci_send(hci, buf), 0);
}

#define YEAR_1970_US 0x00dcddb30f2f8000ULL

static const uint8_t *expect_record(const uint8_t *p, const uint8_t *data, size_t len,
				    uint32_t flags, uint64_t at_us)
{
	assert_int_equal(sys_get_be32(p), len);
	assert_int_equal(sys_get_be32(p + 4), len);
	assert_int_equal(sys_get_be32(p + 8), flags);
	assert_int_equal(sys_get_be32(p + 12), 0);
	assert_true(sys_get_be64(p + 16) == YEAR_1970_US + at_us);
	assert_memory_equal(p + 24, data, len);
	return p + 24 + len;
}

static void every_packet_is_written_with_its_time(void **state)
{
	struct fake fake = {.hci = {.api = &fake_api, .name = "fake"}};
	uint8_t data[512];
	const uint8_t *p = data + 16;
	uint64_t start_us;
	size_t len;

	capture_to("a");
	assert_int_equal(fav_hci_open(&fake.hci, &client, &received), 0);
	start_us = fav_kernel_port()->now_us();
	send(&fake.hci, reset, sizeof(reset));
	k_sleep(K_MSEC(5));
	send(&fake.hci, acl, sizeof(acl));
	/* All is there before the file is closed. */
	len = contents("a", data, sizeof(data));
	fav_hci_close(&fake.hci);

	assert_int_equal(received, 1);
	assert_int_equal(len, 16 + 3 * 24 + sizeof(reset) + sizeof(reset_done) + sizeof(acl));
	assert_memory_equal(data, "btsnoop\0\0\0\0\1\0\0\3\352", 16);
	p = expect_record(p, reset, sizeof(reset), 2, start_us);
	p = expect_record(p, reset_done, sizeof(reset_done), 3, start_us);
	expect_record(p, acl, sizeof(acl), 0, start_us + 5000);
}

static void the_name_can_tell_controllers_apart(void **state)
{
	struct fake one = {.hci = {.api = &fake_api, .name = "one"}};
	struct fake two = {.hci = {.api = &fake_api, .name = "unix:/two"}};
	uint8_t data[512];

	capture_to("%n.btsnoop");
	assert_int_equal(fav_hci_open(&one.hci, &client, &received), 0);
	assert_int_equal(fav_hci_open(&two.hci, &client, &received), 0);
	send(&one.hci, reset, sizeof(reset));
	fav_hci_close(&one.hci);
	fav_hci_close(&two.hci);
	assert_true(contents("one.btsnoop", data, sizeof(data)) > 16);
	assert_int_equal(contents("unix__two.btsnoop", data, sizeof(data)), 16);
}

static void one_file_is_not_written_by_two(void **state)
{
	struct fake one = {.hci = {.api = &fake_api, .name = "one"}};
	struct fake two = {.hci = {.api = &fake_api, .name = "two"}};
	uint8_t data[512];

	capture_to("a");
	assert_int_equal(fav_hci_open(&one.hci, &client, &received), 0);
	assert_int_equal(fav_hci_open(&two.hci, &client, &received), 0);
	assert_null(two.hci.tap);
	send(&two.hci, reset, sizeof(reset));
	assert_int_equal(received, 1);
	fav_hci_close(&two.hci);
	fav_hci_close(&one.hci);
	assert_int_equal(contents("a", data, sizeof(data)), 16);
}

static void a_file_that_cannot_be_written_costs_no_connection(void **state)
{
	struct fake fake = {.hci = {.api = &fake_api, .name = "fake"}};

	setenv("FAVONIUS_BTSNOOP", "/nonexistent/file", 1);
	assert_int_equal(fav_hci_open(&fake.hci, &client, &received), 0);
	send(&fake.hci, reset, sizeof(reset));
	assert_int_equal(received, 1);
	fav_hci_close(&fake.hci);

	/* A full disk, seen at the first write. */
	setenv("FAVONIUS_BTSNOOP", "/dev/full", 1);
	assert_int_equal(fav_hci_open(&fake.hci, &client, &received), 0);
	send(&fake.hci, reset, sizeof(reset));
	assert_int_equal(received, 2);
	fav_hci_close(&fake.hci);
}

static void losing_the_controller_passes_through(void **state)
{
	struct fake fake = {.hci = {.api = &fake_api, .name = "fake"}};

	capture_to("a");
	assert_int_equal(fav_hci_open(&fake.hci, &client, &received), 0);
	fake.hci.client->lost(fake.hci.ctx, -EPIPE);
	assert_int_equal(lost, 1);
	fav_hci_close(&fake.hci);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_packet_is_written_with_its_time),
		TEST(the_name_can_tell_controllers_apart),
		TEST(one_file_is_not_written_by_two),
		TEST(a_file_that_cannot_be_written_costs_no_connection),
		TEST(losing_the_controller_passes_through),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
