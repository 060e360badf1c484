/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAVONIUS_HCI_H_
#define FAVONIUS_HCI_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <zephyr/net_buf.h>

/** @file
 * The seam: HCI packets between a host and a controller, and the transports that carry them.
 *
 * A packet is one net_buf whose first byte is the H4 packet indicator
 * (Core 6.0 Vol 4 Part A 2), followed by the HCI packet (Vol 4 Part E 5.4).
 *
 * One struct fav_hci is one controller seen from above. Its user, normally a host, supplies a
 * struct fav_hci_client. The same interface serves a controller in this process, a UART, a socket
 * and the user channel; which one it is shows nowhere but in the URL that opened it.
 */

/** H4 packet indicators, Core 6.0 Vol 4 Part A 2. */
enum fav_h4_type {
	FAV_H4_CMD = 0x01,
	FAV_H4_ACL = 0x02,
	FAV_H4_SCO = 0x03,
	FAV_H4_EVT = 0x04,
	FAV_H4_ISO = 0x05,
};

struct fav_hci;
struct fav_hci_tap;

/** The upper side of a transport. All calls come at interrupt level, or from within send(). */
struct fav_hci_client {
	/** Give a buffer for a packet that is coming up.
	 *
	 * @param type     H4 packet indicator.
	 * @param hdr      The packet's header: 2 bytes of an event, 4 of ACL data, and when
	 *                 @p hdr_len is one more than the event header, the LE subevent code too.
	 * @param hdr_len  Bytes at @p hdr.
	 * @param len      Length of the whole packet without the indicator, header included.
	 * @return An empty buffer with room for 1 + @p len bytes, to be handed to recv() or
	 * unref'd; NULL when there is none now: the transport holds this packet and all behind it
	 *         until fav_hci_rx_ready(). A client must not answer NULL for Command Complete and
	 *         Command Status events, which its own waiting calls depend on, nor for a packet
	 *         that is longer than it could ever take: for that it gives a buffer with too
	 *         little room, and the transport is lost with -EPROTO, since no controller that
	 *         was told the host's sizes sends such a packet and framing must have gone wrong.
	 */
	struct net_buf *(*alloc)(void *ctx, uint8_t type, const uint8_t *hdr, size_t hdr_len,
				 size_t len);

	/** A packet from below, indicator first. The callee owns @p buf. */
	void (*recv)(void *ctx, struct net_buf *buf);

	/** The transport is gone: closed by the peer (-EPIPE), device vanished (-ENODEV), junk
	 * that framing cannot recover from (-EPROTO). Called once, nothing follows it but close().
	 */
	void (*lost)(void *ctx, int err);
};

/** The lower side: what a transport or an in-process controller implements. */
struct fav_hci_api {
	/** See fav_hci_open(). */
	int (*open)(struct fav_hci *hci);
	/** See fav_hci_send(). */
	int (*send)(struct fav_hci *hci, struct net_buf *buf);
	/** See fav_hci_rx_ready(). */
	void (*rx_ready)(struct fav_hci *hci);
	/** See fav_hci_speed_set(). NULL: no serial line. */
	int (*speed_set)(struct fav_hci *hci, uint32_t baud);
	/** See fav_hci_close(). */
	void (*close)(struct fav_hci *hci);
	/** See fav_hci_destroy(). NULL: the memory has another owner. */
	void (*destroy)(struct fav_hci *hci);
};

/** One controller seen from above; a transport embeds it as its first member. */
struct fav_hci {
	const struct fav_hci_api *api;
	const struct fav_hci_client *client; /**< Set by fav_hci_open(). */
	void *ctx;                           /**< The client's, handed back to its functions. */
	const char *name;                    /**< For messages: the URL, or a device's name. */
	bool late_events; /**< Data may overtake events on the way up; see FAV_QUIRK_LATE_EVENTS. */
	struct fav_hci_tap *tap; /**< Set while packets are captured, by fav_hci_open(). */
};

/** Make the transport that @p url names; nothing is opened yet.
 *
 * `air:` joins the local air, starting one if none runs; `air:NAME` a named air;
 * `tcp:HOST:PORT`, `unix:PATH` speak H4 over a stream; `serial:DEV[,BAUD[,rtscts]]` over a UART
 * or pty; `hci:N` is Linux's user channel.
 *
 * Any but `air:` may end in `,wait=SECONDS`: fav_hci_open() then tries again for so long while
 * there is nobody to open (no such device, path, host or adapter; nobody listens; no right yet,
 * which a new device gets a moment after it has appeared), first after 50 ms, then after longer
 * pauses up to 1 s. Without, the environment's FAVONIUS_HCI_WAIT tells the seconds, and without
 * that one failure ends it. `forever` is a number of seconds, too.
 *
 * @param url  NULL: the environment's FAVONIUS_HCI, or `air:` without one.
 * @param hci  Receives the transport, the caller's until fav_hci_destroy().
 * @retval 0         Made.
 * @retval -EINVAL   @p url is malformed; a log line says where.
 * @retval -ENOTSUP  The scheme is unknown or not built in; a log line says which.
 * @retval -ENOMEM   No memory.
 * Context: thread, never waits.
 */
int fav_hci_create(const char *url, struct fav_hci **hci);

/** Open @p hci and let packets flow to @p client.
 *
 * When the environment's FAVONIUS_BTSNOOP names a file, every packet both ways is written to it in
 * the btsnoop format, which btmon and Wireshark open; `%p` in the name stands for the number of
 * this process, `%n` for the controller's name. Its clock is the port's. A file that cannot be
 * written costs a log line, not the connection.
 *
 * @retval 0         Open.
 * @retval -EALREADY It is open.
 * @retval -errno    What the operating system said (-ECONNREFUSED, -ENOENT, -EACCES, -EBUSY ...);
 *                   a log line says what to do about it.
 * Context: thread, may wait for the connection.
 */
int fav_hci_open(struct fav_hci *hci, const struct fav_hci_client *client, void *ctx);

/** Send one packet down.
 *
 * The transport never refuses for lack of room: the HCI flow control (command credits, buffer
 * counts) bounds what may be on its way, and the transport queues that much.
 *
 * @param buf  The transport's when 0 is returned, else still the caller's.
 * @retval 0          Taken.
 * @retval -ENOTCONN  Not open, or lost.
 * @retval -EINVAL    No known indicator in the first byte, or shorter than its header says.
 * Context: loop, both levels.
 */
int fav_hci_send(struct fav_hci *hci, struct net_buf *buf);

/** Change the speed of an open serial line, after the vendor command that has changed it at the
 * controller was answered; for set-up hooks (fav_host_setup_set()).
 * @param baud  One of the rates of `serial:`.
 * @retval 0          Changed.
 * @retval -ENOTCONN  Not open, or lost.
 * @retval -EINVAL    No rate of this system; a log line says so.
 * @retval -ENOTSUP   No serial line.
 * @retval -errno     What the operating system said.
 * Context: thread, never waits for the controller.
 */
int fav_hci_speed_set(struct fav_hci *hci, uint32_t baud);

/** Tell the transport that alloc() may succeed again. Context: loop, both levels. */
void fav_hci_rx_ready(struct fav_hci *hci);

/** Close @p hci; packets queued in it are freed, and its client is not called again. Closing a
 * closed one has no effect. Context: thread, never waits.
 */
void fav_hci_close(struct fav_hci *hci);

/** Close and free. Context: thread, never waits. */
void fav_hci_destroy(struct fav_hci *hci);

#endif
