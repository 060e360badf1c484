#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# ci.sh [PYTEST ARGUMENT...]: the pytest plugin and the worked example of docs/ci.md, with the programs
# of build/release. Ends with pytest's summary line.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

fav_venv
export PYTHONPATH=$FAV_ROOT/tools/pytest PROGRAMS=$FAV_BUILD/release/samples
exec "$FAV_VENV/bin/python" -B -m pytest -c "$FAV_ROOT/tests/ci/pytest.ini" --rootdir "$FAV_ROOT" \
	-p pytest_favonius "--favonius=$FAV_BUILD/release/favonius" \
	"--favonius-artifacts=$FAV_BUILD/favonius-artifacts" \
	"$FAV_ROOT/samples/ci" "$FAV_ROOT/tests/ci" -q -ra --tb=short -n "$((3 * $(fav_jobs)))" "$@"
