# SPDX-License-Identifier: Apache-2.0
"""L2CAP's credit-based channels, plain and enhanced: Core 6.0 Vol 3 Part A 4.22 to 4.28, 10."""

import asyncio

import pytest

from peers import Refused

PSM = 0x80
PSM_NOT_SUPPORTED = 0x0002
AUTHENTICATION, ENCRYPTION = 0x0005, 0x0008

sides = pytest.mark.parametrize("asks", ["central", "peripheral"])
kinds = pytest.mark.parametrize("enhanced", [False, True], ids=["plain", "enhanced"])


async def linked(bench, asks):
    """The link as the side sees it that asks for channels, and the host of the other."""
    down, up = await bench.connected()
    return (down, bench.peripheral) if asks == "central" else (up, bench.central)


async def opened(bench, asks, enhanced, **server):
    link, other = await linked(bench, asks)
    await other.listen(PSM, **server)
    if enhanced:
        return (await link.open_channels(PSM, 1))[0], await other.channel()
    return await link.open_channel(PSM), await other.channel()


async def transfer(sends, receives, count, size):
    for number in range(count):
        await sends.send(size, number)
    for number in range(count):
        assert await receives.sdu() == (size, number)


@sides
@kinds
async def test_data_both_ways(bench, asks, enhanced):
    here, there = await opened(bench, asks, enhanced)
    assert here.tx_mtu == there.tx_mtu == 1024
    # More segments than there are credits at first, both ways at once.
    await asyncio.gather(transfer(here, there, 20, 1024), transfer(there, here, 20, 1024))


@sides
@kinds
async def test_sizes_of_each_side_are_kept(bench, asks, enhanced):
    here, there = await opened(bench, asks, enhanced, mtu=200)
    assert (here.tx_mtu, there.tx_mtu) == (200, 1024)
    await asyncio.gather(transfer(here, there, 3, 200), transfer(there, here, 3, 1024))


@sides
async def test_one_credit_at_a_time(bench, asks):
    here, there = await opened(bench, asks, False, credits=1)
    await transfer(here, there, 3, 1024)


@sides
async def test_either_side_closes(bench, asks):
    if bench.central.name == bench.peripheral.name == "bumble":
        pytest.skip("Bumble's server keeps a closed channel's identifier, its client uses it again")
    link, other = await linked(bench, asks)
    await other.listen(PSM)
    for closes in (0, 1):
        pair = await link.open_channel(PSM), await other.channel()
        await transfer(*pair, 1, 100)
        await pair[closes].close()
        await asyncio.gather(*(channel.closed() for channel in pair))


@sides
async def test_the_link_goes_with_a_channel_open(bench, asks):
    link, other = await linked(bench, asks)
    await other.listen(PSM)
    here, there = await link.open_channel(PSM), await other.channel()
    await link.disconnect()
    await asyncio.gather(here.closed(), there.closed())


@sides
@kinds
async def test_a_psm_that_nobody_listens_on_is_refused(bench, asks, enhanced):
    link, _other = await linked(bench, asks)
    with pytest.raises(Refused) as refused:
        await (link.open_channels(PSM, 2) if enhanced else link.open_channel(PSM))
    assert refused.value.code == PSM_NOT_SUPPORTED


@sides
async def test_several_enhanced_channels_by_one_request(bench, asks):
    link, other = await linked(bench, asks)
    await other.listen(PSM)
    here = await link.open_channels(PSM, 3)
    there = [await other.channel() for _ in range(3)]
    for number, channel in enumerate(here):
        await channel.send(1024, number)
    for number, channel in enumerate(there):
        assert await channel.sdu() == (1024, number)


@sides
async def test_what_is_not_taken_gets_no_credits(bench, asks):
    link, other = await linked(bench, asks)
    if other.name == "bumble":
        pytest.skip("Bumble's channels give credits for all that comes")
    await other.listen(PSM, credits=1, hold=True)
    here, there = await link.open_channel(PSM), await other.channel()
    await here.send(100, 1)
    await here.send(100, 2)
    assert await there.sdu() == (100, 1)
    with pytest.raises(AssertionError, match="no sdu"):
        await other.expect(f"sdu {there.index} .*", 0.3)
    await there.release()
    assert await there.sdu() == (100, 2)


async def test_a_server_that_wants_encryption(bench):
    if bench.peripheral.name == "bumble":
        pytest.skip("Bumble's servers want no security")
    down, up = await bench.connected()
    await bench.peripheral.listen(PSM, level=2)
    with pytest.raises(Refused) as refused:
        await down.open_channel(PSM)
    assert refused.value.code in (AUTHENTICATION, ENCRYPTION)
    for side in (bench.central, bench.peripheral):
        await side.security("none")
    await down.start_pairing()
    await asyncio.gather(down.pairing(), up.pairing())
    here, there = await down.open_channel(PSM), await bench.peripheral.channel()
    await transfer(here, there, 1, 100)
