/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAVONIUS_AIR_H_
#define FAVONIUS_AIR_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <favonius/hci.h>
#include <zephyr/bluetooth/addr.h>
#include <zephyr/sys/dlist.h>

/** @file
 * The air: a simulated radio medium with virtual controllers on it.
 *
 * It runs on the kernel's clock: in virtual time on the sim port, in real time on the others.
 * Inside, every packet starts and ends at its exact microsecond, even when the loop is late.
 */

struct fav_air;

/** How an air behaves. Zero-initialise for the defaults. */
struct fav_air_config {
	uint64_t seed; /**< For advDelay, losses and every other chance. */
	/** Public addresses of devices that ask for none: the first of these that no device on the
	 * air has; when there is none left, one that the air makes. Stay the caller's, and valid as
	 * long as the air. NULL: none. */
	const bt_addr_t *addrs;
	size_t addr_count; /**< Entries of @ref addrs. */
};

/** Make an air without devices.
 * @param config  Copied; NULL for the defaults.
 * @return The air, the caller's until fav_air_destroy(); NULL when there is no memory.
 * Context: thread, never waits.
 */
struct fav_air *fav_air_create(const struct fav_air_config *config);

/** Destroy @p air and every device on it. Hosts on these must have been disabled.
 * Context: thread, never waits.
 */
void fav_air_destroy(struct fav_air *air);

/** Largest drift of a device's sleep clock, ppm. */
#define FAV_AIR_DRIFT_MAX_PPM 1000

/** Longest latency between a device's host and its controller, us. */
#define FAV_AIR_HCI_LATENCY_MAX_US 1000000

/** One virtual controller. Zero-initialise for the defaults. */
struct fav_air_device {
	const char *name;      /**< For messages and summaries; copied. NULL: made from a number. */
	bt_addr_t public_addr; /**< All zero: the air chooses one, the same for the n-th device
				* as long as none has taken it. */
	uint8_t acl_count;     /**< ACL data buffers; 0 for 16. */
	uint16_t acl_len;      /**< Their size, bytes, 27 to 251; 0 for 251. */
	/** By how much the connection intervals of its sleep clock are too long, or too short
	 * (negative), ppm, -1000 to 1000. Controllers announce 50 ppm; a link of two that are
	 * farther apart than 100 ppm is lost in the end, the sooner the longer its interval. */
	int16_t drift_ppm;
	/** How long each packet takes between host and controller, in either direction, us of the
	 * kernel's clock, at most FAV_AIR_HCI_LATENCY_MAX_US; so a command is answered later by
	 * twice that. Order is kept. What is on the way to the host occupies the host's buffers,
	 * and is lost when either end closes. 0: none. */
	uint32_t hci_latency_us;
};

/** Put a controller on @p air.
 * @param device  Copied; NULL for the defaults.
 * @param hci     Receives the controller's HCI. The air's: it goes with fav_air_remove() or the
 * air; fav_hci_destroy() on it is the same as fav_air_remove().
 * @retval 0        There.
 * @retval -EINVAL  A length, count, drift or latency is out of range.
 * @retval -EEXIST  Another device has that public address.
 * @retval -EHOSTDOWN  The air's scenario has switched off the device of that name.
 * @retval -ENOMEM  No memory.
 * Context: thread, never waits.
 */
int fav_air_add(struct fav_air *air, const struct fav_air_device *device, struct fav_hci **hci);

/** Let a device's power fail: its peers hear nothing more, and its host is told that the controller
 * is lost (-ENODEV). Opening its HCI again is power coming back.
 * Context: loop, both levels; not from within its own HCI callbacks.
 */
void fav_air_power_off(struct fav_air *air, struct fav_hci *hci);

/** Take a device off the air and free it, silently for its peers.
 * @param hci  Closed: its host has been disabled.
 * Context: thread, never waits; not from within its own HCI callbacks.
 */
void fav_air_remove(struct fav_air *air, struct fav_hci *hci);

/** Which of the advertising PDUs that look alike on secondary channels a packet is: the one that
 * AUX_ADV_IND, AUX_CHAIN_IND, AUX_SYNC_IND and AUX_SCAN_RSP have a type in common for. */
