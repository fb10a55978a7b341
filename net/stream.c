/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Streams: what all kinds have in common, see stream.h.  Called by the
 * services; calls the kinds.
 */
#include "net/stream.h"

#include <errno.h>

#define PIECE 0x4000u	/* bytes moved into a sink before others run */

int stream_send(struct stream *s, const void *buf, size_t len)
{
	return s->ops->send(s, buf, len);
}

static bool sink_fills(const struct stream *s)
{
	return s->sink_done < s->sink_len;
}

/* Moves a piece into the sink: what recv said last, which is > 0 when there may be more. */
static int fill(struct stream *s)
{
	size_t end = s->sink_len - s->sink_done < PIECE ? s->sink_len : s->sink_done + PIECE;
	int n = 1;

	while (s->sink_done < end) {
		n = s->ops->recv(s, s->sink + s->sink_done, end - s->sink_done);
		if (n <= 0)
			break;
		s->sink_done += (size_t)n;
	}
	return n;
}

/* Before the user reads: -EAGAIN, the end or the error while a sink fills, else 1. */
static int past_sink(struct stream *s)
{
	int n;

	if (!sink_fills(s)) {
		s->sink = NULL;
		return 1;
	}
	n = fill(s);
	return n > 0 ? -EAGAIN : n;
}

int stream_recv(struct stream *s, void *buf, size_t len)
{
	int n = past_sink(s);

	return n > 0 ? s->ops->recv(s, buf, len) : n;
}

int stream_peek(struct stream *s, void *buf, size_t len)
{
	int n = past_sink(s);

	return n > 0 ? s->ops->peek(s, buf, len) : n;
}

int stream_shutdown(struct stream *s)
{
	return s->ops->shutdown(s);
}

void stream_close(struct stream *s)
{
	s->ops->close(s, false);
}

void stream_abort(struct stream *s)
{
	s->ops->close(s, true);
}

unsigned stream_events(struct stream *s)
{
	int n = sink_fills(s) ? fill(s) : 1;
	unsigned ev = s->ops->events(s);

	/* what waits to be placed is nothing to be read */
	if (n == -EAGAIN)
		ev &= ~SOCK_IN;
	return s->sink && n > 0 ? ev | SOCK_IN : ev;
}

int stream_error(const struct stream *s)
{
	return s->ops->error(s);
}

int stream_sock(const struct stream *s)
{
	return s->ops->sock(s);
}

int stream_sink(struct stream *s, void *base, size_t len)
{
	if (s->ops->sink)
		return s->ops->sink(s, base, len);
	if (base && len && sink_fills(s))
		return -EBUSY;
	s->sink = len ? base : NULL;
	s->sink_len = base ? len : 0;
	s->sink_done = 0;
	return 0;
}

size_t stream_sink_done(const struct stream *s)
{
	return s->ops->sink_done ? s->ops->sink_done(s) : s->sink_done;
}
