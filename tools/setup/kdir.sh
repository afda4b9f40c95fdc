#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Can a module be built against this directory? If not, say why.
kdir=$1

. "${0%/*}/die.sh"

for tool in gcc make; do
	command -v "$tool" >/dev/null ||
		die "$tool is missing." "On Debian: apt-get install $tool"
done

hint="Name a kernel's build directory: make KDIR=/lib/modules/RELEASE/build"
[ -d "$kdir" ] ||
	die "KDIR: there is no directory $kdir." "$hint" \
		"On Debian, linux-headers-RELEASE provides it."
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
