/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where received data goes: to its final place in the sink or, behind the
 * sink's end, in the ring, by its offset from rcv_nxt, in order or not.  And
 * the window that follows from the room there.  Called by tcp_input.c,
 * tcp_output.c and sock.c.
 */
#include <errno.h>
#include <string.h>

#include "net/net.h"

static size_t sink_left(const struct tcp_conn *c)
{
	return c->sink_len - c->sink_done;
}

/* Bytes of memory from rcv_nxt on, as far as a window can see. */
static uint32_t memory_room(const struct tcp_conn *c)
{
	size_t sink = sink_left(c);

	if (sink > 0x40000000u)
		sink = 0x40000000u;
	return (uint32_t)sink + c->ring_len - c->ring_used;
}

/* What the peer may send as last told. */
static uint32_t offered(const struct tcp_conn *c)
{
	return seq_lt(c->rcv_nxt, c->rcv_adv) ? c->rcv_adv - c->rcv_nxt : 0;
}

/* What might be told now: no more than memory, and not less than was told while memory lasts. */
static uint32_t offerable(const struct tcp_conn *c)
{
	uint32_t memory = memory_room(c), room = c->wnd_max;

	if (room > 0xffffu << c->rcv_scale)
		room = 0xffffu << c->rcv_scale;
	if (room < offered(c))
		room = offered(c);
	if (!c->ring)		/* closed by its user: a FIN needs a window to come through, data is answered by RST */
		return offered(c) > c->rcv_mss ? offered(c) : c->rcv_mss;
	return room < memory ? room : memory;
}

/* RFC 9293 3.8.6.2.2, no silly windows: what the edge moves by at the least, of which one or two MSS are enough. */
static uint32_t edge_step(const struct tcp_conn *c, uint32_t enough)
{
	uint32_t half = (c->ring_len < c->wnd_max ? c->ring_len : c->wnd_max) / 2;

	return half < enough ? half : enough;
}

uint32_t tcp_recv_window(struct tcp_conn *c, uint8_t scale)
{
	uint32_t old = offered(c), wnd = offerable(c), unit = 1u << scale, up;

	if (wnd > old && wnd - old < edge_step(c, c->rcv_mss))
		wnd = old;
	/*
	 * In whole units: no segment less than is meant, and no edge that
	 * moves back a little (RFC 7323 2.4), while memory lasts.
	 */
	up = (wnd + unit - 1) & ~(unit - 1);
	if (up <= memory_room(c))
		wnd = up;
	if (wnd >> scale > 0xffff)
		wnd = 0xffffu << scale;
	wnd &= ~(unit - 1);
	c->rcv_adv = seq_max(c->rcv_adv, c->rcv_nxt + wnd);
	return wnd;
}

/* The window has become so much larger that a peer that waits should know. */
static void maybe_update(struct net *n, struct tcp_conn *c)
{
	uint32_t old = offered(c), now = offerable(c);

	if (c->state < TCP_ESTABLISHED || c->fin_rcvd || now - old < edge_step(c, 2u * c->rcv_mss) || old > now / 2)
		return;
	c->ack_now = true;
	tcp_output(n, c);
}

static void to_ring(struct tcp_conn *c, uint32_t at, const uint8_t *p, uint32_t len)
{
	uint32_t first;

	at = (c->ring_head + c->ring_used + at) % c->ring_len;
	first = c->ring_len - at < len ? c->ring_len - at : len;
	memcpy(c->ring + at, p, first);
	memcpy(c->ring, p + first, len - first);
}

static void from_ring(const struct tcp_conn *c, uint32_t at, uint8_t *p, uint32_t len)
{
	uint32_t first;

	at = (c->ring_head + at) % c->ring_len;
	first = c->ring_len - at < len ? c->ring_len - at : len;
	memcpy(p, c->ring + at, first);
	memcpy(p + first, c->ring, len - first);
}

/* Copies bytes that lie offset bytes past rcv_nxt and within memory_room() to their place. */
static void place(struct tcp_conn *c, uint32_t offset, const uint8_t *p, uint32_t len)
{
	size_t left = sink_left(c);

	if (offset < left) {
		uint32_t part = left - offset < len ? (uint32_t)(left - offset) : len;
		memcpy(c->sink + c->sink_done + offset, p, part);
		p += part;
		len -= part;
		offset += part;
	}
	if (len)
		to_ring(c, offset - (uint32_t)left, p, len);
}

/* len more bytes are contiguous. */
static void advance(struct tcp_conn *c, uint32_t len)
{
	uint32_t part = sink_left(c) < len ? (uint32_t)sink_left(c) : len;

	c->rcv_nxt += len;
	c->sink_done += part;
	c->ring_used += len - part;
	if (part && !sink_left(c))
		c->sink_full = true;
}

/* Cuts the segment to what is new and has room: *seq, *p, *len.  False when nothing is left. */
static bool trim(const struct tcp_conn *c, uint32_t *seq, const uint8_t **p, uint32_t *len)
{
	uint32_t edge, room = offered(c);

	if (room > memory_room(c))
		room = memory_room(c);
	edge = c->rcv_nxt + room;
	if (c->fin_held)
		edge = seq_min(edge, c->fin_seq);
	if (seq_lt(*seq, c->rcv_nxt)) {
		uint32_t old = c->rcv_nxt - *seq;
		if (old >= *len)
			return false;
		*seq += old;
		*p += old;
		*len -= old;
	}
	if (!seq_lt(*seq, edge))
		return false;
	if (*len > edge - *seq)
		*len = edge - *seq;
	return *len > 0;
}

