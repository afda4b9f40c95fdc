// SPDX-License-Identifier: GPL-2.0
/* Preloaded into nft: at its end, writes the time spent in send and receive calls, which is
 * the kernel's work, to the file $CALLS.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static unsigned long long spent;

static unsigned long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

ssize_t sendmsg(int fd, const struct msghdr *msg, int flags)
{
	unsigned long long start = now();
	ssize_t done = syscall(SYS_sendmsg, fd, msg, flags);

	spent += now() - start;
	return done;
}

ssize_t sendto(int fd, const void *data, size_t size, int flags, const struct sockaddr *to,
	       socklen_t len)
{
	unsigned long long start = now();
	ssize_t done = syscall(SYS_sendto, fd, data, size, flags, to, len);

	spent += now() - start;
	return done;
}

ssize_t recvmsg(int fd, struct msghdr *msg, int flags)
{
	unsigned long long start = now();
	ssize_t done = syscall(SYS_recvmsg, fd, msg, flags);

	spent += now() - start;
	return done;
}

__attribute__((destructor)) static void report(void)
{
	const char *path = getenv("CALLS");
	FILE *out = path ? fopen(path, "w") : NULL;

	if (out) {
		fprintf(out, "%llu\n", spent);
		fclose(out);
	}
}
