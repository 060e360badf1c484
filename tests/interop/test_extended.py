# SPDX-License-Identifier: Apache-2.0
"""Extended advertising between Bumble's host and ours, on our controllers."""

import pytest

DATA = bytes(range(150))
PAIRS = [("ours", "bumble"), ("bumble", "ours"), ("bumble", "bumble")]


@pytest.mark.parametrize("names", PAIRS, ids="-to-".join)
async def test_data_beyond_31_bytes_are_reported_and_a_link_is_made(empty_bench, names):
    central, peripheral = [await empty_bench.host(name) for name in names]
    await peripheral.advertise_extended(DATA)
    await central.scan("passive")
    data = await central.extended_report(peripheral.address)
    assert data == bytes([len(DATA) + 1, 0xFF]) + DATA
    await central.stop_scan()
    await central.start_connect(peripheral.address)
    down = await central.link("central")
    await peripheral.link("peripheral")
    assert await down.read((await down.characteristics())["2a01"][0]) == b"hello"
