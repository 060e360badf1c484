# SPDX-License-Identifier: Apache-2.0
# What is stored for a value: buffers, appending, cutting, empty values, refused reads, long values.

import sys

sys.path.append("lib")

import bluetooth
import time
from recorder import *

OTHER = bluetooth.UUID(0x2A6E)
DENIED = bluetooth.UUID(0x2A6F)
DESC = bluetooth.UUID(0x2901)
INSUFFICIENT_AUTHORIZATION = 8

ble = bluetooth.BLE()
ble.active(True)


def instance0():
    multitest.globals(BDADDR=ble.config("mac"))

    def hook(event, data):
        if event == GATTS_READ_REQUEST and data[1] == denied:
            return INSUFFICIENT_AUTHORIZATION

    events = Recorder(ble, hook)
    ((value, desc, other, denied),) = ble.gatts_register_services(
        (
            (
                SERVICE,
                (
                    (CHAR, READ | WRITE | WRITE_CMD, ((DESC, READ | WRITE),)),
                    (OTHER, READ | WRITE | NOTIFY),
                    (DENIED, READ),
                ),
            ),
        )
    )
    ble.gap_advertise(20_000, ADV)
    multitest.next()
    events.wait(CENTRAL_CONNECT)

    # The default buffer takes 20 bytes; a local write makes it as large as it needs.
    events.wait(GATTS_WRITE)
    print(ble.gatts_read(value))
    ble.gatts_set_buffer(value, 30)
    multitest.broadcast("30")
    events.wait(GATTS_WRITE)
    print(ble.gatts_read(value), ble.gatts_read(value))
    ble.gatts_set_buffer(value, 10, True)
    multitest.broadcast("append")
    for _ in range(3):
        events.wait(GATTS_WRITE)
    print(ble.gatts_read(value), ble.gatts_read(value))
    print(ble.gatts_write(other, bytes(range(40))))
    multitest.broadcast("long")
    events.wait(GATTS_WRITE)
    print(ble.gatts_read(desc))
    events.wait(CENTRAL_DISCONNECT)
    ble.active(False)


def instance1():
    multitest.next()
    events = Recorder(ble)
    conn = connect(ble, events, BDADDR)
    value = find(ble, events, conn)
    other = find(ble, events, conn, OTHER)
    denied = find(ble, events, conn, DENIED)
    print(read(ble, events, conn, value))
    ble.config(mtu=100)
    ble.gattc_exchange_mtu(conn)
    print(events.wait(MTU_EXCHANGED)[1])
    print(write(ble, events, conn, value, b"0123456789" * 3))
    multitest.wait("30")
    print(write(ble, events, conn, value, b"0123456789" * 3))
    multitest.wait("append")
    print(write(ble, events, conn, value, b"abcd"))
    ble.gattc_write(conn, value, b"efgh")
    print(write(ble, events, conn, value, b"ijkl"))
    multitest.wait("long")
    print(read(ble, events, conn, other))
    print(read(ble, events, conn, denied))
    print(write(ble, events, conn, denied, b"x"))
    print(read(ble, events, conn, 0xFFF0))
    # Descriptors of one characteristic, and of one that has none.
    ble.gattc_discover_descriptors(conn, value, value + 1)
    events.wait(GATTC_DESCRIPTOR_DONE)
    desc = events.wait(GATTC_DESCRIPTOR_RESULT)
    print(desc[1] - value, desc[2])
    ble.gattc_discover_descriptors(conn, denied, denied)
    print(events.wait(GATTC_DESCRIPTOR_DONE)[1], events.has(GATTC_DESCRIPTOR_RESULT))
    print(write(ble, events, conn, desc[1], b"name"))
    leave(ble, events, conn)
