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

#define URL_MAX 256

/* rest is what follows the scheme. */
struct scheme {
	const char *prefix;
	int (*create)(const char *url, const char *rest, struct fav_hci **hci);
};

static int create_stream(const char *url, const char *rest, struct fav_hci **hci)
{
	int err = fav_stream_url_check(url);

	return err < 0 ? err : h4_stream__create(url, NULL, hci);
}

static int create_air(const char *url, const char *rest, struct fav_hci **hci)
{
	const char *name = rest[0] == '\0' ? AIR_NAME_DEFAULT : rest;
	char air_url[URL_MAX];
	int err = air__url(name, air_url, sizeof(air_url));

	return err < 0 ? err : h4_stream__create(air_url, name, hci);
}

static int create_user_channel(const char *url, const char *rest, struct fav_hci **hci)
{
	if (rest[0] == '\0' || strspn(rest, "0123456789") != strlen(rest)) {
		LOG_ERR("%s: expected hci:N, N being the adapter's number", url);
		return -EINVAL;
	}
	LOG_ERR("%s: Linux's user channel is not built in", url);
	return -ENOTSUP;
}

static const struct scheme schemes[] = {
	{"air:", create_air},       {"unix:", create_stream},      {"tcp:", create_stream},
	{"serial:", create_stream}, {"hci:", create_user_channel},
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
