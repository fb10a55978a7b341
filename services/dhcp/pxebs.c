/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PXE boot server discovery (PXE 2.1, sections 2.2 and 2.4).  Those that the list names and the multicast group are
 * asked first; broadcast is added where they are silent, or there are none.  Leaves out layers of boot items,
 * and credentials (BIS).  Called by pxebs_commands.c.
 */
#include "services/dhcp/pxebs.h"

#include <errno.h>
#include <string.h>

#include "net/cursor.h"
#include "net/net.h"

#define SECOND		1000000ull
#define ROUNDS		3	/* at 0 1 3 s, given up at 5 s */
#define PAUSE_MAX	(2 * SECOND)
#define MTFTP_LISTENS	2	/* s, where nothing is said of that */
#define MTFTP_LISTENS_MAX	20

#define NO_BROADCAST	1	/* bits of PXEBS_CONTROL */
#define NO_MULTICAST	2
#define ONLY_LISTED	4

bool pxebs_is_pxe(const void *raw, size_t len)
{
	static const char pxe[] = "PXEClient";
	char class[sizeof(pxe) - 1];

	return dhcp_option(raw, len, DHCP_OPT_CLASS, 0, class, sizeof(class)) >= (int)sizeof(class) &&
	       !memcmp(class, pxe, sizeof(class));
}

/* A sub-option of option 43 of a PXE server; its bytes in buf, at most cap. */
static size_t inner(const void *raw, size_t len, unsigned number, uint8_t *buf, size_t cap)
{
	int n = dhcp_option(raw, len, DHCP_OPT_VENDOR, number, buf, cap);

	return n < 0 ? 0 : (size_t)n < cap ? (size_t)n : cap;
}

static uint16_t little(const void *raw, size_t len, unsigned number)
{
	uint8_t b[2];

	return inner(raw, len, number, b, sizeof(b)) == sizeof(b) ? (uint16_t)(b[0] | b[1] << 8) : 0;
}

/* 0 would have everybody ask at once, and after too long a silence nobody waits for the file any more. */
static uint8_t bounded(uint8_t seconds)
{
	return seconds < 1 ? 1 : seconds > MTFTP_LISTENS_MAX ? MTFTP_LISTENS_MAX : seconds;
}

bool pxebs_mtftp(struct pxebs_mtftp *m, const void *raw, size_t len)
{
	uint8_t ip[4];

	*m = (struct pxebs_mtftp){ .first_s = MTFTP_LISTENS, .again_s = MTFTP_LISTENS };
	if (!pxebs_is_pxe(raw, len) || inner(raw, len, PXEBS_MTFTP_GROUP, ip, sizeof(ip)) != sizeof(ip))
		return false;
	m->group = net_addr_from_bytes(ip);
	m->port = little(raw, len, PXEBS_MTFTP_PORT);
	m->server_port = little(raw, len, PXEBS_MTFTP_SERVER_PORT);
	inner(raw, len, PXEBS_MTFTP_FIRST, &m->first_s, 1);
	inner(raw, len, PXEBS_MTFTP_AGAIN, &m->again_s, 1);
	m->first_s = bounded(m->first_s);
	m->again_s = bounded(m->again_s);
	return net_addr_is_multicast(&m->group) && m->port && m->server_port;
}

/* Type, count, addresses; again and again. */
static void read_servers(struct pxebs_where *w, const void *raw, size_t len, unsigned type)
{
	uint8_t b[DHCP_MAX_LEN];
	struct cursor c = cur_make(b, inner(raw, len, PXEBS_SERVERS, b, sizeof(b)));

	while (!c.bad && cur_left(&c)) {
		unsigned of = cur_be16(&c), count = cur_u8(&c);
		for (unsigned i = 0; i < count; i++) {
			const uint8_t *ip = cur_bytes(&c, 4);
			if (!ip)
				return;
			const struct net_addr a = net_addr_from_bytes(ip);
			if (of == type && w->count < PXEBS_SERVERS_MAX && net_addr_is_host(&a))
				w->servers[w->count++] = a;
		}
	}
}

void pxebs_where(struct pxebs_where *w, const void *raw, size_t len, unsigned type)
{
	uint8_t control = 0, group[4];

	memset(w, 0, sizeof(*w));
	w->broadcast = true;
	if (!pxebs_is_pxe(raw, len))
		return;
	(void)inner(raw, len, PXEBS_CONTROL, &control, 1);
	w->broadcast = !(control & NO_BROADCAST);
	w->only_listed = control & ONLY_LISTED;
	read_servers(w, raw, len, type);
	if (!(control & NO_MULTICAST) && inner(raw, len, PXEBS_GROUP, group, sizeof(group)) == sizeof(group)) {
		const struct net_addr a = net_addr_from_bytes(group);
		if (net_addr_is_multicast(&a))
			w->group = a;
	}
}

