/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZEPHYR_SETTINGS_SETTINGS_H_
#define ZEPHYR_SETTINGS_SETTINGS_H_

#include <zephyr/sys/iterable_sections.h>
#include <zephyr/sys/slist.h>
#include <zephyr/types.h>

/** @file
 * Settings: named values that outlive the program.
 *
 * A name is a path of words, `bt/keys/...`; a value is bytes. Who uses a part of the tree registers
 * a handler for it. settings_load() reads the sources and gives each value to the handler with the
 * longest name that fits, then commits; settings_save_one() and settings_delete() write to the one
 * destination. settings_subsys_init() makes the file of this user both, unless the program has
 * registered others: see favonius/settings.h for what there is, for where the file is and for what
 * a power cut does to it (nothing).
 *
 * Everything here acts on the current settings: the default ones, unless the program has selected
 * others (fav_settings_select()). A handler runs with its own current, at thread level, within the
 * call that caused it; it may call everything here. What it saves or deletes while values are being
 * loaded counts at once: a value that is gone is not given out, one that is new has to wait for the
 * next load.
 *
 * Names are 1 to SETTINGS_MAX_NAME_LEN bytes, without '=' and control characters.
 *
 * Context: thread, may wait as long as the medium takes, where nothing else is said; interrupt
 * level is a bug that debug builds find.
 */

/** Words in a name, bytes in a name, what name buffers of old back-ends need besides. */
#define SETTINGS_MAX_DIR_DEPTH 8
#define SETTINGS_MAX_NAME_LEN  (8 * SETTINGS_MAX_DIR_DEPTH)
#define SETTINGS_EXTRA_LEN     ((SETTINGS_MAX_DIR_DEPTH - 1) + 2)
/** Bytes in a value. */
#define SETTINGS_MAX_VAL_LEN CONFIG_FAV_SETTINGS_MAX_VAL_LEN

#define SETTINGS_NAME_SEPARATOR '/'
#define SETTINGS_NAME_END       '='

/** Reads the value that a handler is being given, always from its first byte.
 * @param cb_arg  As the handler got it; valid, as this function, until the handler returns.
 * @param data    Receives at most @p len bytes.
 * @return Bytes read: the value's length or @p len, whichever is less. Negative errno: what the
 *         back-end said.
 */
typedef ssize_t (*settings_read_cb)(void *cb_arg, void *data, size_t len);

/** A handler in constant memory, SETTINGS_STATIC_HANDLER_DEFINE(). Each function may be NULL. */
struct settings_handler_static {
	/** The part of the tree, without a slash at its end. */
	const char *name;
	/** Tell a value as it is in use, for settings_runtime_get().
	 * @param key  What follows after the handler's name and its slash; NULL: nothing.
	 * @return Bytes put into @p val, or a negative errno.
	 */
	int (*h_get)(const char *key, char *val, int val_len_max);
	/** Take a value that was loaded.
	 * @param key  As h_get()'s; valid until the function returns.
	 * @param len  Bytes in the value.
	 * @return 0, or a negative errno, which is logged: the loading goes on.
	 */
	int (*h_set)(const char *key, size_t len, settings_read_cb read_cb, void *cb_arg);
	/** All has been loaded: use it. @return 0, or a negative errno. */
	int (*h_commit)(void);
	/** Hand each value with its whole name to @p export_func, which is settings_save_one().
	 * @return 0, or a negative errno.
	 */
	int (*h_export)(int (*export_func)(const char *name, const void *val, size_t val_len));
	/** Whose commit comes first: the lowest. */
	int cprio;
};

/** A handler to register. The program fills in what struct settings_handler_static has too. */
struct settings_handler {
	const char *name;
	int (*h_get)(const char *key, char *val, int val_len_max);
	int (*h_set)(const char *key, size_t len, settings_read_cb read_cb, void *cb_arg);
	int (*h_commit)(void);
	int (*h_export)(int (*export_func)(const char *name, const void *val, size_t val_len));
	int cprio;
	/** @cond private */
	sys_snode_t node;
	struct settings_handler_static handler_; /* the same, filled in by settings_register() */
						 /** @endcond */
};

/** Define a handler that all settings of the program have, with a commit priority or 0. */
#define SETTINGS_STATIC_HANDLER_DEFINE_WITH_CPRIO(_hname, _tree, _get, _set, _commit, _export, \
						  _cprio)                                      \
	const STRUCT_SECTION_ITERABLE(settings_handler_static, settings_handler_##_hname) = {  \
		.name = _tree,                                                                 \
		.h_get = _get,                                                                 \
		.h_set = _set,                                                                 \
		.h_commit = _commit,                                                           \
		.h_export = _export,                                                           \
		.cprio = _cprio,                                                               \
	}
#define SETTINGS_STATIC_HANDLER_DEFINE(_hname, _tree, _get, _set, _commit, _export) \
	SETTINGS_STATIC_HANDLER_DEFINE_WITH_CPRIO(_hname, _tree, _get, _set, _commit, _export, 0)

