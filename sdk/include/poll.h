/* SPDX-License-Identifier: BSD-2-Clause */
/* poll(). */
#ifndef _POLL_H
#define _POLL_H

struct pollfd {
	int fd;
	short events, revents;
};

typedef unsigned int nfds_t;

#define POLLIN 1
#define POLLPRI 2
#define POLLOUT 4
#define POLLERR 8
#define POLLHUP 0x10
#define POLLNVAL 0x20

int poll(struct pollfd *fds, nfds_t count, int timeout_ms);

#endif
