/* SPDX-License-Identifier: Apache-2.0 */

/* main() of every fuzz target where libFuzzer is not in use: replays a corpus, then runs seeded
 * mutations of it. Each run draws from a generator of its own, seeded by the pair (seed, run), so
 * that one run of a million can be replayed alone.
 *
 * A crash, a sanitizer's report or a hang ends the program; the handler first names the seed and
 * the run and writes the input to crash-SEED-RUN, which can be given back as an argument and then
 * added to the corpus.
 */

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define INPUT_MAX     4096
#define CORPUS_MAX    4096
#define RUN_TIMEOUT_S 20

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));
const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

struct input {
	char *path;
	uint8_t *data;
	size_t len;
};

struct corpus {
	struct input inputs[CORPUS_MAX];
	size_t count;
};

struct rng {
	uint64_t state;
};

/* What the crash handler reports; a signal handler can reach nothing else. */
static struct {
	const char *program;
	unsigned long long seed;
	unsigned long long run;
	/* The corpus file, or NULL in a mutation. */
	const char *path;
	const uint8_t *data;
	size_t len;
} now;

/* Reports end in abort(), so that the handler below sees them. */
const char *__asan_default_options(void)
{
	return "abort_on_error=1:detect_stack_use_after_return=1";
}

const char *__ubsan_default_options(void)
{
	return "abort_on_error=1:print_stacktrace=1";
}

static void say(const char *text, int len)
{
	if (len > 0 && write(STDERR_FILENO, text, (size_t)len) < 0) {
		_exit(1);
	}
}

/* Keeps the input of a failing mutation; a corpus file is there already. */
static void keep(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (fd < 0 || write(fd, now.data, now.len) != (ssize_t)now.len) {
		say("cannot write the input\n", 23);
	}
	close(fd);
}

/* The process is lost at this point: that snprintf() is not async-signal-safe costs nothing. */
static void report(int sig)
{
	const char *what = sig == SIGALRM ? "hang" : "crash";
	char path[64];
	char text[512];

	signal(sig, SIG_DFL);
	signal(SIGABRT, SIG_DFL);
	if (now.path) {
		say(text, snprintf(text, sizeof(text), "%s: %s on a corpus file: %s\n", now.program,
				   what, now.path));
	} else {
		snprintf(path, sizeof(path), "crash-%llu-%llu", now.seed, now.run);
		keep(path);
		say(text,
		    snprintf(text, sizeof(text),
			     "%s: %s in run %llu of seed %llu, %zu bytes; replay with: %s %s\n"
			     "or with FAVONIUS_FUZZ_SEED=%llu FAVONIUS_FUZZ_ONLY=%llu and the same "
			     "corpus\n",
			     now.program, what, now.run, now.seed, now.len, now.program, path,
			     now.seed, now.run));
	}
	raise(sig == SIGALRM ? SIGABRT : sig);
}

/* Under AddressSanitizer its own handlers report the other signals, and abort. */
static void catch_crashes(void)
{
	signal(SIGABRT, report);
	signal(SIGALRM, report);
#ifndef __SANITIZE_ADDRESS__
	signal(SIGSEGV, report);
	signal(SIGBUS, report);
	signal(SIGFPE, report);
#endif
}

static uint64_t next(struct rng *rng)
{
	/* splitmix64: any seed is a good one. */
	uint64_t z = (rng->state += 0x9e3779b97f4a7c15ULL);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

static size_t below(struct rng *rng, size_t limit)
{
	return limit == 0 ? 0 : (size_t)(next(rng) % limit);
}

static void flip_bit(struct rng *rng, uint8_t *data, size_t *len)
{
	if (*len > 0) {
		data[below(rng, *len)] ^= (uint8_t)(1u << below(rng, 8));
	}
}

static void set_byte(struct rng *rng, uint8_t *data, size_t *len)
{
	static const uint8_t telling[] = {0x00, 0x01, 0x02, 0x04, 0x7f, 0x80, 0xfe, 0xff};

	if (*len > 0) {
		data[below(rng, *len)] =
			next(rng) & 1 ? (uint8_t)next(rng) : telling[below(rng, sizeof(telling))];
	}
}

/* Lengths and handles are little-endian 16-bit numbers everywhere in HCI, L2CAP and ATT. */
static void set_word(struct rng *rng, uint8_t *data, size_t *len)
{
	static const uint16_t telling[] = {0, 1, 2, 3, 23, 27, 251, 255, 256, 517, 0x7fff, 0xffff};
	uint16_t word = telling[below(rng, sizeof(telling) / sizeof(telling[0]))];
	size_t at;

	if (*len >= 2) {
		at = below(rng, *len - 1);
		data[at] = (uint8_t)word;
		data[at + 1] = (uint8_t)(word >> 8);
	}
}

static void insert_bytes(struct rng *rng, uint8_t *data, size_t *len)
{
	size_t room = INPUT_MAX - *len;
	size_t count = 1 + below(rng, 16);
	size_t at = below(rng, *len + 1);

	if (count > room) {
		return;
	}
	memmove(data + at + count, data + at, *len - at);
	for (size_t i = 0; i < count; i++) {
		data[at + i] = (uint8_t)next(rng);
	}
	*len += count;
}

static void remove_bytes(struct rng *rng, uint8_t *data, size_t *len)
{
	size_t at = below(rng, *len);
	size_t count = 1 + below(rng, 16);

	if (*len == 0) {
		return;
	}
	if (count > *len - at) {
		count = *len - at;
	}
	memmove(data + at, data + at + count, *len - at - count);
	*len -= count;
}

static void repeat_bytes(struct rng *rng, uint8_t *data, size_t *len)
{
	size_t at = below(rng, *len);
	size_t count = 1 + below(rng, *len - at);

	if (*len == 0 || count > INPUT_MAX - *len) {
		return;
	}
	memmove(data + at + count, data + at, *len - at);
	*len += count;
}

static void cut(struct rng *rng, uint8_t *data, size_t *len)
{
	(void)data;
	*len = below(rng, *len + 1);
}

static void (*const mutations[])(struct rng *rng, uint8_t *data, size_t *len) = {
	flip_bit, set_byte, set_word, insert_bytes, remove_bytes, repeat_bytes, cut,
};

/* Begins with a corpus input, or the front of one and the back of another. */
static size_t splice(struct rng *rng, const struct corpus *corpus, uint8_t *data)
{
	const struct input *front;
	const struct input *back;
	size_t kept;
	size_t take;

	if (corpus->count == 0) {
		return 0;
	}
	front = &corpus->inputs[below(rng, corpus->count)];
	if (next(rng) % 4 != 0) {
		memcpy(data, front->data, front->len);
		return front->len;
	}
	back = &corpus->inputs[below(rng, corpus->count)];
	kept = below(rng, front->len + 1);
	take = below(rng, back->len + 1);
	if (take > INPUT_MAX - kept) {
		take = INPUT_MAX - kept;
	}
	memcpy(data, front->data, kept);
	memcpy(data + kept, back->data + back->len - take, take);
	return kept + take;
}

/* The target gets a heap copy of exactly the length, so that AddressSanitizer sees one byte more.
 */
static void feed(const uint8_t *data, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);

	if (!copy) {
		fprintf(stderr, "%s: out of memory\n", now.program);
		exit(1);
	}
	memcpy(copy, data, len);
	now.data = copy;
	now.len = len;
	alarm(RUN_TIMEOUT_S);
	(void)LLVMFuzzerTestOneInput(copy, len);
	alarm(0);
	free(copy);
}

