# SPDX-License-Identifier: Apache-2.0
"""Pairing by every model in legacy pairing and Secure Connections, bonds, and what goes wrong.

Which of the two it is is Bumble's choice: our host asks for Secure Connections and takes what comes.
"""

import asyncio
import os

import pytest

from peers import Pairing, Refused

AUTH_FAIL, KEY_MISSING = 1, 2
SMP_CONFIRM_FAILED = 0x04
HCI_ERR_KEY_MISSING = 0x06

modes = pytest.mark.parametrize("secure", [False, True], ids=["legacy", "secure-connections"])
kept = pytest.mark.kept


async def show_and_type(shows, types):
    await types.type_passkey(await shows.shown())


async def type_the_same(down, up):
    await asyncio.gather(down.type_passkey(90307), up.type_passkey(90307))


async def compare(down, up):
    here, there = await asyncio.gather(down.numbers(), up.numbers())
    assert here == there
    await asyncio.gather(down.answer(True), up.answer(True))


async def nothing(_down, _up):
    pass


async def peripheral_shows(down, up):
    await show_and_type(up, down)


# IO capabilities of central and peripheral, and what their users do, in legacy pairing and in Secure
# Connections: Core 6.0 Vol 3 Part H 2.3.5.1, table 2.8. None: the model is not one of the former.
MODELS = {
    "just-works": ("none", "none", nothing, nothing),
    "passkey-shown-by-central": ("display", "keyboard", show_and_type, show_and_type),
    "passkey-shown-by-peripheral": ("keyboard", "display", peripheral_shows, peripheral_shows),
    "passkey-typed-on-both": ("keyboard", "keyboard", type_the_same, type_the_same),
    "comparison": ("yesno", "yesno", None, compare),
    "keyboard-and-display-on-both": ("all", "all", show_and_type, compare),
    "yes-and-no-with-keyboard": ("yesno", "keyboard", show_and_type, show_and_type),
}


async def pair(bench, model, secure, down, up):
    """Pairs a link; both sides must say the same of it."""
    central_io, peripheral_io, legacy_users, secure_users = MODELS[model]
    await bench.central.security(central_io, secure)
    await bench.peripheral.security(peripheral_io, secure)
    authenticated = model != "just-works"
    await down.start_pairing(authenticated)
    await (secure_users if secure else legacy_users)(down, up)
    here, there = await asyncio.gather(down.pairing(), up.pairing())
    assert here == there == Pairing(authenticated, secure, True)


@pytest.mark.parametrize("model,secure", [
    pytest.param(model, secure, id=f"{model}-{'secure-connections' if secure else 'legacy'}")
    for model, (*_, legacy_users, _secure_users) in MODELS.items()
    for secure in (False, True) if secure or legacy_users])
async def test_pairing(bench, model, secure):
    down, up = await bench.connected()
    await pair(bench, model, secure, down, up)
    handle = (await down.characteristics())["2a01"][0]
    assert await down.read(handle) == b"hello"


async def test_pairing_out_of_band_legacy(bench):
    key = os.urandom(16)
    for side in (bench.central, bench.peripheral):
        await side.security("none", secure_connections=False)
        await side.take_oob_key(key)
    down, up = await bench.connected()
    await down.start_pairing(True)
    here, there = await asyncio.gather(down.pairing(), up.pairing())
    assert here == there == Pairing(True, False, True)


@pytest.mark.parametrize("has", ["central", "peripheral", "both"])
async def test_pairing_out_of_band_secure_connections(bench, has):
    """Who has the other's data."""
    for side in (bench.central, bench.peripheral):
        await side.security("none")
    from_central = await bench.central.oob_data()
    from_peripheral = await bench.peripheral.oob_data()
    if has != "peripheral":
        await bench.central.take_oob_data(from_peripheral)
    if has != "central":
        await bench.peripheral.take_oob_data(from_central)
    down, up = await bench.connected()
    await down.start_pairing(True)
    here, there = await asyncio.gather(down.pairing(), up.pairing())
    assert here == there == Pairing(True, True, True)


# ---- Who begins ----


@modes
async def test_the_peripheral_asks_for_security(bench, secure):
    """Core 6.0 Vol 3 Part H 2.4.6. Bumble leaves the answer to its application."""
    down, up = await bench.connected()
    for side in (bench.central, bench.peripheral):
        await side.security("none", secure)
    await up.start_pairing()
    if bench.central.name == "bumble":
        await down.security_wanted()
        await down.start_pairing()
    here, there = await asyncio.gather(down.pairing(), up.pairing())
    assert here == there == Pairing(False, secure, True)


