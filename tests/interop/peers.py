# SPDX-License-Identifier: Apache-2.0
"""Two hosts behind one interface: Bumble's in this process, ours in a process of its own.

Each serves the same service: 1a00 with 2a01 (read, write, up to 512 bytes), 2a02 (notify, indicate)
and 2a03 (300 bytes to read). Addresses are "AA:BB:CC:DD:EE:FF/random" or "/public", attributes are
handles, kinds of reports are the event types of Core 6.0 Vol 4 Part E 7.7.65.2.
"""

import asyncio
import os
import re

from bumble import att, core, hci
from bumble.device import AdvertisingType, Device, Peer
from bumble.gatt import Characteristic, Service
from bumble.transport import open_transport

# How long anything may take; far more than it does, since machines are busy.
LIMIT_S = 10

FLAGS = bytes.fromhex("020106")
NAME = b"\x09\x09favonius"
LONG_VALUE = bytes(i & 0xFF for i in range(300))

ADV_IND, ADV_DIRECT_IND, ADV_SCAN_IND, ADV_NONCONN_IND, SCAN_RSP = range(5)

KINDS = {
    "connectable": (AdvertisingType.UNDIRECTED_CONNECTABLE_SCANNABLE, ADV_IND),
    "scannable": (AdvertisingType.UNDIRECTED_SCANNABLE, ADV_SCAN_IND),
    "nonconnectable": (AdvertisingType.UNDIRECTED, ADV_NONCONN_IND),
    "directed": (AdvertisingType.DIRECTED_CONNECTABLE_HIGH_DUTY, ADV_DIRECT_IND),
    "directed-low": (AdvertisingType.DIRECTED_CONNECTABLE_LOW_DUTY, ADV_DIRECT_IND),
}


class Refused(Exception):
    """A number says why: an HCI status, an ATT error, an errno of our device."""

    def __init__(self, code, what=""):
        super().__init__(f"{what} {code}".strip())
        self.code = code


class Inbox:
    """What has arrived and nobody has taken yet."""

    def __init__(self, name):
        self.name = name
        self.items = []
        self.arrived = asyncio.Event()

    def put(self, item):
        self.items.append(item)
        self.arrived.set()

    async def take(self, wanted, what, limit=LIMIT_S):
        """The first item for which wanted() returns something: that."""
        async def search():
            while True:
                for item in self.items:
                    found = wanted(item)
                    if found is not None:
                        self.items.remove(item)
                        return found
                self.arrived.clear()
                await self.arrived.wait()
        try:
            return await asyncio.wait_for(search(), limit)
        except asyncio.TimeoutError:
            raise AssertionError(f"{self.name}: no {what}; there were {self.items[-20:]}") from None


def as_hex(data):
    return data.hex() or "-"


def from_hex(text):
    return b"" if text == "-" else bytes.fromhex(text)


# ---- Ours ----


class Ours:
    """tests/interop/device.c."""

    name = "ours"

    def __init__(self, program, url, env=None):
        self.program, self.url, self.env = program, url, env or {}
        self.inbox = Inbox("ours")
        self.process = self.reader = None
        self.log = []

    async def start(self):
        env = {k: v for k, v in os.environ.items() if not k.startswith("FAVONIUS_")}
        env.update(self.env, FAVONIUS_HCI=self.url)
        self.process = await asyncio.create_subprocess_exec(
            self.program, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT, env=env)
        self.reader = asyncio.create_task(self._read())
        await self.do("on")
        self.address, = await self.expect(r"address (\S+)")
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

    async def refuse_params(self):
        await self.do("refuse-params")

    async def restart(self):
        """Off and on: the controller is reset."""
        await self.do("off")
        await self.do("on")
        self.address, = await self.expect(r"address (\S+)")


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

    async def disconnect(self):
        await self.device.do("disconnect", self.index)

    async def disconnected(self):
        return int((await self._end(r"disconnected # (\d+)"))[0])


# ---- Bumble's ----


