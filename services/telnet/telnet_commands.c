/* SPDX-License-Identifier: BSD-2-Clause */
/* The command telnet: a session with another host's server, on all consoles as everything is. */
#include "services/telnet/telnet_commands.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/err.h"
#include "kernel/log.h"
#include "kernel/task.h"
#include "net/net.h"
#include "services/command/run.h"
#include "services/console/console.h"
#include "services/console/console_service.h"
#include "services/console/lineedit.h"
#include "services/dns/dns_commands.h"
#include "services/stack/dial.h"
#include "services/stack/stack.h"
#include "services/telnet/telnet_client.h"

#define PORT 23
#define ESCAPE_KEY 29		/* Ctrl-] */
#define CONNECT_US 10000000u	/* for one address */
#define KEYS_US 20000u		/* how long a key may lie while nothing comes from the network */
#define SERIAL_US 10000u		/* how long the serial line is helped along before others run */
#define KEEPALIVE_S 60
#define RCVBUF 4096		/* little is under way that a Ctrl-C cannot stop any more */

static struct telnet_client client;
static struct input_focus keys;
static char peer[NET_ADDR_TEXT + 6];

static void print_line(const char *text)
{
	console_live(NULL, -1);
	log_line("%s", text);
}

static bool interrupted(void *ctx)
{
	(void)ctx;
	return command_interrupted();
}

/* A stream to the first of the host's addresses that takes the connection: 0 or -E, said. */
static int connect_host(const char *host, uint16_t port, struct stream **s)
{
	struct net_addr addrs[8];
	char ip[NET_ADDR_TEXT];
	struct dial d = {
		.port = port, .owner = command_owner(), .rcvbuf = RCVBUF, .nodelay = true, .keepalive_s = KEEPALIVE_S,
		.stop = interrupted,
	};
	int err = -ENOENT, n = dns_command_lookup(host, addrs, 8);
	if (n < 0)
		return n;
	for (int i = 0; i < n && err < 0; i++) {
		d.addr = addrs[i];
		snprintf(peer, sizeof(peer), "%s:%u", net_addr_format(&d.addr, ip), port);
		log_line("telnet: connecting to %s, Ctrl-C gives up", peer);
		err = dial_tcp(&d, clock_us() + CONNECT_US, s);
		if (err == -ECANCELED)
			return command_fail(-EINTR, "telnet: stopped by %s", command_stopper());
		if (err < 0)
			command_fail(err, "telnet: %s: %s; %s", peer, err_text(err),
				   err == -ECONNREFUSED ? "does a server run there, on that port?" :
				   err == -ENETUNREACH ? "see ifstat and route" : "ping and arp may tell more");
	}
	return err;
}

/* Ctrl-] was typed: true if that is to be the session's end. */
static bool escape(void)
{
	static const struct {
		const char *name;
		uint8_t command;	/* 0: the key itself */
	} commands[] = {
		{ "ayt", TELNET_CMD_AYT }, { "break", TELNET_CMD_BRK }, { "interrupt", TELNET_CMD_IP }, { "escape", 0 },
	};
	static char typed[LINEEDIT_MAX];
	console_release(&keys);
	int err = command_read_line("telnet> ", NULL, typed, sizeof(typed));
	console_focus(&keys);
	if (err == -EPIPE || (!err && (!strcmp(typed, "quit") || !strcmp(typed, "close"))))
		return true;
	if (err < 0 || !*typed)
		return false;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(typed, commands[i].name)) {
			if (commands[i].command)
				telnet_client_command(&client, commands[i].command);
			else
				telnet_client_key(&client, ESCAPE_KEY);
			return false;
		}
	log_line("quit (or close) ends it; ayt, break, interrupt and escape (Ctrl-] itself) are sent; Enter goes back");
	return false;
}

/* Until it ends: 0 the person's will, -EPIPE the peer's, or another -E. */
static int session(struct stream *s)
{
	char line[TELNET_COLUMNS + 1];
	uint8_t in[512];
	size_t at = 0, have = 0;
	int got, key;
	for (;;) {
		/* not faster than the slowest console shows it: else all would wait for that one */
		if (at == have && !console_busy()) {
			got = stream_recv(s, in, sizeof(in));
			if (got <= 0 && got != -EAGAIN)
				return got ? got : -EPIPE;
			at = 0;
			have = got > 0 ? (size_t)got : 0;
		}
		at += telnet_client_input(&client, in + at, have - at);
		while ((key = command_key_of(&keys, clock_us())) >= 0)
			if (key != ESCAPE_KEY)
				telnet_client_key(&client, key);
			else if (escape())
				return 0;
		if (key == -EINTR)
			return key;
		got = telnet_client_show(&client, line);
		console_live(line, got);
		got = stream_send(s, client.out, client.out_len);
		if (got > 0)
			telnet_client_sent(&client, (size_t)got);
		uint64_t now = clock_us();
		while (console_busy() && clock_us() - now < SERIAL_US)
			console_pump();
		if (at < have || console_busy())
			task_yield();
		else
			net_wait_stream(s, client.out_len ? SOCK_IN | SOCK_OUT : SOCK_IN, now + KEYS_US);
	}
}

static int cmd_telnet(struct call *c)
{
	uint32_t port = PORT;
	if (command_number(c->argc > 1 ? c->argv[1] : NULL, "the port", &port) < 0)
		return -EINVAL;
	if (!port || port > 65535)
		return command_fail(-ERANGE, "telnet: ports go from 1 to 65535");
	struct stream *s;
	int err = connect_host(c->argv[0], (uint16_t)port, &s);
	if (err < 0)
		return err;
	log_line("telnet: connected to %s, Ctrl-] and quit leave it", peer);
	telnet_client_init(&client, print_line);
	console_focus(&keys);
	err = session(s);
	console_release(&keys);
	stream_close(s);
	if (client.screen.len)
		telnet_screen_put(&client.screen, '\n');
	console_live(NULL, -1);
	command_fail(err, "telnet: the connection to %s is %s%s", peer,
		     !err ? "closed" : err == -EPIPE ? "closed by that side" :
		     err == -EINTR ? "closed by " : err_text(err), err == -EINTR ? command_stopper() : "");
	return err == -EPIPE ? 0 : err;
}

const struct command telnet_commands[] = {
	{ .name = "telnet", .min = 1, .max = 2, .run = cmd_telnet,
	  .usage = "HOST [port]", .help = "talk to a telnet server; Ctrl-] leaves it" },
	{ 0 },
};
