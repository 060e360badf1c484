/* SPDX-License-Identifier: Apache-2.0 */

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <zephyr/sys/util.h>

#include "cli/cli.h"

static const char help[] =
	"Usage: favonius COMMAND [ARGUMENT...]\n"
	"\n"
	"Bluetooth LE devices on a simulated radio.\n"
	"\n"
	"  run      run programs, each as a device of its own, on one air\n"
	"  air      run an air that programs and other Bluetooth stacks can join\n"
	"  decrypt  decrypt a capture of the air with the keys of its links\n"
	"\n"
	"  --help       print this; favonius COMMAND --help tells of a command\n"
	"  --version    print the version\n"
	"\n"
	"A program that uses the library joins the air that FAVONIUS_HCI names: air: (the\n"
	"default; started when it does not run), air:NAME, unix:PATH or tcp:HOST:PORT;\n"
	"serial:DEV[,BAUD[,rtscts]] is a real controller. FAVONIUS_BTSNOOP=FILE captures its HCI\n"
	"packets for Wireshark and btmon, FAVONIUS_LOG=dbg shows what it does.\n";

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
	{"air", cli__air},
	{"decrypt", cli__decrypt},
	{"run", cli__run},
};

int cli__usage(const char *command, const char *format, ...)
{
	const char *space = command[0] == '\0' ? "" : " ";
	va_list args;

	/* getopt has told already what it does not like. */
	if (format != NULL) {
		fprintf(stderr, "favonius%s%s: ", space, command);
		va_start(args, format);
		vfprintf(stderr, format, args);
		va_end(args);
		fputc('\n', stderr);
	}
	fprintf(stderr, "Try 'favonius%s%s --help'.\n", space, command);
	return CLI_USAGE;
}

int cli__parse(int argc, char **argv, const struct option *longs, const char *text,
	       int (*take)(void *options, int option), void *options)
{
	int option;

	while ((option = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		int status;

		if (option == CLI_OPT_HELP) {
			fputs(text, stdout);
			return CLI_OK;
		}
		status = take(options, option);
		if (status != CLI_OK) {
			return status;
		}
	}
	return CLI_GO_ON;
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		return cli__usage("", "no command is given");
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0) {
		fputs(help, stdout);
		return CLI_OK;
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts("favonius " FAVONIUS_VERSION);
		return CLI_OK;
	}
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		if (strcmp(argv[1], commands[i].name) == 0) {
			/* What getopt puts in front of its complaints. */
			char name[32];

			snprintf(name, sizeof(name), "favonius %s", argv[1]);
			argv[1] = name;
			return commands[i].run(argc - 1, argv + 1);
		}
	}
	return cli__usage("", "there is no command '%s'", argv[1]);
}
