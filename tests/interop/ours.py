# SPDX-License-Identifier: Apache-2.0
"""Our host: tests/interop/device.c."""

import asyncio
import os
import re

from peers import LIMIT_S, Inbox, Pairing, Refused, as_hex, from_hex


class Ours:
    """One process."""

    name = "ours"

    def __init__(self, program, url, env=None, identity=None, store=None):
        """Of whom identity, an address without "/random", and store, a file, are given lives on
        in the next one that is given the same."""
        self.program, self.url, self.env = program, url, env or {}
        self.identity, self.store = identity, store
        self.inbox = Inbox("ours")
        self.process = self.reader = None
        self.log = []

    async def start(self):
        env = {k: v for k, v in os.environ.items() if not k.startswith("FAVONIUS_")}
        env.update(self.env, FAVONIUS_HCI=self.url, FAVONIUS_SETTINGS=str(self.store or "ram:"))
        self.process = await asyncio.create_subprocess_exec(
            self.program, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT, env=env)
        self.reader = asyncio.create_task(self._read())
        if self.store:
            await self.do("keep")
        if self.identity:
            await self.do("identity", f"{self.identity}/random")
        await self.do("on")
        self.address, = await self.expect(r"address (\S+)")
        if self.store:
            await self.do("load")
        return self

    async def _read(self):
        while line := await self.process.stdout.readline():
            text = line.decode(errors="replace").rstrip()
            self.log.append(text)
            self.inbox.put(text)
        self.inbox.put("(end of output)")

    async def stop(self):
        """Ends it as its user would, and wants a clean end."""
        self.process.stdin.close()
        try:
            status = await asyncio.wait_for(self.process.wait(), LIMIT_S)
        finally:
            if self.process.returncode is None:
                self.process.kill()
                await self.process.wait()
            await self.reader
        assert status == 0, f"our device ended with {status}: {self.log[-40:]}"

    async def expect(self, pattern, limit=LIMIT_S):
        regex = re.compile(pattern)

        def wanted(line):
            match = regex.fullmatch(line)
            return match.groups() if match else None

        return await self.inbox.take(wanted, pattern, limit)

    async def do(self, *words, limit=LIMIT_S):
        self.log.append("> " + " ".join(map(str, words)))
        self.process.stdin.write((" ".join(map(str, words)) + "\n").encode())
        errno, = await self.expect(f"(?:ok|error) {words[0]}(?: (\\d+))?", limit)
        if errno:
            raise Refused(int(errno), words[0])

    async def advertise(self, kind, target=None):
        await self.do("advertise", kind, *([target] if target else []))

    async def advertise_extended(self, data):
        await self.do("advertise-extended", as_hex(data))

    async def extended_report(self, address):
        return await self.report(address, 5)

    async def stop_advertising(self):
        await self.do("stop-advertising")

    async def scan(self, mode):
        await self.do("scan", mode)

    async def stop_scan(self):
        await self.do("stop-scan")

    async def report(self, address, kind):
        data, = await self.expect(f"report {address} {kind} -?\\d+ (\\S+)")
        return from_hex(data)

    def reported(self):
        """The addresses of the reports that nobody has taken."""
        return {line.split()[1] for line in self.inbox.items if line.startswith("report ")}

    async def accept(self, address):
        await self.do("accept", address)

    async def start_connect(self, address):
        await self.do("connect", address)

    async def start_connect_accepted(self):
        await self.do("connect-accepted")

    async def cancel(self):
        await self.do("cancel")
        return int((await self.expect(r"unconnected (\d+)"))[0])

    async def link(self, role):
        index, peer = await self.expect(f"connected (\\d+) {role} (\\S+)")
        return OurLink(self, index, peer, role)

    async def subscribers(self, flags):
        await self.expect(f"subscribers {flags}")

    async def stored(self):
        """What a client has written: offset and part, each time the server is told."""
        offset, data = await self.expect(r"stored \d+ (\d+) (\S+)")
        return int(offset), from_hex(data)

    async def notify(self, data):
        await self.do("notify", as_hex(data))

    async def indicate(self, data):
        await self.do("indicate", as_hex(data))
        err, = await self.expect(r"confirmed \d+ (\d+)")
        assert err == "0"

    async def serve_bearers(self):
        """Enhanced ATT bearers may be opened, by either side."""
        await self.do("enhanced")

    async def security(self, io="none", secure_connections=True, bonding=True):
        """Our host prefers Secure Connections; what it gets is the other side's choice."""
        await self.do("user", io)
        await self.do("bondable", int(bonding))

    async def oob_data(self):
        """Random and confirm value for the peer."""
        await self.do("oob")
        return [from_hex((await self.expect(f"oob-{what} 0 0 (\\S+)"))[0]) for what in "rc"]

    async def take_oob_data(self, data):
        await self.do("oob-remote", *map(as_hex, data))

    async def take_oob_key(self, key):
        await self.do("oob-tk", as_hex(key))

    async def listen(self, psm, level=0, mtu=1024, credits=0, hold=False):
        """A server of channels; with hold, what comes first is kept and no credits are given."""
        await self.do("channel-settings", mtu, credits, *(["hold"] if hold else []))
        await self.do("listen", psm, level)

    async def channel(self):
        """A channel that has been opened."""
        index, _psm, tx_mtu, _rx_mtu, enhanced = await self.expect(
            r"channel-open (\d+) (\d+) (\d+) (\d+) (\d)")
        return OurChannel(self, index, int(tx_mtu), enhanced == "1")

    async def serve_bench(self, each, psm):
        """The other side of bumble-bench; each: acknowledge every packet, not the last alone."""
        await self.do("bench", "each" if each else "last", psm)

    async def bench_done(self):
        """How many packets have come; none was lost."""
        count, = await self.expect(r"bench-done (\d+)")
        assert not [line for line in self.inbox.items if line.startswith("bench-lost")]
        return int(count)

    async def unpair(self, address):
        await self.do("unpair", address)

    async def bonds(self):
        """The addresses of the peers whose keys it has."""
        await self.do("bonds")
        found = [line for line in self.inbox.items if line.startswith("bond ")]
        for line in found:
            self.inbox.items.remove(line)
        return {line.split()[1] for line in found}

    async def refuse_params(self):
        await self.do("refuse-params")

    async def restart(self):
        """Off and on: the controller is reset."""
        await self.do("off")
        await self.do("on")
        self.address, = await self.expect(r"address (\S+)")


