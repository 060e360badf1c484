/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAVONIUS_MP_BACKEND_H_
#define FAVONIUS_MP_BACKEND_H_

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include "py/mperrno.h"
#include "py/runtime.h"
#include "extmod/modbluetooth.h"

#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/conn.h>
#include <zephyr/bluetooth/gatt.h>
#include <zephyr/bluetooth/l2cap.h>
#include <zephyr/kernel.h>

/*
 * The bluetooth module's backend: what extmod/modbluetooth.h asks of a port, on Zephyr's API.
 *
 *     backend.c   on and off, name, address, MTU
 *     gap.c       advertising; connections of both roles
 *     central.c   scanning, connecting
 *     services.c  registration of services
 *     gatts.c     access to their values, notify and indicate
 *     gattc.c     discovery, read, write
 *     l2cap.c     L2CAP channels
 *     pairing.c   pairing and its settings, passkeys
 *     bonds.c     bonds, kept by the program; gap_unpair
 *     uuid.c      the module's UUIDs as the host's, and back
 *
 * Everything runs in MicroPython's main thread. The host's callbacks come from where that waits
 * (see
 * ../unix/wait.c) or from within a call that waits for the controller, and call the Python handler
 * at once. A handler may call anything, also switch Bluetooth off and on again: whoever has raised
 * an event looks at backend_session() before going on.
 *
 * A connection's handle, for Python, is its bt_conn_index().
 */

/* Procedures of the client and indications under way, on all links together. */
#define BACKEND_OPS CONFIG_BT_ATT_REQ_COUNT

/* Notifications and writes without response that one link may have under way, so that a program
 * that sends as fast as it can leaves buffers to the other links. */
#define BACKEND_UNSENT_MAX (CONFIG_BT_ATT_TX_COUNT / 2)

struct backend_chan;
struct backend_listener;

/* One link. */
struct backend_link {
	struct bt_conn *conn;   /* referenced; NULL: free */
	bool central;           /* we are the central */
	uint16_t unsent;        /* see BACKEND_UNSENT_MAX */
	bool pairing;           /* features are exchanged, and it has not ended */
	uint8_t passkey_action; /* MP_BLUETOOTH_PASSKEY_ACTION_*: asked last, and not answered */
	bool passkey_open;      /* the passkey to show can still be another one */
	uint32_t passkey;       /* to show */
};

/* What was advertised last, whole elements. */
struct backend_adv_data {
	uint8_t data[31];
	uint8_t len;
};

/* A service, on MicroPython's heap. The collector follows pointers to the head of a block alone, so
 * every block has one here. */
struct backend_service {
	struct backend_service *next;
	struct bt_gatt_service svc; /* svc.attrs is a block */
	struct bt_uuid_128 *uuids;  /* what the attributes' types and declarations point into */
	struct bt_gatt_chrc *chrcs;
	uint16_t *handles; /* modbluetooth's: receives the handles of values and descriptors */
	bool registered;
};

/* One procedure. Free ones are chained by next. */
struct backend_op {
	struct backend_op *next;
	uint16_t value_handle;
	union {
		struct bt_gatt_exchange_params exchange;
		struct bt_gatt_read_params read;
		struct bt_gatt_write_params write;
		struct bt_gatt_indicate_params indicate;
		struct {
			struct bt_gatt_discover_params params;
			struct bt_uuid_128 uuid; /* what is looked for; filter of characteristics */
			bool filter;
			uint16_t first; /* attributes below are not reported */
			uint16_t last;
			/* A characteristic waits here for the next one, which tells where it ends.
			 */
			bool held;
			uint8_t properties;
			mp_obj_bluetooth_uuid_t held_uuid;
		} discover;
	};
};

/* Lives on MicroPython's heap as long as the interpreter, once it is needed. */
struct backend {
	bool on;
	bool named;           /* the name is not the library's default any more */
	uint32_t session;     /* counts switching on and off */
	uint32_t events;      /* how deep in Python handlers */
	uint32_t event_count; /* how often one was called */
	uint64_t busy_us;     /* when a program that does not wait was last interrupted */

	struct bt_conn_cb conn_cb;
	struct bt_gatt_cb gatt_cb;
	struct backend_link links[CONFIG_BT_MAX_CONN];

	struct bt_conn_cb security_cb;
	struct bt_conn_auth_cb auth_cb;
	struct bt_conn_auth_info_cb auth_info_cb;
	bool bond, mitm, le_secure; /* ble.config(), also before active(True) */
	uint8_t io;                 /* MP_BLUETOOTH_IO_CAPABILITY_* */
	bool irk_loaded;            /* the program was asked for the key of private addresses */
	bool storing;               /* a handler keeps a bond: the host must stay as it is */

