/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What a packet costs, in facts: buffers and basic blocks, never time. One of each kind is sent or
 * received again and again. However many links, attributes and bonds there are beside it, it takes
 * as many blocks; and each packet over the seam takes one buffer, and nothing else is allocated.
 */

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <favonius/fault.h>
#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/hci.h>
#include <zephyr/bluetooth/l2cap.h>

#include "blocks.h"
#include "host/att/peer.h"
#include "host/host.h"
#include "host/keys.h"

#define PACKETS   64
#define VALUE_LEN 20
#define THEIRS    0x30 /* handle of the value that the peer notifies */
#define PSM       0x80
#define SCID      0x41 /* the peer's end of the channel */
#define SERVICES  40
#define ATTRS     5

/* What there is beside what is measured. */
struct beside {
	unsigned int links, services, bonds;
};

static const uint8_t value[VALUE_LEN];
static unsigned int last; /* the link that is measured: the one that came up last */
static unsigned int arrived;

/* ---- The database: as many services before the one that is measured ---- */

static struct bt_gatt_attr other_attrs[SERVICES][ATTRS];
static struct bt_gatt_service others[SERVICES];

static ssize_t write_value(struct bt_conn *conn, const struct bt_gatt_attr *attr, const void *buf,
			   uint16_t len, uint16_t offset, uint8_t flags)
{
	arrived++;
	return len;
}

#define ATTRS_OF_ONE                                                                         \
	{                                                                                    \
		BT_GATT_PRIMARY_SERVICE(BT_UUID_DECLARE_16(0x1234)),                         \
			BT_GATT_CHARACTERISTIC(BT_UUID_DECLARE_16(0xaa01),                   \
					       BT_GATT_CHRC_WRITE_WITHOUT_RESP |             \
						       BT_GATT_CHRC_NOTIFY,                  \
					       BT_GATT_PERM_WRITE, NULL, write_value, NULL), \
			BT_GATT_CCC(NULL, BT_GATT_PERM_READ | BT_GATT_PERM_WRITE),           \
			BT_GATT_CUD("text", BT_GATT_PERM_READ)                               \
	}

static struct bt_gatt_attr attrs[ATTRS] = ATTRS_OF_ONE;
static struct bt_gatt_service service = BT_GATT_SERVICE(attrs);
static const struct bt_gatt_attr template[ATTRS] = ATTRS_OF_ONE;

static void database(unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		memcpy(other_attrs[i], template, sizeof(template));
		others[i] = (struct bt_gatt_service)BT_GATT_SERVICE(other_attrs[i]);
		assert_int_equal(0, bt_gatt_service_register(&others[i]));
	}
	assert_int_equal(0, bt_gatt_service_register(&service));
}

/* ---- The bonds ---- */

static void bonds(unsigned int count)
{
	struct keys_bond bond = {.has = KEYS_PEER_IRK, .key_size = SMP_KEY_LEN};

	for (unsigned int i = 0; i < count; i++) {
		bond.addr = (bt_addr_le_t){BT_ADDR_LE_PUBLIC, {{(uint8_t)i, 1, 2, 3, 4, 5}}};
		bond.irk[0] = (uint8_t)i;
		assert_int_equal(
			0, keys__commit(host__keys(peers_controller.host), &bond, NULL, NULL));
	}
}

/* ---- The client ---- */

static uint8_t on_value(struct bt_conn *conn, struct bt_gatt_subscribe_params *params,
			const void *data, uint16_t len)
{
	arrived += data != NULL;
	return BT_GATT_ITER_CONTINUE;
}

static struct bt_gatt_subscribe_params sub;

static void subscribe(void)
{
	sub = (struct bt_gatt_subscribe_params){
		.notify = on_value,
		.value = BT_GATT_CCC_NOTIFY,
		.value_handle = THEIRS,
		.ccc_handle = THEIRS + 1,
	};
	assert_int_equal(0, bt_gatt_subscribe(peers[last].conn, &sub));
	peer_n_expect(last, BYTES(BT_ATT_OP_WRITE_REQ, LE16(THEIRS + 1), LE16(1)));
	peer_n_send(last, BYTES(BT_ATT_OP_WRITE_RSP));
}

