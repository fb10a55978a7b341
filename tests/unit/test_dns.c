/* SPDX-License-Identifier: BSD-2-Clause */
/* DNS: names, questions, answers of every kind, lookups over several servers, the cache. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>

#include <cmocka.h>

#include "net/name.h"
#include "services/dns/dns.h"
#include "tests/unit/v4.h"

#define S 1000000ull
#define NS1 0x0a000203u
#define NS2 0x0a000204u

/* ---- a server's answer, written by hand ---- */

static uint8_t msg[2048];
static size_t msg_len;

static void be16(unsigned v)
{
	msg[msg_len++] = (uint8_t)(v >> 8);
	msg[msg_len++] = (uint8_t)v;
}

static void name(const char *s)
{
	while (*s) {
		size_t n = strcspn(s, ".");
		msg[msg_len++] = (uint8_t)n;
		memcpy(msg + msg_len, s, n);
		msg_len += n;
		s += n + (s[n] == '.');
	}
	msg[msg_len++] = 0;
}

static void head(unsigned id, unsigned flags, unsigned answers, unsigned authorities, const char *question)
{
	msg_len = 0;
	be16(id);
	be16(0x8000 | flags);
	be16(1);
	be16(answers);
	be16(authorities);
	be16(0);
	name(question);
	be16(1);
	be16(1);
}

static void rr(const char *owner, unsigned type, unsigned ttl, size_t len)
{
	if (owner)
		name(owner);
	else
		be16(0xc00c);
	be16(type);
	be16(1);
	be16(ttl >> 16);
	be16(ttl & 0xffff);
	be16((unsigned)len);
}

static void rr_a(const char *owner, unsigned ttl, uint32_t addr)
{
	rr(owner, 1, ttl, 4);
	be16(addr >> 16);
	be16(addr & 0xffff);
}

static void rr_cname(const char *owner, unsigned ttl, const char *target)
{
	rr(owner, 5, ttl, strlen(target) + 2);
	name(target);
}

static struct dns_answer a;

static int parse(const char *q)
{
	uint8_t *exact = malloc(msg_len);
	int err;

	memcpy(exact, msg, msg_len);
	err = dns_parse_answer(exact, msg_len, 7, DNS_A, q, &a);
	free(exact);
	return err;
}

/* ---- packets ---- */

static void test_names(void **state)
{
	char n[DNS_NAME_MAX], label64[66];

	(void)state;
	assert_int_equal(dns_name_canon("Boot.Example.COM.", n), 0);
	assert_string_equal(n, "boot.example.com");
	assert_int_equal(dns_name_canon("@AZ[`az{.A-Z", n), 0);	/* letters alone, from the first to the last */
	assert_string_equal(n, "@az[`az{.a-z");
	assert_int_equal(dns_name_canon("", n), -EINVAL);
	assert_int_equal(dns_name_canon(".", n), -EINVAL);
	assert_int_equal(dns_name_canon("a..b", n), -EINVAL);
	assert_int_equal(dns_name_canon("a b", n), -EINVAL);
	memset(label64, 'x', 64);
	label64[64] = 0;
	assert_int_equal(dns_name_canon(label64, n), -EINVAL);
	label64[63] = 0;
	assert_int_equal(dns_name_canon(label64, n), 0);
}

static void test_query(void **state)
{
	static const uint8_t want[] = "\x12\x34\1\0\0\1\0\0\0\0\0\0\3www\2ab\0\0\1\0\1";
	uint8_t q[DNS_PACKET_MAX];

	(void)state;
	assert_int_equal(dns_build_query(q, sizeof(q), 0x1234, DNS_A, "www.ab"), sizeof(want) - 1);
	assert_memory_equal(q, want, sizeof(want) - 1);
	assert_int_equal(dns_build_query(q, 20, 1, DNS_A, "www.ab"), -EINVAL);
	for (size_t n = 62; n <= 65; n++) {
		char label[80] = "";
		memset(label, 'x', n);
		assert_int_equal(dns_build_query(q, sizeof(q), 1, DNS_A, label), n <= 63 ? (int)n + 18 : -EINVAL);
	}
}

