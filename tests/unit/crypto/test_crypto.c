/* SPDX-License-Identifier: Apache-2.0 */
/* The primitives against the standards' own sample data. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <favonius/loop.h>
#include <favonius/sim.h>

#include "crypto/crypto.h"
#include "crypto/rpa.h"

static void bytes(const char *hex, uint8_t *out)
{
	for (size_t i = 0; hex[2 * i] != '\0'; i++) {
		const char pair[] = {hex[2 * i], hex[2 * i + 1], '\0'};

		out[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
}

static void aes_gives_the_block_of_fips_197(void **state)
{
	uint8_t key[16], plain[16], want[16], cipher[16];

	bytes("000102030405060708090a0b0c0d0e0f", key);
	bytes("00112233445566778899aabbccddeeff", plain);
	bytes("69c4e0d86a7b0430d8cdb78070b4c55a", want);
	assert_int_equal(crypto__aes(key, plain, cipher), 0);
	assert_memory_equal(cipher, want, 16);
}

static void cmac_gives_the_macs_of_rfc_4493(void **state)
{
	static const struct {
		size_t len;
		const char *mac;
	} samples[] = {
		{0, "bb1d6929e95937287fa37d129b756746"},
		{16, "070a16b46b4d4144f79bdd9dd04a287c"},
		{40, "dfa66747de9ae63030ca32611497c827"},
		{64, "51f0bebf7e3b9d92fc49741779363cfe"},
	};
	uint8_t key[16], message[64], want[16], mac[16];

	bytes("2b7e151628aed2a6abf7158809cf4f3c", key);
	bytes("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
	      "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710",
	      message);
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		bytes(samples[i].mac, want);
		assert_int_equal(crypto__cmac(key, message, samples[i].len, mac), 0);
		assert_memory_equal(mac, want, 16);
	}
}

/* Core 6.0 Vol 6 Part C 1.1: LL_START_ENC_RSP of the central and of the peripheral. */
static void ccm_gives_the_packets_of_the_specification(void **state)
{
	static const struct {
		const char *nonce, *cipher;
		uint8_t header;
	} samples[] = {
		{"000000008024abdcbabebaafde", "9fcda7f448", 0x03},
		{"000000000024abdcbabebaafde", "a34c13a415", 0x03},
	};
	uint8_t key[16], nonce[13], want[5], cipher[5], plain[1];
	const uint8_t start_enc_rsp = 0x06;
	struct crypto_ccm ccm;

	bytes("99ad1b5226a37e3e058e3b8e27c2c666", key);
	crypto__ccm_init(&ccm, key);
	for (size_t i = 0; i < 2; i++) {
		bytes(samples[i].nonce, nonce);
		bytes(samples[i].cipher, want);
		assert_int_equal(crypto__ccm_encrypt(&ccm, nonce, samples[i].header, &start_enc_rsp,
						     1, cipher),
				 0);
		assert_memory_equal(cipher, want, 5);
		assert_int_equal(
			crypto__ccm_decrypt(&ccm, nonce, samples[i].header, cipher, 5, plain), 0);
		assert_int_equal(plain[0], start_enc_rsp);

		cipher[i] ^= 1;
		assert_int_equal(
			crypto__ccm_decrypt(&ccm, nonce, samples[i].header, cipher, 5, plain),
			-EBADMSG);
		assert_int_equal(
			crypto__ccm_decrypt(&ccm, nonce, samples[i].header, cipher, 3, plain),
			-EBADMSG);
	}
	crypto__ccm_destroy(&ccm);
	crypto__ccm_destroy(&ccm);
}

