/* SPDX-License-Identifier: Apache-2.0 */
/* The store in a real file, and where the default one is. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <favonius/loop.h>
#include <favonius/process.h>
#include <favonius/settings.h>

static char dir[256];
static struct fav_settings settings;
static struct fav_settings_file file;

static const char *in_dir(const char *name)
{
	static char path[4][512];
	static unsigned int n;

	n = (n + 1) % 4;
	snprintf(path[n], sizeof(path[n]), "%s/%s", dir, name);
	return path[n];
}

static int setup(void **state)
{
	unsetenv("FAVONIUS_SETTINGS");
	unsetenv("XDG_STATE_HOME");
	return fav_temp_dir(dir, sizeof(dir));
}

static int teardown(void **state)
{
	struct fav_kernel_usage usage;
	char command[600];

	fav_settings_reset(&settings);
	fav_settings_reset(NULL);
	fav_settings_select(NULL);
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	fav_kernel_usage_get(&usage);
	return system(command) == 0 && usage.heap_blocks == 0 ? 0 : -1;
}

static int save(const char *name, const char *value)
{
	return settings_save_one(name, value, strlen(value));
}

static mode_t mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 0777;
}

static void use(void)
{
	fav_settings_reset(&settings);
	fav_settings_select(&settings);
	settings_src_register(&file.ram.store);
	settings_dst_register(&file.ram.store);
}

static void a_file_keeps_the_values(void **state)
{
	assert_int_equal(fav_settings_file_open(&file, NULL, in_dir("s")), 0);
	use();
	assert_int_equal(access(in_dir("s"), F_OK), -1);
	assert_int_equal(save("a/b", "value"), 0);
	assert_int_equal(mode_of(in_dir("s")), 0600);
	assert_int_equal(mode_of(in_dir("s.lock")), 0600);
	assert_int_equal(access(in_dir("s.new"), F_OK), -1);
	fav_settings_file_close(&file);
	assert_int_equal(fav_settings_file_open(&file, NULL, in_dir("s")), 0);
	assert_int_equal(settings_get_val_len("a/b"), 5);
	fav_settings_file_close(&file);
}

static void a_second_process_is_refused_and_a_dead_one_is_not_in_the_way(void **state)
{
	int ready[2];
	char byte;
	int status;
	pid_t child;

	assert_int_equal(pipe(ready), 0);
	child = fork();
	if (child == 0) {
		int err = fav_settings_file_open(&file, NULL, in_dir("s"));

		byte = err == 0 ? 'y' : 'n';
		(void)!write(ready[1], &byte, 1);
		pause();
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(byte, 'y');
	assert_int_equal(fav_settings_file_open(&file, NULL, in_dir("s")), -EBUSY);
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	assert_int_equal(fav_settings_file_open(&file, NULL, in_dir("s")), 0);
	fav_settings_file_close(&file);
	close(ready[0]);
	close(ready[1]);
}

static void a_foreign_file_is_put_aside(void **state)
{
	FILE *foreign = fopen(in_dir("s"), "w");

	fputs("not ours", foreign);
	fclose(foreign);
	assert_int_equal(fav_settings_file_open(&file, NULL, in_dir("s")), 0);
	assert_int_equal(access(in_dir("s"), F_OK), -1);
	assert_int_equal(access(in_dir("s.bad"), F_OK), 0);
	use();
	assert_int_equal(save("a", "1"), 0);
	fav_settings_file_close(&file);
}

static void what_cannot_be_a_store_is_refused(void **state)
{
	assert_int_equal(mkdir(in_dir("s"), 0700), 0);
	assert_int_equal(fav_settings_file_open(&file, NULL, in_dir("s")), -EINVAL);
	assert_int_equal(mkfifo(in_dir("fifo"), 0600), 0);
	assert_int_equal(fav_settings_file_open(&file, NULL, in_dir("fifo")), -EINVAL);
	assert_int_equal(fav_settings_file_open(&file, NULL, in_dir("none/s")), -ENOENT);
}

static void another_file_in_the_way_of_the_next_is_no_matter(void **state)
{
	FILE *victim = fopen(in_dir("victim"), "w");

	fputs("stays", victim);
	fclose(victim);
	assert_int_equal(fav_settings_file_open(&file, NULL, in_dir("s")), 0);
	use();
	assert_int_equal(symlink("victim", in_dir("s.new")), 0);
	assert_int_equal(save("a", "1"), 0);
	fav_settings_file_close(&file);
	victim = fopen(in_dir("victim"), "r");
	assert_int_equal(fgetc(victim), 's');
	fclose(victim);
	assert_int_equal(fav_settings_file_open(&file, NULL, in_dir("s")), 0);
	assert_int_equal(settings_get_val_len("a"), 1);
	fav_settings_file_close(&file);
}

static void a_folder_that_has_gone_is_an_error(void **state)
{
	assert_int_equal(mkdir(in_dir("d"), 0700), 0);
	assert_int_equal(fav_settings_file_open(&file, NULL, in_dir("d/s")), 0);
	use();
	assert_int_equal(remove(in_dir("d/s.lock")), 0);
	assert_int_equal(rmdir(in_dir("d")), 0);
	assert_int_equal(save("a", "1"), -EIO);
	assert_int_equal(settings_get_val_len("a"), 0);
	assert_int_equal(mkdir(in_dir("d"), 0700), 0);
	assert_int_equal(save("a", "1"), 0);
	fav_settings_file_close(&file);
}

static void default_settings_are_saved_in(const char *path)
{
	void *storage;

	assert_int_equal(settings_subsys_init(), 0);
	assert_int_equal(save("a", "1"), 0);
	assert_int_equal(settings_storage_get(&storage), 0);
	assert_string_equal(storage, path);
	assert_int_equal(access(path, F_OK), 0);
	fav_settings_reset(NULL);
	/* And read from there. */
	assert_int_equal(settings_subsys_init(), 0);
	assert_int_equal(settings_get_val_len("a"), 1);
	fav_settings_reset(NULL);
}

