# SPDX-License-Identifier: Apache-2.0
# What a handler schedules runs while the program still waits.

import sys

sys.path.append("lib")

import asyncio
import micropython
import select
import time

import bluetooth
from recorder import *

ble = bluetooth.BLE()
ble.active(True)
where = ran = None


def later(_):
    global ran
    ran = where


def on_event(event, data):
    if event == GATTS_WRITE:
        micropython.schedule(later, None)


def poll():
    poller = select.poll()
    poller.register(sys.stdin, select.POLLIN)
    poller.poll(1000)


async def second():
    await asyncio.sleep_ms(1000)


WAITS = (
    ("sleep", lambda: time.sleep(1)),
    ("sleep_ms", lambda: time.sleep_ms(1000)),
    ("poll", poll),
    ("asyncio", lambda: asyncio.run(second())),
    ("stdin", lambda: multitest.wait("line")),
)


def instance0():
    global where, ran
    multitest.globals(BDADDR=ble.config("mac"))
    events = Recorder(ble, on_event)
    ((handle,),) = ble.gatts_register_services(((SERVICE, ((CHAR, READ | WRITE),)),))
    ble.gap_advertise(20_000, ADV)
    multitest.next()
    events.wait(CENTRAL_CONNECT)
    for name, wait in WAITS:
        where, ran = name, None
        multitest.broadcast("now " + name)
        wait()
        # No branch of the program lies between the wait and this.
        result = ran
        where = "nowhere"
        print(name, result)
    events.wait(CENTRAL_DISCONNECT)
    ble.active(False)


def instance1():
    multitest.next()
    events = Recorder(ble)
    conn = connect(ble, events, BDADDR)
    handle = find(ble, events, conn)
    for name, _ in WAITS:
        multitest.wait("now " + name)
        print(name, write(ble, events, conn, handle, name))
    time.sleep_ms(200)
    multitest.broadcast("line")
    leave(ble, events, conn)
