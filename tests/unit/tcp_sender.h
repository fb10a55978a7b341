/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For tests of the receive window: a download from a sender that behaves like
 * the big stacks - slow start, additive increase, 0.7 at a loss, SACK with
 * loss detection by time and a tail loss probe (RFC 8985), a retransmission
 * time-out of at least 200 ms - over a path with delay, random loss and the
 * ring of a card that is polled.  All of it in simulated time.
 */
#ifndef TESTS_UNIT_TCP_SENDER_H
#define TESTS_UNIT_TCP_SENDER_H

#include "tests/unit/tcp_peer.h"

#define SENDER_SEGS 24000u
#define SENDER_MSS 1448u
#define SENDER_RTO_MIN 200000u

struct path {
	uint64_t delay_us;		/* each way */
	unsigned loss;			/* of data, in 1/10000 */
	unsigned ring;			/* frames the card holds; 0: any number */
	unsigned wire_us;		/* a frame takes so long on the wire */
	unsigned take_us, send_us;	/* what the ROM takes for a frame in, and out */
	unsigned reorder;		/* 1/10000 come later by 3 frames' time */
	unsigned outage_from, outage_to;	/* segments in between are lost the first time */
	unsigned late_us;		/* ACKs of requests that came so late, before the download */
	unsigned stubborn;		/* segments in flight that no loss reduces, as BBR does; 0: a Reno */
};

struct sender_seg {
	uint64_t sent_us;
	bool arrived, lost, flying;	/* arrived: acknowledged or SACKed */
	unsigned times;
};

static struct {
	struct path path;
	unsigned segs, una, nxt, limit;	/* limit: first segment outside the peer's window */
	struct sender_seg seg[SENDER_SEGS];
	double cwnd, ssthresh;
	unsigned flying, lost_waiting, recover;
	bool recovering;
	uint64_t rack_us, min_rtt_us, srtt_us, rttvar_us, rto_us, rto_at, probe_at;
	uint64_t wire_free_us;
	/* on their way */
	struct { uint64_t at_us; unsigned seg; } data[1 << 15];
	unsigned data_head, data_count;
	struct { uint64_t at_us; struct caught c; } acks[1 << 10];
	unsigned ack_head, ack_count;
	unsigned ring[4096], ring_count;
	/* results */
	unsigned sent, resent, overruns, timeouts;
	unsigned cwnd_max;
	/* the window's right edge; the smallest wnd_max; the largest window told */
	uint32_t edge, wnd_min, wnd_told;
} S;

static void sender_put(uint64_t at, unsigned seg)
{
	unsigned i = S.data_head + S.data_count++;
	assert_true(S.data_count < 1 << 15);
	for (; i > S.data_head && S.data[(i - 1) & 0x7fff].at_us > at; i--)
		S.data[i & 0x7fff] = S.data[(i - 1) & 0x7fff];
	S.data[i & 0x7fff].at_us = at;
	S.data[i & 0x7fff].seg = seg;
}

static void sender_emit(uint64_t now, unsigned i)
{
	struct sender_seg *g = &S.seg[i];
	uint64_t at;

	if (g->lost)
		S.lost_waiting--;
	g->lost = false;
	g->flying = true;
	g->sent_us = now;
	S.flying++;
	S.sent++;
	S.resent += g->times++ > 0;
	if (S.wire_free_us < now)
		S.wire_free_us = now;
	S.wire_free_us += S.path.wire_us;
	at = S.wire_free_us + S.path.delay_us;
	if (wire_chance(&P.w, S.path.reorder))
		at += 3 * S.path.wire_us + 1;
	if (!wire_chance(&P.w, S.path.loss) && (g->times > 1 || i < S.path.outage_from || i >= S.path.outage_to))
		sender_put(at, i);
	if (!S.rto_at)
		S.rto_at = now + S.rto_us;
	S.probe_at = now + 2 * S.srtt_us;
}

static void sender_send(uint64_t now)
{
	while (S.flying < (unsigned)S.cwnd) {
		unsigned i = S.una;
		if (S.lost_waiting) {
			while (!S.seg[i].lost)
				i++;
		} else if (S.nxt < S.segs && S.nxt < S.limit) {
			i = S.nxt++;
		} else {
			break;
		}
		sender_emit(now, i);
	}
	if (S.cwnd_max < (unsigned)S.cwnd)
		S.cwnd_max = (unsigned)S.cwnd;
}

static void sender_lose(unsigned i)
{
	S.seg[i].flying = false;
	S.seg[i].lost = true;
	S.flying--;
	S.lost_waiting++;
}

