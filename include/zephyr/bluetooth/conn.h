/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZEPHYR_INCLUDE_BLUETOOTH_CONN_H_
#define ZEPHYR_INCLUDE_BLUETOOTH_CONN_H_

#include <stdbool.h>
#include <stdint.h>

#include <zephyr/bluetooth/addr.h>
#include <zephyr/bluetooth/gap.h>
#include <zephyr/sys/iterable_sections.h>
#include <zephyr/sys/slist.h>
#include <zephyr/sys/util.h>

/** @file
 * Connections.
 *
 * A struct bt_conn stands for one link, from the attempt to make it until the application has
 * released its last reference. The host holds a reference until the disconnected callbacks have
 * run; whoever keeps the pointer longer, or beyond the callback that handed it over, takes one with
 * bt_conn_ref(). Objects are reused: bt_conn_cb.recycled says when one became free.
 *
 * A command that the controller refuses fails with -EIO, or with what its status says more exactly:
 * -EACCES (not allowed now), -ENOTSUP, -EINVAL, -ENOMEM, -ENOTCONN, -ECONNREFUSED (too many links).
 *
 * The functions without a connection argument act on the current host (favonius/host.h).
 *
 * "Context: thread" everywhere below includes every bt_* callback, also when the function waits for
 * the controller: meanwhile only the controller's answers to commands are dispatched, all other
 * events wait in order.
 */

/** One link; opaque. */
struct bt_conn;

/** Connection parameters, as wanted. */
struct bt_le_conn_param {
	uint16_t interval_min; /**< Unit 1.25 ms, 6 (7.5 ms) to 3200 (4 s). */
	uint16_t interval_max; /**< Unit 1.25 ms, at least @ref interval_min, up to 3200. */
	uint16_t latency;      /**< Events the peripheral may skip, 0 to 499. */
	uint16_t timeout; /**< Supervision timeout, unit 10 ms, 10 (100 ms) to 3200 (32 s); longer
			   *   than (1 + latency) * interval_max * 2. */
};

/** Initialiser of a struct bt_le_conn_param; units as there. */
#define BT_LE_CONN_PARAM_INIT(int_min, int_max, lat, to)                                \
	{                                                                               \
		.interval_min = (int_min), .interval_max = (int_max), .latency = (lat), \
		.timeout = (to),                                                        \
	}

/** A pointer to parameters made on the spot; valid to the end of the enclosing block. */
#define BT_LE_CONN_PARAM(int_min, int_max, lat, to) \
	((struct bt_le_conn_param[]){BT_LE_CONN_PARAM_INIT(int_min, int_max, lat, to)})

/** 30 to 50 ms, no latency, supervision timeout 4 s. */
#define BT_LE_CONN_PARAM_DEFAULT \
	BT_LE_CONN_PARAM(BT_GAP_INIT_CONN_INT_MIN, BT_GAP_INIT_CONN_INT_MAX, 0, 400)

/** An interval in units of 1.25 ms as milliseconds, rounded down. */
#define BT_CONN_INTERVAL_TO_MS(interval) ((interval)*5U / 4U)
/** An interval in units of 1.25 ms as microseconds. */
#define BT_CONN_INTERVAL_TO_US(interval) ((interval)*1250U)

/** The PHY of a link. */
struct bt_conn_le_phy_info {
	uint8_t tx_phy; /**< What we send on: one BT_GAP_LE_PHY_* bit. */
	uint8_t rx_phy; /**< What we receive on: one BT_GAP_LE_PHY_* bit. */
};

/** Options of bt_conn_le_phy_update(). */
enum {
	BT_CONN_LE_PHY_OPT_NONE = 0,          /**< No preference of coding. */
	BT_CONN_LE_PHY_OPT_CODED_S2 = BIT(0), /**< On Coded, prefer S=2 (500 kbit/s). */
	BT_CONN_LE_PHY_OPT_CODED_S8 = BIT(1), /**< On Coded, prefer S=8 (125 kbit/s). */
};

/** Which PHYs are wanted. */
struct bt_conn_le_phy_param {
	uint16_t options;    /**< BT_CONN_LE_PHY_OPT_*. */
	uint8_t pref_tx_phy; /**< BT_GAP_LE_PHY_* bits to choose from; 0: no preference. */
	uint8_t pref_rx_phy; /**< BT_GAP_LE_PHY_* bits to choose from; 0: no preference. */
};

/** Initialiser of a struct bt_conn_le_phy_param. */
#define BT_CONN_LE_PHY_PARAM_INIT(_pref_tx_phy, _pref_rx_phy)                      \
	{                                                                          \
		.options = BT_CONN_LE_PHY_OPT_NONE, .pref_tx_phy = (_pref_tx_phy), \
		.pref_rx_phy = (_pref_rx_phy),                                     \
	}

/** A pointer to PHY parameters made on the spot; valid to the end of the enclosing block. */
#define BT_CONN_LE_PHY_PARAM(_pref_tx_phy, _pref_rx_phy) \
	((struct bt_conn_le_phy_param[]){BT_CONN_LE_PHY_PARAM_INIT(_pref_tx_phy, _pref_rx_phy)})

/** 1M both ways. */
#define BT_CONN_LE_PHY_PARAM_1M BT_CONN_LE_PHY_PARAM(BT_GAP_LE_PHY_1M, BT_GAP_LE_PHY_1M)
/** 2M both ways. */
#define BT_CONN_LE_PHY_PARAM_2M BT_CONN_LE_PHY_PARAM(BT_GAP_LE_PHY_2M, BT_GAP_LE_PHY_2M)
/** Coded both ways. */
#define BT_CONN_LE_PHY_PARAM_CODED BT_CONN_LE_PHY_PARAM(BT_GAP_LE_PHY_CODED, BT_GAP_LE_PHY_CODED)
/** Whichever the controllers agree on. */
#define BT_CONN_LE_PHY_PARAM_ALL                                                        \
	BT_CONN_LE_PHY_PARAM(BT_GAP_LE_PHY_1M | BT_GAP_LE_PHY_2M | BT_GAP_LE_PHY_CODED, \
			     BT_GAP_LE_PHY_1M | BT_GAP_LE_PHY_2M | BT_GAP_LE_PHY_CODED)

