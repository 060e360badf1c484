# SPDX-License-Identifier: Apache-2.0
"""What those who did not write ours read in our captures: what was said, and nothing malformed. All
simulations are captured, the air decrypted with the keys of its links, and the hosts' HCI.

test_tshark.py SIMULATIONS FAVONIUS TSHARK [BTMON]
"""

import concurrent.futures
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import unittest

ADV_ACCESS_ADDRESS = 0x8E89BED6
# Its files are bad ones, by intent.
NOT_CAPTURED = ("test_sim_capture",)
# Of a program that does the same with a fault at each place, so many, evenly; and of its hosts those
# that have most to tell.
CAPTURES_MAX = 50
HOSTS_MAX = 2
# What tshark 4.0 takes for malformed and is not: a Read Blob Response without a value, which is one for
# an offset at the value's end (Core 6.0 Vol 3 Part F 3.4.4.6); a fragment of advertising data that ends
# within an element of it, on the air and in a report.
MALFORMED = ("_ws.malformed && !(btatt.opcode == 0x0d)"
             " && !(btle.advertising_header.pdu_type == 0x7 && frame.protocols contains \"btcommon\")"
             " && !(bthci_evt.le_meta_subevent == 0x0d && frame.protocols contains \"btcommon\")")
WRONG = f"({MALFORMED}) || btle.crc.incorrect"


