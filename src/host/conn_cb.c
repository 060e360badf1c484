/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The application's callbacks: those registered on the host, then those defined for all hosts.
 */

#include <errno.h>

#include <favonius/host.h>
#include <zephyr/sys/iterable_sections.h>

#include "conn_table.h"

static void tx_ready_run(struct k_work *work);
static void recycled_run(struct k_work *work);

void conn_cb__init(struct conn_table *conns)
{
	listeners__init(&conns->cbs);
	k_work_init(&conns->tx_ready, tx_ready_run);
	k_work_init(&conns->recycled, recycled_run);
}

void conn_cb__stop(struct conn_table *conns)
{
	k_work_cancel(&conns->tx_ready);
	k_work_cancel(&conns->recycled);
	conns->recycled_count = 0;
}

int bt_conn_cb_register(struct bt_conn_cb *cb)
{
	return cb != NULL ? listeners__add(&host__conns(fav_host_current())->cbs, &cb->_node)
			  : -EINVAL;
}

int bt_conn_cb_unregister(struct bt_conn_cb *cb)
{
	return cb != NULL ? listeners__remove(&host__conns(fav_host_current())->cbs, &cb->_node)
			  : -EINVAL;
}

/* ---- Iteration ---- */

/* One run over the registered, then the defined. */
struct run {
	struct listeners_run registered;
	size_t next_defined;
};

static const struct bt_conn_cb *cb_of(struct run *run, sys_snode_t *node)
{
	struct bt_conn_cb *defined;
	size_t count;

	if (node != NULL) {
		return CONTAINER_OF(node, struct bt_conn_cb, _node);
	}
	STRUCT_SECTION_COUNT(bt_conn_cb, &count);
	if (run->next_defined == count) {
		return NULL;
	}
	STRUCT_SECTION_GET(bt_conn_cb, run->next_defined, &defined);
	run->next_defined++;
	return defined;
}

static const struct bt_conn_cb *first_cb(struct run *run, struct conn_table *conns)
{
	run->next_defined = 0;
	return cb_of(run, listeners__first(&conns->cbs, &run->registered));
}

static const struct bt_conn_cb *next_cb(struct run *run)
{
	/* Of the registered there are no more once a defined one has had its turn. */
	return cb_of(run, run->next_defined == 0 ? listeners__next(&run->registered) : NULL);
}

/* No break: the run goes to its end. */
#define FOR_EACH_CB(cb, run, conns) \
	for (const struct bt_conn_cb *cb = first_cb(run, conns); cb != NULL; cb = next_cb(run))

/* ---- Each callback ---- */

/* A callback may end the link, or the host with it: then those that have not heard of the link yet
 * do not hear that it is there. */
void conn_cb__connected(struct bt_conn *conn, uint8_t err)
{
	struct run run;

	FOR_EACH_CB(cb, &run, conn->conns) {
		if (cb->connected != NULL &&
		    (err != 0 || conn->head.state != BT_CONN_STATE_DISCONNECTED)) {
			cb->connected(conn, err);
		}
	}
}

void conn_cb__disconnected(struct bt_conn *conn, uint8_t reason)
{
	struct run run;

	FOR_EACH_CB(cb, &run, conn->conns) {
		if (cb->disconnected != NULL) {
			cb->disconnected(conn, reason);
		}
	}
}

bool conn_cb__le_param_req(struct bt_conn *conn, struct bt_le_conn_param *param)
{
	struct run run;
	bool accepted = true;

	FOR_EACH_CB(cb, &run, conn->conns) {
		if (cb->le_param_req != NULL && accepted && conn__is_connected(conn)) {
			accepted = cb->le_param_req(conn, param);
		}
	}
	return accepted && conn__is_connected(conn);
}

void conn_cb__le_param_updated(struct bt_conn *conn)
{
	struct run run;

	FOR_EACH_CB(cb, &run, conn->conns) {
		if (cb->le_param_updated != NULL && conn__is_connected(conn)) {
			cb->le_param_updated(conn, conn->interval_1250us, conn->latency,
					     conn->timeout_10ms);
		}
	}
}

