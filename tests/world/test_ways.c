/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connections of the loader's own sources: what may be kept for another request and what may not, and what is sent to
 * a server that has said all of its own before.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/task.h"
#include "net/net.h"
#include "net/stream.h"
#include "services/fetch/params.h"
#include "services/fetch/scheme.h"
#include "services/fetch/source.h"
#include "services/http/http_pool.h"
#include "services/http/http_source.h"
#include "services/http/https_source.h"
#include "services/stack/stack.h"
#include "services/tls/tls.h"
#include "tests/world/asker.h"
#include "tests/world/check.h"
#include "tests/world/far.h"
#include "tests/world/machine.h"

#define POSTED 65536u

static struct source source;
static struct url proxy;
static unsigned connects;
static bool over;

static bool is_over(void)
{
	return over;
}

static void ignore(struct source *s)
{
	(void)s;
}

/* The first works; of the second there is only the stream below. */
static enum source_end half_connect(struct source *s, struct stream **out)
{
	enum source_end end = source_connect(s, out);
	if (end != SOURCE_OK || ++connects == 1)
		return end;
	return source_fail(s, SOURCE_ENDED, -EACCES, "it is not believed");
}

static void begin(const char *url)
{
	static struct scheme half;
	static const struct scheme *const schemes[] = { &http_scheme, &https_scheme, &half, NULL };
	half = http_scheme;
	half.name = "half";
	half.connect = half_connect;
	scheme_set_table(schemes);
	source = (struct source){ .tell = ignore, .size = SOURCE_SIZE_UNKNOWN };
	CHECK_INT(url_parse(&source.url, url), 0);
	source.scheme = scheme_find(source.url.scheme);
	source.state = calloc(1, source.scheme->state_len);
}

static void end(void)
{
	source.scheme->close(&source);
	free(source.state);
	over = true;
}

static void in_task(void (*fn)(void *))
{
	over = false;
	CHECK(task_create("asker", fn, NULL, MACHINE_STACK));
	CHECK(machine_run(is_over, 200 * SECOND));
}

/* A form, which is sent on a connection of its own each time: it is asked who sends it, and then it fails. */
static void refused_then_broken(void *arg)
{
	static const struct params_request form = { .method = "POST", .headers = "", .body = "a=b", .body_len = 3 };
	char peer[24];
	(void)arg;
	begin("half://op:p%40w@files.test/digest");
	source.form = &form;
	CHECK_INT(source.scheme->open(&source), SOURCE_ENDED);
	CHECK_INT(connects, 2);
	CHECK(!strcmp(source.why, "it is not believed"));
	end();
	struct stream *first = http_pool_take(&source.url, peer, sizeof(peer));
	CHECK(first);			/* that the refusal came by */
	CHECK(!http_pool_take(&source.url, peer, sizeof(peer)));
	stream_close(first);
}

/* The proxy does not know CONNECT. */
static void no_tunnel(void *arg)
{
	struct stream *s = NULL;
	(void)arg;
	begin("https://files.test/file");
	CHECK_INT(url_parse(&proxy, "http://op:p%40w@files.test:3128"), 0);
	source.tunnel = &proxy;
	CHECK_INT(https_connect(&source, &s), SOURCE_ENDED);
	CHECK(strstr(source.why, "400 Absolute form from the proxy 10.0.0.1:3128 for a tunnel to files.test:443"));
	CHECK(!s);
	end();
}

/* A key that others could guess is none: it is waited for chance, but not for ever. */
static void without_chance(void *arg)
{
	uint64_t begun_us = clock_us();
	struct stream *s = NULL;
	(void)arg;
	begin("https://files.test/file");
	machine_has_no_chance = true;
	CHECK_INT(https_connect(&source, &s), SOURCE_ENDED);
	CHECK(strstr(source.why, "this machine has too little chance in it for a secret key, after 10 s"));
	CHECK(!s && clock_us() - begun_us >= 10 * SECOND && clock_us() - begun_us < 11 * SECOND);
	CHECK(!http_pool_take(&source.url, (char[24]){ 0 }, 24));
	end();
}

static uint32_t random32(void)
{
	return (uint32_t)rand();
}

static int64_t now_s(void)
{
	return 1796020087;		/* 30 November 2026 */
}

/* A server that never comes to the end of its handshake, a byte each 3 s. */
static void hands_for_ever(void *arg)
{
	static const struct tls_machine tls = { .random32 = random32, .now_s = now_s };
	uint64_t begun_us = clock_us();
	struct stream *s = NULL;
	(void)arg;
	tls_setup(&tls);
	begin("https://files.test:80/file");
	CHECK_INT(https_connect(&source, &s), SOURCE_BROKEN);
	CHECK(strstr(source.why, "10.0.0.1:80 takes too long over TLS's handshake (8 s, fetch.connect-timeout)"));
	CHECK(!s && clock_us() - begun_us >= 8 * SECOND && clock_us() - begun_us < 9 * SECOND);
	end();
}

static void to_half_closed(void *arg)
{
	static const char what[POSTED];
	static const struct source_post post = { .type = "application/json", .data = what, .len = POSTED };
	(void)arg;
	begin("http://files.test/early");
	source.post = &post;
	enum source_end how = source.scheme->open(&source);
	if (how != SOURCE_OK)
		fprintf(stderr, "it says: %s\n", source.why);
	CHECK_INT(how, SOURCE_OK);
	task_sleep_ms(1000);		/* the answer was there before the last of it */
	CHECK_INT(far_early, POSTED);
	end();
}

static void play(void *fn)
{
	asker_start();
	in_task(*(task_fn **)fn);
	asker_leaves_nothing();
}

static bool alone(const void *fn)
{
	return machine_alone(play, (void *)fn);
}

int main(int argc, char **argv)
{
	static task_fn *const all[] = {
		refused_then_broken, no_tunnel, to_half_closed, without_chance, hands_for_ever,
	};
	const struct test tests[] = {
		{ "refused, then broken", alone, &all[0] }, { "no tunnel", alone, &all[1] },
		{ "to who has said all", alone, &all[2] }, { "without chance", alone, &all[3] },
		{ "a handshake without an end", alone, &all[4] },
	};
	return run_tests(tests, sizeof(tests) / sizeof(tests[0]), argc > 1 ? argv[1] : NULL);
}
