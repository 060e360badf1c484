/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Included in front of extmod/modbluetooth.c alone: its dictionaries, which are constants, become
 * variables, so that favonius_mp_methods() can give bluetooth.BLE more methods.
 */
#include "py/obj.h"

#undef MP_DEFINE_CONST_DICT
#define MP_DEFINE_CONST_DICT(dict_name, table_name)                              \
	mp_obj_dict_t dict_name = {                                              \
		.base = {&mp_type_dict},                                         \
		.map =                                                           \
			{                                                        \
				.all_keys_are_qstrs = 1,                         \
				.is_fixed = 1,                                   \
				.is_ordered = 1,                                 \
				.used = MP_ARRAY_SIZE(table_name),               \
				.alloc = MP_ARRAY_SIZE(table_name),              \
				.table = (mp_map_elem_t *)(uintptr_t)table_name, \
			},                                                       \
	}
