/* SPDX-License-Identifier: BSD-2-Clause */
/* Multicast TFTP: a server of RFC 2090 in a few lines; clients that lose blocks, come late, are master in turn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>

#include <cmocka.h>

#include "services/tftp/tftm.h"

#define S 1000000ull
#define BLK 1456u
#define CLIENTS 3u
#define PORT 4000

static struct tftm t[CLIENTS];
static uint8_t file[300 * BLK + 77], got[CLIENTS][sizeof(file)];
static bool done[CLIENTS];
static unsigned sent;			/* blocks, by the server */
static uint64_t now;
static struct tftp_output out;

static size_t oack(uint8_t *pkt, const char *group, const char *size, const char *blksize)
{
	size_t n = 2;
	const char *words[] = { "multicast", group, "tsize", size, "blksize", blksize };

	pkt[0] = 0;
	pkt[1] = 6;
	for (unsigned i = 0; i < 6; i++)
		if (words[i | 1]) {
			strcpy((char *)pkt + n, words[i]);
			n += strlen(words[i]) + 1;
		}
	return n;
}

static enum tftm_event tell(unsigned i, const char *group)
{
	uint8_t pkt[128];
	char size[12];

	snprintf(size, sizeof(size), "%zu", sizeof(file));
	return tftm_input(&t[i], PORT, false, pkt, oack(pkt, group, size, "1456"), now);
}

/* To one of them. */
static void hear(unsigned i, unsigned block)
{
	static uint8_t pkt[4 + BLK];
	size_t at = (block - 1) * BLK, n = sizeof(file) - at < BLK ? sizeof(file) - at : BLK;

	pkt[1] = 3;
	pkt[2] = (uint8_t)(block >> 8);
	pkt[3] = (uint8_t)block;
	memcpy(pkt + 4, file + at, n);
	enum tftm_event ev = tftm_input(&t[i], PORT, false, pkt, 4 + n, now);
	if (ev == TFTM_EV_DATA || ev == TFTM_EV_DONE)
		memcpy(got[i] + t[i].at, t[i].data, t[i].data_len);
	done[i] = done[i] || ev == TFTM_EV_DONE;
}

static void begin(void)
{
	memset(done, 0, sizeof(done));
	memset(got, 0, sizeof(got));
	sent = 0;
	now = 0;
	for (unsigned i = 0; i < sizeof(file); i++)
		file[i] = (uint8_t)(i * 7 + i / 251);
	for (unsigned i = 0; i < CLIENTS; i++) {
		assert_int_equal(tftm_start(&t[i], "x", 1500, now), 0);
		tftm_poll(&t[i], now, 0, &out);
		assert_memory_equal(out.data, "\0\1x\0octet\0multicast\0\0tsize\0" "0\0blksize\0" "1456", out.len);
	}
}

/* The master's ACKs are answered until it has all; client i comes at block late[i] and loses each lose[i]th of them. */
static void serve(unsigned master, const unsigned *late, const unsigned *lose)
{
	while (!done[master]) {
		tftm_poll(&t[master], now, 0, &out);
		if (!out.len)			/* it waits */
			now = tftm_deadline(&t[master]);
		if (!out.len)
			continue;
		assert_int_equal(out.data[1], 4);
		unsigned block = (unsigned)(out.data[2] << 8 | out.data[3]) + 1;
		sent++;
		for (unsigned i = 0; i < CLIENTS; i++)
			if (sent > late[i] && (!lose[i] || sent % lose[i]))
				hear(i, block);
	}
	tftm_poll(&t[master], now, 0, &out);	/* the last ACK */
	assert_int_equal(out.len, 4);
	assert_int_equal(out.data[2] << 8 | out.data[3], 301);
}

