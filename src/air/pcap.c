/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The air in pcap, link type 256: a header of the file, then for each packet a record header, a
 * pseudo-header of 10 bytes and the packet from its access address to its CRC; all little endian.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <favonius/air.h>
#include <favonius/loop.h>
#include <favonius/process.h>
#include <zephyr/logging/log.h>
#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#include "controller/ll_pdu.h"
#include "controller/radio.h"

LOG_MODULE_REGISTER(air_pcap);

#define MAGIC_US      0xa1b2c3d4
#define VERSION_MAJOR 2
#define VERSION_MINOR 4
#define SNAPLEN       65535
#define LINKTYPE      256

#define FILE_HDR_SIZE   24
#define RECORD_HDR_SIZE 16
#define PSEUDO_HDR_SIZE 10
#define CRC_SIZE        3
/* Access address, coding indicator, PDU, CRC. */
#define PACKET_MAX (4 + 1 + RADIO_PDU_MAX + CRC_SIZE)

#define FLAG_DEWHITENED   BIT(0)
#define FLAG_SIGNAL_VALID BIT(1)
#define FLAG_REF_AA_VALID BIT(4)
#define FLAG_TYPE(type)   ((type) << 7)
#define FLAG_CRC_CHECKED  BIT(10)
#define FLAG_CRC_VALID    BIT(11)
#define FLAG_AUX(aux)     ((aux) << 12) /* with TYPE_AUX_ADV */
#define FLAG_PHY(phy)     ((phy) << 14)

enum pdu_type {
	TYPE_ANY = 0,
	TYPE_AUX_ADV = 1,
	TYPE_TO_PERIPHERAL = 2,
	TYPE_TO_CENTRAL = 3,
};

#define FLUSH_US 100000

/* Connections whose directions are known: sets of the latest with one hash. */
#define LINK_SETS 256
#define LINK_WAYS 8

struct capture_link {
	uint32_t access_address; /* 0: none, which is no connection's */
	const struct fav_hci *central;
};

/* Freed by fav_air_capture_stop(). */
struct fav_air_capture {
	struct fav_air *air;
	struct fav_air_observer observer;
	struct fav_timeout flush;
	FILE *file; /* NULL once a write has failed */
	int err;    /* why */
	char *path; /* for log lines */
	struct capture_link links[LINK_SETS][LINK_WAYS];
};

/* ---- CRC, Core 6.0 Vol 6 Part B 3.1.1 ---- */

#define CRC_BITS 24
/* x^24 + x^10 + x^9 + x^6 + x^4 + x^3 + x + 1 without its first term. Bits are sent from position
 * 23 downwards and each byte from its bit 0, so all is mirrored: position 23 is bit 0. */
#define CRC_POLY 0xda6000

static uint32_t mirror(uint32_t value)
{
	uint32_t mirrored = 0;

	for (unsigned int i = 0; i < CRC_BITS; i++) {
		mirrored |= (value >> i & 1) << (CRC_BITS - 1 - i);
	}
	return mirrored;
}

static uint32_t crc_of(uint32_t init, const uint8_t *pdu, size_t len)
{
	uint32_t crc = mirror(init);

	for (size_t i = 0; i < len; i++) {
		crc ^= pdu[i];
		for (unsigned int bit = 0; bit < 8; bit++) {
			crc = (crc >> 1) ^ ((crc & 1) != 0 ? CRC_POLY : 0);
		}
	}
	return crc;
}

/* ---- What the pseudo-header says ---- */

/* Core 6.0 Vol 6 Part B 1.4.1: the place in the band, 2402 MHz being 0. */
static uint8_t rf_channel(uint8_t index)
{
	switch (index) {
	case 37:
		return 0;
	case 38:
		return 12;
	case 39:
		return 39;
	default:
		return index + (index < 11 ? 1 : 2);
	}
}

static struct capture_link *links_like(struct fav_air_capture *capture, uint32_t access_address)
{
	return capture->links[(access_address * 0x9e3779b1U) >> 24];
}

static void learn(struct fav_air_capture *capture, const struct fav_air_packet *packet)
{
	const struct ll_connect_ind *ind = (const void *)(packet->pdu + LL_HDR_SIZE);
	struct capture_link *links;
	uint32_t access_address;

	if ((packet->pdu[0] & 0x0f) != LL_CONNECT_IND || packet->len < LL_HDR_SIZE + sizeof(*ind)) {
		return;
	}
	access_address = sys_le32_to_cpu(ind->access_address);
	links = links_like(capture, access_address);
	memmove(links + 1, links, (LINK_WAYS - 1) * sizeof(*links));
	links[0] = (struct capture_link){access_address, packet->sender};
}

static enum pdu_type type_of(struct fav_air_capture *capture, const struct fav_air_packet *packet)
{
	const struct capture_link *links = links_like(capture, packet->access_address);

	/* Periodic advertising has access addresses of its own. */
	if (packet->aux != FAV_AIR_AUX_ADV) {
		return TYPE_AUX_ADV;
	}
	if (packet->access_address == LL_ADV_ACCESS_ADDRESS) {
		return packet->channel < LL_ADV_CHANNEL_FIRST ? TYPE_AUX_ADV : TYPE_ANY;
	}
	for (unsigned int i = 0; i < LINK_WAYS; i++) {
		if (links[i].access_address == packet->access_address) {
			return links[i].central == packet->sender ? TYPE_TO_PERIPHERAL
								  : TYPE_TO_CENTRAL;
		}
	}
	return TYPE_ANY;
}

