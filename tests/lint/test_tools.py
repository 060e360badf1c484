#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The tools that other machines' files and other programs' output pass through."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

TOOLS = pathlib.Path(__file__).resolve().parents[2] / "tools"


class AptSource(unittest.TestCase):
    def make(self, sources, codename="bookworm", suite="trixie"):
        with tempfile.TemporaryDirectory() as folder:
            apt = pathlib.Path(folder)
            (apt / "sources.list.d").mkdir()
            for name, text in sources.items():
                (apt / name).write_text(text)
            return subprocess.run([sys.executable, TOOLS / "apt_source.py", codename, suite, folder],
                                  capture_output=True, text=True)

    def test_the_mirror_and_key_of_a_one_line_entry_are_kept(self):
        done = self.make({"sources.list": "# deb http://no.example/debian bookworm main\n"
                          "deb [arch=amd64 signed-by=/k.gpg] http://a.example/debian bookworm main"
                          " contrib # ours\n"})
        self.assertEqual(done.stdout, "Types: deb-src\nSuites: trixie\nComponents: main\n"
                         "Uris: http://a.example/debian\nSigned-By: /k.gpg\n")

    def test_the_mirror_and_key_of_a_deb822_entry_are_kept(self):
        done = self.make({"sources.list.d/debian.sources":
                          "Types: deb\n# note\nURIs: http://a.example/debian\n"
                          "Suites: bookworm bookworm-updates\nComponents: main\n"
                          "Signed-By:\n -----BEGIN-----\n .\n abc\n"})
        self.assertEqual(done.stdout, "Types: deb-src\nSuites: trixie\nComponents: main\n"
                         "Uris: http://a.example/debian\nSigned-By: \n -----BEGIN-----\n .\n abc\n")

    def test_security_and_disabled_and_foreign_entries_are_passed_over(self):
        done = self.make({"sources.list": "deb http://s.example/debian-security "
                                          "bookworm-security main\n",
                          "sources.list.d/a.sources":
                          "Types: deb\nURIs: http://off.example/\nSuites: bookworm\n"
                          "Components: main\nEnabled: no\n\n"
                          "Types: deb\nURIs: http://on.example/\nSuites: bookworm\n"
                          "Components: main\n",
                          "sources.list.d/x.list": "deb http://x.example/ stable tool\n"})
        self.assertIn("Uris: http://on.example/\n", done.stdout)

    def test_a_machine_without_an_entry_fails(self):
        done = self.make({"sources.list": "deb http://x.example/ stable tool\n"})
        self.assertEqual((done.returncode, done.stdout), (1, ""))


class Bootstrap(unittest.TestCase):
    """bootstrap.sh demo on a machine that lacks xz alone; id, sudo and apt-get are made up."""

    TOOLS = ("bash cat cksum mktemp rm sort sed mkdir dirname grep env tail tee touch chmod cc make "
             "cmake pkg-config python3 as ld").split()

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="favonius bootstrap ")
        self.root = pathlib.Path(self.folder.name)
        self.bin = self.root / "bin"
        self.bin.mkdir()
        for tool in self.TOOLS:
            path = shutil.which(tool)
            if path:
                (self.bin / tool).symlink_to(path)

    def tearDown(self):
        self.folder.cleanup()

    def fake(self, name, script):
        path = self.bin / name
        path.write_text(f"#!{shutil.which('bash')}\n{script}\n")
        path.chmod(0o755)

    def bootstrap(self):
        env = dict(os.environ, PATH=str(self.bin), FAVONIUS_BUILD=str(self.root / "build"))
        return subprocess.run([str(TOOLS / "bootstrap.sh"), "demo"], env=env, capture_output=True,
                              text=True)

    def calls(self):
        file = self.root / "calls"
        return file.read_text().splitlines() if file.exists() else []

    def apt_get_that_installs(self):
        self.fake("apt-get", f'echo "$DEBIAN_FRONTEND $*" >>"{self.root}/calls"\n'
                  f'case $* in *install*) printf "#!/bin/sh\\n" >"{self.bin}/xz"; '
                  f'chmod +x "{self.bin}/xz";; esac')

    def test_root_installs_what_is_missing_and_only_once(self):
        self.fake("id", "echo 0")
        self.apt_get_that_installs()
        self.assertEqual(self.bootstrap().returncode, 0)
        self.assertEqual(len(self.calls()), 2)
        self.assertRegex(self.calls()[0], "^noninteractive .* update$")
        self.assertRegex(self.calls()[1], "^noninteractive .* install .* xz-utils$")
        self.assertEqual(self.bootstrap().returncode, 0)
        self.assertEqual(len(self.calls()), 2)

    def test_sudo_without_a_password_is_used(self):
        self.fake("id", "echo 1000")
        self.fake("sudo", '[ "$1" = -n ] && shift && "$@"')
        (self.bin / "true").symlink_to(shutil.which("true"))
        self.apt_get_that_installs()
        self.assertEqual(self.bootstrap().returncode, 0)
        self.assertEqual(len(self.calls()), 2)

    def test_without_rights_it_stops_with_the_line_to_run(self):
        self.fake("id", "echo 1000")
        self.fake("sudo", "echo a password is needed >&2; exit 1")
        self.apt_get_that_installs()
        done = self.bootstrap()
        self.assertEqual(done.returncode, 1)
        self.assertIn("missing: xz. ", done.stderr)
        self.assertIn("sudo sh -c 'apt-get update && apt-get install -y --no-install-recommends "
                      "xz-utils'", done.stderr)
        self.assertEqual(self.calls(), [])

    def test_an_install_that_does_not_help_fails(self):
        self.fake("id", "echo 0")
        self.fake("apt-get", "exit 0")
        done = self.bootstrap()
        self.assertEqual(done.returncode, 1)
        self.assertIn("still missing after installing xz-utils: xz", done.stderr)

    def test_without_apt_the_packages_are_named(self):
        self.fake("id", "echo 0")
        done = self.bootstrap()
        self.assertEqual(done.returncode, 1)
        self.assertIn("there is no apt-get here", done.stderr)
        self.assertIn("xz-utils", done.stderr)


