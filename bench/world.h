/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCH_WORLD_H_
#define BENCH_WORLD_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <favonius/air.h>
#include <favonius/host.h>
#include <zephyr/bluetooth/addr.h>
#include <zephyr/bluetooth/conn.h>
#include <zephyr/bluetooth/gatt.h>

/*
 * Hosts on one air in one process, in virtual time, for measurements. What fails ends the program
 * with a message: a benchmark has no use for half a world.
 *
 * Each program prints rows, one JSON object a line; tools/bench.sh collects them.
 */

#define WORLD_DEVICES 1100
#define WORLD_SEED    1

/* Ends the program unless what is true. */
#define NEED(what) ((what) ? (void)0 : world__failed(__FILE__, __LINE__, #what))
_Noreturn void world__failed(const char *file, int line, const char *what);

struct world_device {
	struct fav_hci *hci;
	struct bt_host *host;
	bt_addr_le_t addr;
	struct bt_conn *conn; /* its latest link, referenced */
	struct bt_conn_cb callbacks;
	struct bt_gatt_service service; /* one value to write to, and to be notified of */
	struct bt_gatt_attr attrs[4];
};

struct world {
	struct fav_air *air;
	struct world_device dev[WORLD_DEVICES];
	size_t count;
	uint64_t chance;         /* the state of world_chance() */
	uint32_t loss_per_mille; /* each reception's */
	bool corrupt;            /* what is lost is heard, with a wrong CRC */
	void (*received)(size_t device, const void *data, uint16_t len);
	void (*tx_ready)(struct bt_conn *conn);
	bool takes_params; /* peripherals agree to what their central asks for */
	struct fav_air_observer observer;
};

extern struct world world;

/* A device whose host does not take the air's controller itself, but what wrap makes of it. */
typedef struct fav_hci *(*world_wrap_t)(struct fav_hci *inner);

void world_begin(size_t count, const struct fav_air_device *device, world_wrap_t wrap);
void world_end(void);

void world_on(size_t i);
size_t world_current(void);
uint64_t world_now_us(void);
void world_run_us(uint64_t us);
/* Uniform, below limit. */
uint32_t world_chance(uint64_t *state, uint32_t limit);

/* Device central makes a link to peripheral. Returns the central's end; the peripheral's is
 * world.dev[peripheral].conn. */
struct bt_conn *world_link(size_t central, size_t peripheral, uint16_t interval_1250us);
/* MTU, data length and PHY settle; then both ends have phy and mtu. */
void world_settle(struct bt_conn *conn, size_t central, uint16_t mtu, uint8_t phy);
/* The link is encrypted, and so is its other end, on device peripheral. */
void world_encrypt(struct bt_conn *conn, size_t peripheral);
/* Its interval becomes that. */
void world_interval(struct bt_conn *conn, uint16_t interval_1250us);
/* The service on device i. Values written to it come to world.received. */
void world_serve(size_t i);
/* The handle and the attribute of its value, the same on each device. */
uint16_t world_value_handle(void);
const struct bt_gatt_attr *world_value_attr(size_t i);
/* Notifications of device peripheral come to world.received. params: the caller's. */
void world_subscribe(struct bt_conn *conn, size_t central, struct bt_gatt_subscribe_params *params);

/* CPU time of this process, seconds. */
double world_cpu_s(void);

#endif
