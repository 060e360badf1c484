/* SPDX-License-Identifier: Apache-2.0 */
#include "disk.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <zephyr/sys/util.h>

#define FILES   8
#define HANDLES 8
#define NAME    64

struct content {
	size_t len;
	uint8_t data[DISK_FILE_MAX];
};

struct file {
	bool used;
	struct content seen, kept;
};

struct names {
	struct {
		char name[NAME]; /* empty: none */
		int file;
	} of[FILES];
};

static struct {
	struct file files[FILES];
	struct names seen, kept;
	struct {
		bool used, lock;
		int file;
		size_t at;
		char path[NAME];
	} handles[HANDLES];
	unsigned int ops, cut_at, fail_at;
	int fail_err;
	bool off;
	struct disk_cut cut;
	size_t write_max;
} disk;

/* ---- Faults ---- */

/* Counts an operation. 0: go on; 1: the power goes after it; else its result. */
static int operation(void)
{
	if (disk.off) {
		return -EIO;
	}
	disk.ops++;
	if (disk.ops == disk.fail_at) {
		return disk.fail_err;
	}
	if (disk.ops == disk.cut_at) {
		disk.off = true;
		return disk.cut.done ? 1 : -EIO;
	}
	return 0;
}

void disk_format(void)
{
	memset(&disk, 0, sizeof(disk));
}

void disk_cut_at(unsigned int n, struct disk_cut cut)
{
	disk.cut_at = n;
	disk.cut = cut;
	disk.fail_at = 0;
	disk.ops = 0;
}

void disk_fail_at(unsigned int n, int err)
{
	disk.fail_at = n;
	disk.fail_err = err;
	disk.cut_at = 0;
	disk.ops = 0;
}

unsigned int disk_ops(void)
{
	return disk.ops;
}

void disk_write_max(size_t len)
{
	disk.write_max = len;
}

static void lose_bytes(struct file *f)
{
	switch (disk.cut.bytes) {
	case DISK_BYTES_HALF:
		f->kept = f->seen;
		f->kept.len /= 2;
		break;
	case DISK_BYTES_ZERO:
		f->kept.len = f->seen.len;
		memset(f->kept.data, 0, sizeof(f->kept.data));
		break;
	case DISK_BYTES_KEPT:
		f->kept = f->seen;
		break;
	default:
		break;
	}
	f->seen = f->kept;
}

void disk_power_on(void)
{
	for (int i = 0; i < FILES; i++) {
		if (memcmp(&disk.files[i].seen, &disk.files[i].kept, sizeof(struct content)) != 0) {
			lose_bytes(&disk.files[i]);
		}
	}
	if (disk.cut.names) {
		disk.kept = disk.seen;
	}
	disk.seen = disk.kept;
	memset(disk.handles, 0, sizeof(disk.handles));
	disk.off = false;
	disk.cut_at = 0;
	disk.fail_at = 0;
}

/* ---- Names and files ---- */

static int slot_of(const char *path)
{
	for (int i = 0; i < FILES; i++) {
		if (strcmp(disk.seen.of[i].name, path) == 0) {
			return i;
		}
	}
	return -1;
}

static int new_file(const char *path)
{
	int slot = slot_of("");
	int file = 0;

	while (file < FILES && disk.files[file].used) {
		file++;
	}
	if (slot < 0 || file == FILES) {
		return -ENOSPC;
	}
	memset(&disk.files[file], 0, sizeof(disk.files[file]));
	disk.files[file].used = true;
	snprintf(disk.seen.of[slot].name, NAME, "%s", path);
	disk.seen.of[slot].file = file;
	return file;
}

/* Files without a name are free again. */
static void collect(void)
{
	for (int f = 0; f < FILES; f++) {
		disk.files[f].used = false;
	}
	for (int i = 0; i < FILES; i++) {
		if (disk.seen.of[i].name[0] != '\0') {
			disk.files[disk.seen.of[i].file].used = true;
		}
		if (disk.kept.of[i].name[0] != '\0') {
			disk.files[disk.kept.of[i].file].used = true;
		}
	}
}

static int new_handle(int file)
{
	for (int h = 0; h < HANDLES; h++) {
		if (!disk.handles[h].used) {
			disk.handles[h].used = true;
			disk.handles[h].lock = false;
			disk.handles[h].file = file;
			disk.handles[h].at = 0;
			return h;
		}
	}
	return -EMFILE;
}

static void forget(const char *path)
{
	int slot = slot_of(path);

	if (slot >= 0) {
		disk.seen.of[slot].name[0] = '\0';
	}
	collect();
}

