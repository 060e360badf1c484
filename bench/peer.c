/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Our host, doing what bench/peer_bumble.py does with Bumble's: bench/peer.py starts the one or the
 * other on a controller of an air, and compares the CPU time that they take.
 *
 *     bench_peer WORK COUNT [ADDRESS]
 *
 * With ADDRESS it is the central that connects there, without it the peripheral, which prints its
 * own (address AA:BB:CC:DD:EE:FF/random). WORK: notify, write, l2cap, discover, reports; peer.py
 * says what each is. It prints "ready" and what it runs on; does its part from the line "go" on;
 * prints "done" when that has an end of its own; and on the line "stop" prints what it has taken
 * since "go":
 *
 *     count N cpu_us U
 */

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <favonius/loop.h>
#include <favonius/posix.h>
#include <zephyr/bluetooth/att.h>
#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/conn.h>
#include <zephyr/bluetooth/gatt.h>
#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/bluetooth/l2cap.h>
#include <zephyr/kernel.h>

#define MTU         247
#define VALUE_LEN   (MTU - 3)
#define SDU_LEN     (MTU - 2) /* with its length, and the header of L2CAP, a full packet */
#define PSM         0x80
#define QUEUED      8 /* values on their way from the application */
#define LIMIT_S     60
#define SERVICES    5
#define PER_SERVICE 4
#define READ_LEN    20

#define NEED(what) ((what) ? (void)0 : failed(__LINE__, #what))

static _Noreturn void failed(int line, const char *what)
{
	fprintf(stderr, "peer.c:%d: not so: %s\n", line, what);
	exit(1);
}

static struct {
	const char *work;
	unsigned int count; /* wanted */
	bool central;
	bt_addr_le_t addr; /* the peripheral's */
	struct bt_conn *conn;
	unsigned int done, queued;
	bool going, finished;
	bool subscribed; /* by the central; or the channel is open */
	uint16_t handle; /* of the value that is written, or notified */
	struct bt_gatt_subscribe_params subscription;
	struct bt_l2cap_le_chan chan;
	uint64_t cpu_us; /* at "go" */
} peer;

static uint8_t value[MAX(VALUE_LEN, SDU_LEN)];

/* ---- Measuring ---- */

