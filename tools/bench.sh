#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# bench.sh [--only PART[,PART...]] [FILE]: measures, most of it in virtual time, and writes FILE
# (bench/results/DATE.json): rows as bench/* print them, with what machine and what source they are
# of. Shows them as tables. Never a test: nothing fails for being slow. A part that cannot be
# measured is named at the end, and the exit code is then 1; the others are in FILE all the same.
#
# PART: goodput latency scale reports instructions pairing memory realtime mpy-reports peer;
# all of them unless named. Of a FILE that is there, --only keeps the rows of the other parts, and
# notes with what machine and source these were measured.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

parts=(goodput latency scale reports instructions pairing memory realtime mpy-reports peer)
usage="usage: bench.sh [--only PART[,PART...]] [FILE]; parts: ${parts[*]}"
only=
if [ "${1:-}" = --only ]; then
	only=${2:-}
	[ -n "$only" ] || die "$usage"
	shift 2
	for part in ${only//,/ }; do
		[[ " ${parts[*]} " == *" $part "* ]] || die "there is no part $part; $usage"
	done
fi
[ $# -le 1 ] && [[ "${1:-}" != -* ]] || die "$usage"
result=${1:-$FAV_ROOT/bench/results/$(date -u +%Y-%m-%d).json}
packets=1000

# wanted PART...: is one of them to be measured?
wanted() {
	local part
	for part in "$@"; do
		[ -n "$only" ] && [[ ",$only," != *",$part,"* ]] || return 0
	done
	return 1
}

plain=$FAV_BUILD/bench/bench
many=$FAV_BUILD/bench64/bench
rows=$FAV_BUILD/bench/rows
rm -rf "$rows"
mkdir -p "$rows"

# measure NAME WHAT COMMAND...: a step without which the others go on.
broken=()
measure() {
	step "$@" || broken+=("$2")
}

# into NAME COMMAND...: the rows of one program.
into() {
	local name=$1
	shift
	"$@" >"$rows/$name.jsonl"
}

# count KIND: instructions of the host for so many packets.
count() {
	valgrind -q --tool=callgrind --collect-atstart=no --toggle-collect=measured \
		--callgrind-out-file="$rows/$1.callgrind" "$plain/bench_host" "$1" "$packets" \
		>"$rows/counted-$1.jsonl"
}

if wanted goodput latency scale reports instructions pairing; then
	"$FAV_ROOT/tools/bootstrap.sh" bench
	"$FAV_ROOT/tools/build.sh" bench bench_all
fi
if wanted goodput; then
	"$FAV_ROOT/tools/build.sh" bench64 bench_all
fi
if wanted goodput; then
	# In virtual time, so that they may run side by side; what tells of CPU times may not.
	for links in 1 4 16 64; do
		measure "bench-goodput-$links" "Goodput, $links links" \
			into "goodput-$links" "$many/bench_goodput" "$links" "jobs=$(fav_jobs)"
	done
fi
if wanted latency; then
	measure bench-latency "Latency" into latency "$plain/bench_latency"
fi
if wanted scale; then
	measure bench-pairs "100 pairs" into scale-pairs "$plain/bench_scale" pairs 100 60
	measure bench-advertisers "1,000 advertisers" \
		into scale-advertisers "$plain/bench_scale" advertisers 1000 10 60
fi
if wanted reports; then
	measure bench-reports "10,000 reports a second" into reports "$plain/bench_host" reports
fi
if wanted instructions; then
	for kind in notify-tx notify-rx write-tx write-rx l2cap-tx l2cap-rx report report-ext; do
		measure "bench-$kind" "Instructions, $kind" count "$kind"
	done
fi
if wanted pairing; then
	measure bench-pairing "Pairing" into pairing "$plain/bench_pairing"
fi
if wanted memory; then
	"$FAV_ROOT/tools/bootstrap.sh" bench
	measure bench-memory "Memory" into memory python3 -B "$FAV_ROOT/tools/host_size.py" "${CC:-cc}"
fi

# Two processes in real time: upstream's own measurements, from MicroPython to MicroPython.
realtime() {
	"$FAV_ROOT/tests/micropython/run.sh" --source "$source_dir" --build "$FAV_BUILD" --multi-only \
		--jobs 1 --only perf_gatt_notify perf_gatt_char_write perf_l2cap >"$rows/realtime.log"
}
micropython_is_built() {
	"$FAV_ROOT/tools/bootstrap.sh" demo && "$FAV_ROOT/tools/build.sh" release &&
		"$FAV_ROOT/tools/micropython.sh" release
}
if wanted realtime mpy-reports && ! micropython_is_built; then
	broken+=("MicroPython, which cannot be built")
elif wanted realtime mpy-reports; then
	source_dir=${MICROPYTHON_DIR:-$FAV_BUILD/micropython-src}
	if wanted realtime; then
		measure bench-realtime "Two processes in real time" realtime
	fi
	if wanted mpy-reports; then
		measure bench-mpy-reports "10,000 reports a second for MicroPython" into mpy-reports \
			python3 -B "$FAV_ROOT/bench/reports.py" "$FAV_BUILD/release/favonius" \
			"$FAV_BUILD/micropython-release/favonius-micropython"
	fi
fi

peer_is_built() {
	fav_venv && "$FAV_ROOT/tools/build.sh" release favonius bench_peer
}
if wanted peer && ! peer_is_built; then
	broken+=("Bumble's host, which cannot be installed")
elif wanted peer; then
	measure bench-peer "The same by Bumble's host" into peer \
		"$FAV_VENV/bin/python" -B "$FAV_ROOT/bench/peer.py" "$FAV_BUILD/release/favonius" \
		"$FAV_BUILD/release/bench/bench_peer"
fi

source=$(git -C "$FAV_ROOT" describe --always --dirty --exclude '*' 2>/dev/null || echo unknown)
mkdir -p "$(dirname "$result")"
python3 "$FAV_ROOT/tools/bench_render.py" collect "$rows" "$result" "$source" "${CC:-cc}" "$only"
python3 "$FAV_ROOT/tools/bench_render.py" markdown "$result"
say "Written: $result"
[ ${#broken[@]} -eq 0 ] || die "could not be measured: $(printf '%s; ' "${broken[@]}")$FAV_BUILD/logs has why"
