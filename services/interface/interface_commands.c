/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands about interfaces.  See interface_commands.h. */
#include "services/interface/interface_commands.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/err.h"
#include "kernel/log.h"
#include "net/net.h"
#include "services/command/number.h"
#include "services/command/run.h"
#include "services/console/progress.h"
#include "services/dhcp/dhcp_service.h"
#include "services/dns/dns_service.h"
#include "services/firmware/machine.h"
#include "services/script/setting_owner.h"
#include "services/stack/stack.h"

#define LEASE_WAIT_US 120000000u
#define RELEASE_WAIT_US 2000000u
#define SLICE_US 200000u
#define DHCP_SETTINGS 224		/* option with words name=value; of those for private use (RFC 3942) */

/* A setting's address, none when it is not set. */
static struct net_addr address_setting(const char *name)
{
	struct setting_value v;
	if (settings_fetch(command_settings(), name, &v) < 0 || v.len < 4)
		return (struct net_addr){ 0 };
	return net_addr_from_bytes(v.raw);
}

static const struct net_prefix all;	/* the default route's */

/* True if a person or a script gave net0 this, rather than the network. */
static bool was_set(const char *name)
{
	for (const struct setting *e = command_settings()->first; e; e = e->next)
		if (!strcmp(e->name, name) || (!strncmp(e->name, "net0/", 5) && !strcmp(e->name + 5, name)))
			return true;
	return false;
}

/* What is not set is taken over from the lease, if there was one. */
static int configure_static(void)
{
	char a[NET_ADDR_TEXT], b[NET_ADDR_TEXT], g[NET_ADDR_TEXT];
	struct net_addr ip = address_setting("ip"), mask = address_setting("netmask");
	struct net_addr gateway = address_setting("gateway"), dns = address_setting("dns");

	if (!mask.family)
		mask = net_mask(net_class_len(&ip));
	int len = net_mask_len(&mask);
	if (dhcp_service_lease())
		dhcp_release_lease(clock_us() + RELEASE_WAIT_US);
	net_route_del(net_stack(), &all);
	int err = len < 0 ? len : net_if_configure(net_stack(), net_card(), &ip, (unsigned)len);
	if (err == 0 && gateway.family)
		err = net_route_add(net_stack(), &all, &gateway);
	if (err < 0)
		return command_fail(err, "net0: address %s mask %s is refused: %s", net_addr_format(&ip, a),
				    net_addr_format(&mask, b),
				  err_text(err));
	dns_set_servers(&dns, dns.family != 0);
	log_line("net0: address %s mask %s gateway %s, as it was set", net_addr_format(&ip, a),
		 net_addr_format(&mask, b),
		 gateway.family ? net_addr_format(&gateway, g) : "none");
	return 0;
}

static int configure_dhcp(uint64_t deadline_us)
{
	int err;
	while ((err = dhcp_configure(deadline_us, command_interrupted)) == -ECONNRESET && clock_us() < deadline_us)
		if (command_sleep_until(clock_us() + SLICE_US) < 0) {
			err = -ECANCELED;
			break;
		}
	if (err == -ECANCELED)
		return command_fail(-EINTR, "dhcp: stopped by Ctrl-C");
	if (err == -ETIMEDOUT && clock_us() >= deadline_us)
		return command_fail(err, "dhcp: no lease yet");
	command_said();	/* the dhcp service explains itself */
	struct net_addr dns = address_setting("dns");
	dns_set_servers(&dns, was_set("dns") && dns.family);
	return err;
}

/* As set undi.transport says. */
static void set_transport(void)
{
	char want[16];
	if (settings_format(command_settings(), "undi.transport", want, sizeof(want)) < 0)
		want[0] = '\0';
	machine_set_transport(want);
}