class Bumble:
    """A Device of Bumble's."""

    name = "bumble"

    def __init__(self, url, address):
        self.url, self.random = url, address
        self.address = f"{address}/random"
        self.reports, self.links = Inbox("bumble"), Inbox("bumble")
        self.writes, self.subscriptions = Inbox("bumble"), Inbox("bumble")
        self.connecting = None

    async def start(self):
        self.transport = await open_transport(self.url.replace("tcp:", "tcp-client:", 1)
                                              .replace("unix:", "unix-client:", 1))
        self.device = Device.with_hci("bumble", hci.Address(self.random), self.transport.source,
                                      self.transport.sink)
        self.device.advertising_interval_min = self.device.advertising_interval_max = 30
        properties = Characteristic.Properties
        self.value = Characteristic(
            "2A01", properties.READ | properties.WRITE | properties.WRITE_WITHOUT_RESPONSE,
            Characteristic.READABLE | Characteristic.WRITEABLE, b"hello")
        self.value.on("write", lambda bearer, data: self.writes.put(bytes(data)))
        self.pushed = Characteristic("2A02", properties.NOTIFY | properties.INDICATE, 0, b"")
        long_value = Characteristic("2A03", properties.READ, Characteristic.READABLE, LONG_VALUE)
        self.device.add_service(Service("1A00", [self.value, self.pushed, long_value]))
        self.device.host.on("advertising_report", self._on_report)
        self.device.on("connection", self._on_connection)
        self.device.on("connection_failure", self.links.put)
        self.device.gatt_server.on(
            "characteristic_subscription",
            lambda bearer, characteristic, notify, indicate: self.subscriptions.put(
                notify | indicate << 1))
        await self.device.power_on()
        return self

    async def stop(self):
        if self.connecting:
            self.connecting.cancel()
        await self.transport.close()

    def _on_report(self, report):
        kind = "public" if report.address.is_public else "random"
        address = report.address.to_string(False)
        self.reports.put((f"{address}/{kind}", int(report.event_type), bytes(report.data)))

    def _on_connection(self, connection):
        self.links.put(BumbleLink(self, connection))

    @staticmethod
    def _address(text):
        address, kind = text.split("/")
        return hci.Address(address, hci.Address.PUBLIC_DEVICE_ADDRESS if kind == "public" else
                           hci.Address.RANDOM_DEVICE_ADDRESS)

    async def send(self, command):
        """A command that Bumble's Device has no call for."""
        await self.device.send_sync_command(command)

    async def advertise(self, kind, target=None):
        if kind == "filtered":
            await self._advertise_filtered()
            return
        await self.device.start_advertising(
            KINDS[kind][0], target and self._address(target), advertising_data=FLAGS,
            scan_response_data=NAME)

    async def _advertise_filtered(self):
        await self.send(hci.HCI_LE_Set_Advertising_Parameters_Command(
            advertising_interval_min=48, advertising_interval_max=48, advertising_type=0,
            own_address_type=1, peer_address_type=0, peer_address=hci.Address.ANY,
            advertising_channel_map=7, advertising_filter_policy=2))
        await self.send(hci.HCI_LE_Set_Advertising_Data_Command(advertising_data=FLAGS))
        await self.send(hci.HCI_LE_Set_Advertising_Enable_Command(advertising_enable=1))

    async def stop_advertising(self):
        await self.device.stop_advertising()

    async def scan(self, mode):
        if mode != "filtered":
            await self.device.start_scanning(active=mode == "active", scan_interval=30,
                                             scan_window=30)
            return
        await self.send(hci.HCI_LE_Set_Scan_Parameters_Command(
            le_scan_type=0, le_scan_interval=48, le_scan_window=48, own_address_type=1,
            scanning_filter_policy=1))
        await self.send(hci.HCI_LE_Set_Scan_Enable_Command(le_scan_enable=1, filter_duplicates=0))

    async def stop_scan(self):
        await self.device.stop_scanning()

    async def report(self, address, kind):
        return await self.reports.take(
            lambda r: r[2] if r[:2] == (address, kind) else None, f"report {address} {kind}")

    def reported(self):
        return {address for address, _, _ in self.reports.items}

    async def accept(self, address):
        address = self._address(address)
        await self.send(hci.HCI_LE_Add_Device_To_Filter_Accept_List_Command(
            address_type=address.address_type, address=address))

    async def start_connect(self, address):
        self.connecting = asyncio.create_task(
            self.device.connect(self._address(address), timeout=None))
        # It ends as a link or as a failure; both are put where they are looked for.
        self.connecting.add_done_callback(lambda task: task.cancelled() or task.exception())
        # Bumble does not tell when the controller has taken the command.
        while not (self.device.is_le_connecting or self.connecting.done()):
            await asyncio.sleep(0)

    async def start_connect_accepted(self):
        await self.device.send_async_command(hci.HCI_LE_Create_Connection_Command(
            le_scan_interval=48, le_scan_window=48, initiator_filter_policy=1, peer_address_type=0,
            peer_address=hci.Address.ANY, own_address_type=1, connection_interval_min=12,
            connection_interval_max=24, max_latency=0, supervision_timeout=400, min_ce_length=0,
            max_ce_length=0))
        self.device.le_connecting = True
        self.device.connect_own_address_type = hci.OwnAddressType.RANDOM

    async def cancel(self):
        if self.connecting.done():
            raise AssertionError(f"nothing to cancel: {self.connecting}")
        await self.device.cancel_connection()
        return await self.links.take(lambda e: getattr(e, "error_code", None), "failure")

    async def link(self, role):
        wanted = hci.Role.CENTRAL if role == "central" else hci.Role.PERIPHERAL
        return await self.links.take(
            lambda l: l if isinstance(l, BumbleLink) and l.connection.role == wanted else None,
            f"{role} link")

    async def subscribers(self, flags):
        await self.subscriptions.take(lambda s: True if s == flags else None, f"CCC {flags}")

    async def stored(self):
        # Bumble joins the parts of a long write itself.
        return 0, await self.writes.take(lambda w: w, "write")

    async def notify(self, data):
        await self.device.notify_subscribers(self.pushed, data)

    async def indicate(self, data):
        await asyncio.wait_for(self.device.indicate_subscribers(self.pushed, data), LIMIT_S)

    async def restart(self):
        await self.device.power_off()
        await self.device.power_on()