static void three_take_one_file(void **state)
{
	static const unsigned late[CLIENTS] = { 0, 20, 100 }, lose[CLIENTS] = { 0, 0, 10 };

	(void)state;
	begin();
	for (unsigned i = 0; i < CLIENTS; i++)
		assert_int_equal(tell(i, i ? "239.0.0.9,1758,0" : "239.0.0.9,1758,1"), TFTM_EV_GROUP);
	assert_int_equal(t[2].group.v4, 0xef000009);
	assert_int_equal(t[2].port_of_group, 1758);
	tftm_poll(&t[1], now, 0, &out);
	assert_int_equal(out.len, 0);		/* who listens says nothing */
	serve(0, late, lose);
	assert_int_equal(sent, 301);
	assert_false(done[1] || done[2]);
	assert_int_equal(tftm_whole(&t[1]), 0);
	for (unsigned i = 1; i < CLIENTS; i++) {
		assert_int_equal(tell(i, ",,1"), TFTM_EV_GROUP);
		serve(i, late, lose);
	}
	/* 100 that the last has missed and a tenth, and those of its own that got lost */
	assert_in_range(sent, 301 + 100, 301 + 100 + 40);
	for (unsigned i = 0; i < CLIENTS; i++)
		assert_memory_equal(got[i], file, sizeof(file));
	assert_int_equal(t[0].asked, 301);
	assert_int_equal(t[1].asked, 20);
}

/* A listener that is forgotten asks again, and gives up in the end. */
static void a_silent_server(void **state)
{
	enum tftm_event ev = TFTM_EV_NONE;
	unsigned asked = 0;

	(void)state;
	begin();
	tell(1, "239.0.0.9,1758,0");
	hear(1, 7);
	while (ev == TFTM_EV_NONE) {
		now = tftm_deadline(&t[1]);
		assert_true(now < 60 * S);
		ev = tftm_poll(&t[1], now, 0, &out);
		asked += out.len && out.data[1] == 1 && out.port == TFTP_PORT;
	}
	assert_int_equal(ev, TFTM_EV_ERROR);
	assert_int_equal(t[1].error, -ETIMEDOUT);
	assert_int_equal(asked, 6);
	/* and one that is heard again goes on with what it has */
	begin();
	tell(1, "239.0.0.9,1758,0");
	hear(1, 1);
	now = tftm_deadline(&t[1]);
	tftm_poll(&t[1], now, 0, &out);
	assert_int_equal(tell(1, "239.0.0.10,1759,1"), TFTM_EV_GROUP);
	assert_int_equal(t[1].group.v4, 0xef00000a);
	tftm_poll(&t[1], now, 0, &out);
	assert_memory_equal(out.data, "\0\4\0\1", 4);
}

static enum tftm_event first(const char *group, const char *size, const char *blksize)
{
	uint8_t pkt[128];

	begin();
	return tftm_input(&t[0], PORT, false, pkt, oack(pkt, group, size, blksize), now);
}

static void what_servers_say(void **state)
{
	static const char good[] = "239.0.0.9,1758,1";
	static const char *const bad[] = { "", ",", "10.0.0.1,1758,1", "239.0.0.9,0,1", "239.0.0.9,1758,2",
		"239.0.0.9,70000,1", "239.0.0.9,1758,", ",,1", "239.0.0.9,1758,1 ", "x,1,1", "239.0.0.9,,1" };
	uint8_t error[] = { 0, 5, 0, 1, 'n', 'o', '\n', 0 }, pkt[128];

	(void)state;
	assert_int_equal(first(NULL, "100", "1456"), TFTM_EV_PLAIN);
	assert_int_equal(first(good, NULL, "1456"), TFTM_EV_PLAIN);
	assert_int_equal(first(good, "100", NULL), TFTM_EV_GROUP);
	assert_int_equal(t[0].blksize, 512);
	/* one that asks again for who is master need not say what it has said before */
	assert_int_equal(first(good, "5000", "1456"), TFTM_EV_GROUP);
	assert_int_equal(tftm_input(&t[0], PORT, false, pkt, oack(pkt, good, NULL, NULL), now), TFTM_EV_GROUP);
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(first(bad[i], "100", "1456"), TFTM_EV_ERROR);
		assert_int_equal(t[0].error, -EPROTO);
	}
	assert_int_equal(first(good, "100", "1457"), TFTM_EV_ERROR);
	assert_int_equal(first(good, "100", "7"), TFTM_EV_ERROR);
	/* a block more than there are numbers */
	assert_int_equal(first(good, "95418960", "1456"), TFTM_EV_ERROR);
	assert_int_equal(t[0].error, -EFBIG);
	assert_int_equal(first(good, "95418959", "1456"), TFTM_EV_GROUP);
	begin();
	assert_int_equal(tftm_input(&t[0], PORT, false, error, sizeof(error), now), TFTM_EV_ERROR);
	assert_int_equal(t[0].error, -ENOENT);
	assert_string_equal(t[0].error_text, "no?");
	error[3] = 8;
	begin();
	assert_int_equal(tftm_input(&t[0], PORT, false, error, sizeof(error), now), TFTM_EV_PLAIN);
	begin();
	assert_int_equal(tftm_input(&t[0], PORT, false, "\0\3\0\1x", 5, now), TFTM_EV_PLAIN);
}

