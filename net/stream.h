/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Streams: a door.  Bytes both ways, in order, until one side ends them; what
 * carries them is nobody's business who uses one.  A TCP socket is a stream
 * (sock_stream(), net/sock.h); a tunnel through a proxy or TLS is one that
 * stands on another.  Nothing here waits: -EAGAIN says "not now",
 * stream_events() or services/stack's net_wait_stream() say when.
 *
 *	struct stream *s = sock_stream(net, fd);	...or whatever gave one
 *	while ((n = stream_send(s, text, len)) == -EAGAIN)
 *		if (net_wait_stream(s, SOCK_OUT, deadline_us) < 0) ...timed out...
 *	while ((n = stream_recv(s, buf, sizeof(buf))) == -EAGAIN)
 *		if (net_wait_stream(s, SOCK_IN, deadline_us) < 0) ...timed out...
 *	stream_close(s);
 *
 * Who owns it: whoever got it, until stream_close() or stream_abort(); after
 * that the pointer means nothing.  A stream that stands on another owns that
 * one and closes it with itself.
 *
 * Errors: as sock.h's for TCP; other kinds add their own.  They are sticky:
 * once stream_error() is not 0, it stays, and send and recv give it (recv only
 * when all that came before it has been read).
 *
 * To make a new kind: put `struct stream` first into your own structure, fill
 * a struct stream_ops, give out &yours->stream.  The calls below do what the
 * operations do not say: they make sinks for kinds that have none.
 */
#ifndef NET_STREAM_H
#define NET_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/sock.h"

struct stream;

struct stream_ops {
	int (*send)(struct stream *s, const void *buf, size_t len);
	int (*recv)(struct stream *s, void *buf, size_t len);
	int (*peek)(struct stream *s, void *buf, size_t len);
	int (*shutdown)(struct stream *s);
	void (*close)(struct stream *s, bool abort);
	/*
	 * What is possible now.  A kind that stands on another first moves what
	 * it can from and to it, so that nothing is missed by who then waits
	 * for a change below.
	 */
	unsigned (*events)(struct stream *s);
	int (*error)(const struct stream *s);
	int (*sock)(const struct stream *s);		/* the socket at the bottom: what to wait for */
	/* Direct placement, both or none. */
	int (*sink)(struct stream *s, void *base, size_t len);
	size_t (*sink_done)(const struct stream *s);
};

struct stream {
	const struct stream_ops *ops;
	/* Of stream.c: the sink of a kind that has none itself. */
	uint8_t *sink;			/* NULL: none, or it is full and the user knows */
	size_t sink_len, sink_done;
};

/* Bytes taken, maybe fewer than len; -EAGAIN; -EPIPE after stream_shutdown(); the error. */
int stream_send(struct stream *s, const void *buf, size_t len);
/* Bytes, 0 at the end of the stream, -EAGAIN, the error. */
int stream_recv(struct stream *s, void *buf, size_t len);
/* As stream_recv(), but the bytes stay to be read. */
int stream_peek(struct stream *s, void *buf, size_t len);
/* No more sends: what was taken is delivered, then the end.  Receiving goes on.  0 or -E. */
int stream_shutdown(struct stream *s);
/* Lets go of it: what was taken is still delivered. */
void stream_close(struct stream *s);
/* Lets go of it, and the peer learns at once that nobody listens. */
void stream_abort(struct stream *s);
/* SOCK_IN | SOCK_OUT | SOCK_ERR | SOCK_HUP, as of a socket: SOCK_OUT also tells that one being opened is open. */
unsigned stream_events(struct stream *s);
/* 0 or the -E it suffers from. */
int stream_error(const struct stream *s);
/* The socket at the bottom: services/stack waits for it. */
int stream_sock(const struct stream *s);

/*
 * Direct placement, in the words of sock_sink(): the next len bytes go straight
 * to base.  Over TCP each byte is copied once, from the frame to its place,
 * whatever the order; over other kinds by stream_recv(), a piece at each
 * stream_events() and stream_recv(): while these say SOCK_IN and -EAGAIN, the
 * caller lets others run and asks again.
 */
int stream_sink(struct stream *s, void *base, size_t len);
size_t stream_sink_done(const struct stream *s);

/* Inside: of use to net/ only.  See sock_stream(). */
struct sock_stream {
	struct stream stream;
	struct net *net;
	int fd;
};

#endif
