/* SPDX-License-Identifier: BSD-2-Clause */
/* An echo server (RFC 862) for UDP and TCP at once, in one loop of poll(): echo [PORT [REQUESTS]]. */
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define CLIENTS 8

static int open_port(int type, int port)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, type, 0), one = 1;
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) < 0 ||
	    bind(fd, (struct sockaddr *)&any, sizeof any) < 0 || (type == SOCK_STREAM && listen(fd, CLIENTS) < 0)) {
		perror("echo");
		exit(1);
	}
	return fd;
}

/* Back to whoever sent it. */
static void answer_datagram(int fd)
{
	char buf[2048];
	struct sockaddr_in from;
	socklen_t len = sizeof from;
	ssize_t n = recvfrom(fd, buf, sizeof buf, 0, (struct sockaddr *)&from, &len);
	if (n >= 0)
		sendto(fd, buf, (size_t)n, 0, (struct sockaddr *)&from, len);
}

static void answer_client(struct pollfd *p)
{
	char buf[2048];
	ssize_t n = recv(p->fd, buf, sizeof buf, 0);
	if (n > 0 && send(p->fd, buf, (size_t)n, 0) == n)
		return;
	close(p->fd);
	p->fd = -1;
}

int main(int argc, char **argv)
{
	int port = argc > 1 ? atoi(argv[1]) : 7, left = argc > 2 ? atoi(argv[2]) : -1;
	struct pollfd p[2 + CLIENTS] = {
		{ .fd = open_port(SOCK_DGRAM, port), .events = POLLIN },
		{ .fd = open_port(SOCK_STREAM, port), .events = POLLIN },
	};
	for (int i = 2; i < 2 + CLIENTS; i++)
		p[i] = (struct pollfd){ .fd = -1, .events = POLLIN };
	printf("echo: port %d\n", port);
	while (left && poll(p, 2 + CLIENTS, -1) >= 0) {
		if (p[0].revents) {
			answer_datagram(p[0].fd);
			left -= left > 0;
		}
		for (int i = 2; i < 2 + CLIENTS; i++) {
			if (p[i].fd < 0 && p[1].revents) {
				p[i].fd = accept(p[1].fd, NULL, NULL);
				p[i].revents = p[1].revents = 0;
			} else if (p[i].fd >= 0 && p[i].revents) {
				answer_client(&p[i]);
				left -= left > 0;
			}
		}
	}
	return 0;
}
