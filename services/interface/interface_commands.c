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
#include "kernel/task.h"
#include "net/net.h"
#include "services/command/number.h"
#include "services/command/run.h"
#include "services/console/progress.h"
#include "services/dhcp/dhcp_service.h"
#include "services/dns/dns_service.h"
#include "services/firmware/machine.h"
#include "services/interface/identity.h"
#include "services/interface/lease.h"
#include "services/interface/pxebs_commands.h"
#include "services/script/script.h"
#include "services/script/setting_owner.h"
#include "services/stack/stack.h"

#define LEASE_WAIT_US 120000000u
#define RENEWAL_WAIT_US 8000000u	/* for a try that has a lease, and would have the newest */
#define LINK_WAIT_US 15000000u		/* iPXE's */
#define RELEASE_WAIT_US 2000000u
#define SLICE_US 200000u
#define DHCP_SETTINGS 224		/* option with words name=value; of those for private use (RFC 3942) */

static const struct net_prefix all;	/* the default route's */

/* What somebody set as netN/name, or none. */
static struct net_addr address_set(const struct link *l, const char *name)
{
	char scoped[LINK_NAME_LEN + 16];
	snprintf(scoped, sizeof(scoped), "%s/%s", l->name, name);
	for (const struct setting *e = command_settings()->first; e; e = e->next)
		if (!strcmp(e->name, scoped) && e->len == 4)
			return net_addr_from_bytes(e->raw);
	return (struct net_addr){ 0 };
}

/* The same; else, where l is netX, what was set without a scope. */
static struct net_addr address_wanted(const struct link *l, const char *name)
{
	struct net_addr a = address_set(l, name);
	if (!a.family && !strcmp(l->name, command_settings()->netx))
		for (const struct setting *e = command_settings()->first; e; e = e->next)
			if (!strcmp(e->name, name) && e->len == 4)
				return net_addr_from_bytes(e->raw);
	return a;
}

/* What links have because it was set; addr none: nothing. */
static struct applied {
	struct link *link;
	struct net_addr addr, gateway;
	uint8_t len;
} applied[NET_LINKS];

static struct applied *find_applied(const struct link *l)
{
	struct applied *a = applied;
	while (a < applied + NET_LINKS && a->link != l)
		a++;
	return a < applied + NET_LINKS ? a : NULL;
}

/* What is not set is taken over from the lease, if there was one. */
static int configure_static(struct link *l, struct net_addr ip)
{
	char a[NET_ADDR_TEXT], b[NET_ADDR_TEXT], g[NET_ADDR_TEXT];
	struct net_addr mask = address_wanted(l, "netmask"), gateway = address_wanted(l, "gateway");
	const struct dhcp_lease *lease = dhcp_link_lease(l);
	struct applied *was = find_applied(l);

	if (!mask.family)
		mask = net_mask(lease ? lease->len : was && net_addr_equal(&was->addr, &ip) ? was->len :
				net_class_len(&ip));
	if (!gateway.family && lease)
		gateway = lease->gateways[0];
	int len = net_mask_len(&mask), err = len < 0 ? len : link_check(&ip, (unsigned)len);
	if (err < 0)
		return command_fail(err, "%s: no machine can have address %s with mask %s; all stays as it is",
				    l->name, net_addr_format(&ip, a), net_addr_format(&mask, b));
	if (dhcp_runs_on(l))
		dhcp_release_lease(l, clock_us() + RELEASE_WAIT_US);
	(void)link_configure(net_stack(), l, &ip, (unsigned)len);
	(void)net_route_del(net_stack(), l, &all);
	err = gateway.family ? net_route_add(net_stack(), l, &all, &gateway) : 0;
	if (!was)
		was = find_applied(NULL);
	*was = (struct applied){ 0 };
	if (err < 0)
		return command_fail(err, "%s: gateway %s: %s; route shows those there are", l->name,
				    net_addr_format(&gateway, g), err_text(err));
	*was = (struct applied){ l, ip, gateway, (uint8_t)len };
	log_line("%s: address %s mask %s gateway %s, as it was set", l->name, net_addr_format(&ip, a),
		 net_addr_format(&mask, b), gateway.family ? net_addr_format(&gateway, g) : "none");
	return 0;
}

