/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZEPHYR_BLUETOOTH_PER_ADV_H_
#define ZEPHYR_BLUETOOTH_PER_ADV_H_

#include <zephyr/bluetooth/bluetooth.h>

/** @file
 * Periodic advertising: a set's train of data at a fixed interval, synchronising to others', and
 * handing trains on over a link. Part of <zephyr/bluetooth/bluetooth.h>, which programs include.
 *
 * Without responses, direction finding and isochronous streams.
 */

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Advertising ---- */

/** Options of periodic advertising, bits. */
enum {
	BT_LE_PER_ADV_OPT_NONE = 0,
	BT_LE_PER_ADV_OPT_USE_TX_POWER = BIT(1), /**< With its transmit power. */
	/** With its Advertising Data Info, by which scanners can filter duplicates. */
	BT_LE_PER_ADV_OPT_INCLUDE_ADI = BIT(2),
};

/** How to advertise periodically. */
struct bt_le_per_adv_param {
	uint16_t interval_min; /**< Unit 1.25 ms, 6 to 65535 (7.5 ms to 81.92 s). */
	uint16_t interval_max; /**< Unit 1.25 ms, at least @ref interval_min. */
	uint32_t options;      /**< BT_LE_PER_ADV_OPT_*. */
};

/** Initialiser of a struct bt_le_per_adv_param. */
#define BT_LE_PER_ADV_PARAM_INIT(_int_min, _int_max, _options)                                 \
	{                                                                                      \
		.interval_min = (_int_min), .interval_max = (_int_max), .options = (_options), \
	}

/** A pointer to parameters made on the spot; valid to the end of the enclosing block. */
#define BT_LE_PER_ADV_PARAM(_int_min, _int_max, _options) \
	((struct bt_le_per_adv_param[]){BT_LE_PER_ADV_PARAM_INIT(_int_min, _int_max, _options)})

/** Each 1 to 1.2 s. */
#define BT_LE_PER_ADV_DEFAULT                                                         \
	BT_LE_PER_ADV_PARAM(BT_GAP_PER_ADV_SLOW_INT_MIN, BT_GAP_PER_ADV_SLOW_INT_MAX, \
			    BT_LE_PER_ADV_OPT_NONE)

/** Make a set able to advertise periodically, or change how.
 * @param adv    The set: extended, neither connectable nor scannable nor anonymous.
 * @param param  How; copied.
 * @retval 0             Set.
 * @retval -EINVAL       @p adv is no set, or not of that kind; a parameter is out of range.
 * @retval -ENOTSUP      The controller has no periodic advertising.
 * @retval -EAGAIN       The host is not enabled.
 * @retval -EBUSY        Another call about the set is waiting for the controller.
 * @retval -ENOMEM       No buffer, or the controller has no room.
 * @retval -EACCES       The controller disallows it in its present state: it is advertising
 *                       periodically.
 * @retval -EIO          The controller refused.
 * @retval -ETIMEDOUT    The controller did not answer.
 * @retval -ENODEV       The transport was lost.
 * @retval -EWOULDBLOCK  Called at interrupt level.
 * Context: thread, may wait for the controller; allowed in bt_* callbacks.
 * Spec: Core 6.0 Vol 4 Part E 7.8.61.
 */
int bt_le_per_adv_set_param(struct bt_le_ext_adv *adv, const struct bt_le_per_adv_param *param);

/** Set the data of the train, which may be running: then it is sent from the next event on.
 * @param adv     The set.
 * @param ad      Serialised at most what the controller can, up to 1650 bytes; an element at most
 *                254. Copied.
 * @param ad_len  Elements at @p ad.
 * @retval 0             Set.
 * @retval -EINVAL       bt_le_per_adv_set_param() was not called, or the data is too long.
 * @retval -EAGAIN       The host is not enabled; or the train is running and the data is over 252
 *                       bytes: stop it first.
 * @retval -ENOTSUP, -EBUSY, -ENOMEM, -EACCES, -EIO, -ETIMEDOUT, -ENODEV, -EWOULDBLOCK  As for
 *                       bt_le_per_adv_set_param().
 * Context: thread, may wait for the controller; allowed in bt_* callbacks.
 * Spec: Core 6.0 Vol 4 Part E 7.8.62.
 */
int bt_le_per_adv_set_data(const struct bt_le_ext_adv *adv, const struct bt_data *ad,
			   size_t ad_len);

