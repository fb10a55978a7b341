/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Downloads by the services as they run in the loader: several at once over a
 * wire that loses frames; and HTTP over a stream that is not TCP but stands on
 * it, which must give the same bytes and the same errors.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/service.h"
#include "kernel/task.h"
#include "net/bytes.h"
#include "net/checksum.h"
#include "net/net.h"
#include "services/dhcp/dhcp_service.h"
#include "services/dns/dns_service.h"
#include "services/fetch/fetch_service.h"
#include "services/fetch/source.h"
#include "services/http/http_source.h"
#include "services/stack/stack.h"
#include "services/tftp/tftp_source.h"
#include "tests/unit/relay_stream.h"
#include "tests/world/check.h"
#include "tests/world/far.h"
#include "tests/world/machine.h"

#define SECOND 1000000ull
#define FETCH(n) { .name = n, .serves = "fetch", .main = fetch_main, .stack_len = MACHINE_STACK, \
		   .cleanup = fetch_cleanup }

static struct service services[] = {
	{ .name = "net", .main = net_main, .stack_len = MACHINE_STACK },
	{ .name = "dhcp", .main = dhcp_main, .stack_len = MACHINE_STACK, .cleanup = dhcp_cleanup },
	{ .name = "dns", .main = dns_main, .stack_len = MACHINE_STACK, .cleanup = dns_cleanup },
	FETCH("fetch"), FETCH("fetch2"), FETCH("fetch3"), FETCH("fetch4"),
};
#define SERVICES (sizeof(services) / sizeof(services[0]))

/* The scheme relay: all that http is, in a tunnel. */
static struct scheme relay;

static enum source_end relay_connect(struct source *s, struct stream **out)
{
	struct relay_stream *r;
	enum source_end end = source_connect(s, out);
	if (end != SOURCE_OK)
		return end;
	r = machine_malloc(sizeof(*r));
	memset(r, 0, sizeof(*r));
	*out = relay_init(r, *out, 3, machine_free);
	return SOURCE_OK;
}

static bool configured;

static void configure(void *arg)
{
	(void)arg;
	CHECK_INT(dhcp_configure(link_get(net_stack(), 0), clock_us() + 30 * SECOND, NULL), 0);
	configured = true;
}

static bool is_configured(void)
{
	return configured;
}

static void start(void)
{
	static const struct scheme *const schemes[] = { &http_scheme, &tftp_scheme, &relay, NULL };
	relay = http_scheme;
	relay.name = "relay";
	relay.port = FAR_RELAY_PORT;
	relay.connect = relay_connect;
	scheme_set_table(schemes);
	far_setup();
	for (unsigned i = 0; i < SERVICES; i++)
		CHECK_INT(service_start(&services[i]), 0);
	task_create("asker", configure, NULL, MACHINE_STACK);
	CHECK(machine_run(is_configured, 60 * SECOND));
}

static void expect_nothing_left(void)
{
	struct sock_info s;
	fetch_close_all();
	far_loss = 0;
	for (unsigned i = 0; i < 5; i++) {
		machine_pass(100 * SECOND);
		machine_run(NULL, SECOND);
	}
	CHECK(!sock_info(net_stack(), 0, &s));
	CHECK_INT(machine_blocks_held, 0);
	CHECK_INT(machine_pages_held, SERVICES * (MACHINE_STACK + 4096));
}

/* ---- who asks ---- */

struct asked {
	const char *url;
	size_t len, seed;		/* what is to come, if it ends well */
	bool give_up;			/* when a bit has come */
	bool ended;
	int err;
	bool receiving;
	struct fetch_status status;
	size_t got;
};

static struct asked *asked;
static unsigned asked_count, at_once;	/* the most that were receiving at the same time */

static void note_at_once(void)
{
	unsigned n = 0;
	for (unsigned i = 0; i < asked_count; i++)
		n += asked[i].receiving && !asked[i].ended;
	at_once = n > at_once ? n : at_once;
}

