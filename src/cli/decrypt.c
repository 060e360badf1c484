/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/decrypt.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

#include "controller/ll_enc.h"
#include "controller/ll_pdu.h"

/* docs/air.md has the format; src/air/pcap.c writes it. */
#define MAGIC_US        0xa1b2c3d4
#define LINKTYPE        256
#define FILE_HDR_SIZE   24
#define RECORD_HDR_SIZE 16
#define PSEUDO_HDR_SIZE 10
#define AA_SIZE         4
#define CRC_SIZE        3
#define PDU_MAX         (LL_HDR_SIZE + 255)

#define FLAG_DECRYPTED   BIT(3)
#define FLAG_MIC_CHECKED BIT(12)
#define FLAG_MIC_VALID   BIT(13)

#define TYPE_TO_PERIPHERAL 2
#define TYPE_TO_CENTRAL    3
#define PHY_CODED          2

#define LINK_LISTS 256

#define SKD_HALF 8
#define IV_HALF  4

/* A link whose encryption was seen to start. */
struct link {
	struct link *next;
	uint32_t access_address;
	bool halves[2];         /* the central's, the peripheral's part of SKD and IV are there */
	struct ll_enc session;  /* with the key that fits */
	int key;                /* its index; -1: none was found yet */
	uint64_t next_count[2]; /* to the peripheral, to the central */
};

struct decryptor {
	const struct decrypt_key *keys;
	size_t key_count;
	struct decrypt_count *count;
	struct link *links[LINK_LISTS];
};

/* One packet in the file. */
struct packet {
	uint8_t *flags; /* of the pseudo-header */
	uint32_t access_address;
	uint8_t type;
	uint8_t *pdu;
	size_t len;
};

/* ---- Links ---- */

static struct link *link_of(struct decryptor *d, uint32_t access_address, bool make)
{
	struct link **list = &d->links[(access_address * 0x9e3779b1U) >> 24];
	struct link *link = *list;

	while (link != NULL && link->access_address != access_address) {
		link = link->next;
	}
	if (link == NULL && make) {
		link = calloc(1, sizeof(*link));
		if (link != NULL) {
			link->access_address = access_address;
			link->key = -1;
			link->next = *list;
			*list = link;
		}
	}
	return link;
}

static void free_links(struct decryptor *d)
{
	for (size_t i = 0; i < LINK_LISTS; i++) {
		while (d->links[i] != NULL) {
			struct link *link = d->links[i];

			d->links[i] = link->next;
			ll__enc_wipe(&link->session);
			free(link);
		}
	}
}

static bool has_session(const struct link *link)
{
	return link != NULL && link->halves[0] && link->halves[1];
}

/* ---- What a start of encryption tells, Core 6.0 Vol 6 Part B 5.1.3.1 ---- */

static void take_half(struct link *link, unsigned int half, const uint8_t *skd, const uint8_t *iv)
{
	/* A new start: the counters begin anew with its second half. */
	if (half == 0) {
		link->halves[1] = false;
	}
	memcpy(link->session.skd + half * SKD_HALF, skd, SKD_HALF);
	memcpy(link->session.iv + half * IV_HALF, iv, IV_HALF);
	link->halves[half] = true;
	link->key = -1;
	link->next_count[0] = 0;
	link->next_count[1] = 0;
}

/* -ENOMEM, or 0. */
static int learn(struct decryptor *d, const struct packet *p)
{
	const uint8_t *control = p->pdu + LL_HDR_SIZE;
	size_t len = p->pdu[1];
	bool is_req, is_rsp;
	struct link *link;

	if ((p->pdu[0] & 3) != LL_LLID_CTRL || len == 0) {
		return 0;
	}
	is_req = control[0] == LL_ENC_REQ && len == 1 + sizeof(struct ll_enc_req);
	is_rsp = control[0] == LL_ENC_RSP && len == 1 + sizeof(struct ll_enc_rsp);
	if (!is_req && !is_rsp) {
		return 0;
	}
	link = link_of(d, p->access_address, true);
	if (link == NULL) {
		return -ENOMEM;
	}
	if (is_req) {
		const struct ll_enc_req *req = (const void *)(control + 1);

		take_half(link, 0, req->skd, req->iv);
	} else {
		const struct ll_enc_rsp *rsp = (const void *)(control + 1);

		take_half(link, 1, rsp->skd, rsp->iv);
	}
	return 0;
}

/* ---- Decrypting ---- */

/* With the session's key and the next count, or that of a packet that is sent again. */
static bool open_with(struct link *link, const struct packet *p, uint8_t *plain)
{
	bool by_central = p->type == TYPE_TO_PERIPHERAL;
	uint64_t *next = &link->next_count[by_central ? 0 : 1];
	const uint8_t *cipher = p->pdu + LL_HDR_SIZE;

	link->session.rx_counter = *next;
	if (ll__enc_open(&link->session, by_central, p->pdu[0], cipher, p->pdu[1], plain)) {
		++*next;
		return true;
	}
	if (*next == 0) {
		return false;
	}
	link->session.rx_counter = *next - 1;
	return ll__enc_open(&link->session, by_central, p->pdu[0], cipher, p->pdu[1], plain);
}

