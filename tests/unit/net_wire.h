/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For tests of net/: hosts (a stack with one device each) on one simulated
 * wire with a simulated clock, which loses, delays, reorders, duplicates and
 * corrupts frames by a seeded generator.  Memory handed to the stacks is
 * counted, so that a test can see that all of it comes back.
 */
#ifndef TESTS_UNIT_NET_WIRE_H
#define TESTS_UNIT_NET_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/net.h"
#include "tests/unit/v4.h"

#define WIRE_HOSTS 2
#define WIRE_FRAMES 4096

struct wire;

struct host {
	struct net net;
	struct netdev dev;
	struct wire *wire;
	unsigned index;
	size_t allocs, alloc_bytes;	/* outstanding */
	size_t alloc_limit;		/* bytes; beyond it alloc fails */
	unsigned wakes, events;
	unsigned batch;			/* frames given before each net_poll; 0: all that are due */
};

struct wire_frame {
	uint64_t due_us, order;
	unsigned to;
	size_t len;
	uint8_t *data;
};

struct wire {
	struct host host[WIRE_HOSTS];
	uint64_t now_us, order;
	uint64_t rng;
	/* what happens to frames, in 1/10000 */
	unsigned loss, dup, reorder, corrupt;
	uint64_t delay_us;
	uint64_t dead_from_us, dead_to_us;	/* blackout */
	/* called for every frame sent; false drops it */
	bool (*tap)(struct wire *w, unsigned from, const uint8_t *frame, size_t len);
	void *tap_ctx;
	struct wire_frame frames[WIRE_FRAMES];
	unsigned count;
	uint64_t sent, lost;
};

static inline uint32_t wire_random(struct wire *w)
{
	w->rng ^= w->rng << 13;
	w->rng ^= w->rng >> 7;
	w->rng ^= w->rng << 17;
	return (uint32_t)(w->rng >> 16);
}

static inline bool wire_chance(struct wire *w, unsigned per_10000)
{
	return per_10000 && wire_random(w) % 10000 < per_10000;
}

static inline uint32_t wire_op_random(void *ctx)
{
	struct host *h = ctx;
	return wire_random(h->wire);
}

static inline void *wire_op_alloc(void *ctx, size_t len)
{
	struct host *h = ctx;
	void *p;
	if (h->alloc_limit && h->alloc_bytes + len > h->alloc_limit)
		return NULL;
	p = malloc(len ? len : 1);
	memset(p, 0xa5, len);
	h->allocs++;
	h->alloc_bytes += len;
	return p;
}

static inline void wire_op_free(void *ctx, void *p, size_t len)
{
	struct host *h = ctx;
	h->allocs--;
	h->alloc_bytes -= len;
	memset(p, 0x5a, len);
	free(p);
}

static inline void wire_op_wake(void *ctx, int sock)
{
	struct host *h = ctx;
	(void)sock;
	h->wakes++;
}

static inline void wire_op_event(void *ctx, const char *text)
{
	struct host *h = ctx;
	(void)text;
	h->events++;
}

/* ARP has no checksum of its own: what is corrupt there would be believed, and the card's CRC has to find it. */
static inline bool is_arp(const uint8_t *frame)
{
	return frame[12] == 0x08 && frame[13] == 0x06;
}

static inline void wire_put(struct wire *w, unsigned to, const uint8_t *frame, size_t len, uint64_t due_us)
{
	struct wire_frame *f = &w->frames[w->count];
	if (w->count == WIRE_FRAMES) {
		w->lost++;
		return;
	}
	w->count++;
	*f = (struct wire_frame){ .due_us = due_us, .order = w->order++, .to = to, .len = len, .data = malloc(len) };
	memcpy(f->data, frame, len);
	if (wire_chance(w, w->corrupt) && len > 14) {
		size_t at = 14 + wire_random(w) % (len - 14);
		uint8_t bit = (uint8_t)(1u << wire_random(w) % 8);
		if (!is_arp(frame))
			f->data[at] ^= bit;
	}
}

