/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_SETTINGS_NAME_H_
#define FAV_SETTINGS_NAME_H_

#include <stddef.h>

/* Bytes of a name, 0 when it is none: NULL, empty, too long, or with '=' or control characters. */
size_t settings__name_len(const char *name);

#endif
