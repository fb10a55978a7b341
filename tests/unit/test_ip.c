/* SPDX-License-Identifier: BSD-2-Clause */
/* IPv4 and ICMP: header checks, routes, reassembly, echo both ways, errors. */
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
	frame_init_known(5);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return wire_done(&W) ? 0 : -1;
}

static uint8_t msg[20000];

static void ping_us(struct ip_opts o)
{
	size_t len = icmp_make(msg, 8, 0, 0x00070001, "ping!", 5);
	o.proto = 1;
	ip_in(o, msg, len);
}

static void answers_echo(void **state)
{
	const uint8_t *f = out[0].frame, *ip = f + 14, *m = f + 34;
	(void)state;
	ping_us((struct ip_opts){ .src = 0 });
	assert_int_equal(out_count, 1);
	assert_int_equal(out[0].len, 60);
	assert_int_equal(get_be16(ip + 2), 33);
	assert_int_equal(csum_finish(csum_add(0, ip, 20)), 0);
	assert_int_equal(get_be32(ip + 12), ME);
	assert_int_equal(get_be32(ip + 16), PEER);
	assert_int_equal(m[0], 0);
	assert_int_equal(csum_finish(csum_add(0, m, 13)), 0);
	assert_memory_equal(m + 4, "\0\7\0\1ping!", 9);
	assert_int_equal(NET->count[CNT_icmp_echo_answered], 1);
}

static void echo_has_bounds(void **state)
{
	size_t len;
	(void)state;
	ping_us((struct ip_opts){ .dst = 0x0a0000ff });			/* smurf */
	ping_us((struct ip_opts){ .dst = IP_BROADCAST });
	ping_us((struct ip_opts){ .eth_broadcast = true });
	assert_int_equal(out_count, 0);
	len = icmp_make(msg, 8, 0, 1, msg + 100, 1472);
	ip_in((struct ip_opts){ .proto = 1 }, msg, len);
	assert_int_equal(out_count, 1);
	assert_int_equal(out[0].len, 1514);
	for (int i = 0; i < 1000; i++) {
		out_count = 0;
		ping_us((struct ip_opts){ .src = 0 });
	}
	assert_true(NET->count[CNT_icmp_limited] > 700);
	assert_true(NET->count[CNT_icmp_echo_answered] <= 201);
}

static void bad_headers(void **state)
{
	static const uint8_t nops[40];
	uint8_t f[60] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 0, 28 };
	(void)state;
	for (size_t len = 14; len < 34; len++)
		frame_in(f, len);
	assert_int_equal(NET->count[CNT_ip_bad_header], 20);
	f[14] = 0x65;
	frame_in(f, 60);
	f[14] = 0x44;
	frame_in(f, 60);
	assert_int_equal(NET->count[CNT_ip_bad_header], 22);
	f[14] = 0x45;
	frame_in(f, 41);			/* says 28, has 27 */
	put_be16(f + 16, 19);
	frame_in(f, 60);
	assert_int_equal(NET->count[CNT_ip_truncated], 2);
	ping_us((struct ip_opts){ .bad_checksum = true });
	assert_int_equal(NET->count[CNT_ip_bad_checksum], 1);
	ping_us((struct ip_opts){ .src = 0x7f000001 });
	ping_us((struct ip_opts){ .src = 0xe0000001 });
	ping_us((struct ip_opts){ .src = 0x0a0000ff });
	ping_us((struct ip_opts){ .src = IP_BROADCAST });
	ping_us((struct ip_opts){ .src = ME });
	assert_int_equal(NET->count[CNT_ip_bad_source], 5);
	ping_us((struct ip_opts){ .dst = ME + 9 });
	ping_us((struct ip_opts){ .dst = 0xe0000002 });
	ping_us((struct ip_opts){ .dst = 0xe0000001 });	/* every host's, but no ping is answered there */
	assert_int_equal(NET->count[CNT_ip_not_ours], 2);
	assert_int_equal(out_count, 0);
	ping_us((struct ip_opts){ .options = nops, .options_len = 40 });	/* options are skipped */
	assert_int_equal(out_count, 1);
}

