/* SPDX-License-Identifier: Apache-2.0 */

/* From an argument of `favonius run` to the program of a device. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <zephyr/kernel.h>

#include "cli/device.h"

static bool has_suffix(const char *text, const char *suffix)
{
	size_t len = strlen(text), suffix_len = strlen(suffix);

	return len > suffix_len && strcmp(text + len - suffix_len, suffix) == 0;
}

static bool starts_with_hash_bang(const char *path)
{
	FILE *file = fopen(path, "rb");
	char start[2] = "";
	bool yes;

	if (file == NULL) {
		return false;
	}
	yes = fread(start, sizeof(start), 1, file) == 1 && memcmp(start, "#!", 2) == 0;
	fclose(file);
	return yes;
}

/* A script that is executable only because its file system knows no rights is not taken for a
 * program. */
static bool is_program(const char *path)
{
	return !has_suffix(path, ".py") || starts_with_hash_bang(path);
}

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '_' || c == '.';
}

/* The length of "NAME=" at the start of spec, or 0. */
static size_t given_name_len(const char *spec)
{
	size_t len = 0;

	while (is_name_char(spec[len])) {
		len++;
	}
	return len > 0 && spec[len] == '=' ? len + 1 : 0;
}

static void set_name(struct device *device, const char *name, size_t len)
{
	size_t n = 0;

	for (; n < len && n < DEVICE_NAME_MAX; n++) {
		device->name[n] = is_name_char(name[n]) ? name[n] : '_';
	}
	device->name[n] = '\0';
}

static void name_after_file(struct device *device, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash == NULL ? path : slash + 1;

	set_name(device, base, strlen(base) - (has_suffix(base, ".py") ? strlen(".py") : 0));
}

static int split_words(struct device *device, char *text, const char **argv)
{
	int n = 0;

	for (char *word = strtok(text, " \t\n"); word != NULL; word = strtok(NULL, " \t\n")) {
		if (n == DEVICE_ARGS_MAX) {
			fprintf(stderr, "favonius run: %s: more than %d words\n", device->name,
				DEVICE_ARGS_MAX);
			return -E2BIG;
		}
		argv[n++] = word;
	}
	argv[n] = NULL;
	return n > 0 ? 0 : -EINVAL;
}

static int use_micropython(struct device *device)
{
	int err = fav_program_find("FAVONIUS_MICROPYTHON", "favonius-micropython", device->program,
				   sizeof(device->program));

	if (err < 0) {
		fprintf(stderr,
			"favonius run: %s: no MicroPython to run it with (%s): set "
			"FAVONIUS_MICROPYTHON to favonius-micropython, or put that next to "
			"favonius or into PATH\n",
			device->argv[1], strerror(-err));
		return err;
	}
	device->argv[0] = device->program;
	return 0;
}

/* argv[0] is free, for the interpreter of a script; argv[1] is the file. */
static int resolve(struct device *device)
{
	const char *file = device->argv[1];

	switch (fav_path_kind(file)) {
	case FAV_PATH_EXECUTABLE:
		if (is_program(file)) {
			/* Without a slash it would be looked for in PATH. */
			snprintf(device->program, sizeof(device->program), "%s%s",
				 strchr(file, '/') == NULL ? "./" : "", file);
			device->argv[1] = device->program;
			return 0;
		}
		return use_micropython(device);
	case FAV_PATH_FILE:
		return use_micropython(device);
	case FAV_PATH_UNREADABLE:
		fprintf(stderr, "favonius run: %s: %s\n", file, strerror(EACCES));
		return -EACCES;
	case FAV_PATH_OTHER:
		fprintf(stderr, "favonius run: %s: is neither a script nor a program\n", file);
		return -EINVAL;
	case FAV_PATH_NONE:
		break;
	}
	if (strchr(file, '/') == NULL && !has_suffix(file, ".py") &&
	    fav_program_find(NULL, file, device->program, sizeof(device->program)) == 0) {
		device->argv[1] = device->program;
		return 0;
	}
	fprintf(stderr, "favonius run: %s: there is no such script or program\n", file);
	return -ENOENT;
}

static int find(struct device *device, size_t name_len)
{
	char *text = device->words + name_len;
	int err;

	/* A file whose name has spaces is a file all the same. */
	if (fav_path_kind(text) != FAV_PATH_NONE) {
		device->argv[1] = text;
	} else {
		err = split_words(device, text, &device->argv[1]);
		if (err == -EINVAL) {
			fprintf(stderr, "favonius run: '%s': names no script or program\n",
				device->words);
		}
		if (err < 0) {
			return err;
		}
	}
	if (name_len > 0) {
		set_name(device, device->words, name_len - 1);
	} else {
		name_after_file(device, device->argv[1]);
	}
	err = resolve(device);
	if (err == 0 && device->argv[0] == NULL) {
		memmove(&device->argv[0], &device->argv[1],
			sizeof(device->argv) - sizeof(device->argv[0]));
	}
	return err;
}

int device__find(struct device *device, const char *spec, const struct device_owner *owner)
{
	size_t size = strlen(spec) + 1;

	memset(device, 0, sizeof(*device));
	device->owner = owner;
	device->colour = "";
	device->words = k_malloc(size);
	if (device->words == NULL) {
		fprintf(stderr, "favonius run: no memory\n");
		return -ENOMEM;
	}
	memcpy(device->words, spec, size);
	return find(device, fav_path_kind(spec) == FAV_PATH_NONE ? given_name_len(spec) : 0);
}
