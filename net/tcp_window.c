/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How large a receive window may be besides what memory bears: tcp.h's
 * wnd_max.  Called by tcp.c and tcp_recv.c.
 *
 * Behind UNDI a card has a ring of 8 to 256 frames, and nothing tells how
 * many.  Of a burst that the ring cannot hold the rest is lost.  A sender that
 * reduces its flight at each loss finds the size by itself; one that does not
 * (BBR) loses the same share in every round trip, for ever.  Measured with
 * iPXE's ROMs in QEMU, 256 KiB of window and Linux's BBR: vmxnet3 lost 38 % of
 * what was sent, ne2k_pci 35 %, pcnet 16 % with stalls.
 *
 * Loss on the way looks different: it has no regard for the window, and is
 * rarely so high; where it is, all senders but BBR keep little in flight:
 * by RFC 5681 about 1.2 / sqrt(p) segments, 4 at one of eleven.  So:
 *
 *  - Loss is measured in rounds, each a window long: bytes of holes that
 *    appeared, as a share of the bytes that came.  Of the
 *    past, the last eight rounds count most.
 *  - When both the past and the last round have lost 3 of 32 or more, the
 *    window shrinks by a quarter, or by half if a quarter was lost, down to
 *    TCP_WND_MIN_SEGS segments.  One bad round alone, from a slow start that
 *    went too far or a short outage, does not make the past bad; nor do 1 or
 *    5 % of loss at random.
 *  - It grows again by a quarter after some windows without such a round; the
 *    more often it had to shrink, the more of them.  The next connection
 *    by way of the same card (netdev.h, wnd_learnt) starts from what this
 *    one has learnt.
 *
 * Above TCP_WND_START, where a larger window serves long paths only, a
 * single hole halves it; it doubles while nothing is lost.  Above TCP_WND_NEAR
 * it does so only while about half of it or more comes in a round trip of the
 * idle path: where less comes, something else holds the sender back, and more
 * on the way would wait in queues and be lost there.
 *
 * A card may say that more than so many frames at once do harm (netdev.h,
 * rx_flight): no window of a connection by way of it is larger, whatever is
 * lost or not.  VLANs share their card's ring, so they share both.
 *
 * The right edge told never moves back: a smaller window comes about by
 * bytes that are acknowledged and not offered anew.
 */
#include "net/net.h"

#define SMALL_PATIENCE 5u	/* 32 windows: of what is lost in a try to grow, that makes 1 % */

static uint32_t start_size(const struct tcp_conn *c)
{
	return c->ring_len > TCP_WND_START ? c->ring_len : TCP_WND_START;
}

static uint32_t capped(const struct tcp_conn *c, uint32_t size)
{
	/* not rounded up when it is told */
	uint32_t cap = c->dev->rx_flight * TCP_FLIGHT_SEG >> TCP_WND_SCALE << TCP_WND_SCALE;

	return cap && size > cap ? cap : size;
}

void tcp_window_init(struct tcp_conn *c)
{
	c->wnd_max = capped(c, start_size(c));
	if (c->dev->wnd_learnt) {
		c->wnd_max = c->dev->wnd_learnt;
		c->losses = SMALL_PATIENCE;
	}
	c->past_len = 8 * c->wnd_max;
	c->rtt_min_us = UINT32_MAX;
}

/* In whole segments, so that none is sent in two frames for the edge's sake. */
static void set_size(struct tcp_conn *c, uint32_t size)
{
	uint32_t seg = c->seg_max > TCP_MSS_MIN ? c->seg_max : c->rcv_mss, segs = size / seg;

	c->wnd_max = capped(c, size < TCP_WND_START ? (segs > TCP_WND_MIN_SEGS ? segs : TCP_WND_MIN_SEGS) * seg : size);
	c->wnd_good = 0;
	c->dev->wnd_learnt = size < TCP_WND_START ? c->wnd_max : 0;
}

static void patience(struct tcp_conn *c)
{
	c->wnd_good = 0;
	if (c->losses < TCP_LOSSES_MAX)
		c->losses++;
}

static bool is_bad(uint32_t lost, uint32_t len)
{
	return 32 * lost >= 3 * len;
}

/* All of a round has come, of len bytes. */
static void end_round(struct tcp_conn *c, uint32_t len)
{
	uint32_t lost = c->round_lost < len ? c->round_lost : len;

	c->past_lost += lost - c->past_lost / 8;
	c->past_len += len - c->past_len / 8;
	c->round_start = c->rcv_nxt;
	c->round_lost = 0;
	if (lost && is_bad(lost, len) && is_bad(c->past_lost, c->past_len)) {
		uint32_t part = 4 * lost < len ? 4 : 2;
		patience(c);
		set_size(c, c->wnd_max - c->wnd_max / part);
		c->past_lost -= c->past_lost / part;	/* rounds are shorter now */
		c->past_len -= c->past_len / part;
	}
	c->round_end = c->rcv_nxt + c->wnd_max;
}

/* What comes in a round trip of the idle path. */
static void measure(const struct net *n, struct tcp_conn *c)
{
	if (n->now_us - c->rtt_start_us < c->rtt_min_us)
		return;
	c->rtt_len = c->rcv_nxt - c->rtt_start;
	c->rtt_start = c->rcv_nxt;
	c->rtt_start_us = n->now_us;
}

void tcp_window_good(const struct net *n, struct tcp_conn *c, uint32_t len)
{
	uint32_t start = start_size(c), limit = TCP_WND_NEAR, more, wait = c->losses;

	if (seq_le(c->round_end, c->rcv_nxt))
		end_round(c, c->rcv_nxt - c->round_start);
	c->wnd_good += len;
	measure(n, c);
	more = c->wnd_max;
	if (c->wnd_max < start) {
		limit = start;
		more = c->wnd_max / 4;
		wait = wait < SMALL_PATIENCE ? wait : SMALL_PATIENCE;
	} else if (c->wnd_max >= TCP_WND_NEAR && 2 * c->rtt_len >= c->wnd_max - c->wnd_max / 8) {
		limit = TCP_WND_LIMIT;
	}
	if (c->wnd_max < limit && c->wnd_good >= c->wnd_max << wait)
		set_size(c, more < limit - c->wnd_max ? c->wnd_max + more : limit);
}

void tcp_window_hole(struct tcp_conn *c, uint32_t len, bool first)
{
	uint32_t start = start_size(c);

	c->round_lost += len;
	if (!first || c->wnd_max < start)
		return;
	patience(c);
	c->wnd_max = c->wnd_max / 2 > start ? c->wnd_max / 2 : start;
}
