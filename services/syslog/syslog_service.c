/* SPDX-License-Identifier: BSD-2-Clause */
/* The log, sent to a server.  See syslog_service.h. */
#include "services/syslog/syslog_service.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/err.h"
#include "kernel/log.h"
#include "kernel/service.h"
#include "net/net.h"
#include "services/command/run.h"
#include "services/dhcp/dhcp_service.h"
#include "services/dns/dns_service.h"
#include "services/firmware/machine.h"
#include "services/script/settings.h"
#include "services/stack/stack.h"
#include "services/syslog/syslog.h"

#define TURN_US		100000u		/* between two turns */
#define TURN_LINES	10u		/* in one: a hundred a second, for a fleet may share the server */
#define LEAVE_US	2000000u	/* for what is left in the log before the machine is left */
#define LEAVE_TURN_US	5000u
#define AGAIN_US	10000000u	/* after a refusal, or a name that was not found */
#define LOOKUP_US	5000000u

/* Where the log goes.  Outlives a fault. */
static struct {
	char given[SYSLOG_HOST_MAX + 6];	/* the setting, "" where only DHCP says */
	char server[SYSLOG_HOST_MAX + 6];	/* that, or DHCP's; "": nowhere */
	bool bsd;
	bool complained;		/* of this server: once is enough */
	bool found;			/* addr and port hold */
	struct net_addr addr;
	uint16_t port;
	uint64_t not_before_us;		/* nothing is tried until then */
	uint64_t pos;			/* in the log: what is sent next */
	uint64_t last;			/* where the lines of the last turn began: refused, they are sent again */
	uint32_t number;
} to;
static int sock = -1;

static void close_socket(void)
{
	if (sock >= 0)
		sock_close(net_stack(), sock);
	sock = -1;
}

void syslog_cleanup(struct service *self)
{
	(void)self;
	close_socket();
}

/* ---- what is set ---- */

int syslog_store_setting(struct settings *s, const char *name, const char *text, bool keep)
{
	struct setting_value v;
	char host[SYSLOG_HOST_MAX];
	uint16_t port;
	bool server = strncmp(name, "syslog.format", strlen("syslog.format")) != 0;

	if (server && *text && syslog_server(text, host, &port) < 0)
		return command_fail(-EINVAL, "syslog: %s is no server: HOST or HOST:PORT", text);
	if (!server && *text && strcmp(text, "rfc5424") && strcmp(text, "rfc3164"))
		return command_fail(-EINVAL, "syslog.format: %s is none; rfc5424 and rfc3164 are there", text);
	return keep && settings_fetch(s, name, &v) == 0 ? 0 : settings_set(s, name, text);
}

static void dhcps_server(char *text)
{
	const struct dhcp_lease *lease = dhcp_service_lease();

	*text = '\0';
	if (lease && lease->log.family)
		net_addr_format(&lease->log, text);
}

int syslog_apply_settings(void)
{
	char text[sizeof(to.given)], format[16], dhcps[NET_ADDR_TEXT];

	if (settings_format(command_settings(), "syslog", text, sizeof(text)) < 0)
		*text = '\0';
	if (settings_format(command_settings(), "syslog.format", format, sizeof(format)) < 0)
		*format = '\0';
	dhcps_server(dhcps);
	/* the name answers for option 7, too, which may change with each lease */
	snprintf(to.given, sizeof(to.given), "%s", strcmp(text, dhcps) ? text : "");
	to.bsd = !strcmp(format, "rfc3164");
	return 0;
}

/* ---- where to ---- */

/* Another server than before: it gets the log from its beginning. */
static void choose_server(void)
{
	char server[sizeof(to.server)], dhcps[NET_ADDR_TEXT];

	dhcps_server(dhcps);
	snprintf(server, sizeof(server), "%s", *to.given ? to.given : dhcps);
	if (!strcmp(server, to.server))
		return;
	memcpy(to.server, server, sizeof(to.server));
	to.found = false;
	to.not_before_us = 0;
	to.pos = to.last = 0;
	to.complained = false;
	close_socket();
	if (*server)
		log_line("syslog: the log goes to %s, by %s", server,
			 *to.given ? "the setting syslog" : "DHCP's option 7");
}

