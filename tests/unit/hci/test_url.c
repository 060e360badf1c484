/* SPDX-License-Identifier: Apache-2.0 */

/* Controllers' URLs. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <favonius/hci.h>
#include <favonius/loop.h>
#include <favonius/process.h>

static char dir[64];

static int setup(void **state)
{
	assert_int_equal(fav_temp_dir(dir, sizeof(dir)), 0);
	setenv("XDG_RUNTIME_DIR", dir, 1);
	return 0;
}

static int teardown(void **state)
{
	char sub[80];

	snprintf(sub, sizeof(sub), "%s/favonius", dir);
	fav_temp_dir_remove(sub);
	fav_temp_dir_remove(dir);
	return 0;
}

static void each_form_is_taken(void **state)
{
	static const char *const urls[] = {
		"air:",
		"air:lab",
		"air:lab-2_a.b",
		"unix:/tmp/x",
		"unix:relative",
		"tcp:localhost:1234",
		"tcp:127.0.0.1:0",
		"tcp:[::1]:65535",
		"serial:/dev/ttyACM0",
		"serial:/dev/ttyACM0,1000000",
		"serial:/dev/ttyACM0,115200,rtscts",
		"serial:/dev/ttyACM0,4000000,rtscts,wait=10",
		"serial:/dev/ttyACM0,wait=forever",
		"tcp:localhost:1234,wait=0",
		"unix:/tmp/x,wait=999999",
		"hci:0",
		"hci:65534,wait=5",
	};

	for (size_t i = 0; i < ARRAY_SIZE(urls); i++) {
		struct fav_hci *hci = NULL;
		int err = fav_hci_create(urls[i], &hci);

		if (err != 0) {
			print_error("%s: %d\n", urls[i], err);
		}
		assert_int_equal(err, 0);
		fav_hci_destroy(hci);
	}
}

static void each_malformed_one_is_refused(void **state)
{
	static const struct {
		const char *url;
		int err;
	} wrong[] = {
		{"air:a/b", -EINVAL},
		{"air:.hidden", -EINVAL},
		{"air:..", -EINVAL},
		{"air:name with space", -EINVAL},
		{"air:0123456789012345678901234567890123456789012345678901234567890123456789",
		 -EINVAL},
		{"unix:", -EINVAL},
		{"unix:/0123456789012345678901234567890123456789012345678901234567890123456789"
		 "0123456789012345678901234567890123456789",
		 -EINVAL},
		{"tcp:", -EINVAL},
		{"tcp:host", -EINVAL},
		{"tcp:host:", -EINVAL},
		{"tcp::1234", -EINVAL},
		{"tcp:host:65536", -EINVAL},
		{"tcp:host:12a", -EINVAL},
		{"tcp:host:-1", -EINVAL},
		{"serial:", -EINVAL},
		{"serial:/dev/x,", -EINVAL},
		{"serial:/dev/x,fast", -EINVAL},
		{"serial:/dev/x,12345", -EINVAL},
		{"serial:/dev/x,115200,xonxoff", -EINVAL},
		{"hci:", -EINVAL},
		{"hci:x", -EINVAL},
		{"hci:65535", -EINVAL},
		{"hci:0,wait=x", -EINVAL},
		{"tcp:host:1,wait=", -EINVAL},
		{"serial:/dev/x,wait=-1", -EINVAL},
		{"unix:/tmp/x,wait=10000000", -EINVAL},
		{"usb:0", -ENOTSUP},
		{"unix", -ENOTSUP},
		{"/tmp/x", -ENOTSUP},
	};

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct fav_hci *hci = NULL;
		int err = fav_hci_create(wrong[i].url, &hci);

		if (err != wrong[i].err) {
			print_error("%s: %d\n", wrong[i].url, err);
		}
		assert_int_equal(err, wrong[i].err);
		assert_null(hci);
	}
}

static void the_environment_names_the_default(void **state)
{
	struct fav_hci *hci;

	setenv("FAVONIUS_HCI", "unix:/tmp/from-environment", 1);
	assert_int_equal(fav_hci_create(NULL, &hci), 0);
	assert_string_equal(hci->name, "unix:/tmp/from-environment");
	fav_hci_destroy(hci);

	setenv("FAVONIUS_HCI", "nonsense", 1);
	assert_int_equal(fav_hci_create(NULL, &hci), -ENOTSUP);

	unsetenv("FAVONIUS_HCI");
	assert_int_equal(fav_hci_create(NULL, &hci), 0);
	assert_non_null(strstr(hci->name, "/favonius/default.sock"));
	fav_hci_destroy(hci);
}

static void an_air_is_not_started_without_the_command(void **state)
{
	static const struct fav_hci_client client;
	struct fav_hci *hci;

	setenv("FAVONIUS_AIR", "/nonexistent/favonius", 1);
	assert_int_equal(fav_hci_create("air:nobody", &hci), 0);
	assert_int_equal(fav_hci_open(hci, &client, NULL), -ENOENT);
	fav_hci_destroy(hci);
	unsetenv("FAVONIUS_AIR");
}

static void nothing_is_left(void **state)
{
	struct fav_kernel_usage usage;

	fav_kernel_usage_get(&usage);
	assert_int_equal(usage.heap_blocks, 0);
	assert_int_equal(usage.timeouts, 0);
	assert_int_equal(usage.irqs, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_form_is_taken),
		cmocka_unit_test(each_malformed_one_is_refused),
		cmocka_unit_test(the_environment_names_the_default),
		cmocka_unit_test(an_air_is_not_started_without_the_command),
		cmocka_unit_test(nothing_is_left),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
