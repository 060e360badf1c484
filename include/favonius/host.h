/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAVONIUS_HOST_H_
#define FAVONIUS_HOST_H_

#include <stdbool.h>
#include <stdint.h>

#include <favonius/hci.h>
#include <zephyr/sys/slist.h>

/** @file
 * Host instances. The Zephyr-named API (bt_enable(), bt_le_adv_start(), ...) acts on the current
 * host: the default one, unless the program selects another. Calls that take a connection act on
 * the connection's host. A callback runs with its own host current.
 */

struct bt_host;
struct fav_settings;

/** Make a host besides the default one, in its disabled state.
 * @return The host, the caller's until fav_host_destroy(); NULL when there is no memory.
 * Context: thread, never waits.
 */
struct bt_host *fav_host_create(void);

/** Free @p host. It must be disabled, with no connection referenced; the default host cannot be
 * destroyed. If it is current, the default host becomes current.
 * @retval 0        Freed.
 * @retval -EBUSY   Enabled, or a connection of it is still referenced.
 * @retval -EINVAL  It is the default host or NULL.
 * Context: main, not from within a callback; never waits.
 */
int fav_host_destroy(struct bt_host *host);

/** Make @p host current. @param host  NULL: the default host.
 * @return The host that was current.
 * Context: loop, both levels.
 */
struct bt_host *fav_host_select(struct bt_host *host);

/** @return The current host, never NULL. Context: loop, both levels. */
struct bt_host *fav_host_current(void);

/** Set the controller that @p host uses from its next bt_enable() on.
 * @param hci  Stays the caller's, and must outlive the host's use. NULL: the one that the
 *             environment's FAVONIUS_HCI names, `air:` without one.
 * @retval 0       Set.
 * @retval -EBUSY  The host is enabled.
 * Context: thread, never waits.
 */
int fav_host_hci_set(struct bt_host *host, struct fav_hci *hci);

/** Sets up a controller that needs more than the host knows: a firmware, an address, another speed.
 *
 * Runs in bt_enable(), between the opening of the transport and the host's HCI Reset, as Zephyr's
 * driver set-up does. bt_hci_cmd_send_sync() and bt_hci_cmd_alloc() work in it, on @p host, which
 * is current; nothing else of the API does. docs/transports.md has a worked example.
 *
 * @param hci  The transport, for fav_hci_speed_set().
 * @return 0, or a negative errno, with which bt_enable() then fails.
 */
typedef int (*fav_host_setup_t)(struct bt_host *host, struct fav_hci *hci, void *user);

/** Set who sets up the controller, for the next bt_enable() of @p host on.
 * @param setup  NULL: nobody.
 * @param user   Handed to @p setup.
 * @retval 0       Set.
 * @retval -EBUSY  The host is enabled.
 * Context: thread, never waits.
 */
int fav_host_setup_set(struct bt_host *host, fav_host_setup_t setup, void *user);

/** Who wants to hear what becomes of a host. */
struct fav_host_cb {
	/** The controller is gone; the host is of no use until bt_disable() and bt_enable().
	 *
	 * All its connections have been reported as disconnected, with BT_HCI_ERR_CONN_TIMEOUT, and
	 * calls that want something of the controller fail with -EAGAIN. Once for each loss; not
	 * for one within bt_enable() or bt_disable(), which report it themselves.
	 *
	 * bt_disable() and bt_enable() may be called from here, and wait; a program that must go on
	 * whatever happens tries again later when bt_enable() fails.
	 *
	 * @param err  -EPIPE: the peer closed the stream. -ENODEV: the device vanished.
	 *             -EPROTO: junk, or what no controller sends. -EIO: the controller reports a
	 *             hardware error. -ECONNRESET: it has reset itself.
	 *             -ETIMEDOUT: it answers no commands and sends nothing, or its peer over tcp is
	 *             out of reach.
	 * Context: callback, thread level.
	 */
	void (*lost)(struct bt_host *host, int err);

	sys_snode_t node_; /**< Private. */
};

/** Register @p cb, which stays the caller's until fav_host_cb_unregister(). It is kept when the
 * host is disabled.
 * @retval 0        Registered.
 * @retval -EEXIST  It is registered.
 * @retval -EINVAL  NULL.
 * Context: thread, never waits.
 */
