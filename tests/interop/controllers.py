# SPDX-License-Identifier: Apache-2.0
"""Two kinds of virtual controller behind one interface: our air's, and Bumble's.

new() makes a controller and returns the URL where a host finds it: over tcp and over a unix socket
in turn, so that each test has both.
"""

import asyncio
import itertools
import logging
import pathlib
import socket

from bumble import hci
from bumble.controller import Controller
from bumble.link import LocalLink
from bumble.transport.tcp_server import open_tcp_server_transport_with_socket
from bumble.transport.unix import open_unix_server_transport

import peers


class Air:
    """`favonius air` in a process of its own. Of `places` controllers the first that is free has
    always the same public address; others have one of their own."""

    def __init__(self, program, folder, places=0):
        self.program, self.folder, self.places = program, folder, places

    async def start(self):
        scenario = []
        if self.places:
            file = pathlib.Path(self.folder) / "scenario"
            file.write_text("".join(f"device place{n} address 02:00:00:00:00:0{n}\n"
                                    for n in range(1, self.places + 1)))
            scenario = ["--scenario", str(file)]
        self.process = await asyncio.create_subprocess_exec(
            self.program, "air", "--listen", "tcp:127.0.0.1:0", "--listen",
            f"unix:{self.folder}/air", *scenario, stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
        lines = [await asyncio.wait_for(self.process.stdout.readline(), peers.LIMIT_S)
                 for _ in range(2)]
        self.urls = itertools.cycle([line.split()[-1].decode() for line in lines])

    async def new(self):
        return next(self.urls)

    async def remove(self, url):
        """A controller ends with its connection."""

    async def stop(self):
        self.process.terminate()
        rest, _ = await asyncio.wait_for(self.process.communicate(), peers.LIMIT_S)
        assert self.process.returncode == 0, rest.decode(errors="replace")
        assert not rest, rest.decode(errors="replace")


class AnsweringController(Controller):
    """Bumble's, where two things are changed that would end every test with it:

    - It says that it has the command LE Set PHY and does not answer it, nor any other command it
      does not know that ends by an event. Core 6.0 Vol 4 Part E 4.4 wants Command Status with
      Unknown HCI Command.
    - It reports advertising by extended events as soon as it has extended advertising, also to a
      host that uses legacy commands alone. Vol 4 Part E 3.1.1 wants legacy events then.
    """

    le_features = (Controller.le_features & ~hci.LeFeatureMask.LE_EXTENDED_ADVERTISING &
                   ~hci.LeFeatureMask.LE_PERIODIC_ADVERTISING)

    def on_hci_command(self, command):
        if isinstance(command, hci.HCI_SyncCommand):
            return super().on_hci_command(command)
        self._send_hci_command_status(hci.HCI_ErrorCode.UNKNOWN_HCI_COMMAND_ERROR, command.op_code)
        return None


class BumbleControllers:
    """Bumble's controllers on a link of its own, each served to one host."""

    def __init__(self, folder, kind=AnsweringController):
        self.folder, self.kind = folder, kind
        self.count, self.at = 0, {}
        logging.getLogger("bumble").setLevel(logging.CRITICAL)

    async def start(self):
        self.link = LocalLink()

    async def new(self):
        number, self.count = self.count, self.count + 1
        if number % 2 == 0:
            listener = socket.socket()
            listener.bind(("127.0.0.1", 0))
            transport = await open_tcp_server_transport_with_socket(listener)
            url = f"tcp:127.0.0.1:{listener.getsockname()[1]}"
        else:
            url = f"unix:{self.folder}/{number}"
            transport = await open_unix_server_transport(f"{self.folder}/{number}")
        controller = self.kind(str(number), host_source=transport.source,
                               host_sink=transport.sink, link=self.link)
        self.at[url] = transport, controller
        return url

    async def remove(self, url):
        transport, controller = self.at.pop(url)
        controller.le_legacy_advertiser.stop()
        self.link.remove_controller(controller)
        transport.server.close()
        await transport.close()

    async def stop(self):
        for url in list(self.at):
            await self.remove(url)
