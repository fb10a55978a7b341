/* SPDX-License-Identifier: BSD-2-Clause */
/* POSIX's sockets. */
#include <poll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include "alarm.h"
#include "call.h"

int socket(int domain, int type, int protocol)
{
	int fd = CALL3(UNDINE_SOCKET, domain, type & 15, protocol);
	if (fd >= 0 && (type & SOCK_NONBLOCK))
		CALL3(UNDINE_NONBLOCK, fd, 1, 0);
	return fd;
}

int bind(int fd, const struct sockaddr *addr, socklen_t len)
{
	return CALL3(UNDINE_BIND, fd, addr, len);
}

int listen(int fd, int backlog)
{
	return CALL3(UNDINE_LISTEN, fd, backlog, 0);
}

int accept(int fd, struct sockaddr *addr, socklen_t *len)
{
	return alarm_wait(fd, POLLIN) < 0 ? -1 : CALL3(UNDINE_ACCEPT, fd, addr, len);
}

/* One that an alarm may interrupt begins without waiting. */
static int connect_until_alarm(int fd, const struct sockaddr *addr, socklen_t len)
{
	int err;
	socklen_t err_len = sizeof err;
	CALL3(UNDINE_NONBLOCK, fd, 1, 0);
	int r = CALL3(UNDINE_CONNECT, fd, addr, len);
	err = errno;
	CALL3(UNDINE_NONBLOCK, fd, 0, 0);
	errno = err;
	if (r == 0 || err != EINPROGRESS)
		return r;
	if (alarm_wait(fd, POLLOUT) < 0 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &err_len) < 0)
		return -1;
	errno = err;
	return err ? -1 : 0;
}

int connect(int fd, const struct sockaddr *addr, socklen_t len)
{
	if (alarm_is_set() && CALL3(UNDINE_NONBLOCK, fd, -1, 0) == 0)
		return connect_until_alarm(fd, addr, len);
	return CALL3(UNDINE_CONNECT, fd, addr, len);
}

ssize_t send(int fd, const void *buf, size_t len, int flags)
{
	return CALL6(UNDINE_SENDTO, fd, buf, len, flags, 0, 0);
}

ssize_t sendto(int fd, const void *buf, size_t len, int flags, const struct sockaddr *to, socklen_t to_len)
{
	return CALL6(UNDINE_SENDTO, fd, buf, len, flags, to, to_len);
}

ssize_t recv(int fd, void *buf, size_t len, int flags)
{
	return recvfrom(fd, buf, len, flags, NULL, NULL);
}

ssize_t recvfrom(int fd, void *buf, size_t len, int flags, struct sockaddr *from, socklen_t *from_len)
{
	if (!(flags & MSG_DONTWAIT) && alarm_wait(fd, POLLIN) < 0)
		return -1;
	return CALL6(UNDINE_RECVFROM, fd, buf, len, flags, from, from_len);
}

/* A message in several pieces is more than these do. */
ssize_t sendmsg(int fd, const struct msghdr *m, int flags)
{
	if (m->msg_iovlen == 1)
		return sendto(fd, m->msg_iov->iov_base, m->msg_iov->iov_len, flags, m->msg_name, m->msg_namelen);
	errno = EOPNOTSUPP;
	return -1;
}

ssize_t recvmsg(int fd, struct msghdr *m, int flags)
{
	m->msg_controllen = 0;
	m->msg_flags = 0;
	if (m->msg_iovlen == 1)
		return recvfrom(fd, m->msg_iov->iov_base, m->msg_iov->iov_len, flags, m->msg_name,
				m->msg_name ? &m->msg_namelen : NULL);
	errno = EOPNOTSUPP;
	return -1;
}

int shutdown(int fd, int how)
{
	return CALL3(UNDINE_SHUTDOWN, fd, how, 0);
}

int getsockname(int fd, struct sockaddr *addr, socklen_t *len)
{
	return CALL3(UNDINE_GETSOCKNAME, fd, addr, len);
}

int getpeername(int fd, struct sockaddr *addr, socklen_t *len)
{
	return CALL3(UNDINE_GETPEERNAME, fd, addr, len);
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	return CALL6(UNDINE_SETSOCKOPT, fd, level, name, value, len, 0);
}

int getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	return CALL6(UNDINE_GETSOCKOPT, fd, level, name, value, len, 0);
}

int closesocket(int fd)
{
	return close(fd);
}

int poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
	return alarm_poll(fds, count, timeout_ms);
}

static int ms_of(const struct timeval *t)
{
	if (!t)
		return -1;
	return t->tv_sec > 2000000 ? 2000000000 : (int)(t->tv_sec * 1000 + (t->tv_usec + 999) / 1000);
}

static int is_in(int fd, const fd_set *set)
{
	return set && FD_ISSET(fd, set);
}

int select(int count, fd_set *rd, fd_set *wr, fd_set *ex, struct timeval *timeout)
{
	struct pollfd fds[FD_SETSIZE];
	unsigned n = 0;
	int bits = 0;
	for (int fd = 0; fd < count && fd < FD_SETSIZE; fd++) {
		short events = (short)((is_in(fd, rd) ? POLLIN : 0) | (is_in(fd, wr) ? POLLOUT : 0));
		if (events || is_in(fd, ex))
			fds[n++] = (struct pollfd){ .fd = fd, .events = events };
	}
	if (poll(fds, n, ms_of(timeout)) < 0)
		return -1;
	for (unsigned i = 0; i < n; i++) {
		int fd = fds[i].fd, in = is_in(fd, rd), out = is_in(fd, wr);
		if (fds[i].revents & POLLNVAL) {
			errno = EBADF;
			return -1;
		}
		if (in && !(fds[i].revents & (POLLIN | POLLHUP | POLLERR)))
			FD_CLR(fd, rd);
		else
			bits += in;
		if (out && !(fds[i].revents & (POLLOUT | POLLERR)))
			FD_CLR(fd, wr);
		else
			bits += out;
	}
	if (ex)
		FD_ZERO(ex);
	return bits;
}
