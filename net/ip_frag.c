/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reassembly of IPv4 datagrams (RFC 791 3.2, RFC 815's idea of a list), with
 * bounds on their number, length and age.  A fragment that overlaps another
 * in part spoils the datagram, as RFC 5722 has it for IPv6: no honest sender
 * makes one.  Called by ip.c.
 */
#include <string.h>

#include "net/bytes.h"
#include "net/net.h"

#define BUF_LEN (IP_HEADER + FRAG_LEN_MAX)

void frag_release(struct net *n, struct frag *f)
{
	net_free(n, f->buf, BUF_LEN);
	f->buf = NULL;
}

static struct frag *find(struct net *n, const struct ip_rx *rx, uint16_t id)
{
	for (struct frag *f = n->ip.frags; f < n->ip.frags + FRAG_DATAGRAMS; f++)
		if (f->buf && f->id == id && f->proto == rx->proto && net_addr_equal(&f->src, &rx->src) &&
		    net_addr_equal(&f->dst, &rx->dst))
			return f;
	return NULL;
}

/* Somebody here has asked a: it is a UDP socket's peer, or where one sent last, or a ping waits for it. */
static bool awaited(const struct net *n, const struct net_addr *a)
{
	for (const struct sock *s = n->socks; s < n->socks + NET_SOCKS; s++)
		if (s->type == SOCK_UDP && (net_addr_equal(&s->remote, a) || net_addr_equal(&s->sent_to, a)))
			return true;
	for (const struct ping_pending *p = n->icmp.pending; p < n->icmp.pending + PING_PENDING; p++)
		if (p->used && net_addr_equal(&p->dst, a))
			return true;
	return false;
}

/*
 * A slot for a new datagram: when all are taken the oldest one goes, those of
 * strangers before those that are awaited.  NULL: a stranger finds no room, or
 * there is no memory.
 */
static struct frag *claim(struct net *n, const struct ip_rx *rx, uint16_t id)
{
	struct frag *f = n->ip.frags;
	bool kept = f->buf && awaited(n, &f->src);

	for (struct frag *g = f; f->buf && g < n->ip.frags + FRAG_DATAGRAMS; g++) {
		bool keep = g->buf && awaited(n, &g->src);
		if (!g->buf || (keep == kept ? g->deadline_us < f->deadline_us : kept)) {
			f = g;
			kept = keep;
		}
	}
	if (kept && !awaited(n, &rx->src)) {
		net_count(n, CNT_frag_dropped);
		return NULL;
	}
	if (f->buf) {
		net_count(n, CNT_frag_dropped);
		frag_release(n, f);
	}
	memset(f, 0, sizeof *f);
	f->buf = net_alloc(n, BUF_LEN);
	if (!f->buf) {
		net_count(n, CNT_frag_dropped);
		return NULL;
	}
	f->src = rx->src;
	f->dst = rx->dst;
	f->id = id;
	f->proto = rx->proto;
	f->deadline_us = n->now_us + FRAG_TIMEOUT_US;
	return f;
}

/* Whether [offset, end) fits what is known of the datagram; it does not twice for a last fragment elsewhere. */
static bool fits(const struct frag *f, uint32_t offset, uint32_t end, bool more)
{
	const struct ranges *have = &f->have;

	if (ranges_touch(have, offset, end))
		return false;
	if (!more)
		return !f->total && (!have->count || have->r[have->count - 1].hi <= offset);
	return !f->total || end <= f->total;
}

struct frag *frag_input(struct net *n, const struct ip_rx *rx, uint16_t id, uint32_t offset, bool more)
{
	uint32_t end = offset + (uint32_t)rx->len;
	struct frag *f;

	net_count(n, CNT_frag_in);
	if (!rx->len || (more && rx->len % 8) || end > FRAG_LEN_MAX) {
		net_count(n, CNT_frag_bad);
		return NULL;
	}
	f = find(n, rx, id);
	if (!f)
		f = claim(n, rx, id);
	if (!f)
		return NULL;
	if (ranges_cover(&f->have, offset, end)) {
		net_count(n, CNT_frag_duplicate);
		return NULL;
	}
	if (!fits(f, offset, end, more) || !ranges_add(&f->have, offset, end)) {
		net_count(n, CNT_frag_bad);
		frag_release(n, f);
		return NULL;
	}
	memcpy(f->buf + IP_HEADER + offset, rx->data, rx->len);
	if (!offset)
		memcpy(f->buf, rx->packet, IP_HEADER);
	if (!more)
		f->total = end;
	if (!f->total || !ranges_cover(&f->have, 0, f->total))
		return NULL;
	f->buf[0] = 0x45;
	put_be16(f->buf + 2, (uint16_t)(IP_HEADER + f->total));
	put_be16(f->buf + 6, 0);
	net_count(n, CNT_frag_done);
	return f;
}

void frag_timer(struct net *n)
{
	for (struct frag *f = n->ip.frags; f < n->ip.frags + FRAG_DATAGRAMS; f++) {
		if (!f->buf || f->deadline_us > n->now_us)
			continue;
		net_count(n, CNT_frag_timeout);
		frag_release(n, f);
	}
}

uint64_t frag_next_timer(const struct net *n)
{
	uint64_t next = NET_NEVER;

	for (const struct frag *f = n->ip.frags; f < n->ip.frags + FRAG_DATAGRAMS; f++)
		if (f->buf && f->deadline_us < next)
			next = f->deadline_us;
	return next;
}

void frag_flush(struct net *n)
{
	for (struct frag *f = n->ip.frags; f < n->ip.frags + FRAG_DATAGRAMS; f++)
		frag_release(n, f);
}
