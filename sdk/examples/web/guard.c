/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who may: see web.h.  Nothing is remembered by cookies, so that no other site's page can use what its browser has; a
 * page asks by its own name for this machine, or a name of somebody else's could be led here (DNS rebinding).
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <undine.h>

#include "web.h"

#define SESSIONS 8
#define SESSION_MS (30 * 60000u)	/* unused for so long, it is over */
#define GUESSERS 16
#define PAUSE_MS 1000u			/* after a wrong password; twice as long each time */
#define PAUSE_DOUBLED 6			/* times */
#define GUESSES 10			/* of all together at once, ... */
#define GUESS_MS 500u			/* ... and one more each so often */
#define PASSWORD_MAX 128

static struct {
	char token[TOKEN_LEN + 1];	/* "": free */
	uint64_t used_ms;
} sessions[SESSIONS];

static struct {
	struct in_addr who;
	unsigned wrong;			/* 0: free */
	uint64_t until_ms;
} guessers[GUESSERS];

static unsigned guesses = GUESSES;
static uint64_t guesses_ms;

uint64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* ---- where it is asked ---- */

/* "name" or "name:port", as a browser writes it for that port. */
static bool is_name(const char *host, const char *name, unsigned port)
{
	size_t len = strlen(name);
	char behind[8] = "";
	if (!len || strncasecmp(host, name, len))
		return false;
	if (port != 80)
		snprintf(behind, sizeof behind, ":%u", port);
	return !strcmp(host + len, behind) || (port == 80 && !strcmp(host + len, ":80"));
}

bool guard_host(const struct request *r)
{
	unsigned port = ntohs(r->local.sin_port);
	char name[HOST_MAX], domain[HOST_MAX], whole[2 * HOST_MAX], more[512], *at = more;
	if (is_name(r->host, inet_ntoa(r->local.sin_addr), port))
		return true;
	if (undine_setting("hostname", name, sizeof name) > 0) {
		if (is_name(r->host, name, port))
			return true;
		if (undine_setting("domain", domain, sizeof domain) > 0) {
			snprintf(whole, sizeof whole, "%s.%s", name, domain);
			if (is_name(r->host, whole, port))
				return true;
		}
	}
	if (undine_setting("web.host", more, sizeof more) <= 0)
		return false;
	for (char *one; (one = strtok_r(at, " ,", &at));)
		if (is_name(r->host, one, port))
			return true;
	return false;
}

bool guard_origin(const struct request *r)
{
	static const char scheme[] = "http://";
	return !r->foreign && !strncmp(r->origin, scheme, sizeof scheme - 1) &&
	       !strcasecmp(r->origin + sizeof scheme - 1, r->host);
}

/* ---- the password ---- */

static int read_password(char out[PASSWORD_MAX])
{
	static char was[PASSWORD_MAX];
	int n = undine_setting("web.password", out, PASSWORD_MAX);
	if (n >= PASSWORD_MAX && strcmp(was, "too long")) {
		printf("web: web.password has more than %d characters, and counts as none\n", PASSWORD_MAX - 1);
		strcpy(was, "too long");
		memset(sessions, 0, sizeof sessions);
	}
	if (n >= PASSWORD_MAX)
		return *out = '\0';
	if (n <= 0)
		out[n = 0] = '\0';
	if (strcmp(was, out)) {			/* who was in by another one is out */
		memset(sessions, 0, sizeof sessions);
		strcpy(was, out);
	}
	return n;
}

bool guard_has_password(void)
{
	char password[PASSWORD_MAX];
	return read_password(password) > 0;
}

/* In a time that tells nothing of what is right. */
static bool same(const char *a, const char *b, size_t len)
{
	unsigned differs = 0;
	for (size_t i = 0; i < len; i++)
		differs |= (unsigned)(a[i] ^ b[i]);
	return !differs;
}

/* Of those who guessed, the one with that address; else one that is free, or whose pause is over first. */
static unsigned guesser(struct in_addr who)
{
	unsigned best = 0;
	for (unsigned i = 0; i < GUESSERS; i++) {
		if (guessers[i].wrong && guessers[i].who.s_addr == who.s_addr)
			return i;
		if (!guessers[i].wrong || (guessers[best].wrong && guessers[i].until_ms < guessers[best].until_ms))
			best = i;
	}
	if (guessers[best].wrong && guessers[best].until_ms > now_ms())
		return best;			/* it stays as it is: a newcomer waits with it */
	guessers[best].who = who;
	guessers[best].wrong = 0;
	return best;
}

static bool guess_allowed(void)
{
	uint64_t now = now_ms(), more = (now - guesses_ms) / GUESS_MS;
	if (more) {
		guesses = more > GUESSES - guesses ? GUESSES : guesses + (unsigned)more;
		guesses_ms = now;
	}
	if (!guesses)
		return false;
	guesses--;
	return true;
}

static void begin_session(char token[TOKEN_LEN + 1])
{
	unsigned oldest = 0;
	uint8_t bytes[TOKEN_LEN / 2];
	undine_random(bytes, sizeof bytes);
	for (unsigned i = 0; i < sizeof bytes; i++)
		sprintf(token + 2 * i, "%02x", bytes[i]);
	for (unsigned i = 0; i < SESSIONS; i++)
		if (!sessions[i].token[0] ||
		    (sessions[oldest].token[0] && sessions[i].used_ms < sessions[oldest].used_ms))
			oldest = i;
	strcpy(sessions[oldest].token, token);
	sessions[oldest].used_ms = now_ms();
}

int guard_login(const struct request *r, char token[TOKEN_LEN + 1])
{
	char password[PASSWORD_MAX], given[PASSWORD_MAX] = "";
	int len = read_password(password);
	unsigned i = guesser(r->peer.sin_addr);
	if ((guessers[i].wrong && guessers[i].until_ms > now_ms()) || !guess_allowed())
		return -429;
	if (r->body_len < sizeof given)
		memcpy(given, r->body, r->body_len);
	if (len > 0 && r->body_len == (size_t)len && same(password, given, (size_t)len)) {
		guessers[i].wrong = 0;
		begin_session(token);
		printf("web: %s has the password\n", inet_ntoa(r->peer.sin_addr));
		return 0;
	}
	unsigned doubled = guessers[i].wrong < PAUSE_DOUBLED ? guessers[i].wrong : PAUSE_DOUBLED;
	guessers[i].wrong++;
	guessers[i].until_ms = now_ms() + (PAUSE_MS << doubled);
	printf("web: a wrong password from %s\n", inet_ntoa(r->peer.sin_addr));
	return -401;
}

static int session(const struct request *r)
{
	char password[PASSWORD_MAX];
	if (!read_password(password))
		return -1;
	for (int i = 0; i < SESSIONS && r->token[0]; i++) {
		if (!sessions[i].token[0] || !same(sessions[i].token, r->token, TOKEN_LEN))
			continue;
		if (now_ms() - sessions[i].used_ms > SESSION_MS)
			sessions[i].token[0] = '\0';
		else
			return i;
	}
	return -1;
}

bool guard_knows(const struct request *r)
{
	int i = session(r);
	if (i >= 0 && r->post)
		sessions[i].used_ms = now_ms();
	return i >= 0;
}

void guard_logout(const struct request *r)
{
	int i = session(r);
	if (i >= 0)
		sessions[i].token[0] = '\0';
}
