# SPDX-License-Identifier: Apache-2.0
"""Bluetooth LE devices on a simulated air as pytest fixtures; docs/ci.md is the guide.

Fixtures:

- air: an air of the test's own, in real time, and devices on it as processes.
- simulate: runs a program that is a whole simulation in virtual time.

Marker:

- favonius(scenario=FILE_OR_TEXT, seed=N, pty=N): how the air of a test is to be.

A failed test has the devices' output in its report, and captures and logs in a folder.
"""

import os
import pathlib
import re
import select
import shlex
import shutil
import signal
import subprocess
import tempfile
import threading
import time

import pytest

GRACE_S = 3
REPORT_LINES = 60


def pytest_addoption(parser):
    group = parser.getgroup("favonius", "Bluetooth LE on a simulated air")
    group.addoption("--favonius", metavar="PATH",
                    help="the favonius command (default: $FAVONIUS, or from PATH)")
    group.addoption("--favonius-seed", metavar="N", type=int, default=1,
                    help="seed of airs and simulations (1)")
    group.addoption("--favonius-artifacts", metavar="FOLDER", default="favonius-artifacts",
                    help="where captures and logs of failed tests are put (favonius-artifacts)")


def pytest_configure(config):
    config.addinivalue_line(
        "markers", "favonius(scenario=FILE_OR_TEXT, seed=N, pty=N): the air of a test")


# ---- A process that is talked to ----


