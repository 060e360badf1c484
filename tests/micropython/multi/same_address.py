# SPDX-License-Identifier: Apache-2.0
# Bluetooth off and on again is the same device: its address stays, while another one does the same.

import sys

sys.path.append("lib")

import bluetooth
from recorder import *

CYCLES = 20

ble = bluetooth.BLE()


def cycles():
    addresses = set()
    for _ in range(CYCLES):
        ble.active(True)
        addresses.add(ble.config("mac")[1])
        ble.active(False)
    return addresses


def instance0():
    ble.active(True)
    address = ble.config("mac")
    ble.active(False)
    multitest.globals(BDADDR=address)
    multitest.next()
    print(cycles() == {address[1]})
    ble.active(True)
    events = Recorder(ble)
    ble.gap_advertise(20_000, ADV)
    multitest.broadcast("advertising")
    events.wait(CENTRAL_CONNECT)
    events.wait(CENTRAL_DISCONNECT)
    ble.active(False)


def instance1():
    multitest.next()
    print(len(cycles()))
    multitest.wait("advertising")
    ble.active(True)
    events = Recorder(ble)
    leave(ble, events, connect(ble, events, BDADDR))
    print("connected")