async def first(*waits):
    """The result of whichever ends first; the others are given up."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return done.pop().result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class OurBearer:
    """Our host chooses which of the link's enhanced bearers it is."""

    def __init__(self, link):
        self.link = link

    async def read(self, handle):
        await self.link.device.do("read", self.link.index, handle, "enhanced")
        err, data = await self.link._end(r"value # (\d+) (\S+)")
        return self.link._checked(err, from_hex(data))


class OurLink:
    def __init__(self, device, index, peer, role):
        self.device, self.index, self.peer, self.role = device, index, peer, role

    async def settled(self):
        """What our host does by itself on a new link has ended (src/host/conn_auto.c)."""
        await self._end(r"data-length # 251 251")
        if self.role == "central":
            await self._end(r"phy # 2 2")
        line = "remote " + " ".join(await self._end(r"remote (#) (\d+) (\d+) (\S+)"))
        self.device.inbox.put(line)

    async def _end(self, pattern):
        return await self.device.expect(pattern.replace("#", self.index))

    async def mtu(self):
        await self.device.do("mtu", self.index)
        err, mtu = await self._end(r"mtu # (\d+) (\d+)")
        return self._checked(err, int(mtu))

    @staticmethod
    def _checked(err, result=None):
        if int(err):
            raise Refused(int(err), "ATT error")
        return result

    async def _discover(self, what, pattern):
        await self.device.do("discover", self.index, what)
        err, = await self._end(r"discovered # (\d+)")
        self._checked(err)
        regex = re.compile(pattern.replace("#", self.index))
        found = [m.groups() for line in self.device.inbox.items if (m := regex.fullmatch(line))]
        self.device.inbox.items = [i for i in self.device.inbox.items if not regex.fullmatch(i)]
        return found

    async def services(self):
        return {uuid: (int(start), int(end)) for start, end, uuid in
                await self._discover("services", r"service # (\d+) (\d+) (\S+)")}

    async def characteristics(self):
        return {uuid: (int(handle), int(properties)) for handle, properties, uuid in
                await self._discover("characteristics", r"characteristic # (\d+) (\d+) (\S+)")}

    async def descriptors(self):
        return {int(handle): uuid for handle, uuid in
                await self._discover("descriptors", r"descriptor # (\d+) (\S+)")}

    async def read(self, handle):
        await self.device.do("read", self.index, handle)
        err, data = await self._end(r"value # (\d+) (\S+)")
        return self._checked(err, from_hex(data))

    async def open_bearers(self, count):
        """Something that reads by enhanced bearers alone."""
        await self.device.serve_bearers()
        await self.device.do("bearers", self.index, count)
        await self._end(f"bearers # {count}")
        return [OurBearer(self)] * count

    async def write(self, handle, data):
        await self.device.do("write", self.index, handle, as_hex(data))
        err, = await self._end(r"written # (\d+)")
        self._checked(err)

    write_long = write

    async def command(self, handle, data):
        await self.device.do("command", self.index, handle, as_hex(data))

    async def subscribe(self, kind):
        handle = (await self.characteristics())["2a02"][0]
        ccc = min(h for h, uuid in (await self.descriptors()).items()
                  if uuid == "2902" and h > handle)
        await self.device.do("subscribe", self.index, handle, ccc, kind)
        err, = await self._end(r"subscribed # (\d+)")
        self._checked(err)

    async def unsubscribe(self):
        await self.device.do("unsubscribe", self.index)
        await self._end(r"unsubscribed #")

    async def value(self, kind):
        word = {"notify": "notified", "indicate": "indicated"}[kind]
        data, = await self._end(f"{word} # \\d+ (\\S+)")
        return from_hex(data)

    async def set_phy(self, phy):
        await self.device.do("phy", self.index, phy)

    async def phy(self, phy):
        await self._end(f"phy # {phy} {phy}")

    async def set_data_length(self, size):
        await self.device.do("data-length", self.index, size, 17040)

    async def data_length(self, direction, size):
        sizes = f"{size} \\d+" if direction == "tx" else f"\\d+ {size}"
        await self._end(f"data-length # {sizes}")

    async def update_params(self, interval, latency, timeout):
        await self.device.do("params", self.index, interval, interval, latency, timeout)

    async def params(self, interval, latency, timeout):
        await self._end(f"params # {interval} {latency} {timeout}")

    async def remote(self):
        """The peer's link layer version and its features."""
        version, features = await self._end(r"remote # (\d+) \d+ (\S+)")
        return int(version), int.from_bytes(bytes.fromhex(features), "little")

    async def rssi(self):
        await self.device.do("rssi", self.index)
        return int((await self._end(r"rssi # (-?\d+)"))[0])

    async def identity(self):
        """The private address that the peer had, and the one that it has told."""
        return await self._end(r"identity # (\S+) (\S+)")

    async def start_pairing(self, authenticated=False):
        """As peripheral: ask the central for it."""
        await self.device.do("secure", self.index, 3 if authenticated else 2)

    async def pairing(self):
        """What came of it; Refused where nothing did."""
        async def ended():
            bonded, = await self._end(r"paired # (\d)")
            level, secure = await self._end(r"security # ([234]) 0 (\d)")
            return Pairing(int(level) >= 3, secure == "1", bonded == "1")

        async def failed():
            raise Refused(int((await self._end(r"unpaired # (\d+)"))[0]), "pairing")

        return await first(ended(), failed())

    async def pairing_failure(self):
        return int((await self._end(r"unpaired # (\d+)"))[0])

    async def shown(self):
        return int((await self._end(r"shown # (\d+)"))[0])

    async def numbers(self):
        return int((await self._end(r"numbers # (\d+)"))[0])

    async def type_passkey(self, passkey):
        await self._end(r"asked #")
        await self.device.do("passkey", self.index, passkey)

    async def answer(self, same):
        await self.device.do("confirm" if same else "refuse", self.index)

    async def open_channel(self, psm, mtu=1024, credits=0):
        return (await self.open_channels(psm, 0, mtu, credits))[0]

    async def open_channels(self, psm, count, mtu=1024, credits=0):
        """Enhanced ones, or with count 0 one LE credit-based one."""
        await self.device.do("channel-settings", mtu, credits)
        await self.device.do(*(["channels", self.index, psm, count] if count else
                               ["channel", self.index, psm]))

        async def refused():
            err, = await self.device.expect(r"channel-closed \d+ (-?\d+)")
            raise Refused(int(err), "channel")

        async def opened():
            return [await self.device.channel() for _ in range(count or 1)]

        return await first(opened(), refused())

    async def encrypt(self):
        """With the keys of the bond."""
        await self.device.do("secure", self.index, 2)
        await self.encrypted()

    async def encrypted(self):
        level, err = await self._end(r"security # (\d) (\d+) \d")
        if err != "0":
            raise Refused(int(err), "encryption")
        assert int(level) >= 2

    async def disconnect(self):
        await self.device.do("disconnect", self.index)

    async def disconnected(self):
        return int((await self._end(r"disconnected # (\d+)"))[0])


class OurChannel:
    """What is sent counts up from a first byte."""

    def __init__(self, device, index, tx_mtu, enhanced):
        self.device, self.index, self.tx_mtu, self.enhanced = device, index, tx_mtu, enhanced

    async def send(self, size, first_byte):
        await self.device.do("send", self.index, size, first_byte)

    async def sent(self):
        await self.device.expect(f"sdu-sent {self.index}")

    async def sdu(self):
        """Length and first byte of what has come."""
        size, first_byte, state = await self.device.expect(f"sdu {self.index} (\\d+) (\\d+) (\\S+)")
        assert state == "good"
        return int(size), int(first_byte)

    async def release(self):
        await self.device.do("release", self.index)

    async def close(self):
        await self.device.do("close", self.index)

    async def closed(self):
        err, = await self.device.expect(f"channel-closed {self.index} (-?\\d+)")
        assert err == "0"