static void test_addresses(void **state)
{
	(void)state;
	head(7, 0x180, 3, 0, "WWW.ab");		/* letter case does not matter */
	rr_a(NULL, 300, 0x01020304);
	rr_a("other.ab", 5, 0x09090909);
	rr_a(NULL, 60, 0x01020305);
	assert_int_equal(parse("www.ab"), 0);
	assert_int_equal(a.count, 2);
	assert_int_equal(a.addrs[0].v4, 0x01020304);
	assert_int_equal(a.addrs[1].v4, 0x01020305);
	assert_int_equal(a.ttl_s, 60);
}

static void test_aliases_in_any_order(void **state)
{
	(void)state;
	head(7, 0, 3, 0, "www.ab");
	rr_a("c.cd", 100, 0x01020304);
	rr_cname("b.cd", 50, "c.cd");
	rr_cname("www.ab", 200, "b.cd");
	assert_int_equal(parse("www.ab"), 0);
	assert_int_equal(a.count, 1);
	assert_int_equal(a.ttl_s, 50);
	head(7, 0, 1, 0, "www.ab");
	rr_cname("www.ab", 200, "b.cd");
	assert_int_equal(parse("www.ab"), 0);
	assert_int_equal(a.count, 0);
	assert_string_equal(a.alias, "b.cd");
	head(7, 0, 2, 0, "www.ab");
	rr_cname("www.ab", 200, "b.cd");
	rr_cname("b.cd", 200, "www.ab");
	assert_int_equal(parse("www.ab"), -EPROTO);
}

/* A text that would not fit is no name, and nothing is written past its place. */
static void test_names_that_fit(void **state)
{
	uint8_t wire[300];

	(void)state;
	srand(24);
	for (unsigned i = 0; i < 20000; i++) {
		size_t cap = 1 + (size_t)rand() % 90, len = 0, text = 0;
		unsigned longest = rand() % 8 ? 63 : 0xbf;
		char *out = malloc(cap);
		bool good = true;

		for (unsigned labels = 1 + (unsigned)rand() % 3; labels; labels--) {
			unsigned l = 1 + (unsigned)rand() % (rand() % 2 ? 8 : longest);
			if (len + l > sizeof(wire) - 2)
				break;
			good = good && l <= 63;
			wire[len] = (uint8_t)l;
			memset(wire + len + 1, 'a', l);
			len += l + 1;
			text += l + (text > 0);
		}
		wire[len++] = 0;
		good = good && text + 1 < cap;
		struct cursor c = cur_make(wire, len);
		int got = name_read(&c, out, cap);
		assert_int_equal(got, good ? (int)text : -EPROTO);
		if (good)
			assert_int_equal(strlen(out), text);
		free(out);
	}
}

/* What a text cannot hold is a question mark in it, and all else is as it is. */
static void test_letters_of_names(void **state)
{
	(void)state;
	for (unsigned ch = 0; ch < 256; ch++) {
		uint8_t wire[] = { 1, (uint8_t)ch, 0 };
		char out[8];
		struct cursor c = cur_make(wire, sizeof(wire));

		assert_int_equal(name_read(&c, out, sizeof(out)), 1);
		assert_int_equal(out[0], ch > ' ' && ch < 0x7f && ch != '.' ? (char)ch : '?');
	}
}

/* Sixty-four records are looked at, whatever the answer says. */
static void test_many_records(void **state)
{
	(void)state;
	for (unsigned others = 62; others <= 65; others++) {
		head(7, 0x180, others + 1, 0, "www.ab");
		for (unsigned i = 0; i < others; i++)
			rr_a("o.ab", 5, i);
		rr_a(NULL, 60, 0x01020305);
		assert_int_equal(parse("www.ab"), others < 64 ? 0 : -ENOENT);
	}
}

static void test_not_for_us(void **state)
{
	(void)state;
	head(8, 0, 1, 0, "www.ab");
	rr_a(NULL, 1, 1);
	assert_int_equal(parse("www.ab"), -EAGAIN);	/* id */
	head(7, 0, 1, 0, "www.ac");
	rr_a(NULL, 1, 1);
	assert_int_equal(parse("www.ab"), -EAGAIN);	/* question */
	head(7, 0, 1, 0, "www.ab");
	rr_a(NULL, 1, 1);
	msg[2] &= 0x7f;
	assert_int_equal(parse("www.ab"), -EAGAIN);	/* a question, not an answer */
}

