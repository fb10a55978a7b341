/* SPDX-License-Identifier: BSD-2-Clause */
/* A DNS query over UDP (RFC 1035), written for Linux: dnsq SERVER NAME prints the addresses. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static size_t put_name(unsigned char *to, const char *name)
{
	unsigned char *at = to;
	while (*name) {
		size_t n = strcspn(name, ".");
		*at++ = (unsigned char)n;
		memcpy(at, name, n);
		at += n;
		name += n + (name[n] == '.');
	}
	*at++ = 0;
	return (size_t)(at - to);
}

static size_t skip_name(const unsigned char *p, size_t at, size_t len)
{
	while (at < len && p[at] && p[at] < 0xc0)
		at += p[at] + 1u;
	return at + (at < len && p[at] >= 0xc0 ? 2 : 1);
}

int main(int argc, char **argv)
{
	unsigned char q[512] = { 0x12, 0x34, 1, 0, 0, 1 }, a[512];
	struct sockaddr_in server = { .sin_family = AF_INET, .sin_port = htons(53) };
	struct timeval wait = { .tv_sec = 5 };
	fd_set set;
	size_t len = 12, at;
	ssize_t n;
	int fd = socket(AF_INET, SOCK_DGRAM, 0), answers;
	if (argc < 3 || !inet_aton(argv[1], &server.sin_addr) || strlen(argv[2]) > 250)
		return 2;
	len += put_name(q + len, argv[2]);
	memcpy(q + len, "\0\1\0\1", 4);
	len += 4;
	if (connect(fd, (struct sockaddr *)&server, sizeof server) < 0 || write(fd, q, len) != (ssize_t)len) {
		perror("dnsq");
		return 1;
	}
	FD_ZERO(&set);
	FD_SET(fd, &set);
	if (select(fd + 1, &set, NULL, NULL, &wait) != 1 || (n = read(fd, a, sizeof a)) < 12) {
		printf("dnsq: no answer\n");
		return 1;
	}
	answers = a[6] << 8 | a[7];
	printf("dnsq: code %d, %d answers\n", a[3] & 15, answers);
	at = skip_name(a, 12, (size_t)n) + 4;
	for (; answers > 0; answers--) {
		at = skip_name(a, at, (size_t)n);
		if (at + 10 > (size_t)n)
			break;
		if (a[at + 1] == 1 && at + 14 <= (size_t)n)
			printf("dnsq: %s is %s\n", argv[2], inet_ntoa(*(struct in_addr *)(a + at + 10)));
		at += 10u + (size_t)(a[at + 8] << 8 | a[at + 9]);
	}
	close(fd);
	return 0;
}
