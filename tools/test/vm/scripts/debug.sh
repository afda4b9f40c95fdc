# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# debug=1 in its own boot: no earlier step has set up anything that debug heaps need.

heap=$D/heaps/default

traces() {
	insert kpool_client leak=3 && grep -q '^3 objects [0-9]* bytes$' "$heap/traces" &&
		grep -q 'do_one_initcall' "$heap/traces" && ! grep -q '0xffff' "$heap/traces"
}

# kpool reports the place of the allocation, although the module that allocated is gone.
reports_leaked_objects() {
	remove kpool_client && log_says "leaked 3 objects, [0-9]* bytes in total, allocated at" remove kpool
}

step "insert kpool with debug=1" insert kpool debug=1
step "traces name who holds what" traces
step "objects that leaked from a debug heap are reported" reports_leaked_objects
