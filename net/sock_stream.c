/* SPDX-License-Identifier: BSD-2-Clause */
/* A TCP socket as a stream: each operation is the socket's call of the same name. */
#include "net/net.h"

static struct sock_stream *of(const struct stream *s)
{
	return (struct sock_stream *)s;
}

static int ss_send(struct stream *s, const void *buf, size_t len)
{
	return sock_send(of(s)->net, of(s)->fd, buf, len);
}

static int ss_recv(struct stream *s, void *buf, size_t len)
{
	return sock_recv(of(s)->net, of(s)->fd, buf, len);
}

static int ss_peek(struct stream *s, void *buf, size_t len)
{
	return sock_peek(of(s)->net, of(s)->fd, buf, len, NULL, NULL);
}

static int ss_shutdown(struct stream *s)
{
	return sock_shutdown(of(s)->net, of(s)->fd);
}

static void ss_close(struct stream *s, bool abort)
{
	if (abort)
		sock_abort(of(s)->net, of(s)->fd);
	else
		sock_close(of(s)->net, of(s)->fd);
}

static unsigned ss_events(struct stream *s)
{
	return sock_events(of(s)->net, of(s)->fd);
}

static int ss_error(const struct stream *s)
{
	return sock_error(of(s)->net, of(s)->fd);
}

static int ss_sock(const struct stream *s)
{
	return of(s)->fd;
}

static int ss_sink(struct stream *s, void *base, size_t len)
{
	return sock_sink(of(s)->net, of(s)->fd, base, len);
}

static size_t ss_sink_done(const struct stream *s)
{
	return sock_sink_done(of(s)->net, of(s)->fd);
}

static const struct stream_ops ops = {
	.send = ss_send, .recv = ss_recv, .peek = ss_peek, .shutdown = ss_shutdown, .close = ss_close,
	.events = ss_events, .error = ss_error, .sock = ss_sock, .sink = ss_sink, .sink_done = ss_sink_done,
};

struct stream *sock_stream(struct net *n, int s)
{
	if (sock_get(n, s, SOCK_OPT_TYPE) != SOCK_TCP)
		return NULL;
	n->streams[s] = (struct sock_stream){ .stream.ops = &ops, .net = n, .fd = s };
	return &n->streams[s].stream;
}
