# SPDX-License-Identifier: Apache-2.0
"""Bumble's host."""

import asyncio

from bumble import att, core, hci
from bumble.device import (AdvertisingEventProperties, AdvertisingParameters,
                           ConnectionParametersPreferences, Device, Peer)
from bumble.gatt import Characteristic, Service
from bumble.gatt_client import Client
from bumble.l2cap import L2capError, LeCreditBasedChannelSpec
from bumble.keys import JsonKeyStore
from bumble.pairing import OobContext, OobLegacyContext, OobSharedData, PairingConfig
from bumble.pairing import PairingDelegate
from bumble.transport import open_transport

from peers import FLAGS, KINDS, LIMIT_S, LONG_VALUE, NAME, Inbox, Pairing, Refused

# Event types of LE Extended Advertising Report for legacy PDUs, in those of the legacy report.
LEGACY_TYPES = {0x13: 0, 0x15: 1, 0x12: 2, 0x10: 3, 0x1a: 4, 0x1b: 4}

# The shortest interval, for most of what is tested takes a number of them.
# On 2M too, on which our host's extended advertising goes on.
FAST = {phy: ConnectionParametersPreferences(
    connection_interval_min=7.5, connection_interval_max=7.5, supervision_timeout=4000)
        for phy in (hci.Phy.LE_1M, hci.Phy.LE_2M)}

IO = {
    "none": PairingDelegate.NO_OUTPUT_NO_INPUT,
    "display": PairingDelegate.DISPLAY_OUTPUT_ONLY,
    "yesno": PairingDelegate.DISPLAY_OUTPUT_AND_YES_NO_INPUT,
    "keyboard": PairingDelegate.KEYBOARD_INPUT_ONLY,
    "all": PairingDelegate.DISPLAY_OUTPUT_AND_KEYBOARD_INPUT,
}


class User(PairingDelegate):
    """What it is shown is put into seen; what it is asked for is taken from answers."""

    def __init__(self, io):
        super().__init__(IO[io])
        self.seen, self.answers = Inbox("bumble's user"), asyncio.Queue()

    async def display_number(self, number, digits):
        self.seen.put(("shown", number))

    async def compare_numbers(self, number, digits):
        self.seen.put(("numbers", number))
        return await self.answers.get()

    async def get_number(self):
        return await self.answers.get()

    async def generate_passkey(self):
        # Bumble takes 0, which is one in a million, for no passkey.
        return await super().generate_passkey() or 1


class KeepingDevice(Device):
    """Bumble's, which as peripheral looks up a legacy bond's wrong key: the one that it got from the
    central, in the place of the one that it gave (Core 6.0 Vol 3 Part H 2.4.4.2)."""

    async def get_long_term_key(self, connection_handle, rand, ediv):
        connection = self.lookup_connection(connection_handle)
        key = self.smp_manager.get_long_term_key(connection, rand, ediv)
        bond = await self.keystore.get(str(connection.peer_address))
        if key is None and bond and bond.ltk_central and connection.role == hci.Role.PERIPHERAL:
            return bond.ltk_central.value
        return await super().get_long_term_key(connection_handle, rand, ediv)


