#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Results of tools/bench.sh: collected, and shown.

bench_render.py collect ROWS RESULT SOURCE CC ONLY
                                                the rows of one run into one JSON file; with ONLY,
                                                parts named with commas, instead of those rows in it
bench_render.py markdown RESULT                 tables, on the output
bench_render.py svg RESULT FILE                 goodput as a fraction of the bound, drawn
bench_render.py docs RESULT FILE                the tables into FILE, between its two marks
"""

import json
import os
import platform
import re
import subprocess
import sys
from pathlib import Path

BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"
INTERVALS = [7.5, 15.0, 30.0, 50.0, 100.0, 400.0]
# In the order in which they are shown.
PHYS = ["1M", "2M", "Coded S8"]
KINDS = ["notify", "write", "l2cap", "l2cap both ways"]
LOSS = {"none": "clean", "lost": "10 % lost", "corrupt": "10 % corrupt"}


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


def goodput_key(row):
    """Where a row of goodput is shown: processes side by side end in any order."""
    return (row["links"], KINDS.index(row["kind"]), PHYS.index(row["phy"]), row["encrypted"],
            [247, 23, 512].index(row["mtu"]), list(LOSS).index(row["loss"]), row["interval_ms"])


def in_order(rows):
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


# ---- Tables ----


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def of(result, bench):
    return [row for row in result["rows"] if row["bench"] == bench]


def fraction(row, with_jain):
    if row is None:
        return "-"
    if row.get("failed"):
        return str(row["failed"])
    return f"{row['fraction']:.3f}" + (f" ({row['jain']:.3f})" if with_jain else "")


def goodput_tables(result):
    rows = of(result, "goodput")
    parts = []
    for links in sorted({row["links"] for row in rows}):
        body = {}
        for row in rows:
            if row["links"] == links:
                phy = row["phy"] + (", encrypted" if row.get("encrypted") else "")
                key = (row["kind"], phy, row["mtu"], LOSS[row["loss"]])
                body.setdefault(key, {})[row["interval_ms"]] = row
        parts.append(f"### Goodput, {links} link{'s' if links > 1 else ''}\n")
        parts.append(table(["data", "PHY", "MTU", "air"] + [f"{i:g} ms" for i in INTERVALS],
                           [list(key) + [fraction(cells.get(i), links > 1) for i in INTERVALS]
                            for key, cells in body.items()]))
    return parts


def made_with(head):
    made = head["machine"]
    return (f"Source {head['source']}; {made.get('cpu', 'unknown CPU')}, {made['cores']} cores, "
            f"{made['system']} {made['release']}, {made['compiler']}; "
            f"load {made.get('load_before', 0):.1f}")


def later(result):
    """The parts that were measured by themselves, by what they were measured with."""
    found = {}
    for part, head in sorted(result.get("parts", {}).items()):
        found.setdefault(made_with(head), []).append(part)
    return found


def markdown(result):
    parts = [made_with(result) + ".\n"]
    parts += [f"Measured later, {', '.join(names)}: {made}.\n"
              for made, names in later(result).items()]
    parts += goodput_tables(result)
    parts.append("### Latency, connection events\n")
    rows = of(result, "latency")
    parts.append(table(["what", "interval"] + [str(i) for i in range(4)] + ["4 or more"],
                       [[row["what"], f"{row['interval_ms']:g} ms"] + row["events"][:4] +
                        [sum(row["events"][4:])] for row in rows]))
    parts.append("### Scale\n")
    parts.append(table(["what", "devices", "simulated", "CPU", "times real time", "packets",
                        "received", "dropped"],
                       [[row["what"], row["devices"], f"{row['simulated_s']} s",
                         f"{row['cpu_s']:.2f} s", f"{row['speed']:.0f}", row["packets"],
                         row["received"], row["dropped"]] for row in of(result, "scale")]))
    parts.append("### Instructions in the host\n")
    rows = of(result, "instructions")
    rooms = sorted({room for row in rows for room in row["rooms"]})
    parts.append(table(["packet", "instructions"] + rooms,
                       [[row["what"], f"{row['per_packet']:.0f}"] +
                        [f"{row['rooms'].get(room, 0):.0f}" for room in rooms] for row in rows]))
    parts.append("### Reports\n")
    parts.append(table(["reports", "per second", "at once", "sent", "heard",
                        "counted as dropped", "CPU, ns each"],
                       [[row["what"], row["per_s"], row["burst"], row["sent"], row["heard"],
                         row["dropped"], row["cpu_ns"]] for row in of(result, "reports")]))
    rows = of(result, "mpy-reports")
    if rows:
        parts.append("### Reports to MicroPython's `_IRQ_SCAN_RESULT`, in real time\n")
        parts.append(table(["reports", "per second", "at once", "sent", "heard",
                            "counted as dropped", "in", "latest", "CPU, ns each"],
                           [[row["what"], row["per_s"], row["burst"], row["sent"], row["heard"],
                             row["dropped"], f"{row['took_s']:.2f} s", f"{row['late_ms']:.0f} ms",
                             row["cpu_ns"]] for row in rows]))
    rows = of(result, "pairing")
    if rows:
        parts.append("### Pairing, what it holds up the loop\n")
        parts.append(table(["pairings", "typical", "longest"],
                           [[row["pairings"], f"{row['typical_ms']:.2f} ms",
                             f"{row['longest_ms']:.2f} ms"] for row in rows]))
    parts.append("### Memory\n")
    rows = sorted(of(result, "memory"), key=lambda row: row["max_conn"])
    parts.append(table(["CONFIG_BT_MAX_CONN", "bytes of a host"],
                       [[row["max_conn"], row["host_bytes"]] for row in rows]))
    if len(rows) == 2:
        each = (rows[1]["host_bytes"] - rows[0]["host_bytes"]) / (
            rows[1]["max_conn"] - rows[0]["max_conn"])
        parts.append(f"So {each:.0f} bytes for each connection, at the sizes of each "
                     "configuration. An L2CAP channel is the application's memory: "
                     f"{rows[0]['chan_struct_bytes']} bytes on this machine.\n")
    parts.append("### Two processes in real time\n")
    parts.append(table(["upstream's test", "says"],
                       [[row["what"], row["said"]] for row in of(result, "realtime")]))
    return "\n".join(parts)


# ---- A drawing ----

COLOURS = {("1M", "clean"): "#1b6ca8", ("2M", "clean"): "#c1440e",
           ("Coded S8", "clean"): "#2e7d32", ("1M", "10 % lost"): "#7fb2d6",
           ("2M", "10 % lost"): "#e8a27f", ("Coded S8", "10 % lost"): "#9ccc9c"}
WIDTH, HEIGHT, LEFT, TOP, GAP = 300, 200, 50, 40, 70


def panel(rows, x0, y0, title):
    def x(i):
        return x0 + i * WIDTH / (len(INTERVALS) - 1)

    def y(value):
        return y0 + HEIGHT * (1 - min(value, 1.2) / 1.2)

    out = [f'<text x="{x0}" y="{y0 - 8}" font-weight="bold">{title}</text>']
    for value in (0, 0.5, 0.98):
        out.append(f'<line x1="{x0}" x2="{x0 + WIDTH}" y1="{y(value):.1f}" y2="{y(value):.1f}" '
                   f'stroke="#ccc"/><text x="{x0 - 34}" y="{y(value) + 4:.1f}">{value:g}</text>')
    for i, interval in enumerate(INTERVALS):
        out.append(f'<text x="{x(i):.1f}" y="{y0 + HEIGHT + 16}" text-anchor="middle">'
                   f'{interval:g}</text>')
    for (phy, air), colour in COLOURS.items():
        points = [(x(INTERVALS.index(row["interval_ms"])), y(row["fraction"])) for row in rows
                  if row["phy"] == phy and LOSS[row["loss"]] == air and not row.get("failed")]
        line = " ".join(f"{px:.1f},{py:.1f}" for px, py in points)
        out.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        out += [f'<circle cx="{px:.1f}" cy="{py:.1f}" r="3" fill="{colour}"/>'
                for px, py in points]
    return out


def svg(result):
    rows = [row for row in of(result, "goodput")
            if row["mtu"] == 247 and not row.get("encrypted") and row["loss"] != "corrupt"]
    counts = sorted({row["links"] for row in rows})
    width = LEFT + len(KINDS) * (WIDTH + GAP)
    height = TOP + len(counts) * (HEIGHT + GAP) + 20
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
           f'font-family="sans-serif" font-size="12">',
           f'<rect width="{width}" height="{height}" fill="white"/>']
    for line, links in enumerate(counts):
        for column, kind in enumerate(KINDS):
            out += panel([row for row in rows if row["links"] == links and row["kind"] == kind],
                         LEFT + column * (WIDTH + GAP), TOP + line * (HEIGHT + GAP),
                         f"{kind}, {links} link{'s' if links > 1 else ''}")
    for i, ((phy, air), colour) in enumerate(COLOURS.items()):
        out.append(f'<text x="{LEFT + 160 * i}" y="{height - 12}" fill="{colour}">'
                   f'{phy}, {air}</text>')
    out.append(f'<text x="{LEFT}" y="{height - 28}">Goodput as a fraction of the bound, MTU 247, '
               'by connection interval in ms</text></svg>')
    return "\n".join(out) + "\n"


def docs(result, path):
    text = Path(path).read_text()
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    Path(path).write_text(f"{before}{BEGIN}\n{markdown(result)}{END}{after}")


def main():
    if len(sys.argv) == 7 and sys.argv[1] == "collect":
        collect(*sys.argv[2:])
        return 0
    if len(sys.argv) < 3 or sys.argv[1] not in ("markdown", "svg", "docs"):
        print(__doc__, file=sys.stderr)
        return 2
    result = json.loads(Path(sys.argv[2]).read_text())
    if sys.argv[1] == "markdown":
        print(markdown(result), end="")
    elif sys.argv[1] == "svg":
        Path(sys.argv[3]).write_text(svg(result))
    else:
        docs(result, sys.argv[3])
    return 0


if __name__ == "__main__":
    sys.exit(main())