void interface_forget_settings(void)
{
	memset(applied, 0, sizeof(applied));
}

static bool is_applied(const struct link *l, struct net_addr ip)
{
	struct net_addr mask = address_set(l, "netmask"), gateway = address_set(l, "gateway");
	const struct applied *a = find_applied(l);
	return a && net_addr_equal(&a->addr, &ip) && (!mask.family || net_mask_len(&mask) == a->len) &&
	       (!gateway.family || net_addr_equal(&gateway, &a->gateway));
}

/* What was set as name, unless it is a default and a lease says something else. */
static struct net_addr resolver_set(const char *name)
{
	struct setting_value v;
	for (const struct setting *e = command_settings()->first; e; e = e->next)
		if (!strcmp(e->name, name) && settings_fetch(command_settings(), name, &v) == 0 && v.raw == e->raw &&
		    v.len == 4)
			return net_addr_from_bytes(v.raw);
	return (struct net_addr){ 0 };
}

/* name is one of l's own, netN/...; NULL is everybody's. */
static bool is_of(const struct link *l, const char *name)
{
	size_t len = strcspn(name ? name : "", "/");
	if (name && !strncmp(name, "netX/", 5))
		return !strcmp(l->name, command_settings()->netx);
	return !name || (len == strlen(l->name) && !strncmp(l->name, name, len));
}

/* What is set as netN/mtu holds at once: 0 or -EINVAL, said. */
static int apply_mtu(struct link *l)
{
	char scoped[LINK_NAME_LEN + 16];
	int32_t mtu = 0;
	int err = 0;
	snprintf(scoped, sizeof(scoped), "%s/mtu", l->name);
	for (const struct setting *e = command_settings()->first; e; e = e->next)
		if (!strcmp(e->name, scoped))
			err = value_number(e->type, e->raw, e->len, &mtu);
	if (err == 0 && mtu >= 0)
		err = link_set_mtu(l, (uint32_t)mtu);
	if (err < 0 || mtu < 0)
		return command_fail(-EINVAL, "%s/mtu is to be a number from %u on; it stays %u", l->name, LINK_MTU_MIN,
				    link_mtu(l));
	return 0;
}

int interface_apply_settings(void)
{
	const char *name = setting_owner_name();
	int result = 0;
	struct link *l;

	for (unsigned i = 0; (l = link_get(net_stack(), i)); i++) {
		char scoped[LINK_NAME_LEN + 16];
		snprintf(scoped, sizeof(scoped), "%s/dns", l->name);
		struct net_addr ip = address_set(l, "ip"), dns = resolver_set(scoped);
		struct applied *was = find_applied(l);
		int bad = apply_mtu(l);
		result = bad < 0 && is_of(l, name) ? bad : result;
		dns_set_server(l, &dns);
		if (ip.family && !is_applied(l, ip)) {
			int err = configure_static(l, ip);
			result = err < 0 && is_of(l, name) ? err : result;
		} else if (!ip.family && was && !address_wanted(l, "ip").family) {	/* it was cleared */
			link_configure(net_stack(), l, NULL, 0);
			*was = (struct applied){ 0 };
		}
	}
	struct net_addr everywhere = resolver_set("dns");
	dns_set_server(NULL, &everywhere);
	return result;
}

/* l is what netX means from now on. */
static void make_netx(const struct link *l)
{
	struct settings *s = command_settings();
	snprintf(s->netx, sizeof(s->netx), "%s", l->name);
}

/* By which leases are asked for where no setting says it; "" is Undine's own. */
static const char *user_class = "";

static int choose_class(const struct link *l)
{
	char text[DHCP_CLASS_MAX];
	const struct setting *e = lease_class(l);
	if (e && e->len >= sizeof(text))
		return command_fail(-E2BIG, "dhcp: user-class has %u bytes, and DHCP's option 77 takes %u; set "
				    "user-class to less", (unsigned)e->len, DHCP_CLASS_MAX - 1);
	if (e)
		snprintf(text, sizeof(text), "%.*s", (int)e->len, (const char *)e->raw);
	dhcp_ask_as(e ? text : user_class);
	return 0;
}

