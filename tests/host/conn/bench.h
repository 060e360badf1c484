/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_HOST_CONN_BENCH_H_
#define TESTS_HOST_CONN_BENCH_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <favonius/host.h>
#include <zephyr/bluetooth/conn.h>
#include <zephyr/bluetooth/hci.h>
#include <zephyr/net_buf.h>

/*
 * Connections, ACL and L2CAP of the real host on a bench: what is below (hci_core) and beside (id)
 * them is this file, so that a test says what each command answers, and what arrives while main
 * waits for the answer. Time is virtual. There are BENCH_HOSTS hosts; the first is current.
 */

#define BENCH_HOSTS    2
#define BENCH_COMMANDS 1024
#define BENCH_PACKETS  1024
/* The longest payload of a packet to the host: longer than what the host takes as a PDU. */
#define BENCH_ACL_MAX (CONFIG_BT_BUF_ACL_RX_SIZE + 60)

struct bench_command {
	uint16_t opcode;
	uint8_t len;
	uint8_t params[64];
	unsigned int unanswered; /* commands before it without an answer */
};

/* A packet that the host sent: header and payload. */
struct bench_packet {
	uint16_t handle; /* With its flags. */
	uint16_t len;
	const uint8_t *data; /* Where the host had it. */
	uint8_t payload[600];
};

/* What the controller says of itself at bench_enable(); bench_start() sets what is usual. */
struct bench_config {
	uint16_t acl_len, acl_count;
	uint64_t le_features;
	uint64_t le_states;
};
extern struct bench_config bench_config;

/* Kernel, time and hosts afresh; then enabled, when enable says so. */
void bench_start(bool enable);
/* Disables, and fails the test when anything is left: references, buffers, timeouts, work. */
void bench_stop(void);
int bench_enable(struct bt_host *host);
void bench_disable(struct bt_host *host);
struct bt_host *bench_host(unsigned int index);

/* The security manager's part, of all hosts: what bt_conn_set_security() answers, what it was asked
 * for last, whether there is a key for links. bench_start() makes them 0. */
struct bench_security {
	int err;
	bt_security_t asked;
	unsigned int times;
	bool has_key;
};
extern struct bench_security bench_security;
/* What was asked for is there now; or it is not, and err says why. Told, and run. */
void bench_secured(struct bt_conn *conn, bt_security_t level, enum bt_security_err err);

/* Run what is due; time stands still. */
void bench_run(void);
/* Let time pass. */
void bench_pass_ms(uint32_t ms);

/* The next command of that opcode gets this status; without, 0. */
void bench_refuse(uint16_t opcode, uint8_t status);
/* The next command of that opcode gets no answer. */
void bench_silence(uint16_t opcode);
/* While main waits for the answer to the next command of that opcode, fn runs. */
void bench_during(uint16_t opcode, void (*fn)(void));
/* So many command buffers are free for commands that do not wait. */
void bench_cmd_buffers(unsigned int count);

/* Commands so far, of the current host; the index-th from the last, 0 the last. */
unsigned int bench_commands(void);
unsigned int bench_commands_of(uint16_t opcode);
const struct bench_command *bench_command(unsigned int from_last);
const struct bench_command *bench_last_of(uint16_t opcode);
void bench_commands_forget(void);

/* Events to the current host. */
void bench_evt(uint8_t code, const void *params, size_t len);
void bench_le_evt(uint8_t code, const void *params, size_t len);
void bench_connect(uint8_t status, uint16_t handle, uint8_t role, const bt_addr_le_t *peer);
void bench_disconnected(uint16_t handle, uint8_t reason);
void bench_completed(uint16_t handle, uint16_t count);

/* A packet to the current host; its length field says len. */
void bench_acl_in(uint16_t handle, uint8_t pb, const void *payload, size_t len);
/* Any bytes, header included. */
void bench_acl_raw(const void *packet, size_t len);

/* Packets that the host sent. With hold, the bench keeps their buffers until bench_release(). */
unsigned int bench_packets(void);
const struct bench_packet *bench_packet(unsigned int index);
void bench_packets_forget(void);
void bench_hold(bool hold);
void bench_release(void);

/* An address: 00:00:00:00:00:NN, public. */
const bt_addr_le_t *bench_addr(uint8_t n);
/* What id.h hands out as the address on the air. */
extern const bt_addr_le_t bench_own_addr;
/* The bench's own connectable advertising: how often it ended, and the last status. */
extern unsigned int bench_adv_ended;
extern uint8_t bench_adv_status;

#endif
