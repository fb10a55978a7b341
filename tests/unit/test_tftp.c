/* SPDX-License-Identifier: BSD-2-Clause */
/* TFTP: against a server of a few lines, over a network that loses, repeats and reorders. */
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

#define S 1000000ull

static struct tftp t;
static struct tftp_output out;

static enum tftp_event give(uint16_t port, const char *bytes, size_t len, uint64_t now)
{
	return tftp_input(&t, port, bytes, len, now);
}

/* A DATA packet with len bytes of value (char)block. */
static uint8_t data_pkt[4 + 2048];
static size_t data(unsigned block, size_t len)
{
	data_pkt[0] = 0, data_pkt[1] = 3, data_pkt[2] = (uint8_t)(block >> 8), data_pkt[3] = (uint8_t)block;
	memset(data_pkt + 4, (int)block, len);
	return len + 4;
}

static enum tftp_event give_data(unsigned block, size_t len, uint64_t now)
{
	size_t n = data(block, len);
	uint8_t *exact = malloc(n);
	enum tftp_event ev;

	memcpy(exact, data_pkt, n);
	ev = tftp_input(&t, 2000, exact, n, now);
	free(exact);
	return ev;
}

static int acked(void)
{
	return out.len == 4 && out.data[1] == 4 ? out.data[2] << 8 | out.data[3] : -1;
}

static void test_request(void **state)
{
	static const char want[] = "\0\1dir/undine.0\0octet\0tsize\0" "0\0blksize\0" "1456\0windowsize\0" "64";
	char big[600];

	(void)state;
	assert_int_equal(tftp_start(&t, "dir/undine.0", 1500, 5), 0);
	assert_int_equal(tftp_poll(&t, 4, 0, &out), TFTP_EV_NONE);
	assert_int_equal(out.len, 0);
	tftp_poll(&t, 5, 0, &out);
	assert_int_equal(out.len, sizeof(want));
	assert_memory_equal(out.data, want, sizeof(want));
	assert_int_equal(out.port, 69);
	memset(big, 'a', sizeof(big));
	big[sizeof(big) - 1] = 0;
	assert_int_equal(tftp_start(&t, big, 1500, 5), -ENAMETOOLONG);
	big[TFTP_NAME_MAX - 1] = 0;
	assert_int_equal(tftp_start(&t, big, 1500, 5), 0);
	tftp_poll(&t, 5, 0, &out);
	assert_true(out.len > TFTP_NAME_MAX);
}

