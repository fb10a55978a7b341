/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The telnet service: listens, lets in (guard.c), and moves bytes between
 * sessions (telnet.c) and the console.  All that the consoles show goes once
 * into one ring; each session reads from it at its own pace, and one that falls
 * behind by more than the ring loses its oldest.
 * The settings outlive a fault, the sessions do not.
 */
#include "services/telnet/telnet_service.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/console.h"
#include "kernel/err.h"
#include "kernel/log.h"
#include "kernel/random.h"
#include "kernel/service.h"
#include "kernel/version.h"
#include "net/net.h"
#include "services/dhcp/dhcp_service.h"
#include "services/firmware/machine.h"
#include "services/stack/stack.h"
#include "services/telnet/telnet.h"

#define PLACES		(GUARD_SESSIONS + 4)	/* those that log in take from the same places */
#define LOGINS_EACH	2			/* of one source at a time */
#define LOGIN_US	30000000u
#define CLOSE_US	10000000u		/* to take the rest of its output */
#define GOODBYE_US	2000000u		/* to answer our FIN */
#define LEAVE_US	3000000u
#define CALL_US		5000000u		/* for the service to do what it is told */
#define TICK_US		10000u
#define QUIET_TICK_US	50000u			/* nobody says anything: the processor may sleep */
#define BUSY_US		1000000u
#define STREAM_LEN	65536u
#define OUT_LEN		3072
#define OUT_ROOM	1536			/* for what one line of input may cause */
#define INPUT_PIECE	16			/* bytes read at a time; each may be worth TELNET_ANSWER_MAX */
#define PIECE		64			/* bytes of text encoded at a time */
#define TURN_LEN	16384u			/* bytes one session may get before the others have their turn */
#define INPUT_RATE	2000u			/* bytes a second: faster than anybody types */
#define ACCEPT_RATE	10u			/* connections a second */

enum state { FREE, LOGIN, REPLAY, LIVE, CLOSING, SHUT };

struct session {
	enum state state;
	int sock;
	struct net_addr addr;
	uint16_t port;
	struct telnet t;
	struct console_terminal keys;
	struct guard_bucket input;
	uint64_t since_us, typed_us;
	uint64_t due_us;		/* CLOSING, SHUT: given up then */
	uint64_t pos, end;		/* in the log's ring, then in the stream */
	uint64_t lost;			/* bytes */
	char line[GUARD_PASSWORD_MAX];	/* the password */
	size_t line_len;
	int last;			/* its byte before */
	bool eof, told;
	size_t out_len;
	uint8_t out[OUT_LEN];
};

static struct guard_config config;
static bool was_on;			/* before telnetd_leave() */
static bool on, leaving;
static unsigned last_typists;	/* of the line that runs: a bit for each place, and TYPIST_GONE */
#define TYPIST_GONE (1u << (CONSOLE_GONE - 1))
static int listener = -1;
static struct session places[PLACES];
static struct guard_sources sources;
static struct guard_bucket accepts, notes;
static uint64_t busy_until_us;
static unsigned refused;		/* connections, since it was said */

static char *stream;
static uint64_t stream_end;

static unsigned number_of(const struct session *s)
{
	return (unsigned)(s - places) + 1;
}

static const char *address_of(const struct session *s)
{
	static char ip[NET_ADDR_TEXT];
	return net_addr_format(&s->addr, ip);
}

/* ---- what the consoles show ---- */

static void stream_write(struct log_sink *sink, const char *text, size_t len)
{
	(void)sink;
	for (; stream && len; len--, text++)
		stream[stream_end++ % STREAM_LEN] = *text;
}

static struct log_sink sink = { .write = stream_write };

/* ---- to a session ---- */

static void put(struct session *s, const char *text, size_t len)
{
	for (; len && s->out_len + TELNET_ENCODED_MAX <= OUT_LEN; len--, text++)
		s->out_len += telnet_encode(&s->t, (uint8_t)*text, s->out + s->out_len);
}

