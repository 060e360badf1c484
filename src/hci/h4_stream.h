/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HCI_H4_STREAM_H_
#define FAV_HCI_H4_STREAM_H_

#include <favonius/hci.h>

/*
 * The transport that speaks H4 over a byte stream: a struct fav_hci made for a stream's URL.
 */

/* url is copied. air is the name of the local air that listens there, to be started when it does
 * not run; NULL for any other stream. -ENOMEM. */
int h4_stream__create(const char *url, const char *air, struct fav_hci **hci);

#endif
