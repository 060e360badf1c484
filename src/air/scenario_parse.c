/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zephyr/sys/util.h>

#include "air/air_internal.h"
#include "air/scenario.h"

#define LINE_MAX_LEN 250
#define WORDS_MAX    20
#define METRES_MAX   1e6
#define SECONDS_MAX  1e9
#define MILLION      1000000

/* Where the parser is. */
struct parser {
	struct fav_air_scenario *scenario;
	const char *file;
	size_t line;
	char *message;
	size_t size;
	char text[LINE_MAX_LEN + 1];
	char *words[WORDS_MAX + 1]; /* terminated by NULL */
	char **word;                /* the next one */
};

/* Always false. */
static bool __attribute__((format(printf, 2, 3))) wrong(struct parser *p, const char *format, ...)
{
	int at = snprintf(p->message, p->size, "%s:%zu: ", p->file, p->line);
	va_list args;

	if (at >= 0 && (size_t)at < p->size) {
		va_start(args, format);
		vsnprintf(p->message + at, p->size - at, format, args);
		va_end(args);
	}
	return false;
}

/* ---- Words ---- */

static const char *next(struct parser *p)
{
	return *p->word != NULL ? *p->word++ : NULL;
}

static const char *shown(const char *word)
{
	return word != NULL ? word : "the end of the line";
}

/* Whether the next word is that one; it is taken then. */
static bool take(struct parser *p, const char *word)
{
	if (*p->word == NULL || strcmp(*p->word, word) != 0) {
		return false;
	}
	p->word++;
	return true;
}

static bool must_take(struct parser *p, const char *word)
{
	return take(p, word) || wrong(p, "expected '%s', not %s", word, shown(*p->word));
}

static bool at_end(struct parser *p)
{
	return *p->word == NULL || wrong(p, "'%s' is one word too many", *p->word);
}

/* A number with that behind it. */
static bool measure(const char *word, const char *unit, double min, double max, double *value)
{
	char *end;

	if (word == NULL || word[strspn(word, "+-.0123456789")] == 'x' ||
	    strchr("+-.0123456789", word[0]) == NULL) {
		return false;
	}
	*value = strtod(word, &end);
	return end != word && strcmp(end, unit) == 0 && *value >= min && *value <= max;
}

static bool number(struct parser *p, const char *what, double min, double max, double *value)
{
	const char *word = next(p);

	return measure(word, "", min, max, value) ||
	       wrong(p, "%s: expected %g to %g, not %s", what, min, max, shown(word));
}

static bool percent(struct parser *p, double *part)
{
	const char *word = next(p);

	if (!measure(word, "%", 0, 100, part)) {
		return wrong(p, "expected 0%% to 100%%, not %s", shown(word));
	}
	*part /= 100;
	return true;
}

static bool duration(struct parser *p, uint64_t *us)
{
	const char *word = next(p);
	double value;

	if (measure(word, "s", 0, SECONDS_MAX, &value)) {
		value *= MILLION;
	} else if (measure(word, "ms", 0, SECONDS_MAX, &value)) {
		value *= 1000;
	} else if (!measure(word, "us", 0, SECONDS_MAX, &value)) {
		return wrong(p, "expected a time such as 10s, 2.5ms or 100us, not %s", shown(word));
	}
	*us = (uint64_t)llround(value);
	return true;
}

static bool place(struct parser *p, struct place *to)
{
	return number(p, "X in metres", -METRES_MAX, METRES_MAX, &to->x_m) &&
	       number(p, "Y in metres", -METRES_MAX, METRES_MAX, &to->y_m);
}

/* ---- Names ---- */

static int device_of(const struct parser *p, const char *name)
{
	for (size_t i = 0; i < p->scenario->device_count; i++) {
		if (strcmp(p->scenario->devices[i].name, name) == 0) {
			return (int)i;
		}
	}
	return -1;
}

