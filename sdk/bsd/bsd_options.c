/* SPDX-License-Identifier: BSD-2-Clause */
/* POSIX's socket options and getaddrinfo(), see bsd.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "net/bytes.h"
#include "net/net.h"
#include "sdk/bsd/bsd.h"

#define KEEPALIVE_S 7200	/* RFC 1122 4.2.3.6: the default is two hours at least */
#define LOOKUP_US 30000000u

static struct bsd_state *get(struct bsd *b, int s)
{
	return sock_get(b->net, s, SOCK_OPT_OWNER) == (intptr_t)b->owner ? &b->state[s] : NULL;
}

/* Options that are a number, and stand for one of net/sock.h. */
static int plain_option(int level, int name)
{
	static const struct { int16_t level, name, opt; } options[] = {
		{ SOL_SOCKET, SO_REUSEADDR, SOCK_OPT_REUSE }, { SOL_SOCKET, SO_TYPE, SOCK_OPT_TYPE },
		{ SOL_SOCKET, SO_BROADCAST, SOCK_OPT_BROADCAST }, { SOL_SOCKET, SO_RCVBUF, SOCK_OPT_RCVBUF },
		{ SOL_SOCKET, SO_KEEPALIVE, SOCK_OPT_KEEPALIVE }, { SOL_SOCKET, SO_ACCEPTCONN, SOCK_OPT_LISTENING },
		{ SOL_SOCKET, SO_REUSEPORT, SOCK_OPT_REUSE },
		{ IPPROTO_TCP, TCP_NODELAY, SOCK_OPT_NODELAY }, { IPPROTO_TCP, TCP_MAXSEG, SOCK_OPT_MSS },
		{ IPPROTO_TCP, TCP_KEEPIDLE, SOCK_OPT_KEEPALIVE },
		{ IPPROTO_TCP, TCP_KEEPINTVL, SOCK_OPT_KEEP_INTERVAL },
		{ IPPROTO_TCP, TCP_KEEPCNT, SOCK_OPT_KEEP_PROBES },
		{ IPPROTO_IP, IP_TOS, SOCK_OPT_TOS }, { IPPROTO_IP, IP_TTL_OPTION, SOCK_OPT_TTL },
		{ IPPROTO_IP, IP_MULTICAST_TTL, SOCK_OPT_GROUP_TTL },
	};

	for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
		if (options[i].level == level && options[i].name == name)
			return options[i].opt;
	return -ENOPROTOOPT;
}

/* The link with that address: 0, and NULL for 0.0.0.0; or -EADDRNOTAVAIL. */
static int interface(const struct bsd *b, const uint32_t *addr, struct link **l)
{
	const struct net_addr via = net_addr_from_bytes((const uint8_t *)addr);

	*l = link_of(b->net, &via);
	return via.family && !*l ? -EADDRNOTAVAIL : 0;
}

static int membership(struct bsd *b, int s, enum sock_opt opt, const struct ip_mreq *m)
{
	struct link *l;
	int err = interface(b, &m->imr_interface, &l);
	const struct sock_group group = { .addr = net_addr_from_bytes((const uint8_t *)&m->imr_multiaddr), .link = l };

	return err < 0 ? err : sock_set(b->net, s, opt, (uintptr_t)&group);
}

/* An address, or a structure of Linux's in which it comes second. */
static int group_interface(struct bsd *b, int s, const void *value, socklen_t len)
{
	const struct ip_mreq *m = value;
	struct link *l;
	int err = len < sizeof(uint32_t) ? -EINVAL : interface(b, len < sizeof *m ? value : &m->imr_interface, &l);

	return err < 0 ? err : sock_set(b->net, s, SOCK_OPT_GROUP_LINK, (uintptr_t)l);
}

static int set_timeout(uint64_t *span_us, const struct timeval *t)
{
	if (t->tv_sec < 0 || t->tv_usec < 0 || t->tv_usec >= 1000000)
		return -EDOM;
	*span_us = (uint64_t)t->tv_sec * 1000000 + (uint64_t)t->tv_usec;
	return 0;
}

