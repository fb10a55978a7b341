/* SPDX-License-Identifier: BSD-2-Clause */
/* The command ping. */
#include "services/interface/ping_commands.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/err.h"
#include "kernel/log.h"
#include "kernel/random.h"
#include "net/net.h"
#include "services/command/run.h"
#include "services/dns/dns_commands.h"
#include "services/script/script.h"
#include "services/stack/stack.h"

#define SLICE_US 100000u
#define SCRIPT_COUNT 4		/* pings in a script that names no number: it must end some time */

struct ping {
	struct net_addr dst;
	uint32_t count, size, interval_ms, timeout_ms, ttl;
	uint16_t id;
	bool quiet;
	uint32_t sent, received, errors;
	uint32_t rtt_min, rtt_max;
	uint64_t rtt_sum;
};

static void show_reply(struct ping *p, const struct ping_reply *r)
{
	char ip[NET_ADDR_TEXT];
	net_addr_format(&r->src, ip);
	if (r->error < 0) {
		p->errors++;
		if (!p->quiet)
			log_line("from %s: seq=%u %s", ip, r->seq, err_text(r->error));
		return;
	}
	if (!p->received || r->rtt_us < p->rtt_min)
		p->rtt_min = r->rtt_us;
	if (r->rtt_us > p->rtt_max)
		p->rtt_max = r->rtt_us;
	p->rtt_sum += r->rtt_us;
	p->received++;
	if (!p->quiet)
		log_line("%u bytes from %s: seq=%u ttl=%u time=%lu.%03lu ms", r->len, ip, r->seq, r->ttl,
			 (unsigned long)r->rtt_us / 1000, (unsigned long)r->rtt_us % 1000);
}

/* Reads answers until the deadline or until there is none to wait for any more: 0 or -EINTR. */
static int collect(struct ping *p, uint64_t deadline_us, bool last)
{
	struct ping_reply r;
	for (;;) {
		while (icmp_ping_read(net_stack(), p->id, &r) == 0)
			show_reply(p, &r);
		if (command_interrupted())
			return -EINTR;
		uint64_t now = clock_us();
		if (now >= deadline_us || (last && p->received + p->errors >= p->sent))
			return 0;
		net_wait_any(now + SLICE_US < deadline_us ? now + SLICE_US : deadline_us);
	}
}

static int run_ping(struct ping *p)
{
	int err = 0;
	while (err == 0 && (!p->count || p->sent < p->count)) {
		err = icmp_ping(net_stack(), &p->dst, p->id, (uint16_t)++p->sent, p->size, (uint8_t)p->ttl);
		if (err < 0)
			return command_fail(err, "ping: cannot send: %s", err_text(err));
		bool last = p->sent == p->count;
		err = collect(p, clock_us() + (last ? p->timeout_ms : p->interval_ms) * 1000ull, last);
	}
	/* Ctrl-C is how it ends, and has been heard */
	return err == -EINTR && command_interrupted() ?
	       command_fail(err, "ping: stopped by %s", command_stopper()) : 0;
}

static int cmd_ping(struct call *c)
{
	struct ping p = {
		.count = script_at_prompt(command_script()) ? 0 : SCRIPT_COUNT, .size = 64, .interval_ms = 1000,
		.timeout_ms = 1000, .quiet = c->opt[5] != NULL, .id = (uint16_t)random_u32(),
	};
	char ip[NET_ADDR_TEXT];
	if (command_number(c->opt[0], "the count", &p.count) < 0 ||
	    command_number(c->opt[1], "the size", &p.size) < 0 ||
	    command_number(c->opt[2], "the interval", &p.interval_ms) < 0 ||
	    command_number(c->opt[3], "the timeout", &p.timeout_ms) < 0 ||
	    command_number(c->opt[4], "the TTL", &p.ttl) < 0)
		return -EINVAL;
	if (p.interval_ms < 10)
		p.interval_ms = 10;
	if (p.ttl > 255)
		return command_fail(-ERANGE, "ping: the TTL goes from 1 to 255");
	if (p.size > PING_LEN_MAX)
		return command_fail(-EMSGSIZE, "ping: at most %u bytes", PING_LEN_MAX);
	int err = dns_command_lookup(c->argv[0], &p.dst, 1);
	if (err < 0)
		return err;
	log_line("ping %s (%s), %lu bytes%s", c->argv[0], net_addr_format(&p.dst, ip), (unsigned long)p.size,
		 p.count ? "" : "; Ctrl-C ends it");
	err = run_ping(&p);
	if (p.sent)
		log_line("%lu sent, %lu received, %lu errors, %lu%% lost", (unsigned long)p.sent,
			 (unsigned long)p.received, (unsigned long)p.errors,
			 (unsigned long)((uint64_t)(p.sent - p.received) * 100 / p.sent));
	if (p.received)
		log_line("round trip min %lu, average %lu, max %lu us", (unsigned long)p.rtt_min,
			 (unsigned long)(p.rtt_sum / p.received), (unsigned long)p.rtt_max);
	if (err < 0)
		return err;
	return p.received ? 0 : command_why(-ETIMEDOUT, "%s does not answer", c->argv[0]);
}

const struct command ping_commands[] = {
	{ .name = "ping", .options = "c/count= s/size= i/interval= t/timeout= /ttl= q/quiet",
	  .min = 1, .max = 1, .run = cmd_ping,
	  .usage = "[-c count] [-s bytes] [-i ms] [-t ms] [--ttl n] HOST",
	  .help = "ask a host whether it is there, until Ctrl-C" },
	{ 0 },
};
