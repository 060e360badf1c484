/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "port/posix/process_spawn.h"

extern char **environ;

static size_t count(const char *const *list)
{
	size_t n = 0;

	while (list != NULL && list[n] != NULL) {
		n++;
	}
	return n;
}

/* Whether a "NAME=VALUE" of list has the name of entry. */
static bool replaces(const char *const *list, const char *entry)
{
	size_t name_len = strcspn(entry, "=");

	for (size_t i = 0; list != NULL && list[i] != NULL; i++) {
		if (strncmp(list[i], entry, name_len) == 0 && list[i][name_len] == '=') {
			return true;
		}
	}
	return false;
}

/* Our environment with more in it; only the table is new. NULL when there is no memory. */
static const char **merge_env(const char *const *more)
{
	size_t old = count((const char *const *)environ);
	const char **merged = calloc(old + count(more) + 1, sizeof(*merged));
	size_t n = 0;

	if (merged == NULL) {
		return NULL;
	}
	for (size_t i = 0; i < old; i++) {
		if (!replaces(more, environ[i])) {
			merged[n++] = environ[i];
		}
	}
	for (size_t i = 0; more != NULL && more[i] != NULL; i++) {
		merged[n++] = more[i];
	}
	return merged;
}

/* ---- In the child: only calls that are safe after fork() in any program ---- */

static void __attribute__((noreturn)) child_fails(int report)
{
	int err = errno;

	while (write(report, &err, sizeof(err)) < 0 && errno == EINTR) {
	}
	_exit(127);
}

/* Move fds to 0, 1, 2; they may themselves be low numbers when we were started without some. */
static bool child_set_fds(const int fds[3])
{
	int high[3];

	for (int i = 0; i < 3; i++) {
		int fd = fds[i] >= 0 ? fds[i] : open("/dev/null", O_RDWR);

		high[i] = fcntl(fd, F_DUPFD_CLOEXEC, 3);
		if (high[i] < 0) {
			return false;
		}
	}
	for (int i = 0; i < 3; i++) {
		if (dup2(high[i], i) < 0) {
			return false;
		}
	}
	return true;
}

/* exec() keeps ignored signals ignored. That is wanted for all (nohup) but SIGPIPE: programs expect
 * to end when nobody reads what they write. */
static void child_set_signals(const sigset_t *mask)
{
	signal(SIGPIPE, SIG_DFL);
	if (mask != NULL) {
		sigprocmask(SIG_SETMASK, mask, NULL);
	}
}

static void __attribute__((noreturn))
child_runs(const struct posix_spawn_config *config, const char **env, int report, pid_t parent)
{
	report = fcntl(report, F_DUPFD_CLOEXEC, 3);
	if (config->detach) {
		pid_t pid;

		if (setsid() < 0 || (pid = fork()) < 0) {
			child_fails(report);
		}
		if (pid > 0) {
			_exit(0);
		}
	}
	if (config->own_group) {
		setpgid(0, 0);
	}
	if (config->dies_with_us) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent) {
			_exit(127);
		}
	}
	child_set_signals(config->mask);
	if (!child_set_fds(config->fds)) {
		child_fails(report);
	}
	if (config->files != NULL) {
		setrlimit(RLIMIT_NOFILE, config->files);
	}
	execvpe(config->argv[0], (char *const *)config->argv, (char *const *)env);
	child_fails(report);
}

/* ---- In the parent ---- */

/* 0 when exec closed the other end, else the errno that came through. */
static int read_report(int report)
{
	int err = 0;
	ssize_t got;

	do {
		got = read(report, &err, sizeof(err));
	} while (got < 0 && errno == EINTR);
	return got == sizeof(err) ? -err : 0;
}

static void reap(pid_t pid)
{
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
	}
}

pid_t posix__spawn(const struct posix_spawn_config *config)
{
	const char **env = merge_env(config->env);
	int report[2];
	pid_t parent = getpid();
	pid_t pid;
	int err;

	if (env == NULL) {
		return -ENOMEM;
	}
	if (pipe2(report, O_CLOEXEC) < 0) {
		err = -errno;
		goto free_env;
	}
	pid = fork();
	if (pid < 0) {
		err = -errno;
		close(report[1]);
		goto close_report;
	}
	if (pid == 0) {
		child_runs(config, env, report[1], parent);
	}
	if (config->own_group) {
		setpgid(pid, pid);
	}
	close(report[1]);
	err = read_report(report[0]);
	if (err < 0 || config->detach) {
		reap(pid);
	}
	if (err == 0) {
		err = config->detach ? 1 : pid;
	}
close_report:
	close(report[0]);
free_env:
	free(env);
	return err;
}