static void take_in_order(struct net *n, struct tcp_conn *c, uint32_t seq, const uint8_t *p, uint32_t len)
{
	uint32_t end = seq + len;

	place(c, 0, p, len);
	/* where the hole is filled: on to the end of what is held behind it */
	for (uint32_t i = 0; i < c->held.count && seq_le(c->held.r[i].lo, end); i++)
		end = seq_max(end, c->held.r[i].hi);
	advance(c, end - c->rcv_nxt);
	if (c->held.count)
		c->ack_now = true;
	ranges_drop_before(&c->held, c->rcv_nxt);
	tcp_window_good(n, c, len);
}

static void take_out_of_order(struct net *n, struct tcp_conn *c, uint32_t seq, const uint8_t *p, uint32_t len)
{
	bool first = !c->held.count;
	uint32_t top = first ? c->rcv_nxt : c->held.r[c->held.count - 1].hi;

	c->ack_now = true;
	if (!ranges_add(&c->held, seq, seq + len)) {
		net_count(n, CNT_tcp_ranges_full);
		return;
	}
	if (seq_lt(top, seq))
		tcp_window_hole(c, seq - top, first);
	net_count(n, CNT_tcp_out_of_order);
	place(c, seq - c->rcv_nxt, p, len);
}

/* Takes note of a FIN at seq, unless it contradicts what has come. */
static void note_fin(struct net *n, struct tcp_conn *c, uint32_t seq)
{
	const struct ranges *held = &c->held;

	if (c->fin_held || seq_lt(seq, c->rcv_nxt) || seq_lt(c->rcv_nxt + offered(c), seq) ||
	    (held->count && seq_lt(seq, held->r[held->count - 1].hi))) {
		if (!c->fin_held || seq != c->fin_seq)
			net_count(n, CNT_tcp_unexpected);
		return;
	}
	c->fin_held = true;
	c->fin_seq = seq;
	c->ack_now = true;
}

void tcp_recv_data(struct net *n, struct tcp_conn *c, const struct tcp_seg *g)
{
	uint32_t seq = g->seq, len = g->len, used = c->ring_used, end = seq + len;
	const uint8_t *p = g->data;
	bool full = c->sink_full;

	if (c->fin_rcvd) {
		c->ack_now = true;			/* a FIN or data again: our ACK was lost */
		net_count(n, CNT_tcp_duplicate);
		return;
	}
	if (len > c->seg_max)		/* a card may have joined several */
		c->seg_max = len < c->rcv_mss ? len : c->rcv_mss;
	if (g->flags & TCP_FIN)
		note_fin(n, c, end);
	c->ack_pending = true;
	if (trim(c, &seq, &p, &len)) {
		if (seq + len != end)
			net_count(n, CNT_tcp_out_of_window);
		if (seq == c->rcv_nxt)
			take_in_order(n, c, seq, p, len);
		else
			take_out_of_order(n, c, seq, p, len);
	} else if (g->len) {
		net_count(n, seq_lt(c->rcv_nxt, end) ? CNT_tcp_out_of_window : CNT_tcp_duplicate);
		c->ack_now = true;
	}
	if (c->fin_held && c->rcv_nxt == c->fin_seq) {
		c->rcv_nxt++;
		c->fin_rcvd = true;
		c->ack_now = true;
	}
	if (c->sock >= 0 && (c->ring_used != used || c->sink_full != full))
		net_wake(n, c->sock);
}

size_t tcp_recv_peek(const struct tcp_conn *c, void *buf, size_t len)
{
	uint32_t part = len < c->ring_used ? (uint32_t)len : c->ring_used;

	if (part)
		from_ring(c, 0, buf, part);
	return part;
}

size_t tcp_recv_read(struct net *n, struct tcp_conn *c, void *buf, size_t len)
{
	uint32_t part = (uint32_t)tcp_recv_peek(c, buf, len);

	if (!part)
		return 0;
	c->ring_head = (c->ring_head + part) % c->ring_len;
	c->ring_used -= part;
	maybe_update(n, c);
	return part;
}

/* The sink goes before it is full: what it holds past a hole is lost with it. */
static void drop_sink(struct tcp_conn *c)
{
	if (sink_left(c)) {
		c->held.count = 0;
		c->ring_head = c->ring_used = 0;
	}
	c->sink = NULL;
	c->sink_len = c->sink_done = 0;
	c->sink_full = false;
}

/* Moves what the ring holds of the new sink's bytes, contiguous and past holes, to their place. */
static void move_to_sink(struct tcp_conn *c, uint8_t *base, size_t len)
{
	uint32_t used = c->ring_used < len ? c->ring_used : (uint32_t)len;
	uint32_t ring_start = c->rcv_nxt - c->ring_used;	/* (a FIN counted in rcv_nxt leaves nothing held) */

	from_ring(c, 0, base, used);
	for (uint32_t i = 0; i < c->held.count; i++) {
		uint32_t at = c->held.r[i].lo - ring_start, end = c->held.r[i].hi - ring_start;
		if (at >= len)
			break;
		if (end > len)
			end = (uint32_t)len;
		from_ring(c, at, base + at, end - at);
	}
	c->ring_head = (c->ring_head + (uint32_t)(len % c->ring_len)) % c->ring_len;
	c->ring_used -= used;
	c->sink = base;
	c->sink_len = len;
	c->sink_done = used;
	c->sink_full = used == len;
}

int tcp_recv_sink(struct net *n, struct tcp_conn *c, void *base, size_t len)
{
	if (!base || !len) {
		drop_sink(c);
		return 0;
	}
	if (sink_left(c))
		return -EBUSY;
	if (!c->ring)
		return -ENOTCONN;
	move_to_sink(c, base, len);
	maybe_update(n, c);
	return 0;
}
