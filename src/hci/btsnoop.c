/* SPDX-License-Identifier: Apache-2.0 */

/* The btsnoop format, version 1: a 16 byte header, then records of a 24 byte header and a packet;
 * all numbers big-endian. Records are HCI UART (H4), which has the indicator in front as we do. */

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <favonius/loop.h>
#include <favonius/process.h>
#include <zephyr/kernel.h>
#include <zephyr/logging/log.h>
#include <zephyr/sys/byteorder.h>

#include "hci/btsnoop.h"

LOG_MODULE_REGISTER(btsnoop);

#define VERSION     1
#define DATALINK_H4 1002

/* Microseconds from the format's epoch, the year 0, to 1970, to which the port's clock is taken to
 * belong: what matters is that all devices of a machine agree. */
#define EPOCH_1970_US 0x00dcddb30f2f8000ULL

#define FLAG_RECEIVED BIT(0)
#define FLAG_CMD_EVT  BIT(1)

#define PATH_SIZE 4096

/* Created by btsnoop__attach(), freed by btsnoop__detach(). */
struct fav_hci_tap {
	const struct fav_hci_client *client; /* the real one */
	void *ctx;
	FILE *file; /* NULL once a write has failed */
	const char *name;
};

static void give_up(struct fav_hci_tap *tap)
{
	LOG_ERR("%s: the capture ends here: %s", tap->name, strerror(errno));
	fclose(tap->file);
	tap->file = NULL;
}

/* Every record reaches the file at once: a capture is read most after a crash. */
static void record(struct fav_hci_tap *tap, const struct net_buf *buf, uint32_t flags)
{
	uint8_t hdr[24];

	if (tap->file == NULL || buf->len == 0) {
		return;
	}
	if (buf->data[0] == FAV_H4_CMD || buf->data[0] == FAV_H4_EVT) {
		flags |= FLAG_CMD_EVT;
	}
	sys_put_be32(buf->len, hdr);
	sys_put_be32(buf->len, hdr + 4);
	sys_put_be32(flags, hdr + 8);
	sys_put_be32(0, hdr + 12);
	sys_put_be64(EPOCH_1970_US + fav_kernel_port()->now_us(), hdr + 16);
	if (fwrite(hdr, sizeof(hdr), 1, tap->file) != 1 ||
	    fwrite(buf->data, buf->len, 1, tap->file) != 1 || fflush(tap->file) != 0) {
		give_up(tap);
	}
}

/* ---- What stands in for the client ---- */

static struct net_buf *tap_alloc(void *ctx, uint8_t type, const uint8_t *hdr, size_t hdr_len,
				 size_t len)
{
	struct fav_hci_tap *tap = ctx;

	return tap->client->alloc(tap->ctx, type, hdr, hdr_len, len);
}

static void tap_recv(void *ctx, struct net_buf *buf)
{
	struct fav_hci_tap *tap = ctx;

	record(tap, buf, FLAG_RECEIVED);
	tap->client->recv(tap->ctx, buf);
}

static void tap_lost(void *ctx, int err)
{
	struct fav_hci_tap *tap = ctx;

	tap->client->lost(tap->ctx, err);
}

static const struct fav_hci_client tap_client = {
	.alloc = tap_alloc,
	.recv = tap_recv,
	.lost = tap_lost,
};

/* ---- The file ---- */

/* text as part of a file's name. */
static int append_safe(char *path, size_t size, const char *text)
{
	size_t n = 0;

	for (; text[n] != '\0' && n + 1 < size; n++) {
		path[n] = isalnum((unsigned char)text[n]) || text[n] == '-' ? text[n] : '_';
	}
	path[n] = '\0';
	return n;
}

static bool expand(const char *pattern, const char *name, char *path, size_t size)
{
	size_t at = 0;

	for (; *pattern != '\0' && at + 1 < size; pattern++) {
		if (pattern[0] == '%' && pattern[1] == 'p') {
			at += snprintf(path + at, size - at, "%u", fav_process_id());
			pattern++;
		} else if (pattern[0] == '%' && pattern[1] == 'n') {
			at += append_safe(path + at, size - at, name);
			pattern++;
		} else {
			path[at++] = *pattern;
		}
	}
	if (at >= size) {
		return false;
	}
	path[at] = '\0';
	return *pattern == '\0';
}

static FILE *open_file(const char *pattern, const char *name)
{
	uint8_t hdr[16] = "btsnoop";
	char path[PATH_SIZE];
	FILE *file;
	int err = -ENAMETOOLONG;

	if (expand(pattern, name, path, sizeof(path))) {
		err = fav_file_create(path, &file);
	}
	if (err == -EBUSY) {
		LOG_ERR("FAVONIUS_BTSNOOP=%s: another capture is being written there; "
			"put %%p (process) or %%n (controller) into the name",
			pattern);
		return NULL;
	}
	if (err < 0) {
		LOG_ERR("FAVONIUS_BTSNOOP=%s: %s", pattern, strerror(-err));
		return NULL;
	}
	sys_put_be32(VERSION, hdr + 8);
	sys_put_be32(DATALINK_H4, hdr + 12);
	if (fwrite(hdr, sizeof(hdr), 1, file) != 1 || fflush(file) != 0) {
		LOG_ERR("%s: %s", path, strerror(errno));
		fclose(file);
		return NULL;
	}
	return file;
}

void btsnoop__attach(struct fav_hci *hci)
{
	const char *pattern = getenv("FAVONIUS_BTSNOOP");
	struct fav_hci_tap *tap;

	if (pattern == NULL || pattern[0] == '\0') {
		return;
	}
	tap = k_calloc(1, sizeof(*tap));
	if (tap == NULL) {
		LOG_ERR("%s: no memory for a capture", hci->name);
		return;
	}
	tap->file = open_file(pattern, hci->name);
	if (tap->file == NULL) {
		k_free(tap);
		return;
	}
	tap->name = hci->name;
	tap->client = hci->client;
	tap->ctx = hci->ctx;
	hci->client = &tap_client;
	hci->ctx = tap;
	hci->tap = tap;
}

void btsnoop__sent(struct fav_hci_tap *tap, const struct net_buf *buf)
{
	record(tap, buf, 0);
}

void btsnoop__detach(struct fav_hci *hci)
{
	struct fav_hci_tap *tap = hci->tap;

	if (tap == NULL) {
		return;
	}
	hci->tap = NULL;
	if (tap->file != NULL) {
		fclose(tap->file);
	}
	k_free(tap);
}