/* The settings that the lease brought, if it did. */
static void take_dhcp_settings(void)
{
	char text[256];
	const struct dhcp_lease *l = dhcp_service_lease();
	int n = l ? dhcp_option(l->raw, l->raw_len, DHCP_SETTINGS, 0, (uint8_t *)text, sizeof(text) - 1) : -1;
	if (n <= 0)
		return;
	text[(size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1] = '\0';
	setting_owner_take_words(command_settings(), "DHCP option 224", text, true);
	setting_owner_changed(NULL);
}

static int configure(uint64_t wait_us)
{
	set_transport();
	if (!net_card())
		return command_fail(-ENODEV, "dhcp: there is no network card that we can drive; see the lines above on PXE and UNDI (log shows them again)");
	int err = was_set("ip") ? configure_static() : configure_dhcp(clock_us() + wait_us);
	if (err == 0)
		take_dhcp_settings();
	return err;
}

int interface_configure(void)
{
	return configure(LEASE_WAIT_US);
}

static int cmd_dhcp(struct call *c)
{
	uint32_t timeout_ms = LEASE_WAIT_US / 1000;
	if (c->argc && strcmp(c->argv[0], "net0") && strcmp(c->argv[0], "netX"))
		return command_fail(-ENODEV, "%s: there is no interface %s, only net0", c->cmd->name, c->argv[0]);
	if (c->opt[0] && strcmp(c->opt[0], "dhcp"))
		return command_fail(-ENOTSUP, "%s: only the configurator dhcp is known, not %s", c->cmd->name, c->opt[0]);
	if (command_number(c->opt[1], "the timeout", &timeout_ms) < 0)
		return -EINVAL;
	if (!strcmp(c->cmd->name, "ifopen") && !was_set("ip")) {
		set_transport();
		return 0;	/* the card is open already */
	}
	return configure(timeout_ms * 1000ull);
}

static int cmd_ifstat(struct call *c)
{
	char ip[NET_ADDR_TEXT], mask[NET_ADDR_TEXT], rx[HUMAN_LEN], tx[HUMAN_LEN];
	struct netdev *d = net_card();
	const struct net *n = net_stack();
	if (!d)
		return command_fail(-ENODEV, "ifstat: there is no network card that we can drive");
	const struct net_if *nif = net_if_get(n, d);
	const struct net_addr bits = net_mask(nif ? nif->len : 0);
	log_line("%s: %02x:%02x:%02x:%02x:%02x:%02x link %s, mtu %u", d->name, d->mac[0], d->mac[1], d->mac[2], d->mac[3], d->mac[4],
		 d->mac[5], d->link_up ? "up" : "down", d->mtu ? d->mtu : NETDEV_MTU_MAX);
	if (nif && nif->addr.family)
		log_line("  address %s mask %s", net_addr_format(&nif->addr, ip), net_addr_format(&bits, mask));
	else
		log_line("  no address; dhcp gets one");
	if (d->ops->update_counts)
		d->ops->update_counts(d);
	log_line("  received %lu frames, %s; errors %lu, damaged %lu, overruns %lu", (unsigned long)d->rx_frames, human_size(d->rx_bytes, rx),
		 (unsigned long)d->rx_errors, (unsigned long)d->rx_damaged, (unsigned long)d->rx_overruns);
	log_line("  sent %lu frames, %s; errors %lu, without link %lu", (unsigned long)d->tx_frames, human_size(d->tx_bytes, tx),
		 (unsigned long)d->tx_errors, (unsigned long)d->tx_no_link);
	log_line("  took %llu us for a received frame, %lu frames a visit; %llu us for a sent one", d->rx_us / (d->rx_frames | 1),
		 (unsigned long)(d->rx_frames / (d->rx_visits | 1)), d->tx_us / (d->tx_frames | 1));
	for (unsigned i = 0; i < CNT_KINDS; i++)
		if (n->count[i] || c->opt[0])
			log_line("  %-22s %lu", net_counter_name(i), (unsigned long)n->count[i]);
	return 0;
}

static int show_routes(void)
{
	char a[NET_ADDR_TEXT], b[NET_ADDR_TEXT];
	const struct net_if *nif = net_card() ? net_if_get(net_stack(), net_card()) : NULL;
	struct net_route r;
	if (nif && nif->addr.family) {
		const struct net_addr net = net_addr_v4(nif->addr.v4 & net_mask(nif->len).v4);
		log_line("  %s/%u on net0", net_addr_format(&net, a), nif->len);
	}
	for (unsigned i = 0; net_route_get(net_stack(), i, &r); i++)
		log_line("  %s/%u by %s", net_addr_format(&r.to.addr, a), r.to.len, net_addr_format(&r.gateway, b));
	return 0;
}

static int cmd_route(struct call *c)
{
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
	if (add && net_addr_parse(c->argv[2], &gateway) < 0)
		return command_fail(-EINVAL, "route: %s is no address", c->argv[2]);
	err = add ? net_route_add(net_stack(), &to, &gateway) : net_route_del(net_stack(), &to);
	return err < 0 ? command_fail(err, "route: %s: %s", c->argv[1], err_text(err)) : 0;
}

static int cmd_arp(struct call *c)
{
	static const char *const states[] = { "free", "asked for", "known", "asked again" };
	char ip[NET_ADDR_TEXT];
	const struct arp_entry *e;
	(void)c;
	for (unsigned i = 0; (e = arp_get(net_stack(), i)); i++) {
		const struct net_addr addr = net_addr_v4(e->ip);
		log_line("  %-15s %02x:%02x:%02x:%02x:%02x:%02x %s", net_addr_format(&addr, ip), e->mac[0], e->mac[1],
			 e->mac[2], e->mac[3],
			 e->mac[4], e->mac[5], states[e->state]);
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
			snprintf(text, sizeof(text), " rtt %lu us, window %lu, holes %lu", (unsigned long)s.rtt_us, (unsigned long)s.window,
				 (unsigned long)s.ranges);
		log_line("  %2d %s %s:%u - %s:%u %s in %lu out %lu%s", s.fd, s.type == SOCK_TCP ? "tcp" : "udp",
			 net_addr_format(&s.local, local), s.local_port, net_addr_format(&s.remote, remote), s.remote_port, s.state,
			 (unsigned long)s.recv_len, (unsigned long)s.send_len, text);
	}
	return 0;
}

const struct command interface_commands[] = {
	{ .name = "dhcp", .options = "c/configurator= t/timeout=", .max = 1, .run = cmd_dhcp,
	  .usage = "[net0]", .help = "get an address by DHCP, or take the one set by net0/ip" },
	{ .name = "ifconf", .options = "c/configurator= t/timeout=", .max = 1, .run = cmd_dhcp,
	  .usage = "[net0]" },
	{ .name = "ifopen", .max = 1, .run = cmd_dhcp,
	  .usage = "[net0]" },
	{ .name = "ifstat", .options = "a/all", .max = 1, .run = cmd_ifstat,
	  .usage = "[--all]", .help = "the network card, its address, what it counted" },
	{ .name = "route", .max = 3, .run = cmd_route,
	  .usage = "[add NET/LEN|default GATEWAY | del NET/LEN|default]", .help = "show or change routes" },
	{ .name = "arp", .max = 1, .run = cmd_arp,
	  .help = "the neighbours' hardware addresses" },
	{ .name = "sockets", .run = cmd_sockets,
	  .help = "open connections" },
	{ 0 },
};
