/* SPDX-License-Identifier: BSD-2-Clause */
/* See source.h.  Called by the schemes. */
#include "services/fetch/source.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "kernel/clock.h"
#include "kernel/err.h"
#include "kernel/log.h"
#include "kernel/task.h"
#include "net/net.h"
#include "net/stream.h"
#include "services/dhcp/dhcp_service.h"
#include "services/dns/dns.h"
#include "services/dns/dns_service.h"
#include "services/fetch/fetch_policy.h"
#include "services/stack/stack.h"

#define RESOLVE_US	30000000u
#define RESOLVE_TRIES	3		/* each asks every name server several times */
#define ALIVE_MS	7000u		/* who has not answered two of those may be gone */
#define PROMPT_US	5000000u	/* an answer that was lost, and not slow, is here by then */
#define PROGRESS_US	100000u	/* how often it is told how far the file is */
#define REFUSED_TRIES	4		/* a server never reached is about to start, or is not there */

enum source_end source_fail(struct source *s, enum source_end end, int err, const char *fmt, ...)
{
	char no_link[NET_NO_LINK_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(s->why, sizeof(s->why), fmt, ap);
	va_end(ap);
	if (err == -ETIMEDOUT || err == -EHOSTUNREACH)
		strncat(s->why, net_no_link(&s->peer, no_link), sizeof(s->why) - strlen(s->why) - 1);
	s->err = err;
	return end;
}

const char *source_way(const struct source *s, char out[SOURCE_WAY_MAX], int err)
{
	struct net_addr hop;
	char ip[NET_ADDR_TEXT], no_link[NET_NO_LINK_MAX];
	bool known;

	*out = '\0';
	if (*net_no_link(&s->peer, no_link))	/* that is said of whatever fails for it */
		return out;
	if (!s->peer.family || net_next_hop(net_stack(), &s->peer, &hop, &known) < 0)
		return out;
	if (known && err == -EHOSTUNREACH)
		snprintf(out, SOURCE_WAY_MAX, ": a router says that this host cannot be reached");
	else if (!known && net_addr_equal(&hop, &s->peer))
		snprintf(out, SOURCE_WAY_MAX, ", nor does its machine answer ARP: is it on?");
	else if (!known)
		snprintf(out, SOURCE_WAY_MAX, ", for the gateway %s does not answer ARP", net_addr_format(&hop, ip));
	return out;
}

const struct url *source_server(const struct source *s)
{
	return s->via ? s->via : &s->url;
}

const char *source_role(const struct source *s)
{
	return s->via ? "the proxy " : "";
}

enum source_end source_broken(struct source *s, int err)
{
	const char *peer = s->status.peer, *role = source_role(s);
	char way[SOURCE_WAY_MAX];

	if (!s->reached)
		s->limit = REFUSED_TRIES;
	switch (err) {
	case -ECANCELED:
		return source_fail(s, SOURCE_ENDED, err, "cancelled");
	case -ECONNREFUSED:
		return source_fail(s, SOURCE_BROKEN, err, "%s%s refuses the connection; is %s running there?", role,
				   peer, s->via ? "a proxy" : s->scheme->server);
	case -ECONNRESET:
		return source_fail(s, SOURCE_BROKEN, err, "%s%s reset the connection", role, peer);
	case -ETIMEDOUT:
	case -EHOSTUNREACH:
		return source_fail(s, SOURCE_BROKEN, err, "%s%s does not answer%s", role, peer,
				   source_way(s, way, err));
	case -ENETUNREACH:
		return source_fail(s, SOURCE_BROKEN, err, "there is no route to %s%s; is the network configured?", role,
				   peer);
	default:
		return source_fail(s, SOURCE_BROKEN, err, "connection to %s%s: %s", role, peer, err_text(err));
	}
}

enum source_end source_broken_off(struct source *s, int err, const char *what)
{
	if (err == -ECANCELED)
		return source_broken(s, err);
	if (s->size != SOURCE_SIZE_UNKNOWN)
		return source_fail(s, SOURCE_BROKEN, err, "%s %s after %llu of %llu bytes", s->status.peer, what,
				   (unsigned long long)s->at, (unsigned long long)s->size);
	return source_fail(s, SOURCE_BROKEN, err, "%s %s after %llu bytes of unknown length", s->status.peer, what,
			   (unsigned long long)s->at);
}

enum source_end source_over_budget(struct source *s, int err, const struct budget *b)
{
	char what[112];

