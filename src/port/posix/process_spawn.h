/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_POSIX_PROCESS_SPAWN_H_
#define FAV_POSIX_PROCESS_SPAWN_H_

#include <stdbool.h>

#include <signal.h>
#include <sys/resource.h>
#include <sys/types.h>

/*
 * fork and exec, with the reason when exec fails.
 */
struct posix_spawn_config {
	const char *const *argv;
	const char *const *env;     /* to add or replace; may be NULL */
	int fds[3];                 /* become its standard streams; -1: /dev/null */
	bool own_group;             /* lead a process group */
	bool dies_with_us;          /* SIGKILL when this thread ends */
	bool detach;                /* a session of its own, and no child of ours */
	const sigset_t *mask;       /* its blocked signals; NULL: ours */
	const struct rlimit *files; /* its descriptors; NULL: as ours */
};

/* The new process's id, or 1 when it is detached; else a negative errno. */
pid_t posix__spawn(const struct posix_spawn_config *config) __attribute__((warn_unused_result));

#endif
