#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The attacks of docs/security.md and the tests that are named after attacks are the same: each row
of its table names a test that is in that file and is run, and each test whose name says CVE, or one of
the names that attacks have, is in the table.

usage: lint_attacks.py [ROOT]
"""

import pathlib
import re
import sys

import lint_common

DOC = "docs/security.md"
ROW = re.compile(r"^\|[^|]*\|[^|]*\| `(?P<test>\w+)` \| `(?P<file>[\w/.]+)` \|$")
TEST = re.compile(r"^static void (?P<name>\w+)\(void \*\*state\)$", re.M)
ATTACK = re.compile(r"(^|_)(cve_\d{4}_\d+|vu_\d+|sweyntooth|knob|blesa|blerp|blurtooth|\w+_confusion)_")


def rows(root):
    """Yields (line, test, file) of the table."""
    text = (root / DOC).read_text(encoding="utf-8")
    for number, line in enumerate(text.splitlines(), 1):
        match = ROW.match(line)
        if match:
            yield number, match["test"], match["file"]


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    findings = lint_common.Findings()
    listed = set()
    if not (root / DOC).is_file():
        findings.exit()
    for line, test, name in rows(root):
        listed.add(test)
        path = root / name
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        if not re.search(rf"^static void {test}\(void \*\*state\)", text, re.M):
            findings.add(DOC, line, f"{name} has no test {test}", "name the one that there is")
        elif len(re.findall(rf"\b{test}\b", text)) < 2:
            findings.add(DOC, line, f"{test} is not run", f"put it into the list of {name}")
    for path in lint_common.files(root, "tests/**/*.c"):
        text = (root / path).read_text(encoding="utf-8", errors="replace")
        for match in TEST.finditer(text):
            if ATTACK.search(match["name"]) and match["name"] not in listed:
                findings.add(path, text.count("\n", 0, match.start()) + 1,
                             f"{match['name']} is named after an attack",
                             f"add it to the table of {DOC}")
    findings.exit()


if __name__ == "__main__":
    main()
