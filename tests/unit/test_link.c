/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Links: VLAN tags both ways, priorities, MTU and MSS; two links with subnets,
 * routes and neighbours of their own, on different networks and on the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>

#include <cmocka.h>

#include "tests/unit/net_frame.h"

static struct netdev second;		/* a second card, on the same wire */
static struct link *vlan;

static int setup(void **state)
{
	(void)state;
	frame_init_known(1);
	vlan = NULL;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return wire_done(&W) ? 0 : -1;
}

static int keep_second(struct netdev *dev, const void *frame, size_t len)
{
	(void)dev;
	keep_tap(&W, 0, frame, len);
	out[out_count - 1].frame[6] |= 0x40;		/* so that tests see through which card it went */
	return 0;
}

static struct link *add_second(void)
{
	static const struct netdev_ops ops = { .transmit = keep_second };

	second = (struct netdev){ .ops = &ops, .name = "c", .mac = { 2, 0, 0, 0, 0, 0x77 }, .mtu = 1500,
				  .link_up = true };
	return link_add(NET, &second);
}

static void add_vlan(unsigned tag, unsigned priority)
{
	int err;

	vlan = link_add_vlan(NET, LINK, tag, priority, &err);
	assert_non_null(vlan);
	assert_int_equal(err, 0);
	assert_int_equal(link_configure(NET, vlan, V4(0xc0a80501), 24), 0);
	out_count = 0;
}

/* An ARP request from 192.168.5.2 with this tag control word, len bytes of it. */
static void tagged_arp_in(uint16_t tci, uint32_t asks_for, size_t len)
{
	uint8_t f[64] = { 255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 5, 0x81, 0, 0, 0, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1,
		2, 0, 0, 0, 0, 5 };

	put_be16(f + 14, tci);
	put_be32(f + 32, 0xc0a80502);
	put_be32(f + 42, asks_for);
	frame_in(f, len);
}

static void tags_come_off(void **state)
{
	(void)state;
	add_vlan(5, 0);
	assert_string_equal(vlan->name, "a-5");
	tagged_arp_in(5, 0xc0a80501, 64);
	assert_int_equal(out_count, 1);				/* answered ... */
	assert_int_equal(vlan->rx_frames, 1);
	tagged_arp_in(0xe005, 0xc0a80501, 64);			/* whatever its priority */
	assert_int_equal(out_count, 2);
	tagged_arp_in(6, 0xc0a80501, 64);			/* another VLAN */
	tagged_arp_in(0x1005, 0xc0a80501, 17);			/* cut in the tag */
	tagged_arp_in(5, ME, 64);				/* the card's address is not asked for there */
	assert_int_equal(out_count, 2);
	assert_int_equal(NET->count[CNT_eth_no_link], 1);
	assert_int_equal(NET->count[CNT_eth_short], 1);
	vlan->open = false;
	tagged_arp_in(5, 0xc0a80501, 64);
	assert_int_equal(out_count, 2);
	assert_int_equal(NET->count[CNT_eth_no_link], 2);
}

/* "up" is said of what has been heard lately; a VLAN's cable is its card's. */
static void states(void **state)
{
	uint64_t at = W.now_us + LINK_HEARD_US;

	(void)state;
	DEV->heard_us = 0;
	add_vlan(5, 0);
	assert_string_equal(link_state(LINK, W.now_us), "open");
	tagged_arp_in(5, 0xc0a80501, 64);
	assert_string_equal(link_state(LINK, W.now_us), "up");
	assert_string_equal(link_state(vlan, at - 1), "up");
	assert_string_equal(link_state(vlan, at), "open");
	DEV->link_up = false;
	assert_string_equal(link_state(vlan, W.now_us), "down");
	vlan->open = false;
	assert_string_equal(link_state(vlan, W.now_us), "closed");
	DEV->link_up = true;
}

static unsigned filters[2];		/* groups that each card lets through */