class Device:
    """A program as a Bluetooth LE device: what it prints, and its input."""

    def __init__(self, name, argv, env, folder):
        self.name = name
        self.lines = []
        self._argv, self._env, self._folder = argv, env, folder
        self._seen = self._starts = 0
        self._news = threading.Condition()
        self.process = None
        self.start()

    def start(self):
        """Run it, again if it has ended: the same device, with what it has stored."""
        if self.process is not None and self.process.poll() is None:
            raise RuntimeError(f"{self.name} runs already")
        self._over = False
        self._starts += 1
        if self._starts > 1:
            self._env["FAVONIUS_BTSNOOP"] = str(
                self._folder / f"{self.name}-start{self._starts}.btsnoop")
        self.process = subprocess.Popen(
            self._argv, env=self._env, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        with open(self._folder / f"{self.name}.log", "ab") as log:
            for line in self.process.stdout:
                log.write(line)
                log.flush()
                with self._news:
                    self.lines.append(line.decode(errors="replace").rstrip("\r\n"))
                    self._news.notify_all()
        with self._news:
            self._over = True
            self._news.notify_all()

    def wait_for(self, pattern, timeout=10.0):
        """The match of the first line, after the one that the last call found, that the regular
        expression is found in. The test fails when it does not come."""
        __tracebackhide__ = True
        expression = re.compile(pattern)
        end = time.monotonic() + timeout
        with self._news:
            while True:
                while self._seen < len(self.lines):
                    match = expression.search(self.lines[self._seen])
                    self._seen += 1
                    if match:
                        return match
                left = end - time.monotonic()
                if self._over or left <= 0:
                    break
                self._news.wait(left)
        why = "it has ended" if self._over else f"not within {timeout} s"
        pytest.fail(f"{self.name}: no line like {pattern!r}: {why}")

    def send(self, line):
        """Write a line to its standard input."""
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def wait(self, timeout=10.0):
        """Its exit status, negative for a signal. The test fails when it does not end."""
        __tracebackhide__ = True
        try:
            status = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            pytest.fail(f"{self.name} has not ended within {timeout} s")
        self._reader.join(GRACE_S)
        return status

    def kill(self):
        """Its power fails: nothing is said, not even by the radio. start() brings it back."""
        self.process.kill()
        return self.wait(GRACE_S)

    def stop(self):
        """Ask it to end (SIGTERM), and see to it."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(GRACE_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._reader.join(GRACE_S)
        for stream in (self.process.stdin, self.process.stdout):
            try:
                stream.close()
            except BrokenPipeError:
                pass


# ---- The air ----


class Air:
    """A served air: where it is, and devices on it."""

    def __init__(self, command, folder, sockets, seed, scenario=None, pty=0):
        self.folder = folder
        self.seed = seed
        self.devices = []
        self._command, self._sockets = command, sockets
        self._names = {}
        urls = self._start(scenario, pty)
        #: For hosts that open our URLs: FAVONIUS_HCI.
        self.url = urls[0]
        #: (HOST, PORT) where H4 is spoken, for any stack.
        host, port = urls[1][len("tcp:"):].rsplit(":", 1)
        self.tcp = (host, int(port))
        #: Serial lines, such as /dev/pts/3.
        self.ptys = [url[len("serial:"):] for url in urls if url.startswith("serial:")]

    def _start(self, scenario, pty):
        argv = [self._command, "air", "--seed", str(self.seed),
                "--pcap", str(self.folder / "air.pcap"),
                "--log-secret-keys", str(self.folder / "air.keys"),
                "--listen", f"unix:{self._sockets}/air", "--listen", "tcp:127.0.0.1:0"]
        if scenario is not None:
            argv += ["--scenario", str(scenario)]
            for name in re.findall(r"^\s*device\s+(\S+)", scenario.read_text(), re.M):
                self._names[name] = f"unix:{self._sockets}/{len(self._names)}"
                argv += ["--device", f"{name}={self._names[name]}"]
        if pty:
            argv += ["--pty", str(pty)]
        self._log = open(self.folder / "air.log", "wb")
        self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=self._log, bufsize=0)
        places = 2 + len(self._names) + pty
        return [self._place() for _ in range(places)]

    def _place(self):
        ready, _, _ = select.select([self.process.stdout], [], [], 10)
        line = self.process.stdout.readline().decode() if ready else ""
        if not line.startswith("listening on "):
            self.stop()
            said = (self.folder / "air.log").read_text(errors="replace")
            pytest.fail(f"favonius air did not start: {said or line}", pytrace=False)
        return line.split()[-1]

    def device(self, program, name=None, env=None):
        """Run a program as a device: a path, a command line, or a list. Its name, by default the file's, is
        that of the scenario's device, of its log and of its capture."""
        if isinstance(program, str):
            argv = shlex.split(program)
        else:
            argv = [str(a) for a in ([program] if isinstance(program, os.PathLike) else program)]
        name = name or pathlib.Path(argv[0]).stem
        taken = {device.name for device in self.devices}
        unique, number = name, 2
        while unique in taken:
            unique, number = f"{name}-{number}", number + 1
        whole = dict(os.environ, FAVONIUS_HCI=self._names.get(unique, self.url),
                     FAVONIUS_BTSNOOP=str(self.folder / f"{unique}.btsnoop"),
                     FAVONIUS_SETTINGS=str(self.folder / f"{unique}.settings"))
        whole.update(env or {})
        device = Device(unique, argv, whole, self.folder)
        self.devices.append(device)
        return device

    def micropython(self, script, *args, name=None, env=None):
        """Run a MicroPython script as a device, with favonius-micropython."""
        program = os.environ.get("FAVONIUS_MICROPYTHON") or shutil.which(
            "favonius-micropython", path=os.pathsep.join(
                [os.path.dirname(os.path.abspath(self._command)), os.environ.get("PATH", "")]))
        if program is None:
            pytest.fail("there is no favonius-micropython", pytrace=False)
        return self.device([program, script, *args], name or pathlib.Path(script).stem, env)

    def stop(self):
        """End the devices and the air; its exit status. Its capture is complete then."""
        for device in self.devices:
            device.stop()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        self.process.stdout.close()
        self._log.close()
        return status


# ---- Fixtures ----


@pytest.fixture(scope="session")
def favonius_command(request):
    """The favonius command."""
    named = request.config.getoption("--favonius") or os.environ.get("FAVONIUS")
    found = shutil.which(named or "favonius")
    if found is None:
        pytest.fail(f"there is no {named or 'favonius command'}: see --favonius", pytrace=False)
    return found


@pytest.fixture
def favonius_folder(request, tmp_path):
    """Where captures and logs of a test are made; it is kept when the test fails."""
    folder = tmp_path / "favonius"
    folder.mkdir()
    request.node.favonius_folder = folder
    yield folder
    if getattr(request.node, "favonius_failed", False):
        kept = _kept(request.node)
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(folder, kept)


def _mark(request):
    mark = request.node.get_closest_marker("favonius")
    return dict(mark.kwargs) if mark else {}


def _scenario(request, scenario, folder):
    """A scenario of several lines, or the file of that name beside the test, as a file."""
    if scenario is None:
        return None
    if "\n" in scenario:
        path = folder / "scenario.txt"
        path.write_text(scenario)
        return path
    return request.path.parent / scenario


@pytest.fixture
def air(request, favonius_command, favonius_folder):
    """An air of this test's own; see class Air."""
    mark = _mark(request)
    sockets = tempfile.mkdtemp(prefix="fav")
    made = None
    try:
        made = Air(favonius_command, favonius_folder, sockets,
                   mark.get("seed", request.config.getoption("--favonius-seed")),
                   _scenario(request, mark.get("scenario"), favonius_folder), mark.get("pty", 0))
        request.node.favonius_air = made
        yield made
        status = made.stop()
        made = None
        if status != 0:
            pytest.fail(f"favonius air: exit status {status}", pytrace=False)
    finally:
        if made is not None:
            made.stop()
        shutil.rmtree(sockets, ignore_errors=True)


@pytest.fixture
def simulate(request, favonius_folder):
    """Run a program that is a simulation in virtual time, and return what it has printed. It finds
    its seed in FAVONIUS_SEED and where to put a capture of its air in FAVONIUS_PCAP. The test fails
    when its exit status is not 0."""
    runs = []

    def run(program, *args, seed=None, timeout=60):
        __tracebackhide__ = True
        if seed is None:
            seed = _mark(request).get("seed", request.config.getoption("--favonius-seed"))
        runs.append(program)
        name = f"{pathlib.Path(program).stem}-{len(runs)}"
        env = dict(os.environ, FAVONIUS_SEED=str(seed),
                   FAVONIUS_PCAP=str(favonius_folder / f"{name}.pcap"))
        done = subprocess.run([str(program), *map(str, args)], env=env, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout,
                              check=False)
        text = done.stdout.decode(errors="replace")
        (favonius_folder / f"{name}.log").write_text(text)
        if done.returncode != 0:
            pytest.fail(f"{name}: exit status {done.returncode}, FAVONIUS_SEED={seed}\n{text}",
                        pytrace=False)
        return text

    return run


# ---- What a failed test leaves ----


def _kept(item):
    root = item.config.invocation_params.dir / item.config.getoption("--favonius-artifacts")
    return root / re.sub(r"[^\w.-]+", "_", item.nodeid)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    folder = getattr(item, "favonius_folder", None)
    if folder is None or not report.failed:
        return
    item.favonius_failed = True
    made = getattr(item, "favonius_air", None)
    for device in made.devices if made else ():
        report.sections.append((f"{device.name}, device on the air",
                                "\n".join(device.lines[-REPORT_LINES:])))
    if made:
        said = (folder / "air.log").read_text(errors="replace")
        report.sections.append((f"air, seed {made.seed}", said))
    if call.when != "teardown":
        report.sections.append(("captures and logs", str(_kept(item))))
