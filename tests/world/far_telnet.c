/* SPDX-License-Identifier: BSD-2-Clause */
/* A telnet client on the far side: see far.h. */
#include <errno.h>
#include <string.h>

#include "kernel/clock.h"
#include "net/net.h"
#include "tests/world/far.h"
#include "tests/world/far_parts.h"

#define SECOND		1000000u

static struct net *net;
static uint32_t whom;

static int caller = -1;
static char heard[4096];
static size_t heard_len;
static bool greeted;
static struct {
	const char *password, *keys;	/* NULL: not typed (any more) */
	uint64_t keys_at_us, leaves_at_us;	/* 0: not greeted yet; never */
	uint64_t again_at_us;		/* he was refused */
	bool abruptly;
} calling;

static void dial(void)
{
	struct net_addr to = net_addr_v4(whom);
	heard_len = 0;
	greeted = false;
	calling.again_at_us = 0;
	caller = sock_open(net, SOCK_TCP);
	sock_connect(net, caller, &to, 23);
}

void far_telnet_say(const char *keys)
{
	sock_send(net, caller, keys, strlen(keys));
}

void far_telnet_hang_up(void)
{
	if (caller >= 0)
		sock_abort(net, caller);
	caller = -1;
}

bool far_heard(const char *text)
{
	return memmem(heard, heard_len, text, strlen(text));
}

static void type(const char **text)
{
	if (sock_send(net, caller, *text, strlen(*text)) > 0)
		*text = NULL;
}

static void hang_up(void)
{
	if (caller >= 0 && calling.abruptly)
		sock_abort(net, caller);
	else if (caller >= 0)
		sock_close(net, caller);
	caller = -1;
	calling.again_at_us = 0;
}

static void do_calling(void)
{
	uint64_t now = clock_us();
	if (calling.leaves_at_us && calling.leaves_at_us <= now) {
		calling.leaves_at_us = 0;
		hang_up();
	} else if (caller < 0 && calling.again_at_us && calling.again_at_us <= now) {
		dial();
	}
	if (caller < 0)
		return;
	if (calling.password && memmem(heard, heard_len, "Password: ", 10))
		type(&calling.password);
	if (!calling.keys_at_us && greeted)
		calling.keys_at_us = now + SECOND;
	if (calling.keys && calling.keys_at_us && calling.keys_at_us <= now)
		type(&calling.keys);
}

uint64_t far_telnet_next(void)
{
	uint64_t next = calling.leaves_at_us ? calling.leaves_at_us : NET_NEVER;
	if (calling.again_at_us && calling.again_at_us < next)
		next = calling.again_at_us;
	if (caller >= 0 && calling.keys && calling.keys_at_us && calling.keys_at_us < next)
		next = calling.keys_at_us;
	return next;
}

void far_call_telnet(void)
{
	calling.abruptly = true;
	hang_up();
	memset(&calling, 0, sizeof(calling));
	dial();
}

void far_call_telnet_and_type(const char *password, const char *keys, uint64_t stays_us, bool abruptly)
{
	far_call_telnet();
	calling.password = password;
	calling.keys = keys;
	calling.leaves_at_us = clock_us() + stays_us;
	calling.abruptly = abruptly;
}

bool far_was_greeted(void)
{
	return greeted;
}

void far_telnet_turn(void)
{
	int got = caller < 0 ? -EAGAIN : sock_recv(net, caller, heard + heard_len, sizeof(heard) - heard_len);
	heard_len += got > 0 ? (size_t)got : 0;
	greeted = greeted || memmem(heard, heard_len, "Undine", 6);
	if (heard_len == sizeof(heard))
		heard_len = 0;
	if (got != -EAGAIN && got <= 0) {
		sock_close(net, caller);
		caller = -1;
		calling.again_at_us = calling.leaves_at_us && !greeted ? clock_us() + SECOND : 0;
	}
	do_calling();
}

void far_telnet_setup(struct net *n, uint32_t ip)
{
	net = n;
	whom = ip;
}
