/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The telnet server under a flood of log-ins, from the wire up: a crowd of
 * hosts on the loader's network connects, holds on, guesses, never answers the
 * SYN-ACK, or is not there at all, while one person is logged in and types, and
 * another comes from an address of his own.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/service.h"
#include "kernel/task.h"
#include "net/bytes.h"
#include "net/checksum.h"
#include "net/net.h"
#include "services/console/console.h"
#include "services/dhcp/dhcp_service.h"
#include "services/firmware/machine.h"
#include "services/stack/stack.h"
#include "services/telnet/telnet_service.h"
#include "tests/world/check.h"
#include "tests/world/far.h"
#include "tests/world/machine.h"

#define SECOND 1000000ull
#define LOADER 0x0a000064u
#define OPERATOR 0x0a000002u
#define NEWCOMER 0x0a000003u
#define CROWD 0x0a000010u	/* and on, without LOADER */
#define TELNET 23
#define PASSWORD "sesame\r"

static struct service services[] = {
	{ .name = "net", .main = net_main, .stack_len = MACHINE_STACK },
	{ .name = "dhcp", .main = dhcp_main, .stack_len = MACHINE_STACK, .cleanup = dhcp_cleanup },
	{ .name = "telnet", .main = telnet_main, .stack_len = MACHINE_STACK, .cleanup = telnet_cleanup },
};

const struct machine_facts *machine_facts(void)
{
	static const struct machine_facts facts = { .serial = "1" };
	return &facts;
}

/* ---- hosts: all that they need to know of a connection stands in the segment that they answer ---- */

struct flood {
	const char *name;
	unsigned hosts, syns_s;		/* SYNs a second */
	bool answer;			/* else they never answer a SYN-ACK */
	bool invented;			/* nor for their address */
	const char *allow;		/* who may come in; NULL: everybody */
	unsigned within_s;		/* an honest newcomer is in */
};

static const struct flood *flood;
static uint32_t random_state = 7;
static struct person {			/* one who knows the password */
	uint32_t ip, seq, ack;
	uint16_t port;
	bool up;
	unsigned lost;			/* connections that ended against his will */
} operator = { .ip = OPERATOR }, newcomer = { .ip = NEWCOMER };

static uint32_t any(uint32_t below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5;
	return random_state % below;
}

static void segment(uint32_t from, uint16_t port, uint32_t seq, uint32_t ack, uint8_t flags, const char *text)
{
	static const uint8_t card[6] = { 2, 0, 0, 0, 0, 1 };
	uint8_t f[128] = { 0 }, *ip = f + 14, *tcp = f + 34;
	size_t len = strlen(text), all = 20 + len;
	struct net_addr src = net_addr_v4(from), dst = net_addr_v4(LOADER);
	memcpy(f, card, 6);
	far_put_mac(f + 6, from);
	put_be16(f + 12, 0x800);
	ip[0] = 0x45;
	put_be16(ip + 2, (uint16_t)(20 + all));
	ip[8] = 64;
	ip[9] = 6;
	put_be32(ip + 12, from);
	put_be32(ip + 16, LOADER);
	csum_put(ip + 10, csum_finish(csum_add(0, ip, 20)));
	put_be16(tcp, port);
	put_be16(tcp + 2, TELNET);
	put_be32(tcp + 4, seq);
	put_be32(tcp + 8, ack);
	tcp[12] = 0x50;
	tcp[13] = flags;
	put_be16(tcp + 14, 8000);
	memcpy(tcp + 20, text, len);
	csum_put(tcp + 16, csum_finish(csum_add(csum_pseudo(&src, &dst, 6, all), tcp, all)));
	far_put(f, 34 + all < 60 ? 60 : 34 + all);
}

static bool is_there(uint32_t ip)
{
	bool crowd = ip >= CROWD && ip < CROWD + flood->hosts && ip != LOADER && !flood->invented;
	return ip == OPERATOR || ip == NEWCOMER || crowd;
}

static void hears(const uint8_t *f, size_t len)
{
	const uint8_t *ip = f + 14, *tcp = f + 34;
	far_answer_arp(f, len, is_there);
	if (get_be16(f + 12) != 0x800 || ip[9] != 6 || len < 54 || !is_there(get_be32(ip + 16)))
		return;
	uint32_t who = get_be32(ip + 16), seq = get_be32(tcp + 8), ack = get_be32(tcp + 4);
	uint16_t port = get_be16(tcp + 2);
	size_t head = (size_t)(tcp[12] >> 4) * 4, data = get_be16(ip + 2) - 20u - head;
	struct person *p = who == OPERATOR ? &operator : who == NEWCOMER ? &newcomer : NULL;
	bool asked = data >= 10 && !memcmp(tcp + head + data - 10, "Password: ", 10);
	uint8_t flags = tcp[13];
	ack += (uint32_t)data + !!(flags & TCP_SYN) + !!(flags & TCP_FIN);
	if (p) {
		p->seq = seq;
		p->ack = ack;
		p->up = !(flags & (TCP_RST | TCP_FIN));
		p->lost += !p->up;
	} else if (!flood->answer || flags & TCP_RST) {
		return;
	}
	if (flags & TCP_RST)
		return;
	if (flags & TCP_FIN)
		segment(who, port, seq, ack, TCP_ACK | TCP_FIN, "");
	else if (asked && (p || who & 1))
		segment(who, port, seq, ack, TCP_ACK, p ? PASSWORD : "guess\r");
	else if (data || flags & TCP_SYN)
		segment(who, port, seq, ack, TCP_ACK, "");
}

