/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading and writing in pieces: by one call, since a datagram is one, through memory in which they lie together. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "alarm.h"

#define PIECES_MAX 1024
#define DATAGRAM_MAX 65536

/* Of all of them; -1: EINVAL. */
static ssize_t length_of(const struct iovec *iov, int count)
{
	size_t len = 0;
	for (int i = 0; i < count && len <= INT_MAX; i++)
		len = iov[i].iov_len > INT_MAX ? SIZE_MAX : len + iov[i].iov_len;
	if (count >= 0 && count <= PIECES_MAX && len <= INT_MAX)
		return (ssize_t)len;
	errno = EINVAL;
	return -1;
}

/* Their bytes, *len in all, to be free()d; NULL: errno says why. */
static char *gather(const struct iovec *iov, int count, ssize_t *len)
{
	*len = length_of(iov, count);
	char *all = *len < 0 ? NULL : malloc((size_t)*len + 1), *to = all;
	for (int i = 0; all && i < count; to += iov[i++].iov_len)
		memcpy(to, iov[i].iov_base, iov[i].iov_len);
	return all;
}

static void scatter(const struct iovec *iov, const char *from, size_t len)
{
	for (; len; iov++) {
		size_t piece = len < iov->iov_len ? len : iov->iov_len;
		memcpy(iov->iov_base, from, piece);
		from += piece;
		len -= piece;
	}
}

ssize_t writev(int fd, const struct iovec *iov, int count)
{
	ssize_t len;
	char *all = gather(iov, count, &len);
	ssize_t n = all ? write(fd, all, (size_t)len) : -1;
	free(all);
	return n;
}

ssize_t readv(int fd, const struct iovec *iov, int count)
{
	ssize_t len = length_of(iov, count);
	char *all = len < 0 ? NULL : malloc((size_t)len + 1);
	ssize_t n = all ? read(fd, all, (size_t)len) : -1;
	if (n > 0)
		scatter(iov, all, (size_t)n);
	free(all);
	return n;
}

ssize_t sendmsg(int fd, const struct msghdr *m, int flags)
{
	if (m->msg_controllen) {
		errno = EOPNOTSUPP;
		return -1;
	}
	ssize_t len;
	char *all = gather(m->msg_iov, m->msg_iovlen, &len);
	ssize_t n = all ? sendto(fd, all, (size_t)len, flags, m->msg_name, m->msg_name ? m->msg_namelen : 0) : -1;
	free(all);
	return n;
}

/* What of a datagram is more than there is room for is lost, and by MSG_TRUNC its whole length told. */
ssize_t recvmsg(int fd, struct msghdr *m, int flags)
{
	int type = socket_type(fd);
	ssize_t len = length_of(m->msg_iov, m->msg_iovlen), room = len;
	if (!type)
		return -1;
	if (type == SOCK_DGRAM && len >= 0 && len < DATAGRAM_MAX)
		room = DATAGRAM_MAX;
	char *all = len < 0 ? NULL : malloc((size_t)room + 1);
	ssize_t n = all ? recvfrom(fd, all, (size_t)room, flags & ~MSG_TRUNC, m->msg_name,
				   m->msg_name ? &m->msg_namelen : NULL) : -1;
	if (n > 0)
		scatter(m->msg_iov, all, (size_t)(n < len ? n : len));
	free(all);
	m->msg_controllen = 0;
	m->msg_flags = n > len ? MSG_TRUNC : 0;
	return n > len && !(flags & MSG_TRUNC) ? len : n;
}
