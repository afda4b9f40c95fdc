# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Run bpftrace's scripts, each while a module works. bpftrace and its libraries are the host's.
# Settings: CLIENT_ARGS, STRESS_ARGS.
. /settings

export BPFTRACE_MAP_KEYS_MAX=100000
printed=/tmp/bpftrace

# traced SCRIPT MODULE PARAMETERS: run the script while insmod runs; keep its output.
traced() {
	insert kpool || return 1
	bpftrace -c "/bin/busybox insmod /modules/$2.ko $3" "/bpftrace/$1.bt" >$printed 2>&1
	status=$?
	{ echo "$1.bt:" && cat $printed; } >>/tmp/all
	remove "$2" && remove kpool && [ $status = 0 ]
}

# The stack with most allocations begins in kpool's caller.
who_allocates() {
	grep -q '^@blocks\[default, *$' $printed && grep -q '^@bytes_req\[default, *$' $printed &&
		grep -q '^ *client_[a-z_]*+[0-9]' $printed && ! grep -q '^ *0xffff' $printed
}

sizes_are_shown() {
	grep -q '^@bytes_req\[default\]:' $printed &&
		awk '/^\[64, 128\)/ && $3 > 0 { found = 1 } END { exit !found }' $printed
}

# Bytes requested and bytes wasted add up to whole blocks.
waste_adds_up() {
	awk -F '[][ ,:]+' '
		/^@asked\[default,/ { asked[$3] = $4 }
		/^@wasted\[default,/ { if ($3 && $3 <= 1024 && (asked[$3] + $4) % $3) bad++; classes++ }
		/^@wasted_by\[client_/ { callers++ }
		END { exit bad || classes < 20 || !callers }' $printed
}

lifetimes_are_shown() {
	grep -q '^@us\[104\]:' $printed && ! grep -q '^@born' $printed &&
		awk '/\|@/ { buckets++ } END { exit buckets < 5 }' $printed
}

# The threads of the stress test free each other's blocks.
remote_frees_are_shown() {
	awk -F '[][ ,:]+' '
		/^@here\[default\]/ { here = $3 }
		/^@elsewhere\[default\]/ { elsewhere = $3 }
		/^@elsewhere_by\[churn_/ { callers++ }
		END { exit !(here > 0 && elsewhere > 0 && callers) }' $printed
}

step "kpool-who runs" traced kpool-who kpool_client "$CLIENT_ARGS"
step "who allocates is seen by stack" who_allocates
step "kpool-sizes runs" traced kpool-sizes kpool_client "$CLIENT_ARGS"
step "sizes are seen" sizes_are_shown
step "kpool-waste runs" traced kpool-waste kpool_client "$CLIENT_ARGS"
step "waste and what was asked for make whole blocks" waste_adds_up
step "kpool-lifetime runs" traced kpool-lifetime kpool_client "$CLIENT_ARGS"
step "lifetimes are seen" lifetimes_are_shown
step "kpool-remote runs" traced kpool-remote kpool_stress "$STRESS_ARGS"
step "frees on other CPUs are seen" remote_frees_are_shown
sed 's/^/# /' /tmp/all
