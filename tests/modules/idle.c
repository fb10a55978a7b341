/* SPDX-License-Identifier: BSD-2-Clause */
/* A module that waits for what does not come. */
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

int main(void)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(4711) };
	struct pollfd p = { .fd = socket(AF_INET, SOCK_DGRAM, 0), .events = POLLIN };
	if (bind(p.fd, (struct sockaddr *)&any, sizeof any) < 0)
		return 1;
	return poll(&p, 1, -1) < 0;
}
