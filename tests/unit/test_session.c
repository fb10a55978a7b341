/* SPDX-License-Identifier: BSD-2-Clause */
/* A telnet session on a stream that is not there: its login, its screen, its keys, its end. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/log.h"
#include "net/stream.h"
#include "services/console/console.h"
#include "services/telnet/session.h"
#include "tests/unit/v4.h"

#define IP 0x0a000009u

/* The other end: what it has sent and we have not read, what we have sent. */
struct peer {
	struct stream stream;
	char to[4096], from[1 << 20];
	size_t to_at, to_len, from_len;
	size_t room;			/* what it takes yet */
	unsigned sends;
	bool ended, shut, closed, aborted;
	int error;
};

static struct peer peer;
static struct house house;
static uint64_t now;

static int peer_send(struct stream *s, const void *buf, size_t len)
{
	struct peer *p = (struct peer *)s;
	if (p->error)
		return p->error;
	if (len > p->room)
		len = p->room;
	if (!len)
		return -EAGAIN;
	assert_true(p->from_len + len < sizeof(p->from));
	memcpy(p->from + p->from_len, buf, len);
	p->sends++;
	p->from_len += len;
	p->from[p->from_len] = '\0';
	p->room -= len;
	return (int)len;
}

static int peer_peek(struct stream *s, void *buf, size_t len)
{
	struct peer *p = (struct peer *)s;
	size_t left = p->to_len - p->to_at;
	if (p->error)
		return p->error;
	if (!left)
		return p->ended ? 0 : -EAGAIN;
	len = len < left ? len : left;
	memcpy(buf, p->to + p->to_at, len);
	return (int)len;
}

static int peer_recv(struct stream *s, void *buf, size_t len)
{
	int n = peer_peek(s, buf, len);
	if (n > 0)
		((struct peer *)s)->to_at += (size_t)n;
	return n;
}

static int peer_shutdown(struct stream *s)
{
	((struct peer *)s)->shut = true;
	return 0;
}

static void peer_close(struct stream *s, bool abort)
{
	((struct peer *)s)->closed = true;
	((struct peer *)s)->aborted = abort;
}

static const struct stream_ops ops = { .send = peer_send, .recv = peer_recv, .peek = peer_peek,
	.shutdown = peer_shutdown, .close = peer_close };

static void drop_all(void)
{
	for (unsigned i = 0; i < SESSION_PLACES; i++)
		if (house.place[i].state != SESSION_FREE)
			session_drop(&house.place[i]);
}

static struct session *begin(const char *password)
{
	drop_all();
	memset(&house, 0, sizeof(house));
	guard_defaults(&house.config);
	house.notes = (struct guard_bucket){ .rate = 1, .depth = 10, .level = 10 };
	if (*password)
		guard_set(&house.config, GUARD_PASSWORD, password, 1);
	peer = (struct peer){ .stream = { .ops = &ops }, .room = sizeof(peer.from) - 1 };
	now = 1000000;
	const char *why;
	struct session *s = session_place(&house, V4(IP), now, &why);
	session_begin(&house, s, &peer.stream, V4(IP), 4000, "hello\r\n", now);
	return s;
}

static void turns(struct session *s, unsigned n, uint64_t us)
{
	while (n-- && s->state != SESSION_FREE) {
		now += us;
		session_turn(s, now);
	}
}

static void types(struct session *s, const char *bytes, size_t len)
{
	memcpy(peer.to, bytes, len);
	peer.to_at = 0;
	peer.to_len = len;
	turns(s, 5, 10000);
}
#define TYPES(s, text) types(s, text, sizeof(text) - 1)

