/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAVONIUS_PROCESS_H_
#define FAVONIUS_PROCESS_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <favonius/stream.h>

/** @file
 * What a port with an operating system offers to programs: child processes, signals, the standard
 * streams, and the places where files belong.
 */

/** Signals that a program handles in its loop. */
enum fav_signal {
	FAV_SIGNAL_INTERRUPT, /**< SIGINT: Ctrl-C. */
	FAV_SIGNAL_TERMINATE, /**< SIGTERM, SIGHUP. */
	FAV_SIGNAL_KILL,      /**< SIGKILL; can be sent, not caught. */
};

/** A signal has come. Interrupt level.
 * @param from_terminal  The terminal's doing: the other processes of our group have it too.
 */
typedef void (*fav_signal_caught_t)(void *ctx, enum fav_signal signal, bool from_terminal);

/** Signals and children of this process; there can be one. */
struct fav_processes;

/** Begin to catch SIGINT, SIGTERM, SIGHUP and the ends of children, to ignore SIGPIPE, and to use
 * as many descriptors as this user may. Children start with all that as it was.
 *
 * Call it before any thread is started. A process that was started with SIGINT or SIGHUP ignored
 * (nohup, a background job of a script) keeps ignoring it.
 *
 * @param caught     Called for each signal with @p ctx.
 * @param processes  Receives the object, the caller's until fav_processes_close().
 * @retval 0        Catching.
 * @retval -ENOMEM  No memory.
 * @retval -errno   What the operating system said.
 * Context: thread, never waits.
 */
int fav_processes_open(fav_signal_caught_t caught, void *ctx, struct fav_processes **processes)
	__attribute__((warn_unused_result));

/** Give signals and descriptors their former state, and free @p processes. Children that still run
 * are killed and waited for. NULL is allowed. Context: thread, never waits.
 */
void fav_processes_close(struct fav_processes *processes);

/** How a child ended. */
struct fav_child_end {
	int status; /**< Exit status, 0 to 255, when @ref signal is 0. */
	int signal; /**< The operating system's number of the signal that killed it, or 0. */
	const char *reason; /**< That signal in words; NULL when @ref signal is 0. */
};

/** A child process. */
struct fav_child;

/** How to start a child. Zero-initialise for the defaults. */
struct fav_child_config {
	/** The program (searched in PATH when it has no slash) and its arguments; NULL ends it. */
	const char *const *argv;
	/** "NAME=VALUE" to add to the environment, or to replace in it; NULL ends it. May be NULL.
	 */
	const char *const *env;
	/** Share our standard input and our process group, so that it may read from the terminal.
	 * Without it the child reads end-of-file, and leads a process group of its own.
	 */
	bool foreground;
	/** It has ended and all its group with it: what was left of that was killed. Interrupt
	 * level; the child may be released from here.
	 */
	void (*ended)(void *ctx, const struct fav_child_end *end);
	void *ctx; /**< For ended(). */
};

/** Start a child. It is killed when this process ends in any way.
 * @param config  Read during the call only.
 * @param child   Receives the child, the caller's until fav_child_release().
 * @retval 0        Started.
 * @retval -ENOENT  There is no such program.
 * @retval -EACCES  It is not executable.
 * @retval -ENOMEM  No memory.
 * @retval -errno   What else the operating system said.
 * Context: loop, both levels.
 */
int fav_child_start(struct fav_processes *processes, const struct fav_child_config *config,
		    struct fav_child **child) __attribute__((warn_unused_result));

/** The read ends of the child's standard output and standard error, each the caller's from the
 * first call on, to be closed with fav_stream_close(); NULL from the second.
 * Context: loop, both levels.
 */
struct fav_stream *fav_child_stdout(struct fav_child *child);
/** See fav_child_stdout(). Context: loop, both levels. */
struct fav_stream *fav_child_stderr(struct fav_child *child);

/** Send @p signal to the child and its group; no effect once it has ended.
 * Context: loop, both levels.
 */
void fav_child_signal(struct fav_child *child, enum fav_signal signal);

/** Free @p child; if it still runs, it is killed and waited for. NULL is allowed.
 * Context: loop, both levels.
 */
