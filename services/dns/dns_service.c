/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The dns service: dns.c on UDP sockets, one question at a time, each from a
 * port of its own; by TCP what a datagram cannot hold.  The cache and the servers set outlive a fault.
 */
#include "services/dns/dns_service.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/err.h"
#include "kernel/random.h"
#include "kernel/service.h"
#include "net/net.h"
#include "services/dhcp/dhcp_service.h"
#include "services/dns/dns.h"
#include "services/stack/stack.h"

#define LOOKUP_MAX_US	30000000u	/* the longest that one lookup may keep others waiting */

static struct dns_cache cache;
/* A server that somebody set, for a link, or for all where there is none. */
static struct given {
	const struct link *link;
	struct net_addr server;		/* none: free */
} given[NET_LINKS + 1];
/* Through which link each of the servers is asked, NULL: any. */
static struct link *through[DNS_MAX_SERVERS];
static struct dns_lookup lookup;
static struct dns_output output;
static int sock = -1;

static struct given *find_given(const struct link *l)
{
	for (struct given *g = given; g < given + NET_LINKS + 1; g++)
		if (g->server.family && g->link == l)
			return g;
	return NULL;
}

void dns_set_server(const struct link *l, const struct net_addr *server)
{
	struct given *g = find_given(l);

	if (g ? net_addr_equal(&g->server, server) : !server->family)
		return;
	for (struct given *free = given; !g && free < given + NET_LINKS + 1; free++)
		if (!free->server.family)
			g = free;
	if (g)
		*g = (struct given){ l, *server };
	dns_forget();
}

void dns_forget(void)
{
	memset(&cache, 0, sizeof(cache));
}

static void close_socket(void)
{
	if (sock >= 0)
		sock_close(net_stack(), sock);
	sock = -1;
}

void dns_cleanup(struct service *self)
{
	(void)self;
	close_socket();
}

static void add_servers(struct dns_config *cfg, struct link *l, const struct net_addr *servers, unsigned count)
{
	for (unsigned i = 0; i < count && cfg->server_count < DNS_MAX_SERVERS; i++) {
		through[cfg->server_count] = l;
		cfg->servers[cfg->server_count++] = servers[i];
	}
}

static struct dns_config present_config(void)
{
	const struct dhcp_lease *lease = dhcp_service_lease();
	const struct given *g = find_given(NULL);
	struct dns_config cfg = { .server_count = 0 };
	struct link *l;

	if (g)
		add_servers(&cfg, NULL, &g->server, 1);
	for (unsigned i = 0; !g && (l = link_get(net_stack(), i)); i++) {
		const struct dhcp_lease *of_link = dhcp_link_lease(l);
		const struct given *of = find_given(l);
		if (!l->open || !l->addr.family)
			continue;
		if (of)
			add_servers(&cfg, l, &of->server, 1);
		else if (of_link)
			add_servers(&cfg, l, of_link->dns, of_link->dns_count);
	}
	_Static_assert(sizeof(cfg.search) == sizeof(lease->search), "the list is copied whole");
	if (lease)
		memcpy(cfg.search, lease->search, sizeof(cfg.search));
	return cfg;
}

/* The present question's server is asked through its own link. */
static void bind_to_link(void)
{
	for (unsigned i = 0; i < lookup.cfg.server_count; i++)
		if (through[i] && net_addr_equal(&lookup.cfg.servers[i], &output.server)) {
			(void)sock_set(net_stack(), sock, SOCK_OPT_LINK, (uintptr_t)through[i]);
			return;
		}
}

/* Reads len bytes within the present question's time: 0 or -E. */
static int read_all(uint8_t *p, size_t len)
{
	while (len) {
		int n = sock_recv(net_stack(), sock, p, len);
		if (n == -EAGAIN)
			n = net_wait(sock, SOCK_IN, dns_lookup_deadline(&lookup));
		else if (n > 0)
			p += n, len -= (size_t)n;
		if (n <= 0)
			return n ? n : -EPIPE;
	}
	return 0;
}

/* The whole exchange by TCP (RFC 1035, 4.2.2); waits. */
static int ask_by_tcp(void)
{
	static uint8_t answer[DNS_TCP_MAX];
	struct net *n = net_stack();
	uint8_t head[2] = { (uint8_t)(output.len >> 8), (uint8_t)output.len };
	size_t len;
	int err;

	sock = sock_open(n, SOCK_TCP);
	if (sock < 0)
		return sock;
	bind_to_link();
	err = sock_connect(n, sock, &output.server, DNS_PORT);
	if (err == -EINPROGRESS && (err = net_wait(sock, SOCK_OUT, dns_lookup_deadline(&lookup))) > 0)
		err = sock_error(n, sock);
	/* the send buffer of a new connection takes them both */
	if (err < 0 || (err = sock_send(n, sock, head, 2)) < 0 ||
	    (err = sock_send(n, sock, output.data, output.len)) < 0 || (err = read_all(head, 2)) < 0)
		return err;
	len = (size_t)head[0] << 8 | head[1];
	if (len > sizeof(answer))
		len = sizeof(answer);
	err = read_all(answer, len);
	if (!err)
		dns_lookup_input(&lookup, answer, len, &output.server, clock_us());
	return err;
}

