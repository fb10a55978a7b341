/* SPDX-License-Identifier: BSD-2-Clause */
/* POSIX's sockets; what reads and writes in pieces is in pieces.c. */
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

int socket_type(int fd)
{
	int type;
	socklen_t len = sizeof type;
	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 ? type : 0;
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

int accept4(int fd, struct sockaddr *addr, socklen_t *len, int flags)
{
	int new = accept(fd, addr, len);
	if (new >= 0 && (flags & SOCK_NONBLOCK))
		CALL3(UNDINE_NONBLOCK, new, 1, 0);
	return new;
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
	if (alarm_wait(fd, POLLOUT) < 0)
		err = errno == EAGAIN ? EINPROGRESS : errno;
	else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &err_len) < 0)
		err = errno;
	errno = err;
	return err ? -1 : 0;
}

int connect(int fd, const struct sockaddr *addr, socklen_t len)
{
	if (alarm_is_set() && CALL3(UNDINE_NONBLOCK, fd, -1, 0) == 0)
		return connect_until_alarm(fd, addr, len);
	return CALL3(UNDINE_CONNECT, fd, addr, len);
}

/* There is no out-of-band data. */
static int knows(int flags)
{
	if (!(flags & MSG_OOB))
		return 1;
	errno = EOPNOTSUPP;
	return 0;
}

/* One that an alarm may interrupt goes as far as there is room, again and again. */
static ssize_t send_until_alarm(int fd, const char *buf, size_t len, int flags, const struct sockaddr *to,
				socklen_t to_len)
{
	size_t done = 0;
	do {
		int n = alarm_wait(fd, POLLOUT);
		if (n == 0)
			n = CALL6(UNDINE_SENDTO, fd, buf + done, len - done,
				  alarm_is_set() ? flags | MSG_DONTWAIT : flags, to, to_len);
		if (n < 0)
			return done ? (ssize_t)done : -1;
		done += (size_t)n;
	} while (done < len);
	return (ssize_t)done;
}

ssize_t sendto(int fd, const void *buf, size_t len, int flags, const struct sockaddr *to, socklen_t to_len)
{
	if (!knows(flags))
		return -1;
	if (alarm_is_set() && !(flags & MSG_DONTWAIT) && CALL3(UNDINE_NONBLOCK, fd, -1, 0) == 0)
		return send_until_alarm(fd, buf, len, flags, to, to_len);
	return CALL6(UNDINE_SENDTO, fd, buf, len, flags, to, to_len);
}

ssize_t send(int fd, const void *buf, size_t len, int flags)
{
	return sendto(fd, buf, len, flags, NULL, 0);
}

ssize_t recvfrom(int fd, void *buf, size_t len, int flags, struct sockaddr *from, socklen_t *from_len)
{
	if (!knows(flags))
		return -1;
	if (flags & MSG_TRUNC) {
		struct iovec all = { buf, len };
		struct msghdr m = { .msg_name = from, .msg_namelen = from_len ? *from_len : 0, .msg_iov = &all,
				    .msg_iovlen = 1 };
		ssize_t n = recvmsg(fd, &m, flags);
		if (n >= 0 && from_len)
			*from_len = m.msg_namelen;
		return n;
	}
	if (!(flags & MSG_DONTWAIT) && alarm_wait(fd, POLLIN) < 0)
		return -1;
	if (!alarm_is_set() || !(flags & MSG_WAITALL) || socket_type(fd) != SOCK_STREAM)
		return CALL6(UNDINE_RECVFROM, fd, buf, len, flags, from, from_len);
	/* an alarm may interrupt it in between */
	ssize_t done = CALL6(UNDINE_RECVFROM, fd, buf, len, flags & ~MSG_WAITALL, from, from_len);
	while (done > 0 && (size_t)done < len) {
		ssize_t n = recv(fd, (char *)buf + done, len - (size_t)done, flags & ~MSG_WAITALL);
		if (n <= 0)
			break;
		done += n;
	}
	return done;
}

ssize_t recv(int fd, void *buf, size_t len, int flags)
{
	return recvfrom(fd, buf, len, flags, NULL, NULL);
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

/* There are no others than IPv4's. */
int socketpair(int domain, int type, int protocol, int fds[2])
{
	(void)domain;
	(void)type;
	(void)protocol;
	(void)fds;
	errno = EOPNOTSUPP;
	return -1;
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

/* In *room, or NULL: for ever. */
static struct timeval *in_us(const struct timespec *t, struct timeval *room)
{
	if (!t)
		return NULL;
	*room = (struct timeval){ t->tv_sec, (t->tv_nsec + 999) / 1000 };
	return room;
}

int pselect(int count, fd_set *rd, fd_set *wr, fd_set *ex, const struct timespec *timeout, const sigset_t *mask)
{
	struct timeval t;
	sigset_t before;
	int r = mask && signals_let(mask, &before) ? -1 : select(count, rd, wr, ex, in_us(timeout, &t));
	if (mask)
		signals_let(&before, NULL);
	return r;
}

int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask)
{
	struct timeval t;
	sigset_t before;
	int r = mask && signals_let(mask, &before) ? -1 : poll(fds, count, ms_of(in_us(timeout, &t)));
	if (mask)
		signals_let(&before, NULL);
	return r;
}
