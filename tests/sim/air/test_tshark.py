# SPDX-License-Identifier: Apache-2.0
"""tshark reads a capture of the air: what was said on it, and nothing malformed.

test_tshark.py TEST_PROGRAM TSHARK
"""

import os
import subprocess
import sys
import tempfile
import unittest


def tshark(path, *args):
    """The lines that tshark prints; Lua and root are none of our concern."""
    done = subprocess.run([TSHARK, "-r", path, *args], capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise AssertionError(f"tshark: {done.stderr}")
    return done.stdout.splitlines()


class Tshark(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="fav")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.path = os.path.join(cls.folder.name, "air.pcap")
        subprocess.run([PROGRAM], check=True, capture_output=True, timeout=60,
                       env=dict(os.environ, FAVONIUS_CAPTURE=cls.path,
                                FAVONIUS_TEST="*advertising_and_gatt*"))

    def test_everything_is_understood(self):
        self.assertGreater(len(tshark(self.path)), 50)
        for broken in ("_ws.malformed", "_ws.expert.severity >= 6291456", "btle.crc.incorrect",
                       "btle.crc.indeterminate"):
            with self.subTest(broken):
                self.assertEqual(tshark(self.path, "-Y", broken), [])

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


PROGRAM, TSHARK = sys.argv[1:3]
unittest.main(argv=sys.argv[:1] + sys.argv[3:])