/** Make the settings ready; doing it again does nothing.
 *
 * If the default settings have neither a source nor a destination, settings_backend_init() gives
 * them their back-end. Others have what the program registered.
 *
 * @retval 0        Ready.
 * @retval -errno   What settings_backend_init() said; the next call tries again.
 */
int settings_subsys_init(void);

/** Register the back-ends of the default settings. A program that defines a function of this name
 * replaces ours, as with Zephyr's CONFIG_SETTINGS_CUSTOM.
 *
 * Ours opens the file that the environment's FAVONIUS_SETTINGS names (`ram:`: none, values live as
 * long as the program), else `settings` in the user's folder for state; where the port has no
 * files, it is `ram:` as well.
 *
 * @retval 0        Registered.
 * @retval -ENOENT  There is no place for files: neither HOME nor XDG_STATE_HOME; logged.
 * @retval -errno   As fav_settings_file_open(); logged.
 */
int settings_backend_init(void);

/** Register a handler.
 * @param cf  Stays the caller's, and must stay valid and unchanged; a name, too.
 * @retval 0        Registered.
 * @retval -EINVAL  @p cf or its name is NULL, or the name is none.
 * @retval -EEXIST  There is one of that name.
 */
int settings_register(struct settings_handler *cf);
/** The same, with a commit priority.
 * @param cprio  Whose commit comes first: the lowest. settings_register()'s is 0.
 * @return As settings_register().
 */
int settings_register_with_cprio(struct settings_handler *cf, int cprio);

/** Load all values from all sources, in the order of their registration, and commit.
 * @retval 0       Loaded, or there is no source.
 * @retval -errno  What a source said, or else a handler's commit; the others have been loaded and
 *                 committed all the same. Ours: -EIO, and -ENOMEM.
 */
int settings_load(void);

/** Load the values below @p subtree, and commit the handlers there.
 * @param subtree  A name; NULL is settings_load().
 * @retval 0       Loaded.
 * @retval -errno  As settings_load().
 */
int settings_load_subtree(const char *subtree);

/** One value, in settings_load_subtree_direct().
 * @param key      What follows after the subtree and its slash; NULL: nothing. Valid until the
 *                 function returns.
 * @param len      Bytes in the value.
 * @param read_cb  Reads it, with @p cb_arg.
 * @param param    As the caller of settings_load_subtree_direct() gave it.
 * @return 0 to go on; anything else stops.
 */
typedef int (*settings_load_direct_cb)(const char *key, size_t len, settings_read_cb read_cb,
				       void *cb_arg, void *param);

/** Give the values below @p subtree to @p cb and to no handler; nothing is committed.
 * @param subtree  A name; NULL: all values, with their whole names.
 * @retval 0        All given, or @p cb has stopped.
 * @retval -EINVAL  @p cb is NULL.
 * @retval -errno   What a source said.
 */
int settings_load_subtree_direct(const char *subtree, settings_load_direct_cb cb, void *param);

/** Read one value. Of several sources the last that has it counts.
 * @param buf      Receives at most @p buf_len bytes of it.
 * @return Bytes put into @p buf.
 * @retval -EINVAL  @p name is none, or @p buf is NULL.
 * @retval -ENOENT  No source has it.
 * @retval -errno   What a source said.
 */
ssize_t settings_load_one(const char *name, void *buf, size_t buf_len);

/** @return Bytes in a value; 0 when there is none of that name.
 * @retval -EINVAL  @p name is none.
 * @retval -errno   What a source said.
 */
ssize_t settings_get_val_len(const char *name);

/** Save what every handler exports, as one change: a power cut leaves all of it or nothing.
 * @retval 0        Saved.
 * @retval -ENOENT  There is no destination.
 * @retval -errno   The first failure of a handler's export, or of the destination. In the former
 *                  case what was exported is saved.
 */
int settings_save(void);
/** The same, of the handlers whose name is @p subtree or below it; NULL: all.
 * @return As settings_save().
 */
int settings_save_subtree(const char *subtree);

/** Save one value. When the call returns 0 it would survive a power cut. A value that is saved
 * already costs nothing.
 * @param value    NULL: delete it.
 * @param val_len  Bytes, up to SETTINGS_MAX_VAL_LEN; 0: delete it.
 * @retval 0        Saved.
 * @retval -EINVAL  @p name is none, or the value is too long.
 * @retval -ENOENT  There is no destination.
 * @retval -ENOMEM  No memory; as before.
 * @retval -ENOSPC  The store or its medium is full; as before.
 * @retval -EIO     The medium failed. Reading tells whether it is as before (as nearly always) or
 *                  saved; in the latter case a power cut may undo it.
 * @retval -errno   What a back-end of the program said.
 */
int settings_save_one(const char *name, const void *value, size_t val_len);

/** Delete one value; none there is no failure. @return As settings_save_one(). */
int settings_delete(const char *name);

/** Call the handlers' h_commit(), all of them.
 * @retval 0       Done.
 * @retval -errno  The first that one of them returned.
 */
int settings_commit(void);
/** The same, of those whose name is @p subtree or below it; NULL: all.
 * @return As settings_commit().
 */