static void later(const char *what, int err)
{
	if (!to.complained)
		log_warn("syslog: %s: %s: %s; it is tried every %u s, and the log waits", to.server, what,
			 err_text(err), AGAIN_US / 1000000);
	to.complained = true;
	to.not_before_us = clock_us() + AGAIN_US;
}

/* Finds the server's address.  Waits. */
static void find_server(void)
{
	char host[SYSLOG_HOST_MAX], asked[sizeof(to.server)];
	struct net_addr addr;
	uint16_t port;

	if (syslog_server(to.server, host, &port) < 0)
		return;
	memcpy(asked, to.server, sizeof(asked));
	int n = dns_lookup(host, &addr, 1, clock_us() + LOOKUP_US, NULL, NULL);
	if (strcmp(asked, to.server))
		return;		/* it was another one's name by now */
	if (n < 0) {
		later("its address", n);
		return;
	}
	to.addr = addr;
	to.port = port;
	to.found = true;
}

/* ---- what is sent ---- */

/* The line at to.pos, without its newline: its length, -1 at the end; *next lies behind it. */
static int take_line(char *line, size_t cap, uint64_t *next)
{
	uint64_t at = to.pos;
	size_t n = log_read(&at, line, cap);
	char *end = n ? memchr(line, '\n', n) : NULL;

	if (!n)
		return -1;
	*next = at - n + (end ? (size_t)(end - line) + 1 : n);
	return (int)(end ? (size_t)(end - line) : n);
}

static struct syslog_sender this_machine(char *ip)
{
	const struct dhcp_lease *lease = dhcp_service_lease();
	const struct link *via = lease ? link_of(net_stack(), &lease->addr) : NULL;

	*ip = '\0';
	if (lease)
		net_addr_format(&lease->addr, ip);
	return (struct syslog_sender){
		.bsd = to.bsd, .host = lease ? lease->hostname : NULL, .ip = ip, .mac = via ? via->dev->mac : NULL,
		.wall_s = machine_wall_clock(),
	};
}

/* A socket whose peer is the server, so that a refusal is heard: 0 or -E. */
static int open_socket(void)
{
	if (sock >= 0)
		return sock_error(net_stack(), sock);
	sock = sock_open(net_stack(), SOCK_UDP);
	int err = sock < 0 ? sock : sock_connect(net_stack(), sock, &to.addr, to.port);
	if (err < 0)
		close_socket();
	return err;
}

/* As many lines as there are, at most TURN_LINES.  Does not wait. */
static void send_lines(void)
{
	char line[LOG_LINE_MAX], message[SYSLOG_MESSAGE_MAX], ip[NET_ADDR_TEXT];
	unsigned most = TURN_LINES;
	uint64_t next;
	int len, err = open_socket();

	if (err < 0)
		to.pos = to.last;	/* of the last turn nobody knows what came */
	else
		to.last = to.pos;
	for (; err >= 0 && most && (len = take_line(line, sizeof(line), &next)) >= 0; most--) {
		struct syslog_sender who = this_machine(ip);
		struct syslog_line l = {
			.text = line, .len = (size_t)len, .severity = log_severity(next), .up_us = clock_us(),
			.number = to.number + 1,
		};
		size_t n = syslog_format(&who, &l, message, sizeof(message));
		err = sock_send(net_stack(), sock, message, n);
		if (err < 0)
			break;
		to.pos = next;
		to.number++;
	}
	if (err == -ECONNREFUSED)
		later("sending", err);
	if (err < 0 && err != -EAGAIN)	/* without link, route or address: the next turn looks again */
		close_socket();
}

/* What is due now.  Waits where the server's address is not known yet. */
static void turn(void)
{
	choose_server();
	if (!*to.server || !dhcp_service_lease() || clock_us() < to.not_before_us)
		return;
	if (!to.found)
		find_server();
	if (to.found)
		send_lines();
}

void syslog_leave(void)
{
	uint64_t deadline = clock_us() + LEAVE_US;
	do
		turn();
	while (to.found && to.pos < log_end() && clock_us() < deadline && clock_us() >= to.not_before_us &&
	       task_sleep_until(clock_us() + LEAVE_TURN_US) == 0);
}

void syslog_main(void *arg)
{
	(void)arg;
	for (;;) {
		turn();
		task_sleep_until(clock_us() + TURN_US);
	}
}
