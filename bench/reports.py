#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Advertising reports for MicroPython: how many reach _IRQ_SCAN_RESULT, and at what CPU time.

    reports.py FAVONIUS MICROPYTHON [SECONDS [RATE]]

Reporter is the virtual controller: it stands between a program and a controller of an air, passes
on what they send, and puts advertising reports of its own among the events. It drops none: what the
program does not take stays here, and is late. Real time; the CPU time is the program's own.
"""

import json
import os
import select
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BURSTS = (1, 10, 100)

# Counts, and says what CPU time of this process that took, in microseconds; the clock counts ms.
SCAN = """
import sys, time, bluetooth
seen = 0
def irq(event, data):
    global seen
    if event == 5:
        seen += 1
ble = bluetooth.BLE()
ble.active(True)
ble.irq(irq)
cpu = time.clock()
ble.gap_scan(0, 30_000, 30_000)
sys.stdin.readline()
last = -1
while seen != last:
    last = seen
    time.sleep_ms(200)
cpu = int((time.clock() - cpu) * 1_000_000)
dropped = ble.gap_scan_dropped()
ble.gap_scan(None)
print("seen", seen, "dropped", dropped, "cpu", cpu)
ble.active(False)
"""

# HCI packets by H4 type, Core 6.0 Vol 4 Part A 2: header length, offset and size of the length.
HEADERS = {1: (3, 2, 1), 2: (4, 2, 2), 4: (2, 1, 1)}

SCAN_ENABLES = (0x200C, 0x2042)  # LE Set (Extended) Scan Enable


def packets(buffer):
    """Takes the whole H4 packets out of a bytearray."""
    while buffer:
        header, at, size = HEADERS[buffer[0]]
        if len(buffer) < 1 + header:
            return
        length = 1 + header + int.from_bytes(buffer[1 + at:1 + at + size], "little")
        if len(buffer) < length:
            return
        yield bytes(buffer[:length])
        del buffer[:length]


def meta(body):
    return bytes((4, 0x3E, len(body))) + body


def legacy(number, count=1):
    """LE Advertising Report of count advertisers, 31 bytes of data or what fits, Core 6.0 Vol 4
    Part E 7.7.65.2."""
    data = bytes(31 if count == 1 else 8)
    body = b""
    for i in range(number, number + count):
        address = (i & 0xFFFFFF).to_bytes(6, "little")
        body += bytes((3, 0)) + address + bytes((len(data),)) + data + b"\xc0"
    return meta(bytes((2, count)) + body)


def extended(number):
    """LE Extended Advertising Report with 31 bytes, complete, 7.7.65.13."""
    address = (number & 0xFFFFFF).to_bytes(6, "little")
    report = b"\0\0" + bytes((0,)) + address + bytes((1, 1, 0xFF, 0x7F, 0xC0)) + bytes(9)
    return meta(bytes((13, 1)) + report + bytes((31,)) + bytes(31))


class Reporter:
    """A controller for one program, see above."""

    def __init__(self, air_path, path):
        self.air_path = air_path
        self.url = f"unix:{path}"
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(1)
        self.host = self.air = None
        self.to_host, self.to_air = bytearray(), bytearray()
        self.from_host, self.from_air = bytearray(), bytearray()
        self.scanning = False
        self.hook = None  # called with each opcode of the host's

    def accept(self, timeout_s=10):
        self.listener.settimeout(timeout_s)
        self.host, _ = self.listener.accept()
        self.air = socket.socket(socket.AF_UNIX)
        self.air.connect(self.air_path)
        self.host.setblocking(False)
        self.air.setblocking(False)

    def close(self):
        for sock in (self.listener, self.host, self.air):
            if sock:
                sock.close()

    def report(self, packet):
        self.to_host += packet

    def command(self, packet):
        opcode = int.from_bytes(packet[1:3], "little")
        if self.hook:
            self.hook(opcode)

    def event(self, packet):
        # Command Complete, 7.7.14: the number of commands, the opcode, the status.
        if packet[1] == 0x0E and int.from_bytes(packet[4:6], "little") in SCAN_ENABLES:
            self.scanning = packet[6] == 0
        # The air has nothing to report but what others on it advertise: it is ours alone.
        self.to_host += packet

    def step(self, timeout_s):
        """Passes on what there is, waiting for so long at most; False: somebody has gone."""
        wanted = ([self.host] if self.to_host else []) + ([self.air] if self.to_air else [])
        readable, writable, _ = select.select([self.host, self.air], wanted, [],
                                              max(0, timeout_s))
        for sock, buffer in ((self.host, self.from_host), (self.air, self.from_air)):
            if sock in readable:
                try:
                    got = sock.recv(65536)
                except ConnectionError:
                    got = b""
                if not got:
                    return False
                buffer += got
        for packet in packets(self.from_host):
            self.to_air += packet
            if packet[0] == 1:
                self.command(packet)
        for packet in packets(self.from_air):
            self.event(packet) if packet[0] == 4 else self.to_host.extend(packet)
        for sock, buffer in ((self.host, self.to_host), (self.air, self.to_air)):
            if sock in writable:
                try:
                    del buffer[:sock.send(buffer)]
                except BlockingIOError:
                    pass
                except ConnectionError:
                    return False
        return True

    def until(self, condition, timeout_s=30):
        end = time.monotonic() + timeout_s
        while not condition():
            if time.monotonic() > end or not self.step(0.05):
                raise RuntimeError("the program does not scan, or has ended")

    def pace(self, make, rate, burst, total):
        """Bursts at a rate; the longest time that one was late, in seconds."""
        sent, late = 0, 0.0
        start = time.monotonic()
        while sent < total:
            due = start + sent / rate
            now = time.monotonic()
            if now < due:
                if not self.step(due - now):
                    raise RuntimeError("the program has ended")
                continue
            # As a controller's buffer would be full, so is ours: the burst waits, and is late.
            if len(self.to_host) > 65536:
                self.step(0.01)
                continue
            late = max(late, now - due)
            for number in range(sent, sent + burst):
                self.report(make(number))
            sent += burst
            if not self.step(0):
                raise RuntimeError("the program has ended")
        self.until(lambda: not self.to_host)
        return late, time.monotonic() - start


class Air:
    """An air of its own in a folder; its socket is at path."""

    def __init__(self, favonius, folder):
        self.path = str(Path(folder) / "air")
        self.process = subprocess.Popen([favonius, "air", "--listen", f"unix:{self.path}"],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        end = time.monotonic() + 10
        while not os.path.exists(self.path):
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError("the air did not start")
            time.sleep(0.01)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.process.terminate()
        self.process.wait()


def measure(favonius, micropython, make, rate, burst, seconds):
    with tempfile.TemporaryDirectory(prefix="favonius-bench-") as folder, \
            Air(favonius, folder) as air:
        reporter = Reporter(air.path, str(Path(folder) / "reporter"))
        program = subprocess.Popen([micropython, "-c", SCAN], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, text=True,
                                   env=dict(os.environ, FAVONIUS_HCI=reporter.url))
        try:
            reporter.accept()
            reporter.until(lambda: reporter.scanning)
            total = rate * seconds
            late, took = reporter.pace(make, rate, burst, total)
            program.stdin.write("over\n")
            program.stdin.flush()
            while reporter.step(0.05):
                pass
            words = program.stdout.read().split()
            program.wait(10)
        finally:
            program.kill()
            program.wait()
            reporter.close()
    said = dict(zip(words[::2], map(int, words[1::2])))
    return {"bench": "mpy-reports", "what": make.__name__, "per_s": rate, "burst": burst,
            "sent": total, "heard": said["seen"], "dropped": said["dropped"],
            "late_ms": round(late * 1000, 1), "took_s": round(took, 2),
            "cpu_ns": round(said["cpu"] * 1000 / total)}


def main():
    if not 3 <= len(sys.argv) <= 5:
        print(__doc__, file=sys.stderr)
        return 2
    seconds, rate = (int(arg) for arg in (sys.argv[3:] + ["10", "10000"][len(sys.argv) - 3:]))
    for make in (legacy, extended):
        for burst in BURSTS:
            print(json.dumps(measure(sys.argv[1], sys.argv[2], make, rate, burst, seconds)),
                  flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
