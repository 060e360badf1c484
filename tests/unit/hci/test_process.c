/* SPDX-License-Identifier: Apache-2.0 */

/* Children, signals and paths of the posix port. The children are /bin/sh. */

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <favonius/process.h>

#include "unit/hci/wait.h"

struct watched {
	struct fav_child *child;
	struct fav_stream *out;
	char text[1024];
	size_t len;
	bool out_ended, ended;
	struct fav_child_end end;
};

static struct fav_processes *processes;
static int caught[FAV_SIGNAL_KILL];

static void on_signal(void *ctx, enum fav_signal signal, bool from_terminal)
{
	assert_false(from_terminal);
	caught[signal]++;
}

static int setup(void **state)
{
	memset(caught, 0, sizeof(caught));
	return fav_processes_open(on_signal, NULL, &processes);
}

static int teardown(void **state)
{
	fav_processes_close(processes);
	return 0;
}

static void on_readable(void *ctx)
{
	struct watched *w = ctx;
	int got = fav_stream_read(w->out, w->text + w->len, sizeof(w->text) - 1 - w->len);

	if (got > 0) {
		w->len += got;
	} else if (got != -EAGAIN) {
		w->out_ended = true;
		fav_stream_read_enable(w->out, false);
	}
}

static const struct fav_stream_client out_client = {.readable = on_readable};

static void on_ended(void *ctx, const struct fav_child_end *end)
{
	struct watched *w = ctx;

	assert_true(k_is_in_isr());
	assert_false(w->ended);
	w->ended = true;
	w->end = *end;
}

static void watch_out(struct watched *w, struct fav_stream *out)
{
	assert_non_null(out);
	w->out = out;
	fav_stream_client_set(out, &out_client, w);
	fav_stream_read_enable(out, true);
}

static void start(struct watched *w, const char *script, const char *const *env)
{
	const char *const argv[] = {"sh", "-c", script, NULL};
	struct fav_child_config config = {.argv = argv, .env = env, .ended = on_ended, .ctx = w};

	memset(w, 0, sizeof(*w));
	assert_int_equal(fav_child_start(processes, &config, &w->child), 0);
	watch_out(w, fav_child_stdout(w->child));
	assert_null(fav_child_stdout(w->child));
}

static void finish(struct watched *w)
{
	assert_true(WAIT_FOR(w->ended));
	fav_stream_close(w->out);
	fav_child_release(w->child);
}

static void the_exit_status_is_told(void **state)
{
	struct watched a, b;

	start(&a, "exit 0", NULL);
	start(&b, "exit 7", NULL);
	finish(&a);
	finish(&b);
	assert_int_equal(a.end.status, 0);
	assert_int_equal(a.end.signal, 0);
	assert_int_equal(b.end.status, 7);
}

static void a_fatal_signal_is_told_in_words(void **state)
{
	struct watched w;

	start(&w, "kill -SEGV $$", NULL);
	finish(&w);
	assert_int_equal(w.end.signal, SIGSEGV);
	assert_string_equal(w.end.reason, "Segmentation fault");
}

static void its_output_can_be_read(void **state)
{
	static const char *const env[] = {"FAVONIUS_A=one", "HOME=two", NULL};
	struct watched w;

	start(&w, "echo $FAVONIUS_A $HOME $PATH", env);
	assert_true(WAIT_FOR(w.out_ended));
	finish(&w);
	assert_non_null(strstr(w.text, "one two /"));
}

static void it_has_no_input(void **state)
{
	struct watched w;

	start(&w, "read line || echo end", NULL);
	assert_true(WAIT_FOR(w.out_ended));
	finish(&w);
	assert_string_equal(w.text, "end\n");
}

static void signals_reach_it_and_its_group(void **state)
{
	struct watched w;

	start(&w,
	      "trap 'wait; echo outer; exit 3' TERM; "
	      "sh -c 'trap \"echo inner; exit\" TERM; echo up; while :; do sleep 0.05; done' & "
	      "wait; wait",
	      NULL);
	assert_true(WAIT_FOR(w.len >= 3));
	fav_child_signal(w.child, FAV_SIGNAL_TERMINATE);
	assert_true(WAIT_FOR(w.out_ended));
	finish(&w);
	assert_non_null(strstr(w.text, "inner\n"));
	assert_non_null(strstr(w.text, "outer\n"));
	assert_int_equal(w.end.status, 3);
}

static void what_it_leaves_behind_is_killed(void **state)
{
	struct watched w;

	start(&w, "sleep 100 & exit 0", NULL);
	/* The pipe's end comes only when the sleeper, who holds it too, has ended. */
	assert_true(WAIT_FOR(w.out_ended));
	finish(&w);
}

static void it_starts_with_default_signals(void **state)
{
	struct watched w;

	start(&w, "kill -INT $$; echo survived", NULL);
	finish(&w);
	assert_int_equal(w.end.signal, SIGINT);
	start(&w, "kill -PIPE $$; echo survived", NULL);
	finish(&w);
	assert_int_equal(w.end.signal, SIGPIPE);
}

