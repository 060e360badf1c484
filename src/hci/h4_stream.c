/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <string.h>

#include <favonius/stream.h>
#include <zephyr/kernel.h>
#include <zephyr/logging/log.h>
#include <zephyr/sys/util.h>

#include "hci/air_join.h"
#include "hci/h4_link.h"
#include "hci/h4_stream.h"

LOG_MODULE_REGISTER(h4_stream);

/* How long a peer may take to accept a connection. */
#define OPEN_TIMEOUT K_SECONDS(10)

/* Pauses of ",wait=". */
#define WAIT_FIRST_MS 50
#define WAIT_LAST_MS  1000

/* A listener whose queue is full, and an air that is just starting or ending, are tried again. */
#define RETRIES     40
#define RETRY_PAUSE K_MSEC(50)

/* Created by h4_stream__create(), freed by fav_hci_destroy(). */
struct h4_stream {
	struct fav_hci hci;
	struct h4_link link; /* between open() and close() */
	struct fav_stream *opening;
	struct k_sem opened;
	int open_err;
	char *air; /* the air to start when nobody listens, or NULL */
	uint32_t wait_s;
	bool hunts, explains;
	char url[];
};

static struct h4_stream *of(struct fav_hci *hci)
{
	return CONTAINER_OF(hci, struct h4_stream, hci);
}

static int h4_stream_send(struct fav_hci *hci, struct net_buf *buf)
{
	return h4_link__send(&of(hci)->link, buf);
}

static void h4_stream_rx_ready(struct fav_hci *hci)
{
	h4_link__resume(&of(hci)->link);
}

/* ---- Open and close ---- */

static void on_opened(void *ctx, int err)
{
	struct h4_stream *s = ctx;

	s->open_err = err;
	k_sem_give(&s->opened);
}

static const struct fav_stream_client opening_client = {.opened = on_opened};

static int connect_once(struct h4_stream *s)
{
	int err;

	k_sem_init(&s->opened, 0, 1);
	err = fav_stream_open(s->url, &opening_client, s, &s->opening);
	if (err < 0) {
		return err;
	}
	err = k_sem_take(&s->opened, OPEN_TIMEOUT);
	if (err == 0) {
		err = s->open_err;
	} else if (err == -EAGAIN) {
		err = -ETIMEDOUT;
	}
	if (err < 0) {
		fav_stream_close(s->opening);
	}
	return err;
}

static bool nobody_listens(int err)
{
	return err == -ENOENT || err == -ECONNREFUSED;
}

/* What a starting air may have to say. */
#define SAID_SIZE 400

static int connect_stream(struct h4_stream *s)
{
	char said[SAID_SIZE] = "";
	int err = connect_once(s);
	bool starting = s->air != NULL && nobody_listens(err);

	if (starting) {
		int start_err = air__start(s->air, said, sizeof(said));

		if (start_err < 0) {
			return start_err;
		}
		err = connect_once(s);
	}
	for (int i = 0; i < RETRIES && (err == -EAGAIN || (starting && nobody_listens(err))); i++) {
		k_sleep(RETRY_PAUSE);
		err = connect_once(s);
	}
	if (starting && err < 0) {
		LOG_ERR("air:%s: the air that was started said: %s", s->air, said);
	}
	return err;
}

/* Whether somebody may be there later. -EACCES: who plugs a device in sees it before its rights. */
static bool may_come(int err)
{
	static const int errs[] = {ENOENT,       ECONNREFUSED, EAGAIN,      ETIMEDOUT,
				   EHOSTUNREACH, ENETDOWN,     ENETUNREACH, ENXIO,
				   ENODEV,       EIO,          ECONNRESET,  EACCES};

	for (size_t i = 0; i < ARRAY_SIZE(errs); i++) {
		if (err == -errs[i]) {
			return true;
		}
	}
	return false;
}

static int connect_patiently(struct h4_stream *s)
{
	uint64_t end_us = s->wait_s == H4_STREAM_FOREVER ? FAV_FOREVER_US
							 : fav_now_us() + s->wait_s * 1000000ULL;
	uint32_t pause_ms = WAIT_FIRST_MS;
	int err = connect_stream(s);

	if (err < 0 && may_come(err) && fav_now_us() < end_us) {
		LOG_INF("%s: %s: waiting for it", s->url, strerror(-err));
	}
	while (err < 0 && may_come(err) && fav_now_us() < end_us) {
		k_sleep(K_MSEC(pause_ms));
		pause_ms = MIN(2 * pause_ms, WAIT_LAST_MS);
		err = connect_stream(s);
	}
	return err;
}

static const char *advice(int err)
{
	switch (err) {
	case -ECONNREFUSED:
	case -ENOENT:
		return "is there a controller, or a running favonius air?";
	case -EACCES:
	case -EPERM:
		return "this user may not open it";
	case -ETIMEDOUT:
	case -EAGAIN:
		return "it is there but does not answer";
	case -EBUSY:
		return "another program uses it";
	case -ENODEV:
	case -ENXIO:
		return "is the device plugged in?";
	default:
		return "cannot open it";
	}
}

static int h4_stream_open(struct fav_hci *hci)
{
	struct h4_stream *s = of(hci);
	int err = connect_patiently(s);

	if (err < 0) {
		if (!s->explains) {
			LOG_ERR("%s: %s: %s", s->url, strerror(-err), advice(err));
		}
		return err;
	}
	h4_link__start(&s->link, H4_HOST, s->opening, hci->client, hci->ctx, s->url);
	if (s->hunts) {
		h4__hunt(&s->link.h4);
	}
	return 0;
}

static int h4_stream_speed_set(struct fav_hci *hci, uint32_t baud)
{
	struct h4_link *link = &of(hci)->link;

	return link->err != 0 ? -ENOTCONN : fav_stream_speed_set(link->stream, baud);
}

static void h4_stream_close(struct fav_hci *hci)
{
	h4_link__stop(&of(hci)->link);
}

static void h4_stream_destroy(struct fav_hci *hci)
{
	k_free(of(hci));
}

static const struct fav_hci_api h4_stream_api = {
	.open = h4_stream_open,
	.send = h4_stream_send,
	.rx_ready = h4_stream_rx_ready,
	.speed_set = h4_stream_speed_set,
	.close = h4_stream_close,
	.destroy = h4_stream_destroy,
};

int h4_stream__create(const struct h4_stream_param *param, struct fav_hci **hci)
{
	size_t url_size = strlen(param->url) + 1;
	size_t air_size = param->air == NULL ? 0 : strlen(param->air) + 1;
	struct h4_stream *s = k_calloc(1, sizeof(*s) + url_size + air_size);

	if (s == NULL) {
		return -ENOMEM;
	}
	memcpy(s->url, param->url, url_size);
	if (param->air != NULL) {
		s->air = s->url + url_size;
		memcpy(s->air, param->air, air_size);
	}
	s->wait_s = param->wait_s;
	s->hunts = param->hunts;
	s->explains = param->explains;
	s->hci.late_events = param->late_events;
	s->hci.api = &h4_stream_api;
	s->hci.name = s->url;
	*hci = &s->hci;
	return 0;
}
