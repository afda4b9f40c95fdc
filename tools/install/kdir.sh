#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Can this compiler build a module against this directory? If it cannot, print the reason and fail.
# Usage: kdir.sh KDIR. The Makefile passes KDIR_AS_GIVEN, which make did not expand, ELSEWHERE,
# variables that name a directory for output, and CC. LLVM and CROSS_COMPILE are the kernel's.
kdir=$1

. "${0%/*}/die.sh"

hint="Name a kernel's build directory: make KDIR=/lib/modules/RELEASE/build"
[ -z "$ELSEWHERE" ] ||
	die "$ELSEWHERE: kpool is built in its own directory only." \
		"To build it elsewhere, copy its sources there. KDIR names the kernel's build directory."
# make expands "$" in the user's text.
[ ! -d "$KDIR_AS_GIVEN" ] || kdir=$KDIR_AS_GIVEN
plain_directory "kpool's sources" "$PWD"
plain_directory KDIR "$kdir"

[ -d "$kdir" ] ||
	die "KDIR: there is no directory $kdir." "$hint" \
		"On Debian, linux-headers-RELEASE provides it."
plain_directory KDIR "$(cd "$kdir" && pwd -P)"
[ -f "$kdir/Makefile" ] ||
	die "KDIR: $kdir is not a kernel's build directory: it has no Makefile." "$hint"

release=$(sed -n 's/.*UTS_RELEASE "\(.*\)".*/\1/p' \
	"$kdir/include/generated/utsrelease.h" 2>/dev/null)
[ -n "$release" ] || release=$(cat "$kdir/include/config/kernel.release" 2>/dev/null)
[ -n "$release" ] ||
	die "KDIR: $kdir is not a configured kernel's build directory." "$hint" \
		"A source tree needs \`make modules_prepare\` first."

major=${release%%.*}
minor=${release#*.}
minor=${minor%%[!0-9]*}
if [ "$((major * 1000 + minor))" -lt 6001 ]; then
	die "kernel $release is too old: kpool needs 6.1 or newer." "$hint"
fi

if grep -qs '^CONFIG_CC_IS_CLANG=y' "$kdir/include/config/auto.conf"; then
	case $LLVM:$CC in
	: | :*gcc*)
		die "kernel $release was built by clang, and gcc does not know all of its options." \
			"Build kpool by clang too: make LLVM=1"
		;;
	esac
fi

# need PROGRAM PACKAGES
need() {
	command -v "$1" >/dev/null || die "$1 is missing." "On Debian: apt-get install $2"
}

# Like in the kernel's Makefile: LLVM is a directory ending in "/", a suffix, or any other word.
prefix=
suffix=
case $LLVM in
*/) prefix=$LLVM ;;
-*) suffix=$LLVM ;;
esac
packages="clang$suffix lld$suffix llvm$suffix"
named=
if [ -f "$kdir/.kernelvariables" ]; then
	# Debian's headers name a compiler there. The kernel's build uses it even with LLVM=1.
	# shellcheck disable=SC2016 # make's variable
	named=$(printf 'include %s\nshow:\n\t@echo $(CC)\n' "$kdir/.kernelvariables" |
		MAKEFLAGS='' make -s -f - show 2>/dev/null)
fi
if [ -n "$CC" ]; then
	command -v "${CC%% *}" >/dev/null || die "CC: ${CC%% *} is missing."
elif [ -n "$named" ]; then
	command -v "${named%% *}" >/dev/null ||
		die "${named%% *} is missing: the compiler that $kdir/.kernelvariables names." \
			"On Debian: apt-get install gcc${named##*gcc}"
elif [ -n "$LLVM" ]; then
	need "${prefix}clang$suffix" "$packages"
else
	need "${CROSS_COMPILE}gcc" gcc
fi
if [ -n "$LLVM" ]; then
	need "${prefix}ld.lld$suffix" "$packages"
	need "${prefix}llvm-ar$suffix" "$packages"
fi
