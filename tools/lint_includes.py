#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who includes whom: the table of docs/architecture.md, checked.

usage: lint_includes.py [ROOT]
"""

import pathlib
import posixpath
import re
import sys

import lint_common

# The room that each public header belongs to; the first match counts.
PUBLIC = (
    ("favonius/bonds.h", "host"),
    ("favonius/config.h", "kernel"),
    ("favonius/cursor.h", "kernel"),
    ("favonius/fault.h", "kernel"),
    ("favonius/files.h", "kernel"),
    ("favonius/loop.h", "kernel"),
    ("favonius/port.h", "kernel"),
    ("favonius/quirks.h", "host"),
    ("favonius/sim.h", "kernel"),
    ("favonius/stream.h", "port"),
    ("favonius/posix.h", "port"),
    ("favonius/process.h", "port"),
    ("favonius/settings.h", "settings"),
    ("favonius/hci.h", "hci"),
    ("favonius/air.h", "air"),
    ("favonius/host.h", "host"),
    # The words that both sides of the seam use.
    ("zephyr/bluetooth/addr.h", "hci"),
    ("zephyr/bluetooth/hci_types.h", "hci"),
    ("zephyr/bluetooth/**", "host"),
    ("zephyr/settings/**", "settings"),
    ("zephyr/**", "kernel"),
)

# Whose headers a room may include, its own aside: public ones, and those in src/ of rooms in PRIVATE.
ALLOWED = {
    "kernel": set(),
    "port": {"kernel"},
    "crypto": {"kernel"},
    "crypto": {"kernel"},
    "settings": {"kernel"},
    "hci": {"kernel", "port"},
    "controller": {"kernel", "hci"},
    "air": {"kernel", "port", "hci", "controller"},
    "host": {"kernel", "settings", "hci"},
    "cli": {"kernel", "port", "settings", "hci", "controller", "air", "host"},
    "micropython": {"kernel", "port", "settings", "hci", "air", "host"},
}
PRIVATE = {
    "controller": {"crypto"},
    "host": {"crypto"},
    "air": {"controller", "hci"},
    "cli": {"kernel", "port", "hci", "controller", "air", "host"},
}

ISO_C = {name + ".h" for name in (
    "assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal "
    "stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string tgmath time "
    "wchar wctype").split()}
# What a room may use of the C library or another project beside ISO C.
EXTRA = {
    "cli": re.compile(r"getopt\.h"),
    "crypto": re.compile(r"psa/.*"),
    "crypto": re.compile(r"psa/crypto\.h"),
    "micropython": re.compile(r"(py|extmod|shared|ports)/.*|mp\w+\.h|genhdr/.*"),
    "port": re.compile(r".*"),
}

# Where a room's limit does not hold: in Zephyr's types (ssize_t and off_t are in every C library),
# and in the part of micropython/ that is for unix.
ANY = re.compile(r".*")
EXTRA_IN = (
    ("include/zephyr/types.h", re.compile(r"sys/types\.h")),
    ("micropython/unix/**", ANY),
)

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)


def room_of_file(path):
    parts = path.parts
    if parts[0] == "src":
        return parts[1]
    if parts[0] == "include":
        return room_of_public("/".join(parts[1:]))
    return parts[0]


def room_of_public(header):
    path = pathlib.PurePosixPath(header)
    for pattern, room in PUBLIC:
        if lint_common.matches(path, pattern):
            return room
    return None


def check_include(root, path, room, quoted, header):
    """Why PATH in ROOM may not include HEADER, or None."""
    if quoted and (root / path.parent / header).is_file():
        target = pathlib.PurePosixPath(posixpath.normpath(path.parent / header))
    elif quoted and (root / "src" / header).is_file():
        target = pathlib.PurePosixPath("src") / header
    else:
        target = None
    if target is not None and target.parts[0] == "src":
        other = target.parts[1]
        if other != room and other not in PRIVATE.get(room, ()):
            return f"private header of {other} included by {room}", \
                "use its public header, or a table that the upper room registers"
        return None
    if target is not None:
        return None
    if header.startswith(("favonius/", "zephyr/")):
        other = room_of_public(header)
        if other is None:
            return f"{header} belongs to no room", "add it to PUBLIC in tools/lint_includes.py"
        if other != room and other not in ALLOWED[room]:
            return f"{header} of {other} included by {room}", \
                "see the table in docs/architecture.md"
        return None
    extra = [EXTRA[room]] if room in EXTRA else []
    extra += [names for pattern, names in EXTRA_IN if lint_common.matches(path, pattern)]
    if header in ISO_C or any(names.fullmatch(header) for names in extra):
        return None
    return f"<{header}> is neither ISO C nor ours", \
        "only src/port may include an operating system's or a chip's headers"


def main(argv):
    root = pathlib.Path(argv[1] if len(argv) > 1 else ".").resolve()
    findings = lint_common.Findings()
    for path in lint_common.files(root, "src/**", "include/**", "micropython/**"):
        if path.suffix not in (".c", ".h"):
            continue
        room = room_of_file(path)
        text = (root / path).read_text()
        if room not in ALLOWED:
            findings.add(path, 1, f"room {room} is not in the table",
                         "add it to docs/architecture.md and tools/lint_includes.py")
            continue
        for match in INCLUDE.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            why = check_include(root, path, room, match.group(1) == '"', match.group(2))
            if why:
                findings.add(path, line, *why)
    findings.exit()


if __name__ == "__main__":
    main(sys.argv)