static void ask(void *arg)
{
	struct asked *a = arg;
	struct membuf file = { 0 };
	int r = fetch_start(a->url);
	CHECK(r > 0);
	while ((a->err = fetch_wait(r, &a->status, clock_us() + 20000)) == -EAGAIN) {
		a->receiving = a->status.phase == FETCH_RECEIVING;
		note_at_once();
		if (a->give_up && a->status.got)
			break;
	}
	if (a->err == 0) {
		fetch_take(r, &file);
		a->got = file.len;
		CHECK_INT(file.len, a->len);
		for (size_t i = 0; i < file.len; i++)
			CHECK_INT(file.data[i], far_byte(a->seed + i));
	}
	fetch_close(r);
	membuf_free(&file);
	a->ended = true;
}

static bool all_ended(void)
{
	for (unsigned i = 0; i < asked_count; i++)
		if (!asked[i].ended)
			return false;
	return true;
}

/* Asks for all of them at the same time. */
static void ask_all(struct asked *all, unsigned n)
{
	asked = all;
	asked_count = n;
	at_once = 0;
	for (unsigned i = 0; i < n; i++)
		CHECK(task_create("asker", ask, &all[i], MACHINE_STACK));
	CHECK(machine_run(all_ended, 900 * SECOND));
}

/* ---- several at once ---- */

static void six_at_once(void *arg)
{
	struct asked all[] = {
		{ .url = "http://files.test/300000-1", .len = 300000, .seed = 1 },
		{ .url = "relay://files.test/150000-77", .len = 150000, .seed = 77 },
		{ .url = "http://slow.test/200000-9", .len = 200000, .seed = 9 },
		{ .url = "tftp://files.test/file", .len = FAR_FILE_LEN },
		{ .url = "http://files.test/chunked", .len = FAR_FILE_LEN },
		{ .url = "http://files.test/1000-5", .len = 1000, .seed = 5 },
	};
	far_loss = *(unsigned *)arg;
	start();
	ask_all(all, 6);
	for (unsigned i = 0; i < 6; i++)
		CHECK_INT(all[i].err, 0);
	CHECK(at_once <= 4 && at_once >= (far_loss ? 3 : 4));	/* a lost frame may keep one from being seen */
	expect_nothing_left();
}

static bool all_at_once(const void *arg)
{
	static unsigned losses[] = { 0, 100, 500 };
	(void)arg;
	for (unsigned i = 0; i < sizeof(losses) / sizeof(losses[0]); i++)
		if (!machine_alone(six_at_once, &losses[i]))
			return false;
	return true;
}

/* What becomes of one does not concern the others. */
static void one_given_up(void *arg)
{
	struct asked all[] = {
		{ .url = "http://files.test/200000-1", .len = 200000, .seed = 1 },
		{ .url = "relay://files.test/200000-2", .len = 200000, .seed = 2, .give_up = true },
		{ .url = "http://files.test/200000-3", .len = 200000, .seed = 3, .give_up = true },
		{ .url = "http://files.test/200000-4", .len = 200000, .seed = 4 },
		{ .url = "http://files.test/circle" },
	};
	(void)arg;
	start();
	ask_all(all, 5);
	CHECK_INT(all[0].err, 0);
	CHECK_INT(all[1].err, -EAGAIN);
	CHECK_INT(all[2].err, -EAGAIN);
	CHECK_INT(all[3].err, 0);
	CHECK_INT(all[4].err, -ELOOP);
	expect_nothing_left();
}

static unsigned crash_at;

static void crash_second(const char *task, unsigned n, bool back)
{
	if (!back && n == crash_at && !strcmp(task, "fetch2")) {
		machine_at_wait = NULL;
		task_crash(task_self());
	}
}

static void crash_first(const char *task, unsigned n, bool back)
{
	if (!back && n == crash_at && !strcmp(task, "fetch")) {
		machine_at_wait = NULL;
		task_crash(task_self());
	}
}

static void one_crashes(void *arg)
{
	struct asked all[] = {
		{ .url = "http://files.test/200000-1", .len = 200000, .seed = 1 },
		{ .url = "relay://files.test/200000-2", .len = 200000, .seed = 2 },
		{ .url = "http://files.test/200000-3", .len = 200000, .seed = 3 },
		{ .url = "http://files.test/200000-4", .len = 200000, .seed = 4 },
	}, again[4];
	unsigned lost = 0;
	crash_at = *(unsigned *)arg;
	memcpy(again, all, sizeof(all));
	start();
	machine_at_wait = crash_second;
	ask_all(all, 4);
	CHECK(!machine_at_wait);	/* it has */
	for (unsigned i = 0; i < 4; i++) {
		lost += all[i].err == -ECONNRESET && !all[i].status.cause.err;
		CHECK(all[i].err == 0 || all[i].err == -ECONNRESET);
	}
	CHECK_INT(lost, 1);
	ask_all(again, 4);
	for (unsigned i = 0; i < 4; i++)
		CHECK_INT(again[i].err, 0);
	CHECK_INT(at_once, 4);
	expect_nothing_left();
}

