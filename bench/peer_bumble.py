#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Bumble's host, doing what bench/peer.c does with ours, and saying so in the same words.

    peer_bumble.py WORK COUNT [ADDRESS]

Its controller is the one of FAVONIUS_HCI. Values are sent and received by the calls that cost
Bumble least; of what it has queued it waits for all, every 32 values.
"""

import asyncio
import os
import resource
import sys

from bumble import gatt, hci
from bumble.core import UUID
from bumble.l2cap import LeCreditBasedChannelSpec
from bumble.device import ConnectionParametersPreferences, Device, Peer
from bumble.transport import open_transport

MTU, OCTETS, TIME_US, PHY_2M = 247, 251, 2120, 2
VALUE, SDU = bytes(MTU - 3), bytes(MTU - 2)
CHANNEL = LeCreditBasedChannelSpec(psm=0x80, mtu=len(SDU), mps=MTU)
QUEUED = 32
LIMIT_S = 60
READABLE = 20  # characteristics of a database that can be read, at least


def cpu_us():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return round((usage.ru_utime + usage.ru_stime) * 1e6)


def say(*words):
    print(*words, flush=True)


class Program:
    def __init__(self, work, count, address):
        self.work, self.count, self.address = work, count, address
        self.done, self.before = 0, 0
        self.connection = self.peer = self.value = None
        self.subscribed = asyncio.Event()  # by the central; or the channel is open
        self.connected = asyncio.Event()

    def one_done(self, *_):
        self.done += 1
        if self.done == self.count:
            say("done")

    async def start(self):
        url = os.environ["FAVONIUS_HCI"].replace("tcp:", "tcp-client:", 1)
        transport = await open_transport(url.replace("unix:", "unix-client:", 1))
        self.device = Device.with_hci("bumble", hci.Address("F0:F1:F2:F3:F4:F5"),
                                      transport.source, transport.sink)
        self.device.gatt_server.max_mtu = MTU
        self.value = gatt.Characteristic(
            UUID.from_16_bits(0xFA01), gatt.Characteristic.Properties.NOTIFY
            | gatt.Characteristic.Properties.WRITE_WITHOUT_RESPONSE,
            gatt.Characteristic.WRITEABLE, b"")
        self.value.on("write", self.one_done)
        self.device.add_service(gatt.Service(UUID.from_16_bits(0xFA00), [self.value]))
        self.device.gatt_server.on("characteristic_subscription",
                                   lambda *_: self.subscribed.set())
        self.device.on("connection", self.on_connection)
        if self.work == "l2cap" and not self.address:
            self.device.create_l2cap_server(CHANNEL, self.on_channel)
        # One report of each packet, as it comes.
        self.device.host.on("advertising_report", self.one_done)
        await self.device.power_on()
        say(f"address {self.device.random_address.to_string(False)}/random")

    def on_connection(self, connection):
        self.connection = connection
        self.connected.set()

    def on_channel(self, channel):
        self.channel = channel
        channel.sink = self.one_done
        self.subscribed.set()

    async def connect(self):
        address, kind = self.address.split("/")
        fast = ConnectionParametersPreferences(
            connection_interval_min=7.5, connection_interval_max=7.5, supervision_timeout=4000)
        self.connection = await self.device.connect(
            hci.Address(address, hci.Address.RANDOM_DEVICE_ADDRESS if kind == "random"
                        else hci.Address.PUBLIC_DEVICE_ADDRESS),
            connection_parameters_preferences={hci.Phy.LE_1M: fast, hci.Phy.LE_2M: fast})
        self.peer = Peer(self.connection)
        await self.peer.request_mtu(MTU)

    async def discover(self):
        await self.peer.discover_services()
        for service in self.peer.services:
            await self.peer.discover_characteristics(service=service)

    async def settled(self):
        """Bumble's host asks for nothing by itself."""
        if self.address:
            await self.connection.set_data_length(OCTETS, TIME_US)
            await self.connection.set_phy([hci.Phy.LE_2M], [hci.Phy.LE_2M])
        end = asyncio.get_running_loop().time() + LIMIT_S
        while True:
            phy = await self.connection.get_phy()
            octets = self.connection.data_length.max_tx_octets
            if (self.connection.att_mtu, octets, phy.tx_phy) == (MTU, OCTETS, PHY_2M):
                break
            assert asyncio.get_running_loop().time() < end, (self.connection.att_mtu, octets, phy)
            await asyncio.sleep(0.05)
        interval = round(self.connection.parameters.connection_interval / 1.25)
        say(f"ready mtu {MTU} octets {octets} phy {phy.tx_phy} interval {interval}")

    async def get_ready(self):
        if self.work == "reports":
            await self.device.start_scanning(active=False, scan_interval=30, scan_window=30)
        elif self.work != "discover":
            if self.address:
                await self.connect()
                await self.discover()
                self.far, = self.peer.get_characteristics_by_uuid(UUID.from_16_bits(0xFA01))
                if self.work == "notify":
                    await self.far.subscribe(self.one_done)
                if self.work == "l2cap":
                    self.on_channel(await self.connection.create_l2cap_channel(CHANNEL))
            else:
                await self.device.start_advertising(auto_restart=False)
                await asyncio.wait_for(self.connected.wait(), LIMIT_S)
                if self.work != "write":
                    await asyncio.wait_for(self.subscribed.wait(), LIMIT_S)
            await self.settled()
            return
        say("ready")

    async def send(self):
        queue = self.connection.data_packet_queue
        for _ in range(self.count):
            if self.work == "l2cap":
                self.channel.write(SDU)
            elif self.address:
                await self.far.write_value(VALUE, with_response=False)
            else:
                await self.device.gatt_server.notify_subscriber(self.connection, self.value, VALUE)
            self.done += 1
            if self.done % QUEUED == 0:
                await queue.drain(self.connection.handle)

    async def visit(self):
        await self.connect()
        await self.discover()
        readable = [c for service in self.peer.services for c in service.characteristics
                    if c.properties & gatt.Characteristic.Properties.READ]
        assert len(readable) >= READABLE, len(readable)
        for characteristic in readable:
            await characteristic.read_value()
        await self.connection.disconnect()
        self.one_done()

    async def go(self):
        self.before, self.done = cpu_us(), 0
        if self.work == "discover":
            while self.done < self.count:
                await self.visit()
        elif self.work in (("write", "l2cap") if self.address else ("notify",)):
            await self.send()

    def stop(self):
        say(f"count {self.done} cpu_us {cpu_us() - self.before}")

    async def run(self):
        await self.start()
        await self.get_ready()
        lines = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
        sending = None
        while line := await lines.readline():
            if line == b"go\n":
                sending = asyncio.create_task(self.go())
            else:
                await sending
                self.stop()


def main():
    if not 3 <= len(sys.argv) <= 4:
        print(__doc__, file=sys.stderr)
        return 2
    asyncio.run(Program(sys.argv[1], int(sys.argv[2]),
                        sys.argv[3] if len(sys.argv) > 3 else None).run())
    return 0


if __name__ == "__main__":
    sys.exit(main())
