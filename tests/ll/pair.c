/* SPDX-License-Identifier: Apache-2.0 */
#include "ll/pair.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "ll/stream.h"

struct bench bench;
uint16_t ch, ph;
bool pair_central = true, pair_peripheral;

void pair_link(const struct raw_params *params, uint32_t settle_ms)
{
	raw_connect(c, p, params, &ch, &ph);
	raw_run_ms(settle_ms);
	raw_forget(c);
	raw_forget(p);
}

void pair_begin(const struct raw_params *params)
{
	bench_begin(&bench, 2);
	pair_link(params, 200);
}

bool pair_is_lost(void)
{
	return raw_has(c, BT_HCI_EVT_DISCONN_COMPLETE) || raw_has(p, BT_HCI_EVT_DISCONN_COMPLETE);
}

void pair_end_alive(void)
{
	pair_exchange(2, 20);
	assert_false(pair_is_lost());
	bench_end(&bench);
}

struct raw_host *pair_host(bool central)
{
	return central ? c : p;
}

uint16_t pair_handle(bool central)
{
	return central ? ch : ph;
}

void pair_exchange(unsigned int count, size_t len)
{
	stream_exchange(c, ch, p, ph, &(struct stream_load){.count = count, .len = len});
}

void pair_check_phys(bool central, uint8_t tx, uint8_t rx)
{
	struct raw_host *host = pair_host(central);

	raw_do(host, BT_HCI_OP_LE_READ_PHY, RAW_BYTES(RAW_LE16(pair_handle(central))));
	assert_int_equal(host->rsp[2], tx);
	assert_int_equal(host->rsp[3], rx);
}

bool pair_by_central(void **state)
{
	return *(bool *)*state;
}
