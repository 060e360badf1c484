/* SPDX-License-Identifier: Apache-2.0 */

#include "bench.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <favonius/loop.h>
#include <favonius/sim.h>
#include <zephyr/sys/byteorder.h>

#include "host/acl.h"
#include "host/conn_table.h"
#include "host/hci_core.h"
#include "host/host.h"
#include "host/id.h"
#include "host/l2cap.h"
#include "host/l2cap_coc.h"
#include "host/l2cap_sig.h"
#include "host/privacy.h"
#include "host/sec.h"

#define RULES   8
#define PENDING 64
#define HELD    256

#define ACL_BUF_SIZE (4 + BENCH_ACL_MAX)

/* What happens to the next command of an opcode. */
struct rule {
	uint16_t opcode;
	uint8_t status;
	bool silent;
	void (*during)(void);
};

/* An async command whose end has not been told. */
struct pending {
	hci_cmd_done_t done;
	void *user;
	uint8_t status;
	bool silent;
};

struct hci_core {
	struct bt_host *host;
	bool open;
	struct hci_info info;
	const struct hci_evt_entry *evt[256];
	const struct hci_evt_entry *le_evt[256];
	void (*acl_recv)(struct bt_host *host, struct net_buf *buf);

	struct bench_command commands[BENCH_COMMANDS];
	unsigned int command_count;
	struct rule rules[RULES];
	unsigned int rule_count;
	unsigned int cmd_buffers;
	struct pending pending[PENDING];
	unsigned int pending_count;
	struct k_work pending_work;

	struct bench_packet packets[BENCH_PACKETS];
	unsigned int packet_count;
	bool hold;
	struct net_buf *held[HELD];
	unsigned int held_count;

	struct net_buf_pool cmd_pool, acl_pool;
	FAV_NET_BUF_STORAGE(cmd_mem, PENDING, 260, 0);
	FAV_NET_BUF_STORAGE(acl_mem, CONFIG_BT_BUF_ACL_RX_COUNT, ACL_BUF_SIZE, 0);
};

struct bt_host {
	struct host_layers layers; /* as the real one begins */
	struct conn_table conns;
	struct acl acl;
	struct l2cap l2cap;
	struct l2cap_sig sig;
	struct l2cap_coc coc;
	struct hci_core hci;
	struct id id;
	struct fav_host_stats stats;
};

static struct bt_host hosts[BENCH_HOSTS];
static struct bt_host *current = &hosts[0];

struct bench_config bench_config;
const bt_addr_le_t bench_own_addr = {BT_ADDR_LE_RANDOM, {{1, 2, 3, 4, 5, 0xc6}}};
unsigned int bench_adv_ended;
uint8_t bench_adv_status;

static struct hci_core *hci_now(void)
{
	return &current->hci;
}

/* ---- host.h, favonius/host.h ---- */

struct bt_host *fav_host_current(void)
{
	return current;
}

struct bt_host *fav_host_select(struct bt_host *host)
{
	struct bt_host *previous = current;

	current = host != NULL ? host : &hosts[0];
	return previous;
}

struct bt_host *host__enter(struct bt_host *host)
{
	return fav_host_select(host);
}

void host__leave(struct bt_host *previous)
{
	current = previous;
}

/* ---- id.h ---- */

const bt_addr_le_t *id__addr(const struct id *id, uint8_t number)
{
	return &id->identities[number];
}

/* ---- own_addr.h, quiet.h ---- */

void own_addr__register(struct bt_host *host, struct own_addr *use, uint8_t set,
			const struct quiet_ops *ops)
{
	use->quiet.running = false;
}

uint8_t own_addr__id(struct bt_host *host)
{
	return 0;
}

int own_addr__take(struct bt_host *host, struct own_addr *use, uint8_t id, enum own_addr_kind kind)
{
	assert_false(use->quiet.running);
	use->quiet.running = true;
	use->type = bench_own_addr.type;
	bt_addr_le_copy(&use->addr, &bench_own_addr);
	return 0;
}

void own_addr__release(struct bt_host *host, struct own_addr *use)
{
	use->quiet.running = false;
}

void quiet__paused(struct bt_host *host, struct quiet_user *user)
{
	fail_msg("nobody has asked for a pause");
}

/* ---- privacy.h ---- */

struct keys_bond *privacy__bond(struct bt_host *host, uint8_t id, const bt_addr_le_t *addr)
{
	return NULL;
}