int fav_host_cb_register(struct bt_host *host, struct fav_host_cb *cb);

/** Unregister @p cb; allowed in any callback, and @p cb is the caller's again at once.
 * @retval 0        Gone.
 * @retval -ENOENT  It was not registered with @p host.
 * Context: thread, never waits.
 */
int fav_host_cb_unregister(struct bt_host *host, struct fav_host_cb *cb);

/** Keep the bonds and the identities of @p host in @p settings from now on: each new or changed
 * bond is saved before its pairing is complete, and a pairing whose bond cannot be saved fails.
 *
 * settings_load() brings bonds back, to the current host if the current settings are its own;
 * identities come back with bt_enable().
 * With CONFIG_BT_SETTINGS, bt_enable() does this with the default settings, unless it was done, and
 * makes them ready.
 *
 * @param settings  Stays the caller's, and must outlive the host's use. NULL: the default ones.
 * Context: thread, never waits.
 */
void fav_host_settings_set(struct bt_host *host, struct fav_settings *settings);

/** With which address a host advertises, scans and connects, where nothing else is asked for. */
enum fav_own_addr {
	FAV_OWN_ADDR_IDENTITY, /**< The identity's address: as Zephyr without CONFIG_BT_PRIVACY. */
	FAV_OWN_ADDR_RPA,      /**< A resolvable private one: as with CONFIG_BT_PRIVACY. */
	FAV_OWN_ADDR_NRPA,     /**< A non-resolvable private one, by which nobody knows it again. */
};

/** Choose the addresses of @p host, also while it runs: what starts from now on has them. At first
 * BT_ID_DEFAULT, and FAV_OWN_ADDR_IDENTITY, with CONFIG_BT_PRIVACY FAV_OWN_ADDR_RPA.
 *
 * Private addresses change by themselves, see bt_le_set_rpa_timeout(). BT_LE_ADV_OPT_USE_IDENTITY
 * and BT_LE_ADV_OPT_USE_NRPA prevail over @p policy.
 *
 * @param id      Identity that scans and connects; bt_le_adv_start() names its own.
 * @param policy  What its address is.
 * @retval 0        Chosen.
 * @retval -EINVAL  No such identity, or @p policy is none.
 * Context: thread, never waits.
 * Spec: Core 6.0 Vol 3 Part C 10.7.
 */
int fav_host_own_addr_set(struct bt_host *host, uint8_t id, enum fav_own_addr policy);

/** Ask for protection against a man in the middle in pairings of @p host from now on, or not; at
 * first as CONFIG_BT_SMP_ENFORCE_MITM says. Context: thread, never waits. Spec: Core 6.0 Vol 3 Part
 * H 3.5.1.
 */
void fav_host_mitm_set(struct bt_host *host, bool ask);

/** Have @p host raise the security of a link, and ask again, when the peer's server answers a
 * request with insufficient authentication or encryption; or leave that to the application. At
 * first as CONFIG_BT_ATT_RETRY_ON_SEC_ERR says. Context: thread, never waits. Spec: Core 6.0 Vol 3
 * Part C 10.3.2.
 */
void fav_host_att_retry_set(struct bt_host *host, bool retry);

/** What a host has dropped, and why. Counts since fav_host_create(); nothing else is ever lost
 * without an error to the caller.
 */
struct fav_host_stats {
	/** Advertising reports: no buffer while a call waited for the controller; or one in
	 * fragments that was cut off, too long, or missed one of them.
	 */
	uint32_t adv_reports_dropped;
	uint32_t acl_dropped;    /**< From the controller: no connection, no buffer, malformed. */
	uint32_t evt_dropped;    /**< Malformed or unknown events. */
	uint32_t l2cap_dropped;  /**< PDUs for no channel, too long, or malformed. */
	uint32_t att_dropped;    /**< PDUs that the protocol says to ignore. */
	uint32_t notify_unheard; /**< Notifications and indications that no subscription took. */
	uint32_t cmd_timeouts;   /**< HCI commands that the controller never answered. */
};

/** Read the counters of @p host. Context: loop, both levels. */
void fav_host_stats_get(const struct bt_host *host, struct fav_host_stats *stats);

#endif
