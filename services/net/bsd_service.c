/* SPDX-License-Identifier: BSD-2-Clause */
/* See bsd_service.h. */
#include "services/net/bsd_service.h"

#include "kernel/clock.h"
#include "services/dns/dns_service.h"
#include "services/net/net_service.h"

static uint64_t now_us(void *ctx)
{
	(void)ctx;
	return clock_us();
}

static int wait_for(void *ctx, int s, unsigned events, uint64_t deadline_us)
{
	(void)ctx;
	return s < 0 ? net_wait_any(deadline_us) : net_wait(s, events, deadline_us);
}

static int lookup(void *ctx, const char *name, uint32_t *addrs, unsigned max, uint64_t deadline_us)
{
	(void)ctx;
	return dns_lookup(name, addrs, max, deadline_us);
}

void bsd_service_init(struct bsd *b, uintptr_t owner)
{
	static const struct bsd_ops ops = { .now_us = now_us, .wait = wait_for, .lookup = lookup };
	bsd_init(b, net_stack(), &ops, owner);
}