static void releasing_kills(void **state)
{
	struct watched w;

	start(&w, "sleep 100", NULL);
	fav_child_release(w.child);
	assert_false(w.ended);
	assert_true(WAIT_FOR(w.out_ended));
	fav_stream_close(w.out);
}

static void a_missing_program_is_told(void **state)
{
	static const char *const missing[] = {"/nonexistent/program", NULL};
	static const char *const folder[] = {"/", NULL};
	struct fav_child_config config = {.argv = missing};
	struct fav_child *child;
	struct fav_stream *output;

	assert_int_equal(fav_child_start(processes, &config, &child), -ENOENT);
	config.argv = folder;
	assert_int_equal(fav_child_start(processes, &config, &child), -EACCES);
	assert_int_equal(fav_daemon_start(missing, &output), -ENOENT);
}

static void signals_are_caught(void **state)
{
	raise(SIGINT);
	raise(SIGTERM);
	assert_true(WAIT_FOR(caught[FAV_SIGNAL_INTERRUPT] && caught[FAV_SIGNAL_TERMINATE]));
	raise(SIGHUP);
	assert_true(WAIT_FOR(caught[FAV_SIGNAL_TERMINATE] == 2));
	assert_int_equal(caught[FAV_SIGNAL_INTERRUPT], 1);
}

static void a_daemon_is_no_child_of_ours(void **state)
{
	const char *const argv[] = {"sh", "-c", "echo $PPID; exec sleep 0.1", NULL};
	struct watched w = {0};
	struct fav_stream *output;

	assert_int_equal(fav_daemon_start(argv, &output), 0);
	watch_out(&w, output);
	assert_true(WAIT_FOR(w.out_ended));
	assert_true((unsigned long)atol(w.text) != fav_process_id());
	fav_stream_close(w.out);
}

static void programs_are_found(void **state)
{
	char path[256];

	unsetenv("FAVONIUS_TEST");
	assert_int_equal(fav_program_find("FAVONIUS_TEST", "sh", path, sizeof(path)), 0);
	assert_int_equal(fav_path_kind(path), FAV_PATH_EXECUTABLE);
	assert_int_equal(fav_program_find(NULL, "no-such-program", path, sizeof(path)), -ENOENT);
	assert_int_equal(fav_program_find(NULL, "sh", path, 3), -ENAMETOOLONG);

	/* Beside the running program: this test. */
	assert_int_equal(fav_program_find(NULL, "test_process", path, sizeof(path)), 0);

	setenv("FAVONIUS_TEST", "/nonexistent", 1);
	assert_int_equal(fav_program_find("FAVONIUS_TEST", "sh", path, sizeof(path)), -ENOENT);
	setenv("FAVONIUS_TEST", "/", 1);
	assert_int_equal(fav_program_find("FAVONIUS_TEST", "sh", path, sizeof(path)), -EACCES);
}

static void the_runtime_folder_is_ours_alone(void **state)
{
	char base[64], path[80], small[5];
	FILE *file;

	assert_int_equal(fav_temp_dir(base, sizeof(base)), 0);
	setenv("XDG_RUNTIME_DIR", base, 1);
	assert_int_equal(fav_runtime_dir(path, sizeof(path)), 0);
	assert_int_equal(fav_runtime_dir(path, sizeof(path)), 0);
	assert_int_equal(fav_path_kind(path), FAV_PATH_OTHER);
	assert_int_equal(fav_runtime_dir(small, sizeof(small)), -ENAMETOOLONG);
	fav_temp_dir_remove(path);

	file = fopen(path, "w");
	assert_non_null(file);
	fclose(file);
	assert_int_equal(fav_runtime_dir(path, sizeof(path)), -ENOTDIR);
	fav_temp_dir_remove(base);
}

static void one_writer_a_file(void **state)
{
	char base[64], path[80];
	FILE *first, *second;

	assert_int_equal(fav_temp_dir(base, sizeof(base)), 0);
	snprintf(path, sizeof(path), "%s/file", base);
	assert_int_equal(fav_file_create(path, &first), 0);
	assert_true(fputs("text", first) >= 0);
	assert_int_equal(fflush(first), 0);
	assert_int_equal(fav_file_create(path, &second), -EBUSY);
	fclose(first);
	assert_int_equal(fav_file_create(path, &second), 0);
	fclose(second);
	second = fopen(path, "r");
	assert_non_null(second);
	assert_int_equal(fgetc(second), EOF);
	fclose(second);
	assert_int_equal(fav_file_create("/nonexistent/file", &first), -ENOENT);
	fav_temp_dir_remove(base);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_exit_status_is_told),
		TEST(a_fatal_signal_is_told_in_words),
		TEST(its_output_can_be_read),
		TEST(it_has_no_input),
		TEST(signals_reach_it_and_its_group),
		TEST(what_it_leaves_behind_is_killed),
		TEST(it_starts_with_default_signals),
		TEST(releasing_kills),
		TEST(a_missing_program_is_told),
		TEST(signals_are_caught),
		TEST(a_daemon_is_no_child_of_ours),
		cmocka_unit_test(programs_are_found),
		cmocka_unit_test(the_runtime_folder_is_ours_alone),
		cmocka_unit_test(one_writer_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
