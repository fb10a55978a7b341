/* SPDX-License-Identifier: BSD-2-Clause */
/* ARP: asking, queueing, answering, learning, forgetting, conflicts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>

#include "tests/unit/net_frame.h"

static int setup(void **state)
{
	(void)state;
	frame_init(3);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return wire_done(&W) ? 0 : -1;
}

static int udp(void)
{
	int s = sock_open(NET, SOCK_UDP);
	assert_true(s >= 0);
	return s;
}

static void is_request(unsigned i, uint32_t sip, uint32_t tip)
{
	const uint8_t *f = out[i].frame;
	assert_true(i < out_count);
	assert_int_equal(out[i].len, 60);
	assert_int_equal(get_be16(f + 12), 0x806);
	assert_int_equal(f[0], 255);
	assert_int_equal(get_be16(f + 20), 1);
	assert_memory_equal(f + 22, DEV->mac, 6);
	assert_int_equal(get_be32(f + 28), sip);
	assert_int_equal(get_be32(f + 38), tip);
}

static void announces_its_address(void **state)
{
	(void)state;
	link_configure(NET, LINK, V4(0x0a000009), 24);
	assert_int_equal(out_count, 2);
	is_request(0, 0, 0x0a000009);			/* does anybody have it? */
	is_request(1, 0x0a000009, 0x0a000009);
	assert_int_equal(W.host[0].events, 0);
	arp_in(2, 66, 0x0a000009, 0);			/* somebody does */
	assert_int_equal(W.host[0].events, 1);
	assert_int_equal(NET->count[CNT_arp_conflict], 1);
}

static void packets_wait_for_the_answer(void **state)
{
	int s = udp();
	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(sock_sendto(NET, s, &i, 4, V4(PEER), 99), 4);
	assert_int_equal(out_count, 1);			/* one question for all */
	is_request(0, ME, PEER);
	arp_in(2, 2, PEER, ME);
	assert_int_equal(out_count, 4);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(get_be16(out[1 + i].frame + 12), 0x800);
		assert_int_equal(out[1 + i].frame[5], 2);
		assert_int_equal(out[1 + i].frame[42], i);
	}
	assert_int_equal(sock_sendto(NET, s, "x", 1, V4(PEER), 99), 1);
	assert_int_equal(out_count, 5);
	assert_int_equal(NET->arp.queued, 0);
}

/* Nobody else says anything: the one that is sent to is asked, alone and at most once a second. */
static void who_only_listens_is_polled(void **state)
{
	int s = udp(), polls = 0;
	(void)state;
	assert_int_equal(sock_connect(NET, s, V4(PEER), 99), 0);
	assert_int_equal(sock_send(NET, s, "x", 1), 1);
	arp_in(2, 2, PEER, ME);
	out_count = 0;
	for (unsigned i = 1; i <= 100; i++) {		/* ten seconds */
		poll_at(1000 + 100000u * i);
		assert_int_equal(sock_send(NET, s, "x", 1), 1);
		for (; out_count; out_count--) {
			const uint8_t *f = out[out_count - 1].frame;
			if (get_be16(f + 12) != 0x806)
				continue;
			polls++;
			assert_int_equal(f[5], 2);	/* not everybody */
			assert_int_equal(get_be16(f + 20), 1);
			assert_int_equal(get_be32(f + 38), PEER);
			if (i > 50)
				arp_in(2, 2, PEER, ME);
		}
	}
	assert_in_range(polls, 8, 10);
	/* whoever is heard is not asked */
	for (unsigned i = 1; i <= 100; i++) {
		poll_at(11000000 + 100000u * i);
		arp_in(2, 7, PEER + 1, PEER);
		assert_int_equal(sock_send(NET, s, "x", 1), 1);
		assert_int_equal(out_count, 1);
		out_count = 0;
	}
}

