# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# null_blk with memory for its data: one disk with ext4, and one that fio writes and verifies.
# Settings: SEED, PROCESSES, OPS of each.

disk=/dev/nullb0	# created by the module's parameters
raw=/dev/nullb1		# created by configfs
config=/sys/kernel/config/nullb/nullb1
mounted=/tmp/disk
MIB_EACH=3	# MiB of $raw for each process of fio

make_ext4() {
	/bin/mke2fs -q -F -t ext4 $disk 256m && mkdir -p $mounted && mount -t ext4 $disk $mounted &&
		mkdir $mounted/tree && tree make $mounted/tree "$SEED" "$PROCESSES"
}

# Mount again with empty caches, so that all data are read from the disk.
mount_again() { umount $mounted && mount -t ext4 $disk $mounted; }

is_clean() { umount $mounted && e2fsck -f -n $disk; }

set_up() { echo "$2" >"$config/$1"; }

make_raw() {
	[ -d /sys/kernel/config/nullb ] || mount -t configfs none /sys/kernel/config
	mkdir $config && set_up size $((PROCESSES * MIB_EACH)) && set_up blocksize 4096 &&
		set_up memory_backed 1 && set_up discard 1 && set_up submit_queues 2 &&
		set_up power 1 && [ -b $raw ]
}

# sectors FIELD: print a field of /sys/block/*/stat.
sectors() { awk -v field="$1" '{ print $field }' "/sys/block/${raw#/dev/}/stat"; }

# Each process writes its whole part, in blocks of various sizes, and reads it back.
write_and_verify() {
	took verify_ms fio --name=verify --filename=$raw --direct=1 --ioengine=psync --rw=randwrite \
		--bsrange=4k-64k --numjobs="$PROCESSES" --size=${MIB_EACH}m \
		--offset_increment=${MIB_EACH}m --verify=crc32c --verify_fatal=1 \
		--randseed="$SEED" --thread --group_reporting || return 1
	all=$((PROCESSES * MIB_EACH * 2048))
	echo "sectors read: $(sectors 3), written: $(sectors 7), there are $all"
	[ "$(sectors 3)" -ge $all ] && [ "$(sectors 7)" -ge $all ]
}

# Verify again later, through the page cache.
verify_again() {
	sync && drop_caches && dd if=$raw of=/tmp/copy bs=1M && drop_caches &&
		cmp $raw /tmp/copy && rm /tmp/copy
}

reads_zeros() {
	blkdiscard $raw && drop_caches &&
		head -c $((PROCESSES * MIB_EACH * 1048576)) /dev/zero | cmp - $raw
}

give_up_raw() { set_up power 0 && rmdir $config && [ ! -b $raw ]; }

null_blk() {
	use null_blk "$1" null_blk
	expect "insert" insert_client "gb=1 memory_backed=1 discard=1 nr_devices=1 bs=4096"
	expect "ext4" make_ext4
	expect "$PROCESSES processes change files" change_tree files_ms $mounted/tree $((OPS / 4))
	expect "the files are as expected" is_as_expected $mounted/tree
	expect "mount again" mount_again
	expect "the files are as expected then" is_as_expected $mounted/tree
	expect "the file system is clean" is_clean
	expect "a disk made by configfs" make_raw
	expect "$PROCESSES processes write it, and verify that" write_and_verify
	expect "its allocator served it" served_by_it $((PROCESSES * MIB_EACH * 200))
	expect "it reads the same once more" verify_again
	expect "it reads zeros when discarded" reads_zeros
	expect "write it again" write_and_verify
	expect "give it up, full" give_up_raw
	cp /tmp/expected "/tmp/null_blk-$VARIANT"
	expect "remove the module" remove_client
}

for v in $VARIANTS; do
	null_blk "$v"
done
results null_blk "$VARIANTS"
