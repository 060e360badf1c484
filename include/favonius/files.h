/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAVONIUS_FILES_H_
#define FAVONIUS_FILES_H_

#include <stddef.h>

/** @file
 * Files, where a port has them: the few steps from which a store that survives a power cut is made
 * (favonius/settings.h). A constant table of functions like favonius/port.h, so that a test can put
 * a disk under the store that fails when it should.
 *
 * A path is the port's own, terminated. A handle is 0 or more. Every function may block as long as
 * the medium takes. Context: thread.
 */

/** Bytes of the longest path, with its terminator. */
#define FAV_PATH_MAX 1024

/** What fav_files.open() opens a file for. */
enum fav_file_mode {
	FAV_FILE_READ,   /**< Reading what is there. */
	FAV_FILE_CREATE, /**< Writing to a new, empty file, readable by this user alone; another of
			  *   that name is removed first.
			  */
};

/** A port's files. Each function returns 0 or what its comment says, and on failure -ENOSPC when
 * there is no room on the medium (a quota's too), or what else the operating system said.
 */
struct fav_files {
	/** Open a file. @return Its handle, the caller's until close(); -ENOENT: FAV_FILE_READ, and
	 * nothing there.
	 */
	int (*open)(const char *path, enum fav_file_mode mode);
	/** @return Bytes in the file; -EFBIG when that is no int. */
	int (*length)(int file);
	/** Read on, at most @p len bytes, 1 or more. @return How many; 0 at the end. */
	int (*read)(int file, void *dst, size_t len);
	/** Write on, @p len bytes, 1 or more. @return How many were written, 1 or more. */
	int (*write)(int file, const void *src, size_t len);
	/** Return when what was written would survive a power cut (its name: sync_dir()). */
	int (*sync)(int file);
	/** Close @p file, or release a lock(). */
	int (*close)(int file);
	/** Give a file another name, in the same folder, in place of who has it, in one step. */
	int (*rename)(const char *from, const char *to);
	/** Remove a file; none there is no failure. */
	int (*remove)(const char *path);
	/** Return when the names in the folder of @p path would survive a power cut. */
	int (*sync_dir)(const char *path);
	/** Lock @p path, a file made for that purpose alone, until close() or the end of the
	 * process. @return A handle; -EBUSY: locked already, by this or another process.
	 */
	int (*lock)(const char *path);
	/** The folder for what this user's programs keep, made when it is not there.
	 * @param path  Receives its path without a slash at the end, at most @p size bytes; on
	 *              failure how far it got.
	 * @return 0; -ENOENT: there is none; -ENAMETOOLONG.
	 */
	int (*state_dir)(char *path, size_t size);
};

#endif