static void asks_three_times_then_says_so(void **state)
{
	int s = udp(), t = sock_open(NET, SOCK_TCP);
	(void)state;
	assert_int_equal(sock_connect(NET, s, V4(PEER), 99), 0);
	assert_int_equal(sock_send(NET, s, "x", 1), 1);
	assert_int_equal(sock_connect(NET, t, V4(PEER), 80), -EINPROGRESS);
	assert_int_equal(net_next_timer(NET), W.now_us + 1000000);
	for (int i = 1; i <= 5; i++) {
		poll_at(1000 + 1000000u * (unsigned)i - 1);
		poll_at(1000 + 1000000u * (unsigned)i);
	}
	is_request(2, ME, PEER);
	assert_int_equal(NET->count[CNT_arp_failed], 1);
	assert_int_equal(sock_error(NET, s), -EHOSTUNREACH);
	assert_int_equal(sock_error(NET, t), -EHOSTUNREACH);
	assert_int_equal(out_count, 3);
	sock_send(NET, s, "x", 1);			/* and begins anew */
	assert_int_equal(out_count, 4);
}

static void queue_is_bounded(void **state)
{
	int s = udp();
	(void)state;
	for (unsigned i = 0; i < 50; i++)
		sock_sendto(NET, s, "x", 1, V4(PEER + i % 5), 99);
	assert_int_equal(NET->arp.queued, ARP_QUEUE_MAX - ARP_QUEUE_ANSWERS);
	assert_int_equal(NET->count[CNT_arp_queue_full], 50 - (ARP_QUEUE_MAX - ARP_QUEUE_ANSWERS));
	W.host[0].alloc_limit = 1;
	poll_at(10000000);
	poll_at(20000000);
	poll_at(30000000);
	assert_int_equal(NET->arp.queued, 0);
	assert_int_equal(sock_sendto(NET, s, "x", 1, V4(PEER), 99), 1);
	assert_int_equal(NET->arp.queued, 0);
}

static void answers_questions_about_us_only(void **state)
{
	const uint8_t *f = out[0].frame;
	(void)state;
	arp_in(1, 7, PEER, ME + 5);
	assert_int_equal(out_count, 0);
	assert_null(arp_get(NET, 0));
	arp_in(1, 7, PEER, ME);
	assert_int_equal(out_count, 1);
	assert_int_equal(f[5], 7);
	assert_int_equal(get_be16(f + 20), 2);
	assert_int_equal(get_be32(f + 28), ME);
	assert_int_equal(f[37], 7);
	assert_int_equal(get_be32(f + 38), PEER);
	assert_int_equal(arp_get(NET, 0)->ip, PEER);
	arp_in(1, 8, 0, ME);				/* a probe: answered, not learnt */
	assert_int_equal(out_count, 2);
	assert_null(arp_get(NET, 1));
	arp_in(2, 10, PEER + 1, ME);			/* an answer nobody asked for */
	assert_null(arp_get(NET, 1));
}

/* The neighbour alone is asked. */
static void is_unicast_probe(unsigned i, uint8_t mac)
{
	const uint8_t *f = out[i].frame;
	assert_true(i < out_count);
	assert_int_equal(get_be16(f + 12), 0x806);
	assert_int_equal(f[5], mac);
	assert_int_equal(get_be16(f + 20), 1);
	assert_int_equal(get_be32(f + 38), PEER);
}

/* Who says that a neighbour's address is his is not believed while that one is there: not by any kind of packet. */
static void a_strangers_word_does_not_count(void **state)
{
	int s = udp();
	(void)state;
	arp_in(1, 7, PEER, ME);
	for (unsigned i = 0; i < 3; i++) {
		poll_at(10000000u * (i + 1));
		out_count = 0;
		arp_in(i == 1 ? 2 : 1, 9, PEER, i == 2 ? ME : PEER);
		is_unicast_probe(0, 7);
		arp_in(2, 9, PEER, ME);			/* nor is he answered instead of him */
		arp_in(2, 9, PEER, ME);
		assert_int_equal(arp_get(NET, 0)->mac[5], 7);
		arp_in(2, 7, PEER, ME);
		assert_int_equal(arp_get(NET, 0)->state, ARP_KNOWN);
		assert_int_equal(net_next_timer(NET), NET_NEVER);
		arp_in(1, 9, PEER, PEER);		/* and each second once is enough to ask */
		assert_int_equal(arp_get(NET, 0)->state, ARP_KNOWN);
		sock_sendto(NET, s, "x", 1, V4(PEER), 99);
		assert_int_equal(out[out_count - 1].frame[5], 7);
	}
}

