/* SPDX-License-Identifier: BSD-2-Clause */
/* Telnet's state machine: commands, options, loops, encoding. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "services/telnet/telnet.h"

static struct telnet t, u;
static int events[512];
static unsigned count;

static int server(void **state)
{
	(void)state;
	telnet_init(&t, TELNET_HOST_BITS, TELNET_USER_BITS);
	count = 0;
	return 0;
}

static void feed(const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		int ev = telnet_input(&t, (uint8_t)bytes[i]);
		if (ev != TELNET_NONE)
			events[count++] = ev;
	}
}
#define FEED(text) feed(text, sizeof(text) - 1)

static void sent(const char *bytes, size_t len)
{
	uint8_t out[TELNET_OUT_MAX];
	size_t n = telnet_take(&t, out, sizeof(out));
	assert_int_equal(n, len);
	assert_memory_equal(out, bytes, len);
}
#define SENT(text) sent(text, sizeof(text) - 1)

static void came(unsigned n, const int *want)
{
	assert_int_equal(count, n);
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(events[i], want[i]);
	count = 0;
}
#define CAME(...) came(sizeof((int[]){ __VA_ARGS__ }) / sizeof(int), (int[]){ __VA_ARGS__ })

static void test_data(void **state)
{
	(void)state;
	FEED("a\r\0b\r\nc\n\xff\xff" "d");
	CAME('a', '\r', 'b', '\r', '\n', 'c', '\n', 0xff, 'd');
	assert_true(!t.spoken);
	SENT("");
	FEED("x\0y");
	CAME('x', 0, 'y');
}

static void test_commands(void **state)
{
	(void)state;
	FEED("\xff\xf4\xff\xf3\xff\xee\xff\xf6\xff\xf7\xff\xf8\xff\xec\xff\xf1\xff\xf2\xff\xf9z");
	CAME(TELNET_INTERRUPT, TELNET_INTERRUPT, TELNET_INTERRUPT, TELNET_AYT, TELNET_ERASE_CHAR, TELNET_ERASE_LINE,
		TELNET_EOF, 'z');
	assert_true(t.spoken);
	SENT("");
	telnet_command(&t, TELNET_CMD_IP);
	SENT("\xff\xf4");
}

static void test_asked_and_granted(void **state)
{
	(void)state;
	telnet_ask(&t, TELNET_OURS, TELNET_ECHO, true);
	telnet_ask(&t, TELNET_OURS, TELNET_ECHO, true);
	telnet_ask(&t, TELNET_THEIRS, TELNET_NAWS, true);
	SENT("\xff\xfb\x01\xff\xfd\x1f");
	assert_false(telnet_is_on(&t, TELNET_OURS, TELNET_ECHO));
	FEED("\xff\xfd\x01\xff\xfb\x1f");
	CAME(TELNET_OPTION, TELNET_OPTION);
	SENT("");		/* an answer is not answered */
	assert_true(telnet_is_on(&t, TELNET_OURS, TELNET_ECHO));
	FEED("\xff\xfd\x01\xff\xfb\x1f");
	SENT("");
	FEED("\xff\xfe\x01");
	SENT("\xff\xfc\x01");
	CAME(TELNET_OPTION);
	assert_false(telnet_is_on(&t, TELNET_OURS, TELNET_ECHO));
}

static void test_refusals(void **state)
{
	(void)state;
	/* LINEMODE, STATUS, an option of nobody; ECHO on the client's side, NAWS on ours; offs of what is off */
	FEED("\xff\xfb\x22\xff\xfd\x05\xff\xfd\xc8\xff\xfb\x01\xff\xfd\x1f\xff\xfc\x22\xff\xfe\xc8\xff\xfe\x03");
	SENT("\xff\xfe\x22\xff\xfc\x05\xff\xfc\xc8\xff\xfe\x01\xff\xfc\x1f");
	assert_int_equal(count, 0);
	telnet_ask(&t, TELNET_OURS, TELNET_SGA, true);
	SENT("\xff\xfb\x03");
	FEED("\xff\xfe\x03\xff\xfe\x03");
	SENT("");
	assert_false(telnet_is_on(&t, TELNET_OURS, TELNET_SGA));
}

