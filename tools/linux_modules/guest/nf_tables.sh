# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# nf_tables: thousands of rules and elements, listed, changed and flushed, and packets from
# another network namespace.
# Settings: CHAINS, RULES, ELEMENTS, as in /nft/rules.

sources="10.9.0.1 10.9.0.3 10.9.0.4 10.9.0.5"
target=10.9.0.2

# Make a namespace for the rules. It exists as long as its process.
make_namespaces() {
	unshare -n sleep 100000 >/dev/null 2>&1 &
	echo $! >/tmp/namespace
	until [ "$(readlink "/proc/$!/ns/net")" != "$(readlink /proc/self/ns/net)" ]; do :; done
	ip link add outside type veth && ip link set veth0 netns "$!" && ip link set lo up &&
		ip link set outside up || return 1
	for source in $sources; do
		ip addr add "$source/24" dev outside || return 1
	done
	inside ip addr add $target/24 dev veth0 && inside ip link set veth0 up
}

inside() { nsenter -t "$(cat /tmp/namespace)" -n "$@"; }

rules() { inside nft "$@"; }

load() { took load_ms rules -f /nft/rules; }

# List without counters.
list_all() { rules -s list ruleset; }

# Print a line for each element in a list: its set or map, and the element.
elements() {
	awk '/^\t(set|map) / { name = $2 }
		/elements = \{/ { inside = 1; sub(/.*elements = \{/, "") }
		inside {
			last = sub(/\}.*/, "")
			count = split($0, found, ",")
			for (i = 1; i <= count; i++) {
				gsub(/^[ \t]+|[ \t]+$| (timeout|expires) .*/, "", found[i])
				if (found[i] != "")
					print name, found[i]
			}
			inside = !last
		}' | sort
}

# has_elements LIST [FILE]: does LIST have the elements in FILE, by default all loaded ones?
has_elements() {
	elements <"$1" | grep -v '^seen ' >/tmp/found
	[ "$(wc -l </tmp/found)" = "$ELEMENTS" ] && diff "${2:-/nft/elements}" /tmp/found
}

has_rules() {
	sed -n 's/.*comment "\(rule-.*\)"/\1/p' "$1" | sort >/tmp/found
	[ "$(wc -l </tmp/found)" = "$RULES" ] && diff /nft/comments /tmp/found
}

# Loading a list must give the same list.
same_again() {
	rules flush ruleset && rules -f /tmp/listed && list_all | cmp - /tmp/listed
}

change() {
	rules -f /nft/change && list_all >/tmp/changed &&
		has_elements /tmp/changed /nft/elements-changed &&
		rules -f /nft/change-back && list_all >/tmp/listed && has_elements /tmp/listed
}

# A transaction that fails at its end must change nothing.
refuses() { fails rules -f /nft/refused && list_all | cmp - /tmp/listed; }

# Replace the first rule of each chain, and put it back.
replace_rules() {
	rules -s -a list table inet t | awk '
		$1 == "chain" { chain = $2; next }
		chain ~ /^c[0-9]+$/ && / # handle / {
			rule = "replace rule inet t " chain " handle " $NF " "
			sub(/ # handle .*/, "")
			print rule "counter drop" >"/tmp/there"
			print rule $0 >"/tmp/back"
			chain = ""
		}'
	[ "$(wc -l </tmp/there)" = "$CHAINS" ] && rules -f /tmp/there && list_all >/tmp/changed &&
		[ "$(grep -cx '[[:space:]]*counter drop' /tmp/changed)" = "$CHAINS" ] &&
		rules -f /tmp/back && list_all | cmp - /tmp/listed
}

traffic() {
	i=0
	while [ $i -lt 20 ]; do
		ping -c 1 $target >/dev/null || return 1
		i=$((i + 1))
	done
	for source in $sources; do
		packets "$source" $target 7000 7000 500 && packets "$source" $target 8000 8249 2 || return 1
	done
}

# counted COMMENT NUMBER: has the rule with that comment counted that many packets?
counted() {
	found=$(sed -n "s/.*counter packets \([0-9]*\) .*comment \"$1\".*/\1/p" /tmp/listed)
	echo "$1: $found packets, not $2"
	[ "$found" = "$2" ]
}

# The rules must count all packets, and record each source and port.
counts_all() {
	rules list table inet t >/tmp/listed
	for source in $sources; do
		seq 8000 8249 | sed "s/^/seen $source . /"
	done | sort >/tmp/expected
	elements </tmp/listed | grep '^seen ' >/tmp/found
	counted echoes 20 && counted to-7000 2000 && counted to-8000s 2000 && counted to-9000s 0 &&
		diff /tmp/expected /tmp/found
}

# Add and delete elements while packets arrive.
traffic_and_changes() {
	for source in $sources; do
		packets "$source" $target 9000 9039 50 &
		sending="$sending $!"
	done
	for _ in 1 2 3; do
		rules -f /nft/change && rules -f /nft/change-back || return 1
	done
	for process in $sending; do
		wait "$process" || return 1
	done
	rules list table inet t >/tmp/listed
	counted to-9000s 8000 && has_elements /tmp/listed
}

flush() {
	rules flush ruleset && [ -z "$(rules list ruleset)" ]
}

remove_namespaces() {
	kill "$(cat /tmp/namespace)" && until ! ip link show outside >/dev/null 2>&1; do sleep 0.1; done
}

remove_unused() {
	until_unused nf_tables
	remove_client
}

nf_tables() {
	use nf_tables "$1" nf_tables
	expect "insert" insert_client
	expect "two network namespaces" make_namespaces
	expect "load $RULES rules and $ELEMENTS elements" load
	list_all >/tmp/listed
	expect "all rules are listed" has_rules /tmp/listed
	expect "all elements are listed" has_elements /tmp/listed
	expect "its allocator served it" served_by_it $((RULES + ELEMENTS))
	expect "the list can be loaded" same_again
	cp /tmp/listed "/tmp/nf_tables-$VARIANT"
	expect "elements come and go" change
	expect "a change that fails leaves all as it was" refuses
	expect "replace rules" replace_rules
	expect "traffic" traffic
	expect "packets are counted, and senders noted" counts_all
	expect "traffic while elements change" traffic_and_changes
	expect "flush" flush
	expect "load again" load
	expect "remove the namespaces, with all rules" remove_namespaces
	expect "remove the module" remove_unused
}

for v in $VARIANTS; do
	nf_tables "$v"
done
results nf_tables "$VARIANTS"
