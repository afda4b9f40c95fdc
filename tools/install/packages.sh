#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Install the Debian packages that the given sets need and that are missing.
# Usage: packages.sh SET..., see below
set -eu

cache=${XDG_CACHE_HOME:-$HOME/.cache}/kpool
missing=
kernels=yes

# have NAME: is there a program, or a file, of that name?
have() {
	case $1 in
	/*) [ -e "$1" ] ;;
	*) PATH=$PATH:/usr/sbin:/sbin command -v "$1" >/dev/null ;;
	esac
}

# have_file FILE...: does the first file exist? The files may come from a pattern.
have_file() {
	[ -e "$1" ]
}

# need NAME PACKAGE: note the package if that program or file is missing.
need() {
	have "$1" || missing="$missing $2"
}

. "${0%/*}/die.sh"

for set; do
	# Jobs of these sets build in both directories.
	case $set in
	guest | userspace)
		plain_directory "kpool's sources" "$PWD"
		plain_directory "the cache of kernels" "$cache"
		;;
	esac
	case $set in
	python)
		need python3 python3
		;;
	pytest)
		need gcc gcc
		need make make
		need /usr/lib/python3/dist-packages/pytest python3-pytest
		need /usr/lib/python3/dist-packages/xdist python3-pytest-xdist
		;;
	guest)
		# Kernels are packages, too, but are unpacked into the cache, not installed.
		for series in 6.1 6.12; do
			have_file "$cache/stock-${series}_"*[!l] || kernels=
		done
		need gcc gcc
		need /usr/include/stdio.h libc6-dev
		need python3 python3
		need bc bc
		need bison bison
		need flex flex
		need xz xz-utils
		need modinfo kmod
		need /usr/include/libelf.h libelf-dev
		need qemu-system-x86_64 qemu-system-x86
		# A dynamic busybox would not find its libraries in a guest.
		{ have busybox && ! ldd "$(command -v busybox)" >/dev/null 2>&1; } ||
			missing="$missing busybox-static"
		;;
	arm64)
		need qemu-system-aarch64 qemu-system-arm
		need aarch64-linux-gnu-gcc-12 gcc-12-aarch64-linux-gnu
		;;
	ppc64el)
		need qemu-system-ppc64 qemu-system-ppc
		need powerpc64le-linux-gnu-gcc-12 gcc-12-powerpc64le-linux-gnu
		;;
	s390x)
		need qemu-system-s390x qemu-system-misc
		need s390x-linux-gnu-gcc-12 gcc-12-s390x-linux-gnu
		;;
	check)
		need sparse sparse
		need shellcheck shellcheck
		need pyflakes3 pyflakes3
		# perl itself is always installed; checkpatch also needs its modules.
		perl -MTerm::ANSIColor -e 1 2>/dev/null || missing="$missing perl"
		;;
	userspace)
		need gcc gcc
		need /usr/include/stdio.h libc6-dev
		need make make
		need python3 python3
		;;
	userspace-long)
		have_file /usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-x86_64.a ||
			missing="$missing libclang-rt-dev"
		need llvm-symbolizer llvm
		need sqlite3 sqlite3
		# It also has the server's program; the server's package would start a server.
		need redis-check-rdb redis-tools
		;;
	llvm)
		need clang clang
		need ld.lld lld
		need llvm-ar llvm
		;;
	viewer)
		need gcc gcc
		need /usr/include/stdio.h libc6-dev
		need make make
		need /usr/include/ncurses.h libncurses-dev
		;;
	viewer-tests)
		need jq jq
		need gnuplot gnuplot-nox
		need /usr/lib/python3/dist-packages/pyte python3-pyte
		;;
	clients)
		need nft nftables
		need fio fio
		need mke2fs e2fsprogs
		;;
	tracing)
		need bpftrace bpftrace
		;;
	package)
		need gcc gcc
		need dpkg-buildpackage dpkg-dev
		need dh debhelper
		need dh_dkms dh-dkms
		need /usr/include/ncurses.h libncurses-dev
		need pkg-config pkg-config
		need lintian lintian
		need mmdebstrap mmdebstrap
		need autopkgtest autopkgtest
		;;
	plots)
		need gnuplot gnuplot-nox
		;;
	docs)
		need python3 python3
		need sphinx-build python3-sphinx
		need dot graphviz
		;;
	*)
		die "packages.sh: no set of packages is named $set"
		;;
	esac
done

[ -n "$missing" ] || [ -z "$kernels" ] || exit 0

have apt-get || die "this takes Debian 12's packages, and there is no apt-get." \
	"To be installed by other means:${missing:- nothing}" \
	"(and linux-image, linux-headers, linux-source of 6.1, 6.12 and 7.3 as Debian packages)"

if [ "$(id -u)" = 0 ]; then
	sudo=
elif have sudo && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
	sudo=sudo
elif [ -n "$missing" ]; then
	die "packages are missing:$missing" \
		"Only root can install them. Run as root, or have this done once:" \
		"apt-get install --no-install-recommends$missing"
else
	exit 0 # the kernels can be downloaded without root
fi

export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT

apt() {
	start=$(date +%s)
	echo "==> apt-get $*"
	# shellcheck disable=SC2086 # empty, or one word
	if ! $sudo apt-get -q "$@" >"$log" 2>&1 </dev/null; then
		tail -n 8 "$log" >&2
		die "\`apt-get $*\` failed. Is the network up?" "Needed are:${missing:- lists of packages}"
	fi
	echo "    $(($(date +%s) - start)) s"
}

apt update
# `apt-get update` succeeds, with warnings, even if no server answered.
grep -q '^[WE]: .*[Ff]ailed to fetch' "$log" && echo "    warning: some package lists could not be fetched"
# shellcheck disable=SC2086 # a list of words
[ -z "$missing" ] || apt install -y --no-install-recommends $missing