void conn_cb__remote_info(struct bt_conn *conn)
{
	struct run run;

	FOR_EACH_CB(cb, &run, conn->conns) {
		if (cb->remote_info_available != NULL && conn__is_connected(conn)) {
			struct bt_conn_remote_info info;

			conn_info__remote(conn, &info);
			cb->remote_info_available(conn, &info);
		}
	}
}

void conn_cb__le_phy_updated(struct bt_conn *conn)
{
	struct run run;

	FOR_EACH_CB(cb, &run, conn->conns) {
		if (cb->le_phy_updated != NULL && conn__is_connected(conn)) {
			cb->le_phy_updated(conn, &conn->phy);
		}
	}
}

void conn_cb__le_data_len_updated(struct bt_conn *conn)
{
	struct run run;

	FOR_EACH_CB(cb, &run, conn->conns) {
		if (cb->le_data_len_updated != NULL && conn__is_connected(conn)) {
			cb->le_data_len_updated(conn, &conn->data_len);
		}
	}
}

void conn_cb__security_changed(struct bt_conn *conn, enum bt_security_err err)
{
	struct run run;

	FOR_EACH_CB(cb, &run, conn->conns) {
		if (cb->security_changed != NULL && conn__is_connected(conn)) {
			cb->security_changed(conn, conn->security.level, err);
		}
	}
}

void conn_cb__identity_resolved(struct bt_conn *conn, const bt_addr_le_t *rpa,
				const bt_addr_le_t *identity)
{
	struct run run;

	FOR_EACH_CB(cb, &run, conn->conns) {
		if (cb->identity_resolved != NULL && conn__is_connected(conn)) {
			cb->identity_resolved(conn, rpa, identity);
		}
	}
}

/* ---- From work ---- */

static void tx_ready_tell(struct bt_conn *conn)
{
	struct run run;

	FOR_EACH_CB(cb, &run, conn->conns) {
		if (cb->tx_ready != NULL && conn__is_connected(conn)) {
			cb->tx_ready(conn);
		}
	}
}

static void tx_ready_run(struct k_work *work)
{
	struct conn_table *conns = CONTAINER_OF(work, struct conn_table, tx_ready);
	struct bt_host *previous = host__enter(conns->host);

	/* Each time another is the first: what is free may not be enough for all. */
	conns->tx_first = (conns->tx_first + 1) % ARRAY_SIZE(conns->places);
	for (size_t i = 0; i < ARRAY_SIZE(conns->places); i++) {
		struct bt_conn *conn =
			&conns->places[(conns->tx_first + i) % ARRAY_SIZE(conns->places)];

		if (!conn->tx_refused || !conn__is_connected(conn)) {
			continue;
		}
		conn->tx_refused = false;
		bt_conn_ref(conn);
		tx_ready_tell(conn);
		bt_conn_unref(conn);
	}
	host__leave(previous);
}

void conn__tx_refused(struct bt_conn *conn)
{
	conn->tx_refused = true;
}

void conn__tx_freed(struct bt_host *host)
{
	struct conn_table *conns = host__conns(host);

	for (size_t i = 0; i < ARRAY_SIZE(conns->places); i++) {
		if (conns->places[i].tx_refused && conn__is_connected(&conns->places[i])) {
			k_work_submit(&conns->tx_ready);
			return;
		}
	}
}

/* Not from within bt_conn_unref(): the application calls that from anywhere. */
void conn_cb__recycled(struct conn_table *conns)
{
	if (conns->enabled) {
		conns->recycled_count++;
		k_work_submit(&conns->recycled);
	}
}

static void recycled_run(struct k_work *work)
{
	struct conn_table *conns = CONTAINER_OF(work, struct conn_table, recycled);
	struct bt_host *previous = host__enter(conns->host);

	while (conns->recycled_count > 0) {
		struct run run;

		conns->recycled_count--;
		FOR_EACH_CB(cb, &run, conns) {
			if (cb->recycled != NULL) {
				cb->recycled();
			}
		}
	}
	host__leave(previous);
}
