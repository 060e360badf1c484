# SPDX-License-Identifier: Apache-2.0
"""Results as Markdown: what matters (summary), and every row of goodput (full)."""

from bench_goals import FAIR, LOSS, goals

# In the order in which they are shown.
PHYS = ["1M", "2M", "Coded S8"]
KINDS = ["notify", "write", "l2cap", "l2cap both ways"]
MTUS = [247, 23, 512]
INTERVALS = [7.5, 15.0, 30.0, 50.0, 100.0, 400.0]


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def of(result, bench):
    return [row for row in result["rows"] if row["bench"] == bench]


# ---- Goodput ----


def goodput_key(row):
    """Where a row is shown."""
    return (row["links"], KINDS.index(row["kind"]), PHYS.index(row["phy"]), row["encrypted"],
            MTUS.index(row["mtu"]), list(LOSS).index(row["loss"]), row["interval_ms"])


def links_text(links):
    return f"{links} link{'s' if links > 1 else ''}"


def phy_text(row):
    return row["phy"] + (", encrypted" if row["encrypted"] else "")


def figure(row):
    return str(row["failed"]) if row.get("failed") else f"{row['fraction']:.3f}"


def in_lines(rows, key):
    """Rows that differ in interval alone, as one line each: {key: {interval: row}}."""
    lines = {}
    for row in rows:
        lines.setdefault(key(row), {})[row["interval_ms"]] = row
    return lines


def full_cell(row):
    if row is None:
        return "-"
    shared = row["links"] > 1 and not row.get("failed")
    return figure(row) + (f" ({row['jain']:.3f})" if shared else "")


def goodput_full(rows):
    parts = []
    for links in sorted({row["links"] for row in rows}):
        for kind in KINDS:
            lines = in_lines([row for row in rows if row["links"] == links and row["kind"] == kind],
                             lambda row: (phy_text(row), row["mtu"], LOSS[row["loss"]]))
            if lines:
                parts.append(f"### {kind}, {links_text(links)}\n")
                parts.append(table(
                    ["PHY", "MTU", "air"] + [f"{i:g} ms" for i in INTERVALS],
                    [list(key) + [full_cell(cells.get(i)) for i in INTERVALS]
                     for key, cells in lines.items()]))
    return parts


def brief_cell(clean, lossy):
    """Clean, and with loss; of several links Jain's index too, where it is less than fair."""
    if clean is None and lossy is None:
        return "-"
    text = " / ".join("-" if row is None else figure(row) for row in (clean, lossy))
    unfair = [row["jain"] for row in (clean, lossy)
              if row is not None and row["links"] > 1 and row.get("jain", 1) <= FAIR]
    return text + (f" ({min(unfair):.2f})" if unfair else "")


def brief_lines(rows, key):
    clean, lossy = (in_lines([row for row in rows if row["loss"] == loss], key)
                    for loss in ("none", "lost"))
    return [list(line) + [brief_cell(clean.get(line, {}).get(i), lossy.get(line, {}).get(i))
                          for i in INTERVALS] for line in {**clean, **lossy}]


def goodput_summary(rows):
    parts = []
    for kind in KINDS:
        lines = brief_lines([row for row in rows if row["links"] == 1 and row["kind"] == kind],
                            lambda row: (phy_text(row), row["mtu"]))
        if lines:
            parts.append(f"### Goodput: {kind}, 1 link; clean / 10 % lost\n")
            parts.append(table(["PHY", "MTU"] + [f"{i:g} ms" for i in INTERVALS], lines))
    for links in sorted({row["links"] for row in rows} - {1}):
        lines = brief_lines([row for row in rows if row["links"] == links and row["mtu"] == 247
                             and not row["encrypted"]],
                            lambda row: (row["kind"], row["phy"]))
        if lines:
            parts.append(f"### Goodput: {links} links, MTU 247; clean / 10 % lost\n")
            parts.append(table(["data", "PHY"] + [f"{i:g} ms" for i in INTERVALS], lines))
    return parts


def chance(rows):
    """How sure figures with loss are."""
    errors = sorted(row["se"] for row in rows if row.get("se") and row["loss"] != "none")
    if not errors:
        return []
    return [f"Standard error of a figure with loss, from {len(errors)} of them: typically "
            f"{errors[len(errors) // 2]:.4f}, at most {errors[-1]:.4f}.\n"]


# ---- The other measurements: each a title, a head, and a line of each row ----


def latency_line(row):
    return ([row["what"], f"{row['interval_ms']:g} ms"] + row["events"][:4]
            + [sum(row["events"][4:])])


def scale_line(row):
    return [row["what"], row["devices"], f"{row['simulated_s']} s", f"{row['cpu_s']:.2f} s",
            f"{row['speed']:.0f}", row["packets"], row["received"], row["dropped"]]


def reports_line(row):
    return [row["what"], row["per_s"], row["burst"], row["sent"], row["heard"], row["dropped"],
            row["cpu_ns"]]


