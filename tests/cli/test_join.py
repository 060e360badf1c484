# SPDX-License-Identifier: Apache-2.0
"""A program joins the local air, and starts one when none runs."""

import os
import pathlib
import pty
import shutil
import signal
import subprocess
import sys

import cli

JOIN = os.path.abspath(sys.argv.pop(1))


class Join(cli.Case):
    def setUp(self):
        super().setUp()
        self.env["FAVONIUS_AIR"] = cli.FAVONIUS
        self.addCleanup(self.end_airs)

    def airs(self):
        """The numbers of the airs that run in this test's folder."""
        found = []
        for path in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                words = (path / "cmdline").read_bytes().split(b"\0")
                mine = f"XDG_RUNTIME_DIR={self.dir}".encode() in (path / "environ").read_bytes()
            except OSError:
                continue
            if mine and b"air" in words:
                found.append(int(path.name))
        return found

    def end_airs(self):
        for pid in self.airs():
            os.kill(pid, signal.SIGKILL)

    def join(self, *args, program=JOIN):
        process = subprocess.Popen(
            [program, *args], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, env=self.env, cwd=self.dir)
        self.addCleanup(self.stop, process)
        return process

    def test_an_air_is_started_and_ends_after_its_last_device(self):
        process = self.join("0.3")
        self.assertEqual(self.read_line(process), "joined\n")
        airs = self.airs()
        self.assertEqual(len(airs), 1)
        # Its end of our pipes is not the air's: they end with the program.
        self.assertEqual(self.finish(process), ("", ""))
        self.assertEqual(self.airs(), airs)
        self.assertEqual(self.finish(self.join())[1], "")
        self.assertEqual(self.airs(), airs)
        self.wait_for(lambda: not self.airs(), timeout=15)
        self.assertFalse((self.dir / "favonius" / "default.sock").exists())

    def test_the_air_outlives_its_starter(self):
        starter, other = self.join("30"), None
        self.read_line(starter)
        other = self.join("1")
        self.read_line(other)
        starter.kill()
        starter.wait()
        self.assertEqual(self.finish(other), ("", ""))

    def test_all_starters_at_once_join_one_air(self):
        for round in range(3):
            self.env["FAVONIUS_HCI"] = f"air:race{round}"
            processes = [self.join("2") for _ in range(12)]
            for process in processes:
                self.assertEqual(self.read_line(process), "joined\n")
            self.assertEqual(len(self.airs()), round + 1)
            for process in processes:
                self.assertEqual(self.finish(process), ("", ""))

    def test_all_starters_at_once_at_a_dead_socket(self):
        self.assertEqual(self.read_line(self.join()), "joined\n")
        self.end_airs()
        self.wait_for(lambda: not self.airs())
        self.assertTrue((self.dir / "favonius" / "default.sock").exists())
        processes = [self.join("2") for _ in range(12)]
        for process in processes:
            self.assertEqual(self.read_line(process), "joined\n")
        self.assertEqual(len(self.airs()), 1)

    def test_the_command_is_found_next_to_the_program(self):
        del self.env["FAVONIUS_AIR"]
        programs = self.dir / "bin"
        programs.mkdir()
        shutil.copy(JOIN, programs / "join")
        shutil.copy(cli.FAVONIUS, programs / "favonius")
        process = self.join(program=str(programs / "join"))
        self.assertEqual(self.read_line(process), "joined\n")

    def test_the_command_is_found_in_path(self):
        del self.env["FAVONIUS_AIR"]
        self.env["PATH"] = f"{os.path.dirname(cli.FAVONIUS)}:{self.env['PATH']}"
        shutil.copy(JOIN, self.dir / "join")
        process = self.join(program=str(self.dir / "join"))
        self.assertEqual(self.read_line(process), "joined\n")

    def test_without_the_command_the_message_says_what_to_do(self):
        for air in ("/nonexistent/favonius", None):
            self.env.pop("FAVONIUS_AIR")
            if air:
                self.env["FAVONIUS_AIR"] = air
            else:
                self.env["PATH"] = "/nonexistent"
            shutil.copy(JOIN, self.dir / "join")
            _, err = self.finish(self.join(program=str(self.dir / "join")), status=2)
            self.assertIn("there is no favonius command to start one", err)
            self.assertIn("FAVONIUS_AIR", err)
            self.env["FAVONIUS_AIR"] = ""

    def test_an_air_that_cannot_start_says_why(self):
        self.env["FAVONIUS_AIR"] = str(self.shell("broken", "echo broken air >&2; exit 1"))
        _, err = self.finish(self.join(), status=2)
        self.assertIn("broken air", err)

    def test_a_serial_line(self):
        ours, theirs = pty.openpty()
        self.env["FAVONIUS_HCI"] = f"serial:{os.ttyname(theirs)},1000000"
        process = self.join()
        received = b""
        while len(received) < len(cli.RESET):
            received += os.read(ours, 16)
        self.assertEqual(received, cli.RESET)
        # Raw: no byte means anything to the line.
        os.write(ours, b"\x04\xff\x04\x03\x0a\x0d\x11" + cli.RESET_DONE)
        self.assertEqual(self.finish(process), ("joined\n", ""))
        os.close(ours)
        os.close(theirs)

    def test_a_named_air(self):
        self.env["FAVONIUS_HCI"] = "air:lab"
        self.assertEqual(self.read_line(self.join()), "joined\n")
        self.assertTrue((self.dir / "favonius" / "lab.sock").exists())


if __name__ == "__main__":
    cli.main()
