# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Load the module, and read its files, with the 1st, 2nd, ... of all allocations failing,
# until none fails. For kernels with fault injection. Allocations of the suites that run
# later in this guest may fail, too: see kunit/fault_nth_test.c.

heap=$D/heaps/default
faults=/sys/module/kpool_faults/parameters
counts=/faults

# Requests that may sleep must fail, too, without messages.
allow_failures() {
	for kind in failslab fail_page_alloc; do
		echo 0 >/sys/kernel/debug/$kind/verbose &&
			echo N >/sys/kernel/debug/$kind/ignore-gfp-wait || return 1
	done
	echo 0 >/sys/kernel/debug/fail_page_alloc/min-order
}

# The module works although an allocation failed that it can do without.
still_works() {
	[ ! -e "$heap/validate" ] || echo 1 >"$heap/validate"
}

# Let each allocation fail once. A debug heap makes all allocations of a normal one, and more.
load_failing() {
	n=0
	refused=0
	while n=$((n + 1)) && [ $n -lt 1000 ]; do
		echo $n >$faults/nth
		if out=$(insert kpool debug=1 2>&1); then
			[ "$(cat $faults/left)" = 0 ] || break
			still_works && remove kpool || return 1
			continue
		fi
		refused=$((refused + 1))
		case $out in
		*"annot allocate memory"* | *"ut of memory"*) ;;
		*) echo "allocation $n: $out" && return 1 ;;
		esac
		if loaded kpool || [ -e "$D" ]; then
			echo "allocation $n: something is left of the module"
			return 1
		fi
	done
	echo "loading: each of $((n - 1)) allocations failed, $refused loads were refused" >>$counts
	[ $refused -gt 5 ] && still_works && remove kpool
}

says_why() {
	log_says "kpool: not loaded: -(ENOMEM|12)" load_failing
}

# Use builtins of the shell: each process has its own fault injection.
read_file() { read -r _ <"$1"; }
write_file() { echo 1 >"$1"; }
stop_failing() { until echo 0 >/proc/self/fail-nth; do :; done; }

# with_failing COMMAND FILE: let each allocation of an access to a debugfs file fail once.
with_failing() (
	n=0
	while n=$((n + 1)) && [ $n -lt 1000 ]; do
		left=0
		echo $n >/proc/self/fail-nth
		"$@" && read -r left </proc/self/fail-nth
		stop_failing
		[ "$left" = 0 ] || break
	done 2>/dev/null
	echo "$*: each of $((n - 1)) allocations failed" >>$counts
	[ $n -gt 2 ] && [ $n -lt 1000 ]
)

step "requests that may wait can fail" allow_failures
step "insert kpool_faults" insert kpool_faults
step "each allocation of loading kpool fails, and it says so" says_why
step "remove kpool_faults" remove kpool_faults
step "insert kpool after all" insert kpool
for file in stats classes arenas; do
	step "each allocation of reading $file fails" with_failing read_file "$heap/$file"
done
for file in validate shrink; do
	step "each allocation of writing to $file fails" with_failing write_file "$heap/$file"
done
step "validate" sh -c "echo 1 >$heap/validate"
step "remove kpool again" remove kpool
sed 's/^/# /' $counts
