# SPDX-License-Identifier: Apache-2.0
"""A link that is encrypted, captured, decrypted with the key that the log gives, and read by tshark."""

import os
import re
import shutil
import struct
import subprocess
import sys

import cli

CROWD = os.path.abspath(sys.argv.pop(1))
TSHARK = shutil.which("tshark")


def packets(path):
    """Flags and PDU of each packet."""
    data, at = path.read_bytes(), 24
    while at < len(data):
        size, original = struct.unpack_from("<II", data, at + 8)
        assert size == original
        flags, = struct.unpack_from("<H", data, at + 24)
        pdu = data[at + 30:at + 16 + size - 3]
        assert pdu[1] == len(pdu) - 2
        yield flags, pdu
        at += 16 + size
    assert at == len(data)


class Decrypt(cli.Case):
    def setUp(self):
        super().setUp()
        self.env["FAVONIUS_SETTINGS"] = "ram:"

    def capture(self):
        self.favonius("run", "--pcap", "air.pcap", "--log-secret-keys", "keys.txt",
                      f"p={CROWD} peripheral", f"c={CROWD} central 1 1 secure", timeout=40)
        self.assertRegex((self.dir / "keys.txt").read_text(),
                         r"^[0-9a-f]{32} # c, at [0-9.]+ s\n$")

    def tshark(self, path, what):
        done = subprocess.run([TSHARK, "-r", self.dir / path, "-Y", what], capture_output=True,
                              text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.splitlines()

    def test_a_link_is_decrypted(self):
        self.capture()
        out, _ = self.favonius("decrypt", "--keys", "keys.txt", "air.pcap", "plain.pcap")
        count = re.match(r"(\d+) packets, (\d+) decrypted, 0 without a key that fits\n$", out)
        self.assertTrue(count, out)
        before, after = (list(packets(self.dir / name)) for name in ("air.pcap", "plain.pcap"))
        self.assertEqual(len(before), int(count.group(1)))
        self.assertEqual(len(after), len(before))
        decrypted = [(a, b) for b, a in zip(before, after) if a != b]
        self.assertEqual(len(decrypted), int(count.group(2)))
        for (flags, pdu), (old_flags, old_pdu) in decrypted:
            # Decrypted, MIC checked and valid; without the MIC.
            self.assertEqual(flags, old_flags | 0x3008)
            self.assertEqual(len(pdu), len(old_pdu) - 4)
        # Notifications: LLID 2, L2CAP's attribute channel, the opcode.
        notifications = [pdu for (_, pdu), _ in decrypted
                         if pdu[0] & 3 == 2 and pdu[4:7] == b"\4\0\x1b"]
        self.assertGreater(len(notifications), 20)
        if TSHARK is None:
            self.skipTest("there is no tshark here: what it reads is not checked")
        self.assertEqual(self.tshark("air.pcap", "btatt"), [])
        self.assertEqual(len(self.tshark("plain.pcap", "btatt.opcode == 0x1b")), len(notifications))
        self.assertNotEqual(self.tshark("plain.pcap", "btsmp.opcode == 0x08"), [])
        self.assertEqual(self.tshark("plain.pcap", "_ws.malformed || btle.crc.incorrect"), [])

    def test_another_key_decrypts_nothing(self):
        self.capture()
        out, _ = self.favonius("decrypt", "--key", "00" * 16, "air.pcap", "plain.pcap")
        self.assertRegex(out, r"packets, 0 decrypted, [1-9]\d* without a key that fits\n$")
        self.assertEqual((self.dir / "plain.pcap").read_bytes(),
                         (self.dir / "air.pcap").read_bytes())
        # Among others, in either case of its digits.
        key = (self.dir / "keys.txt").read_text().split()[0].upper()
        out, _ = self.favonius("decrypt", "--key", "00" * 16, "--key", key, "air.pcap", "plain.pcap")
        self.assertRegex(out, r"packets, [1-9]\d* decrypted, 0 without")

    def test_no_capture(self):
        for content, message in ((b"", "no capture of the air"), (b"x" * 100, "no capture"),
                                 (bytes.fromhex("d4c3b2a1020004000000000000000000ffff000000010000") +
                                  b"\0" * 8 + b"\xff\0\0\0" * 2, "it ends within a packet")):
            (self.dir / "in").write_bytes(content)
            out, err = self.favonius("decrypt", "--key", "00" * 16, "in", "out", status=1)
            self.assertEqual(out, "")
            self.assertIn("favonius decrypt: in: ", err)
            self.assertIn(message, err)
            self.assertFalse((self.dir / "out").exists())
        for args in (("none", "out"), ("in", "none/out")):
            (self.dir / "in").write_bytes(
                bytes.fromhex("d4c3b2a1020004000000000000000000ffff000000010000"))
            _, err = self.favonius("decrypt", "--key", "00" * 16, *args, status=1)
            self.assertIn("No such file or directory", err)

    def test_wrong_arguments(self):
        (self.dir / "keys.txt").write_text("# mine\n" + "0a" * 16 + " # it\n\n0b\n")
        for args, message in (
            (("a", "b"), "no key is given"),
            (("--key", "0", "a", "b"), "--key 0: expected 32 hexadecimal digits"),
            (("--key", "0x" + "00" * 15, "a", "b"), "expected 32 hexadecimal digits"),
            (("--key", "00" * 17, "a", "b"), "expected 32 hexadecimal digits"),
            (("--key", "00" * 16, "a"), "expected CAPTURE and OUTPUT"),
            (("--keys", "none", "a", "b"), "--keys none: No such file or directory"),
            (("--keys", "keys.txt", "a", "b"), "--keys keys.txt:4: expected 32"),
        ):
            with self.subTest(args=args):
                _, err = self.favonius("decrypt", *args, status=2)
                self.assertIn(message, err)
                self.assertIn("--help'", err)

    def test_a_key_log_that_cannot_be(self):
        _, err = self.favonius("air", "--log-secret-keys", "none/keys", status=1)
        self.assertIn("--log-secret-keys none/keys: No such file or directory", err)


if __name__ == "__main__":
    cli.main()
