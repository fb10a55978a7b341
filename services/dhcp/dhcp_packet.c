/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DHCP packets and options (RFC 2131 section 2, RFC 2132, RFC 3396 long
 * options, RFC 3397 search lists).  Leaves out BOOTP without the magic
 * cookie and authentication (RFC 3118).  Called by dhcp.c and, through
 * dhcp_option(), by whoever reads the kept DHCPACK.
 */
#include <errno.h>
#include <string.h>

#include "net/cursor.h"
#include "net/name.h"
#include "services/dhcp/dhcp_packet.h"

#define COOKIE		0x63825363u
#define OPTIONS_AT	(DHCP_FIXED_LEN + 4)
#define SNAME_AT	44
#define FILE_AT		108
#define OPT_PAD		0
#define OPT_END		255
#define OVERLOAD_FILE	1
#define OVERLOAD_SNAME	2

int dhcp_parse(const void *raw, size_t len, struct dhcp_header *h)
{
	struct cursor c = cur_make(raw, len);
	const uint8_t *b;

	memset(h, 0, sizeof(*h));
	h->op = cur_u8(&c);
	h->htype = cur_u8(&c);
	h->hlen = cur_u8(&c);
	cur_skip(&c, 1);
	h->xid = cur_be32(&c);
	h->secs = cur_be16(&c);
	h->flags = cur_be16(&c);
	h->ciaddr = cur_be32(&c);
	h->yiaddr = cur_be32(&c);
	h->siaddr = cur_be32(&c);
	h->giaddr = cur_be32(&c);
	if ((b = cur_bytes(&c, sizeof(h->chaddr))))
		memcpy(h->chaddr, b, sizeof(h->chaddr));
	if ((b = cur_bytes(&c, sizeof(h->sname))))
		memcpy(h->sname, b, sizeof(h->sname));
	if ((b = cur_bytes(&c, sizeof(h->file))))
		memcpy(h->file, b, sizeof(h->file));
	return cur_be32(&c) == COOKIE && !c.bad ? 0 : -EPROTO;
}

bool dhcp_from_bootp(uint8_t bare[DHCP_BARE_LEN], const void *raw, size_t len)
{
	static const uint8_t rest[] = { 0x63, 0x82, 0x53, 0x63, OPT_END };

	if (len < DHCP_FIXED_LEN || (len >= OPTIONS_AT && !memcmp((const uint8_t *)raw + DHCP_FIXED_LEN, rest, 4)))
		return false;
	memcpy(bare, raw, DHCP_FIXED_LEN);
	memcpy(bare + DHCP_FIXED_LEN, rest, sizeof(rest));
	return true;
}

/* The next option of a region, or false at its end, marked or not, and at one that runs past it. */
static bool next_option(struct cursor *c, unsigned *number, const uint8_t **value, size_t *len)
{
	do {
		if (!cur_left(c))
			return false;
		*number = cur_u8(c);
	} while (*number == OPT_PAD);
	if (*number == OPT_END)
		return false;
	*len = cur_u8(c);
	*value = cur_bytes(c, *len);
	return !c->bad;
}

struct gather {
	uint8_t *buf;
	size_t cap, len;
	bool found;
};

/* Adds every part of an option in one region (RFC 3396: parts of one option are one value). */
static void gather_region(struct gather *g, const uint8_t *p, size_t len, unsigned number)
{
	struct cursor c = cur_make(p, len);
	const uint8_t *value;
	unsigned n;
	size_t vlen;

	while (next_option(&c, &n, &value, &vlen)) {
		if (n != number)
			continue;
		if (g->len < g->cap && vlen)
			memcpy(g->buf + g->len, value, vlen < g->cap - g->len ? vlen : g->cap - g->len);
		g->len += vlen;
		g->found = true;
	}
}

static unsigned overload(const uint8_t *p, size_t len)
{
	uint8_t v = 0;
	struct gather g = { .buf = &v, .cap = 1 };

	if (len > OPTIONS_AT)
		gather_region(&g, p + OPTIONS_AT, len - OPTIONS_AT, DHCP_OPT_OVERLOAD);
	return v;
}

static int whole_option(const uint8_t *p, size_t len, unsigned number, uint8_t *buf, size_t cap)
{
	struct gather g = { .buf = buf, .cap = cap };
	unsigned where;

	if (len <= OPTIONS_AT || number == OPT_PAD || number >= OPT_END)
		return -ENOENT;
	where = overload(p, len);
	gather_region(&g, p + OPTIONS_AT, len - OPTIONS_AT, number);
	if (where & OVERLOAD_FILE)
		gather_region(&g, p + FILE_AT, 128, number);
	if (where & OVERLOAD_SNAME)
		gather_region(&g, p + SNAME_AT, 64, number);
	return g.found ? (int)g.len : -ENOENT;
}

int dhcp_option(const void *raw, size_t len, unsigned number, unsigned sub, void *buf, size_t cap)
{
	uint8_t outer[DHCP_MAX_LEN];
	struct gather g = { .buf = buf, .cap = cap };
	int n;

	if (!sub)
		return whole_option(raw, len, number, buf, cap);
	n = whole_option(raw, len, number, outer, sizeof(outer));
	if (n < 0)
		return n;
	gather_region(&g, outer, (size_t)n < sizeof(outer) ? (size_t)n : sizeof(outer), sub);
	return g.found ? (int)g.len : -ENOENT;
}