/** The link layer's packet lengths on a link. */
struct bt_conn_le_data_len_info {
	uint16_t tx_max_len;  /**< Payload we send, bytes, 27 to 251. */
	uint16_t tx_max_time; /**< Its longest airtime, microseconds. */
	uint16_t rx_max_len;  /**< Payload we receive, bytes, 27 to 251. */
	uint16_t rx_max_time; /**< Its longest airtime, microseconds. */
};

/** Which packet lengths are wanted. */
struct bt_conn_le_data_len_param {
	uint16_t tx_max_len;  /**< Bytes, 27 to 251. */
	uint16_t tx_max_time; /**< Microseconds, 328 to 17040. */
};

/** Initialiser of a struct bt_conn_le_data_len_param. */
#define BT_CONN_LE_DATA_LEN_PARAM_INIT(_tx_max_len, _tx_max_time)           \
	{                                                                   \
		.tx_max_len = (_tx_max_len), .tx_max_time = (_tx_max_time), \
	}

/** A pointer to lengths made on the spot; valid to the end of the enclosing block. */
#define BT_CONN_LE_DATA_LEN_PARAM(_tx_max_len, _tx_max_time) \
	((struct bt_conn_le_data_len_param[]){               \
		BT_CONN_LE_DATA_LEN_PARAM_INIT(_tx_max_len, _tx_max_time)})

/** 27 bytes, 328 us: what every link starts with. */
#define BT_LE_DATA_LEN_PARAM_DEFAULT \
	BT_CONN_LE_DATA_LEN_PARAM(BT_GAP_DATA_LEN_DEFAULT, BT_GAP_DATA_TIME_DEFAULT)
/** 251 bytes, as long as it takes. */
#define BT_LE_DATA_LEN_PARAM_MAX \
	BT_CONN_LE_DATA_LEN_PARAM(BT_GAP_DATA_LEN_MAX, BT_GAP_DATA_TIME_MAX)

/** Kinds of connection, a bit each; this host makes LE links alone. */
enum __packed bt_conn_type {
	BT_CONN_TYPE_LE = BIT(0),  /**< LE. */
	BT_CONN_TYPE_BR = BIT(1),  /**< BR/EDR; never found here. */
	BT_CONN_TYPE_SCO = BIT(2), /**< Synchronous BR/EDR; never found here. */
	BT_CONN_TYPE_ISO = BIT(3), /**< Isochronous; never found here yet. */
	BT_CONN_TYPE_ALL = BT_CONN_TYPE_LE | BT_CONN_TYPE_BR | BT_CONN_TYPE_SCO | BT_CONN_TYPE_ISO,
};

/** bt_conn_info.role. */
enum {
	BT_CONN_ROLE_CENTRAL = 0,    /**< We made the link. */
	BT_CONN_ROLE_PERIPHERAL = 1, /**< We advertised. */
};

/** bt_conn_info.state. */
enum bt_conn_state {
	BT_CONN_STATE_DISCONNECTED,  /**< Gone; only references are left. */
	BT_CONN_STATE_CONNECTING,    /**< Being made; bt_conn_disconnect() cancels. */
	BT_CONN_STATE_CONNECTED,     /**< Up. */
	BT_CONN_STATE_DISCONNECTING, /**< bt_conn_disconnect() was called; not yet gone. */
};

/** Security levels, Core 6.0 Vol 3 Part C 10.2.1. */
typedef enum __packed {
	BT_SECURITY_L0, /**< BR/EDR SDP only. */
	BT_SECURITY_L1, /**< No encryption. */
	BT_SECURITY_L2, /**< Encrypted, not authenticated. */
	BT_SECURITY_L3, /**< Encrypted, authenticated. */
	BT_SECURITY_L4, /**< Encrypted, authenticated LE Secure Connections, 128-bit key. */
	BT_SECURITY_FORCE_PAIR = BIT(7), /**< Or'ed: pair again although there is a bond. */
} bt_security_t;

/** How the keys of a link came about, bits. */
enum bt_security_flag {
	BT_SECURITY_FLAG_SC = BIT(0),  /**< LE Secure Connections. */
	BT_SECURITY_FLAG_OOB = BIT(1), /**< Out of band. */
};

/** The security of a link. */
struct bt_security_info {
	bt_security_t level;         /**< BT_SECURITY_L1 until security is there. */
	uint8_t enc_key_size;        /**< Bytes, 7 to 16; 0 without encryption. */
	enum bt_security_flag flags; /**< 0 without encryption. */
};

/** What is particular to LE links in struct bt_conn_info. */
struct bt_conn_le_info {
	const bt_addr_le_t *src;    /**< Our identity address. */
	const bt_addr_le_t *dst;    /**< The peer's identity address, or what it connected with. */
	const bt_addr_le_t *local;  /**< Our address on the air when the link was made. */
	const bt_addr_le_t *remote; /**< The peer's address on the air when the link was made. */
	uint16_t interval;          /**< Unit 1.25 ms; 0 while connecting. */
	uint32_t interval_us;       /**< The same in microseconds. */
	uint16_t latency;           /**< Events the peripheral may skip. */
	uint16_t timeout;           /**< Supervision timeout, unit 10 ms. */
	const struct bt_conn_le_phy_info *phy;           /**< The link's PHYs. */
	const struct bt_conn_le_data_len_info *data_len; /**< The link's packet lengths. */
};

