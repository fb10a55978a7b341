/* SPDX-License-Identifier: BSD-2-Clause */
/* poll(). */
#ifndef _POLL_H
#define _POLL_H

#include <signal.h>
#include <time.h>

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
#define POLLRDNORM 0x40
#define POLLRDBAND 0x80
#define POLLWRNORM 0x100
#define POLLWRBAND 0x200
#define POLLRDHUP 0x2000

int poll(struct pollfd *fds, nfds_t count, int timeout_ms);
int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask);

#endif