static void count_filter(struct netdev *dev, const uint8_t (*macs)[6], unsigned count)
{
	(void)macs;
	filters[dev == &second] = count;
}

static int sends(struct netdev *dev, const void *frame, size_t len)
{
	return dev == &second ? keep_second(dev, frame, len) : wire_transmit(dev, frame, len);
}

/* IGMP's messages sent so far: on the first card, on its VLAN, on the second card. */
static void reports(unsigned of[3])
{
	memset(of, 0, 3 * sizeof of[0]);
	for (unsigned i = 0; i < out_count; i++) {
		const uint8_t *f = out[i].frame;
		bool tagged = get_be16(f + 12) == 0x8100;
		if (f[tagged ? 27 : 23] == 2 && get_be16(f + (tagged ? 16 : 12)) == 0x800)
			of[f[6] & 0x40 ? 2 : tagged]++;
	}
	out_count = 0;
}

static void group_in(struct netdev *dev, unsigned tag, uint32_t group)
{
	uint8_t f[100] = { 1, 0, 0x5e, 0x7f, 1, 2, 2, 0, 0, 0, 0, 5, 8, 0 };
	uint8_t *h = f + (tag ? 18 : 14);

	if (tag) {
		put_be16(f + 12, 0x8100);
		put_be16(f + 14, (uint16_t)tag);
		put_be16(f + 16, 0x800);
	}
	h[0] = 0x45;
	h[8] = h[9] = 17;
	put_be32(h + 12, PEER);
	put_be32(h + 16, group);
	put_be16(h + 2, (uint16_t)(20 + udp_make(h + 20, PEER, group, 1000, 5353, "x", 1)));
	csum_put(h + 10, csum_finish(csum_add(0, h, 20)));
	net_input(NET, dev, f, 64, W.now_us);
	net_poll(NET, W.now_us);
}

static unsigned heard(int s)
{
	uint8_t buf[8];
	unsigned n = 0;

	while (sock_recv(NET, s, buf, sizeof buf) >= 0)
		n++;
	return n;
}

static int in_group(const struct link *l)
{
	struct sock_group g = { .addr = net_addr_v4(0xefff0102), .link = l };
	int s = sock_open(NET, SOCK_UDP);

	sock_set(NET, s, SOCK_OPT_REUSE, 1);
	sock_bind(NET, s, NULL, 5353);
	assert_int_equal(sock_set(NET, s, SOCK_OPT_JOIN, (uintptr_t)&g), 0);
	return s;
}

/* A group is joined by one link, or by all that there are and will be; each has its reports and its filter. */
static void groups_by_link(void **state)
{
	static const struct netdev_ops ops = { .transmit = sends, .set_filter = count_filter };
	struct link *l;
	unsigned of[3];
	int err;
	(void)state;
	DEV->ops = &ops;
	l = add_second();
	second.ops = &ops;
	link_configure(NET, l, V4(0x0a000001), 24);
	add_vlan(5, 0);
	int there = in_group(l), tagged = in_group(vlan);
	reports(of);
	assert_true(of[0] == 0 && of[1] == 1 && of[2] == 1);
	assert_true(filters[0] == 1 && filters[1] == 1);
	int everywhere = in_group(NULL);
	reports(of);
	assert_true(of[0] == 1 && of[1] == 1 && of[2] == 1);
	assert_true(filters[0] == 1 && filters[1] == 1);	/* it is one address */

	group_in(DEV, 0, 0xefff0102);
	assert_true(heard(there) == 0 && heard(tagged) == 0 && heard(everywhere) == 1);
	group_in(DEV, 5, 0xefff0102);
	assert_true(heard(there) == 0 && heard(tagged) == 1 && heard(everywhere) == 1);
	group_in(&second, 0, 0xefff0102);
	assert_true(heard(there) == 1 && heard(tagged) == 0 && heard(everywhere) == 1);

	/* who comes later is told; a link where a group is joined stays */
	poll_at(W.now_us + 2000000);
	out_count = 0;
	struct link *late = link_add_vlan(NET, LINK, 6, 0, &err);
	link_configure(NET, late, V4(0xc0a80601), 24);
	net_poll(NET, W.now_us);
	reports(of);
	assert_true(of[0] >= 1 && of[1] >= 1);
	assert_int_equal(link_remove(NET, late), 0);
	assert_int_equal(link_remove(NET, vlan), -EBUSY);
	sock_close(NET, everywhere);
	assert_true(filters[0] == 1 && filters[1] == 1);
	sock_close(NET, tagged);
	assert_true(filters[0] == 0 && filters[1] == 1);
	assert_int_equal(link_remove(NET, vlan), 0);
	group_in(DEV, 0, 0xefff0102);
	group_in(&second, 0, 0xefff0102);
	assert_int_equal(heard(there), 1);
	sock_close(NET, there);
	assert_int_equal(filters[1], 0);
}

