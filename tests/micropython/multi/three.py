# SPDX-License-Identifier: Apache-2.0
# A central with two links at once: handles keep them apart, and one ends without the other.

import sys

sys.path.append("lib")

import bluetooth
from recorder import *

ble = bluetooth.BLE()
ble.active(True)


def peripheral(name):
    events = Recorder(ble)
    ((handle,),) = ble.gatts_register_services(((SERVICE, ((CHAR, READ | WRITE | NOTIFY),)),))
    ble.gatts_write(handle, name)
    multitest.next()
    # One after the other: two advertisers at once can make a central's request collide.
    multitest.wait("advertise " + name)
    ble.gap_advertise(20_000, ADV)
    multitest.broadcast("advertising " + name)
    conn = events.wait(CENTRAL_CONNECT)[0]
    for _ in range(3):
        events.wait(GATTS_WRITE)
        ble.gatts_notify(conn, handle, name + ble.gatts_read(handle).decode())
    events.wait(CENTRAL_DISCONNECT)
    print("gone")
    ble.active(False)


def instance0():
    multitest.globals(A=ble.config("mac"))
    peripheral("a")


def instance1():
    multitest.globals(B=ble.config("mac"))
    peripheral("b")


def instance2():
    multitest.next()
    events = Recorder(ble)
    links = []
    for name, address in (("a", A), ("b", B)):
        multitest.broadcast("advertise " + name)
        multitest.wait("advertising " + name)
        links.append(connect(ble, events, address))
    handles = [find(ble, events, conn) for conn in links]
    print(links[0] != links[1], [read(ble, events, c, h) for c, h in zip(links, handles)])
    for i in range(3):
        # Both at once.
        for conn, handle in zip(links, handles):
            ble.gattc_write(conn, handle, "{}".format(i), 1)
        got = {}
        for _ in links:
            conn, _, value = events.wait(GATTC_NOTIFY)
            got[links.index(conn)] = value
        print(sorted(got.items()))
    print(ble.gap_disconnect(links[0]), events.wait(PERIPHERAL_DISCONNECT)[0] == links[0])
    print(read(ble, events, links[1], handles[1]), ble.gap_disconnect(links[0]))
    print(ble.gap_disconnect(links[1]), events.wait(PERIPHERAL_DISCONNECT)[0] == links[1])
    ble.active(False)