/* RFC 1143, the queue: minds changed before the answer came */
static void test_opposites(void **state)
{
	(void)state;
	telnet_ask(&t, TELNET_OURS, TELNET_SGA, true);
	telnet_ask(&t, TELNET_OURS, TELNET_SGA, false);
	SENT("\xff\xfb\x03");
	FEED("\xff\xfd\x03");
	SENT("\xff\xfc\x03");
	assert_int_equal(count, 0);
	telnet_ask(&t, TELNET_OURS, TELNET_SGA, true);
	FEED("\xff\xfe\x03");
	SENT("\xff\xfb\x03");
	FEED("\xff\xfd\x03");
	CAME(TELNET_OPTION);
	telnet_ask(&t, TELNET_OURS, TELNET_SGA, false);
	telnet_ask(&t, TELNET_OURS, TELNET_SGA, true);
	telnet_ask(&t, TELNET_OURS, TELNET_SGA, false);
	SENT("\xff\xfc\x03");
	FEED("\xff\xfd\x03");	/* against the rules */
	assert_false(telnet_is_on(&t, TELNET_OURS, TELNET_SGA));
	SENT("");
}

static void test_window_and_terminal(void **state)
{
	(void)state;
	FEED("\xff\xfa\x1f\0\x50\0\x18\xff\xf0");	/* not agreed on: not used */
	assert_int_equal(count, 0);
	FEED("\xff\xfb\x1f\xff\xfb\x18");
	SENT("\xff\xfd\x1f\xff\xfd\x18\xff\xfa\x18\x01\xff\xf0");
	CAME(TELNET_OPTION, TELNET_OPTION);
	FEED("\xff\xfa\x1f\0\xff\xff\0\x18\xff\xf0");
	CAME(TELNET_WINDOW);
	assert_int_equal(t.cols, 255);
	assert_int_equal(t.rows, 24);
	FEED("\xff\xfa\x18\0xterm\033[2J-256color\xff\xf0");
	CAME(TELNET_TERMINAL);
	assert_string_equal(t.terminal, "xterm2J-256color");
	FEED("\xff\xfa\x18\0aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeee\xff\xf0");
	assert_int_equal(strlen(t.terminal), 40);
	CAME(TELNET_TERMINAL);
	/* bad: too short, too long, empty, SEND to a server, left open */
	FEED("\xff\xfa\x1f\0\x50\0\xff\xf0\xff\xfa\x1f\0\x50\0\x18\0\xff\xf0"
	     "\xff\xfa\xff\xf0\xff\xfa\x18\x01\xff\xf0\xff\xfa\x1f\0\xff\xf6q");
	CAME(TELNET_AYT, 'q');
	SENT("");
}

static void test_client(void **state)
{
	(void)state;
	telnet_init(&t, TELNET_USER_BITS, TELNET_HOST_BITS);
	strcpy(t.terminal, "VT100");
	t.cols = 80;
	t.rows = 255;
	FEED("\xff\xfd\x18\xff\xfd\x1f\xff\xfb\x01\xff\xfd\x22\xff\xfa\x18\x01\xff\xf0");
	SENT("\xff\xfb\x18\xff\xfb\x1f\xff\xfa\x1f\0\x50\0\xff\xff\xff\xf0"
	     "\xff\xfd\x01\xff\xfc\x22\xff\xfa\x18\0VT100\xff\xf0");
	CAME(TELNET_OPTION, TELNET_OPTION, TELNET_OPTION);
}

static void encoded(const char *in, size_t len, const char *want, size_t want_len)
{
	uint8_t out[64];
	size_t n = 0;
	for (size_t i = 0; i < len; i++)
		n += telnet_encode(&t, (uint8_t)in[i], out + n);
	assert_int_equal(n, want_len);
	assert_memory_equal(out, want, n);
}
#define ENCODED(in, want) encoded(in, sizeof(in) - 1, want, sizeof(want) - 1)

