/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <zephyr/logging/log.h>

#include <favonius/loop.h>

#include "image.h"
#include "settings.h"

/*
 * The store in a file: an image, replaced as a whole.
 *
 *     PATH       the image; it changes by renaming alone
 *     PATH.new   the next one, until it is complete and synced; what a power cut leaves is removed
 *     PATH.bad   what stood at PATH and was no image
 *     PATH.lock  locked as long as the store is open; stays, because who removes a lock file can
 *                remove another's
 */

LOG_MODULE_REGISTER(settings_file);

#define LONGEST_SUFFIX ".lock"

static struct fav_settings_file *file_of(struct fav_settings_ram *ram)
{
	return CONTAINER_OF(ram, struct fav_settings_file, ram);
}

/* The path with a suffix; valid until the next call. */
static const char *beside(struct fav_settings_file *file, const char *suffix)
{
	(void)snprintf(file->beside, sizeof(file->beside), "%s%s", file->path, suffix);
	return file->beside;
}

/* ---- Writing ---- */

static int write_all(const struct fav_files *files, int handle, const uint8_t *bytes, size_t len)
{
	while (len > 0) {
		int put = files->write(handle, bytes, len);

		if (put <= 0) {
			return put < 0 ? put : -EIO;
		}
		bytes += put;
		len -= (size_t)put;
	}
	return files->sync(handle);
}

static int write_file(const struct fav_files *files, const char *path,
		      const struct settings_image *image)
{
	int handle = files->open(path, FAV_FILE_CREATE);
	int err, closed;

	if (handle < 0) {
		return handle;
	}
	err = write_all(files, handle, image->bytes, image->len);
	closed = files->close(handle);
	return settings__first(err, closed);
}

static int persist(struct fav_settings_ram *ram, const struct settings_image *image, bool *stored)
{
	struct fav_settings_file *file = file_of(ram);
	const struct fav_files *files = file->files;
	const char *next = beside(file, ".new");
	int err = write_file(files, next, image);

	if (err == 0) {
		err = files->rename(next, file->path);
	}
	*stored = err == 0;
	if (*stored) {
		err = files->sync_dir(file->path);
	} else {
		(void)files->remove(next);
	}
	if (err != 0) {
		LOG_ERR("%s: cannot save: %s", file->path, strerror(-err));
	}
	return err == 0 || err == -ENOSPC ? err : -EIO;
}

/* ---- Reading ---- */

static int read_all(const struct fav_files *files, int handle, struct settings_image *image)
{
	size_t have = 0;

	while (have < image->len) {
		int got = files->read(handle, image->bytes + have, image->len - have);

		if (got < 0) {
			return got;
		}
		if (got == 0) {
			break; /* Shorter than it was just now; the checksums will tell. */
		}
		have += (size_t)got;
	}
	memset(image->bytes + have, 0, image->len - have);
	return 0;
}

/* What stands in the file. 0 with *flaw set: no image. 0 without, and *image NULL: nothing. */
static int read_file(const struct fav_files *files, int handle, struct settings_image **image,
		     const char **flaw)
{
	int len = files->length(handle);
	int err;

	if (len > CONFIG_FAV_SETTINGS_MAX_BYTES || len == -EFBIG) {
		*flaw = "is larger than a store of ours can be";
		return 0;
	}
	if (len < 0) {
		return len;
	}
	*image = image__new((size_t)len);
	if (*image == NULL) {
		return -ENOMEM;
	}
	err = read_all(files, handle, *image);
	if (err == 0) {
		*flaw = image__flaw((*image)->bytes, (*image)->len);
	}
	if (err != 0 || *flaw != NULL) {
		image__unref(*image);
		*image = NULL;
	}
	return err;
}

static int put_aside(struct fav_settings_file *file, const char *flaw)
{
	const char *bad = beside(file, ".bad");
	int err = file->files->rename(file->path, bad);

	if (err == 0) {
		err = file->files->sync_dir(file->path);
	}
	if (err == 0) {
		LOG_ERR("%s: %s; it is kept as %s, and the settings begin empty", file->path, flaw,
			bad);
	} else {
		LOG_ERR("%s: %s, and cannot be renamed: %s", file->path, flaw, strerror(-err));
	}
	return err;
}

static int load_file(struct fav_settings_file *file)
{
	const struct fav_files *files = file->files;
	const char *flaw = NULL;
	int handle = files->open(file->path, FAV_FILE_READ);
	int err;

	if (handle == -ENOENT) {
		return 0;
	}
	if (handle < 0) {
		LOG_ERR("%s: cannot read: %s", file->path, strerror(-handle));
		return handle;
	}
	err = read_file(files, handle, &file->ram.image, &flaw);
	(void)files->close(handle);
	if (err != 0) {
		LOG_ERR("%s: cannot read: %s", file->path, strerror(-err));
	}
	return err == 0 && flaw != NULL ? put_aside(file, flaw) : err;
}

/* ---- Open and close ---- */

static int lock_file(struct fav_settings_file *file)
{
	const char *path = beside(file, LONGEST_SUFFIX);

	file->lock = file->files->lock(path);
	if (file->lock == -EBUSY) {
		LOG_ERR("%s: is in use by another program; FAVONIUS_SETTINGS names another file",
			file->path);
	} else if (file->lock < 0) {
		LOG_ERR("%s: cannot make it: %s", path, strerror(-file->lock));
	}
	return MIN(file->lock, 0);
}

int fav_settings_file_open(struct fav_settings_file *file, const struct fav_files *files,
			   const char *path)
{
	size_t len = strlen(path);
	int err;

	__ASSERT(!k_is_in_isr(), "settings at interrupt level");
	fav_settings_ram_init(&file->ram);
	file->ram.persist = persist;
	file->files = files != NULL ? files : fav_kernel_port()->files;
	if (len == 0) {
		return -EINVAL;
	}
	if (len + sizeof(LONGEST_SUFFIX) > sizeof(file->path)) {
		LOG_ERR("%.32s...: the path is too long", path);
		return -ENAMETOOLONG;
	}
	if (file->files == NULL) {
		LOG_ERR("%s: there are no files on port %s", path, fav_kernel_port()->name);
		return -ENOTSUP;
	}
	memcpy(file->path, path, len + 1);
	err = lock_file(file);
	if (err != 0) {
		return err;
	}
	/* Left behind by a power cut; what cannot be removed says so when it matters. */
	(void)file->files->remove(beside(file, ".new"));
	err = load_file(file);
	if (err != 0) {
		(void)file->files->close(file->lock);
	}
	return err;
}

void fav_settings_file_close(struct fav_settings_file *file)
{
	fav_settings_ram_close(&file->ram);
	(void)file->files->close(file->lock);
}