static inline int wire_transmit(struct netdev *dev, const void *frame, size_t len)
{
	struct host *h = dev->priv;
	struct wire *w = h->wire;
	uint64_t due = w->now_us + w->delay_us;

	w->sent++;
	if (w->tap && !w->tap(w, h->index, frame, len))
		return 0;
	if (wire_chance(w, w->loss) || (w->now_us >= w->dead_from_us && w->now_us < w->dead_to_us)) {
		w->lost++;
		return 0;
	}
	if (wire_chance(w, w->reorder))
		due += wire_random(w) % (4 * w->delay_us + 1000);
	wire_put(w, !h->index, frame, len, due);
	if (wire_chance(w, w->dup))
		wire_put(w, !h->index, frame, len, due + wire_random(w) % (w->delay_us + 500));
	return 0;
}

static const struct netdev_ops wire_ops = { .transmit = wire_transmit };

#define HOST_IP(i) (0x0a000001u + (uint32_t)(i))

static inline void wire_init(struct wire *w, uint64_t seed)
{
	memset(w, 0, sizeof *w);
	w->rng = seed * 0x9e3779b97f4a7c15u + 1;
	w->delay_us = 500;
	w->now_us = 1000;
	for (unsigned i = 0; i < WIRE_HOSTS; i++) {
		struct host *h = &w->host[i];
		struct net_ops ops = { wire_op_random, wire_op_alloc, wire_op_free, wire_op_wake, wire_op_event, h };
		h->wire = w;
		h->index = i;
		h->dev = (struct netdev){ .name = { i ? 'b' : 'a' }, .mac = { 2, 0, 0, 0, 0, (uint8_t)(i + 1) },
			.mtu = 1500, .link_up = true, .ops = &wire_ops, .priv = h };
		net_init(&h->net, &ops);
		link_add(&h->net, &h->dev);
		h->net.now_us = w->now_us;
		link_configure(&h->net, link_get(&h->net, 0), V4(HOST_IP(i)), 24);
	}
}

static inline void wire_drop_all(struct wire *w)
{
	while (w->count)
		free(w->frames[--w->count].data);
}

/* Frees everything; true if both stacks gave all memory back. */
static inline bool wire_done(struct wire *w)
{
	bool clean = true;
	for (unsigned i = 0; i < WIRE_HOSTS; i++) {
		net_destroy(&w->host[i].net);
		clean = clean && !w->host[i].allocs && !w->host[i].alloc_bytes;
	}
	wire_drop_all(w);
	return clean;
}

static inline int wire_first(const struct wire *w, unsigned to)
{
	int best = -1;
	for (unsigned i = 0; i < w->count; i++) {
		const struct wire_frame *f = &w->frames[i];
		if (f->to == to && f->due_us <= w->now_us &&
		    (best < 0 || f->due_us < w->frames[best].due_us ||
		     (f->due_us == w->frames[best].due_us && f->order < w->frames[best].order)))
			best = (int)i;
	}
	return best;
}

/* Gives each host what is due and polls it. */
static inline void wire_deliver(struct wire *w)
{
	for (unsigned i = 0; i < WIRE_HOSTS; i++) {
		struct host *h = &w->host[i];
		unsigned given = 0;
		int at;
		while ((at = wire_first(w, i)) >= 0) {
			struct wire_frame f = w->frames[at];
			w->frames[at] = w->frames[--w->count];
			net_input(&h->net, &h->dev, f.data, f.len, w->now_us);
			free(f.data);
			if (h->batch && ++given % h->batch == 0)
				net_poll(&h->net, w->now_us);
		}
		net_poll(&h->net, w->now_us);
	}
}

/* Goes to the next thing that happens, at most to limit_us: false when nothing does until then. */
static inline bool wire_step(struct wire *w, uint64_t limit_us)
{
	uint64_t next = limit_us;
	for (unsigned i = 0; i < w->count; i++)
		if (w->frames[i].due_us < next)
			next = w->frames[i].due_us;
	for (unsigned i = 0; i < WIRE_HOSTS; i++) {
		uint64_t t = net_next_timer(&w->host[i].net);
		if (t < next)
			next = t;
	}
	if (next > w->now_us)
		w->now_us = next;
	wire_deliver(w);
	return w->now_us < limit_us;
}

static inline void wire_run(struct wire *w, uint64_t us)
{
	uint64_t limit = w->now_us + us;
	while (wire_step(w, limit))
		;
}

#endif
