#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# test.sh [--stress]: every test, plain and under sanitizers, then MicroPython's. Ends with one line
# "N passed, N failed" over all of them. All parts run, whatever fails; only what does not build
# ends it early.
#
# --stress: the long ones instead. FAVONIUS_SEEDS seeds of every simulated test (100),
# FAVONIUS_CYCLES of enable and disable (10000), FAVONIUS_REPEAT runs of MicroPython's tests (10)
# in each order of the two instances.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

stress=false
case ${1:-} in
"") ;;
--stress) stress=true ;;
*) die "usage: test.sh [--stress]" ;;
esac

results=$FAV_BUILD/results
parts=()

# A sanitizer's report ends the program; a leak fails it.
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:abort_on_error=1:strict_string_checks=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-halt_on_error=1:abort_on_error=1:print_stacktrace=1}

# run_ctest BUILD PART [CTEST OPTION...]
run_ctest() {
	local build=$1 part=$2
	shift 2
	parts+=("$part=$results/$part.xml")
	say "Testing $part"
	(cd "$FAV_BUILD/$build" && ctest --output-on-failure --no-label-summary \
		-j "$(fav_jobs)" --no-tests=error \
		--output-junit "$results/$part.xml" --test-output-size-passed 4000000 \
		--test-output-size-failed 4000000 "$@") </dev/null 2>&1 |
		tee "$FAV_BUILD/logs/test-$part.log" | grep -vE '^ *Start +[0-9]+:|^Test project' ||
		true
}

# run_micropython PART REPEAT ORDERS
run_micropython() {
	local part=$1 status=0
	parts+=("$part=$results/$part.log")
	say "Testing $part"
	"$FAV_ROOT/tests/micropython/run.sh" --source "$source" --build "$FAV_BUILD" \
		--repeat "$2" --orders "$3" </dev/null 2>&1 | tee "$results/$part.log" |
		sed '/^[0-9]* passed, [0-9]* failed/d' || status=$?
	echo "exit status: $status" >>"$results/$part.log"
}

# run_pytest PART: by the script of that name; a machine where its packages cannot be installed has a
# part that did not run.
run_pytest() {
	local part=$1
	parts+=("$part=$results/$part.xml")
	say "Testing $part"
	"$FAV_ROOT/tools/$part.sh" --junitxml="$results/$part.xml" </dev/null 2>&1 |
		tee "$FAV_BUILD/logs/test-$part.log" || true
}

"$FAV_ROOT/tools/bootstrap.sh" test
"$FAV_ROOT/tools/build.sh" release -DFAVONIUS_TESTS=ON
$stress || "$FAV_ROOT/tools/build.sh" asan -DFAVONIUS_TESTS=ON
"$FAV_ROOT/tools/micropython.sh" release
source=$("$FAV_ROOT/tools/fetch-micropython.sh")

rm -rf "$results"
mkdir -p "$results"
if $stress; then
	export FAVONIUS_CYCLES=${FAVONIUS_CYCLES:-10000}
	seeds=${FAVONIUS_SEEDS:-100}
	for ((seed = 1; seed <= seeds; seed++)); do
		FAVONIUS_SEED=$seed run_ctest release "seed-$seed" -L '^(sim|fault)$' --timeout 1200
	done
	run_micropython micropython "${FAVONIUS_REPEAT:-10}" 2
else
	run_ctest release release
	run_ctest asan asan
	run_micropython micropython 1 1
	run_pytest interop
	run_pytest ci
fi
"$FAV_ROOT/tools/report.py" "${parts[@]}"