static void blocks_fit_into_the_link(void **state)
{
	static const struct {
		uint16_t mtu;
		const char *asked;
	} rows[] = {
		{ 65535, "1456" }, { 1488, "1456" }, { 1487, "1455" }, { 1400, "1368" }, { 576, "544" }, { 41, "9" },
		{ 40, "8" }, { 0, "8" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(tftp_start(&t, "f", rows[i].mtu, 0), 0);
		tftp_poll(&t, 0, 0, &out);
		assert_string_equal((const char *)out.data + sizeof("\0\1f\0octet\0tsize\0" "0\0blksize\0") - 1,
			rows[i].asked);
	}
	/* what does not fit is refused */
	tftp_start(&t, "f", 1400, 0);
	tftp_poll(&t, 0, 0, &out);
	assert_int_equal(tftp_input(&t, 2000, "\0\6blksize\0" "1456", 15, 1), TFTP_EV_NONE);
	assert_int_equal(tftp_deadline(&t), 0);
	tftp_poll(&t, 1, 0, &out);
	assert_int_equal(out.data[1], 5);
}

static void start(void)
{
	tftp_start(&t, "f", 1500, 0);
	tftp_poll(&t, 0, 0, &out);
}

#define OACK(s) "\0\6" s

static void test_options_agreed(void **state)
{
	static const char oack[] = OACK("TSIZE\0" "3000\0blksize\0" "1000\0windowsize\0" "2");

	(void)state;
	start();
	assert_int_equal(give(2000, oack, sizeof(oack), 10), TFTP_EV_SIZE);
	assert_int_equal(t.size, 3000);
	assert_int_equal(t.blksize, 1000);
	assert_int_equal(t.window, 2);
	tftp_poll(&t, 10, 0, &out);
	assert_int_equal(acked(), 0);
	assert_int_equal(out.port, 2000);
	assert_int_equal(give_data(1, 1000, 20), TFTP_EV_DATA);
	assert_int_equal(t.data_len, 1000);
	tftp_poll(&t, 20, 0, &out);
	assert_int_equal(out.len, 0);		/* the window is not full */
	assert_int_equal(give_data(2, 1000, 30), TFTP_EV_DATA);
	tftp_poll(&t, 30, 0, &out);
	assert_int_equal(acked(), 2);
	assert_int_equal(give_data(3, 1000, 40), TFTP_EV_DATA);
	assert_int_equal(give_data(4, 0, 50), TFTP_EV_DONE);
	tftp_poll(&t, 50, 0, &out);
	assert_int_equal(acked(), 4);
	assert_int_equal(t.got, 3000);
	assert_int_equal(tftp_deadline(&t), UINT64_MAX);
	tftp_poll(&t, 60, 0, &out);
	assert_int_equal(out.len, 0);
}

static void test_server_without_options(void **state)
{
	(void)state;
	start();
	assert_int_equal(give_data(1, 512, 10), TFTP_EV_DATA);
	tftp_poll(&t, 10, 0, &out);
	assert_int_equal(acked(), 1);
	assert_int_equal(give_data(2, 100, 10), TFTP_EV_DONE);
	assert_int_equal(t.got, 612);
}

/* The windows first: a server that wants none of them may have large blocks. */
static void test_options_refused(void **state)
{
	static const char err[] = "\0\5\0\10no options";
	static const char less[] = "\0\1f\0octet\0tsize\0" "0\0blksize\0" "1456";

	(void)state;
	start();
	assert_int_equal(give(2000, err, sizeof(err), 10), TFTP_EV_NONE);
	tftp_poll(&t, 10, 0, &out);
	assert_int_equal(out.port, 69);
	assert_int_equal(out.len, sizeof(less));
	assert_memory_equal(out.data, less, sizeof(less));
	assert_int_equal(give(2000, err, sizeof(err), 20), TFTP_EV_NONE);
	tftp_poll(&t, 20, 0, &out);
	assert_int_equal(out.port, 69);
	assert_int_equal(out.len, 10);
	assert_memory_equal(out.data, "\0\1f\0octet\0", 10);
	/* what was on its way for the request before is not taken for the file */
	assert_int_equal(give_data(1, 1456, 25), TFTP_EV_NONE);
	assert_int_equal(give(2000, err, sizeof(err), 30), TFTP_EV_ERROR);
	assert_int_equal(t.error, -EPROTO);
	assert_string_equal(t.error_text, "no options");
}

static void test_not_found(void **state)
{
	static const char err[] = "\0\5\0\1file f\x1b[ not here";

	(void)state;
	start();
	assert_int_equal(give(2000, err, sizeof(err), 10), TFTP_EV_ERROR);
	assert_int_equal(t.error, -ENOENT);
	assert_string_equal(t.error_text, "file f?[ not here");
	start();
	assert_int_equal(give(2000, "\0\5\0\2", 4, 10), TFTP_EV_ERROR);
	assert_int_equal(t.error, -EACCES);
	assert_string_equal(t.error_text, "access denied");
}

/* A text of any length, with its NUL and without, stays within its place. */
static void test_long_error(void **state)
{
	char err[500] = "\0\5\0\1";

	(void)state;
	memset(err + 4, 'x', sizeof(err) - 4);
	for (size_t len = 4; len <= sizeof(err); len++) {
		size_t want = len - 4 < sizeof(t.error_text) - 1 ? len - 4 : sizeof(t.error_text) - 1;
		start();
		assert_int_equal(give(2000, err, len, 10), TFTP_EV_ERROR);
		if (len > 4)
			assert_int_equal(strnlen(t.error_text, sizeof(t.error_text)), want);
	}
}

/* Nor do they take the place of the server's port: the file comes from another. */
static void test_late_blocks_hold_no_port(void **state)
{
	static const char err[] = "\0\5\0\10no options";
	(void)state;
	start();
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(give(2000, err, sizeof(err), 10), TFTP_EV_NONE);
		tftp_poll(&t, 10, 0, &out);
	}
	assert_int_equal(give_data(1, 1456, 25), TFTP_EV_NONE);
	data(1, 100);
	assert_int_equal(tftp_input(&t, 3000, data_pkt, 104, 30), TFTP_EV_DONE);
	assert_int_equal(t.got, 100);
}

