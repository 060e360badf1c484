/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <zephyr/sys/byteorder.h>

#include "crypto/crypto.h"
#include "crypto/rpa.h"
#include "smp_crypto.h"

/* The crypto room's order is the specification's print; these messages are put together in it. */
struct message {
	uint8_t bytes[80];
	size_t len;
};

static void add_turned(struct message *m, const uint8_t *le, size_t len)
{
	sys_memcpy_swap(&m->bytes[m->len], le, len);
	m->len += len;
}

static void add_u8(struct message *m, uint8_t value)
{
	m->bytes[m->len++] = value;
}

/* 56 bits: the type, then the address. */
static void add_addr(struct message *m, const bt_addr_le_t *addr)
{
	add_u8(m, addr->type & 1);
	add_turned(m, addr->a.val, sizeof(addr->a.val));
}

/* CMAC under a key in the order of the PDUs; the message is wiped. */
static int cmac(const uint8_t key_le[SMP_KEY_LEN], struct message *m, uint8_t mac_le[SMP_KEY_LEN])
{
	uint8_t key[SMP_KEY_LEN], mac[SMP_KEY_LEN];
	int err;

	sys_memcpy_swap(key, key_le, sizeof(key));
	err = crypto__cmac(key, m->bytes, m->len, mac);
	sys_memcpy_swap(mac_le, mac, sizeof(mac));
	crypto__wipe(key, sizeof(key));
	crypto__wipe(mac, sizeof(mac));
	crypto__wipe(m, sizeof(*m));
	return err;
}

/* e of 2.2.1 */
static int e(const uint8_t key_le[SMP_KEY_LEN], const uint8_t plain_le[16], uint8_t out_le[16])
{
	uint8_t key[SMP_KEY_LEN], plain[16], out[16];
	int err;

	sys_memcpy_swap(key, key_le, sizeof(key));
	sys_memcpy_swap(plain, plain_le, sizeof(plain));
	err = crypto__aes(key, plain, out);
	sys_memcpy_swap(out_le, out, sizeof(out));
	crypto__wipe(key, sizeof(key));
	crypto__wipe(plain, sizeof(plain));
	crypto__wipe(out, sizeof(out));
	return err;
}

static void xor_into(uint8_t *to, const uint8_t *from)
{
	for (size_t i = 0; i < SMP_KEY_LEN; i++) {
		to[i] ^= from[i];
	}
}

int smp_crypto__c1(const uint8_t k[SMP_KEY_LEN], const uint8_t r[SMP_KEY_LEN],
		   const uint8_t preq[SMP_FEATURES_LEN], const uint8_t pres[SMP_FEATURES_LEN],
		   const bt_addr_le_t *ia, const bt_addr_le_t *ra, uint8_t confirm[SMP_KEY_LEN])
{
	uint8_t p1[SMP_KEY_LEN], p2[SMP_KEY_LEN] = {0};
	int err;

	p1[0] = ia->type & 1;
	p1[1] = ra->type & 1;
	memcpy(&p1[2], preq, SMP_FEATURES_LEN);
	memcpy(&p1[2 + SMP_FEATURES_LEN], pres, SMP_FEATURES_LEN);
	memcpy(&p2[0], ra->a.val, sizeof(ra->a.val));
	memcpy(&p2[sizeof(ra->a.val)], ia->a.val, sizeof(ia->a.val));

	xor_into(p1, r);
	err = e(k, p1, p1);
	if (err == 0) {
		xor_into(p1, p2);
		err = e(k, p1, confirm);
	}
	if (err != 0) {
		crypto__wipe(confirm, SMP_KEY_LEN);
	}
	crypto__wipe(p1, sizeof(p1));
	return err;
}

int smp_crypto__s1(const uint8_t k[SMP_KEY_LEN], const uint8_t r1[SMP_KEY_LEN],
		   const uint8_t r2[SMP_KEY_LEN], uint8_t key[SMP_KEY_LEN])
{
	uint8_t r[SMP_KEY_LEN];
	int err;

	memcpy(&r[0], r2, 8);
	memcpy(&r[8], r1, 8);
	err = e(k, r, key);
	crypto__wipe(r, sizeof(r));
	return err;
}

int smp_crypto__f4(const uint8_t u[SMP_COORD_LEN], const uint8_t v[SMP_COORD_LEN],
		   const uint8_t x[SMP_KEY_LEN], uint8_t z, uint8_t value[SMP_KEY_LEN])
{
	struct message m = {.len = 0};

	add_turned(&m, u, SMP_COORD_LEN);
	add_turned(&m, v, SMP_COORD_LEN);
	add_u8(&m, z);
	return cmac(x, &m, value);
}

