/* SPDX-License-Identifier: BSD-2-Clause */
/* The log, sent to a server.  See syslog_service.h. */
#include "services/syslog/syslog_service.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/err.h"
#include "kernel/log.h"
#include "kernel/random.h"
#include "kernel/service.h"
#include "kernel/task.h"
#include "net/net.h"
#include "net/stream.h"
#include "services/command/run.h"
#include "services/dhcp/dhcp_service.h"
#include "services/dns/dns_service.h"
#include "services/firmware/machine.h"
#include "services/script/settings.h"
#include "services/stack/dial.h"
#include "services/stack/stack.h"
#include "services/syslog/syslog.h"
#include "services/tls/tls.h"

#define TURN_US		100000u		/* between two turns */
#define TURN_LINES	10u		/* in one: a hundred a second, for a fleet may share the server */
#define LEAVE_US	2000000u	/* for what is left in the log before the machine is left */
#define LEAVE_TURN_US	5000u
#define AGAIN_US	10000000u	/* after a refusal, or a name that was not found */
#define LOOKUP_US	5000000u
#define TLS_US		8000000u	/* for a connection and its handshake */
#define KEEPALIVE_S	30u
#define GIVEN_MAX	(SYSLOG_HOST_MAX + sizeof("tls://:65535"))
#define COUNT_MAX	5u		/* of a message's length, and a blank: RFC 5425, 4.3 */