static void test_negative(void **state)
{
	(void)state;
	head(7, 0, 0, 0, "www.ab");
	assert_int_equal(parse("www.ab"), -ENOENT);
	assert_int_equal(a.ttl_s, 0);
	head(7, 2, 0, 0, "www.ab");
	assert_int_equal(parse("www.ab"), -EIO);
	assert_int_equal(a.count, 2);
	head(7, 5, 0, 0, "www.ab");
	assert_int_equal(parse("www.ab"), -EIO);
	/* a failing server may leave the question out */
	msg_len = 0;
	be16(7), be16(0x8002), be16(0), be16(0), be16(0), be16(0);
	assert_int_equal(parse("www.ab"), -EIO);
}

static void test_negative_ttl(void **state)
{
	(void)state;
	head(7, 3, 0, 1, "www.ab");
	rr("ab", 6, 900, 3 + 3 + 20);
	name("n");
	name("h");
	for (unsigned i = 0; i < 4; i++)
		be16(0), be16(1);
	be16(0), be16(40);
	assert_int_equal(parse("www.ab"), -ENOENT);
	assert_int_equal(a.ttl_s, 40);
}

static void test_compression_loops(void **state)
{
	(void)state;
	head(7, 0, 1, 0, "www.ab");
	be16(0xc000 | (unsigned)msg_len);	/* points at itself */
	be16(1), be16(1), be16(0), be16(1), be16(4), be16(1), be16(1);
	assert_int_equal(parse("www.ab"), -EPROTO);
	head(7, 0, 1, 0, "www.ab");
	be16(0xc000 | (unsigned)(msg_len + 20));	/* forwards */
	be16(1), be16(1), be16(0), be16(1), be16(4), be16(1), be16(1);
	assert_int_equal(parse("www.ab"), -EPROTO);
}

static void test_cut_anywhere(void **state)
{
	size_t whole;

	(void)state;
	head(7, 0, 2, 0, "www.ab");
	rr_cname(NULL, 200, "b.cd");
	rr_a("b.cd", 10, 0x01020304);
	whole = msg_len;
	assert_int_equal(parse("www.ab"), 0);
	for (msg_len = 0; msg_len < whole; msg_len++)
		assert_true(parse("www.ab") < 0);
}

static void test_truncated_answer(void **state)
{
	(void)state;
	head(7, 0x200, 1, 0, "www.ab");
	rr_a(NULL, 9, 5);
	assert_int_equal(parse("www.ab"), -EMSGSIZE);
	assert_int_equal(a.count, 1);			/* better than none, if TCP fails */
	head(7, 0x200, 0, 0, "www.ab");
	assert_int_equal(parse("www.ab"), -EMSGSIZE);	/* nothing came: no proof of absence */
	assert_int_equal(a.count, 0);
}

static void test_random_answers(void **state)
{
	(void)state;
	srand(21);
	for (unsigned i = 0; i < 20000; i++) {
		head(7, (unsigned)rand() & 0x20f, (unsigned)rand() % 4, 1, "www.ab");
		rr_cname(NULL, 5, "b.cd");
		rr_a("b.cd", 5, 1);
		for (int flips = rand() % 6; flips; flips--)
			msg[12 + (size_t)rand() % (msg_len - 12)] = (uint8_t)rand();
		msg_len -= (size_t)rand() % 8;
		int err = parse("www.ab");
		assert_true(err == 0 || err == -EAGAIN || err == -EPROTO || err == -EIO || err == -ENOENT ||
			err == -EMSGSIZE);
		assert_true(err || (a.count > 0) != (a.alias[0] != 0));
	}
}

/* ---- lookups ---- */

static struct dns_lookup l;
static struct dns_output out;

static unsigned asked_id(void)
{
	return (unsigned)out.data[0] << 8 | out.data[1];
}