bool privacy__allows(struct bt_host *host, uint8_t id, const bt_addr_le_t *addr, bool by_controller)
{
	return true;
}

bool privacy__is_listed(struct bt_host *host, const struct keys_bond *bond)
{
	return false;
}

void privacy__linked(struct bt_host *host, const struct keys_bond *bond)
{
}

bool privacy__recall(struct bt_host *host, const struct keys_bond *bond, bt_addr_le_t *addr)
{
	return false;
}

/* ---- hci_core.h ---- */

int hci__errno(uint8_t status)
{
	switch (status) {
	case BT_HCI_ERR_SUCCESS:
		return 0;
	case BT_HCI_ERR_UNKNOWN_CONN_ID:
		return -ENOTCONN;
	case BT_HCI_ERR_CMD_DISALLOWED:
		return -EACCES;
	default:
		return -EIO;
	}
}

const char *bt_hci_err_to_str(uint8_t hci_err)
{
	return "(bench)";
}

bool hci__is_open(const struct hci_core *hci)
{
	return hci->open;
}

bool hci__acl_scarce(const struct hci_core *hci)
{
	return fav_net_buf_pool_used(&hci->acl_pool) > CONFIG_BT_BUF_ACL_RX_COUNT / 2;
}

const struct hci_info *hci__info(const struct hci_core *hci)
{
	return &hci->info;
}

bool hci__has_le_feature(const struct hci_core *hci, unsigned int bit)
{
	return (hci->info.le_features[bit / 8] & BIT(bit % 8)) != 0;
}

bool hci__uses_ext(const struct hci_core *hci)
{
	return false;
}

void hci__evt_register(struct hci_core *hci, const struct hci_evt_entry *table, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		assert_null(hci->evt[table[i].code]);
		hci->evt[table[i].code] = &table[i];
	}
}

void hci__le_evt_register(struct hci_core *hci, const struct hci_evt_entry *table, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		assert_null(hci->le_evt[table[i].code]);
		hci->le_evt[table[i].code] = &table[i];
	}
}

void hci__acl_register(struct hci_core *hci,
		       void (*recv)(struct bt_host *host, struct net_buf *buf),
		       bool (*known)(struct bt_host *host, uint16_t handle))
{
	hci->acl_recv = recv;
}

static struct rule rule_take(struct hci_core *hci, uint16_t opcode)
{
	struct rule rule = {0};

	for (unsigned int i = 0; i < hci->rule_count; i++) {
		if (hci->rules[i].opcode == opcode) {
			rule = hci->rules[i];
			hci->rules[i] = hci->rules[--hci->rule_count];
			break;
		}
	}
	return rule;
}

static void command_note(struct hci_core *hci, uint16_t opcode, const void *params, size_t len)
{
	struct bench_command *command = &hci->commands[hci->command_count++ % BENCH_COMMANDS];

	assert_true(len <= sizeof(command->params));
	command->opcode = opcode;
	command->len = (uint8_t)len;
	command->unanswered = hci->pending_count;
	if (len > 0) {
		memcpy(command->params, params, len);
	}
}

int hci__cmd_sync(struct hci_core *hci, uint16_t opcode, const void *params, size_t len)
{
	struct rule rule = rule_take(hci, opcode);

	assert_false(k_is_in_isr());
	if (!hci->open) {
		return -ENODEV;
	}
	command_note(hci, opcode, params, len);
	if (rule.during != NULL) {
		rule.during();
		if (!hci->open) {
			return -ENODEV;
		}
	}
	return rule.silent ? -ETIMEDOUT : hci__errno(rule.status);
}

struct net_buf *hci__cmd_alloc(struct hci_core *hci)
{
	if (hci->cmd_buffers == 0) {
		return NULL;
	}
	return net_buf_alloc(&hci->cmd_pool, K_NO_WAIT);
}

int hci__cmd_send(struct hci_core *hci, uint16_t opcode, struct net_buf *params,
		  hci_cmd_done_t done, void *user)
{
	struct rule rule = rule_take(hci, opcode);

	command_note(hci, opcode, params->data, params->len);
	net_buf_unref(params);
	if (!hci->open) {
		return -ENODEV;
	}
	assert_true(hci->pending_count < PENDING);
	hci->pending[hci->pending_count++] = (struct pending){
		.done = done,
		.user = user,
		.status = rule.status,
		.silent = rule.silent,
	};
	k_work_submit(&hci->pending_work);
	return 0;
}

