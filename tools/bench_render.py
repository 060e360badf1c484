#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Results of tools/bench.sh: collected, and shown.

bench_render.py collect ROWS RESULT SOURCE CC ONLY
                                                the rows of one run into one JSON file; with ONLY,
                                                parts named with commas, instead of those rows in it
bench_render.py markdown RESULT                 what matters as tables, on the output
bench_render.py full RESULT                     every row of goodput as tables, on the output
bench_render.py docs RESULT FOLDER              both into the documents there, performance.md and
                                                performance-tables.md, between their two marks, and
                                                performance.svg drawn
"""

import json
import os
import platform
import re
import subprocess
import sys
from pathlib import Path

from bench_plot import svg
from bench_tables import full, goodput_key, summary

BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"


# ---- Collecting ----


def instructions_by_room(path):
    """Own instructions of a callgrind file, by the room that the source file lies in."""
    names, rooms = {}, {}
    where, skip = "", False
    for line in path.read_text(errors="replace").splitlines():
        spec = re.match(r"(fl|fi|fe|cfl|cfi)=\((\d+)\)(?: (.*))?$", line)
        if spec:
            kind, number, name = spec.groups()
            if name:
                names[number] = name
            if not kind.startswith("c"):
                where = names.get(number, "")
        elif line.startswith("calls="):
            skip = True
        elif re.match(r"[+\-*\d]", line):
            if not skip:
                room = room_of(where)
                rooms[room] = rooms.get(room, 0) + int(line.split()[1])
            skip = False
    return rooms


def room_of(path):
    match = re.search(r"src/(\w+)/", path)
    if match:
        return match.group(1)
    if "include/zephyr/" in path or "include/favonius/" in path:
        return "headers"
    return "bench" if "bench/" in path else "libc"


def counted(rows_dir, row):
    rooms = instructions_by_room(rows_dir / f"{row['what']}.callgrind")
    per = {room: round(n / row["count"], 1) for room, n in sorted(rooms.items()) if n}
    return {
        "bench": "instructions",
        "what": row["what"],
        # What the benchmark itself does to hand up and take packets is not the host's.
        "per_packet": round(sum(n for room, n in per.items() if room != "bench"), 1),
        "rooms": per,
    }


def machine(cc):
    info = {"system": platform.system(), "release": platform.release(),
            "machine": platform.machine(), "cores": os.cpu_count()}
    try:
        cpuinfo = Path("/proc/cpuinfo").read_text()
        names = re.findall(r"^model name\s*:\s*(.*)$", cpuinfo, re.M)
        info["cpu"] = names[0] if names else "unknown"
        info["memory_mb"] = int(re.search(r"MemTotal:\s*(\d+)",
                                          Path("/proc/meminfo").read_text()).group(1)) // 1024
        info["load_before"] = os.getloadavg()[0]
    except (OSError, AttributeError):
        pass
    try:
        out = subprocess.run([cc, "--version"], capture_output=True, text=True, check=False)
        info["compiler"] = out.stdout.splitlines()[0]
    except (OSError, IndexError):
        info["compiler"] = cc
    return info


def realtime(log):
    """What upstream's perf_ tests have printed of themselves."""
    text = log.read_text() if log.exists() else ""
    found = re.findall(r"^\S*?(perf_\w+)\.py: (?!pass)(.*)$", text, re.M)
    return [{"bench": "realtime", "what": what, "said": said} for what, said in found]


def replaced(old, rows, made, only):
    """The old result with other rows of some parts, and what those were measured with."""
    kept = [row for row in old.pop("rows") if row["bench"] not in only]
    old.setdefault("parts", {}).update({part: made for part in only})
    return old, kept + rows


def in_order(rows):
    """Of goodput: processes side by side end in any order."""
    shown = sorted((row for row in rows if row["bench"] == "goodput"), key=goodput_key)
    return shown + [row for row in rows if row["bench"] != "goodput"]


def collect(rows_dir, result, source, cc, only):
    rows = []
    for path in sorted(Path(rows_dir).glob("*.jsonl")):
        for line in path.read_text().splitlines():
            if line.startswith("{"):
                row = json.loads(line)
                rows.append(counted(path.parent, row) if row["bench"] == "counted" else row)
    rows += realtime(Path(rows_dir) / "realtime.log")
    head = {"machine": machine(cc), "source": source}
    if only and Path(result).exists():
        head, rows = replaced(json.loads(Path(result).read_text()), rows, head, only.split(","))
    rows = in_order(rows)
    # One row a line: a change is seen where it is.
    text = json.dumps(head, indent=1)[:-2] + ',\n "rows": [\n'
    text += ",\n".join("  " + json.dumps(row) for row in rows) + "\n ]\n}\n"
    Path(result).write_text(text)


# ---- Showing ----


def put_between_marks(path, shown):
    text = path.read_text()
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    path.write_text(f"{before}{BEGIN}\n{shown}{END}{after}")


def docs(result, folder):
    put_between_marks(folder / "performance.md", summary(result))
    put_between_marks(folder / "performance-tables.md", full(result))
    (folder / "performance.svg").write_text(svg(result))


def main():
    what, args = (sys.argv[1], sys.argv[2:]) if len(sys.argv) > 1 else ("", [])
    if (what, len(args)) not in (("collect", 5), ("markdown", 1), ("full", 1), ("docs", 2)):
        print(__doc__, file=sys.stderr)
        return 2
    if what == "collect":
        collect(*args)
        return 0
    result = json.loads(Path(args[0]).read_text())
    if what == "docs":
        docs(result, Path(args[1]))
    else:
        print(summary(result) if what == "markdown" else full(result), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
