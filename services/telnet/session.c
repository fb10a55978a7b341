/* SPDX-License-Identifier: BSD-2-Clause */
/* One person far away: see session.h. */
#include "services/telnet/session.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "kernel/err.h"
#include "kernel/log.h"
#include "net/stream.h"
#include "services/console/console.h"

#define LOGINS_EACH	2			/* of one source at a time, until they are in or gone */
#define LOGIN_US	30000000u
#define CLOSE_US	10000000u		/* to take the rest of its output */
#define TURNED_AWAY_US	2000000u		/* the same, for one who did not log in */
#define GOODBYE_US	2000000u		/* to answer our FIN */
#define OUT_ROOM	1536			/* for what one line of input may cause */
#define INPUT_PIECE	16			/* bytes read at a time; each may be worth TELNET_ANSWER_MAX */
#define PIECE		64			/* bytes of text encoded at a time */
#define TURN_LEN	16384u			/* bytes one session may get before the others have their turn */
#define INPUT_RATE	2000u			/* bytes a second: faster than anybody types */
#define IAC		255

/* From 1; what people call it by. */
static unsigned number(const struct session *s)
{
	return (unsigned)(s - s->house->place) + 1;
}

static bool is_in(const struct session *s)
{
	return s->state == SESSION_REPLAY || s->state == SESSION_LIVE;
}

bool session_may_note(struct house *h, uint64_t now_us)
{
	return guard_take(&h->notes, 1, now_us);
}

/* ---- to a session ---- */

