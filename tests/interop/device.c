/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A device for tests against other stacks: the default host on the controller that FAVONIUS_HCI
 * names. It does what the lines of its standard input say and prints one event a line:
 *
 *     WORD ARGUMENT...     ->  ok WORD | error WORD ERRNO
 *
 * and whatever happens later (connected, report, value, ...) as a line of its own. Links are named
 * by their index, attributes by their handle in decimal, values in hexadecimal ("-" is empty),
 * addresses as AA:BB:CC:DD:EE:FF/random or /public. The commands are the table at the end.
 *
 * Its one service has three characteristics: 2a01 can be read and written, 512 bytes long at most;
 * 2a02 can be subscribed; 2a03 is 300 bytes that can only be read.
 */

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <favonius/posix.h>
#include <zephyr/bluetooth/att.h>
#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/conn.h>
#include <zephyr/bluetooth/gatt.h>
#include <zephyr/bluetooth/hci.h>
#include <zephyr/bluetooth/uuid.h>
#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#define VALUE_MAX 512
#define LINE_MAX_ 2048
#define WORDS_MAX 8
#define ADDR_SIZE 32

/* ---- Printing ---- */

static void print_hex(const char *what, unsigned int conn, unsigned int number, const void *data,
		      size_t len)
{
	char hex[2 * VALUE_MAX + 1];

	bin2hex(data, MIN(len, VALUE_MAX), hex, sizeof(hex));
	printf("%s %u %u %s\n", what, conn, number, len ? hex : "-");
}

static const char *addr_text(const bt_addr_le_t *addr, char *text)
{
	char plain[BT_ADDR_STR_LEN];

	bt_addr_to_str(&addr->a, plain, sizeof(plain));
	snprintf(text, ADDR_SIZE, "%s/%s", plain,
		 addr->type == BT_ADDR_LE_PUBLIC ? "public" : "random");
	return text;
}

static void uuid_text(const struct bt_uuid *uuid, char *text, size_t size)
{
	uint8_t big_endian[BT_UUID_SIZE_128];

	if (uuid->type == BT_UUID_TYPE_128) {
		sys_memcpy_swap(big_endian, BT_UUID_128(uuid)->val, sizeof(big_endian));
		bin2hex(big_endian, sizeof(big_endian), text, size);
	} else {
		snprintf(text, size, "%04x", BT_UUID_16(uuid)->val);
	}
}

/* ---- Arguments ---- */

struct words {
	char *word[WORDS_MAX];
	int count;
};

static const char *word(const struct words *w, int i)
{
	return i < w->count ? w->word[i] : "";
}

static unsigned int number(const struct words *w, int i)
{
	return strtoul(word(w, i), NULL, 10);
}

static bool is(const struct words *w, int i, const char *text)
{
	return strcmp(word(w, i), text) == 0;
}

static size_t bytes(const struct words *w, int i, uint8_t *value)
{
	return hex2bin(word(w, i), strlen(word(w, i)), value, VALUE_MAX);
}

static int address(const struct words *w, int i, bt_addr_le_t *addr)
{
	char text[ADDR_SIZE];
	char *type;

	snprintf(text, sizeof(text), "%s", word(w, i));
	type = strchr(text, '/');
	if (type == NULL) {
		return -EINVAL;
	}
	*type = '\0';
	return bt_addr_le_from_str(text, type + 1, addr);
}

/* ---- The service ---- */

static uint8_t value[VALUE_MAX] = "hello";
static uint16_t value_len = 5;
static uint8_t long_value[300];

static ssize_t read_value(struct bt_conn *conn, const struct bt_gatt_attr *attr, void *buf,
			  uint16_t len, uint16_t offset)
{
	return bt_gatt_attr_read(conn, attr, buf, len, offset, value, value_len);
}

static ssize_t read_long(struct bt_conn *conn, const struct bt_gatt_attr *attr, void *buf,
			 uint16_t len, uint16_t offset)
{
	return bt_gatt_attr_read(conn, attr, buf, len, offset, long_value, sizeof(long_value));
}