static const struct dns_config two = { .servers = { { NET_V4, { NS1 } }, { NET_V4, { NS2 } } }, .server_count = 2,
				       .search = "lab.example  corp.example" };

static void answer_a(const char *q, uint32_t addr, uint64_t t)
{
	head(asked_id(), 0, 1, 0, q);
	rr_a(NULL, 30, addr);
	dns_lookup_input(&l, msg, msg_len, &out.server, t);
}

static void answer_no(const char *q, uint64_t t)
{
	head(asked_id(), 3, 0, 0, q);
	dns_lookup_input(&l, msg, msg_len, &out.server, t);
}

static void test_lookup(void **state)
{
	(void)state;
	assert_int_equal(dns_lookup_start(&l, "Boot.Example.com", &two, 0), 0);
	dns_lookup_poll(&l, 0, 0x11112222, &out);
	assert_int_equal(out.server.v4, NS1);
	answer_a("boot.example.com", 0x01020304, 10);
	assert_true(l.done);
	assert_int_equal(l.result, 1);
	assert_int_equal(l.addrs[0].v4, 0x01020304);
	assert_int_equal(dns_lookup_deadline(&l), UINT64_MAX);
}

static void test_forged_answer_ignored(void **state)
{
	(void)state;
	dns_lookup_start(&l, "boot.example.com", &two, 0);
	dns_lookup_poll(&l, 0, 5, &out);
	head(asked_id(), 0, 1, 0, "boot.example.com");
	rr_a(NULL, 30, 6);
	dns_lookup_input(&l, msg, msg_len, V4(NS2), 0);	/* not the server asked */
	assert_false(l.done);
	msg[0] ^= 1;
	dns_lookup_input(&l, msg, msg_len, V4(NS1), 0);
	assert_false(l.done);
}

static void test_failover_and_timeout(void **state)
{
	unsigned sent = 0, ids[8];
	uint64_t t = 0;

	(void)state;
	srand(3);
	dns_lookup_start(&l, "boot.example.com", &two, 0);
	while (!l.done) {
		t = dns_lookup_deadline(&l);
		dns_lookup_poll(&l, t, (uint32_t)rand(), &out);
		if (!out.len)
			continue;
		assert_int_equal(out.server.v4, sent % 2 ? NS2 : NS1);
		ids[sent] = asked_id();
		for (unsigned i = 0; i < sent; i++)
			assert_int_not_equal(ids[i], ids[sent]);
		sent++;
	}
	assert_int_equal(sent, 6);
	assert_int_equal(l.result, -ETIMEDOUT);
	assert_int_equal(t, 12 * S);

	/* a SERVFAIL moves on at once */
	dns_lookup_start(&l, "boot.example.com", &two, 0);
	dns_lookup_poll(&l, 0, 5, &out);
	head(asked_id(), 2, 0, 0, "boot.example.com");
	dns_lookup_input(&l, msg, msg_len, V4(NS1), 100);
	assert_int_equal(dns_lookup_deadline(&l), 100);
	dns_lookup_poll(&l, 100, 6, &out);
	assert_int_equal(out.server.v4, NS2);
	answer_a("boot.example.com", 9, 200);
	assert_int_equal(l.result, 1);
	/* all of them failing is no timeout */
	dns_lookup_start(&l, "boot.example.com", &two, 0);
	while (!l.done) {
		dns_lookup_poll(&l, 0, 5, &out);
		head(asked_id(), 2, 0, 0, "boot.example.com");
		dns_lookup_input(&l, msg, msg_len, &out.server, 0);
	}
	assert_int_equal(l.result, -EIO);
}

