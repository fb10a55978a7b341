/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening a connection: see dial.h.  Called by whoever is a client of something. */
#include "services/stack/dial.h"

#include <errno.h>
#include <stddef.h>

#include "kernel/clock.h"
#include "net/net.h"
#include "services/stack/stack.h"

#define SLICE_US 100000u

/* Until it is open: 0 or -E. */
static int await(const struct dial *d, struct stream *s, uint64_t deadline_us)
{
	for (;;) {
		uint64_t now = clock_us();
		if (d->stop && d->stop(d->ctx))
			return -ECANCELED;
		int events = net_wait_stream(s, SOCK_OUT, deadline_us < now + SLICE_US ? deadline_us : now + SLICE_US);
		if (events >= 0)
			return stream_error(s);
		if (events != -ETIMEDOUT || clock_us() >= deadline_us)
			return events;
	}
}

int dial_begin(const struct dial *d, struct stream **out)
{
	struct net *n = net_stack();
	int fd = sock_open(n, SOCK_TCP);
	*out = NULL;
	if (fd < 0)
		return fd;
	sock_set(n, fd, SOCK_OPT_OWNER, d->owner);
	sock_set(n, fd, SOCK_OPT_RCVBUF, d->rcvbuf);
	sock_set(n, fd, SOCK_OPT_KEEPALIVE, d->keepalive_s);
	sock_set(n, fd, SOCK_OPT_MSS, d->mss);
	sock_set(n, fd, SOCK_OPT_NODELAY, d->nodelay);
	int err = d->from ? sock_bind(n, fd, &(struct net_addr){ 0 }, d->from) : 0;
	if (err == 0)
		err = sock_connect(n, fd, &d->addr, d->port);
	if (err < 0 && err != -EINPROGRESS) {
		sock_close(n, fd);
		return err;
	}
	*out = sock_stream(n, fd);
	return 0;
}

int dial_tcp(const struct dial *d, uint64_t deadline_us, struct stream **out)
{
	int err = dial_begin(d, out);
	if (err == 0)
		err = await(d, *out, deadline_us);
	if (err < 0 && *out) {
		stream_abort(*out);
		*out = NULL;
	}
	return err;
}
