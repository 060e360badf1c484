#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs MicroPython's own multi-device tests of Bluetooth and ours, over a served air.

Each round starts an air on a socket of its own and gives it to upstream's run-multitests.py, which
runs the instances of each test as processes. The tests of upstream are its own files with its own
.exp files; ours (multi/) have the same form; checks.py has those that need a terminal or a signal.
With a checkout of micropython-lib, aioble's multitests run too, on that aioble.

One line a test, as upstream's runner prints them, then the counts. Exit status 0: all passed.
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent

UPSTREAM = """
ble_gap_advertise ble_gap_connect ble_gap_device_name ble_characteristic ble_descriptor
ble_gattc_discover_services ble_gatt_data_transfer ble_irq_calls ble_subscribe ble_mtu
ble_mtu_peripheral ble_gap_pair ble_gap_pair_bond ble_l2cap perf_l2cap perf_gatt_char_write
perf_gatt_notify
""".split()

# A test of upstream waits for at most a minute; one that hangs must not hang us.
ROUND_TIMEOUT_S = 600

# Of a checkout of micropython-lib: aioble/ is the package, multitests/ its tests.
AIOBLE = pathlib.Path("micropython", "bluetooth", "aioble")

RESULT = re.compile(r"^(?:\S+\.py on .*: )?(pass|FAIL|skip)$", re.M)


