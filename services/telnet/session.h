/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A telnet session: one person far away, from the connection to its end.
 * While they log in, the session speaks itself; then it is a screen of the
 * console, in the size (NAWS) and with the abilities (TERMINAL-TYPE) of their
 * terminal, and what they type goes into the console's queue.  It knows
 * streams, not sockets.  Pure: time is an argument, nothing waits.
 *
 * A place is FREE or has a stream of its own; whoever holds the places calls
 * session_turn() for each again and again.
 */
#ifndef SERVICES_TELNET_SESSION_H
#define SERVICES_TELNET_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/addr.h"
#include "services/console/keys.h"
#include "services/console/screen.h"
#include "services/telnet/guard.h"
#include "services/telnet/telnet.h"

#define SESSION_LOGINS	8		/* those that are not in, or not any more */
#define SESSION_PLACES	(GUARD_SESSIONS + SESSION_LOGINS)	/* neither takes the other's */
#define SESSION_OUT	3072

enum session_state { SESSION_FREE, SESSION_LOGIN, SESSION_REPLAY, SESSION_LIVE, SESSION_CLOSING, SESSION_SHUT };

struct house;
struct stream;

struct session {
	struct house *house;
	enum session_state state;
	struct stream *stream;		/* its own; NULL: none */
	struct net_addr addr;
	uint16_t port;
	struct telnet t;
	struct keys keys;
	struct guard_bucket input;
	uint64_t since_us, typed_us;
	uint64_t due_us;		/* CLOSING, SHUT: given up then */
	struct screen screen;		/* joined from REPLAY to its end */
	bool joined;			/* it is, or was, logged in */
	char name[40];			/* "session 1 (10.0.0.9)" */
	char line[GUARD_PASSWORD_MAX];	/* the password */
	size_t line_len;
	int last;			/* its byte before */
	bool eof, told;
	size_t out_len;
	uint8_t out[SESSION_OUT];
};

/* What all sessions share.  All zero at first, but for the configuration. */
struct house {
	struct guard_config config;
	struct guard_sources sources;
	struct guard_bucket notes;	/* lines that a flood could bring in numbers */
	struct session place[SESSION_PLACES];
};

/* What a turn did: SESSION_MORE: there may be more to send at once; SESSION_MOVED: bytes went to or fro. */
enum { SESSION_MORE = 1, SESSION_MOVED = 2 };

/*
 * A place for one more from that source that wants to log in; NULL and *why:
 * there is none.  When others have all of them, whoever has had one for longest
 * and at least SESSION_LEAST_US goes, and waits as after a wrong password.
 */
#define SESSION_LEAST_US 10000000u
struct session *session_place(struct house *h, const struct net_addr *addr, uint64_t now_us, const char **why);
/* Begins in a free place; the stream is the session's from now on.  banner: what comes before the password. */
void session_begin(struct house *h, struct session *s, struct stream *stream, const struct net_addr *addr,
		   uint16_t port, const char *banner, uint64_t now_us);
/* Goes on: what has come, what is to be sent, what is due. */
unsigned session_turn(struct session *s, uint64_t now_us);
/* Over: what is still to be sent is sent, then the connection is closed in order. */
void session_finish(struct session *s, const char *why, uint64_t now_us);
/* Over at once. */
void session_drop(struct session *s);
/* One line about it for people. */
void session_describe(const struct session *s, uint64_t now_us, char *out, size_t cap);
/* One more line that a flood could bring may be logged. */
bool session_may_note(struct house *h, uint64_t now_us);

#endif