static int setup(void **state)
{
	(void)state;
	console_init(NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	drop_all();
	while (console_input()->focus)
		input_release(console_input(), console_input()->focus);
	console_input()->count = 0;
	return 0;
}

static void test_log_in(void **state)
{
	struct session *s = begin("sesame");
	char line[200];
	(void)state;
	log_line("a line from before");
	turns(s, 2, 1000);
	assert_non_null(memmem(peer.from, peer.from_len, "hello\r\nPassword: ", sizeof("hello\r\nPassword: ") - 1));
	assert_null(memmem(peer.from, peer.from_len, "a line", sizeof("a line") - 1));
	TYPES(s, "sesame\r\n");
	assert_int_equal(s->state, SESSION_LIVE);
	assert_non_null(memmem(peer.from, peer.from_len, "a line from before\r\n",
		sizeof("a line from before\r\n") - 1));
	assert_non_null(memmem(peer.from, peer.from_len, "telnetd: session 1: 10.0.0.9 logged in\r\n",
		sizeof("telnetd: session 1: 10.0.0.9 logged in\r\n") - 1));
	assert_null(memmem(peer.from, peer.from_len, "sesame", sizeof("sesame") - 1));
	assert_int_equal(console_input()->count, 0);	/* the LF is none of the console's */
	console_live("undine> ", -1);
	turns(s, 1, 1000);
	assert_string_equal(peer.from + peer.from_len - 8, "undine> ");
	session_describe(s, now, line, sizeof(line));
	assert_non_null(strstr(line, " 1 10.0.0.9:4000 "));
}

static void test_wrong_password(void **state)
{
	struct session *s = begin("sesame");
	(void)state;
	TYPES(s, "guess\r\n");
	assert_non_null(memmem(peer.from, peer.from_len, "Wrong password; try again in 1 s.",
		sizeof("Wrong password; try again in 1 s.") - 1));
	assert_int_equal(s->state, SESSION_SHUT);
	assert_true(peer.shut);
	peer.ended = true;
	turns(s, 1, 1000);
	assert_int_equal(s->state, SESSION_FREE);
	assert_true(peer.closed && !peer.aborted);
	/* over another connection of the same source, begun before: the right one does not count yet */
	peer = (struct peer){ .stream = { .ops = &ops }, .room = 1000 };
	session_begin(&house, s, &peer.stream, V4(IP), 4001, "hello\r\n", now);
	TYPES(s, "sesame\r\n");
	assert_non_null(memmem(peer.from, peer.from_len, "try again in 2 s.", sizeof("try again in 2 s.") - 1));
	/* one that does not take its leave has no place for long */
	turns(s, 5, 1000000);
	assert_int_equal(s->state, SESSION_FREE);
	assert_true(peer.aborted);
}

/* What has changed goes out at once, in few segments; what has not costs none. */
static void test_few_segments(void **state)
{
	struct session *s = begin("");
	(void)state;
	turns(s, 10, 1000);
	peer.sends = 0;
	console_live("a line of progress, as long as these are: 56% 17.8/32.0 MiB 10.2 MB/s 0:02 left", -1);
	turns(s, 100, 10000);
	assert_int_equal(peer.sends, 1);
	for (unsigned i = 0; i < 40; i++)
		log_line("line %u of as many as fill some three segments or a little more than that", i);
	turns(s, 100, 10000);
	assert_in_range(peer.sends, 1 + 3, 1 + 4);
}

/* Every way to end a line (RFC 854) ends one line, and nothing of the password stays. */
static void test_line_ends(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} ends[] = { { "\r\n", 2 }, { "\r\0", 2 }, { "\r", 1 }, { "\n", 1 } };
	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		char line[40];
		struct session *s = begin("sesame");
		types(s, ends[i].bytes, ends[i].len);		/* no password: asked for again, once */
		assert_int_equal(s->state, SESSION_LOGIN);
		const char *asked = memmem(peer.from, peer.from_len, "Password: ", 10);
		assert_non_null(asked);
		size_t left = peer.from_len - (size_t)(asked + 10 - peer.from);
		assert_int_equal(left, 12);
		assert_memory_equal(asked + 10, "\r\nPassword: ", 12);
		memcpy(line, "sesame", 6);
		memcpy(line + 6, ends[i].bytes, ends[i].len);
		types(s, line, 6 + ends[i].len);
		assert_int_equal(s->state, SESSION_LIVE);
		assert_int_equal(console_input()->count, 0);
		assert_int_equal(console_last_key_us(), 0);
		types(s, ends[i].bytes, ends[i].len);
		assert_int_equal(console_input()->count, 1);
		assert_in_range(console_last_key_us(), now - 60000, now);
		console_input()->count = 0;
		/* its second byte comes much later */
		s = begin("sesame");
		assert_int_equal(console_last_key_us(), 0);
		types(s, line, 7);
		types(s, ends[i].bytes + 1, ends[i].len - 1);
		assert_int_equal(s->state, SESSION_LIVE);
		assert_int_equal(console_input()->count, 0);
		assert_int_equal(console_last_key_us(), 0);
	}
	struct session *s = begin("sesame");
	TYPES(s, "sesa");
	session_drop(s);
	assert_null(memmem(s, sizeof(*s), "sesa", 4));
}

