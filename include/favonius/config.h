/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAVONIUS_CONFIG_H_
#define FAVONIUS_CONFIG_H_

/** @file
 * The default of every CONFIG_* option, under Zephyr's names. A prj.conf overrides them at build
 * time. A disabled option is undefined, never 0. Every source file is compiled with this included.
 * Sizes are maxima; what a user may want to change at run time is run-time.
 */

/* ---- Kernel ---- */

/* CONFIG_MULTITHREADING: off; everything runs from the loop (favonius/loop.h). */

/** Kernel ticks are microseconds. */
#define CONFIG_SYS_CLOCK_TICKS_PER_SEC 1000000
#define CONFIG_TIMEOUT_64BIT           1
/** Bytes of the k_malloc() heap. A host of fav_host_create() takes some 200 KiB of it with the
 * sizes below, a virtual controller less; memory that is never used costs nothing on a machine with
 * paging.
 */
#define CONFIG_HEAP_MEM_POOL_SIZE 67108864
#define CONFIG_LOG                1
/** 0 off, 1 error, 2 warning, 3 info, 4 debug: what is compiled in. */
#define CONFIG_LOG_MAX_LEVEL 4
/** The level shown unless the environment's FAVONIUS_LOG says another. */
#define CONFIG_LOG_DEFAULT_LEVEL 2
#define CONFIG_ASSERT            1
/** Fault injection for tests, favonius/fault.h. */
#define CONFIG_FAV_FAULT 1

/* ---- Settings ---- */

#define CONFIG_SETTINGS                  1
#define CONFIG_SETTINGS_RUNTIME          1
#define CONFIG_SETTINGS_DYNAMIC_HANDLERS 1
/** Bytes of the longest value, up to 65535. */
#define CONFIG_FAV_SETTINGS_MAX_VAL_LEN 1024
/** Bytes of a whole store: 24, and for each value its own, its name's and 9. */
#define CONFIG_FAV_SETTINGS_MAX_BYTES 65536

/* ---- Bluetooth ---- */

#define CONFIG_BT             1
#define CONFIG_BT_HCI         1
#define CONFIG_BT_PERIPHERAL  1
#define CONFIG_BT_CENTRAL     1
#define CONFIG_BT_BROADCASTER 1
#define CONFIG_BT_OBSERVER    1
#define CONFIG_BT_CONN        1
/** Connections at once. */
#define CONFIG_BT_MAX_CONN 16
/** Identities. */
#define CONFIG_BT_ID_MAX                    4
#define CONFIG_BT_DEVICE_NAME               "Favonius"
#define CONFIG_BT_DEVICE_NAME_DYNAMIC       1
#define CONFIG_BT_DEVICE_NAME_MAX           65
#define CONFIG_BT_DEVICE_APPEARANCE         0
#define CONFIG_BT_DEVICE_APPEARANCE_DYNAMIC 1
/** Extended advertising: sets of bt_le_ext_adv_create(), at most 239. */
#define CONFIG_BT_EXT_ADV             1
#define CONFIG_BT_EXT_ADV_MAX_ADV_SET 16
/** Bytes of the longest extended advertising report that is put together from fragments, up to
 * 1650, and how many can be in the making at once.
 */
#define CONFIG_BT_EXT_SCAN_BUF_SIZE  1650
#define CONFIG_FAV_BT_EXT_SCAN_JOINS 4
/** Periodic advertising, and synchronisations to others'. */
#define CONFIG_BT_PER_ADV      1
#define CONFIG_BT_PER_ADV_SYNC 1
/* 0: none, and no memory for them. */
#define CONFIG_BT_PER_ADV_SYNC_MAX               8
#define CONFIG_BT_PER_ADV_SYNC_BUF_SIZE          1650
#define CONFIG_BT_PER_ADV_SYNC_TRANSFER_RECEIVER 1
#define CONFIG_BT_PER_ADV_SYNC_TRANSFER_SENDER   1

