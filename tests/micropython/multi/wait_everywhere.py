# SPDX-License-Identifier: Apache-2.0
# A device answers reads wherever its program waits, and also when it does not wait at all.

import sys

sys.path.append("lib")

import asyncio
import machine
import micropython
import select
import socket
import time

import bluetooth
from recorder import *

PERIOD_MS = 700

ble = bluetooth.BLE()
where = served = None


def on_event(event, data):
    global served
    if event == GATTS_READ_REQUEST:
        served = where


def udp():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(socket.getaddrinfo("127.0.0.1", 0)[0][-1])
    return s


def expect_timeout(call, *args):
    try:
        call(*args)
        print("no timeout")
    except OSError as er:
        print("errno", er.errno)


def sleep():
    time.sleep(PERIOD_MS / 1000)


def sleep_ms():
    time.sleep_ms(PERIOD_MS)


def sleep_us():
    time.sleep_us(PERIOD_MS * 1000)


def idle():
    start = time.ticks_ms()
    while time.ticks_diff(time.ticks_ms(), start) < PERIOD_MS:
        machine.idle()


def busy():
    start = time.ticks_ms()
    while time.ticks_diff(time.ticks_ms(), start) < PERIOD_MS:
        pass


def poll():
    poller = select.poll()
    poller.register(udp(), select.POLLIN)
    print(poller.poll(PERIOD_MS))


def recv():
    s = udp()
    s.settimeout(PERIOD_MS / 1000)
    expect_timeout(s.recv, 1)


def accept():
    s = socket.socket()
    s.bind(socket.getaddrinfo("127.0.0.1", 0)[0][-1])
    s.listen(1)
    s.settimeout(PERIOD_MS / 1000)
    expect_timeout(s.accept)


def tasks():
    async def other(flag):
        await asyncio.sleep_ms(PERIOD_MS // 2)
        flag.set()

    async def main():
        flag = asyncio.ThreadSafeFlag()
        task = asyncio.create_task(other(flag))
        await flag.wait()
        await asyncio.sleep_ms(PERIOD_MS // 2)
        await task

    asyncio.run(main())


def scheduled():
    # In a scheduled function too.
    micropython.schedule(lambda _: time.sleep_ms(PERIOD_MS), None)
    for _ in range(10):
        pass


def stdin():
    multitest.wait("line")


def instance0():
    global where, served
    multitest.globals(BDADDR=ble.config("mac"))
    events = Recorder(ble, on_event)
    ((handle,),) = ble.gatts_register_services(((SERVICE, ((CHAR, READ),)),))
    ble.gatts_write(handle, "value")
    ble.gap_advertise(20_000, ADV)
    multitest.next()
    events.wait(CENTRAL_CONNECT)
    for wait in (sleep, sleep_ms, sleep_us, idle, busy, poll, recv, accept, tasks, scheduled, stdin):
        where, served = wait.__name__, None
        multitest.broadcast("now " + where)
        wait()
        print("{}: served in {}".format(where, served))
        where = "nowhere"
    events.wait(CENTRAL_DISCONNECT)
    ble.active(False)


def instance1():
    multitest.next()
    events = Recorder(ble)
    conn = connect(ble, events, BDADDR)
    handle = find(ble, events, conn)
    for name in "sleep sleep_ms sleep_us idle busy poll recv accept tasks scheduled stdin".split():
        multitest.wait("now " + name)
        # Give it time to begin to wait.
        time.sleep_ms(50)
        print(name, read(ble, events, conn, handle))
    multitest.broadcast("line")
    leave(ble, events, conn)


ble.active(True)