static ssize_t write_value(struct bt_conn *conn, const struct bt_gatt_attr *attr, const void *buf,
			   uint16_t len, uint16_t offset, uint8_t flags)
{
	if (offset > VALUE_MAX) {
		return BT_GATT_ERR(BT_ATT_ERR_INVALID_OFFSET);
	}
	if (len > VALUE_MAX - offset) {
		return BT_GATT_ERR(BT_ATT_ERR_INVALID_ATTRIBUTE_LEN);
	}
	memcpy(value + offset, buf, len);
	value_len = offset + len;
	print_hex("stored", bt_conn_index(conn), offset, buf, len);
	return len;
}

static void ccc_changed(const struct bt_gatt_attr *attr, uint16_t flags)
{
	printf("subscribers %u\n", flags);
}

BT_GATT_SERVICE_DEFINE(service, BT_GATT_PRIMARY_SERVICE(BT_UUID_DECLARE_16(0x1a00)),
		       BT_GATT_CHARACTERISTIC(BT_UUID_DECLARE_16(0x2a01),
					      BT_GATT_CHRC_READ | BT_GATT_CHRC_WRITE |
						      BT_GATT_CHRC_WRITE_WITHOUT_RESP,
					      BT_GATT_PERM_READ | BT_GATT_PERM_WRITE, read_value,
					      write_value, NULL),
		       BT_GATT_CHARACTERISTIC(BT_UUID_DECLARE_16(0x2a02),
					      BT_GATT_CHRC_NOTIFY | BT_GATT_CHRC_INDICATE,
					      BT_GATT_PERM_NONE, NULL, NULL, NULL),
		       BT_GATT_CCC(ccc_changed, BT_GATT_PERM_READ | BT_GATT_PERM_WRITE),
		       BT_GATT_CHARACTERISTIC(BT_UUID_DECLARE_16(0x2a03), BT_GATT_CHRC_READ,
					      BT_GATT_PERM_READ, read_long, NULL, NULL), );

static int do_notify(const struct words *w)
{
	uint8_t data[VALUE_MAX];
	size_t len = bytes(w, 1, data);

	return bt_gatt_notify(NULL, &attr_service[3], data, len);
}

static void on_confirmed(struct bt_conn *conn, struct bt_gatt_indicate_params *params, uint8_t err)
{
	printf("confirmed %u %u\n", bt_conn_index(conn), err);
}

static int do_indicate(const struct words *w)
{
	static struct bt_gatt_indicate_params params;
	uint8_t data[VALUE_MAX];

	params = (struct bt_gatt_indicate_params){
		.attr = &attr_service[3], .func = on_confirmed, .data = data};
	params.len = bytes(w, 1, data);
	return bt_gatt_indicate(NULL, &params);
}

/* ---- Advertising ---- */

static int advertise(const struct bt_le_adv_param *param, bool with_response)
{
	const struct bt_data ad[] = {
		BT_DATA_BYTES(BT_DATA_FLAGS, BT_LE_AD_GENERAL | BT_LE_AD_NO_BREDR)};
	const struct bt_data sd[] = {BT_DATA(BT_DATA_NAME_COMPLETE, "favonius", 8)};

	if (param->peer != NULL) {
		return bt_le_adv_start(param, NULL, 0, NULL, 0);
	}
	return bt_le_adv_start(param, ad, ARRAY_SIZE(ad), sd, with_response ? 1 : 0);
}

