# SPDX-License-Identifier: Apache-2.0
"""Who is tested with whom, on which controllers."""

import pathlib
import tempfile

import pytest
import pytest_asyncio

import bumble_peer
import controllers
import ours

# Central, peripheral, controllers.
PAIRS = (
    ("bumble", "bumble", "air"),
    ("ours", "bumble", "air"),
    ("bumble", "ours", "air"),
    ("ours", "bumble", "bumble"),
    ("bumble", "ours", "bumble"),
)


def pytest_addoption(parser):
    parser.addoption("--build", required=True, help="CMake's build folder with our programs")


def pytest_generate_tests(metafunc):
    chosen = any("bench" in mark.args[0] for mark in
                 metafunc.definition.iter_markers("parametrize"))
    if "bench" in metafunc.fixturenames and not chosen:
        metafunc.parametrize("bench", PAIRS, indirect=True, ids=[
            f"{central}-to-{peripheral}-on-{where}" for central, peripheral, where in PAIRS])


class Bench:
    """Two hosts, not connected; more on demand."""

    def __init__(self, build, where, folder, places=0):
        self.build = build
        self.stack = []
        self.where = where
        self.folder = folder
        self.count = 0
        if where == "air":
            self.controllers = controllers.Air(str(build / "favonius"), folder, places)
        else:
            self.controllers = controllers.BumbleControllers(folder)

    async def start(self):
        await self.controllers.start()

    async def host(self, name, env=None, kept=False, private=False):
        """With kept, its identity and its bonds are those of the next one after reborn()."""
        self.count += 1
        address = f"F{self.count}:00:00:00:00:0{self.count}"
        store = pathlib.Path(self.folder) / f"store-{self.count}" if kept else None
        return await self._host(name, address, env, store, private)

    async def _host(self, name, address, env, store, private=False):
        url = await self.controllers.new()
        if name == "ours":
            host = ours.Ours(str(self.build / "tests/interop/interop_device"), url, env,
                             address if store else None, store)
        else:
            host = bumble_peer.Bumble(url, address, store, private)
        self.stack.append(host)
        return await host.start()

    async def reborn(self, host):
        """The host ends, and another with the same identity and store begins, on a controller that
        knows nothing."""
        self.stack.remove(host)
        await host.stop()
        await self.controllers.remove(host.url)
        address = host.address.split("/")[0]
        return await self._host(host.name, address, getattr(host, "env", None), host.store,
                                getattr(host, "private", False))

    async def connected(self):
        """Both ends of a link between central and peripheral."""
        return await self.join(self.central, self.peripheral)

    async def settled(self):
        """The same, when no host has anything more to do on it by itself: link layer procedures of
        both sides may collide, and the peripheral's loses (Core 6.0 Vol 6 Part B 5.3)."""
        down, up = await self.connected()
        await down.settled()
        await up.settled()
        return down, up

    @staticmethod
    async def join(central, peripheral):
        await peripheral.advertise("connectable")
        await central.start_connect(peripheral.address)
        return await central.link("central"), await peripheral.link("peripheral")

    async def stop(self):
        """All of them, also when one of them fails to stop."""
        failures = []
        for part in [*reversed(self.stack), self.controllers]:
            try:
                await part.stop()
            except (AssertionError, TimeoutError, AttributeError, OSError) as error:
                failures.append(f"{type(part).__name__}: {error}")
        assert not failures, failures


@pytest.fixture(scope="session")
def build(request):
    return pathlib.Path(request.config.getoption("--build")).resolve()


@pytest_asyncio.fixture
async def bench(request, build):
    central, peripheral, where = request.param
    lacks = request.node.get_closest_marker("lacks")
    if lacks and where == "bumble":
        pytest.skip(f"Bumble's controller: {lacks.args[0]}")
    with tempfile.TemporaryDirectory(prefix="fav") as folder:
        made = Bench(build, where, folder)
        try:
            await made.start()
            kept = request.node.get_closest_marker("kept") is not None
            made.peripheral = await made.host(peripheral, kept=kept)
            made.central = await made.host(central, kept=kept)
            yield made
        finally:
            await made.stop()


@pytest_asyncio.fixture
async def empty_bench(build):
    """Our air, without hosts; the first two controllers on it have the same addresses always."""
    with tempfile.TemporaryDirectory(prefix="fav") as folder:
        made = Bench(build, "air", folder, places=2)
        try:
            await made.start()
            yield made
        finally:
            await made.stop()
