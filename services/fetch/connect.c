/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a server's name to a connection, where the name has several addresses: RFC 8305, for IPv4 alone.  One is
 * called; whenever the last one called refuses, or has not answered for a while, the next is called beside it, and
 * who answers first is taken.  See source.h.  Called by the schemes.
 */
#include <errno.h>

#include "kernel/clock.h"
#include "kernel/err.h"
#include "kernel/log.h"
#include "net/net.h"
#include "net/stream.h"
#include "services/dns/dns.h"
#include "services/fetch/fetch_policy.h"
#include "services/fetch/source.h"
#include "services/stack/dial.h"
#include "services/stack/stack.h"

#define STAGGER_US	250000u		/* RFC 8305, 8: Connection Attempt Delay */
#define CALLS_MAX	8u		/* of all downloads together; but each has one */

_Static_assert(DNS_MAX_ADDRS <= SOURCE_DIALS, "each address is called");

/* The addresses of a name, in the order in which they are called. */
struct race {
	struct net_addr addrs[DNS_MAX_ADDRS];
	uint64_t until_us[DNS_MAX_ADDRS];	/* each is waited for */
	unsigned count, begun, waiting;
	uint64_t next_us;		/* when the next is called */
	unsigned last;			/* that has failed */
	int err;			/* how */
};

/* Of a name with several, the one that answered last is called first. */
static struct net_addr good;
static unsigned calls;			/* under way, of all downloads */

static void drop(struct source *s, unsigned i)
{
	calls -= s->dials[i] != NULL;
	if (s->dials[i])
		stream_abort(s->dials[i]);
	s->dials[i] = NULL;
}

void source_drop_dials(struct source *s)
{
	for (unsigned i = 0; i < SOURCE_DIALS; i++)
		drop(s, i);
}

/* Each try begins with another address. */
static void put_in_order(struct race *r, unsigned tries, const struct net_addr *found, unsigned count)
{
	unsigned first = 0;

	for (unsigned i = 0; i < count; i++)
		if (net_addr_equal(&found[i], &good))
			first = i;
	for (unsigned i = 0; i < count; i++)
		r->addrs[i] = found[(first + tries + i) % count];
	r->count = count;
}

static void lost(struct source *s, struct race *r, unsigned i, int err)
{
	drop(s, i);
	r->waiting--;
	r->last = i;
	r->err = err;
	r->next_us = clock_us();
	source_set_peer(s, &r->addrs[i], source_server(s)->port);
	if (r->begun < r->count)
		log_warn("fetch: %s: %s; trying the next address of %s", s->status.peer, err_text(err),
			 source_server(s)->host);
}

static void call_next(struct source *s, struct race *r)
{
	unsigned i = r->begun++;
	struct dial d = { .addr = r->addrs[i], .port = source_server(s)->port, .keepalive_s = SOURCE_PROBED_S,
			  .mss = source_mss(s, &r->addrs[i]) };
	uint64_t now = clock_us();
	int err;

	r->until_us[i] = now + fetch_limit(FETCH_CONNECT_TIMEOUT) * 1000000ull;
	r->next_us = now + STAGGER_US;
	r->waiting++;
	source_set_peer(s, &d.addr, d.port);
	s->tell(s);
	err = dial_begin(&d, &s->dials[i]);
	calls += s->dials[i] != NULL;
	if (err < 0)
		lost(s, r, i, err);
}

/* Which of them is open, or -1; those that have failed are let go of. */
static int look(struct source *s, struct race *r)
{
	for (unsigned i = 0; i < r->begun; i++) {
		unsigned events = s->dials[i] ? stream_events(s->dials[i]) : 0;
		int err = events ? stream_error(s->dials[i]) : 0;

		if (events & (SOCK_OUT | SOCK_ERR | SOCK_HUP) && !err)
			return (int)i;
		if (err || (s->dials[i] && clock_us() >= r->until_us[i]))
			lost(s, r, i, err ? err : -ETIMEDOUT);
	}
	return -1;
}

/* Until one is open: which, or -E of the last that has failed. */
static int run(struct source *s, struct race *r)
{
	int won, err = 0;

	for (;;) {
		if (r->waiting && calls >= CALLS_MAX && clock_us() >= r->next_us)
			r->next_us = clock_us() + STAGGER_US;
		while (r->begun < r->count && (!r->waiting || clock_us() >= r->next_us))
			call_next(s, r);
		won = look(s, r);
		if (won >= 0 || err == -ECANCELED)
			return won >= 0 ? won : err;
		if (!r->waiting && r->begun == r->count)
			return r->err;
		uint64_t until = r->begun < r->count ? r->next_us : UINT64_MAX;

		for (unsigned i = 0; i < r->begun; i++)
			if (s->dials[i] && r->until_us[i] < until)
				until = r->until_us[i];
		err = net_wait_any(until);
	}
}

static void take(struct source *s, struct race *r, unsigned won, struct stream **out)
{
	char slow[NET_ADDR_TEXT];

	*out = s->dials[won];
	s->dials[won] = NULL;
	calls--;
	s->mss = source_mss(s, &r->addrs[won]);
	s->reached = true;
	source_set_peer(s, &r->addrs[won], source_server(s)->port);
	if (r->count > 1)
		good = r->addrs[won];
	for (unsigned i = 0; i < won; i++)
		if (s->dials[i])
			log_line("fetch: %s answers at %s; %s does not, or not as soon", source_server(s)->host,
				 s->status.peer, net_addr_format(&r->addrs[i], slow));
}

enum source_end source_connect(struct source *s, struct stream **out)
{
	struct net_addr found[DNS_MAX_ADDRS];
	struct race r = { .err = -EHOSTUNREACH };
	enum source_end end = SOURCE_BROKEN;
	int n = source_resolve(s, found, DNS_MAX_ADDRS, &end);

	*out = NULL;
	if (n <= 0)
		return end;
	put_in_order(&r, s->status.tries, found, (unsigned)n);
	source_enter(s, FETCH_CONNECTING);
	n = run(s, &r);
	if (n >= 0)
		take(s, &r, (unsigned)n, out);
	source_drop_dials(s);
	return n >= 0 ? SOURCE_OK : source_broken(s, n);
}