/* advertise connectable|scannable|nonconnectable|filtered, advertise directed|directed-low ADDR */
static int do_advertise(const struct words *w)
{
	bt_addr_le_t peer;
	int err = w->count > 2 ? address(w, 2, &peer) : 0;

	if (err < 0) {
		return err;
	}
	if (is(w, 1, "connectable")) {
		return advertise(BT_LE_ADV_CONN_FAST_1, true);
	}
	if (is(w, 1, "filtered")) {
		return advertise(BT_LE_ADV_PARAM(BT_LE_ADV_OPT_CONN | BT_LE_ADV_OPT_FILTER_CONN, 48,
						 96, NULL),
				 true);
	}
	if (is(w, 1, "scannable")) {
		return advertise(BT_LE_ADV_PARAM(BT_LE_ADV_OPT_USE_IDENTITY, 48, 96, NULL), true);
	}
	if (is(w, 1, "nonconnectable")) {
		return advertise(BT_LE_ADV_PARAM(BT_LE_ADV_OPT_USE_IDENTITY, 160, 240, NULL),
				 false);
	}
	if (is(w, 1, "directed")) {
		return advertise(BT_LE_ADV_CONN_DIR(&peer), false);
	}
	return advertise(BT_LE_ADV_PARAM(BT_LE_ADV_OPT_CONN | BT_LE_ADV_OPT_DIR_MODE_LOW_DUTY, 48,
					 96, &peer),
			 false);
}

static int do_stop_advertising(const struct words *w)
{
	return bt_le_adv_stop();
}

/* ---- Scanning ---- */

static void on_report(const bt_addr_le_t *addr, int8_t rssi, uint8_t type,
		      struct net_buf_simple *buf)
{
	char text[ADDR_SIZE], hex[2 * 31 + 1];

	bin2hex(buf->data, MIN(buf->len, 31), hex, sizeof(hex));
	printf("report %s %u %d %s\n", addr_text(addr, text), type, rssi, buf->len ? hex : "-");
}

/* scan passive|active|filtered */
static int do_scan(const struct words *w)
{
	uint8_t type = is(w, 1, "active") ? BT_LE_SCAN_TYPE_ACTIVE : BT_LE_SCAN_TYPE_PASSIVE;
	uint32_t options = is(w, 1, "filtered") ? BT_LE_SCAN_OPT_FILTER_ACCEPT_LIST : 0;

	return bt_le_scan_start(BT_LE_SCAN_PARAM(type, options, 48, 48), on_report);
}

static int do_stop_scan(const struct words *w)
{
	return bt_le_scan_stop();
}

static int do_accept(const struct words *w)
{
	bt_addr_le_t addr;
	int err = address(w, 1, &addr);

	return err < 0 ? err : bt_le_filter_accept_list_add(&addr);
}

static int do_accept_none(const struct words *w)
{
	return bt_le_filter_accept_list_clear();
}

/* ---- Links ---- */

static struct bt_conn *attempt; /* of "connect", until it has ended */

static void on_connected(struct bt_conn *conn, uint8_t err)
{
	char text[ADDR_SIZE];
	struct bt_conn_info info;

	if (attempt == conn) {
		bt_conn_unref(attempt);
		attempt = NULL;
	}
	if (err || bt_conn_get_info(conn, &info) < 0) {
		printf("unconnected %u\n", err);
		return;
	}
	printf("connected %u %s %s\n", bt_conn_index(conn),
	       info.role == BT_CONN_ROLE_CENTRAL ? "central" : "peripheral",
	       addr_text(bt_conn_get_dst(conn), text));
}

static void on_disconnected(struct bt_conn *conn, uint8_t reason)
{
	printf("disconnected %u %u\n", bt_conn_index(conn), reason);
}

static bool refuses_params;

static bool on_param_req(struct bt_conn *conn, struct bt_le_conn_param *param)
{
	printf("params-wanted %u %u %u %u %u\n", bt_conn_index(conn), param->interval_min,
	       param->interval_max, param->latency, param->timeout);
	return !refuses_params;
}

static void on_params(struct bt_conn *conn, uint16_t interval, uint16_t latency, uint16_t timeout)
{
	printf("params %u %u %u %u\n", bt_conn_index(conn), interval, latency, timeout);
}

static void on_remote(struct bt_conn *conn, struct bt_conn_remote_info *info)
{
	char hex[17];

	bin2hex(info->le.features, 8, hex, sizeof(hex));
	printf("remote %u %u %u %s\n", bt_conn_index(conn), info->version, info->manufacturer, hex);
}

static void on_phy(struct bt_conn *conn, struct bt_conn_le_phy_info *info)
{
	printf("phy %u %u %u\n", bt_conn_index(conn), info->tx_phy, info->rx_phy);
}

