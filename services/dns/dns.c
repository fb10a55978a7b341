/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DNS lookups: servers in turn, retries, search list, aliases, and the cache
 * (RFC 1034, 5.3; RFC 2308).  Called by dns_service.c.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "services/dns/dns.h"

#define SECOND		1000000ull
#define ROUNDS		3	/* times that every server is asked */
#define MAX_ALIASES	8	/* that need a question of their own */
#define TCP_TIME	(5 * SECOND)

static void finish(struct dns_lookup *l, int result)
{
	l->done = true;
	l->result = result;
}

/* The i-th name of a list separated by spaces: its start, length in *len; NULL past the end. */
static const char *list_item(const char *list, int i, size_t *len)
{
	for (;; i--) {
		list += strspn(list, " ");
		*len = strcspn(list, " ");
		if (!*len)
			return NULL;
		if (!i)
			return list;
		list += *len;
	}
}

/*
 * Sets l->asked to the candidate: the name alone (-1) or with the i-th search
 * suffix.  1, 0 if that one cannot be a name, -ENOENT past the last suffix.
 */
static int form_candidate(struct dns_lookup *l)
{
	char full[2 * DNS_NAME_MAX];
	size_t n = strlen(l->name), len = 0;
	const char *suffix = l->candidate < 0 ? "" : list_item(l->cfg.search, l->candidate, &len);

	if (!suffix)
		return -ENOENT;
	if (len >= DNS_NAME_MAX)
		return 0;
	memcpy(full, l->name, n);
	if (len) {
		full[n++] = '.';
		memcpy(full + n, suffix, len);
	}
	full[n + len] = '\0';
	return dns_name_canon(full, l->asked) == 0;
}

/*
 * Goes to the next form of the name.  One with a dot is tried as it is, then
 * with the search list; one without, the other way round (resolv.conf's
 * "ndots:1").  False when there is none left.
 */
static bool next_candidate(struct dns_lookup *l, bool first)
{
	bool dotted = strchr(l->name, '.') != NULL;
	int ok;

	if (first && (l->absolute || dotted)) {
		l->candidate = -1;
		return form_candidate(l) == 1;
	}
	if (l->absolute || (!first && l->candidate < 0 && !dotted))
		return false;
	l->candidate = first ? 0 : l->candidate + 1;
	while ((ok = form_candidate(l)) == 0)
		l->candidate++;
	if (ok < 0 && !dotted) {
		l->candidate = -1;
		ok = form_candidate(l);
	}
	return ok == 1;
}

static void ask_afresh(struct dns_lookup *l, uint64_t now_us)
{
	l->round = 0;
	l->failures = 0;
	l->tcp = DNS_TCP_NO;
	l->next_us = now_us;
}

/* The present form of the name has no address that we can use. */
static void no_address(struct dns_lookup *l, uint64_t now_us)
{
	l->type = DNS_A;
	if (next_candidate(l, false))
		ask_afresh(l, now_us);
	else
		finish(l, l->only_v6 ? -EAFNOSUPPORT : -ENOENT);
}

/* No server is left to ask. */
static void run_out(struct dns_lookup *l, uint64_t now_us)
{
	if (l->type == DNS_AAAA)
		no_address(l, now_us);
	else if (l->partial)
		finish(l, (int)l->partial);
	else
		finish(l, l->failures ? -EIO : -ETIMEDOUT);
}

int dns_lookup_start(struct dns_lookup *l, const char *name, const struct dns_config *cfg, uint64_t now_us)
{
	size_t n = strlen(name);

	memset(l, 0, sizeof(*l));
	l->cfg = *cfg;
	l->type = DNS_A;
	l->absolute = n && name[n - 1] == '.';
	if (dns_name_canon(name, l->name) < 0 || !next_candidate(l, true))
		finish(l, -EINVAL);
	else if (!cfg->server_count || cfg->server_count > DNS_MAX_SERVERS)
		finish(l, -ENETUNREACH);
	ask_afresh(l, now_us);
	return l->done ? l->result : 0;
}

