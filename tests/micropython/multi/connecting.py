# SPDX-License-Identifier: Apache-2.0
# Connecting to nobody: the time passes, or it is cancelled; the next attempt works.

import sys

sys.path.append("lib")

import bluetooth
import time
from recorder import *

NOBODY = b"\x00\x11\x22\x33\x44\x55"

ble = bluetooth.BLE()
ble.active(True)


def errno(call, *args):
    try:
        return call(*args)
    except OSError as er:
        return er.errno


def instance0():
    multitest.next()
    events = Recorder(ble)
    print(errno(ble.gap_connect, None) == 114)
    for _ in range(2):
        start = time.ticks_ms()
        ble.gap_connect(0, NOBODY, 300)
        print(errno(ble.gap_connect, 0, NOBODY) == 114)
        print(events.wait(PERIPHERAL_DISCONNECT))
        print(300 <= time.ticks_diff(time.ticks_ms(), start) < 1000)
        ble.gap_connect(0, NOBODY, 5000)
        time.sleep_ms(50)
        ble.gap_connect(None)
        print(events.wait(PERIPHERAL_DISCONNECT, 1000))
    # Connecting ends a scan, and says so.
    ble.gap_scan(0)
    print(errno(ble.gap_scan, 0) == 114)
    ble.gap_connect(0, NOBODY, 100)
    print(events.wait(SCAN_DONE), events.wait(PERIPHERAL_DISCONNECT))
    # Stopping what does not run is no error.
    ble.gap_scan(None)
    ble.gap_advertise(None)
    print(events.queue)
    ble.active(False)
