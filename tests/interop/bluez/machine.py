# SPDX-License-Identifier: Apache-2.0
"""A small virtual machine with Linux's Bluetooth and BlueZ, whose controller is one of our air's: the
machine's second serial port is a connection to the air. Two shells are at two others.
"""

import asyncio
import os
import pathlib
import re
import shutil

from peers import Inbox

BOOT_S = 60
# A machine with hardware's help is up in two seconds, or not at all.
KVM_S = 8
STEP_S = 15
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|[\x01\x02\x07\r]")
QEMU = "qemu-system-x86_64"


class Shell:
    """A shell of the machine, in which a program may run."""

    def __init__(self, name, reader, writer):
        self.name, self.reader, self.writer = name, reader, writer
        self.count = 0
        self.text, self.news = "", asyncio.Event()
        self.log = ""
        self.task = asyncio.create_task(self._read())

    async def _read(self):
        while data := await self.reader.read(4096):
            # What a piece ends with may be the beginning of an escape sequence.
            self.text = ESCAPES.sub("", self.text + data.decode(errors="replace"))
            self.log = ESCAPES.sub("", self.log + data.decode(errors="replace"))[-20000:]
            self.news.set()

    def send(self, line):
        self.writer.write(f"{line}\n".encode())

    async def expect(self, pattern, limit=STEP_S):
        """What matches, in what has come since the last match; the text before it is passed."""
        regex = re.compile(pattern, re.M)

        async def search():
            while not (found := regex.search(self.text)):
                self.news.clear()
                await self.news.wait()
            return found

        try:
            found = await asyncio.wait_for(search(), limit)
        except asyncio.TimeoutError:
            raise AssertionError(f"{self.name}: no {pattern!r} in:\n{self.text[-3000:]}") from None
        self.text = self.text[found.end():]
        return found

    async def run(self, command, limit=STEP_S):
        """Its output; it must end with success."""
        self.count += 1
        self.text = ""
        self.send(f"{command}; echo \"<$?:{self.count}>\"")
        found = await self.expect(f"^([^$]*?)<(\\d+):{self.count}>", limit)
        assert found[2] == "0", f"{command}: {found[2]}: {found[1]}"
        return found[1].strip()

    async def close(self):
        self.writer.close()
        await self.task


class Ctl:
    """bluetoothctl, as a user runs it."""

    def __init__(self, shell, other):
        self.shell, self.other = shell, other

    async def start(self, agent):
        self.shell.text = ""
        self.shell.send(f"bluetoothctl --agent {agent}")
        await self.expect("Agent registered")

    async def stop(self):
        """Whatever it asks for meanwhile."""
        await self.other.run("killall bluetoothctl; while pidof bluetoothctl; do sleep 0.1; done")
        await self.shell.run("stty sane -echo")

    async def expect(self, pattern, limit=STEP_S):
        return await self.shell.expect(pattern, limit)

    async def do(self, command, answer, limit=STEP_S):
        self.shell.text = ""
        self.shell.send(command)
        return await self.expect(answer, limit)


class Machine:
    """Boots it. Folder: what tools/bluez_image.py has made."""

    def __init__(self, folder, scratch, air_socket):
        self.folder, self.scratch = pathlib.Path(folder), pathlib.Path(scratch)
        self.air_socket = air_socket
        self.process = None

    async def start(self):
        """By KVM where it works, which is tried and remembered; else by emulation."""
        verdict = self.folder / "kvm-fails"
        if os.access("/dev/kvm", os.R_OK | os.W_OK) and not verdict.exists():
            try:
                await self._boot("kvm", KVM_S)
                return
            except (AssertionError, OSError):
                await self.kill()
                verdict.touch()
        await self._boot("tcg", BOOT_S)

    async def _boot(self, accelerator, limit):
        assert shutil.which(QEMU), f"there is no {QEMU}"
        consoles = [self.scratch / f"console{n}" for n in (0, 2)]
        ports = []
        for path, index in zip(consoles, (0, 2)):
            path.unlink(missing_ok=True)
            ports += ["-chardev", f"socket,path={path},id=c{index},server=on,wait=off",
                      "-device", f"isa-serial,chardev=c{index},index={index}"]
        self.process = await asyncio.create_subprocess_exec(
            QEMU, "-M", f"pc,accel={accelerator}", "-m", "192", "-nodefaults", "-no-reboot",
            "-display", "none", "-kernel", str(self.folder / "vmlinuz"), "-initrd",
            str(self.folder / "initramfs"), "-append", "console=ttyS0 loglevel=3 panic=-1", *ports,
            "-chardev", f"socket,path={self.air_socket},id=hci",
            "-device", "isa-serial,chardev=hci,index=1", stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE)
        self.errors = asyncio.create_task(self.process.stderr.read())
        self.shells = []
        for path in consoles:
            self.shells.append(await self._shell(path))
        await self.shells[0].expect("the machine is up", limit)
        for shell in self.shells:
            shell.send("export PS1= PS2=; echo ready")
            await shell.expect("ready$")

    async def _shell(self, path):
        while True:
            try:
                return Shell(path.name, *await asyncio.open_unix_connection(str(path)))
            except OSError:
                if self.process.returncode is not None:
                    error = (await self.errors).decode(errors="replace")
                    raise AssertionError(f"{QEMU}: {error}") from None
                await asyncio.sleep(0.02)

    async def kill(self):
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()
        for shell in self.shells:
            await shell.close()
        await self.errors
