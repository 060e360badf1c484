# SPDX-License-Identifier: Apache-2.0
"""One machine for all cases, on an air of ours; devices of ours on that air as cases want them."""

import contextlib
import pathlib
import tempfile

import pytest
import pytest_asyncio

import ours
from machine import Ctl, Machine

import controllers


class Lab:
    """The air, the machine, and what is known of both."""

    def __init__(self, build, folder):
        self.build, self.folder = build, pathlib.Path(folder)
        self.air = controllers.Air(str(build / "favonius"), folder)
        self.machine = Machine(build.parent / "bluez", folder, f"{folder}/air")
        self.count = 0

    async def start(self):
        await self.air.start()
        await self.machine.start()
        self.shell, self.second = self.machine.shells
        await self.shell.run("until btmgmt info | grep -q 'addr '; do sleep 0.1; done")
        self.address = (await self.shell.run("btmgmt info")).split("addr ")[1].split()[0]
        await self.shell.run("bluetoothctl power on")
        self.ctl = Ctl(self.second, self.shell)

    async def stop(self):
        await self.machine.kill()
        await self.air.stop()

    @contextlib.asynccontextmanager
    async def device(self, kept=None):
        """Ours. With kept, a name: identity and store are those of the last one of that name."""
        self.count += 1
        number = self.count if kept is None else sum(kept.encode()) % 100
        store = kept and self.folder / f"store-{kept}"
        made = ours.Ours(str(self.build / "tests/interop/interop_device"),
                         f"unix:{self.folder}/air", None, f"C0:00:00:00:00:{number:02}", store)
        await made.start()
        try:
            yield made
        finally:
            await made.stop()

    @contextlib.asynccontextmanager
    async def agent(self, capability="NoInputNoOutput"):
        """bluetoothctl, with an agent that can do that."""
        await self.ctl.start(capability)
        try:
            yield self.ctl
        finally:
            await self.ctl.stop()

    async def secure_connections(self, on):
        """Whether BlueZ can do them; else it pairs by legacy pairing."""
        await self.shell.run("bluetoothctl power off")
        await self.shell.run(f"btmgmt sc {'on' if on else 'off'}")
        await self.shell.run("bluetoothctl power on")

    async def restart(self):
        """bluetoothd, which takes the adapter down and up, and loads its keys from disk."""
        await self.shell.run("btmgmt power off; killall bluetoothd; "
                             "while pidof bluetoothd; do sleep 0.1; done; "
                             "bluetoothd -n >/run/bluetoothd.log 2>&1 & "
                             "until bluetoothctl show | grep -q Controller; do sleep 0.1; done")
        await self.shell.run("bluetoothctl power on")

    async def forget(self):
        """All peers that BlueZ knows."""
        await self.shell.run("for a in $(bluetoothctl devices | cut -d' ' -f2); "
                             "do bluetoothctl remove $a || true; done")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def lab(build):
    with tempfile.TemporaryDirectory(prefix="fav") as folder:
        made = Lab(build, folder)
        try:
            await made.start()
            yield made
        finally:
            await made.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def bluez(lab, request):
    """The lab, in which BlueZ knows nobody."""
    await lab.forget()
    yield lab


def pytest_runtest_makereport(item, call):
    """Of a case that fails, what the machine said."""
    if call.when == "call" and call.excinfo and "lab" in item.fixturenames:
        lab = item.funcargs.get("bluez") or item.funcargs.get("lab")
        if lab:
            for shell in lab.machine.shells:
                item.add_report_section("call", shell.name, shell.log[-4000:])
