/* SPDX-License-Identifier: Apache-2.0 */

/* Serving controllers to peers that connect. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <favonius/air.h>
#include <favonius/stream.h>
#include <zephyr/logging/log.h>
#include <zephyr/sys/dlist.h>

#include "air/returning.h"
#include "air/server_peer.h"

LOG_MODULE_REGISTER(air_listen);

/* A peer and its place in the server's list. */
struct member {
	sys_dnode_t node;
	struct fav_air_server *server;
	struct peer *peer;
	int32_t process; /* 0: nobody knows which */
};

/* Freed by fav_air_server_stop(), with its members. */
struct fav_air_server {
	struct fav_air *air;
	struct fav_listener *listener;
	const struct fav_air_device *device;
	sys_dlist_t members;
	struct returning returning; /* without a device of its own */
	fav_air_peers_t changed;
	void *ctx;
	uint32_t peers;
};

static void tell_changed(struct fav_air_server *server)
{
	if (server->changed != NULL) {
		server->changed(server->ctx, server->peers);
	}
}

static void remove_member(struct member *member)
{
	struct fav_air_server *server = member->server;

	if (server->device == NULL) {
		returning__left(&server->returning, member->process,
				peer__public_addr(member->peer));
	}
	peer__destroy(member->peer);
	sys_dlist_remove(&member->node);
	server->peers--;
	free(member);
}

static void peer_gone(void *ctx, struct peer *peer)
{
	struct member *member = ctx;
	struct fav_air_server *server = member->server;

	remove_member(member);
	tell_changed(server);
}

static void remove_members(struct fav_air_server *server)
{
	struct member *member, *next;

	SYS_DLIST_FOR_EACH_CONTAINER_SAFE(&server->members, member, next, node) {
		remove_member(member);
	}
}

/* A process that has left and is back already: the end of its former stream may still be on its way
 * here. */
static void remove_left(struct fav_air_server *server, int32_t process)
{
	struct member *member, *next;

	SYS_DLIST_FOR_EACH_CONTAINER_SAFE(&server->members, member, next, node) {
		if (process > 0 && member->process == process && peer__has_left(member->peer)) {
			peer__see_off(member->peer);
			remove_member(member);
		}
	}
}

static struct peer *create_peer(struct member *member, struct fav_stream *stream, int *err)
{
	struct fav_air_server *server = member->server;
	const char *url = fav_air_server_url(server);
	struct fav_air_device again = {0};
	struct peer *peer = NULL;

	if (server->device != NULL) {
		return peer__create(server->air, server->device, stream, url, peer_gone, member,
				    err);
	}
	remove_left(server, member->process);
	*err = -EEXIST;
	if (returning__take(&server->returning, member->process, &again.public_addr)) {
		peer = peer__create(server->air, &again, stream, url, peer_gone, member, err);
	}
	/* Somebody may have taken its address meanwhile. */
	return peer == NULL && *err == -EEXIST
		       ? peer__create(server->air, NULL, stream, url, peer_gone, member, err)
		       : peer;
}

static void peer_came(void *ctx, struct fav_stream *stream)
{
	struct fav_air_server *server = ctx;
	struct member *member = calloc(1, sizeof(*member));
	int err = -ENOMEM;

	/* A device that comes again has restarted, see remove_left(). */
	if (server->device != NULL) {
		remove_members(server);
	}

	if (member != NULL) {
		member->server = server;
		member->process = fav_stream_peer_process(stream);
		member->peer = create_peer(member, stream, &err);
	}
	if (member == NULL || member->peer == NULL) {
		LOG_ERR("%s: a peer is refused: %s", fav_air_server_url(server),
			err == -EEXIST      ? "its address is on the air already"
			: err == -EHOSTDOWN ? "the scenario has switched that device off"
					    : strerror(-err));
		fav_stream_close(stream);
		free(member);
		return;
	}
	sys_dlist_append(&server->members, &member->node);
	server->peers++;
	tell_changed(server);
}

static const char *advice(int err)
{
	switch (err) {
	case -EADDRINUSE:
		return "another air listens there; join that one, or choose another name or "
		       "address";
	case -EEXIST:
		return "a file that is no socket stands there";
	case -EACCES:
	case -EPERM:
		return "this user may not listen there";
	case -ENOENT:
		return "there is no such folder";
	case -EADDRNOTAVAIL:
		return "that is no address of this machine";
	default:
		return strerror(-err);
	}
}

int fav_air_serve_as(struct fav_air *air, const char *url, const struct fav_air_device *device,
		     fav_air_peers_t changed, void *ctx, struct fav_air_server **made)
{
	struct fav_air_server *server = calloc(1, sizeof(*server));
	int err;

	if (server == NULL) {
		return -ENOMEM;
	}
	server->air = air;
	server->device = device;
	server->changed = changed;
	server->ctx = ctx;
	sys_dlist_init(&server->members);
	err = fav_listener_open(url, peer_came, server, &server->listener);
	if (err < 0) {
		if (err != -EINVAL && err != -ENOTSUP) {
			LOG_ERR("%s: %s", url, advice(err));
		}
		free(server);
		return err;
	}
	*made = server;
	return 0;
}

int fav_air_serve(struct fav_air *air, const char *url, struct fav_air_server **server)
{
	return fav_air_serve_as(air, url, NULL, NULL, NULL, server);
}

const char *fav_air_server_url(const struct fav_air_server *server)
{
	return fav_listener_url(server->listener);
}

void fav_air_server_stop(struct fav_air_server *server)
{
	if (server == NULL) {
		return;
	}
	fav_listener_close(server->listener);
	remove_members(server);
	free(server);
}
