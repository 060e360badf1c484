#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writable file-scope data, read from the object files: all state hangs from an instance, and what
does not is in ALLOWED with its reason.

usage: lint_data.py ARCHIVE...      (the rooms' libraries, libfav_*.a)
"""

import re
import subprocess
import sys

import lint_common

# (library, symbol): why it may be there. The architecture allows two places.
ALLOWED = (
    (r"libfav_kernel\.a", r"kernel__(root|heap)", "the kernel's root and the memory of its heap"),
    (r"libfav_host\.a", r"default_host|current", "the hosts behind the Zephyr-named API"),
    (r"libfav_settings\.a", r"default_settings|current",
     "the settings behind the Zephyr-named API"),
    (r"libfav_port_\w+\.a", r"state", "the port: one clock and one set of events a process"),
    (r"libfav_port_posix\.a", r"section", "the critical section: one a process"),
)

# objdump -t: value, flags (O object, a blank for thread-local), section, size, name.
SYMBOL = re.compile(r"^[0-9a-f]+ [lgu! ].{5}[O ] (\S+)\s+([0-9a-f]+)\s+(?:\.hidden )?(\S+)$")
WRITABLE = re.compile(r"\.(data|bss|tdata|tbss)(?!\.rel\.ro)(\.|$)|\*COM\*$")


def writable(archive):
    """Yields (object file, section, bytes, symbol)."""
    out = subprocess.run(["objdump", "-t", archive], check=True, capture_output=True,
                         text=True).stdout
    member = "?"
    for line in out.splitlines():
        if ":     file format" in line:
            member = line.split(":")[0]
            continue
        match = SYMBOL.match(line)
        if match and WRITABLE.match(match.group(1)) and int(match.group(2), 16):
            yield member, match.group(1), int(match.group(2), 16), match.group(3)


def allowed(library, symbol):
    # A static of a function has a number after its name.
    name = symbol.split(".")[0]
    return any(re.fullmatch(lib, library) and re.fullmatch(sym, name) for lib, sym, _ in ALLOWED)


def main(argv):
    if len(argv) < 2:
        sys.exit(__doc__)
    findings = lint_common.Findings()
    for archive in argv[1:]:
        library = archive.rsplit("/", 1)[-1]
        for member, section, size, symbol in writable(archive):
            if not allowed(library, symbol):
                findings.add(f"{library}({member})", 0,
                             f"{symbol}: {size} bytes of writable file-scope data in {section}",
                             "make it const, or hang it from an instance; a reason why it must be "
                             "goes into ALLOWED in tools/lint_data.py")
    findings.exit()


if __name__ == "__main__":
    main(sys.argv)
