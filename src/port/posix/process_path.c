/* SPDX-License-Identifier: Apache-2.0 */

/* Programs, folders and files of this machine. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <favonius/process.h>
#include <zephyr/logging/log.h>

LOG_MODULE_REGISTER(posix_path);

unsigned int fav_process_id(void)
{
	return getpid();
}

bool fav_std_is_terminal(enum fav_std which)
{
	return isatty(which) == 1;
}

unsigned int fav_std_columns(enum fav_std which)
{
	struct winsize size;

	return ioctl(which, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

enum fav_path_kind fav_path_kind(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0) {
		return FAV_PATH_NONE;
	}
	if (!S_ISREG(st.st_mode)) {
		return FAV_PATH_OTHER;
	}
	if (access(path, X_OK) == 0) {
		return FAV_PATH_EXECUTABLE;
	}
	return access(path, R_OK) == 0 ? FAV_PATH_FILE : FAV_PATH_UNREADABLE;
}

/* dir_len characters of dir, a slash and name; false when that is longer than size. */
static bool join(char *path, size_t size, const char *dir, size_t dir_len, const char *name)
{
	return (size_t)snprintf(path, size, "%.*s/%s", (int)dir_len, dir, name) < size;
}

static int find_beside_us(const char *name, char *path, size_t size)
{
	char us[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", us, sizeof(us) - 1);
	char *slash;

	if (len < 0) {
		return -ENOENT;
	}
	us[len] = '\0';
	slash = strrchr(us, '/');
	if (slash == NULL) {
		return -ENOENT;
	}
	if (!join(path, size, us, slash - us, name)) {
		return -ENAMETOOLONG;
	}
	return fav_path_kind(path) == FAV_PATH_EXECUTABLE ? 0 : -ENOENT;
}

static int find_in_path(const char *name, char *path, size_t size)
{
	const char *dir = getenv("PATH");

	while (dir != NULL && *dir != '\0') {
		size_t len = strcspn(dir, ":");

		if (len > 0 && join(path, size, dir, len, name) &&
		    fav_path_kind(path) == FAV_PATH_EXECUTABLE) {
			return 0;
		}
		dir += len + (dir[len] == ':');
	}
	return -ENOENT;
}

int fav_program_find(const char *env, const char *name, char *path, size_t size)
{
	const char *value = env == NULL ? NULL : getenv(env);
	int err;

	if (value != NULL && value[0] != '\0') {
		if ((size_t)snprintf(path, size, "%s", value) >= size) {
			return -ENAMETOOLONG;
		}
		switch (fav_path_kind(path)) {
		case FAV_PATH_EXECUTABLE:
			return 0;
		case FAV_PATH_NONE:
			return -ENOENT;
		default:
			return -EACCES;
		}
	}
	err = find_beside_us(name, path, size);
	return err == -ENOENT ? find_in_path(name, path, size) : err;
}

/* Make dir if it is not there, and see that it is ours alone. */
static int private_dir(const char *dir)
{
	struct stat st;
	int err;

	if (mkdir(dir, 0700) < 0 && errno != EEXIST) {
		err = -errno;
		LOG_ERR("%s: cannot make it: %s", dir, strerror(-err));
		return err;
	}
	if (lstat(dir, &st) < 0) {
		err = -errno;
		LOG_ERR("%s: %s", dir, strerror(-err));
		return err;
	}
	if (!S_ISDIR(st.st_mode)) {
		LOG_ERR("%s: is in the way: a folder for sockets belongs there", dir);
		return -ENOTDIR;
	}
	if (st.st_uid != geteuid() || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		LOG_ERR("%s: another user owns it or may write to it; "
			"set XDG_RUNTIME_DIR to a folder of your own",
			dir);
		return -EPERM;
	}
	return 0;
}

int fav_runtime_dir(char *path, size_t size)
{
	const char *base = getenv("XDG_RUNTIME_DIR");
	int len;

	if (base != NULL && base[0] == '/' && access(base, W_OK | X_OK) == 0) {
		len = snprintf(path, size, "%s/favonius", base);
	} else {
		len = snprintf(path, size, "/tmp/favonius-%u", (unsigned int)geteuid());
	}
	if ((size_t)len >= size) {
		LOG_ERR("XDG_RUNTIME_DIR: its path is too long");
		return -ENAMETOOLONG;
	}
	return private_dir(path);
}

int fav_temp_dir(char *path, size_t size)
{
	const char *base = getenv("TMPDIR");

	if (base == NULL || base[0] != '/') {
		base = "/tmp";
	}
	if ((size_t)snprintf(path, size, "%s/favonius-XXXXXX", base) >= size) {
		return -ENAMETOOLONG;
	}
	return mkdtemp(path) == NULL ? -errno : 0;
}

void fav_temp_dir_remove(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
			unlinkat(dirfd(dir), entry->d_name, 0);
		}
	}
	if (dir != NULL) {
		closedir(dir);
	}
	rmdir(path);
}

int fav_file_create(const char *path, FILE **file)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	struct stat st;
	int err;

	if (fd < 0) {
		return -errno;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		err = errno == EWOULDBLOCK ? -EBUSY : -errno;
		goto close_fd;
	}
	/* Pipes and such have no length to cut. */
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && ftruncate(fd, 0) < 0) {
		err = -errno;
		goto close_fd;
	}
	*file = fdopen(fd, "wb");
	if (*file != NULL) {
		return 0;
	}
	err = -errno;
close_fd:
	close(fd);
	return err;
}
