/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes as a capture: what comes out is no longer, and a capture as whole as what went in. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/decrypt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* The one of the corpus, and another. */
	static const struct decrypt_key keys[] = {
		{{0}},
		{{0xf3, 0x8d, 0x8a, 0x53, 0xaa, 0xfe, 0x7a, 0xa8, 0x75, 0xa5, 0xd5, 0x05, 0x9d,
		  0xfa, 0xdd, 0x86}}};
	uint8_t *copy = malloc(size > 0 ? size : 1);
	struct decrypt_count first, second;
	const char *why = NULL;
	size_t len = size;

	if (copy == NULL) {
		return 0;
	}
	memcpy(copy, data, size);
	if (decrypt__capture(copy, &len, keys, 2, &first, &why) == 0) {
		if (len + 4 * first.decrypted != size ||
		    decrypt__capture(copy, &len, keys, 2, &second, &why) != 0 ||
		    second.packets != first.packets) {
			abort();
		}
	} else if (why == NULL) {
		abort();
	}
	free(copy);
	return 0;
}