static void blocks_that_are_none(void **state)
{
	uint8_t pkt[4 + BLK] = { 0, 3, 0, 5 };

	(void)state;
	begin();
	/* no server's: it says nothing about where ours is */
	assert_int_equal(tftm_input(&t[0], PORT + 1, false, "\0\4\0\0", 4, now), TFTM_EV_NONE);
	assert_int_equal(tftm_input(&t[0], PORT + 1, false, "\0\7\0\0", 4, now), TFTM_EV_NONE);
	tell(0, "239.0.0.9,1758,1");
	hear(0, 5);
	assert_int_equal(t[0].data_len, BLK);
	hear(0, 5);				/* again */
	assert_int_equal(t[0].data_len, 0);
	assert_int_equal(tftm_input(&t[0], PORT + 1, false, pkt, sizeof(pkt), now), TFTM_EV_NONE);
	pkt[2] = 0x7f;
	assert_int_equal(tftm_input(&t[0], PORT, false, pkt, sizeof(pkt), now), TFTM_EV_NONE);
	memset(pkt + 2, 0, 2);
	assert_int_equal(tftm_input(&t[0], PORT, false, pkt, sizeof(pkt), now), TFTM_EV_NONE);
	pkt[3] = 6;
	assert_int_equal(tftm_input(&t[0], PORT, false, pkt, sizeof(pkt) - 1, now), TFTM_EV_ERROR);
	assert_int_equal(t[0].error, -EIO);
	tftm_poll(&t[0], now, 0, &out);
	assert_int_equal(out.data[1], 5);	/* the server is told */
	assert_int_equal(tftm_deadline(&t[0]), UINT64_MAX);
}

/* PXE's own: a server like atftpd's, of one transfer at a time, its first block to whoever has asked. */
static void three_by_pxes_protocol(void **state)
{
	static const unsigned late[CLIENTS] = { 0, 40, 200 };
	const struct net_addr group = net_addr_v4(0xef000009);
	const unsigned len = 600 * 512 + 7, blocks = 601;
	unsigned finished = 0, transfers = 0;
	int master = -1, next = 0;

	(void)state;
	begin();
	for (unsigned i = 0; i < CLIENTS; i++)
		assert_int_equal(tftm_listen(&t[i], "x", &group, 1758, len, 2, 3 + i, now), 0);
	while (finished < CLIENTS) {
		now += 10000;
		assert_true(now < 120 * S);
		for (unsigned i = 0; i < CLIENTS; i++) {
			if (t[i].state == TFTM_ENDED && !t[i].send_ack && !t[i].send_error)
				continue;
			tftm_poll(&t[i], now, 0, &out);
			if (!out.len)
				continue;
			if (out.data[1] == 1) {
				assert_memory_equal(out.data, "\0\1x\0octet", out.len);
				if (master >= 0)
					continue;		/* it serves already */
				master = (int)i;
				next = 1;
				transfers++;
			} else if (out.data[1] == 4) {
				assert_int_equal(i, master);
				next = (out.data[2] << 8 | out.data[3]) + 1;
			} else {
				assert_int_equal(out.data[1], 5);
				next = (int)blocks + 1;
			}
			if (next > (int)blocks) {
				master = -1;
				continue;
			}
			sent++;
			for (unsigned k = 0; k < CLIENTS; k++) {
				uint8_t pkt[4 + 512] = { 0, 3, (uint8_t)(next >> 8), (uint8_t)next };
				size_t n = next < (int)blocks ? 512 : 7;
				bool to_group = next > 1;
				if ((!to_group && k != i) || sent <= late[k])
					continue;
				memcpy(pkt + 4, file + (next - 1) * 512, n);
				enum tftm_event ev = tftm_input(&t[k], (uint16_t)(PORT + transfers), to_group, pkt,
								4 + n, now);
				if (t[k].data)
					memcpy(got[k] + t[k].at, t[k].data, t[k].data_len);
				finished += ev == TFTM_EV_DONE;
			}
		}
	}
	for (unsigned i = 0; i < CLIENTS; i++)
		assert_memory_equal(got[i], file, len);
	/* what the last has missed, and the block at which each has stopped it */
	assert_in_range(sent, blocks + 200, blocks + 200 + 8);
	assert_int_equal(transfers, 3);
}