/* The library has 32 slots for keys. */
static void ccm_has_as_many_keys_as_there_are_links(void **state)
{
	static struct crypto_ccm ccms[200];
	static const uint8_t nonce[13];
	const uint8_t plain = 0x5a;
	uint8_t cipher[5], out, clear[16] = {0};

	for (size_t i = 0; i < 200; i++) {
		uint8_t key[16] = {(uint8_t)i};

		crypto__ccm_init(&ccms[i], key);
	}
	for (size_t i = 0; i < 200; i++) {
		assert_int_equal(crypto__ccm_encrypt(&ccms[i], nonce, 1, &plain, 1, cipher), 0);
		assert_int_equal(crypto__ccm_decrypt(&ccms[i], nonce, 1, cipher, 5, &out), 0);
		assert_int_equal(out, plain);
		assert_int_equal(
			crypto__ccm_decrypt(&ccms[(i + 1) % 200], nonce, 1, cipher, 5, &out),
			-EBADMSG);
		assert_int_equal(out, 0);
	}
	for (size_t i = 0; i < 200; i++) {
		crypto__ccm_destroy(&ccms[i]);
		assert_memory_equal(&ccms[i], clear, 16);
	}
}

/* Core 6.0 Vol 2 Part G 7.1.2.1. */
static const char *const secret_a =
	"3f49f6d4a3c55f3874c9b3e3d2103f504aff607beb40b7995899b8a6cd3c1abd";
static const char *const secret_b =
	"55188b3d32f6bb9a900afcfbeed4e72a59cb9ac2f19d7cfb6b4fdd49f47fc5fd";
static const char *const public_a_x =
	"20b003d2f297be2c5e2c83a7e9f9a5b9eff49111acf4fddbcc0301480e359de6";
static const char *const public_a_y =
	"dc809c49652aeb6d63329abf5a52155c766345c28fed3024741c8ed01589d28b";
static const char *const sample_dhkey =
	"ec0234a357c8ad05341010a60a397d9b99796b13b4f866f1868d34f373bfa698";

static void p256_gives_the_keys_of_the_specification(void **state)
{
	uint8_t a[32], b[32], want[32], dhkey[32];
	struct crypto_point pub_a, pub_b;

	bytes(secret_a, a);
	bytes(secret_b, b);
	assert_int_equal(crypto__p256_public(a, &pub_a), 0);
	assert_int_equal(crypto__p256_public(b, &pub_b), 0);
	bytes(public_a_x, want);
	assert_memory_equal(pub_a.x, want, 32);
	bytes(public_a_y, want);
	assert_memory_equal(pub_a.y, want, 32);
	bytes(sample_dhkey, want);
	assert_int_equal(crypto__p256_dh(a, &pub_b, dhkey), 0);
	assert_memory_equal(dhkey, want, 32);
	assert_int_equal(crypto__p256_dh(b, &pub_a, dhkey), 0);
	assert_memory_equal(dhkey, want, 32);
}

static void cve_2018_5383_a_point_off_the_curve_is_refused(void **state)
{
	uint8_t a[32], dhkey[32];
	struct crypto_point point;

	bytes(secret_a, a);
	bytes(public_a_x, point.x);
	bytes(public_a_y, point.y);
	memset(point.y, 0, sizeof(point.y)); /* the attack: y is not authenticated */
	assert_int_equal(crypto__p256_dh(a, &point, dhkey), -EINVAL);
	memset(&point, 0, sizeof(point));
	assert_int_equal(crypto__p256_dh(a, &point, dhkey), -EINVAL);
	memset(&point, 0xff, sizeof(point));
	assert_int_equal(crypto__p256_dh(a, &point, dhkey), -EINVAL);
}

static void no_private_key_is_outside_its_range(void **state)
{
	uint8_t secret[32] = {0};
	struct crypto_point shared;

	assert_int_equal(crypto__p256_public(secret, &shared), -EINVAL);
	memset(secret, 0xff, sizeof(secret));
	assert_int_equal(crypto__p256_public(secret, &shared), -EINVAL);
}

static void generated_keys_agree_and_follow_from_the_seed(void **state)
{
	uint8_t a[32], b[32], again[32], dh_a[32], dh_b[32];
	struct crypto_point pub_a, pub_b;

	fav_sim_reset(7);
	assert_int_equal(crypto__p256_generate(a, &pub_a), 0);
	assert_int_equal(crypto__p256_generate(b, &pub_b), 0);
	assert_memory_not_equal(a, b, 32);
	assert_int_equal(crypto__p256_dh(a, &pub_b, dh_a), 0);
	assert_int_equal(crypto__p256_dh(b, &pub_a, dh_b), 0);
	assert_memory_equal(dh_a, dh_b, 32);
	fav_sim_reset(7);
	assert_int_equal(crypto__p256_generate(again, &pub_a), 0);
	assert_memory_equal(a, again, 32);
}

