/* SPDX-License-Identifier: Apache-2.0 */
#include <zephyr/logging/log.h>
#include <zephyr/sys/byteorder.h>

#include "hci_state.h"

LOG_MODULE_DECLARE(bt_hci);

/*
 * Controllers that are known to differ. A row needs evidence: what the controller does, and who has
 * seen it.
 */

#define COMPANY_NORDIC  0x0059
#define COMPANY_ACTIONS 0x03e0
#define COMPANY_LINUX   0x05f1 /* Zephyr's own controller */

static const struct fav_quirk known[] = {
	{
		/* ATS2851 dongles answer these with Unknown HCI Command though they announce them;
		 * Linux's btusb has the same list. Legacy and extended commands must not be mixed
		 * (Core 6.0 Vol 4 Part E 3.1.1), so extended advertising as a whole is out. */
		.what = "Actions ATS2851: extended scanning and initiating are announced only",
		.manufacturer = COMPANY_ACTIONS,
		.missing = {FAV_QUIRK_CMD(35, 2), FAV_QUIRK_CMD(37, 5), FAV_QUIRK_CMD(37, 6),
			    FAV_QUIRK_CMD(37, 7), FAV_QUIRK_CMD(38, 7)},
		.features = BIT64(BT_LE_FEAT_BIT_EXT_ADV),
	},
	{
		/* Zephyr's hci_uart and hci_usb with CONFIG_BT_WAIT_NOP and its fatal error event.
		 */
		.what = "Zephyr: tells its restart and its end",
		.manufacturer = COMPANY_LINUX,
		.flags = FAV_QUIRK_NOP_IS_RESET | FAV_QUIRK_FATAL_EVENT,
	},
	{
		/* The same programs on Nordic's controller. */
		.what = "Nordic: tells its restart and its end",
		.manufacturer = COMPANY_NORDIC,
		.flags = FAV_QUIRK_NOP_IS_RESET | FAV_QUIRK_FATAL_EVENT,
	},
};

static bool matches(const struct fav_quirk *row, const struct hci_info *info)
{
	return (row->manufacturer == FAV_QUIRK_ANY || row->manufacturer == info->manufacturer) &&
	       info->hci_version >= row->version_min &&
	       (row->version_max == 0 || info->hci_version <= row->version_max) &&
	       info->lmp_subversion >= row->subversion_min &&
	       (row->subversion_max == 0 || info->lmp_subversion <= row->subversion_max);
}

static void add_limit(uint16_t *limit, uint16_t max)
{
	if (max != 0 && (*limit == 0 || max < *limit)) {
		*limit = max;
	}
}

static void add(struct hci_core *hci, const struct fav_quirk *row)
{
	struct hci_quirks *quirks = &hci->quirks;

	LOG_INF("%s: %s", hci->transport->name, row->what != NULL ? row->what : "quirks");
	for (size_t i = 0; i < FAV_QUIRK_CMDS && row->missing[i] != 0; i++) {
		if (row->missing[i] / 8 < sizeof(quirks->missing)) {
			quirks->missing[row->missing[i] / 8] |= BIT(row->missing[i] % 8);
		}
	}
	quirks->features |= row->features;
	add_limit(&quirks->acl_len_max, row->acl_len_max);
	add_limit(&quirks->acl_count_max, row->acl_count_max);
	quirks->flags |= row->flags;
}

static void add_all(struct hci_core *hci, const struct fav_quirk *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (matches(&rows[i], &hci->info)) {
			add(hci, &rows[i]);
		}
	}
}

void hci_quirks__find(struct hci_core *hci)
{
	memset(&hci->quirks, 0, sizeof(hci->quirks));
	hci->quirks.flags = hci->transport->late_events ? FAV_QUIRK_LATE_EVENTS : 0;
	add_all(hci, known, ARRAY_SIZE(known));
	add_all(hci, hci->own_quirks, hci->own_quirk_count);
}

void hci_quirks__commands(const struct hci_core *hci, uint8_t commands[64])
{
	for (size_t i = 0; i < sizeof(hci->quirks.missing); i++) {
		commands[i] &= ~hci->quirks.missing[i];
	}
}

void hci_quirks__features(const struct hci_core *hci, uint8_t features[8])
{
	sys_put_le64(sys_get_le64(features) & ~hci->quirks.features, features);
}

void hci_quirks__buffers(const struct hci_core *hci, uint16_t *len, uint16_t *count)
{
	if (hci->quirks.acl_len_max != 0) {
		*len = MIN(*len, hci->quirks.acl_len_max);
	}
	if (hci->quirks.acl_count_max != 0) {
		*count = MIN(*count, hci->quirks.acl_count_max);
	}
}
