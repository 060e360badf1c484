#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# lint.sh [--format]: every rule that a machine can check. All of them run; each finding is one line,
# file:line: what: what to do. --format lays out the C sources instead.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

FORMAT_MAJOR=14 # releases of clang-format differ in layout; tools/requirements.txt has the same

cd "$FAV_ROOT"

# Sets: format, a clang-format of the pinned release; from the machine, or from build/venv.
find_format() {
	local try
	for try in "clang-format-$FORMAT_MAJOR" clang-format; do
		if [[ $("$try" --version 2>/dev/null) == *"version $FORMAT_MAJOR."* ]]; then
			format=$try
			return
		fi
	done
	fav_venv
	format=$FAV_VENV/bin/clang-format
}

c_files() {
	git ls-files -z -co --exclude-standard '*.c' '*.h' | while IFS= read -r -d '' file; do
		[ ! -f "$file" ] || printf '%s\0' "$file"
	done
}

check_format() {
	c_files | xargs -0 "$format" --dry-run -Werror 2>&1 |
		sed -n 's/\(:[0-9]*\):[0-9]*: error: .*/\1: layout: run make format/p' | sort -u |
		tee "$FAV_BUILD/logs/lint-format.log"
	[ ! -s "$FAV_BUILD/logs/lint-format.log" ]
}

# Files of the build only: clang-tidy needs to know how each is compiled.
check_tidy() {
	local log=$FAV_BUILD/logs/lint-tidy.log
	python3 -c 'import json, sys
for entry in json.load(open(sys.argv[1])):
    print(entry["file"], end="\0")' "$FAV_BUILD/release/compile_commands.json" | sort -zu |
		xargs -0 -n 4 -P "$(fav_jobs)" clang-tidy --quiet -p "$FAV_BUILD/release" \
			>"$log" 2>"$log.err" || true
	sed "s|^$FAV_ROOT/||" "$log" | grep -E '^[^ ]+:[0-9]+:[0-9]+: (error|warning)' | sort -u
	! grep -qE ': (error|warning): |^error' "$log" "$log.err"
}

# run NAME WHAT COMMAND...: one rule; its findings are the output.
failed=()
run() {
	local name=$1 what=$2 since=$SECONDS
	shift 2
	say "Checking $what"
	"$@" || failed+=("$name")
	[ $((SECONDS - since)) -lt 20 ] || say "  ($((SECONDS - since)) s)"
}

case ${1:-} in
--format)
	find_format
	c_files | xargs -0 "$format" -i
	exit
	;;
"") ;;
*) die "usage: lint.sh [--format]" ;;
esac

tools/bootstrap.sh lint
find_format
tools/build.sh release -DFAVONIUS_TESTS=ON
run format "layout" check_format
run includes "who includes whom" tools/lint_includes.py
run headers "public headers documented" tools/lint_headers.py
run text "every file" tools/lint_text.py
run attacks "attacks listed and tested" tools/lint_attacks.py
mapfile -d '' archives < <(find "$FAV_BUILD/release" -name 'libfav_*.a' -print0 | sort -z)
run data "writable file-scope data" tools/lint_data.py "${archives[@]}"
run tidy "for defects (clang-tidy)" check_tidy
[ ${#failed[@]} -eq 0 ] || die "failed: ${failed[*]}"
say "clean"