class Air:
    """An air of its own, served on a socket in a private folder."""

    def __init__(self, favonius):
        self.folder = tempfile.TemporaryDirectory(prefix="favonius-test-")
        self.url = f"unix:{self.folder.name}/air"
        self.process = subprocess.Popen(
            [favonius, "air", "--listen", self.url],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        end = time.monotonic() + 10
        while not os.path.exists(f"{self.folder.name}/air"):
            if self.process.poll() is not None or time.monotonic() > end:
                self.close()
                sys.exit("run.py: the air did not start")
            time.sleep(0.01)

    def close(self):
        self.process.terminate()
        self.process.wait()
        self.folder.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()


def environment(args, air):
    env = dict(os.environ, PYTHONDONTWRITEBYTECODE="1", PYTHONUNBUFFERED="1")
    env["MICROPY_MICROPYTHON"] = str(args.micropython)
    env["FAVONIUS_HCI"] = air.url
    # MicroPython does not free its heap at the end.
    env["ASAN_OPTIONS"] = env.get("ASAN_OPTIONS", "abort_on_error=1") + ":detect_leaks=0"
    return env


def run(command, cwd, env):
    """Output and success of a command that may hang."""
    process = subprocess.Popen(
        command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, start_new_session=True, text=True, errors="replace",
    )
    try:
        output, _ = process.communicate(timeout=ROUND_TIMEOUT_S)
        return output, process.returncode == 0
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        output, _ = process.communicate()
        return output + f"\ntimeout after {ROUND_TIMEOUT_S} s\n", False


def multitests(args, air, tests):
    """Upstream's runner, once; with --orders 2 it swaps the instances after the first pass."""
    command = [sys.executable, "-B", "./run-multitests.py", "-p", str(args.orders)]
    command += ["-i", "micropython", "-i", "micropython"]
    command += ["-t"] if args.trace else []
    return run(command + tests, args.source / "tests", environment(args, air))


def aioble(args, air):
    """aioble's multitests, which look for aioble in the folder they lie in and write bonds there."""
    with tempfile.TemporaryDirectory(prefix="favonius-aioble-") as folder:
        copy = pathlib.Path(folder) / "multitests"
        shutil.copytree(args.lib / AIOBLE / "multitests", copy)
        shutil.copytree(args.lib / AIOBLE / "aioble", copy / "aioble")
        tests = [str(p) for p in sorted(copy.glob("*.py")) if selected(args, f"aioble/{p.stem}")]
        return multitests(args, air, tests) if tests else ("", True)


def checks(args, air):
    command = [sys.executable, "-B", str(HERE / "checks.py")] + args.only
    env = environment(args, air)
    env["FAVONIUS"] = str(args.favonius)
    env["FAVONIUS_EXAMPLES"] = str(args.source / "examples" / "bluetooth")
    return run(command, HERE, env)


def instances(test):
    return len(re.findall(r"^def instance\d+\(\):", pathlib.Path(test).read_text(), re.M))


def selected(args, name):
    return not args.only or name in args.only


def one_round(args, number):
    upstream = [f"multi_bluetooth/{name}.py" for name in UPSTREAM if selected(args, name)]
    ours = [str(p) for p in sorted((HERE / "multi").glob("*.py")) if selected(args, p.stem)]
    # Upstream's runner sends broadcasts to as many instances as the largest of its tests has.
    groups = [upstream] + [[t for t in ours if instances(t) == n] for n in (1, 2, 3)]
    with Air(args.favonius) as air:
        results = [multitests(args, air, tests) for tests in groups if tests]
        if args.lib:
            results.append(aioble(args, air))
        if not args.multi_only:
            results.append(checks(args, air))
        if air.process.poll() is not None:
            results.append((f"the air ended by itself: {air.process.returncode}\n", False))
    return number, "".join(output for output, _ in results), all(ok for _, ok in results)


def arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", type=pathlib.Path, required=True,
                        help="MicroPython's source tree")
    parser.add_argument("--build", type=pathlib.Path, required=True,
                        help="the build folder: build/release/ and build/micropython-release/")
    parser.add_argument("--variant", default="release", choices=("release", "asan"),
                        help="asan: build/asan/ and build/micropython-asan/ (release)")
    parser.add_argument("--favonius", type=pathlib.Path, help="the command, instead of the build's")
    parser.add_argument("--micropython", type=pathlib.Path,
                        help="favonius-micropython, instead of the build's")
    parser.add_argument("--repeat", type=int, default=1, help="rounds (1)")
    parser.add_argument("--orders", type=int, default=1, choices=(1, 2),
                        help="2: each round also with the instances swapped")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(),
                        help="rounds at once, each on its own air (one a processor)")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME",
                        help="only the tests of these names, without .py; aioble/NAME is aioble's")
    parser.add_argument("--lib", type=pathlib.Path,
                        default=os.environ.get("FAVONIUS_MICROPYTHON_LIB") or None, metavar="DIR",
                        help="a checkout of micropython-lib: aioble's multitests run too "
                        "(the environment's FAVONIUS_MICROPYTHON_LIB)")
    parser.add_argument("--multi-only", action="store_true", help="without checks.py")
    parser.add_argument("--trace", action="store_true", help="every line with its time")
    args = parser.parse_args()
    args.source = args.source.resolve()
    args.favonius = (args.favonius or args.build / args.variant / "favonius").resolve()
    args.micropython = (args.micropython or args.build / f"micropython-{args.variant}"
                        / "favonius-micropython").resolve()
    for path in (args.favonius, args.micropython, args.source / "tests" / "run-multitests.py"):
        if not path.exists():
            parser.error(f"there is no {path}")
    if args.lib:
        args.lib = args.lib.resolve()
        if not (args.lib / AIOBLE / "multitests").is_dir():
            parser.error(f"{args.lib} is no checkout of micropython-lib: no {AIOBLE}/multitests")
    return args


def main():
    args = arguments()
    passed, failed, clean = 0, 0, True
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        rounds = [pool.submit(one_round, args, n + 1) for n in range(args.repeat)]
        for done in concurrent.futures.as_completed(rounds):
            number, output, ok = done.result()
            if args.repeat > 1:
                print(f"--- round {number}")
            print(output, end="", flush=True)
            results = RESULT.findall(output)
            passed += results.count("pass")
            failed += results.count("FAIL")
            clean = clean and ok
    if not args.lib and not args.only:
        print("aioble's tests need a checkout of micropython-lib: --lib DIR or "
              "FAVONIUS_MICROPYTHON_LIB=DIR\naioble.py on favonius-micropython: skip")
    print(f"{passed} passed, {failed} failed")
    sys.exit(0 if clean and failed == 0 and passed > 0 else 1)


if __name__ == "__main__":
    main()
