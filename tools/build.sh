#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# build.sh release|asan|fuzz|bench|bench64 [-DOPTION=VALUE...] [TARGET...]: configures build/NAME where that is
# needed and builds the targets (all of them when none is named). Only what changed is built again.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

name=${1:-}
[ $# -gt 0 ] && shift
options=()
case $name in
release) ;;
asan) options=(-DFAVONIUS_SANITIZE=ON) ;;
bench) options=(-DFAVONIUS_TESTS=OFF "-DFAVONIUS_CONF=$FAV_ROOT/bench/prj.conf") ;;
bench64) options=(-DFAVONIUS_TESTS=OFF "-DFAVONIUS_CONF=$FAV_ROOT/bench/prj64.conf") ;;
fuzz) options=(-DFAVONIUS_SANITIZE=ON -DFAVONIUS_LIBFUZZER=ON) ;;
*) die "usage: build.sh release|asan|fuzz|bench|bench64 [-DOPTION=VALUE...] [TARGET...]" ;;
esac
while [ $# -gt 0 ] && [ "${1#-D}" != "$1" ]; do
	options+=("$1")
	shift
done
dir=$FAV_BUILD/$name
cache=$dir/CMakeCache.txt

# A build folder configured for another place (the repository was moved) cannot be used.
if [ -f "$cache" ] && ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$FAV_ROOT" "$cache"; then
	rm -rf "$dir"
fi

configured() {
	local option
	[ -f "$cache" ] && { [ -f "$dir/build.ninja" ] || [ -f "$dir/Makefile" ]; } || return 1
	for option in "${options[@]}"; do
		option=${option#-D}
		grep -qE "^${option%%=*}:[A-Z]+=" "$cache" || return 1
		[ "$(sed -n "s/^${option%%=*}:[A-Z]*=//p" "$cache")" = "${option#*=}" ] || return 1
	done
}

if ! configured; then
	if [ ! -f "$cache" ] && command -v ninja >/dev/null; then
		options+=(-G Ninja)
	fi
	step "configure-$name" "Configuring $name" cmake -S "$FAV_ROOT" -B "$dir" "${options[@]}"
fi
# clangd and clang-tidy look for it here.
ln -sfn release/compile_commands.json "$FAV_BUILD/compile_commands.json"

targets=()
[ $# -eq 0 ] || targets=(--target "$@")
step "build-$name" "Building $name" \
	cmake --build "$dir" --parallel "$(fav_jobs)" "${targets[@]}"
