/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZEPHYR_BLUETOOTH_EXT_ADV_H_
#define ZEPHYR_BLUETOOTH_EXT_ADV_H_

#include <zephyr/bluetooth/bluetooth.h>

/** @file
 * Extended advertising: sets, each with parameters, data and an end of its own. Part of
 * <zephyr/bluetooth/bluetooth.h>, which programs include.
 *
 * The functions act on the current host, those that take a set on the set's. They need a controller
 * with extended advertising; bt_le_adv_start() and bt_le_scan_start() work with either kind, and
 * use the extended commands where the controller has them.
 *
 * bt_disable() and the loss of the controller delete all sets: no pointer to one may be used
 * afterwards.
 */

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Parameters ---- */

/** Connectable, 100 to 150 ms. */
#define BT_LE_EXT_ADV_CONN                                                                     \
	BT_LE_ADV_PARAM(BT_LE_ADV_OPT_EXT_ADV | BT_LE_ADV_OPT_CONN, BT_GAP_ADV_FAST_INT_MIN_2, \
			BT_GAP_ADV_FAST_INT_MAX_2, NULL)
/** Scannable, 100 to 150 ms, private address: all data is in the scan response. */
#define BT_LE_EXT_ADV_SCAN                                               \
	BT_LE_ADV_PARAM(BT_LE_ADV_OPT_EXT_ADV | BT_LE_ADV_OPT_SCANNABLE, \
			BT_GAP_ADV_FAST_INT_MIN_2, BT_GAP_ADV_FAST_INT_MAX_2, NULL)
/** Neither, 100 to 150 ms, private address. */
#define BT_LE_EXT_ADV_NCONN                                               \
	BT_LE_ADV_PARAM(BT_LE_ADV_OPT_EXT_ADV, BT_GAP_ADV_FAST_INT_MIN_2, \
			BT_GAP_ADV_FAST_INT_MAX_2, NULL)
/** Neither, 100 to 150 ms, identity address. */
#define BT_LE_EXT_ADV_NCONN_IDENTITY                                        \
	BT_LE_ADV_PARAM(BT_LE_ADV_OPT_EXT_ADV | BT_LE_ADV_OPT_USE_IDENTITY, \
			BT_GAP_ADV_FAST_INT_MIN_2, BT_GAP_ADV_FAST_INT_MAX_2, NULL)
/** Neither, on Coded, 100 to 150 ms, private address. */
#define BT_LE_EXT_ADV_CODED_NCONN                                                               \
	BT_LE_ADV_PARAM(BT_LE_ADV_OPT_EXT_ADV | BT_LE_ADV_OPT_CODED, BT_GAP_ADV_FAST_INT_MIN_2, \
			BT_GAP_ADV_FAST_INT_MAX_2, NULL)
/** Neither, on Coded, 100 to 150 ms, identity address. */
#define BT_LE_EXT_ADV_CODED_NCONN_IDENTITY                                                        \
	BT_LE_ADV_PARAM(BT_LE_ADV_OPT_EXT_ADV | BT_LE_ADV_OPT_CODED | BT_LE_ADV_OPT_USE_IDENTITY, \
			BT_GAP_ADV_FAST_INT_MIN_2, BT_GAP_ADV_FAST_INT_MAX_2, NULL)

/* ---- What a set tells ---- */

/** For bt_le_ext_adv_cb.sent. */
struct bt_le_ext_adv_sent_info {
	uint8_t num_sent; /**< Extended advertising events sent, as far as a byte goes. */
};

/** For bt_le_ext_adv_cb.connected. */
struct bt_le_ext_adv_connected_info {
	struct bt_conn *conn; /**< The link; referenced during the call. */
};

/** For bt_le_ext_adv_cb.scanned. */
struct bt_le_ext_adv_scanned_info {
	bt_addr_le_t *addr; /**< Who asked; valid during the call. */
};

/** Hears of a set; zero members are not called. All calls at thread level, all API allowed, also
 * bt_le_ext_adv_delete() of the set itself.
 */
struct bt_le_ext_adv_cb {
	/** A limit of bt_le_ext_adv_start() was reached; the set does not advertise any more. */
	void (*sent)(struct bt_le_ext_adv *adv, struct bt_le_ext_adv_sent_info *info);

