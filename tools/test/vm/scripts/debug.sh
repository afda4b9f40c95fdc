# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# debug=1 in a boot of its own: nothing has set up before what debug heaps need.

heap=$D/heaps/default

traces() {
	insert kpool_client leak=3 && grep -q '^3 objects [0-9]* bytes$' "$heap/traces" &&
		grep -q 'do_one_initcall' "$heap/traces" && ! grep -q '0xffff' "$heap/traces"
}

# The place of the allocation is gone by then, but was known.
reports_lost_objects() {
	remove kpool_client && log_says "3 objects of [0-9]* bytes in all still out" remove kpool
}

step "insert kpool with debug=1" insert kpool debug=1
step "traces name who holds what" traces
step "objects still out of a debug heap are reported" reports_lost_objects