static bool open_packet(struct decryptor *d, struct link *link, const struct packet *p,
			uint8_t *plain)
{
	if (link->key >= 0) {
		return open_with(link, p, plain);
	}
	for (size_t i = 0; i < d->key_count; i++) {
		ll__enc_session(&link->session, d->keys[i].ltk);
		if (open_with(link, p, plain)) {
			link->key = (int)i;
			return true;
		}
	}
	return false;
}

/* By how many bytes the packet has become shorter, or -ENOMEM. */
static int take_packet(struct decryptor *d, const struct packet *p)
{
	uint8_t plain[PDU_MAX];
	struct link *link;
	int shorter = 0;
	int err;

	if (p->len < LL_HDR_SIZE || p->len != LL_HDR_SIZE + (size_t)p->pdu[1] ||
	    (p->type != TYPE_TO_PERIPHERAL && p->type != TYPE_TO_CENTRAL)) {
		return 0;
	}
	link = link_of(d, p->access_address, false);
	if (has_session(link) && p->pdu[1] > CRYPTO_MIC_LEN) {
		if (open_packet(d, link, p, plain)) {
			p->pdu[1] -= CRYPTO_MIC_LEN;
			memcpy(p->pdu + LL_HDR_SIZE, plain, p->pdu[1]);
			sys_put_le16(sys_get_le16(p->flags) | FLAG_DECRYPTED | FLAG_MIC_CHECKED |
					     FLAG_MIC_VALID,
				     p->flags);
			shorter = CRYPTO_MIC_LEN;
			d->count->decrypted++;
		} else if (link->key < 0) {
			d->count->closed++;
		}
	}
	err = learn(d, p);
	return err < 0 ? err : shorter;
}

/* ---- The file ---- */

/* The packet behind a pseudo-header; false when there is none. */
static bool find_packet(uint8_t *pseudo, size_t len, struct packet *p)
{
	uint16_t flags;
	size_t hdr = PSEUDO_HDR_SIZE + AA_SIZE;

	if (len < hdr + CRC_SIZE) {
		return false;
	}
	flags = sys_get_le16(pseudo + 8);
	hdr += flags >> 14 == PHY_CODED; /* the coding indicator */
	if (len < hdr + CRC_SIZE) {
		return false;
	}
	*p = (struct packet){
		.flags = pseudo + 8,
		.access_address = sys_get_le32(pseudo + PSEUDO_HDR_SIZE),
		.type = flags >> 7 & 7,
		.pdu = pseudo + hdr,
		.len = len - hdr - CRC_SIZE,
	};
	return true;
}

/* A record of len bytes, to stand at to; what it has become long, or -ENOMEM. */
static int take_record(struct decryptor *d, uint8_t *to, const uint8_t *record, size_t len)
{
	uint8_t *body = to + RECORD_HDR_SIZE;
	struct packet p;
	int shorter = 0;

	memmove(to, record, RECORD_HDR_SIZE + len);
	d->count->packets++;
	if (find_packet(body, len, &p)) {
		shorter = take_packet(d, &p);
	}
	if (shorter > 0) {
		uint8_t *crc = p.pdu + p.len;

		memmove(crc - shorter, crc, CRC_SIZE);
		len -= (size_t)shorter;
		sys_put_le32((uint32_t)len, to + 8);
		sys_put_le32((uint32_t)len, to + 12);
	}
	return shorter < 0 ? shorter : (int)(RECORD_HDR_SIZE + len);
}

static int take_records(struct decryptor *d, uint8_t *data, size_t *len, const char **why)
{
	size_t from = FILE_HDR_SIZE, to = FILE_HDR_SIZE;

	while (from < *len) {
		uint32_t size;
		int put;

		if (*len - from < RECORD_HDR_SIZE) {
			*why = "it ends within a packet";
			return -EINVAL;
		}
		size = sys_get_le32(data + from + 8);
		if (size > *len - from - RECORD_HDR_SIZE) {
			*why = "it ends within a packet";
			return -EINVAL;
		}
		put = take_record(d, data + to, data + from, size);
		if (put < 0) {
			*why = "no memory";
			return put;
		}
		from += RECORD_HDR_SIZE + size;
		to += (size_t)put;
	}
	*len = to;
	return 0;
}

int decrypt__capture(uint8_t *data, size_t *len, const struct decrypt_key *keys, size_t key_count,
		     struct decrypt_count *count, const char **why)
{
	struct decryptor d = {.keys = keys, .key_count = key_count, .count = count};
	int err;

	*count = (struct decrypt_count){0};
	if (*len < FILE_HDR_SIZE || sys_get_le32(data) != MAGIC_US ||
	    sys_get_le32(data + 20) != LINKTYPE) {
		*why = "this is no capture of the air: pcap with link type 256";
		return -EINVAL;
	}
	err = take_records(&d, data, len, why);
	free_links(&d);
	return err;
}