uint64_t dns_lookup_deadline(const struct dns_lookup *l)
{
	return l->done ? UINT64_MAX : l->next_us;
}

void dns_lookup_poll(struct dns_lookup *l, uint64_t now_us, uint32_t random, struct dns_output *out)
{
	int n;

	out->len = 0;
	if (l->done || now_us < l->next_us)
		return;
	if (l->round >= (l->type == DNS_A ? ROUNDS : 1) && l->tcp != DNS_TCP_DUE) {
		run_out(l, now_us);
		return;
	}
	out->tcp = l->tcp == DNS_TCP_DUE;
	l->id = (uint16_t)(random ^ random >> 16);
	if (!out->tcp) {
		l->server_index = l->server_at;
		l->server = l->cfg.servers[l->server_at];
	}
	out->server = l->server;
	n = dns_build_query(out->data, sizeof(out->data), l->id, l->type, l->asked);
	if (n < 0) {
		finish(l, n);
		return;
	}
	out->len = (size_t)n;
	if (out->tcp) {
		l->tcp = DNS_TCP_ASKED;
		l->next_us = now_us + TCP_TIME;
		return;
	}
	l->tcp = DNS_TCP_NO;
	l->next_us = now_us + (l->round + 1) * SECOND;
	if (++l->server_at == l->cfg.server_count) {
		l->server_at = 0;
		l->round++;
	}
}

static void next_server(struct dns_lookup *l, enum dns_heard heard, uint64_t now_us)
{
	if (heard != DNS_SILENT)
		l->heard[l->server_index] = heard;
	l->failures++;
	l->tcp = DNS_TCP_NO;
	l->next_us = now_us;
}

void dns_lookup_fail(struct dns_lookup *l, int err, uint64_t now_us)
{
	next_server(l, err == -ECONNREFUSED ? DNS_CLOSED : err == -ETIMEDOUT ? DNS_SILENT : DNS_UNREACHABLE, now_us);
}

static void take_addresses(struct dns_lookup *l, const struct dns_answer *a)
{
	memcpy(l->addrs, a->addrs, sizeof(l->addrs));
	l->ttl_s = l->aliases && l->ttl_s < a->ttl_s ? l->ttl_s : a->ttl_s;
}

void dns_lookup_input(struct dns_lookup *l, const void *data, size_t len, const struct net_addr *from, uint64_t now_us)
{
	struct dns_answer a;
	int err;

	if (l->done || !net_addr_equal(from, &l->server))
		return;
	err = dns_parse_answer(data, len, l->id, l->type, l->asked, &a);
	if (err == -EAGAIN)
		return;
	if (err == -EIO || err == -EPROTO) {	/* the next server may know better */
		if (err == -EIO)
			l->heard_rcode[l->server_index] = (uint8_t)a.count;
		next_server(l, err == -EIO ? DNS_FAILED : DNS_MALFORMED, now_us);
		return;
	}
	if (l->type == DNS_AAAA) {
		l->only_v6 = l->only_v6 || a.count;
		no_address(l, now_us);
	} else if (err == -EMSGSIZE && l->tcp == DNS_TCP_NO) {
		if (a.count)
			take_addresses(l, &a);
		l->partial = a.count;
		l->tcp = DNS_TCP_DUE;
		l->next_us = now_us;
	} else if (err == -ENOENT) {
		l->ttl_s = a.ttl_s;
		if (!a.exists) {
			no_address(l, now_us);
			return;
		}
		ask_afresh(l, now_us);
		l->type = DNS_AAAA;
	} else if (a.count) {
		take_addresses(l, &a);
		finish(l, (int)a.count);
	} else if (err == -EMSGSIZE) {
		next_server(l, DNS_MALFORMED, now_us);
	} else if (++l->aliases > MAX_ALIASES || dns_name_canon(a.alias, l->asked) < 0) {
		l->heard[l->server_index] = DNS_MALFORMED;
		finish(l, -EIO);
	} else {
		l->ttl_s = l->aliases > 1 && l->ttl_s < a.ttl_s ? l->ttl_s : a.ttl_s;
		ask_afresh(l, now_us);
	}
}