static int jammer_of(const struct parser *p, const char *name)
{
	for (size_t i = 0; i < p->scenario->jammer_count; i++) {
		if (strcmp(p->scenario->jammers[i].name, name) == 0) {
			return (int)i;
		}
	}
	return -1;
}

static bool new_name(struct parser *p, char *name)
{
	const char *word = next(p);

	if (word == NULL || strlen(word) >= SCENARIO_NAME_SIZE) {
		return wrong(p, "expected a name of at most %d characters", SCENARIO_NAME_SIZE - 1);
	}
	if (device_of(p, word) >= 0 || jammer_of(p, word) >= 0) {
		return wrong(p, "there is a '%s' already", word);
	}
	strcpy(name, word);
	return true;
}

static bool known_device(struct parser *p, size_t *index)
{
	const char *word = next(p);
	int found = word != NULL ? device_of(p, word) : -1;

	*index = (size_t)found;
	return found >= 0 || wrong(p, "%s: no line above has 'device' with that name", shown(word));
}

static bool address(struct parser *p, bt_addr_t *addr)
{
	const char *word = next(p);
	unsigned int b[6];
	int end = -1;

	if (word == NULL || strlen(word) != BT_ADDR_STR_LEN - 1 ||
	    sscanf(word, "%2x:%2x:%2x:%2x:%2x:%2x%n", &b[5], &b[4], &b[3], &b[2], &b[1], &b[0],
		   &end) != 6 ||
	    end != BT_ADDR_STR_LEN - 1) {
		return wrong(p, "expected an address such as 02:00:00:00:00:01, not %s",
			     shown(word));
	}
	for (unsigned int i = 0; i < 6; i++) {
		addr->val[i] = (uint8_t)b[i];
	}
	if (bt_addr_eq(addr, BT_ADDR_ANY)) {
		return wrong(p, "%s is no device's address", word);
	}
	for (size_t i = 0; i < p->scenario->device_count; i++) {
		if (bt_addr_eq(&p->scenario->devices[i].addr, addr)) {
			return wrong(p, "%s has that address", p->scenario->devices[i].name);
		}
	}
	return true;
}

/* "0-10,37": */
static bool channels(struct parser *p, uint64_t *set)
{
	const char *word = next(p);
	const char *at = word;

	*set = 0;
	do {
		char *end;
		unsigned long first, last;

		if (at == NULL || *at < '0' || *at > '9') {
			return wrong(p, "expected channels such as 0-10,37, not %s", shown(word));
		}
		first = last = strtoul(at, &end, 10);
		if (*end == '-' && end[1] >= '0' && end[1] <= '9') {
			last = strtoul(end + 1, &end, 10);
		}
		if (first > last || last >= RADIO_CHANNELS || (*end != ',' && *end != '\0')) {
			return wrong(p, "%s: channels are 0 to %d", word, RADIO_CHANNELS - 1);
		}
		*set |= BIT64_MASK(last + 1) & ~BIT64_MASK(first);
		at = *end == ',' ? end + 1 : NULL;
	} while (at != NULL);
	return true;
}

/* ---- Lines ---- */

static bool drift(struct parser *p, int16_t *drift_ppm)
{
	double ppm = 0;

	if (!number(p, "drift in ppm", -FAV_AIR_DRIFT_MAX_PPM, FAV_AIR_DRIFT_MAX_PPM, &ppm)) {
		return false;
	}
	*drift_ppm = (int16_t)lround(ppm);
	return true;
}

static bool hci_latency(struct parser *p, uint32_t *latency_us)
{
	uint64_t us = 0;

	if (!duration(p, &us)) {
		return false;
	}
	if (us > FAV_AIR_HCI_LATENCY_MAX_US) {
		return wrong(p, "an HCI latency is at most 1s");
	}
	*latency_us = (uint32_t)us;
	return true;
}

