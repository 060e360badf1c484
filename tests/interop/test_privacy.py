# SPDX-License-Identifier: Apache-2.0
"""Bumble with resolvable private addresses, bonded with our host."""

import asyncio

from peers import ADV_IND, Pairing


async def test_a_bonded_central_is_known_by_its_identity(empty_bench):
    peripheral = await empty_bench.host("ours", kept=True)
    central = await empty_bench.host("bumble", kept=True, private=True)
    for side in (central, peripheral):
        await side.security("none")
    down, up = await empty_bench.join(central, peripheral)
    assert up.peer != central.address
    await down.start_pairing()
    here, there = await asyncio.gather(down.pairing(), up.pairing())
    assert here == there == Pairing(False, True, True)
    before, identity = await up.identity()
    assert (before, identity) == (up.peer, central.address)
    await down.disconnect()
    await asyncio.gather(down.disconnected(), up.disconnected())
    central = await empty_bench.reborn(central)
    peripheral = await empty_bench.reborn(peripheral)
    assert await peripheral.bonds() == {central.address}
    down, up = await empty_bench.join(central, peripheral)
    assert up.peer == central.address
    await asyncio.gather(down.encrypt(), up.encrypted())


async def test_a_bonded_peripheral_is_connected_by_its_identity(empty_bench):
    peripheral = await empty_bench.host("bumble", kept=True, private=True)
    central = await empty_bench.host("ours", kept=True)
    for side in (central, peripheral):
        await side.security("none")
    await peripheral.advertise("connectable")
    private = f"{peripheral.device.random_address.to_string(False)}/random"
    assert private != peripheral.address
    await central.start_connect(private)
    down, up = await central.link("central"), await peripheral.link("peripheral")
    await down.start_pairing()
    here, there = await asyncio.gather(down.pairing(), up.pairing())
    assert here == there == Pairing(False, True, True)
    assert await down.identity() == (private, peripheral.address)
    await down.disconnect()
    await asyncio.gather(down.disconnected(), up.disconnected())
    central = await empty_bench.reborn(central)
    peripheral = await empty_bench.reborn(peripheral)
    await central.scan("passive")
    await peripheral.advertise("connectable")
    await central.report(peripheral.address, ADV_IND)
    await central.stop_scan()
    down, up = await empty_bench.join(central, peripheral)
    assert down.peer == peripheral.address
    await asyncio.gather(down.encrypt(), up.encrypted())