/* Sends the question from a new port; a server that cannot be sent to has had its turn. */
static void ask(void)
{
	struct net *n = net_stack();

	close_socket();
	if (output.tcp) {
		int failed = ask_by_tcp();
		if (failed < 0)
			dns_lookup_fail(&lookup, failed, clock_us());
		close_socket();
		return;
	}
	sock = sock_open(n, SOCK_UDP);
	int err = sock;
	if (sock >= 0) {
		bind_to_link();
		err = sock_connect(n, sock, &output.server, DNS_PORT);
	}
	if (err >= 0)
		err = sock_send(n, sock, output.data, output.len);
	if (err < 0)
		dns_lookup_fail(&lookup, err, clock_us());
}

static void receive(void)
{
	uint8_t packet[DNS_PACKET_MAX];
	int n = sock_recv(net_stack(), sock, packet, sizeof(packet));

	if (n == -EAGAIN)
		return;
	if (n < 0)
		dns_lookup_fail(&lookup, n, clock_us());
	else
		dns_lookup_input(&lookup, packet, (size_t)n < sizeof(packet) ? (size_t)n : sizeof(packet),
				 &lookup.server, clock_us());
}

static int run(void)
{
	uint64_t end = clock_us() + LOOKUP_MAX_US, until;

	while (!lookup.done) {
		if (task_cancelled())
			return -ECANCELED;
		if (clock_us() >= end)
			return -ETIMEDOUT;
		dns_lookup_poll(&lookup, clock_us(), random_u32(), &output);
		if (output.len)
			ask();
		until = dns_lookup_deadline(&lookup) < end ? dns_lookup_deadline(&lookup) : end;
		if (lookup.done)
			break;
		if (sock < 0)
			task_sleep_until(until);
		else if (net_wait(sock, SOCK_IN, until) >= 0)
			receive();
	}
	return lookup.result;
}

/* The name's addresses: their count or -E, and the cause. */
static int serve(const char *name, struct dns_found *found)
{
	struct dns_config cfg = present_config();
	int n = name ? dns_cache_get(&cache, name, found->addrs, DNS_MAX_ADDRS, clock_us()) : -EINVAL;
	char why[DNS_WHY_MAX], no_link[NET_NO_LINK_MAX] = "";

	if (n < 0)
		cause_fact_set(&found->cause, n, n == -ENOENT ? "there is no host %.80s; check the name" :
			       n == -EAFNOSUPPORT ? "%.80s has IPv6 addresses only" : "%.80s is no host's name",
			       name ? name : "that");
	if (n)
		return n;
	dns_lookup_start(&lookup, name, &cfg, clock_us());
	n = run();
	close_socket();
	dns_cache_put(&cache, name, &lookup, clock_us());
	if (n > 0) {
		memcpy(found->addrs, lookup.addrs, (unsigned)n * sizeof(found->addrs[0]));
		return n;
	}
	dns_lookup_why(&lookup, name, why, sizeof(why));
	if (lookup.cfg.server_count && (lookup.heard[0] == DNS_SILENT || lookup.heard[0] == DNS_UNREACHABLE))
		net_no_link(&lookup.cfg.servers[0], no_link);
	cause_fact_set(&found->cause, n, "%s%s", why, no_link);
	for (unsigned i = 0; i < lookup.cfg.server_count; i++)
		if (lookup.heard[i] == DNS_FAILED)
			found->cause.status = lookup.heard_rcode[i];
	return n;
}

void dns_main(void *arg)
{
	struct service *self = arg;
	struct dns_found found;
	int r, n;

	for (;;)
		if (port_receive(&self->port, &r, CLOCK_NEVER) == 0) {
			memset(&found, 0, sizeof(found));
			n = serve(request_in_text(r), &found);
			request_reply(r, n, &found, sizeof(found));
		}
}

/* What no answer has said. */
static void say_why(struct cause_fact *why, const char *name, int err)
{
	char addr[NET_ADDR_TEXT], servers[DNS_MAX_SERVERS * (NET_ADDR_TEXT + 1)] = "";
	struct dns_config cfg = present_config();

	for (unsigned i = 0; i < cfg.server_count; i++) {
		strcat(servers, " ");
		strcat(servers, net_addr_format(&cfg.servers[i], addr));
	}
	cause_fact_set(why, err, "the address of %.80s: %s; name servers:%s", name, err_text(err),
		       *servers ? servers : " none");
}

int dns_lookup(const char *name, struct net_addr *addrs, unsigned max, uint64_t deadline_us, bool (*stop)(void),
	       struct cause_fact *why)
{
	struct dns_found found = { .cause = { .err = 0 } };
	int n;

	if (!max)
		return -EINVAL;
	if (net_addr_parse(name, addrs) == 0)
		return 1;
	n = port_call_unless(service_port("dns"), DNS_MSG_LOOKUP, name, strlen(name) + 1, &found, sizeof(found),
			     deadline_us, stop);
	if (n == -EMSGSIZE)
		n = -EINVAL;
	if (n > (int)max)
		n = (int)max;
	if (n > 0)
		memcpy(addrs, found.addrs, (unsigned)n * sizeof(*addrs));
	else if (why && found.cause.err)
		*why = found.cause;
	else if (why)
		say_why(why, name, n);
	return n;
}
