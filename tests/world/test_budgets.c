/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Servers that never come to an end: whatever they drip or pour, a download
 * ends in bounded time with a sentence that says what was too much; and a line
 * that is only slow is not cut.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/service.h"
#include "kernel/task.h"
#include "net/net.h"
#include "services/dhcp/dhcp_service.h"
#include "services/dns/dns_service.h"
#include "services/fetch/fetch_policy.h"
#include "services/fetch/fetch_service.h"
#include "services/fetch/scheme.h"
#include "services/http/http_source.h"
#include "services/stack/stack.h"
#include "services/tftp/tftp_source.h"
#include "tests/world/check.h"
#include "tests/world/far.h"
#include "tests/world/machine.h"

#define SECOND 1000000ull

static struct service services[] = {
	{ .name = "net", .main = net_main, .stack_len = MACHINE_STACK },
	{ .name = "dhcp", .main = dhcp_main, .stack_len = MACHINE_STACK, .cleanup = dhcp_cleanup },
	{ .name = "dns", .main = dns_main, .stack_len = MACHINE_STACK, .cleanup = dns_cleanup },
	{ .name = "fetch", .main = fetch_main, .stack_len = MACHINE_STACK, .cleanup = fetch_cleanup },
};
#define SERVICES (sizeof(services) / sizeof(services[0]))

static bool over;
static int result;
static struct fetch_status status;
static size_t got;
static uint64_t took_us;

static bool is_over(void)
{
	return over;
}

static void run(void (*task)(void *), const char *arg, uint64_t limit_s)
{
	over = false;
	took_us = clock_us();
	CHECK(task_create("asker", task, (void *)arg, MACHINE_STACK));
	CHECK(machine_run(is_over, limit_s * SECOND));
	took_us = clock_us() - took_us;
}

static void configure(void *arg)
{
	(void)arg;
	result = dhcp_configure(link_get(net_stack(), 0), clock_us() + 30 * SECOND, NULL);
	over = true;
}

static void start(void)
{
	static const struct scheme *const schemes[] = { &http_scheme, &tftp_scheme, NULL };
	scheme_set_table(schemes);
	far_setup();
	for (unsigned i = 0; i < SERVICES; i++)
		CHECK_INT(service_start(&services[i]), 0);
	run(configure, NULL, 60);
	CHECK_INT(result, 0);
}

static void fetch(void *arg)
{
	struct membuf file = { 0 };
	int r = fetch_start(arg);
	CHECK(r > 0);
	result = fetch_wait(r, &status, CLOCK_NEVER);
	if (result == 0) {
		fetch_take(r, &file);
		got = file.len;
		for (size_t i = 0; i < file.len; i++)
			CHECK_INT(file.data[i], far_byte(i));
	}
	fetch_close(r);
	membuf_free(&file);
	over = true;
}

static void look_up(void *arg)
{
	struct net_addr addr;
	result = dns_lookup(arg, &addr, 1, CLOCK_NEVER, NULL, NULL);
	over = true;
}

static void set_limit(enum fetch_limit which, int32_t value)
{
	uint32_t least, most;
	CHECK_INT(fetch_limit_set(which, value, &least, &most), 0);
}

/* ---- what has no end ---- */

static const struct {
	const char *url;
	int err;
	const char *why;
	unsigned within_s;		/* with all tries */
} endless[] = {
	{ "http://files.test/drip-head", -ETIMEDOUT, "has not sent its answer whole within 20 s", 200 },
	{ "http://files.test/drip-interim", -ETIMEDOUT, "has not sent its answer whole within 20 s", 200 },
	{ "http://files.test/drip-body", -ETIMEDOUT, "sends the file at less than 100 bytes/s over 60 s", 500 },
	{ "http://files.test/drip-until-close", -ETIMEDOUT, "sends the file at less than 100 bytes/s over 60 s", 500 },
	{ "http://files.test/drip-size", -ETIMEDOUT, "has not sent a chunk's size whole within 20 s", 250 },
	{ "http://files.test/drip-extension", -ETIMEDOUT, "has not sent a chunk's size whole within 20 s", 250 },
	{ "http://files.test/drip-chunks", -ETIMEDOUT, "sends the file at less than 100 bytes/s over 60 s", 500 },
	{ "http://files.test/drip-trailer", -ETIMEDOUT, "has not sent its trailers whole within 20 s", 250 },
	{ "http://files.test/drip-refusal", -ENOENT, "404 No", 10 },
	{ "http://files.test/pour-head", -EPROTO, "its head is longer than 32 KiB", 20 },
	{ "http://files.test/pour-line", -EPROTO, "its head is longer than 32 KiB", 20 },
	{ "http://files.test/pour-interim", -EPROTO, "its head is longer than 32 KiB", 20 },
	{ "http://files.test/pour-size", -EPROTO, "sends an endless chunk size", 60 },
	{ "http://files.test/pour-extension", -EPROTO, "sends an endless chunk extension", 60 },
	{ "http://files.test/pour-trailer", -EPROTO, "sends endless trailers", 60 },
	{ "http://files.test/pour-refusal", -ENOENT, "404 No", 10 },
	{ "http://files.test/onwards-1", -E2BIG, "redirected more often than fetch.max-redirs allows", 5 },
	{ "tftp://files.test/repeat", -ETIMEDOUT, "sends the file at less than 100 bytes/s over 60 s", 400 },
	{ "tftp://files.test/oacks", -ETIMEDOUT, "has not sent its answer whole within 20 s", 100 },
	{ "tftp://files.test/crumbs", -ETIMEDOUT, "sends the file at less than 100 bytes/s over 60 s", 300 },
	{ "http://drip.test/file", -EIO, "address of drip.test is not to be had: name server 10.0.0.1 is silent", 150 },
};
#define ENDLESS (sizeof(endless) / sizeof(endless[0]))