int bsd_setsockopt(struct bsd *b, int s, int level, int name, const void *value, socklen_t len)
{
	struct bsd_state *st = get(b, s);
	int opt = plain_option(level, name), v;

	if (!st)
		return -EBADF;
	if (level == SOL_SOCKET && (name == SO_RCVTIMEO || name == SO_SNDTIMEO))
		return len < sizeof(struct timeval) ? -EINVAL :
		       set_timeout(name == SO_RCVTIMEO ? &st->rcv_us : &st->snd_us, value);
	if (level == SOL_SOCKET && name == SO_LINGER) {
		const struct linger *l = value;
		if (len < sizeof *l)
			return -EINVAL;
		st->linger = *l;
		return 0;
	}
	if (level == IPPROTO_IP && (name == IP_ADD_MEMBERSHIP || name == IP_DROP_MEMBERSHIP))
		return len < sizeof(struct ip_mreq) ? -EINVAL :
		       membership(b, s, name == IP_ADD_MEMBERSHIP ? SOCK_OPT_JOIN : SOCK_OPT_LEAVE, value);
	if (level == IPPROTO_IP && name == IP_MULTICAST_IF)
		return group_interface(b, s, value, len);
	if (level == IPPROTO_IP && len == 1)
		v = *(const uint8_t *)value;	/* as BSD's multicast options are */
	else if (len < sizeof v)
		return -EINVAL;
	else
		memcpy(&v, value, sizeof v);
	if (level == IPPROTO_IP && name == IP_MULTICAST_LOOP)
		return v ? -EOPNOTSUPP : 0;
	if (level == SOL_SOCKET && name == SO_SNDBUF)
		return 0;			/* it has the size it has */
	if (opt < 0 || opt == SOCK_OPT_TYPE || opt == SOCK_OPT_LISTENING)
		return -ENOPROTOOPT;
	if (v < 0)
		return -EINVAL;
	if (level == SOL_SOCKET && opt == SOCK_OPT_KEEPALIVE && v) {
		int idle_s = (int)sock_get(b->net, s, SOCK_OPT_KEEPALIVE);
		v = idle_s ? idle_s : KEEPALIVE_S;
	}
	return sock_set(b->net, s, (enum sock_opt)opt, (uintptr_t)v);
}

/* What SO_ERROR says, as a positive number; saying it clears it. */
static int take_error(struct bsd *b, int s)
{
	int err = -sock_error(b->net, s);

	if (!err || !sock_get(b->net, s, SOCK_OPT_CONNECTED) || sock_get(b->net, s, SOCK_OPT_TYPE) != SOCK_STREAM)
		return err;
	if (b->state[s].told)
		return 0;
	b->state[s].told = true;
	return err;
}

static int give(void *value, socklen_t *len, const void *what, size_t what_len)
{
	if (*len > what_len)
		*len = (socklen_t)what_len;
	memcpy(value, what, *len);
	return 0;
}

int bsd_getsockopt(struct bsd *b, int s, int level, int name, void *value, socklen_t *len)
{
	const struct bsd_state *st = get(b, s);
	int opt = plain_option(level, name), v;

	if (!st)
		return -EBADF;
	if (level == SOL_SOCKET && (name == SO_RCVTIMEO || name == SO_SNDTIMEO)) {
		uint64_t us = name == SO_RCVTIMEO ? st->rcv_us : st->snd_us;
		struct timeval t = { 0 };
		t.tv_sec = (time_t)(us / 1000000);
		t.tv_usec = (suseconds_t)(us % 1000000);
		return give(value, len, &t, sizeof t);
	}
	if (level == SOL_SOCKET && name == SO_LINGER)
		return give(value, len, &st->linger, sizeof st->linger);
	if (level == SOL_SOCKET && name == SO_ERROR)
		v = take_error(b, s);
	else if (level == SOL_SOCKET && name == SO_SNDBUF)
		v = TCP_SEND_RING;
	else if (level == IPPROTO_IP && name == IP_MULTICAST_LOOP)
		v = 0;
	else if (opt < 0)
		return opt;
	else
		v = (int)sock_get(b->net, s, (enum sock_opt)opt);
	if (level == SOL_SOCKET && name == SO_KEEPALIVE)
		v = v != 0;
	return give(value, len, &v, sizeof v);
}