enum fav_air_aux {
	FAV_AIR_AUX_ADV = 0, /**< AUX_ADV_IND, or none of them. */
	FAV_AIR_AUX_CHAIN = 1,
	FAV_AIR_AUX_SYNC = 2,
	FAV_AIR_AUX_SCAN_RSP = 3,
};

/** One packet on the air, as an observer sees it when it ends. */
struct fav_air_packet {
	uint64_t start_us;   /**< When its preamble began, on the kernel's clock. */
	uint32_t airtime_us; /**< Preamble to the end of the CRC. */
	uint32_t access_address;
	uint32_t crc_init;
	uint8_t channel; /**< Channel index, 0 to 39. */
	int8_t rssi_dbm; /**< In verdict() at the receiver; in on_packet() as fav_air_capture has
			    it. */
	uint8_t phy;     /**< 1: 1M, 2: 2M, 3: Coded. */
	bool coded_s2;   /**< With Coded: S=2, else S=8. */
	enum fav_air_aux aux;
	const struct fav_hci *sender;
	const struct fav_hci *receiver; /**< NULL in on_packet(), set in verdict(). */
	const uint8_t *pdu;             /**< Header first, without CRC; valid during the call. */
	size_t len;                     /**< Bytes at @ref pdu. */
};

/** What becomes of a packet at one receiver. */
enum fav_air_verdict {
	FAV_AIR_DELIVER,
	FAV_AIR_CORRUPT, /**< Heard, with a wrong CRC. */
	FAV_AIR_LOSE,    /**< Not heard at all. */
};

/** Looks at the air, and meddles with it. Zero members are not called. */
struct fav_air_observer {
	/** Each packet once, when it ends. Interrupt level; must not call back into the air. */
	void (*on_packet)(void *ctx, const struct fav_air_packet *packet);
	/** Each packet for each receiver that is tuned to it. Interrupt level. */
	enum fav_air_verdict (*verdict)(void *ctx, const struct fav_air_packet *packet);
	void *ctx;
	sys_dnode_t node; /**< The air's. */
};

/** Add an observer. Each sees every packet, in the order in which they were added; of their
 * verdicts the worst counts.
 * @param observer  Stays the caller's; on no air yet, and valid until it is removed or the air
 *                  destroyed.
 * Context: loop, both levels; not from within an observer.
 */
void fav_air_observer_add(struct fav_air *air, struct fav_air_observer *observer);

/** Remove an observer that was added. Context: loop, both levels; not from within an observer. */
void fav_air_observer_remove(struct fav_air *air, struct fav_air_observer *observer);

/** Move a device. All begin at the place 0, 0, where everyone hears everyone with -50 dBm.
 *
 * A packet is sent with 0 dBm and loses 50 dB up to 1 m, then 25 dB for each tenfold of the
 * distance; a receiver's noise is -107 dBm on 1M, -104 dBm on 2M, and Coded counts as -110 dBm with
 * S=2, -114 dBm with S=8. What is not louder than that is not heard at all.
 *
 * @param hci   Of a device on @p air.
 * @param x_m   Metres, finite.
 * @param y_m   Metres, finite.
 * Context: loop, both levels.
 */
void fav_air_position_set(struct fav_air *air, struct fav_hci *hci, double x_m, double y_m);

/** Let a part of the packets from one device to another get lost, in addition to all other causes.
 * @param from      Sends; it is heard by others as before.
 * @param to        Receives.
 * @param loss_ppm  Of a million packets, 0 to 1000000; 0: none, as in the beginning.
 * @retval 0        Set, until either device is removed.
 * @retval -EINVAL  @p loss_ppm is more than 1000000.
 * @retval -ENOMEM  No memory.
 * Context: loop, both levels.
 */
int fav_air_link_loss_set(struct fav_air *air, struct fav_hci *from, struct fav_hci *to,
			  uint32_t loss_ppm);

/** Longest delay of a link, us. */
#define FAV_AIR_LINK_DELAY_MAX_US 1000