static void on_data_len(struct bt_conn *conn, struct bt_conn_le_data_len_info *info)
{
	printf("data-length %u %u %u\n", bt_conn_index(conn), info->tx_max_len, info->rx_max_len);
}

static struct bt_conn_cb conn_cb = {
	.connected = on_connected,
	.disconnected = on_disconnected,
	.le_param_req = on_param_req,
	.le_param_updated = on_params,
	.remote_info_available = on_remote,
	.le_phy_updated = on_phy,
	.le_data_len_updated = on_data_len,
};

static int do_connect(const struct words *w)
{
	bt_addr_le_t addr;
	int err = address(w, 1, &addr);

	return err < 0 ? err
		       : bt_conn_le_create(&addr, BT_CONN_LE_CREATE_CONN,
					   BT_LE_CONN_PARAM(12, 24, 0, 400), &attempt);
}

static int do_connect_accepted(const struct words *w)
{
	return bt_conn_le_create_auto(BT_CONN_LE_CREATE_CONN, BT_LE_CONN_PARAM(12, 24, 0, 400));
}

static int do_cancel(const struct words *w)
{
	return attempt ? bt_conn_disconnect(attempt, BT_HCI_ERR_REMOTE_USER_TERM_CONN) : -ENOTCONN;
}

static int do_disconnect(const struct words *w, struct bt_conn *conn)
{
	return bt_conn_disconnect(conn, BT_HCI_ERR_REMOTE_USER_TERM_CONN);
}

static int do_phy(const struct words *w, struct bt_conn *conn)
{
	return bt_conn_le_phy_update(conn, BT_CONN_LE_PHY_PARAM(number(w, 2), number(w, 2)));
}

static int do_data_length(const struct words *w, struct bt_conn *conn)
{
	return bt_conn_le_data_len_update(conn,
					  BT_CONN_LE_DATA_LEN_PARAM(number(w, 2), number(w, 3)));
}

static int do_params(const struct words *w, struct bt_conn *conn)
{
	return bt_conn_le_param_update(
		conn, BT_LE_CONN_PARAM(number(w, 2), number(w, 3), number(w, 4), number(w, 5)));
}

static int do_refuse_params(const struct words *w)
{
	refuses_params = true;
	return 0;
}

static int do_rssi(const struct words *w, struct bt_conn *conn)
{
	struct net_buf *cmd = bt_hci_cmd_alloc(K_NO_WAIT), *rsp;
	uint16_t handle;
	int err = bt_hci_get_conn_handle(conn, &handle);

	if (err < 0 || cmd == NULL) {
		return err < 0 ? err : -ENOMEM;
	}
	net_buf_add_le16(cmd, handle);
	err = bt_hci_cmd_send_sync(BT_OP(BT_OGF_STATUS, 0x0005), cmd, &rsp);
	if (err == 0) {
		printf("rssi %u %d\n", bt_conn_index(conn), (int8_t)rsp->data[3]);
		net_buf_unref(rsp);
	}
	return err;
}

/* ---- GATT client: one procedure of a kind at a time ---- */

static void on_mtu(struct bt_conn *conn, uint8_t err, struct bt_gatt_exchange_params *params)
{
	printf("mtu %u %u %u\n", bt_conn_index(conn), err, bt_gatt_get_mtu(conn));
}

static int do_mtu(const struct words *w, struct bt_conn *conn)
{
	static struct bt_gatt_exchange_params params = {.func = on_mtu};

	return bt_gatt_exchange_mtu(conn, &params);
}

static uint8_t on_discovered(struct bt_conn *conn, const struct bt_gatt_attr *attr,
			     struct bt_gatt_discover_params *params)
{
	char uuid[33];