int hci__cmd_async(struct hci_core *hci, uint16_t opcode, const void *params, size_t len,
		   hci_cmd_done_t done, void *user)
{
	struct net_buf *buf = hci__cmd_alloc(hci);

	if (buf == NULL) {
		return -ENOMEM;
	}
	net_buf_add_mem(buf, params, len);
	return hci__cmd_send(hci, opcode, buf, done, user);
}

static void pending_tell(struct hci_core *hci, bool gone)
{
	struct net_buf_simple none = {0};

	while (hci->pending_count > 0) {
		struct pending p = hci->pending[0];

		hci->pending_count--;
		memmove(hci->pending, hci->pending + 1, hci->pending_count * sizeof(p));
		if (p.done != NULL) {
			p.done(hci->host, p.user,
			       gone       ? -ENODEV
			       : p.silent ? -ETIMEDOUT
					  : 0,
			       gone || p.silent ? 0xff : p.status, &none);
		}
	}
}

static void pending_run(struct k_work *work)
{
	struct hci_core *hci = CONTAINER_OF(work, struct hci_core, pending_work);
	struct bt_host *previous = host__enter(hci->host);

	pending_tell(hci, false);
	host__leave(previous);
}

int hci__acl_send(struct hci_core *hci, struct net_buf *buf)
{
	struct bench_packet *packet = &hci->packets[hci->packet_count++ % BENCH_PACKETS];

	if (!hci->open) {
		return -ENODEV;
	}
	assert_true(net_buf_headroom(buf) >= 1);
	assert_int_equal(buf->ref, 1);
	packet->handle = net_buf_pull_le16(buf);
	packet->len = net_buf_pull_le16(buf);
	assert_int_equal(packet->len, buf->len);
	assert_true(packet->len <= hci->info.acl_len);
	assert_true(packet->len <= sizeof(packet->payload));
	packet->data = buf->data;
	memcpy(packet->payload, buf->data, buf->len);
	if (hci->hold) {
		assert_true(hci->held_count < HELD);
		hci->held[hci->held_count++] = buf;
	} else {
		net_buf_unref(buf);
	}
	return 0;
}

/* ---- The bench ---- */

static void adv_ended(struct bt_host *host, uint8_t status, uint8_t *id, bt_addr_le_t *local)
{
	bench_adv_ended++;
	bench_adv_status = status;
	if (status == 0) {
		*id = 1;
		bt_addr_le_copy(local, &bench_own_addr);
	}
}

static const struct conn_adv adv = {.ended = adv_ended};

static void host_init(struct bt_host *host)
{
	struct hci_core *hci = &host->hci;

	memset(host, 0, sizeof(*host));
	host->layers = (struct host_layers){
		.conns = &host->conns,
		.acl = &host->acl,
		.l2cap = &host->l2cap,
		.l2cap_sig = &host->sig,
		.l2cap_coc = &host->coc,
		.hci = &host->hci,
		.id = &host->id,
		.stats = &host->stats,
	};
	hci->host = host;
	k_work_init(&hci->pending_work, pending_run);
	assert_int_equal(0, fav_net_buf_pool_init(&hci->cmd_pool, hci->cmd_mem,
						  sizeof(hci->cmd_mem), PENDING, 260, 0, NULL));
	assert_int_equal(0,
			 fav_net_buf_pool_init(&hci->acl_pool, hci->acl_mem, sizeof(hci->acl_mem),
					       CONFIG_BT_BUF_ACL_RX_COUNT, ACL_BUF_SIZE, 0, NULL));
	bt_addr_le_copy(&host->id.identities[0], &bench_own_addr);
	bt_addr_le_copy(&host->id.identities[1], bench_addr(0xee));
	conn__init(&host->conns, host);
	acl__init(&host->acl, host);
	l2cap__init(&host->l2cap, host);
	l2cap_sig__init(&host->sig, host);
	l2cap_coc__init(&host->coc, host);
}

int bench_enable(struct bt_host *host)
{
	struct hci_core *hci = &host->hci;
	int err;

	memset(hci->evt, 0, sizeof(hci->evt));
	memset(hci->le_evt, 0, sizeof(hci->le_evt));
	hci->open = true;
	hci->cmd_buffers = PENDING;
	hci->rule_count = 0;
	hci->info = (struct hci_info){
		.acl_len = bench_config.acl_len,
		.acl_count = bench_config.acl_count,
		.le_states = bench_config.le_states,
		.max_tx_octets = 251,
		.max_tx_time = 2120,
		.max_rx_octets = 251,
		.max_rx_time = 2120,
	};
	sys_put_le64(bench_config.le_features, hci->info.le_features);
	err = conn__enable(host);
	if (err == 0) {
		err = acl__enable(host);
	}
	if (err == 0) {
		err = l2cap__enable(host);
	}
	if (err == 0) {
		err = l2cap_sig__enable(host);
	}
	if (err == 0) {
		err = l2cap_coc__enable(host);
	}
	conn__adv_register(&host->conns, &adv);
	return err;
}

