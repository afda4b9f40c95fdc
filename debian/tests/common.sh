# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Functions for the tests of this directory. The tests need the headers of at least one kernel.
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
TMP=${AUTOPKGTEST_TMP:-$(mktemp -d)}
words=$TMP/words

# releases: names of the kernels with headers, for which modules can be built.
releases() {
	for build in /lib/modules/*/build; do
		build=${build%/build}
		echo "${build##*/}"
	done
}

# files: list all files, except those that Debian's own programs leave after any installation.
files() {
	find / -xdev \( -path /tmp -o -path /root -o -path /dev -o -path /proc -o -path /run \
		-o -path /var/cache -o -path /var/log -o -path /var/tmp -o -path /var/lib/apt \
		-o -path /var/lib/dpkg -o -path '/var/lib/dkms/mok.*' \
		-o -path '/*lib/modules/*/modules.*' -o -path "$TMP" -o -path "$PWD" \) -prune -o -print | sort
}

# nothing_left: compare the files with the list of files() in $TMP/before.
nothing_left() {
	files | diff "$TMP/before" - || { echo "the files above are left, or missing" >&2; exit 1; }
}

# example RELEASE: build the example as a user would, with only the kernel's name.
example() {
	[ -d "$words" ] || cp -r tools/examples "$words"
	make -C "$words" clean all RELEASE="$1"
}

# no_example RELEASE: without kpool installed, the build of the example must say so.
no_example() {
	make -C "$words" RELEASE="$1" 2>&1 | grep 'error: .*: kpool is not installed for'
}
