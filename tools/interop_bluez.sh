#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# interop_bluez.sh [PYTEST ARGUMENT...]: BlueZ, Linux's Bluetooth stack, in a small virtual machine on
# our air, against our host in both roles. Needs qemu, and Debian's packages by apt for the machine.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

"$FAV_ROOT/tools/bootstrap.sh" bluez
"$FAV_ROOT/tools/build.sh" release -DFAVONIUS_TESTS=ON
step bluez-image "Making a machine with BlueZ" python3 "$FAV_ROOT/tools/bluez_image.py" \
	"$FAV_BUILD/bluez"
fav_venv
exec "$FAV_VENV/bin/python" -B -m pytest "$FAV_ROOT/tests/interop/bluez" \
	"--build=$FAV_BUILD/release" -q -ra --tb=short "$@"
