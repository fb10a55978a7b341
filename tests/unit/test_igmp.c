/* SPDX-License-Identifier: BSD-2-Clause */
/* Multicast groups: who gets what, and IGMP's two versions; broadcasts for several. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>

#include "net/udp.h"
#include "tests/unit/net_frame.h"

#define GROUP 0xefff0102u		/* 239.255.1.2 */
#define OTHER 0xe00000fbu		/* 224.0.0.251 */

static uint8_t filter[NET_GROUPS][6];
static unsigned filter_count;

static void set_filter(struct netdev *dev, const uint8_t (*macs)[6], unsigned count)
{
	assert_ptr_equal(dev, DEV);
	assert_true(count <= NET_GROUPS);
	memcpy(filter, macs, count * 6);
	filter_count = count;
}

static const struct netdev_ops ops = { .transmit = wire_transmit, .set_filter = set_filter };

static int setup(void **state)
{
	(void)state;
	frame_init_known(21);
	DEV->ops = &ops;
	filter_count = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return wire_done(&W) ? 0 : -1;
}

static uint8_t msg[600], buf[600];

static void udp_in(uint32_t dst, uint16_t port, const char *text)
{
	size_t len = udp_make(msg, PEER, dst, 1000, port, text, strlen(text));
	ip_in((struct ip_opts){ .dst = dst, .proto = 17 }, msg, len);
}

static int udp_on(uint16_t port)
{
	int s = sock_open(NET, SOCK_UDP);
	assert_int_equal(sock_set(NET, s, SOCK_OPT_REUSE, 1), 0);
	assert_int_equal(sock_bind(NET, s, NULL, port), 0);
	return s;
}

static void query(uint32_t group, uint8_t code, size_t len)
{
	uint8_t q[12] = { 0x11, code };
	put_be32(q + 4, group);
	csum_put(q + 2, csum_finish(csum_add(0, q, len)));
	ip_in((struct ip_opts){ .dst = group ? group : IGMP_ALL_HOSTS, .proto = 2, .ttl = 1 }, q, len);
}

/* The i-th frame out is an IGMP message with the Router Alert option: its payload. */
static const uint8_t *igmp_out(unsigned i, uint32_t dst, size_t len)
{
	const uint8_t *ip = out[i].frame + 14;
	assert_true(i < out_count);
	assert_int_equal(out[i].frame[0], 1);
	assert_int_equal(get_be32(out[i].frame + 2), 0x5e000000u | (dst & 0x7fffff));
	assert_int_equal(ip[0], 0x46);
	assert_int_equal(get_be16(ip + 2), 24 + len);
	assert_int_equal(ip[8], 1);
	assert_int_equal(ip[9], 2);
	assert_int_equal(csum_finish(csum_add(0, ip, 24)), 0);
	assert_int_equal(get_be32(ip + 16), dst);
	assert_int_equal(get_be32(ip + 20), 0x94040000u);
	assert_int_equal(csum_finish(csum_add(0, ip + 24, len)), 0);
	return ip + 24;
}

static void only_members_receive(void **state)
{
	int a = udp_on(5353), b = udp_on(5353), c = udp_on(5353);
	(void)state;
	udp_in(GROUP, 5353, "early");
	assert_int_equal(NET->count[CNT_ip_not_ours], 1);
	assert_int_equal(sock_set(NET, a, SOCK_OPT_JOIN, GROUP_OF(GROUP)), 0);
	assert_int_equal(sock_set(NET, a, SOCK_OPT_JOIN, GROUP_OF(GROUP)), -EADDRINUSE);
	assert_int_equal(sock_set(NET, b, SOCK_OPT_JOIN, GROUP_OF(GROUP)), 0);
	assert_int_equal(sock_set(NET, c, SOCK_OPT_JOIN, GROUP_OF(OTHER)), 0);
	assert_int_equal(filter_count, 2);
	assert_memory_equal(filter[0], "\1\0\x5e\x7f\1\2", 6);
	assert_memory_equal(filter[1], "\1\0\x5e\0\0\xfb", 6);
	udp_in(GROUP, 5353, "hello");
	assert_int_equal(sock_recv(NET, a, buf, sizeof buf), 5);
	assert_int_equal(sock_recv(NET, b, buf, sizeof buf), 5);
	assert_int_equal(sock_recv(NET, c, buf, sizeof buf), -EAGAIN);
	/* the same Ethernet address, another group */
	ip_in((struct ip_opts){ .dst = GROUP ^ 0x00800000u, .proto = 17 }, msg,
		udp_make(msg, PEER, GROUP ^ 0x00800000u, 1, 5353, "x", 1));
	assert_int_equal(sock_recv(NET, a, buf, sizeof buf), -EAGAIN);
	assert_int_equal(sock_set(NET, a, SOCK_OPT_LEAVE, GROUP_OF(GROUP)), 0);
	assert_int_equal(sock_set(NET, a, SOCK_OPT_LEAVE, GROUP_OF(GROUP)), -EADDRNOTAVAIL);
	assert_int_equal(filter_count, 2);
	udp_in(GROUP, 5353, "again");
	assert_int_equal(sock_recv(NET, a, buf, sizeof buf), -EAGAIN);
	assert_int_equal(sock_recv(NET, b, buf, sizeof buf), 5);
	sock_close(NET, b);
	assert_int_equal(filter_count, 1);
	udp_in(GROUP, 5353, "late");
	assert_int_equal(NET->count[CNT_ip_not_ours], 3);
	assert_int_equal(NET->count[CNT_udp_no_socket], 0);
}

