/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TFTP's windows, against a server at the other end of a line that takes
 * time, and behind a card with a ring: how fast it is, what is remembered from
 * transfer to transfer, block numbers that wrap, loss and other orders by seed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>

#include <cmocka.h>

#include "services/tftp/tftp.h"
#include "services/tftp/tftp_window.h"

#define S 1000000ull
#define PENDING 4096u

/* What happens when: a packet at one end of the line. */
struct pending {
	uint64_t at;
	uint32_t order;
	bool to_server;
	uint16_t len;
	uint8_t p[16];		/* the head of 4, for a block which it is; its bytes follow from that */
};

static struct line {
	/* to be set */
	uint32_t one_way_us, frame_us, poll_us;	/* of a frame on the wire; between two looks at the ring */
	unsigned ring;				/* frames that come between two looks and are kept; 0: all */
	unsigned loss, swap;			/* of 1000 */
	uint32_t lost_block, lost_times;	/* this one, when it is sent for the first times */
	uint32_t file_len;
	uint16_t blksize, window_most;		/* the server's */
	uint16_t at_once;			/* blocks it really sends for an ACK; 0: the window */
	bool from_1;				/* after block 65535 */
	bool repeats;				/* a single block, for an ACK that it had before */
	/* of the run */
	struct pending queue[PENDING];
	unsigned count;
	uint32_t order;
	uint64_t now, wire_free, look, server_due;
	unsigned in_ring;
	uint16_t blk, window;
	uint32_t base;				/* blocks acknowledged */
	bool asked, agreed, ended;
	unsigned sent, lost, transfers;
	uint16_t port;
} l;

static struct tftp t;
static struct tftp_output out;
static uint32_t seed;

static uint32_t draw(void)
{
	seed = seed * 1664525u + 1013904223u;
	return seed >> 8;
}

/* The file's n-th byte. */
static uint8_t content(uint32_t n)
{
	return (uint8_t)(n * 2654435761u >> 13);
}

static uint16_t wire_number(uint32_t block)
{
	return (uint16_t)(l.from_1 && block > 65535 ? 1 + (block - 1) % 65535 : block);
}

static void put(bool to_server, const void *p, size_t len)
{
	struct pending *q = &l.queue[l.count];
	uint64_t at = l.now + l.one_way_us;

	l.sent += !to_server;
	if (draw() % 1000 < l.loss)
		return;
	if (!to_server) {
		l.wire_free = (l.wire_free > l.now ? l.wire_free : l.now) + l.frame_us;
		at = l.wire_free + l.one_way_us;
	}
	assert_true(l.count < PENDING);
	l.count++;
	*q = (struct pending){ .at = at, .order = l.order++, .to_server = to_server, .len = (uint16_t)len };
	memcpy(q->p, p, sizeof(q->p));
	if (!to_server && draw() % 1000 < l.swap)
		q->at += 3 * l.frame_us;
}

static uint32_t blocks(void)
{
	return l.file_len / l.blk + 1;
}

static void send_window(void)
{
	uint32_t n = l.at_once ? l.at_once : l.window;

	for (uint32_t b = l.base + 1; b <= l.base + n && b <= blocks(); b++) {
		uint32_t left = l.file_len - (b - 1) * l.blk, len = left < l.blk ? left : l.blk;
		uint8_t head[16] = { 0, 3, (uint8_t)(wire_number(b) >> 8), (uint8_t)wire_number(b) };
		memcpy(head + 4, &b, 4);	/* which it is: the body is made where it arrives */
		if (b == l.lost_block && l.lost_times) {
			l.lost_times--;
			continue;
		}
		put(false, head, 4 + len);
	}
	l.server_due = l.now + 2 * S;
}

static void send_oack(void)
{
	char p[64];
	int n = sprintf(p, "%c%cblksize%c%u%cwindowsize%c%u", 0, 6, 0, l.blk, 0, 0, l.window) + 1;

	put(false, p, (size_t)n);
	l.server_due = l.now + 2 * S;
}

/* An ACK that the server takes: the latest block that has this number, not behind what it knows already. */
static void server_hears(const struct pending *q)
{
	if (q->p[1] == 5) {
		l.ended = true;
	} else if (q->p[1] == 4) {
		uint16_t number = (uint16_t)(q->p[2] << 8 | q->p[3]);
		for (uint32_t b = l.base; b <= l.base + l.window; b++)
			if ((b ? wire_number(b) : 0) == number &&
			    (b > l.base || !l.agreed || l.window > 1 || l.repeats)) {
				l.base = b;
				l.agreed = true;
				send_window();
				return;
			}
	}
}

