# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# For the tests of this directory. They need headers of one kernel at least.
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
TMP=${AUTOPKGTEST_TMP:-$(mktemp -d)}
words=$TMP/words

# Names of the kernels that modules can be built for.
releases() {
	for build in /lib/modules/*/build; do
		build=${build%/build}
		echo "${build##*/}"
	done
}

# All files, except those that Debian's own programs leave once anything was installed.
files() {
	find / -xdev \( -path /tmp -o -path /root -o -path /dev -o -path /proc -o -path /run \
		-o -path /var/cache -o -path /var/log -o -path /var/tmp -o -path /var/lib/apt \
		-o -path /var/lib/dpkg -o -path '/var/lib/dkms/mok.*' \
		-o -path '/*lib/modules/*/modules.*' -o -path "$TMP" -o -path "$PWD" \) -prune -o -print | sort
}

# nothing_left: compare with the list that files() gave before.
nothing_left() {
	files | diff "$TMP/before" - || { echo "the files above are left, or missing" >&2; exit 1; }
}

# example RELEASE: build it as a stranger would, who only names the kernel.
example() {
	[ -d "$words" ] || cp -r tools/examples "$words"
	make -C "$words" clean all RELEASE="$1"
}

# Where kpool is not installed the example says so.
no_example() {
	make -C "$words" RELEASE="$1" 2>&1 | grep 'error: .*: kpool is not installed for'
}
