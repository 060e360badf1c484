/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZEPHYR_SYS_ITERABLE_SECTIONS_H_
#define ZEPHYR_SYS_ITERABLE_SECTIONS_H_

#include <stddef.h>

#include <zephyr/sys/util_macro.h>
#include <zephyr/toolchain.h>

/** @file
 * Objects of one type, defined anywhere in the program, as one array.
 *
 * Each type has an ELF section whose name is a C identifier, for which every ELF linker provides
 * __start_ and __stop_ symbols; they are weak, so that an empty section needs no linker script.
 * The order is that of the link. An object in a static library is there only if its file is linked.
 */

#define FAV_SECTION_START_(out_type) UTIL_CAT(__start_fav_iter_, out_type)
#define FAV_SECTION_STOP_(out_type)  UTIL_CAT(__stop_fav_iter_, out_type)

#define FAV_SECTION_NAME_(out_type) "fav_iter_" #out_type

/** Define an object of struct @p struct_type in the section of @p out_type. */
#define TYPE_SECTION_ITERABLE(type, varname, out_type)                          \
	type varname __attribute__((section(FAV_SECTION_NAME_(out_type)), used, \
				    aligned(__alignof__(type))))

/** Define `struct struct_type varname`, to be found by STRUCT_SECTION_FOREACH(). May be preceded by
 * `const` or `static`, the same for all objects of a type.
 */
#define STRUCT_SECTION_ITERABLE(struct_type, varname) \
	TYPE_SECTION_ITERABLE(struct struct_type, varname, struct_type)
#define STRUCT_SECTION_ITERABLE_ALTERNATE(out_type, struct_type, varname) \
	TYPE_SECTION_ITERABLE(struct struct_type, varname, out_type)

#define FAV_SECTION_DECLARE_(type, out_type)                              \
	extern type FAV_SECTION_START_(out_type)[] __attribute__((weak)); \
	extern type FAV_SECTION_STOP_(out_type)[] __attribute__((weak))

/* The addresses pass through a register: two distinct arrays may not be compared in C. */
#define FAV_SECTION_ADDRESS_(symbol)                          \
	__extension__({                                       \
		__typeof__(&(symbol)[0]) address_ = (symbol); \
		__asm__("" : "+r"(address_));                 \
		address_;                                     \
	})

/** How many objects there are; @p dst receives it. */
#define STRUCT_SECTION_COUNT(struct_type, dst)                                             \
	do {                                                                               \
		FAV_SECTION_DECLARE_(struct struct_type, struct_type);                     \
		*(dst) = ((size_t)FAV_SECTION_ADDRESS_(FAV_SECTION_STOP_(struct_type)) -   \
			  (size_t)FAV_SECTION_ADDRESS_(FAV_SECTION_START_(struct_type))) / \
			 sizeof(struct struct_type);                                       \
	} while (0)

/** The object at index @p i; @p dst receives its address. */
#define STRUCT_SECTION_GET(struct_type, i, dst)                                       \
	do {                                                                          \
		FAV_SECTION_DECLARE_(struct struct_type, struct_type);                \
		*(dst) = FAV_SECTION_ADDRESS_(FAV_SECTION_START_(struct_type)) + (i); \
	} while (0)

/** For each object, @p iterator points at it. */
#define STRUCT_SECTION_FOREACH_ALTERNATE(out_type, struct_type, iterator)                       \
	FAV_SECTION_DECLARE_(struct struct_type, out_type);                                     \
	for (struct struct_type *iterator = FAV_SECTION_ADDRESS_(FAV_SECTION_START_(out_type)), \
				*iterator##_end =                                               \
					FAV_SECTION_ADDRESS_(FAV_SECTION_STOP_(out_type));      \
	     iterator < iterator##_end; iterator++)
#define STRUCT_SECTION_FOREACH(struct_type, iterator) \
	STRUCT_SECTION_FOREACH_ALTERNATE(struct_type, struct_type, iterator)

#endif
