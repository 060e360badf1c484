# SPDX-License-Identifier: Apache-2.0
# Each request gets its end exactly once, also when the link goes away under it.

import sys

sys.path.append("lib")

import bluetooth
import time
from recorder import *

ble = bluetooth.BLE()
ble.active(True)


def instance0():
    multitest.globals(BDADDR=ble.config("mac"))
    events = Recorder(ble)
    ((handle,),) = ble.gatts_register_services(((SERVICE, ((CHAR, READ | WRITE | INDICATE),)),))
    for i in range(2):
        ble.gap_advertise(20_000, ADV)
        if i == 0:
            multitest.next()
        conn = events.wait(CENTRAL_CONNECT)[0]
        multitest.broadcast("linked {}".format(i))
        multitest.wait("go {}".format(i))
        for n in range(3):
            ble.gatts_indicate(conn, handle, "{}".format(n))
        if i == 1:
            print(ble.gap_disconnect(conn))
        events.wait(CENTRAL_DISCONNECT)
        time.sleep_ms(100)
        ends = [data for event, data in events.queue if event == GATTS_INDICATE_DONE]
        print(len(ends), all(data[:2] == (conn, handle) for data in ends))
        print([data[2] == 0 for data in ends] if i == 0 else any(data[2] for data in ends))
        events.queue.clear()
        # The link is gone.
        print(ble.gap_disconnect(conn))
        try:
            ble.gatts_notify(conn, handle, "x")
        except OSError as er:
            print("errno", er.errno)
    ble.active(False)


def instance1():
    multitest.next()
    events = Recorder(ble)
    for i in range(2):
        conn = connect(ble, events, BDADDR)
        multitest.wait("linked {}".format(i))
        handle = find(ble, events, conn)
        multitest.broadcast("go {}".format(i))
        if i == 0:
            for _ in range(3):
                events.wait(GATTC_INDICATE)
            time.sleep_ms(300)
            # Requests that the link's end finds in the queue.
            for n in range(5):
                ble.gattc_write(conn, handle, "w{}".format(n), 1)
            ble.gattc_read(conn, handle)
            ble.gattc_discover_services(conn)
            print(ble.gap_disconnect(conn))
        events.wait(PERIPHERAL_DISCONNECT)
        time.sleep_ms(100)
        print(
            [events.count(e) for e in (GATTC_WRITE_DONE, GATTC_READ_DONE, GATTC_SERVICE_DONE)]
        )
        events.queue.clear()
        try:
            ble.gattc_read(conn, handle)
        except OSError as er:
            print("errno", er.errno)
    ble.active(False)