/** What bt_conn_get_info() tells. Pointers live as long as the connection is referenced. */
struct bt_conn_info {
	uint8_t type; /**< BT_CONN_TYPE_LE. */
	uint8_t role; /**< BT_CONN_ROLE_*. */
	uint8_t id; /**< Our identity: the index for bt_id_get(), not a handle of the connection. */
	union {
		struct bt_conn_le_info le; /**< With BT_CONN_TYPE_LE. */
	};
	enum bt_conn_state state;         /**< Where its life stands. */
	struct bt_security_info security; /**< Its security. */
};

/** What is particular to LE links in struct bt_conn_remote_info. */
struct bt_conn_le_remote_info {
	const uint8_t *features; /**< The peer's LE features, 8 bytes, Core 6.0 Vol 6 Part B 4.6. */
};

/** What the peer's controller said of itself. */
struct bt_conn_remote_info {
	uint8_t type;          /**< BT_CONN_TYPE_LE. */
	uint8_t version;       /**< Link layer version, assigned number; 0 when unknown. */
	uint16_t manufacturer; /**< Company identifier; 0 when unknown. */
	uint16_t subversion;   /**< The manufacturer's own; 0 when unknown. */
	union {
		struct bt_conn_le_remote_info le; /**< With BT_CONN_TYPE_LE. */
	};
};

/** Take a reference.
 * @param conn  A referenced connection, or one inside a callback that was given it; or NULL.
 * @return @p conn, to be released with bt_conn_unref(); NULL when @p conn is NULL or free.
 * Context: loop, both levels.
 */
struct bt_conn *bt_conn_ref(struct bt_conn *conn);

/** Release a reference; the pointer is not used after that. With the last one the object becomes
 * free and bt_conn_cb.recycled follows, from the system work queue.
 * @param conn  The connection.
 * Context: loop, both levels.
 */
void bt_conn_unref(struct bt_conn *conn);

/** Call @p func for each connection of the current host, whatever its state.
 * @param type  BT_CONN_TYPE_* bits; all but LE find nothing.
 * @param func  May call anything, also disconnect; @p conn is valid during the call.
 * @param data  Handed to @p func.
 * Context: thread, never waits.
 */
void bt_conn_foreach(enum bt_conn_type type, void (*func)(struct bt_conn *conn, void *data),
		     void *data);

/** Find the connection with a peer, being made or up, on the current host.
 * @param id    Our identity, as in bt_conn_info.id.
 * @param peer  The peer's address.
 * @return A new reference, the caller's; NULL when there is none.
 * Context: loop, both levels.
 */
struct bt_conn *bt_conn_lookup_addr_le(uint8_t id, const bt_addr_le_t *peer);

/** Find a connection by bt_conn_index(), on the current host. An extension to Zephyr's API.
 * @param index  0 to CONFIG_BT_MAX_CONN - 1.
 * @return A new reference, the caller's; NULL when there is none, or it is only referenced still.
 * Context: loop, both levels.
 */
struct bt_conn *bt_conn_lookup_index(uint8_t index);

/** @return The peer's address, as long as @p conn is referenced; BT_ADDR_LE_NONE while connecting
 * with the accept list. Context: loop, both levels.
 */
const bt_addr_le_t *bt_conn_get_dst(const struct bt_conn *conn);

/** @return The place of @p conn in its host's table, 0 to CONFIG_BT_MAX_CONN - 1: an index for an
 * application's own array; no other connection has it until @p conn is recycled.
 * Context: loop, both levels.
 */
uint8_t bt_conn_index(const struct bt_conn *conn);

/** Read what is known of a connection.
 * @param conn  The connection, in any state.
 * @param info  Filled.
 * @retval 0        Filled.
 * @retval -EINVAL  An argument is NULL.
 * Context: loop, both levels.
 */
int bt_conn_get_info(const struct bt_conn *conn, struct bt_conn_info *info);

/** Read what the peer's controller said of itself. The host asks when the link comes up;
 * bt_conn_cb.remote_info_available says when it has answered.
 * @param conn         The connection.
 * @param remote_info  Filled; its pointer lives as long as @p conn is referenced.
 * @retval 0          Filled.
 * @retval -EBUSY     The answer is not there yet.
 * @retval -ENOTCONN  Not connected.
 * @retval -EINVAL    An argument is NULL.
 * Context: loop, both levels.
 * Spec: Core 6.0 Vol 4 Part E 7.8.21, 7.1.23.
 */
int bt_conn_get_remote_info(struct bt_conn *conn, struct bt_conn_remote_info *remote_info);

/** @return The security level of @p conn: BT_SECURITY_L1 until it is encrypted, then what its keys
 * are worth; @ref bt_conn_cb.security_changed tells of each change.
 * Context: loop, both levels. Spec: Core 6.0 Vol 3 Part C 10.2.1.
 */
bt_security_t bt_conn_get_security(const struct bt_conn *conn);

/** @return The size of the key with which @p conn is encrypted, bytes, 7 to 16; 0: not encrypted.
 * Context: loop, both levels. Spec: Core 6.0 Vol 3 Part H 2.3.4.
 */
uint8_t bt_conn_enc_key_size(const struct bt_conn *conn);

/** Ask for security: encrypt with the keys of the bond where they are good for @p sec, else pair.
 *
 * A central does that; a peripheral sends a Security Request and leaves it to the central.
 * bt_conn_cb.security_changed says what came of it, once, with the level that the link then has.
 * A bond whose peer has lost its keys is kept, and security_changed says
 * BT_SECURITY_ERR_PIN_OR_KEY_MISSING: only bt_unpair(), or BT_SECURITY_FORCE_PAIR where the peer
 * agrees, makes a new one. While CONFIG_FAV_BT_SMP_PAIRINGS other links are pairing, one more waits
 * for its turn, for 25 s at most; then it has failed.
 *
 * @param conn  The connection.
 * @param sec   BT_SECURITY_L1 to L4, or'ed with BT_SECURITY_FORCE_PAIR to pair again although there
 *              is a bond. With CONFIG_BT_SMP_SC_ONLY, BT_SECURITY_L4 is asked for in any case.
 * @retval 0          Under way, or there already.
 * @retval -EINVAL    @p conn is NULL, or @p sec is no level, or out of reach with the callbacks
 *                    registered (bt_conn_auth_cb_register()) and the data out of band there is.
 * @retval -ENOTCONN  Not connected.
 * @retval -EBUSY     A pairing or encryption is under way for a lower level.
 * @retval -EAGAIN    A pairing with that peer failed lately: the wait before the next one, which
 *                    doubles from 1 s to 64 s with each failure, is not over.
 * @retval -ETIMEDOUT A pairing ran into its time limit of 30 s; only a new connection can pair.
 * @retval -ENOMEM    No buffer.
 * @retval -EIO       The crypto library failed.
 * Context: thread, never waits.
 * Spec: Core 6.0 Vol 3 Part C 10.3.2, Part H 2.3, 2.4.4, 2.4.6.
 */