static bool parse_device(struct parser *p)
{
	struct scenario_device *device = &p->scenario->devices[p->scenario->device_count];

	if (!new_name(p, device->name)) {
		return false;
	}
	while (*p->word != NULL) {
		if (take(p, "at")) {
			if (!place(p, &device->place)) {
				return false;
			}
		} else if (take(p, "drift")) {
			if (!drift(p, &device->drift_ppm)) {
				return false;
			}
		} else if (take(p, "hci-latency")) {
			if (!hci_latency(p, &device->hci_latency_us)) {
				return false;
			}
		} else if (!must_take(p, "address") || !address(p, &device->addr)) {
			return false;
		}
	}
	p->scenario->device_count++;
	return true;
}

static bool delay(struct parser *p, uint32_t *delay_us)
{
	uint64_t us = 0;

	if (!duration(p, &us)) {
		return false;
	}
	if (us > FAV_AIR_LINK_DELAY_MAX_US) {
		return wrong(p, "a delay is at most 1ms");
	}
	*delay_us = (uint32_t)us;
	return true;
}

static bool parse_loss(struct parser *p, struct scenario_loss *loss)
{
	double part = 0;

	if (!known_device(p, &loss->a) || !known_device(p, &loss->b) || !percent(p, &part)) {
		return false;
	}
	if (loss->a == loss->b) {
		return wrong(p, "a device does not hear itself");
	}
	loss->ppm = (uint32_t)lround(part * MILLION);
	loss->delay_us = 0;
	if (take(p, "delay") && !delay(p, &loss->delay_us)) {
		return false;
	}
	return at_end(p);
}

static bool duty(struct parser *p, struct fav_air_jammer_config *config)
{
	uint64_t period_us = 0;
	double part = 0;

	if (!percent(p, &part) || !must_take(p, "period") || !duration(p, &period_us)) {
		return false;
	}
	if (!IN_RANGE(period_us, 10, UINT32_MAX)) {
		return wrong(p, "a period is 10us to 4294s");
	}
	config->period_us = (uint32_t)period_us;
	config->on_us = (uint32_t)lround(part * (double)period_us);
	return true;
}

static bool parse_jammer(struct parser *p)
{
	struct scenario_jammer *jammer = &p->scenario->jammers[p->scenario->jammer_count];
	struct place where = {0};
	double dbm = 0;

	if (!new_name(p, jammer->name) || !must_take(p, "channels") ||
	    !channels(p, &jammer->config.channels) || !must_take(p, "power") ||
	    !number(p, "power in dBm", -120, 100, &dbm)) {
		return false;
	}
	while (*p->word != NULL) {
		if (take(p, "at")) {
			if (!place(p, &where)) {
				return false;
			}
		} else if (!must_take(p, "duty") || !duty(p, &jammer->config)) {
			return false;
		}
	}
	jammer->config.power_dbm = (int8_t)lround(dbm);
	jammer->config.x_m = where.x_m;
	jammer->config.y_m = where.y_m;
	p->scenario->jammer_count++;
	return true;
}

static bool parse_power(struct parser *p, struct scenario_event *event)
{
	const char *word = next(p);
	int device = word != NULL ? device_of(p, word) : -1;
	int jammer = word != NULL ? jammer_of(p, word) : -1;

	if (device < 0 && jammer < 0) {
		return wrong(p, "%s: no line above has a device or jammer with that name",
			     shown(word));
	}
	event->kind = device >= 0 ? SCENARIO_POWER : SCENARIO_JAM;
	event->index = (size_t)(device >= 0 ? device : jammer);
	return at_end(p);
}

static bool parse_event(struct parser *p)
{
	struct scenario_event *event = &p->scenario->events[p->scenario->event_count];
	bool ok;

	event->line = p->line;
	if (!duration(p, &event->at_us)) {
		return false;
	}
	if (take(p, "move")) {
		event->kind = SCENARIO_MOVE;
		ok = known_device(p, &event->index) && must_take(p, "to") &&
		     place(p, &event->place) && at_end(p);
	} else if (take(p, "loss")) {
		event->kind = SCENARIO_LOSS;
		ok = parse_loss(p, &event->loss);
	} else if (take(p, "power-on")) {
		event->on = true;
		ok = parse_power(p, event);
	} else if (take(p, "power-off")) {
		ok = parse_power(p, event);
	} else {
		ok = wrong(p, "expected move, loss, power-on or power-off, not %s",
			   shown(*p->word));
	}
	p->scenario->event_count += ok;
	return ok;
}