class Bumble:
    """A Device of Bumble's."""

    name = "bumble"

    def __init__(self, url, address, store=None, private=False):
        """With private, it is on the air by resolvable private addresses."""
        self.url, self.random, self.store, self.private = url, address, store, private
        self.address = f"{address}/random"
        self.reports, self.links = Inbox("bumble"), Inbox("bumble")
        self.writes, self.subscriptions = Inbox("bumble"), Inbox("bumble")
        self.channels = Inbox("bumble")
        self.connecting = None
        self.user = User("none")
        # The address with which it connects and advertises: Bumble would take the public one.
        self.pairing_config = {"mitm": False, "identity_address_type":
                               PairingConfig.AddressType.RANDOM}
        self.oob_context = None

    async def start(self):
        self.transport = await open_transport(self.url.replace("tcp:", "tcp-client:", 1)
                                              .replace("unix:", "unix-client:", 1))
        self.device = KeepingDevice.with_hci("bumble", hci.Address(self.random), self.transport.source,
                                      self.transport.sink)
        if self.private:
            self.device.le_privacy_enabled = True
            self.device.irk = bytes.fromhex(self.random.replace(":", "")).ljust(16, b"k")
        if self.store:
            self.device.keystore = JsonKeyStore(None, str(self.store))
        self.device.pairing_config_factory = lambda connection: PairingConfig(
            delegate=self.user, **self.pairing_config)
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
        event_type = int(report.event_type)
        if self.extended:
            event_type = LEGACY_TYPES.get(event_type, event_type)
        self.reports.put((f"{address}/{kind}", event_type, bytes(report.data)))

    @property
    def extended(self):
        """Whether Bumble uses the extended advertising commands: then all must be of these."""
        return self.device.supports_le_extended_advertising

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
        if self.extended:
            await self.device.create_advertising_set(AdvertisingParameters(
                AdvertisingEventProperties(is_connectable=True, is_scannable=True, is_legacy=True),
                30, 30, advertising_filter_policy=2), self.device.random_address, FLAGS)
            return
        await self.send(hci.HCI_LE_Set_Advertising_Parameters_Command(
            advertising_interval_min=48, advertising_interval_max=48, advertising_type=0,
            own_address_type=1, peer_address_type=0, peer_address=hci.Address.ANY,
            advertising_channel_map=7, advertising_filter_policy=2))
        await self.send(hci.HCI_LE_Set_Advertising_Data_Command(advertising_data=FLAGS))
        await self.send(hci.HCI_LE_Set_Advertising_Enable_Command(advertising_enable=1))

    async def advertise_extended(self, data):
        await self.device.create_advertising_set(
            AdvertisingParameters(AdvertisingEventProperties(is_connectable=True), 30, 30),
            self.device.random_address, bytes([len(data) + 1, 0xFF]) + data)

    async def extended_report(self, address):
        # Connectable, whole.
        return await self.report(address, 1)

    async def stop_advertising(self):
        await self.device.stop_advertising()

    async def scan(self, mode):
        if mode != "filtered":
            await self.device.start_scanning(active=mode == "active", scan_interval=30,
                                             scan_window=30)
            return
        if self.extended:
            await self.send(hci.HCI_LE_Set_Extended_Scan_Parameters_Command(
                own_address_type=1, scanning_filter_policy=1, scanning_phys=1, scan_types=[0],
                scan_intervals=[48], scan_windows=[48]))
            await self.send(hci.HCI_LE_Set_Extended_Scan_Enable_Command(
                enable=1, filter_duplicates=0, duration=0, period=0))
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
            self.device.connect(self._address(address), timeout=None,
                                connection_parameters_preferences=FAST))
        # It ends as a link or as a failure; both are put where they are looked for.
        self.connecting.add_done_callback(lambda task: task.cancelled() or task.exception())
        # Bumble does not tell when the controller has taken the command.
        while not (self.device.is_le_connecting or self.connecting.done()):
            await asyncio.sleep(0)

    async def start_connect_accepted(self):
        command = hci.HCI_LE_Create_Connection_Command(
            le_scan_interval=48, le_scan_window=48, initiator_filter_policy=1, peer_address_type=0,
            peer_address=hci.Address.ANY, own_address_type=1, connection_interval_min=6,
            connection_interval_max=6, max_latency=0, supervision_timeout=400, min_ce_length=0,
            max_ce_length=0)
        if self.extended:
            command = hci.HCI_LE_Extended_Create_Connection_Command(
                initiator_filter_policy=1, own_address_type=1, peer_address_type=0,
                peer_address=hci.Address.ANY, initiating_phys=1, scan_intervals=[48],
                scan_windows=[48], connection_interval_mins=[6], connection_interval_maxs=[6],
                max_latencies=[0], supervision_timeouts=[400], min_ce_lengths=[0],
                max_ce_lengths=[0])
        await self.device.send_async_command(command)
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

    async def serve_bearers(self):
        self.device.gatt_server.register_eatt()

    async def security(self, io="none", secure_connections=True, bonding=True):
        self.user = User(io)
        self.pairing_config.update(sc=secure_connections, bonding=bonding, mitm=io != "none")

    async def oob_data(self):
        self.oob_context = OobContext()
        self._set_oob(None)
        shared = self.oob_context.share()
        return shared.r, shared.c

    async def take_oob_data(self, data):
        self._set_oob(OobSharedData(c=data[1], r=data[0]))

    def _set_oob(self, peer_data):
        self.oob_context = self.oob_context or OobContext()
        self.pairing_config["oob"] = PairingConfig.OobConfig(
            our_context=self.oob_context, peer_data=peer_data, legacy_context=None)

    async def take_oob_key(self, key):
        self.pairing_config["oob"] = PairingConfig.OobConfig(
            our_context=None, peer_data=None, legacy_context=OobLegacyContext(tk=key))

    async def listen(self, psm, level=0, mtu=1024, credits=0, hold=False):
        assert level == 0 and not hold, "Bumble's channels have neither"
        self.device.create_l2cap_server(channel_spec(psm, mtu, credits),
                                        lambda channel: self.channels.put(
                                            BumbleChannel(channel)))

    async def channel(self):
        return await self.channels.take(lambda channel: channel, "channel")

    async def unpair(self, address):
        await self.device.keystore.delete(str(self._address(address)))

    async def bonds(self):
        found = set()
        for name, keys in await self.device.keystore.get_all():
            kind = "public" if keys.address_type in (0, 2) else "random"
            found.add(f"{name.split('/')[0]}/{kind}")
        return found

    async def restart(self):
        await self.device.power_off()
        # Bumble would remove the set that the reset has removed.
        self.device.legacy_advertising_set = None
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
                     "connection_data_length_change", "pairing", "pairing_failure",
                     "security_request", "connection_encryption_change",
                     "connection_encryption_failure"):
            connection.on(name, lambda *args, name=name: self.events.put((name, args)))
        self.tasks = []

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

    async def open_bearers(self, count):
        clients = await self._l2cap(Client.connect_eatt(self.connection, count=count))
        return [BumbleBearer(self, client) for client in
                (clients if isinstance(clients, list) else [clients])]

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

    async def start_pairing(self, authenticated=False):
        """As peripheral: ask the central for it."""
        if self.connection.role == hci.Role.PERIPHERAL:
            self.connection.request_pairing()
        else:
            task = asyncio.create_task(self.connection.pair())
            # What comes of it is told by events.
            task.add_done_callback(lambda task: task.cancelled() or task.exception())
            self.tasks.append(task)

    async def security_wanted(self):
        """The peripheral's request, which Bumble leaves to its application."""
        await self._event("security_request")

    async def pairing(self):
        name, args = await self.events.take(
            lambda e: e if e[0] in ("pairing", "pairing_failure") else None, "end of pairing")
        if name == "pairing_failure":
            raise Refused(int(args[0]), "pairing")
        keys = args[0]
        session = self.device.device.smp_manager.sessions[self.connection.handle]
        return Pairing((keys.ltk or keys.ltk_central).authenticated, self.connection.sc,
                       session.bonding)

    async def pairing_failure(self):
        return int((await self._event("pairing_failure"))[0])

    async def _seen(self, what):
        return await self.device.user.seen.take(
            lambda item: item[1] if item[0] == what else None, what)

    async def shown(self):
        return await self._seen("shown")

    async def numbers(self):
        return await self._seen("numbers")

    async def type_passkey(self, passkey):
        self.device.user.answers.put_nowait(passkey)

    async def answer(self, same):
        self.device.user.answers.put_nowait(same)

    async def open_channel(self, psm, mtu=1024, credits=0):
        return BumbleChannel(await self._l2cap(self.connection.create_l2cap_channel(
            channel_spec(psm, mtu, credits))))

    async def open_channels(self, psm, count, mtu=1024, credits=0):
        manager = self.device.device.l2cap_channel_manager
        return [BumbleChannel(channel) for channel in await self._l2cap(
            manager.create_enhanced_credit_based_channels(
                self.connection, channel_spec(psm, mtu, credits), count))]

    async def _l2cap(self, awaitable):
        try:
            return await asyncio.wait_for(awaitable, LIMIT_S)
        except L2capError as error:
            raise Refused(int(error.error_code), "channel") from None

    async def encrypt(self):
        try:
            await asyncio.wait_for(self.connection.encrypt(), LIMIT_S)
        except hci.HCI_Error as error:
            raise Refused(int(error.error_code), "encryption") from None

    async def encrypted(self):
        await self._event("connection_encryption_change")
        assert self.connection.is_encrypted

    async def disconnect(self):
        await asyncio.wait_for(self.connection.disconnect(), LIMIT_S)

    async def disconnected(self):
        reason, = await self._event("disconnection")
        return int(reason)


