/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SYN cookies (RFC 4987 3.6): our first sequence number is a keyed hash of the
 * connection, the peer's first number and the time, and in its low byte what
 * the SYN said of options.  The ACK that ends the handshake brings it back,
 * and so the half-open connection need not be remembered.  Leaves out
 * what the byte has no place for: an MSS and a window scale between the steps
 * below count as the next lower step, which costs speed only.
 */
#include "net/net.h"

#define SACK_OK 0x80u
#define TS 0x40u

static const uint16_t mss_step[8] = { TCP_MSS_MIN, 256, TCP_MSS_DEFAULT, 1200, 1360, 1400, 1440, 1460 };
static const uint8_t scale_step[7] = { 0, 2, 4, 6, 7, 8, 10 };	/* as 1 to 7; 0: there is no such option */

static uint32_t mac(const struct net *n, const struct tcp_seg *g, uint32_t irs, uint32_t turn, uint8_t said)
{
	uint32_t ports = (uint32_t)g->dst_port << 16 | g->src_port;

	return net_hash(n, g->dst->v4, g->src->v4, ports, net_hash(n, irs, turn, said, 3)) & ~0xffu;
}

static uint32_t turn_now(const struct net *n)
{
	return (uint32_t)(n->now_us / TCP_COOKIE_TURN);
}

static uint8_t pack(const struct tcp_seg *g)
{
	uint32_t mss = g->mss ? g->mss : TCP_MSS_DEFAULT;
	unsigned m = 7, s = 0;

	while (m && mss_step[m] > mss)
		m--;
	if (g->has_scale)
		for (s = 7; scale_step[s - 1] > g->scale; )
			s--;
	return (uint8_t)((g->has_sack_ok ? SACK_OK : 0) | (g->has_ts ? TS : 0) | m << 3 | s);
}

static void unpack(uint8_t said, struct tcp_seg *syn)
{
	syn->has_sack_ok = said & SACK_OK;
	syn->has_ts = said & TS;
	syn->mss = mss_step[said >> 3 & 7];
	syn->has_scale = said & 7;
	syn->scale = said & 7 ? scale_step[(said & 7) - 1] : 0;
}

uint32_t tcp_cookie(const struct net *n, const struct tcp_seg *g)
{
	uint8_t said = pack(g);

	return mac(n, g, g->seq, turn_now(n), said) | said;
}

bool tcp_cookie_holds(const struct net *n, const struct tcp_seg *g, struct tcp_seg *syn)
{
	uint32_t cookie = g->ack - 1, irs = g->seq - 1, turn = turn_now(n);
	uint8_t said = (uint8_t)cookie;

	if (n->now_us >= n->tcp.cookies_until || (g->flags & (TCP_SYN | TCP_RST | TCP_ACK)) != TCP_ACK ||
	    ((cookie ^ mac(n, g, irs, turn, said)) >> 8 && (cookie ^ mac(n, g, irs, turn - 1, said)) >> 8))
		return false;
	*syn = (struct tcp_seg){
		.src = g->src, .dst = g->dst, .src_port = g->src_port, .dst_port = g->dst_port, .flags = TCP_SYN,
		.seq = irs, .wnd = g->wnd, .tsval = g->tsval };
	unpack(said, syn);
	return true;
}
