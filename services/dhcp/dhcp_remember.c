/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A lease that was not asked for: what one life of the loader remembers for the next, and what
 * is left of it then (RFC 2131, 3.2).  Called by dhcp_holder.c,
 * dhcp_life.c and dhcp_rom.c.
 */
#include <errno.h>
#include <string.h>

#include "net/net.h"
#include "services/dhcp/dhcp_lease.h"

#define SECOND		1000000ull
#define BETWEEN_LIVES_S	10	/* from what one life remembers to the next one's start */

/* Between two lives of one and the same file, so its form is ours; behind it the proxy's offer, the DHCPACK. */
struct remembered {
	struct net_addr server, proxy_from;
	uint32_t age_s;
	uint16_t proxy_len, raw_len;
};

size_t dhcp_remember(const struct dhcp_client *c, uint64_t now_us, void *buf, size_t cap)
{
	const struct dhcp_lease *l = &c->lease;
	struct remembered r = { .server = l->server_id, .proxy_from = l->proxy_from, .proxy_len = l->proxy_len,
				.raw_len = l->raw_len };
	uint8_t *at = buf;

	if (!dhcp_holds_lease(c))
		return 0;
	r.age_s = c->used_s + (uint32_t)((now_us - c->bound_us) / SECOND);
	if (sizeof(r) + r.proxy_len + r.raw_len > cap)
		return 0;
	memcpy(at, &r, sizeof(r));
	memcpy(at + sizeof(r), l->proxy, r.proxy_len);
	memcpy(at + sizeof(r) + r.proxy_len, l->raw, r.raw_len);
	return sizeof(r) + r.proxy_len + r.raw_len;
}

static uint32_t less(uint32_t time_s, uint32_t age_s)
{
	return time_s == DHCP_FOREVER ? time_s : time_s > age_s ? time_s - age_s : 0;
}

int dhcp_adopt(struct dhcp_client *c, uint64_t now_us, uint32_t age_s, const void *raw, size_t len,
	       const struct net_addr *server)
{
	struct dhcp_lease *l = &c->lease;
	struct dhcp_header h;

	dhcp_parse(raw, len, &h);
	dhcp_lease_read(c, &h, raw, len, server);
	l->lease_s = less(l->lease_s, age_s);
	if (!l->lease_s) {
		memset(l, 0, sizeof(*l));
		return -ETIMEDOUT;
	}
	l->t1_s = less(l->t1_s, age_s);
	l->t2_s = less(l->t2_s, age_s);
	c->state = DHCP_BOUND;
	c->bound_us = now_us;
	c->used_s = age_s;
	c->next_us = l->lease_s == DHCP_FOREVER ? UINT64_MAX : now_us + l->t1_s * SECOND;
	return 0;
}

int dhcp_resume(struct dhcp_client *c, uint64_t now_us, const void *buf, size_t len)
{
	const uint8_t *at = (const uint8_t *)buf + sizeof(struct remembered);
	struct remembered r;
	struct dhcp_header h;

	if (len < sizeof(r))
		return -EPROTO;
	memcpy(&r, buf, sizeof(r));
	if (r.proxy_len > sizeof(c->proxy) || r.raw_len > DHCP_MAX_LEN ||
	    len != sizeof(r) + r.proxy_len + r.raw_len || dhcp_parse(at + r.proxy_len, r.raw_len, &h) < 0)
		return -EPROTO;
	const struct net_addr mine = net_addr_v4(h.yiaddr);
	if (!net_addr_is_host(&mine))
		return -EPROTO;
	if (memcmp(h.chaddr, c->id.mac, sizeof(c->id.mac)) != 0)
		return -EACCES;
	dhcp_keep_proxy(c, at, r.proxy_len, &r.proxy_from);
	r.age_s += BETWEEN_LIVES_S + (uint32_t)(now_us / SECOND);
	return dhcp_adopt(c, now_us, r.age_s, at + r.proxy_len, r.raw_len, &r.server);
}