static bool apart(const void *arg)
{
	(void)arg;
	/* its first wait is for a request; then it asks for the address, connects, sends, receives */
	for (unsigned at = 2; at <= 16; at++)
		if (!machine_alone(one_crashes, &at)) {
			printf("fetch2 crashed at wait %u\n", at);
			return false;
		}
	return machine_alone(one_given_up, NULL);
}

/* ---- over another stream ---- */

static const struct {
	const char *path;
	int err;
} pages[] = {
	{ "file", 0 }, { "file", 0 }, { "chunked", 0 }, { "until-close", 0 }, { "moved", 0 }, { "short", 0 },
	{ "nothing", -ENOENT }, { "circle", -ELOOP }, { "garbage", -EPROTO }, { "bad-chunk", -EPROTO },
	{ "busy", -EIO }, { "cut", -EPIPE }, { "reset", -ECONNRESET }, { "silent", -ETIMEDOUT },
	{ "stall", -ETIMEDOUT }, { "file", 0 },
};
#define PAGES (sizeof(pages) / sizeof(pages[0]))

/* Replaces what differs by intention. */
static void neutral(char *text)
{
	static const char *const words[] = { "relay:", ":81", "http:", ":80" };
	for (unsigned i = 0; i < 4; i++)
		for (char *at; (at = strstr(text, words[i])) != NULL;)
			memmove(at, at + strlen(words[i]), strlen(at + strlen(words[i])) + 1);
}

static void same_over_a_relay(void *arg)
{
	(void)arg;
	start();
	for (unsigned i = 0; i < PAGES; i++) {
		char url[2][64];
		struct asked a[2] = { { .url = url[0], .len = FAR_FILE_LEN }, { .url = url[1], .len = FAR_FILE_LEN } };
		for (unsigned k = 0; k < 2; k++) {
			snprintf(url[k], sizeof(url[k]), "%s://files.test/%s", k ? "relay" : "http", pages[i].path);
			ask_all(&a[k], 1);
			neutral(a[k].status.cause.what);
			neutral(a[k].status.cause.url);
		}
		CHECK_INT(a[0].err, pages[i].err);
		CHECK_INT(a[1].err, pages[i].err);
		CHECK(!strcmp(a[0].status.cause.what, a[1].status.cause.what));
		CHECK(!strcmp(a[0].status.cause.url, a[1].status.cause.url));
		CHECK_INT(a[0].status.cause.status, a[1].status.cause.status);
		CHECK_INT(a[0].status.cause.at, a[1].status.cause.at);
		CHECK_INT(a[0].got, a[1].got);
		CHECK_INT(a[0].status.tries, a[1].status.tries);
		CHECK_INT(a[0].status.resumed, a[1].status.resumed);
		CHECK_INT(a[0].err, a[0].status.cause.err);
	}
	expect_nothing_left();
}

static bool over_a_relay(const void *arg)
{
	(void)arg;
	return machine_alone(same_over_a_relay, NULL);
}

/* ---- several addresses ---- */

#define SILENT 0x0a000042u
#define REFUSING 0x0a000043u
#define ETH 14u

static unsigned refused;

static bool is_refusing(uint32_t ip)
{
	return ip == REFUSING;
}

