/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <string.h>

#include <sys/socket.h>

#include <zephyr/sys/util.h>

#include "port/posix/packets.h"

bool packets__has_more(const struct packets *packets)
{
	return packets->at < packets->len;
}

ssize_t packets__read(struct packets *packets, int fd, void *dst, size_t len)
{
	size_t part;

	if (!packets__has_more(packets)) {
		ssize_t got = recv(fd, packets->bytes, sizeof(packets->bytes), MSG_TRUNC);

		if (got <= 0) {
			return got;
		}
		if ((size_t)got > sizeof(packets->bytes)) {
			errno = EMSGSIZE;
			return -1;
		}
		packets->len = (size_t)got;
		packets->at = 0;
	}
	part = MIN(len, packets->len - packets->at);
	memcpy(dst, packets->bytes + packets->at, part);
	packets->at += part;
	return (ssize_t)part;
}
