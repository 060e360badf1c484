# SPDX-License-Identifier: Apache-2.0
# Bluetooth off and on again, with a link up: the peer hears of it at once, and nothing of one life
# shows in the next.

import sys

sys.path.append("lib")

import bluetooth
import time
from recorder import *

CYCLES = 12

ble = bluetooth.BLE()


def instance0():
    multitest.next()
    handles = set()
    for i in range(CYCLES):
        ble.active(True)
        events = Recorder(ble)
        ((handle,),) = ble.gatts_register_services(((SERVICE, ((CHAR, READ | WRITE | NOTIFY),)),))
        handles.add(handle)
        print(i, ble.gatts_read(handle), ble.config("mtu"))
        ble.config(mtu=100)
        ble.gatts_write(handle, "life {}".format(i))
        ble.gap_advertise(20_000, ADV)
        multitest.broadcast("adv {} {} {}".format(i, ble.config("mac")[0], ble.config("mac")[1].hex()))
        events.wait(CENTRAL_CONNECT)
        events.wait(GATTS_WRITE)
        if i % 2:
            events.wait(CENTRAL_DISCONNECT)
        else:
            # The write's response leaves before the link does.
            time.sleep_ms(200)
        # No event comes any more, whatever was going on.
        events.queue.clear()
        ble.active(False)
        print(ble.active(), events.queue)
    print(len(handles))


def instance1():
    multitest.next()
    for i in range(CYCLES):
        line = sys.stdin.readline().split()
        while line[:3] != ["BROADCAST", "adv", str(i)]:
            line = sys.stdin.readline().split()
        address = (int(line[3]), bytes.fromhex(line[4]))
        ble.active(True)
        events = Recorder(ble)
        conn = connect(ble, events, address)
        handle = find(ble, events, conn)
        print(read(ble, events, conn, handle), write(ble, events, conn, handle, "x"))
        start = time.ticks_ms()
        if i % 2:
            ble.gap_disconnect(conn)
        events.wait(PERIPHERAL_DISCONNECT)
        # Well below the supervision timeout of 4 s: it was told.
        print(time.ticks_diff(time.ticks_ms(), start) < 2000)
        ble.active(False)
