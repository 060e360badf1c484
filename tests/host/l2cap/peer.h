/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_HOST_L2CAP_PEER_H_
#define TESTS_HOST_L2CAP_PEER_H_

#include <stddef.h>
#include <stdint.h>

#include "bench.h"
#include "heard.h"
#include "host/l2cap_coc.h"

/*
 * A host on the bench of tests/host/conn with one link, whose peer speaks L2CAP byte by byte.
 */

#define HANDLE 0x10

/* The link. */
extern struct bt_conn *conn;

/* bench_start() and heard_start() are done; connect, the host in that role. */
void peer_connect(uint8_t role);

/* A PDU for channel cid. */
void arrive_on(uint16_t cid, const void *payload, size_t len);
/* The host's counter. */
uint32_t dropped(void);

#endif
