#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# bootstrap.sh GOAL: makes sure that this machine has what GOAL needs (demo, test, lint, bench, git, venv,
# bluez; arm: a compiler for Cortex-M, large, which the benchmarks use if it is there).
# Each need is checked by what it provides, not by a package's name; what is missing is installed
# with apt, as root or where sudo asks for no password. Otherwise it stops with the line to run.
# A stamp in the build folder remembers success, so that the next call does nothing.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

CMAKE_MINIMUM=3.20

# compiles HEADER [FLAGS...]: the C compiler finds the header and makes a program.
compiles() {
	local out status=0 header=$1
	shift
	out=$(mktemp)
	printf '#include <%s>\nint main(void)\n{\n\treturn 0;\n}\n' "$header" |
		"${CC:-cc}" -x c - "$@" -o "$out" 2>/dev/null || status=1
	rm -f "$out"
	return $status
}

need_cc() { compiles stdio.h; }
# Not piped into "grep -q", which may end first, and whose writer then counts as failed.
need_make() { [[ $(make --version 2>/dev/null) == "GNU Make"* ]]; }
need_cmake() {
	local version
	version=$(cmake --version 2>/dev/null | sed -n '1s/.* //p')
	[ -n "$version" ] && printf '%s\n' "$CMAKE_MINIMUM" "$version" | sort -VC
}
need_pkgconfig() { pkg-config --version >/dev/null 2>&1; }
need_python() { python3 -c 'import sys; sys.exit(sys.version_info < (3, 8))' 2>/dev/null; }
need_xz() { xz --version >/dev/null 2>&1; }
need_git() {
	git --version >/dev/null 2>&1 &&
		{ [ -e /etc/ssl/certs/ca-certificates.crt ] || [ -e /etc/ssl/certs/ca-bundle.crt ]; }
}
need_cmocka() { need_pkgconfig && pkg-config --exists cmocka; }
need_psa() { compiles psa/crypto.h -lmbedcrypto; }
need_sanitizers() { compiles stdio.h -fsanitize=address,undefined; }
need_venv() { need_python && python3 -c 'import ensurepip, venv' 2>/dev/null; }
need_clangtidy() { clang-tidy --version >/dev/null 2>&1; }
need_valgrind() { valgrind --version >/dev/null 2>&1; }
need_qemu() { qemu-system-x86_64 --version >/dev/null 2>&1; }
need_readelf() { readelf --version >/dev/null 2>&1; }
need_tshark() { tshark --version >/dev/null 2>&1; }
need_arm() { CC=arm-none-eabi-gcc compiles errno.h --specs=nosys.specs; }
need_nm() { nm --version >/dev/null 2>&1; }

# The Debian and Ubuntu packages that provide each need.
declare -A packages=(
	[cc]="gcc libc6-dev" [make]=make [cmake]=cmake [pkgconfig]=pkg-config [python]=python3
	[xz]=xz-utils [git]="git ca-certificates" [cmocka]=libcmocka-dev
	[sanitizers]="gcc libc6-dev" [venv]="python3-venv ca-certificates"
	[psa]=libmbedtls-dev
	[clangtidy]=clang-tidy [nm]=binutils [valgrind]=valgrind
	[qemu]=qemu-system-x86 [readelf]=binutils [tshark]=tshark
	[arm]="gcc-arm-none-eabi libnewlib-arm-none-eabi"
)

demo="cc psa make cmake pkgconfig python xz"
declare -A goals=(
	[demo]=$demo
	[test]="$demo cmocka sanitizers"
	[bench]="$demo valgrind"
	[lint]="$demo cmocka clangtidy nm"
	[venv]="python venv"
	[bluez]="qemu readelf"
	[git]="git"
	[arm]="arm"
)

# Wireshark reads the captures of all simulations. It is large: wanted in CI, elsewhere used if there.
[ -z "${CI:-}" ] || goals[test]+=" tshark"

goal=${1:-}
[ -n "$goal" ] && [ -n "${goals[$goal]:-}" ] || die "usage: bootstrap.sh ${!goals[*]}"

# Another need, another compiler: another stamp.
key="$(cksum <"${BASH_SOURCE[0]}") ${CC:-cc} ${goals[$goal]}"
stamp=$FAV_BUILD/.bootstrap-$goal
[ "$(cat "$stamp" 2>/dev/null)" != "$key" ] || exit 0

# Sets: missing, the needs that are not met.
check() {
	local need
	missing=()
	for need in ${goals[$goal]}; do
		"need_$need" || missing+=("$need")
	done
}

install() {
	local as=("$@")
	# One broken source of many is no reason to give up: the install decides.
	"${as[@]}" apt-get -q -o DPkg::Lock::Timeout=300 update || echo "(apt-get update failed)"
	"${as[@]}" apt-get -q -o DPkg::Lock::Timeout=300 install -y --no-install-recommends \
		"${wanted[@]}"
}

check
if [ ${#missing[@]} -gt 0 ]; then
	mapfile -t wanted < <(for need in "${missing[@]}"; do
		printf '%s\n' ${packages[$need]}
	done | sort -u)
	line="apt-get update && apt-get install -y --no-install-recommends ${wanted[*]}"
	command -v apt-get >/dev/null ||
		die "missing: ${missing[*]}, and there is no apt-get here to install them with. \
On Debian they are the packages: ${wanted[*]}"
	if [ "$(id -u)" = 0 ]; then
		as=(env DEBIAN_FRONTEND=noninteractive)
	elif sudo -n true 2>/dev/null; then
		as=(sudo -n env DEBIAN_FRONTEND=noninteractive)
	else
		die "missing: ${missing[*]}. Run this, then try again:

  sudo sh -c '$line'
"
	fi
	step "bootstrap-$goal" "Installing ${wanted[*]}" install "${as[@]}" ||
		die "could not install. By hand: $line"
	check
	[ ${#missing[@]} -eq 0 ] ||
		die "still missing after installing ${wanted[*]}: ${missing[*]} \
(cmake must be $CMAKE_MINIMUM or later, python 3.8 or later)"
fi
echo "$key" >"$stamp"
