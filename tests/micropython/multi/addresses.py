# SPDX-License-Identifier: Apache-2.0
# Address modes: public, random static, resolvable, non-resolvable.

import sys

sys.path.append("lib")

import bluetooth
from recorder import *

ble = bluetooth.BLE()
ble.active(True)


def instance0():
    public = ble.config("mac")
    ble.config(addr_mode=1)
    static = ble.config("mac")
    print(public[0], static[0], static[1][0] >> 6, static != public)
    multitest.globals(BDADDR=static, PUBLIC=public)
    events = Recorder(ble)
    ((handle,),) = ble.gatts_register_services(((SERVICE, ((CHAR, READ),)),))
    ble.gatts_write(handle, "static")
    ble.gap_advertise(20_000, ADV)
    multitest.next()
    events.wait(CENTRAL_CONNECT)
    events.wait(CENTRAL_DISCONNECT)

    # What can be connected to, with an address that changes: the central finds it.
    for mode in (2, 3):
        ble.config(addr_mode=mode)
        try:
            print(ble.config("mac") == public)
        except OSError as er:
            print("errno", er.errno)
        ble.gap_advertise(20_000, ADV)
        multitest.broadcast("mode{}".format(mode))
        print(events.wait(CENTRAL_CONNECT)[2][0] >> 6)
        events.wait(CENTRAL_DISCONNECT)

    ble.config(addr_mode=3)
    ble.gap_advertise(20_000, ADV, connectable=False)
    multitest.broadcast("private")
    multitest.wait("seen")
    ble.config(addr_mode=0)
    print(ble.config("mac") == public)
    ble.gap_advertise(20_000, ADV, connectable=False)
    multitest.broadcast("public")
    multitest.wait("seen")
    for mode in (4, -1):
        try:
            ble.config(addr_mode=mode)
        except OSError as er:
            print("errno", er.errno)
    ble.active(False)


def instance1():
    multitest.next()
    events = Recorder(ble)
    conn = connect(ble, events, BDADDR)
    print(read(ble, events, conn, find(ble, events, conn)))
    ble.gap_disconnect(conn)
    print(events.wait(PERIPHERAL_DISCONNECT)[1:] == BDADDR)
    # We have the mode that the peripheral has.
    for mode in (2, 3):
        ble.config(addr_mode=mode)
        multitest.wait("mode{}".format(mode))
        ble.gap_scan(0, 30_000, 30_000)
        result = events.wait(SCAN_RESULT)
        ble.gap_scan(None)
        print(result[0], result[1][0] >> 6)
        events.queue.clear()
        conn = connect(ble, events, result)
        ble.gap_disconnect(conn)
        events.wait(PERIPHERAL_DISCONNECT)
    ble.config(addr_mode=0)
    for name in ("private", "public"):
        multitest.wait(name)
        ble.gap_scan(0, 30_000, 30_000)
        result = events.wait(SCAN_RESULT)
        ble.gap_scan(None)
        print(result[0], result[2], result[4] == ADV, end=" ")
        print(result[1][0] >> 6 if name == "private" else result[:2] == PUBLIC)
        events.queue.clear()
        multitest.broadcast("seen")
    ble.active(False)
