/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TCP options: MSS (RFC 9293 3.7.1), window scale and timestamps (RFC 7323),
 * SACK (RFC 2018).  Called for every segment in and out.
 */
#include <string.h>

#include "net/bytes.h"
#include "net/cursor.h"
#include "net/net.h"

enum { OPT_END = 0, OPT_NOP = 1, OPT_MSS = 2, OPT_SCALE = 3, OPT_SACK_OK = 4, OPT_SACK = 5, OPT_TS = 8 };

#define SCALE_MAX 14		/* RFC 7323 2.3 */

static void take_sack(const uint8_t *body, size_t len, struct tcp_seg *g)
{
	g->sack_count = 0;
	for (; len >= 8 && g->sack_count < 4; len -= 8, body += 8) {
		struct range *r = &g->sack[g->sack_count++];
		r->lo = get_be32(body);
		r->hi = get_be32(body + 4);
	}
}

static void take_option(uint8_t kind, const uint8_t *body, size_t len, struct tcp_seg *g)
{
	if (kind == OPT_MSS && len == 2) {
		g->mss = get_be16(body);
	} else if (kind == OPT_SCALE && len == 1) {
		g->has_scale = true;
		g->scale = body[0] < SCALE_MAX ? body[0] : SCALE_MAX;
	} else if (kind == OPT_SACK_OK && len == 0) {
		g->has_sack_ok = true;
	} else if (kind == OPT_SACK && len % 8 == 0) {
		take_sack(body, len, g);
	} else if (kind == OPT_TS && len == 8) {
		g->has_ts = true;
		g->tsval = get_be32(body);
		g->tsecr = get_be32(body + 4);
	}
}

bool tcp_options_parse(const uint8_t *p, size_t len, struct tcp_seg *g)
{
	struct cursor c = cur_make(p, len);

	while (cur_left(&c)) {
		uint8_t kind = cur_u8(&c), olen;
		const uint8_t *body;
		if (kind == OPT_END)
			return true;
		if (kind == OPT_NOP)
			continue;
		olen = cur_u8(&c);
		body = olen >= 2 ? cur_bytes(&c, olen - 2u) : NULL;
		if (!body)
			return false;
		take_option(kind, body, olen - 2u, g);
	}
	return true;
}

/* The ranges held, the latest touched first (RFC 2018 4): as many as fit. */
static uint8_t *put_sack(const struct tcp_conn *c, uint8_t *p, unsigned max)
{
	uint8_t *len = p + 3;
	uint32_t before = UINT32_MAX;

	p[0] = p[1] = OPT_NOP;
	p[2] = OPT_SACK;
	p += 4;
	for (; max; max--) {
		const struct range *best = NULL;
		for (const struct range *r = c->held.r; r < c->held.r + c->held.count; r++)
			if (r->stamp < before && (!best || r->stamp > best->stamp))
				best = r;
		if (!best)
			break;
		put_be32(p, best->lo);
		put_be32(p + 4, best->hi);
		p += 8;
		before = best->stamp;
	}
	*len = (uint8_t)(p - len + 1);
	return p;
}

size_t tcp_put_timestamp(const struct net *n, uint32_t offset, uint32_t recent, uint8_t *p)
{
	p[0] = p[1] = OPT_NOP;
	p[2] = OPT_TS;
	p[3] = 10;
	put_be32(p + 4, (uint32_t)(n->now_us / 1000) + offset);
	put_be32(p + 8, recent);
	return 12;
}

size_t tcp_options_write(const struct net *n, const struct tcp_conn *c, uint8_t flags, uint8_t *p)
{
	uint8_t *start = p;

	if (flags & TCP_RST)
		return 0;
	if (flags & TCP_SYN) {
		p[0] = OPT_MSS;
		p[1] = 4;
		put_be16(p + 2, c->rcv_mss);
		p += 4;
		if (c->rcv_scale) {
			p[0] = OPT_NOP;
			p[1] = OPT_SCALE;
			p[2] = 3;
			p[3] = c->rcv_scale;
			p += 4;
		}
		if (c->sack_ok) {
			p[0] = p[1] = OPT_NOP;
			p[2] = OPT_SACK_OK;
			p[3] = 2;
			p += 4;
		}
	}
	if (c->ts_ok)
		p += tcp_put_timestamp(n, c->ts_offset, c->ts_recent, p);
	if (c->sack_ok && c->held.count)
		p = put_sack(c, p, c->ts_ok ? 3 : 4);
	return (size_t)(p - start);
}