	/** A peer has connected; the set does not advertise any more. Called after
	 * bt_conn_cb.connected of the same link.
	 */
	void (*connected)(struct bt_le_ext_adv *adv, struct bt_le_ext_adv_connected_info *info);

	/** With BT_LE_ADV_OPT_NOTIFY_SCAN_REQ: a scan request has come. */
	void (*scanned)(struct bt_le_ext_adv *adv, struct bt_le_ext_adv_scanned_info *info);

	/** The set's private address is to change. False: keep it until the next time. The set
	 * may be given other data here, and must not be stopped or deleted.
	 */
	bool (*rpa_expired)(struct bt_le_ext_adv *adv);
};

/* ---- Sets ---- */

/** Make a set.
 *
 * Without BT_LE_ADV_OPT_EXT_ADV it sends legacy PDUs, which every scanner hears: 31 bytes of data,
 * a connectable one is scannable too. With it, extended ones: up to 1650 bytes, or what the
 * controller can; not connectable and scannable both.
 *
 * @param param  How; copied, but for the peer's address no pointer is kept. @ref
 *               bt_le_adv_param.interval_max goes up to 0xffffff here (2 h 54 min).
 * @param cb     Who hears of it; NULL: nobody. Stays the caller's, valid until the set is deleted.
 * @param adv    Receives the set, valid until bt_le_ext_adv_delete() or bt_disable().
 * @retval 0             Made; it does not advertise yet.
 * @retval -EAGAIN       The host is not enabled.
 * @retval -ENOTSUP      The controller has no extended advertising, or lacks a PHY or the choice of
 *                       a coding that the options ask for.
 * @retval -EINVAL       An argument is NULL; an option, the identity, the interval, the set
 *                       identifier is out of range; options contradict each other.
 * @retval -ENOMEM       CONFIG_BT_EXT_ADV_MAX_ADV_SET exist, the controller has no room for
 * another, or no buffer.
 * @retval -EIO          The controller refused, or the port has no entropy.
 * @retval -EPROTO       The controller's answer was malformed.
 * @retval -ETIMEDOUT    The controller did not answer.
 * @retval -ENODEV       The transport was lost.
 * @retval -EWOULDBLOCK  Called at interrupt level.
 * Context: thread, may wait for the controller; allowed in bt_* callbacks.
 * Spec: Core 6.0 Vol 4 Part E 7.8.52, 7.8.53.
 */
int bt_le_ext_adv_create(const struct bt_le_adv_param *param, const struct bt_le_ext_adv_cb *cb,
			 struct bt_le_ext_adv **adv);

/** When a set shall stop by itself; the first limit counts. */
struct bt_le_ext_adv_start_param {
	uint16_t timeout;   /**< Unit 10 ms; 0: no limit. Directed at high duty cycle: up to
			     *   BT_GAP_ADV_HIGH_DUTY_CYCLE_MAX_TIMEOUT, which 0 stands for. */
	uint8_t num_events; /**< Extended advertising events; 0: no limit. */
};

/** Initialiser of a struct bt_le_ext_adv_start_param. */
#define BT_LE_EXT_ADV_START_PARAM_INIT(_timeout, _n_evts)       \
	{                                                       \
		.timeout = (_timeout), .num_events = (_n_evts), \
	}

/** A pointer to parameters made on the spot; valid to the end of the enclosing block. */
#define BT_LE_EXT_ADV_START_PARAM(_timeout, _n_evts) \
	((const struct bt_le_ext_adv_start_param[]){ \
		BT_LE_EXT_ADV_START_PARAM_INIT((_timeout), (_n_evts))})

/** Until stopped. */
#define BT_LE_EXT_ADV_START_DEFAULT BT_LE_EXT_ADV_START_PARAM(0, 0)

