#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Build favonius-micropython: MicroPython's unix port with Favonius behind its bluetooth module.
set -eu

usage() {
	cat <<END
usage: micropython/build.sh --source DIR --out DIR --lib-build DIR

  --source DIR     MicroPython's source tree; it is not written to
  --out DIR        where to build; the program is DIR/favonius-micropython
  --lib-build DIR  the CMake build folder whose libraries to link; a sanitized one makes a
                   sanitized interpreter

MAKEFLAGS is passed on (for example -j2); V=1 in the environment shows the commands.
END
}

die() {
	echo "micropython/build.sh: $*" >&2
	exit 2
}

source= out= lib_build=
while [ $# -gt 0 ]; do
	case $1 in
	--source | --out | --lib-build)
		[ $# -ge 2 ] || die "$1 needs a folder"
		case $1 in
		--source) source=$2 ;;
		--out) out=$2 ;;
		--lib-build) lib_build=$2 ;;
		esac
		shift 2
		;;
	-h | --help) usage; exit 0 ;;
	*) usage >&2; die "unknown argument $1" ;;
	esac
done
[ -n "$source" ] && [ -n "$out" ] && [ -n "$lib_build" ] || { usage >&2; exit 2; }
[ -f "$source/ports/unix/Makefile" ] || die "$source is not a MicroPython source tree"
[ -f "$lib_build/favonius_config.h" ] || die "$lib_build is not a build folder: run cmake first"

here=$(cd "$(dirname "$0")" && pwd)
source=$(cd "$source" && pwd)
lib_build=$(cd "$lib_build" && pwd)
mkdir -p "$out"
out=$(cd "$out" && pwd)

# Python would write __pycache__ into the source tree.
export PYTHONDONTWRITEBYTECODE=1

# changed FILE: FILE becomes standard input; true when it was something else.
changed() {
	cat >"$1.new"
	if cmp -s "$1.new" "$1"; then
		rm "$1.new"
		return 1
	fi
	mv "$1.new" "$1"
}

# make does not see that flags have changed: then everything is compiled again.
echo "$source" | changed "$out/source" && rm -rf "$out/mpy-cross"
{
	echo "$source" "$here" "$lib_build"
	grep '^CMAKE_C_COMPILER:\|^FAVONIUS_SANITIZE:' "$lib_build/CMakeCache.txt" || true
	cat "$here/unix/mpconfigvariant.mk" "$here/bluetooth/micropython.mk"
} | changed "$out/flags" && rm -rf "$out/unix"

# The compiler of frozen modules; it depends on the source alone, so an existing one is kept.
cross=$out/mpy-cross/mpy-cross
[ -x "$cross" ] || make -s -C "$source/mpy-cross" BUILD="$out/mpy-cross"

export MICROPY_MPYCROSS="$cross"
exec make -s -C "$source/ports/unix" \
	VARIANT_DIR="$here/unix" USER_C_MODULES="$here" BUILD="$out/unix" \
	FAVONIUS_LIB_BUILD="$lib_build" FAVONIUS_OUT="$out" install-favonius