static void sender_arrived(unsigned i, uint64_t now)
{
	struct sender_seg *g = &S.seg[i];

	if (g->arrived)
		return;
	g->arrived = true;
	if (g->flying)
		S.flying--;
	if (g->lost)
		S.lost_waiting--;
	g->flying = g->lost = false;
	if (g->sent_us > S.rack_us)
		S.rack_us = g->sent_us;
	if (g->times == 1) {
		uint64_t rtt = now - g->sent_us;
		if (!S.srtt_us) {
			S.srtt_us = S.min_rtt_us = rtt;
			S.rttvar_us = rtt / 2;
		}
		S.rttvar_us = (3 * S.rttvar_us + (rtt > S.srtt_us ? rtt - S.srtt_us : S.srtt_us - rtt)) / 4;
		S.srtt_us = (7 * S.srtt_us + rtt) / 8;
		if (rtt < S.min_rtt_us)
			S.min_rtt_us = rtt;
		S.rto_us = S.srtt_us + (4 * S.rttvar_us > SENDER_RTO_MIN ? 4 * S.rttvar_us : SENDER_RTO_MIN);
	}
}

static void sender_ack(uint64_t now, const struct caught *c)
{
	unsigned ack = (c->ack - P.iss - 1 + SENDER_MSS - 1) / SENDER_MSS, before = S.una, fresh = 0;
	unsigned limit = (c->ack - P.iss - 1 + (c->wnd << TCP_WND_SCALE)) / SENDER_MSS;
	bool full = S.flying + 1 >= (unsigned)S.cwnd;

	if (limit > S.limit)
		S.limit = limit;
	for (unsigned i = S.una; i < ack; i++, fresh++)
		sender_arrived(i, now);
	for (unsigned b = 0; b < c->opt.sack_count; b++)
		for (unsigned i = (c->opt.sack[b].lo - P.iss - 1) / SENDER_MSS;
			i < (c->opt.sack[b].hi - P.iss - 1) / SENDER_MSS; i++) {
			fresh += !S.seg[i].arrived;
			sender_arrived(i, now);
		}
	if (ack > S.una)
		S.una = ack;
	for (unsigned i = S.una; i < S.nxt; i++)
		if (S.seg[i].flying && S.seg[i].sent_us + S.min_rtt_us / 4 < S.rack_us)
			sender_lose(i);
	if (S.recovering && S.una >= S.recover)
		S.recovering = false;
	if (S.lost_waiting && !S.recovering) {
		S.recovering = true;
		S.recover = S.nxt;
		S.ssthresh = S.cwnd * 0.7 > 2 ? S.cwnd * 0.7 : 2;
		if (!S.path.stubborn)
			S.cwnd = S.ssthresh;
	} else if (full && (!S.recovering || S.path.stubborn)) {
		S.cwnd += S.cwnd < S.ssthresh || S.path.stubborn ? fresh : fresh / S.cwnd;
	}
	if (S.path.stubborn && S.cwnd > S.path.stubborn)
		S.cwnd = S.path.stubborn;
	S.probe_at = now + 2 * S.srtt_us;
	if (S.una > before)
		S.rto_at = S.flying || S.una < S.nxt ? now + S.rto_us : 0;
	sender_send(now);
}

static void sender_timeout(uint64_t now)
{
	S.timeouts++;
	for (unsigned i = S.una; i < S.nxt; i++)
		if (S.seg[i].flying)
			sender_lose(i);
	S.ssthresh = S.cwnd / 2 > 2 ? S.cwnd / 2 : 2;
	S.cwnd = 1;
	S.recovering = true;
	S.recover = S.nxt;
	S.rto_us *= 2;
	S.rto_at = now + S.rto_us;
	sender_send(now);
}

/* No answer for two round trips: the last segment again, so that loss shows without a time-out. */
static void sender_probe(uint64_t now)
{
	unsigned i = S.nxt - 1;

	while (S.seg[i].arrived)
		i--;
	if (S.seg[i].flying)
		sender_lose(i);
	sender_emit(now, i);
	S.probe_at = 0;
}

static uint64_t sender_next(void)
{
	uint64_t next = S.rto_at ? S.rto_at : UINT64_MAX;

	if (S.srtt_us && S.probe_at && S.una < S.nxt && S.probe_at < next)
		next = S.probe_at;
	if (S.ack_count && S.acks[S.ack_head].at_us < next)
		next = S.acks[S.ack_head].at_us;
	return next;
}