/** Say in a running train that its data is new, where it is the same.
 * @param adv  The set, with BT_LE_PER_ADV_OPT_INCLUDE_ADI.
 * @retval 0             Said.
 * @retval -EINVAL       @p adv is no set, its train is not running, or it was started without that
 *                       option.
 * @retval -ENOTSUP, -EAGAIN, -EBUSY, -ENOMEM, -EACCES, -EIO, -ETIMEDOUT, -ENODEV, -EWOULDBLOCK  As
 *                       for bt_le_per_adv_set_param().
 * Context: thread, may wait for the controller; allowed in bt_* callbacks.
 * Spec: Core 6.0 Vol 4 Part E 7.8.62.
 */
int bt_le_per_adv_update_did(const struct bt_le_ext_adv *adv);

/** Start the train of a set. It begins when the set advertises too, and goes on when that stops.
 * @param adv  The set.
 * @retval 0             Started.
 * @retval -EALREADY     Started already.
 * @retval -EINVAL       @p adv is no set, or bt_le_per_adv_set_param() was not called.
 * @retval -ENOTSUP, -EAGAIN, -EBUSY, -ENOMEM, -EACCES, -EIO, -ETIMEDOUT, -ENODEV, -EWOULDBLOCK  As
 *                       for bt_le_per_adv_set_param().
 * Context: thread, may wait for the controller; allowed in bt_* callbacks.
 * Spec: Core 6.0 Vol 4 Part E 7.8.63.
 */
int bt_le_per_adv_start(struct bt_le_ext_adv *adv);

/** Stop the train of a set.
 * @param adv  The set.
 * @retval 0             Stopped.
 * @retval -EALREADY     Not started.
 * @retval -EINVAL       @p adv is no set, or bt_le_per_adv_set_param() was not called.
 * @retval -ENOTSUP, -EAGAIN, -EBUSY, -ENOMEM, -EACCES, -EIO, -ETIMEDOUT, -ENODEV, -EWOULDBLOCK  As
 *                       for bt_le_per_adv_set_param().
 * Context: thread, may wait for the controller; allowed in bt_* callbacks.
 * Spec: Core 6.0 Vol 4 Part E 7.8.63.
 */
int bt_le_per_adv_stop(struct bt_le_ext_adv *adv);

/** @return The set with periodic advertising that has that address, NULL: none.
 * @param addr  As in bt_le_ext_adv_info.
 * @param sid   Its set identifier.
 * Context: thread, never waits.
 */
struct bt_le_ext_adv *bt_le_per_adv_lookup_addr(const bt_addr_le_t *addr, uint8_t sid);

/* ---- Synchronising ---- */

/** Synchronisation to a train; opaque. */
struct bt_le_per_adv_sync;

/** For bt_le_per_adv_sync_cb.synced; pointers are valid during the call. */
struct bt_le_per_adv_sync_synced_info {
	const bt_addr_le_t *addr; /**< The advertiser. */
	uint8_t sid;              /**< Its set identifier. */
	uint16_t interval;        /**< Unit 1.25 ms. */
	uint8_t phy;              /**< BT_GAP_LE_PHY_*. */
	bool recv_enabled;        /**< Whether reports come. */
	uint16_t service_data;    /**< Of who transferred it; 0 for our own. */
	struct bt_conn *conn;     /**< By whom it was transferred; NULL for our own. */
};

/** For bt_le_per_adv_sync_cb.term; pointers are valid during the call. */
struct bt_le_per_adv_sync_term_info {
	const bt_addr_le_t *addr; /**< The advertiser. */
	uint8_t sid;              /**< Its set identifier. */
	/** BT_HCI_ERR_*: what the controller said of an attempt; BT_HCI_ERR_UNSPECIFIED when the
	 * train was lost; BT_HCI_ERR_LOCALHOST_TERM_CONN when it was deleted, or Bluetooth switched
	 * off; BT_HCI_ERR_CONN_TIMEOUT when the transport was lost.
	 */
	uint8_t reason;
};

/** For bt_le_per_adv_sync_cb.recv; pointers are valid during the call. */
struct bt_le_per_adv_sync_recv_info {
	const bt_addr_le_t *addr; /**< The advertiser. */
	uint8_t sid;              /**< Its set identifier. */
	int8_t tx_power;          /**< dBm, BT_GAP_TX_POWER_INVALID when not told. */
	int8_t rssi;              /**< dBm, BT_GAP_RSSI_INVALID when not measured. */
	uint8_t cte_type;         /**< Bits 0 AoA, 1 AoD 1 us, 2 AoD 2 us; 0: no tone. */
};

