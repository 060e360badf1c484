/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZEPHYR_INCLUDE_BLUETOOTH_L2CAP_H_
#define ZEPHYR_INCLUDE_BLUETOOTH_L2CAP_H_

#include <stddef.h>
#include <stdint.h>

#include <zephyr/bluetooth/conn.h>
#include <zephyr/kernel.h>
#include <zephyr/net_buf.h>
#include <zephyr/sys/atomic.h>
#include <zephyr/sys/iterable_sections.h>
#include <zephyr/sys/slist.h>
#include <zephyr/sys/util.h>
#include <zephyr/types.h>

/** @file
 * L2CAP channels of LE: credit-based, enhanced credit-based, and fixed ones of the application's.
 * Core 6.0 Vol 3 Part A.
 *
 * A channel is the application's memory, a struct bt_l2cap_le_chan that is zero before its first
 * use, with @ref bt_l2cap_chan.ops set and, where it wants other than the default,
 * @ref bt_l2cap_le_endpoint.mtu of `rx`. It is the library's from a successful connect or accept
 * until @ref bt_l2cap_chan_ops.released; then it may be freed, or used again. Callbacks run at
 * thread level and may call anything, also disconnect the channel, the link or the host.
 */

/** Bytes of the header of a PDU: length and channel. */
#define BT_L2CAP_HDR_SIZE 4

/** Largest PDU of a fixed channel that is sent, bytes without the header. */
#define BT_L2CAP_TX_MTU CONFIG_BT_L2CAP_TX_MTU

/** Largest PDU that is received, bytes without the header: the largest segment (MPS) too. */
#define BT_L2CAP_RX_MTU (CONFIG_BT_BUF_ACL_RX_SIZE - BT_L2CAP_HDR_SIZE)

/** Bytes that an SDU's length takes in its first segment. */
#define BT_L2CAP_SDU_HDR_SIZE 2

/** Largest SDU that one segment takes. */
#define BT_L2CAP_SDU_TX_MTU (BT_L2CAP_TX_MTU - BT_L2CAP_SDU_HDR_SIZE)
/** Largest SDU that is received without @ref bt_l2cap_chan_ops.alloc_buf. */
#define BT_L2CAP_SDU_RX_MTU (BT_L2CAP_RX_MTU - BT_L2CAP_SDU_HDR_SIZE)

/** Headroom that a buffer for bt_l2cap_chan_send() on a fixed channel needs. */
#define BT_L2CAP_CHAN_SEND_RESERVE 9
/** The same on a credit-based channel. */
#define BT_L2CAP_SDU_CHAN_SEND_RESERVE (BT_L2CAP_CHAN_SEND_RESERVE + BT_L2CAP_SDU_HDR_SIZE)

/** Size of a buffer for a PDU of @p mtu bytes on a fixed channel. */
#define BT_L2CAP_BUF_SIZE(mtu) (BT_L2CAP_CHAN_SEND_RESERVE + (mtu))
/** Size of a buffer for an SDU of @p mtu bytes. One of more than 65524 bytes is a chain. */
#define BT_L2CAP_SDU_BUF_SIZE(mtu) (BT_L2CAP_SDU_CHAN_SEND_RESERVE + (mtu))

/** Largest MTU of a channel, Core 6.0 Vol 3 Part A 4.22. */
#define BT_L2CAP_MAX_MTU UINT16_MAX
/** Largest MPS of a channel. */
#define BT_L2CAP_MAX_MPS 65533

/** Smallest MTU and MPS of LE credit-based channels, Core 6.0 Vol 3 Part A 4.22. */
#define BT_L2CAP_LE_MIN_MTU 23
/** Smallest MTU of enhanced channels, Core 6.0 Vol 3 Part A 4.25. */
#define BT_L2CAP_ECRED_MIN_MTU 64
/** Smallest MPS of enhanced channels. */
#define BT_L2CAP_ECRED_MIN_MPS 64
/** Most channels in one enhanced request. */
#define BT_L2CAP_ECRED_CHAN_MAX_PER_REQ 5

