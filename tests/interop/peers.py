# SPDX-License-Identifier: Apache-2.0
"""What the two kinds of host have in common: Bumble's (bumble_peer.py) in this process, ours (ours.py)
in a process of its own, behind one interface.

Each serves the same service: 1a00 with 2a01 (read, write, up to 512 bytes), 2a02 (notify, indicate)
and 2a03 (300 bytes to read). Addresses are "AA:BB:CC:DD:EE:FF/random" or "/public", attributes are
handles, kinds of reports are the event types of Core 6.0 Vol 4 Part E 7.7.65.2.
"""

import asyncio

from bumble.device import AdvertisingType

# How long anything may take; far more than it does, since machines are busy.
LIMIT_S = 10

FLAGS = bytes.fromhex("020106")
NAME = b"\x09\x09favonius"
LONG_VALUE = bytes(i & 0xFF for i in range(300))

ADV_IND, ADV_DIRECT_IND, ADV_SCAN_IND, ADV_NONCONN_IND, SCAN_RSP = range(5)

KINDS = {
    "connectable": (AdvertisingType.UNDIRECTED_CONNECTABLE_SCANNABLE, ADV_IND),
    "scannable": (AdvertisingType.UNDIRECTED_SCANNABLE, ADV_SCAN_IND),
    "nonconnectable": (AdvertisingType.UNDIRECTED, ADV_NONCONN_IND),
    "directed": (AdvertisingType.DIRECTED_CONNECTABLE_HIGH_DUTY, ADV_DIRECT_IND),
    "directed-low": (AdvertisingType.DIRECTED_CONNECTABLE_LOW_DUTY, ADV_DIRECT_IND),
}


class Pairing:
    """What came of a pairing, as one side sees it."""

    def __init__(self, authenticated, secure_connections, bonded):
        self.authenticated, self.secure_connections = authenticated, secure_connections
        self.bonded = bonded

    def __eq__(self, other):
        return vars(self) == vars(other)

    def __repr__(self):
        return " ".join(f"{name}={value}" for name, value in vars(self).items())


class Refused(Exception):
    """A number says why: an HCI status, an ATT error, an errno of our device."""

    def __init__(self, code, what=""):
        super().__init__(f"{what} {code}".strip())
        self.code = code


class Inbox:
    """What has arrived and nobody has taken yet."""

    def __init__(self, name):
        self.name = name
        self.items = []
        self.arrived = asyncio.Event()

    def put(self, item):
        self.items.append(item)
        self.arrived.set()

    async def take(self, wanted, what, limit=LIMIT_S):
        """The first item for which wanted() returns something: that."""
        async def search():
            while True:
                for item in self.items:
                    found = wanted(item)
                    if found is not None:
                        self.items.remove(item)
                        return found
                self.arrived.clear()
                await self.arrived.wait()
        try:
            return await asyncio.wait_for(search(), limit)
        except asyncio.TimeoutError:
            raise AssertionError(f"{self.name}: no {what}; there were {self.items[-20:]}") from None


def as_hex(data):
    return data.hex() or "-"


def from_hex(text):
    return b"" if text == "-" else bytes.fromhex(text)
