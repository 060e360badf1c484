#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# MicroPython's own tests of Bluetooth, and ours: see run.py --help.
exec python3 -B "$(dirname "$0")/run.py" "$@"
