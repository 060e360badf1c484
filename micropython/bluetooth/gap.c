/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "backend.h"

#include <zephyr/bluetooth/hci.h>

/* Elements that fit into 31 bytes of advertising data. */
#define AD_ELEMENTS_MAX 15

/* The module shows addresses with the most significant byte first. */
void backend_addr_to_mp(const bt_addr_le_t *addr, uint8_t *addr_type, uint8_t *addr_be)
{
	/* The identity types of resolved addresses are public and random to the module. */
	*addr_type = addr->type & 1;
	for (size_t i = 0; i < BT_ADDR_SIZE; i++) {
		addr_be[i] = addr->a.val[BT_ADDR_SIZE - 1 - i];
	}
}

/* ---- Connections ---- */

struct bt_conn *backend_conn_for_call(uint16_t conn_handle, int *err)
{
	const struct backend *b = backend_for_call(err);

	if (b == NULL) {
		return NULL;
	}
	if (conn_handle >= MP_ARRAY_SIZE(b->links) || b->links[conn_handle].conn == NULL) {
		*err = MP_ENOTCONN;
		return NULL;
	}
	return b->links[conn_handle].conn;
}

static void connection_event(struct backend *b, uint8_t event, uint16_t handle,
			     const struct bt_conn *conn)
{
	uint8_t addr_type, addr[BT_ADDR_SIZE];

	if (b->on) {
		backend_addr_to_mp(bt_conn_get_dst(conn), &addr_type, addr);
		BACKEND_EVENT(b, mp_bluetooth_gap_on_connected_disconnected(event, handle,
									    addr_type, addr));
	}
}

static void connect_failed(struct backend *b)
{
	static const uint8_t no_addr[BT_ADDR_SIZE];

	if (b->on) {
		BACKEND_EVENT(
			b, mp_bluetooth_gap_on_connected_disconnected(
				   MP_BLUETOOTH_IRQ_PERIPHERAL_DISCONNECT, 0xffff, 0xff, no_addr));
	}
}

static void connected(struct bt_conn *conn, uint8_t err)
{
	struct backend *b = backend_get();
	struct bt_conn_info info;
	uint8_t index = bt_conn_index(conn);

	if (bt_conn_get_info(conn, &info) != 0) {
		return;
	}
	backend_connect_ended(b, conn);
	if (err != 0) {
		/* Advertising that ends without a link is nothing that the module reports. */
		if (info.role == BT_CONN_ROLE_CENTRAL) {
			connect_failed(b);
		}
		return;
	}
	b->links[index].conn = bt_conn_ref(conn);
	b->links[index].central = info.role == BT_CONN_ROLE_CENTRAL;
	connection_event(b,
			 b->links[index].central ? MP_BLUETOOTH_IRQ_PERIPHERAL_CONNECT
						 : MP_BLUETOOTH_IRQ_CENTRAL_CONNECT,
			 index, conn);
}

static void disconnected(struct bt_conn *conn, uint8_t reason)
{
	struct backend *b = backend_get();
	struct backend_link *link = &b->links[bt_conn_index(conn)];
	uint8_t event = link->central ? MP_BLUETOOTH_IRQ_PERIPHERAL_DISCONNECT
				      : MP_BLUETOOTH_IRQ_CENTRAL_DISCONNECT;

	if (link->conn != conn) {
		return;
	}
	link->conn = NULL;
	connection_event(b, event, bt_conn_index(conn), conn);
	bt_conn_unref(conn);
}

static void params_updated(struct bt_conn *conn, uint16_t interval, uint16_t latency,
			   uint16_t timeout)
{
	struct backend *b = backend_get();

	if (b->on) {
		BACKEND_EVENT(b, mp_bluetooth_gap_on_connection_update(
					 bt_conn_index(conn), interval, latency, timeout, 0));
	}
}

int backend_sending(struct backend *b, struct bt_conn *conn)
{
	struct backend_link *link = &b->links[bt_conn_index(conn)];

	if (link->unsent >= BACKEND_UNSENT_MAX) {
		return -ENOMEM;
	}
	link->unsent++;
	return 0;
}

void backend_sent(struct bt_conn *conn, void *user_data)
{
	backend_get()->links[bt_conn_index(conn)].unsent--;
}