int bt_conn_set_security(struct bt_conn *conn, bt_security_t sec);

/** Why a pairing or an encryption failed. */
enum bt_security_err {
	BT_SECURITY_ERR_SUCCESS,            /**< It did not. */
	BT_SECURITY_ERR_AUTH_FAIL,          /**< A value was wrong: passkey, confirm, check. */
	BT_SECURITY_ERR_PIN_OR_KEY_MISSING, /**< One side has no key for this link. */
	BT_SECURITY_ERR_OOB_NOT_AVAILABLE,  /**< Out of band data is not available. */
	BT_SECURITY_ERR_AUTH_REQUIREMENT,   /**< What one side can is too weak for the other. */
	BT_SECURITY_ERR_PAIR_NOT_SUPPORTED, /**< The peer does not pair. */
	BT_SECURITY_ERR_PAIR_NOT_ALLOWED,   /**< Not now, or not with us. */
	BT_SECURITY_ERR_INVALID_PARAM,      /**< A command had invalid parameters. */
	BT_SECURITY_ERR_KEY_REJECTED,       /**< A distributed key was rejected. */
	BT_SECURITY_ERR_UNSPECIFIED,        /**< Another reason. */
};

/** @return The name of @p err, never NULL; "(unknown)" for what is none. Context: any. */
const char *bt_security_err_to_str(enum bt_security_err err);

/** What a peer said in its Pairing Request, as it is on the air.
 * Spec: Core 6.0 Vol 3 Part H 3.5.1.
 */
struct bt_conn_pairing_feat {
	uint8_t io_capability;    /**< 0 DisplayOnly to 4 KeyboardDisplay. */
	uint8_t oob_data_flag;    /**< 1: it has data of ours out of band. */
	uint8_t auth_req;         /**< AuthReq. */
	uint8_t max_enc_key_size; /**< Bytes, 7 to 16. */
	uint8_t init_key_dist;    /**< Keys that the central would distribute. */
	uint8_t resp_key_dist;    /**< Keys that the peripheral would distribute. */
};

/** What happened to a passkey that is being typed. */
enum bt_conn_auth_keypress {
	BT_CONN_AUTH_KEYPRESS_ENTRY_STARTED = 0x00,   /**< Typing began. */
	BT_CONN_AUTH_KEYPRESS_DIGIT_ENTERED = 0x01,   /**< A digit was typed. */
	BT_CONN_AUTH_KEYPRESS_DIGIT_ERASED = 0x02,    /**< A digit was erased. */
	BT_CONN_AUTH_KEYPRESS_CLEARED = 0x03,         /**< All digits were erased. */
	BT_CONN_AUTH_KEYPRESS_ENTRY_COMPLETED = 0x04, /**< Typing ended. */
};

/** What a pairing out of band needs. */
struct bt_conn_oob_info {
	/** Legacy: bt_le_oob_set_legacy_tk(); Secure Connections: bt_le_oob_set_sc_data(). */
	enum {
		BT_CONN_OOB_LE_LEGACY, /**< A temporary key. */
		BT_CONN_OOB_LE_SC,     /**< Random and confirm values. */
	} type;
	union {
		/** With BT_CONN_OOB_LE_SC. */
		struct {
			/** Whose data is used. */
			enum {
				BT_CONN_OOB_LOCAL_ONLY,  /**< The peer has ours. */
				BT_CONN_OOB_REMOTE_ONLY, /**< We have the peer's. */
				BT_CONN_OOB_BOTH_PEERS,  /**< Both. */
				BT_CONN_OOB_NO_DATA,     /**< Nobody's; does not occur. */
			} oob_config;
		} lesc;
	};
};

/** A passkey of its own is chosen at random for each pairing: bt_passkey_set(), app_passkey. */
#define BT_PASSKEY_RAND 0xffffffff

/** How a user takes part in pairing. Which members are there decides the IO capability:
 *
 * | members                                              | capability      |
 * | ---------------------------------------------------- | --------------- |
 * | passkey_display, passkey_entry and passkey_confirm   | KeyboardDisplay |
 * | passkey_display and passkey_confirm                  | DisplayYesNo    |
 * | passkey_entry                                        | KeyboardOnly    |
 * | passkey_display                                      | DisplayOnly     |
 * | none of these                                        | NoInputNoOutput |
 *
 * All run at thread level with the connection's host current, and may call anything; the answers
 * may be given at once or later, within 30 s. Spec: Core 6.0 Vol 3 Part H 2.3.2, 2.3.5.
 */