/** SDUs of one channel that may be queued or on their way; bt_l2cap_chan_send() refuses more. */
#define BT_L2CAP_CHAN_TX_SDU_MAX 64

/** Results of a request for channels, Core 6.0 Vol 3 Part A 4.23 and 4.26. */
enum bt_l2cap_le_result {
	BT_L2CAP_LE_SUCCESS = 0x0000,
	BT_L2CAP_LE_ERR_PSM_NOT_SUPP = 0x0002,
	BT_L2CAP_LE_ERR_NO_RESOURCES = 0x0004,
	BT_L2CAP_LE_ERR_AUTHENTICATION = 0x0005,
	BT_L2CAP_LE_ERR_AUTHORIZATION = 0x0006,
	BT_L2CAP_LE_ERR_KEY_SIZE = 0x0007,
	BT_L2CAP_LE_ERR_ENCRYPTION = 0x0008,
	BT_L2CAP_LE_ERR_INVALID_SCID = 0x0009,
	BT_L2CAP_LE_ERR_SCID_IN_USE = 0x000a,
	BT_L2CAP_LE_ERR_UNACCEPT_PARAMS = 0x000b,
	BT_L2CAP_LE_ERR_INVALID_PARAMS = 0x000c,
	BT_L2CAP_LE_PENDING = 0x000d,
	BT_L2CAP_LE_PENDING_AUTHENTICATION = 0x000e,
	BT_L2CAP_LE_PENDING_AUTHORIZATION = 0x000f,
};

/** Results of a reconfiguration, Core 6.0 Vol 3 Part A 4.28. */
enum bt_l2cap_reconf_result {
	BT_L2CAP_RECONF_SUCCESS = 0x0000,
	BT_L2CAP_RECONF_INVALID_MTU = 0x0001,
	BT_L2CAP_RECONF_INVALID_MPS = 0x0002,
	BT_L2CAP_RECONF_INVALID_CID = 0x0003,
	BT_L2CAP_RECONF_OTHER_UNACCEPT = 0x0004,
};

struct bt_l2cap_chan;

/** Called when the library is done with a channel, just before @ref bt_l2cap_chan_ops.released. */
typedef void (*bt_l2cap_chan_destroy_t)(struct bt_l2cap_chan *chan);

/** The states of a credit-based channel. */
typedef enum bt_l2cap_chan_state {
	BT_L2CAP_DISCONNECTED,  /**< Not in use. */
	BT_L2CAP_CONNECTING,    /**< Asked for; the peer has not answered. */
	BT_L2CAP_CONFIG,        /**< Never on LE. */
	BT_L2CAP_CONNECTED,     /**< Open. */
	BT_L2CAP_DISCONNECTING, /**< The peer has not yet confirmed the end. */
} __packed bt_l2cap_chan_state_t;

/** Bits of @ref bt_l2cap_chan.status. */
typedef enum bt_l2cap_chan_status {
	BT_L2CAP_STATUS_OUT,             /**< The peer has given credits. */
	BT_L2CAP_STATUS_SHUTDOWN,        /**< The end is under way; nothing is sent any more. */
	BT_L2CAP_STATUS_ENCRYPT_PENDING, /**< It waits for security before it asks (again). */
	BT_L2CAP_NUM_STATUS,             /**< How many there are. */
} __packed bt_l2cap_chan_status_t;

/** What all channels have. */
struct bt_l2cap_chan {
	struct bt_conn *conn;                /**< Its link; NULL when not in use. No reference. */
	const struct bt_l2cap_chan_ops *ops; /**< The application's. */
	sys_snode_t node;                    /**< The library's. */
	bt_l2cap_chan_destroy_t destroy;     /**< The application's; may be NULL. */
	ATOMIC_DEFINE(status, BT_L2CAP_NUM_STATUS); /**< BT_L2CAP_STATUS_*. */
};