static void joining_is_reported(void **state)
{
	int s = udp_on(5353);
	const uint8_t *m;
	(void)state;
	assert_int_equal(sock_set(NET, s, SOCK_OPT_JOIN, GROUP_OF(GROUP)), 0);
	m = igmp_out(0, 0xe0000016u, 16);
	assert_int_equal(m[0], 0x22);
	assert_int_equal(get_be16(m + 6), 1);
	assert_int_equal(m[8], 4);			/* CHANGE_TO_EXCLUDE_MODE: everybody's */
	assert_int_equal(get_be32(m + 12), GROUP);
	assert_true(net_next_timer(NET) <= W.now_us + 1000000);
	poll_at(W.now_us + 1000000);			/* once more, in case it was lost */
	assert_int_equal(out_count, 2);
	assert_int_equal(igmp_out(1, 0xe0000016u, 16)[8], 4);
	poll_at(W.now_us + 100000000);
	assert_int_equal(out_count, 2);
	sock_close(NET, s);
	assert_int_equal(igmp_out(2, 0xe0000016u, 16)[8], 3);
	assert_int_equal(out_count, 3);
}

/* Whoever is at the cable's other end now knows of nobody's groups. */
static void reported_where_a_cable_is_in_again(void **state)
{
	int s = udp_on(5353);
	(void)state;
	sock_set(NET, s, SOCK_OPT_JOIN, GROUP_OF(GROUP));
	poll_at(W.now_us + 2000000);
	out_count = 0;
	DEV->link_up = false;
	poll_at(W.now_us + 1);
	DEV->link_up = true;
	poll_at(W.now_us + 1);
	assert_int_equal(out_count, 1);
	assert_int_equal(get_be32(igmp_out(0, 0xe0000016u, 16) + 12), GROUP);
}

static void queries_are_answered(void **state)
{
	int s = udp_on(5353);
	(void)state;
	sock_set(NET, s, SOCK_OPT_JOIN, GROUP_OF(GROUP));
	poll_at(W.now_us + 2000000);
	out_count = 0;
	query(0, 20, 12);				/* within 2 s */
	poll_at(W.now_us + 2000000);
	assert_int_equal(igmp_out(0, 0xe0000016u, 16)[8], 2);
	query(OTHER, 20, 12);				/* not ours; not even received */
	query(GROUP, 0x8f, 12);				/* (15 | 16) << 3 tenths of a second */
	assert_true(net_next_timer(NET) <= W.now_us + 24800000);
	poll_at(W.now_us + 24800000);
	assert_int_equal(out_count, 2);
	assert_int_equal(NET->count[CNT_igmp_in], 2);
}

/* All queries that come before a group's report are answered by it; floods of them by one a second. */
static void a_flood_of_queries(void **state)
{
	static const uint8_t codes[] = { 0, 1, 10, 255 };
	int s = udp_on(5353);
	(void)state;
	sock_set(NET, s, SOCK_OPT_JOIN, GROUP_OF(GROUP));
	sock_set(NET, s, SOCK_OPT_JOIN, GROUP_OF(OTHER));
	poll_at(W.now_us + 2000000);
	for (unsigned c = 0; c < sizeof codes; c++)
		for (size_t len = 8; len <= 12; len += 4) {
			uint64_t end = W.now_us + 10000000;
			out_count = 0;
			for (unsigned i = 0; W.now_us < end; i++) {
				query(i % 3 ? 0 : GROUP, codes[c], len);
				poll_at(W.now_us + 500);
			}
			assert_in_range(out_count, codes[c] < 128 ? 18 : 2, 22);
			poll_at(W.now_us + 400000000);
		}
}

