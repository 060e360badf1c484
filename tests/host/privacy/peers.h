/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_HOST_PRIVACY_PEERS_H_
#define TESTS_HOST_PRIVACY_PEERS_H_

#include <stdbool.h>
#include <stdint.h>

#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/conn.h>
#include <zephyr/net_buf.h>

#include "host/scripted.h"

/*
 * A host on a scripted controller, and peers with private addresses, by number: the identity
 * address and the key of each follow from it.
 */

extern struct scripted s;

/* What the application was told since peers_begin(). */
extern struct peers_told {
	uint32_t connects; /* connected(), with an error or without */
	uint8_t err;       /* the last one's */
	bt_addr_le_t dst;
	uint32_t reports;
	bt_addr_le_t reported; /* the last one's address */
} told;

bt_addr_le_t peers_addr(uint8_t n);
void peers_irk(uint8_t n, uint8_t irk[16]);
/* A private address, another each time. */
bt_addr_le_t peers_rpa(uint8_t n);
/* The identity id of the host is bonded with it. */
void peers_bond(uint8_t id, uint8_t n);

/* A host that is not enabled, enabled; its controller with LL privacy, and a resolving list of that
 * size, or without. */
void peers_begin(bool privacy, uint8_t size);
void peers_up(bool privacy, uint8_t size);
void peers_down(void);
/* Note what connections are told; reports, by giving peers_on_report to the scan. */
void peers_watch(void);
void peers_on_report(const bt_addr_le_t *addr, int8_t rssi, uint8_t type,
		     struct net_buf_simple *data);

/* bt_conn_le_create(), which must succeed; the latest LE Create Connection, NULL: none. */
struct bt_conn *peers_create(const bt_addr_le_t *addr);
const struct bt_hci_cp_le_create_conn *peers_create_cmd(void);

/* The controller has heard an ADV_IND from there. */
void peers_report(const bt_addr_le_t *addr);
/* LE Enhanced Connection Complete. */
void peers_enh_connected(uint8_t role, const bt_addr_le_t *peer, const bt_addr_t *peer_rpa);

#endif