void fav_child_release(struct fav_child *child);

/** Start a program that lives on when this process ends: in a session of its own, with no standard
 * input, our standard error, and a standard output that can be read here.
 * @param argv    As in struct fav_child_config.
 * @param output  Receives its standard output, the caller's until fav_stream_close(). Nobody hears
 *                what it writes later.
 * @return As fav_child_start().
 * Context: loop, both levels.
 */
int fav_daemon_start(const char *const *argv, struct fav_stream **output)
	__attribute__((warn_unused_result));

/** Which standard stream. */
enum fav_std {
	FAV_STDOUT = 1,
	FAV_STDERR = 2,
};

/** Write to a standard stream of this process without ever blocking the loop, and without changing
 * how the other processes see it.
 * @param stream  Receives the stream, the caller's; fav_stream_close() leaves the standard stream
 *                open.
 * @retval 0        Made.
 * @retval -ENOMEM  No memory.
 * @retval -EBADF   The process was started without it.
 * Context: loop, both levels.
 */
int fav_stream_std(enum fav_std which, const struct fav_stream_client *client, void *ctx,
		   struct fav_stream **stream) __attribute__((warn_unused_result));

/** @return true when @p which is a terminal. Context: any. */
bool fav_std_is_terminal(enum fav_std which);

/** Columns of the terminal at @p which, or 0 when it has none to tell. Context: any. */
unsigned int fav_std_columns(enum fav_std which);

/** Find a program: the value of the environment variable @p env when set, else @p name next to the
 * running executable, else in PATH.
 * @param env   Variable that names the program; NULL for none.
 * @param path  Receives its path.
 * @retval 0              Found, and executable.
 * @retval -ENOENT        Not found. When @p env is set, only there has been looked.
 * @retval -EACCES        What @p env names is not executable.
 * @retval -ENAMETOOLONG  Longer than @p size.
 * Context: any.
 */
int fav_program_find(const char *env, const char *name, char *path, size_t size)
	__attribute__((warn_unused_result));

/** What stands at a path. */
enum fav_path_kind {
	FAV_PATH_NONE,       /**< Nothing, or nothing that we may see. */
	FAV_PATH_EXECUTABLE, /**< A file that we may execute. */
	FAV_PATH_FILE,       /**< Another file that we may read. */
	FAV_PATH_UNREADABLE, /**< A file that we may not read. */
	FAV_PATH_OTHER,      /**< A directory or such. */
};

/** @return What stands at @p path. Context: any. */
enum fav_path_kind fav_path_kind(const char *path);

/** The folder where this user's sockets belong, made when it is not there:
 * $XDG_RUNTIME_DIR/favonius, or /tmp/favonius-UID.
 * @param path  Receives its path.
 * @retval 0              There, and nobody else's.
 * @retval -EPERM         Somebody else owns it or may write to it; a log line says so.
 * @retval -ENOTDIR       Something else stands there; a log line says so.
 * @retval -ENAMETOOLONG  Longer than @p size.
 * @retval -errno         What else the operating system said; logged.
 * Context: any.
 */
int fav_runtime_dir(char *path, size_t size) __attribute__((warn_unused_result));

/** Make a folder for this run that nobody else can enter.
 * @param path  Receives its path; remove it with fav_temp_dir_remove().
 * @retval 0              Made.
 * @retval -ENAMETOOLONG  Longer than @p size.
 * @retval -errno         What the operating system said.
 * Context: any.
 */
int fav_temp_dir(char *path, size_t size) __attribute__((warn_unused_result));

/** Remove a folder of fav_temp_dir() and the files in it. Context: any. */
void fav_temp_dir_remove(const char *path);

/** Create or empty a file that no other stream and no other process is writing.
 * @param file  Receives the open file, the caller's until fclose().
 * @retval 0       Open.
 * @retval -EBUSY  Another is writing it.
 * @retval -errno  What the operating system said.
 * Context: any.
 */
int fav_file_create(const char *path, FILE **file) __attribute__((warn_unused_result));

/** @return The number of this process. Context: any. */
unsigned int fav_process_id(void);

#endif
