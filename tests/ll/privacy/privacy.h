/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_LL_PRIVACY_PRIVACY_H_
#define TESTS_LL_PRIVACY_PRIVACY_H_

#include <stdbool.h>
#include <stdint.h>

#include "controller/ctl.h"
#include "ll/pair.h"

/*
 * A pair that is not linked yet: p advertises, c scans and connects; each has a key, and the
 * other's resolving list has it. In the charts P' and C' are private addresses.
 */

extern const uint8_t irk_c[16], irk_p[16];
/* No key; a stranger's. */
extern const uint8_t irk_none[16], irk_other[16];

/* ---- Steps ---- */

/* LE Add Device To Resolving List; what the controller says. */
uint8_t privacy_add(struct raw_host *host, const bt_addr_le_t *id, const uint8_t *peer_irk,
		    const uint8_t *local_irk);
/* LE Set Address Resolution Enable. */
void privacy_resolve(struct raw_host *host, bool on);
/* LE Set Privacy Mode. */
void privacy_set_mode(struct raw_host *host, const bt_addr_le_t *id, uint8_t mode);
/* LE Add Device To Filter Accept List. */
void privacy_accept(struct raw_host *host, const bt_addr_le_t *id);
/* Both know one another, and resolve; by these identities. */
void privacy_acquaint(bt_addr_le_t *id_c, bt_addr_le_t *id_p);

/* c scans all the time. */
void privacy_scan(uint8_t own_type, bool active, uint8_t policy, bool filter_duplicates);
/* c begins to connect; what the controller says. peer NULL: to the accept list. */
uint8_t privacy_create(uint8_t own_type, const bt_addr_le_t *peer);
/* It gives up. */
void privacy_create_ends(void);
/* The host hears of a connection. */
struct bt_hci_evt_le_enh_conn_complete privacy_connected(struct raw_host *host);

/* ---- What was on the air ---- */

/* A PDU of the trace; the first advertising PDU of that type from device 0 (c) or 1 (p), which must
 * be there; its first address (0) or the one behind it (1). */
const uint8_t *privacy_pdu(int i);
int privacy_first(int sender, int type);
bt_addr_t privacy_addr_in(int i, int which);

void privacy_check_rpa(const bt_addr_t *addr, const uint8_t *irk);
/* c's next report is of that address, with that type. */
void privacy_check_report(const bt_addr_le_t *id, uint8_t type);

#endif
