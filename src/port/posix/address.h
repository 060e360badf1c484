/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_POSIX_ADDRESS_H_
#define FAV_POSIX_ADDRESS_H_

#include <stdbool.h>
#include <stddef.h>

#include <sys/socket.h>
#include <sys/un.h>

struct addrinfo;

/*
 * Stream URLs as addresses of the operating system.
 */

enum posix_scheme {
	POSIX_UNIX,
	POSIX_TCP,
	POSIX_SERIAL,
	POSIX_PTY,
	POSIX_HCI,
};

/* Which scheme url has, and where its rest begins. -ENOTSUP, logged, for any other. */
int posix__url_scheme(const char *url, enum posix_scheme *scheme, const char **rest);

/* PATH as an address. -EINVAL when empty, -ENAMETOOLONG; both logged. */
int posix__unix_address(const char *path, struct sockaddr_un *addr);

/* -EINVAL, logged, when it is no HOST:PORT. */
int posix__tcp_check(const char *host_port);

/* HOST:PORT looked up; *list is freed by freeaddrinfo(). -EINVAL (malformed), -ENOENT (no such
 * host), -ENOMEM, -EAGAIN; all logged. */
int posix__tcp_addresses(const char *host_port, bool listen, struct addrinfo **list);

/* Let a connection end when its peer is out of reach for some 20 s, whether it is idle or not. */
void posix__tcp_watch(int fd);

/* addr as `tcp:HOST:PORT` in figures. */
void posix__tcp_url(const struct sockaddr *addr, socklen_t len, char *url, size_t size);

#endif
