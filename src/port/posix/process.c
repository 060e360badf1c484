/* SPDX-License-Identifier: Apache-2.0 */

/* Signals and children. Both come through one signalfd, so that nothing runs in a signal handler
 * and nothing needs to be at file scope. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <favonius/process.h>
#include <zephyr/sys/slist.h>
#include <zephyr/sys/util.h>

#include "port/posix/process_spawn.h"
#include "port/posix/stream.h"
#include "port/posix/watch.h"

struct fav_processes {
	fav_signal_caught_t caught;
	void *ctx;
	int fd;
	struct fav_posix_watch watch;
	sigset_t old_mask;
	struct rlimit old_files; /* what children get */
	void (*old_pipe)(int signal);
	sys_slist_t children; /* that have not ended */
};

struct fav_child {
	sys_snode_t node; /* in children until it has ended */
	struct fav_processes *processes;
	pid_t pid;
	bool own_group;
	bool running;
	struct fav_stream *out, *err;
	void (*ended)(void *ctx, const struct fav_child_end *end);
	void *ctx;
};

/* ---- Ends of children ---- */

/* True, and reaped, when it has ended. What is left of its group goes first: as long as the child
 * is not reaped, its number can be no other group's. */
static bool reap(struct fav_child *child, int wait, siginfo_t *info)
{
	info->si_pid = 0;
	if (waitid(P_PID, child->pid, info, WEXITED | WNOWAIT | wait) < 0 || info->si_pid == 0) {
		return false;
	}
	if (child->own_group) {
		kill(-child->pid, SIGKILL);
	}
	waitpid(child->pid, NULL, 0);
	child->running = false;
	sys_slist_find_and_remove(&child->processes->children, &child->node);
	return true;
}

static void tell_ended(struct fav_child *child, const siginfo_t *info)
{
	struct fav_child_end end = {0};

	if (info->si_code == CLD_EXITED) {
		end.status = info->si_status;
	} else {
		end.signal = info->si_status;
		end.reason = strsignal(info->si_status);
	}
	if (child->ended != NULL) {
		child->ended(child->ctx, &end);
	}
}

/* Some child that has ended, or NULL. */
static struct fav_child *reap_one(struct fav_processes *p, siginfo_t *info)
{
	struct fav_child *child;

	SYS_SLIST_FOR_EACH_CONTAINER(&p->children, child, node) {
		if (reap(child, WNOHANG, info)) {
			return child;
		}
	}
	return NULL;
}

/* One signal may stand for several children; each callback may release any of them. */
static void reap_children(struct fav_processes *p)
{
	struct fav_child *child;
	siginfo_t info;

	while ((child = reap_one(p, &info)) != NULL) {
		tell_ended(child, &info);
	}
}

/* ---- Signals ---- */

static void on_signal(struct fav_posix_watch *watch, short events)
{
	struct fav_processes *p = CONTAINER_OF(watch, struct fav_processes, watch);
	struct signalfd_siginfo info;

	if (read(p->fd, &info, sizeof(info)) != sizeof(info)) {
		return;
	}
	switch (info.ssi_signo) {
	case SIGCHLD:
		reap_children(p);
		break;
	case SIGINT:
		p->caught(p->ctx, FAV_SIGNAL_INTERRUPT, info.ssi_code == SI_KERNEL);
		break;
	default:
		p->caught(p->ctx, FAV_SIGNAL_TERMINATE, info.ssi_code == SI_KERNEL);
		break;
	}
}

/* As many descriptors as may be had: a device takes four. */
static void raise_files(struct fav_processes *p)
{
	struct rlimit files;

	getrlimit(RLIMIT_NOFILE, &p->old_files);
	files = p->old_files;
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
}

