#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What measurements become: goals that are judged, tables, a drawing."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
from xml.etree import ElementTree

TOOLS = pathlib.Path(__file__).resolve().parents[2] / "tools"
sys.path.insert(0, str(TOOLS))
sys.dont_write_bytecode = True

from bench_goals import goals  # noqa: E402
from bench_tables import memory  # noqa: E402

MACHINE = {"cores": 2, "system": "Linux", "release": "1", "compiler": "cc", "cpu": "a CPU"}


def row(**changes):
    """One link, clean, that just reaches its goal."""
    made = {"bench": "goodput", "kind": "notify", "phy": "1M", "encrypted": False,
            "interval_ms": 30.0, "mtu": 247, "links": 1, "loss": "none", "bytes_per_s": 980,
            "bound_bytes_per_s": 1000, "fraction": 0.98, "se": 0.0, "jain": 1.0, "gone": 0}
    return {**made, **changes}


def failed(**changes):
    made = {key: value for key, value in row(**changes).items()
            if key not in ("bytes_per_s", "bound_bytes_per_s", "fraction", "se", "jain", "gone")}
    return {**made, "failed": "cannot be set up"}


def judged(*rows):
    return {line[0]: line[1:] for line in goals(rows)}


class Memory(unittest.TestCase):
    """What a host takes, as the compiler lays it out now: more is decided, not found out."""

    @classmethod
    def setUpClass(cls):
        out = subprocess.run([sys.executable, "-B", TOOLS / "host_size.py", "--here",
                              os.environ.get("CC", "cc")], check=True, text=True,
                             stdout=subprocess.PIPE).stdout
        cls.rows = [json.loads(line) for line in out.splitlines()]
        cls.hosts = {row["configuration"]: row["host_bytes"] for row in cls.rows
                     if row.get("target") == os.uname().machine}

    def test_a_connection_is_small(self):
        more = self.hosts["default, 64 connections"] - self.hosts["default"]
        # With the buffer that it keeps while a PDU of its peer's is put together.
        self.assertLess(more / 48, 1536)

    def test_a_small_host_is_small(self):
        self.assertLess(self.hosts["small"], 20000)

    def test_layers_are_all_of_a_host(self):
        for row in self.rows:
            if "layers" in row:
                self.assertLess(abs(row["host_bytes"] - sum(row["layers"].values())), 200)

    def test_tables_tell_of_it(self):
        text = "\n".join(memory({"rows": self.rows}))
        self.assertIn("| default, 64 connections | 64 |", text)
        self.assertRegex(text, r"bytes of each connection.*\n.*\n\| \w+ \| \d{3,4} \| \d{3} \|")

    def test_older_results_have_no_table(self):
        self.assertEqual(memory({"rows": [{"bench": "memory", "max_conn": 16,
                                           "host_bytes": 282656}]}), [])


class Goals(unittest.TestCase):
    def only(self, *rows):
        (line,) = goals(rows)
        return line[1:]

    def test_what_was_not_measured_is_no_goal(self):
        self.assertEqual(goals([]), [])

    def test_a_cell_at_its_goal_holds_it(self):
        self.assertEqual(self.only(row()),
                         ["1", "1", "lowest: notify, 1M, MTU 247, clean, 30 ms: 0.980"])

    def test_a_cell_below_its_goal_is_named(self):
        self.assertEqual(self.only(row(), row(encrypted=True, fraction=0.979)),
                         ["2", "1", "notify, 1M, encrypted, MTU 247, clean, 30 ms: 0.979"])

    def test_the_worst_are_named_first_and_the_rest_counted(self):
        rows = [row(interval_ms=ms, fraction=f)
                for ms, f in ((30.0, 0.97), (50.0, 0.5), (100.0, 0.9), (400.0, 0.8))]
        worst = self.only(*rows)[2]
        self.assertEqual(worst, "notify, 1M, MTU 247, clean, 50 ms: 0.500; notify, 1M, MTU 247, "
                         "clean, 400 ms: 0.800; notify, 1M, MTU 247, clean, 100 ms: 0.900; "
                         "and 1 more")

    def test_a_cell_that_cannot_be_measured_misses(self):
        self.assertEqual(self.only(failed()),
                         ["1", "0", "notify, 1M, MTU 247, clean, 30 ms: cannot be set up"])

    def test_loss_is_a_goal_of_its_own(self):
        lines = judged(row(), row(loss="lost", fraction=0.5))
        self.assertEqual([line[:2] for line in lines.values()], [["1", "1"], ["1", "0"]])

    def test_other_packets_and_shorter_intervals_are_not_in_the_goal(self):
        self.assertEqual(goals([row(mtu=23), row(phy="Coded S8"), row(kind="l2cap both ways"),
                                row(interval_ms=15.0)]), [])

    def shared(self, *rows):
        return [line[1:] for line in goals(rows) if line[0].startswith("64 links, every")]

    def test_many_links_are_held_against_the_measured_single_one(self):
        total, fair = self.shared(row(bytes_per_s=1000), row(links=64, bytes_per_s=950, jain=0.98))
        self.assertEqual((total[:2], fair[:2]), (["1", "1"], ["1", "1"]))
        total, fair = self.shared(row(bytes_per_s=1000), row(links=64, bytes_per_s=949, jain=0.97))
        self.assertEqual(total[:2], ["1", "0"])
        self.assertEqual(fair, ["1", "0", "notify, 1M, MTU 247, 64 links, clean, 30 ms: 0.970"])

    def test_many_links_without_a_single_one_to_compare_with_miss(self):
        total, _ = self.shared(row(links=64), row(mtu=23), row(encrypted=True))
        self.assertEqual(total, ["1", "0", "notify, 1M, MTU 247, 64 links, clean, 30 ms: "
                                 "no such single link"])

    def latency(self, events):
        return self.only({"bench": "latency", "what": "x", "interval_ms": 30.0, "events": events})

    def test_data_in_the_present_event_or_the_next_is_not_late(self):
        self.assertEqual(self.latency([3, 7, 0, 0, 0])[:2], ["1", "1"])

    def test_data_in_a_later_event_is_late(self):
        self.assertEqual(self.latency([3, 6, 0, 0, 1]), ["1", "0", "x, 30 ms: 1 of 10 later"])

    def test_reports_are_heard_or_counted(self):
        made = {"bench": "reports", "what": "legacy", "burst": 1, "sent": 10}
        self.assertEqual(self.only({**made, "heard": 8, "dropped": 2})[:2], ["1", "1"])
        self.assertEqual(self.only({**made, "heard": 8, "dropped": 1}),
                         ["1", "0", "legacy, 1 at once: 1 of 10 lost, 1 dropped"])


