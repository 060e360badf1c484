/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The unix port's mphalport.h with its waits replaced by ours.
 */
#include "ports/unix/mphalport.h"

void favonius_mp_wait_ms(mp_uint_t timeout_ms);

#undef MICROPY_INTERNAL_WFE
#define MICROPY_INTERNAL_WFE(TIMEOUT_MS) favonius_mp_wait_ms(TIMEOUT_MS)

void favonius_mp_delay_ms(mp_uint_t ms);
#define mp_hal_delay_ms favonius_mp_delay_ms
