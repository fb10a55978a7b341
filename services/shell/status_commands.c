/* SPDX-License-Identifier: BSD-2-Clause */
/* The command status.  See status_commands.h. */
#include "services/shell/status_commands.h"

#include <errno.h>
#include <stdbool.h>

#include "kernel/clock.h"
#include "kernel/log.h"
#include "kernel/service.h"
#include "kernel/version.h"
#include "net/net.h"
#include "services/cause/cause.h"
#include "services/command/run.h"
#include "services/console/progress.h"
#include "services/dhcp/dhcp_service.h"
#include "services/image/image.h"
#include "services/interface/identity.h"
#include "services/script/script.h"
#include "services/stack/stack.h"

static void say_tries(void)
{
	const struct cause_record *r = cause_kept();
	char since[HUMAN_LEN], last[HUMAN_LEN], text[CAUSE_TEXT_MAX];
	uint64_t now = clock_us();
	if (!r->failures) {
		log_line("  tries     none has failed");
		return;
	}
	log_line("  tries     %u failed, the first %s ago, the last %s ago", r->failures,
		 human_elapsed(now - r->since_us, since), human_elapsed(now - r->last_us, last));
	cause_text(&r->cause.fact, text, sizeof(text));
	log_line("  cause     %s", text);
	for (unsigned i = 0; i < r->cause.count; i++)
		log_line("            %s", r->cause.failed[i]);
}

static void say_link(const struct link *l)
{
	const struct dhcp_lease *lease = dhcp_link_lease(l);
	char ip[NET_ADDR_TEXT] = "no address", server[NET_ADDR_TEXT], left[HUMAN_LEN];
	int32_t left_s = dhcp_link_left_s(l);
	const char *state = link_state(l, clock_us());
	if (l->addr.family)
		net_addr_format(&l->addr, ip);
	if (left_s >= 0)
		human_elapsed((uint64_t)left_s * 1000000, left);
	if (!lease)
		log_line("  %-9s link %s, %s%s", l->name, state, ip, l->addr.family ? ", as it was set" : "");
	else
		log_line("  %-9s link %s, %s by %s, %s%s", l->name, state, ip,
			 net_addr_format(&lease->server_id, server), left_s < 0 ? "for ever" : left,
			 left_s < 0 ? "" : " left");
}

static void say_what_runs(void)
{
	const char *script = script_name(command_script());
	struct task_info t;
	log_line("  runs      %s%s, %u images fetched", script ? "the script " : "no script", script ? script : "",
		 image_count());
	for (unsigned i = 0; task_get_info(i, &t); i++) {
		const struct service *s = service_find(t.name);
		if (s && s->restarts)
			log_line("            %s has been started again %u times", t.name, s->restarts);
	}
}

/* A line for each member: the log's lines have an end. */
static int say_json(void)
{
	static char json[CAUSE_JSON_MAX];
	bool within = false;
	if (cause_json(&cause_kept()->cause, json, sizeof(json)) < 0)
		return command_fail(-ENOSPC, "status: the cause has no room as JSON");
	for (const char *from = json, *at = json; *from; at++) {
		if (*at == '"')
			within = !within;
		else if (*at == '\\')
			at++;
		else if (!*at || (*at == ',' && !within)) {
			log_line("%.*s", (int)(at - from) + (*at == ','), from);
			from = at + (*at == ',');
		}
	}
	return 0;
}

static int cmd_status(struct call *c)
{
	char who[IDENTITY_MAX], up[HUMAN_LEN];
	const struct link *l;
	if (c->opt[0])
		return say_json();
	identity_text(NULL, who, sizeof(who));
	log_line("  machine   %s", who);
	log_line("  loader    Undine " UNDINE_VERSION ", for %s", human_elapsed(clock_us(), up));
	say_tries();
	for (unsigned i = 0; (l = link_get(net_stack(), i)); i++)
		say_link(l);
	say_what_runs();
	return 0;
}

const struct command status_commands[] = {
	{ .name = "status", .options = "/json", .run = cmd_status,
	  .usage = "[--json]", .help = "which machine, how it fares, and why the last try failed (--json: only that)" },
	{ 0 },
};
