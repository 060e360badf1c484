# SPDX-License-Identifier: Apache-2.0
"""BlueZ, Linux's host, as central against our peripheral and as peripheral against our central."""

import asyncio
import contextlib
import re

import pytest

from peers import ADV_IND, LONG_VALUE, Pairing

pytestmark = pytest.mark.asyncio(loop_scope="session")


def plain(address):
    return address.split("/")[0]


async def found(ctl, device):
    """BlueZ's central finds our device, which advertises."""
    await device.advertise("connectable")
    await ctl.do("scan on", "Discovery started")
    await ctl.expect(f"Device {plain(device.address)} ")
    await ctl.do("scan off", "Discovery stopped")


async def connected(ctl, device):
    """The link, at our side, when BlueZ has found all services."""
    await found(ctl, device)
    await ctl.do(f"connect {plain(device.address)}", "Connection successful")
    link = await device.link("peripheral")
    await ctl.expect("ServicesResolved: yes")
    return link


# ---- Adapter ----


async def test_the_kernel_takes_our_controller(lab):
    info = await lab.shell.run("btmgmt info")
    assert "hci0" in info
    assert " powered " in info and " le " in info
    assert "Powered: yes" in await lab.shell.run("bluetoothctl show")
    assert await lab.shell.run("dmesg | grep 'hci0:' || true") == ""


# ---- Its central ----

# Prompts of bluetoothctl's agent are on the screen when they have been answered, not before.



async def test_scan_shows_name_and_flags(bluez):
    async with bluez.device() as device, bluez.agent() as ctl:
        await found(ctl, device)
        info = await bluez.shell.run(f"bluetoothctl info {plain(device.address)}")
        assert "Name: favonius" in info
        assert "AddressType" not in info or "random" in info


async def test_btmgmt_finds(bluez):
    async with bluez.device() as device:
        await device.advertise("connectable")
        seen = await bluez.shell.run("btmgmt find -l")
        assert plain(device.address) in seen
        assert "favonius" in seen


async def test_connect_discover_and_disconnect(bluez):
    async with bluez.device() as device, bluez.agent() as ctl:
        link = await connected(ctl, device)
        await ctl.do("gatt.list-attributes", uuid("2a03"))
        await ctl.do("disconnect", "Successful disconnected")
        assert await link.disconnected() == 0x13


def uuid(short):
    return f"0000{short}-0000-1000-8000-00805f9b34fb"


async def select(ctl, short):
    await ctl.do(f"gatt.select-attribute {uuid(short)}", r"char[0-9a-f]+\]")


def dumped(data):
    """How bluetoothctl shows the first sixteen bytes."""
    return " ".join(f"{byte:02x}" for byte in data[:16])


async def test_read_and_write(bluez):
    async with bluez.device() as device, bluez.agent() as ctl:
        await connected(ctl, device)
        await select(ctl, "2a01")
        await ctl.do("gatt.read", dumped(b"hello"))
        await ctl.do('gatt.write "0x62 0x6c 0x75 0x65"', "Attempting to write")
        assert await device.stored() == (0, b"blue")
        await ctl.do("gatt.read", dumped(b"blue"))


async def test_long_read_and_write(bluez):
    async with bluez.device() as device, bluez.agent() as ctl:
        await connected(ctl, device)
        await select(ctl, "2a03")
        await ctl.do("gatt.read", dumped(LONG_VALUE))
        await ctl.expect(dumped(LONG_VALUE[-12:]))
        await select(ctl, "2a01")
        value = bytes(range(40))
        await ctl.do(f'gatt.write "{" ".join(map(hex, value))}" 0 reliable', "Attempting to write")
        got = b""
        while len(got) < len(value):
            offset, part = await device.stored()
            assert offset == len(got)
            got += part
        assert got == value


async def test_a_read_that_is_not_permitted_fails(bluez):
    async with bluez.device() as device, bluez.agent() as ctl:
        await connected(ctl, device)
        await select(ctl, "2a02")
        await ctl.do("gatt.read", "Failed to read: org.bluez.Error.NotPermitted")


