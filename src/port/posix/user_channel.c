/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <unistd.h>

#include <zephyr/logging/log.h>
#include <zephyr/sys/util.h>

#include "port/posix/user_channel.h"

LOG_MODULE_REGISTER(posix_user_channel);

/* Of the kernel's net/bluetooth/bluetooth.h and hci_sock.h, which are not among the system's
 * headers; part of its ABI. */
#define FAMILY_BLUETOOTH 31
#define PROTOCOL_HCI     1
#define CHANNEL_USER     1

struct hci_address {
	sa_family_t family;
	uint16_t adapter;
	uint16_t channel;
};

/* 0xffff stands for none. */
#define ADAPTER_MAX 0xfffe

static int parse(const char *spec, uint16_t *adapter)
{
	size_t len = strlen(spec);
	unsigned long number = strtoul(spec, NULL, 10);

	if (len == 0 || len > 5 || strspn(spec, "0123456789") != len || number > ADAPTER_MAX) {
		LOG_ERR("hci:%s: expected hci:N, N being the adapter's number, 0 to %d", spec,
			ADAPTER_MAX);
		return -EINVAL;
	}
	*adapter = (uint16_t)number;
	return 0;
}

int posix__user_channel_check(const char *spec)
{
	uint16_t adapter;

	return parse(spec, &adapter);
}

/* What to do about an error of the system, by its number. */
static const struct {
	int err;
	int told; /* what the caller gets */
	const char *advice;
} advices[] = {
	{EAFNOSUPPORT, EAFNOSUPPORT,
	 "this kernel has no Bluetooth, or not for the network namespace of this container: "
	 "\"modprobe bluetooth\" on the machine, and run in its network"},
	{EPROTONOSUPPORT, EAFNOSUPPORT,
	 "this kernel's Bluetooth has no HCI sockets: load the module bluetooth"},
	{EPERM, EPERM,
	 "the capability CAP_NET_ADMIN is missing: run as root, or once "
	 "\"setcap cap_net_admin+ep PROGRAM\" as root"},
	{EACCES, EPERM, "the capability CAP_NET_ADMIN is missing: run as root, or give it"},
	{ENODEV, ENODEV,
	 "there is no such adapter; \"ls /sys/class/bluetooth\" shows those there are"},
	{EBUSY, EBUSY,
	 "the adapter is up, in use by the kernel: \"btmgmt --index N power off\" or \"hciconfig "
	 "hciN down\", and stop bluetoothd, which would take it up again"},
	{EUSERS, EBUSY, "another program has this adapter's user channel"},
	{ERFKILL, ERFKILL, "a switch has the adapter off: \"rfkill unblock bluetooth\""},
	{EINVAL, EAFNOSUPPORT, "this kernel is older than 3.13 and has no user channel"},
};

static int explain(uint16_t adapter, int err)
{
	for (size_t i = 0; i < ARRAY_SIZE(advices); i++) {
		if (advices[i].err == err) {
			LOG_ERR("hci:%u: %s: %s", adapter, strerror(err), advices[i].advice);
			return -advices[i].told;
		}
	}
	LOG_ERR("hci:%u: %s", adapter, strerror(err));
	return -err;
}

int posix__user_channel_open(const char *spec, const struct user_channel_ops *ops)
{
	static const struct user_channel_ops system_ops = {.socket = socket, .bind = bind};
	struct hci_address addr = {.family = FAMILY_BLUETOOTH, .channel = CHANNEL_USER};
	int err = parse(spec, &addr.adapter);
	int fd;

	if (err < 0) {
		return err;
	}
	if (ops == NULL) {
		ops = &system_ops;
	}
	fd = ops->socket(FAMILY_BLUETOOTH, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, PROTOCOL_HCI);
	if (fd < 0) {
		return explain(addr.adapter, errno);
	}
	if (ops->bind(fd, (const struct sockaddr *)&addr, sizeof(addr)) < 0) {
		err = explain(addr.adapter, errno);
		close(fd);
		return err;
	}
	return fd;
}