static void test_search_list(void **state)
{
	(void)state;
	dns_lookup_start(&l, "boot", &two, 0);
	dns_lookup_poll(&l, 0, 5, &out);
	answer_no("boot.lab.example", 0);
	assert_false(l.done);
	dns_lookup_poll(&l, 0, 6, &out);
	answer_no("boot.corp.example", 0);
	dns_lookup_poll(&l, 0, 7, &out);
	answer_no("boot", 0);
	assert_int_equal(l.result, -ENOENT);

	dns_lookup_start(&l, "boot.x", &two, 0);	/* dotted: as it is first */
	dns_lookup_poll(&l, 0, 5, &out);
	answer_no("boot.x", 0);
	dns_lookup_poll(&l, 0, 6, &out);
	answer_a("boot.x.lab.example", 8, 0);
	assert_int_equal(l.result, 1);

	dns_lookup_start(&l, "boot.", &two, 0);	/* absolute */
	dns_lookup_poll(&l, 0, 5, &out);
	answer_no("boot", 0);
	assert_int_equal(l.result, -ENOENT);
}

static void test_alias_asked_for(void **state)
{
	(void)state;
	dns_lookup_start(&l, "a.b", &two, 0);
	dns_lookup_poll(&l, 0, 5, &out);
	head(asked_id(), 0, 1, 0, "a.b");
	rr_cname(NULL, 20, "c.d");
	dns_lookup_input(&l, msg, msg_len, &out.server, 0);
	assert_false(l.done);
	dns_lookup_poll(&l, 0, 6, &out);
	answer_a("c.d", 3, 0);
	assert_int_equal(l.result, 1);
	assert_int_equal(l.ttl_s, 20);

	/* two names that lead to each other, one answer at a time */
	dns_lookup_start(&l, "a.b", &two, 0);
	for (unsigned i = 0; i < 40 && !l.done; i++) {
		dns_lookup_poll(&l, 0, i, &out);
		head(asked_id(), 0, 1, 0, i % 2 ? "c.d" : "a.b");
		rr_cname(NULL, 20, i % 2 ? "a.b" : "c.d");
		dns_lookup_input(&l, msg, msg_len, &out.server, 0);
	}
	assert_int_equal(l.result, -EIO);
}

static void truncated(uint32_t addr, uint64_t t)
{
	head(asked_id(), 0x200, addr != 0, 0, "a.b");
	if (addr)
		rr_a(NULL, 30, addr);
	dns_lookup_input(&l, msg, msg_len, &out.server, t);
}

static void test_truncated_then_tcp(void **state)
{
	(void)state;
	dns_lookup_start(&l, "a.b", &two, 0);
	dns_lookup_poll(&l, 0, 5, &out);
	assert_false(out.tcp);
	truncated(7, 10);
	assert_false(l.done);
	dns_lookup_poll(&l, 10, 6, &out);
	assert_true(out.tcp);
	assert_int_equal(out.server.v4, NS1);			/* the same one */
	answer_a("a.b", 9, 20);
	assert_int_equal(l.result, 1);
	assert_int_equal(l.addrs[0].v4, 9);

	/* TCP is refused: the next server, by UDP; what was cut off serves in the end */
	dns_lookup_start(&l, "a.b", &two, 0);
	for (unsigned i = 0; i < 40 && !l.done; i++) {
		dns_lookup_poll(&l, dns_lookup_deadline(&l), 5 + i, &out);
		if (!out.len)
			continue;
		assert_int_equal(out.tcp, i % 2);
		if (out.tcp)
			dns_lookup_fail(&l, -ECONNREFUSED, l.next_us);
		else
			truncated(7, l.next_us);
	}
	assert_true(l.done);
	assert_int_equal(l.result, 1);
	assert_int_equal(l.addrs[0].v4, 7);

	/* TCP hangs: after its time the next server */
	dns_lookup_start(&l, "a.b", &two, 0);
	dns_lookup_poll(&l, 0, 5, &out);
	truncated(0, 0);
	dns_lookup_poll(&l, 0, 6, &out);
	assert_true(out.tcp);
	dns_lookup_poll(&l, 5 * S, 7, &out);
	assert_false(out.tcp);
	assert_int_equal(out.server.v4, NS2);
	answer_a("a.b", 3, 5 * S);
	assert_int_equal(l.result, 1);
}

static const char *why(const char *name)
{
	static char text[DNS_WHY_MAX];
	dns_lookup_why(&l, name, text, sizeof(text));
	return text;
}

