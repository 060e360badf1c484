/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_POSIX_PACKETS_H_
#define FAV_POSIX_PACKETS_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sys/types.h>

/*
 * A socket whose reads give one packet each, read as a stream of bytes: what a reader leaves of a
 * packet is kept for its next read.
 */

/* Longer than any HCI packet that Linux takes. */
#define PACKET_MAX 4096

struct packets {
	size_t len, at; /* of the packet at hand, and what has been read of it */
	uint8_t bytes[PACKET_MAX];
};

/* As read(2); -1 with errno EMSGSIZE: a packet was longer than PACKET_MAX. */
ssize_t packets__read(struct packets *packets, int fd, void *dst, size_t len);

/* Whether bytes are left that the descriptor does not tell of. */
bool packets__has_more(const struct packets *packets);

#endif
