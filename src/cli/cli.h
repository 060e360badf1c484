/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_CLI_CLI_H_
#define FAV_CLI_CLI_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What the subcommands share.
 */

/* Exit statuses, in the help of each command. */
enum cli_exit {
	CLI_OK = 0,
	CLI_FAILED = 1,
	CLI_USAGE = 2,
	CLI_INTERRUPTED = 130, /* as a shell reports SIGINT */
	CLI_TERMINATED = 143,  /* and SIGTERM */
};

/* A subcommand: argv[0] is its name. Returns an exit status. */
int cli__air(int argc, char **argv);
int cli__run(int argc, char **argv);
int cli__decrypt(int argc, char **argv);

/* Say on standard error what is wrong with the arguments of a subcommand, and where help is.
 * Returns CLI_USAGE. */
int cli__usage(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

struct option;

/* What --help is in a table of options. */
#define CLI_OPT_HELP 1000

/* Go through the options: --help prints help, any other goes to take(), which answers CLI_OK or has
 * said what is wrong. Returns CLI_GO_ON with optind at what is no option, or an exit status. */
int cli__parse(int argc, char **argv, const struct option *longs, const char *help,
	       int (*take)(void *options, int option), void *options);
#define CLI_GO_ON (-1)

/* The bytes of a file and a zero behind them, to be freed; NULL with errno, EFBIG when there are
 * more than max. */
char *cli__read_file(const char *path, size_t max, size_t *len);

/* text as seconds, fractions allowed, in microseconds; false when it is no such number. */
bool cli__parse_seconds(const char *text, uint64_t *us);

/* text as a number of 64 bits, in any base that C knows; false when it is no such number. */
bool cli__parse_u64(const char *text, uint64_t *value);

/* Whether line as a whole matches a pattern of `*`, `?` and `[...]`, as in a shell. */
bool cli__glob(const char *pattern, const char *line);

#endif
