/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DNS messages (RFC 1035, section 4): one question for A or AAAA records (RFC
 * 3596) and its answer.  Aliases are followed inside the answer section in any
 * order.  Leaves out EDNS and DNSSEC.  Called by dns.c.
 */
#include <errno.h>
#include <string.h>

#include "net/cursor.h"
#include "net/name.h"
#include "services/dns/dns.h"

#define TYPE_CNAME	5
#define TYPE_SOA	6
#define CLASS_IN	1
#define FLAG_QR		0x8000
#define FLAG_RD		0x0100
#define FLAG_TC		0x0200
#define OPCODE_MASK	0x7800
#define RCODE_NXDOMAIN	3
#define MAX_RECORDS	64	/* looked at in one answer */
#define MAX_ALIASES	16

static char lower(char ch)
{
	return ch >= 'A' && ch <= 'Z' ? (char)(ch + 32) : ch;
}

int dns_name_canon(const char *text, char name[DNS_NAME_MAX])
{
	size_t len = strlen(text), label = 0;

	if (len && text[len - 1] == '.')
		len--;
	if (!len || len > 253)
		return -EINVAL;
	for (size_t i = 0; i < len; i++) {
		char ch = lower(text[i]);

		if (ch == '.') {
			if (!label)
				return -EINVAL;
			label = 0;
		} else if (ch <= ' ' || ch >= 0x7f || ++label > 63) {
			return -EINVAL;
		}
		name[i] = ch;
	}
	name[len] = '\0';
	return label ? 0 : -EINVAL;
}

int dns_build_query(uint8_t *buf, size_t cap, uint16_t id, uint16_t type, const char *name)
{
	size_t n = strlen(name), at = 12, label;
	const uint8_t head[12] = { (uint8_t)(id >> 8), (uint8_t)id, FLAG_RD >> 8, 0, 0, 1 };
	const uint8_t tail[5] = { 0, 0, (uint8_t)type, 0, CLASS_IN };

	if (cap < 12 + n + 1 + 5)
		return -EINVAL;
	memcpy(buf, head, sizeof(head));
	for (size_t i = 0; i <= n; i += label + 1) {
		label = strcspn(name + i, ".");
		if (!label || label > 63)
			return -EINVAL;
		buf[at++] = (uint8_t)label;
		memcpy(buf + at, name + i, label);
		at += label;
	}
	memcpy(buf + at, tail, sizeof(tail));
	return (int)(at + sizeof(tail));
}

/* Reads a name at the cursor as canonical text.  False if it is malformed.  A '?' in it matches no name we ask for. */
static bool read_name(struct cursor *c, char name[DNS_NAME_MAX])
{
	if (name_read(c, name, DNS_NAME_MAX) < 0)
		return false;
	for (; *name; name++)
		*name = lower(*name);
	return true;
}

struct record {
	char name[DNS_NAME_MAX];
	uint16_t type, class;
	uint32_t ttl_s;
	struct cursor data;	/* over the whole message, pos at the data, so that names in it resolve */
	uint16_t data_len;
};

static bool read_record(struct cursor *c, struct record *r)
{
	if (!read_name(c, r->name))
		return false;
	r->type = cur_be16(c);
	r->class = cur_be16(c);
	r->ttl_s = cur_be32(c);
	if (r->ttl_s >> 31)		/* RFC 2181, 8 */
		r->ttl_s = 0;
	r->data_len = cur_be16(c);
	r->data = *c;
	cur_skip(c, r->data_len);
	return !c->bad;
}

/* One pass over the answers for `name`: addresses into *a; true if an alias led on (name is then its target). */
static int scan_answers(struct cursor c, unsigned records, uint16_t type, char name[DNS_NAME_MAX], struct dns_answer *a)
{
	struct record r;
	char alias[DNS_NAME_MAX];
	bool aliased = false;

	for (unsigned i = 0; i < records; i++) {
		if (!read_record(&c, &r))
			return -EPROTO;
		if (r.class != CLASS_IN || strcmp(r.name, name) != 0)
			continue;
		if (r.type == type && r.data_len == (type == DNS_A ? 4 : 16)) {
			if (a->count < DNS_MAX_ADDRS)
				a->addrs[a->count++] = net_addr_v4(cur_be32(&r.data));
		} else if (r.type == TYPE_CNAME) {
			if (!read_name(&r.data, alias) || !alias[0])
				return -EPROTO;
			aliased = true;
		} else {
			continue;
		}
		if (r.ttl_s < a->ttl_s)
			a->ttl_s = r.ttl_s;
	}
	if (a->count || !aliased)
		return 0;
	memcpy(name, alias, DNS_NAME_MAX);
	return 1;
}

/* How long "no" holds: the smaller of the SOA's TTL and its last number (RFC 2308, 5). */
static uint32_t negative_ttl(struct cursor c, unsigned skip, unsigned records)
{
	struct record r;
	char name[DNS_NAME_MAX];
	uint32_t minimum;

	for (unsigned i = 0; i < skip + records && i < MAX_RECORDS; i++) {
		if (!read_record(&c, &r))
			break;
		if (i < skip || r.type != TYPE_SOA || !read_name(&r.data, name) || !read_name(&r.data, name))
			continue;
		cur_skip(&r.data, 16);
		minimum = cur_be32(&r.data);
		if (!r.data.bad)
			return minimum < r.ttl_s ? minimum : r.ttl_s;
	}
	return 0;
}

int dns_parse_answer(const void *data, size_t len, uint16_t id, uint16_t type, const char *name, struct dns_answer *a)
{
	struct cursor c = cur_make(data, len);
	uint16_t got_id = cur_be16(&c), flags = cur_be16(&c), questions = cur_be16(&c);
	unsigned answers = cur_be16(&c), authorities = cur_be16(&c);
	char at[DNS_NAME_MAX];
	int more = 1;

	memset(a, 0, sizeof(*a));
	cur_skip(&c, 2);
	if (c.bad || got_id != id || !(flags & FLAG_QR) || (flags & OPCODE_MASK))
		return -EAGAIN;
	if (questions != 1 || !read_name(&c, at) || strcmp(at, name) != 0 || cur_be16(&c) != type ||
	    cur_be16(&c) != CLASS_IN || c.bad) {
		/* Servers that fail may leave out the question. */
		a->count = flags & 15;
		return !questions && a->count && a->count != RCODE_NXDOMAIN ? -EIO : -EAGAIN;
	}
	if ((flags & 15) && (flags & 15) != RCODE_NXDOMAIN) {
		a->count = flags & 15;
		return -EIO;
	}
	if (answers > MAX_RECORDS)
		answers = MAX_RECORDS;
	a->ttl_s = UINT32_MAX;
	for (unsigned i = 0; i < MAX_ALIASES && more == 1; i++)
		more = scan_answers(c, answers, type, at, a);
	if (flags & FLAG_TC)
		return -EMSGSIZE;
	if (more < 0 && !a->count)
		return more;
	if (a->count)
		return 0;
	if (more == 1)			/* aliases in a ring */
		return -EPROTO;
	if (strcmp(at, name) != 0 && (flags & 15) != RCODE_NXDOMAIN) {
		memcpy(a->alias, at, sizeof(at));
		return 0;
	}
	a->exists = (flags & 15) != RCODE_NXDOMAIN;
	a->ttl_s = negative_ttl(c, answers, authorities);
	return -ENOENT;
}