void bench_disable(struct bt_host *host)
{
	struct hci_core *hci = &host->hci;

	conn__disable(host);
	l2cap_coc__disable(host);
	l2cap_sig__disable(host);
	l2cap__disable(host);
	acl__disable(host);
	hci->open = false;
	k_work_cancel(&hci->pending_work);
	pending_tell(hci, true);
}

struct bt_host *bench_host(unsigned int index)
{
	return &hosts[index];
}

void bench_start(bool enable)
{
	bench_config = (struct bench_config){
		.acl_len = 251,
		.acl_count = 8,
		.le_states = UINT64_MAX,
	};
	bench_adv_ended = 0;
	bench_adv_status = 0;
	bench_security = (struct bench_security){0};
	fav_sim_reset(1);
	assert_int_equal(0, fav_kernel_init(&fav_port_sim));
	for (unsigned int i = 0; i < BENCH_HOSTS; i++) {
		host_init(&hosts[i]);
	}
	current = &hosts[0];
	if (enable) {
		assert_int_equal(0, bench_enable(current));
	}
}

static void host_check(struct bt_host *host)
{
	assert_false(conn__any_referenced(host));
	assert_false(host->conns.own.quiet.running);
	assert_int_equal(0, fav_net_buf_pool_used(&host->hci.cmd_pool));
	assert_int_equal(0, fav_net_buf_pool_used(&host->hci.acl_pool));
	assert_int_equal(0, fav_net_buf_pool_used(&host->acl.copies));
	assert_int_equal(0, fav_net_buf_pool_used(&host->sig.pool));
	assert_true(l2cap_coc__is_idle(&host->coc));
	assert_null(host->conns.cbs.runs);
}

void bench_stop(void)
{
	struct fav_kernel_usage usage;

	for (unsigned int i = 0; i < BENCH_HOSTS; i++) {
		current = &hosts[i];
		bench_release();
		if (current->hci.open) {
			bench_disable(current);
		}
		host_check(current);
	}
	current = &hosts[0];
	fav_kernel_usage_get(&usage);
	assert_int_equal(0, usage.timeouts);
	assert_int_equal(0, usage.works);
	assert_int_equal(0, usage.irqs);
	assert_int_equal(0, usage.heap_blocks);
}

/* ---- The security manager ---- */

struct bench_security bench_security;

int bt_conn_set_security(struct bt_conn *conn, bt_security_t sec)
{
	bench_security.asked = sec;
	bench_security.times++;
	return bench_security.err;
}

bool sec__has_key(const struct bt_conn *conn)
{
	return bench_security.has_key;
}

void bench_secured(struct bt_conn *conn, bt_security_t level, enum bt_security_err err)
{
	const struct bt_security_info info = {
		.level = level,
		.enc_key_size = level > BT_SECURITY_L1 ? 16 : 0,
	};

	conn__security_set(conn, &info);
	conn__security_tell(conn, err);
	bench_run();
}

void bench_run(void)
{
	fav_process();
}

void bench_pass_ms(uint32_t ms)
{
	k_msleep((int32_t)ms);
	fav_process();
}

static struct rule *rule_add(uint16_t opcode)
{
	struct hci_core *hci = hci_now();

	assert_true(hci->rule_count < RULES);
	hci->rules[hci->rule_count] = (struct rule){.opcode = opcode};
	return &hci->rules[hci->rule_count++];
}

void bench_refuse(uint16_t opcode, uint8_t status)
{
	rule_add(opcode)->status = status;
}

void bench_silence(uint16_t opcode)
{
	rule_add(opcode)->silent = true;
}

void bench_during(uint16_t opcode, void (*fn)(void))
{
	rule_add(opcode)->during = fn;
}

void bench_cmd_buffers(unsigned int count)
{
	hci_now()->cmd_buffers = count;
}

unsigned int bench_commands(void)
{
	return hci_now()->command_count;
}