/* Where the log goes.  Outlives a fault. */
static struct {
	char given[GIVEN_MAX];		/* the setting, "" where only DHCP says */
	char server[GIVEN_MAX];		/* that, or DHCP's; "": nowhere */
	bool bsd, tls;
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
static struct stream *secure;		/* of TLS, or TCP's that is to be; NULL: none */
static uint64_t opening_until_us;	/* some task opens it; 0: none does */

static void drop_tls(void)
{
	if (secure)
		stream_abort(secure);
	secure = NULL;
	opening_until_us = 0;
}

/* Another task is about it: who leaves the machine, or the service itself; but not one that is dead by now. */
static bool is_opened(void)
{
	if (opening_until_us && clock_us() > opening_until_us + TLS_US)
		drop_tls();
	return opening_until_us;
}

static void close_socket(void)
{
	if (sock >= 0)
		sock_close(net_stack(), sock);
	sock = -1;
	if (secure)
		stream_close(secure);
	secure = NULL;
}

void syslog_cleanup(struct service *self)
{
	(void)self;
	drop_tls();
	close_socket();
}

/* ---- what is set ---- */

int syslog_store_setting(struct settings *s, const char *name, const char *text, bool keep)
{
	struct setting_value v;
	char host[SYSLOG_HOST_MAX];
	uint16_t port;
	bool tls, server = strncmp(name, "syslog.format", strlen("syslog.format")) != 0;

	if (server && *text && syslog_server(text, host, &port, &tls) < 0)
		return command_fail(-EINVAL, "syslog: %s is no server: HOST, HOST:PORT or tls://HOST:PORT", text);
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

static void later(const char *what, const char *why)
{
	if (!to.complained)
		log_warn("syslog: %s: %s: %s; it is tried every %u s, and the log waits", to.server, what, why,
			 AGAIN_US / 1000000);
	to.complained = true;
	to.not_before_us = clock_us() + AGAIN_US;
}

/* Finds the server's address.  Waits. */
static void find_server(void)
{
	char host[SYSLOG_HOST_MAX], asked[sizeof(to.server)];
	struct net_addr addr;
	uint16_t port;

	if (syslog_server(to.server, host, &port, &to.tls) < 0)
		return;
	memcpy(asked, to.server, sizeof(asked));
	int n = dns_lookup(host, &addr, 1, clock_us() + LOOKUP_US, NULL, NULL);
	if (strcmp(asked, to.server))
		return;		/* it was another one's name by now */
	if (n < 0) {
		later("its address", err_text(n));
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

static int shake_hands(void)
{
	int n;

	while ((n = tls_step(secure)) <= 0) {
		if (n == -EAGAIN)
			n = net_wait_stream(secure, SOCK_IN, opening_until_us);
		else if (n == 0)
			task_yield();
		if (n >= 0 && clock_us() >= opening_until_us)
			n = -ETIMEDOUT;
		if (n < 0)
			break;
	}
	return n < 0 ? n : 0;
}

/* A stream of TLS to the server: 0 or -E, said.  Waits. */
static int open_tls(uint64_t deadline_us)
{
	struct dial d = { .addr = to.addr, .port = to.port, .keepalive_s = KEEPALIVE_S };
	char host[SYSLOG_HOST_MAX];
	uint16_t port;
	bool tls;

	syslog_server(to.server, host, &port, &tls);
	opening_until_us = clock_us() + TLS_US;
	if (opening_until_us > deadline_us)
		opening_until_us = deadline_us;
	int err = random_wait(opening_until_us);
	if (err == 0)
		err = dial_tcp(&d, opening_until_us, &secure);
	struct stream *on = err == 0 ? tls_client(secure, host) : NULL;
	if (on) {
		secure = on;
		err = shake_hands();
	} else if (err == 0) {
		err = -ENOMEM;
	}
	opening_until_us = 0;
	if (err == 0)
		return 0;
	later("TLS", on && *tls_why(on) ? tls_why(on) : err_text(err));
	drop_tls();
	return err;
}

/* 0 or -E, said.  Waits. */
static int ensure_tls(uint64_t deadline_us)
{
	if (!secure)
		return open_tls(deadline_us);
	if (tls_is_good(secure) && !(stream_events(secure) & (SOCK_HUP | SOCK_ERR)))
		return 0;
	later("TLS", *tls_why(secure) ? tls_why(secure) : "the connection has ended");
	return -EPIPE;
}

/* 0, or -E: -EAGAIN, not now. */
static int send_message(char *message, size_t len)
{
	char count[COUNT_MAX + 1];

	if (!to.tls)
		return sock_send(net_stack(), sock, message, len);
	int n = snprintf(count, sizeof(count), "%u ", (unsigned)len);
	memcpy(message - n, count, (size_t)n);
	return stream_send(secure, message - n, len + (size_t)n);	/* all of it, or nothing: a record of TLS */
}

/* As many lines as there are, at most TURN_LINES.  Waits where a connection is to be opened. */
static void send_lines(uint64_t deadline_us)
{
	char line[LOG_LINE_MAX], message[COUNT_MAX + SYSLOG_MESSAGE_MAX], ip[NET_ADDR_TEXT];
	unsigned most = TURN_LINES;
	uint64_t next;
	int len, err = to.tls ? ensure_tls(deadline_us) : open_socket();

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
		size_t n = syslog_format(&who, &l, message + COUNT_MAX, SYSLOG_MESSAGE_MAX);
		err = send_message(message + COUNT_MAX, n);
		if (err < 0)
			break;
		to.pos = next;
		to.number++;
	}
	if (err == -ECONNREFUSED)
		later("sending", err_text(err));
	if (err < 0 && err != -EAGAIN)	/* without link, route or address: the next turn looks again */
		close_socket();
}

/* What is due now.  Waits where the server's address is not known yet; or TLS is to be opened, until then at most. */
static void turn(uint64_t deadline_us)
{
	if (is_opened())
		return;
	choose_server();
	if (!*to.server || !dhcp_service_lease() || clock_us() < to.not_before_us)
		return;
	if (!to.found)
		find_server();
	if (to.found)
		send_lines(deadline_us);
}

void syslog_leave(void)
{
	uint64_t deadline = clock_us() + LEAVE_US;
	do
		turn(deadline);
	while (to.found && to.pos < log_end() && clock_us() < deadline && clock_us() >= to.not_before_us &&
	       task_sleep_until(clock_us() + LEAVE_TURN_US) == 0);
	if (secure && !opening_until_us) {	/* the server ends its side when it has read all */
		stream_shutdown(secure);
		while (!(stream_events(secure) & (SOCK_HUP | SOCK_ERR)) && clock_us() < deadline &&
		       task_sleep_until(clock_us() + LEAVE_TURN_US) == 0)
			;
		close_socket();
	}
}

void syslog_main(void *arg)
{
	(void)arg;
	for (;;) {
		turn(CLOCK_NEVER);
		task_sleep_until(clock_us() + TURN_US);
	}
}
