/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <limits.h>
#include <sys/file.h>
#include <termios.h>
#include <unistd.h>

#include <zephyr/logging/log.h>
#include <zephyr/sys/util.h>

#include "port/posix/serial.h"

LOG_MODULE_REGISTER(posix_serial);

#define BAUD_DEFAULT 115200

static const struct {
	unsigned long baud;
	speed_t speed;
} speeds[] = {
	{9600, B9600},       {19200, B19200},     {38400, B38400},     {57600, B57600},
	{115200, B115200},   {230400, B230400},   {460800, B460800},   {500000, B500000},
	{576000, B576000},   {921600, B921600},   {1000000, B1000000}, {1152000, B1152000},
	{1500000, B1500000}, {2000000, B2000000}, {2500000, B2500000}, {3000000, B3000000},
	{3500000, B3500000}, {4000000, B4000000},
};

struct serial {
	char dev[PATH_MAX];
	speed_t speed;
	bool rtscts;
};

static int parse_speed(const char *spec, unsigned long baud, speed_t *speed)
{
	for (size_t i = 0; i < ARRAY_SIZE(speeds); i++) {
		if (speeds[i].baud == baud) {
			*speed = speeds[i].speed;
			return 0;
		}
	}
	LOG_ERR("serial:%s: %lu baud is no rate of this system", spec, baud);
	return -EINVAL;
}

int posix__serial_speed(int fd, unsigned long baud)
{
	struct termios tio;
	speed_t speed;
	int err = parse_speed("", baud, &speed);

	if (err < 0) {
		return err;
	}
	if (tcgetattr(fd, &tio) < 0 || cfsetspeed(&tio, speed) < 0 ||
	    tcsetattr(fd, TCSADRAIN, &tio) < 0) {
		return -errno;
	}
	return 0;
}

static int parse(const char *spec, struct serial *serial)
{
	size_t dev_len = strcspn(spec, ",");
	const char *rest = spec + dev_len;
	unsigned long baud = BAUD_DEFAULT;
	char *end;

	if (dev_len == 0 || dev_len >= sizeof(serial->dev)) {
		goto malformed;
	}
	memcpy(serial->dev, spec, dev_len);
	serial->dev[dev_len] = '\0';
	if (*rest == ',') {
		baud = strtoul(rest + 1, &end, 10);
		if (end == rest + 1) {
			goto malformed;
		}
		rest = end;
	}
	serial->rtscts = strcmp(rest, ",rtscts") == 0;
	if (*rest != '\0' && !serial->rtscts) {
		goto malformed;
	}
	return parse_speed(spec, baud, &serial->speed);

malformed:
	LOG_ERR("serial:%s: expected serial:DEV[,BAUD[,rtscts]]", spec);
	return -EINVAL;
}

int posix__serial_check(const char *spec)
{
	struct serial serial;

	return parse(spec, &serial);
}

static int configure(int fd, const struct serial *serial)
{
	struct termios tio;

	if (tcgetattr(fd, &tio) < 0) {
		return -errno;
	}
	cfmakeraw(&tio);
	tio.c_cflag |= CLOCAL | CREAD;
	if (serial->rtscts) {
		tio.c_cflag |= CRTSCTS;
	} else {
		tio.c_cflag &= ~CRTSCTS;
	}
	if (cfsetspeed(&tio, serial->speed) < 0 || tcsetattr(fd, TCSANOW, &tio) < 0 ||
	    tcflush(fd, TCIOFLUSH) < 0) {
		return -errno;
	}
	return 0;
}

int posix__serial_open(const char *spec)
{
	struct serial serial;
	int err = parse(spec, &serial);
	int fd;

	if (err < 0) {
		return err;
	}
	fd = open(serial.dev, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0) {
		return -errno;
	}
	/* Two readers of one line would each get half of the packets. */
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		err = -EBUSY;
	} else {
		err = configure(fd, &serial);
	}
	if (err < 0) {
		close(fd);
		return err;
	}
	return fd;
}
