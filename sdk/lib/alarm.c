/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * alarm(), the one signal that comes by itself: while the program waits in a call, which fails with EINTR then if its
 * handler comes back.  A program that only computes is not interrupted.
 */
#include "alarm.h"

#include <signal.h>
#include <unistd.h>

#include "call.h"

static uint64_t at_ms;		/* of undine_clock.up_us; 0: none is set */

static uint64_t now_ms(void)
{
	struct undine_clock now = { 0 };
	CALL3(UNDINE_CLOCK, &now, 0, 0);
	return now.up_us / 1000;
}

static uint64_t left_ms(void)
{
	uint64_t now = now_ms();
	return at_ms > now ? at_ms - now : 0;
}

unsigned alarm(unsigned s)
{
	uint64_t left = at_ms ? left_ms() : 0;
	at_ms = s ? now_ms() + s * 1000ull : 0;
	return (unsigned)((left + 999) / 1000);
}

int alarm_is_set(void)
{
	return at_ms != 0;
}

int alarm_poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
	uint64_t left = at_ms ? left_ms() : 0;
	if (!at_ms || (timeout_ms >= 0 && (unsigned)timeout_ms < left))
		return CALL3(UNDINE_POLL, fds, count, timeout_ms);
	int n = CALL3(UNDINE_POLL, fds, count, left > INT32_MAX ? INT32_MAX : (int)left);
	if (n || left_ms())
		return n;
	at_ms = 0;
	raise(SIGALRM);
	errno = EINTR;
	return -1;
}

int alarm_wait(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };
	if (!at_ms || CALL3(UNDINE_NONBLOCK, fd, -1, 0) == 1)
		return 0;
	return alarm_poll(&p, 1, -1) < 0 ? -1 : 0;
}
