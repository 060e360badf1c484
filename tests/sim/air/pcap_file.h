/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_PCAP_FILE_H_
#define TESTS_PCAP_FILE_H_

#include <stddef.h>
#include <stdint.h>

/*
 * Reads a capture of the air back, by the format's definition and not by our writer's code. What is
 * not as it must be fails the test.
 */

struct pcap_packet {
	uint64_t time_us;
	uint8_t rf_channel;
	int8_t signal_dbm;
	uint16_t flags;
	uint8_t type; /* bits 7 to 9 of the flags: 1 auxiliary, 2 to the peripheral, 3 to the
			 central */
	uint8_t phy;  /* bits 14 and 15: 0 1M, 1 2M, 2 Coded */
	int coding;   /* the coding indicator, -1 without one */
	uint32_t access_address;
	const uint8_t *pdu; /* in the file's memory */
	size_t len;
	uint32_t crc; /* bit 23 the first on the air */
};

struct pcap_file {
	uint8_t *data;
	size_t len, at;
};

/* The file as a whole, its header checked. */
void pcap_open(struct pcap_file *file, const char *path);
/* 0 at the end. */
int pcap_next(struct pcap_file *file, struct pcap_packet *packet);
void pcap_close(struct pcap_file *file);

/* Core 6.0 Vol 6 Part B 3.1.1, position by position: what the CRC of a PDU must be. */
uint32_t pcap_crc(uint32_t init, const uint8_t *pdu, size_t len);

#endif