struct bt_conn_auth_cb {
	/** A peer wants to pair: BT_SECURITY_ERR_SUCCESS to go on, else why not. Asked of the
	 * peripheral's application for each Pairing Request, and of the central's for each
	 * Pairing Response. @param feat  Valid during the call. May be NULL: all are accepted.
	 */
	enum bt_security_err (*pairing_accept)(struct bt_conn *conn,
					       const struct bt_conn_pairing_feat *const feat);
	/** Show a passkey. @param passkey  0 to 999999, six digits. */
	void (*passkey_display)(struct bt_conn *conn, unsigned int passkey);
	/** The peer's user types the passkey that we show. */
	void (*passkey_display_keypress)(struct bt_conn *conn, enum bt_conn_auth_keypress type);
	/** Have a passkey typed: bt_conn_auth_passkey_entry() or bt_conn_auth_cancel(). */
	void (*passkey_entry)(struct bt_conn *conn);
	/** Have six digits compared with those of the peer: bt_conn_auth_passkey_confirm() or
	 * bt_conn_auth_cancel(). @param passkey  0 to 999999, six digits. */
	void (*passkey_confirm)(struct bt_conn *conn, unsigned int passkey);
	/** Give data received out of band. @param info  What is needed; valid during the call. */
	void (*oob_data_request)(struct bt_conn *conn, struct bt_conn_oob_info *info);
	/** What was asked, or shown, is of no interest any more. Must be there with any of
	 * passkey_display, passkey_entry, passkey_confirm, pairing_confirm. */
	void (*cancel)(struct bt_conn *conn);
	/** A peer wants to pair without authentication: bt_conn_auth_pairing_confirm() or
	 * bt_conn_auth_cancel(). Not asked of a central whose application itself asked for
	 * security. May be NULL: such pairings are accepted. */
	void (*pairing_confirm)(struct bt_conn *conn);
	/** @return The passkey to show, 0 to 999999, or BT_PASSKEY_RAND. May be NULL. One that is
	 * used again is known to whoever has paired once (Core 6.0 Vol 3 Part H 2.3.5.6.3). */
	uint32_t (*app_passkey)(struct bt_conn *conn);
};

/** Who hears of pairings; any member may be NULL. Thread level, its host current, all API allowed.
 */
struct bt_conn_auth_info_cb {
	/** A pairing succeeded: all keys are exchanged.
	 * @param bonded  And the bond is kept. */
	void (*pairing_complete)(struct bt_conn *conn, bool bonded);
	/** A pairing failed. Nothing of it is kept. */
	void (*pairing_failed)(struct bt_conn *conn, enum bt_security_err reason);
	/** A bond is gone: bt_unpair(), or it gave way to a new one.
	 * @param id    Our identity.
	 * @param peer  Its identity address; valid during the call. */
	void (*bond_deleted)(uint8_t id, const bt_addr_le_t *peer);
	/** @cond private */
	sys_snode_t node;
	/** @endcond */
};

/** Set how the user takes part in pairing, on the current host; survives bt_disable().
 * @param cb  Stays the caller's, and as it is. NULL: no user, NoInputNoOutput.
 * @retval 0          Set.
 * @retval -EINVAL    @p cb has no cancel although it needs one.
 * @retval -EALREADY  There are callbacks already: set NULL first.
 * Context: thread, never waits. Spec: Core 6.0 Vol 3 Part H 2.3.2.
 */
int bt_conn_auth_cb_register(const struct bt_conn_auth_cb *cb);

/** The same for one connection, in the place of the host's. Before its pairing begins.
 * @param conn  The connection.
 * @param cb    As bt_conn_auth_cb_register(); must stay to the end of the connection.
 * @retval 0          Set.
 * @retval -EINVAL    @p conn is NULL, or @p cb has no cancel although it needs one.
 * @retval -ENOTCONN  Not connected.
 * @retval -EALREADY  It has been set for this connection, or its pairing has begun.
 * Context: thread, never waits. Spec: Core 6.0 Vol 3 Part H 2.3.2.
 */
int bt_conn_auth_cb_overlay(struct bt_conn *conn, const struct bt_conn_auth_cb *cb);

/** How two devices may come to trust each other, seen from this one. An extension to Zephyr's API.
 */
enum bt_conn_auth_method {
	BT_CONN_AUTH_METHOD_JUST_WORKS = BIT(0),      /**< Nobody checks anything. */
	BT_CONN_AUTH_METHOD_PASSKEY_DISPLAY = BIT(1), /**< Shown here, typed there. */
	BT_CONN_AUTH_METHOD_PASSKEY_ENTRY = BIT(2),   /**< Shown there, typed here. */
	BT_CONN_AUTH_METHOD_PASSKEY_BOTH = BIT(3),    /**< Typed here and there. */
	BT_CONN_AUTH_METHOD_NUMERIC = BIT(4),         /**< Digits compared. */
	BT_CONN_AUTH_METHOD_OOB = BIT(5),             /**< Data out of band. */
	BT_CONN_AUTH_METHOD_ANY = BIT_MASK(6),        /**< Any of these: the default. */
};

/** Choose by which methods pairings may be made: one that would be made by another is refused, with
 * BT_SECURITY_ERR_AUTH_REQUIREMENT. An extension to Zephyr's API.
 *
 * The protocol does not let a device see which method its peer's user was shown. Who stands between
 * two devices makes one of them compare digits, and the other's user type these as a passkey
 * (Method Confusion, CVE-2020-10134); or one show a passkey that is typed into the other for
 * another pairing (Passkey Entry confusion). Devices that are made for each other, or whose users
 * are told what to expect, close that by requiring the one method that they use. Which one comes of
 * what the users can do (struct bt_conn_auth_cb) is not changed by this: give only the callbacks
 * that go with it.
 *
 * @param conn     A connection, before its pairing begins; NULL: all that have no choice of their
 *                 own, on the current host, also after bt_disable().
 * @param methods  BT_CONN_AUTH_METHOD_*, at least one.
 * @retval 0          Chosen.
 * @retval -EINVAL    @p methods is 0 or has other bits.
 * @retval -ENOTCONN  @p conn is not connected.
 * @retval -EALREADY  The pairing of @p conn has begun.
 * Context: thread, never waits; allowed in bt_* callbacks. Spec: Core 6.0 Vol 3 Part H 2.3.5.1.
 */
int bt_conn_auth_methods_set(struct bt_conn *conn, uint8_t methods);