/* He who had it is silent: all are asked, and whoever answers has it; the announcement alone moved nothing. */
static void failover(void **state)
{
	int s = udp();
	(void)state;
	arp_in(1, 7, PEER, ME);
	poll_at(10000000);
	out_count = 0;
	arp_in(1, 9, PEER, PEER);
	is_unicast_probe(0, 7);
	sock_sendto(NET, s, "x", 1, V4(PEER), 99);
	assert_int_equal(out[1].frame[5], 7);
	poll_at(11000000);
	is_request(2, ME, PEER);
	arp_in(1, 9, PEER, PEER);			/* once more of his own accord is no answer */
	assert_int_equal(arp_get(NET, 0)->mac[5], 7);
	arp_in(2, 9, PEER, ME);
	assert_int_equal(arp_get(NET, 0)->mac[5], 9);
	assert_int_equal(arp_get(NET, 0)->state, ARP_KNOWN);
	sock_sendto(NET, s, "x", 1, V4(PEER), 99);
	assert_int_equal(out[out_count - 1].frame[5], 9);
}

static void old_entries_are_asked_again(void **state)
{
	int s = udp();
	(void)state;
	arp_in(1, 2, PEER, ME);
	out_count = 0;
	poll_at(ARP_FRESH_US - 1000);
	sock_sendto(NET, s, "x", 1, V4(PEER), 99);
	assert_int_equal(out_count, 1);
	poll_at(ARP_FRESH_US + 2000);
	sock_sendto(NET, s, "x", 1, V4(PEER), 99);
	assert_int_equal(out_count, 3);			/* the question, and the packet without waiting */
	is_unicast_probe(1, 2);
	assert_int_equal(get_be16(out[2].frame + 12), 0x800);
	arp_in(2, 2, PEER, ME);
	assert_int_equal(net_next_timer(NET), NET_NEVER);
	poll_at(2 * ARP_FRESH_US + 10000);
	sock_sendto(NET, s, "x", 1, V4(PEER), 99);
	for (unsigned i = 1; i < 5; i++)
		poll_at(2 * ARP_FRESH_US + 10000 + i * 1000000);
	assert_null(arp_get(NET, 0));			/* he is gone */
}

/* A server that has moved to another card says nothing of it: who is not answered asks at once. */
static void who_does_not_answer_is_asked_for_again(void **state)
{
	int s = sock_open(NET, SOCK_TCP);
	unsigned asked = 0;
	(void)state;
	arp_in(1, 2, PEER, ME);
	poll_at(ARP_DOUBT_US + 2000);
	out_count = 0;
	assert_int_equal(sock_connect(NET, s, V4(PEER), 80), -EINPROGRESS);
	assert_int_equal(out_count, 1);			/* an old word is good enough for the first SYN */
	for (unsigned i = 1; i <= 20; i++) {
		poll_at(ARP_DOUBT_US + 2000 + 100000u * i);
		for (; out_count; out_count--)
			if (get_be16(out[out_count - 1].frame + 12) == 0x806 && out[out_count - 1].frame[0] == 255) {
				is_request(out_count - 1, ME, PEER);
				if (!asked++)
					arp_in(2, 7, PEER, ME);
			}
	}
	assert_int_equal(asked, 1);			/* and not with each segment */
	poll_at(20 * ARP_DOUBT_US);
	assert_int_equal(out[out_count - 1].frame[5], 7);
	sock_abort(NET, s);
}

static void a_full_table_forgets_the_unused(void **state)
{
	int s = udp();
	(void)state;
	arp_in(1, 2, PEER, ME);
	for (uint32_t i = 0; i < 200; i++) {
		W.now_us += 10;
		net_poll(NET, W.now_us);
		sock_sendto(NET, s, "x", 1, V4(PEER), 99);
		W.now_us += 10;
		net_poll(NET, W.now_us);
		arp_in(1, 30, 0x0a000020 + i % 180, ME);
		out_count = 0;
	}
	sock_sendto(NET, s, "x", 1, V4(PEER), 99);
	assert_int_equal(out_count, 1);
	assert_int_equal(get_be16(out[0].frame + 12), 0x800);
}

