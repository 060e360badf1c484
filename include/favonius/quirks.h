/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAVONIUS_QUIRKS_H_
#define FAVONIUS_QUIRKS_H_

#include <stddef.h>
#include <stdint.h>

#include <zephyr/sys/util.h>

/** @file
 * What controllers say of themselves that is not so, and what they do that no controller should, as
 * data. src/host/hci_quirks.c has a table of those that are known; a program may add its own.
 *
 * A row holds for each controller that answers Read Local Version Information
 * (Core 6.0 Vol 4 Part E 7.4.1) within its ranges; when several do, all hold.
 */

struct bt_host;

/** Of fav_quirk.manufacturer: any. */
#define FAV_QUIRK_ANY (-1)

/** A command in fav_quirk.missing, by its place in the supported commands (Vol 4 Part E 6.27). */
#define FAV_QUIRK_CMD(octet, bit) ((uint16_t)((octet)*8 + (bit)))

/** Commands that one row can name. */
#define FAV_QUIRK_CMDS 8

/** It says No Operation (Command Complete with opcode 0) when it has restarted: one that comes
 * while it has nothing to tell, no command being on its way, is a loss with -ECONNRESET. */
#define FAV_QUIRK_NOP_IS_RESET BIT(0)
/** Vendor event with subevent 0x02 says that it has stopped for good: lost with -EIO. */
#define FAV_QUIRK_FATAL_EVENT BIT(1)
/** Data of a new connection may come before the event that announces it, as over USB, where the two
 * have different endpoints: it is held for 100 ms, at most 4 packets. */
#define FAV_QUIRK_LATE_EVENTS BIT(2)

/** One row. What is 0 or NULL says nothing. */
struct fav_quirk {
	const char *what;                        /**< For the log: whose, and what is wrong. */
	int32_t manufacturer;                    /**< Company identifier, or FAV_QUIRK_ANY. */
	uint8_t version_min, version_max;        /**< HCI version; max 0: no upper end. */
	uint16_t subversion_min, subversion_max; /**< LMP subversion; max 0: no upper end. */

	uint16_t missing[FAV_QUIRK_CMDS]; /**< Announced, and not there; to the first 0. */
	uint64_t features;                /**< LE features (bits) announced, and not there. */
	uint16_t acl_len_max;             /**< Its ACL buffers are no longer than this, in bytes. */
	uint16_t acl_count_max;           /**< And no more than this. */
	uint32_t flags;                   /**< FAV_QUIRK_*. */
};

/** Add rows to those that are built in, for the next bt_enable() of @p host on.
 *
 * @param host   Not NULL.
 * @param rows   Stay the caller's, and must outlive the host's use. NULL: none.
 * @param count  Of @p rows.
 * @retval 0       Set; former ones hold no more.
 * @retval -EBUSY  The host is enabled.
 * Context: thread, never waits.
 */
int fav_host_quirks_set(struct bt_host *host, const struct fav_quirk *rows, size_t count);

#endif