/** One direction of a credit-based channel. */
struct bt_l2cap_le_endpoint {
	uint16_t cid;     /**< Channel of its receiver. */
	uint16_t mtu;     /**< Largest SDU. */
	uint16_t mps;     /**< Largest segment. */
	atomic_t credits; /**< Segments that may still be sent. */
};

/** A credit-based channel. Members without a comment are the library's. */
struct bt_l2cap_le_chan {
	struct bt_l2cap_chan chan; /**< What all channels have. */
	/** To us. The application sets mtu, before connect or in accept; 0: @ref
	 * BT_L2CAP_SDU_RX_MTU. With @ref bt_l2cap_chan_ops.seg_recv it may set mps too. */
	struct bt_l2cap_le_endpoint rx;
	uint16_t pending_rx_mtu;
	uint16_t pending_rx_mps;
	struct bt_l2cap_le_endpoint tx; /**< To the peer, as the peer has said. */
	bt_l2cap_chan_state_t state;    /**< Its state. */
	uint16_t psm;                   /**< What it was connected to. */
	bool ecred;                     /**< It is an enhanced one. */
	uint8_t ident;
	/** Security to which connect raises the link before it asks; 0: as the link is. */
	bt_security_t required_sec_level;
	/** Why there is no connection, for @ref bt_l2cap_chan_ops.disconnected; an extension. 0: it
	 * was connected. Positive: the peer's answer, enum bt_l2cap_le_result. -EACCES: the link
	 * did not reach required_sec_level. -ETIMEDOUT: no answer,
	 * or no security in time. -ENOTCONN: the link went. -EPROTO: the answer was senseless, or a
	 * rejection. -ENOMEM: security is there, and no buffer to ask with. -ECANCELED:
	 * bt_l2cap_chan_disconnect() came before the answer. */
	int connect_err;
	/** @cond private */
	uint16_t generation_;
	bool starved_;
	bool disc_owed_;
	struct bt_l2cap_le_chan *next_;
	uint64_t rtx_us_;
	sys_slist_t tx_queue_;
	struct net_buf *tx_sdu_;
	struct net_buf *rx_sdu_;
	sys_slist_t rx_held_;
	uint32_t tx_left_;
	uint32_t rx_sdu_len_;
	uint32_t rx_got_;
	uint16_t tx_frames_;
	uint16_t tx_sdus_;
	uint16_t sec_group_;
	uint8_t sec_round_;
	bool sec_again_;
	bt_security_t sec_wanted_;
	uint16_t rx_held_count_;
	uint16_t rx_window_;
	uint16_t rx_window_max_;
	uint16_t rx_in_progress_;
	uint16_t rx_smooth_;
	bool rx_paced_;
	bool rx_stalled_;
	bool rx_running_;
	/** @endcond */
};

/** The struct bt_l2cap_le_chan that @p _ch is part of. */
#define BT_L2CAP_LE_CHAN(_ch) CONTAINER_OF(_ch, struct bt_l2cap_le_chan, chan)

/** What an application wants to hear of a channel; each may be NULL but for @ref recv, in whose
 * place there may be @ref seg_recv. */
struct bt_l2cap_chan_ops {
	/** The channel is open. */
	void (*connected)(struct bt_l2cap_chan *chan);

	/** The channel is closed, or was never opened: @ref bt_l2cap_le_chan.connect_err says
	 * which. @ref bt_l2cap_chan.conn is still set. What was not sent is dropped. */
	void (*disconnected)(struct bt_l2cap_chan *chan);

	/** The link's security has changed while the channel is open.
	 * @param hci_status  0: bt_conn_get_security() has the level; BT_HCI_ERR_AUTH_FAIL: an
	 *                    attempt to raise it failed. */
	void (*encrypt_change)(struct bt_l2cap_chan *chan, uint8_t hci_status);

	/** More room for an SDU whose buffer is full: a fragment, appended to it. */
	struct net_buf *(*alloc_seg)(struct bt_l2cap_chan *chan);

