/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A link that extended advertising led to, from its LE Connection Complete until LE Advertising Set
 * Terminated says which set it was: which identity and address of ours the peer has connected to.
 *
 * The second event follows the first at once (Core 6.0 Vol 4 Part E 7.7.65.18), so one place is
 * enough. Where it does not follow, the link is announced all the same, as of the default identity:
 * after a guard time, with the next link, or before the link's end is.
 */

#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/hci.h>
#include <zephyr/logging/log.h>
#include <zephyr/sys/byteorder.h>

#include "conn_table.h"
#include "id.h"

LOG_MODULE_DECLARE(bt_conn);

#define GUARD_MS 1000

static void release(struct conn_table *conns)
{
	const bt_addr_le_t *local = id__addr(host__id(conns->host), BT_ID_DEFAULT);

	if (!conns->held) {
		return;
	}
	LOG_WRN("link 0x%04x: no LE Advertising Set Terminated",
		sys_le16_to_cpu(conns->held_evt.handle));
	conns->held = false;
	k_work_cancel_delayable(&conns->held_guard);
	bt_conn_unref(conn_evt__peripheral_up(conns, &conns->held_evt, BT_ID_DEFAULT,
					      local != NULL ? local : BT_ADDR_LE_ANY));
}

static void expired(struct k_work *work)
{
	struct conn_table *conns =
		CONTAINER_OF(k_work_delayable_from_work(work), struct conn_table, held_guard);
	struct bt_host *previous = host__enter(conns->host);

	release(conns);
	host__leave(previous);
}

void conn_held__init(struct conn_table *conns)
{
	k_work_init_delayable(&conns->held_guard, expired);
}

void conn_held__stop(struct conn_table *conns)
{
	conns->held = false;
	k_work_cancel_delayable(&conns->held_guard);
}

bool conn_held__is(const struct conn_table *conns, uint16_t handle)
{
	return conns->held && sys_le16_to_cpu(conns->held_evt.handle) == handle;
}

void conn_held__put(struct conn_table *conns, const struct bt_hci_evt_le_enh_conn_complete *evt)
{
	uint32_t session = conns->session;

	release(conns);
	if (!conns->enabled || conns->session != session) {
		/* The callbacks of the one before have ended the host. */
		return;
	}
	conns->held = true;
	conns->held_evt = *evt;
	k_work_reschedule(&conns->held_guard, K_MSEC(GUARD_MS));
}

void conn_held__release(struct conn_table *conns, uint16_t handle)
{
	if (conn_held__is(conns, handle)) {
		release(conns);
	}
}

struct bt_conn *conn__adv_linked(struct bt_host *host, uint16_t handle, uint8_t id,
				 const bt_addr_le_t *local)
{
	struct conn_table *conns = host__conns(host);

	if (!conn_held__is(conns, handle)) {
		return NULL;
	}
	conns->held = false;
	k_work_cancel_delayable(&conns->held_guard);
	return conn_evt__peripheral_up(conns, &conns->held_evt, id, local);
}