static bool parse_words(struct parser *p)
{
	struct scenario_loss loss;

	p->word = p->words;
	if (*p->word == NULL) {
		return true;
	}
	if (take(p, "device")) {
		return parse_device(p);
	}
	if (take(p, "jammer")) {
		return parse_jammer(p);
	}
	if (take(p, "at")) {
		return parse_event(p);
	}
	if (take(p, "loss")) {
		if (!parse_loss(p, &loss)) {
			return false;
		}
		scenario__set_loss(p->scenario, &loss);
		return true;
	}
	return wrong(p, "expected device, jammer, loss or at, not %s", shown(*p->word));
}

/* Cut p->text into words; what is behind a # is none. */
static bool split(struct parser *p)
{
	size_t count = 0;
	char *at = p->text;

	at[strcspn(at, "#")] = '\0';
	for (at += strspn(at, " \t\r"); *at != '\0'; at += strspn(at, " \t\r")) {
		if (count == WORDS_MAX) {
			return wrong(p, "more than %d words", WORDS_MAX);
		}
		p->words[count++] = at;
		at += strcspn(at, " \t\r");
		if (*at != '\0') {
			*at++ = '\0';
		}
	}
	p->words[count] = NULL;
	return true;
}

static bool parse_lines(struct parser *p, const char *text, size_t len)
{
	while (len > 0) {
		const char *newline = memchr(text, '\n', len);
		size_t line_len = newline != NULL ? (size_t)(newline - text) : len;

		p->line++;
		if (line_len > LINE_MAX_LEN) {
			return wrong(p, "longer than %d characters", LINE_MAX_LEN);
		}
		if (memchr(text, '\0', line_len) != NULL) {
			return wrong(p, "this is no text");
		}
		memcpy(p->text, text, line_len);
		p->text[line_len] = '\0';
		if (!split(p) || !parse_words(p)) {
			return false;
		}
		line_len += newline != NULL;
		text += line_len;
		len -= line_len;
	}
	return true;
}

static int by_time(const void *a, const void *b)
{
	const struct scenario_event *one = a, *two = b;

	if (one->at_us != two->at_us) {
		return one->at_us < two->at_us ? -1 : 1;
	}
	return one->line < two->line ? -1 : one->line > two->line;
}

static struct fav_air_scenario *make(size_t lines)
{
	struct fav_air_scenario *scenario = calloc(1, sizeof(*scenario));

	if (scenario == NULL) {
		return NULL;
	}
	scenario->devices = calloc(lines, sizeof(*scenario->devices));
	scenario->jammers = calloc(lines, sizeof(*scenario->jammers));
	scenario->losses = calloc(lines, sizeof(*scenario->losses));
	scenario->events = calloc(lines, sizeof(*scenario->events));
	if (scenario->devices == NULL || scenario->jammers == NULL || scenario->losses == NULL ||
	    scenario->events == NULL) {
		scenario__free(scenario);
		return NULL;
	}
	return scenario;
}

struct fav_air_scenario *scenario__parse(const char *file, const char *text, size_t len,
					 char *message, size_t size)
{
	struct parser p = {.file = file, .message = message, .size = size};
	size_t lines = 1;

	for (size_t i = 0; i < len; i++) {
		lines += text[i] == '\n';
	}
	snprintf(message, size, "%s: no memory", file);
	p.scenario = make(lines);
	if (p.scenario == NULL) {
		return NULL;
	}
	if (!parse_lines(&p, text, len)) {
		scenario__free(p.scenario);
		return NULL;
	}
	qsort(p.scenario->events, p.scenario->event_count, sizeof(*p.scenario->events), by_time);
	return p.scenario;
}