def uuid_text(uuid):
    return uuid.to_bytes()[::-1].hex()


class BumbleLink:
    def __init__(self, device, connection):
        self.device, self.connection = device, connection
        self.gatt = Peer(connection)
        self.events, self.values = Inbox("bumble"), Inbox("bumble")
        for name in ("disconnection", "connection_parameters_update",
                     "connection_parameters_update_failure", "connection_phy_update",
                     "connection_phy_update_failure",
                     "connection_data_length_change"):
            connection.on(name, lambda *args, name=name: self.events.put((name, args)))

    async def settled(self):
        """Bumble's host does nothing by itself."""

    @property
    def peer(self):
        address = self.connection.peer_address
        return f"{address.to_string(False)}/{'public' if address.is_public else 'random'}"

    async def _event(self, name, accept=lambda: True):
        return await self.events.take(
            lambda e: e[1] if e[0] == name and accept() else None, name)

    async def _att(self, awaitable):
        try:
            return await asyncio.wait_for(awaitable, LIMIT_S)
        except att.ATT_Error as error:
            raise Refused(int(error.error_code), "ATT error") from None

    async def mtu(self):
        return await self._att(self.gatt.request_mtu(517))

    async def services(self):
        await self._att(self.gatt.discover_services())
        return {uuid_text(s.uuid): (s.handle, s.end_group_handle) for s in self.gatt.services}

    async def characteristics(self):
        await self.services()
        await self._att(self.gatt.discover_characteristics())
        return {uuid_text(c.uuid): (c.handle, int(c.properties))
                for s in self.gatt.services for c in s.characteristics}

    async def descriptors(self):
        await self.characteristics()
        found = {}
        for service in self.gatt.services:
            for characteristic in service.characteristics:
                for d in await self._att(self.gatt.discover_descriptors(characteristic)):
                    found[d.handle] = uuid_text(d.type)
        return found

    async def read(self, handle):
        return bytes(await self._att(self.gatt.read_value(handle)))

    async def write(self, handle, data):
        await self._att(self.gatt.write_value(handle, data, with_response=True))

    async def write_long(self, handle, data):
        """By hand, so that it does not hang on which writes Bumble's client calls long."""
        client, size = self.gatt.gatt_client, self.connection.att_mtu - 5
        for offset in range(0, len(data), size):
            response = await client.send_request(att.ATT_Prepare_Write_Request(
                attribute_handle=handle, value_offset=offset,
                part_attribute_value=data[offset:offset + size]))
            if response.op_code == att.Opcode.ATT_ERROR_RESPONSE:
                raise Refused(int(response.error_code), "ATT error")
            assert response.part_attribute_value == data[offset:offset + size]
        response = await client.send_request(att.ATT_Execute_Write_Request(flags=1))
        if response.op_code == att.Opcode.ATT_ERROR_RESPONSE:
            raise Refused(int(response.error_code), "ATT error")

    async def command(self, handle, data):
        await self._att(self.gatt.write_value(handle, data, with_response=False))

    async def _pushed(self):
        await self.characteristics()
        return self.gatt.get_characteristics_by_uuid(core.UUID("2A02"))[0]

    async def subscribe(self, kind):
        self.subscription = await self._pushed()
        await self._att(self.subscription.subscribe(
            lambda data: self.values.put((kind, bytes(data))), prefer_notify=kind == "notify"))

    async def unsubscribe(self):
        await self._att(self.subscription.unsubscribe())

    async def value(self, kind):
        return await self.values.take(lambda v: v[1] if v[0] == kind else None, kind)

    async def set_phy(self, phy):
        await self.connection.set_phy([hci.Phy(phy)], [hci.Phy(phy)])

    async def phy(self, phy):
        while tuple(await self._event("connection_phy_update")) == ():
            pass
        seen = await self.connection.get_phy()
        while (seen.tx_phy, seen.rx_phy) != (phy, phy):
            await self._event("connection_phy_update")
            seen = await self.connection.get_phy()

    async def set_data_length(self, size):
        await self.connection.set_data_length(size, 2120)

    async def data_length(self, direction, size):
        def seen():
            lengths = self.connection.data_length
            return (lengths.max_tx_octets if direction == "tx" else lengths.max_rx_octets) == size
        if not seen():
            await self._event("connection_data_length_change", seen)

    async def update_params(self, interval, latency, timeout):
        await asyncio.wait_for(self.connection.update_parameters(
            interval * 1.25, interval * 1.25, latency, timeout * 10,
            use_l2cap=False), LIMIT_S)

    async def update_params_l2cap(self, interval, latency, timeout):
        await asyncio.wait_for(self.connection.update_parameters(
            interval * 1.25, interval * 1.25, latency, timeout * 10, use_l2cap=True), LIMIT_S)

    async def params(self, interval, latency, timeout):
        def seen():
            p = self.connection.parameters
            return ((p.connection_interval, p.peripheral_latency, p.supervision_timeout) ==
                    (interval * 1.25, latency, timeout * 10))
        if not seen():
            await self._event("connection_parameters_update", seen)

    async def remote(self):
        features = await asyncio.wait_for(self.connection.get_remote_le_features(), LIMIT_S)
        # Bumble's host does nothing with this event.
        host = self.device.device.host
        versions = Inbox("bumble")
        host.on_hci_read_remote_version_information_complete_event = versions.put
        await self.device.device.send_async_command(
            hci.HCI_Read_Remote_Version_Information_Command(
                connection_handle=self.connection.handle))
        event = await versions.take(lambda e: e, "version")
        assert event.status == 0
        return event.version, int(features)

    async def rssi(self):
        return await self.connection.get_rssi()

    async def disconnect(self):
        await asyncio.wait_for(self.connection.disconnect(), LIMIT_S)

    async def disconnected(self):
        reason, = await self._event("disconnection")
        return int(reason)
