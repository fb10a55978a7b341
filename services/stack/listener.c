/* SPDX-License-Identifier: BSD-2-Clause */
/* Listening.  See listener.h. */
#include "services/stack/listener.h"

#include "net/net.h"
#include "services/stack/stack.h"

int listener_open(const struct listener *l)
{
	struct net *n = net_stack();
	int fd = sock_open(n, SOCK_TCP), err;
	if (fd < 0)
		return fd;
	/* those that are accepted inherit them */
	sock_set(n, fd, SOCK_OPT_NODELAY, 1);
	sock_set(n, fd, SOCK_OPT_KEEPALIVE, l->keepalive_s);
	err = sock_bind(n, fd, NULL, l->port);
	if (err >= 0)
		err = sock_listen(n, fd, l->backlog);
	if (err < 0)
		sock_close(n, fd);
	return err < 0 ? err : fd;
}

int listener_accept(int handle, struct incoming *in)
{
	struct net *n = net_stack();
	int fd = sock_accept(n, handle, &in->from, &in->from_port);
	if (fd < 0)
		return fd;
	sock_getsockname(n, fd, &in->own, NULL);
	in->stream = sock_stream(n, fd);
	return 0;
}

void listener_close(int handle)
{
	if (handle >= 0)
		sock_close(net_stack(), handle);
}