/* Which server said what, when all is over. */
static void test_why(void **state)
{
	struct dns_config four = two;
	char short_text[40];
	(void)state;
	four.server_count = 4;
	four.servers[0] = net_addr_v4(0x0a000035);
	four.servers[1] = net_addr_v4(0x0a000135);
	four.servers[2] = net_addr_v4(0x0a000235);
	four.servers[3] = net_addr_v4(0x0a000335);
	dns_lookup_start(&l, "a.b", &four, 0);
	for (unsigned i = 0; i < 100 && !l.done; i++) {
		uint64_t now = dns_lookup_deadline(&l);
		dns_lookup_poll(&l, now, 5 + i, &out);
		if (!out.len)
			continue;
		/* silent; closed; refuses, but once; closed, then sends nonsense */
		if (out.server.v4 == 0x0a000135 || (out.server.v4 == 0x0a000335 && i < 4))
			dns_lookup_fail(&l, -ECONNREFUSED, now);
		if (out.server.v4 == 0x0a000235 && i < 4) {
			head(asked_id(), 5, 0, 0, "a.b");
			dns_lookup_input(&l, msg, msg_len, &out.server, now);
		} else if (out.server.v4 == 0x0a000335 && i >= 4) {
			head(asked_id(), 0, 1, 0, "a.b");
			dns_lookup_input(&l, msg, msg_len, &out.server, now);
		}
	}
	assert_int_equal(l.result, -EIO);
	assert_string_equal(why("a.b"), "the address of a.b is not to be had: name servers 10.0.0.53 is silent, "
			    "10.0.1.53 is closed: no name server runs there, 10.0.2.53 answers REFUSED (rcode 5), "
			    "10.0.3.53 answers nonsense");
	dns_lookup_why(&l, "a.b", short_text, sizeof(short_text));
	assert_int_equal(strlen(short_text), sizeof(short_text) - 1);

	dns_lookup_start(&l, "a.b", &two, 0);
	for (unsigned i = 0; i < 100 && !l.done; i++) {
		dns_lookup_poll(&l, dns_lookup_deadline(&l), 5 + i, &out);
		if (out.len && out.server.v4 == NS2)
			dns_lookup_fail(&l, i < 3 ? -EHOSTUNREACH : -ETIMEDOUT, dns_lookup_deadline(&l));
	}
	assert_non_null(strstr(why("a.b"), " is silent, "));
	assert_non_null(strstr(why("a.b"), " cannot be reached"));

	dns_lookup_start(&l, "a.b.", &two, 0);
	dns_lookup_poll(&l, 0, 5, &out);
	head(asked_id(), 3, 0, 0, "a.b");
	dns_lookup_input(&l, msg, msg_len, &out.server, 10);
	assert_int_equal(l.result, -ENOENT);
	assert_non_null(strstr(why("a.b."), "there is no host a.b., says name server "));
	struct dns_config none = { .server_count = 0 };
	dns_lookup_start(&l, "a.b", &none, 0);
	assert_string_equal(why("a.b"), "no name server is known to ask for a.b");
	dns_lookup_start(&l, "a..b", &two, 0);
	assert_string_equal(why("a..b"), "a..b is no host's name");
}

/* The last question's type. */
static unsigned asked_type(void)
{
	return out.data[out.len - 3];
}

static void answer_nothing(const char *q, unsigned type, unsigned v6)
{
	head(asked_id(), 0, v6, 0, q);
	msg[msg_len - 3] = (uint8_t)type;
	if (v6) {
		rr(NULL, 28, 30, 16);
		for (unsigned i = 0; i < 8; i++)
			be16(0x2001);
	}
	dns_lookup_input(&l, msg, msg_len, &out.server, 0);
}

