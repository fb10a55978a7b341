/* SPDX-License-Identifier: BSD-2-Clause */
/* The command nslookup, and names for other commands.  See dns_commands.h. */
#include "services/dns/dns_commands.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/err.h"
#include "kernel/log.h"
#include "net/net.h"
#include "services/command/run.h"
#include "services/dns/dns_service.h"
#include "services/script/setting_owner.h"

#define LOOKUP_US 30000000u

int dns_command_lookup(const char *name, struct net_addr *addrs, unsigned max)
{
	struct cause_fact why;
	int n = dns_lookup(name, addrs, max, clock_us() + LOOKUP_US, command_interrupted, &why);
	if (n == -ECANCELED)
		return command_fail(-EINTR, "%s: stopped by %s", name, command_stopper());
	if (n >= 0)
		return n;
	log_line("%s", why.what);
	command_caused(&why);
	command_said();
	return n;
}

static int cmd_nslookup(struct call *c)
{
	struct net_addr addrs[8];
	char ip[NET_ADDR_TEXT];
	const char *name = c->argv[c->argc - 1];
	int n = dns_command_lookup(name, addrs, 8);
	if (n < 0)
		return n;
	for (int i = 0; i < n; i++)
		if (c->argc == 1)
			log_line("%s: %s", name, net_addr_format(&addrs[i], ip));
	if (c->argc == 1)
		return 0;
	char typed[SETTING_NAME_MAX + 8];
	snprintf(typed, sizeof(typed), "%s%s", c->argv[0], strchr(c->argv[0], ':') ? "" : ":ipv4");
	int err = settings_set(command_settings(), typed, net_addr_format(&addrs[0], ip));
	return err < 0 ? command_fail(err, "nslookup: setting %s: %s", c->argv[0], err_text(err)) :
	       setting_owner_apply(command_settings(), c->argv[0]);
}

const struct command dns_commands[] = {
	{ .name = "nslookup", .min = 1, .max = 2, .run = cmd_nslookup,
	  .usage = "[setting] NAME", .help = "look up a name; its address goes to the setting" },
	{ 0 },
};