static void wiped_memory_is_clear_and_comparison_finds_any_difference(void **state)
{
	uint8_t a[16], b[16];

	for (size_t i = 0; i < sizeof(a); i++) {
		memset(a, 0xa5, sizeof(a));
		memset(b, 0xa5, sizeof(b));
		assert_int_equal(crypto__compare(a, b, sizeof(a)), 0);
		b[i] ^= 0x40;
		assert_int_not_equal(crypto__compare(a, b, sizeof(a)), 0);
	}
	crypto__wipe(a, sizeof(a));
	for (size_t i = 0; i < sizeof(a); i++) {
		assert_int_equal(a[i], 0);
	}
}

/* Core 6.0 Vol 3 Part H D.7. */
static void a_private_address_is_that_of_the_specification(void **state)
{
	static const uint8_t irk[] = {0x9b, 0x7d, 0x39, 0x0a, 0xa6, 0x10, 0x10, 0x34,
				      0x05, 0xad, 0xc8, 0x57, 0xa3, 0x34, 0x02, 0xec};
	static const uint8_t prand[] = {0x94, 0x81, 0x70}, expected[] = {0xaa, 0xfb, 0x0d};
	uint8_t addr[CRYPTO_ADDR_LEN], hash[3];

	assert_int_equal(crypto__ah(irk, prand, hash), 0);
	assert_memory_equal(hash, expected, 3);
	assert_int_equal(crypto__rpa_make(irk, 0x708194, addr), 0);
	assert_memory_equal(addr, expected, 3);
	assert_memory_equal(addr + 3, prand, 3);
	assert_true(crypto__rpa_matches(irk, addr));
	addr[0] ^= 1;
	assert_false(crypto__rpa_matches(irk, addr));
}

/* 1.3.2.2: the random part of prand has a bit of each kind. */
static void a_private_address_has_no_empty_random_part(void **state)
{
	static const uint8_t irk[CRYPTO_IRK_LEN] = {1};
	uint8_t addr[CRYPTO_ADDR_LEN];

	assert_int_equal(crypto__rpa_make(irk, 0, addr), -EINVAL);
	assert_int_equal(crypto__rpa_make(irk, 0xffc00000, addr), -EINVAL);
	assert_int_equal(crypto__rpa_make(irk, 0x3fffff, addr), -EINVAL);
	assert_int_equal(crypto__rpa_make(irk, 0xfffffe, addr), 0);
	assert_true(crypto__rpa_is(addr));
	addr[5] |= 0xc0;
	assert_false(crypto__rpa_is(addr));
	assert_false(crypto__rpa_matches(irk, addr));
}

static int on_sim(void **state)
{
	fav_sim_reset(1);
	return fav_kernel_init(&fav_port_sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(aes_gives_the_block_of_fips_197),
		cmocka_unit_test(cmac_gives_the_macs_of_rfc_4493),
		cmocka_unit_test(ccm_gives_the_packets_of_the_specification),
		cmocka_unit_test(ccm_has_as_many_keys_as_there_are_links),
		cmocka_unit_test(p256_gives_the_keys_of_the_specification),
		cmocka_unit_test(cve_2018_5383_a_point_off_the_curve_is_refused),
		cmocka_unit_test(no_private_key_is_outside_its_range),
		cmocka_unit_test(generated_keys_agree_and_follow_from_the_seed),
		cmocka_unit_test(a_private_address_is_that_of_the_specification),
		cmocka_unit_test(a_private_address_has_no_empty_random_part),
		cmocka_unit_test(wiped_memory_is_clear_and_comparison_finds_any_difference),
	};

	return cmocka_run_group_tests(tests, on_sim, NULL);
}
