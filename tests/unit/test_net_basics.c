/* SPDX-License-Identifier: BSD-2-Clause */
/* The small things of net/ against slow and obvious models: addresses, checksums, ranges, the keyed hash, rates. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>

#include "net/checksum.h"
#include "tests/unit/net_wire.h"

static struct wire w;

static void addresses(void **state)
{
	static const char *const bad[] = { "", "1", "1.2.3", "1.2.3.", "1.2.3.4.", "1.2.3.4.5", "256.1.1.1",
		"1.2.3.999", ".1.2.3",
		"1..2.3", "01.2.3.4", "00.0.0.0", "1.2.3.4 ", " 1.2.3.4", "a.b.c.d", "1.2.3.-4", "4294967296.1.1.1",
		"1,2,3,4" };
	char text[NET_ADDR_TEXT];
	struct net_addr ip = net_addr_v4(7);
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(net_addr_parse(bad[i], &ip), -EINVAL);
	assert_int_equal(ip.v4, 7);
	assert_int_equal(net_addr_parse("10.0.2.15", &ip), 0);
	assert_int_equal(ip.v4, 0x0a00020f);
	w.rng = 99;
	for (int i = 0; i < 1000; i++) {
		uint32_t v = wire_random(&w);
		assert_int_equal(net_addr_parse(net_addr_format(V4(v), text), &ip), 0);
		assert_int_equal(ip.v4, v);
	}
	assert_string_equal(net_addr_format(V4(0xffffffff), text), "255.255.255.255");
	assert_string_equal(net_addr_format(V4(0), text), "0.0.0.0");
	assert_int_equal(net_mask_len(V4(0)), 0);
	assert_int_equal(net_mask_len(V4(0xffffff00)), 24);
	assert_int_equal(net_mask_len(V4(0xffffffff)), 32);
	assert_int_equal(net_mask_len(V4(0xff00ff00)), -EINVAL);
	assert_int_equal(net_mask_len(V4(1)), -EINVAL);
	for (unsigned len = 0; len <= 32; len++) {
		struct net_addr mask = net_mask(len);
		assert_int_equal(net_mask_len(&mask), len);
	}
}

/* No address is one thing, whoever made it; families are kept apart. */
static void families(void **state)
{
	const struct net_addr none = { 0 }, v4 = net_addr_v4(0x20010db8);
	struct net_addr v6 = { .family = NET_V6, .v6 = { 0 } }, other, parsed;
	(void)state;
	v6.v4 = v4.v4;
	other = v6;
	assert_true(net_addr_equal(&none, V4(0)));
	assert_int_equal(net_addr_parse("0.0.0.0", &parsed), 0);
	assert_true(net_addr_equal(&none, &parsed));
	assert_false(net_addr_equal(&v4, &v6));
	assert_true(net_addr_equal(&other, &v6));
	other.v6[15] = 1;
	assert_false(net_addr_equal(&other, &v6));
	assert_true(net_addr_is_host(V4(0x0a000001)));
	assert_false(net_addr_is_host(V4(0x7f000001)) || net_addr_is_host(V4(0xe0000001)) || net_addr_is_host(&none));
	assert_true(net_addr_is_multicast(V4(0xefffffff)) && !net_addr_is_multicast(V4(0xf0000000)));
	assert_int_equal(net_class_len(V4(0x0a000001)), 8);
	assert_int_equal(net_class_len(V4(0xac100001)), 16);
	assert_int_equal(net_class_len(V4(0xc0a80001)), 24);
}

static void prefixes(void **state)
{
	static const char *const bad[] = { "", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/08", "10.0.0/8", "10.0.0.0/8/8",
					   "10.0.0.0/-1", "10.0.0.0/8 " };
	struct net_prefix p = { net_addr_v4(7), 7 };
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(net_prefix_parse(bad[i], &p), -EINVAL);
	assert_int_equal(p.len, 7);
	assert_int_equal(net_prefix_parse("10.1.2.3/16", &p), 0);
	assert_true(net_prefix_has(&p, V4(0x0a01ffff)) && net_prefix_has(&p, V4(0x0a010000)));
	assert_false(net_prefix_has(&p, V4(0x0a020000)));
	assert_int_equal(net_prefix_parse("10.1.2.3", &p), 0);
	assert_int_equal(p.len, 32);
	assert_true(net_prefix_has(&p, V4(0x0a010203)) && !net_prefix_has(&p, V4(0x0a010202)));
	assert_int_equal(net_prefix_parse("0.0.0.0/0", &p), 0);
	assert_true(net_prefix_has(&p, V4(0xffffffff)) && net_prefix_has(&p, V4(0)));
}

static void checksum(void **state)
{
	uint8_t b[3000];
	(void)state;
	w.rng = 5;
	for (int round = 0; round < 2000; round++) {
		size_t at = wire_random(&w) % 8, len = wire_random(&w) % 2900,
		cut = wire_random(&w) % (len / 2 + 1) * 2;
		uint32_t slow = 0;
		uint16_t sum;
		for (size_t i = 0; i < len; i++)
			b[at + i] = round % 5 ? (uint8_t)wire_random(&w) : 0xff;
		for (size_t i = 0; i < len; i++)
			slow += (uint32_t)b[at + i] << (i % 2 ? 0 : 8);
		while (slow >> 16)
			slow = (slow & 0xffff) + (slow >> 16);
		csum_put((uint8_t *)&sum, csum_finish(csum_add(csum_add(0, b + at, cut), b + at + cut, len - cut)));
		slow = ~slow & 0xffff;
		assert_int_equal(((uint8_t *)&sum)[0] << 8 | ((uint8_t *)&sum)[1], slow);
	}
	assert_int_equal(csum_finish(0xffffffff), 0);
}