static void unknown_protocol(void **state)
{
	const uint8_t *m = out[0].frame + 34;
	(void)state;
	ip_in((struct ip_opts){ .proto = 132 }, "abcdefghijkl", 12);
	assert_int_equal(out_count, 1);
	assert_int_equal(m[0], 3);
	assert_int_equal(m[1], 2);
	assert_int_equal(m[8], 0x45);
	assert_memory_equal(m + 28, "abcdefgh", 8);
}

static void routes(void **state)
{
	struct ip_path p;
	struct net_route r;
	(void)state;
	assert_int_equal(ip_route(NET, V4(0x08080808), NULL, &p), -ENETUNREACH);
	assert_int_equal(net_route_add(NET, LINK, V4_NET(0, 0), V4(0x0a000001 + 0xfd)), 0);
	assert_int_equal(net_route_add(NET, LINK, V4_NET(0xac100000, 12), V4(0x0a000002)), 0);
	assert_int_equal(net_route_add(NET, LINK, V4_NET(0xac110000, 16), V4(0x0a000003)), 0);
	assert_int_equal(net_route_add(NET, LINK, V4_NET(0x0a000080, 25), V4(0x0a000004)), 0);
	assert_int_equal(net_route_add(NET, LINK, V4_NET(0xac110000, 33), V4(1)), -EINVAL);
	assert_int_equal(net_route_add(NET, LINK, V4_NET(0xac110001, 16), V4(1)), -EINVAL);
	assert_true(net_route_get(NET, 0, &r));
	assert_int_equal(r.to.len, 25);
	assert_true(net_route_get(NET, 3, &r));
	assert_int_equal(r.to.len, 0);
	assert_false(net_route_get(NET, 4, &r));
#define HOP(dst) (ip_route(NET, V4(dst), NULL, &p) == 0 ? p.next_hop : 0)
	assert_int_equal(HOP(0x08080808), 0x0a0000fe);
	assert_int_equal(HOP(0xac1f0001), 0x0a000002);
	assert_int_equal(HOP(0xac110001), 0x0a000003);
	assert_int_equal(HOP(0x0a000007), 0x0a000007);		/* on the link */
	assert_int_equal(HOP(0x0a000090), 0x0a000004);		/* a longer prefix than the link's */
	assert_int_equal(net_route_add(NET, LINK, V4_NET(0x0a000000, 24), V4(0x0a000005)), 0);
	assert_int_equal(HOP(0x0a000007), 0x0a000007);		/* as long: straight to it */
	assert_int_equal(net_route_del(NET, LINK, V4_NET(0x0a000000, 24)), 0);
	assert_int_equal(HOP(0x7f000001), 0);
	assert_int_equal(HOP(0xe0000001), 0xe0000001);		/* a group: on the link */
	assert_int_equal(HOP(ME), 0);
	assert_int_equal(net_route_add(NET, LINK, V4_NET(0xac110000, 16), V4(0x0a000009)), 0);	/* replaces */
	assert_int_equal(HOP(0xac110001), 0x0a000009);
	assert_int_equal(net_route_del(NET, LINK, V4_NET(0xac110000, 16)), 0);
	assert_int_equal(net_route_del(NET, LINK, V4_NET(0xac110000, 16)), -ENOENT);
	assert_int_equal(HOP(0xac110001), 0x0a000002);
	net_route_clear(NET, LINK);
	assert_int_equal(HOP(0xac110001), 0);
	net_route_add(NET, LINK, V4_NET(0, 0),
		      V4(0xc0a80001));			/* a gateway off the link, as with /32 leases */
	assert_int_equal(HOP(0x08080808), 0xc0a80001);
	for (uint32_t i = 1; i < NET_ROUTES; i++)
		assert_int_equal(net_route_add(NET, LINK, V4_NET(i << 24, 8), V4(1)), 0);
	assert_int_equal(net_route_add(NET, LINK, V4_NET(99u << 24, 8), V4(1)), -ENOSPC);
}