static void put(struct session *s, const char *text, size_t len)
{
	for (; len && s->out_len + TELNET_ENCODED_MAX <= SESSION_OUT; len--, text++)
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

void session_drop(struct session *s)
{
	if (s->joined)
		console_leave(&s->screen);
	if (s->stream)
		stream_abort(s->stream);
	memset(s->line, 0, sizeof(s->line));
	s->joined = false;
	s->stream = NULL;
	s->state = SESSION_FREE;
}

void session_finish(struct session *s, const char *why, uint64_t now_us)
{
	if (is_in(s))
		log_line("telnetd: %s ends: %s", s->name, why);
	if (s->joined)
		screen_end(&s->screen);
	s->state = SESSION_CLOSING;
	s->due_us = now_us + (s->joined ? CLOSE_US : TURNED_AWAY_US);
}

/* The connection is gone. */
static void lost(struct session *s, int err)
{
	if (is_in(s))
		log_line("telnetd: %s is gone: %s", s->name, err_text(err));
	session_drop(s);
}

/*
 * Puts what there is into the empty `out`, as much as leaves the room that
 * reading asks for: false when there is nothing.  All of it goes in one send,
 * for each is a segment, which costs more than making its bytes.
 */
static bool refill(struct session *s)
{
	char piece[PIECE];
	size_t n;
	s->out_len = telnet_take(&s->t, s->out, SESSION_OUT);
	do {
		n = s->joined ? console_take(&s->screen, piece, sizeof(piece)) : 0;
		put(s, piece, n);
	} while (n && s->out_len + PIECE * TELNET_ENCODED_MAX <= SESSION_OUT - OUT_ROOM);
	if (!n && s->state == SESSION_REPLAY)
		s->state = SESSION_LIVE;
	return s->out_len;
}

/* Sends what there is: SESSION_... */
static unsigned send(struct session *s)
{
	unsigned done = 0;
	for (size_t sent = 0; sent < TURN_LEN;) {
		if (!s->out_len && !refill(s))
			return done;
		int n = stream_send(s->stream, s->out, s->out_len);
		if (n < 0 && n != -EAGAIN)
			lost(s, n);
		if (n < 0)
			return done;
		s->out_len -= (size_t)n;
		memmove(s->out, s->out + n, s->out_len);
		sent += (size_t)n;
		done = SESSION_MOVED;
	}
	return SESSION_MOVED | SESSION_MORE;
}

/* ---- from a session ---- */

static bool begins(const char *name, const char *with)
{
	return !strncmp(name, with, strlen(with));
}

/* What a terminal of that name can do; of one that does not tell its name, to erase to the end of a line. */
static uint8_t abilities(const char *terminal)
{
	if (!*terminal)
		return SCREEN_ERASE;
	if (begins(terminal, "DUMB") || begins(terminal, "UNKNOWN") || begins(terminal, "NETWORK"))
		return 0;
	return begins(terminal, "VT1") || begins(terminal, "VT2") ? SCREEN_ERASE | SCREEN_FULL
								  : SCREEN_ERASE | SCREEN_FULL | SCREEN_COLOUR;
}

static void measure(struct session *s)
{
	screen_resize(&s->screen, s->t.cols, s->t.rows, abilities(s->t.terminal));
}

static void leave(struct screen *screen, const char *why)
{
	struct session *s = (struct session *)((char *)screen - offsetof(struct session, screen));
	if (is_in(s))
		session_finish(s, why, s->typed_us);
}

static void let_in(struct session *s)
{
	char ip[NET_ADDR_TEXT];
	s->state = SESSION_REPLAY;
	s->screen = (struct screen){ .name = s->name, .who = number(s), .leave = leave };
	s->keys.last = s->last;		/* an LF behind the password's CR is no key */
	say(s, "\r\n");
	console_join(&s->screen);
	s->joined = true;
	measure(s);
	log_line("telnetd: session %u: %s logged in%s", number(s), net_addr_format(&s->addr, ip),
		 s->house->config.readonly ? " to look on" : "");
}

static unsigned sessions_in(const struct house *h)
{
	unsigned n = 0;
	for (const struct session *s = h->place; s < h->place + SESSION_PLACES; s++)
		n += is_in(s);
	return n;
}

/* Those who may: if there is room. */
static void enter(struct session *s, uint64_t now_us)
{
	const struct guard_config *c = &s->house->config;
	if (sessions_in(s->house) < c->sessions) {
		let_in(s);
		return;
	}
	say(s, "All %u sessions are in use.\r\n", c->sessions);
	session_finish(s, "", now_us);
}

static void check_password(struct session *s, uint64_t now_us)
{
	struct house *h = s->house;
	char ip[NET_ADDR_TEXT];
	say(s, "\r\n");
	/* a source that has to wait shall not guess on over another connection */
	bool good = guard_password_is(&h->config, s->line, s->line_len) && !guard_wait_s(&h->sources, &s->addr, now_us);
	memset(s->line, 0, sizeof(s->line));
	s->line_len = 0;
	if (good) {
		if (sessions_in(h) < h->config.sessions)
			guard_forgive(&h->sources, &s->addr);
		enter(s, now_us);
		return;
	}
	unsigned wait_s = guard_failed(&h->sources, &s->addr, now_us);
	if (session_may_note(h, now_us))
		log_warn("telnetd: wrong password from %s; it may try again in %u s", net_addr_format(&s->addr, ip),
			 wait_s);
	say(s, "Wrong password; try again in %u s.\r\n", wait_s);
	session_finish(s, "", now_us);
}

static void login_byte(struct session *s, int c, uint64_t now_us)
{
	bool second = c == '\n' && s->last == '\r';
	s->last = c;
	if (c == '\r' || (c == '\n' && !second)) {
		if (s->line_len)
			check_password(s, now_us);
		else
			say(s, "\r\nPassword: ");
	} else if (c == KEY_CTRL_C || c == KEY_CTRL_D) {
		session_finish(s, "", now_us);
	} else if (c == KEY_BACKSPACE || c == 127) {
		s->line_len -= s->line_len != 0;
	} else if (c == 21) {
		s->line_len = 0;
	} else if (c >= ' ' && s->line_len < sizeof(s->line)) {
		s->line[s->line_len++] = (char)c;
	}
}

static void typed_byte(struct session *s, int c, uint64_t now_us)
{
	int keys[KEYS_AT_ONCE];
	s->typed_us = now_us;
	if (!s->house->config.readonly) {
		for (unsigned i = 0, n = keys_byte(&s->keys, c, now_us, keys); i < n; i++)
			console_typed(keys[i], number(s), now_us);
		return;
	}
	if (c == KEY_CTRL_D)
		session_finish(s, "it has left", now_us);
	else if (!s->told)
		say(s, "\r\n[telnetd: look, do not touch: keys are not read here; Ctrl-D leaves]\r\n");
	s->told = true;
}

static void event(struct session *s, int ev, uint64_t now_us)
{
	switch (ev) {
	case TELNET_NONE: case TELNET_OPTION: return;
	case TELNET_WINDOW: case TELNET_TERMINAL:
		if (s->joined)
			measure(s);
		return;
	case TELNET_AYT: say(s, "\r\n[Undine: yes]\r\n"); return;
	case TELNET_INTERRUPT: ev = KEY_CTRL_C; break;
	case TELNET_ERASE_CHAR: ev = 127; break;
	case TELNET_ERASE_LINE: ev = 21; break;
	case TELNET_EOF: ev = KEY_CTRL_D; break;
	}
	if (s->state == SESSION_LOGIN)
		login_byte(s, ev, now_us);
	else if (is_in(s))
		typed_byte(s, ev, now_us);
}

/* Ctrl-C, or telnet's word for it, is among what was not read yet. */
static bool interrupt_waits(const struct session *s)
{
	uint8_t ahead[1024];
	int n = stream_peek(s->stream, ahead, sizeof(ahead));
	for (int i = 0; i < n; i++)
		if (ahead[i] == KEY_CTRL_C || (ahead[i] == TELNET_CMD_IP && i && ahead[i - 1] == IAC))
			return true;
	return false;
}

/* How much may be read now.  A line at a time while logging in: what stands behind the password is for later. */
static uint32_t may_read(const struct session *s)
{
	uint32_t room = input_room(console_input());
	if (s->state == SESSION_LOGIN)
		return 1;
	if (s->state != SESSION_LIVE || s->house->config.readonly || room >= INPUT_PIECE || interrupt_waits(s))
		return INPUT_PIECE;
	return room;
}

static bool reads(const struct session *s)
{
	/* while the log is replayed nothing is read: what is typed belongs to what is seen */
	return s->state != SESSION_FREE && s->state != SESSION_REPLAY && !s->eof &&
	       s->out_len <= SESSION_OUT - OUT_ROOM;
}

/* Reads as long as the rate, the console's queue and the room for answers allow: SESSION_... */
static unsigned receive(struct session *s, uint64_t now_us)
{
	uint8_t buf[INPUT_PIECE];
	unsigned done = 0;
	while (reads(s)) {
		uint32_t want = s->state == SESSION_SHUT ? sizeof(buf) : guard_take(&s->input, may_read(s), now_us);
		if (!want)
			return done;
		int n = stream_recv(s->stream, buf, want);
		s->input.level += n > 0 ? want - (uint32_t)n : want;
		if (n < 0 && n != -EAGAIN)
			lost(s, n);
		if (n < 0)
			return done;
		s->eof = n == 0;
		done = SESSION_MOVED;
		for (int i = 0; i < n; i++) {
			event(s, telnet_input(&s->t, buf[i]), now_us);
			if (s->out_len + TELNET_ANSWER_MAX <= SESSION_OUT)
				s->out_len += telnet_take(&s->t, s->out + s->out_len, SESSION_OUT - s->out_len);
		}
	}
	return done;
}

/* ---- a session's course ---- */

/* What time brings. */
static void look_at_clock(struct session *s, uint64_t now_us)
{
	if (is_in(s)) {
		int key = keys_pause(&s->keys, now_us);
		if (key)
			console_typed(key, number(s), now_us);
		if (s->eof && s->state == SESSION_LIVE && input_awaited(console_input()))
			session_finish(s, "it has nothing more to say", now_us);
		else if (s->house->config.idle_s && now_us - s->typed_us > s->house->config.idle_s * 1000000ull)
			session_finish(s, "idle for too long", now_us);
	}
	if (s->state == SESSION_LOGIN && (s->eof || now_us - s->since_us > LOGIN_US))
		session_finish(s, "", now_us);
}

/* All has been sent, or it takes too long. */
static void close_in_order(struct session *s, uint64_t now_us)
{
	if (s->state == SESSION_CLOSING && !s->out_len && !(s->joined && console_behind(&s->screen))) {
		stream_shutdown(s->stream);
		s->state = SESSION_SHUT;
		s->due_us = now_us + GOODBYE_US;
	}
	if (s->state == SESSION_SHUT && s->eof) {
		stream_close(s->stream);
		s->stream = NULL;
		session_drop(s);
	} else if (s->state >= SESSION_CLOSING && now_us > s->due_us) {
		session_drop(s);	/* netcat, for one, goes on until it is reset */
	}
}

unsigned session_turn(struct session *s, uint64_t now_us)
{
	unsigned done = receive(s, now_us);
	look_at_clock(s, now_us);
	if (s->state != SESSION_FREE && s->state != SESSION_SHUT)
		done |= send(s);
	close_in_order(s, now_us);
	return done;
}

void session_describe(const struct session *s, uint64_t now_us, char *out, size_t cap)
{
	static const char *const states[] = { "", "logging in", "reading the log", "", "closing", "closing" };
	char ip[NET_ADDR_TEXT];
	unsigned long here_s = (unsigned long)((now_us - s->since_us) / 1000000);
	unsigned long idle_s = (unsigned long)((now_us - s->typed_us) / 1000000);
	snprintf(out, cap, "%2u %s:%u %s for %lu s, idle %lu s, %s %ux%u%s, %lu bytes lost", number(s),
		 net_addr_format(&s->addr, ip), s->port, states[s->state], here_s, idle_s,
		 *s->t.terminal ? s->t.terminal : "terminal unknown", s->t.cols, s->t.rows,
		 s->house->config.readonly ? ", read-only" : "", (unsigned long)s->screen.lost);
}

struct session *session_place(struct house *h, const struct net_addr *addr, uint64_t now_us, const char **why)
{
	struct session *empty = NULL, *leaves = NULL, *oldest = NULL;
	unsigned same = 0, logins = 0;
	for (struct session *s = h->place; s < h->place + SESSION_PLACES; s++) {
		if (s->state == SESSION_FREE) {
			empty = empty ? empty : s;
		} else if (!s->joined) {
			logins++;
			same += net_addr_equal(&s->addr, addr);
			oldest = !oldest || s->since_us < oldest->since_us ? s : oldest;
		} else if (!is_in(s)) {
			leaves = s;
		}
	}
	if (same >= LOGINS_EACH) {
		*why = "it has too many connections that do not log in";
		return NULL;
	}
	if (logins < SESSION_LOGINS) {
		if (!empty)
			session_drop(leaves);	/* there is one: no more are in than have a place */
		return empty ? empty : leaves;
	}
	if (now_us - oldest->since_us < SESSION_LEAST_US) {
		*why = "all places to log in are taken; in 10 s at the most one makes room";
		return NULL;
	}
	guard_failed(&h->sources, &oldest->addr, now_us);
	session_drop(oldest);
	return oldest;
}

void session_begin(struct house *h, struct session *s, struct stream *stream, const struct net_addr *addr,
		   uint16_t port, const char *banner, uint64_t now_us)
{
	char text[NET_ADDR_TEXT];
	*s = (struct session){
		.house = h, .state = SESSION_LOGIN, .stream = stream, .addr = *addr, .port = port,
		.since_us = now_us, .typed_us = now_us,
		.input = { .rate = INPUT_RATE, .depth = INPUT_RATE, .level = INPUT_RATE, .at_us = now_us },
	};
	snprintf(s->name, sizeof(s->name), "session %u (%s)", number(s), net_addr_format(addr, text));
	telnet_init(&s->t, TELNET_HOST_BITS, TELNET_USER_BITS);
	telnet_ask(&s->t, TELNET_OURS, TELNET_ECHO, true);
	telnet_ask(&s->t, TELNET_OURS, TELNET_SGA, true);
	telnet_ask(&s->t, TELNET_THEIRS, TELNET_SGA, true);
	telnet_ask(&s->t, TELNET_THEIRS, TELNET_NAWS, true);
	telnet_ask(&s->t, TELNET_THEIRS, TELNET_TTYPE, true);
	s->out_len = telnet_take(&s->t, s->out, SESSION_OUT);
	say(s, "%s%s", banner, h->config.has_password ? "Password: " : "");
	if (!h->config.has_password)
		enter(s, now_us);
}
