/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a fuzzed struct net stands on: memory that is counted (`held`, never
 * more than HELD_MAX, which the includer defines), numbers that look random
 * (`rnd`), and nobody who is woken or reads events.
 */
#ifndef TESTS_FUZZ_NET_STUB_H
#define TESTS_FUZZ_NET_STUB_H

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "net/net.h"

static size_t held;
static uint32_t rnd;

static uint32_t op_random(void *ctx)
{
	(void)ctx;
	return rnd = rnd * 1664525u + 1013904223u;
}

static void *op_alloc(void *ctx, size_t len)
{
	(void)ctx;
	held += len;
	assert(held < HELD_MAX);
	return malloc(len);
}

static void op_free(void *ctx, void *p, size_t len)
{
	(void)ctx;
	held -= len;
	free(p);
}

static void op_wake(void *ctx, int sock)
{
	(void)ctx;
	assert(sock >= -1 && sock < NET_SOCKS);
}

static void op_event(void *ctx, const char *text)
{
	(void)ctx;
	assert(strlen(text) < 80);
}

static const struct net_ops net_stub_ops = { op_random, op_alloc, op_free, op_wake, op_event, NULL };

#endif
