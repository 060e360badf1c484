/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <favonius/files.h>
#include <zephyr/sys/util.h>

#include "port/posix/state.h"

static int failure(void)
{
	switch (errno) {
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return -ENOSPC;
	default:
		return -errno;
	}
}

static int files_open(const char *path, enum fav_file_mode mode)
{
	int fd;

	if (mode == FAV_FILE_READ) {
		/* A pipe in the place of the file is no reason to wait for its writer. */
		fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	} else {
		if (unlink(path) < 0 && errno != ENOENT) {
			return failure();
		}
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	}
	return fd < 0 ? failure() : fd;
}

static int files_length(int file)
{
	struct stat st;

	if (fstat(file, &st) < 0) {
		return failure();
	}
	if (!S_ISREG(st.st_mode)) {
		return -EINVAL;
	}
	return st.st_size > INT_MAX ? -EFBIG : (int)st.st_size;
}

static int files_read(int file, void *dst, size_t len)
{
	ssize_t got;

	do {
		got = read(file, dst, MIN(len, INT_MAX));
	} while (got < 0 && errno == EINTR);
	return got < 0 ? failure() : (int)got;
}

static int files_write(int file, const void *src, size_t len)
{
	ssize_t put;

	do {
		put = write(file, src, MIN(len, INT_MAX));
	} while (put < 0 && errno == EINTR);
	if (put == 0) {
		return -EIO;
	}
	return put < 0 ? failure() : (int)put;
}

/* Some file systems have nothing to sync, or cannot for a folder, and say EINVAL. */
static int sync_fd(int fd)
{
	int err;

	do {
		err = fsync(fd);
	} while (err < 0 && errno == EINTR);
	return err < 0 && errno != EINVAL ? failure() : 0;
}

static int files_close(int file)
{
	/* Interrupted or not, the descriptor is gone. */
	return close(file) < 0 && errno != EINTR ? failure() : 0;
}

static int files_rename(const char *from, const char *to)
{
	return rename(from, to) < 0 ? failure() : 0;
}

static int files_remove(const char *path)
{
	return unlink(path) < 0 && errno != ENOENT ? failure() : 0;
}

static int files_sync_dir(const char *path)
{
	char copy[FAV_PATH_MAX];
	int fd, err;

	if ((size_t)snprintf(copy, sizeof(copy), "%s", path) >= sizeof(copy)) {
		return -ENAMETOOLONG;
	}
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		return failure();
	}
	err = sync_fd(fd);
	close(fd);
	return err;
}

static int files_lock(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	int err;

	if (fd < 0) {
		return failure();
	}
	if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
		return fd;
	}
	err = errno == EWOULDBLOCK ? -EBUSY : failure();
	close(fd);
	return err;
}

/* Make path and the folders above it that are not there, for this user alone. */
static int make_dirs(char *path)
{
	for (char *slash = strchr(path + 1, '/');; slash = strchr(slash + 1, '/')) {
		int made;

		if (slash != NULL) {
			*slash = '\0';
		}
		made = mkdir(path, 0700);
		if (made < 0 && errno != EEXIST) {
			struct stat st;
			int err = errno;

			/* A file system that is not to be written to says so before it says that
			 * the folder is there. */
			if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode)) {
				return -err;
			}
		}
		if (slash == NULL) {
			return 0;
		}
		*slash = '/';
	}
}

/* The XDG base directory specification: a path that is not absolute is to be ignored. */
static int files_state_dir(char *path, size_t size)
{
	const char *base = getenv("XDG_STATE_HOME");
	int len;

	if (base != NULL && base[0] == '/') {
		len = snprintf(path, size, "%s/favonius", base);
	} else {
		base = getenv("HOME");
		if (base == NULL || base[0] != '/') {
			path[0] = '\0';
			return -ENOENT;
		}
		len = snprintf(path, size, "%s/.local/state/favonius", base);
	}
	return (size_t)len >= size ? -ENAMETOOLONG : make_dirs(path);
}

const struct fav_files posix__files = {
	.open = files_open,
	.length = files_length,
	.read = files_read,
	.write = files_write,
	.sync = sync_fd,
	.close = files_close,
	.rename = files_rename,
	.remove = files_remove,
	.sync_dir = files_sync_dir,
	.lock = files_lock,
	.state_dir = files_state_dir,
};
