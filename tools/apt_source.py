#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints an apt source (deb822) for one suite's source packages, made from the machine's own.

The first entry of this machine that serves SUITE, or else the machine's own release (CODENAME), is
copied with its mirror and its keys; only what it fetches is changed. So a private apt configuration
can reach another release of the same archive, whatever mirror the machine was given.

usage: apt_source.py CODENAME SUITE [APT_DIRECTORY]
exit status: 0 printed, 1 the machine has no entry that would do.
"""

import pathlib
import re
import shlex
import sys

RELEASE_ALIASES = ("stable", "oldstable", "oldoldstable", "testing", "unstable", "sid")
# Fields of an entry that say how to reach and trust it, and so are kept.
KEPT = ("uris", "signed-by", "trusted", "check-valid-until", "allow-insecure")


def one_line_entries(text):
    """Entries of a sources.list: deb [options] URI suite component..."""
    for line in text.splitlines():
        match = re.match(r"\s*deb(?:-src)?\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*(.*)", line)
        if not match:
            continue
        options, uri, suite, components = match.groups()
        entry = {"uris": uri, "suites": suite, "components": components.split("#")[0]}
        for option in shlex.split(options or ""):
            name, _, value = option.partition("=")
            entry[name.lower()] = value.replace(",", " ")
        yield entry


def deb822_entries(text):
    """Entries of a .sources file: paragraphs of fields, whose values may go on in further lines."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    for paragraph in re.split(r"\n\s*\n", "\n".join(lines)):
        entry = {}
        name = None
        for line in paragraph.splitlines():
            if line[:1] in (" ", "\t") and name:
                entry[name] += "\n" + line
            elif ":" in line:
                name, _, value = line.partition(":")
                name = name.strip().lower()
                entry[name] = value.strip()
        if entry and entry.get("enabled", "yes").lower() not in ("no", "false", "0"):
            yield entry


def entries(apt):
    """Every entry of the machine, in apt's order."""
    files = [apt / "sources.list"]
    parts = apt / "sources.list.d"
    if parts.is_dir():
        files += sorted(parts.iterdir())
    for file in files:
        try:
            text = file.read_text(errors="replace")
        except OSError:
            continue
        if file.suffix == ".list":
            yield from one_line_entries(text)
        elif file.suffix == ".sources":
            yield from deb822_entries(text)


def choose(apt, codename, suite):
    """The entry to copy: one for SUITE if there is, or one for the machine's release."""
    found = [e for e in entries(apt) if "main" in e.get("components", "").split()]
    for wanted in ((suite,), (codename,), RELEASE_ALIASES):
        for entry in found:
            if any(s in wanted for s in entry.get("suites", "").split()):
                return entry
    return None


def main(argv):
    if len(argv) not in (3, 4):
        sys.exit(__doc__)
    codename, suite = argv[1:3]
    entry = choose(pathlib.Path(argv[3] if len(argv) == 4 else "/etc/apt"), codename, suite)
    if not entry:
        return 1
    print(f"Types: deb-src\nSuites: {suite}\nComponents: main")
    for field in KEPT:
        if field in entry:
            print(f"{field.title()}: {entry[field]}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
