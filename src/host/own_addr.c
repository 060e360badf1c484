/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/hci.h>
#include <zephyr/logging/log.h>
#include <zephyr/sys/byteorder.h>

#include "hci_core.h"
#include "host.h"
#include "id.h"
#include "own_addr.h"
#include "rpa.h"

LOG_MODULE_REGISTER(bt_own_addr);

/* Core 6.0 Vol 4 Part E 7.8.45 */
#define RPA_TIMEOUT_MAX_S 3600

static void expired(struct k_work *work);
static const struct quiet_task rotation;

void own_addr__init(struct own_addrs *own, struct bt_host *host)
{
	*own = (struct own_addrs){
		.host = host,
		.policy = IS_ENABLED(CONFIG_BT_PRIVACY) ? FAV_OWN_ADDR_RPA : FAV_OWN_ADDR_IDENTITY,
		.rpa_timeout_s = CONFIG_BT_RPA_TIMEOUT,
	};
	k_work_init_delayable(&own->expiry, expired);
}

int own_addr__enable(struct bt_host *host)
{
	struct own_addrs *own = host__own_addrs(host);

	bt_addr_copy(&own->random, BT_ADDR_ANY);
	own->rpa_valid = false;
	quiet__task_register(host, QUIET_ADDR, &rotation);
	return 0;
}

void own_addr__disable(struct bt_host *host)
{
	k_work_cancel_delayable(&host__own_addrs(host)->expiry);
}

void own_addr__register(struct bt_host *host, struct own_addr *use, uint8_t set,
			const struct quiet_ops *ops)
{
	use->set = set;
	use->common = false;
	use->expired = NULL;
	bt_addr_le_copy(&use->addr, BT_ADDR_LE_ANY);
	quiet__register(host, &use->quiet, ops);
}

void own_addr__unregister(struct bt_host *host, struct own_addr *use)
{
	quiet__unregister(host, &use->quiet);
}

/* ---- Users ---- */

static struct own_addr *next_user(struct bt_host *host, const struct own_addr *after)
{
	sys_snode_t *node = after != NULL ? sys_slist_peek_next(&after->quiet.node)
					  : sys_slist_peek_head(&host__quiet(host)->users);

	return node != NULL ? CONTAINER_OF(node, struct own_addr, quiet.node) : NULL;
}

static bool is_shared(const struct own_addr *use)
{
	return use->set == OWN_ADDR_SHARED;
}

/* Whether its resolvable private address is the one that own_addrs keeps. */
static bool is_common(const struct own_addrs *own, const struct own_addr *use, uint8_t id)
{
	return is_shared(use) ||
	       (use->common && (id == own->id || (own->rpa_valid && id == own->rpa_id)));
}

/* Whether a user other than this one uses the controller's random address. */
static bool random_in_use(struct bt_host *host, const struct own_addr *except)
{
	for (struct own_addr *use = next_user(host, NULL); use != NULL;
	     use = next_user(host, use)) {
		if (use != except && use->quiet.running && is_shared(use) &&
		    use->addr.type == BT_ADDR_LE_RANDOM) {
			return true;
		}
	}
	return false;
}

bool own_addr__uses(struct bt_host *host, uint8_t id)
{
	for (struct own_addr *use = next_user(host, NULL); use != NULL;
	     use = next_user(host, use)) {
		if (use->quiet.running && use->id == id) {
			return true;
		}
	}
	return false;
}

uint8_t own_addr__id(struct bt_host *host)
{
	return host__own_addrs(host)->id;
}

/* ---- The controller's random address ---- */

static int random_set(struct bt_host *host, const bt_addr_t *addr)
{
	struct own_addrs *own = host__own_addrs(host);
	int err;

	/* Known before the command is answered: what another role sends meanwhile comes after. */
	bt_addr_copy(&own->random, addr);
	err = hci__cmd_sync(host__hci(host), BT_HCI_OP_LE_SET_RANDOM_ADDRESS, addr, sizeof(*addr));
	if (err != 0) {
		bt_addr_copy(&own->random, BT_ADDR_ANY);
	}
	return err;
}

int own_addr__send(struct bt_host *host, const struct own_addr *use)
{
	struct bt_hci_cp_le_set_adv_set_random_addr cp = {.handle = use->set};

	if (is_shared(use) || use->addr.type != BT_ADDR_LE_RANDOM) {
		return 0;
	}
	bt_addr_copy(&cp.bdaddr, &use->addr.a);
	return hci__cmd_sync(host__hci(host), BT_HCI_OP_LE_SET_ADV_SET_RANDOM_ADDR, &cp,
			     sizeof(cp));
}