	budget_text(b, what, sizeof(what));
	if (b->broken == BUDGET_SILENCE && s->gone)
		snprintf(what, sizeof(what), "is gone: not even its machine answers any more,");
	if (b->broken == BUDGET_BYTES)	/* it would not be shorter the next time */
		return source_fail(s, SOURCE_ENDED, err, "%s %s", s->status.peer, what);
	return source_broken_off(s, err, what);
}

/* Servers to whom small packets came back, and larger ones did not: the last one. */
static struct {
	struct net_addr server;
	uint16_t mss;
} narrow;

void source_forget(void)
{
	memset(&narrow, 0, sizeof(narrow));
}

uint16_t source_mss(const struct source *s, const struct net_addr *server)
{
	return s->mss ? s->mss : net_addr_equal(&narrow.server, server) ? narrow.mss : 0;
}

void source_silent(struct source *s, struct stream *on)
{
	static const uint16_t steps[] = { 1220, 536 };	/* IPv6's least MTU and RFC 1122's default, without headers */
	uint32_t most = fetch_limit(FETCH_PATIENCE), was = s->patience ? s->patience : 1, mss = s->mss;
	intptr_t largest = sock_get(net_stack(), stream_sock(on), SOCK_OPT_LARGEST);
	size_t n;

	s->gone = sock_get(net_stack(), stream_sock(on), SOCK_OPT_SILENT_MS) > (intptr_t)ALIVE_MS;
	if (s->gone)
		return;
	s->patience = 2 * was < most ? 2 * was : was < most ? most : was;
	for (size_t i = sizeof(steps) / sizeof(steps[0]); i--;)
		if (largest < steps[i] && (!mss || steps[i] < mss))
			s->mss = steps[i];
	n = s->patience == was ? 0 : (size_t)snprintf(s->next, sizeof(s->next), ", waiting %u times as long",
						      (unsigned)s->patience);
	if (s->mss != mss)
		snprintf(s->next + n, sizeof(s->next) - n,
			 ", in packets of %u bytes (larger ones may be lost)", s->mss);
}

/* An answer came at once when it was asked for in small packets, and in large ones none did. */
static void note_narrow(const struct source *s)
{
	if (!s->mss || (net_addr_equal(&narrow.server, &s->peer) && narrow.mss == s->mss) ||
	    clock_us() - s->budget.begun_us > PROMPT_US)
		return;
	narrow.server = s->peer;
	narrow.mss = s->mss;
	log_warn("fetch: %s: packets of %u bytes come through, and larger ones did not; is the MTU of something on the "
		 "way smaller, and ICMP lost? From now on they are asked for", s->status.peer, s->mss);
}

static void begin_budget(struct source *s, enum fetch_phase phase)
{
	uint32_t times = s->patience ? s->patience : 1;
	const struct budget_limits waiting = {
		.phase = "its answer", .total_s = times * fetch_limit(FETCH_RESPONSE_TIMEOUT),
		.setting = "fetch.response-timeout",
	}, receiving = {
		.phase = "the file", .silence_s = times * fetch_limit(FETCH_READ_TIMEOUT),
		.rate = fetch_limit(FETCH_SPEED_LIMIT), .window_s = fetch_limit(FETCH_SPEED_TIME),
	};

	if (phase == FETCH_WAITING || phase == FETCH_RECEIVING)
		budget_begin(&s->budget, phase == FETCH_WAITING ? &waiting : &receiving, clock_us());
}

void source_enter(struct source *s, enum fetch_phase phase)
{
	if (phase == FETCH_RECEIVING)
		note_narrow(s);
	begin_budget(s, phase);
	s->status.phase = phase;
	s->tell(s);
}

void source_set_peer(struct source *s, const struct net_addr *addr, uint16_t port)
{
	char text[NET_ADDR_TEXT];

	s->peer = *addr;
	snprintf(s->status.peer, sizeof(s->status.peer), "%s:%u", net_addr_format(addr, text), port);
}

int source_resolve(struct source *s, struct net_addr *addrs, unsigned max, enum source_end *end)
{
	const char *host = source_server(s)->host;
	struct cause_fact why;
	int n;

	source_enter(s, FETCH_RESOLVING);
	s->peer = (struct net_addr){ 0 };	/* that of an earlier try may be another */
	n = dns_lookup(host, addrs, max, clock_us() + RESOLVE_US, NULL, &why);
	if (n > 0)
		return n;
	const struct dhcp_lease *l = dhcp_service_lease();

	/* a mere label, as ISC dhcpd's server-name may be: whoever told it has the file */
	if (n != -ECANCELED && !s->via && l && l->next_server.family && !strcasecmp(host, l->next_server_name)) {
		log_warn("fetch: %s; asking the DHCP server instead, which said that name", why.what);
		addrs[0] = l->next_server;
		return 1;
	}
	if (n == -ECANCELED) {
		*end = source_fail(s, SOURCE_ENDED, n, "cancelled");
	} else if (n == -ENOENT || n == -EINVAL || n == -ENETUNREACH || n == -EAFNOSUPPORT) {
		*end = source_fail(s, SOURCE_ENDED, n, "%s", why.what);
	} else {
		s->limit = s->reached ? 0 : RESOLVE_TRIES;
		*end = source_fail(s, SOURCE_BROKEN, n, "%s", why.what);
	}
	s->answered = why.status;
	return n;
}

void source_probe(struct stream *on, bool probed)
{
	sock_set(net_stack(), stream_sock(on), SOCK_OPT_KEEPALIVE, probed ? SOURCE_PROBED_S : 0);
}

int source_wait(struct source *s, struct stream *on, unsigned events, uint64_t deadline_us)
{
	s->tell(s);
	return net_wait_stream(on, events, deadline_us);
}

int source_say(struct source *s, struct stream *on, const void *data, size_t len, struct budget *b)
{
	const uint8_t *p = data;

	while (len) {
		int n = stream_send(on, p, len);

		if (n == -EAGAIN) {
			n = source_wait(s, on, SOCK_OUT, budget_deadline(b));
			if (n >= 0)	/* it may be a little each time */
				n = budget_check(b, clock_us());
		} else if (n > 0) {
			p += n;
			len -= (size_t)n;
		}
		if (n < 0)
			return n;
	}
	return 0;
}

int source_hear(struct source *s, struct stream *on, void *buf, size_t cap, struct budget *b)
{
	int n, err;

	task_yield();		/* it may come as fast as it is read */
	while ((n = stream_recv(on, buf, cap)) == -EAGAIN) {
		n = source_wait(s, on, SOCK_IN, budget_deadline(b));
		if (n < 0 && n != -ETIMEDOUT)
			return n;
		err = budget_check(b, clock_us());
		if (err < 0)
			return err;
	}
	if (n <= 0)
		return n ? n : -EPIPE;
	err = budget_check(b, clock_us());
	return err < 0 ? err : n;
}

enum source_end source_broken_talk(struct source *s, struct stream *on, int err, bool spoken)
{
	if (err == -ETIMEDOUT && spoken)
		return source_over_budget(s, err, &s->budget);
	if (err == -ETIMEDOUT) {
		source_silent(s, on);
		return source_fail(s, SOURCE_BROKEN, err, s->gone ? "%s took the connection and is gone: not even its "
				   "machine answers any more" : "%s took the connection but says nothing",
				   s->status.peer);
	}
	if (err == -EPIPE)
		return source_fail(s, SOURCE_BROKEN, err, "%s closed the connection before the file came",
				   s->status.peer);
	return source_broken(s, err);
}

int source_receive(struct source *s, struct stream *on, void *place, size_t len)
{
	uint64_t base = s->at;
	int err = stream_sink(on, place, len), waited;
	size_t done = 0, placed;
	uint8_t next;

	while (!err && done < len) {
		waited = source_wait(s, on, SOCK_IN, clock_us() + PROGRESS_US);
		placed = stream_sink_done(on);
		budget_count(&s->budget, placed - done, clock_us());
		done = placed;
		s->at = base + done;
		if (done == len)
			break;
		err = stream_recv(on, &next, 1);	/* the stream's end or error; else it says -EAGAIN */
		if (err != -EAGAIN)
			err = err < 0 ? err : -EPIPE;
		else if (waited == -ECANCELED)
			err = waited;
		else
			err = budget_check(&s->budget, clock_us());
		if (s->budget.broken == BUDGET_SILENCE)
			source_silent(s, on);
		if (waited > 0)
			task_yield();	/* there is more already: once round to all others */
	}
	stream_sink(on, NULL, 0);	/* else the full sink counts as SOCK_IN for ever */
	return done == len ? 0 : err;
}

enum source_end source_read_packets(struct source *s, struct source_packet *p, void *to, size_t len,
				    enum source_end (*next)(struct source *s))
{
	uint8_t *place = to;
	enum source_end end = SOURCE_OK;

	for (;;) {
		size_t part = p->len < len ? p->len : len;

		if (part) {
			memcpy(place, p->data, part);
			place += part;
			len -= part;
			s->at += part;
			p->data += part;
			p->len -= part;
		}
		s->over = !p->len && p->last;
		if (p->len || s->over || end != SOURCE_OK)
			return end;
		end = next(s);
	}
}