/* ---- floods ---- */

#define OURS 12u		/* neighbours that we talk with, at .10 and on, one packet each waiting at first */
#define STRANGERS 0x0a010000u	/* 65,000 on the same link that are not there */

static uint64_t flood_seed;	/* of the run under way; said when it fails */

static int say_seed(void **state)
{
	(void)state;
	if (flood_seed)
		print_error("the flood of seed %llu\n", (unsigned long long)flood_seed);
	return 0;
}

static uint32_t stranger(void)
{
	return STRANGERS + 1 + wire_random(&W) % 65000;
}

/* Something from somebody who need not exist. */
static void from_a_stranger(void)
{
	uint8_t m[64] = { 0 };
	uint32_t from = stranger();
	size_t len = 20;

	switch (wire_random(&W) % 5) {
	case 0:
		arp_in(1, (uint8_t)(100 + from % 100), from, ME);
		return;
	case 1:
		len = icmp_make(m, 8, 0, from, "12345678", 8);
		ip_in((struct ip_opts){ .src = from, .proto = 1 }, m, len);
		return;
	case 2:
		len = udp_make(m, from, ME, 7, 7, "x", 1);
		ip_in((struct ip_opts){ .src = from, .proto = 17 }, m, len);
		return;
	default:	/* a SYN, to the listener or to nobody */
		put_be16(m, (uint16_t)from);
		put_be16(m + 2, from & 1 ? 23 : 24);
		m[12] = 0x50;
		m[13] = TCP_SYN;
		put_be16(m + 14, 1000);
		csum_put(m + 16, csum_finish(csum_add(csum_pseudo(V4(from), V4(ME), 6, len), m, len)));
		ip_in((struct ip_opts){ .src = from, .proto = 6 }, m, len);
	}
}

static void flood_of(unsigned count)
{
	while (count--) {
		from_a_stranger();
		if (wire_random(&W) % 8 == 0)
			poll_at(W.now_us + wire_random(&W) % 2000);
		assert_in_range(NET->arp.queued, 0, ARP_QUEUE_MAX);
		out_count = 0;
	}
}

/* IP packets among what was sent, to that station. */
static unsigned sent_to(uint8_t last)
{
	unsigned count = 0;
	for (unsigned i = 0; i < out_count; i++)
		count += get_be16(out[i].frame + 12) == 0x800 && out[i].frame[5] == last;
	return count;
}

/* Strangers push out nobody whom we ask or know, nor what waits for them; and an honest newcomer is answered. */
static void one_flood(uint64_t seed)
{
	frame_init(seed);
	link_configure(NET, LINK, V4(ME), 8);
	int s = udp(), l = sock_open(NET, SOCK_TCP);
	uint32_t peer = 0x0a00000a;
	uint8_t m[64];

	assert_int_equal(sock_bind(NET, l, NULL, 23), 0);
	assert_int_equal(sock_listen(NET, l, 16), 0);
	flood_of(wire_random(&W) % 200);
	for (uint32_t i = 0; i < OURS; i++) {
		sock_sendto(NET, s, "x", 1, V4(peer + i), 99);
		flood_of(wire_random(&W) % 20);
	}
	for (uint32_t i = 0; i < OURS; i++) {
		arp_in(2, (uint8_t)(10 + i), peer + i, ME);
		assert_int_equal(sent_to((uint8_t)(10 + i)), 1);
		flood_of(wire_random(&W) % 20);
	}
	for (unsigned round = 0; round < 2; round++) {
		flood_of(wire_random(&W) % 200);
		out_count = 0;
		for (uint32_t i = 0; i < OURS; i++)
			sock_sendto(NET, s, "x", 1, V4(peer + i), 99);
		assert_int_equal(out_count, OURS);		/* nobody is asked for */
		for (uint32_t i = 0; i < OURS; i++)
			assert_int_equal(sent_to((uint8_t)(10 + i)), 1);
	}
	arp_in(1, 77, 0x0a000077, ME);
	flood_of(wire_random(&W) % (ARP_ENTRIES - OURS - 1));
	poll_at(W.now_us + 1000000);				/* for the bound on echoes a second */
	out_count = 0;
	ip_in((struct ip_opts){ .src = 0x0a000077, .proto = 1 }, m, icmp_make(m, 8, 0, 1, "12345678", 8));
	assert_int_equal(sent_to(77), 1);
	assert_true(wire_done(&W));
}

