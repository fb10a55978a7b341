/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For tests: a stream that stands on another.  Bytes travel in records of a
 * length byte and up to 255 bytes, XORed with a key, and are cut and held back
 * at random by a seed.  Both ends must be relays.  What users of streams must
 * not assume, it does: SOCK_IN below may mean nothing to read above, a send
 * takes a part, a record comes in pieces.
 */
#ifndef TESTS_UNIT_RELAY_STREAM_H
#define TESTS_UNIT_RELAY_STREAM_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "net/stream.h"

#define RELAY_KEY 0x5a

struct relay_stream {
	struct stream stream;
	struct stream *below;
	uint32_t rng;
	bool ended;			/* the peer has no more to say */
	int error;
	unsigned record;		/* bytes to come of the present record */
	size_t in_len, out_len;
	uint8_t in[700], out[256];
	void (*let_go)(void *r);	/* frees it */
};

static inline struct relay_stream *relay_of(const struct stream *s)
{
	return (struct relay_stream *)s;
}

static inline uint32_t relay_random(struct relay_stream *r, uint32_t below)
{
	r->rng = r->rng * 1664525u + 1013904223u;
	return (r->rng >> 8) % below;
}

static inline void relay_flush(struct relay_stream *r)
{
	while (r->out_len) {
		int n = stream_send(r->below, r->out, relay_random(r, (uint32_t)r->out_len) + 1);
		if (n < 0) {
			if (n != -EAGAIN && !r->error)
				r->error = n;
			return;
		}
		r->out_len -= (size_t)n;
		memmove(r->out, r->out + n, r->out_len);
	}
}

static inline void relay_decode(struct relay_stream *r, const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!r->record) {
			r->record = p[i];
		} else {
			r->in[r->in_len++] = p[i] ^ RELAY_KEY;
			r->record--;
		}
}

/* Moves what it can, both ways. */
static inline void relay_pump(struct relay_stream *r)
{
	uint8_t raw[200];
	relay_flush(r);
	while (!r->ended && !r->error && r->in_len + sizeof raw <= sizeof r->in) {
		int n = stream_recv(r->below, raw, relay_random(r, sizeof raw) + 1);
		if (n == -EAGAIN)
			return;
		if (n > 0)
			relay_decode(r, raw, (size_t)n);
		else if (n == 0)
			r->ended = true;
		else
			r->error = n;
	}
}

static inline int relay_send(struct stream *s, const void *buf, size_t len)
{
	struct relay_stream *r = relay_of(s);
	relay_flush(r);
	if (r->error)
		return r->error;
	if (r->out_len)
		return -EAGAIN;
	if (stream_events(r->below) & SOCK_OUT) {
		size_t part = relay_random(r, 255) + 1;
		if (part > len)
			part = len;
		if (!part)
			return 0;
		r->out[0] = (uint8_t)part;
		for (size_t i = 0; i < part; i++)
			r->out[1 + i] = ((const uint8_t *)buf)[i] ^ RELAY_KEY;
		r->out_len = 1 + part;
		relay_flush(r);
		return (int)part;
	}
	return -EAGAIN;
}

static inline int relay_peek(struct stream *s, void *buf, size_t len)
{
	struct relay_stream *r = relay_of(s);
	relay_pump(r);
	if (r->in_len) {
		len = len < r->in_len ? len : r->in_len;
		memcpy(buf, r->in, len);
		return (int)len;
	}
	return r->error ? r->error : r->ended ? 0 : -EAGAIN;
}

static inline int relay_recv(struct stream *s, void *buf, size_t len)
{
	struct relay_stream *r = relay_of(s);
	int n = relay_peek(s, buf, len);
	if (n > 0) {
		r->in_len -= (size_t)n;
		memmove(r->in, r->in + n, r->in_len);
	}
	return n;
}

static inline int relay_shutdown(struct stream *s)
{
	relay_flush(relay_of(s));
	return stream_shutdown(relay_of(s)->below);
}

static inline void relay_close(struct stream *s, bool abort)
{
	struct relay_stream *r = relay_of(s);
	relay_flush(r);
	if (abort)
		stream_abort(r->below);
	else
		stream_close(r->below);
	r->let_go(r);
}

static inline unsigned relay_events(struct stream *s)
{
	struct relay_stream *r = relay_of(s);
	unsigned ev = 0;
	relay_pump(r);
	if (r->in_len || r->ended || r->error)
		ev |= SOCK_IN;
	if (r->ended)
		ev |= SOCK_HUP;
	if (r->error)
		ev |= SOCK_ERR;
	if (!r->out_len && !r->error)
		ev |= stream_events(r->below) & SOCK_OUT;
	return ev;
}

static inline int relay_error(const struct stream *s)
{
	return relay_of(s)->error ? relay_of(s)->error : stream_error(relay_of(s)->below);
}

static inline int relay_sock(const struct stream *s)
{
	return stream_sock(relay_of(s)->below);
}

/* In r, which is all zero. */
static inline struct stream *relay_init(struct relay_stream *r, struct stream *below, uint32_t seed,
					void (*let_go)(void *r))
{
	static const struct stream_ops ops = {
		.send = relay_send, .recv = relay_recv, .peek = relay_peek, .shutdown = relay_shutdown,
		.close = relay_close, .events = relay_events, .error = relay_error, .sock = relay_sock,
	};
	r->stream.ops = &ops;
	r->below = below;
	r->rng = seed;
	r->let_go = let_go;
	return &r->stream;
}

static inline struct stream *relay_on(struct stream *below, uint32_t seed)
{
	return relay_init(calloc(1, sizeof(struct relay_stream)), below, seed, free);
}

#endif