static void say(struct session *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void say(struct session *s, const char *fmt, ...)
{
	char text[400];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	put(s, text, strlen(text));
}

/* Its number may be another's soon: what it has typed is not. */
static void disown_keys(const struct session *s)
{
	unsigned bit = 1u << (number_of(s) - 1);
	console_disown(number_of(s));
	if (last_typists & bit)
		last_typists = (last_typists & ~bit) | TYPIST_GONE;
}

static void free_place(struct session *s)
{
	disown_keys(s);
	if (s->sock >= 0)
		sock_abort(net_stack(), s->sock);
	s->sock = -1;
	s->state = FREE;
}

/* Over: what is still to be sent is sent, then the connection is closed in order. */
static void finish(struct session *s, const char *why)
{
	if (s->state != LIVE)
		s->pos = stream_end;
	if (s->state == REPLAY || s->state == LIVE)
		log_line("telnetd: session %u (%s) ends: %s", number_of(s), address_of(s), why);
	s->end = stream_end;
	s->state = CLOSING;
	s->due_us = clock_us() + CLOSE_US;
}

/* The connection is gone. */
static void lost(struct session *s, int err)
{
	if (s->state == REPLAY || s->state == LIVE)
		log_line("telnetd: session %u (%s) is gone: %s", number_of(s), address_of(s), err_text(err));
	free_place(s);
}

static void tell_lost(struct session *s, uint64_t len)
{
	s->lost += len;
	say(s, "\r\n[telnetd: %lu bytes of output are lost here: this session was too slow to read them]\r\n", (unsigned long)len);
}

/* The next piece of the log, or of what came since. */
static void refill_replay(struct session *s)
{
	char piece[PIECE];
	uint64_t from = s->pos;
	size_t n = log_read(&s->pos, piece, sizeof(piece));
	if (from && s->pos - n > from)
		tell_lost(s, s->pos - n - from);
	for (size_t i = 0; i < n; i++) {
		if (piece[i] == '\n')
			put(s, "\r", 1);
		put(s, &piece[i], 1);
	}
	if (n)
		return;
	char below[OUT_LEN / 4];
	n = log_below(below, sizeof(below));
	put(s, below, n);
	s->pos = stream_end;
	s->state = LIVE;
}

static void refill_live(struct session *s, uint64_t end)
{
	if (stream_end - s->pos > STREAM_LEN) {
		uint64_t from = s->pos;
		s->pos = stream_end - STREAM_LEN;
		while (s->pos < stream_end && stream[s->pos++ % STREAM_LEN] != '\n')
			;
		tell_lost(s, s->pos - from);
	}
	for (unsigned n = 0; n < PIECE && s->pos < end; n++)
		put(s, &stream[s->pos++ % STREAM_LEN], 1);
}

/* Puts something more into the empty `out`: false when there is nothing. */
static bool refill(struct session *s)
{
	s->out_len = telnet_take(&s->t, s->out, OUT_LEN);
	if (s->state == REPLAY)
		refill_replay(s);
	else if (s->state == LIVE)
		refill_live(s, stream_end);
	else if (s->state == CLOSING && s->pos < s->end)
		refill_live(s, s->end);
	return s->out_len;
}

/* True if there may be more to send at once. */
static bool send(struct session *s)
{
	for (size_t sent = 0; sent < TURN_LEN;) {
		if (!s->out_len && !refill(s))
			return false;
		int n = sock_send(net_stack(), s->sock, s->out, s->out_len);
		if (n == -EAGAIN)
			return false;
		if (n < 0) {
			lost(s, n);
			return false;
		}
		s->out_len -= (size_t)n;
		memmove(s->out, s->out + n, s->out_len);
		sent += (size_t)n;
		busy_until_us = clock_us() + BUSY_US;
	}
	return true;
}

/* ---- from a session ---- */

static void let_in(struct session *s)
{
	s->state = REPLAY;
	s->pos = 0;
	say(s, "\r\n");
	log_line("telnetd: session %u: %s logged in%s", number_of(s), address_of(s), config.readonly ? " to look on" : "");
}

/* Lines that a flood could bring in numbers. */
static bool may_note(void)
{
	return guard_take(&notes, 1, clock_us());
}

static unsigned sessions_in(void)
{
	unsigned n = 0;
	for (struct session *s = places; s < places + PLACES; s++)
		n += s->state == REPLAY || s->state == LIVE;
	return n;
}

static void check_password(struct session *s)
{
	say(s, "\r\n");
	/* a source that has to wait shall not guess on over another connection */
	bool good = guard_password_is(&config, s->line, s->line_len) && !guard_wait_s(&sources, &s->addr, clock_us());
	memset(s->line, 0, sizeof(s->line));
	s->line_len = 0;
	if (good && sessions_in() >= config.sessions) {
		say(s, "All %u sessions are in use.\r\n", config.sessions);
		finish(s, "");
	} else if (good) {
		guard_forgive(&sources, &s->addr);
		let_in(s);
	} else {
		unsigned wait_s = guard_failed(&sources, &s->addr, clock_us());
		if (may_note())
			log_line("telnetd: wrong password from %s; it may try again in %u s", address_of(s), wait_s);
		say(s, "Wrong password; try again in %u s.\r\n", wait_s);
		finish(s, "");
	}
}

static void login_byte(struct session *s, int c)
{
	bool second = c == '\n' && s->last == '\r';
	s->last = c;
	if (c == '\r' || (c == '\n' && !second)) {
		if (s->line_len)
			check_password(s);
		else
			say(s, "\r\nPassword: ");
	} else if (c == KEY_CTRL_C || c == KEY_CTRL_D) {
		finish(s, "");
	} else if (c == KEY_BACKSPACE || c == 127) {
		s->line_len -= s->line_len != 0;
	} else if (c == 21) {
		s->line_len = 0;
	} else if (c >= ' ' && s->line_len < sizeof(s->line)) {
		s->line[s->line_len++] = (char)c;
	}
}

static void typed_byte(struct session *s, int c)
{
	s->typed_us = clock_us();
	if (!config.readonly) {
		console_byte(&s->keys, c, number_of(s));
		return;
	}
	if (c == KEY_CTRL_D)
		finish(s, "it has left");
	else if (!s->told)
		say(s, "\r\n[telnetd: look, do not touch: keys are not read here; Ctrl-D leaves]\r\n");
	s->told = true;
}

static void event(struct session *s, int ev)
{
	switch (ev) {
	case TELNET_NONE: case TELNET_OPTION: case TELNET_WINDOW: case TELNET_TERMINAL: return;
	case TELNET_AYT: say(s, "\r\n[Undine: yes]\r\n"); return;
	case TELNET_INTERRUPT: ev = KEY_CTRL_C; break;
	case TELNET_ERASE_CHAR: ev = 127; break;
	case TELNET_ERASE_LINE: ev = 21; break;
	case TELNET_EOF: ev = KEY_CTRL_D; break;
	}
	if (s->state == LOGIN)
		login_byte(s, ev);
	else if (s->state == REPLAY || s->state == LIVE)
		typed_byte(s, ev);
}

/* Ctrl-C, or telnet's word for it, is among what was not read yet. */
static bool interrupt_waits(const struct session *s)
{
	uint8_t ahead[1024];
	int n = sock_peek(net_stack(), s->sock, ahead, sizeof(ahead), NULL, NULL);
	for (int i = 0; i < n; i++)
		if (ahead[i] == KEY_CTRL_C || (ahead[i] == TELNET_CMD_IP && i && ahead[i - 1] == 255))
			return true;
	return false;
}

/* How much may be read now.  A line at a time while logging in: what stands behind the password is for later. */
static uint32_t may_read(const struct session *s)
{
	uint32_t room = console_room();
	if (s->state == LOGIN)
		return 1;
	return s->state != LIVE || config.readonly || room >= INPUT_PIECE || interrupt_waits(s) ? INPUT_PIECE : room;
}

/* Reads as long as the rate, the console's queue and the room for answers allow. */
static void receive(struct session *s)
{
	uint8_t buf[INPUT_PIECE];
	/* while the log is replayed nothing is read: what is typed belongs to what is seen */
	while (s->state != FREE && s->state != REPLAY && !s->eof && s->out_len <= OUT_LEN - OUT_ROOM) {
		uint32_t want = s->state == SHUT ? sizeof(buf) : guard_take(&s->input, may_read(s), clock_us());
		if (!want)
			return;
		int n = sock_recv(net_stack(), s->sock, buf, want);
		s->input.level += n > 0 ? want - (uint32_t)n : want;
		if (n == -EAGAIN)
			return;
		if (n < 0) {
			lost(s, n);
			return;
		}
		s->eof = n == 0;
		busy_until_us = clock_us() + BUSY_US;
		for (int i = 0; i < n; i++) {
			event(s, telnet_input(&s->t, buf[i]));
			if (s->out_len + TELNET_ANSWER_MAX <= OUT_LEN)
				s->out_len += telnet_take(&s->t, s->out + s->out_len, OUT_LEN - s->out_len);
		}
	}
}

/* ---- a session's course ---- */

static bool turn(struct session *s)
{
	uint64_t now = clock_us();
	bool more = false;
	receive(s);
	if (s->state == REPLAY || s->state == LIVE) {
		console_pause(&s->keys, number_of(s));
		if (s->eof && s->state == LIVE && console_awaited())
			finish(s, "it has nothing more to say");
		else if (config.idle_s && now - s->typed_us > config.idle_s * 1000000ull)
			finish(s, "idle for too long");
	}
	if (s->state == LOGIN && (s->eof || now - s->since_us > LOGIN_US))
		finish(s, "");
	if (s->state != FREE && s->state != SHUT)
		more = send(s);
	if (s->state == CLOSING && !s->out_len && s->pos >= s->end) {
		sock_shutdown(net_stack(), s->sock);
		s->state = SHUT;
		s->due_us = now + GOODBYE_US;
	}
	if (s->state == SHUT && s->eof) {
		sock_close(net_stack(), s->sock);
		s->sock = -1;
		free_place(s);
	} else if (s->state >= CLOSING && now > s->due_us) {
		free_place(s);	/* netcat, for one, goes on until it is reset */
	}
	return more;
}

static void banner(struct session *s)
{
	const struct machine_facts *m = machine_facts();
	const struct dhcp_lease *l = dhcp_service_lease();
	const struct netdev *d = net_card();
	const uint8_t none[6] = { 0 }, *mac = d ? d->mac : none;
	char own[NET_ADDR_TEXT];
	struct net_addr addr = { 0 };
	sock_getsockname(net_stack(), s->sock, &addr, NULL);
	say(s, "Undine " UNDINE_VERSION " on %.63s (%s, %02x:%02x:%02x:%02x:%02x:%02x), serial number %.63s\r\n%s",
	    l && *l->hostname ? l->hostname : "a machine without a name", net_addr_format(&addr, own),
	    mac[0], mac[1], mac[2], mac[3], mac[4], mac[5],
	    m->serial ? m->serial : "unknown", config.has_password ? "Password: " : "");
}

/* A place for one more from that source, perhaps the one of whoever has been logging in for longest; or NULL. */
static struct session *find_place(const struct net_addr *addr)
{
	struct session *empty = NULL, *oldest = NULL;
	unsigned same = 0;
	for (struct session *s = places; s < places + PLACES; s++) {
		if (s->state == FREE)
			empty = empty ? empty : s;
		else if (s->state != REPLAY && s->state != LIVE && (!oldest || s->since_us < oldest->since_us))
			oldest = s;
		same += s->state == LOGIN && net_addr_equal(&s->addr, addr);
	}
	if (same >= LOGINS_EACH || empty)
		return same >= LOGINS_EACH ? NULL : empty;
	if (oldest)
		free_place(oldest);
	return oldest;
}

static void admit(int sock, const struct net_addr *addr, uint16_t port)
{
	uint64_t now = clock_us();
	struct session *s = guard_allows(&config, addr) ? find_place(addr) : NULL;
	if (!s) {
		sock_abort(net_stack(), sock);
		refused++;
		if (may_note()) {
			char text[NET_ADDR_TEXT];
			log_line("telnetd: refused %u, the last from %s: %s", refused, net_addr_format(addr, text),
				 guard_allows(&config, addr) ? "it has too many connections that do not log in" :
				 "it is not among the networks allowed");
			refused = 0;
		}
		return;
	}
	*s = (struct session){
		.state = LOGIN, .sock = sock, .addr = *addr, .port = port, .since_us = now, .typed_us = now,
		.input = { .rate = INPUT_RATE, .depth = INPUT_RATE, .level = INPUT_RATE, .at_us = now },
	};
	sock_set(net_stack(), sock, SOCK_OPT_NODELAY, 1);
	sock_set(net_stack(), sock, SOCK_OPT_KEEPALIVE, 60);
	telnet_init(&s->t, TELNET_HOST_BITS, TELNET_USER_BITS);
	unsigned wait_s = guard_wait_s(&sources, addr, now);
	if (wait_s) {
		say(s, "Too many wrong passwords; try again in %u s.\r\n", wait_s);
		finish(s, "");
		return;
	}
	telnet_ask(&s->t, TELNET_OURS, TELNET_ECHO, true);
	telnet_ask(&s->t, TELNET_OURS, TELNET_SGA, true);
	telnet_ask(&s->t, TELNET_THEIRS, TELNET_SGA, true);
	telnet_ask(&s->t, TELNET_THEIRS, TELNET_NAWS, true);
	telnet_ask(&s->t, TELNET_THEIRS, TELNET_TTYPE, true);
	s->out_len = telnet_take(&s->t, s->out, OUT_LEN);
	banner(s);
	if (config.has_password)
		return;
	if (sessions_in() < config.sessions) {
		let_in(s);
		return;
	}
	say(s, "All %u sessions are in use.\r\n", config.sessions);
	finish(s, "");
}

static void accept_some(void)
{
	struct net_addr addr;
	uint16_t port;
	while (listener >= 0 && guard_take(&accepts, 1, clock_us())) {
		int sock = sock_accept(net_stack(), listener, &addr, &port);
		if (sock < 0 || !guard_allows(&config, &addr))
			accepts.level++;	/* those who may not come in do not keep out those who may */
		if (sock < 0)
			return;
		admit(sock, &addr, port);
	}
}

/* ---- on and off ---- */

static void close_listener(void)
{
	if (listener >= 0)
		sock_close(net_stack(), listener);
	listener = -1;
}

/* On another port, or again; the one there was stays when that fails. */
static int open_listener(uint16_t port)
{
	struct net *n = net_stack();
	accepts = (struct guard_bucket){ .rate = ACCEPT_RATE, .depth = 2 * ACCEPT_RATE, .level = 2 * ACCEPT_RATE };
	notes = (struct guard_bucket){ .rate = 1, .depth = 10, .level = 10 };
	if (!stream)
		stream = malloc(STREAM_LEN);
	int sock = stream ? sock_open(n, SOCK_TCP) : -ENOMEM;
	int err = sock < 0 ? sock : sock_bind(n, sock, NULL, port);
	if (err >= 0)
		err = sock_listen(n, sock, 8);
	if (err < 0) {
		if (sock >= 0)
			sock_close(n, sock);
		return err;
	}
	close_listener();
	listener = sock;
	return 0;
}

static int start(const struct guard_config *c)
{
	if (!c->has_password && !c->insecure)
		return -EACCES;
	int err = listener >= 0 && config.port == c->port ? 0 : open_listener(c->port);
	if (err < 0)
		return err;
	config = *c;
	on = true;
	log_line("telnetd: listening on port %u, %s%s; telnet is plain text, passwords too", config.port,
			 config.has_password ? "with a password" : "WITHOUT a password",
			 config.nets ? ", for the networks allowed" : "");
	return 0;
}

static bool anybody(void)
{
	for (struct session *s = places; s < places + PLACES; s++)
		if (s->state != FREE)
			return true;
	return false;
}

static void finish_all(const char *why)
{
	close_listener();
	for (struct session *s = places; s < places + PLACES; s++)
		if (s->state != FREE && s->state < CLOSING)
			finish(s, why);
}

static void drop_all(void)
{
	close_listener();
	for (struct session *s = places; s < places + PLACES; s++)
		if (s->state != FREE)
			free_place(s);
}

void telnet_cleanup(struct service *self)
{
	(void)self;
	stream = NULL;	/* it went with the task's memory */
	drop_all();
}

static int serve(int r)
{
	const struct guard_config *c = request_in(r, sizeof(*c));
	if (request_type(r) == TELNET_MSG_START)
		return start(c);
	on = false;
	finish_all("telnetd stops");
	memset(&sources, 0, sizeof(sources));
	return 0;
}

void telnet_main(void *arg)
{
	static bool known;
	bool more = false;
	struct service *self = arg;
	int r;
	if (!known)
		log_add_sink(&sink);
	known = true;
	if (on && !leaving) {
		int err = open_listener(config.port);
		on = err == 0;
		if (err < 0)
			log_line("telnetd: stays off: %s", err_text(err));
	}
	for (;;) {
		uint64_t now = clock_us(), until = more ? now : now + (now < busy_until_us ? TICK_US : QUIET_TICK_US);
		if (!on && !anybody()) {
			free(stream);
			stream = NULL;
			until = CLOCK_NEVER;
		}
		if (port_receive(&self->port, &r, until) == 0)
			request_reply(r, serve(r), NULL, 0);
		if (more)
			task_yield();
		more = false;
		accept_some();
		for (struct session *s = places; s < places + PLACES; s++)
			if (s->state != FREE)
				more |= turn(s);
	}
}

/* ---- for other tasks ---- */

int telnetd_start(const struct guard_config *c)
{
	return port_call(service_port("telnet"), TELNET_MSG_START, c, sizeof(*c), NULL, 0, clock_us() + CALL_US);
}

void telnetd_stop(void)
{
	port_call(service_port("telnet"), TELNET_MSG_STOP, NULL, 0, NULL, 0, clock_us() + CALL_US);
}

const struct guard_config *telnetd_config(void)
{
	return on ? &config : NULL;
}

int telnetd_who(unsigned i, char *out, size_t cap)
{
	static const char *const states[] = { "", "logging in", "reading the log", "", "closing", "closing" };
	if (i >= PLACES)
		return -ENOENT;
	const struct session *s = &places[i];
	uint64_t now = clock_us();
	if (s->state != FREE)
		snprintf(out, cap, "%2u %s:%u %s for %lu s, idle %lu s, %s %ux%u%s, %lu bytes lost", i + 1, address_of(s), s->port, states[s->state],
			 (unsigned long)((now - s->since_us) / 1000000), (unsigned long)((now - s->typed_us) / 1000000),
			 *s->t.terminal ? s->t.terminal : "terminal unknown", s->t.cols, s->t.rows, config.readonly ? ", read-only" : "",
			 (unsigned long)s->lost);
	return s->state != FREE;
}

int telnetd_end(unsigned number, const char *why)
{
	struct session *s = &places[number - 1];
	if (!number || number > PLACES || s->state == FREE || s->state >= CLOSING)
		return -ENOENT;
	finish(s, why);
	return 0;
}

bool telnetd_typed_by(char *out, size_t cap)
{
	size_t len = 0;
	last_typists = console_typists() >> 1;
	for (unsigned i = 0; i < PLACES; i++)
		if (last_typists >> i & 1 && len < cap)
			len += (size_t)snprintf(out + len, cap - len, "%ssession %u (%s)", len ? " and " : "", i + 1, address_of(&places[i]));
	if (last_typists & TYPIST_GONE && len < cap)
		snprintf(out + len, cap - len, "%sa session that is gone", len ? " and " : "");
	return last_typists;
}

bool telnetd_logout(void)
{
	for (unsigned i = 0; i < PLACES; i++)
		if (last_typists >> i & 1)
			telnetd_end(i + 1, "logout");
	return last_typists;
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
	struct guard_config before = config;
	if (was_on)
		telnetd_start(&before);
}
