#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every file: a licence line in sources, no TODO stock, no path of one machine, tidy line ends.

usage: lint_text.py [ROOT]
"""

import pathlib
import re
import sys

import lint_common

SPDX = "SPDX-License-Identifier: Apache-2.0"
SOURCES = (".c", ".h", ".py", ".sh", ".cmake", ".mk")
SOURCE_NAMES = ("CMakeLists.txt", "Makefile")
STOCK = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")
HOST_PATH = re.compile(r"(?<![\w.~/])/(work/|home/\w|root/|Users/\w)")
# The rule names the words it forbids, and MicroPython's documents are the words of others.
STOCK_EXEMPT = ("CONTRIBUTING.md", "tools/lint_text.py", "tests/lint/test_lint.py")


def check(findings, path, text):
    lines = text.split("\n")
    source = path.suffix in SOURCES or path.name in SOURCE_NAMES or text.startswith("#!")
    if source and text and not any(SPDX in line for line in lines[:3]):
        findings.add(path, 1, "no licence line",
                     f"put '{SPDX}' into its first comment")
    if text and not text.endswith("\n"):
        findings.add(path, len(lines), "the last line has no end", "end it with a newline")
    for number, line in enumerate(lines, 1):
        if line.rstrip(" \t\r") != line:
            findings.add(path, number, "white space at the line's end", "remove it")
        if STOCK.search(line) and str(path) not in STOCK_EXEMPT:
            findings.add(path, number, "unfinished-work marker",
                         "do it now, or write an issue and say here what is so")
        if HOST_PATH.search(line):
            findings.add(path, number, "path of one machine", "make it relative or a parameter")


def main(argv):
    root = pathlib.Path(argv[1] if len(argv) > 1 else ".").resolve()
    findings = lint_common.Findings()
    for path in lint_common.files(root, "**"):
        data = (root / path).read_bytes()
        if b"\0" in data or "corpus" in path.parts:
            continue
        check(findings, path, data.decode("utf-8", errors="replace"))
    findings.exit()


if __name__ == "__main__":
    main(sys.argv)