/** Start a set. A private address is a fresh one each time.
 * @param adv    The set.
 * @param param  Its limits; NULL: none.
 * @retval 0              Advertising.
 * @retval -EALREADY      Advertising already.
 * @retval -EINVAL        @p adv is no set, or the timeout is too long for high duty cycle.
 * @retval -EAGAIN        The host is not enabled.
 * @retval -EBUSY         Another call about the set is waiting for the controller.
 * @retval -ENOMEM        Connectable, and all CONFIG_BT_MAX_CONN connections are in use; or no
 *                        buffer.
 * @retval -ECONNREFUSED  The controller has no room for another connection.
 * @retval -EACCES        The controller disallows it in its present state.
 * @retval -EIO           The controller refused, or the port has no entropy.
 * @retval -ETIMEDOUT     The controller did not answer; it has been told to stop.
 * @retval -ENODEV        The transport was lost.
 * @retval -EWOULDBLOCK   Called at interrupt level.
 * Context: thread, may wait for the controller; allowed in bt_* callbacks.
 * Spec: Core 6.0 Vol 4 Part E 7.8.56.
 */
int bt_le_ext_adv_start(struct bt_le_ext_adv *adv, const struct bt_le_ext_adv_start_param *param);

/** Stop a set; one that does not advertise succeeds. bt_le_ext_adv_cb.sent is not called. Periodic
 * advertising goes on.
 * @param adv  The set.
 * @retval 0             Not advertising.
 * @retval -EINVAL       @p adv is no set.
 * @retval -EAGAIN       The host is not enabled.
 * @retval -EBUSY        Another call about the set is waiting for the controller.
 * @retval -ENOMEM       No buffer.
 * @retval -EIO          The controller refused.
 * @retval -ETIMEDOUT    The controller did not answer.
 * @retval -ENODEV       The transport was lost.
 * @retval -EWOULDBLOCK  Called at interrupt level.
 * Context: thread, may wait for the controller; allowed in bt_* callbacks.
 * Spec: Core 6.0 Vol 4 Part E 7.8.56.
 */
int bt_le_ext_adv_stop(struct bt_le_ext_adv *adv);

/** Set the data of a set, which may be advertising: then it is sent from the next event on.
 *
 * An extended scannable set has scan response data alone, and @p ad is ignored; a set that is not
 * scannable has none, and @p sd is ignored. BT_LE_ADV_OPT_USE_NAME puts the name behind the data of
 * the scan response, where there is one, else of the advertisement.
 *
 * @param adv     The set.
 * @param ad      Advertising data: serialised at most 31 bytes for legacy PDUs, else what the
 *                controller can, up to 1650; an element at most 254 bytes. Copied.
 * @param ad_len  Elements at @p ad.
 * @param sd      Scan response data, likewise.
 * @param sd_len  Elements at @p sd.
 * @retval 0             Set.
 * @retval -EINVAL       @p adv is no set, or one of directed legacy PDUs; data is too long.
 * @retval -EAGAIN       The host is not enabled; or the set is advertising and the data is over 251
 *                       bytes: stop it first.
 * @retval -EBUSY        Another call about the set is waiting for the controller.
 * @retval -ENOMEM       No buffer, or the controller has no room for it.
 * @retval -EACCES       The controller disallows it in its present state.
 * @retval -EIO          The controller refused.
 * @retval -ETIMEDOUT    The controller did not answer.
 * @retval -ENODEV       The transport was lost.
 * @retval -EWOULDBLOCK  Called at interrupt level.
 * Context: thread, may wait for the controller; allowed in bt_* callbacks.
 * Spec: Core 6.0 Vol 4 Part E 7.8.54, 7.8.55.
 */
int bt_le_ext_adv_set_data(struct bt_le_ext_adv *adv, const struct bt_data *ad, size_t ad_len,
			   const struct bt_data *sd, size_t sd_len);

/** Change the parameters of a set that does not advertise. Its data stays where it still fits.
 * @param adv    The set.
 * @param param  As for bt_le_ext_adv_create().
 * @retval 0             Changed.
 * @retval -EINVAL       @p adv is no set, or is advertising; a parameter is out of range; or it has
 *                       periodic advertising and would become connectable, scannable, anonymous or
 *                       legacy.
 * @retval -ENOTSUP      As for bt_le_ext_adv_create().
 * @retval -EAGAIN       The host is not enabled.
 * @retval -EBUSY        Another call about the set is waiting for the controller.
 * @retval -ENOMEM       No buffer.
 * @retval -EACCES       The controller disallows it in its present state.
 * @retval -EIO          The controller refused, or the port has no entropy.
 * @retval -EPROTO       The controller's answer was malformed.
 * @retval -ETIMEDOUT    The controller did not answer.
 * @retval -ENODEV       The transport was lost.
 * @retval -EWOULDBLOCK  Called at interrupt level.
 * Context: thread, may wait for the controller; allowed in bt_* callbacks.
 * Spec: Core 6.0 Vol 4 Part E 7.8.53.
 */
