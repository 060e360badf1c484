# SPDX-License-Identifier: Apache-2.0
"""A stack of somebody else's on the same air: Bumble scans, and finds our sensor."""

import asyncio
import os
import pathlib

import pytest

pytest.importorskip("bumble")
from bumble.core import AdvertisingData  # noqa: E402
from bumble.device import Device  # noqa: E402
from bumble.transport import open_transport  # noqa: E402

PROGRAMS = pathlib.Path(os.environ.get("PROGRAMS", "build/release/samples"))
HEART_RATE = bytes.fromhex("0d18")


async def first_heart_rate(url):
    """The address of the first device that says it has the service."""
    async with await open_transport(url) as transport:
        scanner = Device.with_hci("scanner", "F0:F1:F2:F3:F4:F5", transport.source, transport.sink)
        found = asyncio.get_running_loop().create_future()

        def on_advertisement(advertisement):
            services = advertisement.data.get(
                AdvertisingData.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS, raw=True)
            if services and HEART_RATE in services and not found.done():
                found.set_result(str(advertisement.address))

        scanner.on("advertisement", on_advertisement)
        await scanner.power_on()
        await scanner.start_scanning(active=False)
        address = await asyncio.wait_for(found, 10)
        await scanner.power_off()
        return address


@pytest.mark.favonius(scenario="walk.txt")
def test_bumble_finds_our_sensor(air):
    air.device(PROGRAMS / "heart_rate", name="sensor").wait_for("advertising")
    host, port = air.tcp
    address = asyncio.run(first_heart_rate(f"tcp-client:{host}:{port}"))
    assert address.startswith("02:00:00:00:00:05")
