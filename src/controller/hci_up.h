/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_CONTROLLER_HCI_UP_H_
#define FAV_CONTROLLER_HCI_UP_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <favonius/loop.h>
#include <zephyr/net_buf.h>

#include "controller/hci_wire.h"

/*
 * Packets to the host. An event goes up at once while the host has buffers; what it does not take
 * waits in a ring, in order, until fav_hci_rx_ready(). Three kinds never wait there:
 *
 *  - Command Complete and Command Status overtake it: a host may wait for these alone;
 *  - advertising reports are dropped, and counted;
 *  - Number Of Completed Packets is kept as a count in each connection.
 *
 * What it has taken is on the wire, in its own buffers; a wire without room is a host without them.
 * ACL data is not kept at all: the link layer does not acknowledge what the host does not take. A
 * host that lets the ring overflow is taken for dead: it is told lost(), and the controller resets.
 */

struct fav_controller;
struct ll_conn;

#define CTL_UP_RING 4096
#define CTL_EVT_MAX (2 + 255)

struct ctl_up {
	bool open;
	bool overrun;
	bool completed_pending; /* some connection has completed packets that the host must hear of
				 */
	uint64_t event_mask, event_mask_2, le_event_mask;
	uint64_t reports_dropped;

	/* Controller to host flow control, Core 6.0 Vol 4 Part E 4.1.2. */
	bool flow_on;
	uint16_t host_acl_len, host_acl_count;
	uint16_t host_acl_free;

	struct hci_wire wire;
	struct fav_irq irq;       /* rx_ready() or overrun, out of the caller's way */
	uint8_t evt[CTL_EVT_MAX]; /* the event being made */
	uint16_t head, used;
	uint8_t ring[CTL_UP_RING]; /* events, each as it is: its second byte is its length */
};

void ctl__up_init(struct fav_controller *ctl);
/* Masks and flow control as after HCI_Reset; what waits is gone, and what is on the wire arrives.
 */
void ctl__up_reset(struct fav_controller *ctl);
/* Closed: nothing comes any more. */
void ctl__up_close(struct fav_controller *ctl);

/* The host may take events again. */
void ctl__up_ready(struct fav_controller *ctl);

/* Whether new commands may be executed: there is room for the events that they cause. */
bool ctl__up_has_room(const struct fav_controller *ctl);

/* Begin an event with len bytes of parameters, zeroed, and return these; send it. */
uint8_t *ctl__evt(struct fav_controller *ctl, uint8_t code, uint8_t len);
uint8_t *ctl__le_evt(struct fav_controller *ctl, uint8_t subevent, uint8_t len);
void ctl__evt_send(struct fav_controller *ctl);
/* The same for what may be lost: what the host does not take at once is dropped, and counted.
 * False: dropped. */
bool ctl__evt_send_or_drop(struct fav_controller *ctl);

/* Whether the masks let it through. */
bool ctl__evt_on(const struct fav_controller *ctl, uint8_t code);
bool ctl__le_evt_on(const struct fav_controller *ctl, uint8_t subevent);

/* A buffer for ACL data of len bytes, its headers written, or NULL. */
struct net_buf *ctl__up_acl_alloc(struct fav_controller *ctl, uint16_t handle, uint8_t pb,
				  uint16_t len);
void ctl__up_acl_send(struct fav_controller *ctl, struct net_buf *buf);

/* An ACL packet of the connection was acknowledged, and its buffer is free. */
void ctl__up_completed(struct ll_conn *conn);

#endif