/** Hear of pairings on the current host; survives bt_disable().
 * @param cb  Stays the caller's, and as it is, until bt_conn_auth_info_cb_unregister().
 * @retval 0          Registered.
 * @retval -EINVAL    @p cb is NULL.
 * @retval -EALREADY  It is registered.
 * Context: thread, never waits. Spec: Core 6.0 Vol 3 Part H 2.3.
 */
int bt_conn_auth_info_cb_register(struct bt_conn_auth_info_cb *cb);

/** Hear no more; allowed in its own callbacks.
 * @retval 0          Unregistered.
 * @retval -EINVAL    @p cb is NULL.
 * @retval -EALREADY  It is not registered.
 * Context: thread, never waits. Spec: Core 6.0 Vol 3 Part H 2.3.
 */
int bt_conn_auth_info_cb_unregister(struct bt_conn_auth_info_cb *cb);

/** Answer bt_conn_auth_cb.passkey_entry.
 * @param passkey  0 to 999999.
 * @retval 0        The pairing goes on.
 * @retval -EINVAL  @p conn is NULL, nothing was asked, or @p passkey is out of range.
 * Context: thread, never waits. Spec: Core 6.0 Vol 3 Part H 2.3.5.3, 2.3.5.6.3.
 */
int bt_conn_auth_passkey_entry(struct bt_conn *conn, unsigned int passkey);

/** Tell the peer what its user, who reads the passkey there, types here.
 * @retval 0         Sent.
 * @retval -EINVAL   @p conn is NULL, no passkey is being typed, or @p type is none.
 * @retval -ENOTSUP  Not agreed with the peer: CONFIG_BT_PASSKEY_KEYPRESS.
 * @retval -ENOMEM   No buffer.
 * Context: thread, never waits. Spec: Core 6.0 Vol 3 Part H 3.5.8.
 */
int bt_conn_auth_keypress_notify(struct bt_conn *conn, enum bt_conn_auth_keypress type);

/** Answer anything that was asked with no: the pairing fails.
 * @retval 0        It has failed.
 * @retval -EINVAL  @p conn is NULL, or nothing was asked.
 * Context: thread, never waits. Spec: Core 6.0 Vol 3 Part H 3.5.5.
 */
int bt_conn_auth_cancel(struct bt_conn *conn);

/** Answer bt_conn_auth_cb.passkey_confirm: the digits are the same.
 * @retval 0        The pairing goes on.
 * @retval -EINVAL  @p conn is NULL, or that was not asked.
 * Context: thread, never waits. Spec: Core 6.0 Vol 3 Part H 2.3.5.6.2.
 */
int bt_conn_auth_passkey_confirm(struct bt_conn *conn);

/** Answer bt_conn_auth_cb.pairing_confirm: yes.
 * @retval 0        The pairing goes on.
 * @retval -EINVAL  @p conn is NULL, or that was not asked.
 * Context: thread, never waits. Spec: Core 6.0 Vol 3 Part H 2.3.5.2.
 */
int bt_conn_auth_pairing_confirm(struct bt_conn *conn);

/** Change the connection parameters.
 *
 * A central's controller does it. A peripheral asks the central, by the link layer's procedure
 * where both sides have it, else by L2CAP; during the first CONFIG_BT_CONN_PARAM_UPDATE_TIMEOUT
 * milliseconds of a link it keeps the wish and asks after them (Core 6.0 Vol 3 Part C 9.3.12). What
 * came of it is told by bt_conn_cb.le_param_updated, on both sides; nothing when the peer declined.
 *
 * @param conn   The connection.
 * @param param  Copied.
 * @retval 0          Under way, or kept for later.
 * @retval -EALREADY  The present parameters already are what is asked for.
 * @retval -EINVAL    An argument is NULL or @p param is out of its ranges.
 * @retval -EBUSY     An earlier update of this link by L2CAP has not been answered.
 * @retval -ENOTCONN  Not connected.
 * @retval -ENOMEM    No buffer; bt_conn_cb.tx_ready follows.
 * @retval -EIO       The controller refused.
 * @retval -ETIMEDOUT The controller did not answer.
 * Context: thread, may wait for the controller.
 * Spec: Core 6.0 Vol 4 Part E 7.8.18, Vol 3 Part A 4.20.
 */
int bt_conn_le_param_update(struct bt_conn *conn, const struct bt_le_conn_param *param);

/** Choose whether a peripheral asks for its preferred parameters by itself, 5 s after connecting,
 * as CONFIG_BT_GAP_AUTO_UPDATE_CONN_PARAMS has it. On until set; holds over bt_disable(). An
 * extension to Zephyr's API, for programs that share one build of the library and want what the
 * central chose.
 *
 * @param on  false: links keep their parameters until somebody calls bt_conn_le_param_update().
 * Context: loop, both levels.
 * Spec: Core 6.0 Vol 3 Part C 9.3.9.
 */
void bt_conn_auto_param_update_set(bool on);

/** Change the length of link layer packets. bt_conn_cb.le_data_len_updated follows when it changed.
 * The host itself asks for the longest when a link comes up (CONFIG_BT_AUTO_DATA_LEN_UPDATE).
 * @param conn   The connection.
 * @param param  Copied.
 * @retval 0          Under way, or already so.
 * @retval -EINVAL    An argument is NULL or out of range.
 * @retval -ENOTCONN  Not connected.
 * @retval -ENOTSUP   The controller cannot.
 * @retval -ENOMEM    No command buffer.
 * @retval -EIO       The controller refused.
 * @retval -ETIMEDOUT The controller did not answer.
 * Context: thread, may wait for the controller.
 * Spec: Core 6.0 Vol 4 Part E 7.8.33.
 */
int bt_conn_le_data_len_update(struct bt_conn *conn, const struct bt_conn_le_data_len_param *param);