static void test_encoding(void **state)
{
	(void)state;
	ENCODED("a\r\nb\r\033[K\xff\r\n", "a\r\nb\r\033[K\xff\xff\r\n");	/* netcat gets no NUL */
	FEED("\xff\xf1");
	ENCODED("a\r\nb\r\033[K\xff\r", "a\r\nb\r\0\033[K\xff\xff\r");
	ENCODED("\xff", "\0\xff\xff");
	FEED("\xff\xfd\x00\xff\xfb\x00");
	ENCODED("\rx", "\rx");
	FEED("\r\0x");
	CAME(TELNET_OPTION, TELNET_OPTION, '\r', 0, 'x');
}

static void test_bounds(void **state)
{
	(void)state;
	unsigned fed = 0;
	while (t.out_len <= TELNET_OUT_MAX - TELNET_ANSWER_MAX) {
		FEED("\xff\xfd\x22");
		fed++;
	}
	assert_true(fed > 50);
	for (int i = 0; i < 1000; i++)
		FEED("\xff\xfd\x22");	/* nobody should, but nothing breaks */
	uint8_t out[TELNET_OUT_MAX];
	assert_int_equal(telnet_take(&t, out, 100), 100);
	assert_int_equal(telnet_take(&t, out, sizeof(out)), TELNET_OUT_MAX - 100);
	assert_int_equal(t.out_len, 0);
	/* one byte never adds more than it may */
	telnet_init(&t, TELNET_USER_BITS, TELNET_HOST_BITS);
	memset(t.terminal, 'x', TELNET_TERMINAL_MAX - 1);
	t.cols = t.rows = 0xffff;
	FEED("\xff\xfd\x18");
	telnet_take(&t, out, sizeof(out));
	FEED("\xff\xfa\x18\x01\xff\xf0");
	assert_true(t.out_len <= TELNET_ANSWER_MAX);
	telnet_take(&t, out, sizeof(out));
	FEED("\xff\xfd\x1f");
	assert_true(t.out_len <= TELNET_ANSWER_MAX);
}

/* Whatever both ends ask for, in whatever order things arrive, they fall silent, and agree. */
static void test_no_loops(void **state)
{
	(void)state;
	srand(20240607);
	for (int round = 0; round < 2000; round++) {
		uint8_t wire[2][8192];
		size_t put[2] = { 0, 0 }, got[2] = { 0, 0 };
		struct telnet *end[2] = { &t, &u };
		telnet_init(&t, (unsigned)rand() & 31, (unsigned)rand() & 31);
		telnet_init(&u, (unsigned)rand() & 31, (unsigned)rand() & 31);
		for (int step = 0; step < 60 || got[0] < put[0] || got[1] < put[1]; step++) {
			int e = rand() & 1;
			if (step < 60 && rand() % 3 == 0) {
				unsigned side = (unsigned)rand() & 1, option = (unsigned)rand() % TELNET_OPTIONS;
				if (end[e]->allowed[side] & TELNET_BIT(option))
					telnet_ask(end[e], side, option, rand() & 1);
			} else if (got[!e] < put[!e]) {
				telnet_input(end[e], wire[!e][got[!e]++]);
			}
			put[e] += telnet_take(end[e], wire[e] + put[e], sizeof(wire[e]) - put[e]);
			assert_true(put[e] < 4096);
		}
		for (unsigned option = 0; option < TELNET_OPTIONS; option++)
			for (unsigned side = 0; side < 2; side++) {
				assert_int_equal(telnet_is_on(&t, side, option), telnet_is_on(&u, !side, option));
				assert_true(t.state[side][option] <= 1);
			}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_data, server),
		cmocka_unit_test_setup(test_commands, server),
		cmocka_unit_test_setup(test_asked_and_granted, server),
		cmocka_unit_test_setup(test_refusals, server),
		cmocka_unit_test_setup(test_opposites, server),
		cmocka_unit_test_setup(test_window_and_terminal, server),
		cmocka_unit_test_setup(test_client, server),
		cmocka_unit_test_setup(test_encoding, server),
		cmocka_unit_test_setup(test_bounds, server),
		cmocka_unit_test_setup(test_no_loops, server),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
