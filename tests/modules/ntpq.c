/* SPDX-License-Identifier: BSD-2-Clause */
/* An SNTP client (RFC 4330), written for Linux: ntpq HOST [PORT] prints the server's time, in UTC. */
#include <netdb.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define SINCE_1900 2208988800u

int main(int argc, char **argv)
{
	unsigned char p[48] = { 0x23 };
	struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_DGRAM }, *list;
	struct timeval wait = { .tv_sec = 5 };
	uint32_t s;
	time_t t;
	char text[64];
	int fd, err;
	if (argc < 2)
		return 2;
	err = getaddrinfo(argv[1], argc > 2 ? argv[2] : "123", &hints, &list);
	if (err) {
		printf("ntpq: %s\n", gai_strerror(err));
		return 1;
	}
	fd = socket(list->ai_family, list->ai_socktype, list->ai_protocol);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
	if (sendto(fd, p, sizeof p, 0, list->ai_addr, list->ai_addrlen) != sizeof p ||
	    recvfrom(fd, p, sizeof p, 0, NULL, NULL) != sizeof p) {
		perror("ntpq");
		return 1;
	}
	freeaddrinfo(list);
	memcpy(&s, p + 40, sizeof s);
	t = (time_t)(ntohl(s) - SINCE_1900);
	strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", gmtime(&t));
	printf("ntpq: stratum %d, %s, %.3f s of dispersion\n", p[1], text,
	       (double)(p[8] << 8 | p[9]) + (double)(p[10] << 8 | p[11]) / 65536.0);
	close(fd);
	return 0;
}
