/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_HCI_STATE_H_
#define FAV_HOST_HCI_STATE_H_

#include <favonius/hci.h>
#include <favonius/loop.h>
#include <favonius/quirks.h>
#include <zephyr/bluetooth/hci.h>
#include <zephyr/kernel.h>
#include <zephyr/net_buf.h>
#include <zephyr/sys/slist.h>

#include "hci_core.h"

/*
 * What hci_*.c share: nobody else but host.c, for the size, includes this.
 *
 *   hci_core.c  the transport's client: buffers, arrival, loss; open and close
 *   hci_cmd.c   the command queue
 *   hci_evt.c   dispatch at thread level
 *   hci_flow.c  flow control from the controller to the host
 *   hci_init.c  reset and set-up
 *   hci_quirks.c  controllers that differ
 *   hci_late.c  data that comes before its connection
 *   hci_api.c   bt_hci_*
 *   hci_err.c   status to errno and text
 */

/* Indicator and HCI header in front of a packet's parameters. */
#define HCI_CMD_HEADROOM (1 + BT_HCI_CMD_HDR_SIZE)
#define HCI_EVT_BUF_SIZE (1 + BT_HCI_EVT_HDR_SIZE + 255)
#define HCI_CMD_BUF_SIZE (HCI_CMD_HEADROOM + 255)
/* L2CAP header in front of its largest PDU. */
#define HCI_ACL_BUF_SIZE (1 + BT_HCI_ACL_HDR_SIZE + 4 + CONFIG_BT_BUF_ACL_RX_SIZE)

/* Commands without a waiter that can be queued, on their way, or answered and not yet told. */
#define HCI_ASYNC_MAX CONFIG_FAV_BT_HCI_ASYNC_COUNT
/* Their answers, those that callers hold, and one for a report that is received to be dropped. */
#define HCI_RSP_COUNT (HCI_ASYNC_MAX + 4)

/* So many commands without an answer, or any other packet, and the controller is dead: it has to
 * answer within a second, Core 6.0 Vol 4 Part E 4.4. */
#define HCI_UNANSWERED_MAX 2

/* Packets that may come before the event of their connection. */
#define HCI_LATE_MAX 4

/* Codes that handlers may be registered for, Core 6.0 Vol 4 Part E 7.7. */
#define HCI_EVT_CODES    0x60
#define HCI_LE_EVT_CODES 0x40
/* How many handlers there can be. */
#define HCI_EVT_ROWS 40

enum hci_cmd_state {
	HCI_CMD_FREE,
	HCI_CMD_QUEUED,
	HCI_CMD_SENT,
	HCI_CMD_ENDED,
};

/* A command from hci__cmd_send*() to its end. One that is waited for lives on its caller's stack,
 * the others in hci_core.async. */
struct hci_cmd {
	sys_snode_t node;
	enum hci_cmd_state state;
	uint16_t opcode;
	uint64_t deadline_us;
	struct net_buf *buf; /* Until sent. */
	struct net_buf *rsp; /* From its answer: the parameters, status first. */
	int err;
	uint8_t status;
	bool waited;
	struct k_sem ended; /* waited */
	hci_cmd_done_t done;
	void *user;
};

/* What holds of this controller, of all rows that match. */
struct hci_quirks {
	uint8_t missing[64]; /* as the supported commands */
	uint64_t features;
	uint16_t acl_len_max, acl_count_max; /* 0: as told */
	uint32_t flags;
};

struct hci_core {
	struct bt_host *host;
	struct fav_hci *transport; /* NULL: closed. */
	bool accepting;            /* Commands and data may be sent. */
	int lost_err;              /* 0: not lost. */
	bool lost_told;
	bool setting_up; /* The set-up hook runs: raw commands are allowed. */
	bool set_up;     /* A reset from now on is not ours. */
	struct hci_info info;
	struct hci_quirks quirks;
	const struct fav_quirk *own_quirks; /* The application's. */
	size_t own_quirk_count;
	fav_host_setup_t setup; /* The application's hook, or NULL. */
	void *setup_user;

	/* hci_cmd.c: one command at a time is with the controller, as most have room for. */
	sys_slist_t cmd_queue;
	struct hci_cmd *cmd_sent;
	bool cmd_kicking;
	uint8_t cmd_credits;
	uint8_t cmd_unanswered; /* Timeouts in a row, nothing at all having come between. */
	uint8_t cmd_blockers; /* Calls in work items that wait: nothing is dispatched meanwhile. */
	struct fav_timeout cmd_timer;
	sys_slist_t async_free;
	sys_slist_t async_ended; /* Ended without answer, to be told at thread level. */
	struct hci_cmd async[HCI_ASYNC_MAX];

