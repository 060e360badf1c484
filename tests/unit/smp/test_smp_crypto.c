/* SPDX-License-Identifier: Apache-2.0 */
/* The security functions against the specification's sample data: Core 6.0 Vol 3 Part H 2.2.3,
 * 2.2.4 and appendix D. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <favonius/loop.h>
#include <favonius/sim.h>

#include "host/smp_crypto.h"

/* What the specification prints, in the order of the PDUs. */
static uint8_t *bytes(const char *hex)
{
	static uint8_t memory[16][SMP_COORD_LEN];
	static unsigned int next;
	uint8_t *out = memory[next++ % 16];
	size_t len = strlen(hex) / 2;

	for (size_t i = 0; i < len; i++) {
		const char pair[] = {hex[2 * i], hex[2 * i + 1], '\0'};

		out[len - 1 - i] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return out;
}

static bt_addr_le_t addr(uint8_t type, const char *hex)
{
	bt_addr_le_t a = {.type = type};

	memcpy(a.a.val, bytes(hex), sizeof(a.a.val));
	return a;
}

#define U  bytes("20b003d2f297be2c5e2c83a7e9f9a5b9eff49111acf4fddbcc0301480e359de6")
#define V  bytes("55188b3d32f6bb9a900afcfbeed4e72a59cb9ac2f19d7cfb6b4fdd49f47fc5fd")
#define N1 bytes("d5cb8454d177733effffb2ec712baeab")
#define N2 bytes("a6e8e7cc25a75f6e216583f7ff3dc4cf")
#define A1 addr(0, "56123737bfce")
#define A2 addr(0, "a713702dcfc1")

static void c1_gives_the_confirm_value_of_2_2_3(void **state)
{
	uint8_t k[SMP_KEY_LEN] = {0}, confirm[SMP_KEY_LEN];
	bt_addr_le_t ia = addr(1, "a1a2a3a4a5a6"), ra = addr(0, "b1b2b3b4b5b6");

	assert_int_equal(0, smp_crypto__c1(k, bytes("5783d52156ad6f0e6388274ec6702ee0"),
					   bytes("07071000000101"), bytes("05000800000302"), &ia,
					   &ra, confirm));
	assert_memory_equal(confirm, bytes("1e1e3fef878988ead2a74dc5bef13b86"), SMP_KEY_LEN);
}

static void s1_gives_the_key_of_2_2_4(void **state)
{
	uint8_t k[SMP_KEY_LEN] = {0}, key[SMP_KEY_LEN];

	assert_int_equal(0, smp_crypto__s1(k, bytes("000f0e0d0c0b0a091122334455667788"),
					   bytes("010203040506070899aabbccddeeff00"), key));
	assert_memory_equal(key, bytes("9a1fe1f0e8b0f49b5b4216ae796da062"), SMP_KEY_LEN);
}

static void f4_gives_the_value_of_d_2(void **state)
{
	uint8_t value[SMP_KEY_LEN];

	assert_int_equal(0, smp_crypto__f4(U, V, N1, 0, value));
	assert_memory_equal(value, bytes("f2c916f107a9bd1cf1eda1bea974872d"), SMP_KEY_LEN);
}

static void f5_gives_the_keys_of_d_3(void **state)
{
	uint8_t mackey[SMP_KEY_LEN], ltk[SMP_KEY_LEN];
	bt_addr_le_t a1 = A1, a2 = A2;

	assert_int_equal(0, smp_crypto__f5(bytes("ec0234a357c8ad05341010a60a397d9b"
						 "99796b13b4f866f1868d34f373bfa698"),
					   N1, N2, &a1, &a2, mackey, ltk));
	assert_memory_equal(ltk, bytes("6986791169d7cd23980522b594750a38"), SMP_KEY_LEN);
	assert_memory_equal(mackey, bytes("2965f176a1084a02fd3f6a20ce636e20"), SMP_KEY_LEN);
}

static void f6_gives_the_check_of_d_4(void **state)
{
	uint8_t check[SMP_KEY_LEN];
	bt_addr_le_t a1 = A1, a2 = A2;

	assert_int_equal(0, smp_crypto__f6(bytes("2965f176a1084a02fd3f6a20ce636e20"), N1, N2,
					   bytes("12a3343bb453bb5408da42d20c2d0fc8"),
					   bytes("010102"), &a1, &a2, check));
	assert_memory_equal(check, bytes("e3c473989cd0e8c5d26c0b09da958f61"), SMP_KEY_LEN);
}

static void g2_gives_the_digits_of_d_5(void **state)
{
	uint32_t digits;

	assert_int_equal(0, smp_crypto__g2(U, V, N1, N2, &digits));
	assert_int_equal(digits, 0x2f9ed5baU % 1000000);
}

static void ah_gives_the_hash_of_d_7(void **state)
{
	uint8_t hash[3];

	assert_int_equal(0, smp_crypto__ah(bytes("ec0234a357c8ad05341010a60a397d9b"),
					   bytes("708194"), hash));
	assert_memory_equal(hash, bytes("0dfbaa"), 3);
}

/* The specification prints none of these; a vector that BlueZ and others test with. */
static void a_signature_is_that_of_other_stacks(void **state)
{
	static const uint8_t key[] = {0x50, 0x5e, 0x42, 0xdf, 0x96, 0x91, 0xec, 0x72,
				      0xd3, 0x1f, 0xcd, 0xfb, 0xeb, 0x64, 0x1b, 0x61};
	static const uint8_t message[] = {0xd2, 0x12, 0x00, 0x13, 0x37};
	static const uint8_t expected[] = {0xf1, 0x87, 0x1e, 0x93, 0x3c, 0x90, 0x0f, 0xf2};
	uint8_t mac[SMP_SIGN_MAC_LEN];

	assert_int_equal(0, smp_crypto__sign(key, message, sizeof(message), 1, mac));
	assert_memory_equal(mac, expected, sizeof(mac));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(c1_gives_the_confirm_value_of_2_2_3),
		cmocka_unit_test(s1_gives_the_key_of_2_2_4),
		cmocka_unit_test(f4_gives_the_value_of_d_2),
		cmocka_unit_test(f5_gives_the_keys_of_d_3),
		cmocka_unit_test(f6_gives_the_check_of_d_4),
		cmocka_unit_test(g2_gives_the_digits_of_d_5),
		cmocka_unit_test(ah_gives_the_hash_of_d_7),
		cmocka_unit_test(a_signature_is_that_of_other_stacks),
	};

	fav_sim_reset(1);
	if (fav_kernel_init(&fav_port_sim) != 0) {
		return 1;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
