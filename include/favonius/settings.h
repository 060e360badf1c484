/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAVONIUS_SETTINGS_H_
#define FAVONIUS_SETTINGS_H_

#include <favonius/files.h>
#include <zephyr/settings/settings.h>

/** @file
 * Several settings in one program, and the back-ends that there are: memory, a file, functions of
 * the program. The values themselves are read and written with zephyr/settings/settings.h.
 *
 * Context: thread, where nothing else is said.
 */

struct settings_image;

/* ---- Instances ---- */

/** Settings: sources, a destination, handlers. The program's; zeros are a new one, and
 * fav_settings_reset() makes one new again.
 */
struct fav_settings {
	/** @cond private */
	sys_slist_t sources;
	struct settings_store *destination;
	sys_slist_t handlers;
	bool ready;
	/** @endcond */
};

/** Make @p settings the current ones, on which the calls of zephyr/settings/settings.h act.
 * @param settings  Stays the caller's, and must stay valid while it is current. NULL: the default.
 * @return Those that were current.
 * Context: loop, both levels.
 */
struct fav_settings *fav_settings_select(struct fav_settings *settings);

/** @return The current settings, never NULL. Context: loop, both levels. */
struct fav_settings *fav_settings_current(void);

/** Forget sources, destination and registered handlers, which are their owners' again; of the
 * default settings, close the back-end that settings_subsys_init() opened. Not from a handler.
 * @param settings  NULL: the default.
 */
void fav_settings_reset(struct fav_settings *settings);

/* ---- Memory ---- */

/** A store in memory; register its @ref store. The program's. */
struct fav_settings_ram {
	struct settings_store store;
	/** @cond private */
	struct settings_image *image; /* what it holds; NULL: nothing */
	struct settings_image *saved; /* while a settings_save() runs: what it held before */
	unsigned int batches;         /* of those, how deep */
	int (*persist)(struct fav_settings_ram *ram, const struct settings_image *image,
		       bool *stored);
	/** @endcond */
};

/** Make @p ram an empty store. */
void fav_settings_ram_init(struct fav_settings_ram *ram);

/** Wipe all values and free their memory. It must be registered no more, and not being loaded. */
void fav_settings_ram_close(struct fav_settings_ram *ram);

/* ---- A file ---- */

/** A store in a file; register the @ref store in @ref ram. The program's.
 *
 * The file is written anew with each change: under another name (`PATH.new`), synced, renamed, the
 * folder synced. So a power cut leaves the old content or the new one. It has a version and
 * checksums; a file that is damaged, or is no such file, is put aside as `PATH.bad` with a log line
 * (in place of one put aside before), and the store begins empty. Only this user can read it. Keys
 * are in it as they are: who can read the file has them.
 */
struct fav_settings_file {
	struct fav_settings_ram ram;
	/** @cond private */
	const struct fav_files *files;
	int lock;
	char path[FAV_PATH_MAX];
	char beside[FAV_PATH_MAX + 8]; /* the path with a suffix */
				       /** @endcond */
};

/** Open the store at @p path, which need not be there; its folder must.
 *
 * Until fav_settings_file_close(), or the end of the process, nobody else can: `PATH.lock` is
 * locked.
 *
 * @param files  NULL: those of the port. Else it must stay valid until the store is closed.
 * @param path   Read during the call only.
 * @retval 0              Open.
 * @retval -EBUSY         This or another process has it open; logged.
 * @retval -ENOTSUP       The port has no files; logged.
 * @retval -EINVAL        @p path is empty.
 * @retval -ENAMETOOLONG  @p path is longer than FAV_PATH_MAX - 6; logged.
 * @retval -ENOMEM        No memory.
 * @retval -errno         What the operating system said; logged.
 */
int fav_settings_file_open(struct fav_settings_file *file, const struct fav_files *files,
			   const char *path) __attribute__((warn_unused_result));

/** Give the file free, wipe all values and free their memory. It must be registered no more, and
 * not being loaded.
 */
void fav_settings_file_close(struct fav_settings_file *file);

/* ---- Functions of the program ---- */

/** What a program keeps for us, as MicroPython's secrets. Thread level; may call everything that is
 * allowed in a handler.
 */
struct fav_settings_keeper {
	/** Keep a value, in place of the one with that name.
	 * @param name  Valid until the function returns.
	 * @param len   Bytes in @p value; 0: forget it, which is no failure when there is none.
	 * @return 0, or a negative errno, which the caller of settings_save_one() gets.
	 */
	int (*save)(void *ctx, const char *name, const void *value, size_t len);
	/** Tell value number @p index, from 0, in an order that stays while nothing is saved.
	 * @param name   Receives its name, terminated: @p name_size bytes at most.
	 * @param value  Receives at most @p value_size bytes of it.
	 * @return Bytes put into @p value; -ENOENT: there are no more; another negative errno ends
	 *         the load.
	 */
	int (*load)(void *ctx, unsigned int index, char *name, size_t name_size, void *value,
		    size_t value_size);
};

/** A store with the program; register its @ref store. The program's. */
struct fav_settings_program {
	struct settings_store store;
	/** @cond private */
	const struct fav_settings_keeper *keeper;
	void *ctx;
	/** @endcond */
};

/** Make @p program a store that @p keeper keeps.
 *
 * A value whose name is none, or that is empty or longer than SETTINGS_MAX_VAL_LEN, is passed over
 * with a log line. A load that gives more than CONFIG_FAV_SETTINGS_MAX_BYTES ends with -ENOSPC.
 *
 * @param keeper  Must stay valid while the store is registered. Either function may be NULL.
 * @param ctx     Handed to its functions.
 */
void fav_settings_program_init(struct fav_settings_program *program,
			       const struct fav_settings_keeper *keeper, void *ctx);

#endif
