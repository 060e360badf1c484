# SPDX-License-Identifier: Apache-2.0
"""What the tests of the command share."""

import os
import pathlib
import select
import signal
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import time
import unittest

FAVONIUS = None

RESET = bytes.fromhex("01030c00")
RESET_DONE = bytes.fromhex("040e0401030c00")
READ_BD_ADDR = bytes.fromhex("01091000")


class Case(unittest.TestCase):
    """A folder, an environment without the user's settings, and processes that end with the test."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="fav")
        self.addCleanup(folder.cleanup)
        self.dir = pathlib.Path(folder.name)
        self.tmp = self.dir / "tmp"
        self.tmp.mkdir()
        self.env = {k: v for k, v in os.environ.items() if not k.startswith("FAVONIUS_")}
        self.env["XDG_RUNTIME_DIR"] = str(self.dir)
        self.env["TMPDIR"] = str(self.tmp)
        self.env.pop("NO_COLOR", None)

    def start(self, *args, **kwargs):
        """A running favonius."""
        kwargs.setdefault("stdin", subprocess.DEVNULL)
        process = subprocess.Popen(
            [FAVONIUS, *map(str, args)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            errors="replace", env=self.env, cwd=self.dir, **kwargs)
        self.addCleanup(self.stop, process)
        return process

    @staticmethod
    def stop(process):
        if process.poll() is None:
            process.kill()
        process.communicate()

    def favonius(self, *args, status=0, timeout=20, **kwargs):
        """Its standard output and error, once it has ended with that status."""
        process = self.start(*args, **kwargs)
        out, err = process.communicate(timeout=timeout)
        self.assertEqual(process.returncode, status, f"\nstdout: {out}\nstderr: {err}")
        return out, err

    def finish(self, process, status=0, timeout=20):
        out, err = process.communicate(timeout=timeout)
        self.assertEqual(process.returncode, status, f"\nstdout: {out}\nstderr: {err}")
        return out, err

    def program(self, name, text):
        """An executable in the test's folder."""
        path = self.dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path

    def shell(self, name, script):
        return self.program(name, "#!/bin/sh\n" + script + "\n")

    def wait_for(self, what, timeout=10):
        """What it returns, once that is true."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            result = what()
            if result:
                return result
            time.sleep(0.01)
        self.fail("it did not come")

    def read_line(self, process, timeout=10):
        """One line, and no byte more, so that a later select() sees what follows it."""
        line = b""
        while not line.endswith(b"\n"):
            ready, _, _ = select.select([process.stdout], [], [], timeout)
            self.assertTrue(ready, f"no line came, but {line}")
            byte = os.read(process.stdout.fileno(), 1)
            self.assertTrue(byte, f"the output ended with {line}")
            line += byte
        return line.decode()

    def peer(self, url):
        peer = Peer(url)
        self.addCleanup(peer.close)
        return peer

    def gone(self, pid):
        """Whether no such process runs any more."""
        try:
            text = pathlib.Path(f"/proc/{pid}/stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return True
        return text.rsplit(")", 1)[1].split()[0] in "ZX"


class Line:
    """A serial line, with the functions of a socket that a peer uses."""

    def __init__(self, path):
        self.fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        self.timeout = None

    def fileno(self):
        return self.fd

    def settimeout(self, seconds):
        self.timeout = seconds

    def setblocking(self, on):
        self.timeout = None if on else 0

    def recv(self, size):
        if not select.select([self.fd], [], [], self.timeout)[0]:
            raise socket.timeout if self.timeout else BlockingIOError
        return os.read(self.fd, size)

    def send(self, data):
        if not select.select([], [self.fd], [], self.timeout)[1]:
            raise socket.timeout if self.timeout else BlockingIOError
        return os.write(self.fd, data)

    def sendall(self, data):
        while data:
            data = data[self.send(data):]

    def close(self):
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1


class Peer:
    """A raw H4 peer of an air."""

    def __init__(self, url):
        scheme, rest = url.split(":", 1)
        if scheme == "serial":
            self.socket = Line(rest)
        elif scheme == "unix":
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.connect(rest)
        else:
            host, port = rest.rsplit(":", 1)
            self.socket = socket.create_connection((host.strip("[]"), int(port)))
        self.socket.settimeout(10)

    def send(self, data):
        self.socket.sendall(data)

    def read(self, size):
        data = b""
        while len(data) < size:
            more = self.socket.recv(size - len(data))
            if not more:
                raise EOFError(f"only {data.hex()}")
            data += more
        return data

    def event(self):
        """The next one; data before it is passed over."""
        header = self.read(3)
        while header[0] == 2:
            header += self.read(2)
            self.read(struct.unpack_from("<H", header, 3)[0])
            header = self.read(3)
        assert header[0] == 4, header
        return header + self.read(header[2])

    def reset(self):
        self.send(RESET)
        return self.event()

    def command(self, opcode, parameters=b""):
        """The status of a command that is answered by Command Complete."""
        self.send(struct.pack("<BHB", 1, opcode, len(parameters)) + parameters)
        while True:
            event = self.event()
            if event[1] == 0x0E and event[4:6] == struct.pack("<H", opcode):
                return event[6]

    def wait_for(self, code):
        """The next event with that code."""
        while True:
            event = self.event()
            if event[1] == code:
                return event

    def advertise(self, data):
        """Undirected, connectable, every 20 ms."""
        parameters = struct.pack("<HHBBB6sBB", 32, 32, 0, 0, 0, bytes(6), 7, 0)
        return (self.command(0x2006, parameters),
                self.command(0x2008, bytes([len(data)]) + data.ljust(31, b"\0")),
                self.command(0x200A, b"\1"))

    def scan(self):
        """Passive, all the time, every packet."""
        return (self.command(0x0C01, b"\xff" * 8),
                self.command(0x200B, struct.pack("<BHHBB", 0, 16, 16, 0, 0)),
                self.command(0x200C, b"\1\0"))

    def address(self):
        """As it is written, the most significant byte first."""
        self.send(READ_BD_ADDR)
        return self.event()[12:6:-1].hex(":")

    def is_dropped(self):
        """Whether the other side ends it; what it sent before is ignored."""
        try:
            while self.socket.recv(4096):
                pass
        except ConnectionResetError:
            pass
        except socket.timeout:
            return False
        return True

    def close(self):
        self.socket.close()


def main():
    """Run the tests of the calling script: test_x.py FAVONIUS [unittest's arguments]."""
    global FAVONIUS
    FAVONIUS = os.path.abspath(sys.argv.pop(1))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    unittest.main()
