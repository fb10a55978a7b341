/* SPDX-License-Identifier: BSD-2-Clause */
/* Error texts: see err.h.  Pure. */
#include "kernel/err.h"

#include <errno.h>
#include <stddef.h>

static const struct {
	int err;
	const char *text;
} table[] = {
	{ EPERM, "not permitted" },
	{ ENOENT, "not found" },
	{ EINTR, "interrupted" },
	{ EIO, "input/output error" },
	{ E2BIG, "too much" },
	{ ENOEXEC, "not a format that can be booted or run" },
	{ EBADF, "bad descriptor" },
	{ EAGAIN, "try again" },
	{ ENOMEM, "not enough memory" },
	{ EACCES, "access denied" },
	{ EBUSY, "busy" },
	{ EEXIST, "exists already" },
	{ ENODEV, "no such device" },
	{ EINVAL, "invalid argument" },
	{ EFBIG, "too large" },
	{ ENOSPC, "no room left" },
	{ ENOTTY, "not the place for it" },
	{ EROFS, "it is final: the loader's own file says so, and nothing may change it" },
	{ EPIPE, "closed" },
	{ ERANGE, "out of range" },
	{ ENAMETOOLONG, "name too long" },
	{ ENOSYS, "not provided" },
	{ EPROTO, "the other side breaks the protocol" },
	{ ENODATA, "it ends too early" },
	{ ELOOP, "too many levels" },
	{ EDESTADDRREQ, "no server to ask" },
	{ EBADMSG, "malformed data" },
	{ EMSGSIZE, "message too long" },
	{ EPROTONOSUPPORT, "protocol not supported" },
	{ EOPNOTSUPP, "operation not supported" },
	{ ENOTSUP, "not supported" },
	{ EADDRINUSE, "address in use" },
	{ EADDRNOTAVAIL, "address not available" },
	{ ENETDOWN, "network is down" },
	{ ENETUNREACH, "network unreachable" },
	{ EHOSTUNREACH, "host unreachable" },
	{ ECONNABORTED, "connection aborted" },
	{ ECONNRESET, "connection reset" },
	{ ECONNREFUSED, "connection refused" },
	{ ENOBUFS, "no buffers left" },
	{ ENOTCONN, "not connected" },
	{ EISCONN, "connected already" },
	{ ETIMEDOUT, "timed out" },
	{ EALREADY, "under way already" },
	{ EINPROGRESS, "in progress" },
	{ ECANCELED, "cancelled" },
	{ EOVERFLOW, "value too large" },
};

const char *err_text(int err)
{
	if (err < 0)
		err = -err;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		if (table[i].err == err)
			return table[i].text;
	return "unknown error";
}