/* Tag 0 says a priority only: the frame is the card's own (802.1Q 6.7). */
static void tag_of_priority_only(void **state)
{
	(void)state;
	link_configure(NET, LINK, V4(0xc0a80509), 24);
	out_count = 0;
	uint64_t before = DEV->tx_bytes;
	tagged_arp_in(0xa000, 0xc0a80509, 64);
	assert_int_equal(out_count, 1);
	assert_int_equal(get_be16(out[0].frame + 12), 0x806);
	assert_int_equal(DEV->tx_bytes - before, out[0].len);
}

static void tags_go_on(void **state)
{
	(void)state;
	add_vlan(4094, 7);
	tagged_arp_in(4094, 0xc0a80501, 64);
	assert_int_equal(out[0].len, 64);			/* 60 when a switch has taken the tag off */
	assert_int_equal(get_be16(out[0].frame + 12), 0x8100);
	assert_int_equal(get_be16(out[0].frame + 14), 0xe000 | 4094);
	assert_int_equal(get_be16(out[0].frame + 16), 0x806);
	assert_memory_equal(out[0].frame, "\2\0\0\0\0\5\2\0\0\0\0\1", 12);
	assert_int_equal(vlan->tx_frames, 3);
	out_count = 0;
	assert_int_equal(icmp_ping(NET, V4(0xc0a80502), 1, 1, 1496 - 28, 0), 0);
	assert_int_equal(out_count, 1);
	assert_int_equal(out[0].len, 1514);			/* no longer than a frame without a tag */
	assert_int_equal(get_be16(out[0].frame + 16), 0x800);
	assert_int_equal(get_be16(out[0].frame + 18 + 2), 1496);
	assert_int_equal(icmp_ping(NET, V4(0xc0a80502), 1, 1, 1496 - 28 + 1, 0), 0);
	assert_int_equal(out_count, 3);				/* in fragments */
}

/* What waits for a neighbour's address gets its tag, too. */
static void waits_for_arp(void **state)
{
	int s;
	(void)state;
	add_vlan(9, 0);
	s = sock_open(NET, SOCK_UDP);
	assert_int_equal(sock_sendto(NET, s, "x", 1, V4(0xc0a80502), 9), 1);
	assert_int_equal(out_count, 1);
	tagged_arp_in(9, 0xc0a80501, 64);
	assert_int_equal(out_count, 3);
	assert_int_equal(get_be16(out[1].frame + 14), 9);
	assert_int_equal(get_be16(out[1].frame + 16), 0x800);
	assert_int_equal(out[1].len, 64);
}

static uint16_t mss_to(uint32_t ip)
{
	const uint8_t *t;
	int s = sock_open(NET, SOCK_TCP);

	out_count = 0;
	assert_int_equal(sock_connect(NET, s, V4(ip), 80), -EINPROGRESS);
	assert_int_equal(out_count, 1);
	t = out[0].frame + (get_be16(out[0].frame + 12) == 0x8100 ? 18 : 14) + 20;
	assert_int_equal(t[20], 2);
	return get_be16(t + 22);
}

