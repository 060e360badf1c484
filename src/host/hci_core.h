/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HOST_HCI_CORE_H_
#define FAV_HOST_HCI_CORE_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <favonius/host.h>
#include <favonius/quirks.h>
#include <zephyr/net_buf.h>

/*
 * The command queue and the dispatch of events and ACL data.
 *
 * Packets arrive at interrupt level. Command Complete and Command Status finish their command
 * there, so that a waiting call inside a callback goes on; every other packet is queued and
 * dispatched by a work item, in order, with its host current.
 */

struct hci_core;

/* A command's end. status is the HCI status, or 0xff with err set: -ETIMEDOUT, -EPROTO, -ENODEV
 * (transport lost or host disabled). rsp holds the return parameters after the status byte for
 * Command Complete, and is empty for Command Status; it is valid during the call. Thread level. */
typedef void (*hci_cmd_done_t)(struct bt_host *host, void *user, int err, uint8_t status,
			       struct net_buf_simple *rsp);

/* For host.c. open opens the transport and sets the controller up; shut ends all commands with
 * -ENODEV and drops what waits to be dispatched: nothing is sent or received any more; close closes
 * the transport. Thread level. */
void hci__init(struct hci_core *hci, struct bt_host *host);
int hci__open(struct hci_core *hci, struct fav_hci *transport);
void hci__shut(struct hci_core *hci);
void hci__close(struct hci_core *hci);
/* The buffers that are out, of all pools, for tests and for leaving nothing behind. */
unsigned int hci__buffers_used(const struct hci_core *hci);

/* Who sets the controller up before the host resets it, and what is wrong with it; kept when the
 * host is disabled. */
void hci__setup_set(struct hci_core *hci, fav_host_setup_t setup, void *user);
void hci__quirks_set(struct hci_core *hci, const struct fav_quirk *rows, size_t count);

/* Whether a raw command of the application's may be sent: enabled, or in its own set-up hook. */
bool hci__takes_raw(const struct hci_core *hci);

/* Whether the controller is there: open and not lost. A layer's disable finds false when the
 * transport was lost, true when the application disables. */
bool hci__is_open(const struct hci_core *hci);

/* A buffer for a command's parameters, NULL when none is free. */
struct net_buf *hci__cmd_alloc(struct hci_core *hci);

/* The same for a call that may wait: NULL only when the controller stays silent, or by an injected
 * fault. Thread level. */
struct net_buf *hci__cmd_alloc_wait(struct hci_core *hci);

/* Send a command and wait, and copy rp_len bytes of its return parameters, status first, to rp.
 * -EPROTO when there are fewer. */
int hci__cmd_read(struct hci_core *hci, uint16_t opcode, const void *params, size_t len, void *rp,
		  size_t rp_len);

/* Send a command whose parameters are the len bytes at params, and wait, as hci__cmd_send_sync().
 */
int hci__cmd_sync(struct hci_core *hci, uint16_t opcode, const void *params, size_t len);

/* Queue a command; params may be NULL for none, and is taken in every case. done may be NULL.
 * -ENOMEM: no buffer; -ENODEV: not open. Any level. */
int hci__cmd_send(struct hci_core *hci, uint16_t opcode, struct net_buf *params,
		  hci_cmd_done_t done, void *user);

/* The same for a command whose parameters are the len bytes at params. */
int hci__cmd_async(struct hci_core *hci, uint16_t opcode, const void *params, size_t len,
		   hci_cmd_done_t done, void *user);

/* Send a command and wait. rsp (may be NULL) receives a buffer holding the return parameters,
 * status byte included, to be unref'd. Returns 0, or hci__errno(status), -ETIMEDOUT, -ENODEV,
 * -EPROTO (an answer without status), -ENOMEM, -EWOULDBLOCK (interrupt level). Thread level. */
int hci__cmd_send_sync(struct hci_core *hci, uint16_t opcode, struct net_buf *params,
		       struct net_buf **rsp);

/* The HCI status as an errno, 0 for success: the one place where they are turned. */
int hci__errno(uint8_t status);

/* Events go through const tables that layers register: code (or LE subevent code), minimum length
 * of the parameters after it, handler. The handler reads from evt; it runs at thread level. */
struct hci_evt_entry {
	uint8_t code;
	uint8_t min_len;
	void (*handler)(struct bt_host *host, struct net_buf_simple *evt);
};

void hci__evt_register(struct hci_core *hci, const struct hci_evt_entry *table, size_t count);
void hci__le_evt_register(struct hci_core *hci, const struct hci_evt_entry *table, size_t count);

/* Who takes ACL data: buf is the whole packet without indicator, header first; taken. The buffer
 * has tailroom for the rest of the L2CAP PDU that it begins, up to CONFIG_BT_BUF_ACL_RX_SIZE. Flow
 * control from the controller to the host needs nothing of the layers above: a buffer counts as
 * completed when its last reference goes (hci_flow.c). known: whether there is such a link. */
void hci__acl_register(struct hci_core *hci,
		       void (*recv)(struct bt_host *host, struct net_buf *buf),
		       bool (*known)(struct bt_host *host, uint16_t handle));

/* More than half of the buffers for received ACL data are in use. */
bool hci__acl_scarce(const struct hci_core *hci);

/* Bytes of user data in a received ACL buffer, for the layers above. */
#define HCI_ACL_USER_DATA 8

/* Hand an ACL packet (header first, one byte of headroom for the indicator) to the transport. */
int hci__acl_send(struct hci_core *hci, struct net_buf *buf);

/* What the controller said of itself when the host was enabled. */
struct hci_info {
	uint8_t hci_version, lmp_version;
	uint16_t hci_revision, lmp_subversion, manufacturer;
	uint8_t commands[64];
	uint8_t le_features[8];
	uint64_t le_states;
	uint16_t acl_len;   /* bytes of one ACL data packet */
	uint16_t acl_count; /* packets the controller can hold */
	uint8_t accept_list_size;
	uint16_t max_tx_octets, max_tx_time, max_rx_octets, max_rx_time;
	bool ext_adv;              /* hci__uses_ext() */
	uint8_t adv_sets;          /* at once; 0: not told */
	uint16_t max_adv_data_len; /* bytes, of extended and periodic advertising */
};
const struct hci_info *hci__info(const struct hci_core *hci);

/* Whether advertising, scanning and connecting go by the extended commands: a controller that has
 * taken one kind refuses the other until it is reset (Core 6.0 Vol 4 Part E 3.1.1). */
bool hci__uses_ext(const struct hci_core *hci);

/* How many advertising reports had been dropped for lack of a buffer when the one that is being
 * dispatched arrived: where this grew, a fragment may be missing. */
uint32_t hci__reports_lost(const struct hci_core *hci);

/* Octet o, bit b of the supported commands, as in Core 6.0 Vol 4 Part E 6.27. */
bool hci__has_command(const struct hci_core *hci, unsigned int octet, unsigned int bit);
/* Bit of the LE features, as in Core 6.0 Vol 6 Part B 4.6. */
bool hci__has_le_feature(const struct hci_core *hci, unsigned int bit);

#endif