static void hear_request(void)
{
	l.asked = true;
	l.base = 0;
	l.agreed = false;
	l.blk = l.blksize;
	l.window = t.asked < l.window_most ? t.asked : l.window_most;
	send_oack();
}

static void server_sends_again(void)
{
	if (l.agreed)
		send_window();
	else
		send_oack();
}

static int earliest(void)
{
	int at = -1;

	for (unsigned i = 0; i < l.count; i++)
		if (at < 0 || l.queue[i].at < l.queue[at].at ||
		    (l.queue[i].at == l.queue[at].at && l.queue[i].order < l.queue[at].order))
			at = (int)i;
	return at;
}

/* Is there room in the ring for a frame that comes now?  It is emptied at each look. */
static bool ring_takes(void)
{
	if (l.now >= l.look + l.poll_us) {
		l.look = l.now;
		l.in_ring = 0;
	}
	if (l.ring && l.in_ring == l.ring) {
		l.lost++;
		return false;
	}
	l.in_ring++;
	return true;
}

static enum tftp_event we_hear(const struct pending *q)
{
	static uint8_t p[4 + 1456];
	uint32_t b;
	char oack[64];

	if (q->p[1] == 6) {
		int n = sprintf(oack, "%c%cblksize%c%u%cwindowsize%c%u", 0, 6, 0, l.blk, 0, 0, l.window) + 1;
		return tftp_input(&t, 2000, oack, (size_t)n, l.now);
	}
	memcpy(&b, q->p + 4, 4);
	memcpy(p, q->p, 4);
	for (uint32_t i = 0; i + 4 < q->len; i++)
		p[4 + i] = content((b - 1) * l.blk + i);
	return tftp_input(&t, 2000, p, q->len, l.now);
}

static void begin(uint16_t asked, bool settled)
{
	tftp_start(&t, "f", 1500, l.now);
	t.asked = asked;
	t.settled = settled;
	l.count = 0;
	l.asked = l.agreed = l.ended = false;
	l.server_due = UINT64_MAX;
	l.transfers++;
}

/* One transfer as it ends, DONE or ERROR; all bytes that come are the file's. */
static enum tftp_event transfer(uint16_t asked, bool settled)
{
	enum tftp_event ev = TFTP_EV_NONE;
	uint32_t got = 0;

	begin(asked, settled);
	for (;;) {
		int at = earliest();
		uint64_t due = tftp_deadline(&t);

		if (due <= l.now) {
			ev = tftp_poll(&t, l.now, draw(), &out);
			if (ev == TFTP_EV_ERROR)
				return ev;
			if (out.len && out.data[1] == 1 && draw() % 1000 >= l.loss)
				hear_request();
			else if (out.len && out.data[1] != 1)
				put(true, out.data, out.len);
			continue;
		}
		if (at >= 0 && l.queue[at].at <= due && l.queue[at].at <= l.server_due) {
			struct pending q = l.queue[at];
			l.queue[at] = l.queue[--l.count];
			l.now = q.at > l.now ? q.at : l.now;
			if (q.to_server) {
				server_hears(&q);
				continue;
			}
			if (!ring_takes())
				continue;
			ev = we_hear(&q);
			if (ev == TFTP_EV_DATA || ev == TFTP_EV_DONE) {
				for (size_t i = 0; i < t.data_len; i++)
					assert_int_equal(t.data[i], content(got + (uint32_t)i));
				got += (uint32_t)t.data_len;
			}
			if (ev == TFTP_EV_DONE)
				assert_int_equal(got, l.file_len);
			if (ev == TFTP_EV_DONE || ev == TFTP_EV_ERROR)
				return ev;
			continue;
		}
		if (l.asked && l.server_due < due) {
			l.now = l.server_due;
			server_sends_again();
			continue;
		}
		assert_true(due != UINT64_MAX);
		l.now = due;
	}
}

static const struct net_addr far = { .family = NET_V4, .v4 = 0x0a000001 };

/* A file as tftp_source.c gets it: the microseconds it took. */
static uint64_t fetch(struct tftp_windows *w, unsigned flight)
{
	uint64_t from = l.now;
	enum tftp_event ev;

	for (unsigned tries = 0;; tries++) {
		assert_true(tries < 4);
		ev = transfer(tftp_window(w, &far, flight), tries >= 2);
		tftp_window_learn(w, &far, &t);
		if (ev == TFTP_EV_DONE)
			return l.now - from;
		assert_int_equal(t.error, -EAGAIN);
	}
}

