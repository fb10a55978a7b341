/* SPDX-License-Identifier: BSD-2-Clause */
/* Connections kept open: whose they are, which are of no use any more, how many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "net/stream.h"
#include "services/fetch/scheme.h"
#include "services/http/http_pool.h"

struct fake {
	struct stream stream;
	unsigned events, closed;
};

static unsigned fake_events(struct stream *s)
{
	return ((struct fake *)s)->events;
}

static void fake_close(struct stream *s, bool abort)
{
	assert_false(abort);
	((struct fake *)s)->closed++;
}

static const struct stream_ops ops = { .events = fake_events, .close = fake_close };
static struct fake fakes[HTTP_POOL_MAX + 2];
static char peer[24];

static struct url url_of(const char *text)
{
	struct url u;
	assert_int_equal(url_parse(&u, text), 0);
	return u;
}

static void keep(unsigned i, const char *text, uint64_t now_us)
{
	struct url u = url_of(text);
	char at[24];
	fakes[i] = (struct fake){ .stream.ops = &ops, .events = SOCK_OUT };
	snprintf(at, sizeof(at), "10.0.0.%u:80", i);
	http_pool_keep(&fakes[i].stream, &u, at, http_pool_era(), now_us);
}

/* The number of the one that is given, or -1. */
static int take(const char *text)
{
	struct url u = url_of(text);
	struct stream *s = http_pool_take(&u, peer, sizeof(peer));
	return s ? (int)((struct fake *)s - fakes) : -1;
}

static void whose_they_are(void **state)
{
	(void)state;
	assert_int_equal(take("http://a/"), -1);
	keep(0, "http://a/x", 1);
	keep(1, "http://b:81/", 2);
	assert_int_equal(take("http://a:81/"), -1);
	assert_int_equal(take("http://b/"), -1);
	assert_int_equal(take("tftp://a:80/"), -1);		/* the same place, another language */
	assert_int_equal(take("http://me@a/other"), 0);
	assert_string_equal(peer, "10.0.0.0:80");
	assert_int_equal(take("http://a/x"), -1);		/* it is one's own now */
	assert_int_equal(take("http://b:81/"), 1);
	assert_int_equal(fakes[0].closed + fakes[1].closed, 0);
}

static void of_no_use(void **state)
{
	static const unsigned ends[] = { SOCK_OUT | SOCK_IN, SOCK_HUP | SOCK_IN, SOCK_ERR | SOCK_IN };
	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		keep(i, "http://a/", i);
		fakes[i].events = ends[i];
	}
	keep(3, "http://a/", 3);
	assert_int_equal(take("http://a/"), 3);
	assert_int_equal(fakes[0].closed + fakes[1].closed + fakes[2].closed, 3);
	assert_int_equal(fakes[3].closed, 0);
}

static void how_many(void **state)
{
	(void)state;
	for (unsigned i = 0; i < HTTP_POOL_MAX; i++)
		keep(i, "http://a/", i == 2 ? 1 : 10 + i);
	keep(HTTP_POOL_MAX, "http://a/", 20);
	for (unsigned i = 0; i <= HTTP_POOL_MAX; i++)
		assert_int_equal(fakes[i].closed, i == 2);	/* it has idled for longest */
	assert_true(take("http://a/") >= 0);
	keep(HTTP_POOL_MAX + 1, "http://a/", 30);		/* into the free place */
	assert_int_equal(fakes[0].closed + fakes[1].closed + fakes[3].closed, 0);
	http_pool_close();
	assert_int_equal(take("http://a/"), -1);
}

static void what_is_not_kept(void **state)
{
	struct url u = url_of("http://a/");
	unsigned before = http_pool_era();
	(void)state;
	keep(0, "https://a/", 1);		/* no stream of TLS at all */
	assert_int_equal(fakes[0].closed, 1);
	assert_int_equal(take("https://a/"), -1);
	http_pool_close();			/* the way to it may be another now */
	fakes[1] = (struct fake){ .stream.ops = &ops, .events = SOCK_OUT };
	http_pool_keep(&fakes[1].stream, &u, "10.0.0.1:80", before, 1);
	assert_int_equal(fakes[1].closed, 1);
	assert_int_equal(take("http://a/"), -1);
}

int main(void)
{
	static const struct scheme http = { .name = "http", .port = 80 };
	static const struct scheme https = { .name = "https", .port = 443 };
	static const struct scheme tftp = { .name = "tftp", .port = 69 };
	static const struct scheme *const table[] = { &http, &https, &tftp, NULL };
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whose_they_are), cmocka_unit_test(of_no_use), cmocka_unit_test(how_many),
		cmocka_unit_test(what_is_not_kept),
	};
	scheme_set_table(table);
	return cmocka_run_group_tests_name("http_pool", tests, NULL, NULL);
}