unsigned int bench_commands_of(uint16_t opcode)
{
	unsigned int count = 0;

	assert_true(hci_now()->command_count <= BENCH_COMMANDS);
	for (unsigned int i = 0; i < hci_now()->command_count; i++) {
		count += hci_now()->commands[i].opcode == opcode;
	}
	return count;
}

const struct bench_command *bench_command(unsigned int from_last)
{
	assert_true(from_last < hci_now()->command_count && from_last < BENCH_COMMANDS);
	return &hci_now()->commands[(hci_now()->command_count - 1 - from_last) % BENCH_COMMANDS];
}

const struct bench_command *bench_last_of(uint16_t opcode)
{
	for (unsigned int i = 0; i < bench_commands(); i++) {
		if (bench_command(i)->opcode == opcode) {
			return bench_command(i);
		}
	}
	fail_msg("command 0x%04x was not sent", opcode);
	return NULL;
}

void bench_commands_forget(void)
{
	hci_now()->command_count = 0;
}

static void deliver(const struct hci_evt_entry *entry, const void *params, size_t len)
{
	uint8_t copy[260];
	struct net_buf_simple evt;

	assert_true(len <= sizeof(copy));
	if (entry == NULL || len < entry->min_len) {
		return;
	}
	memcpy(copy, params, len);
	net_buf_simple_init_with_data(&evt, copy, len);
	entry->handler(current, &evt);
}

void bench_evt(uint8_t code, const void *params, size_t len)
{
	deliver(hci_now()->evt[code], params, len);
}

void bench_le_evt(uint8_t code, const void *params, size_t len)
{
	deliver(hci_now()->le_evt[code], params, len);
}

void bench_connect(uint8_t status, uint16_t handle, uint8_t role, const bt_addr_le_t *peer)
{
	const struct bt_hci_evt_le_conn_complete evt = {
		.status = status,
		.handle = sys_cpu_to_le16(handle),
		.role = role,
		.peer_addr = *peer,
		.interval = sys_cpu_to_le16(24),
		.latency = 0,
		.supv_timeout = sys_cpu_to_le16(400),
	};

	bench_le_evt(BT_HCI_EVT_LE_CONN_COMPLETE, &evt, sizeof(evt));
}

void bench_disconnected(uint16_t handle, uint8_t reason)
{
	const struct bt_hci_evt_disconn_complete evt = {
		.handle = sys_cpu_to_le16(handle),
		.reason = reason,
	};

	bench_evt(BT_HCI_EVT_DISCONN_COMPLETE, &evt, sizeof(evt));
}

void bench_completed(uint16_t handle, uint16_t count)
{
	uint8_t evt[5] = {1};

	sys_put_le16(handle, evt + 1);
	sys_put_le16(count, evt + 3);
	bench_evt(BT_HCI_EVT_NUM_COMPLETED_PACKETS, evt, sizeof(evt));
}

void bench_acl_raw(const void *packet, size_t len)
{
	struct net_buf *buf = net_buf_alloc(&hci_now()->acl_pool, K_NO_WAIT);

	assert_non_null(buf);
	net_buf_add_mem(buf, packet, len);
	hci_now()->acl_recv(current, buf);
}

void bench_acl_in(uint16_t handle, uint8_t pb, const void *payload, size_t len)
{
	uint8_t packet[ACL_BUF_SIZE];

	assert_true(len <= BENCH_ACL_MAX);
	sys_put_le16(bt_acl_handle_pack(handle, pb), packet);
	sys_put_le16((uint16_t)len, packet + 2);
	if (len > 0) {
		memcpy(packet + 4, payload, len);
	}
	bench_acl_raw(packet, 4 + len);
}

unsigned int bench_packets(void)
{
	return hci_now()->packet_count;
}

const struct bench_packet *bench_packet(unsigned int index)
{
	assert_true(index < hci_now()->packet_count && hci_now()->packet_count <= BENCH_PACKETS);
	return &hci_now()->packets[index];
}

void bench_packets_forget(void)
{
	hci_now()->packet_count = 0;
}

void bench_hold(bool hold)
{
	hci_now()->hold = hold;
}

void bench_release(void)
{
	struct hci_core *hci = hci_now();

	for (unsigned int i = 0; i < hci->held_count; i++) {
		net_buf_unref(hci->held[i]);
	}
	hci->held_count = 0;
}

const bt_addr_le_t *bench_addr(uint8_t n)
{
	static bt_addr_le_t addrs[256];

	addrs[n] = (bt_addr_le_t){.type = BT_ADDR_LE_PUBLIC};
	addrs[n].a.val[0] = n;
	return &addrs[n];
}
