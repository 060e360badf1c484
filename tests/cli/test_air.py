# SPDX-License-Identifier: Apache-2.0
"""favonius air: its messages, its exit codes, and peers that are nice or not."""

import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import time

import cli
from cli import RESET_DONE


class Air(cli.Case):
    def start_air(self, *args):
        """A running air and where it listens first."""
        process = self.start("air", *args)
        line = self.read_line(process)
        self.assertRegex(line, r"^listening on \S+\n$")
        return process, line.split()[-1]

    def end(self, process, sig=signal.SIGTERM):
        process.send_signal(sig)
        return self.finish(process)

    def test_help_and_version(self):
        out, err = self.favonius("--help")
        self.assertIn("air:NAME", out)
        self.assertEqual(err, "")
        for command in ("run", "air"):
            out, _ = self.favonius(command, "--help")
            self.assertIn(f"Usage: favonius {command}", out)
        out, _ = self.favonius("--version")
        self.assertRegex(out, r"^favonius \d+\.\d+\.\d+\n$")

    def test_wrong_arguments(self):
        for args, message in (
            ((), "no command is given"),
            (("fly",), "there is no command 'fly'"),
            (("air", "a", "b"), "more than one NAME: b"),
            (("air", "a/b"), "'a/b': a name has"),
            (("air", "--listen", "nowhere"), "--listen nowhere: expected unix:PATH or tcp:HOST:PORT"),
            (("air", "--seed", "x"), "--seed x: expected a number"),
            (("air", "--linger", "soon"), "--linger soon: expected seconds"),
            (("air", "--pty", "0"), "--pty 0: expected 1 to 64"),
            (("air", "--pty", "65"), "--pty 65: expected 1 to 64"),
            (("air", "--device", "a"), "--device a: expected NAME=URL"),
            (("air", "--device", "a=nowhere:"), "--device a=nowhere:: expected NAME=URL"),
            (("air", "--device", "=pty:"), "a device's name has 1 to 31 characters"),
            (("air", "--pty", "2", "--device", "pty2=pty:"), "there are two devices named pty2"),
            (("air", "--pty", "64", "--device", "a=pty:"), "make at most 64 devices"),
            (("air", "--listen", "pty:x"), "--listen pty:x: expected"),
            (("air", "--address", "02:00"), "--address 02:00: expected an address such as"),
            (("air", "--address", "00:00:00:00:00:00"), "expected an address such as"),
            (("air", "--address", "02:00:00:00:00:01", "--address", "02:00:00:00:00:01"),
             "--address 02:00:00:00:00:01: given twice"),
            (("air", "--what"), "unrecognized option '--what'"),
        ):
            with self.subTest(args=args):
                out, err = self.favonius(*args, status=2)
                self.assertEqual(out, "")
                self.assertIn(message, err)
                self.assertIn("--help'", err)

    def test_named_air_serves_and_leaves_nothing(self):
        for sig in (signal.SIGINT, signal.SIGTERM):
            process, url = self.start_air("lab")
            path = self.dir / "favonius" / "lab.sock"
            self.assertEqual(url, f"unix:{path}")
            self.assertEqual(path.parent.stat().st_mode & 0o777, 0o700)
            peer = self.peer(url)
            self.assertEqual(peer.reset(), RESET_DONE)
            out, err = self.end(process, sig)
            self.assertEqual((out, err), ("", ""))
            self.assertFalse(path.exists())
            self.assertTrue(peer.is_dropped())

    def test_tcp_on_any_port(self):
        process, url = self.start_air("--listen", "tcp:127.0.0.1:0")
        self.assertRegex(url, r"^tcp:127\.0\.0\.1:[1-9]\d*$")
        self.assertEqual(self.peer(url).reset(), RESET_DONE)
        self.end(process)

    def test_several_places(self):
        process, _ = self.start_air("lab", "--listen", "tcp:127.0.0.1:0", "--listen", "unix:second")
        urls = [self.read_line(process).split()[-1] for _ in range(2)]
        self.assertEqual(urls[1], "unix:second")
        os.chdir(self.dir)
        for url in urls:
            self.assertEqual(self.peer(url).reset(), RESET_DONE)
        self.end(process)

    def test_each_peer_has_its_own_controller(self):
        process, url = self.start_air()
        peers = [self.peer(url) for _ in range(5)]
        self.assertEqual(len({peer.address() for peer in peers}), 5)
        self.end(process)

    def test_addresses_of_the_command_line(self):
        addresses = ["02:00:00:00:00:0a", "02:00:00:00:00:0b"]
        process, url = self.start_air(*(f"--address={a}" for a in addresses))
        a, b, other = (self.peer(url) for _ in range(3))
        self.assertEqual([a.address(), b.address()], addresses)
        self.assertNotIn(other.address(), addresses)
        # The first that is free.
        a.close()
        self.wait_for(lambda: self.peer(url).address() == addresses[0])
        self.end(process)

    def test_the_address_that_a_host_writes(self):
        process, url = self.start_air()
        taken, other = self.peer(url), self.peer(url)
        last = int(other.address()[-2:], 16) + 1
        # What the air would choose for the next one, which gets another then.
        self.assertEqual(taken.command(0xFC06, bytes([last, 0, 0, 0xF0, 0xFA, 2])), 0)
        self.assertEqual(taken.address(), f"02:fa:f0:00:00:{last:02x}")
        self.assertNotIn(self.peer(url).address(), (taken.address(), other.address()))
        self.end(process)

    def test_a_process_that_comes_again_keeps_its_address(self):
        process, url = self.start_air()
        stays, other = self.peer(url), self.peer(url)
        address = other.address()
        self.assertNotEqual(stays.address(), address)
        # Also when the air cannot have seen the end yet, with a command on its way.
        for _ in range(20):
            other.send(cli.RESET)
            other.close()
            other = self.peer(url)
            self.assertEqual(other.address(), address)
        # Two that leave have theirs in that order, and who is new has none of them.
        addresses = [stays.address(), address]
        stays.close()
        other.close()
        peers = [self.peer(url) for _ in range(3)]
        self.assertEqual([peer.address() for peer in peers[:2]], addresses)
        self.assertNotIn(peers[2].address(), addresses)
        self.end(process)

    def test_another_process_has_another_address(self):
        process, url = self.start_air()
        code = ("import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]);"
                "s.sendall(bytes.fromhex('01091000')); print(s.recv(13)[7:].hex())")
        seen = {subprocess.check_output([sys.executable, "-c", code, url.split(":", 1)[1]])
                for _ in range(3)}
        self.assertEqual(len(seen), 3)
        self.end(process)

    def test_an_address_that_another_has_written_is_not_given_again(self):
        process, url = self.start_air()
        first, second = self.peer(url), self.peer(url)
        address = first.address()
        first.close()
        written = bytes.fromhex(address.replace(":", ""))[::-1]
        self.assertEqual(second.command(0xFC06, written), 0)
        self.assertNotEqual(self.peer(url).address(), address)
        self.end(process)

    def test_terminals_keep_their_addresses(self):
        process, url = self.start_air("--pty", 2, "--address", "02:00:00:00:00:07")
        urls = [url, self.read_line(process).split()[-1]]
        for url in urls:
            self.assertRegex(url, r"^serial:/dev/pts/\d+$")
        for _ in range(3):
            peers = [self.peer(url) for url in urls]
            self.assertEqual([peer.reset() for peer in peers], [RESET_DONE] * 2)
            self.assertEqual([peer.address() for peer in peers],
                             ["02:00:00:00:00:07", "02:fa:f1:00:00:02"])
            for peer in peers:
                peer.close()
        self.assertEqual(self.end(process), ("", ""))

    def test_a_device_at_an_address_of_its_own(self):
        (self.dir / "s.txt").write_text("device a\ndevice b address 02:00:00:00:00:0b\n")
        process, a = self.start_air("--scenario", "s.txt", "--device", "b=unix:b",
                                    "--device", "c=pty:", "--listen", "unix:any")
        b, c = (self.read_line(process).split()[-1] for _ in range(2))
        self.assertEqual((a, b), ("unix:any", "unix:b"))
        os.chdir(self.dir)
        self.assertEqual(self.peer(c).address(), "02:fa:f1:00:00:02")
        first = self.peer(b)
        self.assertEqual(first.address(), "02:00:00:00:00:0b")
        second = self.peer(b)
        self.assertEqual(second.address(), "02:00:00:00:00:0b")
        self.assertTrue(first.is_dropped())
        self.assertEqual(second.reset(), RESET_DONE)
        self.end(process)

    def test_a_terminal_that_is_opened_again_has_a_new_controller(self):
        process, url = self.start_air("--pty", 1)
        first = self.peer(url)
        self.assertEqual(first.command(0x2005, bytes([1, 2, 3, 4, 5, 0xC0])), 0)
        self.assertEqual(first.advertise(b"\x02\x01\x06"), (0, 0, 0))
        # Advertising is on: no random address can be set. In the next one it is off.
        self.assertEqual(first.command(0x2005, bytes([1, 2, 3, 4, 5, 0xC1])), 0x0C)
        # It is opened again before the air can have seen it closed.
        first.close()
        second = self.peer(url)
        self.assertEqual(second.command(0x2005, bytes([1, 2, 3, 4, 5, 0xC1])), 0)
        self.end(process)

    def test_address_in_use(self):
        process, url = self.start_air()
        out, err = self.favonius("air", status=1)
        self.assertEqual(out, "")
        self.assertIn(url, err)
        self.assertIn("another air listens there", err)
        self.assertIn("Address already in use", err)
        self.assertEqual(self.peer(url).reset(), RESET_DONE)
        self.end(process)

    def test_a_dead_socket_is_replaced(self):
        process, url = self.start_air()
        process.kill()
        process.wait()
        self.assertTrue((self.dir / "favonius" / "default.sock").exists())
        process, url = self.start_air()
        self.assertEqual(self.peer(url).reset(), RESET_DONE)
        self.end(process)

    def test_what_stands_in_the_way_is_left_alone(self):
        path = self.dir / "file"
        path.write_text("precious")
        _, err = self.favonius("air", "--listen", f"unix:{path}", status=1)
        self.assertIn("a file that is no socket stands there", err)
        self.assertEqual(path.read_text(), "precious")

    def test_the_folder_of_another_is_not_trusted(self):
        (self.dir / "favonius").mkdir(mode=0o777)
        os.chmod(self.dir / "favonius", 0o777)
        _, err = self.favonius("air", status=1)
        self.assertIn("another user owns it or may write to it", err)

    def test_a_lingering_air_ends_when_nobody_is_left(self):
        process, url = self.start_air("--linger", "0.3")
        peer = self.peer(url)
        self.assertEqual(peer.reset(), RESET_DONE)
        time.sleep(0.6)
        self.assertIsNone(process.poll())
        peer.close()
        self.finish(process, timeout=5)

    def test_a_lingering_air_ends_when_nobody_comes(self):
        process, _ = self.start_air("--linger", "0.1")
        self.finish(process, timeout=5)

    def test_out_of_descriptors(self):
        process = self.start("air", preexec_fn=limit_descriptors)
        url = self.read_line(process).split()[-1]
        peers = [self.peer(url) for _ in range(40)]
        last = peers.pop()
        last.send(cli.RESET)
        ready, _, _ = select.select([last.socket], [], [], 0.5)
        self.assertFalse(ready)
        for peer in peers:
            peer.close()
        self.assertEqual(last.event(), RESET_DONE)
        _, err = self.end(process)
        self.assertEqual(err.count("peers wait"), 1, err)

    def test_a_summary_on_a_terminal(self):
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            [cli.FAVONIUS, "air"], stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs,
            env=self.env, cwd=self.dir)
        self.addCleanup(self.stop, process)
        os.close(theirs)
        text = ""
        end = time.monotonic() + 10
        while not re.search(r"0 devices, 0 links, 0 packets/s", text):
            self.assertLess(time.monotonic(), end, text)
            ready, _, _ = select.select([ours], [], [], 1)
            if ready:
                text += os.read(ours, 4096).decode()
        process.terminate()
        self.assertEqual(process.wait(10), 0)
        os.close(ours)

    def test_a_capture(self):
        path = self.dir / "air.pcap"
        process, url = self.start_air("--pcap", path)
        peer = self.peer(url)
        peer.advertise(b"\x02\x01\x06")
        self.wait_for(lambda: b"\x02\x01\x06" in path.read_bytes())
        self.end(process)
        data = path.read_bytes()
        self.assertEqual(data[:4] + data[20:24], bytes.fromhex("d4c3b2a1" "00010000"))

    def test_a_capture_that_cannot_be(self):
        for path, message in ((self.dir / "no" / "file", "No such file or directory"),
                              (self.dir, "Is a directory"),
                              ("/dev/full", "No space left on device")):
            with self.subTest(path):
                out, err = self.favonius("air", "--pcap", path, status=1)
                self.assertEqual(out, "")
                self.assertIn(f"favonius air: --pcap {path}: {message}\n", err)

    def test_a_capture_on_a_disk_that_fills(self):
        process = self.start("air", "--pcap", self.dir / "air.pcap", preexec_fn=limit_file_size)
        peer = self.peer(self.read_line(process).split()[-1])
        peer.advertise(b"\x02\x01\x06")
        ready, _, _ = select.select([process.stderr], [], [], 10)
        self.assertTrue(ready)
        self.assertIn("air.pcap: the capture ends here: File too large",
                      process.stderr.readline())
        self.assertEqual(peer.reset(), RESET_DONE)
        process.terminate()
        self.finish(process, status=1)

    def test_a_scenario_names_those_that_come(self):
        path = self.dir / "s.txt"
        path.write_text("device a address 02:00:00:00:00:0a\ndevice b address 02:00:00:00:00:0b\n")
        process, url = self.start_air("--scenario", path)
        a, b, other = (self.peer(url) for _ in range(3))
        self.assertEqual([p.address() for p in (a, b)],
                         ["02:00:00:00:00:0a", "02:00:00:00:00:0b"])
        self.assertNotIn(other.address()[-2:], ("0a", "0b"))
        a.close()
        self.wait_for(lambda: self.peer(url).address() == "02:00:00:00:00:0a")
        self.end(process)

    def test_a_scenario_that_is_wrong(self):
        path = self.dir / "s.txt"
        for text, message in (("device a\nfly\n", f"{path}:2: expected device, jammer"),
                              ("a" * 1_000_001, "File too large")):
            path.write_text(text)
            out, err = self.favonius("air", "--scenario", path, status=2)
            self.assertEqual(out, "")
            self.assertIn(message, err)
        _, err = self.favonius("air", "--scenario", self.dir / "none", status=2)
        self.assertIn("No such file or directory", err)

    def test_tcp_in_use(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            url = f"tcp:127.0.0.1:{taken.getsockname()[1]}"
            _, err = self.favonius("air", "--listen", url, status=1)
        self.assertIn(url, err)
        self.assertIn("another air listens there", err)


def limit_file_size():
    import resource

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))


def limit_descriptors():
    import resource

    resource.setrlimit(resource.RLIMIT_NOFILE, (20, 20))


if __name__ == "__main__":
    cli.main()