/** Change the PHY. bt_conn_cb.le_phy_updated follows, also when both stay as they were.
 * The host itself asks for 2M when a link comes up as central (CONFIG_BT_AUTO_PHY_UPDATE).
 * @param conn   The connection.
 * @param param  Copied.
 * @retval 0          Under way.
 * @retval -EINVAL    An argument is NULL or names no known PHY.
 * @retval -ENOTCONN  Not connected.
 * @retval -ENOTSUP   The controller cannot change PHYs.
 * @retval -ENOMEM    No command buffer.
 * @retval -EIO       The controller refused.
 * @retval -ETIMEDOUT The controller did not answer.
 * Context: thread, may wait for the controller.
 * Spec: Core 6.0 Vol 4 Part E 7.8.49.
 */
int bt_conn_le_phy_update(struct bt_conn *conn, const struct bt_conn_le_phy_param *param);

/** End a connection, or cancel the attempt to make it.
 *
 * Of a link: bt_conn_cb.disconnected follows. Of an attempt: it is cancelled in the controller, and
 * bt_conn_cb.connected with the error BT_HCI_ERR_UNKNOWN_CONN_ID follows; where the link came up
 * first, connected says so without error, and it is ended then: disconnected follows. Either way
 * the next bt_conn_le_create() works as soon as the callback runs.
 *
 * @param conn    The connection.
 * @param reason  BT_HCI_ERR_*: what the peer is told. One of BT_HCI_ERR_AUTH_FAIL,
 *                BT_HCI_ERR_REMOTE_USER_TERM_CONN, _LOW_RESOURCES, _POWER_OFF,
 *                BT_HCI_ERR_UNSUPP_REMOTE_FEATURE, BT_HCI_ERR_PAIRING_NOT_SUPPORTED,
 *                BT_HCI_ERR_UNACCEPT_CONN_PARAM. Ignored for an attempt.
 * @retval 0          Under way, also when it already was.
 * @retval -EINVAL    @p conn is NULL.
 * @retval -ENOTCONN  Neither connected nor connecting.
 * @retval -ENOMEM    No command buffer; nothing has changed.
 * @retval -EIO       The controller refused, for instance @p reason; nothing has changed.
 * @retval -ETIMEDOUT The controller did not answer.
 * Context: thread, may wait for the controller.
 * Spec: Core 6.0 Vol 4 Part E 7.1.6, 7.8.13.
 */
int bt_conn_disconnect(struct bt_conn *conn, uint8_t reason);

/** bt_conn_le_create_param.options. */
enum {
	BT_CONN_LE_OPT_NONE = 0,       /**< On 1M. */
	BT_CONN_LE_OPT_CODED = BIT(0), /**< Also on Coded; needs extended advertising. */
	BT_CONN_LE_OPT_NO_1M = BIT(1), /**< Not on 1M; needs extended advertising. */
};

/** How to look for the peer. */
struct bt_conn_le_create_param {
	uint32_t options;        /**< BT_CONN_LE_OPT_*. */
	uint16_t interval;       /**< Scan interval, unit 0.625 ms, 4 to 16384. */
	uint16_t window;         /**< Scan window, unit 0.625 ms, 4 up to @ref interval. */
	uint16_t interval_coded; /**< The same on Coded; 0: as @ref interval. */
	uint16_t window_coded;   /**< The same on Coded; 0: as @ref window. */
	uint16_t timeout; /**< Give up after this, unit 10 ms; 0: CONFIG_BT_CREATE_CONN_TIMEOUT
			   *   seconds. With the accept list, 0: never. */
};

/** Initialiser of a struct bt_conn_le_create_param. */
#define BT_CONN_LE_CREATE_PARAM_INIT(_options, _interval, _window)                   \
	{                                                                            \
		.options = (_options), .interval = (_interval), .window = (_window), \
		.interval_coded = 0, .window_coded = 0, .timeout = 0,                \
	}

/** A pointer to parameters made on the spot; valid to the end of the enclosing block. */
#define BT_CONN_LE_CREATE_PARAM(_options, _interval, _window) \
	((struct bt_conn_le_create_param[]){                  \
		BT_CONN_LE_CREATE_PARAM_INIT(_options, _interval, _window)})

/** Listen all the time: 60 ms every 60 ms. */
#define BT_CONN_LE_CREATE_CONN                                                  \
	BT_CONN_LE_CREATE_PARAM(BT_CONN_LE_OPT_NONE, BT_GAP_SCAN_FAST_INTERVAL, \
				BT_GAP_SCAN_FAST_INTERVAL)

/** Listen half of the time: 30 ms every 60 ms. */
#define BT_CONN_LE_CREATE_CONN_AUTO                                             \
	BT_CONN_LE_CREATE_PARAM(BT_CONN_LE_OPT_NONE, BT_GAP_SCAN_FAST_INTERVAL, \
				BT_GAP_SCAN_FAST_WINDOW)

/** Start to connect to a peer.
 *
 * bt_conn_cb.connected follows: with error 0; with BT_HCI_ERR_UNKNOWN_CONN_ID when the timeout
 * passed or bt_conn_disconnect() cancelled; or with what the controller said. One attempt at a
 * time.
 *
 * A scan that runs goes on where the controller can scan and initiate at once, as its supported LE
 * states say; else -EAGAIN asks to stop it first. Both ways are allowed in the scan callback.
 *
 * @param peer          The peer's address; copied.
 * @param create_param  How to look for it; copied.
 * @param conn_param    Parameters of the link; copied.
 * @param conn          Receives the connection with a reference that is the caller's.
 * @retval 0          Under way.
 * @retval -EINVAL    An argument is NULL, out of range, or there is a link with @p peer already.
 * @retval -ENOTSUP   An option needs extended advertising.
 * @retval -EAGAIN    The host is not enabled, or scans and the controller cannot do both.
 * @retval -EALREADY  Another attempt is under way.
 * @retval -ENOMEM    CONFIG_BT_MAX_CONN connections exist, or no command buffer.
 * @retval -EIO       The controller refused.
 * @retval -ETIMEDOUT The controller did not answer.
 * Context: thread, may wait for the controller.
 * Spec: Core 6.0 Vol 4 Part E 7.8.12.
 */