static void connect(struct person *p)
{
	p->port = (uint16_t)(1024 + any(60000));
	segment(p->ip, p->port, any(UINT32_MAX), 0, TCP_SYN, "");
}

/* ---- the story ---- */

static bool over, flooding;

static bool is_over(void)
{
	return over;
}

/* Whether that person's session is among those logged in. */
static bool is_in(const struct person *p)
{
	struct net_addr addr = net_addr_v4(p->ip);
	char ip[NET_ADDR_TEXT], want[40], line[200];
	snprintf(want, sizeof(want), " %s:%u ", net_addr_format(&addr, ip), p->port);
	for (unsigned i = 0; telnetd_who(i, line, sizeof(line)) >= 0; i++)
		if (telnetd_who(i, line, sizeof(line)) && strstr(line, want) && !strstr(line, "logging in"))
			return p->up;
	return false;
}

static void crowd_main(void *arg)
{
	(void)arg;
	for (unsigned due = 0; !over; task_sleep_ms(10))
		for (due += flooding ? flood->syns_s : 0; due >= 100; due -= 100) {
			uint32_t ip = CROWD + any(flood->hosts);
			if (ip != LOADER)
				segment(ip, (uint16_t)(1024 + any(60000)), any(UINT32_MAX), 0, TCP_SYN, "");
		}
}

/* The operator types, and is heard. */
static void type_one(void)
{
	static struct input_focus reader;
	input_focus(console_input(), &reader);
	segment(operator.ip, operator.port, operator.seq, operator.ack, TCP_ACK, "x");
	task_sleep_ms(300);
	CHECK_INT(input_take(console_input(), &reader), 'x');
	input_release(console_input(), &reader);
}

static void story(void *arg)
{
	struct guard_config c;
	unsigned tries = 0, waited_s = 0;
	(void)arg;
	guard_defaults(&c);
	CHECK_INT(guard_set(&c, GUARD_PASSWORD, "sesame", 1), 0);
	if (flood->allow)
		CHECK_INT(guard_set(&c, GUARD_ALLOW, flood->allow, 1), 0);
	CHECK_INT(dhcp_configure(link_get(net_stack(), 0), clock_us() + 30 * SECOND, NULL), 0);
	CHECK_INT(telnetd_start(&c), 0);
	connect(&operator);
	task_sleep_ms(1000);
	CHECK(is_in(&operator));
	flooding = true;
	for (unsigned i = 0; i < 20; i++) {
		task_sleep_ms(700);
		type_one();
	}
	/* as a person does: tries again when it has been turned away, or nothing happens for 3 s */
	for (; !is_in(&newcomer); waited_s++) {
		CHECK(waited_s < flood->within_s);
		if (waited_s % 3 == 0 && !newcomer.up) {
			connect(&newcomer);
			tries++;
		}
		task_sleep_ms(700);
		type_one();
	}
	printf("%s: the newcomer is in after %u s, %u tries\n", flood->name, waited_s, tries);
	CHECK(is_in(&operator));
	CHECK_INT(operator.lost, 0);
	over = true;
}

static void one_flood(void *arg)
{
	flood = arg;
	console_init(NULL);
	far_setup();
	far_crowd = hears;
	for (unsigned i = 0; i < sizeof(services) / sizeof(services[0]); i++)
		CHECK_INT(service_start(&services[i]), 0);
	CHECK(task_create("crowd", crowd_main, NULL, MACHINE_STACK));
	CHECK(task_create("story", story, NULL, MACHINE_STACK));
	CHECK(machine_run(is_over, 400 * SECOND));
}

static bool run(const void *arg)
{
	return machine_alone(one_flood, (void *)(uintptr_t)arg);
}

static const struct flood floods[] = {
	{ .name = "one address", .hosts = 1, .syns_s = 100, .answer = true, .within_s = 180 },
	{ .name = "20 addresses", .hosts = 20, .syns_s = 100, .answer = true, .within_s = 180 },
	{ .name = "200 addresses", .hosts = 200, .syns_s = 100, .answer = true, .within_s = 180 },
	{ .name = "who may not come in", .hosts = 200, .syns_s = 400, .answer = true, .allow = "10.0.0.2/31",
	  .within_s = 3 },
	{ .name = "nobody is there", .hosts = 200, .syns_s = 4000, .within_s = 5 },
	{ .name = "nobody has these addresses", .hosts = 200, .syns_s = 4000, .invented = true, .within_s = 5 },
};

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{ "one_address", run, &floods[0] }, { "20_addresses", run, &floods[1] },
		{ "200_addresses", run, &floods[2] }, { "who_may_not_come_in", run, &floods[3] },
		{ "nobody_is_there", run, &floods[4] }, { "nobody_has_these_addresses", run, &floods[5] },
	};
	return run_tests(tests, sizeof(tests) / sizeof(tests[0]), argc > 1 ? argv[1] : NULL);
}
