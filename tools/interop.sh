#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# interop.sh [PYTEST ARGUMENT...]: our programs of build/release against Bumble, a stack that we did
# not write. Ends with pytest's summary line.
#
# Cases wait for connection events far more than they compute, so that several run beside each other on
# each processor; -n 0 among the arguments runs them in turn.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

fav_venv
exec "$FAV_VENV/bin/python" -B -m pytest "$FAV_ROOT/tests/interop" \
	"--ignore=$FAV_ROOT/tests/interop/bluez" \
	"--build=$FAV_BUILD/release" -q -ra --tb=short \
	-n "$((3 * $(fav_jobs)))" "$@"