/** Let packets from one device to another arrive later, as over a distance: 1 us for 300 m.
 *
 * Our controllers bear 10 us there and back, the 2 us tolerance of T_IFS and 8 us of range delay,
 * and 16 us beside the clocks' drift where they wait for another's anchor. What comes later than a
 * receiver waits is not heard, so that a link cannot be made or is lost; scanners that listen
 * anyway hear it. Which packets collide is judged without delays.
 * @param from      Sends; it is heard by others as before.
 * @param to        Receives.
 * @param delay_us  0 to FAV_AIR_LINK_DELAY_MAX_US; 0: none, as in the beginning.
 * @retval 0        Set, until either device is removed.
 * @retval -EINVAL  @p delay_us is too long.
 * @retval -ENOMEM  No memory.
 * Context: loop, both levels.
 * Spec: Core 6.0 Vol 6 Part B 4.2.1, 4.2.3.
 */
int fav_air_link_delay_set(struct fav_air *air, struct fav_hci *from, struct fav_hci *to,
			   uint32_t delay_us);

/** What disturbs some channels. */
struct fav_air_jammer_config {
	double x_m, y_m;
	int8_t power_dbm;   /**< Sent on each of its channels. */
	uint64_t channels;  /**< Bit n: channel index n, 0 to 39. */
	uint32_t period_us; /**< 0: it always sends. */
	uint32_t on_us;     /**< Of each period, from its beginning at a multiple of period_us. */
};

/** A jammer on an air. */
struct fav_air_jammer;

/** Put a jammer on @p air. It raises the noise of receivers by what arrives of it, and so makes
 * packets fail by chance; devices do not wait for silence, as Bluetooth's do not.
 * @param config  Copied.
 * @param jammer  Receives the jammer, the caller's until fav_air_jammer_remove() or
 *                fav_air_destroy().
 * @retval 0        Jamming, and so are packets that have begun.
 * @retval -EINVAL  A channel above 39, none, a place that is not finite, or on_us above period_us.
 * @retval -ENOMEM  No memory.
 * Context: loop, both levels.
 */
int fav_air_jammer_add(struct fav_air *air, const struct fav_air_jammer_config *config,
		       struct fav_air_jammer **jammer);

/** Take a jammer away, also from packets that are on the air. NULL is allowed.
 * Context: loop, both levels.
 */
void fav_air_jammer_remove(struct fav_air *air, struct fav_air_jammer *jammer);

/** Let an air follow a scenario: devices with places and addresses, losses, jammers, and what
 * happens in time. docs/air.md has the form of the text.
 *
 * A device on the air is that of the scenario with its name; one that comes without a name is given
 * the first of the scenario's that is not there. Time counts from this call.
 *
 * @param file     For messages.
 * @param text     Read during the call.
 * @param message  Receives, at most @p size bytes, what is wrong with the text: "FILE:LINE: what".
 * @retval 0         The air follows it, until it is destroyed.
 * @retval -EALREADY The air has a scenario, or devices.
 * @retval -EINVAL   The text is wrong, or there is no memory; @p message says it.
 * Context: thread, never waits.
 */
int fav_air_scenario_load(struct fav_air *air, const char *file, const char *text, size_t len,
			  char *message, size_t size);

/** A capture of an air in a file. */
struct fav_air_capture;

/** Write every packet on @p air to a file, from now on: pcap with link type 256
 * (BLUETOOTH_LE_LL_WITH_PHDR), which Wireshark and tshark open.
 *
 * A record has the packet's start on the kernel's clock, its channel, PHY, CRC as sent and, for a
 * connection whose CONNECT_IND was captured, its direction. What was sent is written, whoever
 * received it, in the order of the packets' ends; encrypted packets stay so. The signal power is
 * what a receiver at the place 0, 0 would measure.
 *
 * Written records are in the file after 0.1 s of the kernel's clock. When writing fails, a log line
 * says so, the capture ends there, and the air goes on.
 *
 * @param path     The file is created, or emptied.
 * @param capture  Receives the capture, the caller's until fav_air_capture_stop().
 * @retval 0        Capturing.
 * @retval -EBUSY   Another capture is being written there.
 * @retval -ENOMEM  No memory.
 * @retval -errno   What the operating system said of the file.
 * Context: thread; blocks as long as the file does.
 */