/** HCI buffers: commands on their way, events held, ACL fragments from and to the controller. */
#define CONFIG_BT_BUF_CMD_TX_COUNT 4
#define CONFIG_BT_BUF_CMD_TX_SIZE  255
/** Commands that no caller waits for, queued, on their way, or answered and not yet told of. */
#define CONFIG_FAV_BT_HCI_ASYNC_COUNT       16
#define CONFIG_BT_BUF_EVT_RX_COUNT          16
#define CONFIG_BT_BUF_EVT_RX_SIZE           255
#define CONFIG_BT_BUF_EVT_DISCARDABLE_COUNT 32
/** More than CONFIG_BT_MAX_CONN: each connection keeps one while an L2CAP PDU is put together. */
#define CONFIG_BT_BUF_ACL_RX_COUNT (CONFIG_BT_MAX_CONN + 16)
/** Largest L2CAP PDU with its header that can be received: the largest ATT MTU and 4. */
#define CONFIG_BT_BUF_ACL_RX_SIZE      521
#define CONFIG_BT_HCI_ACL_FLOW_CONTROL 1
/** How long a command may stay unanswered, milliseconds. */
#define CONFIG_BT_HCI_CMD_TIMEOUT_MS 10000

/** Largest ATT MTU; bt_att_preferred_mtu_set() chooses below it at run time. */
#define CONFIG_BT_L2CAP_TX_MTU 517
/** Segments of channels' SDUs that can be on their way, of all links: each shows a part of the
 * SDU's own memory. A link may have more PDUs waiting: they are in the buffers of who sends them.
 */
#define CONFIG_BT_L2CAP_TX_BUF_COUNT 64
/** The same that are copies, of CONFIG_BT_L2CAP_TX_MTU bytes: of an SDU whose memory is also
 * somebody else's, or whose segment before is still with the transport. From 1.
 */
#define CONFIG_FAV_BT_L2CAP_COPY_COUNT 16
/** PDUs with the controller that somebody wants to hear of; more wait. No more are of use than the
 * controller has buffers.
 */
#define CONFIG_BT_CONN_TX_MAX 64
/** Packets, all but the last of a PDU that is longer than the controller's buffers; more wait. */
#define CONFIG_BT_CONN_FRAG_COUNT 16
/** Bytes of user data of a buffer that is sent on a fixed channel of the application's. */
#define CONFIG_BT_CONN_TX_USER_DATA_SIZE 24
/** Segments that a peer may send ahead on a channel whose application takes SDUs at once. When it
 * suddenly does not, as many of them are kept, in the buffers for received data or on the heap.
 */
#define CONFIG_FAV_BT_L2CAP_WINDOW 96

/** Blocks of 64 bytes for prepared writes of all links: each takes one, a long one several. */
#define CONFIG_BT_ATT_PREPARE_COUNT 128
/** Notifications and write commands of all links on their way: as many as links that send without
 * end, or more.
 */
#define CONFIG_BT_ATT_TX_COUNT 32
/** ATT responses, confirmations and further requests of a procedure of all links on their way, from
 * 1; each link has one, as long as there are no more links than these.
 */
#define CONFIG_FAV_BT_ATT_REPLY_COUNT 16
/* CONFIG_BT_EATT: off; on: offer and accept enhanced ATT bearers, as bt_eatt_set_enabled() does. */
/** Enhanced ATT bearers of all links together; a link has at most 5. 0: none, and no memory for
 * them.
 */
#define CONFIG_BT_EATT_MAX 8
/** GATT client procedures, and indications, of all links that are queued or on their way. */
#define CONFIG_BT_ATT_REQ_COUNT 32
/** A request that the server refuses for the lack of security raises the link's once, and is then
 * sent again.
 */
#define CONFIG_BT_ATT_RETRY_ON_SEC_ERR 1
/** Services that applications can have registered. */
#define CONFIG_BT_GATT_SERVICE_MAX 64
/** Client Characteristic Configurations in the database. */
#define CONFIG_BT_GATT_CCC_MAX         128
#define CONFIG_BT_GATT_CLIENT          1
#define CONFIG_BT_GATT_DYNAMIC_DB      1
#define CONFIG_BT_GATT_SERVICE_CHANGED 1
/** Database Hash and Client Supported Features. */
#define CONFIG_BT_GATT_CACHING 1
/** A client that asked for robust caching gets no values while it does not know the database.
 * Zephyr's default is off; the specification demands it.
 */