static int make_string(const uint8_t *src, size_t len, char *buf, size_t cap)
{
	size_t n = strnlen((const char *)src, len);

	buf[0] = '\0';
	if (n >= cap)
		return -ENAMETOOLONG;
	memcpy(buf, src, n);
	buf[n] = '\0';
	return (int)n;
}

int dhcp_option_string(const void *raw, size_t len, unsigned number, char *buf, size_t cap)
{
	uint8_t value[DHCP_MAX_LEN];
	int n = dhcp_option(raw, len, number, 0, value, sizeof(value));

	buf[0] = '\0';
	return n < 0 ? n : make_string(value, (size_t)n < sizeof(value) ? (size_t)n : sizeof(value), buf, cap);
}

const char *dhcp_show(const char *string, char *buf, size_t cap)
{
	size_t n = 0;

	for (; string[n] && n + 1 < cap; n++)
		buf[n] = string[n] >= 0x20 && string[n] < 0x7f ? string[n] : '?';
	buf[n] = '\0';
	if (string[n] && cap > 3)
		memcpy(buf + cap - 4, "...", 4);
	return buf;
}

uint32_t dhcp_option_u32(const void *raw, size_t len, unsigned number, uint32_t absent)
{
	uint8_t v[4];
	struct cursor c = cur_make(v, sizeof(v));

	return dhcp_option(raw, len, number, 0, v, sizeof(v)) >= 4 ? cur_be32(&c) : absent;
}

struct net_addr dhcp_option_addr(const void *raw, size_t len, unsigned number)
{
	return net_addr_v4(dhcp_option_u32(raw, len, number, 0));
}

static int field_string(const uint8_t *p, size_t len, size_t at, size_t field, unsigned bit, char *buf, size_t cap)
{
	if (len < OPTIONS_AT || (overload(p, len) & bit))
		field = 0;
	return make_string(p + (field ? at : 0), field, buf, cap);
}

int dhcp_sname_string(const void *raw, size_t len, char *buf, size_t cap)
{
	return field_string(raw, len, SNAME_AT, 64, OVERLOAD_SNAME, buf, cap);
}

int dhcp_file_string(const void *raw, size_t len, char *buf, size_t cap)
{
	return field_string(raw, len, FILE_AT, 128, OVERLOAD_FILE, buf, cap);
}

int dhcp_search_string(const void *list, size_t len, char *buf, size_t cap)
{
	struct cursor c = cur_make(list, len);
	char name[256];		/* no name is longer (RFC 1035, 2.3.4) */
	size_t good = 0;

	buf[0] = '\0';
	while (cur_left(&c)) {
		int n = name_read(&c, name, sizeof(name));
		size_t at = good + (good > 0);	/* behind a blank */
		if (n <= 0 || memchr(name, '?', (size_t)n))
			break;
		if (at + (size_t)n >= cap)
			return -ENAMETOOLONG;
		if (good)
			buf[good] = ' ';
		memcpy(buf + at, name, (size_t)n + 1);
		good = at + (size_t)n;
	}
	return good ? (int)good : -EPROTO;
}

static void put(struct dhcp_writer *w, const void *data, size_t len)
{
	if (w->full || len > w->cap - w->len) {
		w->full = 1;
		return;
	}
	if (len)
		memcpy(w->p + w->len, data, len);
	w->len += len;
}

static void put_be32(struct dhcp_writer *w, uint32_t v)
{
	uint8_t b[4] = { (uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v };

	put(w, b, sizeof(b));
}

void dhcp_write_header(struct dhcp_writer *w, const struct dhcp_header *h)
{
	uint8_t first[4] = { h->op, h->htype, h->hlen, 0 };

	put(w, first, sizeof(first));
	put_be32(w, h->xid);
	put_be32(w, (uint32_t)h->secs << 16 | h->flags);
	put_be32(w, h->ciaddr);
	put_be32(w, h->yiaddr);
	put_be32(w, h->siaddr);
	put_be32(w, h->giaddr);
	put(w, h->chaddr, sizeof(h->chaddr));
	put(w, h->sname, sizeof(h->sname));
	put(w, h->file, sizeof(h->file));
	put_be32(w, COOKIE);
}

void dhcp_write_option(struct dhcp_writer *w, unsigned number, const void *data, size_t len)
{
	uint8_t head[2] = { (uint8_t)number, (uint8_t)len };

	if (len > 255 || w->cap - w->len < len + sizeof(head)) {
		w->full = 1;
		return;
	}
	put(w, head, sizeof(head));
	put(w, data, len);
}

void dhcp_write_u32(struct dhcp_writer *w, unsigned number, uint32_t value)
{
	uint8_t b[4] = { (uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8), (uint8_t)value };

	dhcp_write_option(w, number, b, sizeof(b));
}

void dhcp_write_end(struct dhcp_writer *w)
{
	static const uint8_t end = OPT_END, pad = OPT_PAD;

	put(w, &end, 1);
	while (w->len < DHCP_MIN_LEN && !w->full)
		put(w, &pad, 1);
}
