/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_LL_RAW_HOST_H_
#define TESTS_LL_RAW_HOST_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <favonius/air.h>
#include <favonius/hci.h>
#include <zephyr/bluetooth/hci_types.h>
#include <zephyr/net_buf.h>

/*
 * A host that speaks raw HCI, for tests of controllers. It keeps the events that nobody has asked
 * for yet, in order, and the ACL data; it takes no decision of its own. Virtual time passes while
 * it waits. A wrong answer fails the test.
 */

#define RAW_EVENTS  128
#define RAW_BUFFERS 256

struct raw_event {
	uint64_t at_us;
	uint8_t code, len;
	uint8_t params[255];
};

/* Counts what arrives of the streams that raw_stream_check() verifies. */
struct raw_stream {
	uint32_t next; /* number of the next packet */
	uint64_t packets;
};

struct raw_host {
	struct fav_hci *hci;
	struct raw_event events[RAW_EVENTS];
	size_t event_count;
	size_t reports_seen; /* advertising reports, kept or not */
	bool drop_reports;   /* count them only */

	uint16_t opcode; /* the command at hand */
	bool answered;
	uint8_t status;
	uint8_t rsp[255]; /* its return parameters behind the status */
	uint8_t rsp_len;

	uint16_t acl_len;  /* LE Read Buffer Size */
	uint16_t acl_free; /* buffers of the controller */
	uint16_t acl_total;
	bool refuse_acl;         /* answer alloc() of ACL data with NULL */
	bool refuse_evt;         /* and of events but the replies to commands */
	unsigned int takes_evts; /* refuse_evt from so many events on; 0: no change */
	void (*on_acl)(struct raw_host *host, uint16_t handle, uint8_t pb, const uint8_t *data,
		       uint16_t len);
	uint64_t acl_packets, acl_bytes;
	int lost; /* what lost() said; 0 when it has not */
	void *user;

	struct net_buf_pool pool;
	FAV_NET_BUF_STORAGE(storage, RAW_BUFFERS, 264, 0);
};

/* Opens hci, resets the controller, unmasks all events, reads the buffer size. */
void raw_begin(struct raw_host *host, struct fav_hci *hci);
/* The same without a command: an untouched controller. */
void raw_open(struct raw_host *host, struct fav_hci *hci);
/* Closes it; every buffer must be back. */
void raw_end(struct raw_host *host);

/* Send a command and wait for its Command Complete or Command Status; returns the status. */
uint8_t raw_cmd(struct raw_host *host, uint16_t opcode, const void *params, size_t len);
/* One that must succeed. */
void raw_do(struct raw_host *host, uint16_t opcode, const void *params, size_t len);
/* Only send it. */
void raw_send_cmd(struct raw_host *host, uint16_t opcode, const void *params, size_t len);

/* Shorthand: bytes of the parameters as arguments. */
#define RAW_BYTES(...) ((const uint8_t[]){__VA_ARGS__}), sizeof((const uint8_t[]){__VA_ARGS__})
#define RAW_LE16(v)    (uint8_t)((v)&0xff), (uint8_t)((v) >> 8)

/* Wait at most timeout_ms for an event and take it; others before it are left. subevent is looked
 * at for LE Meta events, whose params then begin behind it. NULL when none comes. Valid until the
 * next call. */
const struct raw_event *raw_wait(struct raw_host *host, uint8_t code, uint8_t subevent,
				 uint32_t timeout_ms);
const struct raw_event *raw_wait_le(struct raw_host *host, uint8_t subevent, uint32_t timeout_ms);
/* One that must come. */
const struct raw_event *raw_expect(struct raw_host *host, uint8_t code, uint32_t timeout_ms);
const struct raw_event *raw_expect_le(struct raw_host *host, uint8_t subevent, uint32_t timeout_ms);
/* Whether one has come and was not taken. */
bool raw_has_le(const struct raw_host *host, uint8_t subevent);
bool raw_has(const struct raw_host *host, uint8_t code);
void raw_forget(struct raw_host *host);

/* ACL data, in pieces that the controller's buffers take; waits for free ones. */
void raw_acl(struct raw_host *host, uint16_t handle, const void *data, size_t len);
/* One packet, whatever the buffers. Returns fav_hci_send()'s result. */
int raw_acl_raw(struct raw_host *host, uint16_t handle_flags, const void *data, size_t len);

/* ---- What tests do again and again ---- */

struct raw_adv {
	uint16_t interval; /* 0.625 ms; 0: 100 ms */
	uint8_t type;
	uint8_t own_type;
	uint8_t channels; /* 0: all */
	uint8_t policy;
	bt_addr_le_t direct;
};
void raw_adv_start(struct raw_host *host, const struct raw_adv *adv);
void raw_adv_stop(struct raw_host *host);
void raw_scan_start(struct raw_host *host, bool active, bool filter_duplicates);
void raw_scan_stop(struct raw_host *host);

bt_addr_le_t raw_public_addr(struct raw_host *host);

struct raw_params {
	uint16_t interval; /* 1.25 ms; 0: 24 (30 ms) */
	uint16_t latency;
	uint16_t timeout; /* 10 ms; 0: 200 (2 s) */
};
void raw_create_conn(struct raw_host *host, const bt_addr_le_t *peer,
		     const struct raw_params *params);
/* Wait for LE (Enhanced) Connection Complete with that role; returns the handle. */
uint16_t raw_connected(struct raw_host *host, uint8_t role);
/* The peripheral advertises, the central connects. */
void raw_connect(struct raw_host *central, struct raw_host *peripheral,
		 const struct raw_params *params, uint16_t *central_handle,
		 uint16_t *peripheral_handle);
/* The central disconnects, and both hear of it. */
void raw_disconnect(struct raw_host *central, struct raw_host *peripheral, uint16_t handle);

void raw_run_ms(uint32_t ms);
uint64_t raw_now_us(void);

#endif