static void two_links(void **state)
{
	struct netdev other = *DEV;
	struct link *l;
	struct ip_path p;
	(void)state;
	other.mac[5] = 77;
	l = link_add(NET, &other);
	assert_non_null(l);
	assert_int_equal(link_configure(NET, l, V4(0xc0a80005), 16), 0);
	assert_int_equal(ip_route(NET, V4(0xc0a80101), NULL, &p), 0);
	assert_ptr_equal(p.link, l);
	assert_int_equal(p.src.v4, 0xc0a80005);
	assert_int_equal(ip_route(NET, V4(PEER), NULL, &p), 0);
	assert_ptr_equal(p.link, LINK);
	assert_int_equal(ip_route(NET, V4(PEER), l, &p), -ENETUNREACH);
	assert_int_equal(ip_route(NET, V4(IP_BROADCAST), l, &p), 0);
	assert_ptr_equal(p.link, l);
	assert_int_equal(link_configure(NET, l, V4(0xc0a8ffff), 16), -EINVAL);
	assert_int_equal(link_configure(NET, l, V4(0xc0a80005), 33), -EINVAL);
	assert_int_equal(link_configure(NET, l, V4(0x7f000001), 8), -EINVAL);
	link_configure(NET, l, NULL, 0);
	assert_int_equal(ip_route(NET, V4(0xc0a80101), NULL, &p), -ENETUNREACH);
}

/* A UDP datagram of `total` bytes in fragments that begin at cut[i]; order by turns. */
static void datagram_in_pieces(int sock, unsigned pieces, uint16_t id)
{
	static uint8_t d[9000], got[9000];
	size_t data_len = 1000 + wire_random(&W) % 7000, total, cut[17] = { 0 };
	unsigned order[16];
	int r;

	for (size_t i = 0; i < data_len; i++)
		msg[i + 100] = (uint8_t)wire_random(&W);
	total = udp_make(d, PEER, ME, 4000, 5000, msg + 100, data_len);
	for (unsigned i = 1; i < pieces; i++)
		cut[i] = total * i / pieces / 8 * 8;
	cut[pieces] = total;
	for (unsigned i = 0; i < pieces; i++)
		order[i] = i;
	for (unsigned i = 0; i < pieces; i++) {
		unsigned j = wire_random(&W) % pieces, t = order[i];
		order[i] = order[j];
		order[j] = t;
	}
	for (unsigned i = 0; i < pieces; i++) {
		unsigned k = order[i];
		uint16_t frag = (uint16_t)(cut[k] / 8 | (k + 1 < pieces ? 0x2000 : 0));
		assert_int_equal(sock_recv(NET, sock, got, sizeof got), -EAGAIN);
		ip_in((struct ip_opts){ .proto = 17, .id = id, .frag = frag }, d + cut[k], cut[k + 1] - cut[k]);
		if (i + 1 < pieces)					/* duplicates change nothing */
			ip_in((struct ip_opts){ .proto = 17, .id = id, .frag = frag }, d + cut[k], cut[k + 1] - cut[k]);
	}
	r = sock_recv(NET, sock, got, sizeof got);
	assert_int_equal(r, data_len);
	assert_memory_equal(got, d + 8, data_len);
}

static int udp_on(uint16_t port)
{
	int s = sock_open(NET, SOCK_UDP);
	assert_int_equal(sock_bind(NET, s, NULL, port), 0);
	return s;
}

static void fragments_in_any_order(void **state)
{
	int s = udp_on(5000);
	(void)state;
	for (uint16_t i = 0; i < 200; i++)
		datagram_in_pieces(s, 2 + i % 14, i);
	assert_int_equal(NET->count[CNT_frag_done], 200);
	assert_int_equal(NET->count[CNT_frag_bad], 0);
}