/** For bt_le_per_adv_sync_cb.state_changed. */
struct bt_le_per_adv_sync_state_info {
	bool recv_enabled; /**< Whether reports come. */
};

/** Hears of all synchronisations of a host; zero members are not called. All calls at thread level,
 * all API allowed.
 */
struct bt_le_per_adv_sync_cb {
	/** Synchronised; reports come from now on. */
	void (*synced)(struct bt_le_per_adv_sync *sync,
		       struct bt_le_per_adv_sync_synced_info *info);

	/** It has ended, or an attempt has; @p sync is deleted, and another may be made. */
	void (*term)(struct bt_le_per_adv_sync *sync,
		     const struct bt_le_per_adv_sync_term_info *info);

	/** Data of the train; each listener gets the whole of @p buf. What came in part alone is
	 * not told, but counted in fav_host_stats.
	 */
	void (*recv)(struct bt_le_per_adv_sync *sync,
		     const struct bt_le_per_adv_sync_recv_info *info, struct net_buf_simple *buf);

	/** bt_le_per_adv_sync_recv_enable() or its opposite has taken effect. */
	void (*state_changed)(struct bt_le_per_adv_sync *sync,
			      const struct bt_le_per_adv_sync_state_info *info);

	/** @cond private */
	sys_snode_t node;
	/** @endcond */
};

/** Options of synchronising, bits. */
enum bt_le_per_adv_sync_opt {
	BT_LE_PER_ADV_SYNC_OPT_NONE = 0,
	/** To whichever train of the list comes first; address and identifier are not used. */
	BT_LE_PER_ADV_SYNC_OPT_USE_PER_ADV_LIST = BIT(0),
	/** Without reports until bt_le_per_adv_sync_recv_enable(). */
	BT_LE_PER_ADV_SYNC_OPT_REPORTING_INITIALLY_DISABLED = BIT(1),
	/** The same data is reported once. */
	BT_LE_PER_ADV_SYNC_OPT_FILTER_DUPLICATE = BIT(2),
	BT_LE_PER_ADV_SYNC_OPT_DONT_SYNC_AOA = BIT(3),     /**< Not with that constant tone. */
	BT_LE_PER_ADV_SYNC_OPT_DONT_SYNC_AOD_1US = BIT(4), /**< Not with that constant tone. */
	BT_LE_PER_ADV_SYNC_OPT_DONT_SYNC_AOD_2US = BIT(5), /**< Not with that constant tone. */
	BT_LE_PER_ADV_SYNC_OPT_SYNC_ONLY_CONST_TONE_EXT = BIT(6), /**< Not without one. */
};

/** To what to synchronise, and how closely. */
struct bt_le_per_adv_sync_param {
	bt_addr_le_t addr; /**< The advertiser. */
	uint8_t sid;       /**< Its set identifier, 0 to 15. */
	uint32_t options;  /**< BT_LE_PER_ADV_SYNC_OPT_*. */
	uint16_t skip;     /**< Events that may be skipped after one was received, 0 to 499. */
	uint16_t timeout;  /**< Lost when nothing comes for so long: unit 10 ms, 10 to 16384. */
};

/** Begin to synchronise, one at a time. The host scans until it is done, beside or without the
 * application; it goes on for ever, until bt_le_per_adv_sync_cb.synced or .term, or
 * bt_le_per_adv_sync_delete().
 * @param param     To what; copied.
 * @param out_sync  Receives the synchronisation, valid until term, bt_le_per_adv_sync_delete() or
 *                  bt_disable(), which calls term.
 * @retval 0             Begun.
 * @retval -EAGAIN       The host is not enabled.
 * @retval -EINVAL       An argument is NULL, or a parameter is out of range.
 * @retval -ENOTSUP      The controller has no periodic advertising, or cannot do without reports.
 * @retval -EBUSY        Another one has been begun, or deleted and not ended by the controller yet.
 * @retval -ENOMEM       CONFIG_BT_PER_ADV_SYNC_MAX exist, the controller has no room for another,
 * or no buffer.
 * @retval -EACCES       The controller disallows it in its present state.
 * @retval -EIO          The controller refused.
 * @retval -ETIMEDOUT    The controller did not answer.
 * @retval -ENODEV       The transport was lost.
 * @retval -EWOULDBLOCK  Called at interrupt level.
 * Context: thread, may wait for the controller; allowed in bt_* callbacks.
 * Spec: Core 6.0 Vol 4 Part E 7.8.67.
 */