#define CONFIG_BT_GATT_ENFORCE_CHANGE_UNAWARE 1
#define CONFIG_BT_GATT_READ_MULTIPLE          1
#define CONFIG_BT_GATT_READ_MULT_VAR_LEN      1
#define CONFIG_BT_GATT_ENFORCE_SUBSCRIPTION   1

/** The Security Manager. */
#define CONFIG_BT_SMP 1
/** Pairings at once, of all links, from 1; more wait for these, up to 25 s. */
#define CONFIG_FAV_BT_SMP_PAIRINGS 4
/** Bonds that can be kept, all identities together; bt_unpair() makes room. */
#define CONFIG_BT_MAX_PAIRED 16
/* CONFIG_BT_SETTINGS: off; on: bt_enable() opens the settings and keeps bonds there. */
/* CONFIG_BT_KEYS_OVERWRITE_OLDEST: off; on: the least recently used bond gives way to a new one. */
/* CONFIG_BT_PRIVACY: off; on: fav_host_own_addr_set() begins with FAV_OWN_ADDR_RPA. */
/** How long a private address is used, seconds, until bt_le_set_rpa_timeout(). */
#define CONFIG_BT_RPA_TIMEOUT 900
/** Ask for bonds until bt_set_bondable(). */
#define CONFIG_BT_BONDABLE 1
/** Ask for protection against a man in the middle wherever a user takes part. */
#define CONFIG_BT_SMP_ENFORCE_MITM 1
/** Bytes of the smallest key accepted, 7 to 16. Zephyr's default is 7; a short key can be searched.
 */
#define CONFIG_BT_SMP_MIN_ENC_KEY_SIZE 16
/* CONFIG_BT_SMP_SC_ONLY: off; on: nothing but level 4. CONFIG_BT_SMP_SC_PAIR_ONLY: off; on: no
 * legacy pairing. CONFIG_BT_PASSKEY_KEYPRESS: off; on: keypress notifications.
 * CONFIG_BT_SIGNING: off; on: exchange signing keys. CONFIG_BT_SMP_ALLOW_UNAUTH_OVERWRITE: off;
 * on: whoever claims a bonded peer's address may replace an unauthenticated bond.
 */

#define CONFIG_BT_USER_PHY_UPDATE      1
#define CONFIG_BT_USER_DATA_LEN_UPDATE 1
#define CONFIG_BT_PHY_UPDATE           1
#define CONFIG_BT_DATA_LEN_UPDATE      1
/** On a new link: ask for the longest packets, as central for 2M, and read the peer's version. */
#define CONFIG_BT_AUTO_DATA_LEN_UPDATE 1
#define CONFIG_BT_AUTO_PHY_UPDATE      1
#define CONFIG_BT_REMOTE_INFO          1
#define CONFIG_BT_REMOTE_VERSION       1
/** How long an attempt to connect lasts when the caller does not say, seconds. */
#define CONFIG_BT_CREATE_CONN_TIMEOUT 3
/** When a peripheral asks for its preferred parameters, milliseconds after connection. */
#define CONFIG_BT_CONN_PARAM_UPDATE_TIMEOUT   5000
#define CONFIG_BT_GAP_AUTO_UPDATE_CONN_PARAMS 1
/** A peripheral's preferred intervals, unit 1.25 ms; latency; supervision timeout, unit 10 ms. */
#define CONFIG_BT_PERIPHERAL_PREF_MIN_INT 24
#define CONFIG_BT_PERIPHERAL_PREF_MAX_INT 40
#define CONFIG_BT_PERIPHERAL_PREF_LATENCY 0
#define CONFIG_BT_PERIPHERAL_PREF_TIMEOUT 42

#endif