static int configure_dhcp(struct link *l, uint64_t deadline_us)
{
	struct applied *was = find_applied(l);
	int err = choose_class(l);
	dhcp_use_rom(lease_setting("dhcp.cached"));
	if (err < 0)
		return err;
	if (was)
		*was = (struct applied){ 0 };
	while ((err = dhcp_configure(l, deadline_us, command_interrupted)) == -ECONNRESET && clock_us() < deadline_us)
		if (command_sleep_until(clock_us() + SLICE_US) < 0) {
			err = -ECANCELED;
			break;
		}
	if (err == -ECANCELED)
		return command_fail(-EINTR, "dhcp: stopped by %s", command_stopper());
	if (err < 0 && dhcp_link_cause(l)) {	/* the dhcp service has said it */
		(void)command_caused(dhcp_link_cause(l));
		command_said();
		return err;
	}
	if (err == -ETIMEDOUT && clock_us() >= deadline_us)
		return command_fail(err, "dhcp: no lease on %s in the time it had; it is given up until dhcp is "
				    "called again%s", l->name, dhcp_link_lease(l) ? ", and the one it has stays" :
				    " (--timeout says how long)");
	command_said();	/* the dhcp service explains itself */
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

/* And driver, of one card or of all. */
static void set_drivers(void)
{
	char want[16], name[NETDEV_NAME_LEN + 8];
	struct link *l;
	for (unsigned i = 0; (l = link_get(net_stack(), i)); i++) {
		snprintf(name, sizeof(name), "%s/driver", l->name);
		if (l->tag)
			continue;
		if (settings_format(command_settings(), name, want, sizeof(want)) < 0 &&
		    settings_format(command_settings(), "driver", want, sizeof(want)) < 0)
			want[0] = '\0';
		machine_set_driver(l->dev, want);
	}
}

/* The settings that the last lease brought; a machine that gets none any more has them still. */
static char dhcp_settings[DHCP_STRING_MAX];
static bool dhcp_settings_cut;

static void apply_dhcp_settings(const char *from)
{
	setting_owner_take_words(command_settings(), from, dhcp_settings, true);
	if (dhcp_settings_cut)
		setting_owner_words_cut(command_settings(), from);
	setting_owner_changed(NULL);
}

static void take_dhcp_settings(const struct link *l)
{
	const struct dhcp_lease *lease = dhcp_link_lease(l);
	if (!lease)
		return;
	int n = dhcp_option(lease->raw, lease->raw_len, DHCP_SETTINGS, 0, dhcp_settings, sizeof(dhcp_settings) - 1);
	dhcp_settings[n > 0 ? n : 0] = '\0';
	size_t used = strlen(dhcp_settings);
	dhcp_settings_cut = false;
	for (int i = (int)used; i < n; i++)		/* NULs at the end are some servers' custom */
		dhcp_settings_cut = dhcp_settings_cut || dhcp_settings[i];
	if (dhcp_settings_cut)
		log_warn("DHCP option 224: %d bytes, of which a NUL cuts off all but the first %u", n, (unsigned)used);
	if (n > 0)
		apply_dhcp_settings("DHCP option 224");
}

/* Waits until l can send: 0, -ETIMEDOUT, -EINTR. */
static int await_link(const struct link *l, uint64_t deadline_us)
{
	while (!link_up(l)) {
		if (clock_us() >= deadline_us)
			return -ETIMEDOUT;
		if (command_sleep_until(clock_us() + SLICE_US / 4) < 0)
			return -EINTR;
	}
	return 0;
}

/* A try has the lease in force, if there is one, where no newer can be had. */
static bool trying;

static int configure_link(struct link *l, uint64_t deadline_us)
{
	struct net_addr ip = address_wanted(l, "ip");
	char who[IDENTITY_MAX];
	int err = net_open_link(l);
	if (err < 0)
		return command_fail(err, "%s: it does not open: %s", l->name, err_text(err));
	bool renewal = trying && !ip.family && dhcp_link_lease(l);
	uint64_t until_us = clock_us() + RENEWAL_WAIT_US;
	if (!renewal || until_us > deadline_us)
		until_us = deadline_us;
	err = ip.family ? configure_static(l, ip) : configure_dhcp(l, until_us);
	if (renewal && err < 0 && err != -EINTR && !dhcp_link_lease(l))	/* it was taken away meanwhile */
		err = configure_dhcp(l, deadline_us);
	if (renewal && err < 0 && err != -EINTR && dhcp_link_lease(l)) {
		log_line("%s: its lease is good for this try, too", l->name);
		command_forget_failure();
		err = 0;
	}
	if (err < 0)
		return err;
	make_netx(l);
	interface_apply_settings();	/* its dns */
	if (!ip.family && pxebs_complete_lease(l) == -EINTR)
		return command_fail(-EINTR, "dhcp: stopped by %s", command_stopper());
	take_dhcp_settings(l);
	identity_text(&l->addr, who, sizeof(who));
	log_line("machine: %s", who);
	return 0;
}

static int no_such_link(const char *command, const char *name)
{
	return command_fail(-ENODEV, "%s: there is no interface %s; ifstat shows those there are, vcreate makes VLANs",
			    command, name);
}

static int no_link(const char *command, const struct link *l, uint64_t since_us)
{
	char time[HUMAN_LEN];
	return command_fail(-ETIMEDOUT, "%s: %s has no link after %s, says its card: the cable is out, or the "
			    "switch's port is off; ifstat shows its state", command, l->name,
			    human_elapsed(clock_us() - since_us, time));
}

/*
 * each() for the links that c names, or all, whatever becomes of the others: 0, or
 * the last error.  first: until one returns 0, which is then the result.
 */
static int for_links(const struct call *c, bool first, int (*each)(struct link *l, void *ctx), void *ctx)
{
	const unsigned named = c ? (unsigned)c->argc : 0;
	int err = 0;
	if (!link_get(net_stack(), 0))
		return command_fail(-ENODEV, "%s: there is no network card that we can drive; see the lines above "
				    "on PXE and UNDI (log shows them again)", c ? c->cmd->name : "dhcp");
	for (unsigned i = 0; named ? i < named : link_get(net_stack(), i) != NULL; i++) {
		const char *name = named ? c->argv[i] : "";
		if (!strcmp(name, "netX"))
			name = command_settings()->netx;
		struct link *l = named ? link_find(net_stack(), name) : link_get(net_stack(), i);
		int result = l ? each(l, ctx) :
			     no_such_link(c->cmd->name, name);
		if (result == -EINTR || (first && result == 0))
			return result;
		if (result < 0)
			err = result;
		task_yield();	/* its ROM may have taken its time, and the next one's may, too */
	}
	return err;
}

/*
 * Where there are several, one that has no link is not waited for as long as a
 * lease may take; nor is one whose driver has not told yet who it is.
 */
static int try_link(struct link *l, void *ctx)
{
	const uint64_t *deadline_us = ctx;
	uint64_t begun = clock_us(), until = begun + LINK_WAIT_US;
	if ((link_get(net_stack(), 1) || !netdev_known(l->dev)) && net_open_link(l) == 0) {
		int err = await_link(l, until < *deadline_us ? until : *deadline_us);
		if (err < 0)
			return err == -EINTR ? command_fail(err, "dhcp: stopped by %s", command_stopper()) :
			       no_link("dhcp", l, begun);
	}
	return configure_link(l, *deadline_us);
}

static int configure(const struct call *c, uint64_t wait_us)
{
	uint64_t deadline_us = clock_us() + wait_us;
	set_transport();
	set_drivers();
	return for_links(c, true, try_link, &deadline_us);
}

int interface_configure(void)
{
	trying = true;
	user_class = "";
	int err = configure(NULL, LEASE_WAIT_US);
	trying = false;
	if (err < 0 && (dhcp_settings[0] || dhcp_settings_cut))
		apply_dhcp_settings("DHCP option 224 of the last lease");
	return err;
}

/* Where the last lease came from, and no class was set, nor is the ROM's lease used; else NULL. */
static struct link *classless(void)
{
	const struct dhcp_lease *lease = dhcp_service_lease();
	struct link *l = lease ? link_of(net_stack(), &lease->addr) : NULL;
	return l && !*user_class && !lease_class(l) && !lease_setting("dhcp.cached") ? l : NULL;
}

bool interface_may_ask_as(void)
{
	return classless();
}

int interface_ask_as(const char *class)
{
	struct link *l = classless();
	struct cause before = *command_cause();
	if (!l)
		return -EALREADY;
	trying = true;
	user_class = class;
	int err = configure_link(l, clock_us() + RENEWAL_WAIT_US);
	trying = false;
	if (err == 0 && strcmp(dhcp_asked_as(l), class))
		err = -ETIMEDOUT;
	if (err < 0) {
		user_class = "";
		if (err != -EINTR)
			*command_cause() = before;	/* the try goes on without it */
	}
	return err;
}

static int cmd_dhcp(struct call *c)
{
	uint32_t timeout_ms = LEASE_WAIT_US / 1000;
	if (c->opt[0] && strcmp(c->opt[0], "dhcp"))
		return command_fail(-ENOTSUP, "%s: only the configurator dhcp is known, not %s", c->cmd->name,
				    c->opt[0]);
	if (command_number(c->opt[1], "the timeout", &timeout_ms) < 0)
		return -EINVAL;
	int err = configure(c, timeout_ms * 1000ull);
	if (err < 0 && err != -EINTR && script_at_prompt(command_script()))	/* who else would try again? */
		log_line("%s: check cable and server, then try `%s` again", c->cmd->name, c->cmd->name);
	return err;
}

static int open_one(struct link *l, void *ctx)
{
	struct net_addr ip = address_wanted(l, "ip");
	int err = net_open_link(l);
	(void)ctx;
	if (err < 0)
		return command_fail(err, "ifopen: %s stays closed, for the reason above (%s); other links go on",
				    l->name, err_text(err));
	make_netx(l);
	return ip.family ? configure_static(l, ip) : 0;
}

static int cmd_ifopen(struct call *c)
{
	set_transport();
	set_drivers();
	return for_links(c, false, open_one, NULL);
}

static int close_one(struct link *l, void *ctx)
{
	(void)ctx;
	net_close_link(l);
	return 0;
}

static int cmd_ifclose(struct call *c)
{
	return for_links(c, false, close_one, NULL);
}

static int await_one(struct link *l, void *ctx)
{
	uint64_t begun = clock_us();
	int err = net_open_link(l);
	if (err < 0)
		return command_fail(err, "iflinkwait: %s does not open, for the reason above (%s), so it is not "
				    "waited for", l->name, err_text(err));
	err = await_link(l, begun + *(uint32_t *)ctx * 1000ull);
	if (err < 0)
		return err == -EINTR ? command_fail(err, "iflinkwait: stopped by %s", command_stopper()) :
		       no_link("iflinkwait", l, begun);
	make_netx(l);
	return 0;
}

static int cmd_iflinkwait(struct call *c)
{
	uint32_t timeout_ms = LINK_WAIT_US / 1000;
	if (command_number(c->opt[0], "the timeout", &timeout_ms) < 0)
		return -EINVAL;
	return for_links(c, true, await_one, &timeout_ms);
}

static int cmd_vcreate(struct call *c)
{
	const char *trunk_name = strcmp(c->argv[0], "netX") ? c->argv[0] : command_settings()->netx;
	struct link *trunk = link_find(net_stack(), trunk_name), *l;
	uint32_t tag = 0, priority = 0;
	int err;
	if (!trunk)
		return no_such_link("vcreate", trunk_name);
	if (!c->opt[0])
		return command_fail(-EINVAL, "vcreate: which VLAN on %s? Its number, 1 to 4094, is missing: "
				    "vcreate --tag n %s", trunk_name, trunk_name);
	if (command_number(c->opt[0], "the tag", &tag) < 0 || command_number(c->opt[1], "the priority", &priority) < 0)
		return -EINVAL;
	l = link_add_vlan(net_stack(), trunk, tag, priority, &err);
	if (!l)
		return command_fail(err, "vcreate: %s-%lu: %s", trunk_name, (unsigned long)tag,
				    err == -ENOSPC ? "there are too many links; vdestroy takes one away" :
				    err == -EADDRNOTAVAIL ? "the card has no address that one could send from" :
				    "--tag takes 1 to 4094, --priority 0 to 7, on a link that is no VLAN itself");
	interface_apply_settings();	/* a script may have set its address before */
	return 0;
}

/* What was set of a link goes with it; what our own file says stays. */
static void forget_settings_of(const char *link)
{
	const size_t len = strlen(link);
	for (struct setting *e = command_settings()->first, *next; e; e = next) {
		char name[SETTING_NAME_MAX];
		next = e->next;
		if (e->marks || strncmp(e->name, link, len) || e->name[len] != '/')
			continue;
		snprintf(name, sizeof(name), "%s", e->name);
		settings_clear(command_settings(), name);
	}
}

static int destroy_one(struct link *l, void *ctx)
{
	struct applied *was = find_applied(l);
	char name[LINK_NAME_LEN];
	int err = 0;
	(void)ctx;
	if (!l->tag)
		return command_fail(-EINVAL, "vdestroy: %s is a card and stays; a VLAN's name is as %s-5 (ifstat shows "
				    "them), and ifclose takes a card down", l->name, l->name);
	if (dhcp_runs_on(l))
		err = dhcp_release_lease(l, clock_us() + RELEASE_WAIT_US);
	if (err < 0)
		return command_fail(err, "vdestroy: the dhcp service does not let go of %s: %s", l->name,
				    err_text(err));
	if (was)
		*was = (struct applied){ 0 };
	dns_set_server(l, &(struct net_addr){ 0 });
	snprintf(name, sizeof(name), "%s", l->name);
	err = link_remove(net_stack(), l);
	if (err < 0)
		return command_fail(err, "vdestroy: %s stays, without an address: sockets are bound to it (sockets "
				    "lists them); again when they are closed", l->name);
	forget_settings_of(name);
	if (!link_find(net_stack(), command_settings()->netx))
		make_netx(link_get(net_stack(), 0));
	return 0;
}

static int cmd_vdestroy(struct call *c)
{
	return for_links(c, false, destroy_one, NULL);
}

static void show_device(struct netdev *d)
{
	char rx[HUMAN_LEN], tx[HUMAN_LEN];
	const struct netdev_bus *b = &d->bus;
	if (b->type)
		log_line("  %s %04x:%04x at %02x:%02x.%x%s%s, driven by %s", b->type, b->vendor, b->device,
			 b->location >> 8, b->location >> 3 & 31, b->location & 7, *b->words ? ", " : "", b->words,
			 d->driver ? d->driver : "its ROM");
	if (d->heard_us)
		log_line("  the last frame came %s ago", human_elapsed(clock_us() - d->heard_us, rx));
	else if (d->link_up)
		log_line("  nothing has been heard yet%s",
			 d->driver ? "" : ", and this driver cannot see whether the cable is in");
	if (d->ops->update_counts)
		d->ops->update_counts(d);
	log_line("  received %lu frames, %s; errors %lu, damaged %lu, overruns %lu", (unsigned long)d->rx_frames,
		 human_size(d->rx_bytes, rx), (unsigned long)d->rx_errors, (unsigned long)d->rx_damaged,
		 (unsigned long)d->rx_overruns);
	log_line("  sent %lu frames, %s; errors %lu, without link %lu", (unsigned long)d->tx_frames,
		 human_size(d->tx_bytes, tx), (unsigned long)d->tx_errors, (unsigned long)d->tx_no_link);
	log_line("  took %llu us for a received frame, %lu frames a visit; %llu us for a sent one",
		 (unsigned long long)(d->rx_us / (d->rx_frames | 1)),
		 (unsigned long)(d->rx_frames / (d->rx_visits | 1)),
		 (unsigned long long)(d->tx_us / (d->tx_frames | 1)));
}

static int show_link(struct link *l, void *ctx)
{
	char ip[NET_ADDR_TEXT], mask[NET_ADDR_TEXT], rx[HUMAN_LEN], tx[HUMAN_LEN];
	const struct net_addr bits = net_mask(l->len);
	const uint8_t *mac = l->dev->mac;
	(void)ctx;
	log_line("%s: %02x:%02x:%02x:%02x:%02x:%02x link %s, mtu %u", l->name, mac[0], mac[1], mac[2], mac[3], mac[4],
		 mac[5], link_state(l, clock_us()), link_mtu(l));
	if (l->tag)
		log_line("  VLAN %u, priority %u, on %s", l->tag, l->priority, l->dev->name);
	if (l->addr.family)
		log_line("  address %s mask %s", net_addr_format(&l->addr, ip), net_addr_format(&bits, mask));
	else
		log_line("  no address; dhcp gets one");
	lease_show_untaken(l);
	if (l->tag)
		log_line("  received %lu frames, %s; sent %lu, %s", (unsigned long)l->rx_frames,
			 human_size(l->rx_bytes, rx),
			 (unsigned long)l->tx_frames, human_size(l->tx_bytes, tx));
	else
		show_device(l->dev);
	return 0;
}

static void show_counters(bool zeroes)
{
	const struct net *n = net_stack();
	for (unsigned i = 0; i < CNT_KINDS; i++)
		if (n->count[i] || zeroes)
			log_line("  %-22s %lu", net_counter_name(i), (unsigned long)n->count[i]);
}

static int cmd_ifstat(struct call *c)
{
	int err = for_links(c, false, show_link, NULL);
	if (err == 0)
		show_counters(c->opt[0] != NULL);
	return err;
}

static int cmd_ipstat(struct call *c)
{
	(void)c;
	show_counters(true);
	return 0;
}

static int known_one(struct link *l, void *ctx)
{
	(void)l;
	(void)ctx;
	return 0;
}

/* The ROM's PXE is there as long as we are, and stays for whom we start, or goes as that one wishes. */
static int cmd_pxe(struct call *c)
{
	return for_links(c, false, known_one, NULL);
}

const char *interface_words(unsigned arg, unsigned i)
{
	const struct link *l = link_get(net_stack(), i);
	(void)arg;
	return l ? l->name : NULL;
}

const struct command interface_commands[] = {
	{ .name = "dhcp", .options = "c/configurator= t/timeout=", .max = NET_LINKS, .run = cmd_dhcp,
	  .words = interface_words,
	  .usage = "[--timeout ms] [net0]...", .help = "get an address by DHCP, or take the one set by net0/ip" },
	{ .name = "ifconf", .options = "c/configurator= t/timeout=", .max = NET_LINKS, .run = cmd_dhcp,
	  .words = interface_words,
	  .usage = "[--timeout ms] [net0]..." },
	{ .name = "ifopen", .max = NET_LINKS, .run = cmd_ifopen, .words = interface_words,
	  .usage = "[net0]...", .help = "bring links up, with the addresses set for them" },
	{ .name = "ifclose", .max = NET_LINKS, .run = cmd_ifclose, .words = interface_words,
	  .usage = "[net0]...", .help = "take links down" },
	{ .name = "iflinkwait", .options = "t/timeout=", .max = NET_LINKS, .run = cmd_iflinkwait,
	  .words = interface_words,
	  .usage = "[--timeout ms] [net0]...", .help = "wait for the first link that comes up" },
	{ .name = "ifstat", .options = "a/all", .max = NET_LINKS, .run = cmd_ifstat, .words = interface_words,
	  .usage = "[--all] [net0]...", .help = "network cards and VLANs, their addresses, what they counted" },
	{ .name = "ipstat", .run = cmd_ipstat,
	  .help = "what the network's stack has counted, by cause" },
	{ .name = "vcreate", .options = "t/tag= p/priority=", .min = 1, .max = 1, .run = cmd_vcreate,
	  .words = interface_words,
	  .usage = "--tag n [--priority p] net0", .help = "make a VLAN on a link: net0-n" },
	{ .name = "startpxe", .max = NET_LINKS, .run = cmd_pxe, .words = interface_words,
	  .usage = "[net0]...", .help = "succeeds: an NBP that is started finds the ROM's PXE" },
	{ .name = "stoppxe", .max = NET_LINKS, .run = cmd_pxe, .words = interface_words,
	  .usage = "[net0]...", .help = "succeeds: a kernel that is started finds no PXE in its way" },
	{ .name = "vdestroy", .min = 1, .max = NET_LINKS, .run = cmd_vdestroy, .words = interface_words,
	  .usage = "net0-n...", .help = "take a VLAN away" },
	{ 0 },
};