int bt_conn_le_create(const bt_addr_le_t *peer, const struct bt_conn_le_create_param *create_param,
		      const struct bt_le_conn_param *conn_param, struct bt_conn **conn);

/** Start to connect to whichever peer of the accept list (bt_le_filter_accept_list_add()) comes
 * first. It ends with the first link; call again for more.
 * @param create_param  How to look; copied.
 * @param conn_param    Parameters of the link; copied.
 * @retval 0          Under way.
 * @retval -errno     As bt_conn_le_create().
 * Context: thread, may wait for the controller.
 * Spec: Core 6.0 Vol 4 Part E 7.8.12.
 */
int bt_conn_le_create_auto(const struct bt_conn_le_create_param *create_param,
			   const struct bt_le_conn_param *conn_param);

/** Stop what bt_conn_le_create_auto() started. bt_conn_cb.connected with the error
 * BT_HCI_ERR_UNKNOWN_CONN_ID follows, unless a link came first.
 * @retval 0          Stopped.
 * @retval -EINVAL    None was under way.
 * @retval -EAGAIN    The host is not enabled.
 * @retval -ENOMEM    No command buffer; it goes on.
 * @retval -EIO       The controller refused.
 * @retval -ETIMEDOUT The controller did not answer.
 * Context: thread, may wait for the controller.
 * Spec: Core 6.0 Vol 4 Part E 7.8.13.
 */
int bt_conn_create_auto_stop(void);

/** What happens to connections. Any member may be NULL.
 *
 * All run at thread level with the connection's host current, and never within one another or
 * within a call of the application; but bt_disable() ends links and attempts, and reports them
 * before it returns. They may call anything, also what waits for the controller. In them @p conn is
 * already, respectively still, found by bt_conn_lookup_addr_le() and bt_conn_foreach().
 */
struct bt_conn_cb {
	/** A link came up, or an attempt ended.
	 * @param conn  The connection; take a reference to keep it.
	 * @param err   0, or BT_HCI_ERR_*; then @p conn is not connected.
	 */
	void (*connected)(struct bt_conn *conn, uint8_t err);

	/** A link is gone. All that was queued on it has been reported.
	 * @param reason  BT_HCI_ERR_*.
	 */
	void (*disconnected)(struct bt_conn *conn, uint8_t reason);

	/** A connection object became free: the next bt_conn_le_create() or connectable
	 * advertising finds one.
	 */
	void (*recycled)(void);

	/** The peer wants other parameters. Without a callback, valid ones are accepted.
	 * @param param  What it wants; may be changed within its ranges.
	 * @return true to accept. With several callbacks, all must.
	 */
	bool (*le_param_req)(struct bt_conn *conn, struct bt_le_conn_param *param);

	/** The parameters have changed.
	 * @param interval  Unit 1.25 ms.
	 * @param latency   Events the peripheral may skip.
	 * @param timeout   Unit 10 ms.
	 */
	void (*le_param_updated)(struct bt_conn *conn, uint16_t interval, uint16_t latency,
				 uint16_t timeout);

	/** bt_conn_get_remote_info() has an answer now.
	 * @param remote_info  Valid during the call.
	 */
	void (*remote_info_available)(struct bt_conn *conn,
				      struct bt_conn_remote_info *remote_info);

	/** The PHY was changed or confirmed. @param param  Valid during the call. */
	void (*le_phy_updated)(struct bt_conn *conn, struct bt_conn_le_phy_info *param);

	/** A pairing or encryption has ended.
	 * @param level  What the link has now; as before when @p err is not 0, or BT_SECURITY_L1
	 *               when it lost its encryption.
	 * @param err    BT_SECURITY_ERR_SUCCESS, or why it failed.
	 */
	void (*security_changed)(struct bt_conn *conn, bt_security_t level,
				 enum bt_security_err err);

	/** A peer known by a resolvable private address has told, in pairing, its identity:
	 * bt_conn_get_dst() is that from now on.
	 * @param rpa       The private address; valid during the call.
	 * @param identity  Valid during the call.
	 */
	void (*identity_resolved)(struct bt_conn *conn, const bt_addr_le_t *rpa,
				  const bt_addr_le_t *identity);

	/** The packet lengths have changed. @param info  Valid during the call. */
	void (*le_data_len_updated)(struct bt_conn *conn, struct bt_conn_le_data_len_info *info);

	/** Buffers are back after a call on this connection was refused with -ENOMEM or -EAGAIN:
	 * try again now. Called once after one or more refusals; a new refusal asks for a new
	 * call. An extension to Zephyr's API.
	 */
	void (*tx_ready)(struct bt_conn *conn);

	/** @cond private */
	sys_snode_t _node;
	/** @endcond */
};

/** Hear of the connections of the current host; survives bt_disable().
 * @param cb  Stays the caller's; must stay as it is, and registered on one host alone, until
 *            bt_conn_cb_unregister().
 * @retval 0        Registered.
 * @retval -EINVAL  @p cb is NULL.
 * @retval -EEXIST  It is registered already.
 * Context: thread, never waits.
 */
int bt_conn_cb_register(struct bt_conn_cb *cb);

/** Hear no more. Allowed in the callbacks of @p cb itself.
 * @retval 0        Unregistered.
 * @retval -EINVAL  @p cb is NULL.
 * @retval -ENOENT  It is not registered on the current host.
 * Context: thread, never waits.
 */
int bt_conn_cb_unregister(struct bt_conn_cb *cb);

/** Define callbacks that hear of the connections of every host, without registration.
 * @param _name  Unique in the program.
 */
#define BT_CONN_CB_DEFINE(_name) \
	static const STRUCT_SECTION_ITERABLE(bt_conn_cb, _CONCAT(bt_conn_cb_, _name))

#endif