	if (attr == NULL) {
		printf("discovered %u %u\n", bt_conn_index(conn), params->err);
		return BT_GATT_ITER_STOP;
	}
	if (params->type == BT_GATT_DISCOVER_PRIMARY) {
		const struct bt_gatt_service_val *val = attr->user_data;

		uuid_text(val->uuid, uuid, sizeof(uuid));
		printf("service %u %u %u %s\n", bt_conn_index(conn), attr->handle, val->end_handle,
		       uuid);
	} else if (params->type == BT_GATT_DISCOVER_CHARACTERISTIC) {
		const struct bt_gatt_chrc *chrc = attr->user_data;

		uuid_text(chrc->uuid, uuid, sizeof(uuid));
		printf("characteristic %u %u %u %s\n", bt_conn_index(conn), chrc->value_handle,
		       chrc->properties, uuid);
	} else {
		uuid_text(attr->uuid, uuid, sizeof(uuid));
		printf("descriptor %u %u %s\n", bt_conn_index(conn), attr->handle, uuid);
	}
	return BT_GATT_ITER_CONTINUE;
}

/* discover CONN services|characteristics|descriptors */
static int do_discover(const struct words *w, struct bt_conn *conn)
{
	static struct bt_gatt_discover_params params;

	params = (struct bt_gatt_discover_params){
		.func = on_discovered,
		.start_handle = BT_ATT_FIRST_ATTRIBUTE_HANDLE,
		.end_handle = BT_ATT_LAST_ATTRIBUTE_HANDLE,
		.type = is(w, 2, "services")          ? BT_GATT_DISCOVER_PRIMARY
			: is(w, 2, "characteristics") ? BT_GATT_DISCOVER_CHARACTERISTIC
						      : BT_GATT_DISCOVER_DESCRIPTOR,
	};
	return bt_gatt_discover(conn, &params);
}

static uint8_t on_read(struct bt_conn *conn, uint8_t err, struct bt_gatt_read_params *params,
		       const void *data, uint16_t length)
{
	static uint8_t whole[VALUE_MAX];
	static size_t len;

	if (data != NULL) {
		length = MIN(length, VALUE_MAX - len);
		memcpy(whole + len, data, length);
		len += length;
		return BT_GATT_ITER_CONTINUE;
	}
	print_hex("value", bt_conn_index(conn), err, whole, len);
	len = 0;
	return BT_GATT_ITER_STOP;
}

static int do_read(const struct words *w, struct bt_conn *conn)
{
	static struct bt_gatt_read_params params;

	params = (struct bt_gatt_read_params){
		.func = on_read, .handle_count = 1, .single = {.handle = number(w, 2)}};
	return bt_gatt_read(conn, &params);
}

static void on_written(struct bt_conn *conn, uint8_t err, struct bt_gatt_write_params *params)
{
	printf("written %u %u\n", bt_conn_index(conn), err);
}

static int do_write(const struct words *w, struct bt_conn *conn)
{
	static struct bt_gatt_write_params params;
	static uint8_t data[VALUE_MAX];

	params = (struct bt_gatt_write_params){
		.func = on_written, .handle = number(w, 2), .data = data};
	params.length = bytes(w, 3, data);
	return bt_gatt_write(conn, &params);
}

static int do_command(const struct words *w, struct bt_conn *conn)
{
	uint8_t data[VALUE_MAX];
	size_t len = bytes(w, 3, data);

	return bt_gatt_write_without_response(conn, number(w, 2), data, len, false);
}

static uint8_t on_value(struct bt_conn *conn, struct bt_gatt_subscribe_params *params,
			const void *data, uint16_t length)
{
	if (data == NULL) {
		printf("unsubscribed %u\n", bt_conn_index(conn));
		return BT_GATT_ITER_STOP;
	}
	print_hex(params->received_opcode == BT_ATT_OP_INDICATE ? "indicated" : "notified",
		  bt_conn_index(conn), params->value_handle, data, length);
	return BT_GATT_ITER_CONTINUE;
}

static void on_subscribed(struct bt_conn *conn, uint8_t err,
			  struct bt_gatt_subscribe_params *params)
{
	printf("subscribed %u %u\n", bt_conn_index(conn), err);
}

static struct bt_gatt_subscribe_params subscription;

