#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The tools that other machines' files and other programs' output pass through."""

import pathlib
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
