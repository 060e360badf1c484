#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# interop.sh [PYTEST ARGUMENT...]: our programs of build/release against Bumble, a stack that we did
# not write. Ends with pytest's summary line.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

fav_venv
exec "$FAV_VENV/bin/python" -B -m pytest "$FAV_ROOT/tests/interop" \
	"--build=$FAV_BUILD/release" -q -ra --tb=short "$@"
