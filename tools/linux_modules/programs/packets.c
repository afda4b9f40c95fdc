// SPDX-License-Identifier: GPL-2.0
/* Send UDP datagrams: packets FROM TO FIRST LAST COUNT
 * Sends COUNT datagrams to each port from FIRST to LAST. The ports need no listener.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

static struct sockaddr_in place(const char *address, int port)
{
	struct sockaddr_in found = {.sin_family = AF_INET, .sin_port = htons(port)};

	if (inet_pton(AF_INET, address, &found.sin_addr) != 1) {
		fprintf(stderr, "%s is no address\n", address);
		exit(1);
	}
	return found;
}

int main(int argc, char **argv)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct sockaddr_in from, to;

	if (argc != 6)
		return 1;
	from = place(argv[1], 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&from, sizeof(from))) {
		perror(argv[1]);
		return 1;
	}
	for (int port = atoi(argv[3]); port <= atoi(argv[4]); port++) {
		to = place(argv[2], port);
		for (int i = 0; i < atoi(argv[5]); i++) {
			if (sendto(fd, "kpool", 5, 0, (struct sockaddr *)&to, sizeof(to)) != 5) {
				perror(argv[2]);
				return 1;
			}
		}
	}
	return 0;
}
