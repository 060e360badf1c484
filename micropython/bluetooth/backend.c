/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "backend.h"

#include <zephyr/bluetooth/hci.h>
#include "py/mpthread.h"

#include <favonius/host.h>
#include <favonius/loop.h>

/* What both sides offer when nobody says otherwise, as other ports do. */
#define DEFAULT_MTU 256

/* How long peers get to hear of our leaving, before the controller is reset under them. */
#define FAREWELL_MS 1000

MP_REGISTER_ROOT_POINTER(struct backend *bluetooth_favonius);

struct backend *backend_get(void)
{
	return MP_STATE_PORT(bluetooth_favonius);
}

struct backend *backend_for_call(int *err)
{
	if (!mp_thread_is_main_thread()) {
		*err = MP_EPERM;
		return NULL;
	}
	if (!mp_bluetooth_is_active()) {
		*err = MP_ENODEV;
		return NULL;
	}
	return backend_get();
}

/* For the calls that have no result. */
static struct backend *backend_or_raise(void)
{
	int err = 0;
	struct backend *b = backend_for_call(&err);

	if (b == NULL) {
		mp_raise_OSError(err);
	}
	return b;
}

static void mtu_updated(struct bt_conn *conn, uint16_t tx, uint16_t rx)
{
	struct backend *b = backend_get();

	if (b->on) {
		BACKEND_EVENT(
			b, mp_bluetooth_gatts_on_mtu_exchanged(bt_conn_index(conn), MIN(tx, rx)));
	}
}

static void value_received(struct bt_conn *conn, uint8_t opcode, uint16_t handle, const void *data,
			   uint16_t len)
{
	struct backend *b = backend_get();
	const uint8_t *bytes = data;
	uint8_t event = opcode == BT_ATT_OP_INDICATE ? MP_BLUETOOTH_IRQ_GATTC_INDICATE
						     : MP_BLUETOOTH_IRQ_GATTC_NOTIFY;

	if (b->on) {
		BACKEND_EVENT(b, mp_bluetooth_gattc_on_data_available(event, bt_conn_index(conn),
								      handle, &bytes, &len, 1));
	}
}

static int init(struct backend *b)
{
	int err = bt_enable(NULL);

	if (err != 0) {
		return -err;
	}
	if (!b->named) {
		(void)bt_set_name("MPY FAVONIUS");
		b->named = true;
	}
	(void)bt_att_preferred_mtu_set(DEFAULT_MTU);
	/* The interval is the central's choice (gap_connect), as with other stacks. */
	bt_conn_auto_param_update_set(false);

	memset(&b->adv, 0, sizeof(b->adv));
	memset(&b->scan_rsp, 0, sizeof(b->scan_rsp));
	b->addr_mode = MP_BLUETOOTH_ADDRESS_MODE_PUBLIC;
	b->id = BT_ID_DEFAULT;
	(void)fav_host_own_addr_set(fav_host_current(), b->id, FAV_OWN_ADDR_IDENTITY);
	b->gatt_cb = (struct bt_gatt_cb){
		.att_mtu_updated = mtu_updated,
		.unsubscribed_notify = value_received,
	};
	bt_gatt_cb_register(&b->gatt_cb);
	backend_gap_start(b);
	backend_central_start(b);
	backend_gattc_start(b);
	backend_pairing_start(b);
	backend_bonds_start(b);
	b->session++;
	b->on = true;
	return 0;
}

struct backend *backend_make(void)
{
	struct backend *b = backend_get();

	if (b == NULL) {
		b = m_new0(struct backend, 1);
		MP_STATE_PORT(bluetooth_favonius) = b;
		mp_bluetooth_gatts_db_create(&b->db);
		mp_bluetooth_gatts_db_reset(b->db);
		b->io = MP_BLUETOOTH_IO_CAPABILITY_NO_INPUT_OUTPUT;
	}
	return b;
}

int mp_bluetooth_init(void)
{
	if (!mp_thread_is_main_thread()) {
		return MP_EPERM;
	}
	mp_bluetooth_deinit();
	return init(backend_make());
}

static bool any_link(const struct backend *b)
{
	for (size_t i = 0; i < MP_ARRAY_SIZE(b->links); i++) {
		if (b->links[i].conn != NULL) {
			return true;
		}
	}
	return false;
}

/* End the links in a way that the peers notice at once. */
static void farewell(struct backend *b)
{
	k_timepoint_t end = sys_timepoint_calc(K_MSEC(FAREWELL_MS));

	for (size_t i = 0; i < MP_ARRAY_SIZE(b->links); i++) {
		if (b->links[i].conn != NULL) {
			(void)bt_conn_disconnect(b->links[i].conn,
						 BT_HCI_ERR_REMOTE_USER_TERM_CONN);
		}
	}
	if (b->events > 0) {
		/* In a handler no event comes that would tell; most intervals are shorter. */
		if (any_link(b)) {
			k_sleep(K_MSEC(FAREWELL_MS / 10));
		}
		return;
	}
	while (any_link(b) && bt_is_ready() && !sys_timepoint_expired(end)) {
		(void)fav_wait(sys_timepoint_timeout(end));
	}
}

