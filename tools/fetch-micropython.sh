#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Makes MicroPython's source, unmodified, appear in build/micropython-src, and prints the folder to
# build from. In this order:
#   1. MICROPYTHON_DIR, when set: used where it is.
#   2. The upstream tarball inside the source package of Debian, on Debian, through a private apt
#      configuration with the mirror and the keys that this machine uses.
#   3. git, from the upstream project (or the copy that MICROPYTHON_GIT names).
# What is there already is not fetched again.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

VERSION=1.25.0
SUITE=trixie # Debian's release with this version
UPSTREAM=${MICROPYTHON_GIT:-https://github.com/micropython/micropython.git}

dest=$FAV_BUILD/micropython-src
stamp=$FAV_BUILD/micropython-src.stamp

# version_of FOLDER: prints the version of a source tree, nothing when it is none.
version_of() {
	sed -n 's/^#define MICROPY_VERSION_\(MAJOR\|MINOR\|MICRO\) (\?\([0-9]*\))\?.*/\2/p' \
		"$1/py/mpconfig.h" 2>/dev/null | paste -sd. -
}

# check FOLDER: is it what we want, with what the unix port needs?
check() {
	[ "$(version_of "$1")" = "$VERSION" ] && [ -f "$1/ports/unix/Makefile" ] &&
		[ -f "$1/extmod/modbluetooth.h" ] && [ -f "$1/tests/run-multitests.py" ]
}

# Everything apt writes goes to $work; hooks that the machine has for its own updates do not run.
apt_config() {
	cat <<-CONF
		Dir::Etc::SourceList "/dev/null";
		Dir::Etc::SourceParts "$work/sources";
		Dir::State::Lists "$work/lists";
		Dir::Cache "$work/cache";
		Acquire::Languages "none";
		Acquire::IndexTargets::deb-src::Contents-dsc::DefaultEnabled "false";
		APT::Get::List-Cleanup "false";
		#clear APT::Update::Pre-Invoke;
		#clear APT::Update::Post-Invoke;
		#clear APT::Update::Post-Invoke-Success;
	CONF
	if [ "$(id -u)" = 0 ]; then
		# apt's own user may not enter the build folder.
		printf 'APT::Sandbox::User "root";\n'
	fi
}

from_apt() {
	local codename
	command -v apt-get >/dev/null || return 1
	codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	# Ubuntu's living releases do not have this version.
	[ "$(. /etc/os-release && echo "${ID:-}")" = debian ] || return 1
	mkdir -p "$work/sources" "$work/lists/partial" "$work/cache/archives/partial" "$work/get"
	python3 "$FAV_ROOT/tools/apt_source.py" "$codename" "$SUITE" >"$work/sources/src.sources" ||
		return 1
	apt_config >"$work/apt.conf"
	apt-get -c "$work/apt.conf" -q update || return 1
	(cd "$work/get" && apt-get -c "$work/apt.conf" -q source --download-only micropython) ||
		return 1
	mkdir "$work/tree"
	tar -xf "$work"/get/micropython_"$VERSION"*.orig.tar.* -C "$work/tree" --strip-components=1
}

from_git() {
	"$FAV_ROOT/tools/bootstrap.sh" git || return 1
	rm -rf "$work/tree"
	git -c advice.detachedHead=false clone --depth 1 --branch "v$VERSION" "$UPSTREAM" \
		"$work/tree"
}

fetch() {
	from_apt && check "$work/tree" && return
	echo "not from apt; trying git"
	from_git && check "$work/tree"
}

if [ -n "${MICROPYTHON_DIR:-}" ]; then
	[ -f "$MICROPYTHON_DIR/ports/unix/Makefile" ] ||
		die "MICROPYTHON_DIR=$MICROPYTHON_DIR: there is no MicroPython source (no ports/unix/Makefile)"
	found=$(version_of "$MICROPYTHON_DIR")
	[ "$found" = "$VERSION" ] ||
		say "note: MICROPYTHON_DIR has version ${found:-unknown}; this was tested with $VERSION" >&2
	(cd "$MICROPYTHON_DIR" && pwd)
	exit
fi

if [ "$(cat "$stamp" 2>/dev/null)" != "$VERSION" ] || ! check "$dest"; then
	work=$(mktemp -d "$FAV_BUILD/micropython-fetch.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	step fetch-micropython "Fetching MicroPython $VERSION" fetch >&2 || die "MicroPython $VERSION \
could not be fetched: neither as a source package with apt nor from $UPSTREAM. With a copy of your \
own: MICROPYTHON_DIR=FOLDER make ..."
	rm -rf "$dest" "$stamp"
	mv "$work/tree" "$dest"
	echo "$VERSION" >"$stamp"
fi
echo "$dest"
