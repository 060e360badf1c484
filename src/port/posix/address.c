/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <zephyr/logging/log.h>
#include <zephyr/sys/util.h>

#include "port/posix/address.h"

LOG_MODULE_REGISTER(posix_address);

/* A DNS name has at most 253 characters; a port 5. */
#define HOST_MAX 256
#define PORT_MAX 6

static const struct {
	const char *prefix;
	enum posix_scheme scheme;
} schemes[] = {
	{"unix:", POSIX_UNIX}, {"tcp:", POSIX_TCP}, {"serial:", POSIX_SERIAL},
	{"hci:", POSIX_HCI},   {"pty:", POSIX_PTY},
};

int posix__url_scheme(const char *url, enum posix_scheme *scheme, const char **rest)
{
	for (size_t i = 0; i < ARRAY_SIZE(schemes); i++) {
		size_t len = strlen(schemes[i].prefix);

		if (strncmp(url, schemes[i].prefix, len) == 0) {
			*scheme = schemes[i].scheme;
			*rest = url + len;
			return 0;
		}
	}
	LOG_ERR("%s: no stream; expected unix:PATH, tcp:HOST:PORT or serial:DEV", url);
	return -ENOTSUP;
}

int posix__unix_address(const char *path, struct sockaddr_un *addr)
{
	size_t len = strlen(path);

	if (len == 0) {
		LOG_ERR("unix: has no path; expected unix:PATH");
		return -EINVAL;
	}
	if (len >= sizeof(addr->sun_path)) {
		LOG_ERR("unix:%s: the path has %zu characters; a socket's may have %zu", path, len,
			sizeof(addr->sun_path) - 1);
		return -ENAMETOOLONG;
	}
	memset(addr, 0, sizeof(*addr));
	addr->sun_family = AF_UNIX;
	memcpy(addr->sun_path, path, len + 1);
	return 0;
}

/* Split at the last colon; an IPv6 address stands in brackets. */
static int split(const char *host_port, char host[HOST_MAX], char port[PORT_MAX])
{
	const char *colon = strrchr(host_port, ':');
	size_t host_len, port_len;
	char *end;

	if (colon == NULL) {
		return -EINVAL;
	}
	host_len = colon - host_port;
	port_len = strlen(colon + 1);
	if (host_len >= 2 && host_port[0] == '[' && host_port[host_len - 1] == ']') {
		host_port++;
		host_len -= 2;
	}
	if (host_len == 0 || host_len >= HOST_MAX || port_len == 0 || port_len >= PORT_MAX) {
		return -EINVAL;
	}
	memcpy(host, host_port, host_len);
	host[host_len] = '\0';
	memcpy(port, colon + 1, port_len + 1);
	return strspn(port, "0123456789") == port_len && strtoul(port, &end, 10) <= 65535 ? 0
											  : -EINVAL;
}

static int parse(const char *host_port, char host[HOST_MAX], char port[PORT_MAX])
{
	int err = split(host_port, host, port);

	if (err < 0) {
		LOG_ERR("tcp:%s: expected tcp:HOST:PORT, the port from 0 to 65535", host_port);
	}
	return err;
}

int posix__tcp_check(const char *host_port)
{
	char host[HOST_MAX], port[PORT_MAX];

	return parse(host_port, host, port);
}

int posix__tcp_addresses(const char *host_port, bool listen, struct addrinfo **list)
{
	struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV | (listen ? AI_PASSIVE : 0),
	};
	char host[HOST_MAX], port[PORT_MAX];
	int err = parse(host_port, host, port);

	if (err < 0) {
		return err;
	}
	err = getaddrinfo(host, port, &hints, list);
	switch (err) {
	case 0:
		return 0;
	case EAI_MEMORY:
		return -ENOMEM;
	case EAI_SYSTEM:
		err = -errno;
		break;
	case EAI_AGAIN:
		LOG_ERR("tcp:%s: %s", host_port, gai_strerror(err));
		return -EAGAIN;
	default:
		LOG_ERR("tcp:%s: %s", host_port, gai_strerror(err));
		return -ENOENT;
	}
	LOG_ERR("tcp:%s: %s", host_port, strerror(-err));
	return err;
}

void posix__tcp_watch(int fd)
{
	static const struct {
		int level, option, value;
	} options[] = {
		{SOL_SOCKET, SO_KEEPALIVE, 1},
		{IPPROTO_TCP, TCP_KEEPIDLE, 5},         /* s of silence before the first probe */
		{IPPROTO_TCP, TCP_KEEPINTVL, 5},        /* s */
		{IPPROTO_TCP, TCP_KEEPCNT, 3},          /* probes */
		{IPPROTO_TCP, TCP_USER_TIMEOUT, 20000}, /* ms for what was sent */
	};

	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		setsockopt(fd, options[i].level, options[i].option, &options[i].value,
			   sizeof(options[i].value));
	}
}

void posix__tcp_url(const struct sockaddr *addr, socklen_t len, char *url, size_t size)
{
	char host[HOST_MAX], port[PORT_MAX];
	bool v6 = addr->sa_family == AF_INET6;

	if (getnameinfo(addr, len, host, sizeof(host), port, sizeof(port),
			NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
		snprintf(url, size, "tcp:?:?");
		return;
	}
	snprintf(url, size, v6 ? "tcp:[%s]:%s" : "tcp:%s:%s", host, port);
}