async def test_notifications(bluez):
    async with bluez.device() as device, bluez.agent() as ctl:
        await connected(ctl, device)
        await select(ctl, "2a02")
        await ctl.do("gatt.notify on", "Notify started")
        await device.subscribers(1)
        for value in (b"first", b"second"):
            await device.notify(value)
            await ctl.expect(dumped(value))
        await ctl.do("gatt.notify off", "Notify stopped")
        await device.subscribers(0)


async def test_gatttool_reads(bluez):
    """Of one command a link each, after which our device advertises again."""
    async with bluez.device() as device:
        async def advertise_again():
            while True:
                await device.advertise("connectable")
                link = await device.link("peripheral")
                await link.disconnected()
        again = asyncio.create_task(advertise_again())
        tool = f"gatttool -b {plain(device.address)} -t random"
        services = await bluez.shell.run(f"{tool} --primary")
        assert uuid("1a00") in services
        handles = await bluez.shell.run(f"{tool} --characteristics")
        value = re.findall(r"char value handle = (\w+), uuid = 00002a01", handles)[-1]
        assert "68 65 6c 6c 6f" in await bluez.shell.run(f"{tool} --char-read -a {value}")
        again.cancel()


# ---- Its central pairs ----


@pytest.mark.parametrize("secure", [False, True], ids=["legacy", "secure-connections"])
async def test_pair_just_works_and_reconnect_after_both_restarted(bluez, secure):
    await bluez.secure_connections(secure)
    async with bluez.device(kept=f"bond{secure}") as device, bluez.agent() as ctl:
        await device.security("none")
        link = await connected(ctl, device)
        await ctl.do(f"pair {plain(device.address)}", "Pairing successful")
        assert await link.pairing() == Pairing(False, secure, True)
        await ctl.do("disconnect", "Successful disconnected")
        await link.disconnected()
        await device.advertise("connectable")
        await ctl.do(f"connect {plain(device.address)}", "Connection successful")
        link = await device.link("peripheral")
        await link.encrypted()
        await ctl.do("disconnect", "Successful disconnected")
    await bluez.restart()
    async with bluez.device(kept=f"bond{secure}") as device, bluez.agent() as ctl:
        await device.advertise("connectable")
        await ctl.do(f"connect {plain(device.address)}", "Connection successful")
        link = await device.link("peripheral")
        await link.encrypted()
        await ctl.expect("ServicesResolved: yes")
        await select(ctl, "2a01")
        await ctl.do("gatt.read", dumped(b"hello"))
    await bluez.secure_connections(True)


@pytest.mark.parametrize("secure", [False, True], ids=["legacy", "secure-connections"])
async def test_pair_by_a_passkey_that_is_typed_into_bluetoothctl(bluez, secure):
    await bluez.secure_connections(secure)
    async with bluez.device() as device, bluez.agent("KeyboardOnly") as ctl:
        await device.security("display")
        link = await connected(ctl, device)
        await ctl.do(f"pair {plain(device.address)}", "Request passkey")
        await ctl.do(str(await link.shown()), "Pairing successful")
        assert await link.pairing() == Pairing(True, secure, True)
    await bluez.secure_connections(True)


async def test_pair_by_a_passkey_that_bluetoothctl_shows(bluez):
    async with bluez.device() as device, bluez.agent("DisplayOnly") as ctl:
        await device.security("keyboard")
        link = await connected(ctl, device)
        found_passkey = await ctl.do(f"pair {plain(device.address)}", r"Passkey: +(\d+)")
        await link.type_passkey(int(found_passkey[1]))
        await ctl.expect("Pairing successful")
        assert await link.pairing() == Pairing(True, True, True)


async def test_pair_by_comparison(bluez):
    async with bluez.device() as device, bluez.agent("DisplayYesNo") as ctl:
        await device.security("yesno")
        link = await connected(ctl, device)
        await ctl.do(f"pair {plain(device.address)}", "Request confirmation")
        digits = await ctl.do("yes", r"Confirm passkey (\d+)")
        assert int(digits[1]) == await link.numbers()
        await link.answer(True)
        await ctl.expect("Pairing successful")
        assert await link.pairing() == Pairing(True, True, True)


async def test_the_peripheral_asks_for_security(bluez):
    async with bluez.device() as device, bluez.agent() as ctl:
        await device.security("none")
        link = await connected(ctl, device)
        await link.start_pairing()
        await ctl.expect("Request authorization")
        await ctl.do("yes", "Paired: yes")
        assert await link.pairing() == Pairing(False, True, True)


