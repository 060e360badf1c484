#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Runs each fuzz target for FUZZ_SECONDS: under libFuzzer where clang has it, its findings kept in
# build/fuzz/corpus; otherwise with mutations from seeds that no earlier run used.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

seconds=${FUZZ_SECONDS:-60}
[[ $seconds =~ ^[1-9][0-9]*$ ]] || die "FUZZ_SECONDS=$seconds is not a number of seconds"
"$FAV_ROOT/tools/bootstrap.sh" test

# Sets: clang, one that has libFuzzer; Debian also installs it with its release in its name.
find_clang() {
	local try out status=1
	out=$(mktemp)
	for try in clang $(compgen -c clang- | grep -xE 'clang-[0-9]+' | sort -t- -k2 -rn); do
		if printf 'int LLVMFuzzerTestOneInput(const char *d, long n) { return n && *d; }' |
			"$try" -x c - -fsanitize=fuzzer,address,undefined -o "$out" 2>/dev/null; then
			clang=$try
			status=0
			break
		fi
	done
	rm -f "$out"
	return $status
}

libfuzzer=false
build=asan
if find_clang; then
	libfuzzer=true
	build=fuzz
	"$FAV_ROOT/tools/build.sh" fuzz -DCMAKE_C_COMPILER="$clang" -DFAVONIUS_TESTS=ON \
		-DFAVONIUS_WERROR=OFF
else
	"$FAV_ROOT/tools/build.sh" asan -DFAVONIUS_TESTS=ON
fi

# fuzz_libfuzzer PROGRAM NAME CORPUS
fuzz_libfuzzer() {
	local found=$FAV_BUILD/fuzz/corpus/$2
	mkdir -p "$found"
	(cd "$found/.." && "$1" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 \
		-artifact_prefix="$2-" -print_final_stats=1 "$found" ${3:+"$3"})
}

# fuzz_seeded PROGRAM NAME CORPUS: in portions, as the program counts runs and not seconds.
fuzz_seeded() {
	local end=$((SECONDS + seconds)) seed
	seed=$(date +%s)
	while [ "$SECONDS" -lt "$end" ]; do
		(cd "$(dirname "$1")" && FAVONIUS_FUZZ_SEED=$seed FAVONIUS_FUZZ_RUNS=20000 "$1" \
			${3:+"$3"}) || return
		seed=$((seed + 1))
	done
}

failed=0
count=0
while IFS=$'\t' read -r program corpus; do
	[ -n "$program" ] || continue
	name=${program##*/}
	count=$((count + 1))
	if $libfuzzer; then
		step "$name" "$name, $seconds s" fuzz_libfuzzer "$program" "$name" "$corpus" ||
			failed=$((failed + 1))
	else
		step "$name" "$name, $seconds s" fuzz_seeded "$program" "$name" "$corpus" ||
			failed=$((failed + 1))
	fi
done <"$FAV_BUILD/$build/fuzz-targets.txt"
say "$((count - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
