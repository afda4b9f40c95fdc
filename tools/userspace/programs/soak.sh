#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Run real programs on kpool: python3, gcc, sqlite3, redis, each with a bounded job.
# Usage: soak.sh LIBRARY DIRECTORY [TIMES]
set -eu

here=$(cd "${0%/*}" && pwd)
. "$here/../../install/die.sh"

[ $# -ge 2 ] || die "usage: soak.sh LIBRARY DIRECTORY [TIMES]"
library=$(realpath "$1")
mkdir -p "$2"
out=$(realpath "$2")
times=${3:-1}
[ -f "$library" ] || die "$1 is missing." "make -C tools/userspace VARIANT=preload builds it."
for tool in python3 gcc sqlite3 redis-check-rdb redis-cli redis-benchmark; do
	command -v "$tool" >/dev/null || die "$tool is missing." \
		"tools/install/packages.sh userspace-long installs it."
done
KPOOL_SOAK_REPORT=$out/report
export KPOOL_SOAK_REPORT
rm -f "$KPOOL_SOAK_REPORT"

# on_kpool COMMAND...: run COMMAND, and all that it starts, with kpool's malloc().
on_kpool() {
	env LD_PRELOAD="$library" "$@"
}

python() {
	on_kpool env PYTHONMALLOC=malloc python3 -B "$here/soak.py"
}

gcc_make() {
	rm -rf "$out/build"
	on_kpool make -s -C "$here/.." BUILD="$out/build" VARIANT=plain
}

sqlite() {
	on_kpool sqlite3 :memory: <<-'SQL'
		create table t(a integer primary key, b text, c blob);
		with recursive n(x) as (select 1 union all select x + 1 from n where x < 100000)
			insert into t select x, hex(randomblob(x % 100)), randomblob(x % 300) from n;
		create index t_b on t(b);
		select count(*), count(distinct b) > 0, sum(length(c)) from t;
		update t set b = b || a where a % 7 = 0;
		delete from t where a % 3 = 0;
		select count(*) from t as x join t as y on x.b = y.b;
		select length(group_concat(b)) from (select b from t order by c limit 20000);
		vacuum;
		pragma integrity_check;
	SQL
}

# redis-check-rdb is the server under another name, from a package that starts no server.
redis() {
	socket=$out/redis.sock
	ln -sf "$(command -v redis-check-rdb)" "$out/redis-server"
	on_kpool "$out/redis-server" --port 0 --unixsocket "$socket" --save '' --dir "$out" \
		--activedefrag no >"$out/redis.log" 2>&1 &
	server=$!
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		redis-cli -s "$socket" ping 2>/dev/null | grep -q PONG && break
		sleep 1
	done
	on_kpool redis-benchmark -s "$socket" -q -n 20000 -c 20 -r 20000 -d 150 \
		-t set,get,incr,lpush,rpush,lpop,sadd,hset,zadd,mset,lrange_100
	# A child process saves all data, while the parent continues.
	redis-cli -s "$socket" bgsave
	on_kpool redis-benchmark -s "$socket" -q -n 20000 -c 20 -r 20000 -d 900 -t set,lpush
	redis-cli -s "$socket" flushall
	redis-cli -s "$socket" shutdown nosave
	wait "$server"
}

while [ "$times" -gt 0 ]; do
	times=$((times - 1))
	for job in python gcc_make sqlite redis; do
		start=$(date +%s)
		"$job" >"$out/$job.log" 2>&1 || {
			tail -n 20 "$out/$job.log" >&2
			die "$job did not end well, see $out/$job.log"
		}
		echo "soak: $job: $(($(date +%s) - start)) s"
	done
done

# Each program must have reported a validate at its end.
for name in python3 cc1 as ld make sqlite3 redis-server redis-benchmark; do
	grep -q "^$name: " "$KPOOL_SOAK_REPORT" || die "$name did not report"
done
awk '{ blocks += $2; large += $4; validates += $10 }
	END { printf "soak: %d processes, %.1f million blocks, %.1f million large requests, %d validates\n",
		NR, blocks / 1e6, large / 1e6, validates }' "$KPOOL_SOAK_REPORT"