int bt_le_per_adv_sync_create(const struct bt_le_per_adv_sync_param *param,
			      struct bt_le_per_adv_sync **out_sync);

/** End a synchronisation, or an attempt. Of the former term is called, within this call; of the
 * latter it is not.
 * @param per_adv_sync  It; not to be used any more after success.
 * @retval 0             Ended.
 * @retval -EINVAL       It is none.
 * @retval -EAGAIN       The host is not enabled.
 * @retval -ENOMEM       No buffer.
 * @retval -EIO          The controller refused.
 * @retval -ETIMEDOUT    The controller did not answer.
 * @retval -ENODEV       The transport was lost.
 * @retval -EWOULDBLOCK  Called at interrupt level.
 * Context: thread, may wait for the controller; allowed in bt_* callbacks.
 * Spec: Core 6.0 Vol 4 Part E 7.8.68, 7.8.69.
 */
int bt_le_per_adv_sync_delete(struct bt_le_per_adv_sync *per_adv_sync);

/** @return Its index, 0 to CONFIG_BT_PER_ADV_SYNC_MAX - 1, by which a program can keep its own
 * state of it.
 * @param per_adv_sync  It.
 * Context: thread, never waits.
 */
uint8_t bt_le_per_adv_sync_get_index(struct bt_le_per_adv_sync *per_adv_sync);

/** @return The synchronisation with that index, NULL: none.
 * @param index  As bt_le_per_adv_sync_get_index() gave.
 * Context: thread, never waits.
 */
struct bt_le_per_adv_sync *bt_le_per_adv_sync_lookup_index(uint8_t index);

/** @return The synchronisation to that train, which is running; NULL: none.
 * @param adv_addr  The advertiser.
 * @param sid       Its set identifier.
 * Context: thread, never waits.
 */
struct bt_le_per_adv_sync *bt_le_per_adv_sync_lookup_addr(const bt_addr_le_t *adv_addr,
							  uint8_t sid);

/** For bt_le_per_adv_sync_get_info(). */
struct bt_le_per_adv_sync_info {
	bt_addr_le_t addr; /**< The advertiser. */
	uint8_t sid;       /**< Its set identifier. */
	uint16_t interval; /**< Unit 1.25 ms. */
	uint8_t phy;       /**< BT_GAP_LE_PHY_*. */
};

/** Read what it is synchronised to.
 * @param per_adv_sync  It.
 * @param info          Filled.
 * @retval 0        Read.
 * @retval -EINVAL  It is none, or not synchronised yet, or @p info is NULL.
 * Context: thread, never waits.
 * Spec: Core 6.0 Vol 4 Part E 7.7.65.14.
 */
int bt_le_per_adv_sync_get_info(struct bt_le_per_adv_sync *per_adv_sync,
				struct bt_le_per_adv_sync_info *info);

/** Register a listener. May be done before bt_enable(); it lasts until unregistered.
 * @param cb  Stays the caller's and must stay valid until unregistered.
 * @retval 0        Registered.
 * @retval -EEXIST  Registered already.
 * @retval -EINVAL  @p cb is NULL.
 * Context: thread, never waits; allowed in bt_* callbacks.
 */
int bt_le_per_adv_sync_cb_register(struct bt_le_per_adv_sync_cb *cb);

/** Unregister a listener.
 * @param cb  Not called again, and its memory may be used again at once.
 * @retval 0        Unregistered.
 * @retval -ENOENT  It was not registered.
 * @retval -EINVAL  @p cb is NULL.
 * Context: thread, never waits; allowed in bt_* callbacks, its own too.
 */
int bt_le_per_adv_sync_cb_unregister(struct bt_le_per_adv_sync_cb *cb);

/** Have reports come.
 * @param per_adv_sync  It.
 * @retval 0             They do, and bt_le_per_adv_sync_cb.state_changed was called.
 * @retval -EALREADY     They did already.
 * @retval -EINVAL       It is none, or not synchronised yet.
 * @retval -ENOTSUP      The controller does not have the command.
 * @retval -EAGAIN       The host is not enabled.
 * @retval -ENOMEM       No buffer.
 * @retval -EIO          The controller refused.
 * @retval -ETIMEDOUT    The controller did not answer.
 * @retval -ENODEV       The transport was lost.
 * @retval -EWOULDBLOCK  Called at interrupt level.
 * Context: thread, may wait for the controller; allowed in bt_* callbacks.
 * Spec: Core 6.0 Vol 4 Part E 7.8.88.
 */