static int disk_open(const char *path, enum fav_file_mode mode)
{
	int slot = slot_of(path);
	int op, file;

	if (mode == FAV_FILE_READ) {
		op = operation();
		if (op < 0) {
			return op;
		}
		return slot < 0 ? -ENOENT : new_handle(disk.seen.of[slot].file);
	}
	op = operation();
	if (op < 0) {
		return op;
	}
	forget(path);
	file = new_file(path);
	return file < 0 ? file : new_handle(file);
}

static int disk_length(int h)
{
	int op = operation();

	return op < 0 ? op : (int)disk.files[disk.handles[h].file].seen.len;
}

static int disk_read(int h, void *dst, size_t len)
{
	const struct content *c = &disk.files[disk.handles[h].file].seen;
	int op = operation();

	if (op < 0) {
		return op;
	}
	len = MIN(len, c->len - disk.handles[h].at);
	memcpy(dst, c->data + disk.handles[h].at, len);
	disk.handles[h].at += len;
	return (int)len;
}

static int disk_write(int h, const void *src, size_t len)
{
	struct content *c = &disk.files[disk.handles[h].file].seen;
	int op = operation();

	if (op < 0) {
		return op;
	}
	if (disk.write_max > 0) {
		len = MIN(len, disk.write_max);
	}
	if (c->len + len > DISK_FILE_MAX) {
		return -ENOSPC;
	}
	memcpy(c->data + c->len, src, len);
	c->len += len;
	return (int)len;
}

static int disk_sync(int h)
{
	struct file *f = &disk.files[disk.handles[h].file];
	int op = operation();

	if (op >= 0) {
		f->kept = f->seen;
	}
	return MIN(op, 0);
}

static int disk_close(int h)
{
	int op = disk.handles[h].lock ? 0 : operation();

	disk.handles[h].used = false;
	return MIN(op, 0);
}

static int disk_rename(const char *from, const char *to)
{
	int slot = slot_of(from);
	int op = operation();

	if (op < 0 || slot < 0) {
		return op < 0 ? op : -ENOENT;
	}
	forget(to);
	snprintf(disk.seen.of[slot].name, NAME, "%s", to);
	return 0;
}

static int disk_remove(const char *path)
{
	int op = operation();

	if (op >= 0) {
		forget(path);
	}
	return MIN(op, 0);
}

static int disk_sync_dir(const char *path)
{
	int op = operation();

	if (op >= 0) {
		disk.kept = disk.seen;
		collect();
	}
	return MIN(op, 0);
}

static int disk_lock(const char *path)
{
	int op = operation();
	int h;

	if (op < 0) {
		return op;
	}
	for (h = 0; h < HANDLES; h++) {
		if (disk.handles[h].used && disk.handles[h].lock &&
		    strcmp(disk.handles[h].path, path) == 0) {
			return -EBUSY;
		}
	}
	h = new_handle(0);
	if (h >= 0) {
		disk.handles[h].lock = true;
		snprintf(disk.handles[h].path, NAME, "%s", path);
	}
	return h;
}

static int disk_state_dir(char *path, size_t size)
{
	snprintf(path, size, "state");
	return 0;
}

const struct fav_files disk_files = {
	.open = disk_open,
	.length = disk_length,
	.read = disk_read,
	.write = disk_write,
	.sync = disk_sync,
	.close = disk_close,
	.rename = disk_rename,
	.remove = disk_remove,
	.sync_dir = disk_sync_dir,
	.lock = disk_lock,
	.state_dir = disk_state_dir,
};

/* ---- Looking ---- */

int disk_get(const char *path, uint8_t *data, size_t size)
{
	int slot = slot_of(path);
	const struct content *c;

	if (slot < 0) {
		return -ENOENT;
	}
	c = &disk.files[disk.seen.of[slot].file].seen;
	if (data != NULL) {
		memcpy(data, c->data, MIN(size, c->len));
	}
	return (int)c->len;
}

void disk_put(const char *path, const void *data, size_t len)
{
	int file;

	forget(path);
	file = new_file(path);
	memcpy(disk.files[file].seen.data, data, len);
	disk.files[file].seen.len = len;
	disk.files[file].kept = disk.files[file].seen;
	disk.kept = disk.seen;
}

unsigned int disk_open_count(void)
{
	unsigned int count = 0;

	for (int h = 0; h < HANDLES; h++) {
		count += disk.handles[h].used;
	}
	return count;
}
