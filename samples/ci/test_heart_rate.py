# SPDX-License-Identifier: Apache-2.0
"""The heart rate samples as a project would test its own firmware: see docs/ci.md."""

import os
import pathlib

import pytest

# Where the project's build puts its programs.
PROGRAMS = pathlib.Path(os.environ.get("PROGRAMS", "build/release/samples"))


@pytest.fixture
def sensor(air):
    device = air.device(PROGRAMS / "heart_rate", name="sensor")
    device.wait_for("advertising")
    return device


@pytest.fixture
def client(air, sensor):
    device = air.device(PROGRAMS / "heart_rate_client", name="client")
    device.wait_for("connected")
    return device


def test_a_client_gets_heart_rates(client, sensor):
    sensor.wait_for("notifications on")
    first = int(client.wait_for(r"heart rate (\d+)").group(1))
    second = int(client.wait_for(r"heart rate (\d+)").group(1))
    assert second == first + 1


@pytest.mark.favonius(scenario="walk.txt")
def test_a_client_that_was_out_of_reach_comes_back(client):
    client.wait_for("heart rate")
    client.wait_for("disconnected: Connection Timeout")
    client.wait_for("found 02:00:00:00:00:05")
    client.wait_for("heart rate")


def test_a_sensor_without_power_is_found_again(client, sensor):
    client.wait_for("heart rate")
    sensor.kill()
    client.wait_for("disconnected")
    sensor.start()
    client.wait_for("heart rate")


@pytest.mark.parametrize("seed", range(1, 6))
def test_many_sensors_in_virtual_time(simulate, seed):
    """An hour of five sensors, half of whose packets are lost on the way to one of them."""
    said = simulate(PROGRAMS / "virtual_time", seed=seed)
    assert "3600 s" in said
