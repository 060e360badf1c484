# SPDX-License-Identifier: Apache-2.0
# What the tests here share: the events' names, and a handler that keeps what comes.

import machine
import time

import bluetooth

CENTRAL_CONNECT = 1
CENTRAL_DISCONNECT = 2
GATTS_WRITE = 3
GATTS_READ_REQUEST = 4
SCAN_RESULT = 5
SCAN_DONE = 6
PERIPHERAL_CONNECT = 7
PERIPHERAL_DISCONNECT = 8
GATTC_SERVICE_RESULT = 9
GATTC_SERVICE_DONE = 10
GATTC_CHARACTERISTIC_RESULT = 11
GATTC_CHARACTERISTIC_DONE = 12
GATTC_DESCRIPTOR_RESULT = 13
GATTC_DESCRIPTOR_DONE = 14
GATTC_READ_RESULT = 15
GATTC_READ_DONE = 16
GATTC_WRITE_DONE = 17
GATTC_NOTIFY = 18
GATTC_INDICATE = 19
GATTS_INDICATE_DONE = 20
MTU_EXCHANGED = 21
L2CAP_ACCEPT = 22
L2CAP_CONNECT = 23
L2CAP_DISCONNECT = 24
L2CAP_RECV = 25
L2CAP_SEND_READY = 26

SERVICE = bluetooth.UUID("a5a5a5a5-ffff-9999-1111-5a5a5a5a5a5a")
CHAR = bluetooth.UUID("00000000-1111-2222-3333-444444444444")

READ, WRITE_CMD, WRITE, NOTIFY, INDICATE = 0x02, 0x04, 0x08, 0x10, 0x20
ADV = b"\x02\x01\x06\x04\xffFAV"


def _own(item):
    # What a handler gets is the stack's; only copies last.
    if isinstance(item, memoryview):
        return bytes(item)
    if isinstance(item, bluetooth.UUID):
        return bluetooth.UUID(bytes(item))
    return item


class Recorder:
    """Keeps events until they are waited for. hook(event, data) runs in the handler."""

    def __init__(self, ble, hook=None):
        self.queue = []
        self.hook = hook
        ble.irq(self._irq)

    def _irq(self, event, data):
        data = tuple(_own(item) for item in data)
        self.queue.append((event, data))
        if self.hook:
            return self.hook(event, data)

    def has(self, event):
        return any(e == event for e, _ in self.queue)

    def count(self, event):
        return sum(e == event for e, _ in self.queue)

    def wait(self, event, timeout_ms=5000):
        start = time.ticks_ms()
        while time.ticks_diff(time.ticks_ms(), start) < timeout_ms:
            for i, (e, data) in enumerate(self.queue):
                if e == event:
                    del self.queue[i]
                    return data
            machine.idle()
        raise ValueError("timeout waiting for {}".format(event))


def connect(ble, events, address, timeout_ms=5000):
    ble.gap_connect(address[0], address[1], timeout_ms)
    return events.wait(PERIPHERAL_CONNECT)[0]


def leave(ble, events, conn):
    """End a link that we made, and Bluetooth."""
    ble.gap_disconnect(conn)
    events.wait(PERIPHERAL_DISCONNECT)
    ble.active(False)


def find(ble, events, conn, uuid=CHAR):
    """The value handle of a characteristic."""
    ble.gattc_discover_characteristics(conn, 1, 0xFFFF, uuid)
    events.wait(GATTC_CHARACTERISTIC_DONE)
    return events.wait(GATTC_CHARACTERISTIC_RESULT)[2]


def read(ble, events, conn, handle, timeout_ms=2000):
    ble.gattc_read(conn, handle)
    status = events.wait(GATTC_READ_DONE, timeout_ms)[2]
    return events.wait(GATTC_READ_RESULT)[2] if status == 0 else status


def write(ble, events, conn, handle, value):
    ble.gattc_write(conn, handle, value, 1)
    return events.wait(GATTC_WRITE_DONE)[2]
