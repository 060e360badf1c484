/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_SETTINGS_DISK_H_
#define TESTS_UNIT_SETTINGS_DISK_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <favonius/files.h>

/*
 * A disk that keeps apart what programs see and what survives a power cut: a file's bytes survive
 * from its sync() on, names from sync_dir() on. It counts every operation,
 * and fails, or loses its power, at the one that it was told.
 */

#define DISK_FILE_MAX 8192

extern const struct fav_files disk_files;

/* What becomes of bytes that were written and never synced. */
enum disk_bytes {
	DISK_BYTES_LOST,
	DISK_BYTES_HALF,
	DISK_BYTES_ZERO, /* the length is there, the content is not */
	DISK_BYTES_KEPT,
	DISK_BYTES_COUNT,
};

struct disk_cut {
	enum disk_bytes bytes;
	bool names; /* renames and such that were never synced are kept */
	bool done;  /* the operation at which the power goes still happens */
};

/* An empty disk with nothing to fail. */
void disk_format(void);

/* The power goes at operation n from now (1 is the next): from there on every call fails. */
void disk_cut_at(unsigned int n, struct disk_cut cut);
/* It comes back: what has survived is what is there. No handle, no lock. */
void disk_power_on(void);

/* Operation n from now fails with err and does nothing; 0: none. */
void disk_fail_at(unsigned int n, int err);
/* Operations since the last of these two calls, reading ones too. */
unsigned int disk_ops(void);

/* A write takes at most so many bytes; 0: any. */
void disk_write_max(size_t len);

/* Bytes of a file, or -ENOENT; data may be NULL. */
int disk_get(const char *path, uint8_t *data, size_t size);
void disk_put(const char *path, const void *data, size_t len);
/* Handles and locks that are open. */
unsigned int disk_open_count(void);

#endif