/* What RFC 1035 (4.1.1) and RFC 2136 call it. */
static const char *rcode_text(unsigned rcode)
{
	static const char *const texts[] = { "", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED" };

	return rcode < sizeof(texts) / sizeof(texts[0]) ? texts[rcode] : "an error without a name";
}

static int say_server(const struct dns_lookup *l, unsigned i, char *out, size_t cap)
{
	static const char *const texts[] = {
		[DNS_SILENT] = "is silent", [DNS_CLOSED] = "is closed: no name server runs there",
		[DNS_UNREACHABLE] = "cannot be reached", [DNS_MALFORMED] = "answers nonsense",
	};
	char ip[NET_ADDR_TEXT];

	net_addr_format(&l->cfg.servers[i], ip);
	if (l->heard[i] == DNS_FAILED)
		return snprintf(out, cap, "%s %s answers %s (rcode %u)", i ? "," : "", ip,
				rcode_text(l->heard_rcode[i]), l->heard_rcode[i]);
	return snprintf(out, cap, "%s %s %s", i ? "," : "", ip, texts[l->heard[i]]);
}

void dns_lookup_why(const struct dns_lookup *l, const char *name, char *out, size_t cap)
{
	char ip[NET_ADDR_TEXT];
	size_t at;

	switch (l->result) {
	case -EINVAL:
		snprintf(out, cap, "%.80s is no host's name", name);
		return;
	case -ENETUNREACH:
		snprintf(out, cap, "no name server is known to ask for %.80s", name);
		return;
	case -ENOENT:
		snprintf(out, cap, "there is no host %.80s, says name server %s; check the name", name,
			 net_addr_format(&l->server, ip));
		return;
	case -EAFNOSUPPORT:
		snprintf(out, cap, "%.80s has IPv6 addresses only, says name server %s", name,
			 net_addr_format(&l->server, ip));
		return;
	}
	at = (size_t)snprintf(out, cap, "the address of %.80s is not to be had: name server%s", name,
			      l->cfg.server_count > 1 ? "s" : "");
	for (unsigned i = 0; i < l->cfg.server_count && at < cap; i++)
		at += (size_t)say_server(l, i, out + at, cap - at);
}

int dns_cache_get(struct dns_cache *c, const char *name, struct net_addr *addrs, unsigned max, uint64_t now_us)
{
	for (struct dns_cached *e = c->e; e < c->e + DNS_CACHE_LEN; e++) {
		if (!e->result || strcmp(e->name, name) != 0)
			continue;
		if (now_us >= e->expires_us) {
			e->result = 0;
			return 0;
		}
		if (e->result < 0)
			return e->result;
		if ((unsigned)e->result < max)
			max = (unsigned)e->result;
		memcpy(addrs, e->addrs, max * sizeof(*addrs));
		return (int)max;
	}
	return 0;
}

void dns_cache_put(struct dns_cache *c, const char *name, const struct dns_lookup *l, uint64_t now_us)
{
	struct dns_cached *at = c->e;
	uint32_t ttl = l->ttl_s, most = l->result > 0 ? 3600 : 30;

	if (!l->done || !(l->result > 0 || l->result == -ENOENT || l->result == -EAFNOSUPPORT) ||
	    strlen(name) >= sizeof(at->name))
		return;
	for (struct dns_cached *e = c->e; e < c->e + DNS_CACHE_LEN; e++) {
		if (e->result && strcmp(e->name, name) == 0) {
			at = e;
			break;
		}
		if (!e->result ? at->result != 0 : at->result && e->expires_us < at->expires_us)
			at = e;		/* a free one, else the one that ends first */
	}
	if (l->result > 0 && ttl < 5)
		ttl = 5;		/* one boot's requests should not ask again and again */
	memset(at, 0, sizeof(*at));
	strcpy(at->name, name);
	memcpy(at->addrs, l->addrs, sizeof(at->addrs));
	at->result = l->result;
	at->expires_us = now_us + (ttl < most ? ttl : most) * SECOND;
}