int bt_le_per_adv_sync_recv_enable(struct bt_le_per_adv_sync *per_adv_sync);

/** Have no reports come, and stay synchronised.
 * @param per_adv_sync  It.
 * @retval 0             None come, and bt_le_per_adv_sync_cb.state_changed was called.
 * @retval -EALREADY, -EINVAL, -ENOTSUP, -EAGAIN, -ENOMEM, -EIO, -ETIMEDOUT, -ENODEV,
 *         -EWOULDBLOCK  As for bt_le_per_adv_sync_recv_enable().
 * Context: thread, may wait for the controller; allowed in bt_* callbacks.
 * Spec: Core 6.0 Vol 4 Part E 7.8.88.
 */
int bt_le_per_adv_sync_recv_disable(struct bt_le_per_adv_sync *per_adv_sync);

/* ---- The list of advertisers ---- */

/** Add a train to the list for BT_LE_PER_ADV_SYNC_OPT_USE_PER_ADV_LIST. Forgotten by bt_disable().
 * @param addr  The advertiser.
 * @param sid   Its set identifier.
 * @retval 0             In it.
 * @retval -EINVAL       An argument is NULL or out of range, or it is in it already.
 * @retval -EAGAIN       The host is not enabled.
 * @retval -ENOTSUP      The controller has no periodic advertising.
 * @retval -ENOMEM       The list is full, or no buffer.
 * @retval -EACCES       The list is in use: an attempt to synchronise has been begun.
 * @retval -EIO          The controller refused.
 * @retval -ETIMEDOUT    The controller did not answer.
 * @retval -ENODEV       The transport was lost.
 * @retval -EWOULDBLOCK  Called at interrupt level.
 * Context: thread, may wait for the controller; allowed in bt_* callbacks.
 * Spec: Core 6.0 Vol 4 Part E 7.8.70.
 */
int bt_le_per_adv_list_add(const bt_addr_le_t *addr, uint8_t sid);

/** Remove a train from the list.
 * @param addr  As it was added.
 * @param sid   As it was added.
 * @retval 0             Not in it any more.
 * @retval -EIO          It was not in it, or the controller refused.
 * @retval -EINVAL, -EAGAIN, -ENOTSUP, -ENOMEM, -EACCES, -ETIMEDOUT, -ENODEV, -EWOULDBLOCK  As for
 *                       bt_le_per_adv_list_add().
 * Context: thread, may wait for the controller; allowed in bt_* callbacks.
 * Spec: Core 6.0 Vol 4 Part E 7.8.71.
 */
int bt_le_per_adv_list_remove(const bt_addr_le_t *addr, uint8_t sid);

/** Empty the list.
 * @retval 0             Empty.
 * @retval -EAGAIN, -ENOTSUP, -ENOMEM, -EACCES, -EIO, -ETIMEDOUT, -ENODEV, -EWOULDBLOCK  As for
 *                       bt_le_per_adv_list_add().
 * Context: thread, may wait for the controller; allowed in bt_* callbacks.
 * Spec: Core 6.0 Vol 4 Part E 7.8.72.
 */
int bt_le_per_adv_list_clear(void);

/* ---- Handing trains on ---- */

/** Hand the train that we are synchronised to on to a peer.
 * @param per_adv_sync  It.
 * @param conn          The link.
 * @param service_data  For the peer's application.
 * @retval 0             The link layer hands it on.
 * @retval -EINVAL       An argument is NULL, or not synchronised.
 * @retval -ENOTSUP      The controller cannot, or the peer's.
 * @retval -ENOTCONN     There is no link.
 * @retval -EAGAIN       The host is not enabled.
 * @retval -ENOMEM       No buffer.
 * @retval -EIO          The controller refused.
 * @retval -ETIMEDOUT    The controller did not answer.
 * @retval -ENODEV       The transport was lost.
 * @retval -EWOULDBLOCK  Called at interrupt level.
 * Context: thread, may wait for the controller; allowed in bt_* callbacks.
 * Spec: Core 6.0 Vol 4 Part E 7.8.89.
 */
