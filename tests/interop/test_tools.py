# SPDX-License-Identifier: Apache-2.0
"""Bumble's own tools, as a user runs them, against devices of ours over the air."""

import asyncio
import json
import os
import pathlib
import re
import sys

import pytest
import pytest_asyncio

from peers import ADV_IND, LIMIT_S, LONG_VALUE, Inbox, Pairing

COLOURS = re.compile(r"\x1b\[[0-9;]*m")
CONFIG = {"name": "tool", "address": "F0:F1:F2:F3:F4:F5", "keystore": "JsonKeyStore"}
TOOL = f"{CONFIG['address']}/random"


def tool_url(url):
    return url.replace("tcp:", "tcp-client:", 1).replace("unix:", "unix-client:", 1)


def tool_address(address):
    return address.replace("/public", "/P").replace("/random", "")


class Tools:
    """Runs them; they end with the case."""

    def __init__(self, bench):
        self.bench, self.running = bench, []
        self.folder = pathlib.Path(bench.folder)
        self.config = self.folder / "tool.json"
        self.config.write_text(json.dumps(CONFIG))

    async def url(self):
        return tool_url(await self.bench.controllers.new())

    async def run(self, name, *arguments):
        tool = Tool(name, await asyncio.create_subprocess_exec(
            str(pathlib.Path(sys.executable).parent / f"bumble-{name}"), *map(str, arguments),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=dict(os.environ, HOME=str(self.folder), PYTHONUNBUFFERED="1",
                     XDG_DATA_HOME=str(self.folder))))
        self.running.append(tool)
        return tool

    async def pair(self, *arguments, address=None):
        return await self.run("pair", "--keystore-file", self.folder / "keys.json", *arguments,
                              self.config, await self.url(),
                              *([tool_address(address)] if address else []))

    async def stop(self):
        for tool in self.running:
            await tool.stop()


class Tool:
    def __init__(self, name, process):
        self.process, self.lines = process, Inbox(f"bumble-{name}")
        self.reader = asyncio.create_task(self._read())

    async def _read(self):
        """Lines, and prompts, which end without one."""
        text = ""
        while data := await self.process.stdout.read(4096):
            *lines, text = (text + COLOURS.sub("", data.decode(errors="replace"))).split("\n")
            for line in lines:
                self.lines.put(line.rstrip())
            if text.endswith((": ", "? ")):
                self.lines.put(text)
                text = ""

    async def line(self, pattern):
        regex = re.compile(pattern)
        return await self.lines.take(
            lambda line: match.groups() or True if (match := regex.search(line)) else None, pattern)

    async def type(self, text):
        self.process.stdin.write(f"{text}\n".encode())
        await self.process.stdin.drain()

    async def ended(self):
        await asyncio.wait_for(self.process.wait(), LIMIT_S)
        assert self.process.returncode == 0, self.lines.items

    async def stop(self):
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()
        await self.reader


@pytest_asyncio.fixture
async def tools(empty_bench):
    made = Tools(empty_bench)
    try:
        yield made
    finally:
        await made.stop()


@pytest_asyncio.fixture
async def device(empty_bench):
    """Ours, advertising, with a store that a tool's bond outlives it in."""
    made = await empty_bench.host("ours", kept=True)
    await made.security("none")
    await made.advertise("connectable")
    return made


async def connect(device):
    """Our central, to a tool when it is there."""
    await device.scan("passive")
    await device.report(TOOL, ADV_IND)
    await device.stop_scan()
    await device.start_connect(TOOL)
    return await device.link("central")


# ---- bumble-scan ----


async def test_scan_shows_name_and_flags(device, tools):
    scan = await tools.run("scan", await tools.url())
    address = re.escape(tool_address(device.address))
    await scan.line(f">>> {address} \\[RANDOM\\]\\(static\\):")
    await scan.line("LE_GENERAL_DISCOVERABLE_MODE")
    await scan.line("Complete Local Name.*favonius")


# ---- bumble-gatt-dump ----


async def dumped(dump):
    await dump.line(r"Service\(handle=0x0001, uuid=UUID-16:1800")
    await dump.line("Service.*UUID-16:1A00")
    await dump.line("Characteristic.*2A01.*READ.*WRITE_WITHOUT_RESPONSE.*WRITE")
    await dump.line("Descriptor.*2902")
    await dump.line(f"^{b'hello'.hex()}$")
    await dump.line(f"^{LONG_VALUE.hex()}$")


async def test_gatt_dump_of_a_peripheral(device, tools):
    dump = await tools.run("gatt-dump", await tools.url(), tool_address(device.address))
    await dumped(dump)
    await dump.ended()