static void mss_follows_the_link(void **state)
{
	(void)state;
	add_vlan(5, 0);
	tagged_arp_in(5, 0xc0a80501, 64);
	assert_int_equal(mss_to(0xc0a80502), 1456);
	assert_int_equal(mss_to(PEER), 1460);
	assert_int_equal(link_mtu(vlan), 1496);
	assert_int_equal(link_set_mtu(vlan, 1400), 0);
	assert_int_equal(link_mtu(vlan), 1400);
	assert_int_equal(net_path_mtu(NET, V4(0xc0a80502)), 1400);
	assert_int_equal(link_set_mtu(vlan, 575), -EINVAL);		/* all stays as it is */
	assert_int_equal(link_mtu(vlan), 1400);
	assert_int_equal(link_set_mtu(vlan, 70000), 0);			/* no larger than the device's */
	assert_int_equal(link_mtu(vlan), 1496);
	assert_int_equal(link_set_mtu(vlan, 576), 0);
	vlan->mtu_told = 700;						/* what is set comes before what is told */
	assert_int_equal(link_mtu(vlan), 576);
	assert_int_equal(link_set_mtu(vlan, 0), 0);
	assert_int_equal(link_mtu(vlan), 700);
	vlan->mtu_told = 0;
	assert_int_equal(link_mtu(vlan), 1496);
	assert_int_equal(net_path_mtu(NET, V4(0xc0a80502)), 1496);
	assert_int_equal(net_path_mtu(NET, V4(PEER)), 1500);
	assert_int_equal(net_path_mtu(NET, V4(0x08080808)), 1500);	/* no way is known */
}

/* The address stays when another is refused. */
static void addresses_that_no_link_has(void **state)
{
	struct net_addr had = LINK->addr;
	(void)state;
	assert_int_equal(link_check(&(struct net_addr){ .family = had.family, .v4 = 0x0a4d00ff }, 24), -EINVAL);
	assert_int_equal(link_check(&(struct net_addr){ .family = had.family, .v4 = 0x0a4d0000 }, 24), -EINVAL);
	assert_int_equal(link_check(&(struct net_addr){ .family = had.family, .v4 = 0x0a4d00ff }, 16), 0);
	assert_int_equal(link_check(&(struct net_addr){ .family = had.family, .v4 = 0x0a4d0001 }, 0), -EINVAL);
	assert_int_equal(link_check(&(struct net_addr){ .family = had.family, .v4 = 0x0a4d0001 }, 33), -EINVAL);
	assert_int_equal(link_configure(NET, LINK, V4(0x0a4d00ff), 24), -EINVAL);
	assert_true(net_addr_equal(&LINK->addr, &had));
}