void mp_bluetooth_deinit(void)
{
	struct backend *b = backend_get();

	if (b == NULL || !b->on || !mp_thread_is_main_thread()) {
		return;
	}
	if (b->storing) {
		mp_raise_OSError(MP_EBUSY);
	}
	b->on = false; /* no event from here on */
	b->session++;
	(void)bt_le_adv_stop();
	backend_central_stop(b);
	farewell(b);
	(void)bt_disable();
	backend_gap_stop(b);
	backend_pairing_stop(b);
	backend_bonds_stop(b);
	(void)bt_gatt_cb_unregister(&b->gatt_cb);
	backend_gattc_stop(b);
	backend_l2cap_stop(b);
	backend_services_clear(b);
}

bool mp_bluetooth_is_active(void)
{
	const struct backend *b = backend_get();

	return b != NULL && b->on && bt_is_ready();
}

/* ---- Address ---- */

static bool identity(uint8_t id, bt_addr_le_t *addr)
{
	bt_addr_le_t addrs[CONFIG_BT_ID_MAX];
	size_t count = MP_ARRAY_SIZE(addrs);

	bt_id_get(addrs, &count);
	if (id >= count || bt_addr_le_eq(&addrs[id], BT_ADDR_LE_ANY)) {
		return false;
	}
	*addr = addrs[id];
	return true;
}

void mp_bluetooth_get_current_address(uint8_t *addr_type, uint8_t *addr)
{
	struct backend *b = backend_or_raise();
	bt_addr_le_t own;

	/* A private address is another one every few minutes: what stays is what it stands for, and
	 * a non-resolvable one stands for nothing. */
	if (b->addr_mode == MP_BLUETOOTH_ADDRESS_MODE_NRPA || !identity(b->id, &own)) {
		mp_raise_OSError(MP_EINVAL);
	}
	backend_addr_to_mp(&own, addr_type, addr);
}

/* The default identity where that is random, else a second one with a new static address. */
static int random_identity(struct backend *b)
{
	bt_addr_le_t addr;
	size_t count = 0;
	int id;

	if (identity(BT_ID_DEFAULT, &addr) && addr.type == BT_ADDR_LE_RANDOM) {
		b->id = BT_ID_DEFAULT;
		return 0;
	}
	bt_id_get(NULL, &count);
	bt_addr_le_copy(&addr, BT_ADDR_LE_ANY);
	id = count > 1 ? bt_id_reset(1, &addr, NULL) : bt_id_create(&addr, NULL);
	if (id < 0) {
		return id;
	}
	b->id = (uint8_t)id;
	return 0;
}

/* Which identity a mode has. */
static int mode_identity(struct backend *b, uint8_t addr_mode)
{
	bt_addr_le_t addr;

	if (addr_mode == MP_BLUETOOTH_ADDRESS_MODE_RANDOM) {
		return random_identity(b);
	}
	if (addr_mode == MP_BLUETOOTH_ADDRESS_MODE_PUBLIC &&
	    (!identity(BT_ID_DEFAULT, &addr) || addr.type != BT_ADDR_LE_PUBLIC)) {
		return -EINVAL;
	}
	b->id = BT_ID_DEFAULT;
	return 0;
}

void mp_bluetooth_set_address_mode(uint8_t addr_mode)
{
	static const enum fav_own_addr policies[] = {
		[MP_BLUETOOTH_ADDRESS_MODE_PUBLIC] = FAV_OWN_ADDR_IDENTITY,
		[MP_BLUETOOTH_ADDRESS_MODE_RANDOM] = FAV_OWN_ADDR_IDENTITY,
		[MP_BLUETOOTH_ADDRESS_MODE_RPA] = FAV_OWN_ADDR_RPA,
		[MP_BLUETOOTH_ADDRESS_MODE_NRPA] = FAV_OWN_ADDR_NRPA,
	};
	struct backend *b = backend_or_raise();
	int err = -EINVAL;

	if (addr_mode < MP_ARRAY_SIZE(policies)) {
		err = mode_identity(b, addr_mode);
	}
	if (err == 0) {
		err = fav_host_own_addr_set(fav_host_current(), b->id, policies[addr_mode]);
	}
	if (err != 0) {
		mp_raise_OSError(-err);
	}
	b->addr_mode = addr_mode;
}

/* ---- Name and MTU ---- */

size_t mp_bluetooth_gap_get_device_name(const uint8_t **buf)
{
	const char *name = bt_get_name();

	*buf = (const uint8_t *)name;
	return strlen(name);
}

int mp_bluetooth_gap_set_device_name(const uint8_t *buf, size_t len)
{
	char name[CONFIG_BT_DEVICE_NAME_MAX + 1];
	int err = 0;
	struct backend *b = backend_for_call(&err);

	if (b == NULL) {
		return err;
	}
	if (len > CONFIG_BT_DEVICE_NAME_MAX || memchr(buf, 0, len) != NULL) {
		return MP_EINVAL;
	}
	memcpy(name, buf, len);
	name[len] = '\0';
	return -bt_set_name(name);
}

int mp_bluetooth_get_preferred_mtu(void)
{
	(void)backend_or_raise();
	return bt_att_preferred_mtu_get();
}

int mp_bluetooth_set_preferred_mtu(uint16_t mtu)
{
	int err = 0;

	if (backend_for_call(&err) == NULL) {
		return err;
	}
	return -bt_att_preferred_mtu_set(mtu);
}