void backend_gap_start(struct backend *b)
{
	memset(b->links, 0, sizeof(b->links));
	b->conn_cb = (struct bt_conn_cb){
		.connected = connected,
		.disconnected = disconnected,
		.le_param_updated = params_updated,
	};
	(void)bt_conn_cb_register(&b->conn_cb);
}

void backend_gap_stop(struct backend *b)
{
	(void)bt_conn_cb_unregister(&b->conn_cb);
}

int mp_bluetooth_gap_disconnect(uint16_t conn_handle)
{
	int err = 0;
	struct bt_conn *conn = backend_conn_for_call(conn_handle, &err);

	return conn == NULL ? err : -bt_conn_disconnect(conn, BT_HCI_ERR_REMOTE_USER_TERM_CONN);
}

/* ---- Advertising ---- */

/* Split advertising data into its elements. Trailing zeros are padding (Core 6.0 Vol 3 Part C 11).
 * Returns how many, or -EINVAL when an element is cut off. */
static int elements(const uint8_t *data, size_t len, struct bt_data ad[AD_ELEMENTS_MAX])
{
	size_t pos = 0;
	int count = 0;

	while (pos < len && data[pos] != 0) {
		size_t element = data[pos];

		if (element > len - pos - 1) {
			return -EINVAL;
		}
		ad[count++] = (struct bt_data)BT_DATA(data[pos + 1], &data[pos + 2], element - 1);
		pos += 1 + element;
	}
	for (; pos < len; pos++) {
		if (data[pos] != 0) {
			return -EINVAL;
		}
	}
	return count;
}

/* Keep data for this and later advertising. No data at all keeps what was there before. */
static int adv_data_set(struct backend_adv_data *kept, const uint8_t *data, size_t len)
{
	struct bt_data ad[AD_ELEMENTS_MAX];

	if (data == NULL) {
		return 0;
	}
	if (len > sizeof(kept->data) || elements(data, len, ad) < 0) {
		return -EINVAL;
	}
	memcpy(kept->data, data, len);
	kept->len = (uint8_t)len;
	return 0;
}

static int adv_start(struct backend *b, bool connectable, int32_t interval_us)
{
	struct bt_data ad[AD_ELEMENTS_MAX], sd[AD_ELEMENTS_MAX];
	int ad_count = elements(b->adv.data, b->adv.len, ad);
	int sd_count = elements(b->scan_rsp.data, b->scan_rsp.len, sd);
	bool private = b->addr_mode >= MP_BLUETOOTH_ADDRESS_MODE_RPA;
	struct bt_le_adv_param param = {
		.id = b->id,
		.interval_min = (uint32_t)interval_us / 625,
		.interval_max = (uint32_t)interval_us / 625,
	};

	if (interval_us < 0) {
		return -EINVAL;
	}
	/* Not connectable means scannable to the module. */
	param.options =
		connectable ? BT_LE_ADV_OPT_CONN
			    : BT_LE_ADV_OPT_SCANNABLE | (private ? 0 : BT_LE_ADV_OPT_USE_IDENTITY);
	return bt_le_adv_start(&param, ad, (size_t)ad_count, sd, (size_t)sd_count);
}

int mp_bluetooth_gap_advertise_start(bool connectable, int32_t interval_us, const uint8_t *adv_data,
				     size_t adv_data_len, const uint8_t *sr_data,
				     size_t sr_data_len)
{
	int err = 0;
	struct backend *b = backend_for_call(&err);

	if (b == NULL) {
		return err;
	}
	backend_bonds_load(b);
	b = backend_for_call(&err);
	if (b == NULL) {
		return err;
	}
	err = bt_le_adv_stop();
	if (err == 0) {
		err = adv_data_set(&b->adv, adv_data, adv_data_len);
	}
	if (err == 0) {
		err = adv_data_set(&b->scan_rsp, sr_data, sr_data_len);
	}
	return err != 0 ? -err : -adv_start(b, connectable, interval_us);
}

void mp_bluetooth_gap_advertise_stop(void)
{
	int err;

	if (backend_for_call(&err) != NULL) {
		(void)bt_le_adv_stop();
	}
}
