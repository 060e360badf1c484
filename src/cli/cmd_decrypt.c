/* SPDX-License-Identifier: Apache-2.0 */

/* `favonius decrypt`: a capture of the air that can be read. */

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <favonius/process.h>
#include <zephyr/sys/util.h>

#include "cli/cli.h"
#include "cli/decrypt.h"

static const char help[] =
	"Usage: favonius decrypt [--key KEY...] [--keys FILE] CAPTURE OUTPUT\n"
	"\n"
	"Decrypt a capture that --pcap of 'favonius air' or 'favonius run' has made, for "
	"Wireshark\n"
	"and tshark, which do not do that themselves. The start of a link's encryption must be in\n"
	"it. OUTPUT is the same capture with the packets decrypted that a key fits to.\n"
	"\n"
	"  --key KEY     a long term key: 32 hexadecimal digits, the most significant first\n"
	"  --keys FILE   what --log-secret-keys has written: a key a line; # begins a comment\n"
	"  --help        print this\n"
	"\n"
	"Exit status: 0; 1 when CAPTURE is none or OUTPUT could not be written; 2 when the\n"
	"arguments are wrong.\n"
	"\n"
	"Example:\n"
	"  favonius run --pcap air.pcap --log-secret-keys keys.txt sensor.py phone=central.py\n"
	"  favonius decrypt --keys keys.txt air.pcap plain.pcap\n"
	"  tshark -r plain.pcap -Y btatt\n";

#define KEYS_MAX     4096
#define KEY_FILE_MAX 1000000
#define CAPTURE_MAX  ((size_t)1 << 32)
#define KEY_DIGITS   32
#define DIGITS       "0123456789abcdefABCDEF"
#define OPT_KEY      1
#define OPT_KEYS     2

static const struct option longs[] = {
	{"key", required_argument, NULL, OPT_KEY},
	{"keys", required_argument, NULL, OPT_KEYS},
	{"help", no_argument, NULL, CLI_OPT_HELP},
	{0},
};

struct options {
	struct decrypt_key keys[KEYS_MAX];
	size_t count;
};

/* len digits at text; false when they are no key, or one too many. */
static bool add_key(struct options *options, const char *text, size_t len)
{
	struct decrypt_key *key = &options->keys[options->count];

	if (len != KEY_DIGITS || strspn(text, DIGITS) < KEY_DIGITS || options->count == KEYS_MAX) {
		return false;
	}
	for (size_t i = 0; i < sizeof(key->ltk); i++) {
		char byte[3] = {text[2 * i], text[2 * i + 1], '\0'};

		key->ltk[sizeof(key->ltk) - 1 - i] = (uint8_t)strtoul(byte, NULL, 16);
	}
	options->count++;
	return true;
}

static int add_keys(struct options *options, const char *path)
{
	size_t len, line = 1;
	char *text = cli__read_file(path, KEY_FILE_MAX, &len);
	int status = CLI_OK;

	if (text == NULL) {
		return cli__usage("decrypt", "--keys %s: %s", path, strerror(errno));
	}
	for (char *at = text; *at != '\0' && status == CLI_OK; line++) {
		char *end = at + strcspn(at, "\n");

		at += strspn(at, " \t\r");
		len = strcspn(at, " \t\r\n#");
		if (len > 0 && !add_key(options, at, len)) {
			status = cli__usage("decrypt",
					    "--keys %s:%zu: expected %d hexadecimal digits", path,
					    line, KEY_DIGITS);
		}
		at = *end == '\0' ? end : end + 1;
	}
	free(text);
	return status;
}

static int parse_option(void *ctx, int option)
{
	struct options *options = ctx;

	switch (option) {
	case OPT_KEY:
		return add_key(options, optarg, strlen(optarg))
			       ? CLI_OK
			       : cli__usage("decrypt", "--key %s: expected %d hexadecimal digits",
					    optarg, KEY_DIGITS);
	case OPT_KEYS:
		return add_keys(options, optarg);
	default:
		return cli__usage("decrypt", NULL);
	}
}

static int write_file(const char *path, const char *data, size_t len)
{
	FILE *file;
	int err = fav_file_create(path, &file);

	if (err == 0) {
		err = fwrite(data, 1, len, file) == len ? 0 : -errno;
		if (fclose(file) != 0 && err == 0) {
			err = -errno;
		}
	}
	if (err < 0) {
		fprintf(stderr, "favonius decrypt: %s: %s\n", path, strerror(-err));
	}
	return err < 0 ? CLI_FAILED : CLI_OK;
}

static int decrypt(const struct options *options, const char *from, const char *to)
{
	struct decrypt_count count;
	const char *why;
	size_t len;
	char *data = cli__read_file(from, CAPTURE_MAX, &len);
	int status;

	if (data == NULL) {
		fprintf(stderr, "favonius decrypt: %s: %s\n", from, strerror(errno));
		return CLI_FAILED;
	}
	if (decrypt__capture((uint8_t *)data, &len, options->keys, options->count, &count, &why) <
	    0) {
		fprintf(stderr, "favonius decrypt: %s: %s\n", from, why);
		status = CLI_FAILED;
	} else {
		status = write_file(to, data, len);
	}
	if (status == CLI_OK) {
		printf("%zu packets, %zu decrypted, %zu without a key that fits\n", count.packets,
		       count.decrypted, count.closed);
	}
	free(data);
	return status;
}

int cli__decrypt(int argc, char **argv)
{
	struct options *options = calloc(1, sizeof(*options));
	int status;

	if (options == NULL) {
		fprintf(stderr, "favonius decrypt: no memory\n");
		return CLI_FAILED;
	}
	status = cli__parse(argc, argv, longs, help, parse_option, options);
	if (status == CLI_GO_ON && argc - optind != 2) {
		status = cli__usage("decrypt", "expected CAPTURE and OUTPUT");
	}
	if (status == CLI_GO_ON && options->count == 0) {
		status = cli__usage("decrypt", "no key is given");
	}
	if (status == CLI_GO_ON) {
		status = decrypt(options, argv[optind], argv[optind + 1]);
	}
	free(options);
	return status;
}