static void far_line(uint32_t one_way_us)
{
	memset(&l, 0, sizeof(l));
	l = (struct line){ .one_way_us = one_way_us, .frame_us = 12, .poll_us = 200, .file_len = 8u << 20,
			   .blksize = 1456, .window_most = 65535, .now = 1 };
	seed = 1;
}

static void it_grows_while_nothing_is_lost(void **state)
{
	static const unsigned asked[] = { 64, 128, 256, 512, 512 };
	struct tftp_windows w = { .clock = 0 };
	uint64_t took = 0, before;

	(void)state;
	far_line(5000);
	for (unsigned i = 0; i < 5; i++) {
		before = took;
		assert_int_equal(tftp_window(&w, &far, 0), asked[i]);
		took = fetch(&w, 0);
		assert_true(i == 0 ? took < 3 * S / 2 : i < 4 ? took < before * 3 / 4 : took <= before);
		assert_int_equal(l.transfers, i + 1);
	}
	/* a few windows say nothing of the line, nor does a near one, where an ACK costs nothing */
	memset(&w, 0, sizeof(w));
	l.file_len = 6 * 64 * 1456;
	fetch(&w, 0);
	assert_int_equal(tftp_window(&w, &far, 0), 64);
	far_line(100);
	assert_true(fetch(&w, 0) < S / 2);
	assert_int_equal(tftp_window(&w, &far, 0), 64);
}

static void no_window_is_larger_than_the_card_bears(void **state)
{
	struct tftp_windows w = { .clock = 0 };

	(void)state;
	far_line(5000);
	l.ring = 6;
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(tftp_window(&w, &far, 6), 6);
		fetch(&w, 6);
		assert_int_equal(l.lost, 0);
	}
}

/* What is lost stops when the window is what the ring holds, and is tried again ever later. */
static void it_shrinks_to_what_the_ring_holds(void **state)
{
	static const unsigned rings[] = { 8, 13, 20, 32, 8, 13 };
	struct tftp_windows w;

	(void)state;
	for (unsigned i = 0; i < 6; i++) {
		unsigned lost, clean = 0;
		uint64_t took, all;

		memset(&w, 0, sizeof(w));
		far_line(5000);
		l.poll_us = i < 4 ? 1000 : 300;		/* all that follows is lost; or there is a hole */
		l.ring = rings[i];
		fetch(&w, 0);
		assert_int_equal(l.transfers, 2);	/* begun anew, early */
		assert_true(tftp_window(&w, &far, 0) <= rings[i]);
		assert_true(tftp_window(&w, &far, 0) >= rings[i] - 1);
		lost = l.lost;
		all = l.sent;
		took = fetch(&w, 0);
		assert_int_equal(l.lost, lost);
		assert_true(l.sent - all < 8u * 1024 * 1024 / 1456 + 10);
		assert_true(took < (8ull * 1024 * 1024 / 1456 / (rings[i] - 1) + 2) * 12000);
		for (unsigned k = 0; k < 12; k++) {
			lost = l.lost;
			fetch(&w, 0);
			clean += l.lost == lost;
		}
		assert_true(clean >= 8);
	}
}

/* Loss without regard for windows: large ones are still the fastest, and nothing is begun anew for long. */
static void loss_at_random_leaves_it_large(void **state)
{
	static const struct {
		unsigned loss;
		uint64_t most_us;
	} rows[] = { { 2, 3 * S }, { 10, 6 * S }, { 50, 30 * S } };
	struct tftp_windows w;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		memset(&w, 0, sizeof(w));
		far_line(5000);
		l.loss = rows[i].loss;
		assert_true(fetch(&w, 0) < rows[i].most_us);
		assert_true(tftp_window(&w, &far, 0) > 20);
	}
	/* single blocks, by a server that repeats a block for a repeated ACK: in the way's own time */
	far_line(5000);
	l.repeats = true;
	l.window_most = 1;
	l.loss = 10;
	l.file_len = 1 << 20;
	memset(&w, 0, sizeof(w));
	assert_true(fetch(&w, 0) < 10 * S);
}

