# SPDX-License-Identifier: Apache-2.0
"""Devices as processes of their own on one served air, in pairs: every link lives until it is ended,
and no notification is missed. It prints what it measured.

crowd.py FAVONIUS CROWD [PAIRS [SECONDS]]
"""

import os
import re
import resource
import subprocess
import sys
import time


def main(favonius, crowd, pairs=32, seconds=5):
    pairs, seconds = int(pairs), int(seconds)
    devices = []
    for n in range(pairs):
        devices += [f"p{n}={crowd} peripheral", f"c{n}={crowd} central {2 * n + 1} {seconds}"]
    began = time.monotonic()
    run = subprocess.run([favonius, "run", "--for", str(seconds * 2 + 40), *devices], capture_output=True, text=True,
                         env=dict(os.environ, FAVONIUS_SETTINGS="ram:"),
                         timeout=seconds * 2 + 60, check=False)
    took = time.monotonic() - began
    found = re.findall(r"received (\d+), missed (\d+), longest gap (\d+) ms, attempts (\d+)",
                       run.stdout)
    attempts = sum(int(n) for *_, n in found)
    lost = run.stdout.count("lost:")
    gaps = sorted(int(gap) for _, _, gap, _ in found)
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"{pairs} links, {2 * pairs} processes: {attempts} attempts to connect, {lost} lost, "
          f"{sum(int(n) for n, _, _, _ in found)} notifications, "
          f"{sum(int(n) for _, n, _, _ in found)} missed, longest gap of a link "
          f"{gaps[len(gaps) // 2] if gaps else '-'} ms (median), {gaps[-1] if gaps else '-'} ms "
          f"(worst); {took:.1f} s, {usage.ru_utime + usage.ru_stime:.1f} s of processor")
    if run.returncode != 0 or lost or len(found) != pairs:
        print(run.stdout[-3000:], run.stderr[-3000:])
        return 1
    return 0


sys.exit(main(*sys.argv[1:]))
