#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""host_size.py [--here] CC: the memory of a host as JSON rows, as the compiler lays it out.

Of this machine by CC, and, without --here, of a Cortex-M4 where there is an arm-none-eabi-gcc, with
the text, data and bss of src/host. Each configuration's host by its layers; one that has only the
number of connections changed tells what a connection costs.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
HOST = os.path.join(ROOT, "src", "host")

# Name, file, lines added to it.
CONFIGURATIONS = [
    ("small", "bench/prj1.conf", ""),
    ("default", None, ""),
    ("default, 64 connections", None, "CONFIG_BT_MAX_CONN=64\n"),
    ("64 busy connections", "bench/prj64.conf", ""),
]
# newlib has all of errno.h's names only so.
CORTEX_M = ["-mcpu=cortex-m4", "-mthumb", "-D__LINUX_ERRNO_EXTENSIONS__"]


def run(command, **kwargs):
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE, **kwargs).stdout


def config_header(folder, name, path, added):
    """The header that cmake makes of a configuration."""
    text = added
    if path:
        with open(os.path.join(ROOT, path), encoding="utf-8") as f:
            text = f.read() + added
    base = os.path.join(folder, re.sub(r"\W+", "-", name))
    with open(base + ".conf", "w", encoding="utf-8") as f:
        f.write(text)
    with open(base + ".cmake", "w", encoding="utf-8") as f:
        f.write('cmake_minimum_required(VERSION 3.20)\n'
                f'include("{ROOT}/cmake/config.cmake")\n'
                f'fav_config_write("{base}.h" "{base}.conf")\n')
    run(["cmake", "-P", base + ".cmake"])
    return base + ".h"


def layers():
    """The layers of struct bt_host, in its order."""
    with open(os.path.join(HOST, "host.c"), encoding="utf-8") as f:
        body = re.search(r"^struct bt_host \{\n(.*?)^\};", f.read(), re.S | re.M).group(1)
    return re.findall(r"^\tstruct (?!k_work|fav_)\w+ (\w+);", body, re.M)


def compile_with(cc, flags, header):
    return [*cc, *flags, "-std=gnu11", "-DNDEBUG", "-include", header,
            "-I" + os.path.join(ROOT, "src"), "-I" + os.path.join(ROOT, "include")]


def sizes(cc, flags, header, wanted):
    """By name, the sizes in bytes of the expressions in wanted."""
    source = '#include "host/host.c"\n#include <zephyr/bluetooth/l2cap.h>\n'
    for name, expression in wanted.items():
        source += f"const char fav_size_{name}[{expression}] = {{1}};\n"
    out = run([*compile_with(cc, flags, header), "-x", "c", "-S", "-o", "-", "-"], input=source)
    return {name: int(size)
            for name, size in re.findall(r"\.size\s+fav_size_(\w+), (\d+)", out)}


def host_rows(target, cc, flags, headers):
    names = layers()
    wanted = {"host": "sizeof(struct bt_host)", "channel": "sizeof(struct bt_l2cap_le_chan)",
              "connections": "CONFIG_BT_MAX_CONN"}
    wanted.update({"layer_" + name: f"sizeof(((struct bt_host *)0)->{name})" for name in names})
    for configuration, header in headers.items():
        found = sizes(cc, flags, header, wanted)
        yield {"bench": "memory", "target": target, "configuration": configuration,
               "max_conn": found["connections"], "host_bytes": found["host"],
               "channel_bytes": found["channel"],
               "layers": {name: found["layer_" + name] for name in names}}


def footprint_row(target, cc, flags, headers, configuration, folder):
    """What src/host alone takes of flash and RAM, its default host included."""
    total = {"text": 0, "data": 0, "bss": 0}
    size = re.sub(r"gcc$", "size", cc[0])
    for name in sorted(os.listdir(HOST)):
        if not name.endswith(".c"):
            continue
        out = os.path.join(folder, "object.o")
        run([*compile_with(cc, [*flags, "-Os"], headers[configuration]), "-c", "-o", out,
             os.path.join(HOST, name)])
        numbers = run([size, out]).splitlines()[1].split()
        for i, section in enumerate(total):
            total[section] += int(numbers[i])
    return {"bench": "memory", "target": target, "configuration": configuration, **total}


def main(here, cc):
    arm = None if here else shutil.which("arm-none-eabi-gcc")
    with tempfile.TemporaryDirectory() as folder:
        headers = {name: config_header(folder, name, path, added)
                   for name, path, added in CONFIGURATIONS}
        rows = list(host_rows(os.uname().machine, cc, [], headers))
        if arm:
            rows += host_rows("Cortex-M4", [arm], CORTEX_M, headers)
            rows += [footprint_row("Cortex-M4", [arm], CORTEX_M, headers, name, folder)
                     for name in ("small", "default")]
    for row in rows:
        print(json.dumps(row))


if __name__ == "__main__":
    arguments = [argument for argument in sys.argv[1:] if argument != "--here"]
    if len(arguments) != 1 or arguments[0].startswith("-"):
        sys.exit(__doc__.splitlines()[0])
    main("--here" in sys.argv, arguments[0].split())