	/* Arrived, in order; answers to async commands among them. */
	sys_slist_t rx_queue;
	struct k_work rx_work;
	/* By code: 0, or the place of its row and 1. */
	uint8_t evt[HCI_EVT_CODES], le_evt[HCI_LE_EVT_CODES];
	const struct hci_evt_entry *evt_rows[HCI_EVT_ROWS];
	uint8_t evt_row_count;
	void (*acl_recv)(struct bt_host *host, struct net_buf *buf);
	bool (*acl_known)(struct bt_host *host, uint16_t handle);
	sys_slist_t late; /* hci_late.c */
	uint8_t late_count;
	struct k_work_delayable late_over;
	bt_hci_vnd_evt_cb_t *vendor_cb;
	uint32_t reports_lost;     /* Dropped for lack of a buffer. */
	uint32_t evt_reports_lost; /* The same, when what is being dispatched arrived. */

	/* Back-pressure: the transport holds a packet that found no buffer. */
	bool rx_refused;
	uint32_t rx_retry_ms;
	struct fav_timeout rx_retry;
	struct fav_irq rx_ready;

	/* hci_flow.c */
	bool flow_on;
	uint16_t acl_handle[CONFIG_BT_BUF_ACL_RX_COUNT]; /* Of each buffer; HCI_HANDLE_NONE. */
	struct bt_hci_handle_count completed[CONFIG_BT_MAX_CONN];
	uint8_t completed_count;
	uint16_t completed_total; /* of their counts */
	struct fav_irq flow_irq;

	struct net_buf_pool cmd_pool, rsp_pool, evt_pool, adv_pool, acl_pool;
	FAV_NET_BUF_STORAGE(cmd_mem, CONFIG_BT_BUF_CMD_TX_COUNT, HCI_CMD_BUF_SIZE, 0);
	FAV_NET_BUF_STORAGE(rsp_mem, HCI_RSP_COUNT, HCI_EVT_BUF_SIZE, sizeof(struct hci_cmd *));
	FAV_NET_BUF_STORAGE(evt_mem, CONFIG_BT_BUF_EVT_RX_COUNT, HCI_EVT_BUF_SIZE, 0);
	FAV_NET_BUF_STORAGE(adv_mem, CONFIG_BT_BUF_EVT_DISCARDABLE_COUNT, HCI_EVT_BUF_SIZE,
			    sizeof(uint32_t));
	FAV_NET_BUF_STORAGE(acl_mem, CONFIG_BT_BUF_ACL_RX_COUNT, HCI_ACL_BUF_SIZE,
			    HCI_ACL_USER_DATA);
};

#define HCI_HANDLE_NONE 0xffff

/* ---- hci_core.c ---- */

/* The controller does what no controller may: treat it as lost. Any level. */
void hci__fail(struct hci_core *hci, int err);

/* ---- hci_cmd.c ---- */

void hci_cmd__init(struct hci_core *hci);
/* An empty command buffer, with headroom for the header. */
struct net_buf *hci_cmd__alloc(struct hci_core *hci, k_timeout_t timeout);
/* Command Complete or Command Status, indicator first; taken. Interrupt level. */
void hci_cmd__answer(struct hci_core *hci, struct net_buf *buf);
/* End all commands with err. Any level; those with a done are told by hci_cmd__tell_ended(). */
void hci_cmd__abort(struct hci_core *hci, int err);
/* Call done of what ended without answer, and of one that was answered. Thread level. */
void hci_cmd__tell_ended(struct hci_core *hci);
void hci_cmd__tell_answered(struct hci_core *hci, struct net_buf *rsp);
/* Another try to send. */
void hci_cmd__kick(struct hci_core *hci);

/* ---- hci_evt.c ---- */

void hci_evt__init(struct hci_core *hci);
void hci_evt__reset(struct hci_core *hci);
/* Queue what arrived; taken. Any level. */
void hci_evt__queue(struct hci_core *hci, struct net_buf *buf);

/* ---- hci_flow.c ---- */

void hci_flow__init(struct hci_core *hci);
void hci_flow__reset(struct hci_core *hci);
/* An ACL packet has arrived in buf, indicator first. */
void hci_flow__arrived(struct hci_core *hci, struct net_buf *buf);
/* A buffer of the ACL pool is free again. */
void hci_flow__freed(struct hci_core *hci, struct net_buf *buf);
/* The controller counts what it sent on this link as gone, Core 6.0 Vol 4 Part E 7.7.5. */
void hci_flow__disconnected(struct hci_core *hci, uint16_t handle);

/* ---- hci_quirks.c ---- */

/* Collect what holds of the controller whose version is in info. */
void hci_quirks__find(struct hci_core *hci);
/* Correct what it has said. */
void hci_quirks__commands(const struct hci_core *hci, uint8_t commands[64]);
void hci_quirks__features(const struct hci_core *hci, uint8_t features[8]);
void hci_quirks__buffers(const struct hci_core *hci, uint16_t *len, uint16_t *count);

/* ---- hci_late.c ---- */

void hci_late__init(struct hci_core *hci);
void hci_late__reset(struct hci_core *hci);
/* Whether an ACL packet, header first, waits for its connection; taken then. Thread level. */
bool hci_late__hold(struct hci_core *hci, struct net_buf *buf);
/* A connection has been announced. Thread level. */
void hci_late__connected(struct hci_core *hci);

/* ---- hci_init.c ---- */

int hci_init__run(struct hci_core *hci);

#endif