/* What happens at the sender and on the way until now. */
static void sender_until(uint64_t now)
{
	for (;;) {
		uint64_t next = sender_next(), data = S.data_count ? S.data[S.data_head].at_us : UINT64_MAX;
		if (data <= now && data <= next) {
			unsigned seg = S.data[S.data_head].seg;
			S.data_head = (S.data_head + 1) & 0x7fff;
			S.data_count--;
			if (S.path.ring && S.ring_count >= S.path.ring)
				S.overruns++;
			else
				S.ring[S.ring_count++] = seg;
		} else if (next <= now && S.ack_count && next == S.acks[S.ack_head].at_us) {
			struct caught c = S.acks[S.ack_head].c;
			S.ack_head = (S.ack_head + 1) & 0x3ff;
			S.ack_count--;
			sender_ack(next, &c);
		} else if (next <= now && next == S.rto_at) {
			sender_timeout(next);
		} else if (next <= now) {
			sender_probe(next);
		} else {
			return;
		}
	}
}

static uint32_t memory_end(void)
{
	return P.iss + 1 + S.segs * SENDER_MSS + NET->tcp.conns->ring_len;
}

/* The stack's ACKs go on their way; each costs the machine time. */
static void collect_acks(void)
{
	struct caught c;
	uint32_t edge;

	while (peer_next(&c)) {
		unsigned at = (S.ack_head + S.ack_count++) & 0x3ff;
		assert_true(S.ack_count < 1 << 10);
		edge = c.ack + (c.wnd << TCP_WND_SCALE);
		/* RFC 9293 3.8.6: never back; RFC 7323 2.4: but for the rounding, where memory ends */
		assert_false(S.edge && seq_lt(edge, S.edge) && seq_le(edge + (1u << TCP_WND_SCALE), memory_end()));
		S.edge = seq_max(S.edge, edge);
		assert_true(seq_le(edge, memory_end()));
		if (c.wnd << TCP_WND_SCALE > S.wnd_told)
			S.wnd_told = c.wnd << TCP_WND_SCALE;
		P.w.now_us += S.path.send_us;
		S.acks[at].at_us = P.w.now_us + S.path.delay_us;
		S.acks[at].c = c;
	}
}

/* The machine drains its card: up to 16 frames, then the end of the batch. */
static void machine_turn(void)
{
	static const uint8_t zero[SENDER_MSS];

	for (unsigned i = 0; i < 16 && S.ring_count; i++) {
		unsigned seg = S.ring[0];
		memmove(S.ring, S.ring + 1, --S.ring_count * sizeof S.ring[0]);
		P.w.now_us += S.path.take_us;
		P.tsval = (uint32_t)(P.w.now_us / 1000) + 1000;
		peer_send(P.iss + 1 + seg * SENDER_MSS, P.irs + 1, TCP_ACK, zero, SENDER_MSS);
		sender_until(P.w.now_us);
	}
	net_poll(NET, P.w.now_us);
	collect_acks();
	sender_until(P.w.now_us);
	if (NET->tcp.conns->wnd_max < S.wnd_min)
		S.wnd_min = NET->tcp.conns->wnd_max;
}

/* Downloads segs segments on a new connection: microseconds. */
static uint64_t sender_download(struct path path, unsigned segs)
{
	uint64_t begun;
	uint8_t *place = malloc((size_t)segs * SENDER_MSS);

	assert_true(place && segs <= SENDER_SEGS);
	memset(&S, 0, sizeof S);
	P.rtt_us = 2 * path.delay_us;
	peer_connect_to_us(0);
	for (unsigned i = 0; path.late_us && i < 20; i++)
		tcp_rtt_sample(NET->tcp.conns, path.late_us);
	begun = P.w.now_us;
	P.no_poll = true;
	assert_int_equal(sock_sink(NET, P.s, place, (size_t)segs * SENDER_MSS), 0);
	S.path = path;
	S.segs = segs;
	S.limit = P.syn_wnd / SENDER_MSS;
	S.cwnd = 10;
	S.ssthresh = 1e9;
	S.rto_us = 1000000;
	S.wnd_min = UINT32_MAX;
	sender_send(begun);
	while (sock_sink_done(NET, P.s) < (size_t)segs * SENDER_MSS) {
		if (!S.ring_count) {
			uint64_t next = sender_next(), timer = net_next_timer(NET);
			if (S.data_count && S.data[S.data_head].at_us < next)
				next = S.data[S.data_head].at_us;
			if (timer < next)
				next = timer;
			if (next > P.w.now_us)
				P.w.now_us = next;
			sender_until(P.w.now_us);
		}
		machine_turn();
		assert_true(P.w.now_us - begun < 600000000u);
	}
	P.no_poll = false;
	free(place);
	return P.w.now_us - begun;
}

#endif