/* A port from its number, or from the few names that a loader's programs use. */
static int service_port(const char *service, int flags, uint16_t *port)
{
	static const struct { const char *name; uint16_t port; } known[] = {
		{ "ftp", 21 }, { "ssh", 22 }, { "telnet", 23 }, { "domain", 53 }, { "tftp", 69 }, { "http", 80 },
		{ "ntp", 123 }, { "https", 443 },
	};
	char *end;
	unsigned long v;

	*port = 0;
	if (!service || !*service)
		return 0;
	for (size_t i = 0; !(flags & AI_NUMERICSERV) && i < sizeof known / sizeof known[0]; i++) {
		if (!strcmp(service, known[i].name)) {
			*port = known[i].port;
			return 0;
		}
	}
	v = strtoul(service, &end, 10);
	*port = (uint16_t)v;
	return *end && flags & AI_NUMERICSERV ? EAI_NONAME : *end || v > 65535 ? EAI_SERVICE : 0;
}

static int resolve(struct bsd *b, const char *node, int flags, struct net_addr *addrs, unsigned max)
{
	int n;

	if (!node) {
		addrs[0] = net_addr_v4(flags & AI_PASSIVE ? 0 : 0x7f000001);
		return 1;
	}
	if (net_addr_parse(node, addrs) == 0)
		return 1;
	if (flags & AI_NUMERICHOST)
		return EAI_NONAME;
	n = b->ops.lookup(b->ops.ctx, node, addrs, max, b->ops.now_us(b->ops.ctx) + LOOKUP_US);
	if (n > 0)
		return n;
	return n == -ENOENT || n == -EINVAL || n == -EAFNOSUPPORT ? EAI_NONAME : n == -EIO ? EAI_FAIL : EAI_AGAIN;
}

/* An entry and the address it points at, in one block. */
struct entry {
	struct addrinfo info;
	struct sockaddr_in addr;
};

static struct addrinfo *make_entry(const struct net_addr *addr, uint16_t port, int type)
{
	struct entry *e = calloc(1, sizeof *e);

	if (!e)
		return NULL;
	e->info = (struct addrinfo){ .ai_family = AF_INET, .ai_socktype = type,
		.ai_protocol = type == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP,
		.ai_addrlen = sizeof e->addr, .ai_addr = &e->addr };
	e->addr.sin_family = AF_INET;
	put_be16((uint8_t *)&e->addr.sin_port, port);
	net_addr_to_bytes(addr, (uint8_t *)&e->addr.sin_addr);
	return &e->info;
}

int bsd_getaddrinfo(struct bsd *b, const char *node, const char *service, const struct addrinfo *hints,
		    struct addrinfo **res)
{
	static const struct addrinfo none;
	const struct addrinfo *h = hints ? hints : &none;
	struct addrinfo **at = res;
	struct net_addr addrs[8];
	uint16_t port;
	int n = service_port(service, h->ai_flags, &port);

	*res = NULL;
	if (n < 0)
		return n;
	if (!node && !service)
		return EAI_NONAME;
	if (h->ai_family != AF_UNSPEC && h->ai_family != AF_INET)
		return EAI_FAMILY;
	if (h->ai_socktype && h->ai_socktype != SOCK_STREAM && h->ai_socktype != SOCK_DGRAM)
		return EAI_SOCKTYPE;
	n = resolve(b, node, h->ai_flags, addrs, sizeof addrs / sizeof addrs[0]);
	if (n < 0)
		return n;
	for (int i = 0; i < n; i++) {
		for (int type = SOCK_STREAM; type <= SOCK_DGRAM; type++) {
			if (h->ai_socktype && h->ai_socktype != type)
				continue;
			*at = make_entry(&addrs[i], port, type);
			if (!*at) {
				bsd_freeaddrinfo(*res);
				*res = NULL;
				return EAI_MEMORY;
			}
			at = &(*at)->ai_next;
		}
	}
	return 0;
}

void bsd_freeaddrinfo(struct addrinfo *res)
{
	while (res) {
		struct addrinfo *next = res->ai_next;
		free(res);			/* the first member of its entry */
		res = next;
	}
}