static void fragments_that_lie(void **state)
{
	static uint8_t d[3000];
	int s = udp_on(5000);
	size_t total = udp_make(d, PEER, ME, 4000, 5000, msg, 2992);
	(void)state;
	assert_int_equal(total, 3000);
	/* overlap in part: the whole datagram goes */
	ip_in((struct ip_opts){ .proto = 17, .id = 1, .frag = 0x2000 }, d, 1600);
	ip_in((struct ip_opts){ .proto = 17, .id = 1, .frag = 100 }, d + 800, 2200);
	ip_in((struct ip_opts){ .proto = 17, .id = 1, .frag = 200 }, d + 1600, 1400);
	assert_int_equal(sock_recv(NET, s, d, 1), -EAGAIN);
	ip_in((struct ip_opts){ .proto = 17, .id = 11, .frag = 0x2000 }, d, 1600);
	ip_in((struct ip_opts){ .proto = 17, .id = 11, .frag = 0x2000 | 100 }, d + 800, 1600);
	ip_in((struct ip_opts){ .proto = 17, .id = 11, .frag = 300 }, d + 2400, 600);
	assert_int_equal(sock_recv(NET, s, d, 1), -EAGAIN);
	/* a last fragment that ends before others */
	ip_in((struct ip_opts){ .proto = 17, .id = 2, .frag = 0x2000 | 200 }, d, 1400);
	ip_in((struct ip_opts){ .proto = 17, .id = 2, .frag = 0 | 1 }, d, 80);
	/* two ends */
	ip_in((struct ip_opts){ .proto = 17, .id = 3, .frag = 200 }, d, 1400);
	ip_in((struct ip_opts){ .proto = 17, .id = 3, .frag = 400 }, d, 1400);
	/* beyond the end */
	ip_in((struct ip_opts){ .proto = 17, .id = 4, .frag = 10 }, d, 80);
	ip_in((struct ip_opts){ .proto = 17, .id = 4, .frag = 0x2000 | 20 }, d, 80);
	/* not a multiple of 8; nothing; past what an IP packet can be (the ping of death) */
	ip_in((struct ip_opts){ .proto = 17, .id = 5, .frag = 0x2000 }, d, 81);
	ip_in((struct ip_opts){ .proto = 17, .id = 6, .frag = 0x2000 }, d, 0);
	ip_in((struct ip_opts){ .proto = 17, .id = 7, .frag = 0x1fff }, d, 1400);
	assert_int_equal(NET->count[CNT_frag_bad], 8);
	assert_int_equal(NET->count[CNT_frag_done], 0);
	ip_in((struct ip_opts){ .proto = 17, .id = 8, .frag = 0x2000 }, d, 1600);
	ip_in((struct ip_opts){ .proto = 17, .id = 8, .frag = 0x2000 }, d, 1600);
	assert_int_equal(NET->count[CNT_frag_duplicate], 1);
	assert_int_equal(NET->count[CNT_frag_bad], 8);
}

/* An answer in fragments, between which strangers send theirs, of all lengths, in any order. */
static void strangers_fragments_push_out_no_answer(void **state)
{
	static uint8_t m[4096], part[4096];
	(void)state;
	for (uint64_t seed = 1; seed <= 3000; seed++) {
		bool ping = seed & 1;
		size_t len = 3000, at = 0;
		int s = -1;
		assert_true(wire_done(&W));
		frame_init_known(seed);
		if (ping) {
			assert_int_equal(icmp_ping(NET, V4(PEER), 7, 1, len - 8, 0), 0);
			icmp_make(m, 0, 0, 7u << 16 | 1, part, len - 8);
		} else {
			s = udp_on(1000);
			assert_int_equal(sock_sendto(NET, s, "x", 1, V4(PEER), 53), 1);
			udp_make(m, PEER, ME, 53, 1000, part, len - 8);
		}
		while (at < len) {
			for (unsigned n = wire_random(&W) % 12; n--;)
				ip_in((struct ip_opts){ .src = PEER + 1 + wire_random(&W) % 5, .proto = 17,
					.id = (uint16_t)wire_random(&W),
					.frag = (uint16_t)(0x2000 | wire_random(&W) % 1500) }, part,
				      8 + wire_random(&W) % 100 * 8);
			size_t piece = at + 800 < len ? 800 : len - at;
			ip_in((struct ip_opts){ .proto = ping ? 1 : 17, .id = 9,
				.frag = (uint16_t)(at / 8 | (at + piece < len ? 0x2000 : 0)) }, m + at, piece);
			at += piece;
			poll_at(W.now_us + 1000);
		}
		struct ping_reply r;
		if (ping)
			assert_int_equal(icmp_ping_read(NET, 7, &r), 0);
		else
			assert_int_equal(sock_recv(NET, s, m, sizeof m), (int)len - 8);
	}
}

