/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses and prefixes as text and bytes, see addr.h. */
#include "net/addr.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "net/bytes.h"

struct net_addr net_addr_v4(uint32_t ip)
{
	return (struct net_addr){ .family = ip ? NET_V4 : NET_NONE, .v4 = ip };
}

bool net_addr_equal(const struct net_addr *a, const struct net_addr *b)
{
	return a->v4 == b->v4 && a->family == b->family && (a->family != NET_V6 || !memcmp(a->v6, b->v6, sizeof a->v6));
}

struct net_addr net_addr_from_bytes(const uint8_t b[4])
{
	return net_addr_v4(get_be32(b));
}

void net_addr_to_bytes(const struct net_addr *a, uint8_t b[4])
{
	put_be32(b, a->v4);
}

/* A decimal number up to max without leading zeros; moves *text behind it: the number, or -EINVAL. */
static int number(const char **text, unsigned max)
{
	const char *t = *text;
	unsigned v = 0;

	for (; *t >= '0' && *t <= '9'; t++) {
		if (t != *text && !v)
			return -EINVAL;
		v = v * 10 + (unsigned)(*t - '0');
		if (v > max)
			return -EINVAL;
	}
	if (t == *text)
		return -EINVAL;
	*text = t;
	return (int)v;
}

/* Four parts; moves *text behind them. */
static int dotted(const char **text, struct net_addr *a)
{
	uint32_t v = 0;

	for (int part = 0; part < 4; part++) {
		int b;
		if (part && *(*text)++ != '.')
			return -EINVAL;
		b = number(text, 255);
		if (b < 0)
			return b;
		v = v << 8 | (uint32_t)b;
	}
	*a = net_addr_v4(v);
	return 0;
}

int net_addr_parse(const char *text, struct net_addr *a)
{
	struct net_addr got;

	if (dotted(&text, &got) < 0 || *text)
		return -EINVAL;
	*a = got;
	return 0;
}

char *net_addr_format(const struct net_addr *a, char *out)
{
	snprintf(out, NET_ADDR_TEXT, "%u.%u.%u.%u", (unsigned)(a->v4 >> 24), (unsigned)(a->v4 >> 16 & 255),
		 (unsigned)(a->v4 >> 8 & 255), (unsigned)(a->v4 & 255));
	return out;
}

bool net_addr_is_multicast(const struct net_addr *a)
{
	return a->v4 >> 28 == 0xe;
}

bool net_addr_is_host(const struct net_addr *a)
{
	return a->v4 >> 24 != 0 && a->v4 >> 24 != 127 && a->v4 >> 28 < 0xe;
}

bool net_addr_is_private(const struct net_addr *a)
{
	return a->v4 >> 24 == 10 || a->v4 >> 20 == 0xac1 || a->v4 >> 16 == 0xc0a8 || a->v4 >> 22 == 0x191 ||
	       a->v4 >> 24 == 127 || a->v4 >> 16 == 0xa9fe;
}

int net_mask_len(const struct net_addr *mask)
{
	uint32_t bits = mask->v4;
	int len = 0;

	for (; bits & 0x80000000u; bits <<= 1)
		len++;
	return bits ? -EINVAL : len;
}

struct net_addr net_mask(unsigned len)
{
	return net_addr_v4(len ? 0xffffffffu << (32 - len) : 0);
}

unsigned net_class_len(const struct net_addr *a)
{
	return a->v4 >> 31 == 0 ? 8 : a->v4 >> 30 == 2 ? 16 : 24;
}

int net_prefix_parse(const char *text, struct net_prefix *p)
{
	struct net_addr a;
	int len = 32;

	if (dotted(&text, &a) < 0)
		return -EINVAL;
	if (*text == '/') {
		text++;
		len = number(&text, 32);
	}
	if (len < 0 || *text)
		return -EINVAL;
	*p = (struct net_prefix){ a, (uint8_t)len };
	return 0;
}

bool net_prefix_has(const struct net_prefix *p, const struct net_addr *a)
{
	return !p->len || !((p->addr.v4 ^ a->v4) >> (32 - p->len));
}
