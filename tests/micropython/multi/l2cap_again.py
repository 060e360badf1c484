# SPDX-License-Identifier: Apache-2.0
# A PSM can be listened on again after active(False), and only once before; calls that cannot be.

import bluetooth
import errno

ble = bluetooth.BLE()


def attempt(call, *args):
    try:
        return call(*args)
    except OSError as e:
        return errno.errorcode.get(e.errno, e.errno)


def instance0():
    multitest.next()
    for i in range(4):
        ble.active(True)
        print(i, attempt(ble.l2cap_listen, 22, 100), attempt(ble.l2cap_listen, 22, 100))
        if i == 2:
            # Like a soft reset: active(True) without active(False).
            ble.active(True)
            print(attempt(ble.l2cap_listen, 22, 100))
        print(attempt(ble.l2cap_listen, 0, 100) == "EINVAL", attempt(ble.l2cap_listen, 0x100, 100))
        print(attempt(ble.l2cap_connect, 3, 22, 100), attempt(ble.l2cap_disconnect, 0, 64))
        print(attempt(ble.l2cap_send, 0, 64, b"x"), attempt(ble.l2cap_recvinto, 0, 64, None))
        ble.active(False)
        print(attempt(ble.l2cap_listen, 22, 100))
