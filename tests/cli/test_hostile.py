# SPDX-License-Identifier: Apache-2.0
"""Hosts that are not nice to an air, on each way to it: the others are served, memory is bounded,
and a line of the log says what was wrong."""

import pathlib
import select
import signal
import socket
import struct
import time

import cli
from cli import RESET, RESET_DONE

# By how much the air may grow, kB: a peer with its buffers, and what the allocator keeps.
GROWTH_KB = 2000


def command(opcode, parameters=b""):
    return struct.pack("<BHB", 1, opcode, len(parameters)) + parameters


def data(handle, payload):
    return struct.pack("<BHH", 2, handle, len(payload)) + payload


class Hostile:
    """The tests; a subclass says where an air listens."""

    where = ()
    # What one who floods sends, at most; far more than buffers hold.
    most = 20_000_000

    def setUp(self):
        super().setUp()
        self.air = self.start("air", *self.where)
        self.urls = [self.read_line(self.air).split()[-1] for _ in range(self.places)]
        self.next = 0
        self.good = self.come()
        self.assertEqual(self.good.reset(), RESET_DONE)

    def come(self, place=None):
        """A peer, each at a place of its own where a place has room for one only."""
        if place is None:
            place = self.next
            self.next += 1
        return self.peer(self.urls[place % self.places])

    def memory_kb(self):
        text = pathlib.Path(f"/proc/{self.air.pid}/status").read_text()
        return next(int(line.split()[1]) for line in text.splitlines() if line.startswith("VmRSS"))

    def flood(self, peer, packets, limit=None):
        """Send without reading until no more is taken; the number of bytes."""
        limit = limit or self.most
        peer.socket.setblocking(False)
        sent, quiet = 0, time.monotonic()
        while sent < limit and time.monotonic() < quiet + 0.3:
            try:
                sent += peer.socket.send(packets[sent % len(packets):])
                quiet = time.monotonic()
            except BlockingIOError:
                time.sleep(0.01)
            except (ConnectionResetError, BrokenPipeError):
                break
        return sent

    def leave(self, peer):
        peer.close()

    def served(self):
        for _ in range(20):
            self.assertEqual(self.good.reset(), RESET_DONE)

    def log(self):
        """What the air has said, once it has ended."""
        self.air.send_signal(signal.SIGTERM)
        return self.finish(self.air)[1]

    def assert_bounded(self, before):
        # AddressSanitizer keeps what was freed.
        if "asan" not in cli.FAVONIUS:
            self.assertLess(self.memory_kb(), before + GROWTH_KB)

    def test_junk_drops_only_its_sender(self):
        bad = self.come()
        bad.send(b"GET / HTTP/1.0\r\n\r\n")
        self.assert_dropped(bad)
        self.served()
        self.assertRegex(self.log(), r"0x47 is no indicator of a packet that a host sends; 0 bytes")

    def test_junk_behind_packets(self):
        bad = self.come()
        self.assertEqual(bad.reset(), RESET_DONE)
        bad.send(RESET + b"\x77")
        self.assert_dropped(bad)
        self.served()
        self.assertIn("0x77 is no indicator of a packet that a host sends; 8 bytes, 2 packets",
                      self.log())

    def test_a_packet_longer_than_any_buffer(self):
        bad = self.come()
        bad.send(struct.pack("<BHH", 2, 0, 0xFFFF) + bytes(100))
        self.assert_dropped(bad)
        self.served()
        self.assertIn("of 65539 bytes is longer than any buffer", self.log())

    def test_a_flood_of_junk(self):
        before = self.memory_kb()
        bad = self.come()
        self.flood(bad, b"\xff" * 65536)
        self.served()
        self.assert_bounded(before)
        self.assertEqual(self.log().count("0xff is no indicator"), 1)

    def test_a_flood_of_commands_that_is_never_read(self):
        before = self.memory_kb()
        bad = self.come()
        if isinstance(bad.socket, socket.socket):
            for buffer in (socket.SO_SNDBUF, socket.SO_RCVBUF):
                bad.socket.setsockopt(socket.SOL_SOCKET, buffer, 65536)
        sent = self.flood(bad, RESET * 16384)
        self.assertLess(sent, self.most, "the air reads on and on")
        self.served()
        self.assert_bounded(before)
        # When it reads again, every command has its reply.
        replies, wanted = b"", sent // len(RESET) * len(RESET_DONE)
        while len(replies) < wanted:
            ready, _, _ = select.select([bad.socket], [], [], 10)
            self.assertTrue(ready, f"{len(replies)} of {wanted} bytes of replies")
            replies += bad.socket.recv(1 << 20)
        self.assertEqual(replies, RESET_DONE * (wanted // len(RESET_DONE)))
        self.served()

    def test_a_flood_of_data_for_no_connection(self):
        before = self.memory_kb()
        bad = self.come()
        self.flood(bad, data(0x0001, bytes(251)) * 256, self.most // 4)
        self.served()
        self.assert_bounded(before)
        bad.close()
        self.served()

    def test_data_beyond_the_buffers_of_the_controller(self):
        """Two of them are connected; one sends far more than the other side was told of."""
        before = self.memory_kb()
        bad, other = self.come(), self.come()
        handle = self.connect(bad, other)
        self.flood(bad, data(handle, bytes(27)) * 1024, self.most // 4)
        self.served()
        self.assert_bounded(before)
        bad.close()
        self.assertEqual(other.wait_for(0x05)[3], 0)
        self.assertEqual(self.log().count("ignores flow control"), 1)

    def test_commands_without_waiting_for_credits(self):
        bad = self.come()
        bad.send(RESET * 50)
        for _ in range(50):
            self.assertEqual(bad.event(), RESET_DONE)
        self.served()

    def test_it_leaves_in_the_middle_of_a_packet(self):
        for cut, packet in enumerate((RESET, RESET, RESET, data(0, bytes(30)), data(0, bytes(30)))):
            bad = self.come(1)
            bad.send(RESET + packet[:cut + 1])
            self.assertEqual(bad.event(), RESET_DONE)
            self.leave(bad)
        last = self.come(1)
        self.assertEqual(last.reset(), RESET_DONE)
        self.served()
        self.assertEqual(self.log().count("has left in the middle of a packet"), 5)

    def test_it_leaves_while_connected(self):
        bad, other = self.come(), self.come()
        self.connect(bad, other)
        bad.send(RESET[:2])
        bad.close()
        # Connection timeout.
        self.assertEqual(other.wait_for(0x05)[6], 0x08)
        self.served()

    def test_a_scanner_that_never_reads(self):
        before = self.memory_kb()
        sender, deaf = self.come(), self.come()
        self.assertEqual(deaf.scan(), (0, 0, 0))
        self.assertEqual(self.good.scan(), (0, 0, 0))
        self.assertEqual(sender.advertise(b"\x02\x01\x06"), (0, 0, 0))
        for _ in range(100):
            event = self.good.event()
            self.assertEqual((event[1], event[3]), (0x3E, 0x02))
            self.assertIn(b"\x02\x01\x06", event)
        self.assert_bounded(before)
        # It is still there, and its commands are answered in time.
        self.assertEqual(deaf.command(0x200C, b"\0\0"), 0)

    def test_a_peer_in_pieces(self):
        slow = self.come()
        for byte in RESET * 2:
            slow.send(bytes([byte]))
            time.sleep(0.005)
        self.assertEqual(slow.event() + slow.event(), RESET_DONE * 2)

    def test_peers_that_come_and_go(self):
        before = self.memory_kb()
        for i in range(100):
            bad = self.come(1)
            bad.send(RESET[:i % 5])
            self.leave(bad)
        last = self.come(1)
        self.assertEqual(last.reset(), RESET_DONE)
        self.served()
        self.assert_bounded(before)

    def connect(self, central, peripheral):
        """Its handle; both are connected."""
        for peer in (central, peripheral):
            self.assertEqual(peer.command(0x0C01, b"\xff" * 8), 0)
        address = bytes.fromhex(peripheral.address().replace(":", ""))[::-1]
        self.assertEqual(peripheral.advertise(b""), (0, 0, 0))
        central.send(command(0x200D, struct.pack("<HHBB6sBHHHHHH", 16, 16, 0, 0, address, 0, 24, 24,
                                                 0, 100, 0, 0)))
        self.assertEqual(peripheral.wait_for(0x3E)[3:5], b"\x01\x00")
        event = central.wait_for(0x3E)
        self.assertEqual(event[3:5], b"\x01\x00")
        handle = struct.unpack_from("<H", event, 5)[0]
        # Until both have heard each other: the peripheral's version.
        central.send(command(0x041D, struct.pack("<H", handle)))
        self.assertEqual(central.wait_for(0x0C)[3], 0)
        return handle

    def assert_dropped(self, peer):
        self.assertTrue(peer.is_dropped())


class Unix(Hostile, cli.Case):
    places = 1


class Tcp(Hostile, cli.Case):
    where = ("--listen", "tcp:127.0.0.1:0")
    places = 1


class Pty(Hostile, cli.Case):
    where = ("--pty", "4")
    places = 4
    most = 2_000_000

    def leave(self, peer):
        """And let the air see it: what is unread in a terminal that is open again is the next
        one's."""
        peer.close()
        self.assertEqual(self.good.reset() + self.good.reset(), RESET_DONE * 2)

    def assert_dropped(self, peer):
        """Nobody can be thrown out of a terminal; it is heard no more until it was closed."""
        try:
            while peer.socket.settimeout(0.1) or peer.socket.recv(4096):
                pass
        except socket.timeout:
            pass
        peer.send(RESET)
        self.assertFalse(select.select([peer.socket], [], [], 0.1)[0])
        place = self.next - 1
        peer.close()
        self.assertEqual(self.come(place).reset(), RESET_DONE)


if __name__ == "__main__":
    cli.main()
