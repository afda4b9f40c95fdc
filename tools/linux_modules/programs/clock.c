// SPDX-License-Identifier: GPL-2.0
/* Print nanoseconds since the machine's start; with an argument, without idle time. */
#include <stdio.h>
#include <time.h>

#include "busy.h"

int main(int argc, char **argv)
{
	struct timespec now;

	(void)argv;
	clock_gettime(CLOCK_MONOTONIC, &now);
	printf("%llu\n", argc > 1 ? busy() : now.tv_sec * 1000000000ULL + now.tv_nsec);
	return 0;
}