static void the_bytes_are_right_by_every_seed(void **state)
{
	static const uint16_t windows[] = { 1, 2, 3, 7, 8, 9, 64, 512 };

	(void)state;
	for (uint32_t i = 1; i <= 240; i++) {
		struct tftp_windows w = { .clock = 0 };
		far_line(i % 3 * 2500);
		seed = i;
		l.window_most = windows[i % 8];
		l.loss = i % 5 * 20;
		l.swap = i / 5 % 4 * 30;
		l.ring = i % 7 ? 0 : 10;
		l.file_len = draw() % 100000;
		if (i % 9 == 0)
			l.file_len -= l.file_len % l.blksize;
		fetch(&w, 0);
	}
}

/* A server that agrees to a window and sends less is asked for that much: single blocks without windows. */
static void a_server_that_sends_less_is_noticed(void **state)
{
	static const uint16_t at_once[] = { 1, 2, 5, 40 };

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct tftp_windows w = { .clock = 0 };
		far_line(1000);
		l.file_len = 2 << 20;
		l.at_once = at_once[i];
		assert_int_equal(transfer(64, false), TFTP_EV_ERROR);
		assert_int_equal(t.error, -EAGAIN);
		assert_non_null(strstr(t.error_text, "the server sends"));
		assert_true(l.now < S);
		assert_int_equal(l.sent, 1 + 4 * at_once[i]);	/* after so many times */
		tftp_poll(&t, l.now, 0, &out);
		assert_int_equal(out.data[1], 5);		/* it is told */
		tftp_window_learn(&w, &far, &t);
		assert_int_equal(tftp_window(&w, &far, 0), at_once[i]);
		l.at_once = at_once[i];
		assert_true(fetch(&w, 0) < 10 * S);
		assert_int_equal(l.transfers, 2);
	}
	/* and where it is settled, it goes on all the same */
	far_line(1000);
	l.file_len = 20000;
	l.at_once = 1;
	assert_int_equal(transfer(64, true), TFTP_EV_DONE);
}

/* 0 or 1 after 65535, in every place of a window, with block 0 or 1 lost or not. */
static void numbers_wrap_at_every_window(void **state)
{
	static const uint16_t windows[] = { 1, 2, 3, 4, 5, 7, 8, 13, 16, 63, 64, 100, 512 };

	(void)state;
	for (unsigned i = 0; i < 13 * 8; i++) {
		far_line(0);
		seed = i + 1;
		l.frame_us = 1;
		l.blksize = 8;
		l.window_most = windows[i / 8];
		l.from_1 = i & 1;
		l.lost_block = 65535 + i / 2 % 4;		/* and none */
		l.lost_times = l.lost_block < 65538 ? 2 : 0;
		l.loss = l.lost_times ? 0 : 2;
		l.file_len = 8 * 66000 + i;
		assert_int_equal(transfer(l.window_most, true), TFTP_EV_DONE);
	}
	/* twice round */
	for (unsigned i = 0; i < 2; i++) {
		far_line(0);
		l.blksize = 8;
		l.from_1 = i;
		l.file_len = 8 * 140000;
		assert_int_equal(transfer(64, true), TFTP_EV_DONE);
	}
}

static void servers_are_remembered(void **state)
{
	struct tftp_windows w = { .clock = 0 };
	static struct tftp seen;

	(void)state;
	for (uint32_t i = 0; i <= TFTP_SERVERS; i++) {
		struct net_addr a = { .family = NET_V4, .v4 = 0x0a000001 + i };
		tftp_start(&seen, "f", 1500, 0);
		seen.advice = (uint16_t)(i + 1);
		tftp_window_learn(&w, &a, &seen);
		assert_int_equal(tftp_window(&w, &a, 0), i + 1);
	}
	for (uint32_t i = 0; i <= TFTP_SERVERS; i++) {
		struct net_addr a = { .family = NET_V4, .v4 = 0x0a000001 + i };
		assert_int_equal(tftp_window(&w, &a, 0), i ? i + 1 : TFTP_WINDOW);	/* the oldest went */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_grows_while_nothing_is_lost),
		cmocka_unit_test(no_window_is_larger_than_the_card_bears),
		cmocka_unit_test(it_shrinks_to_what_the_ring_holds),
		cmocka_unit_test(loss_at_random_leaves_it_large),
		cmocka_unit_test(the_bytes_are_right_by_every_seed),
		cmocka_unit_test(a_server_that_sends_less_is_noticed),
		cmocka_unit_test(numbers_wrap_at_every_window),
		cmocka_unit_test(servers_are_remembered),
	};
	return cmocka_run_group_tests_name("tftp window", tests, NULL, NULL);
}
