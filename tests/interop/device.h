/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INTEROP_DEVICE_H_
#define INTEROP_DEVICE_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <zephyr/bluetooth/addr.h>
#include <zephyr/bluetooth/conn.h>

/*
 * The parts of the device: each has a table of the commands that it adds, which device.c runs, and
 * prints its own events. A device is a program, so that what a part keeps is its own static data.
 */

#define VALUE_MAX 512
#define LINE_MAX_ 2048
#define WORDS_MAX 8
#define ADDR_SIZE 32

/* A line of standard input. */
struct words {
	char *word[WORDS_MAX];
	int count;
};

/* A command; 0 or a negative errno. A NULL name ends a table. */
struct command {
	const char *name;
	int (*run)(const struct words *w);
};

/* A command whose first argument is the index of a link. */
struct link_command {
	const char *name;
	int (*run)(const struct words *w, struct bt_conn *conn);
};

extern const struct command gap_commands[], gatt_commands[], security_commands[], l2cap_commands[],
	bench_commands[];
extern const struct link_command gap_link_commands[], gatt_link_commands[],
	security_link_commands[], l2cap_link_commands[];

/* Before the first command; 0 or a negative errno. */
int gap_init(void);
int gatt_init(void);
int security_init(void);

/* Arguments: "" and 0 for those that are not there. Word 0 is the command. */
const char *word(const struct words *w, int i);
unsigned int number(const struct words *w, int i);
bool is(const struct words *w, int i, const char *text);
size_t bytes(const struct words *w, int i, uint8_t *value);
int address(const struct words *w, int i, bt_addr_le_t *addr);

void print_hex(const char *what, unsigned int conn, unsigned int number, const void *data,
	       size_t len);
const char *addr_text(const bt_addr_le_t *addr, char *text);

#endif