static void fragments_take_bounded_room_and_time(void **state)
{
	int s = udp_on(5000);
	size_t before = W.host[0].alloc_bytes;
	(void)state;
	for (uint16_t id = 0; id < 1000; id++)
		ip_in((struct ip_opts){ .proto = 17, .id = id, .frag = 0x2000 }, msg, 800);
	assert_true(W.host[0].alloc_bytes - before <= FRAG_DATAGRAMS * (FRAG_LEN_MAX + 20));
	assert_int_equal(NET->count[CNT_frag_dropped], 1000 - FRAG_DATAGRAMS);
	assert_int_equal(net_next_timer(NET), W.now_us + FRAG_TIMEOUT_US);
	poll_at(W.now_us + FRAG_TIMEOUT_US);
	assert_int_equal(W.host[0].alloc_bytes, before);
	assert_int_equal(NET->count[CNT_frag_timeout], FRAG_DATAGRAMS);
	W.host[0].alloc_limit = 1;
	ip_in((struct ip_opts){ .proto = 17, .frag = 0x2000 }, msg, 800);
	assert_int_equal(NET->count[CNT_mem_failed], 1);
	W.host[0].alloc_limit = 0;
	datagram_in_pieces(s, 4, 7);
	for (uint16_t i = 0; i <= RANGES_MAX; i++)	/* every other eighth byte: too many holes */
		ip_in((struct ip_opts){ .proto = 17, .id = 9, .frag = (uint16_t)(0x2000 | i * 2) }, msg, 8);
	assert_int_equal(NET->count[CNT_frag_bad], 1);
}

static void pings(void **state)
{
	struct ping_reply r;
	const uint8_t *m = out[0].frame + 34;
	size_t len;
	(void)state;
	assert_int_equal(icmp_ping(NET, V4(0x08080808), 7, 1, 56, 0), -ENETUNREACH);
	assert_int_equal(icmp_ping(NET, V4(PEER), 7, 1, PING_LEN_MAX + 1, 0), -EMSGSIZE);
	W.host[0].alloc_limit = 1;
	assert_int_equal(icmp_ping(NET, V4(PEER), 7, 1, 56, 3), -ENOMEM);
	W.host[0].alloc_limit = 0;
	assert_int_equal(icmp_ping(NET, V4(PEER), 7, 1, 56, 3), 0);
	assert_int_equal(out[0].frame[22], 3);
	assert_int_equal(m[0], 8);
	assert_int_equal(csum_finish(csum_add(0, m, 64)), 0);
	assert_int_equal(icmp_ping_read(NET, 7, &r), -EAGAIN);
	W.now_us += 12345;
	len = icmp_make(msg, 0, 0, 0x00070002, m + 8, 56);		/* an answer to another */
	ip_in((struct ip_opts){ .proto = 1 }, msg, len);
	len = icmp_make(msg, 0, 0, 0x00070001, m + 8, 56);
	ip_in((struct ip_opts){ .proto = 1, .src = PEER + 1 }, msg, len);	/* from another */
	assert_int_equal(icmp_ping_read(NET, 7, &r), -EAGAIN);
	ip_in((struct ip_opts){ .proto = 1, .ttl = 61 }, msg, len);
	ip_in((struct ip_opts){ .proto = 1 }, msg, len);			/* twice */
	assert_int_equal(icmp_ping_read(NET, 8, &r), -EAGAIN);
	assert_int_equal(icmp_ping_read(NET, 7, &r), 0);
	assert_int_equal(r.src.v4, PEER);
	assert_int_equal(r.seq, 1);
	assert_int_equal(r.len, 56);
	assert_int_equal(r.ttl, 61);
	assert_int_equal(r.rtt_us, 12345);
	assert_int_equal(r.error, 0);
	assert_int_equal(icmp_ping_read(NET, 7, &r), -EAGAIN);
	net_poll(NET, W.now_us);
	assert_int_equal(W.host[0].wakes, 1);
}

