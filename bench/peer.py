#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The same work by our host and by Bumble's, on the same air: CPU time and memory of each.

    peer.py FAVONIUS BENCH_PEER [ROUNDS]

The process under test is bench/peer.c (our host) or bench/peer_bumble.py (run by the Python of this
program), both on H4 over a unix socket to a virtual controller. At the other end of the link is
always our host, so that both meet the same packets at the same times: interval 7.5 ms, 2M, data
length 251, MTU 247, which both check before they begin. What it takes is the difference of getrusage
between the moment it may begin and the one when all has arrived; start-up, connection and discovery
come before, but for `discover`, whose work they are.

    notify    so many notifications of 244 bytes; sent by a peripheral, or received by a central
    write     so many writes without response of 244 bytes; sent by a central, or received
    l2cap     so many SDUs of 245 bytes over a channel, a packet each; sent by a central, or received
    discover  connect, exchange the MTU, discover services and characteristics, read 20 values one
              by one, disconnect
    reports   advertising reports of 31 bytes, 10,000 a second, each one an event

Works take turns, and the row is the median of the rounds. Real time.
"""

import json
import os
import platform
import re
import selectors
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from reports import Air, Reporter, extended, legacy

HERE = Path(__file__).resolve().parent
LINK = "ready mtu 247 octets 251 phy 2 interval 6"
LIMIT_S = 120
RATE = 10000
# Work, whether the process under test is the central, how often, and what that is called.
WORKS = [
    ("notify", False, 2000, "notification sent"),
    ("notify", True, 2000, "notification received"),
    ("write", True, 2000, "write without response sent"),
    ("write", False, 2000, "write without response received"),
    ("l2cap", True, 2000, "SDU of a channel sent"),
    ("l2cap", False, 2000, "SDU of a channel received"),
    ("discover", True, 5, "connect, discover, read 20 values"),
]
REPORTS = [(legacy, "legacy report"), (extended, "extended report")]
COUNT = 20000


class Program:
    """A process with a host, on a controller."""

    def __init__(self, command, hci):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        env=dict(os.environ, FAVONIUS_HCI=hci,
                                                 FAVONIUS_SETTINGS="ram:"))
        os.set_blocking(self.process.stdout.fileno(), False)
        self.buffer = b""

    def line(self):
        """The next line that is there, or None."""
        more = self.process.stdout.read()
        if more == b"" and b"\n" not in self.buffer:
            raise RuntimeError(f"{self.process.args[0]} has ended")
        self.buffer += more or b""
        if b"\n" not in self.buffer:
            return None
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line.decode()

    def expect(self, first):
        """Waits for the line that begins so, and returns it."""
        end = time.monotonic() + LIMIT_S
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            while True:
                line = self.line()
                if line is None:
                    if time.monotonic() > end:
                        raise RuntimeError(f"no {first} from {self.process.args[0]}")
                    selector.select(1)
                elif line.split()[0] == first:
                    return line

    def say(self, word):
        self.process.stdin.write(f"{word}\n".encode())
        self.process.stdin.flush()

    def stop(self):
        """What it has taken: count, cpu_us; and rss_kb, the most that was resident: its own, while
        ru_maxrss would begin with this program's."""
        self.say("stop")
        words = self.expect("count").split()
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        peak = re.search(r"^VmHWM:\s+(\d+) kB", status, re.M)
        return {**dict(zip(words[::2], map(int, words[1::2]))), "rss_kb": int(peak.group(1))}

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.process.stdin.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


def on_link(ours, under_test, work, central, count, hci):
    """One work on a link between the host under test and ours."""
    def start(command, *args):
        return Program([*command, work, str(count), *args], hci)

    with start(ours if central else under_test) as peripheral:
        address = peripheral.expect("address").split()[1]
        # A peripheral on which "discover" is done is not asked for more.
        with start(under_test if central else ours, address) as far:
            tested, other = (far, peripheral) if central else (peripheral, far)
            for program in (tested, other):
                ready = program.expect("ready")
                if work != "discover" and ready != LINK:
                    raise RuntimeError(f"the link has: {ready}")
            sends = (work != "notify") == central
            if work == "discover":
                tested.say("go")
                tested.expect("done")
                return tested.stop()
            # Whoever receives is ready to count before anything is sent.
            sender, receiver = (tested, other) if sends else (other, tested)
            receiver.say("go")
            time.sleep(0.1)
            sender.say("go")
            receiver.expect("done")
            return tested.stop()


def heard(under_test, make, count, air):
    """Advertising reports, from a controller that makes them."""
    with tempfile.TemporaryDirectory(prefix="favonius-peer-") as folder:
        reporter = Reporter(air.path, str(Path(folder) / "reporter"))
        try:
            with Program([*under_test, "reports", str(count)], reporter.url) as program:
                reporter.accept()
                reporter.until(lambda: reporter.scanning)
                ready = None
                while ready != "ready":
                    reporter.step(0.05)
                    ready = program.line()
                program.say("go")
                for _ in range(4):
                    reporter.step(0.05)
                reporter.pace(make, RATE, 1, count)
                end, line = time.monotonic() + LIMIT_S, None
                while line != "done" and time.monotonic() < end:
                    reporter.step(0.05)
                    line = program.line()
                return program.stop()
        finally:
            reporter.close()


def versions(python):
    out = subprocess.run([python, "-c", "import importlib.metadata as m; "
                          "print(m.version('bumble'))"], capture_output=True, text=True, check=True)
    return f"Bumble {out.stdout.strip()}, Python {platform.python_version()}"


def median_row(what, count, results, peer):
    row = {"bench": "peer", "what": what, "count": count, "peer": peer}
    for name, taken in results.items():
        # What has not arrived is not hidden in a mean.
        row[name] = {"each_us": round(statistics.median(t["cpu_us"] / count for t in taken), 2),
                     "rss_kb": max(t["rss_kb"] for t in taken),
                     "missing": max(count - t["count"] for t in taken)}
    row["ratio"] = round(row["bumble"]["each_us"] / row["ours"]["each_us"], 1)
    return row


def main():
    if not 3 <= len(sys.argv) <= 4:
        print(__doc__, file=sys.stderr)
        return 2
    favonius, rounds = sys.argv[1], int(sys.argv[3]) if len(sys.argv) > 3 else 3
    ours = [sys.argv[2]]
    hosts = {"ours": ours, "bumble": [sys.executable, "-B", str(HERE / "peer_bumble.py")]}
    peer = versions(sys.executable)

    def rounds_of(run):
        taken = {name: [] for name in hosts}
        for _ in range(rounds):
            for name, command in hosts.items():
                with tempfile.TemporaryDirectory(prefix="favonius-peer-") as folder, \
                        Air(favonius, folder) as air:
                    taken[name].append(run(command, air))
        return taken

    def measure(what, count, run):
        """One row; what has failed is told, and is none."""
        print(what, file=sys.stderr)
        try:
            results = rounds_of(run)
        except (RuntimeError, OSError) as error:
            print(f"{what}: {error}", file=sys.stderr)
            return False
        print(json.dumps(median_row(what, count, results, peer)), flush=True)
        return True

    good = [measure(what, count, lambda command, air: on_link(
        ours, command, work, central, count, f"unix:{air.path}"))
            for work, central, count, what in WORKS]
    good += [measure(what, COUNT, lambda command, air: heard(command, make, COUNT, air))
             for make, what in REPORTS]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
