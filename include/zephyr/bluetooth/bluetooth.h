/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZEPHYR_BLUETOOTH_BLUETOOTH_H_
#define ZEPHYR_BLUETOOTH_BLUETOOTH_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <zephyr/bluetooth/addr.h>
#include <zephyr/bluetooth/gap.h>
#include <zephyr/net_buf.h>
#include <zephyr/sys/slist.h>
#include <zephyr/sys/util.h>

/** @file
 * Switching Bluetooth on and off, identities, advertising, scanning.
 *
 * Every function acts on the current host (favonius/host.h): the default one, unless the program
 * selects another; inside a callback, the host that calls back.
 *
 * "Context: thread" means main, work items, and every bt_* callback. A function that may wait for
 * the controller waits for at most CONFIG_BT_HCI_CMD_TIMEOUT_MS for each command; while it waits
 * inside a callback, no other callback runs.
 */

#ifdef __cplusplus
extern "C" {
#endif

/** The identity that exists as soon as Bluetooth is enabled. */
#define BT_ID_DEFAULT 0

/** An extended advertising set; opaque. */
struct bt_le_ext_adv;

/* ---- On and off ---- */

/** Called once when bt_enable() with a callback has ended; thread level, all API allowed.
 * @param err  0, or what bt_enable() without callback would have returned.
 */
typedef void (*bt_ready_cb_t)(int err);

/** Switch Bluetooth on.
 *
 * Opens the controller (fav_host_hci_set(), else the environment's FAVONIUS_HCI, else `air:`),
 * resets and configures it. Nothing is left behind when it fails; it may be called again.
 *
 * @param cb  NULL: return when Bluetooth is ready. Else return at once, and the work queue enables
 *            and calls @p cb.
 * @retval 0             Ready; with @p cb: begun, and @p cb will be called.
 * @retval -EALREADY     Enabled, or being enabled or disabled.
 * @retval -ENODEV       The controller is not LE capable, or lacks a command that is mandatory.
 * @retval -ETIMEDOUT    The controller did not answer; a log line names the command.
 * @retval -EIO          The controller refused a command; a log line names it. Where its status
 * says why: -EINVAL, -ENOTSUP, -EACCES as bt_hci_cmd_send_sync().
 * @retval -EPROTO       The controller's answer was malformed.
 * @retval -ENOMEM       No memory or no buffer.
 * @retval -EWOULDBLOCK  Called at interrupt level without @p cb.
 * @retval -errno        What fav_hci_create() or fav_hci_open() said.
 * Context: thread, may wait for the controller.
 * Spec: Core 6.0 Vol 4 Part E 7.3.2; Vol 6 Part D 2.1.
 */
int bt_enable(bt_ready_cb_t cb);

/** Switch Bluetooth off, from any state.
 *
 * Advertising, scanning, and attempts to connect end. Links end: their disconnected callbacks run
 * inside this call, with reason BT_HCI_ERR_LOCALHOST_TERM_CONN. The controller is reset and closed.
 * Identities, the name, registered callbacks and GATT services stay. From within a callback, what
 * that callback was about is gone when this returns.
 *
 * @retval 0             Off.
 * @retval -EALREADY     Off already.
 * @retval -EBUSY        bt_enable() or bt_disable() is running.
 * @retval -EWOULDBLOCK  Called at interrupt level.
 * Context: thread, may wait for the controller.
 * Spec: Core 6.0 Vol 4 Part E 7.3.2.
 */
int bt_disable(void);

/** @return true between the end of a successful bt_enable() and bt_disable() or the loss of the
 * transport. When that is lost, the links' disconnected callbacks run with reason
 * BT_HCI_ERR_CONN_TIMEOUT, every call that needs the controller fails with -EAGAIN, and
 * bt_disable() then bt_enable() start over. Context: any.
 */
bool bt_is_ready(void);

/* ---- Name and appearance ---- */

/** Set the device name: the GAP characteristic's, and what BT_LE_ADV_OPT_USE_NAME advertises when
 * advertising starts next.
 * @param name  UTF-8, at most CONFIG_BT_DEVICE_NAME_MAX bytes; copied.
 * @retval 0        Set.
 * @retval -ENOMEM  Longer than that.
 * @retval -EINVAL  @p name is NULL.
 * Context: thread, never waits.
 * Spec: Core 6.0 Vol 3 Part C 12.1.
 */
int bt_set_name(const char *name);

/** @return The device name, valid until the next bt_set_name(). Context: thread, never waits. */
const char *bt_get_name(void);

/** @return The appearance, BT_APPEARANCE_*. Context: thread, never waits. */
uint16_t bt_get_appearance(void);

/** Set the appearance.
 * @param new_appearance  BT_APPEARANCE_*.
 * @retval 0  Set.
 * Context: thread, never waits.
 * Spec: Core 6.0 Vol 3 Part C 12.2.
 */
int bt_set_appearance(uint16_t new_appearance);

/* ---- Identities ---- */

/** Read the identities.
 * @param addrs  Receives their addresses by number; a deleted one reads as BT_ADDR_LE_ANY. May be
 *               NULL to read the count alone.
 * @param count  Room at @p addrs; receives how many identities there are. None are there before
 *               the first bt_enable() or bt_id_create().
 * Context: thread, never waits.
 * Spec: Core 6.0 Vol 3 Part C 10.7.
 */
void bt_id_get(bt_addr_le_t *addrs, size_t *count);

/** Make an identity. The one made before the first bt_enable() becomes the default one.
 * @param addr  Its random static address; NULL or BT_ADDR_LE_ANY has one made (it is stored
 *              there).
 * @param irk   The key of its resolvable private addresses, 16 bytes, least significant first; NULL
 *              or zeros have one made (it is stored there).
 * @return Its number, 0 to CONFIG_BT_ID_MAX - 1.
 * @retval -EINVAL    Not a random static address.
 * @retval -EALREADY  An identity has that address.
 * @retval -ENOMEM    CONFIG_BT_ID_MAX exist.
 * @retval -EIO       The port has no entropy.
 * @retval -errno     It cannot be saved, as settings_save_one(): there is none.
 * Context: thread, never waits.
 * Spec: Core 6.0 Vol 3 Part C 10.8.1.
 */
int bt_id_create(bt_addr_le_t *addr, uint8_t *irk);

/** Give an identity another address and key, or make a deleted one again. Its bonds are forgotten
 * and their links end, as by bt_unpair().
 * @param id    Number, not BT_ID_DEFAULT.
 * @param addr  As for bt_id_create().
 * @param irk   As for bt_id_create().
 * @return @p id.
 * @retval -EINVAL    No such identity, the default one, or as for bt_id_create().
 * @retval -EALREADY  An identity has that address.
 * @retval -EBUSY     It is advertising, scanning or connecting.
 * @retval -EIO       The port has no entropy.
 * @retval -errno     As bt_unpair(), or it cannot be saved: it is as before.
 * Context: thread, never waits.
 * Spec: Core 6.0 Vol 3 Part C 10.8.1.
 */
int bt_id_reset(uint8_t id, bt_addr_le_t *addr, uint8_t *irk);

/** Delete an identity, forget its bonds and end their links, as by bt_unpair(). The number of the
 * last one is free for bt_id_create(), that of another for bt_id_reset().
 * @param id  Number, not BT_ID_DEFAULT.
 * @retval 0          Deleted.
 * @retval -EINVAL    No such identity, or the default one.
 * @retval -EALREADY  Deleted before.
 * @retval -EBUSY     It is advertising, scanning or connecting.
 * @retval -errno     As bt_unpair(), or it cannot be saved: it is as before.
 * Context: thread, never waits.
 * Spec: Core 6.0 Vol 3 Part C 10.8.1.
 */
int bt_id_delete(uint8_t id);

/** Set how long private addresses are used before they change, CONFIG_BT_RPA_TIMEOUT at first.
 *
 * One that is in use keeps its time. Advertising, scanning and connecting pause for the moment in
 * which their address changes.
 *
 * @param new_rpa_timeout  Seconds, 1 to 3600.
 * @retval 0        Set.
 * @retval -EINVAL  Out of range.
 * Context: thread, never waits.
 * Spec: Core 6.0 Vol 3 Part C 10.7, Appendix A (T_GAP(private_addr_int)).
 */
int bt_le_set_rpa_timeout(uint16_t new_rpa_timeout);

/* ---- Advertising data ---- */

/** One element of advertising data, Core 6.0 Vol 3 Part C 11. */
struct bt_data {
	uint8_t type;        /**< BT_DATA_*. */
	uint8_t data_len;    /**< Bytes at @ref data. */
	const uint8_t *data; /**< Must stay valid during the call it is given to. */
};

/** One element, from bytes that exist. */
#define BT_DATA(_type, _data, _data_len)                                                    \
	{                                                                                   \
		.type = (_type), .data_len = (_data_len), .data = (const uint8_t *)(_data), \
	}

/** One element, from bytes written out: BT_DATA_BYTES(BT_DATA_FLAGS, BT_LE_AD_GENERAL). */
#define BT_DATA_BYTES(_type, _bytes...) \
	BT_DATA(_type, ((uint8_t[]){_bytes}), sizeof((uint8_t[]){_bytes}))

/** Bytes that an element of @p data_len bytes takes in a packet. */
#define BT_DATA_SERIALIZED_SIZE(data_len) ((data_len) + 2)

/** @return Bytes that @p data_count elements take in a packet.
 * @param data  The elements.
 * @param data_count  How many.
 * Context: any.
 */
size_t bt_data_get_len(const struct bt_data data[], size_t data_count);

/** Write an element as it travels.
 * @param input   The element.
 * @param output  Receives BT_DATA_SERIALIZED_SIZE(input->data_len) bytes.
 * @return Bytes written.
 * Context: any.
 */
size_t bt_data_serialize(const struct bt_data *input, uint8_t *output);

/** Walk the elements of received advertising data. Ends at the first element that is cut off or
 * has length 0: what follows is padding or nonsense.
 * @param ad         The data; consumed.
 * @param func       Called with each element, valid during the call; false ends the walk.
 * @param user_data  Handed to @p func.
 * Context: any.
 */
void bt_data_parse(struct net_buf_simple *ad, bool (*func)(struct bt_data *data, void *user_data),
		   void *user_data);

/* ---- Advertising ---- */

/** Options of advertising, bits. */
enum {
	BT_LE_ADV_OPT_NONE = 0,
	/** @cond private: what older programs combined. */
	_BT_LE_ADV_OPT_CONNECTABLE = BIT(0),
	_BT_LE_ADV_OPT_ONE_TIME = BIT(1),
	/** @endcond */
	/** Connectable, and scannable too. A connection ends it; start it again when wanted. */
	BT_LE_ADV_OPT_CONN = BIT(0) | BIT(1),
	/** Zephyr's older word for BT_LE_ADV_OPT_CONN. Here, too, advertising does not start again
	 * by itself after a connection: start it from the recycled or disconnected callback.
	 */
	BT_LE_ADV_OPT_CONNECTABLE = BIT(0),
	/** A connection ends advertising: always so here. */
	BT_LE_ADV_OPT_ONE_TIME = BIT(1),
	/** Advertise with the identity address, whatever fav_host_own_addr_set() says. Without this
	 * option, what is not connectable has a private address in any case.
	 */
	BT_LE_ADV_OPT_USE_IDENTITY = BIT(2),
	/** Put the device name (bt_set_name()) into the scan response when there is one to be had,
	 * else into the advertising data; shortened where it does not fit.
	 */
	BT_LE_ADV_OPT_USE_NAME = BIT(3),
	/** Directed advertising at low duty cycle, which has no end by itself. */
	BT_LE_ADV_OPT_DIR_MODE_LOW_DUTY = BIT(4),
	/** The peer of directed advertising is resolved by our private address: not built yet. */
	BT_LE_ADV_OPT_DIR_ADDR_RPA = BIT(5),
	/** Answer scan requests of devices in the accept list alone. */
	BT_LE_ADV_OPT_FILTER_SCAN_REQ = BIT(6),
	/** Take connections of devices in the accept list alone. */
	BT_LE_ADV_OPT_FILTER_CONN = BIT(7),
	/** Report scan requests: extended advertising alone. */
	BT_LE_ADV_OPT_NOTIFY_SCAN_REQ = BIT(8),
	/** Scannable even without scan response data. */
	BT_LE_ADV_OPT_SCANNABLE = BIT(9),
	/** Extended advertising. */
	BT_LE_ADV_OPT_EXT_ADV = BIT(10),
	/** Extended advertising: not on 2M. */
	BT_LE_ADV_OPT_NO_2M = BIT(11),
	/** Extended advertising: on Coded. */
	BT_LE_ADV_OPT_CODED = BIT(12),
	/** Extended advertising: without address. */
	BT_LE_ADV_OPT_ANONYMOUS = BIT(13),
	/** Extended advertising: with its transmit power. */
	BT_LE_ADV_OPT_USE_TX_POWER = BIT(14),
	/** Not on channel 37. */
	BT_LE_ADV_OPT_DISABLE_CHAN_37 = BIT(15),
	/** Not on channel 38. */
	BT_LE_ADV_OPT_DISABLE_CHAN_38 = BIT(16),
	/** Not on channel 39. */
	BT_LE_ADV_OPT_DISABLE_CHAN_39 = BIT(17),
	/** With BT_LE_ADV_OPT_USE_NAME: into the advertising data in any case. */
	BT_LE_ADV_OPT_FORCE_NAME_IN_AD = BIT(18),
	/** Advertise non-connectably with a fresh non-resolvable private address. */
	BT_LE_ADV_OPT_USE_NRPA = BIT(19),
	/** Extended advertising: Coded with S=2. */
	BT_LE_ADV_OPT_REQUIRE_S2_CODING = BIT(20),
	/** Extended advertising: Coded with S=8. */
	BT_LE_ADV_OPT_REQUIRE_S8_CODING = BIT(21),
};

/** How to advertise. */
struct bt_le_adv_param {
	uint8_t id;                 /**< Identity, BT_ID_DEFAULT or from bt_id_create(). */
	uint8_t sid;                /**< Extended advertising: set identifier, 0 to 15. */
	uint8_t secondary_max_skip; /**< Extended advertising: events skipped at most. */
	uint32_t options;           /**< BT_LE_ADV_OPT_*. */
	uint32_t interval_min;      /**< Unit 0.625 ms, 0x0020 to 0x4000 (20 ms to 10.24 s); unused
				     *   by directed advertising at high duty cycle. */
	uint32_t interval_max;      /**< Unit 0.625 ms, at least @ref interval_min, up to 0x4000. */
	const bt_addr_le_t *peer;   /**< For whom, directed advertising; NULL for all. */
};

/** Initialiser of a struct bt_le_adv_param; units as there. */
#define BT_LE_ADV_PARAM_INIT(_options, _int_min, _int_max, _peer)                              \
	{                                                                                      \
		.id = BT_ID_DEFAULT, .sid = 0, .secondary_max_skip = 0, .options = (_options), \
		.interval_min = (_int_min), .interval_max = (_int_max), .peer = (_peer),       \
	}

/** A pointer to parameters made on the spot; valid to the end of the enclosing block. */
#define BT_LE_ADV_PARAM(_options, _int_min, _int_max, _peer) \
	((const struct bt_le_adv_param[]){                   \
		BT_LE_ADV_PARAM_INIT(_options, _int_min, _int_max, _peer)})

/** Connectable, 30 to 60 ms. */
#define BT_LE_ADV_CONN_FAST_1                                                                     \
	BT_LE_ADV_PARAM(BT_LE_ADV_OPT_CONN, BT_GAP_ADV_FAST_INT_MIN_1, BT_GAP_ADV_FAST_INT_MAX_1, \
			NULL)
/** Connectable, 100 to 150 ms. */
#define BT_LE_ADV_CONN_FAST_2                                                                     \
	BT_LE_ADV_PARAM(BT_LE_ADV_OPT_CONN, BT_GAP_ADV_FAST_INT_MIN_2, BT_GAP_ADV_FAST_INT_MAX_2, \
			NULL)
/** Connectable, 100 to 150 ms; Zephyr's older name. */
#define BT_LE_ADV_CONN                                                        \
	BT_LE_ADV_PARAM(BT_LE_ADV_OPT_CONNECTABLE, BT_GAP_ADV_FAST_INT_MIN_2, \
			BT_GAP_ADV_FAST_INT_MAX_2, NULL)
/** Connectable until the first connection, 100 to 150 ms; Zephyr's older name. */
#define BT_LE_ADV_CONN_ONE_TIME BT_LE_ADV_CONN_FAST_2
/** Connectable with the device name, 100 to 150 ms; Zephyr's older name. */
#define BT_LE_ADV_CONN_NAME                                                 \
	BT_LE_ADV_PARAM(BT_LE_ADV_OPT_CONNECTABLE | BT_LE_ADV_OPT_USE_NAME, \
			BT_GAP_ADV_FAST_INT_MIN_2, BT_GAP_ADV_FAST_INT_MAX_2, NULL)
/** Connectable with the device name in the advertising data, 100 to 150 ms; older name. */
#define BT_LE_ADV_CONN_NAME_AD                                               \
	BT_LE_ADV_PARAM(BT_LE_ADV_OPT_CONNECTABLE | BT_LE_ADV_OPT_USE_NAME | \
				BT_LE_ADV_OPT_FORCE_NAME_IN_AD,              \
			BT_GAP_ADV_FAST_INT_MIN_2, BT_GAP_ADV_FAST_INT_MAX_2, NULL)
/** Directed at @p _peer, high duty cycle, for at most 1.28 s. */
#define BT_LE_ADV_CONN_DIR(_peer) BT_LE_ADV_PARAM(BT_LE_ADV_OPT_CONN, 0, 0, _peer)
/** Directed at @p _peer, 100 to 150 ms. */
#define BT_LE_ADV_CONN_DIR_LOW_DUTY(_peer)                                    \
	BT_LE_ADV_PARAM(BT_LE_ADV_OPT_CONN | BT_LE_ADV_OPT_DIR_MODE_LOW_DUTY, \
			BT_GAP_ADV_FAST_INT_MIN_2, BT_GAP_ADV_FAST_INT_MAX_2, _peer)
/** Not connectable, 100 to 150 ms, private address. */
#define BT_LE_ADV_NCONN                                                                           \
	BT_LE_ADV_PARAM(BT_LE_ADV_OPT_NONE, BT_GAP_ADV_FAST_INT_MIN_2, BT_GAP_ADV_FAST_INT_MAX_2, \
			NULL)
/** Not connectable, 100 to 150 ms, identity address. */
#define BT_LE_ADV_NCONN_IDENTITY                                               \
	BT_LE_ADV_PARAM(BT_LE_ADV_OPT_USE_IDENTITY, BT_GAP_ADV_FAST_INT_MIN_2, \
			BT_GAP_ADV_FAST_INT_MAX_2, NULL)
/** Not connectable with the device name, 100 to 150 ms, private address; older name. */
#define BT_LE_ADV_NCONN_NAME                                               \
	BT_LE_ADV_PARAM(BT_LE_ADV_OPT_USE_NAME, BT_GAP_ADV_FAST_INT_MIN_2, \
			BT_GAP_ADV_FAST_INT_MAX_2, NULL)

/** Start legacy advertising.
 *
 * A host has one legacy advertiser. It advertises until bt_le_adv_stop(), a connection to it, or,
 * directed at high duty cycle, 1.28 s: then bt_conn_cb.connected runs with error
 * BT_HCI_ERR_ADV_TIMEOUT. It does not start again by itself.
 *
 * @param param   How; with @ref bt_le_adv_param.peer, directed advertising, which has no data.
 * @param ad      Advertising data, at most 31 bytes serialised; copied.
 * @param ad_len  Elements at @p ad.
 * @param sd      Scan response data, at most 31 bytes serialised; copied. Given without
 *                BT_LE_ADV_OPT_CONN it makes the advertising scannable.
 * @param sd_len  Elements at @p sd.
 * @retval 0              Advertising.
 * @retval -EAGAIN        The host is not enabled.
 * @retval -EALREADY      Advertising already.
 * @retval -EINVAL        An option, the identity, an interval, a data length is out of range; an
 *                        option is for extended advertising alone; directed with data, or not
 *                        connectable.
 * @retval -ENOMEM        Connectable, and all CONFIG_BT_MAX_CONN connections are in use; or no
 *                        buffer.
 * @retval -EBUSY         The controller's one random address is in use by another role with
 *                        another value.
 * @retval -ECONNREFUSED  The controller has no room for another connection.
 * @retval -EACCES        The controller disallows it in its present state.
 * @retval -EIO           The controller refused.
 * @retval -ETIMEDOUT     The controller did not answer.
 * @retval -ENODEV        The transport was lost.
 * @retval -EWOULDBLOCK   Called at interrupt level.
 * Context: thread, may wait for the controller; allowed in bt_* callbacks.
 * Spec: Core 6.0 Vol 4 Part E 7.8.5 to 7.8.9; 7.8.52 to 7.8.56.
 */
int bt_le_adv_start(const struct bt_le_adv_param *param, const struct bt_data *ad, size_t ad_len,
		    const struct bt_data *sd, size_t sd_len);

/** Change the data of the legacy advertising that is running.
 * @param ad      Advertising data, at most 31 bytes serialised; copied.
 * @param ad_len  Elements at @p ad.
 * @param sd      Scan response data, at most 31 bytes serialised; copied. It does not make
 *                scannable what was started as not scannable.
 * @param sd_len  Elements at @p sd.
 * @retval 0             The data is changed.
 * @retval -EAGAIN       The host is not enabled, or not advertising.
 * @retval -EINVAL       A data length is out of range, or the advertising is directed.
 * @retval -ENOMEM       No buffer.
 * @retval -EIO          The controller refused.
 * @retval -ETIMEDOUT    The controller did not answer.
 * @retval -ENODEV       The transport was lost.
 * @retval -EWOULDBLOCK  Called at interrupt level.
 * Context: thread, may wait for the controller; allowed in bt_* callbacks.
 * Spec: Core 6.0 Vol 4 Part E 7.8.7, 7.8.8.
 */
int bt_le_adv_update_data(const struct bt_data *ad, size_t ad_len, const struct bt_data *sd,
			  size_t sd_len);

/** Stop legacy advertising. Stopping what is not advertising succeeds.
 * @retval 0             Not advertising.
 * @retval -EAGAIN       The host is not enabled.
 * @retval -EBUSY        bt_le_adv_start() in main is still waiting for the controller.
 * @retval -ENOMEM       No buffer.
 * @retval -EIO          The controller refused.
 * @retval -ETIMEDOUT    The controller did not answer.
 * @retval -ENODEV       The transport was lost.
 * @retval -EWOULDBLOCK  Called at interrupt level.
 * Context: thread, may wait for the controller; allowed in bt_* callbacks.
 * Spec: Core 6.0 Vol 4 Part E 7.8.9.
 */
int bt_le_adv_stop(void);

/* ---- Scanning ---- */

/** Options of scanning, bits. */
enum {
	BT_LE_SCAN_OPT_NONE = 0,
	BT_LE_SCAN_OPT_FILTER_DUPLICATE = BIT(0),   /**< The controller reports each device once. */
	BT_LE_SCAN_OPT_FILTER_ACCEPT_LIST = BIT(1), /**< Devices in the accept list alone. */
	BT_LE_SCAN_OPT_CODED = BIT(2),              /**< Extended scanning: on Coded too. */
	BT_LE_SCAN_OPT_NO_1M = BIT(3),              /**< Extended scanning: not on 1M. */
};

enum {
	BT_LE_SCAN_TYPE_PASSIVE = 0x00, /**< Only listen. */
	BT_LE_SCAN_TYPE_ACTIVE = 0x01,  /**< Ask scannable advertisers for their scan response. */
};

/** How to scan. */
struct bt_le_scan_param {
	uint8_t type;            /**< BT_LE_SCAN_TYPE_*. */
	uint32_t options;        /**< BT_LE_SCAN_OPT_*. */
	uint16_t interval;       /**< Unit 0.625 ms, 0x0004 to 0x4000 (2.5 ms to 10.24 s). */
	uint16_t window;         /**< Unit 0.625 ms, 0x0004 to @ref interval. */
	uint16_t timeout;        /**< Unit 10 ms; 0: until bt_le_scan_stop(). Kept by the host. */
	uint16_t interval_coded; /**< Extended scanning: for Coded; 0: as @ref interval. */
	uint16_t window_coded;   /**< Extended scanning: for Coded; 0: as @ref window. */
};

/** Initialiser of a struct bt_le_scan_param; units as there. */
#define BT_LE_SCAN_PARAM_INIT(_type, _options, _interval, _window)                         \
	{                                                                                  \
		.type = (_type), .options = (_options), .interval = (_interval),           \
		.window = (_window), .timeout = 0, .interval_coded = 0, .window_coded = 0, \
	}

/** A pointer to parameters made on the spot; valid to the end of the enclosing block. */
#define BT_LE_SCAN_PARAM(_type, _options, _interval, _window) \
	((const struct bt_le_scan_param[]){                   \
		BT_LE_SCAN_PARAM_INIT(_type, _options, _interval, _window)})

/** Active, 30 of each 60 ms, each device once. */
#define BT_LE_SCAN_ACTIVE                                                         \
	BT_LE_SCAN_PARAM(BT_LE_SCAN_TYPE_ACTIVE, BT_LE_SCAN_OPT_FILTER_DUPLICATE, \
			 BT_GAP_SCAN_FAST_INTERVAL, BT_GAP_SCAN_FAST_WINDOW)
/** Active, all the time, each device once. */
#define BT_LE_SCAN_ACTIVE_CONTINUOUS                                              \
	BT_LE_SCAN_PARAM(BT_LE_SCAN_TYPE_ACTIVE, BT_LE_SCAN_OPT_FILTER_DUPLICATE, \
			 BT_GAP_SCAN_FAST_WINDOW, BT_GAP_SCAN_FAST_WINDOW)
/** Passive, 30 of each 60 ms, each device once. */
#define BT_LE_SCAN_PASSIVE                                                         \
	BT_LE_SCAN_PARAM(BT_LE_SCAN_TYPE_PASSIVE, BT_LE_SCAN_OPT_FILTER_DUPLICATE, \
			 BT_GAP_SCAN_FAST_INTERVAL, BT_GAP_SCAN_FAST_WINDOW)
/** Passive, all the time, each device once. */
#define BT_LE_SCAN_PASSIVE_CONTINUOUS                                              \
	BT_LE_SCAN_PARAM(BT_LE_SCAN_TYPE_PASSIVE, BT_LE_SCAN_OPT_FILTER_DUPLICATE, \
			 BT_GAP_SCAN_FAST_WINDOW, BT_GAP_SCAN_FAST_WINDOW)

/** Called with each report while scanning; thread level, all API allowed: bt_le_scan_stop() and
 * then bt_conn_le_create() work here. After the scan has been stopped it is not called again, even
 * for reports that had arrived before.
 * @param addr      The advertiser; valid during the call.
 * @param rssi      dBm, BT_GAP_RSSI_INVALID when not measured.
 * @param adv_type  BT_GAP_ADV_TYPE_*.
 * @param buf       Advertising data, possibly empty; valid during the call, may be consumed.
 */
typedef void bt_le_scan_cb_t(const bt_addr_le_t *addr, int8_t rssi, uint8_t adv_type,
			     struct net_buf_simple *buf);

/** What came with a report. */
struct bt_le_scan_recv_info {
	const bt_addr_le_t *addr; /**< The advertiser. */
	uint8_t sid;              /**< Set identifier, BT_GAP_SID_INVALID for legacy. */
	int8_t rssi;              /**< dBm, BT_GAP_RSSI_INVALID when not measured. */
	int8_t tx_power;          /**< dBm, BT_GAP_TX_POWER_INVALID when not told. */
	uint8_t adv_type;         /**< BT_GAP_ADV_TYPE_*. */
	uint16_t adv_props;       /**< BT_GAP_ADV_PROP_*. */
	uint16_t interval;        /**< Periodic advertising: unit 1.25 ms, 0 for none. */
	uint8_t primary_phy;      /**< BT_GAP_LE_PHY_*. */
	uint8_t secondary_phy;    /**< BT_GAP_LE_PHY_*, 0 for legacy. */
};

/** Hears of scanning; zero members are not called. All calls at thread level, all API allowed. */
struct bt_le_scan_cb {
	/** A report, as bt_le_scan_cb_t. @p info and @p buf are valid during the call; each
	 * listener gets the whole of @p buf.
	 */
	void (*recv)(const struct bt_le_scan_recv_info *info, struct net_buf_simple *buf);

	/** bt_le_scan_param.timeout has passed; the scan has stopped. */
	void (*timeout)(void);

	/** @cond private */
	sys_snode_t node;
	/** @endcond */
};

/** Start scanning.
 * @param param  How; copied.
 * @param cb     Called with each report; NULL: only registered listeners are.
 * @retval 0             Scanning.
 * @retval -EAGAIN       The host is not enabled.
 * @retval -EALREADY     Scanning already.
 * @retval -EINVAL       A type, an option, an interval or a window is out of range; not on 1M, and
 *                       not on Coded.
 * @retval -ENOTSUP      BT_LE_SCAN_OPT_CODED, and the controller has no extended scanning or no
 * Coded PHY.
 * @retval -EBUSY        The controller's one random address is in use by another role with
 *                       another value.
 * @retval -ENOMEM       No buffer.
 * @retval -EACCES       The controller disallows it in its present state.
 * @retval -EIO          The controller refused.
 * @retval -ETIMEDOUT    The controller did not answer.
 * @retval -ENODEV       The transport was lost.
 * @retval -EWOULDBLOCK  Called at interrupt level.
 * Context: thread, may wait for the controller; allowed in bt_* callbacks.
 * Spec: Core 6.0 Vol 4 Part E 7.8.10, 7.8.11; 7.8.64, 7.8.65.
 */
int bt_le_scan_start(const struct bt_le_scan_param *param, bt_le_scan_cb_t cb);

/** Stop scanning. Stopping what is not scanning succeeds. No listener hears of reports afterwards.
 * @retval 0             Not scanning.
 * @retval -EAGAIN       The host is not enabled.
 * @retval -EBUSY        bt_le_scan_start() in main is still waiting for the controller.
 * @retval -ENOMEM       No buffer.
 * @retval -EIO          The controller refused.
 * @retval -ETIMEDOUT    The controller did not answer.
 * @retval -ENODEV       The transport was lost.
 * @retval -EWOULDBLOCK  Called at interrupt level.
 * Context: thread, may wait for the controller; allowed in bt_* callbacks, of this scan too.
 * Spec: Core 6.0 Vol 4 Part E 7.8.11.
 */
int bt_le_scan_stop(void);

/** Register a listener. May be done before bt_enable(); it lasts until unregistered.
 * @param cb  Stays the caller's and must stay valid until unregistered.
 * @retval 0        Registered.
 * @retval -EEXIST  Registered already.
 * @retval -EINVAL  @p cb is NULL.
 * Context: thread, never waits; allowed in bt_* callbacks.
 * Spec: Core 6.0 Vol 4 Part E 7.7.65.2.
 */
int bt_le_scan_cb_register(struct bt_le_scan_cb *cb);

/** Unregister a listener; not being registered has no effect.
 * @param cb  Listener; not called again, and its memory may be used again at once.
 * Context: thread, never waits; allowed in bt_* callbacks, its own too.
 * Spec: Core 6.0 Vol 4 Part E 7.7.65.2.
 */
void bt_le_scan_cb_unregister(struct bt_le_scan_cb *cb);

/* ---- Accept list ---- */

/** Add a device to the controller's filter accept list. Forgotten by bt_disable().
 * @param addr  Identity address.
 * @retval 0             In it.
 * @retval -EAGAIN       The host is not enabled.
 * @retval -EINVAL       @p addr is NULL.
 * @retval -ENOMEM       The list is full, or no buffer.
 * @retval -EACCES       The list is in use by advertising, scanning or connecting.
 * @retval -EIO          The controller refused.
 * @retval -ETIMEDOUT    The controller did not answer.
 * @retval -ENODEV       The transport was lost.
 * @retval -EWOULDBLOCK  Called at interrupt level.
 * Context: thread, may wait for the controller; allowed in bt_* callbacks.
 * Spec: Core 6.0 Vol 4 Part E 7.8.16.
 */
int bt_le_filter_accept_list_add(const bt_addr_le_t *addr);

/** Remove a device from the filter accept list.
 * @param addr  As it was added.
 * @retval 0             Not in it.
 * @retval -EAGAIN       The host is not enabled.
 * @retval -EINVAL       @p addr is NULL.
 * @retval -ENOMEM       No buffer.
 * @retval -EACCES       The list is in use by advertising, scanning or connecting.
 * @retval -EIO          The controller refused.
 * @retval -ETIMEDOUT    The controller did not answer.
 * @retval -ENODEV       The transport was lost.
 * @retval -EWOULDBLOCK  Called at interrupt level.
 * Context: thread, may wait for the controller; allowed in bt_* callbacks.
 * Spec: Core 6.0 Vol 4 Part E 7.8.17.
 */
int bt_le_filter_accept_list_remove(const bt_addr_le_t *addr);

/** Empty the filter accept list.
 * @retval 0             Empty.
 * @retval -EAGAIN       The host is not enabled.
 * @retval -ENOMEM       No buffer.
 * @retval -EACCES       The list is in use by advertising, scanning or connecting.
 * @retval -EIO          The controller refused.
 * @retval -ETIMEDOUT    The controller did not answer.
 * @retval -ENODEV       The transport was lost.
 * @retval -EWOULDBLOCK  Called at interrupt level.
 * Context: thread, may wait for the controller; allowed in bt_* callbacks.
 * Spec: Core 6.0 Vol 4 Part E 7.8.15.
 */
int bt_le_filter_accept_list_clear(void);

/** Tell the controller which data channels are known bad.
 * @param chan_map  Bit n is channel n, 0 to 36, 1 for not known bad; the top 3 bits 0. At least two
 *                  channels must be left.
 * @retval 0             Set.
 * @retval -EAGAIN       The host is not enabled.
 * @retval -EINVAL       Fewer than two channels, or a reserved bit is set.
 * @retval -ENOTSUP      The controller does not have the command.
 * @retval -ENOMEM       No buffer.
 * @retval -EIO          The controller refused.
 * @retval -ETIMEDOUT    The controller did not answer.
 * @retval -ENODEV       The transport was lost.
 * @retval -EWOULDBLOCK  Called at interrupt level.
 * Context: thread, may wait for the controller; allowed in bt_* callbacks.
 * Spec: Core 6.0 Vol 4 Part E 7.8.19.
 */
int bt_le_set_chan_map(uint8_t chan_map[5]);

/* ---- Bonds ---- */

/** Bonds from now on are kept (true, as CONFIG_BT_BONDABLE says at first) or not asked for.
 * Context: thread, never waits. Spec: Core 6.0 Vol 3 Part C 9.4.
 */
void bt_set_bondable(bool enable);

/** Forget a bond, and end the link with that peer, also one that is pairing or has no bond.
 *
 * When this returns 0 the bond is gone, also from where it is kept;
 * bt_conn_auth_info_cb.bond_deleted has been called for it.
 *
 * @param id    Our identity.
 * @param addr  The peer's identity address; NULL or BT_ADDR_LE_ANY: all bonds of @p id.
 * @retval 0        Forgotten, or there was none.
 * @retval -EINVAL  There is no identity @p id.
 * @retval -errno   What settings_delete(), or who else keeps the bonds, said: that bond is as
 *                  before, and so are those behind it.
 * Context: thread, may wait for the controller.
 * Spec: Core 6.0 Vol 3 Part C 9.4.
 */
int bt_unpair(uint8_t id, const bt_addr_le_t *addr);

/** A bond, for bt_foreach_bond(). */
struct bt_bond_info {
	bt_addr_le_t addr; /**< The peer's identity address. */
};

/** Call @p func for each bond of an identity.
 * @param id         Our identity.
 * @param func       May call anything, also bt_unpair(); @p info is valid during the call.
 * @param user_data  Handed to @p func.
 * Context: thread, never waits. Spec: Core 6.0 Vol 3 Part C 9.4.
 */
void bt_foreach_bond(uint8_t id, void (*func)(const struct bt_bond_info *info, void *user_data),
		     void *user_data);

/** Which addresses of a bonded peer are believed. */
enum bt_le_privacy_mode {
	/** Its private ones alone: whoever else uses its identity address is not heard. For peers
	 * that always have private ones. */
	BT_LE_PRIVACY_MODE_NETWORK,
	BT_LE_PRIVACY_MODE_DEVICE, /**< Its identity address too. */
};

/** Set the privacy mode of a peer. A new bond is in device privacy mode; a bond keeps its mode as
 * it keeps its keys. Ours; Zephyr has device privacy mode alone.
 * @param id    Our identity.
 * @param addr  The peer's identity address.
 * @param mode  The mode.
 * @retval 0        Set; what is running pauses for the moment in which the controller is told.
 * @retval -EINVAL  @p addr is NULL, or @p mode is none.
 * @retval -ENOENT  There is no bond with that peer.
 * @retval -errno   It cannot be saved, as settings_save_one() or who else keeps the bonds said.
 * Context: thread, never waits for the controller.
 * Spec: Core 6.0 Vol 3 Part C 10.7, Vol 4 Part E 7.8.77.
 */
int bt_le_set_privacy_mode(uint8_t id, const bt_addr_le_t *addr, enum bt_le_privacy_mode mode);

/* ---- Pairing out of band, fixed passkeys ---- */

/** What Secure Connections exchanges out of band; in the order of the PDUs. */
struct bt_le_oob_sc_data {
	uint8_t r[16]; /**< Random value. */
	uint8_t c[16]; /**< Confirm value. */
};

/** What we give a peer out of band. */
struct bt_le_oob {
	bt_addr_le_t addr;                   /**< Our address; where it is private, made now. */
	struct bt_le_oob_sc_data le_sc_data; /**< For Secure Connections. */
};

/** Make data for a peer to receive out of band. It is good for one pairing, and the data made
 * before is good no more.
 * @param id   Our identity.
 * @param oob  Filled.
 * @retval 0        Made.
 * @retval -EINVAL  There is no identity @p id, or @p oob is NULL.
 * @retval -EAGAIN  The host is not enabled.
 * @retval -EBUSY   A private address of another identity or kind is in use.
 * @retval -EIO     The crypto library failed.
 * Context: thread, never waits. Spec: Core 6.0 Vol 3 Part H 2.3.5.6.4.
 */
int bt_le_oob_get_local(uint8_t id, struct bt_le_oob *oob);

/** Say in Secure Connections pairings that there is data of the peer out of band. A central says so
 * before it knows which pairing it will be: see bt_le_oob_set_legacy_flag().
 * Context: thread, never waits. Spec: Core 6.0 Vol 3 Part H 2.3.5.1.
 */
void bt_le_oob_set_sc_flag(bool enable);

/** Say in legacy pairings that there is a temporary key out of band. A central says it in each
 * request, which is for both kinds of pairing: where the peer then chooses the one for which there
 * is no data, the pairing fails with BT_SECURITY_ERR_OOB_NOT_AVAILABLE.
 * Context: thread, never waits. Spec: Core 6.0 Vol 3 Part H 2.3.5.1.
 */
void bt_le_oob_set_legacy_flag(bool enable);

struct bt_conn;

/** Answer bt_conn_auth_cb.oob_data_request of a legacy pairing.
 * @param conn  The connection.
 * @param tk    The temporary key, 16 bytes in the order of the PDUs; copied.
 * @retval 0        The pairing goes on.
 * @retval -EINVAL  An argument is NULL, or that was not asked.
 * Context: thread, never waits. Spec: Core 6.0 Vol 3 Part H 2.3.5.4.
 */
int bt_le_oob_set_legacy_tk(struct bt_conn *conn, const uint8_t *tk);

/** Answer bt_conn_auth_cb.oob_data_request of a Secure Connections pairing.
 * @param conn         The connection.
 * @param oobd_local   What bt_le_oob_get_local() made last, where the peer has that; else NULL.
 * @param oobd_remote  The peer's, where we have that; else NULL. Both copied.
 * @retval 0        The pairing goes on; or it failed because the peer's data is not that of its
 *                  key.
 * @retval -EINVAL  @p conn is NULL, that was not asked, or what was asked for is not there.
 * Context: thread, never waits. Spec: Core 6.0 Vol 3 Part H 2.3.5.6.4.
 */
int bt_le_oob_set_sc_data(struct bt_conn *conn, const struct bt_le_oob_sc_data *oobd_local,
			  const struct bt_le_oob_sc_data *oobd_remote);

/** Use the same passkey in every pairing in which this side shows one. Whoever has paired once, or
 * failed often enough, knows it: for a display that is a label, and nothing else.
 * @param passkey  0 to 999999; BT_PASSKEY_RAND: another one each time, as at first.
 * @retval 0        Set.
 * @retval -EINVAL  Out of range.
 * Context: thread, never waits. Spec: Core 6.0 Vol 3 Part H 2.3.5.6.3.
 */
int bt_passkey_set(unsigned int passkey);

#ifdef __cplusplus
}
#endif

/* What grew too long for one file. */
#include <zephyr/bluetooth/ext_adv.h>
#include <zephyr/bluetooth/per_adv.h>

#endif