int pxebs_menu_first(const void *raw, size_t len, unsigned *type, char text[256])
{
	uint8_t b[DHCP_MAX_LEN];
	struct cursor c = cur_make(b, pxebs_is_pxe(raw, len) ? inner(raw, len, PXEBS_MENU, b, sizeof(b)) : 0);
	unsigned of = cur_be16(&c);
	size_t n = cur_u8(&c);
	const uint8_t *description = cur_bytes(&c, n);

	if (!description)
		return -ENOENT;
	*type = of;
	memcpy(text, description, n);
	text[n] = '\0';
	return 0;
}

void pxebs_start(struct pxebs *p, const struct dhcp_identity *id, const struct net_addr *own,
		 const struct pxebs_where *w, unsigned type, uint64_t now_us, uint32_t random)
{
	memset(p, 0, sizeof(*p));
	p->id = id;
	p->own = *own;
	p->where = *w;
	p->type = type;
	p->xid = random ? random : 1;
	p->begun_us = p->next_us = now_us;
}

static bool listed(const struct pxebs_where *w, const struct net_addr *a)
{
	for (unsigned i = 0; i < w->count; i++)
		if (net_addr_equal(&w->servers[i], a))
			return true;
	return false;
}

/* The i-th that is asked in a round; false past the last. */
static bool target(const struct pxebs *p, unsigned i, struct net_addr *to)
{
	const struct pxebs_where *w = &p->where;
	bool named = w->count || w->group.family;

	if (i < w->count) {
		*to = w->servers[i];
		return true;
	}
	i -= w->count;
	if (w->group.family && i-- == 0) {
		*to = w->group;
		return true;
	}
	*to = net_addr_v4(IP_BROADCAST);
	return w->broadcast && (p->round || !named) && i == 0;
}

static void build(const struct pxebs *p, struct dhcp_output *out, uint64_t now_us)
{
	const uint8_t item[] = { PXEBS_ITEM, 4, (uint8_t)(p->type >> 8), (uint8_t)p->type, 0, 0, 255 };
	struct dhcp_writer w = { .p = out->data, .cap = sizeof(out->data) };
	struct dhcp_header h = { .op = 1, .htype = 1, .hlen = 6, .xid = p->xid, .ciaddr = p->own.v4,
				 .secs = (uint16_t)((now_us - p->begun_us) / SECOND) };

	memcpy(h.chaddr, p->id->mac, 6);
	out->type = DHCP_REQUEST;
	out->src = p->own;
	dhcp_write_header(&w, &h);
	dhcp_write_option(&w, DHCP_OPT_TYPE, &out->type, 1);
	dhcp_write_identity(p->id, &w);
	if (p->type <= PXEBS_TYPE_MAX)
		dhcp_write_option(&w, DHCP_OPT_VENDOR, item, sizeof(item));
	dhcp_write_end(&w);
	out->len = w.full ? 0 : w.len;
}

int pxebs_poll(struct pxebs *p, uint64_t now_us, struct dhcp_output *out, uint16_t *port)
{
	out->len = 0;
	if (p->answer_len || now_us < p->next_us)
		return 0;
	if (p->round == ROUNDS)
		return -ETIMEDOUT;
	if (target(p, p->next, &out->dst)) {
		*port = out->dst.v4 == IP_BROADCAST ? DHCP_SERVER_PORT : PXEBS_PORT;
		build(p, out, now_us);
		p->next++;
		return 0;
	}
	if (!p->next)
		return -ENOENT;
	p->next_us = now_us + (SECOND << p->round < PAUSE_MAX ? SECOND << p->round : PAUSE_MAX);
	p->round++;
	p->next = 0;
	return 0;
}

uint64_t pxebs_deadline(const struct pxebs *p)
{
	return p->answer_len ? UINT64_MAX : p->next_us;
}

bool pxebs_input(struct pxebs *p, const void *data, size_t len, const struct net_addr *from)
{
	struct dhcp_header h;
	uint8_t type = 0, item[2];

	if (p->answer_len || len > DHCP_MAX_LEN || dhcp_parse(data, len, &h) < 0 || h.op != 2 || h.xid != p->xid ||
	    h.hlen != 6 || memcmp(h.chaddr, p->id->mac, 6) != 0)
		return false;
	(void)dhcp_option(data, len, DHCP_OPT_TYPE, 0, &type, 1);
	if (type != DHCP_ACK || !pxebs_is_pxe(data, len) ||	/* a DHCP server that takes it for a renewal, say */
	    (p->where.only_listed && !listed(&p->where, from)))
		return false;
	if (p->type <= PXEBS_TYPE_MAX && dhcp_option(data, len, DHCP_OPT_VENDOR, PXEBS_ITEM, item, 2) >= 2 &&
	    (item[0] << 8 | item[1]) != (int)p->type)
		return false;
	memcpy(p->answer, data, len);
	p->answer_len = (uint16_t)len;
	p->from = *from;
	return true;
}