/* ---- Choosing ---- */

static void expiry_start(struct own_addrs *own)
{
	if (!k_work_delayable_is_pending(&own->expiry)) {
		k_work_reschedule(&own->expiry, K_SECONDS(own->rpa_timeout_s));
	}
}

/* A running user with whom this one can share its address; NULL: none. */
static const struct own_addr *companion(struct bt_host *host, const struct own_addr *use,
					uint8_t id, enum own_addr_kind kind)
{
	for (struct own_addr *other = next_user(host, NULL); other != NULL;
	     other = next_user(host, other)) {
		if (other != use && other->quiet.running && is_shared(other) &&
		    other->made == kind && (kind == OWN_ADDR_NRPA || other->id == id)) {
			return other;
		}
	}
	return NULL;
}

/* The shared one is kept until it expires. */
static int make_rpa(struct bt_host *host, bool shared, uint8_t id, bt_addr_t *rpa)
{
	struct own_addrs *own = host__own_addrs(host);
	int err;

	if (shared && own->rpa_valid && own->rpa_id == id) {
		bt_addr_copy(rpa, &own->rpa);
		return 0;
	}
	err = rpa__create(id__irk(host__id(host), id), rpa);
	if (err == 0 && shared) {
		own->rpa_valid = true;
		own->rpa_id = id;
		bt_addr_copy(&own->rpa, rpa);
	}
	return err;
}

static int make(struct bt_host *host, bool shared, uint8_t id, enum own_addr_kind kind,
		bt_addr_le_t *addr)
{
	switch (kind) {
	case OWN_ADDR_PRIVATE:
		addr->type = BT_ADDR_LE_RANDOM;
		return make_rpa(host, shared, id, &addr->a);
	case OWN_ADDR_NRPA:
		return bt_addr_le_create_nrpa(addr);
	default:
		bt_addr_le_copy(addr, id__addr(host__id(host), id));
		return 0;
	}
}

/* What a kind comes to here: IDENTITY, PRIVATE or NRPA. */
static enum own_addr_kind settle(const struct own_addrs *own, enum own_addr_kind kind)
{
	if (kind == OWN_ADDR_IDENTITY || kind == OWN_ADDR_NRPA) {
		return kind;
	}
	switch (own->policy) {
	case FAV_OWN_ADDR_RPA:
		return OWN_ADDR_PRIVATE;
	case FAV_OWN_ADDR_NRPA:
		return OWN_ADDR_NRPA;
	default:
		return kind == OWN_ADDR_PRIVATE ? OWN_ADDR_NRPA : OWN_ADDR_IDENTITY;
	}
}

int own_addr__take(struct bt_host *host, struct own_addr *use, uint8_t id, enum own_addr_kind kind)
{
	struct own_addrs *own = host__own_addrs(host);
	const struct own_addr *other;
	bt_addr_le_t addr;
	bool set;
	int err = 0;

	if (id__addr(host__id(host), id) == NULL) {
		return -EINVAL;
	}
	kind = settle(own, kind);
	other = is_shared(use) ? companion(host, use, id, kind) : NULL;
	if (other != NULL) {
		bt_addr_le_copy(&addr, &other->addr);
	} else if (is_shared(use) && kind == OWN_ADDR_PRIVATE && random_in_use(host, use)) {
		return -EBUSY;
	} else {
		err = make(host, is_common(own, use, id), id, kind, &addr);
	}
	if (err != 0) {
		return err;
	}
	set = is_shared(use) && addr.type == BT_ADDR_LE_RANDOM &&
	      !bt_addr_eq(&addr.a, &own->random);
	if (set && random_in_use(host, use)) {
		return -EBUSY;
	}
	use->id = id;
	use->made = kind;
	use->type = addr.type;
	bt_addr_le_copy(&use->addr, &addr);
	quiet__running(host, &use->quiet, true);
	if (kind != OWN_ADDR_IDENTITY) {
		expiry_start(own);
	}
	err = set ? random_set(host, &addr.a) : 0;
	if (err != 0) {
		own_addr__release(host, use);
	}
	return err;
}

void own_addr__release(struct bt_host *host, struct own_addr *use)
{
	quiet__running(host, &use->quiet, false);
}

/* ---- Changing ---- */

static bool any_private(struct bt_host *host)
{
	for (struct own_addr *use = next_user(host, NULL); use != NULL;
	     use = next_user(host, use)) {
		if (use->quiet.running && use->made != OWN_ADDR_IDENTITY) {
			return true;
		}
	}
	return false;
}