class Report(unittest.TestCase):
    def report(self, **parts):
        with tempfile.TemporaryDirectory() as folder:
            args = []
            for part, text in parts.items():
                file = pathlib.Path(folder) / (part + (".xml" if text.startswith("<") else ".log"))
                file.write_text(text)
                args.append(f"{part}={file}")
            done = subprocess.run([sys.executable, TOOLS / "report.py", *args],
                                  capture_output=True, text=True)
            return done.returncode, done.stdout.splitlines()[-1]

    @staticmethod
    def junit(*cases):
        return "<testsuite>" + "".join(
            f'<testcase name="t{i}" status="{status}">{rest}</testcase>'
            for i, (status, rest) in enumerate(cases)) + "</testsuite>"

    @staticmethod
    def output(text):
        return f"<system-out>{text}</system-out>"

    def test_tests_of_pytest_are_counted(self):
        self.assertEqual(self.report(a='<testsuites><testsuite><testcase name="a"/>'
                                     '<testcase name="b"><skipped/></testcase>'
                                     '<testcase name="c"><failure/></testcase>'
                                     '<testcase name="d"><error/></testcase>'
                                     '</testsuite></testsuites>'),
                         (1, "1 passed, 2 failed, 1 skipped"))

    def test_cmocka_tests_are_counted_singly(self):
        self.assertEqual(self.report(a=self.junit(
            ("run", self.output("[  PASSED  ] 3 test(s).\n[  SKIPPED ] 1 test(s), listed below:\n")),
            ("run", self.output("other\n")))), (0, "4 passed, 0 failed, 1 skipped"))

    def test_a_failed_test_and_a_crash_after_the_last_test_count(self):
        self.assertEqual(self.report(a=self.junit(
            ("fail", self.output("[  PASSED  ] 3 test(s).\n[  FAILED  ] 2 test(s), listed:\n")),
            ("fail", self.output("[  PASSED  ] 4 test(s).\nleak\n")))), (1, "7 passed, 3 failed"))

    def test_a_program_that_could_not_start_has_failed(self):
        self.assertEqual(self.report(a=self.junit(
            ("notrun", '<skipped message="Unable to find executable"/>'),
            ("notrun", '<skipped message="SKIP_RETURN_CODE=77"/>'))),
            (1, "0 passed, 1 failed, 1 skipped"))

    def test_multitests_are_counted_over_all_runs(self):
        run = "m/a.py on x|y: pass\nm/b.py on x|y: pass\n"
        self.assertEqual(self.report(m=run + run), (0, "4 passed, 0 failed"))

    def test_a_multitest_that_never_ended_has_failed(self):
        self.assertEqual(self.report(m="m/a.py on x|y: pass\nm/b.py on x|y: Traceback\n"),
                         (1, "1 passed, 1 failed"))

    def test_a_runner_that_fails_after_its_tests_has_failed(self):
        self.assertEqual(self.report(m="m/a.py on x|y: pass\nexit status: 1\n"),
                         (1, "1 passed, 1 failed"))
        self.assertEqual(self.report(m="m/a.py on x|y: FAIL\nexit status: 1\n"),
                         (1, "0 passed, 1 failed"))

    def test_a_part_without_results_has_failed(self):
        self.assertEqual(self.report(a="", b=self.junit(("run", ""))), (1, "1 passed, 1 failed"))


if __name__ == "__main__":
    unittest.main()