/* ---- The channel ---- */

static int on_sdu(struct bt_l2cap_chan *chan, struct net_buf *buf)
{
	arrived++;
	return 0;
}

static const struct bt_l2cap_chan_ops ops = {.recv = on_sdu};
static struct bt_l2cap_le_chan channel;

static int on_accept(struct bt_conn *conn, struct bt_l2cap_server *server,
		     struct bt_l2cap_chan **chan)
{
	*chan = &channel.chan;
	return 0;
}

static struct bt_l2cap_server server = {.psm = PSM, .accept = on_accept};

NET_BUF_POOL_FIXED_DEFINE(sdus, 2, BT_L2CAP_SDU_BUF_SIZE(VALUE_LEN), 0, NULL);

static void acl_in(uint16_t cid, const void *pdu, size_t len)
{
	uint8_t packet[4 + 64] = {LE16(len), LE16(cid)};

	assert_true(len <= sizeof(packet) - 4);
	memcpy(&packet[4], pdu, len);
	scripted_acl_in(&peers_controller, peers[last].handle, BT_ACL_START, packet, 4 + len);
}

static void open_channel(void)
{
	memset(&channel, 0, sizeof(channel));
	channel.chan.ops = &ops;
	channel.rx.mtu = 64;
	server.psm = PSM;
	assert_int_equal(0, bt_l2cap_server_register(&server));
	/* LE Credit Based Connection Request, Core 6.0 Vol 3 Part A 4.22. */
	acl_in(5, BYTES(0x14, 1, LE16(10), LE16(PSM), LE16(SCID), LE16(64), LE16(64), LE16(1000)));
	peers_collect();
	assert_int_equal(channel.state, BT_L2CAP_CONNECTED);
}

/* ---- The kinds of packet ---- */

static void notify_out(void)
{
	assert_int_equal(0, bt_gatt_notify(peers[last].conn, &attrs[1], value, sizeof(value)));
}

static void write_out(void)
{
	assert_int_equal(0, bt_gatt_write_without_response(peers[last].conn, THEIRS, value,
							   sizeof(value), false));
}

static void sdu_out(void)
{
	struct net_buf *buf = net_buf_alloc(&sdus, K_NO_WAIT);

	assert_non_null(buf);
	net_buf_reserve(buf, BT_L2CAP_SDU_CHAN_SEND_RESERVE);
	net_buf_add_mem(buf, value, sizeof(value));
	assert_int_equal(0, bt_l2cap_chan_send(&channel.chan, buf));
}

static void notify_in(void)
{
	acl_in(4, BYTES(BT_ATT_OP_NOTIFY, LE16(THEIRS), 1, 2, 3));
}

static void write_in(void)
{
	uint16_t handle = attrs[2].handle;

	acl_in(4, BYTES(BT_ATT_OP_WRITE_CMD, LE16(handle), 1, 2, 3));
}

static void sdu_in(void)
{
	acl_in(channel.rx.cid, BYTES(LE16(3), 1, 2, 3));
}

static void report_in(void)
{
	const bt_addr_le_t peer = {BT_ADDR_LE_RANDOM, {{9, 9, 9, 9, 9, 0xc9}}};

	scripted_report(&peers_controller, BT_GAP_ADV_TYPE_ADV_IND, &peer, "\x02\x01\x06", 3, -50);
}

/* Beside the packets over the seam, what an application takes: the buffer of an SDU, and a view of
 * it, which has room for what the queue keeps. */
static const struct kind {
	const char *name;
	void (*one)(void);
	unsigned int own_buffers;
	bool is_heard;
} kinds[] = {
	{"notification sent", notify_out, 0, false},
	{"write sent", write_out, 0, false},
	{"SDU sent", sdu_out, 1, false},
	{"notification received", notify_in, 0, true},
	{"write received", write_in, 0, true},
	{"SDU received", sdu_in, 0, true},
	{"report", report_in, 0, true},
};