/* Pings larger than a packet go out in fragments, and are answered so: two stacks, every length around the edges. */
static void big_pings(void **state)
{
	static const size_t lens[] = { 1471, 1472, 1473, 1479, 1480, 1481, 2951, 2952, 2953, 3000, 9000, PING_LEN_MAX };
	struct ping_reply r;
	(void)state;
	wire_done(&W);
	wire_init(&W, 1);
	W.reorder = 3000;
	for (size_t i = 0; i < sizeof lens / sizeof lens[0]; i++) {
		assert_int_equal(icmp_ping(NET, V4(PEER), 7, (uint16_t)i, lens[i], 0), 0);
		wire_run(&W, 2000000);
		assert_int_equal(icmp_ping_read(NET, 7, &r), 0);
		assert_int_equal(r.error, 0);
		assert_int_equal(r.len, lens[i]);
	}
	assert_int_equal(NET->count[CNT_icmp_bad] + W.host[1].net.count[CNT_icmp_bad], 0);
	assert_int_equal(NET->count[CNT_frag_done], 10);
}

static void ping_errors(void **state)
{
	struct ping_reply r;
	size_t len;
	(void)state;
	for (uint16_t seq = 0; seq < 4; seq++) {
		static const uint8_t type[] = { 11, 3, 3, 3 }, code[] = { 0, 0, 1, 13 };
		static const int err[] = { -ETIMEDOUT, -ENETUNREACH, -EHOSTUNREACH, -EHOSTUNREACH };
		out_count = 0;
		assert_int_equal(icmp_ping(NET, V4(PEER), 7, seq, 10, 1), 0);
		len = icmp_make(msg, type[seq], code[seq], 0, out[0].frame + 14, 28);
		ip_in((struct ip_opts){ .proto = 1, .src = 0x0a0000fe }, msg, len);
		assert_int_equal(icmp_ping_read(NET, 7, &r), 0);
		assert_int_equal(r.error, err[seq]);
		assert_int_equal(r.src.v4, 0x0a0000fe);
	}
	/* a packet's first fragment says whose it was, the others do not */
	for (unsigned bit = 0; bit < 16; bit++) {
		uint8_t quote[28];
		bool first = bit > 12;
		out_count = 0;
		assert_int_equal(icmp_ping(NET, V4(PEER), 7, 5, 10, 1), 0);
		memcpy(quote, out[0].frame + 14, sizeof quote);
		put_be16(quote + 6, (uint16_t)(1u << bit));
		ip_in((struct ip_opts){ .proto = 1, .src = 0x0a0000fe }, msg, icmp_make(msg, 3, 1, 0, quote, 28));
		assert_int_equal(icmp_ping_read(NET, 7, &r), first ? 0 : -EAGAIN);
	}
	icmp_ping(NET, V4(PEER + 50), 7, 9, 10, 0);			/* nobody there */
	for (unsigned i = 1; i < 5; i++)
		poll_at(W.now_us + 1000000);
	assert_int_equal(icmp_ping_read(NET, 7, &r), 0);
	assert_int_equal(r.error, -EHOSTUNREACH);
	assert_int_equal(r.seq, 9);
	for (uint16_t seq = 0; seq < 100; seq++) {		/* answers nobody reads are bounded */
		out_count = 0;
		icmp_ping(NET, V4(PEER), 7, seq, 0, 0);
		len = icmp_make(msg, 0, 0, 7u << 16 | seq, NULL, 0);
		ip_in((struct ip_opts){ .proto = 1 }, msg, len);
	}
	assert_int_equal(icmp_ping_read(NET, 7, &r), 0);
	assert_int_equal(r.seq, 100 - PING_REPLIES);
}