static void mutate_and_feed(const struct corpus *corpus, unsigned long long run)
{
	struct rng rng = {.state = now.seed * 0x100000001b3ULL ^ run};
	uint8_t data[INPUT_MAX];
	size_t len = splice(&rng, corpus, data);
	size_t steps = 1 + below(&rng, 6);

	while (steps-- > 0) {
		mutations[below(&rng, sizeof(mutations) / sizeof(mutations[0]))](&rng, data, &len);
	}
	now.path = NULL;
	now.run = run;
	feed(data, len);
}

static int add_file(struct corpus *corpus, const char *path)
{
	struct input *input;
	FILE *file;

	if (corpus->count == CORPUS_MAX) {
		fprintf(stderr, "%s: more than %d corpus files\n", now.program, CORPUS_MAX);
		return -ENOSPC;
	}
	file = fopen(path, "rb");
	if (!file) {
		fprintf(stderr, "%s: %s: %s\n", now.program, path, strerror(errno));
		return -ENOENT;
	}
	input = &corpus->inputs[corpus->count];
	input->path = strdup(path);
	input->data = malloc(INPUT_MAX);
	if (!input->path || !input->data) {
		fclose(file);
		return -ENOMEM;
	}
	input->len = fread(input->data, 1, INPUT_MAX, file);
	fclose(file);
	corpus->count++;
	return 0;
}

static int not_hidden(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* Sorted by name: the same files give the same runs on every machine. */
static int add_folder(struct corpus *corpus, const char *path)
{
	struct dirent **entries;
	char file[4096];
	int count = scandir(path, &entries, not_hidden, alphasort);
	int err = 0;

	if (count < 0) {
		fprintf(stderr, "%s: %s: %s\n", now.program, path, strerror(errno));
		return -ENOENT;
	}
	for (int i = 0; i < count; i++) {
		snprintf(file, sizeof(file), "%s/%s", path, entries[i]->d_name);
		err = err ? err : add_file(corpus, file);
		free(entries[i]);
	}
	free(entries);
	return err;
}

static int add(struct corpus *corpus, const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
		return add_folder(corpus, path);
	}
	return add_file(corpus, path);
}

/* Returns @p fallback when the variable is not set, and ends the program when it is no number. */
static unsigned long long number(const char *name, unsigned long long fallback)
{
	const char *text = getenv(name);
	char *end;
	unsigned long long value;

	if (!text || !*text) {
		return fallback;
	}
	value = strtoull(text, &end, 10);
	if (*end) {
		fprintf(stderr, "%s: %s=%s is not a number\n", now.program, name, text);
		exit(2);
	}
	return value;
}

int main(int argc, char **argv)
{
	static struct corpus corpus;
	unsigned long long runs;

	now.program = argv[0];
	runs = number("FAVONIUS_FUZZ_RUNS", 2000);
	now.seed = number("FAVONIUS_FUZZ_SEED", 1);
	catch_crashes();
	if (LLVMFuzzerInitialize) {
		LLVMFuzzerInitialize(&argc, &argv);
	}
	for (int i = 1; i < argc; i++) {
		if (add(&corpus, argv[i])) {
			return 2;
		}
	}
	if (getenv("FAVONIUS_FUZZ_ONLY")) {
		mutate_and_feed(&corpus, number("FAVONIUS_FUZZ_ONLY", 0));
		runs = 0;
	} else {
		for (size_t i = 0; i < corpus.count; i++) {
			now.path = corpus.inputs[i].path;
			feed(corpus.inputs[i].data, corpus.inputs[i].len);
		}
		for (unsigned long long run = 0; run < runs; run++) {
			mutate_and_feed(&corpus, run);
		}
	}
	printf("%s: %zu corpus files, %llu mutations of seed %llu\n", now.program, corpus.count,
	       runs, now.seed);
	for (size_t i = 0; i < corpus.count; i++) {
		free(corpus.inputs[i].path);
		free(corpus.inputs[i].data);
	}
	return 0;
}