# ---- What goes wrong ----


@modes
@pytest.mark.parametrize("types", ["central", "peripheral"])
async def test_a_wrong_passkey_ends_pairing_and_the_next_works(bench, types, secure):
    down, up = await bench.connected()
    io = ("keyboard", "display") if types == "central" else ("display", "keyboard")
    await bench.central.security(io[0], secure)
    await bench.peripheral.security(io[1], secure)
    shows, typing = (up, down) if types == "central" else (down, up)
    await down.start_pairing(True)
    await typing.type_passkey((await shows.shown() + 1) % 1000000 or 1)
    reasons = await asyncio.gather(down.pairing_failure(), up.pairing_failure())
    for side, reason in zip((bench.central, bench.peripheral), reasons):
        assert reason == (AUTH_FAIL if side.name == "ours" else SMP_CONFIRM_FAILED)
    await down.disconnect()
    await asyncio.gather(down.disconnected(), up.disconnected())
    # Longer than the wait after one failure, Core 6.0 Vol 3 Part H 2.3.6.
    await asyncio.sleep(1.2)
    down, up = await bench.connected()
    await pair(bench, "just-works", secure, down, up)


@pytest.mark.parametrize("refuses", ["central", "peripheral"])
async def test_numbers_that_differ_end_pairing(bench, refuses):
    for side in (bench.central, bench.peripheral):
        await side.security("yesno")
    down, up = await bench.connected()
    await down.start_pairing(True)
    await asyncio.gather(down.numbers(), up.numbers())
    agrees, differs = (up, down) if refuses == "central" else (down, up)
    await agrees.answer(True)
    await differs.answer(False)
    await asyncio.gather(down.pairing_failure(), up.pairing_failure())
    assert await bench.central.bonds() == await bench.peripheral.bonds() == set()


async def test_out_of_band_data_of_somebody_else_ends_pairing(bench):
    for side in (bench.central, bench.peripheral):
        await side.security("none")
    r, c = await bench.peripheral.oob_data()
    await bench.central.oob_data()
    await bench.central.take_oob_data((r, bytes(16)))
    down, up = await bench.connected()
    await down.start_pairing(True)
    await asyncio.gather(down.pairing_failure(), up.pairing_failure())


# ---- Bonds ----


async def reborn_and_connected(bench, down, up):
    """Both hosts have restarted; a new link."""
    await down.disconnect()
    await asyncio.gather(down.disconnected(), up.disconnected())
    bench.central = await bench.reborn(bench.central)
    bench.peripheral = await bench.reborn(bench.peripheral)
    return await bench.connected()


@kept
@modes
@pytest.mark.parametrize("model", ["just-works", "passkey-shown-by-peripheral"])
async def test_a_bond_encrypts_the_next_link_after_both_hosts_restarted(bench, model, secure):
    down, up = await bench.connected()
    await pair(bench, model, secure, down, up)
    down, up = await reborn_and_connected(bench, down, up)
    assert await bench.central.bonds() == {bench.peripheral.address}
    assert await bench.peripheral.bonds() == {bench.central.address}
    await asyncio.gather(down.encrypt(), up.encrypted())
    handle = (await down.characteristics())["2a01"][0]
    assert await down.read(handle) == b"hello"


@kept
@modes
async def test_a_pairing_without_bond_is_forgotten(bench, secure):
    for side in (bench.central, bench.peripheral):
        await side.security("none", secure, bonding=False)
    down, up = await bench.connected()
    await down.start_pairing()
    here, there = await asyncio.gather(down.pairing(), up.pairing())
    assert here == there == Pairing(False, secure, False)
    for side in (bench.central, bench.peripheral):
        if side.name == "ours":
            assert await side.bonds() == set()


@kept
@modes
async def test_a_central_hears_that_the_peripheral_has_lost_its_key(bench, secure):
    down, up = await bench.connected()
    await pair(bench, "just-works", secure, down, up)
    down, up = await reborn_and_connected(bench, down, up)
    await bench.peripheral.unpair(bench.central.address)
    if bench.peripheral.name == "ours":  # It ends the links with a peer that it forgets.
        await asyncio.gather(down.disconnected(), up.disconnected())
        down, up = await bench.connected()
    with pytest.raises(Refused) as refused:
        await down.encrypt()
    assert refused.value.code == (KEY_MISSING if bench.central.name == "ours" else
                                  HCI_ERR_KEY_MISSING)