static void two_pingers(void **state)
{
	struct ping_reply r;
	(void)state;
	for (uint16_t i = 0; i < 8; i++) {
		icmp_ping(NET, V4(PEER), i % 2, i, 0, 0);
		ip_in((struct ip_opts){ .proto = 1 }, msg, icmp_make(msg, 0, 0, (uint32_t)(i % 2) << 16 | i, NULL, 0));
	}
	for (uint16_t i = 1; i < 8; i += 2) {
		assert_int_equal(icmp_ping_read(NET, 1, &r), 0);
		assert_int_equal(r.seq, i);
	}
	assert_int_equal(icmp_ping_read(NET, 1, &r), -EAGAIN);
	for (uint16_t i = 0; i < 8; i += 2) {
		assert_int_equal(icmp_ping_read(NET, 0, &r), 0);
		assert_int_equal(r.seq, i);
	}
}

/* RFC 1122 3.2.2.2 would follow them; whoever sends one on a boot network may be anybody. */
static void redirects_are_ignored(void **state)
{
	size_t len;
	(void)state;
	net_route_add(NET, LINK, V4_NET(0, 0), V4(PEER));
	arp_in(1, 66, 0x0a000042, ME);
	out_count = 0;
	for (uint8_t code = 0; code < 4; code++) {
		assert_int_equal(icmp_ping(NET, V4(0x08080808), 7, code, 10, 0), 0);
		assert_int_equal(out[code].frame[5], 2);
		len = icmp_make(msg, 5, code, 0x0a000042, out[code].frame + 14, 28);
		ip_in((struct ip_opts){ .proto = 1 }, msg, len);
	}
	assert_int_equal(out_count, 4);
	assert_int_equal(NET->count[CNT_icmp_ignored], 4);
}

/* An answer that has nowhere to go is counted, too. */
static void answers_without_a_route(void **state)
{
	(void)state;
	ping_us((struct ip_opts){ .src = 0x08080808 });
	ip_in((struct ip_opts){ .proto = 132, .src = 0x08080808 }, "abcdefghijkl", 12);
	assert_int_equal(out_count, 0);
	assert_int_equal(NET->count[CNT_ip_no_route], 2);
}

static void icmp_garbage(void **state)
{
	(void)state;
	for (int i = 0; i < 20000; i++) {
		size_t len = wire_random(&W) % 80;
		for (size_t k = 0; k < len; k++)
			msg[k] = (uint8_t)wire_random(&W);
		if (len >= 4) {
			msg[0] = (uint8_t)(wire_random(&W) % 13);
			if (len >= 29 && wire_random(&W) % 2) {
				msg[8] = (uint8_t)(0x40 | wire_random(&W) % 16);
				put_be32(msg + 20, ME);
				msg[17] = wire_random(&W) % 2 ? 6 : 17;
			}
			put_be16(msg + 2, 0);
			csum_put(msg + 2, csum_finish(csum_add(0, msg, len)));
		}
		ip_in((struct ip_opts){ .proto = 1 }, msg, len);
		out_count = 0;
	}
	assert_true(NET->count[CNT_icmp_ignored] > 1000);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(answers_echo), T(echo_has_bounds), T(bad_headers), T(unknown_protocol), T(routes), T(two_links),
		T(fragments_in_any_order), T(fragments_that_lie), T(strangers_fragments_push_out_no_answer),
		T(fragments_take_bounded_room_and_time), T(pings),
		T(big_pings), T(ping_errors),
		T(two_pingers), T(redirects_are_ignored), T(answers_without_a_route), T(icmp_garbage),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
