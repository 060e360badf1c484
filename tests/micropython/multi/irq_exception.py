# SPDX-License-Identifier: Apache-2.0
# An exception in a handler is printed and switches the handler off, as on every port; Bluetooth and
# the program go on.

import sys

sys.path.append("lib")

import bluetooth
import time
from recorder import *

ble = bluetooth.BLE()


def bad(event, data):
    print("handler")
    raise ValueError("in the handler")


def instance0():
    ble.active(True)
    ble.irq(bad)
    multitest.next()
    for _ in range(2):
        ble.gap_scan(50)
        time.sleep_ms(200)
    print("still there", ble.active())
    events = Recorder(ble)
    ble.gap_scan(50)
    print(events.wait(SCAN_DONE))
    ble.active(False)