int fav_air_capture_start(struct fav_air *air, const char *path, struct fav_air_capture **capture)
	__attribute__((warn_unused_result));

/** End a capture, before its air is destroyed. NULL is allowed.
 * @retval 0       The file has every packet.
 * @retval -errno  Writing failed, and a log line has said so: the file ends early.
 * Context: thread; blocks as long as the file does.
 */
int fav_air_capture_stop(struct fav_air_capture *capture);

/** A link begins to be encrypted. Interrupt level; must not call back into the air.
 * @param central  Name of the device that is its central.
 * @param ltk      The long term key, the least significant byte first, as HCI has it.
 */
typedef void (*fav_air_key_t)(void *ctx, const char *central, const uint8_t ltk[16]);

/** Hear of the keys of all links: with them a capture can be decrypted. Whoever has a key reads the
 * link and can pass for its devices.
 * @param on_key  Called with @p ctx at each start and refresh of encryption; NULL: no more.
 * Context: loop, both levels.
 */
void fav_air_on_key(struct fav_air *air, fav_air_key_t on_key, void *ctx);

/** What has happened on an air since it was made. */
struct fav_air_stats {
	uint32_t devices;     /**< On it now. */
	uint32_t links;       /**< Connections now (each counted once). */
	uint64_t packets;     /**< Sent. */
	uint64_t received;    /**< Receptions with a right CRC. */
	uint64_t corrupted;   /**< Receptions with a wrong CRC: collisions and set losses. */
	uint64_t hci_dropped; /**< Advertising reports dropped because a host did not take them. */
};

/** Read the counters. Context: loop, both levels. */
void fav_air_stats_get(const struct fav_air *air, struct fav_air_stats *stats);

struct fav_air_server;

/** Serve controllers of @p air to H4 peers: each connection gets one of its own, and loses it when
 * it closes or sends what is not H4.
 *
 * @param url     `unix:PATH`, `tcp:HOST:PORT` (port 0: any free one) or `pty:` (a new
 * pseudo-terminal, for one peer at a time); see fav_air_server_url() for what was made.
 * @param server  Receives the server, the caller's until fav_air_server_stop().
 * @retval 0            Listening.
 * @retval -EINVAL      @p url is malformed; a log line says where.
 * @retval -EADDRINUSE  Another air listens there. A socket file that nobody listens on is replaced.
 * @retval -errno       What the operating system said; a log line says what to do about it.
 * Context: thread, never waits.
 */
int fav_air_serve(struct fav_air *air, const char *url, struct fav_air_server **server);

/** The number of peers of a server has changed. Interrupt level; may stop the server only from
 * later on, not from within.
 */
typedef void (*fav_air_peers_t)(void *ctx, uint32_t peers);

/** Serve one device: as fav_air_serve(), and the controller of whoever connects is @p device.
 *
 * So a program that disconnects and comes again finds its own address. There is one peer at a time:
 * a new one takes the place of the old one, which has restarted.
 *
 * @param device   Stays the caller's, and valid until fav_air_server_stop(); its buffer counts are
 *                 the server's choice. NULL: any device, any number of peers.
 * @param changed  Called with @p ctx as peers come and go; may be NULL.
 * @return As fav_air_serve().
 * Context: thread, never waits.
 */
int fav_air_serve_as(struct fav_air *air, const char *url, const struct fav_air_device *device,
		     fav_air_peers_t changed, void *ctx, struct fav_air_server **server)
	__attribute__((warn_unused_result));

/** @return Where @p server listens, as a URL that a host can open; valid until it stops.
 * Context: loop, both levels.
 */
const char *fav_air_server_url(const struct fav_air_server *server);

/** Stop serving and take the peers' devices off the air. Context: thread, never waits. */
void fav_air_server_stop(struct fav_air_server *server);

#endif
