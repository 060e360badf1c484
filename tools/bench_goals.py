# SPDX-License-Identifier: Apache-2.0
"""The goals that are set, judged by the rows of a result."""

LOSS = {"none": "clean", "lost": "10 % lost", "corrupt": "10 % corrupt"}
NEAR, SHARED, FAIR = 0.98, 0.95, 0.98
NAMED = 3  # of the cells that miss a goal, so many are named


def cell_name(row):
    words = [row["kind"], row["phy"], "encrypted" if row["encrypted"] else "", f"MTU {row['mtu']}",
             f"{row['links']} links" if row["links"] > 1 else "", LOSS[row["loss"]],
             f"{row['interval_ms']:g} ms"]
    return ", ".join(word for word in words if word)


def same_single(row):
    """What one link of the same kind is known by."""
    return (row["kind"], row["phy"], row["encrypted"], row["mtu"], row["loss"], row["interval_ms"])


def full_packets(row):
    """One way at intervals of 30 ms and more, on 1M or 2M, in packets that are full."""
    return (row["kind"] != "l2cap both ways" and row["phy"] != "Coded S8" and row["mtu"] == 247
            and row["interval_ms"] >= 30)


class Goal:
    """Cells, each with a figure that is to be a least one at least: those that hold, and the
    others from the worst on. A cell that could not be measured misses its goal."""

    def __init__(self, what, least):
        self.what, self.least, self.held, self.missed, self.lowest = what, least, 0, [], None

    def add(self, name, value, said):
        if value is not None and (self.lowest is None or value < self.lowest[0]):
            self.lowest = (value, f"{name}: {said}")
        if value is not None and value >= self.least:
            self.held += 1
        else:
            self.missed.append((-1.0 if value is None else value, f"{name}: {said}"))

    def line(self):
        """For the table; None where nothing of it was measured."""
        cells = self.held + len(self.missed)
        if cells == 0:
            return None
        worst = [text for _, text in sorted(self.missed)[:NAMED]]
        if len(self.missed) > NAMED:
            worst.append(f"and {len(self.missed) - NAMED} more")
        if not worst:
            worst = ["lowest: " + self.lowest[1]]
        return [self.what, str(cells), str(self.held), "; ".join(worst)]


def judge(goal, rows, value_of):
    for row in rows:
        if row.get("failed"):
            goal.add(cell_name(row), None, str(row["failed"]))
        else:
            value = value_of(row)
            goal.add(cell_name(row), value, "no such single link" if value is None
                     else f"{value:.3f}")
    return goal


def single_goals(rows):
    full = [row for row in rows if row["links"] == 1 and full_packets(row)]
    # A figure of 0.98 as it is shown.
    least = NEAR - 0.0005
    return [judge(Goal(what, least), [row for row in full if row["loss"] == loss],
                  lambda row: row["fraction"])
            for what, loss in (
                ("one way, full packets, 30 ms and more, 1M and 2M, plain and encrypted, clean: "
                 "0.98 of the bound", "none"),
                ("the same with 10 % lost: 0.98 of what the link layer can still carry", "lost"),
                ("the same with 10 % corrupt, plain", "corrupt"))]


def shared_goals(rows):
    single = {same_single(row): row["bytes_per_s"] for row in rows
              if row["links"] == 1 and not row.get("failed") and row["bytes_per_s"] > 0}
    goals = []

    def of_single(row):
        alone = single.get(same_single(row))
        return row["bytes_per_s"] / alone if alone else None

    for what, among in (("full packets one way, 30 ms and more, 1M and 2M", full_packets),
                        ("every kind, PHY, MTU and interval", lambda row: True)):
        cells = [row for row in rows if row["links"] == 64 and among(row)]
        goals += [
            judge(Goal(f"64 links, {what}: their sum 0.95 of what one link carries", SHARED),
                  cells, of_single),
            judge(Goal(f"64 links, {what}: Jain's index over 0.98", FAIR), cells,
                  lambda row: row["jain"]),
        ]
    return goals


def latency_goal(rows):
    goal = Goal("latency: nothing later than the next event", 0)
    for row in rows:
        late = sum(row["events"][2:])
        goal.add(f"{row['what']}, {row['interval_ms']:g} ms", -late,
                 f"{late} of {sum(row['events'])} later")
    return goal


def reports_goal(rows):
    goal = Goal("reports, 10,000 a second: each is heard or counted as dropped", 0)
    for row in rows:
        lost = row["sent"] - row["heard"] - row["dropped"]
        where = " in MicroPython" if row["bench"] == "mpy-reports" else ""
        goal.add(f"{row['what']}{where}, {row['burst']} at once", -abs(lost),
                 f"{lost} of {row['sent']} lost, {row['dropped']} dropped")
    return goal


def goals(rows):
    """The lines of a table: goal, cells, cells that hold it, the worst of the others."""
    def of(*benches):
        return [row for row in rows if row["bench"] in benches]

    found = single_goals(of("goodput")) + shared_goals(of("goodput"))
    found += [latency_goal(of("latency")), reports_goal(of("reports", "mpy-reports"))]
    return [line for line in (goal.line() for goal in found) if line]