	uint8_t addr_mode; /* MP_BLUETOOTH_ADDRESS_MODE_* */
	uint8_t id;        /* the identity that advertises */

	struct backend_adv_data adv, scan_rsp;

	bool scanning;
	struct k_work_delayable scan_end;
	struct bt_conn *connecting; /* referenced; NULL: none */

	mp_gatts_db_t db;
	struct backend_service *services;     /* in order of registration */
	struct backend_service *services_end; /* the last of them */
	struct bt_gatt_attr **attrs;          /* by handle, from first_handle */
	uint16_t first_handle;
	uint16_t attr_count;
	uint32_t registrations; /* counts how often the services were replaced */

	struct backend_chan *chans; /* of L2CAP, also those that are not in use */
	struct backend_listener *listeners;

	struct backend_op ops[BACKEND_OPS];
	struct backend_op *free_ops;
};

/* The backend; NULL before the first active(True) or setting. */
struct backend *backend_get(void);

/* The same, made where there is none. */
struct backend *backend_make(void);

/* The backend, for a call from Python; NULL with *err set: ENODEV when Bluetooth is not active,
 * EPERM on another thread than MicroPython's first. */
struct backend *backend_for_call(int *err);

/* Is Bluetooth still, or again, what it was when b->session was read? */
static inline bool backend_session(const struct backend *b, uint32_t session)
{
	return b->on && b->session == session;
}

/* Around each call that may run Python: micropython.schedule() waits meanwhile, as on other ports.
 */
static inline void backend_event_begin(struct backend *b)
{
	b->events++;
	b->event_count++;
	mp_sched_lock();
}

static inline void backend_event_end(struct backend *b)
{
	mp_sched_unlock();
	b->events--;
}

#define BACKEND_EVENT(b, call)          \
	do {                            \
		backend_event_begin(b); \
		call;                   \
		backend_event_end(b);   \
	} while (0)

/* gap.c */
/* The connection, as backend_for_call(); NULL also, with ENOTCONN: there is none of that handle. */
struct bt_conn *backend_conn_for_call(uint16_t conn_handle, int *err);
void backend_addr_to_mp(const bt_addr_le_t *addr, uint8_t *addr_type, uint8_t *addr_be);
int backend_sending(struct backend *b, struct bt_conn *conn); /* before; -ENOMEM: not now */
void backend_sent(struct bt_conn *conn, void *user_data);     /* after: it has gone, or failed */
void backend_gap_start(struct backend *b);
void backend_gap_stop(struct backend *b);

/* central.c */
void backend_central_start(struct backend *b);
void backend_central_stop(struct backend *b);
void backend_connect_ended(struct backend *b, struct bt_conn *conn);
MP_DECLARE_CONST_FUN_OBJ_1(backend_gap_scan_dropped_obj);

/* services.c */
void backend_services_clear(struct backend *b);
const struct bt_gatt_attr *backend_attr(const struct backend *b, uint16_t handle); /* NULL: none */

/* gatts.c: the callbacks of registered values and descriptors. */
ssize_t backend_value_read(struct bt_conn *conn, const struct bt_gatt_attr *attr, void *buf,
			   uint16_t len, uint16_t offset);
ssize_t backend_value_write(struct bt_conn *conn, const struct bt_gatt_attr *attr, const void *buf,
			    uint16_t len, uint16_t offset, uint8_t flags);

/* How much of a value of len bytes one PDU carries to conn, as the module cuts values. */
uint16_t backend_fitting(struct bt_conn *conn, size_t len);

/* gattc.c */
void backend_gattc_start(struct backend *b);
void backend_gattc_stop(struct backend *b);
struct backend_op *backend_op_get(struct backend *b); /* NULL: all are in use */
void backend_op_put(struct backend *b, struct backend_op *op);

/* l2cap.c */
void backend_l2cap_stop(struct backend *b);

/* pairing.c */
void backend_pairing_start(struct backend *b);
void backend_pairing_stop(struct backend *b);

/* bonds.c */
void backend_bonds_start(struct backend *b);
void backend_bonds_stop(struct backend *b);
void backend_bonds_load(struct backend *b);         /* before links can come, or pair */
bool backend_bonds_has(const struct bt_conn *conn); /* with the peer of conn */

/* uuid.c */
void backend_uuid_from_mp(struct bt_uuid_128 *uuid, const mp_obj_bluetooth_uuid_t *mp);
void backend_uuid_to_mp(mp_obj_bluetooth_uuid_t *mp, const struct bt_uuid *uuid);

#endif
