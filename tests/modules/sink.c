/* SPDX-License-Identifier: BSD-2-Clause */
/* TCP to nowhere, as fast as it comes: sink HOST PORT PATH sends a request of HTTP and drops all that it is sent. */
#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define ROOM 65536

int main(int argc, char **argv)
{
	static char room[ROOM];
	struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM }, *list;
	unsigned long long bytes = 0;
	unsigned reads = 0;
	ssize_t n;
	if (argc < 4 || getaddrinfo(argv[1], argv[2], &hints, &list))
		return 2;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(fd, list->ai_addr, list->ai_addrlen) < 0) {
		perror("sink");
		return 1;
	}
	n = snprintf(room, sizeof room, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", argv[3], argv[1]);
	if (write(fd, room, (size_t)n) != n)
		return 1;
	while ((n = read(fd, room, sizeof room)) > 0) {
		bytes += (unsigned long long)n;
		reads++;
	}
	printf("sink: %llu bytes by %u reads\n", bytes, reads);
	return n < 0;
}
