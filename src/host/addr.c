/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>

#include <zephyr/bluetooth/addr.h>
#include <zephyr/sys/util.h>

#include <favonius/loop.h>

static const char *const type_names[] = {
	[BT_ADDR_LE_PUBLIC] = "public",
	[BT_ADDR_LE_RANDOM] = "random",
	[BT_ADDR_LE_PUBLIC_ID] = "public-id",
	[BT_ADDR_LE_RANDOM_ID] = "random-id",
};

/* The random part of an address must be neither all zero nor all one, Core 6.0 Vol 6 Part B 1.3.2.
 */
static bool random_part_valid(const bt_addr_t *a)
{
	uint8_t all_or = a->val[5] & 0x3f;
	uint8_t all_and = a->val[5] | 0xc0;

	for (size_t i = 0; i < BT_ADDR_SIZE - 1; i++) {
		all_or |= a->val[i];
		all_and &= a->val[i];
	}
	return all_or != 0x00 && all_and != 0xff;
}

static int create_random(bt_addr_le_t *addr)
{
	addr->type = BT_ADDR_LE_RANDOM;
	/* An entropy source that gives such a value more than once is none. */
	for (int i = 0; i < 4; i++) {
		int err = fav_kernel_port()->entropy(addr->a.val, sizeof(addr->a.val));

		if (err != 0 || random_part_valid(&addr->a)) {
			return err;
		}
	}
	return -EIO;
}

int bt_addr_le_create_nrpa(bt_addr_le_t *addr)
{
	int err = create_random(addr);

	BT_ADDR_SET_NRPA(&addr->a);
	return err;
}

int bt_addr_le_create_static(bt_addr_le_t *addr)
{
	int err = create_random(addr);

	BT_ADDR_SET_STATIC(&addr->a);
	return err;
}

int bt_addr_to_str(const bt_addr_t *addr, char *str, size_t len)
{
	const uint8_t *v = addr->val;

	return snprintf(str, len, "%02X:%02X:%02X:%02X:%02X:%02X", v[5], v[4], v[3], v[2], v[1],
			v[0]);
}

int bt_addr_le_to_str(const bt_addr_le_t *addr, char *str, size_t len)
{
	char a[BT_ADDR_STR_LEN];

	bt_addr_to_str(&addr->a, a, sizeof(a));
	if (addr->type < ARRAY_SIZE(type_names)) {
		return snprintf(str, len, "%s (%s)", a, type_names[addr->type]);
	}
	return snprintf(str, len, "%s (0x%02x)", a, addr->type);
}

int bt_addr_from_str(const char *str, bt_addr_t *addr)
{
	bt_addr_t a;

	if (strlen(str) != BT_ADDR_STR_LEN - 1) {
		return -EINVAL;
	}
	for (int i = 0; i < BT_ADDR_SIZE; i++) {
		uint8_t high, low;

		if (char2hex(str[3 * i], &high) != 0 || char2hex(str[3 * i + 1], &low) != 0 ||
		    (i < BT_ADDR_SIZE - 1 && str[3 * i + 2] != ':')) {
			return -EINVAL;
		}
		a.val[BT_ADDR_SIZE - 1 - i] = (uint8_t)(high << 4 | low);
	}
	*addr = a;
	return 0;
}

static bool type_equal(const char *type, const char *name)
{
	size_t len = strlen(name);

	if (type[0] == '(') {
		return strncmp(type + 1, name, len) == 0 && strcmp(type + 1 + len, ")") == 0;
	}
	return strcmp(type, name) == 0;
}

int bt_addr_le_from_str(const char *str, const char *type, bt_addr_le_t *addr)
{
	for (uint8_t i = 0; i < ARRAY_SIZE(type_names); i++) {
		if (type_equal(type, type_names[i])) {
			int err = bt_addr_from_str(str, &addr->a);

			if (err == 0) {
				addr->type = i;
			}
			return err;
		}
	}
	return -EINVAL;
}