async def test_gatt_dump_of_a_central(empty_bench, tools):
    device = await empty_bench.host("ours")
    dump = await tools.run("gatt-dump", await tools.url())
    await connect(device)
    await dumped(dump)
    await dump.ended()


# ---- bumble-pair ----


@pytest.mark.parametrize("secure", [False, True], ids=["legacy", "secure-connections"])
async def test_pair_just_works_then_dump_encrypted(device, tools, secure):
    pair = await tools.pair("--io", "none", "--mitm", "false", "--sc", secure,
                            address=device.address)
    link = await device.link("peripheral")
    assert await link.pairing() == Pairing(False, secure, True)
    await pair.line(r"\*\*\* Paired!")
    await link.disconnected()
    await pair.stop()
    tools.config.write_text(json.dumps(
        dict(CONFIG, keystore=f"JsonKeyStore:{tools.folder / 'keys.json'}")))
    await device.advertise("connectable")
    dump = await tools.run("gatt-dump", "--encrypt", "--device-config", tools.config,
                           await tools.url(), tool_address(device.address))
    await dump.line("Encryption established")
    await dumped(dump)


async def test_pair_by_a_passkey_that_the_tool_shows(device, tools):
    await device.security("keyboard")
    pair = await tools.pair("--io", "display", address=device.address)
    link = await device.link("peripheral")
    passkey, = await pair.line(r"### PIN: (\d{6})")
    await link.type_passkey(int(passkey))
    assert await link.pairing() == Pairing(True, True, True)


async def test_pair_by_a_passkey_that_is_typed_into_the_tool(device, tools):
    await device.security("display")
    pair = await tools.pair("--io", "keyboard", address=device.address)
    link = await device.link("peripheral")
    await pair.line("Enter PIN")
    await pair.type(await link.shown())
    assert await link.pairing() == Pairing(True, True, True)


async def test_pair_by_comparison(device, tools):
    await device.security("yesno")
    pair = await tools.pair("--io", "display+yes/no", address=device.address)
    link = await device.link("peripheral")
    digits, = await pair.line(r"Does the other device display (\d{6})\?")
    assert int(digits) == await link.numbers()
    await asyncio.gather(pair.type("yes"), link.answer(True))
    assert await link.pairing() == Pairing(True, True, True)


@pytest.mark.parametrize("requests", [False, True], ids=["central-begins", "tool-requests"])
async def test_pair_as_peripheral_of_our_central(empty_bench, tools, requests):
    device = await empty_bench.host("ours")
    await device.security("none")
    pair = await tools.pair("--io", "none", "--mitm", "false", *(["--request"] if requests else []))
    link = await connect(device)
    if not requests:
        await link.start_pairing()
    assert await link.pairing() == Pairing(False, True, True)
    await pair.line(r"\*\*\* Paired!")


# ---- bumble-bench ----

COUNT = 30


async def bench_of(tools, device, mode, scenario, *arguments):
    return await tools.run(
        "bench", "--mode", mode, "--scenario", scenario, "-c", COUNT, "--l2cap-psm", 0x81,
        *arguments, "central", "--ci", "15", "--peripheral", tool_address(device.address),
        await tools.url())


@pytest.mark.parametrize("mode", ["gatt-client", "l2cap-client"])
async def test_bench_pings(device, tools, mode):
    await device.serve_bench(True, 0x81)
    bench = await bench_of(tools, device, mode, "ping", "-s", 18)
    await bench.line("RTTs:")
    assert await device.bench_done() == COUNT


async def test_bench_sends(device, tools):
    """By a channel: its GATT client fails in this scenario, for it lacks a call."""
    await device.serve_bench(False, 0x81)
    bench = await bench_of(tools, device, "l2cap-client", "send", "-s", 240)
    speed, = await bench.line(r"Received ACK. Speed: average=(\S+)")
    assert float(speed) > 0
    assert await device.bench_done() == COUNT


@pytest.mark.parametrize("mode,sends,receives", [
    ("gatt", "ping", "pong"), ("l2cap", "send", "receive")], ids=["gatt", "l2cap"])
async def test_bench_between_two_tools(tools, mode, sends, receives):
    """Both hosts are Bumble's: our controllers alone are ours."""
    arguments = "-c", COUNT, "-s", 20, "--l2cap-psm", 0x81
    server = await tools.run("bench", "--mode", f"{mode}-server", "--scenario", receives,
                             *arguments, "peripheral", await tools.url())
    await server.line("Starting LE advertising")
    client = await tools.run("bench", "--mode", f"{mode}-client", "--scenario", sends, *arguments,
                             "central", "--ci", "15", await tools.url())
    await client.line("RTTs:" if sends == "ping" else "Received ACK. Speed")
    await server.line("Done!")