/* Ranges against a bitmap, anywhere in the sequence space, also across its end. */
static void ranges_model(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 300; seed++) {
		struct ranges s = { .count = 0 };
		uint8_t map[600] = { 0 };
		uint32_t base;
		w.rng = seed;
		base = seed % 2 ? wire_random(&w) : 0xffffffffu - wire_random(&w) % 600;
		for (int step = 0; step < 100; step++) {
			uint32_t lo = wire_random(&w) % 560, len = wire_random(&w) % (seed % 3 ? 40 : 4), seen = 0;
			if (wire_random(&w) % 20 == 0) {
				ranges_drop_before(&s, base + lo);
				memset(map, 0, lo);
			} else {
				struct ranges before = s;
				if (ranges_add(&s, base + lo, base + lo + len)) {
					memset(map + lo, 1, len);
				} else {
					assert_int_equal(before.count, RANGES_MAX);
					assert_memory_equal(&before, &s, sizeof s);
				}
			}
			for (uint32_t i = 0; i < s.count; i++) {
				assert_true(seq_lt(s.r[i].lo, s.r[i].hi));
				assert_true(!i || seq_lt(s.r[i - 1].hi, s.r[i].lo));
				for (uint32_t b = s.r[i].lo - base; b < s.r[i].hi - base; b++, seen++)
					assert_int_equal(map[b], 1);
			}
			for (uint32_t i = 0; i < 600; i++)
				seen -= map[i];
			assert_int_equal(seen, 0);
			if (len) {
				bool any = memchr(map + lo, 1, len), all = !memchr(map + lo, 0, len);
				assert_int_equal(ranges_touch(&s, base + lo, base + lo + len), any);
				assert_int_equal(ranges_cover(&s, base + lo, base + lo + len), all);
			}
		}
	}
}

/* HalfSipHash-2-4's reference vector of 15 bytes 00 01 .., the length in the last word's highest byte. */
static void hash_is_the_reference(void **state)
{
	struct net *n = &w.host[0].net;
	static const uint32_t key[2] = { 0x03020100, 0x07060504 };
	(void)state;
	wire_init(&w, 1);
	for (unsigned i = 0; i < 4; i++)
		n->secret[i] = key[i % 2];
	assert_int_equal(net_hash(n, 0x03020100, 0x07060504, 0x0b0a0908, 0x0f0e0d0c), 0x972bfe74);
	assert_true(wire_done(&w));
}

static void hash_depends_on_everything(void **state)
{
	struct net *n = &w.host[0].net;
	uint32_t base;
	(void)state;
	wire_init(&w, 1);
	base = net_hash(n, 1, 2, 3, 4);
	assert_int_equal(net_hash(n, 1, 2, 3, 4), base);
	for (unsigned bit = 0; bit < 32; bit++) {
		uint32_t f = 1u << bit;
		assert_int_not_equal(net_hash(n, 1 ^ f, 2, 3, 4), base);
		assert_int_not_equal(net_hash(n, 1, 2 ^ f, 3, 4), base);
		assert_int_not_equal(net_hash(n, 1, 2, 3 ^ f, 4), base);
		assert_int_not_equal(net_hash(n, 1, 2, 3, 4 ^ f), base);
		for (unsigned i = 0; i < 4; i++) {
			n->secret[i] ^= f;
			assert_int_not_equal(net_hash(n, 1, 2, 3, 4), base);
			n->secret[i] ^= f;
		}
	}
	for (unsigned i = 0; i < 4; i++)	/* as where the first keys are known */
		n->secret[i] = 0;
	net_rekey(n);
	for (unsigned i = 0; i < 4; i++)
		assert_int_not_equal(n->secret[i], 0);
	assert_true(wire_done(&w));
}

static void rates(void **state)
{
	struct net *n = &w.host[0].net;
	unsigned passed = 0;
	(void)state;
	wire_init(&w, 1);
	for (unsigned i = 0; i < 10000; i++) {
		n->now_us = 1000000 + i * 1000;
		passed += net_rate_ok(n, RATE_ICMP_ERROR);
	}
	assert_in_range(passed, 180, 220);
	assert_true(wire_done(&w));
}

static void counters_have_names(void **state)
{
	(void)state;
	assert_string_equal(net_counter_name(CNT_mem_failed), "mem_failed");
	assert_string_equal(net_counter_name(CNT_tcp_limited), "tcp_limited");
	assert_string_equal(net_counter_name(CNT_KINDS), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses), cmocka_unit_test(families), cmocka_unit_test(prefixes),
		cmocka_unit_test(checksum), cmocka_unit_test(ranges_model),
		cmocka_unit_test(hash_is_the_reference), cmocka_unit_test(hash_depends_on_everything),
		cmocka_unit_test(rates),
		cmocka_unit_test(counters_have_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