static void making_and_removing(void **state)
{
	struct link *l, *other;
	struct net_route r;
	int err, s;
	(void)state;
	assert_null(link_add_vlan(NET, LINK, 0, 0, &err));
	assert_int_equal(err, -EINVAL);
	assert_null(link_add_vlan(NET, LINK, 4095, 0, &err));
	assert_null(link_add_vlan(NET, LINK, 1, 8, &err));
	assert_int_equal(err, -EINVAL);
	add_vlan(100, 0);
	assert_ptr_equal(link_add_vlan(NET, LINK, 100, 6, &err), vlan);	/* a script's second try finds it as it is */
	assert_int_equal(err, 0);
	assert_int_equal(vlan->priority, 6);
	assert_true(vlan->addr.family);
	assert_null(link_add_vlan(NET, LINK, 100, 8, &err));
	assert_int_equal(vlan->priority, 6);
	assert_null(link_add_vlan(NET, vlan, 7, 0, &err));
	assert_int_equal(err, -EINVAL);
	assert_ptr_equal(link_find(NET, "a-100"), vlan);
	assert_null(link_find(NET, "a-10"));
	other = link_add_vlan(NET, LINK, 101, 0, &err);
	assert_ptr_equal(link_get(NET, 2), other);
	assert_int_equal(net_route_add(NET, vlan, V4_NET(0, 0), V4(0xc0a80502)), 0);
	s = sock_open(NET, SOCK_UDP);
	assert_int_equal(sock_set(NET, s, SOCK_OPT_LINK, (uintptr_t)vlan), 0);
	assert_int_equal(link_remove(NET, vlan), -EBUSY);
	sock_close(NET, s);
	assert_int_equal(link_remove(NET, vlan), 0);
	assert_int_equal(link_remove(NET, LINK), -EINVAL);
	assert_false(net_route_get(NET, 0, &r));
	assert_null(link_find(NET, "a-100"));
	assert_ptr_equal(link_get(NET, 1), other);
	s = sock_open(NET, SOCK_UDP);
	assert_int_equal(sock_set(NET, s, SOCK_OPT_LINK, (uintptr_t)vlan), -EINVAL);	/* it is gone */
	for (unsigned i = 0; (l = link_add_vlan(NET, LINK, 200 + i, 0, &err)); i++)
		assert_true(i < NET_LINKS);
	assert_int_equal(err, -ENOSPC);
	assert_null(link_get(NET, NET_LINKS));
	sock_close(NET, s);
	sock_close(NET, in_group(LINK));			/* all have their filters set, and nobody else */
}

/* A VLAN has its card's address: none is made on a card that has no station's. */
static void addresses_that_no_station_has(void **state)
{
	static const struct {
		uint8_t mac[6];
		int err;
	} cases[] = {
		{ { 0 }, -EADDRNOTAVAIL }, { { 255, 255, 255, 255, 255, 255 }, -EADDRNOTAVAIL },
		{ { 1, 0, 0x5e, 0, 0, 1 }, -EADDRNOTAVAIL }, { { 3, 0, 0, 0, 0, 1 }, -EADDRNOTAVAIL },
		{ { 0, 0, 0, 0, 0, 1 }, 0 }, { { 2, 0, 0, 0, 0, 0 }, 0 }, { { 0xfe, 255, 255, 255, 255, 255 }, 0 },
	};
	struct link *l = add_second();
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int err;
		memcpy(second.mac, cases[i].mac, 6);
		struct link *made = link_add_vlan(NET, l, 7, 0, &err);
		assert_int_equal(err, cases[i].err);
		assert_int_equal(made != NULL, !cases[i].err);
		if (made)
			assert_int_equal(link_remove(NET, made), 0);
	}
}

/* A connection goes with its VLAN. */
static void connections_end(void **state)
{
	int s;
	(void)state;
	add_vlan(5, 0);
	s = sock_open(NET, SOCK_TCP);
	assert_int_equal(sock_connect(NET, s, V4(0xc0a80502), 80), -EINPROGRESS);
	assert_int_equal(link_remove(NET, vlan), 0);
	assert_int_equal(sock_error(NET, s), -EADDRNOTAVAIL);
}

