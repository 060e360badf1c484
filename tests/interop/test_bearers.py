# SPDX-License-Identifier: Apache-2.0
"""Enhanced ATT bearers (EATT): Core 6.0 Vol 3 Part F 3.2.11, Part G 5.3.2."""

import asyncio

import pytest

from peers import Pairing, Refused

AUTHENTICATION = 0x0005


async def encrypted(bench):
    await bench.peripheral.serve_bearers()
    down, up = await bench.connected()
    await down.start_pairing()
    assert (await asyncio.gather(down.pairing(), up.pairing()))[0] == Pairing(False, True, True)
    return down, up


@pytest.mark.parametrize("count", [1, 2, 5])
async def test_values_are_read_by_each_of_several_bearers(bench, count):
    down, _ = await encrypted(bench)
    handles = await down.characteristics()
    bearers = await down.open_bearers(count)
    assert len(bearers) == count
    for bearer in bearers:
        assert await bearer.read(handles["2a01"][0]) == b"hello"
    # The plain bearer is there as before.
    assert await down.read(handles["2a01"][0]) == b"hello"


async def test_a_value_longer_than_a_pdu_is_read_by_a_bearer(bench):
    down, _ = await encrypted(bench)
    handle = (await down.characteristics())["2a03"][0]
    bearer, = await down.open_bearers(1)
    assert await bearer.read(handle) == bytes(i & 0xFF for i in range(300))


@pytest.mark.parametrize("bench", [("bumble", "ours", "air"), ("bumble", "ours", "bumble")],
                         indirect=True, ids=["bumble-to-ours-on-air", "bumble-to-ours-on-bumble"])
async def test_bearers_want_an_encrypted_link(bench):
    """Of our server; Bumble's takes them on any."""
    await bench.peripheral.serve_bearers()
    down, _ = await bench.connected()
    with pytest.raises(Refused) as refused:
        await down.open_bearers(1)
    assert refused.value.code == AUTHENTICATION
