#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# bench.sh [FILE]: measures, in virtual time, and writes FILE (bench/results/DATE.json): rows as
# bench/*.c print them, with what machine and what source they are of. Shows them as tables. Never a
# test: nothing fails for being slow.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

result=${1:-$FAV_ROOT/bench/results/$(date -u +%Y-%m-%d).json}
packets=1000

"$FAV_ROOT/tools/bootstrap.sh" bench
"$FAV_ROOT/tools/build.sh" bench bench_all
"$FAV_ROOT/tools/build.sh" bench64 bench_all
plain=$FAV_BUILD/bench/bench
many=$FAV_BUILD/bench64/bench
rows=$FAV_BUILD/bench/rows
rm -rf "$rows"
mkdir -p "$rows"

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

for links in 1 4 16 64; do
	step "bench-goodput-$links" "Goodput, $links links" \
		into "goodput-$links" "$many/bench_goodput" "$links"
done
step bench-latency "Latency" into latency "$plain/bench_latency"
step bench-pairs "100 pairs" into scale-pairs "$plain/bench_scale" pairs 100 60
step bench-advertisers "1,000 advertisers" \
	into scale-advertisers "$plain/bench_scale" advertisers 1000 10 60
step bench-reports "10,000 reports a second" into reports "$plain/bench_host" reports
for kind in notify-tx notify-rx write-tx write-rx l2cap-tx l2cap-rx report report-ext; do
	step "bench-$kind" "Instructions, $kind" count "$kind"
done
step bench-pairing "Pairing" into pairing "$plain/bench_pairing"
step bench-memory "Memory" into memory "$plain/bench_host" memory
step bench-memory64 "Memory, 64 links" into memory64 "$many/bench_host" memory

# Two processes in real time: upstream's own measurements, from MicroPython to MicroPython.
realtime() {
	"$FAV_ROOT/tests/micropython/run.sh" --source "$source_dir" --build "$FAV_BUILD" --multi-only \
		--jobs 1 --only perf_gatt_notify perf_gatt_char_write perf_l2cap >"$rows/realtime.log"
}
"$FAV_ROOT/tools/bootstrap.sh" demo
"$FAV_ROOT/tools/build.sh" release
"$FAV_ROOT/tools/micropython.sh" release
source_dir=${MICROPYTHON_DIR:-$FAV_BUILD/micropython-src}
step bench-realtime "Two processes in real time" realtime

source=$(git -C "$FAV_ROOT" rev-parse --short HEAD 2>/dev/null || echo unknown)
mkdir -p "$(dirname "$result")"
python3 "$FAV_ROOT/tools/bench_render.py" collect "$rows" "$result" "$source" "${CC:-cc}"
python3 "$FAV_ROOT/tools/bench_render.py" markdown "$result"
say "Written: $result"
