/* SPDX-License-Identifier: BSD-2-Clause */
/* An HTTP GET over plain sockets: httpget HOST PATH [PORT] shows what the server says. */
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int dial(const char *host, const char *port)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list, *a;
	int fd = -1, err = getaddrinfo(host, port, &hints, &list);
	if (err) {
		fprintf(stderr, "httpget: %s: %s\n", host, gai_strerror(err));
		return -1;
	}
	for (a = list; a && fd < 0; a = a->ai_next) {
		fd = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
		if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) < 0) {
			perror("httpget: connect");
			close(fd);
			fd = -1;
		}
	}
	freeaddrinfo(list);
	return fd;
}

int main(int argc, char **argv)
{
	char buf[4096];
	int fd, n;
	size_t all = 0;
	if (argc < 3) {
		fprintf(stderr, "usage: httpget HOST PATH [PORT]\n");
		return 2;
	}
	fd = dial(argv[1], argc > 3 ? argv[3] : "80");
	if (fd < 0)
		return 1;
	n = snprintf(buf, sizeof buf, "GET %s HTTP/1.0\r\nHost: %s\r\n\r\n", argv[2], argv[1]);
	if (n >= (int)sizeof buf || send(fd, buf, (size_t)n, 0) != n) {
		perror("httpget: send");
		return 1;
	}
	while ((n = (int)recv(fd, buf, sizeof buf, 0)) > 0) {
		fwrite(buf, 1, (size_t)n, stdout);
		all += (size_t)n;
	}
	close(fd);
	printf("\nhttpget: %lu bytes\n", (unsigned long)all);
	return n < 0;
}