/* subscribe CONN VALUE CCC notify|indicate */
static int do_subscribe(const struct words *w, struct bt_conn *conn)
{
	subscription = (struct bt_gatt_subscribe_params){
		.notify = on_value,
		.subscribe = on_subscribed,
		.value_handle = number(w, 2),
		.ccc_handle = number(w, 3),
		.value = is(w, 4, "indicate") ? BT_GATT_CCC_INDICATE : BT_GATT_CCC_NOTIFY,
	};
	return bt_gatt_subscribe(conn, &subscription);
}

static int do_unsubscribe(const struct words *w, struct bt_conn *conn)
{
	return bt_gatt_unsubscribe(conn, &subscription);
}

/* ---- On and off ---- */

static int do_on(const struct words *w)
{
	int err = bt_enable(NULL);
	bt_addr_le_t addr;
	size_t count = 1;
	char text[ADDR_SIZE];

	if (err == 0) {
		bt_id_get(&addr, &count);
		printf("address %s\n", addr_text(&addr, text));
	}
	return err;
}

static int do_off(const struct words *w)
{
	return bt_disable();
}

/* ---- Lines ---- */

static const struct {
	const char *name;
	int (*run)(const struct words *w);
} commands[] = {
	{"on", do_on},
	{"off", do_off},
	{"advertise", do_advertise},
	{"stop-advertising", do_stop_advertising},
	{"scan", do_scan},
	{"stop-scan", do_stop_scan},
	{"accept", do_accept},
	{"accept-none", do_accept_none},
	{"connect", do_connect},
	{"connect-accepted", do_connect_accepted},
	{"cancel", do_cancel},
	{"refuse-params", do_refuse_params},
	{"notify", do_notify},
	{"indicate", do_indicate},
};

/* Commands whose first argument is the index of a link. */
static const struct {
	const char *name;
	int (*run)(const struct words *w, struct bt_conn *conn);
} link_commands[] = {
	{"disconnect", do_disconnect},
	{"phy", do_phy},
	{"data-length", do_data_length},
	{"params", do_params},
	{"rssi", do_rssi},
	{"mtu", do_mtu},
	{"discover", do_discover},
	{"read", do_read},
	{"write", do_write},
	{"command", do_command},
	{"subscribe", do_subscribe},
	{"unsubscribe", do_unsubscribe},
};

static int run_on_link(const struct words *w, size_t i)
{
	struct bt_conn *conn = bt_conn_lookup_index(number(w, 1));
	int err;

	if (conn == NULL) {
		return -ENOTCONN;
	}
	err = link_commands[i].run(w, conn);
	bt_conn_unref(conn);
	return err;
}

static int run(const struct words *w)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		if (is(w, 0, commands[i].name)) {
			return commands[i].run(w);
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(link_commands); i++) {
		if (is(w, 0, link_commands[i].name)) {
			return run_on_link(w, i);
		}
	}
	return -ENOSYS;
}

static void run_line(char *line)
{
	struct words w = {0};
	char *rest = line;
	int err;

	while (w.count < WORDS_MAX && (w.word[w.count] = strtok_r(rest, " ", &rest)) != NULL) {
		w.count++;
	}
	err = run(&w);
	if (err < 0) {
		printf("error %s %d\n", word(&w, 0), -err);
	} else {
		printf("ok %s\n", word(&w, 0));
	}
}

/* Whole lines of what has been read; the rest stays. */
static size_t run_lines(char *text, size_t len)
{
	char *line = text, *end;

	while ((end = memchr(line, '\n', text + len - line)) != NULL) {
		*end = '\0';
		run_line(line);
		line = end + 1;
	}
	len -= line - text;
	memmove(text, line, len);
	return len;
}

int main(void)
{
	static char text[LINE_MAX_];
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	size_t len = 0;
	ssize_t more;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (size_t i = 0; i < sizeof(long_value); i++) {
		long_value[i] = i;
	}
	if (bt_conn_cb_register(&conn_cb) < 0) {
		return 1;
	}
	while (fav_posix_poll(&input, 1, -1) >= 0) {
		more = read(STDIN_FILENO, text + len, sizeof(text) - len);
		if (more <= 0) {
			break;
		}
		len = run_lines(text, len + more);
	}
	(void)bt_disable();
	return 0;
}
