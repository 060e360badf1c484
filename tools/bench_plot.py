# SPDX-License-Identifier: Apache-2.0
"""Goodput as a fraction of the bound, drawn as SVG."""

from bench_tables import INTERVALS, KINDS, links_text, of

COLOURS = {"1M": "#1b6ca8", "2M": "#c1440e", "Coded S8": "#2e7d32"}
# What a line is of: how it looks, and what it is called.
LINES = {
    ("none", False): ("", "clean"),
    ("lost", False): ("2 4", "10 % lost"),
    ("none", True): ("10 4", "clean, encrypted"),
}
WIDTH, HEIGHT, LEFT, TOP, GAP = 300, 200, 50, 40, 70
LEGEND, HIGHEST = 56, 1.7


def panel(rows, x0, y0, title):
    def x(i):
        return x0 + i * WIDTH / (len(INTERVALS) - 1)

    def y(value):
        return y0 + HEIGHT * (1 - min(value, HIGHEST) / HIGHEST)

    rows = sorted(rows, key=lambda row: row["interval_ms"])
    out = [f'<text x="{x0}" y="{y0 - 8}" font-weight="bold">{title}</text>']
    for value in (0, 0.5, 0.98):
        out.append(f'<line x1="{x0}" x2="{x0 + WIDTH}" y1="{y(value):.1f}" y2="{y(value):.1f}" '
                   f'stroke="#ccc"/><text x="{x0 - 34}" y="{y(value) + 4:.1f}">{value:g}</text>')
    for i, interval in enumerate(INTERVALS):
        out.append(f'<text x="{x(i):.1f}" y="{y0 + HEIGHT + 16}" text-anchor="middle">'
                   f'{interval:g}</text>')
    for phy, colour in COLOURS.items():
        for (loss, encrypted), (dashes, _) in LINES.items():
            points = [(x(INTERVALS.index(row["interval_ms"])), y(row["fraction"])) for row in rows
                      if (row["phy"], row["loss"], row["encrypted"]) == (phy, loss, encrypted)]
            line = " ".join(f"{px:.1f},{py:.1f}" for px, py in points)
            out.append(f'<polyline points="{line}" fill="none" stroke="{colour}" '
                       f'stroke-width="2" stroke-dasharray="{dashes or "none"}"/>')
            if not dashes:
                out += [f'<circle cx="{px:.1f}" cy="{py:.1f}" r="3" fill="{colour}"/>'
                        for px, py in points]
    return out


def legend(y0):
    out = [f'<text x="{LEFT}" y="{y0}">Goodput as a fraction of the bound, MTU 247, by connection '
           f'interval in ms. Above {HIGHEST:g} it is drawn at {HIGHEST:g}.</text>']
    x0 = LEFT
    for phy, colour in COLOURS.items():
        for dashes, name in LINES.values():
            out.append(f'<line x1="{x0}" x2="{x0 + 30}" y1="{y0 + 18}" y2="{y0 + 18}" '
                       f'stroke="{colour}" stroke-width="2" '
                       f'stroke-dasharray="{dashes or "none"}"/>'
                       f'<text x="{x0 + 36}" y="{y0 + 22}">{phy}, {name}</text>')
            x0 += 54 + 7 * len(f"{phy}, {name}")
    return out


def svg(result):
    rows = [row for row in of(result, "goodput")
            if row["mtu"] == 247 and not row.get("failed")
            and (row["loss"], row["encrypted"]) in LINES]
    counts = sorted({row["links"] for row in rows})
    width = LEFT + len(KINDS) * (WIDTH + GAP)
    height = TOP + len(counts) * (HEIGHT + GAP) + LEGEND
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
           f'font-family="sans-serif" font-size="12">',
           f'<rect width="{width}" height="{height}" fill="white"/>']
    for line, links in enumerate(counts):
        for column, kind in enumerate(KINDS):
            out += panel([row for row in rows if row["links"] == links and row["kind"] == kind],
                         LEFT + column * (WIDTH + GAP), TOP + line * (HEIGHT + GAP),
                         f"{kind}, {links_text(links)}")
    return "\n".join(out + legend(height - LEGEND + 12) + ["</svg>"]) + "\n"
