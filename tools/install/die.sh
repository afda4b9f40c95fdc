# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# die MESSAGE [DETAIL...]: say what is wrong, a detail a line, and end.
die() {
	echo "error: $1" >&2
	shift
	for line; do
		echo "  $line" >&2
	done
	exit 1
}

# plain_directory WHAT DIRECTORY: end if the kernel's build would take the directory's name apart.
plain_directory() {
	case $2 in
	*[[:space:]:\$\#,%\'\"\\\`\;\&\|\<\>\(\)]*)
		die "$1: the kernel's build cannot handle a directory of this name: $2" \
			"It must have no blank and none of : \$ # , % ' \" \\ \` ; & | < > ( )"
		;;
	esac
}