static int f5_half(const uint8_t t[SMP_KEY_LEN], uint8_t counter, const uint8_t n1[SMP_KEY_LEN],
		   const uint8_t n2[SMP_KEY_LEN], const bt_addr_le_t *a1, const bt_addr_le_t *a2,
		   uint8_t half[SMP_KEY_LEN])
{
	struct message m = {.bytes = {counter, 'b', 't', 'l', 'e'}, .len = 5};

	add_turned(&m, n1, SMP_KEY_LEN);
	add_turned(&m, n2, SMP_KEY_LEN);
	add_addr(&m, a1);
	add_addr(&m, a2);
	/* The length of the result: 256 bits. */
	add_u8(&m, 0x01);
	add_u8(&m, 0x00);
	return cmac(t, &m, half);
}

int smp_crypto__f5(const uint8_t w[SMP_COORD_LEN], const uint8_t n1[SMP_KEY_LEN],
		   const uint8_t n2[SMP_KEY_LEN], const bt_addr_le_t *a1, const bt_addr_le_t *a2,
		   uint8_t mackey[SMP_KEY_LEN], uint8_t ltk[SMP_KEY_LEN])
{
	static const uint8_t salt[SMP_KEY_LEN] = {0xbe, 0x83, 0x60, 0x5a, 0xdb, 0x0b, 0x37, 0x60,
						  0x38, 0xa5, 0xf5, 0xaa, 0x91, 0x83, 0x88, 0x6c};
	struct message m = {.len = 0};
	uint8_t t[SMP_KEY_LEN];
	int err;

	add_turned(&m, w, SMP_COORD_LEN);
	err = cmac(salt, &m, t);
	if (err == 0) {
		err = f5_half(t, 0, n1, n2, a1, a2, mackey);
	}
	if (err == 0) {
		err = f5_half(t, 1, n1, n2, a1, a2, ltk);
	}
	if (err != 0) {
		crypto__wipe(mackey, SMP_KEY_LEN);
		crypto__wipe(ltk, SMP_KEY_LEN);
	}
	crypto__wipe(t, sizeof(t));
	return err;
}

int smp_crypto__f6(const uint8_t w[SMP_KEY_LEN], const uint8_t n1[SMP_KEY_LEN],
		   const uint8_t n2[SMP_KEY_LEN], const uint8_t r[SMP_KEY_LEN],
		   const uint8_t iocap[3], const bt_addr_le_t *a1, const bt_addr_le_t *a2,
		   uint8_t check[SMP_KEY_LEN])
{
	struct message m = {.len = 0};

	add_turned(&m, n1, SMP_KEY_LEN);
	add_turned(&m, n2, SMP_KEY_LEN);
	add_turned(&m, r, SMP_KEY_LEN);
	add_turned(&m, iocap, 3);
	add_addr(&m, a1);
	add_addr(&m, a2);
	return cmac(w, &m, check);
}

int smp_crypto__g2(const uint8_t u[SMP_COORD_LEN], const uint8_t v[SMP_COORD_LEN],
		   const uint8_t x[SMP_KEY_LEN], const uint8_t y[SMP_KEY_LEN], uint32_t *digits)
{
	struct message m = {.len = 0};
	uint8_t mac[SMP_KEY_LEN];
	int err;

	add_turned(&m, u, SMP_COORD_LEN);
	add_turned(&m, v, SMP_COORD_LEN);
	add_turned(&m, y, SMP_KEY_LEN);
	err = cmac(x, &m, mac);
	*digits = sys_get_le32(mac) % 1000000;
	crypto__wipe(mac, sizeof(mac));
	return err;
}

int smp_crypto__ah(const uint8_t irk[SMP_KEY_LEN], const uint8_t prand[3], uint8_t hash[3])
{
	return crypto__ah(irk, prand, hash);
}

struct signed_message {
	const uint8_t *message;
	size_t len;
	uint32_t counter;
};

/* Most significant byte first, so from its end: the counter is behind the message. */
static void feed_signed(struct crypto_cmac *mac, void *user)
{
	const struct signed_message *m = user;
	uint8_t piece[64];
	size_t left = m->len;

	sys_put_be32(m->counter, piece);
	crypto__cmac_add(mac, piece, sizeof(m->counter));
	while (left > 0) {
		size_t len = MIN(left, sizeof(piece));

		left -= len;
		sys_memcpy_swap(piece, &m->message[left], len);
		crypto__cmac_add(mac, piece, len);
	}
}

int smp_crypto__sign(const uint8_t csrk[SMP_KEY_LEN], const uint8_t *message, size_t len,
		     uint32_t counter, uint8_t mac[SMP_SIGN_MAC_LEN])
{
	struct signed_message m = {.message = message, .len = len, .counter = counter};
	uint8_t key[SMP_KEY_LEN], whole[SMP_KEY_LEN];
	int err;

	sys_memcpy_swap(key, csrk, sizeof(key));
	err = crypto__cmac_fed(key, feed_signed, &m, whole);
	/* The most significant half. */
	sys_memcpy_swap(mac, whole, SMP_SIGN_MAC_LEN);
	crypto__wipe(key, sizeof(key));
	crypto__wipe(whole, sizeof(whole));
	return err;
}
