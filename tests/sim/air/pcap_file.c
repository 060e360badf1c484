/* SPDX-License-Identifier: Apache-2.0 */
#include "pcap_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint32_t le(const uint8_t *p, unsigned int bytes)
{
	uint32_t value = 0;

	while (bytes-- > 0) {
		value = value << 8 | p[bytes];
	}
	return value;
}

void pcap_open(struct pcap_file *file, const char *path)
{
	FILE *stream = fopen(path, "rb");
	long len;

	assert_non_null(stream);
	assert_int_equal(fseek(stream, 0, SEEK_END), 0);
	len = ftell(stream);
	assert_true(len >= 24);
	rewind(stream);
	file->len = (size_t)len;
	file->data = malloc(file->len);
	assert_non_null(file->data);
	assert_int_equal(fread(file->data, 1, file->len, stream), file->len);
	fclose(stream);
	assert_int_equal(le(file->data, 4), 0xa1b2c3d4);
	assert_int_equal(le(file->data + 4, 2), 2);
	assert_int_equal(le(file->data + 6, 2), 4);
	assert_int_equal(le(file->data + 20, 4), 256);
	file->at = 24;
}

int pcap_next(struct pcap_file *file, struct pcap_packet *packet)
{
	const uint8_t *p = file->data + file->at;
	uint32_t len;

	if (file->at == file->len) {
		return 0;
	}
	assert_true(file->len - file->at >= 16);
	len = le(p + 8, 4);
	assert_int_equal(le(p + 12, 4), len);
	assert_true(len >= 10 + 4 + 2 + 3 && len <= file->len - file->at - 16);
	assert_true(le(p + 4, 4) < 1000000);
	packet->time_us = le(p, 4) * UINT64_C(1000000) + le(p + 4, 4);
	file->at += 16 + len;
	p += 16;
	packet->rf_channel = p[0];
	packet->signal_dbm = (int8_t)p[1];
	packet->flags = (uint16_t)le(p + 8, 2);
	packet->type = packet->flags >> 7 & 7;
	packet->phy = packet->flags >> 14;
	packet->access_address = le(p + 10, 4);
	assert_int_equal(le(p + 4, 4), packet->access_address);
	packet->pdu = p + 14;
	packet->len = len - 14 - 3;
	packet->coding = -1;
	if (packet->phy == 2) {
		packet->coding = *packet->pdu++;
		packet->len--;
	}
	packet->crc = 0;
	for (unsigned int bit = 0; bit < 24; bit++) {
		packet->crc = packet->crc << 1 | (p[len - 3 + bit / 8] >> bit % 8 & 1);
	}
	/* The PDU is as long as its header says. */
	assert_int_equal(packet->len, 2 + packet->pdu[1]);
	return 1;
}

void pcap_close(struct pcap_file *file)
{
	free(file->data);
}

uint32_t pcap_crc(uint32_t init, const uint8_t *pdu, size_t len)
{
	uint32_t positions = init;

	for (size_t bit = 0; bit < len * 8; bit++) {
		uint32_t in = (positions >> 23 & 1) ^ (pdu[bit / 8] >> bit % 8 & 1);

		positions = (positions << 1 & 0xffffff) ^ (in != 0 ? 0x00065b : 0);
	}
	return positions;
}
