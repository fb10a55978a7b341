/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A flood of log-ins at the telnet server's sessions, from few and from many
 * addresses: who is in stays in and is heard, and whoever comes anew from an
 * address of his own gets in, too.  Each run is made of its seed.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "net/stream.h"
#include "services/console/console.h"
#include "services/telnet/session.h"
#include "tests/unit/v4.h"

#define SEEDS		1000
#define TICK_US		100000u
#define TRIES		10u		/* connections in a tick, as many as SYNs are taken */
#define OPERATOR	0x0a000009u
#define HONEST		0x0a00000au
#define CROWD		0x0a010000u	/* the first of those who flood */
#define TYPES_US	5000000u	/* the honest take so long for their password */
#define AGAIN_US	2000000u	/* and try again after this */
#define FLOOD_US	60000000u	/* at the most, before the honest one comes */
#define IN_US		300000000u	/* by then he is in */

/* The other end of a session. */
struct peer {
	struct stream stream;
	struct session *place;		/* NULL: none of its own any more */
	char to[16];
	size_t to_at, to_len;
	bool ended;
};

static uint64_t seed, rng, now;
static struct house house;
static struct peer crowd[SESSION_PLACES], operator, honest;

static uint32_t any(uint32_t below)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return (uint32_t)(rng >> 16) % below;
}

static int peer_send(struct stream *s, const void *buf, size_t len)
{
	(void)s;
	(void)buf;
	return (int)len;
}

static int peer_recv(struct stream *s, void *buf, size_t len)
{
	struct peer *p = (struct peer *)s;
	size_t left = p->to_len - p->to_at, n = len < left ? len : left;
	memcpy(buf, p->to + p->to_at, n);
	p->to_at += n;
	return n ? (int)n : p->ended ? 0 : -EAGAIN;
}

static int peer_peek(struct stream *s, void *buf, size_t len)
{
	size_t at = ((struct peer *)s)->to_at;
	int n = peer_recv(s, buf, len);
	((struct peer *)s)->to_at = at;
	return n;
}

static int peer_shutdown(struct stream *s)
{
	(void)s;
	return 0;
}

static void peer_close(struct stream *s, bool abort)
{
	(void)abort;
	((struct peer *)s)->place = NULL;
}

static const struct stream_ops ops = {
	.send = peer_send, .recv = peer_recv, .peek = peer_peek, .shutdown = peer_shutdown, .close = peer_close,
};

static void types(struct peer *p, const char *text)
{
	p->to_at = 0;
	p->to_len = strlen(text);
	memcpy(p->to, text, p->to_len);
}

/* Connects as telnet_service.c lets it: true if there is a place for it. */
static bool connects(struct peer *p, uint32_t ip)
{
	const char *why;
	if (guard_wait_s(&house.sources, V4(ip), now))
		return false;
	struct session *s = session_place(&house, V4(ip), now, &why);
	if (!s)
		return false;
	*p = (struct peer){ .stream = { .ops = &ops }, .place = s };
	session_begin(&house, s, &p->stream, V4(ip), 1000, "hello\r\n", now);
	return true;
}

/* One of so many: it says nothing, guesses at once or late, or goes away again. */
static void one_of(uint32_t addresses)
{
	struct peer *p = crowd;
	while (p->place)
		p++;
	if (!connects(p, CROWD + any(addresses)))
		return;
	switch (any(4)) {
	case 0: types(p, "guess\r"); break;
	case 1: p->ended = true; break;
	}
}

static void begin(void)
{
	rng = seed * 0x9e3779b97f4a7c15u + 1;
	now = 1000000;
	memset(crowd, 0, sizeof(crowd));
	memset(&house, 0, sizeof(house));
	guard_defaults(&house.config);
	guard_set(&house.config, GUARD_PASSWORD, "sesame", 1);
	house.config.sessions = (uint8_t)(2 + any(GUARD_SESSIONS - 1));
	assert_true(connects(&operator, OPERATOR));
	types(&operator, "sesame\r");
	while (house.place[0].state != SESSION_LIVE)
		session_turn(&house.place[0], now += TICK_US);
}

static void tick(uint32_t addresses)
{
	static struct input_focus reader;
	unsigned logins = 0;
	now += TICK_US;
	for (unsigned i = 0; i < TRIES; i++)
		one_of(addresses);
	for (struct session *s = house.place; s < house.place + SESSION_PLACES; s++) {
		if (s->state != SESSION_FREE)
			session_turn(s, now);
		logins += s->state != SESSION_FREE && !s->joined;
	}
	assert_in_range(logins, 0, SESSION_LOGINS);
	assert_non_null(operator.place);
	if (any(10))
		return;
	input_focus(console_input(), &reader);
	types(&operator, "x");
	session_turn(operator.place, now);
	assert_int_equal(input_take(console_input(), &reader), 'x');
	input_release(console_input(), &reader);
}

/* How long the honest one needs. */
static uint64_t gets_in(uint32_t addresses)
{
	uint64_t begun = now, again = now, typed = 0;
	for (;;) {
		assert_true(now - begun < IN_US);
		tick(addresses);
		if (honest.place && honest.place->joined)
			return now - begun;
		if (!honest.place) {
			assert_false(typed);		/* nobody takes his place from him */
			if (now < again)
				continue;
			again = now + AGAIN_US;
			if (connects(&honest, HONEST))
				typed = now + TYPES_US;
		} else if (typed && now >= typed) {
			types(&honest, "sesame\r");
			typed = UINT64_MAX;
		}
	}
}

static void run(uint32_t addresses)
{
	begin();
	for (uint64_t until = now + any(FLOOD_US); now < until;)
		tick(addresses);
	uint64_t took = gets_in(addresses);
	if (addresses < SESSION_LOGINS / 2)		/* two places each: one is always free */
		assert_in_range(took, TYPES_US, TYPES_US + 2 * TICK_US);
	for (unsigned i = 0; i < SESSION_PLACES; i++)
		if (house.place[i].state != SESSION_FREE)
			session_drop(&house.place[i]);
}

static void test_flood(void **state)
{
	static const uint32_t crowds[] = { 1, 3, 5, 16, 17, 60, 250 };
	(void)state;
	for (seed = 1; seed <= SEEDS; seed++)
		run(crowds[seed % (sizeof(crowds) / sizeof(crowds[0]))]);
	seed = 0;
}

static int setup(void **state)
{
	(void)state;
	console_init(NULL);
	return 0;
}

static int say_seed(void **state)
{
	(void)state;
	if (seed)
		print_error("the flood of seed %llu\n", (unsigned long long)seed);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_flood, setup, say_seed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
