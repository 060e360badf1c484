# SPDX-License-Identifier: Apache-2.0
# Bonds that the program keeps: made, used again, forgotten by one side and by both.

import sys

sys.path.append("lib")

import bluetooth
from recorder import *

ENCRYPTION_UPDATE = 28
GET_SECRET = 29
SET_SECRET = 30
READ_ENCRYPTED = 0x0200

ble = bluetooth.BLE()
secrets = {}


def bonds():
    return sum(kind == 1 for kind, _ in secrets)


def hook(event, data):
    if event == SET_SECRET:
        kind, key, value = data
        if value is None:
            return secrets.pop((kind, key), None) is not None
        secrets[kind, key] = value
        return True
    if event == GET_SECRET:
        kind, index, key = data
        if key is not None:
            return secrets.get((kind, key))
        values = [v for (k, _), v in secrets.items() if k == kind]
        return values[index] if index < len(values) else None


def start():
    ble.active(True)
    return Recorder(ble, hook)


def update(events):
    return events.wait(ENCRYPTION_UPDATE)[1:]


def instance0():
    ble.config(bond=True, le_secure=True)
    events = start()
    multitest.globals(BDADDR=ble.config("mac"))
    ((handle,),) = ble.gatts_register_services(
        ((SERVICE, ((CHAR, READ | READ_ENCRYPTED),)),))
    ble.gatts_write(handle, "secret")
    multitest.next()
    for step in ("new", "again", "forgotten"):
        ble.gap_advertise(20_000, ADV)
        multitest.broadcast("ready")
        print(step, update(events))
        if step == "again":
            ble.gap_unpair()
            print("secrets", bonds())
        events.wait(CENTRAL_DISCONNECT)
        print("secrets", bonds())
    ble.active(False)


def instance1():
    multitest.next()
    ble.config(bond=True, le_secure=True)
    events = start()
    multitest.wait("ready")
    conn = connect(ble, events, BDADDR)
    handle = find(ble, events, conn)
    print("not encrypted", read(ble, events, conn, handle))
    ble.gap_pair(conn)
    print("new", update(events), "secrets", bonds())
    print(read(ble, events, conn, handle))
    try:
        ble.gap_pair(conn)
    except OSError as er:
        print("errno", er.errno)
    ble.gap_disconnect(conn)
    events.wait(PERIPHERAL_DISCONNECT)

    multitest.wait("ready")
    conn = connect(ble, events, BDADDR)
    ble.gap_pair(conn)
    print("again", update(events))
    events.wait(PERIPHERAL_DISCONNECT)

    # The peripheral has forgotten, we have not: no encryption, until we forget too.
    multitest.wait("ready")
    conn = connect(ble, events, BDADDR)
    ble.gap_pair(conn)
    print("refused", update(events))
    print("secrets", bonds())
    print(ble.gap_unpair(*BDADDR), bonds())
    events.wait(PERIPHERAL_DISCONNECT)
    try:
        ble.gap_unpair(*BDADDR)
    except OSError as er:
        print("errno", er.errno)
    ble.active(False)
