/* SPDX-License-Identifier: Apache-2.0 */

/* From a controller's URL to its transport. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <favonius/hci.h>
#include <favonius/stream.h>
#include <zephyr/logging/log.h>
#include <zephyr/sys/util.h>

#include "hci/air_join.h"
#include "hci/h4_stream.h"

LOG_MODULE_REGISTER(hci_url);

/* A path is no longer. */
#define URL_MAX 4200

/* rest is what follows the scheme. */
struct scheme {
	const char *prefix;
	int (*create)(const char *url, const char *rest, struct fav_hci **hci);
};

#define WAIT_OPTION  ",wait="
#define WAIT_FOREVER "forever"

/* Seconds to wait for a peer, from text. */
static int parse_wait(const char *text, uint32_t *wait_s)
{
	size_t len = strlen(text);

	if (strcmp(text, WAIT_FOREVER) == 0) {
		*wait_s = H4_STREAM_FOREVER;
		return 0;
	}
	if (len == 0 || len > 6 || strspn(text, "0123456789") != len) {
		LOG_ERR("wait=%s: expected seconds, 0 to 999999, or " WAIT_FOREVER, text);
		return -EINVAL;
	}
	*wait_s = (uint32_t)strtoul(text, NULL, 10);
	return 0;
}

/* Copies url without its wait option, and takes that, or the environment's word. */
static int take_wait(const char *url, char *plain, size_t size, uint32_t *wait_s)
{
	const char *option = strstr(url, WAIT_OPTION);
	const char *environment = getenv("FAVONIUS_HCI_WAIT");
	size_t len = option != NULL ? (size_t)(option - url) : strlen(url);

	if (len >= size) {
		LOG_ERR("%s: longer than any URL of a controller", url);
		return -EINVAL;
	}
	memcpy(plain, url, len);
	plain[len] = '\0';
	*wait_s = 0;
	if (option != NULL) {
		return parse_wait(option + strlen(WAIT_OPTION), wait_s);
	}
	return environment != NULL && environment[0] != '\0' ? parse_wait(environment, wait_s) : 0;
}

static int create_stream(const char *url, const char *rest, struct fav_hci **hci)
{
	struct h4_stream_param param = {0};
	char plain[URL_MAX];
	int err = take_wait(url, plain, sizeof(plain), &param.wait_s);

	if (err == 0) {
		err = fav_stream_url_check(plain);
	}
	param.url = plain;
	/* A controller that was left in the middle of a packet goes on with it. */
	param.hunts = strncmp(url, "serial:", 7) == 0;
	/* Over USB, events and data come by different endpoints. */
	param.explains = strncmp(url, "hci:", 4) == 0;
	param.late_events = strncmp(url, "hci:", 4) == 0;
	return err < 0 ? err : h4_stream__create(&param, hci);
}

static int create_air(const char *url, const char *rest, struct fav_hci **hci)
{
	const char *name = rest[0] == '\0' ? AIR_NAME_DEFAULT : rest;
	char air_url[URL_MAX];
	int err = air__url(name, air_url, sizeof(air_url));

	return err < 0 ? err
		       : h4_stream__create(&(struct h4_stream_param){.url = air_url, .air = name},
					   hci);
}

static const struct scheme schemes[] = {
	{"air:", create_air},       {"unix:", create_stream}, {"tcp:", create_stream},
	{"serial:", create_stream}, {"hci:", create_stream},
};

int fav_hci_create(const char *url, struct fav_hci **hci)
{
	if (url == NULL) {
		url = getenv("FAVONIUS_HCI");
	}
	if (url == NULL || url[0] == '\0') {
		url = "air:";
	}
	for (size_t i = 0; i < ARRAY_SIZE(schemes); i++) {
		size_t len = strlen(schemes[i].prefix);

		if (strncmp(url, schemes[i].prefix, len) == 0) {
			return schemes[i].create(url, url + len, hci);
		}
	}
	LOG_ERR("%s: no such controller; expected air:[NAME], unix:PATH, tcp:HOST:PORT, "
		"serial:DEV[,BAUD[,rtscts]] or hci:N",
		url);
	return -ENOTSUP;
}
