/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/hci.h>
#include <zephyr/logging/log.h>

#include "crypto/crypto.h"
#include "hci_core.h"
#include "host.h"
#include "id.h"
#include "persist.h"

LOG_MODULE_REGISTER(bt_id);

static bool public_valid(const bt_addr_t *a)
{
	return !bt_addr_eq(a, BT_ADDR_ANY) && !bt_addr_eq(a, BT_ADDR_NONE);
}

/* The default identity: the controller's public address, where it has one; else a static one made
 * at the first enable. */
static int default_identity(struct bt_host *host, struct id *id)
{
	struct bt_hci_rp_read_bd_addr rp = {0};
	bt_addr_le_t *first = &id->identities[BT_ID_DEFAULT];
	int err;

	if (id->count > 0 && first->type == BT_ADDR_LE_RANDOM) {
		return 0;
	}
	if (hci__has_command(host__hci(host), 15, 1)) {
		err = hci__cmd_read(host__hci(host), BT_HCI_OP_READ_BD_ADDR, NULL, 0, &rp,
				    sizeof(rp));
		if (err != 0) {
			return err;
		}
	}
	if (public_valid(&rp.bdaddr)) {
		first->type = BT_ADDR_LE_PUBLIC;
		first->a = rp.bdaddr;
	} else {
		err = bt_addr_le_create_static(first);
		if (err != 0) {
			return err;
		}
	}
	if (id->count == 0) {
		err = crypto__random(id->irks[BT_ID_DEFAULT], SMP_KEY_LEN);
		id->count = err == 0 ? 1 : 0;
	}
	return err;
}

void id__init(struct id *id, struct bt_host *host)
{
	memset(id, 0, sizeof(*id));
}

int id__enable(struct bt_host *host)
{
	struct id *id = host__id(host);
	int err;

	if (!id->loaded && persist__is_on(host)) {
		(void)id_settings__load(host);
		id->loaded = true;
	}
	err = default_identity(host, id);
	if (err == 0 && id_settings__save(host) != 0) {
		LOG_ERR("identities are not kept: peers will not know this device again");
	}
	return err;
}

const bt_addr_le_t *id__addr(const struct id *id, uint8_t number)
{
	if (number >= id->count || bt_addr_le_eq(&id->identities[number], BT_ADDR_LE_ANY)) {
		return NULL;
	}
	return &id->identities[number];
}

const uint8_t *id__irk(const struct id *id, uint8_t number)
{
	return id__addr(id, number) != NULL ? id->irks[number] : NULL;
}

/* ---- Changing ---- */

/* Save what has changed; on an error, take back. */
static int settle(struct bt_host *host, struct id *before)
{
	struct id *id = host__id(host);
	int err = 0;

	/* Before the first enable the kept ones are not known yet. */
	if (id->loaded) {
		err = id_settings__save(host);
	}
	if (err != 0) {
		*id = *before;
	}
	crypto__wipe(before, sizeof(*before));
	return err;
}

int id__put(struct bt_host *host, uint8_t number, const bt_addr_le_t *addr,
	    const uint8_t irk[SMP_KEY_LEN])
{
	struct id *id = host__id(host);
	struct id before = *id;

	bt_addr_le_copy(&id->identities[number], addr);
	memcpy(id->irks[number], irk, SMP_KEY_LEN);
	id->count = MAX(id->count, number + 1);
	return settle(host, &before);
}

int id__delete(struct bt_host *host, uint8_t number)
{
	struct id *id = host__id(host);
	struct id before = *id;

	bt_addr_le_copy(&id->identities[number], BT_ADDR_LE_ANY);
	crypto__wipe(id->irks[number], SMP_KEY_LEN);
	if (number == id->count - 1) {
		id->count--;
	}
	return settle(host, &before);
}

void id__moved(struct bt_host *host)
{
	struct id *id = host__id(host);

	id->loaded = false;
	if (id->count > 0 && host__is_ready(host)) {
		(void)id_settings__load(host);
		id->loaded = true;
		(void)id_settings__save(host);
	}
}
