#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Counts the results of a test run's parts and prints one line for each, then the sum.

usage: report.py PART=FILE...

A FILE ending in .xml is what "ctest --output-junit" or pytest wrote; any other is the output of MicroPython's
run-multitests.py, one or more of them, with "exit status: N" as its last line. A part whose file is missing or tells nothing counts as one
failure: a part that did not run has not passed.

exit status: 0 everything passed, 1 something failed.
"""

import re
import sys
import xml.etree.ElementTree

CMOCKA = {
    "passed": re.compile(r"^\[  PASSED  \] (\d+) test", re.M),
    "failed": re.compile(r"^\[  FAILED  \] (\d+) test", re.M),
    "skipped": re.compile(r"^\[  SKIPPED \] (\d+) test", re.M),
}
MULTITEST = re.compile(r"^\S+\.py on .*: (pass|FAIL|skip)$", re.M)
MULTITEST_STARTED = re.compile(r"^\S+\.py on ", re.M)


class Counts:
    """What passed, failed and was skipped, and the names of what failed."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.names = []

    def __str__(self):
        text = f"{self.passed} passed, {self.failed} failed"
        return text + (f", {self.skipped} skipped" if self.skipped else "")

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def fail(self, name):
        self.failed += 1
        self.names.append(name)


def program(case, counts):
    """One program of CTest's: its cmocka tests if it tells of any, otherwise itself."""
    output = case.findtext("system-out") or ""
    cases = {key: sum(map(int, regex.findall(output))) for key, regex in CMOCKA.items()}
    name = case.get("name")
    status = case.get("status")
    if status not in ("run", "fail"):
        skipped = case.find("skipped")
        reason = skipped.get("message", "") if skipped is not None else ""
        if status == "disabled" or reason.startswith("SKIP_"):
            counts.skipped += 1
        else:
            counts.fail(f"{name}: {reason}")
        return
    if status == "run" and not any(cases.values()):
        cases["passed"] = 1
    counts.passed += cases["passed"]
    counts.skipped += cases["skipped"]
    if status == "fail":
        # It also fails by a crash or a leak after its last test.
        counts.failed += max(cases["failed"], 1)
        counts.names.append(name)


def pytest_case(case, counts):
    """One test of pytest's, which tells of what is no pass by an element."""
    if case.find("failure") is not None or case.find("error") is not None:
        counts.fail(case.get("name"))
    elif case.find("skipped") is not None:
        counts.skipped += 1
    else:
        counts.passed += 1


def junit(text):
    counts = Counts()
    root = xml.etree.ElementTree.fromstring(text)
    count = pytest_case if root.tag == "testsuites" else program
    for case in root.iter("testcase"):
        count(case, counts)
    return counts


def multitests(text):
    counts = Counts()
    results = MULTITEST.findall(text)
    counts.passed = results.count("pass")
    counts.skipped = results.count("skip")
    for line in re.findall(r"^(\S+\.py) on .*: FAIL$", text, re.M):
        counts.fail(line)
    if len(MULTITEST_STARTED.findall(text)) > len(results):
        counts.fail("a test that gave no result")
    status = re.search(r"^exit status: (\d+)$", text, re.M)
    if status and status.group(1) != "0" and not counts.failed:
        counts.fail(f"exit status {status.group(1)}")
    return counts


def read(part, file):
    try:
        with open(file, encoding="utf-8", errors="replace") as stream:
            text = stream.read()
        counts = junit(text) if file.endswith(".xml") else multitests(text)
    except (OSError, xml.etree.ElementTree.ParseError) as error:
        print(f"{part}: {error}", file=sys.stderr)
        counts = Counts()
    if counts.passed + counts.failed + counts.skipped == 0:
        counts.fail("no result at all")
    return counts


def main(argv):
    if len(argv) < 2 or not all("=" in arg for arg in argv[1:]):
        sys.exit(__doc__)
    total = Counts()
    for arg in argv[1:]:
        part, _, file = arg.partition("=")
        counts = read(part, file)
        print(f"{part}: {counts}")
        for name in counts.names:
            print(f"{part}: failed: {name}")
        total.add(counts)
    print(total)
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
