/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The telnet service: listens, lets connections in at a rate, and gives the
 * sessions (session.c) their turns.  The settings outlive a fault, the
 * sessions do not.
 */
#include "services/telnet/telnet_service.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/err.h"
#include "kernel/log.h"
#include "kernel/service.h"
#include "kernel/version.h"
#include "net/net.h"
#include "net/stream.h"
#include "services/interface/identity.h"
#include "services/stack/listener.h"
#include "services/stack/stack.h"
#include "services/telnet/session.h"

#define LEAVE_US	3000000u
#define CALL_US		5000000u		/* for the service to do what it is told */
#define TICK_US		10000u
#define QUIET_TICK_US	50000u			/* nobody says anything: the processor may sleep */
#define BUSY_US		1000000u
#define ACCEPT_RATE	50u			/* log-ins a second */
#define FAREWELL_RATE	5u			/* a second of those turned away are told why; a reset costs less */
#define BACKLOG		8
#define KEEPALIVE_S	60

static struct house house;
static bool on, leaving, was_on;
static int listener = -1;
static struct guard_bucket accepts, farewells;
static uint64_t busy_until_us;
static unsigned refused;		/* connections, since it was said */

/* ---- who may in ---- */

static void make_banner(const struct net_addr *addr, char *out, size_t cap)
{
	char who[IDENTITY_MAX];
	identity_text(addr, who, sizeof(who));
	snprintf(out, cap, "Undine " UNDINE_VERSION " on %s\r\n", who);
}

static void refuse(const struct incoming *in, const char *why)
{
	char text[NET_ADDR_TEXT];
	stream_abort(in->stream);
	refused++;
	if (!session_may_note(&house, clock_us()))
		return;
	log_warn("telnetd: refused %u, the last from %s: %s", refused, net_addr_format(&in->from, text), why);
	refused = 0;
}

/* Those who guessed wrong are told so, and have no place meanwhile. */
static void turn_away(struct stream *s, unsigned wait_s)
{
	char text[80];
	int len = snprintf(text, sizeof(text), "Too many wrong passwords; try again in %u s.\r\n", wait_s);
	stream_send(s, text, (size_t)len);
	stream_close(s);
}

/* True if it may try to log in. */
static bool admit(const struct incoming *in)
{
	char banner[256];
	uint64_t now = clock_us();
	const char *why = "it is not among the networks allowed";
	bool allowed = guard_allows(&house.config, &in->from);
	unsigned wait_s = guard_wait_s(&house.sources, &in->from, now);
	if (allowed && wait_s && guard_take(&farewells, 1, now)) {
		turn_away(in->stream, wait_s);
		return false;
	}
	if (allowed && wait_s)
		why = "it has to wait after wrong passwords";
	struct session *s = allowed && !wait_s ? session_place(&house, &in->from, now, &why) : NULL;
	if (!s) {
		refuse(in, why);
		return false;
	}
	make_banner(&in->own, banner, sizeof(banner));
	session_begin(&house, s, in->stream, &in->from, in->from_port, banner, now);
	return true;
}

static void accept_some(void)
{
	struct incoming in;
	while (listener >= 0 && guard_take(&accepts, 1, clock_us())) {
		int err = listener_accept(listener, &in);
		bool admitted = err == 0 && admit(&in);
		if (!admitted)
			accepts.level++;	/* those who may not come in do not keep out those who may */
		if (err < 0)
			return;
	}
}

/* ---- on and off ---- */

static void close_listener(void)
{
	listener_close(listener);
	listener = -1;
}

/* On another port, or again; the one there was stays when that fails. */
static int open_listener(uint16_t port)
{
	accepts = (struct guard_bucket){ .rate = ACCEPT_RATE, .depth = ACCEPT_RATE, .level = ACCEPT_RATE };
	farewells = (struct guard_bucket){ .rate = FAREWELL_RATE, .depth = 10, .level = 10 };
	house.notes = (struct guard_bucket){ .rate = 1, .depth = 10, .level = 10 };
	int opened = listener_open(&(struct listener){ .port = port, .backlog = BACKLOG, .keepalive_s = KEEPALIVE_S });
	if (opened < 0)
		return opened;
	close_listener();
	listener = opened;
	return 0;
}