def tshark(path, *args):
    """The lines that tshark prints; Lua and root are none of our concern."""
    done = subprocess.run([TSHARK, "-r", path, *args], capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        raise AssertionError(f"tshark: {done.stderr}")
    return done.stdout.splitlines()


def records(data):
    """The start and the end of each record of a capture."""
    at = 24
    while at < len(data):
        end = at + 16 + struct.unpack_from("<I", data, at + 8)[0]
        yield at, end
        at = end


def rename(data, at, number):
    """Another access address for each simulation: those of one seed are the same."""
    address, = struct.unpack_from("<I", data, at)
    struct.pack_into("<I", data, at, address ^ number)


def append(to, path, number):
    """A capture behind others."""
    data = bytearray(path.read_bytes())
    for at, end in records(data):
        body = at + 16
        if struct.unpack_from("<I", data, body + 10)[0] != ADV_ACCESS_ADDRESS:
            rename(data, body + 4, number)
            rename(data, body + 10, number)
        elif data[body + 14] & 0xF == 5 and end - body == 10 + 4 + 2 + 34 + 3:
            # In a CONNECT_IND.
            rename(data, body + 16 + 12, number)
    if to.tell() == 0:
        to.write(data[:24])
    to.write(data[24:])


class Capture:
    """What a capture of known content says."""

    @classmethod
    def capture(cls, program, test):
        cls.folder = tempfile.TemporaryDirectory(prefix="fav")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.path = os.path.join(cls.folder.name, "air.pcap")
        subprocess.run([program], check=True, capture_output=True, timeout=60,
                       env=dict(os.environ, FAVONIUS_CAPTURE=cls.path, FAVONIUS_TEST=test))

    def test_everything_is_understood(self):
        self.assertGreater(len(tshark(self.path)), 50)
        for broken in ("_ws.malformed", "_ws.expert.severity >= 6291456", "btle.crc.incorrect",
                       "btle.crc.indeterminate"):
            with self.subTest(broken):
                self.assertEqual(tshark(self.path, "-Y", broken), [])


class Advertising(Capture, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.capture(SIMULATIONS / "air" / "test_sim_capture", "*advertising_and_gatt*")

    def test_what_was_said_is_there(self):
        for said in (
            "btle.advertising_header.pdu_type == 0x0",
            "btle.advertising_header.pdu_type == 0x5",
            "btle_rf.channel == 0 && btle.access_address == 0x8e89bed6",
            "btle_rf.flags.crc_checked == 1 && btle_rf.flags.crc_valid == 1",
            "btle_rf.pdu_type == 2 && btatt.opcode == 0x06",
            "btle_rf.pdu_type == 3 && btatt.opcode == 0x07",
            "btatt.opcode == 0x12 && btatt.value contains 66:61:76:6f",
            "btatt.opcode == 0x13",
            "btle.control_opcode == 0x02",
        ):
            with self.subTest(said):
                self.assertNotEqual(tshark(self.path, "-Y", said), [])

    def test_directions_are_those_that_tshark_finds_itself(self):
        lines = tshark(self.path, "-Y", "btle.data_header && btle_rf.pdu_type != 2"
                       " && btle_rf.pdu_type != 3")
        self.assertEqual(lines, [])


class Extended(Capture, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.capture(SIMULATIONS.parent / "ll" / "test_ll_per", "*everything_is_captured*")

    def test_each_pdu_is_there(self):
        """As tshark names them: it tells them apart by the flags and by where pointers lead."""
        lines = tshark(self.path)
        for name in ("ADV_EXT_IND", "AUX_ADV_IND", "AUX_CHAIN_IND", "AUX_SCAN_REQ",
                     "AUX_SCAN_RSP", "AUX_CONNECT_REQ", "AUX_CONNECT_RSP", "AUX_SYNC_IND"):
            with self.subTest(name):
                self.assertTrue(any(name in line for line in lines))

    def test_what_they_say_is_there(self):
        for said in (
            "btle.extended_advertising.advertising_data_info.sid == 9",
            "btle.extended_advertising_header.tx_power == 0",
            "btle.extended_advertising_header.sync_info.interval == 40",
            "btle_rf.phy == 1 && btle.extended_advertising_header.aux_pointer.aux_phy == 1",
        ):
            with self.subTest(said):
                self.assertNotEqual(tshark(self.path, "-Y", said), [])


class All(unittest.TestCase):
    """Each program of simulations."""

    def run_one(self, program, folder):
        """Its captures in one file, and those of its hosts' HCI."""
        hci = folder / "hci"
        hci.mkdir(parents=True)
        done = subprocess.run([program], capture_output=True, text=True, timeout=300, check=False,
                              env=dict(os.environ, FAVONIUS_CAPTURES=str(folder),
                                       FAVONIUS_BTSNOOP=f"{hci}/%n.btsnoop"))
        if done.returncode != 0:
            raise AssertionError(done.stdout + done.stderr)
        whole = folder / "all"
        with open(whole, "wb") as to:
            captures = sorted(folder.glob("*.pcap"))
            for number, path in enumerate(captures[::len(captures) // CAPTURES_MAX + 1], 1):
                keys = path.with_suffix(".keys")
                if keys.stat().st_size > 0:
                    subprocess.run([FAVONIUS, "decrypt", "--keys", keys, path, path], check=True,
                                   capture_output=True, timeout=60)
                append(to, path, number)
        return whole, sorted(hci.iterdir(), key=os.path.getsize)[-HOSTS_MAX:]

    def check(self, program):
        """What is wrong with its captures, as text."""
        with tempfile.TemporaryDirectory(prefix="fav") as name:
            whole, hosts = self.run_one(program, pathlib.Path(name) / "captures")
            wrong = tshark(whole, "-Y", WRONG) if whole.stat().st_size > 0 else []
            for host in hosts:
                wrong += tshark(host, "-Y", MALFORMED)
                wrong += self.btmon(host)
            return "\n".join(f"{program.name}: {line}" for line in wrong)

    @staticmethod
    def btmon(path):
        if BTMON is None:
            return []
        # It crashes on some ATT responses (5.66): what it said before counts.
        done = subprocess.run([BTMON, "-r", path], capture_output=True, text=True, timeout=60,
                              errors="replace", check=False)
        if done.returncode > 0:
            raise AssertionError(done.stderr)
        return [line for line in done.stdout.splitlines()
                if re.search("malformed|invalid packet|unknown packet|truncated", line, re.I)]

    def test_nothing_is_malformed(self):
        programs = [path for path in sorted(SIMULATIONS.glob("**/test_sim_*"))
                    if path.is_file() and os.access(path, os.X_OK) and path.name not in NOT_CAPTURED]
        self.assertGreater(len(programs), 5)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            self.assertEqual([wrong for wrong in pool.map(self.check, programs) if wrong], [])


SIMULATIONS = pathlib.Path(sys.argv[1])
FAVONIUS, TSHARK = sys.argv[2:4]
BTMON = sys.argv[4] if sys.argv[4:] and sys.argv[4] else None
unittest.main(argv=sys.argv[:1])