/* Each terminal in its size and by what it can do. */
static void test_terminal(void **state)
{
	static const struct {
		const char *name;
		uint8_t can;
	} kinds[] = { { "XTERM", 7 }, { "VT100", 3 }, { "DUMB", 0 }, { "ANSI", 7 } };
	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		char bytes[64];
		struct session *s = begin("");
		turns(s, 30, 1000);
		assert_int_equal(s->state, SESSION_LIVE);
		assert_int_equal(s->screen.can, SCREEN_ERASE);
		assert_int_equal(s->screen.columns, 80);
		/* WILL NAWS, WILL TTYPE; the size, the name */
		TYPES(s, "\xff\xfb\x1f\xff\xfb\x18\xff\xfa\x1f\x00\x84\x00\x2b\xff\xf0");
		size_t len = (size_t)snprintf(bytes, sizeof(bytes), "\xff\xfa\x18%c%s\xff\xf0", 'x', kinds[i].name);
		bytes[3] = 0;
		types(s, bytes, len);
		assert_int_equal(s->screen.columns, 132);
		assert_int_equal(s->screen.rows, 43);
		assert_int_equal(s->screen.can, kinds[i].can);
		session_drop(s);
	}
}

static void test_keys_and_leaving(void **state)
{
	static struct input_focus f;	/* the teardown releases it */
	char who[80];
	struct session *s = begin("");
	(void)state;
	turns(s, 30, 1000);
	input_focus(console_input(), &f);
	TYPES(s, "a\033[A\xff\xf4");
	assert_int_equal(input_take(console_input(), &f), 'a');
	assert_int_equal(input_take(console_input(), &f), KEY_UP);
	assert_int_equal(input_take(console_input(), &f), KEY_CTRL_C);
	assert_true(console_typed_by(who, sizeof(who)));
	assert_string_equal(who, "session 1 (10.0.0.9)");
	TYPES(s, "\033");
	turns(s, 1, 100000);
	assert_int_equal(input_take(console_input(), &f), KEY_ESC);
	console_typed_by(who, sizeof(who));
	assert_true(console_logout());
	turns(s, 2, 1000);
	assert_int_equal(s->state, SESSION_SHUT);
	assert_non_null(memmem(peer.from, peer.from_len, "session 1 (10.0.0.9) ends: logout",
		sizeof("session 1 (10.0.0.9) ends: logout") - 1));
	turns(s, 1, 3000000);			/* it does not answer */
	assert_int_equal(s->state, SESSION_FREE);
	assert_true(peer.aborted);
}

/* One that has said all ends when all has been done. */
static void test_end_of_input(void **state)
{
	static struct input_focus f;	/* the teardown releases it */
	struct session *s = begin("");
	(void)state;
	turns(s, 30, 1000);
	input_focus(console_input(), &f);
	console_input()->reader = &f;
	peer.ended = true;
	TYPES(s, "ls");
	assert_int_equal(s->state, SESSION_LIVE);
	input_take(console_input(), &f);
	input_take(console_input(), &f);
	turns(s, 2, 1000);
	assert_int_equal(s->state, SESSION_FREE);
	assert_non_null(memmem(peer.from, peer.from_len, "it has nothing more to say",
		sizeof("it has nothing more to say") - 1));
	console_input()->reader = NULL;
}

/* A queue that is full holds its typist up, but no Ctrl-C. */
static void test_full_queue(void **state)
{
	static struct input_focus f;	/* the teardown releases it */
	static char many[1000];
	struct session *s = begin("");
	(void)state;
	turns(s, 30, 1000);
	input_focus(console_input(), &f);
	memset(many, 'x', sizeof(many));
	types(s, many, 600);
	turns(s, 50, 100000);
	assert_int_equal(input_room(console_input()), 0);
	assert_int_equal(peer.to_at, INPUT_LEN);
	peer.to[peer.to_len++] = 3;
	turns(s, 50, 100000);
	assert_int_equal(peer.to_at, peer.to_len);
	assert_true(input_interrupted(console_input(), &f));
	assert_int_equal(input_room(console_input()), INPUT_LEN);
}