static void expired(struct k_work *work)
{
	struct own_addrs *own =
		CONTAINER_OF(k_work_delayable_from_work(work), struct own_addrs, expiry);
	struct bt_host *previous = host__enter(own->host);

	own->rpa_valid = false;
	quiet__want(own->host, QUIET_ADDR);
	host__leave(previous);
}

/* A running shared user whose address is private; NULL: none. All have the same. */
static struct own_addr *shared_private(struct bt_host *host)
{
	for (struct own_addr *use = next_user(host, NULL); use != NULL;
	     use = next_user(host, use)) {
		if (use->quiet.running && is_shared(use) && use->made != OWN_ADDR_IDENTITY) {
			return use;
		}
	}
	return NULL;
}

static int rotate_shared(struct bt_host *host)
{
	struct own_addr *first = shared_private(host);
	bt_addr_le_t addr;
	int err;

	if (first == NULL) {
		return 0;
	}
	err = make(host, true, first->id, first->made, &addr);
	if (err == 0 && !bt_addr_eq(&addr.a, &host__own_addrs(host)->random)) {
		err = random_set(host, &addr.a);
	}
	if (err != 0) {
		return err;
	}
	for (struct own_addr *use = first; use != NULL; use = next_user(host, use)) {
		if (use->quiet.running && is_shared(use) && use->made != OWN_ADDR_IDENTITY) {
			bt_addr_le_copy(&use->addr, &addr);
		}
	}
	return 0;
}

static int rotate_set(struct bt_host *host, struct own_addr *use)
{
	bt_addr_le_t before = use->addr;
	int err;

	if (use->expired != NULL && !use->expired(host, use)) {
		return 0;
	}
	err = make(host, is_common(host__own_addrs(host), use, use->id), use->id, use->made,
		   &use->addr);
	if (err == 0) {
		err = own_addr__send(host, use);
	}
	if (err != 0) {
		bt_addr_le_copy(&use->addr, &before);
	}
	return err;
}

static void warn(int err)
{
	if (err != 0) {
		LOG_ERR("the private address does not change: %d", err);
	}
}

/* In quiet. Where a change is refused the old address stays, and the next expiry tries again. */
static void rotate(struct bt_host *host)
{
	unsigned int generation = host__quiet(host)->generation;

	warn(rotate_shared(host));
	for (struct own_addr *use = next_user(host, NULL); use != NULL;
	     use = next_user(host, use)) {
		if (host__quiet(host)->generation != generation) {
			return;
		}
		if (use->quiet.running && !is_shared(use) && use->made != OWN_ADDR_IDENTITY) {
			warn(rotate_set(host, use));
		}
	}
	if (any_private(host)) {
		expiry_start(host__own_addrs(host));
	}
}

static const struct quiet_task rotation = {.is_needed = any_private, .run = rotate};

int own_addr__renew(struct bt_host *host, uint8_t id, bt_addr_le_t *addr)
{
	struct own_addrs *own = host__own_addrs(host);
	const struct own_addr *first = shared_private(host);
	int err;

	if (own->policy != FAV_OWN_ADDR_RPA) {
		bt_addr_le_copy(addr, id__addr(host__id(host), id));
		return 0;
	}
	if (first != NULL && (first->made != OWN_ADDR_PRIVATE || first->id != id)) {
		return -EBUSY;
	}
	own->rpa_valid = false;
	addr->type = BT_ADDR_LE_RANDOM;
	err = make_rpa(host, true, id, &addr->a);
	if (err == 0) {
		k_work_reschedule(&own->expiry, K_SECONDS(own->rpa_timeout_s));
		quiet__want(host, QUIET_ADDR);
	}
	return err;
}

/* ---- The application's ---- */

int fav_host_own_addr_set(struct bt_host *host, uint8_t id, enum fav_own_addr policy)
{
	struct own_addrs *own = host__own_addrs(host);

	if (policy > FAV_OWN_ADDR_NRPA || id >= CONFIG_BT_ID_MAX ||
	    (host__is_ready(host) && id__addr(host__id(host), id) == NULL)) {
		return -EINVAL;
	}
	own->id = id;
	own->policy = policy;
	/* Resolving lists have the keys of private hosts alone. */
	quiet__want(host, QUIET_LIST);
	return 0;
}

int bt_le_set_rpa_timeout(uint16_t new_rpa_timeout)
{
	struct own_addrs *own = host__own_addrs(fav_host_current());

	if (new_rpa_timeout == 0 || new_rpa_timeout > RPA_TIMEOUT_MAX_S) {
		return -EINVAL;
	}
	own->rpa_timeout_s = new_rpa_timeout;
	return 0;
}
