/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_POSIX_SERIAL_H_
#define FAV_POSIX_SERIAL_H_

/*
 * Serial lines and ptys: `DEV[,BAUD[,rtscts]]`.
 */

/* -EINVAL, logged, when spec is malformed or the baud rate is none that the system knows. */
int posix__serial_check(const char *spec);

/* A non-blocking descriptor of the line, in raw mode: 8 data bits, no parity, one stop bit.
 * -EINVAL, -ENOENT, -EACCES, -EBUSY, -ENOTTY (no serial line), or what else the system says. */
int posix__serial_open(const char *spec);

/* Change the speed of a descriptor of posix__serial_open(). -EINVAL, logged: no such rate. */
int posix__serial_speed(int fd, unsigned long baud);

#endif