class BumbleBearer:
    def __init__(self, link, client):
        self.link, self.client = link, client

    async def read(self, handle):
        return bytes(await self.link._att(self.client.read_value(handle)))


def channel_spec(psm, mtu, credits):
    return LeCreditBasedChannelSpec(psm=psm, mtu=mtu, mps=min(mtu, 247),
                                    max_credits=credits or 16)


def counting(size, first_byte):
    return bytes((first_byte + i) & 0xFF for i in range(size))


class BumbleChannel:
    """What is sent counts up from a first byte."""

    def __init__(self, channel):
        self.channel, self.received = channel, Inbox("bumble's channel")
        self.tx_mtu = channel.peer_mtu
        channel.sink = self.received.put
        channel.on("close", lambda: self.received.put(None))

    async def send(self, size, first_byte):
        """Bumble joins what is written to SDUs as long as they may be: one that fills it is one."""
        self.channel.write(counting(size, first_byte))

    async def sent(self):
        await asyncio.wait_for(self.channel.drain(), LIMIT_S)

    async def sdu(self):
        data = await self.received.take(lambda item: item, "SDU")
        assert data == counting(len(data), data[0])
        return len(data), data[0]

    async def close(self):
        await asyncio.wait_for(self.channel.disconnect(), LIMIT_S)

    async def closed(self):
        if self.channel.state != self.channel.State.DISCONNECTED:
            await self.received.take(lambda item: True if item is None else None, "close")