class Files(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="favonius bench ")
        self.root = pathlib.Path(self.folder.name)

    def tearDown(self):
        self.folder.cleanup()

    def run_tool(self, *args, status=0):
        done = subprocess.run([sys.executable, "-B", TOOLS / "bench_render.py", *map(str, args)],
                              capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr if status == 0 else ""), (status, ""))
        return done.stdout

    def result(self, *rows):
        path = self.root / "result.json"
        path.write_text(json.dumps({"machine": MACHINE, "source": "abc", "rows": list(rows)}))
        return path

    def rows_folder(self, *rows):
        folder = self.root / "rows"
        folder.mkdir(exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        (folder / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        return folder

    def test_rows_of_processes_side_by_side_come_in_order(self):
        rows = [row(links=4), row(phy="2M"), row(loss="lost"), row(interval_ms=7.5)]
        self.run_tool("collect", self.rows_folder(*rows), self.root / "r.json", "abc", "cc", "")
        got = json.loads((self.root / "r.json").read_text())["rows"]
        self.assertEqual(got, [rows[3], rows[2], rows[1], rows[0]])

    def test_a_part_measured_later_replaces_its_rows_and_is_noted(self):
        path = self.root / "r.json"
        pairing = {"bench": "pairing", "pairings": 1, "typical_ms": 1, "longest_ms": 1}
        self.run_tool("collect", self.rows_folder(row(), pairing), path, "abc", "cc", "")
        self.run_tool("collect", self.rows_folder(row(fraction=0.99)), path, "def", "cc",
                      "goodput")
        got = json.loads(path.read_text())
        self.assertEqual([r.get("fraction") for r in got["rows"]], [0.99, None])
        self.assertEqual((got["source"], got["parts"]["goodput"]["source"]), ("abc", "def"))
        self.assertIn("Measured later, goodput: Source def", self.run_tool("markdown", path))

    def test_clean_and_lossy_share_a_cell_of_the_summary(self):
        shown = self.run_tool("markdown", self.result(row(), row(loss="lost", fraction=1.004)))
        self.assertIn("| 1M | 247 | - | - | 0.980 / 1.004 | - | - | - |", shown)

    def test_links_that_are_not_treated_alike_are_marked(self):
        shown = self.run_tool("markdown", self.result(row(links=4, jain=0.97, fraction=1.01)))
        self.assertIn("| notify | 1M | - | - | 1.010 / - (0.97) | - | - | - |", shown)

    def test_a_peer_is_shown_beside_us_with_what_did_not_arrive(self):
        shown = self.run_tool("markdown", self.result(
            {"bench": "peer", "what": "x", "count": 9, "peer": "Bumble 1", "ratio": 6.0,
             "ours": {"each_us": 2.0, "rss_kb": 2048, "missing": 0},
             "bumble": {"each_us": 12.0, "rss_kb": 40960, "missing": 3}}))
        self.assertIn("| x | 9 | 2.0 us | 12.0 us | 6.0 | 2.0 MiB | 40.0 MiB | 3 |", shown)

    def test_every_row_is_in_the_full_tables(self):
        shown = self.run_tool("full", self.result(row(), row(links=64, mtu=512, encrypted=True),
                                                  failed(kind="write")))
        self.assertIn("| 1M | 247 | clean | - | - | 0.980 | - | - | - |", shown)
        self.assertIn("| 1M, encrypted | 512 | clean | - | - | 0.980 (1.000) | - | - | - |", shown)
        self.assertIn("| cannot be set up |", shown)

    def test_documents_are_written_between_their_marks_alone(self):
        for name in ("performance.md", "performance-tables.md"):
            (self.root / name).write_text("above\n<!-- bench: begin -->\nstale\n"
                                          "<!-- bench: end -->\nbelow\n")
        self.run_tool("docs", self.result(row(), failed(phy="2M")), self.root)
        for name in ("performance.md", "performance-tables.md"):
            text = (self.root / name).read_text()
            self.assertTrue(text.startswith("above\n<!-- bench: begin -->\nSource abc"), text)
            self.assertTrue(text.endswith("<!-- bench: end -->\nbelow\n"), text)
            self.assertNotIn("stale", text)
        ElementTree.parse(self.root / "performance.svg")

    def test_the_tool_says_how_it_is_used(self):
        self.run_tool(status=2)
        self.run_tool("docs", "one", status=2)


if __name__ == "__main__":
    unittest.main()