static void nobody_in_the_group(void **state)
{
	const struct net_addr group = net_addr_v4(0xef000009);
	enum tftm_event ev = TFTM_EV_NONE;
	unsigned asked = 0;

	(void)state;
	begin();
	assert_int_equal(tftm_listen(&t[0], "x", &group, 1758, 65535ull * 512, 2, 2, now), -EFBIG);
	assert_int_equal(tftm_listen(&t[0], "x", &group, 1758, 65535ull * 512 - 1, 2, 2, now), 0);
	while (ev == TFTM_EV_NONE) {
		now = tftm_deadline(&t[0]);
		ev = tftm_poll(&t[0], now, 0, &out);
		asked += out.len != 0;
	}
	assert_int_equal(ev, TFTM_EV_PLAIN);
	assert_int_equal(asked, 3);
	assert_true(now >= 2 * S && now < 20 * S);
	/* its own transfer begins with a block that is here: acknowledged at once, so that it goes on */
	uint8_t pkt[4 + 512] = { 0, 3, 0, 1 };
	assert_int_equal(tftm_listen(&t[0], "x", &group, 1758, 2000, 2, 2, now), 0);
	assert_int_equal(tftm_input(&t[0], PORT, true, pkt, sizeof(pkt), now), TFTM_EV_DATA);
	tftm_poll(&t[0], now, 0, &out);
	assert_int_equal(out.len, 0);
	assert_int_equal(tftm_input(&t[0], PORT + 1, false, pkt, sizeof(pkt), now), TFTM_EV_NONE);
	tftm_poll(&t[0], now, 0, &out);
	assert_memory_equal(out.data, "\0\4\0\1", 4);
	assert_int_equal(out.port, PORT + 1);
}

/* What a server sends, each byte another, and cut after each: nothing, an end with a sentence, or bytes in the file. */
static void each_byte(void **state)
{
	static const char group[] = "239.0.0.9,1758,1";
	uint8_t first[128], block[4 + 77] = { 0, 3, 0, 1 }, error[] = { 0, 5, 0, 1, 'n', 'o', 0 };
	const struct { const uint8_t *data; size_t len; } packets[] = {
		{ first, oack(first, group, "77", "1456") }, { block, sizeof(block) }, { error, sizeof(error) },
	};

	(void)state;
	for (unsigned k = 0; k < 3; k++)
		for (size_t i = 0; i < packets[k].len; i++)
			for (unsigned x = 0; x < 256; x++) {
				uint8_t pkt[128];
				assert_int_equal(tftm_start(&t[0], "x", 1500, now), 0);
				if (k)
					assert_int_equal(tftm_input(&t[0], PORT, false, first, packets[0].len, now),
							 TFTM_EV_GROUP);
				memcpy(pkt, packets[k].data, packets[k].len);
				pkt[i] ^= (uint8_t)x;			/* 0: it is cut instead */
				enum tftm_event ev = tftm_input(&t[0], PORT, false, pkt, x ? packets[k].len : i, now);
				if (ev == TFTM_EV_ERROR)
					assert_true(t[0].error < 0 && t[0].error_text[0]);
				if (ev == TFTM_EV_DATA || ev == TFTM_EV_DONE)
					assert_true(t[0].at + t[0].data_len <= 77 && t[0].data >= pkt &&
						    t[0].data + t[0].data_len <= pkt + packets[k].len);
				tftm_poll(&t[0], now, 0, &out);
				assert_true(out.len <= sizeof(out.data));
			}
}

int main(void){
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_take_one_file), cmocka_unit_test(a_silent_server),
		cmocka_unit_test(three_by_pxes_protocol),
		cmocka_unit_test(nobody_in_the_group), cmocka_unit_test(what_servers_say),
		cmocka_unit_test(blocks_that_are_none), cmocka_unit_test(each_byte),
	};
	return cmocka_run_group_tests_name("tftm", tests, NULL, NULL);
}