static void routes_of_two_links(void **state)
{
	struct link *l = add_second();
	struct ip_path p;
	struct net_route r;
	(void)state;
	assert_int_equal(link_configure(NET, l, V4(0xc0a80001), 24), 0);
	assert_int_equal(net_route_add(NET, l, V4_NET(0, 0), V4(0xc0a800fe)), 0);
	assert_int_equal(net_route_add(NET, LINK, V4_NET(0, 0), V4(0x0a0000fe)),
			 0);	/* later, but the first link's */
	assert_int_equal(net_route_add(NET, l, V4_NET(0x08080000, 16), V4(0xc0a800fd)), 0);
#define HOP(dst, through) (ip_route(NET, V4(dst), through, &p) == 0 ? p.next_hop : 0)
	assert_int_equal(HOP(0x01010101, NULL), 0x0a0000fe);
	assert_int_equal(HOP(0x01010101, l), 0xc0a800fe);
	assert_int_equal(HOP(0x08080808, NULL), 0xc0a800fd);
	assert_int_equal(HOP(0x08080808, LINK), 0x0a0000fe);
	assert_int_equal(ip_route_from(NET, V4(0x01010101), V4(0xc0a80001), &p),
			 0);	/* what came to l leaves by it */
	assert_int_equal(p.next_hop, 0xc0a800fe);
	assert_int_equal(ip_route_from(NET, V4(PEER), V4(0xc0a80001), &p), 0);
	assert_int_equal(p.next_hop, 0xc0a800fe);
	assert_int_equal(ip_route_from(NET, V4(0x01010101), V4(0), &p), 0);
	assert_int_equal(p.next_hop, 0x0a0000fe);
	assert_int_equal(net_route_add(NET, l, V4_NET(0xa9fea9fe, 32), V4(0)),
			 0);	/* on the link itself (RFC 3442) */
	assert_int_equal(HOP(0xa9fea9fe, NULL), 0xa9fea9fe);
	assert_ptr_equal(p.link, l);
	LINK->open = false;
	assert_int_equal(HOP(0x01010101, NULL), 0xc0a800fe);
	assert_int_equal(HOP(PEER, NULL), 0xc0a800fe);
	LINK->open = true;
	assert_int_equal(net_route_del(NET, LINK, V4_NET(0x08080000, 16)), -ENOENT);
	link_configure(NET, l, V4(0xc0a80002), 24);		/* another address: its routes went */
	assert_true(net_route_get(NET, 0, &r));
	assert_ptr_equal(r.link, LINK);
	assert_false(net_route_get(NET, 1, &r));
}

/* Two cards in one subnet: each has its neighbours, and what is bound to one goes by it. */
static void same_subnet(void **state)
{
	struct link *l = add_second();
	const struct arp_entry *e;
	unsigned known = 0;
	uint8_t f[60] = { 255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 2, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0,
			  2 };
	int s;
	(void)state;
	assert_int_equal(link_configure(NET, l, V4(0x0a000063), 24), 0);
	put_be32(f + 28, PEER);
	put_be32(f + 38, 0x0a000063);
	out_count = 0;
	net_input(NET, &second, f, sizeof f, W.now_us);
	assert_int_equal(out_count, 1);
	assert_int_equal(out[0].frame[6], 0x42);
	for (unsigned i = 0; (e = arp_get(NET, i)); i++)
		known += e->ip == PEER && (e->link == l || e->link == LINK);
	assert_int_equal(known, 2);
	out_count = 0;
	s = sock_open(NET, SOCK_UDP);
	sock_sendto(NET, s, "x", 1, V4(PEER), 9);
	sock_set(NET, s, SOCK_OPT_LINK, (uintptr_t)l);
	sock_sendto(NET, s, "x", 1, V4(PEER), 9);
	sock_set(NET, s, SOCK_OPT_LINK, 0);
	sock_close(NET, s);
	s = sock_open(NET, SOCK_UDP);
	assert_int_equal(sock_bind(NET, s, V4(0x0a000063), 5), 0);
	sock_sendto(NET, s, "x", 1, V4(PEER), 9);
	assert_int_equal(out_count, 3);
	assert_int_equal(out[0].frame[6], 2);
	assert_int_equal(out[1].frame[6], 0x42);
	assert_int_equal(out[2].frame[6], 0x42);
	assert_int_equal(get_be32(out[2].frame + 26), 0x0a000063);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(groups_by_link), T(states),
		T(tags_come_off), T(tag_of_priority_only), T(tags_go_on), T(waits_for_arp), T(mss_follows_the_link),
		T(addresses_that_no_link_has), T(making_and_removing), T(addresses_that_no_station_has),
		T(connections_end), T(routes_of_two_links), T(same_subnet),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