static bool is_ignored(int signal)
{
	struct sigaction action;

	return sigaction(signal, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

int fav_processes_open(fav_signal_caught_t caught, void *ctx, struct fav_processes **processes)
{
	static const int wanted[] = {SIGINT, SIGHUP, SIGTERM, SIGCHLD};
	struct fav_processes *p = calloc(1, sizeof(*p));
	sigset_t mask;
	int err;

	if (p == NULL) {
		return -ENOMEM;
	}
	p->caught = caught;
	p->ctx = ctx;
	sys_slist_init(&p->children);
	sigemptyset(&mask);
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		if (!is_ignored(wanted[i]) || wanted[i] == SIGCHLD) {
			sigaddset(&mask, wanted[i]);
		}
	}
	p->fd = signalfd(-1, &mask, SFD_NONBLOCK | SFD_CLOEXEC);
	if (p->fd < 0) {
		err = -errno;
		free(p);
		return err;
	}
	p->watch.fd = p->fd;
	p->watch.events = POLLIN;
	p->watch.ready = on_signal;
	err = fav_posix_watch_add(&p->watch);
	if (err < 0) {
		close(p->fd);
		free(p);
		return err;
	}
	sigprocmask(SIG_BLOCK, &mask, &p->old_mask);
	p->old_pipe = signal(SIGPIPE, SIG_IGN);
	raise_files(p);
	*processes = p;
	return 0;
}

void fav_processes_close(struct fav_processes *p)
{
	struct fav_child *child, *next;
	siginfo_t info;

	if (p == NULL) {
		return;
	}
	SYS_SLIST_FOR_EACH_CONTAINER_SAFE(&p->children, child, next, node) {
		fav_child_signal(child, FAV_SIGNAL_KILL);
		reap(child, 0, &info);
	}
	fav_posix_watch_remove(&p->watch);
	close(p->fd);
	setrlimit(RLIMIT_NOFILE, &p->old_files);
	signal(SIGPIPE, p->old_pipe);
	sigprocmask(SIG_SETMASK, &p->old_mask, NULL);
	free(p);
}

/* ---- Children ---- */

/* A pipe whose read end is a stream here, and whose write end is to be a child's. */
static int output_pipe(struct fav_stream **read_end, int *write_end)
{
	int fds[2];
	int err;

	if (pipe2(fds, O_CLOEXEC) < 0) {
		return -errno;
	}
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	err = posix__stream_wrap(fds[0], POSIX_STREAM_FILE, read_end);
	if (err < 0) {
		close(fds[0]);
		close(fds[1]);
		return err;
	}
	*write_end = fds[1];
	return 0;
}

static int start(struct fav_child *child, const struct fav_child_config *config)
{
	struct posix_spawn_config spawn = {
		.argv = config->argv,
		.env = config->env,
		.fds = {config->foreground ? STDIN_FILENO : -1, -1, -1},
		.own_group = !config->foreground,
		.dies_with_us = true,
		.mask = &child->processes->old_mask,
		.files = &child->processes->old_files,
	};
	int err = output_pipe(&child->out, &spawn.fds[1]);

	if (err < 0) {
		return err;
	}
	err = output_pipe(&child->err, &spawn.fds[2]);
	if (err == 0) {
		child->pid = posix__spawn(&spawn);
		err = MIN(child->pid, 0);
		close(spawn.fds[2]);
	}
	close(spawn.fds[1]);
	return err;
}

int fav_child_start(struct fav_processes *processes, const struct fav_child_config *config,
		    struct fav_child **made)
{
	struct fav_child *child = calloc(1, sizeof(*child));
	int err;

	if (child == NULL) {
		return -ENOMEM;
	}
	child->processes = processes;
	child->own_group = !config->foreground;
	child->ended = config->ended;
	child->ctx = config->ctx;
	err = start(child, config);
	if (err < 0) {
		fav_stream_close(child->out);
		fav_stream_close(child->err);
		free(child);
		return err;
	}
	child->running = true;
	sys_slist_append(&processes->children, &child->node);
	*made = child;
	return 0;
}

static struct fav_stream *take(struct fav_stream **stream)
{
	struct fav_stream *taken = *stream;

	*stream = NULL;
	return taken;
}

struct fav_stream *fav_child_stdout(struct fav_child *child)
{
	return take(&child->out);
}

struct fav_stream *fav_child_stderr(struct fav_child *child)
{
	return take(&child->err);
}

void fav_child_signal(struct fav_child *child, enum fav_signal signal)
{
	static const int numbers[] = {
		[FAV_SIGNAL_INTERRUPT] = SIGINT,
		[FAV_SIGNAL_TERMINATE] = SIGTERM,
		[FAV_SIGNAL_KILL] = SIGKILL,
	};

	if (child->running) {
		kill(child->own_group ? -child->pid : child->pid, numbers[signal]);
	}
}

void fav_child_release(struct fav_child *child)
{
	siginfo_t info;

	if (child == NULL) {
		return;
	}
	if (child->running) {
		fav_child_signal(child, FAV_SIGNAL_KILL);
		reap(child, 0, &info);
	}
	fav_stream_close(child->out);
	fav_stream_close(child->err);
	free(child);
}

int fav_daemon_start(const char *const *argv, struct fav_stream **output)
{
	struct posix_spawn_config spawn = {.argv = argv, .fds = {-1, -1, -1}, .detach = true};
	sigset_t none;
	int write_end = -1;
	pid_t pid;
	int err = output_pipe(output, &write_end);

	if (err < 0) {
		return err;
	}
	sigemptyset(&none);
	spawn.mask = &none;
	spawn.fds[1] = write_end;
	spawn.fds[2] = write_end;
	pid = posix__spawn(&spawn);
	close(write_end);
	if (pid < 0) {
		fav_stream_close(*output);
		return pid;
	}
	return 0;
}