static void strangers_push_out_none_of_ours(void **state)
{
	(void)state;
	for (flood_seed = 1; flood_seed <= 2000; flood_seed++)
		one_flood(flood_seed);
	flood_seed = 0;
}

/* When all are ours a stranger finds no place, and is answered all the same, by the way that he came. */
static void a_table_of_ours(void **state)
{
	int s = udp();
	uint8_t m[64];
	(void)state;
	link_configure(NET, LINK, V4(ME), 16);
	for (uint32_t i = 0; i < ARP_ENTRIES; i++)
		sock_sendto(NET, s, "x", 1, V4(0x0a000100 + i), 99);
	out_count = 0;
	arp_in(1, 7, PEER, ME);
	assert_int_equal(out_count, 1);
	assert_int_equal(get_be16(out[0].frame + 20), 2);
	ip_in((struct ip_opts){ .proto = 1 }, m, icmp_make(m, 8, 0, 1, "12345678", 8));
	assert_int_equal(out_count, 2);
	assert_int_equal(sent_to(2), 1);
	out_count = 1;
	sock_sendto(NET, s, "x", 1, V4(PEER), 99);		/* ours makes way for ours: the one used least lately */
	is_request(1, ME, PEER);
	poll_at(W.now_us + ARP_OURS_US);
	out_count = 0;
	arp_in(1, 8, PEER + 1, ME);				/* those that nobody needs any more */
	ip_in((struct ip_opts){ .src = PEER + 1, .proto = 1 }, m, icmp_make(m, 8, 0, 1, "12345678", 8));
	assert_int_equal(sent_to(8), 1);
}

/* Answers to strangers fill their places: ours, and those to whom we know, go as ever. */
static void answers_are_enough(void **state)
{
	int s = udp();
	uint8_t m[64];
	(void)state;
	link_configure(NET, LINK, V4(ME), 8);
	arp_in(1, 2, PEER, ME);
	for (uint32_t i = 0; i < 2 * ARP_QUEUE_ANSWERS; i++)
		ip_in((struct ip_opts){ .src = STRANGERS + 1 + i, .proto = 1 }, m,
		      icmp_make(m, 8, 0, 1, "12345678", 8));
	assert_int_equal(NET->arp.answers, ARP_QUEUE_ANSWERS);
	out_count = 0;
	sock_sendto(NET, s, "x", 1, V4(PEER), 99);
	assert_int_equal(sent_to(2), 1);
	ip_in((struct ip_opts){ .src = PEER, .proto = 1 }, m, icmp_make(m, 8, 0, 1, "12345678", 8));
	assert_int_equal(sent_to(2), 2);
}

static void conflict_is_told_and_defended(void **state)
{
	(void)state;
	W.now_us = 50000000;
	net_poll(NET, W.now_us);
	arp_in(1, 66, ME, ME);
	assert_int_equal(W.host[0].events, 1);
	assert_int_equal(out_count, 1);
	is_request(0, ME, ME);
	arp_in(2, 66, ME, PEER);			/* no shouting match */
	assert_int_equal(out_count, 1);
	assert_int_equal(NET->count[CNT_arp_conflict], 2);
	poll_at(50000000 + ARP_DEFEND_US);
	arp_in(1, 66, ME, PEER);
	assert_int_equal(out_count, 2);
}