static void test_bad_oacks(void **state)
{
	static const struct {
		const char *p;
		size_t len;
	} bad[] = {
		{ OACK("blksize\0" "1457"), 15 }, { OACK("blksize\0" "7"), 12 }, { OACK("blksize\0x"), 12 },
		{ OACK("windowsize\0" "65"), 16 }, { OACK("windowsize\0" "0"), 15 }, { OACK("tsize\0-1"), 11 },
		{ OACK("multicast\0" "1"), 14 }, { OACK("tsize\0" "99999999999999999999"), 29 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		start();
		for (unsigned less = 0; less < 2; less++) {	/* without windows, without all */
			assert_int_equal(give(2000, bad[i].p, bad[i].len, 1), TFTP_EV_NONE);
			assert_int_equal(tftp_deadline(&t), 0);
			tftp_poll(&t, 1, 0, &out);
			assert_int_equal(out.data[1], 5);	/* the server is told */
			assert_int_equal(out.port, 2000);
			tftp_poll(&t, 1, 0, &out);
			assert_int_equal(out.data[1], 1);
			assert_int_equal(out.port, 69);
			assert_int_equal(out.len, less ? 10 : 10 + 8 + 13);
		}
		assert_int_equal(give(2000, bad[i].p, bad[i].len, 1), TFTP_EV_ERROR);
		assert_int_equal(t.error, -EPROTO);
	}
	/* a window that is acknowledged where none was asked for */
	tftp_start(&t, "f", 1500, 0);
	t.asked = 1;
	tftp_poll(&t, 0, 0, &out);
	assert_int_equal(out.len, 10 + 8 + 13);
	assert_int_equal(give(2000, OACK("windowsize\0" "2"), 15, 1), TFTP_EV_NONE);
	tftp_poll(&t, 1, 0, &out);
	tftp_poll(&t, 1, 0, &out);
	assert_int_equal(out.len, 10);
}

/* All that was offered, and the least of it, may be agreed upon. */
static void test_bounds_of_oacks(void **state)
{
	static const struct {
		const char *p;
		size_t len;
		unsigned blksize, window;
	} good[] = {
		{ OACK("blksize\0" "1456"), 15, 1456, 1 }, { OACK("blksize\0" "8"), 12, 8, 1 },
		{ OACK("windowsize\0" "64"), 16, 512, 64 }, { OACK("windowsize\0" "1"), 15, 512, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		start();
		assert_int_equal(give(2000, good[i].p, good[i].len, 1), TFTP_EV_NONE);
		assert_int_equal(t.blksize, good[i].blksize);
		assert_int_equal(t.window, good[i].window);
		tftp_poll(&t, 1, 0, &out);
		assert_int_equal(acked(), 0);
	}
}

/* A server that did not hear ACK 0 says its options again; once there is data it has heard it, whatever comes late. */
static void test_repeated_oack(void **state)
{
	static const char oack[] = OACK("windowsize\0" "2");

	(void)state;
	start();
	give(2000, oack, sizeof(oack), 10);
	tftp_poll(&t, 10, 0, &out);
	assert_int_equal(acked(), 0);
	give(2000, oack, sizeof(oack), 20);
	tftp_poll(&t, 20, 0, &out);
	assert_int_equal(out.len, 0);			/* a copy made by the network */
	give(2000, oack, sizeof(oack), 10 + 200000);
	tftp_poll(&t, 10 + 200000, 0, &out);
	assert_int_equal(acked(), 0);
	assert_int_equal(give_data(1, 512, 300000), TFTP_EV_DATA);
	give(2000, oack, sizeof(oack), 700000);
	assert_int_equal(tftp_deadline(&t), 800000);
	assert_int_equal(give_data(2, 512, 750000), TFTP_EV_DATA);
	tftp_poll(&t, 750000, 0, &out);
	assert_int_equal(acked(), 2);
	give(2000, oack, sizeof(oack), 1000000);
	tftp_poll(&t, 1000000, 0, &out);
	assert_int_equal(out.len, 0);
}

static void test_stranger_ignored(void **state)
{
	(void)state;
	start();
	assert_int_equal(give_data(1, 512, 10), TFTP_EV_DATA);
	data(2, 512);
	assert_int_equal(tftp_input(&t, 2001, data_pkt, 516, 20), TFTP_EV_NONE);
	assert_int_equal(t.got, 512);
	assert_int_equal(give(2001, "\0\5\0\1x", 6, 20), TFTP_EV_NONE);
	assert_int_equal(give_data(2, 512, 30), TFTP_EV_DATA);
}

static void test_repeated_block_not_acked_twice(void **state)
{
	(void)state;
	start();
	give_data(1, 512, 0);
	tftp_poll(&t, 0, 0, &out);
	assert_int_equal(acked(), 1);
	for (unsigned i = 1; i < 5; i++) {	/* copies made by the network: no ACK, so no apprentice */
		assert_int_equal(give_data(1, 512, i * 1000), TFTP_EV_NONE);
		tftp_poll(&t, i * 1000, 0, &out);
		assert_int_equal(out.len, 0);
	}
	assert_int_equal(give_data(1, 512, 300000), TFTP_EV_NONE);	/* a timeout of the server: our ACK was lost */
	assert_int_equal(tftp_deadline(&t), 0);				/* which is not to wait for one of ours */
	tftp_poll(&t, 300000, 0, &out);
	assert_int_equal(acked(), 1);
}

/* An answer took no time that a clock could tell: what is next is not waited for as if nothing were known. */
static void test_answer_at_once(void **state)
{
	(void)state;
	start();
	for (unsigned block = 1; block < 3; block++) {
		give_data(block, 512, 0);
		tftp_poll(&t, 0, 0, &out);
		assert_int_equal(acked(), block);
	}
	assert_in_range(tftp_deadline(&t), 1, S / 4);
}

/* Three blocks of a window, and then silence. */
static enum tftp_event window_stops(unsigned *block, uint64_t *now)
{
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(give_data((*block)++, 512, *now), TFTP_EV_DATA);
	*now = tftp_deadline(&t);
	return tftp_poll(&t, *now, 0, &out);
}

/* Four windows alike tell that a server sends no more; three before a hole and three behind it do not. */
static void test_a_hole_is_another_reason(void **state)
{
	static const char oack[] = OACK("tsize\0" "9999999\0windowsize\0" "16");
	unsigned block = 1;
	uint64_t now = 10;
	(void)state;
	start();
	give(2000, oack, sizeof(oack), now);
	tftp_poll(&t, now, 0, &out);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(window_stops(&block, &now), TFTP_EV_NONE);
	assert_int_equal(give_data(block + 1, 512, now), TFTP_EV_NONE);
	tftp_poll(&t, now, 0, &out);
	assert_int_equal(acked(), block - 1);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(window_stops(&block, &now), TFTP_EV_NONE);
	assert_int_equal(window_stops(&block, &now), TFTP_EV_ERROR);
	assert_int_equal(t.error, -EAGAIN);
	assert_int_equal(t.advice, 3);
}

static void test_gap_reported_once(void **state)
{
	static const char oack[] = OACK("windowsize\0" "4");

	(void)state;
	start();
	give(2000, oack, sizeof(oack), 0);
	tftp_poll(&t, 0, 0, &out);
	give_data(1, 512, 10);
	assert_int_equal(give_data(3, 512, 20), TFTP_EV_NONE);
	tftp_poll(&t, 20, 0, &out);
	assert_int_equal(acked(), 1);
	assert_int_equal(give_data(4, 512, 30), TFTP_EV_NONE);
	tftp_poll(&t, 30, 0, &out);
	assert_int_equal(out.len, 0);
	assert_int_equal(give_data(2, 512, 40), TFTP_EV_DATA);
}

static void test_block_too_long(void **state)
{
	(void)state;
	start();
	assert_int_equal(give_data(1, 513, 0), TFTP_EV_ERROR);
	assert_int_equal(t.error, -EPROTO);
}

static void test_wrong_size(void **state)
{
	static const char oack[] = OACK("tsize\0" "100");

	(void)state;
	start();
	assert_int_equal(give(2000, oack, sizeof(oack), 0), TFTP_EV_SIZE);
	assert_int_equal(give_data(1, 99, 0), TFTP_EV_ERROR);
	assert_int_equal(t.error, -EIO);
}

/* How long an answer takes, and how much that varies: RFC 6298's way, with steps of 1/8 and 1/4. */
static void test_time_of_answers(void **state)
{
	uint64_t now = 1000;
	uint32_t rtt = 0, var = 0;

	(void)state;
	start();
	for (unsigned block = 1; block <= 40; block++) {
		uint32_t took = block % 7 * 4000 + 999;
		give_data(block, 512, now += took);
		uint32_t off = took + 1 > rtt ? took + 1 - rtt : rtt - took - 1;
		if (block == 2) {				/* from the first acknowledgment on */
			rtt = took + 1;
			var = rtt / 2;
		} else if (block > 2) {
			var = var - var / 4 + off / 4;
			rtt = rtt - rtt / 8 + (took + 1) / 8;
		}
		tftp_poll(&t, now, 0, &out);
		assert_int_equal(acked(), block);
		assert_int_equal(t.rtt_us, rtt);
		assert_int_equal(t.rtt_var_us, var);
	}
}

static void test_silence(void **state)
{
	unsigned sent = 1;
	uint64_t now = 0;

	(void)state;
	start();
	for (;;) {
		now = tftp_deadline(&t);
		if (tftp_poll(&t, now, 12345, &out) == TFTP_EV_ERROR)
			break;
		assert_true(out.len > 0);
		sent++;
	}
	assert_int_equal(sent, 6);
	assert_int_equal(t.error, -ETIMEDOUT);
	assert_true(now > 11 * S && now < 21 * S);
}

static void test_abort(void **state)
{
	(void)state;
	start();
	give_data(1, 512, 0);
	tftp_abort(&t);
	assert_int_equal(t.error, -ECANCELED);
	assert_int_equal(tftp_deadline(&t), 0);
	tftp_poll(&t, 0, 0, &out);
	assert_int_equal(out.data[1], 5);
	tftp_poll(&t, 0, 0, &out);
	assert_int_equal(out.len, 0);
	assert_int_equal(give_data(2, 512, 0), TFTP_EV_NONE);
}

static void wrap(unsigned after)
{
	uint64_t now = 0;

	start();
	for (unsigned i = 1; i <= 65535; i++) {
		assert_int_equal(give_data(i, 512, now), TFTP_EV_DATA);
		tftp_poll(&t, now, 0, &out);
		assert_int_equal(acked(), i);
	}
	assert_int_equal(give_data(after, 512, now), TFTP_EV_DATA);
	tftp_poll(&t, now, 0, &out);
	assert_int_equal(acked(), after);
	assert_int_equal(give_data(after + 1, 1, now), TFTP_EV_DONE);
	assert_int_equal(t.got, 65536ull * 512 + 1);
}

static void test_wrap_to_0(void **state)
{
	(void)state;
	wrap(0);
}

static void test_wrap_to_1(void **state)
{
	(void)state;
	wrap(1);
}

/* ---- a whole server, on a bad network ---- */

struct wire {
	uint8_t p[8][1500];
	size_t len[8];
	unsigned count;
};

static void wire_put(struct wire *w, const uint8_t *p, size_t len, unsigned loss)
{
	unsigned copies = (unsigned)rand() % 100 < loss ? 0 : (unsigned)rand() % 100 < loss ? 2 : 1;

	while (copies-- && w->count < 8) {
		unsigned at = w->count++;
		if (at && (unsigned)rand() % 100 < loss) {	/* before the one that went ahead */
			memcpy(w->p[at], w->p[at - 1], sizeof(w->p[at]));
			w->len[at] = w->len[at - 1];
			at--;
		}
		memcpy(w->p[at], p, len);
		w->len[at] = len;
	}
}

static void transfer(unsigned window, unsigned loss, size_t file_len)
{
	static struct wire to_us;
	uint8_t p[1500], *got = malloc(file_len + 1), *file = malloc(file_len + 1);
	size_t got_len = 0, blk = 100;
	unsigned base = 0, last = (unsigned)(file_len / blk) + 1;	/* base: acknowledged; last: number of blocks */
	uint64_t now = 0, server_us = 0;
	enum tftp_event ev = TFTP_EV_NONE;
	bool oack_acked = false, asked = false;

	for (size_t i = 0; i < file_len; i++)
		file[i] = (uint8_t)rand();
begin:
	to_us.count = 0;
	got_len = 0;
	base = 0;
	oack_acked = asked = false;
	tftp_start(&t, "f", 1500, now);
	t.asked = (uint16_t)window;
	for (unsigned steps = 0; ev != TFTP_EV_DONE; steps++) {
		bool send = false;

		assert_true(steps < 200000);
		ev = tftp_poll(&t, now, (uint32_t)rand(), &out);
		if (ev == TFTP_EV_ERROR && t.error == -EAGAIN) {
			window = t.advice;
			goto begin;
		}
		assert_int_not_equal(ev, TFTP_EV_ERROR);
		if (out.len && (unsigned)rand() % 100 >= loss) {
			if (out.data[1] == 1) {
				asked = true;
			} else {
				unsigned a = (unsigned)(out.data[2] << 8 | out.data[3]);
				if (a >= base && (a > base || !oack_acked || window > 1)) {
					base = a;
					oack_acked = send = true;
				}
			}
		}
		if (asked && (send || now >= server_us)) {
			server_us = now + 1 * S;
			if (!oack_acked) {
				int n = sprintf((char *)p, "%c%cblksize%c%d%cwindowsize%c%u", 0, 6, 0, (int)blk, 0, 0,
				window);
				wire_put(&to_us, p, (size_t)n + 1, loss);
			}
			for (unsigned b = base + 1; oack_acked && b <= base + window && b <= last; b++) {
				size_t off = (b - 1) * blk, n = file_len - off < blk ? file_len - off : blk;
				p[0] = 0, p[1] = 3, p[2] = (uint8_t)(b >> 8), p[3] = (uint8_t)b;
				memcpy(p + 4, file + off, n);
				wire_put(&to_us, p, n + 4, loss);
			}
		}
		if (!to_us.count) {
			now = tftp_deadline(&t) < server_us || !asked ? tftp_deadline(&t) : server_us;
			continue;
		}
		now += 100;
		ev = tftp_input(&t, 2000, to_us.p[0], to_us.len[0], now);
		assert_int_not_equal(ev, TFTP_EV_ERROR);
		if (ev == TFTP_EV_DATA || ev == TFTP_EV_DONE) {
			assert_true(got_len + t.data_len <= file_len);
			memcpy(got + got_len, t.data, t.data_len);
			got_len += t.data_len;
		}
		to_us.count--;
		memmove(to_us.p[0], to_us.p[1], sizeof(to_us.p[0]) * to_us.count);
		memmove(to_us.len, to_us.len + 1, sizeof(to_us.len[0]) * to_us.count);
	}
	assert_int_equal(got_len, file_len);
	assert_memory_equal(got, file, file_len);
	free(got);
	free(file);
}

static void test_bad_network(void **state)
{
	(void)state;
	srand(22);
	for (unsigned i = 0; i < 60; i++)
		transfer(1 + (unsigned)rand() % 8, i % 3 * 7, (size_t)rand() % 20000);
	transfer(8, 5, 20000);
	transfer(4, 0, 0);
	transfer(4, 0, 1600);		/* a whole number of blocks: an empty one ends it */
}

static void test_random_packets(void **state)
{
	uint8_t p[600];

	(void)state;
	srand(23);
	for (unsigned i = 0; i < 20000; i++) {
		size_t n = (size_t)rand() % sizeof(p);
		if (i % 20 == 0)
			start();
		for (size_t k = 0; k < n; k++)
			p[k] = (uint8_t)(rand() % 3 ? 0 : rand());
		if (n > 1)
			p[0] = 0, p[1] = (uint8_t)(3 + rand() % 4);
		enum tftp_event ev = tftp_input(&t, (uint16_t)(rand() % 3), p, n, i);
		if (ev == TFTP_EV_DATA)
			assert_true(t.data >= p && t.data + t.data_len <= p + n);
		tftp_poll(&t, i, 0, &out);
		assert_true(out.len <= sizeof(out.data));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_time_of_answers),
		cmocka_unit_test(blocks_fit_into_the_link),
		cmocka_unit_test(test_request), cmocka_unit_test(test_options_agreed),
		cmocka_unit_test(test_server_without_options),
		cmocka_unit_test(test_options_refused), cmocka_unit_test(test_late_blocks_hold_no_port),
		cmocka_unit_test(test_not_found),
		cmocka_unit_test(test_long_error),
		cmocka_unit_test(test_bad_oacks), cmocka_unit_test(test_bounds_of_oacks),
		cmocka_unit_test(test_repeated_oack),
		cmocka_unit_test(test_stranger_ignored), cmocka_unit_test(test_repeated_block_not_acked_twice),
		cmocka_unit_test(test_answer_at_once),
		cmocka_unit_test(test_a_hole_is_another_reason), cmocka_unit_test(test_gap_reported_once),
		cmocka_unit_test(test_block_too_long),
		cmocka_unit_test(test_wrong_size),
		cmocka_unit_test(test_silence), cmocka_unit_test(test_abort), cmocka_unit_test(test_wrap_to_0),
		cmocka_unit_test(test_wrap_to_1), cmocka_unit_test(test_bad_network),
		cmocka_unit_test(test_random_packets),
	};
	return cmocka_run_group_tests_name("tftp", tests, NULL, NULL);
}