def mpy_reports_line(row):
    return reports_line(row)[:-1] + [f"{row['took_s']:.2f} s", f"{row['late_ms']:.0f} ms",
                                     row["cpu_ns"]]


def pairing_line(row):
    return [row["pairings"], f"{row['typical_ms']:.2f} ms", f"{row['longest_ms']:.2f} ms"]


def peer_line(row):
    ours, theirs = row["ours"], row["bumble"]
    missing = sum(host["missing"] for host in (ours, theirs))
    return [row["what"], row["count"], f"{ours['each_us']:.1f} us", f"{theirs['each_us']:.1f} us",
            f"{row['ratio']:.1f}", f"{ours['rss_kb'] / 1024:.1f} MiB",
            f"{theirs['rss_kb'] / 1024:.1f} MiB", missing]


REPORTS = ["reports", "per second", "at once", "sent", "heard", "counted as dropped"]
SECTIONS = [
    ("latency", "Latency, connection events",
     ["what", "interval", "0", "1", "2", "3", "4 or more"], latency_line),
    ("scale", "Scale", ["what", "devices", "simulated", "CPU", "times real time", "packets",
                        "received", "dropped"], scale_line),
    ("reports", "Reports", REPORTS + ["CPU, ns each"], reports_line),
    ("mpy-reports", "Reports to MicroPython's `_IRQ_SCAN_RESULT`, in real time",
     REPORTS + ["in", "latest", "CPU, ns each"], mpy_reports_line),
    ("pairing", "Pairing, what it holds up the loop", ["pairings", "typical", "longest"],
     pairing_line),
    ("realtime", "Two processes in real time", ["upstream's test", "says"],
     lambda row: [row["what"], row["said"]]),
    ("peer", "The same work by Bumble's host",
     ["work", "times", "ours, CPU each", "Bumble, CPU each", "ratio", "ours, peak memory",
      "Bumble, peak memory", "missing"], peer_line),
]


def instructions(result):
    rows = of(result, "instructions")
    rooms = sorted({room for row in rows for room in row["rooms"]})
    return ["### Instructions in the host\n",
            table(["packet", "instructions"] + rooms,
                  [[row["what"], f"{row['per_packet']:.0f}"]
                   + [f"{row['rooms'].get(room, 0):.0f}" for room in rooms] for row in rows])]


LAYERS = ["hci", "conns", "acl", "l2cap_sig", "l2cap_coc", "smp", "att", "gatt"]


def memory_line(row):
    layers = row["layers"]
    return ([row["target"], row["configuration"], row["max_conn"], row["host_bytes"]]
            + [layers.get(name, 0) for name in LAYERS]
            + [row["host_bytes"] - sum(layers.get(name, 0) for name in LAYERS)])


def each_connection(rows):
    """What one costs, of two configurations that differ in nothing else, by target."""
    for target in dict.fromkeys(row["target"] for row in rows):
        two = sorted((row for row in rows if row["target"] == target
                      and row["configuration"].split(",")[0] == "default"),
                     key=lambda row: row["max_conn"])
        if len(two) == 2:
            each = (two[1]["host_bytes"] - two[0]["host_bytes"]) / (
                two[1]["max_conn"] - two[0]["max_conn"])
            yield [target, f"{each:.0f}", two[0]["channel_bytes"]]


def memory(result):
    rows = [row for row in of(result, "memory") if "layers" in row]
    if not rows:
        return []
    parts = ["### Memory\n",
             table(["of", "sizes", "connections", "bytes of a host"] + LAYERS + ["others"],
                   [memory_line(row) for row in rows]),
             table(["of", "bytes of each connection", "bytes of an L2CAP channel"],
                   each_connection(rows))]
    footprints = [row for row in of(result, "memory") if "text" in row]
    if footprints:
        parts.append(table(["src/host alone, -Os, of", "sizes", "text", "data", "bss"],
                           [[row["target"], row["configuration"], row["text"], row["data"],
                             row["bss"]] for row in footprints]))
    return parts


# ---- All ----


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


def head(result):
    return [made_with(result) + ".\n"] + [f"Measured later, {', '.join(names)}: {made}.\n"
                                          for made, names in later(result).items()]


def goals_table(result):
    lines = goals(result["rows"])
    if not lines:
        return []
    return ["### Goals\n", table(["goal", "cells", "hold it", "the worst"], lines)]


def summary(result):
    rows = of(result, "goodput")
    parts = head(result) + goals_table(result) + goodput_summary(rows) + chance(rows)
    for bench, title, columns, line in SECTIONS:
        rows = of(result, bench)
        if rows:
            parts += [f"### {title}\n", table(columns, [line(row) for row in rows])]
        if bench == "scale" and of(result, "instructions"):
            parts += instructions(result)
        if bench == "pairing" and of(result, "memory"):
            parts += memory(result)
    return "\n".join(parts)


def full(result):
    return "\n".join(head(result) + goodput_full(of(result, "goodput")))