async def test_a_wrong_passkey_ends_pairing(bluez):
    async with bluez.device() as device, bluez.agent("KeyboardOnly") as ctl:
        await device.security("display")
        link = await connected(ctl, device)
        await ctl.do(f"pair {plain(device.address)}", "Request passkey")
        await ctl.do(str((await link.shown() + 1) % 1000000), "Failed to pair: "
                     "org.bluez.Error.AuthenticationFailed")
        await link.pairing_failure()


# ---- Its peripheral ----

VALUE = b"of linux"


@contextlib.asynccontextmanager
async def peripheral(bluez, capability="NoInputNoOutput"):
    """BlueZ advertises, with the service of ours: 1a00 with 2a01 and 2a02."""
    async with bluez.agent(capability) as ctl:
        await ctl.do(f"gatt.register-service {uuid('1a00')}", r"\[NEW\] Primary Service")
        await ctl.do("yes", "Primary .yes/no")
        await ctl.do(f"gatt.register-characteristic {uuid('2a01')} read,write", r"\[NEW\] Char")
        await ctl.do(" ".join(map(hex, VALUE)), "Enter value")
        await ctl.do(f"gatt.register-characteristic {uuid('2a02')} write,notify", r"\[NEW\] Char")
        await ctl.do("0x00 0x00 0x00", "Enter value")
        await ctl.do("gatt.register-application", "Application registered")
        await ctl.do("pairable on", "succeeded")
        await ctl.do("advertise.name linux\nadvertise on", "Advertising object registered")
        yield ctl


async def central_connected(bluez, device):
    await device.start_connect(f"{bluez.address}/public")
    return await device.link("central")


async def test_our_central_scans_connects_and_discovers(bluez):
    async with peripheral(bluez), bluez.device() as device:
        await device.scan("active")
        await device.report(f"{bluez.address}/public", ADV_IND)
        await device.stop_scan()
        link = await central_connected(bluez, device)
        services = await link.services()
        assert {"1800", "1801", "1a00"} <= set(services)
        characteristics = await link.characteristics()
        assert characteristics["2a02"][1] & 0x10


async def test_our_central_reads_and_writes(bluez):
    async with peripheral(bluez) as ctl, bluez.device() as device:
        link = await central_connected(bluez, device)
        assert await link.mtu() == 517
        handle = (await link.characteristics())["2a01"][0]
        assert await link.read(handle) == VALUE
        await link.write(handle, b"ours")
        await ctl.expect(dumped(b"ours"))
        assert await link.read(handle) == b"ours"


async def test_our_central_gets_notifications(bluez):
    """bluetoothctl notifies of what is written."""
    async with peripheral(bluez), bluez.device() as device:
        link = await central_connected(bluez, device)
        await link.subscribe("notify")
        await link.write((await link.characteristics())["2a02"][0], b"now")
        assert await link.value("notify") == b"now"


async def test_our_central_pairs_and_reconnects_after_both_restarted(bluez):
    async with peripheral(bluez) as ctl, bluez.device(kept="central") as device:
        await device.security("none")
        link = await central_connected(bluez, device)
        await link.start_pairing()
        await ctl.expect("Request authorization")
        ctl.shell.send("yes")
        assert await link.pairing() == Pairing(False, True, True)
        await link.disconnect()
        await link.disconnected()
    await bluez.restart()
    async with peripheral(bluez), bluez.device(kept="central") as device:
        assert await device.bonds() == {f"{bluez.address}/public"}
        link = await central_connected(bluez, device)
        await link.encrypt()
        assert await link.read((await link.characteristics())["2a01"][0]) == VALUE


async def test_our_central_pairs_by_comparison(bluez):
    async with peripheral(bluez, "DisplayYesNo") as ctl, bluez.device() as device:
        await device.security("yesno")
        link = await central_connected(bluez, device)
        await link.start_pairing(True)
        await ctl.expect("Request confirmation")
        digits = await ctl.do("yes", r"Confirm passkey (\d+)")
        assert int(digits[1]) == await link.numbers()
        await link.answer(True)
        assert await link.pairing() == Pairing(True, True, True)
