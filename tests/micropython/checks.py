#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What needs more than run-multitests.py gives: a terminal, signals, the end of a process.

Called by run.py with FAVONIUS_HCI (an air), MICROPY_MICROPYTHON, FAVONIUS (the command) and
FAVONIUS_EXAMPLES set; the
arguments are the names of the checks to run, without any all.
"""

import os
import pathlib
import pty
import re
import select
import signal
import subprocess
import sys
import tempfile
import time

MICROPYTHON = os.environ["MICROPY_MICROPYTHON"]
EXAMPLES = pathlib.Path(os.environ["FAVONIUS_EXAMPLES"])
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "bench"))

import reports  # noqa: E402  the controller that reports, shared with the benchmark

PERIPHERAL = """
from recorder import *
ble = bluetooth.BLE()
ble.active(True)
((handle,),) = ble.gatts_register_services(((SERVICE, ((CHAR, READ),)),))
ble.gatts_write(handle, "value")
ble.gap_advertise(20_000, ADV)
events = Recorder(ble)
print("address", ble.config("mac")[0], ble.config("mac")[1].hex())
"""

# Connects, reads, and says how long after the line "now" the link ended.
CENTRAL = """
import sys
from recorder import *
ble = bluetooth.BLE()
ble.active(True)
events = Recorder(ble)
conn = connect(ble, events, ({}, bytes.fromhex("{}")))
print("read", read(ble, events, conn, find(ble, events, conn)))
sys.stdin.readline()
start = time.ticks_ms()
events.wait(PERIPHERAL_DISCONNECT, 10_000)
print("ended", time.ticks_diff(time.ticks_ms(), start))
ble.active(False)
"""


# One side of a bond, which keeps its secrets in a file, with an address mode; "late": it says that
# it bonds only when it pairs, as programs on aioble do.
BONDED = """
import sys, json, os
from recorder import *
role, path, mode, late = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4] == "late"
name = path + "/" + role + ".json"
try:
    with open(name) as f:
        secrets = [(k, bytes(key), bytes(value)) for k, key, value in json.load(f)]
except OSError:
    secrets = []
made = 0

def hook(event, data):
    global made
    if event == 30:
        made += 1
        secrets.append(data)
        with open(name, "w") as f:
            json.dump([(k, list(key), list(value)) for k, key, value in secrets], f)
        return True
    if event == 29:
        kind, index, key = data
        found = [v for k, stored, v in secrets if k == kind and (key is None or key == stored)]
        return found[index] if index < len(found) else None

ble = bluetooth.BLE()
if role == "peripheral" or not late:
    ble.config(bond=True, le_secure=True)
events = Recorder(ble, hook)
ble.active(True)
ble.config(addr_mode=mode)
address = path + "/address"
if role == "peripheral":
    ((handle,),) = ble.gatts_register_services(((SERVICE, ((CHAR, READ | 0x200),)),))
    ble.gatts_write(handle, "value")
    ble.gap_advertise(20_000, ADV)
    with open(address + ".new", "w") as f:
        json.dump(list(ble.config("mac")[1]), f)
    os.rename(address + ".new", address)
    update = events.wait(28, 10_000)
    events.wait(CENTRAL_DISCONNECT, 10_000)
else:
    while "address" not in os.listdir(path):
        time.sleep_ms(10)
    with open(address) as f:
        identity = (0, bytes(json.load(f)))
    ble.gap_scan(0, 30_000, 30_000)
    while True:
        seen = events.wait(SCAN_RESULT, 10_000)
        if seen[4] == ADV:
            break
    ble.gap_scan(None)
    print("by its identity", seen[:2] == identity)
    conn = connect(ble, events, seen, 10_000)
    ble.config(bond=True, le_secure=True)
    ble.gap_pair(conn)
    update = events.wait(28)
    print("read", read(ble, events, conn, find(ble, events, conn)))
    ble.gap_disconnect(conn)
    print("gone", events.wait(PERIPHERAL_DISCONNECT)[1:] == identity)
