/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_POSIX_USER_CHANNEL_H_
#define FAV_POSIX_USER_CHANNEL_H_

#include <sys/socket.h>

/*
 * Linux's HCI user channel, `N`: the whole of an adapter for one program, packets with their H4
 * indicator, one a read or write. The kernel's numbers are here; no library is needed.
 */

/* The two calls by which it is opened; tests have others. Each as the system call, errno included.
 */
struct user_channel_ops {
	int (*socket)(int domain, int type, int protocol);
	int (*bind)(int fd, const struct sockaddr *addr, socklen_t len);
};

/* -EINVAL, logged, when spec is no adapter's number. */
int posix__user_channel_check(const char *spec);

/* A non-blocking descriptor of the adapter, or, with a log line that says what to do about it:
 *   -EAFNOSUPPORT  the kernel has no Bluetooth
 *   -EPERM         the program lacks the capability CAP_NET_ADMIN
 *   -ENODEV        no such adapter
 *   -EBUSY         the adapter is up, or another program has its user channel
 *   -ERFKILL       a switch has it off
 *   -errno         what else the system says. ops: NULL for the system's. */
int posix__user_channel_open(const char *spec, const struct user_channel_ops *ops);

#endif
