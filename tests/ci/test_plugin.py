# SPDX-License-Identifier: Apache-2.0
"""The pytest plugin: what its users get, above all when a test fails."""

import pytest

PRELUDE = """
import os, socket, sys, time
import pytest

RESET, RESET_DONE = bytes.fromhex("01030c00"), bytes.fromhex("040e0401030c00")
ADDRESS = bytes.fromhex("01091000")

def ask(peer, command, size):
    peer.sendall(command)
    data = b""
    while len(data) < size:
        data += peer.recv(size - len(data))
    return data

def python(text):
    return [sys.executable, "-uc", text]
"""


@pytest.fixture
def run(pytester, request):
    """Run the tests in a text, and return pytest's outcome."""

    def run_tests(text, *args):
        pytester.makepyfile(PRELUDE + text)
        # The plugin comes with PYTHONPATH, or is installed.
        have = [] if request.config.pluginmanager.hasplugin("favonius") else [
            "-p", "pytest_favonius"]
        return pytester.runpytest_subprocess(
            *have, "-p", "no:cacheprovider", "-p", "no:asyncio",
            "--favonius=" + request.config.getoption("--favonius"), *args)

    return run_tests


def test_every_peer_has_a_controller(run):
    run("""
@pytest.mark.favonius(pty=1)
def test_it(air):
    assert air.url.startswith("unix:")
    local = socket.socket(socket.AF_UNIX)
    local.connect(air.url[len("unix:"):])
    peers = [local, socket.create_connection(air.tcp)]
    assert all(ask(peer, RESET, 7) == RESET_DONE for peer in peers)
    assert len({ask(peer, ADDRESS, 13) for peer in peers}) == 2
    line = os.open(air.ptys[0], os.O_RDWR | os.O_NOCTTY)
    os.write(line, RESET)
    assert os.read(line, 7) == RESET_DONE
""").assert_outcomes(passed=1)


def test_a_scenario_in_the_marker(run):
    run("""
SCENARIO = '''
device b address 02:00:00:00:00:0b
device a address 02:00:00:00:00:0a
'''

@pytest.mark.favonius(scenario=SCENARIO)
def test_it(air):
    device = air.device("printenv FAVONIUS_HCI", name="a")
    path = device.wait_for("^unix:(.*)").group(1)
    peer = socket.socket(socket.AF_UNIX)
    peer.connect(path)
    assert ask(peer, ADDRESS, 13)[-6:] == bytes.fromhex("0a0000000002")
""").assert_outcomes(passed=1)


def test_a_wrong_scenario_is_named(run):
    result = run("""
@pytest.mark.favonius(scenario="device a\\nfly\\n")
def test_it(air):
    pass
""")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*scenario.txt:2: expected device, jammer*"])


def test_devices_talk_end_and_start_again(run):
    run("""
def test_it(air):
    device = air.device(python("print('ready'); print('got', input()); sys.exit(3)".replace(
        "print('ready')", "import sys; print('ready')", 1)), name="d")
    device.wait_for("ready")
    device.send("word")
    assert device.wait_for("got (.*)").group(1) == "word"
    assert device.wait() == 3
    device.start()
    device.wait_for("ready")
    assert device.kill() == -9
    assert device.lines == ["ready", "got word", "ready"]
""").assert_outcomes(passed=1)


def test_a_line_is_found_once(run):
    run("""
def test_it(air):
    device = air.device(python("print('one\\\\none\\\\ntwo')"), name="d")
    device.wait_for("one")
    device.wait_for("one")
    device.wait_for("two")
    with pytest.raises(pytest.fail.Exception, match="no line like 'one': it has ended"):
        device.wait_for("one")
""").assert_outcomes(passed=1)


def test_two_of_a_name_and_what_they_find_in_their_environment(run):
    run("""
def test_it(air):
    text = "import os; print(os.environ['FAVONIUS_BTSNOOP'], os.environ['FAVONIUS_SETTINGS'])"
    first, second = (air.device(python(text), name="d") for _ in range(2))
    assert second.name == "d-2"
    first.wait_for("/d.btsnoop .*/d.settings$")
    second.wait_for("/d-2.btsnoop .*/d-2.settings$")
""").assert_outcomes(passed=1)


def test_a_failure_keeps_captures_and_logs_and_shows_them(run, pytester):
    result = run("""
def test_good(air):
    pass

def test_bad(air):
    device = air.device(python("print('all is well')"), name="d")
    device.wait_for("well")
    assert air.folder is None
""", "--favonius-seed=9")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines([
        "*d, device on the air*", "all is well", "*air, seed 9*", "*captures and logs*",
        "*favonius-artifacts/*test_bad"])
    kept = list((pytester.path / "favonius-artifacts").iterdir())
    assert [folder.name.endswith("test_bad") for folder in kept] == [True]
    assert (kept[0] / "d.log").read_text() == "all is well\n"
    assert (kept[0] / "air.pcap").read_bytes()[:4] == bytes.fromhex("d4c3b2a1")


def test_an_air_that_ends_fails_its_test(run):
    result = run("""
def test_it(air):
    air.process.kill()
    air.process.wait()
""")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*favonius air: exit status -9*"])


def test_a_device_that_will_not_end_is_ended(run):
    run("""
def test_it(air):
    text = "import signal, time; signal.signal(15, signal.SIG_IGN); print('on'); time.sleep(99)"
    air.device(python(text), name="d").wait_for("on")
""").assert_outcomes(passed=1)


def test_a_simulation_gets_its_seed_and_its_failure_is_told(run):
    result = run("""
import pathlib

@pytest.fixture
def program(tmp_path):
    path = tmp_path / "program"
    path.write_text('''#!/bin/sh
echo seed $FAVONIUS_SEED
[ -n "$FAVONIUS_PCAP" ] && exit $1
''')
    path.chmod(0o755)
    return path

def test_good(simulate, program):
    assert simulate(program, 0, seed=5) == "seed 5\\n"
    assert simulate(program, 0) == "seed 7\\n"

def test_bad(simulate, program):
    simulate(program, 4)
""", "--favonius-seed=7")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*program-1: exit status 4, FAVONIUS_SEED=7*", "*seed 7"])


def test_a_micropython_script(run, monkeypatch):
    monkeypatch.setenv("FAVONIUS_MICROPYTHON", "/bin/echo")
    run("""
def test_it(air):
    device = air.micropython("folder/sensor.py", "5")
    assert device.name == "sensor"
    device.wait_for("^folder/sensor.py 5$")
    assert device.wait() == 0
""").assert_outcomes(passed=1)


def test_no_command(run):
    result = run("""
def test_it(air):
    pass
""", "--favonius=/nonexistent/favonius")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*there is no /nonexistent/favonius: see --favonius*"])
