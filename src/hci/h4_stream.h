/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_HCI_H4_STREAM_H_
#define FAV_HCI_H4_STREAM_H_

#include <favonius/hci.h>

/*
 * The transport that speaks H4 over a byte stream: a struct fav_hci made for a stream's URL.
 */

#define H4_STREAM_FOREVER UINT32_MAX

struct h4_stream_param {
	const char *url; /* copied */
	const char *air; /* copied: the local air that listens there, to be started when it does not
			  * run; NULL for any other stream */
	uint32_t wait_s; /* how long open() tries again; H4_STREAM_FOREVER */
	bool hunts;      /* what comes before the first answer is none of ours: h4__hunt() */
	bool explains;   /* the stream itself logs why it cannot be opened */
	bool late_events; /* of struct fav_hci */
};

/* -ENOMEM. */
int h4_stream__create(const struct h4_stream_param *param, struct fav_hci **hci);

#endif