/* The first microsecond is a time like any other. */
static void defended_from_the_start(void **state)
{
	(void)state;
	NET->now_us = W.now_us = 0;
	arp_in(1, 66, ME, ME);
	assert_int_equal(out_count, 1);
	arp_in(1, 66, ME, ME);
	poll_at(ARP_DEFEND_US - 1);
	arp_in(1, 66, ME, ME);
	assert_int_equal(out_count, 1);
	poll_at(ARP_DEFEND_US);
	arp_in(1, 66, ME, ME);
	assert_int_equal(out_count, 2);
}

/* The link remembers who, until it gets an address anew; and can ask once more. */
static void contender_is_known(void **state)
{
	struct link *l = link_get(NET, 0);
	struct net_addr me = l->addr;
	(void)state;
	assert_false(l->contested);
	arp_in(2, 66, ME, ME);
	assert_true(l->contested);
	assert_int_equal(l->contender[5], 66);
	assert_int_equal(link_configure(NET, l, &me, l->len), 0);
	assert_false(l->contested);
	out_count = 0;
	link_probe(l);
	assert_int_equal(out_count, 1);
	is_request(0, 0, ME);
}

/* Of the way to a host, the first station, and whether it is there. */
static void next_hop(void **state)
{
	struct net_addr peer = net_addr_v4(PEER), far = net_addr_v4(0x08080808), gateway = net_addr_v4(PEER + 7), hop;
	const struct net_prefix all = { .len = 0 };
	bool known = true;
	(void)state;
	assert_int_equal(net_next_hop(NET, &far, &hop, &known), -ENETUNREACH);
	assert_false(known);
	assert_int_equal(net_next_hop(NET, &peer, &hop, &known), 0);
	assert_true(net_addr_equal(&hop, &peer));
	assert_false(known);
	arp_in(1, 8, PEER, ME);
	assert_int_equal(net_next_hop(NET, &peer, &hop, &known), 0);
	assert_true(known);
	assert_int_equal(net_route_add(NET, link_get(NET, 0), &all, &gateway), 0);
	assert_int_equal(net_next_hop(NET, &far, &hop, &known), 0);
	assert_true(net_addr_equal(&hop, &gateway));
	assert_false(known);
}

static void nonsense(void **state)
{
	uint8_t f[60] = { 255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 2, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0,
		2,
		10, 0, 0, 2, 0, 0, 0, 0, 0, 0, 10, 0, 0, 1 };
	(void)state;
	for (size_t len = 0; len < 42; len++)
		frame_in(f, len);
	for (size_t at = 14; at < 22; at++) {
		f[at] ^= 0x55;
		frame_in(f, 60);
		f[at] ^= 0x55;
	}
	f[22] = 3;					/* a group's address cannot send */
	frame_in(f, 60);
	assert_int_equal(out_count, 0);
	assert_null(arp_get(NET, 0));
	assert_int_equal(NET->count[CNT_eth_short], 14);
	assert_int_equal(NET->count[CNT_arp_bad], 28 + 8 + 1);
	link_configure(NET, LINK, NULL, 0);
	f[22] = 2;
	frame_in(f, 60);
	assert_int_equal(out_count, 0);			/* without an address there is nothing to say */
	assert_int_equal(NET->count[CNT_arp_ignored], 1);
}

static void no_link(void **state)
{
	int s = udp();
	(void)state;
	arp_in(1, 2, PEER, ME);
	out_count = 0;
	DEV->link_up = false;
	assert_int_equal(sock_sendto(NET, s, "x", 1, V4(PEER), 99), -ENETDOWN);
	assert_int_equal(out_count, 0);
	assert_int_equal(DEV->tx_no_link, 1);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(announces_its_address), T(answers_are_enough), T(packets_wait_for_the_answer),
		T(who_only_listens_is_polled),
		T(asks_three_times_then_says_so),
		T(queue_is_bounded),
		T(answers_questions_about_us_only),
		T(a_strangers_word_does_not_count), T(failover), T(old_entries_are_asked_again),
		T(who_does_not_answer_is_asked_for_again), T(a_full_table_forgets_the_unused),
		cmocka_unit_test_teardown(strangers_push_out_none_of_ours, say_seed), T(a_table_of_ours),
		T(conflict_is_told_and_defended), T(defended_from_the_start), T(contender_is_known), T(next_hop),
		T(nonsense), T(no_link),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