int bt_le_per_adv_sync_transfer(const struct bt_le_per_adv_sync *per_adv_sync,
				const struct bt_conn *conn, uint16_t service_data);

/** Hand a set's own train on to a peer.
 * @param adv           The set.
 * @param conn          The link.
 * @param service_data  For the peer's application.
 * @retval 0             The link layer hands it on.
 * @retval -EINVAL       An argument is NULL, or the set has no periodic advertising.
 * @retval -ENOTSUP, -ENOTCONN, -EAGAIN, -ENOMEM, -EIO, -ETIMEDOUT, -ENODEV, -EWOULDBLOCK  As for
 *                       bt_le_per_adv_sync_transfer().
 * Context: thread, may wait for the controller; allowed in bt_* callbacks.
 * Spec: Core 6.0 Vol 4 Part E 7.8.90.
 */
int bt_le_per_adv_set_info_transfer(const struct bt_le_ext_adv *adv, const struct bt_conn *conn,
				    uint16_t service_data);

/** Options for taking trains from peers, bits. */
enum bt_le_per_adv_sync_transfer_opt {
	BT_LE_PER_ADV_SYNC_TRANSFER_OPT_NONE = 0,
	BT_LE_PER_ADV_SYNC_TRANSFER_OPT_SYNC_NO_AOA = BIT(0),     /**< Not with that tone. */
	BT_LE_PER_ADV_SYNC_TRANSFER_OPT_SYNC_NO_AOD_1US = BIT(1), /**< Not with that tone. */
	BT_LE_PER_ADV_SYNC_TRANSFER_OPT_SYNC_NO_AOD_2US = BIT(2), /**< Not with that tone. */
	BT_LE_PER_ADV_SYNC_TRANSFER_OPT_SYNC_ONLY_CTE = BIT(3),   /**< Not without a tone. */
	/** Without reports until bt_le_per_adv_sync_recv_enable(). */
	BT_LE_PER_ADV_SYNC_TRANSFER_OPT_REPORTING_INITIALLY_DISABLED = BIT(4),
	/** The same data is reported once; not together with the former. */
	BT_LE_PER_ADV_SYNC_TRANSFER_OPT_FILTER_DUPLICATES = BIT(5),
};

/** How closely to follow what a peer hands on. */
struct bt_le_per_adv_sync_transfer_param {
	uint16_t skip;    /**< As in bt_le_per_adv_sync_param. */
	uint16_t timeout; /**< As in bt_le_per_adv_sync_param. */
	uint32_t options; /**< BT_LE_PER_ADV_SYNC_TRANSFER_OPT_*. */
};

/** Take trains that a peer hands on: bt_le_per_adv_sync_cb.synced tells of them.
 * @param conn   The link; NULL: each link of the current host that is made from now on.
 * @param param  How; copied.
 * @retval 0             They are taken.
 * @retval -EINVAL       @p param is NULL or out of range.
 * @retval -ENOTSUP      The controller cannot.
 * @retval -ENOTCONN     There is no link.
 * @retval -EAGAIN       The host is not enabled.
 * @retval -ENOMEM       No buffer.
 * @retval -EIO          The controller refused.
 * @retval -ETIMEDOUT    The controller did not answer.
 * @retval -ENODEV       The transport was lost.
 * @retval -EWOULDBLOCK  Called at interrupt level.
 * Context: thread, may wait for the controller; allowed in bt_* callbacks.
 * Spec: Core 6.0 Vol 4 Part E 7.8.91, 7.8.92.
 */
int bt_le_per_adv_sync_transfer_subscribe(const struct bt_conn *conn,
					  const struct bt_le_per_adv_sync_transfer_param *param);

/** Take no trains from a peer, as at first.
 * @param conn  As for bt_le_per_adv_sync_transfer_subscribe().
 * @retval 0             None are taken.
 * @retval -ENOTSUP, -ENOTCONN, -EAGAIN, -ENOMEM, -EIO, -ETIMEDOUT, -ENODEV, -EWOULDBLOCK  As for
 *                       bt_le_per_adv_sync_transfer_subscribe().
 * Context: thread, may wait for the controller; allowed in bt_* callbacks.
 * Spec: Core 6.0 Vol 4 Part E 7.8.91, 7.8.92.
 */
int bt_le_per_adv_sync_transfer_unsubscribe(const struct bt_conn *conn);

#ifdef __cplusplus
}
#endif

#endif
