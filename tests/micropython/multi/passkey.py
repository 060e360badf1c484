# SPDX-License-Identifier: Apache-2.0
# Pairing with a user: a passkey shown and typed, chosen by the program or not, digits compared.

import sys

sys.path.append("lib")

import bluetooth
from recorder import *

ENCRYPTION_UPDATE = 28
PASSKEY_ACTION = 31
INPUT, DISPLAY, COMPARE = 2, 3, 4
DISPLAY_ONLY, DISPLAY_YESNO, KEYBOARD_ONLY = 0, 1, 2

# Name, what the peripheral's and the central's users have, what they do.
ROUNDS = (
    ("chosen", DISPLAY_ONLY, KEYBOARD_ONLY, 123456, "same"),
    ("given", DISPLAY_ONLY, KEYBOARD_ONLY, None, "same"),
    ("compared", DISPLAY_YESNO, DISPLAY_YESNO, 1, 1),
)

ble = bluetooth.BLE()
ble.config(mitm=True, le_secure=True)
ble.active(True)


def errno(call, *args):
    try:
        return call(*args)
    except OSError as er:
        return er.errno


def typed():
    while True:
        line = sys.stdin.readline()
        if line.startswith("BROADCAST shown "):
            return int(line.split()[2])


def instance0():
    multitest.globals(BDADDR=ble.config("mac"))
    answer = None

    def hook(event, data):
        if event == PASSKEY_ACTION and answer is not None:
            conn, action, passkey = data
            print("wrong action", errno(ble.gap_passkey, conn, INPUT, 1))
            print("answer", errno(ble.gap_passkey, conn, action, answer))

    events = Recorder(ble, hook)
    multitest.next()
    for name, io, _, answer, _ in ROUNDS:
        ble.config(io=io)
        ble.gap_advertise(20_000, ADV)
        multitest.broadcast("ready")
        conn, action, passkey = events.wait(PASSKEY_ACTION)
        print(name, "action", action)
        if action == DISPLAY:
            if answer is None:
                print("late", errno(ble.gap_passkey, conn, action, passkey ^ 1),
                      errno(ble.gap_passkey, conn, action, passkey))
            multitest.broadcast("shown {}".format(passkey if answer is None else answer))
        print(events.wait(ENCRYPTION_UPDATE)[1:])
        events.wait(CENTRAL_DISCONNECT)
    ble.active(False)


def instance1():
    multitest.next()
    events = Recorder(ble)
    for name, _, io, _, answer in ROUNDS:
        ble.config(io=io)
        multitest.wait("ready")
        conn = connect(ble, events, BDADDR)
        ble.gap_pair(conn)
        _, action, passkey = events.wait(PASSKEY_ACTION)
        print(name, "action", action)
        if action == INPUT:
            print("range", errno(ble.gap_passkey, conn, action, 1000000))
            answer = typed()
        print("answer", errno(ble.gap_passkey, conn, action, answer))
        print(events.wait(ENCRYPTION_UPDATE)[1:])
        ble.gap_disconnect(conn)
        events.wait(PERIPHERAL_DISCONNECT)
    ble.active(False)
