/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands about the stack's tables: route arp sockets. */
#include "services/interface/route_commands.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kernel/err.h"
#include "kernel/log.h"
#include "net/net.h"
#include "services/command/run.h"
#include "services/dhcp/dhcp_service.h"
#include "services/script/settings.h"
#include "services/stack/stack.h"

static const struct net_prefix all;	/* the default route's */
static bool changed;			/* routes are not as leases and settings have them */

static int show_routes(void)
{
	char a[NET_ADDR_TEXT], b[NET_ADDR_TEXT];
	const struct link *l;
	struct net_route r;
	for (unsigned i = 0; (l = link_get(net_stack(), i)); i++) {
		const struct net_addr net = net_addr_v4(l->addr.v4 & net_mask(l->len).v4);
		if (l->addr.family)
			log_line("  %s/%u on %s", net_addr_format(&net, a), l->len, l->name);
	}
	for (unsigned i = 0; net_route_get(net_stack(), i, &r); i++)
		if (r.gateway.family)
			log_line("  %s/%u by %s on %s", net_addr_format(&r.to.addr, a), r.to.len,
				 net_addr_format(&r.gateway, b), r.link->name);
		else
			log_line("  %s/%u on %s", net_addr_format(&r.to.addr, a), r.to.len, r.link->name);
	return 0;
}

static int add_route(const struct net_prefix *to, const struct net_addr *gateway)
{
	struct link *l = link_toward(net_stack(), gateway);
	return l ? net_route_add(net_stack(), l, to, gateway) : -ENETUNREACH;
}

/* On whichever link it is. */
static int del_route(const struct net_prefix *to)
{
	struct link *l;
	int err = -ENOENT;
	for (unsigned i = 0; (l = link_get(net_stack(), i)); i++)
		if (net_route_del(net_stack(), l, to) == 0)
			err = 0;
	return err;
}

/* By a gateway that was set. */
static void put_gateway(struct link *l)
{
	char name[LINK_NAME_LEN + 16];
	struct setting_value v;
	struct net_addr gateway;
	snprintf(name, sizeof(name), "%s/gateway", l->name);
	if (settings_fetch(command_settings(), name, &v) < 0 || v.len != 4)
		return;
	gateway = net_addr_from_bytes(v.raw);
	(void)net_route_add(net_stack(), l, &all, &gateway);
}

void route_forget(void)
{
	struct link *l;
	for (unsigned i = 0; changed && (l = link_get(net_stack(), i)); i++) {
		const struct dhcp_lease *lease = dhcp_link_lease(l);
		net_route_clear(net_stack(), l);
		for (unsigned k = 0; lease && k < lease->route_count; k++)
			(void)net_route_add(net_stack(), l, &lease->routes[k].to, &lease->routes[k].gateway);
		if (l->addr.family)
			put_gateway(l);
	}
	changed = false;
}

static int route_failed(int err, const char *to, const char *gateway)
{
	switch (err) {
	case -ENETUNREACH:
		return command_fail(err, "route: no open link has an address, so the gateway %s is out of reach; dhcp "
				    "or set net0/ip first", gateway);
	case -ENOSPC:
		return command_fail(err, "route: no room for %s: there are %u routes already; route del takes one away",
				    to, NET_ROUTES);
	case -ENOENT:
		return command_fail(err, "route: there is no route to %s that could go; route shows those there are",
				    to);
	default:
		return command_fail(err, "route: %s: %s", to, err_text(err));
	}
}

static int cmd_route(struct call *c)
{
	char a[NET_ADDR_TEXT], b[NET_ADDR_TEXT];
	struct net_prefix to = all;
	struct net_addr gateway;
	int err;
	if (!c->argc || !strcmp(c->argv[0], "show"))
		return show_routes();
	bool add = !strcmp(c->argv[0], "add");
	if (c->argc != (add ? 3 : 2) || (!add && strcmp(c->argv[0], "del")))
		return command_fail(-EINVAL, "usage: route %s", c->cmd->usage);
	if (strcmp(c->argv[1], "default") && net_prefix_parse(c->argv[1], &to) < 0)
		return command_fail(-EINVAL, "route: %s is no network; write 10.1.0.0/16 or default", c->argv[1]);
	const struct net_addr net = net_addr_v4(to.addr.v4 & net_mask(to.len).v4);
	if (net.v4 != to.addr.v4)
		return command_fail(-EINVAL, "route: %s is no network, as it has bits behind its first %u; write %s/%u "
				    "for the network, %s/32 for one host", c->argv[1], to.len,
				    net_addr_format(&net, a), to.len, net_addr_format(&to.addr, b));
	if (add && net_addr_parse(c->argv[2], &gateway) < 0)
		return command_fail(-EINVAL, "route: the gateway %s is no address; write it as 10.0.0.1", c->argv[2]);
	err = add ? add_route(&to, &gateway) : del_route(&to);
	changed = changed || err == 0;
	return err < 0 ? route_failed(err, c->argv[1], add ? c->argv[2] : "") : 0;
}

static int cmd_arp(struct call *c)
{
	static const char *const states[] = { "free", "asked for", "known", "asked again" };
	char ip[NET_ADDR_TEXT];
	const struct arp_entry *e;
	(void)c;
	for (unsigned i = 0; (e = arp_get(net_stack(), i)); i++) {
		const struct net_addr addr = net_addr_v4(e->ip);
		log_line("  %-15s %02x:%02x:%02x:%02x:%02x:%02x %s on %s", net_addr_format(&addr, ip), e->mac[0],
			 e->mac[1],
			 e->mac[2], e->mac[3], e->mac[4], e->mac[5], states[e->state], e->link->name);
	}
	return 0;
}

static int cmd_sockets(struct call *c)
{
	char local[NET_ADDR_TEXT], remote[NET_ADDR_TEXT], text[64];
	struct sock_info s;
	(void)c;
	for (unsigned i = 0; sock_info(net_stack(), i, &s); i++) {
		text[0] = '\0';
		if (s.type == SOCK_TCP)
			snprintf(text, sizeof(text), " rtt %lu us, window %lu, holes %lu", (unsigned long)s.rtt_us,
				 (unsigned long)s.window, (unsigned long)s.ranges);
		log_line("  %2d %s %s:%u - %s:%u %s%s%s in %lu out %lu%s", s.fd, s.type == SOCK_TCP ? "tcp" : "udp",
			 net_addr_format(&s.local, local), s.local_port, net_addr_format(&s.remote, remote),
			 s.remote_port, s.state, s.link ? " on " : "", s.link ? s.link->name : "",
			 (unsigned long)s.recv_len, (unsigned long)s.send_len, text);
	}
	return 0;
}

const struct command route_commands[] = {
	{ .name = "route", .max = 3, .run = cmd_route,
	  .usage = "[add NET/LEN|default GATEWAY | del NET/LEN|default]", .help = "show or change routes" },
	{ .name = "arp", .max = 1, .run = cmd_arp,
	  .help = "the neighbours' hardware addresses" },
	{ .name = "nstat", .run = cmd_arp },
	{ .name = "sockets", .run = cmd_sockets,
	  .help = "open connections" },
	{ 0 },
};