/* REFUSING is a host without a web server: each SYN is answered by a reset. */
static void refuse(const uint8_t *frame, size_t len)
{
	static uint8_t out[ETH + 40];
	const uint8_t *ip = frame + ETH, *tcp = ip + 20;

	far_answer_arp(frame, len, is_refusing);
	if (len < ETH + 40 || get_be16(frame + 12) != 0x800 || ip[9] != 6 || get_be32(ip + 16) != REFUSING ||
	    !(tcp[13] & 2))
		return;
	memset(out, 0, sizeof(out));
	memcpy(out, frame + 6, 6);
	memcpy(out + 6, frame, 6);
	out[12] = 8;
	memcpy(out + ETH, (const uint8_t[]){ 0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6 }, 10);
	memcpy(out + ETH + 12, ip + 16, 4);
	memcpy(out + ETH + 16, ip + 12, 4);
	csum_put(out + ETH + 10, csum_finish(csum_add(0, out + ETH, 20)));
	memcpy(out + ETH + 20, tcp + 2, 2);
	memcpy(out + ETH + 22, tcp, 2);
	put_be32(out + ETH + 28, get_be32(tcp + 4) + 1);
	out[ETH + 32] = 0x50;
	out[ETH + 33] = 0x14;
	uint32_t sum = csum_add(0, out + ETH + 12, 8);
	sum = csum_add(sum, (const uint8_t[]){ 0, 6, 0, 20 }, 4);
	csum_put(out + ETH + 36, csum_finish(csum_add(sum, out + ETH + 20, 20)));
	far_put(out, sizeof(out));
	refused++;
}

/* Who is silent costs a quarter of a second, and who refuses, nothing; and the next time not even that. */
static void by_many(void *arg)
{
	uint32_t first = *(uint32_t *)arg;
	bool silent = first == SILENT;

	start();
	far_crowd = refuse;
	far_files_first = first;
	for (unsigned again = 0; again < 2; again++) {
		struct asked a = { .url = "http://files.test/1000-5", .len = 1000, .seed = 5 };
		uint64_t begun = clock_us(), least = silent && !again ? 250000 : 0;

		fetch_close_all();
		ask_all(&a, 1);
		CHECK_INT(a.err, 0);
		CHECK_INT(a.status.tries, 0);
		CHECK(!strcmp(a.status.peer, "10.0.0.1:80"));
		CHECK(clock_us() - begun >= least);
		CHECK(clock_us() - begun < least + 200000);
	}
	CHECK_INT(refused, !silent);
	expect_nothing_left();
}

/* Nobody is left to be called: each has had its time, and the last that failed is named. */
static void none_answers(void *arg)
{
	struct asked a = { .url = "http://files.test/file" };
	uint64_t begun;

	(void)arg;
	start();
	far_crowd = refuse;
	far_files_first = REFUSING;
	far_files_at = SILENT;
	begun = clock_us();
	ask_all(&a, 1);
	CHECK_INT(a.err, -EHOSTUNREACH);
	CHECK(strstr(a.status.cause.what, "10.0.0.66:80"));
	CHECK(strstr(a.status.cause.what, "given up after 4 tries"));
	CHECK(clock_us() - begun < 45 * SECOND);
	expect_nothing_left();
}

/* While two are being called: neither is left. */
static void crashes_between(void *arg)
{
	struct asked a = { .url = "http://files.test/file", .len = FAR_FILE_LEN }, again = a;

	crash_at = *(unsigned *)arg;
	start();
	far_files_first = SILENT;
	machine_at_wait = crash_first;
	ask_all(&a, 1);
	CHECK_INT(a.err, machine_at_wait ? 0 : -ECONNRESET);
	machine_at_wait = NULL;
	ask_all(&again, 1);
	CHECK_INT(again.err, 0);
	expect_nothing_left();
}

static bool several_addresses(const void *arg)
{
	static uint32_t firsts[] = { SILENT, REFUSING };

	(void)arg;
	for (unsigned i = 0; i < 2; i++)
		if (!machine_alone(by_many, &firsts[i]))
			return false;
	for (unsigned at = 2; at <= 10; at++)
		if (!machine_alone(crashes_between, &at)) {
			printf("fetch crashed at wait %u\n", at);
			return false;
		}
	return machine_alone(none_answers, NULL);
}

int main(int argc, char **argv)
{
	const struct test tests[] = {
		{ "at once", all_at_once, NULL }, { "apart", apart, NULL }, { "over a relay", over_a_relay, NULL },
		{ "addresses", several_addresses, NULL },
	};
	return run_tests(tests, sizeof(tests) / sizeof(tests[0]), argc > 1 ? argv[1] : NULL);
}
