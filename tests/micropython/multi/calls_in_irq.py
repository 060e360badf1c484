# SPDX-License-Identifier: Apache-2.0
# Everything is called from handlers: both programs only wait for the end.

import sys

sys.path.append("lib")

import bluetooth
import time
from recorder import *

ble = bluetooth.BLE()
done = False


class Peripheral:
    def __init__(self):
        self.rounds = 0
        ble.irq(self.irq)
        ((self.handle,),) = ble.gatts_register_services(
            ((SERVICE, ((CHAR, READ | WRITE | WRITE_CMD | NOTIFY | INDICATE),)),)
        )
        ble.gap_advertise(20_000, ADV)

    def irq(self, event, data):
        global done
        if event == GATTS_WRITE:
            value = ble.gatts_read(self.handle)
            print("write", value)
            if value == b"notify":
                for i in range(3):
                    ble.gatts_notify(data[0], self.handle, "n{}".format(i))
                ble.gatts_indicate(data[0], self.handle, "i")
            elif value == b"bye":
                print("disconnect", ble.gap_disconnect(data[0]))
        elif event == GATTS_READ_REQUEST:
            ble.gatts_write(self.handle, "round {}".format(self.rounds))
        elif event == GATTS_INDICATE_DONE:
            print("indicated", data[2])
        elif event == CENTRAL_DISCONNECT:
            print("disconnected")
            self.rounds += 1
            if self.rounds == 2:
                done = True
            else:
                ble.gap_advertise(20_000)


class Central:
    def __init__(self):
        self.rounds = 0
        ble.irq(self.irq)
        ble.gap_scan(0, 30_000, 30_000)

    def irq(self, event, data):
        global done
        if event == SCAN_RESULT:
            if bytes(data[1]) == BDADDR[1]:
                self.address = data[0], bytes(data[1])
                ble.gap_scan(None)
                # Stopping has reported the end already, and that has connected.
                print("after the scan")
        elif event == SCAN_DONE:
            print("scan done")
            ble.gap_connect(*self.address)
        elif event == PERIPHERAL_CONNECT:
            self.conn = data[0]
            ble.gattc_exchange_mtu(self.conn)
            ble.gattc_discover_services(self.conn, SERVICE)
        elif event == GATTC_SERVICE_RESULT:
            self.range = data[1], data[2]
        elif event == GATTC_SERVICE_DONE:
            ble.gattc_discover_characteristics(self.conn, *self.range)
        elif event == GATTC_CHARACTERISTIC_RESULT:
            self.handle = data[2]
        elif event == GATTC_CHARACTERISTIC_DONE:
            # Two at once: they queue.
            ble.gattc_read(self.conn, self.handle)
            ble.gattc_write(self.conn, self.handle, "notify", 1)
        elif event == GATTC_READ_RESULT:
            print("read", bytes(data[2]))
        elif event == GATTC_WRITE_DONE:
            print("written", data[2])
            ble.gattc_write(self.conn, self.handle, "bye", 0)
        elif event == GATTC_NOTIFY:
            print("notify", bytes(data[2]))
        elif event == GATTC_INDICATE:
            print("indicate", bytes(data[2]))
        elif event == PERIPHERAL_DISCONNECT:
            print("disconnected")
            self.rounds += 1
            if self.rounds == 2:
                done = True
                return
            # The whole of it again, off and on in the handler.
            ble.active(False)
            ble.active(True)
            ble.gap_scan(0, 30_000, 30_000)


def wait():
    start = time.ticks_ms()
    while not done and time.ticks_diff(time.ticks_ms(), start) < 8000:
        time.sleep_ms(100)
    time.sleep_ms(300)
    ble.active(False)


def instance0():
    ble.active(True)
    multitest.globals(BDADDR=ble.config("mac"))
    Peripheral()
    multitest.next()
    wait()


def instance1():
    multitest.next()
    ble.active(True)
    Central()
    wait()