ble.active(False)
print("update", update[1:], "made", made)
"""

# A phone for upstream's ble_bonding_peripheral.py: finds it, pairs or encrypts, reads, leaves.
PHONE = """
import sys, json
from recorder import *
secrets = {}
try:
    with open("phone.json") as f:
        for k, key, value in json.load(f):
            secrets[k, bytes(key)] = bytes(value)
except OSError:
    pass

def hook(event, data):
    if event == 30:
        kind, key, value = data
        secrets[kind, key] = value
        return True
    if event == 29:
        kind, index, key = data
        if key is not None:
            return secrets.get((kind, key))
        values = [v for (k, _), v in secrets.items() if k == kind]
        return values[index] if index < len(values) else None
    if event == 31:
        ble.gap_passkey(data[0], data[1], 123456)

ble = bluetooth.BLE()
ble.config(bond=True, le_secure=True, mitm=True, io=2)
events = Recorder(ble, hook)
ble.active(True)
ble.config(addr_mode=2)
ble.gap_scan(0, 30_000, 30_000)
while True:
    seen = events.wait(SCAN_RESULT, 10_000)
    if b"mpy-temp" in seen[4]:
        break
ble.gap_scan(None)
conn = connect(ble, events, seen)
ble.gap_pair(conn)
print("update", events.wait(28)[1:])
print("temperature", len(read(ble, events, conn, find(ble, events, conn, bluetooth.UUID(0x2A6E)))))
ble.gap_disconnect(conn)
events.wait(PERIPHERAL_DISCONNECT)
ble.active(False)
with open("phone.json", "w") as f:
    json.dump([(k, list(key), list(value)) for (k, key), value in secrets.items()], f)
print("private", seen[1][0] >> 6 == 1)
"""


class Failed(Exception):
    pass


class Device:
    """A process, of favonius-micropython or another program, whose output is waited for."""

    def __init__(self, script=None, file=None, env=None, terminal=False, program=MICROPYTHON):
        command = [str(program)] + (["-c", script] if script else [str(file)] if file else [])
        self.terminal = None
        stdin = stdout = subprocess.PIPE
        if terminal:
            self.terminal, stdin = pty.openpty()
            stdout = stdin
        self.process = subprocess.Popen(
            command, stdin=stdin, stdout=stdout, stderr=subprocess.STDOUT,
            env=dict(os.environ, MICROPYPATH=f".frozen:{HERE}/multi/lib", TERM="dumb",
                     **(env or {})),
        )
        if terminal:
            os.close(stdin)
        self.output = b""

    def send(self, text):
        fd = self.terminal if self.terminal else self.process.stdin.fileno()
        os.write(fd, text.encode())

    def expect(self, pattern, timeout_s=10):
        """The match of a regular expression in what comes from now on."""
        fd = self.terminal if self.terminal else self.process.stdout.fileno()
        end = time.monotonic() + timeout_s
        while True:
            match = re.search(pattern.encode(), self.output)
            if match:
                self.output = self.output[match.end():]
                return [group.decode() for group in match.groups()]
            left = end - time.monotonic()
            if left <= 0 or not select.select([fd], [], [], left)[0]:
                raise Failed(f"no {pattern!r} in {timeout_s} s, but {self.output!r}")
            try:
                got = os.read(fd, 4096)
            except OSError:  # how a terminal ends
                got = b""
            if not got:
                raise Failed(f"ended without {pattern!r}: {self.output!r}")
            self.output += got

    def end(self, status=0, timeout_s=5):
        try:
            got = self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise Failed(f"has not ended after {timeout_s} s") from None
        if got != status:
            raise Failed(f"exit status {got} instead of {status}: {self.output!r}")

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream:
                stream.close()
        if self.terminal:
            os.close(self.terminal)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()


def central_of(peripheral):
    return Device(CENTRAL.format(*peripheral.expect(r"address (\d) (\w+)\s")))


def prompt():
    """At the REPL's prompt the device answers."""
    with Device(terminal=True) as device:
        device.expect(">>> ")
        for line in PERIPHERAL.strip().splitlines():
            device.send(line + "\r")
            device.expect(r"\n(?:.*\r\n)*>>> " if "print" not in line else "(?=address)")
        with central_of(device) as central:
            central.expect("read b'value'")
            device.send("print(6 * 7)\r")
            device.expect("\n42\r\n>>> ")
            central.send("now\n")
            device.send("\x04")
            (ms,) = central.expect(r"ended (\d+)")
            if int(ms) > 2000:
                raise Failed(f"the peer was not told: {ms} ms")
            device.end()
            central.end()


