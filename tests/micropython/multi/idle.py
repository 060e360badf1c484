# SPDX-License-Identifier: Apache-2.0
# A device that waits, with a link up, is not woken when nothing happens.

import sys

sys.path.append("lib")

import asyncio
import bluetooth
import time
from recorder import *

WAKEUPS_MAX = 12

ble = bluetooth.BLE()
ble.active(True)


def wakeups():
    with open("/proc/self/status") as f:
        for line in f:
            if line.startswith("voluntary_ctxt_switches"):
                return int(line.split()[1])


async def second():
    await asyncio.sleep_ms(1000)


def quiet(name, wait):
    before = wakeups()
    wait()
    count = wakeups() - before
    print(name, "quiet" if count < WAKEUPS_MAX else count)


def instance0():
    multitest.globals(BDADDR=ble.config("mac"))
    events = Recorder(ble)
    ble.gap_advertise(20_000, ADV)
    multitest.next()
    events.wait(CENTRAL_CONNECT)
    # What the stacks do by themselves when a link comes up.
    time.sleep_ms(500)
    quiet("sleep", lambda: time.sleep(1))
    quiet("sleep_ms", lambda: time.sleep_ms(1000))
    quiet("asyncio", lambda: asyncio.run(second()))
    quiet("stdin", lambda: multitest.wait("done"))
    events.wait(CENTRAL_DISCONNECT)
    ble.active(False)


def instance1():
    multitest.next()
    events = Recorder(ble)
    conn = connect(ble, events, BDADDR)
    time.sleep_ms(500)
    quiet("sleep_ms", lambda: time.sleep_ms(4000))
    multitest.broadcast("done")
    leave(ble, events, conn)