static uint64_t cpu_us(void)
{
	struct rusage usage;

	NEED(getrusage(RUSAGE_SELF, &usage) == 0);
	return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
	       (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static void report(void)
{
	printf("count %u cpu_us %llu\n", peer.done, (unsigned long long)(cpu_us() - peer.cpu_us));
}

/* One more of what is counted has come. */
static void one_done(void)
{
	if (++peer.done == peer.count) {
		printf("done\n");
	}
}

/* Runs until *flag is set, which a callback does. */
static bool is_set(void *flag)
{
	return *(volatile bool *)flag;
}

static void until(bool *flag)
{
	NEED(fav_wait_for(is_set, flag, K_SECONDS(LIMIT_S)) == 0);
}

/* ---- The peripheral's database ---- */

#define UUID(n) BT_UUID_DECLARE_16(0xfa00 + (n))

static ssize_t on_read(struct bt_conn *conn, const struct bt_gatt_attr *attr, void *buf,
		       uint16_t len, uint16_t offset)
{
	return bt_gatt_attr_read(conn, attr, buf, len, offset, value, READ_LEN);
}

static ssize_t on_write(struct bt_conn *conn, const struct bt_gatt_attr *attr, const void *buf,
			uint16_t len, uint16_t offset, uint8_t flags)
{
	NEED(len == VALUE_LEN);
	one_done();
	return len;
}

static void on_ccc(const struct bt_gatt_attr *attr, uint16_t subscribed)
{
	peer.subscribed = subscribed == BT_GATT_CCC_NOTIFY;
}

BT_GATT_SERVICE_DEFINE(data_service, BT_GATT_PRIMARY_SERVICE(UUID(0)),
		       BT_GATT_CHARACTERISTIC(UUID(1),
					      BT_GATT_CHRC_NOTIFY | BT_GATT_CHRC_WRITE_WITHOUT_RESP,
					      BT_GATT_PERM_WRITE, NULL, on_write, NULL),
		       BT_GATT_CCC(on_ccc, BT_GATT_PERM_READ | BT_GATT_PERM_WRITE), );

#define READABLE(n) \
	BT_GATT_CHARACTERISTIC(UUID(n), BT_GATT_CHRC_READ, BT_GATT_PERM_READ, on_read, NULL, NULL)

static const struct bt_gatt_attr template[] = {BT_GATT_PRIMARY_SERVICE(UUID(16)), READABLE(17),
					       READABLE(18), READABLE(19), READABLE(20)};
static struct bt_gatt_attr attrs[SERVICES][ARRAY_SIZE(template)];
static struct bt_gatt_service services[SERVICES];

static void serve(void)
{
	for (size_t i = 0; i < SERVICES; i++) {
		memcpy(attrs[i], template, sizeof(template));
		services[i] = (struct bt_gatt_service)BT_GATT_SERVICE(attrs[i]);
		NEED(bt_gatt_service_register(&services[i]) == 0);
	}
}

/* ---- A link ---- */

static void advertise(void)
{
	struct bt_le_adv_param param =
		BT_LE_ADV_PARAM_INIT(BT_LE_ADV_OPT_CONN | BT_LE_ADV_OPT_USE_IDENTITY, 32, 48, NULL);

	NEED(bt_le_adv_start(&param, NULL, 0, NULL, 0) == 0);
}

static void on_connected(struct bt_conn *conn, uint8_t err)
{
	NEED(err == 0);
	peer.conn = bt_conn_ref(conn);
}

static void on_disconnected(struct bt_conn *conn, uint8_t reason)
{
	bt_conn_unref(peer.conn);
	peer.conn = NULL;
}

static void on_recycled(void)
{
	if (!peer.central) {
		advertise();
	}
}

static bool is_connected(void *ctx)
{
	return peer.conn != NULL;
}

static bool is_disconnected(void *ctx)
{
	return peer.conn == NULL;
}

static void on_mtu(struct bt_conn *conn, uint8_t err, struct bt_gatt_exchange_params *params)
{
	NEED(err == 0);
	peer.finished = true;
}

static void exchange_mtu(void)
{
	struct bt_gatt_exchange_params params = {.func = on_mtu};

	peer.finished = false;
	NEED(bt_gatt_exchange_mtu(peer.conn, &params) == 0);
	until(&peer.finished);
}

static void connect_peer(void)
{
	struct bt_conn *conn = NULL;

	NEED(bt_conn_le_create(&peer.addr, BT_CONN_LE_CREATE_CONN, BT_LE_CONN_PARAM(6, 6, 0, 400),
			       &conn) == 0);
	bt_conn_unref(conn);
	NEED(fav_wait_for(is_connected, NULL, K_SECONDS(LIMIT_S)) == 0);
	exchange_mtu();
}

/* The link has what the work runs on: MTU, data length, PHY. */
static bool is_settled(void *ctx)
{
	struct bt_conn_info info;

	return peer.conn != NULL && bt_conn_get_info(peer.conn, &info) == 0 &&
	       bt_gatt_get_mtu(peer.conn) == MTU && info.le.data_len->tx_max_len == 251 &&
	       info.le.data_len->rx_max_len == 251 && info.le.phy->tx_phy == BT_GAP_LE_PHY_2M &&
	       info.le.interval == 6;
}

/* ---- notify, write, l2cap ---- */

static void fill(void);
static int send_sdu(void);

static void on_sent(struct bt_conn *conn, void *user_data)
{
	peer.queued--;
	fill();
}

static int send_one(void)
{
	struct bt_gatt_notify_params params = {
		.attr = &data_service.attrs[2], .data = value, .len = VALUE_LEN, .func = on_sent};

	if (strcmp(peer.work, "l2cap") == 0) {
		return send_sdu();
	}
	if (peer.central) {
		return bt_gatt_write_without_response_cb(peer.conn, peer.handle, value, VALUE_LEN,
							 false, on_sent, NULL);
	}
	return bt_gatt_notify_cb(peer.conn, &params);
}

static void fill(void)
{
	while (peer.going && peer.queued < QUEUED && peer.done < peer.count) {
		int err = send_one();

		NEED(err == 0 || err == -ENOMEM || err == -EAGAIN);
		if (err != 0) {
			return;
		}
		peer.queued++;
		peer.done++;
	}
}

static uint8_t on_notified(struct bt_conn *conn, struct bt_gatt_subscribe_params *params,
			   const void *data, uint16_t length)
{
	if (data != NULL) {
		NEED(length == VALUE_LEN);
		one_done();
	}
	return BT_GATT_ITER_CONTINUE;
}

static void on_subscribed(struct bt_conn *conn, uint8_t err,
			  struct bt_gatt_subscribe_params *params)
{
	NEED(err == 0);
	peer.finished = true;
}

static void subscribe(void)
{
	peer.subscription = (struct bt_gatt_subscribe_params){.notify = on_notified,
							      .subscribe = on_subscribed,
							      .value_handle = peer.handle,
							      .ccc_handle = peer.handle + 1,
							      .value = BT_GATT_CCC_NOTIFY};
	peer.finished = false;
	NEED(bt_gatt_subscribe(peer.conn, &peer.subscription) == 0);
	until(&peer.finished);
}

NET_BUF_POOL_FIXED_DEFINE(sdus, QUEUED + 1, BT_L2CAP_SDU_BUF_SIZE(SDU_LEN), 0, NULL);

static int send_sdu(void)
{
	struct net_buf *buf = net_buf_alloc(&sdus, K_NO_WAIT);
	int err;

	if (buf == NULL) {
		return -ENOMEM;
	}
	net_buf_reserve(buf, BT_L2CAP_SDU_CHAN_SEND_RESERVE);
	net_buf_add_mem(buf, value, SDU_LEN);
	err = bt_l2cap_chan_send(&peer.chan.chan, buf);
	if (err != 0) {
		net_buf_unref(buf);
	}
	return err;
}

static void on_sdu_sent(struct bt_l2cap_chan *chan)
{
	on_sent(peer.conn, NULL);
}

static int on_sdu(struct bt_l2cap_chan *chan, struct net_buf *buf)
{
	NEED(buf->len == SDU_LEN);
	one_done();
	return 0;
}

static void on_chan_connected(struct bt_l2cap_chan *chan)
{
	peer.subscribed = true;
}

static int on_accept(struct bt_conn *conn, struct bt_l2cap_server *server,
		     struct bt_l2cap_chan **chan)
{
	*chan = &peer.chan.chan;
	return 0;
}

static void open_chan(void)
{
	static const struct bt_l2cap_chan_ops ops = {
		.connected = on_chan_connected, .sent = on_sdu_sent, .recv = on_sdu};
	static struct bt_l2cap_server server = {.psm = PSM, .accept = on_accept};

	peer.chan.chan.ops = &ops;
	peer.chan.rx.mtu = SDU_LEN;
	if (peer.central) {
		NEED(bt_l2cap_chan_connect(peer.conn, &peer.chan.chan, PSM) == 0);
	} else {
		NEED(bt_l2cap_server_register(&server) == 0);
	}
}

/* ---- discover ---- */

static struct {
	uint16_t start[SERVICES + 8], end[SERVICES + 8];
	uint16_t values[SERVICES * PER_SERVICE + 16];
	size_t services, found, read;
} database;

static uint8_t on_discovered(struct bt_conn *conn, const struct bt_gatt_attr *attr,
			     struct bt_gatt_discover_params *params)
{
	const struct bt_gatt_chrc *chrc;

	if (attr == NULL) {
		NEED(params->err == 0);
		peer.finished = true;
		return BT_GATT_ITER_STOP;
	}
	if (params->type == BT_GATT_DISCOVER_PRIMARY) {
		NEED(database.services < ARRAY_SIZE(database.start));
		database.start[database.services] = attr->handle;
		database.end[database.services++] =
			((struct bt_gatt_service_val *)attr->user_data)->end_handle;
		return BT_GATT_ITER_CONTINUE;
	}
	chrc = attr->user_data;
	if (bt_uuid_cmp(chrc->uuid, UUID(1)) == 0) {
		peer.handle = chrc->value_handle;
	}
	if (chrc->properties & BT_GATT_CHRC_READ) {
		NEED(database.found < ARRAY_SIZE(database.values));
		database.values[database.found++] = chrc->value_handle;
	}
	return BT_GATT_ITER_CONTINUE;
}

static void discover_range(uint8_t type, uint16_t start, uint16_t end)
{
	struct bt_gatt_discover_params params = {
		.func = on_discovered, .type = type, .start_handle = start, .end_handle = end};

	peer.finished = false;
	NEED(bt_gatt_discover(peer.conn, &params) == 0);
	until(&peer.finished);
}

static void discover(void)
{
	memset(&database, 0, sizeof(database));
	discover_range(BT_GATT_DISCOVER_PRIMARY, 1, 0xffff);
	for (size_t i = 0; i < database.services; i++) {
		discover_range(BT_GATT_DISCOVER_CHARACTERISTIC, database.start[i], database.end[i]);
	}
	NEED(database.services > 0 && peer.handle != 0);
}

static uint8_t on_value(struct bt_conn *conn, uint8_t err, struct bt_gatt_read_params *params,
			const void *data, uint16_t length)
{
	NEED(err == 0);
	peer.finished = true;
	return BT_GATT_ITER_STOP;
}

static void read_all(void)
{
	for (size_t i = 0; i < database.found; i++) {
		struct bt_gatt_read_params params = {.func = on_value,
						     .handle_count = 1,
						     .single = {.handle = database.values[i]}};

		peer.finished = false;
		NEED(bt_gatt_read(peer.conn, &params) == 0);
		until(&peer.finished);
	}
	NEED(database.found >= SERVICES * PER_SERVICE);
}

/* One visit: everything from the connection on. */
static void visit(void)
{
	connect_peer();
	discover();
	read_all();
	NEED(bt_conn_disconnect(peer.conn, BT_HCI_ERR_REMOTE_USER_TERM_CONN) == 0);
	NEED(fav_wait_for(is_disconnected, NULL, K_SECONDS(LIMIT_S)) == 0);
	one_done();
}

/* ---- reports ---- */

static void on_report(const bt_addr_le_t *addr, int8_t rssi, uint8_t adv_type,
		      struct net_buf_simple *buf)
{
	one_done();
}

/* ---- All ---- */

static bool works(const char *work)
{
	return strcmp(peer.work, work) == 0;
}

static bool is_subscribed(void *ctx)
{
	return peer.subscribed;
}

/* The link, and what goes over it. */
static void get_linked(void)
{
	bool chan = works("l2cap");

	if (chan && !peer.central) {
		open_chan();
	}
	if (peer.central) {
		connect_peer();
		discover();
	} else {
		advertise();
	}
	NEED(fav_wait_for(is_settled, NULL, K_SECONDS(LIMIT_S)) == 0);
	if (chan && peer.central) {
		open_chan();
	} else if (works("notify") && peer.central) {
		subscribe();
	}
	if (chan || (works("notify") && !peer.central)) {
		NEED(fav_wait_for(is_subscribed, NULL, K_SECONDS(LIMIT_S)) == 0);
	}
	printf("ready mtu %u octets 251 phy 2 interval 6\n", bt_gatt_get_mtu(peer.conn));
}

static void get_ready(void)
{
	if (works("notify") || works("write") || works("l2cap")) {
		get_linked();
		return;
	}
	if (works("reports")) {
		NEED(bt_le_scan_start(BT_LE_SCAN_PASSIVE_CONTINUOUS, on_report) == 0);
	} else if (!peer.central) {
		advertise();
	}
	printf("ready\n");
}

static void go(void)
{
	peer.cpu_us = cpu_us();
	peer.done = 0;
	peer.going = true;
	if (works("discover") && peer.central) {
		while (peer.done < peer.count) {
			visit();
		}
	} else if (works(peer.central ? "write" : "notify") || (works("l2cap") && peer.central)) {
		fill();
	}
}

static void run_lines(void)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	char c, line[16];
	size_t len = 0;

	while (fav_posix_poll(&input, 1, -1) >= 0 && read(STDIN_FILENO, &c, 1) == 1) {
		if (c != '\n') {
			line[len] = c;
			len = MIN(len + 1, sizeof(line) - 1);
			continue;
		}
		line[len] = '\0';
		len = 0;
		if (strcmp(line, "go") == 0) {
			go();
		} else {
			peer.going = false;
			report();
		}
	}
}

static void print_address(void)
{
	char text[BT_ADDR_STR_LEN];
	bt_addr_le_t addr;
	size_t ids = 1;

	bt_id_get(&addr, &ids);
	bt_addr_to_str(&addr.a, text, sizeof(text));
	printf("address %s/%s\n", text, addr.type == BT_ADDR_LE_PUBLIC ? "public" : "random");
}

int main(int argc, char **argv)
{
	static struct bt_conn_cb callbacks = {.connected = on_connected,
					      .disconnected = on_disconnected,
					      .recycled = on_recycled};

	if (argc < 3 || argc > 4) {
		fprintf(stderr, "usage: bench_peer WORK COUNT [ADDRESS]\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	peer.work = argv[1];
	peer.count = (unsigned int)strtoul(argv[2], NULL, 10);
	peer.central = argc == 4;
	if (peer.central && !works("reports")) {
		char *kind = strchr(argv[3], '/');

		NEED(kind != NULL);
		*kind = '\0';
		NEED(bt_addr_le_from_str(argv[3], kind + 1, &peer.addr) == 0);
	}
	NEED(bt_conn_cb_register(&callbacks) == 0);
	NEED(bt_att_preferred_mtu_set(MTU) == 0 || works("reports"));
	NEED(bt_enable(NULL) == 0);
	serve();
	print_address();
	get_ready();
	run_lines();
	return bt_disable() == 0 ? 0 : 1;
}