static void one_endless(void *arg)
{
	unsigned i = *(unsigned *)arg;
	start();
	run(fetch, endless[i].url, 2000);
	CHECK_INT(result, endless[i].err);
	if (!strstr(status.cause.what, endless[i].why)) {
		fprintf(stderr, "%s\n", status.cause.what);
		CHECK(!"it says what was too much");
	}
	CHECK(strstr(status.cause.url, endless[i].url));
	if (took_us > endless[i].within_s * SECOND)
		fprintf(stderr, "%llu s\n", (unsigned long long)(took_us / SECOND));
	CHECK(took_us <= endless[i].within_s * SECOND);
	/* and the next one gets what it wants */
	run(fetch, "http://files.test/file", 60);
	CHECK_INT(result, 0);
	CHECK_INT(got, FAR_FILE_LEN);
}

static bool all_end(const void *arg)
{
	(void)arg;
	for (unsigned i = 0; i < ENDLESS; i++)
		if (!machine_alone(one_endless, &i)) {
			printf("%s\n", endless[i].url);
			return false;
		}
	return true;
}

/* ---- what people set ---- */

static void set_by_people(void *arg)
{
	(void)arg;
	start();
	set_limit(FETCH_SPEED_LIMIT, 0);		/* anything goes, and so does one byte in 9 s */
	set_limit(FETCH_RESPONSE_TIMEOUT, 3);
	run(fetch, "http://files.test/drip-head", 100);
	CHECK(strstr(status.cause.what, "has not sent its answer whole within 3 s (fetch.response-timeout)"));
	set_limit(FETCH_MAX_FILESIZE, FAR_FILE_LEN);
	run(fetch, "http://files.test/file", 60);
	CHECK_INT(result, 0);
	set_limit(FETCH_MAX_FILESIZE, FAR_FILE_LEN - 1);
	run(fetch, "http://files.test/file", 60);
	CHECK_INT(result, -EFBIG);
	CHECK(strstr(status.cause.what, "it is 20000 bytes long, and fetch.max-filesize is 19999"));
	run(fetch, "http://files.test/pour-body", 60);
	CHECK_INT(result, -EFBIG);
	CHECK(strstr(status.cause.what, "it is longer than fetch.max-filesize, 19999 bytes"));
	run(fetch, "http://files.test/chunked", 60);
	CHECK_INT(result, -EFBIG);
	set_limit(FETCH_MAX_FILESIZE, 0);
	set_limit(FETCH_READ_TIMEOUT, 2);
	run(fetch, "http://files.test/stall", 100);
	CHECK_INT(result, -ETIMEDOUT);
	CHECK(strstr(status.cause.what, "fell silent after 12000 of 20000 bytes"));
}

static bool by_people(const void *arg)
{
	(void)arg;
	return machine_alone(set_by_people, NULL);
}

/* ---- TFTP servers with ways of their own ---- */

static void odd_ways(void *arg)
{
	(void)arg;
	far_gateway = 0x0a000001;
	start();
	/* noticed, and asked again without: at once, and the next time from the start */
	run(fetch, "tftp://files.test/singles", 60);
	CHECK_INT(result, 0);
	CHECK_INT(got, FAR_FILE_LEN);
	CHECK_INT(status.tries, 1);
	CHECK(took_us < SECOND);
	run(fetch, "tftp://files.test/singles", 60);
	CHECK_INT(result, 0);
	CHECK_INT(status.tries, 0);
	/* an answer from another address is named, and taken where people say so */
	run(fetch, "tftp://files.test/elsewhere", 60);
	CHECK_INT(result, -ETIMEDOUT);
	CHECK(strstr(status.cause.what, "10.0.0.1:69: no answer, but 10.9.0.1 answers in its place; "
				       "tftp-any-source=1"));
	fetch_any_source_set(true);
	run(fetch, "tftp://files.test/elsewhere", 60);
	CHECK_INT(result, 0);
	CHECK_INT(got, FAR_FILE_LEN);
	CHECK_INT(status.tries, 0);
	CHECK(!strcmp(status.peer, "10.9.0.1:69"));
}