static void test_only_ipv6(void **state)
{
	(void)state;
	dns_lookup_start(&l, "a.b.", &two, 0);
	dns_lookup_poll(&l, 0, 5, &out);
	assert_int_equal(asked_type(), 1);
	answer_nothing("a.b", 1, 0);
	assert_false(l.done);
	dns_lookup_poll(&l, 0, 6, &out);
	assert_int_equal(asked_type(), 28);
	answer_nothing("a.b", 28, 1);
	assert_int_equal(l.result, -EAFNOSUPPORT);
	/* neither kind: then with the search list, where it has one of ours */
	dns_lookup_start(&l, "a.b", &two, 0);
	dns_lookup_poll(&l, 0, 5, &out);
	answer_nothing("a.b", 1, 0);
	dns_lookup_poll(&l, 0, 6, &out);
	answer_nothing("a.b", 28, 0);
	dns_lookup_poll(&l, 0, 7, &out);
	assert_int_equal(asked_type(), 1);
	answer_a("a.b.lab.example", 8, 0);
	assert_int_equal(l.result, 1);
	/* nobody answers the second question: no matter */
	dns_lookup_start(&l, "a.b.", &two, 0);
	dns_lookup_poll(&l, 0, 5, &out);
	answer_nothing("a.b", 1, 0);
	for (unsigned i = 0; i < 10 && !l.done; i++)
		dns_lookup_poll(&l, dns_lookup_deadline(&l), i, &out);
	assert_int_equal(l.result, -ENOENT);
}

static void test_refused_at_once(void **state)
{
	struct dns_config none = { .server_count = 0 };
	char big[300];

	(void)state;
	assert_int_equal(dns_lookup_start(&l, "a b", &two, 0), -EINVAL);
	assert_int_equal(dns_lookup_start(&l, "a.b", &none, 0), -ENETUNREACH);
	memset(big, 'a', sizeof(big));
	for (unsigned i = 10; i < sizeof(big); i += 11)
		big[i] = '.';
	big[299] = 0;
	assert_int_equal(dns_lookup_start(&l, big, &two, 0), -EINVAL);
	/* 250 bytes are a name, but no search suffix fits behind them */
	big[250] = 0;
	assert_int_equal(dns_lookup_start(&l, big, &two, 0), 0);
	dns_lookup_poll(&l, 0, 5, &out);
	answer_no(big, 0);
	assert_int_equal(l.result, -ENOENT);
}

