#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The main job: MicroPython's own temperature example on two devices, a sensor and a central, each a
# process with its own host and its own controller on one simulated air. Ends when the central has
# printed five temperatures.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

"$FAV_ROOT/tools/bootstrap.sh" demo
"$FAV_ROOT/tools/build.sh" release favonius fav_rooms
"$FAV_ROOT/tools/micropython.sh" release
examples=$("$FAV_ROOT/tools/fetch-micropython.sh")/examples/bluetooth

# The central prints each temperature as a line of its own: a number and nothing else. That it takes
# longer than a minute is a failure.
FAVONIUS_MICROPYTHON=$FAV_BUILD/micropython-release/favonius-micropython \
	exec "$FAV_BUILD/release/favonius" run --for 60 --until 'central:[-0-9]*.[0-9]*:5' \
	"sensor=$examples/ble_temperature.py" "central=$examples/ble_temperature_central.py"