static void test_slow_reader(void **state)
{
	struct session *s = begin("");
	(void)state;
	turns(s, 30, 1000);
	peer.room = 100;
	for (unsigned i = 0; i < 4000; i++) {
		log_line("one of very many lines, this is number %u", i);
		turns(s, 1, 100);
	}
	assert_int_equal(s->state, SESSION_LIVE);
	peer.room = sizeof(peer.from) - peer.from_len - 1;
	turns(s, 100, 1000);
	assert_non_null(memmem(peer.from, peer.from_len, "bytes of output are lost here",
		sizeof("bytes of output are lost here") - 1));
	assert_true(s->screen.lost > 50000);
}

static void test_times(void **state)
{
	struct session *s = begin("sesame");
	(void)state;
	turns(s, 31, 1000000);			/* to log in */
	assert_int_equal(s->state, SESSION_SHUT);
	s = begin("");
	house.config.idle_s = 2;
	turns(s, 30, 1000);
	assert_int_equal(s->state, SESSION_LIVE);
	turns(s, 3, 1000000);
	assert_non_null(memmem(peer.from, peer.from_len, "idle for too long", sizeof("idle for too long") - 1));
	s = begin("");
	turns(s, 30, 1000);
	peer.error = -ECONNRESET;
	turns(s, 1, 1000);
	assert_int_equal(s->state, SESSION_FREE);
	assert_true(peer.aborted);
}

static struct session *place(uint32_t ip)
{
	const char *why = NULL;
	struct session *s = session_place(&house, V4(ip), now, &why);
	assert_true(!s == !!why);
	return s;
}

/*
 * Two of a source are not in, whether they log in or have failed; when all
 * those places are taken the oldest makes room, but not before its time; and
 * who is in keeps its place.
 */
static void test_places(void **state)
{
	struct session *s;
	static struct peer peers[SESSION_PLACES];
	(void)state;
	begin("sesame");
	session_drop(&house.place[0]);
	for (unsigned i = 0; i < SESSION_PLACES; i++) {
		peers[i] = (struct peer){ .stream = { .ops = &ops }, .room = 1000 };
		s = place(IP + i / 2);
		assert_non_null(s);
		session_begin(&house, s, &peers[i].stream, V4(IP + i / 2), 1, "", ++now);
		if (i >= GUARD_SESSIONS)
			continue;
		memcpy(peers[i].to, "sesame\r", peers[i].to_len = 7);
		session_turn(s, now);
		assert_true(s->joined);
	}
	assert_null(place(IP + 100));
	now += SESSION_LEAST_US;
	assert_null(place(IP + GUARD_SESSIONS / 2));
	session_finish(&house.place[GUARD_SESSIONS], "", now);
	session_finish(&house.place[GUARD_SESSIONS + 1], "", now);
	assert_null(place(IP + GUARD_SESSIONS / 2));
	s = place(IP + 100);
	assert_ptr_equal(s, &house.place[GUARD_SESSIONS]);
	assert_true(peers[GUARD_SESSIONS].aborted);
	assert_int_equal(guard_wait_s(&house.sources, V4(IP + GUARD_SESSIONS / 2), now), 2);
	for (unsigned i = 0; i < GUARD_SESSIONS; i++)
		assert_false(peers[i].closed);
	/* one that was in and takes its leave has none that another needs */
	session_finish(&house.place[1], "", now);
	assert_ptr_equal(place(IP + 100), s);
	peers[0] = (struct peer){ .stream = { .ops = &ops }, .room = 1000, .to = "sesame\r", .to_len = 7 };
	session_begin(&house, s, &peers[0].stream, V4(IP + 100), 1, "", now);
	session_turn(s, now);
	assert_true(s->joined);
	assert_ptr_equal(place(IP + 101), &house.place[1]);
	assert_true(peers[1].aborted);
}

static void test_read_only(void **state)
{
	struct session *s = begin("");
	(void)state;
	house.config.readonly = true;
	turns(s, 30, 1000);
	TYPES(s, "reboot\r\n");
	assert_int_equal(input_room(console_input()), INPUT_LEN);
	assert_non_null(memmem(peer.from, peer.from_len, "keys are not read here",
		sizeof("keys are not read here") - 1));
	TYPES(s, "\4");
	assert_int_equal(s->state, SESSION_SHUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
		WITH(test_log_in), WITH(test_few_segments), WITH(test_line_ends), WITH(test_wrong_password),
		WITH(test_terminal), WITH(test_keys_and_leaving),
			WITH(test_end_of_input),
		WITH(test_full_queue), WITH(test_slow_reader), WITH(test_times), WITH(test_places),
		WITH(test_read_only),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