	/** A buffer for an SDU: the segments are copied into it. Without this call the SDU is
	 * handed over as it came, and rx.mtu is at most @ref BT_L2CAP_SDU_RX_MTU. NULL: none now;
	 * the channel asks again, and gives the peer no credits meanwhile. What it had credits for
	 * is kept, at most CONFIG_FAV_BT_L2CAP_WINDOW segments or those of an SDU; where there is
	 * no memory for that, the channel is disconnected. */
	struct net_buf *(*alloc_buf)(struct bt_l2cap_chan *chan);

	/** A whole SDU.
	 * @retval 0             Done with it; whoever wants to keep @p buf takes a reference.
	 * @retval -EINPROGRESS  @p buf is the application's until bt_l2cap_chan_recv_complete();
	 *                       the peer gets no credits before that.
	 * @retval -errno        Any other: the channel is disconnected. */
	int (*recv)(struct bt_l2cap_chan *chan, struct net_buf *buf);

	/** An SDU has left: the controller has completed its last segment. Once for each, in
	 * order, as long as the channel is open. */
	void (*sent)(struct bt_l2cap_chan *chan);

	/** @ref BT_L2CAP_STATUS_OUT has changed. */
	void (*status)(struct bt_l2cap_chan *chan, atomic_t *status);

	/** The library does not use @p chan any more. The last call. */
	void (*released)(struct bt_l2cap_chan *chan);

	/** Sizes have changed: the peer's, or ours by bt_l2cap_ecred_chan_reconfigure(), which may
	 * have been refused; rx.mtu tells. */
	void (*reconfigured)(struct bt_l2cap_chan *chan);

	/** A segment, in the place of @ref recv: @p seg begins at @p seg_offset of an SDU of @p
	 * sdu_len bytes. Credits are the application's to give. */
	void (*seg_recv)(struct bt_l2cap_chan *chan, size_t sdu_len, off_t seg_offset,
			 struct net_buf_simple *seg);
};

/** A PSM that is listened on. The application's memory while it is registered. */
struct bt_l2cap_server {
	/** 0x0001 to 0x007f: assigned; 0x0080 to 0x00ff: dynamic; 0: choose a dynamic one, which is
	 * then written here. */
	uint16_t psm;

	/** What the link's security must be; 0: BT_SECURITY_L1. */
	bt_security_t sec_level;

	/** A peer asks for a channel.
	 * @param chan  Receives the channel to be opened: &struct bt_l2cap_le_chan.chan.
	 * @retval 0        Opened, if the rest is in order.
	 * @retval -ENOMEM  Refused: no resources. @retval -EACCES  Refused: authorization.
	 * @retval -EPERM   Refused: encryption key size. @retval -errno  Others: refused:
	 *                  unacceptable parameters. */
	int (*accept)(struct bt_conn *conn, struct bt_l2cap_server *server,
		      struct bt_l2cap_chan **chan);

	/** In accept, what is asked for; an extension. rx: our cid if it is accepted, and nothing
	 * else; tx: what the peer has said. */
	struct bt_l2cap_le_endpoint asked_rx, asked_tx;

	sys_snode_t node; /**< The library's. */
};

/** A fixed channel of the application's, on each link. Its channel is a struct bt_l2cap_le_chan
 * with ops, of which connected, disconnected, recv (0 alone is a result) and released are called.
 * What is sent on it is one PDU: a buffer without fragments or other references, of a pool with
 * CONFIG_BT_CONN_TX_USER_DATA_SIZE bytes of user data, or bt_l2cap_chan_send() is -EINVAL.
 */
struct bt_l2cap_fixed_chan {
	uint16_t
		cid; /**< Below 0x0040; not one of ATT (4), signalling (5), security manager (6). */
	/** A link is there: which channel is it? One that no link has. Not 0: none. */
	int (*accept)(struct bt_conn *conn, struct bt_l2cap_chan **chan);
	bt_l2cap_chan_destroy_t destroy; /**< Of its channels; may be NULL. */
};

/** Define a fixed channel that all hosts of the program have:
 * `BT_L2CAP_FIXED_CHANNEL_DEFINE(name) = {.cid = ..., .accept = ...};` */