static void the_environment_says_where(void **state)
{
	char home[512];
	const char *before = getenv("HOME");
	void *storage;

	snprintf(home, sizeof(home), "%s", before != NULL ? before : "");
	setenv("FAVONIUS_SETTINGS", in_dir("mine"), 1);
	default_settings_are_saved_in(in_dir("mine"));
	setenv("FAVONIUS_SETTINGS", "", 1);
	setenv("XDG_STATE_HOME", in_dir("not/there/yet"), 1);
	default_settings_are_saved_in(in_dir("not/there/yet/favonius/settings"));
	assert_int_equal(mode_of(in_dir("not/there/yet/favonius")), 0700);
	unsetenv("FAVONIUS_SETTINGS");
	setenv("XDG_STATE_HOME", "relative", 1);
	setenv("HOME", in_dir("home"), 1);
	default_settings_are_saved_in(in_dir("home/.local/state/favonius/settings"));
	setenv("HOME", "", 1);
	assert_int_equal(settings_subsys_init(), -ENOENT);
	assert_int_equal(save("a", "1"), -ENOENT);
	setenv("FAVONIUS_SETTINGS", "ram:", 1);
	assert_int_equal(settings_subsys_init(), 0);
	assert_int_equal(save("a", "1"), 0);
	assert_int_equal(settings_storage_get(&storage), -ENOTSUP);
	setenv("HOME", home, 1);
}

static void a_file_in_the_way_of_the_folder_is_an_error(void **state)
{
	FILE *obstacle = fopen(in_dir("file"), "w");

	fclose(obstacle);
	setenv("XDG_STATE_HOME", in_dir("file"), 1);
	assert_int_equal(settings_subsys_init(), -ENOTDIR);
	/* It tries again. */
	setenv("XDG_STATE_HOME", in_dir("folder"), 1);
	assert_int_equal(settings_subsys_init(), 0);
}

int main(void)
{
#define POSIX_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		POSIX_TEST(a_file_keeps_the_values),
		POSIX_TEST(a_second_process_is_refused_and_a_dead_one_is_not_in_the_way),
		POSIX_TEST(a_foreign_file_is_put_aside),
		POSIX_TEST(what_cannot_be_a_store_is_refused),
		POSIX_TEST(another_file_in_the_way_of_the_next_is_no_matter),
		POSIX_TEST(a_folder_that_has_gone_is_an_error),
		POSIX_TEST(the_environment_says_where),
		POSIX_TEST(a_file_in_the_way_of_the_folder_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
