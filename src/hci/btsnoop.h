/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HCI_BTSNOOP_H_
#define FAV_HCI_BTSNOOP_H_

#include <favonius/hci.h>

/*
 * The capture at the seam: a tap that stands between a struct fav_hci and its client, and writes
 * what passes to a file. See fav_hci_open().
 */

/* Put a tap between hci and its client if the environment asks for it. */
void btsnoop__attach(struct fav_hci *hci);

/* A packet goes down. */
void btsnoop__sent(struct fav_hci_tap *tap, const struct net_buf *buf);

/* Take the tap away, if there is one; its file is complete then. */
void btsnoop__detach(struct fav_hci *hci);

#endif
