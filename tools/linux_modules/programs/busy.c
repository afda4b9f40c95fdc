// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "busy.h"

/* Return nanoseconds. Waits until deferred work has run. */
unsigned long long busy(void)
{
	unsigned long long now = 0, idle = 0;
	char line[256];
	FILE *list;

	usleep(500000);
	list = fopen("/proc/timer_list", "r");
	if (!list) {
		perror("/proc/timer_list");
		exit(1);
	}
	while (fgets(line, sizeof(line), list)) {
		sscanf(line, "now at %llu", &now);
		sscanf(line, " .idle_sleeptime : %llu", &idle);
	}
	fclose(list);
	return now - idle;
}
