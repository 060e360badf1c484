# SPDX-License-Identifier: Apache-2.0
# Bluetooth is switched off inside the handler of each kind of event, with the link up and requests
# under way; the peer hears of it, nothing more comes, and the next life is as good as new.

import sys

sys.path.append("lib")

import bluetooth
import time
from recorder import *

PERIPHERAL = (CENTRAL_CONNECT, MTU_EXCHANGED, GATTS_READ_REQUEST, GATTS_WRITE, GATTS_INDICATE_DONE)
CENTRAL = (
    SCAN_RESULT,
    SCAN_DONE,
    PERIPHERAL_CONNECT,
    MTU_EXCHANGED,
    GATTC_SERVICE_RESULT,
    GATTC_SERVICE_DONE,
    GATTC_CHARACTERISTIC_RESULT,
    GATTC_CHARACTERISTIC_DONE,
    GATTC_DESCRIPTOR_RESULT,
    GATTC_DESCRIPTOR_DONE,
    GATTC_READ_RESULT,
    GATTC_READ_DONE,
    GATTC_NOTIFY,
    GATTC_INDICATE,
    GATTC_WRITE_DONE,
)
DONE = (GATTC_SERVICE_DONE, GATTC_CHARACTERISTIC_DONE, GATTC_DESCRIPTOR_DONE, GATTC_READ_DONE)
STEPS = [(0, e) for e in PERIPHERAL] + [(1, e) for e in CENTRAL]

ble = bluetooth.BLE()


class Side:
    def __init__(self, step, side, act):
        self.target = step[1] if step[0] == side else None
        self.act = act
        self.off = self.over = False
        self.late = 0
        ble.active(True)
        ble.irq(self.irq)

    def irq(self, event, data):
        if self.off:
            self.late += 1
            return
        if event == self.target:
            ble.active(False)
            self.off = True
            return
        if event in (CENTRAL_DISCONNECT, PERIPHERAL_DISCONNECT):
            self.over = True
        else:
            self.act(event, data)

    def finish(self, name):
        start = time.ticks_ms()
        while not (self.off or self.over) and time.ticks_diff(time.ticks_ms(), start) < 6000:
            time.sleep_ms(10)
        time.sleep_ms(20)
        print(name, "off" if self.off else "told" if self.over else "nothing", ble.active(), self.late)
        ble.active(False)


def instance0():
    multitest.next()
    for i, step in enumerate(STEPS):

        def act(event, data):
            if event == GATTS_WRITE:
                ble.gatts_notify(data[0], handle, "n")
                ble.gatts_indicate(data[0], handle, "i")

        side = Side(step, 0, act)
        ((handle,),) = ble.gatts_register_services(
            ((SERVICE, ((CHAR, READ | WRITE | NOTIFY | INDICATE),)),)
        )
        ble.gap_advertise(20_000, ADV)
        mac = ble.config("mac")
        multitest.broadcast("adv {} {} {}".format(i, mac[0], mac[1].hex()))
        if step in ((1, SCAN_RESULT), (1, SCAN_DONE)):
            # There is no link that could end.
            multitest.wait("scanned {}".format(i))
            side.over = True
        side.finish(step)


def instance1():
    multitest.next()
    for i, step in enumerate(STEPS):
        line = sys.stdin.readline().split()
        while line[:3] != ["BROADCAST", "adv", str(i)]:
            line = sys.stdin.readline().split()
        address = (int(line[3]), bytes.fromhex(line[4]))
        value = 0

        def act(event, data):
            nonlocal value
            if event in DONE and data[-1] != 0:
                return  # the link has ended
            if event == SCAN_DONE:
                ble.gap_connect(*address)
            elif event == PERIPHERAL_CONNECT:
                ble.gattc_exchange_mtu(data[0])
            elif event == MTU_EXCHANGED:
                ble.gattc_discover_services(data[0])
            elif event == GATTC_SERVICE_DONE:
                ble.gattc_discover_characteristics(data[0], 1, 0xFFFF)
            elif event == GATTC_CHARACTERISTIC_RESULT:
                value = data[2]
            elif event == GATTC_CHARACTERISTIC_DONE:
                ble.gattc_discover_descriptors(data[0], value, 0xFFFF)
            elif event == GATTC_DESCRIPTOR_DONE:
                ble.gattc_read(data[0], value)
            elif event == GATTC_READ_DONE:
                ble.gattc_write(data[0], value, "w", 1)

        side = Side(step, 1, act)
        ble.gap_scan(100, 30_000, 30_000)
        if step in ((1, SCAN_RESULT), (1, SCAN_DONE)):
            side.finish(step)
            multitest.broadcast("scanned {}".format(i))
        else:
            side.finish(step)
