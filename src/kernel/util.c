/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include <zephyr/sys/util.h>

int char2hex(char c, uint8_t *x)
{
	if (c >= '0' && c <= '9') {
		*x = (uint8_t)(c - '0');
	} else if (c >= 'a' && c <= 'f') {
		*x = (uint8_t)(c - 'a' + 10);
	} else if (c >= 'A' && c <= 'F') {
		*x = (uint8_t)(c - 'A' + 10);
	} else {
		return -EINVAL;
	}
	return 0;
}

int hex2char(uint8_t x, char *c)
{
	if (x > 15) {
		return -EINVAL;
	}
	*c = "0123456789abcdef"[x];
	return 0;
}

size_t bin2hex(const uint8_t *buf, size_t buflen, char *hex, size_t hexlen)
{
	if (hexlen < 1 || buflen > (hexlen - 1) / 2) {
		return 0;
	}
	for (size_t i = 0; i < buflen; i++) {
		(void)hex2char(buf[i] >> 4, &hex[2 * i]);
		(void)hex2char(buf[i] & 0xf, &hex[2 * i + 1]);
	}
	hex[2 * buflen] = '\0';
	return 2 * buflen;
}

size_t hex2bin(const char *hex, size_t hexlen, uint8_t *buf, size_t buflen)
{
	size_t len = hexlen / 2 + hexlen % 2;
	size_t digit = hexlen % 2; /* 1: the first byte has its low digit only */

	if (len > buflen) {
		return 0;
	}
	memset(buf, 0, len);
	for (size_t i = 0; i < hexlen; i++, digit++) {
		uint8_t value;

		if (char2hex(hex[i], &value) != 0) {
			return 0;
		}
		buf[digit / 2] |= (uint8_t)(digit % 2 != 0 ? value : value << 4);
	}
	return len;
}

/* Bytes of the UTF-8 character that begins with lead; 1 for what begins none. */
static size_t utf8_char_len(uint8_t lead)
{
	return lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
}

char *utf8_trunc(char *utf8_str)
{
	size_t len = strlen(utf8_str);
	size_t at = len;

	if (len == 0) {
		return utf8_str;
	}
	do {
		at--;
	} while (at > 0 && len - at < 4 && ((uint8_t)utf8_str[at] & 0xc0) == 0x80);
	if (at + utf8_char_len((uint8_t)utf8_str[at]) > len) {
		utf8_str[at] = '\0';
	}
	return utf8_str;
}

char *utf8_lcpy(char *dst, const char *src, size_t n)
{
	if (n > 0) {
		size_t len = strlen(src);

		memcpy(dst, src, MIN(len, n - 1));
		dst[MIN(len, n - 1)] = '\0';
		if (len > n - 1) {
			utf8_trunc(dst);
		}
	}
	return dst;
}
