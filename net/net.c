/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stack as a whole: set-up, the end of a batch, and
 * what all its files use.  See net.h.
 */
#include "net/net.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "net/udp.h"

void net_init(struct net *n, const struct net_ops *ops)
{
	memset(n, 0, sizeof *n);
	n->ops = *ops;
	net_rekey(n);
	n->ip.next_id = (uint16_t)net_random(n);
}

void net_rekey(struct net *n)
{
	for (unsigned i = 0; i < 4; i++)
		n->secret[i] = net_random(n);
}

void net_destroy(struct net *n)
{
	tcp_destroy(n);
	for (int s = 0; s < NET_SOCKS; s++)
		udp_flush(n, &n->socks[s]);
	for (struct link *l = n->links; l < n->links + n->link_top; l++)
		arp_flush(n, l);
	frag_flush(n);
}

void *net_alloc(struct net *n, size_t len)
{
	void *p = n->ops.alloc(n->ops.ctx, len);

	if (!p)
		net_count(n, CNT_mem_failed);
	return p;
}

void net_free(struct net *n, void *p, size_t len)
{
	if (p)
		n->ops.free(n->ops.ctx, p, len);
}

uint32_t net_random(struct net *n)
{
	return n->ops.random32(n->ops.ctx);
}

bool net_rate_take(const struct net *n, struct net_rate *r, uint32_t per_s)
{
	if (!r->last_us || n->now_us - r->last_us >= 1000000u) {
		r->last_us = n->now_us ? n->now_us : 1;
		r->tokens = per_s;
	}
	if (!r->tokens)
		return false;
	r->tokens--;
	return true;
}

/* Answers a second, each kind. */
static const uint16_t rate_per_s[RATE_KINDS] = {
	[RATE_ICMP_ERROR] = 20, [RATE_ICMP_ECHO] = 200, [RATE_TCP_RST] = 100, [RATE_TIME_WAIT_ACK] = 100,
	[RATE_TCP_SYN] = 5000,
};

bool net_rate_ok(struct net *n, enum net_rate_kind kind)
{
	return net_rate_take(n, &n->rates[kind], rate_per_s[kind]);
}

static uint32_t rotl(uint32_t x, unsigned k)
{
	return x << k | x >> (32 - k);
}

static void sip_round(uint32_t v[4])
{
	v[0] += v[1];
	v[1] = rotl(v[1], 5) ^ v[0];
	v[0] = rotl(v[0], 16);
	v[2] += v[3];
	v[3] = rotl(v[3], 8) ^ v[2];
	v[0] += v[3];
	v[3] = rotl(v[3], 7) ^ v[0];
	v[2] += v[1];
	v[1] = rotl(v[1], 13) ^ v[2];
	v[2] = rotl(v[2], 16);
}

uint32_t net_hash(const struct net *n, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
	const uint32_t word[4] = { a, b, c, d };
	uint32_t v[4] = { n->secret[0], n->secret[1], n->secret[2] ^ 0x6c796765u, n->secret[3] ^ 0x74656462u };

	for (unsigned i = 0; i < 4; i++) {
		v[3] ^= word[i];
		sip_round(v);
		sip_round(v);
		v[0] ^= word[i];
	}
	v[2] ^= 0xff;
	for (unsigned i = 0; i < 4; i++)
		sip_round(v);
	return v[1] ^ v[3];
}

void net_wake(struct net *n, int sock)
{
	if (sock >= 0)
		n->wake_socks |= (uint64_t)1 << sock;
	else
		n->wake_other = true;
}

void net_poll(struct net *n, uint64_t now_us)
{
	uint64_t socks;

	if (now_us > n->now_us)
		n->now_us = now_us;
	link_poll(n);
	arp_timer(n);
	frag_timer(n);
	igmp_timer(n);
	tcp_poll(n);

	socks = n->wake_socks;
	n->wake_socks = 0;
	for (int s = 0; socks; s++, socks >>= 1)
		if (socks & 1)
			n->ops.wake(n->ops.ctx, s);
	if (n->wake_other) {
		n->wake_other = false;
		n->ops.wake(n->ops.ctx, -1);
	}
}

uint64_t net_next_timer(const struct net *n)
{
	uint64_t next = arp_next_timer(n), t = frag_next_timer(n);

	if (n->wake_socks || n->wake_other)
		return n->now_us;
	if (t < next)
		next = t;
	t = igmp_next_timer(n);
	if (t < next)
		next = t;
	t = tcp_next_timer(n);
	return t < next ? t : next;
}

static const char *const counter_names[CNT_KINDS] = {
#define X(name) #name,
	NET_COUNTERS(X)
#undef X
};

const char *net_counter_name(unsigned i)
{
	return i < CNT_KINDS ? counter_names[i] : "";
}
