// SPDX-License-Identifier: GPL-2.0
/* Print nanoseconds since the machine's start: instructions, where the machine counts them. */
#include <stdio.h>
#include <time.h>

int main(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	printf("%lld\n", now.tv_sec * 1000000000LL + now.tv_nsec);
	return 0;
}
