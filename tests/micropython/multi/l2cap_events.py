# SPDX-License-Identifier: Apache-2.0
# L2CAP channels: each event with its values, refusals, stalls, reads in parts, the end from each side
# and with the link.

import sys

sys.path.append("lib")

import bluetooth
import errno
from recorder import *

PSM = 22
MTU_LISTEN = 300
MTU_CONNECT = 100

ble = bluetooth.BLE()
ble.active(True)


def attempt(call, *args):
    try:
        return call(*args)
    except OSError as e:
        return errno.errorcode.get(e.errno, e.errno)


def pattern(n, length):
    return bytes((n + i) & 0xFF for i in range(length))


def receive(events, conn, cid, total, step=64):
    """That much of the channel, in parts of step bytes."""
    data = b""
    buf = bytearray(step)
    while len(data) < total:
        if ble.l2cap_recvinto(conn, cid, None) == 0:
            events.wait(L2CAP_RECV)
            continue
        n = ble.l2cap_recvinto(conn, cid, buf)
        data += buf[:n]
    return data


def send(events, conn, cid, n, length):
    """SDUs of that length until n have been taken; how often the channel stalled."""
    stalls = 0
    for i in range(n):
        if not ble.l2cap_send(conn, cid, pattern(i, length)):
            stalls += 1
            print("stalled", attempt(ble.l2cap_send, conn, cid, b"x")) if stalls == 1 else None
            ready = events.wait(L2CAP_SEND_READY)
            print("ready", ready == (conn, cid, 0)) if stalls == 1 else None
    return stalls


# Listens.
def instance0():
    multitest.globals(BDADDR=ble.config("mac"))
    refuse = [0]

    def hook(event, data):
        if event == L2CAP_ACCEPT:
            return refuse[0]

    events = Recorder(ble, hook)
    print(attempt(ble.l2cap_listen, PSM, MTU_LISTEN))
    ble.gap_advertise(20_000, ADV)
    multitest.next()
    conn = events.wait(CENTRAL_CONNECT)[0]

    # Refused by the handler.
    refuse[0] = 1
    multitest.broadcast("refusing")
    asked = events.wait(L2CAP_ACCEPT)
    print(asked[0] == conn, asked[2:])
    multitest.wait("refused")
    print(events.has(L2CAP_CONNECT), events.has(L2CAP_DISCONNECT))

    # Accepted: the same values in both events.
    refuse[0] = 0
    multitest.broadcast("accepting")
    asked = events.wait(L2CAP_ACCEPT)
    there = events.wait(L2CAP_CONNECT)
    print(asked == there, there[0] == conn, there[2:])
    cid = there[1]

    # In parts, and none of it lost while nobody reads.
    multitest.wait("sending")
    events.wait(L2CAP_RECV)
    time.sleep_ms(300)
    print(ble.l2cap_recvinto(conn, cid, None))
    data = receive(events, conn, cid, 20 * 300)
    print(data == b"".join(pattern(i, 300) for i in range(20)))
    print(ble.l2cap_recvinto(conn, cid, None), ble.l2cap_recvinto(conn, cid, bytearray(9)))
    multitest.broadcast("received")

    # The other way, to the smaller MTU.
    print(attempt(ble.l2cap_send, conn, cid, bytes(MTU_CONNECT + 1)))
    print(send(events, conn, cid, 20, MTU_CONNECT) > 0)
    multitest.wait("received too")

    # The end from here.
    print(attempt(ble.l2cap_disconnect, conn, cid))
    print(events.wait(L2CAP_DISCONNECT) == (conn, cid, PSM, 0))
    print(attempt(ble.l2cap_disconnect, conn, cid), attempt(ble.l2cap_send, conn, cid, b"x"))
    print(attempt(ble.l2cap_recvinto, conn, cid, None))

    # From there, with something that nobody has read.
    multitest.broadcast("again")
    there = events.wait(L2CAP_CONNECT)
    events.wait(L2CAP_RECV)
    multitest.broadcast("unread")
    print(events.wait(L2CAP_DISCONNECT) == (conn, there[1], PSM, 0))

    # Two at once; with the link both.
    multitest.broadcast("two")
    cids = [events.wait(L2CAP_CONNECT)[1] for _ in range(2)]
    print(cids[0] != cids[1])
    multitest.broadcast("linked")
    events.wait(CENTRAL_DISCONNECT)
    print(sorted(events.wait(L2CAP_DISCONNECT)[1] for _ in range(2)) == sorted(cids))
    print([e for e, _ in events.queue if e in (L2CAP_CONNECT, L2CAP_DISCONNECT)])
    ble.active(False)


# Connects.
def instance1():
    multitest.next()
    events = Recorder(ble)
    conn = connect(ble, events, BDADDR)
    multitest.wait("refusing")

    # Nobody listens there.
    print(attempt(ble.l2cap_connect, conn, PSM + 1, MTU_CONNECT))
    failed = events.wait(L2CAP_DISCONNECT)
    print(failed[0] == conn, failed[2:])
    print(attempt(ble.l2cap_connect, conn, PSM, MTU_CONNECT))
    failed = events.wait(L2CAP_DISCONNECT)
    print(failed[0] == conn, failed[2:])
    multitest.broadcast("refused")

    multitest.wait("accepting")
    print(attempt(ble.l2cap_connect, conn, PSM, MTU_CONNECT))
    there = events.wait(L2CAP_CONNECT)
    print(there[0] == conn, there[2:])
    cid = there[1]

    multitest.broadcast("sending")
    print(send(events, conn, cid, 20, MTU_LISTEN) > 0)
    multitest.wait("received")
    data = receive(events, conn, cid, 20 * MTU_CONNECT, MTU_CONNECT)
    print(data == b"".join(pattern(i, MTU_CONNECT) for i in range(20)))
    multitest.broadcast("received too")
    print(events.wait(L2CAP_DISCONNECT) == (conn, cid, PSM, 0))

    multitest.wait("again")
    ble.l2cap_connect(conn, PSM, MTU_CONNECT)
    cid = events.wait(L2CAP_CONNECT)[1]
    ble.l2cap_send(conn, cid, b"unread")
    multitest.wait("unread")
    print(attempt(ble.l2cap_disconnect, conn, cid), attempt(ble.l2cap_disconnect, conn, cid))
    print(events.wait(L2CAP_DISCONNECT) == (conn, cid, PSM, 0))

    multitest.wait("two")
    ble.l2cap_connect(conn, PSM, MTU_CONNECT)
    ble.l2cap_connect(conn, PSM, MTU_CONNECT)
    cids = [events.wait(L2CAP_CONNECT)[1] for _ in range(2)]
    multitest.wait("linked")
    # The link goes while a third is asked for.
    ble.l2cap_connect(conn, PSM + 1, MTU_CONNECT)
    ble.gap_disconnect(conn)
    events.wait(PERIPHERAL_DISCONNECT)
    ends = [events.wait(L2CAP_DISCONNECT) for _ in range(3)]
    print(sorted(e[1] for e in ends if e[3] == 0) == sorted(cids))
    print([e[2:] for e in ends if e[3] != 0])
    print(attempt(ble.l2cap_connect, conn, PSM, MTU_CONNECT))
    ble.active(False)