INTERRUPTED = {
    "sleep": "time.sleep(60)",
    "sleep_ms": "time.sleep_ms(60_000)",
    "idle": "while True: machine.idle()",
    "busy": "while True: pass",
    "stdin": "sys.stdin.readline()",
    "poll": "p = select.poll(); p.register(sys.stdin); p.poll()",
    "asyncio": "async def main():\n    await asyncio.sleep(60)\nasyncio.run(main())",
}


def interrupt():
    """Ctrl-C ends each kind of wait."""
    for name, code in INTERRUPTED.items():
        script = f"import asyncio, machine, select, sys, time\n{PERIPHERAL}\n{code}\n"
        with Device(script) as device:
            device.expect(r"address")
            time.sleep(0.2)
            device.process.send_signal(signal.SIGINT)
            try:
                device.expect("KeyboardInterrupt", 2)
                device.end(1)
            except Failed as failed:
                raise Failed(f"{name}: {failed}") from None


def leaving():
    """A program that ends without switching Bluetooth off ends its links."""
    with Device(PERIPHERAL + "import sys\nsys.stdin.readline()\n") as device:
        with central_of(device) as central:
            central.expect("read b'value'")
            central.send("now\n")
            device.send("end\n")
            (ms,) = central.expect(r"ended (\d+)")
            device.end()
            central.end()
            if int(ms) > 2000:
                raise Failed(f"the peer was not told: {ms} ms")


def killed():
    """A device that is gone is missed after the supervision timeout of 4 s."""
    with Device(PERIPHERAL + "import sys\nsys.stdin.readline()\n") as device:
        with central_of(device) as central:
            central.expect("read b'value'")
            central.send("now\n")
            time.sleep(0.1)
            device.process.kill()
            (ms,) = central.expect(r"ended (\d+)")
            central.end()
            if not 3000 < int(ms) < 6000:
                raise Failed(f"missed after {ms} ms")


def end_of_input():
    """The end of standard input is the end, not a wait."""
    with Device(PERIPHERAL + "import sys\nprint(repr(sys.stdin.read()))\n") as device:
        device.expect("address")
        device.send("last")
        device.process.stdin.close()
        device.process.stdin = None
        device.expect("'last'")
        device.end()


def no_controller():
    """Without a controller active(True) raises, and works once there is one."""
    script = """
import bluetooth, os
ble = bluetooth.BLE()
try:
    ble.active(True)
except OSError as er:
    print("errno", er.errno, ble.active())
os.putenv("FAVONIUS_HCI", "{}")
print("now", ble.active(True))
"""
    with Device(script.format(os.environ["FAVONIUS_HCI"]),
                env={"FAVONIUS_HCI": "unix:/nonexistent/air"}) as device:
        device.expect("errno 2 False")
        device.expect("now True")
        device.end()


def other_thread():
    """Bluetooth belongs to the first thread; others are told so."""
    script = PERIPHERAL + """
import _thread
def other():
    for call in (lambda: ble.active(True), lambda: ble.gap_scan(0), lambda: ble.config("mac")):
        try:
            call()
        except OSError as er:
            print("errno", er.errno)
    print("over")
_thread.start_new_thread(other, ())
time.sleep_ms(300)
print("active", ble.active())
"""
    with Device(script) as device:
        for _ in range(3):
            device.expect("errno 1\\s")
        device.expect("over")
        device.expect("active True")
        device.end()


