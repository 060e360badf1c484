# SPDX-License-Identifier: Apache-2.0
"""Our host on Bumble's controller as it is: commands without an answer, reports of another kind than
was asked for.
"""

import tempfile

import pytest
import pytest_asyncio
from bumble.controller import Controller

import controllers
from conftest import Bench


@pytest_asyncio.fixture(params=[("ours", "bumble"), ("bumble", "ours"), ("ours", "ours")],
                        ids="-to-".join)
async def raw_bench(request, build):
    central, peripheral = request.param
    with tempfile.TemporaryDirectory(prefix="fav") as folder:
        made = Bench(build, "bumble", folder)
        made.controllers = controllers.BumbleControllers(folder, Controller)
        try:
            await made.start()
            made.peripheral = await made.host(peripheral)
            made.central = await made.host(central)
            yield made
        finally:
            await made.stop()


async def test_connect_read_and_write(raw_bench):
    down, up = await raw_bench.connected()
    handle = (await down.characteristics())["2a01"][0]
    assert await down.read(handle) == b"hello"
    await down.write(handle, b"still here")
    assert await down.read(handle) == b"still here"
    await down.disconnect()
    await down.disconnected()
    await up.disconnected()