/* ---- Writing ---- */

static void give_up(struct fav_air_capture *capture)
{
	capture->err = errno != 0 ? -errno : -EIO;
	LOG_ERR("%s: the capture ends here: %s", capture->path, strerror(-capture->err));
	fclose(capture->file);
	capture->file = NULL;
}

static void put(struct fav_air_capture *capture, const uint8_t *data, size_t len)
{
	if (capture->file != NULL && fwrite(data, len, 1, capture->file) != 1) {
		give_up(capture);
	}
}

static void flush(struct fav_air_capture *capture)
{
	if (capture->file != NULL && fflush(capture->file) != 0) {
		give_up(capture);
	}
}

static void flush_due(struct fav_timeout *timer)
{
	flush(CONTAINER_OF(timer, struct fav_air_capture, flush));
}

static void on_packet(void *ctx, const struct fav_air_packet *packet)
{
	struct fav_air_capture *capture = ctx;
	uint8_t record[RECORD_HDR_SIZE + PSEUDO_HDR_SIZE + PACKET_MAX];
	uint8_t *pseudo = record + RECORD_HDR_SIZE;
	uint8_t *at = pseudo + PSEUDO_HDR_SIZE;
	uint16_t flags = FLAG_DEWHITENED | FLAG_SIGNAL_VALID | FLAG_REF_AA_VALID |
			 FLAG_CRC_CHECKED | FLAG_CRC_VALID;

	if (packet->access_address == LL_ADV_ACCESS_ADDRESS) {
		learn(capture, packet);
	}
	flags |= FLAG_TYPE(type_of(capture, packet)) | FLAG_AUX(packet->aux) |
		 FLAG_PHY(packet->phy - 1);
	pseudo[0] = rf_channel(packet->channel);
	pseudo[1] = (uint8_t)packet->rssi_dbm;
	pseudo[2] = 0;
	pseudo[3] = 0;
	sys_put_le32(packet->access_address, pseudo + 4);
	sys_put_le16(flags, pseudo + 8);

	sys_put_le32(packet->access_address, at);
	at += 4;
	if (packet->phy == RADIO_CODED_S8) {
		/* The coding indicator, 2.2.3. */
		*at++ = packet->coded_s2 ? 1 : 0;
	}
	memcpy(at, packet->pdu, packet->len);
	at += packet->len;
	sys_put_le24(crc_of(packet->crc_init, packet->pdu, packet->len), at);
	at += CRC_SIZE;

	sys_put_le32((uint32_t)(packet->start_us / 1000000), record);
	sys_put_le32((uint32_t)(packet->start_us % 1000000), record + 4);
	sys_put_le32((uint32_t)(at - pseudo), record + 8);
	sys_put_le32((uint32_t)(at - pseudo), record + 12);
	put(capture, record, at - record);
	if (capture->file != NULL && !fav_timeout_is_armed(&capture->flush)) {
		fav_timeout_start(&capture->flush,
				  packet->start_us + packet->airtime_us + FLUSH_US);
	}
}

static void put_file_header(struct fav_air_capture *capture)
{
	uint8_t hdr[FILE_HDR_SIZE] = {0};

	sys_put_le32(MAGIC_US, hdr);
	sys_put_le16(VERSION_MAJOR, hdr + 4);
	sys_put_le16(VERSION_MINOR, hdr + 6);
	sys_put_le32(SNAPLEN, hdr + 16);
	sys_put_le32(LINKTYPE, hdr + 20);
	put(capture, hdr, sizeof(hdr));
	flush(capture);
}

/* ---- Life ---- */

static int open_file(struct fav_air_capture *capture, const char *path)
{
	int err;

	capture->path = strdup(path);
	if (capture->path == NULL) {
		return -ENOMEM;
	}
	err = fav_file_create(path, &capture->file);
	if (err == 0) {
		put_file_header(capture);
		err = capture->err;
	}
	return err;
}

int fav_air_capture_start(struct fav_air *air, const char *path, struct fav_air_capture **made)
{
	struct fav_air_capture *capture = calloc(1, sizeof(*capture));
	int err;

	if (capture == NULL) {
		return -ENOMEM;
	}
	capture->air = air;
	capture->observer = (struct fav_air_observer){.on_packet = on_packet, .ctx = capture};
	capture->flush.handler = flush_due;
	err = open_file(capture, path);
	if (err < 0) {
		free(capture->path);
		free(capture);
		return err;
	}
	fav_air_observer_add(air, &capture->observer);
	*made = capture;
	return 0;
}

int fav_air_capture_stop(struct fav_air_capture *capture)
{
	int err;

	if (capture == NULL) {
		return 0;
	}
	fav_air_observer_remove(capture->air, &capture->observer);
	fav_timeout_stop(&capture->flush);
	flush(capture);
	err = capture->err;
	if (capture->file != NULL && fclose(capture->file) != 0 && err == 0) {
		err = -errno;
		LOG_ERR("%s: the capture is not complete: %s", capture->path, strerror(errno));
	}
	free(capture->path);
	free(capture);
	return err;
}