int settings_commit_subtree(const char *subtree);

/** The destination's own handle: the path of the file, as a string.
 * @param storage  Receives it, valid until the back-end is closed.
 * @retval 0         Received.
 * @retval -EINVAL   @p storage is NULL.
 * @retval -ENOENT   There is no destination.
 * @retval -ENOTSUP  It has no handle.
 */
int settings_storage_get(void **storage);

/* ---- For back-ends ---- */

struct settings_store_itf;

/** A back-end. The program's, embedded in the back-end's own object. */
struct settings_store {
	sys_snode_t cs_next; /**< Private. */
	const struct settings_store_itf *cs_itf;
};

/** What a load is about; to hand to settings_call_set_handler(). */
struct settings_load_arg {
	const char *subtree;        /**< NULL: all. */
	settings_load_direct_cb cb; /**< NULL: the handlers. */
	void *param;                /**< Of cb. */
};

/** What a back-end can do. All run at thread level; each may be NULL. */
struct settings_store_itf {
	/** Call settings_call_set_handler() for each value, once, until it is not 0.
	 * @return 0; what settings_call_set_handler() returned; or a negative errno.
	 */
	int (*csi_load)(struct settings_store *cs, const struct settings_load_arg *arg);
	/** Read one value into @p buf. @return Bytes read; 0 or -ENOENT: no such value; a negative
	 * errno. NULL: csi_load() is used.
	 */
	ssize_t (*csi_load_one)(struct settings_store *cs, const char *name, char *buf,
				size_t buf_len);
	/** @return Bytes in a value; 0 or -ENOENT: no such value; a negative errno. NULL:
	 * csi_load() is used.
	 */
	ssize_t (*csi_get_val_len)(struct settings_store *cs, const char *name);
	/** settings_save() begins. @return 0, or a negative errno, which ends it. */
	int (*csi_save_start)(struct settings_store *cs);
	/** Save one value; @p val_len 0: delete it.
	 * @param name   Valid, and not longer than SETTINGS_MAX_NAME_LEN.
	 * @param value  Not NULL unless @p val_len is 0.
	 * @return 0, or a negative errno.
	 */
	int (*csi_save)(struct settings_store *cs, const char *name, const char *value,
			size_t val_len);
	/** settings_save() ends; always comes after a csi_save_start() that succeeded.
	 * @return 0, or a negative errno.
	 */
	int (*csi_save_end)(struct settings_store *cs);
	/** @return For settings_storage_get(). */
	void *(*csi_storage_get)(struct settings_store *cs);
};

/** Add a source. @param cs  Stays the caller's, and must stay valid. Again: no effect. */
void settings_src_register(struct settings_store *cs);

/** Set the destination. @param cs  Stays the caller's, and must stay valid; NULL: none. */
void settings_dst_register(struct settings_store *cs);

/** For csi_load(): give a value to whom it concerns.
 * @param name      Its whole name. A name that is none is refused with a log line.
 * @param len       Bytes in the value.
 * @param read_cb   Reads it, see settings_read_cb.
 * @param read_cb_arg  Its cb_arg.
 * @param load_arg  What csi_load() got.
 * @return 0 to go on with the next; else to be returned.
 */
int settings_call_set_handler(const char *name, size_t len, settings_read_cb read_cb,
			      void *read_cb_arg, const struct settings_load_arg *load_arg);

/** Find the handler for a name: of those that fit, the one with the longest.
 * @param next  Receives what follows after the handler's name and its slash; NULL: nothing. May be
 *              NULL.
 * @return The handler; NULL: there is none.
 */
const struct settings_handler_static *settings_parse_and_lookup(const char *name,
								const char **next);

/* ---- Names. Context: any. ---- */

/** Whether the first words of @p name are those of @p key.
 * @param next  Receives what follows after them and their slash; NULL: nothing. May be NULL.
 * @return 1 for yes, 0 for no.
 */
int settings_name_steq(const char *name, const char *key, const char **next);

/** The length of a name's first word.
 * @param name  NULL is an empty one.
 * @param next  Receives what follows after that word and its slash; NULL: nothing. May be NULL.
 * @return Bytes.
 */
int settings_name_next(const char *name, const char **next);

/* ---- Values in use, past the store ---- */

/** Give a value to its handler as if it had been loaded.
 * @retval 0         Taken.
 * @retval -EINVAL   @p name is none, or no handler's.
 * @retval -ENOTSUP  The handler takes none.
 * @retval -errno    What the handler said.
 */
int settings_runtime_set(const char *name, const void *data, size_t len);

/** Ask its handler for a value.
 * @param data  Receives at most @p len bytes.
 * @return Bytes received.
 * @retval -EINVAL   @p name is none, or no handler's.
 * @retval -ENOTSUP  The handler tells none.
 * @retval -errno    What the handler said.
 */
int settings_runtime_get(const char *name, void *data, size_t len);

/** Let the handler of @p name commit.
 * @retval 0        Done.
 * @retval -EINVAL  @p name is none, or no handler's.
 * @retval -errno   What the handler said.
 */
int settings_runtime_commit(const char *name);

#endif