static bool with_ways(const void *arg)
{
	(void)arg;
	return machine_alone(odd_ways, NULL);
}

/* ---- what is only slow ---- */

static void slow_but_honest(void *arg)
{
	(void)arg;
	far_wire_us = 100000;
	far_loss = 250;			/* of each 10000 each way */
	start();
	run(fetch, "http://files.test/steady", 2000);
	CHECK_INT(result, 0);
	CHECK_INT(got, FAR_FILE_LEN);
	CHECK_INT(status.tries, 0);
	run(fetch, "tftp://files.test/file", 2000);
	CHECK_INT(result, 0);
	CHECK_INT(got, FAR_FILE_LEN);
	CHECK_INT(status.tries, 0);
}

static bool slow(const void *arg)
{
	(void)arg;
	return machine_alone(slow_but_honest, NULL);
}

/* ---- what is only long ---- */

/* The longest URL, with the longest user and password, arrives whole; one byte more is refused by name. */
static void longest_url(void *arg)
{
	static char url[URL_TEXT_MAX + 1];
	struct url u;
	(void)arg;
	start();
	memset(url, 'u', URL_TEXT_MAX);
	memcpy(url, "http://", 7);
	url[7 + URL_SECRET_MAX - 1] = ':';
	size_t at = 7 + 2 * URL_SECRET_MAX - 1;
	url[at++] = '@';
	at += (size_t)sprintf(url + at, "files.test/file?");
	url[at] = 'q';
	url[URL_TEXT_MAX - 1] = '\0';
	run(fetch, url, 60);
	CHECK_INT(result, 0);
	CHECK_INT(got, FAR_FILE_LEN);
	CHECK_INT(url_parse(&u, url), 0);
	CHECK_INT(strlen(u.user), URL_SECRET_MAX - 1);
	CHECK_INT(strlen(u.password), URL_SECRET_MAX - 1);
	url[7 + URL_SECRET_MAX - 1] = 'u';		/* a user of more bytes than it may have */
	run(fetch, url, 60);
	CHECK_INT(result, -ENAMETOOLONG);
	CHECK(strstr(status.cause.what, "a URL may have 8191 bytes, its host 255, user and password 1023 each"));
}

static bool longest(const void *arg)
{
	(void)arg;
	return machine_alone(longest_url, NULL);
}

static size_t most_held;

static void note_pages(const char *task, unsigned n, bool back)
{
	(void)n;
	if (!back && !strcmp(task, "fetch") && machine_pages_held > most_held)
		most_held = machine_pages_held;
}

/* A file without a length moves to where there is more room; meanwhile others have their turns. */
static void without_a_length(void *arg)
{
	(void)arg;
	start();
	size_t before = machine_pages_held;
	machine_at_wait = note_pages;
	run(fetch, "http://files.test/open-3000000", 600);
	CHECK_INT(result, 0);
	CHECK_INT(got, 3000000);
	CHECK(most_held - before >= 6u << 20);		/* 2 MiB move to 4 */
}

static bool turns(const void *arg)
{
	(void)arg;
	return machine_alone(without_a_length, NULL);
}

/* ---- a resolver that drips ---- */

static void resolver_drips(void *arg)
{
	(void)arg;
	start();
	run(look_up, "drip.test", 100);
	CHECK(result < 0);
	CHECK(took_us <= 31 * SECOND);
	run(look_up, "big.test", 100);		/* a whole answer by TCP is taken */
	CHECK_INT(result, 1);
}

static bool resolver(const void *arg)
{
	(void)arg;
	return machine_alone(resolver_drips, NULL);
}

int main(int argc, char **argv)
{
	const struct test tests[] = {
		{ "all end", all_end, NULL }, { "set by people", by_people, NULL },
		{ "TFTP servers", with_ways, NULL }, { "slow but honest", slow, NULL },
		{ "longest", longest, NULL }, { "without a length", turns, NULL },
		{ "a resolver that drips", resolver, NULL },
	};
	return run_tests(tests, sizeof(tests) / sizeof(tests[0]), argc > 1 ? argv[1] : NULL);
}