static void test_cache(void **state)
{
	static struct dns_cache cache;
	struct net_addr addrs[4];
	char n[16];

	(void)state;
	dns_lookup_start(&l, "a.b", &two, 0);
	dns_lookup_poll(&l, 0, 5, &out);
	answer_a("a.b", 77, 0);		/* TTL 30 s */
	dns_cache_put(&cache, "a.b", &l, 0);
	assert_int_equal(dns_cache_get(&cache, "a.b", addrs, 4, 29 * S), 1);
	assert_int_equal(addrs[0].v4, 77);
	assert_int_equal(dns_cache_get(&cache, "a.c", addrs, 4, 0), 0);
	assert_int_equal(dns_cache_get(&cache, "a.b", addrs, 4, 30 * S), 0);
	assert_int_equal(dns_cache_get(&cache, "a.b", addrs, 4, 0), 0);
	for (unsigned i = 0; i < 3 * DNS_CACHE_LEN; i++) {	/* the latest stay */
		snprintf(n, sizeof(n), "n%u", i);
		dns_cache_put(&cache, n, &l, i * S);
		assert_int_equal(dns_cache_get(&cache, n, addrs, 4, i * S), 1);
	}
	assert_int_equal(dns_cache_get(&cache, "n0", addrs, 4, 0), 0);
	l.ttl_s = 1;				/* five seconds at least */
	dns_cache_put(&cache, "short", &l, 100 * S);
	assert_int_equal(dns_cache_get(&cache, "short", addrs, 4, 105 * S - 1), 1);
	assert_int_equal(dns_cache_get(&cache, "short", addrs, 4, 105 * S), 0);
	l.ttl_s = 5;
	dns_cache_put(&cache, "short", &l, 200 * S);
	assert_int_equal(dns_cache_get(&cache, "short", addrs, 4, 205 * S), 0);
	l.ttl_s = 100000;			/* an hour at most */
	dns_cache_put(&cache, "long", &l, 200 * S);
	assert_int_equal(dns_cache_get(&cache, "long", addrs, 4, 3800 * S - 1), 1);
	assert_int_equal(dns_cache_get(&cache, "long", addrs, 4, 3800 * S), 0);
	dns_cache_put(&cache, "again", &l, 0);	/* a later answer takes an earlier one's place */
	l.addrs[0] = net_addr_v4(78);
	dns_cache_put(&cache, "again", &l, 0);
	assert_int_equal(dns_cache_get(&cache, "again", addrs, 4, 0), 1);
	assert_int_equal(addrs[0].v4, 78);
	memset(&cache, 0, sizeof(cache));
	for (unsigned i = 0; i < DNS_CACHE_LEN; i++) {
		snprintf(n, sizeof(n), "n%u", i);
		dns_cache_put(&cache, n, &l, (i == 2 ? 0 : 1 + i) * S);
	}
	dns_cache_put(&cache, "n1", &l, 500 * S);
	for (unsigned i = 0; i < DNS_CACHE_LEN; i++) {	/* a name that is there pushes none out */
		snprintf(n, sizeof(n), "n%u", i);
		assert_int_equal(dns_cache_get(&cache, n, addrs, 4, 600 * S), 1);
	}
	dns_cache_put(&cache, "new", &l, 500 * S);	/* the one that ends first goes */
	assert_int_equal(dns_cache_get(&cache, "n2", addrs, 4, 600 * S), 0);
	assert_int_equal(dns_cache_get(&cache, "n0", addrs, 4, 600 * S), 1);
	assert_int_equal(dns_cache_get(&cache, "new", addrs, 4, 600 * S), 1);
	l.result = 3;				/* no more are given than there is room for */
	l.addrs[1] = l.addrs[2] = net_addr_v4(79);
	dns_cache_put(&cache, "three", &l, 500 * S);
	addrs[1] = net_addr_v4(5);
	assert_int_equal(dns_cache_get(&cache, "three", addrs, 1, 500 * S), 1);
	assert_int_equal(addrs[1].v4, 5);
	assert_int_equal(dns_cache_get(&cache, "three", addrs, 4, 500 * S), 3);
	assert_int_equal(addrs[2].v4, 79);
	l.result = 1;
	l.done = false;
	dns_cache_put(&cache, "unfinished", &l, 0);
	assert_int_equal(dns_cache_get(&cache, "unfinished", addrs, 4, 0), 0);
	l.done = true;
	l.result = -EAFNOSUPPORT;		/* it is there, without an address that we could use */
	dns_cache_put(&cache, "six", &l, 0);
	assert_int_equal(dns_cache_get(&cache, "six", addrs, 4, 29 * S), -EAFNOSUPPORT);
	l.result = -ENOENT;
	l.ttl_s = 100000;
	dns_cache_put(&cache, "no", &l, 0);
	assert_int_equal(dns_cache_get(&cache, "no", addrs, 4, 29 * S), -ENOENT);
	assert_int_equal(dns_cache_get(&cache, "no", addrs, 4, 30 * S), 0);
	l.result = -ETIMEDOUT;
	dns_cache_put(&cache, "late", &l, 0);
	assert_int_equal(dns_cache_get(&cache, "late", addrs, 4, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names), cmocka_unit_test(test_query), cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_aliases_in_any_order), cmocka_unit_test(test_many_records),
		cmocka_unit_test(test_names_that_fit),
		cmocka_unit_test(test_letters_of_names), cmocka_unit_test(test_not_for_us),
		cmocka_unit_test(test_negative),
		cmocka_unit_test(test_negative_ttl), cmocka_unit_test(test_compression_loops),
		cmocka_unit_test(test_cut_anywhere),
		cmocka_unit_test(test_truncated_answer), cmocka_unit_test(test_random_answers),
		cmocka_unit_test(test_lookup),
		cmocka_unit_test(test_forged_answer_ignored), cmocka_unit_test(test_failover_and_timeout),
		cmocka_unit_test(test_search_list), cmocka_unit_test(test_alias_asked_for),
		cmocka_unit_test(test_truncated_then_tcp),
		cmocka_unit_test(test_why),
		cmocka_unit_test(test_only_ipv6), cmocka_unit_test(test_refused_at_once),
		cmocka_unit_test(test_cache),
	};
	return cmocka_run_group_tests_name("dns", tests, NULL, NULL);
}
