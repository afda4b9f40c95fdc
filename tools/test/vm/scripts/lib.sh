# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Functions of guest scripts: print a line of TAP per step, and the plan at the end.
steps=0
failures=0
# shellcheck disable=SC2034 # for the scripts
D=/sys/kernel/debug/kpool

# Print kernel, architecture and page size in KiB.
about() {
	echo "# kernel $(uname -r) $(uname -m) $(awk '/^KernelPageSize/ { print $2; exit }' /proc/self/smaps)"
}

# step NAME COMMAND...: run the command, and print its result.
step() {
	name=$1
	shift
	steps=$((steps + 1))
	if out=$("$@" 2>&1); then
		echo "ok $steps $name"
	else
		failures=$((failures + 1))
		echo "$out" | tail -n 12 | sed 's/^/# /'
		echo "not ok $steps $name"
	fi
}

# End the script: print the plan; the exit status is 1 if a step failed.
finish() {
	echo "1..$steps"
	exit $((failures > 0))
}

fails() { ! "$@"; }

# log_says PATTERN COMMAND...: does the command add a matching line to the log?
log_says() {
	pattern=$1
	shift
	echo "kpool-guest: $steps" >/dev/kmsg
	"$@"
	dmesg | sed "1,/kpool-guest: $steps\$/d" | grep -E "$pattern"
}

loaded() { grep -q "^$1 " /proc/modules; }

# insert MODULE [PARAMETERS]
# shellcheck disable=SC2086 # none, or several words
insert() { insmod "/modules/$1.ko" $2; }

remove() { rmmod "$1" && ! loaded "$1"; }

# A value that is neither a number nor a boolean must be refused, with the parameter's name.
refuses_parameter() {
	log_says "$2" fails insert "$1" "$2=garbage" && ! loaded "$1"
}

# refuse_parameters MODULE: a step for each of its parameters.
refuse_parameters() {
	for parameter in $PARAMETERS; do
		[ "${parameter%:*}" != "$1" ] ||
			step "a bad value for $parameter is refused" \
				refuses_parameter "$1" "${parameter#*:}"
	done
}