#define BT_L2CAP_FIXED_CHANNEL_DEFINE(_name) \
	static const STRUCT_SECTION_ITERABLE(bt_l2cap_fixed_chan, _name)

/** Listen on a PSM of the current host. It stays registered when the host is disabled.
 *
 * @retval 0            Registered.
 * @retval -EINVAL      No accept, a PSM beyond 0x00ff, or an unknown security level.
 * @retval -EADDRINUSE  Another server has that PSM.
 * @retval -ENOMEM      No dynamic PSM is free.
 * Context: thread, never waits. Spec: Core 6.0 Vol 3 Part A 4.22.
 */
int bt_l2cap_server_register(struct bt_l2cap_server *server);

/** Listen no more. Channels that are open stay open. An extension.
 *
 * @retval 0        Its memory is the caller's again.
 * @retval -EINVAL  @p server is NULL.
 * @retval -ENOENT  It is not registered with the current host.
 * Context: thread, never waits. Spec: -.
 */
int bt_l2cap_server_unregister(struct bt_l2cap_server *server);

/** Open a channel. @ref bt_l2cap_chan_ops.connected or disconnected says what came of it.
 *
 * Where the link's security is below @ref bt_l2cap_le_chan.required_sec_level, it is raised first.
 * A peer that refuses for lack of authentication or encryption is asked again once the link has the
 * next level, as long as there is one that it can reach.
 *
 * @retval 0         Asked, or security is being raised.
 * @retval -EINVAL   PSM 0 or beyond 0x00ff; ops lack recv and seg_recv, or have both; rx.mtu
 *                   below @ref BT_L2CAP_LE_MIN_MTU; with seg_recv, rx.mps out of its range.
 * @retval -EALREADY The channel is in use.
 * @retval -ENOTCONN There is no link.
 * @retval -ENOMEM   No channel identifier is free, or no buffer: then bt_conn_cb.tx_ready follows.
 * @retval -errno    Security must be raised and cannot be: as bt_conn_set_security().
 * Context: thread, never waits. Spec: Core 6.0 Vol 3 Part A 4.22, Part C 10.3.
 */
int bt_l2cap_chan_connect(struct bt_conn *conn, struct bt_l2cap_chan *chan, uint16_t psm);

/** Open up to five enhanced channels with one request; all are of the smallest rx.mtu among them.
 * The peer may open some and refuse the others; each channel is told. Security is raised as with
 * bt_l2cap_chan_connect(), to the highest required_sec_level among them.
 *
 * @param chans  @ref BT_L2CAP_ECRED_CHAN_MAX_PER_REQ pointers; those behind the first NULL are not
 *               looked at.
 * @retval 0         Asked, or security is being raised.
 * @retval -EINVAL   None at all, one twice, or as bt_l2cap_chan_connect(), with the minima of
 *                   enhanced channels.
 * @retval -EALREADY One is in use.
 * @retval -ENOTCONN There is no link.
 * @retval -ENOMEM   Not enough channel identifiers, or no buffer: then bt_conn_cb.tx_ready follows.
 * @retval -errno    Security must be raised and cannot be: as bt_conn_set_security().
 * Context: thread, never waits. Spec: Core 6.0 Vol 3 Part A 4.25, Part C 10.3.
 */
int bt_l2cap_ecred_chan_connect(struct bt_conn *conn, struct bt_l2cap_chan **chans, uint16_t psm);

/** Raise the MTU of enhanced channels; segments become as long as buffers allow.
 *
 * @param chans  As bt_l2cap_ecred_chan_connect(); all of one link.
 * @retval 0         Asked; @ref bt_l2cap_chan_ops.reconfigured says when it is answered.
 * @retval -EINVAL   None at all, not enhanced, of several links, an MTU below the present one, or
 *                   beyond what one without alloc_buf can take.
 * @retval -ENOTCONN One is not open.
 * @retval -EBUSY    One has a reconfiguration under way.
 * @retval -ENOMEM   No buffer; bt_conn_cb.tx_ready follows.
 * Context: thread, never waits. Spec: Core 6.0 Vol 3 Part A 4.27.
 */
