/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_CONN_TABLE_H_
#define FAV_HOST_CONN_TABLE_H_

#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/kernel.h>
#include <zephyr/sys/slist.h>

#include "conn.h"
#include "deadlines.h"
#include "hci_core.h"
#include "host.h"
#include "listeners.h"
#include "own_addr.h"

/*
 * What conn.c and its kin share: nobody else but host.c, for the size, includes this.
 *
 *     free -> CONNECTING -> CONNECTED -> DISCONNECTING -> DISCONNECTED -> free
 *                  |            |______________________________^
 *                  |___________________________________________|
 *
 * An object is free when nobody references it. listed is the table's own reference: a listed object
 * is found by bt_conn_foreach(), one with a link (CONNECTED or DISCONNECTING) by its handle too.
 * Only conn.c changes state and listed; each file named conn_*.c is one procedure.
 *
 * Any callback may end the link, or the host. So whoever calls out holds a reference, and looks at
 * the state again before it goes on.
 */

#define CONN_HANDLE_NONE 0xffff

/* What the host does by itself on a new link, in this order; see conn_auto.c. */
enum conn_auto_step {
	CONN_AUTO_FEATURES,
	CONN_AUTO_DATA_LEN,
	CONN_AUTO_PHY,
	CONN_AUTO_VERSION,
	CONN_AUTO_DONE,
};

struct bt_conn {
	struct conn_head head; /* first: conn__head() */
	uint16_t refs;
	uint16_t handle;
	struct conn_table *conns;
	struct bt_conn *next; /* of those with a link, by handle */
	bool listed;
	uint8_t role;
	uint8_t id;

	/* Of an attempt. */
	bool accept_list;
	bool cancelled;

	/* Back-pressure: tx_ready is owed. */
	bool tx_refused;

	bt_addr_le_t dst;
	bt_addr_le_t local;
	bt_addr_le_t remote;
	uint16_t interval_1250us;
	uint16_t latency;
	uint16_t timeout_10ms;
	struct bt_conn_le_phy_info phy;
	struct bt_conn_le_data_len_info data_len;

	struct bt_security_info security;

	uint8_t past_mode; /* BT_HCI_LE_PAST_MODE_* */

	/* The peer's controller. */
	bool features_known;
	uint8_t features[8];
	uint8_t version;
	uint16_t manufacturer;
	uint16_t subversion;

	/* conn_auto.c */
	enum conn_auto_step auto_step;
	bool auto_waits;
	uint8_t auto_moot; /* steps (bits) that the application has taken over */

	/* conn_param.c: when a peripheral may ask, and for what. */
	deadline_t may_ask;
	struct bt_le_conn_param wanted;
	bool wanted_set;
	bool no_ll_param_req;

	/* Ends a link whose Disconnection Complete does not come. */
	deadline_t guard;
};

/* What becomes of the attempt in the controller while that must be quiet, see quiet.h. */
enum conn_attempt {
	CONN_ATTEMPT_STARTING,  /* or none */
	CONN_ATTEMPT_SEARCHING, /* for the peer's private address */
	CONN_ATTEMPT_SENT,
	CONN_ATTEMPT_PAUSING, /* cancelled, to be made again */
	CONN_ATTEMPT_PAUSED,
};

struct conn_table {
	struct bt_host *host;
	bool enabled;
	uint32_t session;          /* Grows with each enable. */
	uint8_t past_mode;         /* of links to come */
	bool no_auto_param_update; /* bt_conn_auto_param_update_set(false) */
	struct bt_conn places[CONFIG_BT_MAX_CONN];
	struct deadlines deadlines; /* of the places */
	/* The places with a link, for the look-up of each packet: lists of those whose handles have
	 * the same rest by the size of this. */
	struct bt_conn *by_handle[CONFIG_BT_MAX_CONN];
	const struct conn_upper *upper;
	const struct conn_adv *adv;
	const struct conn_scan *scan;

	/* conn_cb.c */
	struct listeners cbs; /* struct bt_conn_cb */
	struct k_work tx_ready;
	uint16_t tx_first; /* where its next round begins */
	struct k_work recycled;
	uint16_t recycled_count;

	/* conn_create.c: the attempt in the controller, and its end. */
	struct bt_conn *initiating;
	struct bt_conn_le_create_param create_param;
	struct bt_le_conn_param create_conn_param;
	struct own_addr own; /* of the attempt */
	enum conn_attempt attempt;
	bool cancel_sent;
	enum conn_scanning scanning;
	struct k_work_delayable create_timeout;

	/* conn_auto.c: another try after a command found no buffer. */
	struct k_work_delayable auto_retry;

	/* conn_held.c: a link whose advertising set is not known yet. */
	bool held;
	struct bt_hci_evt_le_enh_conn_complete held_evt;
	struct k_work_delayable held_guard;
};

/* ---- conn.c ---- */

