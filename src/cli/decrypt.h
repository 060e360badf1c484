/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_CLI_DECRYPT_H_
#define FAV_CLI_DECRYPT_H_

#include <stddef.h>
#include <stdint.h>

/*
 * A capture of the air, decrypted with the long term keys of its links. What a key fits to is found
 * by trying: a packet of a link whose encryption was seen to start is decrypted if its MIC is
 * right.
 */

struct decrypt_key {
	uint8_t ltk[16]; /* little endian, as in HCI */
};

struct decrypt_count {
	size_t packets, decrypted;
	/* Packets of links whose encryption was seen to start, with no key that fits. */
	size_t closed;
};

/* Decrypt a capture in place: it does not get longer. 0 and its length in *len, or -EINVAL with why
 * (a string that lasts) when it is no capture of ours, or ends within a packet; -ENOMEM. */
int decrypt__capture(uint8_t *data, size_t *len, const struct decrypt_key *keys, size_t key_count,
		     struct decrypt_count *count, const char **why);

#endif