int bt_le_ext_adv_update_param(struct bt_le_ext_adv *adv, const struct bt_le_adv_param *param);

/** Delete a set; its periodic advertising is stopped.
 * @param adv  The set; not to be used any more after success.
 * @retval 0             Deleted.
 * @retval -EINVAL       @p adv is no set, or has not been stopped.
 * @retval -EAGAIN       The host is not enabled.
 * @retval -EBUSY        Another call about the set is waiting for the controller.
 * @retval -ENOMEM       No buffer.
 * @retval -EACCES       The controller disallows it in its present state.
 * @retval -EIO          The controller refused.
 * @retval -ETIMEDOUT    The controller did not answer.
 * @retval -ENODEV       The transport was lost.
 * @retval -EWOULDBLOCK  Called at interrupt level.
 * Context: thread, may wait for the controller; allowed in bt_* callbacks.
 * Spec: Core 6.0 Vol 4 Part E 7.8.59.
 */
int bt_le_ext_adv_delete(struct bt_le_ext_adv *adv);

/** @return The index of a set, 0 to CONFIG_BT_EXT_ADV_MAX_ADV_SET - 1, by which a program can keep
 * its own state of it.
 * @param adv  The set.
 * Context: thread, never waits.
 */
uint8_t bt_le_ext_adv_get_index(struct bt_le_ext_adv *adv);

/** @return The set that advertises with that address, NULL: none.
 * @param addr  As in bt_le_ext_adv_info.
 * @param sid   Its set identifier; BT_GAP_SID_INVALID for legacy PDUs.
 * Context: thread, never waits.
 */
struct bt_le_ext_adv *bt_le_ext_adv_lookup_addr(const bt_addr_le_t *addr, uint8_t sid);

/** Whether a set advertises. */
enum bt_le_ext_adv_state {
	BT_LE_EXT_ADV_STATE_DISABLED, /**< It does not. */
	BT_LE_EXT_ADV_STATE_ENABLED,  /**< It does. */
};

/** Whether a set advertises periodically. */
enum bt_le_per_adv_state {
	BT_LE_PER_ADV_STATE_NONE,     /**< bt_le_per_adv_set_param() was not called. */
	BT_LE_PER_ADV_STATE_DISABLED, /**< It does not. */
	BT_LE_PER_ADV_STATE_ENABLED,  /**< It does, while the set advertises or has advertised. */
};

/** For bt_le_ext_adv_get_info(). */
struct bt_le_ext_adv_info {
	uint8_t id;                             /**< Its identity. */
	int8_t tx_power;                        /**< dBm, as the controller chose. */
	uint8_t sid;                            /**< BT_GAP_SID_INVALID for legacy PDUs. */
	const bt_addr_le_t *addr;               /**< What it advertises with; the set's. */
	enum bt_le_ext_adv_state ext_adv_state; /**< Whether it advertises. */
	enum bt_le_per_adv_state per_adv_state; /**< Whether it does so periodically. */
};

/** Read what a set is.
 * @param adv   The set.
 * @param info  Filled.
 * @retval 0        Read.
 * @retval -EINVAL  @p adv is no set, or @p info is NULL.
 * Context: thread, never waits.
 * Spec: Core 6.0 Vol 4 Part E 7.8.53.
 */
int bt_le_ext_adv_get_info(const struct bt_le_ext_adv *adv, struct bt_le_ext_adv_info *info);

/** As bt_le_oob_get_local(), with the address of a set.
 * @param adv  The set.
 * @param oob  Filled.
 * @retval 0        Made.
 * @retval -EINVAL  @p adv is no set, or @p oob is NULL.
 * @retval -EAGAIN  The host is not enabled.
 * @retval -EIO     The crypto library failed.
 * Context: thread, never waits. Spec: Core 6.0 Vol 3 Part H 2.3.5.6.4.
 */
int bt_le_ext_adv_oob_get_local(struct bt_le_ext_adv *adv, struct bt_le_oob *oob);

#ifdef __cplusplus
}
#endif

#endif
