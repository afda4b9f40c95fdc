// SPDX-License-Identifier: GPL-2.0
/* Write, read or discard blocks of 4 KiB of a disk, bypassing the page cache, and print the
 * time per block: blocks write|read|discard DISK COUNT
 */
#include <fcntl.h>
#include <linux/fs.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "busy.h"

#define SIZE 4096

static char block[SIZE] __attribute__((aligned(SIZE)));

static int write_block(int fd, int i)
{
	memset(block, i, SIZE);
	return pwrite(fd, block, SIZE, (off_t)i * SIZE) != SIZE;
}

static int read_block(int fd, int i)
{
	return pread(fd, block, SIZE, (off_t)i * SIZE) != SIZE || block[SIZE - 1] != (char)i;
}

static int discard_block(int fd, int i)
{
	uint64_t range[2] = {(uint64_t)i * SIZE, SIZE};

	return ioctl(fd, BLKDISCARD, range);
}

int main(int argc, char **argv)
{
	int fd = argc == 4 ? open(argv[2], O_RDWR | O_DIRECT) : -1;
	int (*run)(int fd, int i) = write_block;
	unsigned long long before;
	int count;

	if (fd < 0) {
		fprintf(stderr, "blocks: no such disk\n");
		return 1;
	}
	count = atoi(argv[3]);
	if (strcmp(argv[1], "write"))
		run = strcmp(argv[1], "read") ? discard_block : read_block;
	before = busy();
	for (int i = 0; i < count; i++) {
		if (run(fd, i)) {
			perror(argv[1]);
			return 1;
		}
	}
	printf("%llu\n", (busy() - before) / count);
	return 0;
}