static void version_two(void **state)
{
	int s = udp_on(5353);
	const uint8_t *m;
	(void)state;
	sock_set(NET, s, SOCK_OPT_JOIN, GROUP_OF(GROUP));
	poll_at(W.now_us + 2000000);
	out_count = 0;
	query(0, 10, 8);
	poll_at(W.now_us + 1000000);
	m = igmp_out(0, GROUP, 8);
	assert_int_equal(m[0], 0x16);
	assert_int_equal(get_be32(m + 4), GROUP);
	sock_set(NET, s, SOCK_OPT_LEAVE, GROUP_OF(GROUP));
	assert_int_equal(igmp_out(1, 0xe0000002u, 8)[0], 0x17);
	poll_at(W.now_us + IGMP_V2_US);
	sock_set(NET, s, SOCK_OPT_JOIN, GROUP_OF(GROUP));
	assert_int_equal(igmp_out(2, 0xe0000016u, 16)[0], 0x22);
}

/* A link that gets another address says once more which groups it is in, and no others. */
static void a_new_address_says_it_again(void **state)
{
	int s = udp_on(5353);
	unsigned reports = 0;
	(void)state;
	sock_set(NET, s, SOCK_OPT_JOIN, GROUP_OF(GROUP));
	sock_set(NET, s, SOCK_OPT_JOIN, GROUP_OF(IGMP_ALL_HOSTS));
	sock_set(NET, s, SOCK_OPT_JOIN, GROUP_OF(OTHER));
	sock_set(NET, s, SOCK_OPT_LEAVE, GROUP_OF(OTHER));
	poll_at(W.now_us + 5000000);
	out_count = 0;
	assert_int_equal(link_configure(NET, LINK, V4(ME + 8), 24), 0);
	poll_at(W.now_us + 5000000);
	for (unsigned i = 0; i < out_count; i++)
		if (get_be16(out[i].frame + 12) == 0x800) {
			assert_int_equal(get_be32(out[i].frame + 14 + 24 + 12), GROUP);
			reports++;
		}
	assert_in_range(reports, 1, 2);
	assert_int_equal(link_configure(NET, LINK, V4(ME), 24), 0);
}

static void bounds(void **state)
{
	int s = udp_on(1), t = sock_open(NET, SOCK_TCP);
	(void)state;
	for (uint32_t i = 0; i < NET_GROUPS; i++)
		assert_int_equal(sock_set(NET, s, SOCK_OPT_JOIN, GROUP_OF(GROUP + i)), 0);
	assert_int_equal(sock_set(NET, s, SOCK_OPT_JOIN, GROUP_OF(OTHER)), -ENOBUFS);
	assert_int_equal(sock_set(NET, s, SOCK_OPT_JOIN, GROUP_OF(PEER)), -EINVAL);
	assert_int_equal(sock_set(NET, t, SOCK_OPT_JOIN, GROUP_OF(OTHER)), -EINVAL);
	assert_int_equal(sock_connect(NET, t, V4(GROUP), 80), -ENETUNREACH);
	query(0, 10, 7);
	assert_int_equal(NET->count[CNT_igmp_bad], 1);
	/* another's report */
	ip_in((struct ip_opts){ .dst = GROUP, .proto = 2 }, msg, icmp_make(msg, 0x16, 0, GROUP, NULL, 0));
	assert_int_equal(NET->count[CNT_igmp_ignored], 1);
	sock_close(NET, s);
	assert_int_equal(filter_count, 0);
}

/* A broadcast is for all who listen on that port. */
static void broadcasts_for_several(void **state)
{
	int a = udp_on(68), b = udp_on(68), c = sock_open(NET, SOCK_UDP);
	(void)state;
	assert_int_equal(sock_bind(NET, c, NULL, 68), -EADDRINUSE);	/* it has not agreed to share */
	udp_in(IP_BROADCAST, 68, "offer");
	assert_int_equal(sock_recv(NET, a, buf, sizeof buf), 5);
	assert_int_equal(sock_recv(NET, b, buf, sizeof buf), 5);
	udp_in(ME, 68, "answer");					/* one of them only */
	assert_int_equal((sock_recv(NET, a, buf, sizeof buf) == 6) + (sock_recv(NET, b, buf, sizeof buf) == 6), 1);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(only_members_receive), T(joining_is_reported), T(reported_where_a_cable_is_in_again),
		T(queries_are_answered), T(a_flood_of_queries),
		T(version_two), T(a_new_address_says_it_again), T(bounds),
		T(broadcasts_for_several),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