/* A place with the table's reference; NULL when none is free. */
struct bt_conn *conn__new(struct conn_table *conns, enum bt_conn_state state);
/* A link is there: announce it. conn is filled. */
void conn__up(struct bt_conn *conn);
/* A link is gone. */
void conn__down(struct bt_conn *conn, uint8_t reason);
/* Take an object off the table without a word: its place is free with the last reference. */
void conn__unlist(struct bt_conn *conn);
/* End a link that nobody knows of. */
void conn__reject(struct bt_host *host, uint16_t handle, uint8_t reason);
/* Send a command whose parameters are the len bytes at params; errors as hci__cmd_send(). */
int conn__cmd_async(struct bt_host *host, uint16_t opcode, const void *params, size_t len,
		    hci_cmd_done_t done, void *user);

/* ---- conn_info.c ---- */

void conn_info__remote(const struct bt_conn *conn, struct bt_conn_remote_info *info);

/* ---- conn_evt.c ---- */

void conn_evt__register(struct bt_host *host);
/* Announce a link to our identity id at local. Returns it, referenced; NULL: no place, it is being
 * ended. */
struct bt_conn *conn_evt__peripheral_up(struct conn_table *conns,
					const struct bt_hci_evt_le_enh_conn_complete *evt,
					uint8_t id, const bt_addr_le_t *local);

/* ---- conn_held.c ---- */

void conn_held__init(struct conn_table *conns);
void conn_held__stop(struct conn_table *conns);
bool conn_held__is(const struct conn_table *conns, uint16_t handle);
/* A link has come up by extended advertising. */
void conn_held__put(struct conn_table *conns, const struct bt_hci_evt_le_enh_conn_complete *evt);
/* Announce the link with that handle now, where it is held. */
void conn_held__release(struct conn_table *conns, uint16_t handle);

/* ---- conn_create.c ---- */

void conn_create__init(struct conn_table *conns);
int conn_create__cancel(struct bt_conn *conn);
/* Send the command for conn->remote, or the accept list. On an error the attempt is the caller's.
 */
int conn_create__send(struct bt_conn *conn);
/* The attempt is over: with a link, when err is 0; the caller goes on with it. */
void conn_create__ended(struct conn_table *conns);
/* LE Connection Complete with an error: the attempt is over, or pauses. */
void conn_create__refused(struct conn_table *conns, uint8_t status);
void conn_create__enable(struct conn_table *conns);
/* The attempt is over without a link: report it. */
void conn_create__failed(struct conn_table *conns, uint8_t err);

/* ---- conn_search.c ---- */

/* Choose with which address to ask the controller for conn->dst, identity or on the air, and make
 * conn->dst the identity. False: it is not known yet, and must be searched for. */
bool conn_search__choose_address(struct bt_conn *conn);
int conn_search__start(struct bt_conn *conn);
void conn_search__stop(struct conn_table *conns);

/* ---- conn_create_cmd.c ---- */

/* What an attempt uses on Coded. */
static inline uint16_t conn_create__coded_interval(const struct bt_conn_le_create_param *param)
{
	return param->interval_coded != 0 ? param->interval_coded : param->interval;
}

static inline uint16_t conn_create__coded_window(const struct bt_conn_le_create_param *param)
{
	return param->window_coded != 0 ? param->window_coded : param->window;
}

/* Tell the controller to connect as the table says, with the address that it has taken, and wait
 * until it has begun; errors as hci__cmd_send_sync(). */
int conn_create__command(struct bt_conn *conn);

/* ---- conn_cb.c ---- */

void conn_cb__init(struct conn_table *conns);
void conn_cb__stop(struct conn_table *conns);
void conn_cb__connected(struct bt_conn *conn, uint8_t err);
void conn_cb__disconnected(struct bt_conn *conn, uint8_t reason);
void conn_cb__recycled(struct conn_table *conns);
bool conn_cb__le_param_req(struct bt_conn *conn, struct bt_le_conn_param *param);
void conn_cb__le_param_updated(struct bt_conn *conn);
void conn_cb__remote_info(struct bt_conn *conn);
void conn_cb__le_phy_updated(struct bt_conn *conn);
void conn_cb__le_data_len_updated(struct bt_conn *conn);

void conn_cb__security_changed(struct bt_conn *conn, enum bt_security_err err);
void conn_cb__identity_resolved(struct bt_conn *conn, const bt_addr_le_t *rpa,
				const bt_addr_le_t *identity);

/* ---- conn_auto.c ---- */

void conn_auto__init(struct conn_table *conns);
void conn_auto__start(struct bt_conn *conn);
void conn_auto__stop(struct conn_table *conns);
/* Send an application's own command of what a step does, and wait; unless it is refused, the step
 * is left out when it is still to come. As hci__cmd_sync(). */
int conn_auto__instead(struct bt_conn *conn, enum conn_auto_step step, uint16_t opcode,
		       const void *params, size_t len);
/* The answer to a step has come. */
void conn_auto__answered(struct bt_conn *conn, enum conn_auto_step step);

/* ---- conn_param.c ---- */

void conn_param__start(struct bt_conn *conn);
void conn_param__stop(struct bt_conn *conn);
/* A peripheral may ask from now on. */
void conn_param__may_ask(struct bt_conn *conn);
/* LE Connection Update Complete with an error. */
void conn_param__refused(struct bt_conn *conn, uint8_t status);
/* LE Remote Connection Parameter Request. */
void conn_param__requested(struct bt_conn *conn, struct bt_le_conn_param *param);

#endif