int bt_l2cap_ecred_chan_reconfigure(struct bt_l2cap_chan **chans, uint16_t mtu);

/** The same with a size of segments, for channels with seg_recv.
 *
 * @param mps  At most @ref BT_L2CAP_RX_MTU; smaller than it was for one channel alone.
 * @retval 0  Asked.
 * @retval -EINVAL, -ENOTCONN, -EBUSY, -ENOMEM  As bt_l2cap_ecred_chan_reconfigure().
 * Context: thread, never waits. Spec: Core 6.0 Vol 3 Part A 4.27.
 */
int bt_l2cap_ecred_chan_reconfigure_explicit(struct bt_l2cap_chan **chans, size_t chan_count,
					     uint16_t mtu, uint16_t mps);

/** Close a channel, or call off the attempt to open it. @ref bt_l2cap_chan_ops.disconnected comes
 * when the peer has confirmed, or after 30 s without that. What is not sent is dropped at once.
 *
 * A request that is on its way cannot be taken back: an attempt ends when the peer refuses, when it
 * has accepted and confirmed the end, or within 30 s, with -ECANCELED in
 * @ref bt_l2cap_le_chan.connect_err. One that waits for security ends right after this call.
 *
 * @retval 0          Asked.
 * @retval -EINVAL    It is a fixed channel.
 * @retval -ENOTCONN  It is not in use.
 * @retval -EALREADY  It is being closed, or has been called off.
 * Context: thread, never waits. Spec: Core 6.0 Vol 3 Part A 4.6.
 */
int bt_l2cap_chan_disconnect(struct bt_l2cap_chan *chan);

/** Send an SDU. It is sent in segments as the peer gives credits, from where it lies; a segment is
 * copied only while the transport still has the one before it, or where fragments meet.
 *
 * @param buf  With a headroom of @ref BT_L2CAP_SDU_CHAN_SEND_RESERVE; may be a chain of fragments.
 *             The library's when 0 is returned, else still the caller's and as it was.
 * @retval 0           Taken; @ref bt_l2cap_chan_ops.sent comes when it has left.
 * @retval -EINVAL     @p chan or @p buf is NULL, or @p buf has too little headroom.
 * @retval -EMSGSIZE   Longer than tx.mtu.
 * @retval -EAGAIN     @ref BT_L2CAP_CHAN_TX_SDU_MAX are on their way: again after a sent.
 * @retval -ENOTCONN   The channel is not open.
 * @retval -ESHUTDOWN  It is being closed.
 * Context: thread, never waits. Spec: Core 6.0 Vol 3 Part A 3.4.
 */
int bt_l2cap_chan_send(struct bt_l2cap_chan *chan, struct net_buf *buf);

/** Give the peer credits. Before connect, or in accept, these are the ones that it begins with: of
 * a channel with recv, as many are then kept up as a window in the place of the library's own.
 * Later only with seg_recv.
 *
 * @retval 0          Given, or in the request.
 * @retval -EINVAL    0 of them, more than 65535 together, or a channel with recv that is open.
 * @retval -ENOTCONN  The channel is being connected or closed.
 * Context: thread, never waits. Spec: Core 6.0 Vol 3 Part A 4.24.
 */
int bt_l2cap_chan_give_credits(struct bt_l2cap_chan *chan, uint16_t additional_credits);

/** Done with an SDU for which recv returned -EINPROGRESS. The reference to @p buf is given up, also
 * when the channel has been closed meanwhile.
 *
 * @retval 0        Credits go to the peer, when the channel is open.
 * @retval -EINVAL  @p buf is NULL.
 * Context: thread, never waits. Spec: Core 6.0 Vol 3 Part A 4.24.
 */
int bt_l2cap_chan_recv_complete(struct bt_l2cap_chan *chan, struct net_buf *buf);

#endif