def temperature():
    """MicroPython's example, unmodified: a sensor and a central, five values."""
    with Device(file=EXAMPLES / "ble_temperature.py"):
        with Device(file=EXAMPLES / "ble_temperature_central.py") as central:
            central.expect("Found sensor:")
            central.expect("Connected")
            for _ in range(5):
                central.expect(r"-?\d+\.\d+")


def scripts(folder, **lines):
    """A shell script for each, which `favonius run` starts as a device of that name."""
    for name, text in lines.items():
        path = pathlib.Path(folder) / name
        path.write_text(f"#!/bin/sh\ncd '{folder}'\n{text}")
        path.chmod(0o755)
    return [pathlib.Path(folder) / name for name in lines]


def run_devices(devices, *search):
    """What they printed under `favonius run`, which gives each an address of its own to keep."""
    path = ":".join([".frozen", f"{HERE}/multi/lib"] + [str(folder) for folder in search])
    result = subprocess.run(
        [os.environ["FAVONIUS"], "run", "--no-color"] + devices,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        timeout=60, env=dict(os.environ, MICROPYPATH=path))
    return result.stdout


def bonded_twice(mode, when="early"):
    """Both sides run twice in the address mode; what the central printed."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        (path / "bonded.py").write_text(BONDED)
        line = f"'{MICROPYTHON}' bonded.py {{}} . {mode} {when}"
        output = run_devices(scripts(folder, **{
            role: f"{line} && {line}\n".format(role, role) for role in ("peripheral", "central")}))
        for role in ("peripheral", "central"):
            lines = re.findall(rf"{role}\W.*?(update .*)", output)
            # A bond, and the key of private addresses.
            if lines != ["update (1, 0, 1, 16) made 2", "update (1, 0, 1, 16) made 0"]:
                raise Failed(output)
        return output


def bond_restart():
    """A bond made in one process works in the next, on devices that keep their addresses."""
    output = bonded_twice(0)
    if re.findall("by its identity (.*)", output) != ["True", "True"]:
        raise Failed(output)


def bond_restart_private():
    """The same where both sides have private addresses: known again by the bond alone."""
    output = bonded_twice(2)
    if re.findall("by its identity (.*)", output) != ["False", "True"] or \
            re.findall("gone (.*)", output) != ["True", "True"]:
        raise Failed(output)


def bond_restart_late():
    """config(bond=True) as late as gap_pair: the bond of the former process is used all the same."""
    bonded_twice(0, "late")


def bonding_example():
    """MicroPython's example, unmodified, shows a passkey and bonds; killed and started again it
    knows its phone, which is started again too."""
    run = """
for i in 1 2; do
	'{0}' '{1}/ble_bonding_peripheral.py' &
	until [ -e phone$i ] && [ -e secrets.json ]; do sleep 0.1; done
	kill -9 $!
done
"""
    phone = "for i in 1 2; do '{0}' phone.py && touch phone$i; done\n"
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "phone.py").write_text(PHONE)
        output = run_devices(scripts(folder, example=run.format(MICROPYTHON, EXAMPLES),
                                     phone=phone.format(MICROPYTHON)), EXAMPLES)
    for pattern, wanted in (
            (r"passkey action 0 (\d)", ["3"]),
            (r"encryption update 0 (.*)", ["1 1 1 16"] * 2),
            (r"update \((.*)\)", ["1, 1, 1, 16"] * 2),
            (r"temperature (.*)", ["2"] * 2),
            (r"private (.*)", ["True", "False"])):
        if re.findall(pattern, output) != wanted:
            raise Failed(f"{pattern}: {output}")


FLOODED = """
import sys, bluetooth
seen = 0
def irq(event, data):
    global seen
    if event == 5:
        seen += 1
        if seen % 50 == 1:
            ble.gap_advertise(None)
            ble.gap_advertise(100_000, b"")
