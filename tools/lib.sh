# SPDX-License-Identifier: Apache-2.0
#
# What the scripts here share; sourced, with bash. Sets:
#   FAV_ROOT    the repository
#   FAV_BUILD   the build folder, build/ there unless FAVONIUS_BUILD names another
#
# Make's own variables would reach the makefiles of others (MicroPython's has a BUILD too).

set -euo pipefail
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES BUILD V
unset CDPATH

FAV_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
FAV_BUILD=${FAVONIUS_BUILD:-build}
case $FAV_BUILD in
/*) ;;
*) FAV_BUILD=$FAV_ROOT/$FAV_BUILD ;;
esac
mkdir -p "$FAV_BUILD/logs"

say() {
	printf '%s\n' "$*"
}

die() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# Shows the last line of a step's output in place, so that a long step is seen to move.
fav_progress() {
	local what=$1 line width
	width=$(tput cols 2>/dev/null || echo 80)
	while IFS= read -r line; do
		line="$what: ${line//[^[:print:]]/ }"
		printf '\r\033[K%s' "${line:0:$((width - 1))}"
	done
	printf '\r\033[K'
}

# step NAME WHAT COMMAND...: runs a command with its output in logs/NAME.log. On a terminal its last
# line is shown as it runs; elsewhere one line says that it began. A failure shows the log's end.
step() {
	local name=$1 what=$2 log status=0
	shift 2
	log=$FAV_BUILD/logs/$name.log
	if [ -t 1 ]; then
		"$@" </dev/null 2>&1 | tee "$log" | fav_progress "$what" || status=$?
	else
		say "$what ..."
		"$@" </dev/null >"$log" 2>&1 || status=$?
	fi
	if [ "$status" -ne 0 ]; then
		tail -n 60 "$log" >&2
		printf '%s: failed (%s); the whole output: %s\n' "$what" "$status" "$log" >&2
	fi
	return "$status"
}

# The processors that this process may use.
fav_jobs() {
	nproc 2>/dev/null || echo 1
}

# Sets: FAV_VENV, a folder with the Python packages of tools/requirements.txt, installed first where
# they are not there.
fav_venv() {
	FAV_VENV=$FAV_BUILD/venv
	if ! cmp -s "$FAV_ROOT/tools/requirements.txt" "$FAV_VENV/requirements.txt"; then
		"$FAV_ROOT/tools/bootstrap.sh" venv
		step venv "Installing Python packages" fav_make_venv
	fi
}

fav_make_venv() {
	local list=$FAV_ROOT/tools/requirements.txt
	rm -rf "$FAV_VENV"
	python3 -m venv "$FAV_VENV" && "$FAV_VENV/bin/python" -m pip install -q -r "$list" &&
		cp "$list" "$FAV_VENV/requirements.txt"
}