static void on_report(const bt_addr_le_t *addr, int8_t rssi, uint8_t adv_type,
		      struct net_buf_simple *buf)
{
	arrived++;
}

/* ---- Measuring ---- */

/* Packets and commands that have crossed the seam, of those that go down since the last
 * peers_collect(). */
static uint32_t crossed(void)
{
	const struct scripted *s = &peers_controller;

	return s->out_got + s->cmd_count + s->acl_packets;
}

static void up(struct beside beside)
{
	peers_begin();
	database(beside.services);
	scripted_enable(&peers_controller);
	bonds(beside.bonds);
	for (last = 0; last < beside.links; last++) {
		peer_connect(last);
	}
	last = beside.links - 1;
	peer_n_send(last, BYTES(BT_ATT_OP_WRITE_REQ, LE16(attrs[3].handle), LE16(1)));
	peer_n_expect(last, BYTES(BT_ATT_OP_WRITE_RSP));
	subscribe();
	open_channel();
	assert_int_equal(0, bt_le_scan_start(BT_LE_SCAN_PASSIVE, on_report));
	scripted_settle();
}

static void down(struct beside beside)
{
	assert_int_equal(0, bt_l2cap_server_unregister(&server));
	assert_int_equal(0, bt_gatt_service_unregister(&service));
	for (unsigned int i = 0; i < beside.services; i++) {
		assert_int_equal(0, bt_gatt_service_unregister(&others[i]));
	}
	assert_int_equal(0, fav_net_buf_pool_used(&sdus));
	peers_down();
}

/* The blocks that a packet of that kind takes, when it is not one after which credits or buffers
 * are given back. */
static uint64_t blocks_of(const struct kind *kind)
{
	uint64_t least = UINT64_MAX;
	uint32_t allocated = fav_fault_alloc_count();
	uint32_t passed = 0;

	arrived = 0;
	for (unsigned int i = 0; i < PACKETS; i++) {
		uint64_t blocks = blocks_run();
		uint32_t before = crossed();

		kind->one();
		scripted_settle();
		least = MIN(least, blocks_run() - blocks);
		passed += crossed() - before;
		peers_collect();
		peers[last].got = peers[last].put;
	}
	allocated = fav_fault_alloc_count() - allocated;
	assert_int_equal(arrived, kind->is_heard ? PACKETS : 0);
	assert_int_equal(allocated, passed + PACKETS * kind->own_buffers);
	return least;
}

static void measure(struct beside beside, uint64_t *blocks)
{
	up(beside);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		blocks[i] = blocks_of(&kinds[i]);
		print_message("%u links, %u services, %u bonds: %s: %" PRIu64 " blocks\n",
			      beside.links, beside.services, beside.bonds, kinds[i].name,
			      blocks[i]);
	}
	down(beside);
}

/* A packet with `more` beside it takes at most `growth` blocks more than with `less`. */
static void compare(struct beside less, struct beside more, uint64_t growth)
{
	uint64_t few[ARRAY_SIZE(kinds)], many[ARRAY_SIZE(kinds)];

	measure(less, few);
	measure(more, many);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (many[i] > few[i] + growth) {
			fail_msg("%s: %" PRIu64 " blocks, and %" PRIu64 " with more beside it",
				 kinds[i].name, few[i], many[i]);
		}
	}
}

static void a_packet_costs_the_same_with_many_links(void **state)
{
	compare((struct beside){.links = 2}, (struct beside){.links = CONFIG_BT_MAX_CONN}, 0);
}

/* What is found by halves takes a step more for twice as many. */
static void a_packet_costs_little_more_with_many_attributes(void **state)
{
	compare((struct beside){.links = 1}, (struct beside){.links = 1, .services = SERVICES}, 30);
}

static void a_packet_costs_the_same_with_many_bonds(void **state)
{
	compare((struct beside){.links = 1},
		(struct beside){.links = 1, .bonds = CONFIG_BT_MAX_PAIRED}, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_packet_costs_the_same_with_many_links),
		cmocka_unit_test(a_packet_costs_little_more_with_many_attributes),
		cmocka_unit_test(a_packet_costs_the_same_with_many_bonds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
