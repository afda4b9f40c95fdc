# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Faults that a sanitizer must find. The judge compares the log with the lists in faulty.py.

step "insert kpool" insert kpool
step "commit faults" insert kpool_faulty
step "remove the module with faults" remove kpool_faulty
