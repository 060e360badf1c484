#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# micropython.sh release|asan: fetches MicroPython and builds favonius-micropython against the
# libraries of build/NAME, in build/micropython-NAME.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

name=${1:-}
case $name in
release | asan) ;;
*) die "usage: micropython.sh release|asan" ;;
esac

source=$("$FAV_ROOT/tools/fetch-micropython.sh")
out=$FAV_BUILD/micropython-$name

# alias_of FOLDER: prints a name for FOLDER that has no spaces, which MicroPython's makefiles cannot
# take: a link in the folder for temporary files, the same one each time, so that make sees the
# same files as before.
alias_of() {
	local link
	case $1 in
	*[[:space:]]*) ;;
	*)
		echo "$1"
		return
		;;
	esac
	link=${TMPDIR:-/tmp}/favonius-$(id -u)-$(printf %s "$1" | cksum | tr ' ' -)
	ln -sfn "$1" "$link"
	# Where others can write too, the link must be ours.
	[ "$(stat -c %u "$link") $(readlink "$link")" = "$(id -u) $1" ] ||
		die "$link is not ours; MicroPython cannot be built in a folder whose name has spaces"
	echo "$link"
}

root=$(alias_of "$FAV_ROOT")
build=$(alias_of "$FAV_BUILD")
source=$(alias_of "$source")
MAKEFLAGS=-j$(fav_jobs) step "micropython-$name" "Building favonius-micropython ($name)" \
	"$root/micropython/build.sh" --source "$source" --out "$build/micropython-$name" \
	--lib-build "$build/$name"
[ -x "$out/favonius-micropython" ] || die "there is no $out/favonius-micropython after its build"