static int start(const struct guard_config *c)
{
	if (!c->has_password && !c->insecure)
		return -EACCES;
	int err = listener >= 0 && house.config.port == c->port ? 0 : open_listener(c->port);
	if (err < 0)
		return err;
	house.config = *c;
	on = true;
	log_line("telnetd: listening on port %u, %s%s; telnet is plain text, passwords too", c->port,
		 c->has_password ? "with a password" : "WITHOUT a password",
		 c->nets ? ", for the networks allowed" : "");
	return 0;
}

static bool anybody(void)
{
	for (struct session *s = house.place; s < house.place + SESSION_PLACES; s++)
		if (s->state != SESSION_FREE)
			return true;
	return false;
}

static void finish_all(const char *why)
{
	close_listener();
	for (struct session *s = house.place; s < house.place + SESSION_PLACES; s++)
		if (s->state != SESSION_FREE && s->state < SESSION_CLOSING)
			session_finish(s, why, clock_us());
}

static void stop(void)
{
	on = false;
	finish_all("telnetd stops");
	memset(&house.sources, 0, sizeof(house.sources));
}

static void drop_all(void)
{
	close_listener();
	for (struct session *s = house.place; s < house.place + SESSION_PLACES; s++)
		if (s->state != SESSION_FREE)
			session_drop(s);
}

void telnet_cleanup(struct service *self)
{
	(void)self;
	drop_all();
}

static int serve(int r)
{
	const struct guard_config *c = request_in(r, sizeof(*c));
	switch (request_type(r)) {
	case TELNET_MSG_START:
		return c ? start(c) : -EINVAL;
	case TELNET_MSG_STOP:
		stop();
		return 0;
	default:
		return -ENOSYS;
	}
}

/* Everybody's turn: true if there is more to do at once. */
static bool turns(void)
{
	unsigned done = 0;
	uint64_t now = clock_us();
	for (struct session *s = house.place; s < house.place + SESSION_PLACES; s++)
		if (s->state != SESSION_FREE)
			done |= session_turn(s, now);
	if (done)
		busy_until_us = now + BUSY_US;
	return done & SESSION_MORE;
}

void telnet_main(void *arg)
{
	bool more = false;
	struct service *self = arg;
	int r;
	if (on && !leaving) {
		int err = open_listener(house.config.port);
		on = err == 0;
		if (err < 0)
			log_warn("telnetd: stays off: %s", err_text(err));
	}
	for (;;) {
		uint64_t now = clock_us(), until = more ? now : now + (now < busy_until_us ? TICK_US : QUIET_TICK_US);
		if (!on && !anybody())
			until = CLOCK_NEVER;
		if (port_receive(&self->port, &r, until) == 0)
			request_reply(r, serve(r), NULL, 0);
		if (more)
			task_yield();
		accept_some();
		more = turns();
	}
}

/* ---- for other tasks ---- */

int telnetd_start(const struct guard_config *c)
{
	return port_call(service_port("telnet"), TELNET_MSG_START, c, sizeof(*c), NULL, 0, clock_us() + CALL_US);
}

int telnetd_stop(void)
{
	return port_call(service_port("telnet"), TELNET_MSG_STOP, NULL, 0, NULL, 0, clock_us() + CALL_US);
}

const struct guard_config *telnetd_config(void)
{
	return on ? &house.config : NULL;
}

int telnetd_who(unsigned i, char *out, size_t cap)
{
	if (i >= SESSION_PLACES)
		return -ENOENT;
	if (house.place[i].state != SESSION_FREE)
		session_describe(&house.place[i], clock_us(), out, cap);
	return house.place[i].state != SESSION_FREE;
}

int telnetd_end(unsigned number, const char *why)
{
	if (!number || number > SESSION_PLACES)
		return -ENOENT;
	struct session *s = &house.place[number - 1];
	if (s->state == SESSION_FREE || s->state >= SESSION_CLOSING)
		return -ENOENT;
	session_finish(s, why, clock_us());
	return 0;
}

void telnetd_leave(void)
{
	uint64_t until = clock_us() + LEAVE_US;
	was_on = on;
	leaving = true;
	on = false;
	finish_all("the loader leaves the machine");
	while (anybody() && clock_us() < until)
		task_sleep_ms(10);
	drop_all();
	leaving = false;
}

void telnetd_stay(void)
{
	struct guard_config before = house.config;
	if (was_on)
		telnetd_start(&before);
}
