/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Included in front of extmod/modselect.c alone, whose waiting function calls poll() once: there
 * the time that it has is in its variables start_ticks and timeout.
 */
#include <poll.h>

#include "py/mpconfig.h"

int favonius_mp_poll(struct pollfd *fds, nfds_t nfds, int period_ms, mp_uint_t start_ms,
		     mp_uint_t timeout_ms);

#define poll(fds, nfds, period_ms) favonius_mp_poll(fds, nfds, period_ms, start_ticks, timeout)
