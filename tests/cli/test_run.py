# SPDX-License-Identifier: Apache-2.0
"""favonius run: its messages, its exit codes, and that it leaves nothing behind."""

import os
import pty
import resource
import select
import signal
import subprocess
import time

import cli

# A device that sees that it has a controller: it prints its address.
CONTROLLER = """#!/usr/bin/env python3
import os, sys
sys.dont_write_bytecode = True
sys.path.insert(0, {path!r})
import cli
peer = cli.Peer(os.environ["FAVONIUS_HCI"])
assert peer.reset() == cli.RESET_DONE
print(peer.address(), flush=True)
{more}
"""


class Run(cli.Case):
    def tearDown(self):
        # The folder of the sockets is gone, whatever happened.
        self.assertEqual(list(self.tmp.iterdir()), [])

    def device(self, name, more=""):
        here = os.path.dirname(os.path.abspath(__file__))
        return self.program(name, CONTROLLER.format(path=here, more=more))

    def micropython(self):
        """Something that runs scripts: it prints its arguments."""
        self.env["FAVONIUS_MICROPYTHON"] = str(
            self.shell("bin/favonius-micropython", 'echo "script $*"'))

    def test_lines_have_names(self):
        self.shell("one", "echo out; echo err >&2")
        out, err = self.favonius("run", "./one")
        self.assertEqual(out, "one: out\n")
        self.assertEqual(err, "one: err\none: exited with status 0\n")

    def test_names_are_unique(self):
        self.shell("a/dev", "echo 1")
        self.shell("b/dev", "echo 2")
        out, _ = self.favonius("run", "a/dev", "b/dev", "a/dev", "other=a/dev")
        self.assertEqual(
            sorted(out.splitlines()), ["dev-2: 2", "dev-3: 1", "dev: 1", "other: 1"])

    def test_arguments(self):
        self.shell("dev", 'echo "$#: $*"')
        out, _ = self.favonius("run", "./dev one  two", "x=./dev three")
        self.assertEqual(sorted(out.splitlines()), ["dev: 2: one two", "x: 1: three"])

    def test_a_file_with_spaces_in_its_name(self):
        self.shell("my device", "echo here")
        out, _ = self.favonius("run", "./my device")
        self.assertEqual(out, "my_device: here\n")

    def test_a_program_in_path(self):
        out, _ = self.favonius("run", "echo hello")
        self.assertEqual(out, "echo: hello\n")

    def test_each_device_has_a_controller(self):
        self.device("dev")
        out, _ = self.favonius("run", "./dev", "./dev", "./dev")
        addresses = dict(line.split(": ") for line in out.splitlines())
        self.assertEqual(
            addresses,
            {name: f"02:fa:f0:00:00:{n:02x}" for n, name in enumerate(["dev", "dev-2", "dev-3"], 1)})

    def test_addresses_of_the_command_line(self):
        self.device("dev")
        out, _ = self.favonius("run", "--address", "c=02:FA:F0:00:00:01", "a=./dev", "b=./dev",
                               "c=./dev", "--address=b=02:00:00:00:00:0b")
        self.assertEqual(sorted(out.splitlines()), ["a: 02:fa:f0:00:00:04", "b: 02:00:00:00:00:0b",
                                                    "c: 02:fa:f0:00:00:01"])

    def test_a_device_that_restarts_has_its_address_again(self):
        self.device("dev", "peer2 = cli.Peer(os.environ['FAVONIUS_HCI'])\n"
                           "print(peer2.address())\n"
                           "assert peer.is_dropped()")
        out, _ = self.favonius("run", "./dev")
        self.assertEqual(out, "dev: 02:fa:f0:00:00:01\n" * 2)

    def test_each_device_has_settings_of_its_own(self):
        # Within a run they last.
        self.shell("dev", 'cat "$FAVONIUS_SETTINGS" 2>/dev/null; echo "kept $1" >"$FAVONIUS_SETTINGS"\n'
                          'cat "$FAVONIUS_SETTINGS"; echo "$FAVONIUS_SETTINGS"')
        self.env["FAVONIUS_SETTINGS"] = str(self.dir / "shared")
        out, _ = self.favonius("run", "a=./dev 1", "b=./dev 2")
        lines = sorted(out.splitlines())
        self.assertEqual([lines[1], lines[3]], ["a: kept 1", "b: kept 2"])
        self.assertRegex(lines[0], r"^a: .*/a\.settings$")
        self.assertRegex(lines[2], r"^b: .*/b\.settings$")
        self.assertFalse((self.dir / "shared").exists())

    def test_settings_can_outlive_the_run(self):
        self.shell("dev", 'cat "$FAVONIUS_SETTINGS" 2>/dev/null; echo "$1" >"$FAVONIUS_SETTINGS"')
        (self.dir / "kept").mkdir()
        out, _ = self.favonius("run", "--settings", "kept", "a=./dev 1", "b=./dev 2")
        self.assertEqual(out, "")
        out, _ = self.favonius("run", "--settings=kept", "a=./dev 3", "b=./dev 4")
        self.assertEqual(sorted(out.splitlines()), ["a: 1", "b: 2"])
        self.assertEqual((self.dir / "kept" / "a.settings").read_text(), "3\n")
        _, err = self.favonius("run", "--settings", "none", "./dev", status=2)
        self.assertIn("--settings none: there is no such folder", err)

    def test_a_running_air_can_be_joined(self):
        air = self.start("air", "lab")
        self.read_line(air)
        self.device("dev")
        for name in ("lab", f"unix:{self.dir}/favonius/lab.sock"):
            out, _ = self.favonius("run", "--air", name, "printenv FAVONIUS_HCI")
            self.assertEqual(out, f"printenv: {'air:lab' if name == 'lab' else name}\n")
        out, _ = self.favonius("run", "--air", name, "./dev")
        self.assertRegex(out, "^dev: 02:fa:f0:00:00:01\n$")
        air.terminate()
        self.finish(air)

    def test_scripts_are_run_with_micropython(self):
        self.micropython()
        (self.dir / "sensor.py").write_text("print('hello')")
        out, _ = self.favonius("run", "sensor.py 5", "sensor.py")
        self.assertEqual(
            sorted(out.splitlines()), ["sensor-2: script sensor.py", "sensor: script sensor.py 5"])

    def test_a_script_is_not_run_because_of_its_mode(self):
        self.micropython()
        self.program("sensor.py", "print('hello')")
        self.program("tool.py", "#!/bin/sh\necho itself\n")
        out, _ = self.favonius("run", "sensor.py", "tool.py")
        self.assertEqual(sorted(out.splitlines()), ["sensor: script sensor.py", "tool: itself"])

    def test_no_micropython(self):
        (self.dir / "sensor.py").write_text("print('hello')")
        self.env["FAVONIUS_MICROPYTHON"] = "/nonexistent"
        out, err = self.favonius("run", "sensor.py", status=2)
        self.assertEqual(out, "")
        self.assertIn("sensor.py: no MicroPython to run it with", err)
        self.assertIn("FAVONIUS_MICROPYTHON", err)

    def test_what_is_missing_is_named_and_nothing_started(self):
        self.shell("dev", "touch started")
        for name in ("missing.py", "./missing", "missing", "missing.py with args"):
            out, err = self.favonius("run", "./dev", name, status=2)
            self.assertEqual(out, "")
            self.assertEqual(
                err, f"favonius run: {name.split()[0]}: there is no such script or program\n")
        self.assertFalse((self.dir / "started").exists())

    def test_wrong_arguments(self):
        self.shell("dev", "touch started")
        for args, message in (
            ((), "no device is given"),
            (("--for", "x", "./dev"), "--for x: expected seconds"),
            (("--for", "0", "./dev"), "--for 0: expected seconds, more than 0"),
            (("--until", "dev:", "./dev"), "--until dev:: expected [NAME:[PATTERN:]]COUNT"),
            (("--until", "0", "./dev"), "--until 0: expected"),
            (("--until", "who:5", "./dev"), "--until: there is no device named who"),
            (("--stdin", "who", "./dev"), "--stdin: there is no device named who"),
            (("--seed", "-1", "./dev"), "--seed -1: expected a number"),
            (("--address", "02:00:00:00:00:01", "./dev"), "expected NAME=ADDRESS"),
            (("--address", "dev=02", "./dev"), "--address 02: expected an address such as"),
            (("--address", "you=02:00:00:00:00:01", "./dev"), "there is no device named you"),
            (("--address", "a=02:00:00:00:00:01", "--address", "b=02:00:00:00:00:01", "a=./dev",
              "b=./dev"), "--address: a and b have the same one"),
            (("--air", "lab", "--address", "dev=02:00:00:00:00:01", "./dev"),
             "--address goes with an air of our own"),
            (("--color=red", "./dev"), "--color=red: expected always, never or auto"),
            (("--pcap", "x", "--air", "lab", "./dev"), "--pcap goes with an air of our own"),
            (("--scenario", "x", "--air", "lab", "./dev"),
             "--scenario goes with an air of our own"),
            (("--capture", "nowhere", "./dev"), "--capture nowhere: there is no such folder"),
            (("--what", "./dev"), "unrecognized option '--what'"),
        ):
            with self.subTest(args=args):
                out, err = self.favonius("run", *args, status=2)
                self.assertEqual(out, "")
                self.assertIn(message, err)
        _, err = self.favonius("run", "   ", status=2)
        self.assertIn("names no script or program", err)
        _, err = self.favonius("run", str(self.dir), status=2)
        self.assertIn("is neither a script nor a program", err)
        self.assertFalse((self.dir / "started").exists())

    def test_a_failing_device_is_told_and_others_go_on(self):
        self.shell("bad", "exit 3")
        self.shell("crash", "kill -SEGV $$")
        self.shell("good", "sleep 0.5; echo done")
        out, err = self.favonius("run", "./bad", "./crash", "./good", status=1)
        self.assertEqual(out, "good: done\n")
        self.assertEqual(sorted(err.splitlines()), [
            "bad: exited with status 3",
            "crash: killed by signal 11 (Segmentation fault)",
            "good: exited with status 0",
        ])

    def test_a_broken_program_is_told(self):
        self.program("dev", "#!/nonexistent/interpreter\n")
        _, err = self.favonius("run", "./dev", status=1)
        self.assertIn("dev: cannot run ./dev: No such file or directory", err)

    def test_a_partial_last_line_is_shown(self):
        self.shell("dev", "printf 'one\\ntwo'")
        out, _ = self.favonius("run", "./dev")
        self.assertEqual(out, "dev: one\ndev: two\n")

    def test_a_line_without_end_is_cut(self):
        self.shell("dev", "head -c 2500 /dev/zero | tr '\\0' x")
        out, _ = self.favonius("run", "./dev")
        self.assertEqual([len(line) - len("dev: ") for line in out.splitlines()], [1000, 1000, 500])

    def test_much_output_is_whole(self):
        self.shell("dev", "seq 200000")
        process = self.start("run", "./dev")
        time.sleep(0.3)  # nobody reads: it is held back
        out, _ = self.finish(process)
        self.assertEqual(out, "".join(f"dev: {n}\n" for n in range(1, 200001)))

    def test_nobody_reads_the_output(self):
        self.shell("dev", "yes")
        process = self.start("run", "./dev")
        self.read_line(process)
        process.stdout.close()
        process.stderr.close()
        self.assertEqual(process.wait(10), 0)

    def test_for_ends_the_run_with_success(self):
        self.shell("dev", "echo $$; exec sleep 100")
        self.shell("stubborn", "trap '' TERM; echo $$; while :; do sleep 0.1; done")
        start = time.monotonic()
        out, err = self.favonius("run", "--for", "0.5", "./dev", "./stubborn")
        self.assertLess(time.monotonic() - start, 8)
        self.assertEqual(sorted(err.splitlines()), ["dev: stopped", "stubborn: stopped"])
        for line in out.splitlines():
            self.assertTrue(self.gone(int(line.split()[-1])))

    def test_for_with_a_device_that_failed_before(self):
        self.shell("dev", "exec sleep 100")
        self.shell("bad", "exit 1")
        self.favonius("run", "--for", "0.5", "./dev", "./bad", status=1)

    def test_until(self):
        self.shell("dev", "for i in 1 2 3 4 5 6 7 8 9; do echo no; echo $i.5; sleep 0.05; done; sleep 100")
        self.shell("other", "echo 1.5; exec sleep 100")
        out, _ = self.favonius("run", "--until", "dev:[0-9]*.?:3", "./dev", "./other")
        self.assertIn("dev: 3.5\n", out)
        self.assertNotIn("dev: 8.5\n", out)
        self.favonius("run", "--until", "dev:3", "./dev")
        self.favonius("run", "--until", "*:1.5:1", "./other")
        self.favonius("run", "--until", "1", "./other")

    def test_until_that_is_never_seen(self):
        self.shell("dev", "echo one")
        _, err = self.favonius("run", "--until", "dev:two:1", "./dev", status=1)
        self.assertIn("ended before dev had printed 1 lines like 'two'", err)
        self.shell("dev", "echo one; exec sleep 100")
        self.favonius("run", "--for", "0.3", "--until", "dev:two:1", "./dev", status=1)

    def test_ctrl_c_is_passed_on(self):
        self.shell("dev", "trap 'echo interrupted; exit 5' INT; echo up; while :; do sleep 0.05; done")
        process = self.start("run", "./dev")
        self.assertEqual(self.read_line(process), "dev: up\n")
        process.send_signal(signal.SIGINT)
        out, err = self.finish(process, status=130)
        self.assertEqual(out, "dev: interrupted\n")
        self.assertEqual(err, "dev: exited with status 5\n")

    def test_a_second_ctrl_c_terminates_and_a_third_kills(self):
        self.shell("dev", "trap '' INT TERM; echo $$; while :; do sleep 0.05; done")
        process = self.start("run", "./dev")
        pid = int(self.read_line(process).split()[-1])
        for _ in range(3):
            process.send_signal(signal.SIGINT)
            time.sleep(0.2)
        self.finish(process, status=130, timeout=2)
        self.assertTrue(self.gone(pid))

    def test_sigterm_ends_the_devices(self):
        self.shell("dev", "echo $$; exec sleep 100")
        process = self.start("run", "./dev")
        pid = int(self.read_line(process).split()[-1])
        process.terminate()
        self.finish(process, status=143)
        self.assertTrue(self.gone(pid))

    def test_what_a_device_leaves_behind_is_killed(self):
        self.shell("dev", "sleep 100 & echo $!")
        out, _ = self.favonius("run", "./dev")
        pid = int(out.split()[-1])
        self.wait_for(lambda: self.gone(pid))

    def test_killing_favonius_kills_the_devices(self):
        self.shell("dev", "echo $$; exec sleep 100")
        process = self.start("run", "./dev")
        pid = int(self.read_line(process).split()[-1])
        process.kill()
        process.wait()
        self.wait_for(lambda: self.gone(pid))
        for path in self.tmp.glob("favonius-*/*"):
            path.unlink()
        for path in self.tmp.glob("favonius-*"):
            path.rmdir()

    def test_devices_have_no_input_but_the_one_that_is_named(self):
        self.shell("dev", "cat; echo end")
        process = self.start("run", "--stdin", "dev-2", "./dev", "./dev", stdin=subprocess.PIPE)
        out, _ = process.communicate("hello\n", timeout=10)
        self.assertEqual(sorted(out.splitlines()), ["dev-2: end", "dev-2: hello", "dev: end"])

    def test_captures(self):
        (self.dir / "caps").mkdir()
        out, _ = self.favonius(
            "run", "--capture", "caps", "x=printenv FAVONIUS_BTSNOOP")
        self.assertEqual(out, "x: caps/x.btsnoop\n")

    def test_colour(self):
        self.shell("dev", "echo text")
        out, _ = self.favonius("run", "--color", "./dev")
        self.assertRegex(out, "^\033\\[\\d+mdev:\033\\[0m text\n$")
        out, _ = self.favonius("run", "--color=always", "--no-color", "./dev")
        self.assertEqual(out, "dev: text\n")

    def on_terminal(self, *args):
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            [cli.FAVONIUS, *args], stdin=subprocess.DEVNULL, stdout=theirs,
            stderr=subprocess.DEVNULL, env=self.env, cwd=self.dir)
        self.addCleanup(self.stop, process)
        os.close(theirs)
        text = b""
        while True:
            ready, _, _ = select.select([ours], [], [], 10)
            self.assertTrue(ready)
            try:
                text += os.read(ours, 4096)
            except OSError:
                break
        os.close(ours)
        self.assertEqual(process.wait(10), 0)
        return text.decode()

    def test_colour_on_a_terminal(self):
        self.shell("dev", "echo text")
        self.env["TERM"] = "xterm"
        self.assertIn("\033[", self.on_terminal("run", "./dev"))
        self.env["NO_COLOR"] = "1"
        self.assertNotIn("\033[", self.on_terminal("run", "./dev"))
        del self.env["NO_COLOR"]
        self.env["TERM"] = "dumb"
        self.assertNotIn("\033[", self.on_terminal("run", "./dev"))

    def test_a_capture_of_the_air(self):
        self.device("dev", "peer.advertise(b'\\x02\\x01\\x06')\n"
                           "import time; time.sleep(0.3)")
        self.favonius("run", "--pcap", "air.pcap", "./dev")
        self.assertIn(b"\x02\x01\x06", (self.dir / "air.pcap").read_bytes())
        out, err = self.favonius("run", "--pcap", "no/file", "./dev", status=1)
        self.assertEqual(out, "")
        self.assertEqual(err, "favonius run: --pcap no/file: No such file or directory\n")

    def test_a_scenario(self):
        self.device("dev", "import sys; sys.stdout.flush(); assert peer.is_dropped()\n"
                           "print('off', flush=True)\n"
                           "peer = cli.Peer(os.environ['FAVONIUS_HCI'])\n"
                           "assert peer.is_dropped()")
        (self.dir / "s.txt").write_text(
            "device dev address 02:00:00:00:00:77\nat 500ms power-off dev\n")
        out, err = self.favonius("run", "--scenario", "s.txt", "./dev")
        self.assertEqual(out, "dev: 02:00:00:00:00:77\ndev: off\n")
        self.assertIn("the scenario has switched that device off", err)
        (self.dir / "s.txt").write_text("device dev\n\nloss dev phone 10%\n")
        out, err = self.favonius("run", "--scenario", "s.txt", "./dev", status=2)
        self.assertEqual((out, err), ("", "favonius run: s.txt:3: phone: no line above has "
                                          "'device' with that name\n"))

    def test_many_devices(self):
        self.device("dev")
        out, _ = self.favonius("run", *["./dev"] * 20)
        self.assertEqual(len(set(line.split(": ")[1] for line in out.splitlines())), 20)

    def test_more_devices_than_the_soft_limit_of_descriptors(self):
        self.shell("dev", "ulimit -n")
        out, _ = self.favonius("run", *["./dev"] * 60, preexec_fn=limit_descriptors)
        self.assertEqual({line.split(": ")[1] for line in out.splitlines()}, {"64"})


def limit_descriptors():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))


if __name__ == "__main__":
    cli.main()
