# SPDX-License-Identifier: Apache-2.0
# Both sides send as fast as they can, and are told when they cannot: nothing is lost, nothing comes
# twice or out of order.

import sys

sys.path.append("lib")

import errno
import struct

import bluetooth
from recorder import *

COUNT = 400

ble = bluetooth.BLE()
ble.active(True)


def send_all(call, conn, handle):
    refused = False
    for n in range(COUNT):
        while True:
            try:
                call(conn, handle, struct.pack("<H", n) * 10)
                break
            except OSError as er:
                if er.errno != errno.ENOMEM:
                    raise
                refused = True
    # The other way, too, the program is told rather than made to wait.
    print("sent", refused)


def check(got):
    print("got", len(got), got == [struct.pack("<H", n) * 10 for n in range(COUNT)])


def instance0():
    multitest.globals(BDADDR=ble.config("mac"))
    got = []

    def hook(event, data):
        if event == GATTS_WRITE:
            got.append(ble.gatts_read(data[1]))

    events = Recorder(ble, hook)
    ((rx, tx),) = ble.gatts_register_services(
        ((SERVICE, ((bluetooth.UUID(1), WRITE_CMD), (CHAR, NOTIFY))),)
    )
    ble.gap_advertise(20_000, ADV)
    multitest.next()
    conn = events.wait(CENTRAL_CONNECT)[0]
    multitest.wait("go")
    send_all(ble.gatts_notify, conn, tx)
    multitest.broadcast("all notified")
    multitest.wait("all written")
    time.sleep_ms(500)
    check(got)
    ble.gap_disconnect(conn)
    events.wait(CENTRAL_DISCONNECT)
    ble.active(False)


def instance1():
    multitest.next()
    got = []

    def hook(event, data):
        if event == GATTC_NOTIFY:
            got.append(data[2])

    events = Recorder(ble, hook)
    conn = connect(ble, events, BDADDR)
    rx = find(ble, events, conn, bluetooth.UUID(1))
    multitest.broadcast("go")
    send_all(ble.gattc_write, conn, rx)
    multitest.broadcast("all written")
    multitest.wait("all notified")
    events.wait(PERIPHERAL_DISCONNECT)
    check(got)
    ble.active(False)
