# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Faults that a sanitizer must find. The judge compares the log with the lists of faulty.py.

commit_faults() {
	insert kpool_misuse "bugs=1 $1" && remove kpool_misuse
}

# No trim drains magazines meanwhile.
step "insert kpool" insert kpool "trim_ms=3600000 reserve=0"
step "commit faults" commit_faults
step "commit faults with objects of 512 bytes" commit_faults size=512
step "commit faults with objects of 1024 bytes" commit_faults size=1024