ble = bluetooth.BLE()
ble.active(True)
ble.irq(irq)
ble.gap_scan(0, 30_000, 30_000)
sys.stdin.readline()
last = -1
while seen != last:
    last = seen
    time.sleep_ms(200)
dropped = ble.gap_scan_dropped()
ble.active(False)
print("seen", seen, "dropped", dropped)
"""


def flooded():
    """Reports that come while a handler waits for the controller are seen, or counted."""
    sent = 3000
    with tempfile.TemporaryDirectory() as folder:
        reporter = reports.Reporter(os.environ["FAVONIUS_HCI"].split(":", 1)[1], folder + "/hci")
        try:
            with Device("import time\n" + FLOODED, env={"FAVONIUS_HCI": reporter.url}) as device:
                reporter.accept()
                reporter.until(lambda: reporter.scanning)
                # In events of three: each report counts.
                for number in range(0, sent, 3):
                    reporter.report(reports.legacy(number, 3))
                reporter.until(lambda: not reporter.to_host)
                device.send("over\n")
                while reporter.step(0.05):
                    pass
                seen, dropped = (int(n) for n in device.expect(r"seen (\d+) dropped (\d+)"))
                device.end()
        finally:
            reporter.close()
    if seen + dropped != sent or dropped == 0:
        raise Failed(f"{sent} sent, {seen} seen, {dropped} counted as dropped")


# Listens, and says what it reads of each channel.
LISTENER = """
from recorder import *
ble = bluetooth.BLE()
ble.active(True)

def hook(event, data):
    if event == L2CAP_RECV:
        buf = bytearray(300)
        print("read", data[1], ble.l2cap_recvinto(data[0], data[1], buf), buf[0])

events = Recorder(ble, hook)
ble.l2cap_listen(22, 300)
ble.gap_advertise(20_000, ADV)
mac = ble.config("mac")[1]
print("address", ":".join("{:02X}".format(b) for b in mac))
cids = [events.wait(L2CAP_CONNECT, 10_000)[1] for _ in range(5)]
print("channels", len(set(cids)))
ends = [events.wait(L2CAP_DISCONNECT, 10_000)[1] for _ in range(5)]
print("ended", sorted(ends) == sorted(cids))
ble.active(False)
"""


def five_channels():
    """A peer asks for five channels with one request, which is nothing that MicroPython can do."""
    peer = pathlib.Path(os.environ["FAVONIUS"]).parent / "tests" / "interop" / "interop_device"
    with Device("import time\n" + LISTENER) as listener, Device(program=peer) as device:
        (address,) = listener.expect(r"address (\S+)\s")
        device.send("on\n")
        device.expect("ok on")
        device.send(f"connect {address}/public\n")
        (link,) = device.expect(r"connected (\d+)")
        device.send(f"channels {link} 22 5\n")
        channels = [device.expect(r"channel-open (\d+) 22 300 \d+ 1")[0] for _ in range(5)]
        listener.expect("channels 5")
        for number, channel in enumerate(channels):
            device.send(f"send {channel} {100 + number} {number}\n")
            listener.expect(rf"read \d+ {100 + number} {number}\s")
        device.send(f"disconnect {link}\n")
        listener.expect("ended True")
        listener.end()


CHECKS = [flooded, five_channels, prompt, interrupt, leaving, killed, end_of_input, no_controller,
          other_thread, temperature, bond_restart, bond_restart_late, bond_restart_private,
          bonding_example]


def main():
    ok = True
    for check in CHECKS:
        if len(sys.argv) > 1 and check.__name__ not in sys.argv[1:]:
            continue
        print(f"{check.__name__}.py on {os.path.basename(MICROPYTHON)}: ", end="", flush=True)
        try:
            check()
            print("pass", flush=True)
        except Failed as failed:
            print("FAIL", flush=True)
            print(failed)
            ok = False
    sys.exit(0 if ok else 1)


if __name__ == "__main__":
    main()
