/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * alarm() and setitimer(), the one signal that comes by itself: while the program waits in a call.  That fails with
 * EINTR then if its handler comes back, or goes on, by SA_RESTART.  A program that only computes is not interrupted.
 */
#include "alarm.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "call.h"

static uint64_t at_ms, every_ms;	/* of undine_clock.up_us; 0: none is set; it comes once */
static enum signal_effect effect;	/* of the last one */

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

static uint64_t ms_of(const struct timeval *t)
{
	return (uint64_t)t->tv_sec * 1000 + ((uint64_t)t->tv_usec + 999) / 1000;
}

static struct timeval span_of(uint64_t ms)
{
	return (struct timeval){ .tv_sec = (time_t)(ms / 1000), .tv_usec = (suseconds_t)(ms % 1000 * 1000) };
}

int getitimer(int which, struct itimerval *is)
{
	if (which != ITIMER_REAL) {
		errno = EINVAL;
		return -1;
	}
	is->it_value = span_of(!at_ms ? 0 : left_ms() ? left_ms() : 1);
	is->it_interval = span_of(every_ms);
	return 0;
}

int setitimer(int which, const struct itimerval *restrict new, struct itimerval *restrict old)
{
	struct itimerval was;
	if (getitimer(which, &was) < 0)
		return -1;
	uint64_t first = ms_of(&new->it_value);
	at_ms = first ? now_ms() + first : 0;
	every_ms = ms_of(&new->it_interval);
	if (old)
		*old = was;
	return 0;
}

unsigned alarm(unsigned s)
{
	struct itimerval new = { .it_value = { .tv_sec = s } }, old;
	setitimer(ITIMER_REAL, &new, &old);
	return (unsigned)((ms_of(&old.it_value) + 999) / 1000);
}

useconds_t ualarm(useconds_t us, useconds_t every_us)
{
	struct itimerval new = { .it_value = { us / 1000000, us % 1000000 },
				 .it_interval = { every_us / 1000000, every_us % 1000000 } }, old;
	setitimer(ITIMER_REAL, &new, &old);
	return (useconds_t)(ms_of(&old.it_value) * 1000);
}

int alarm_is_set(void)
{
	return at_ms != 0;
}

int alarm_poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
	if (!at_ms)
		return CALL3(UNDINE_POLL, fds, count, timeout_ms);
	uint64_t until = timeout_ms < 0 ? UINT64_MAX : now_ms() + (unsigned)timeout_ms;
	for (;;) {
		uint64_t now = now_ms(), end = at_ms && at_ms < until ? at_ms : until;
		uint64_t left = end > now ? end - now : 0;
		int n = CALL3(UNDINE_POLL, fds, count, end == UINT64_MAX ? -1 : left > INT32_MAX ? INT32_MAX :
			      (int)left);
		if (n)
			return n;
		if (at_ms && !left_ms()) {
			at_ms = every_ms ? at_ms + every_ms : 0;
			effect = signal_send(SIGALRM);
			if (effect != SIGNAL_NONE) {
				errno = EINTR;
				return -1;
			}
		} else if (now_ms() >= until) {
			return 0;
		}
	}
}

/* The socket's own, or -1: none. */
static int timeout_of(int fd, short events)
{
	struct timeval t = { 0 };
	socklen_t len = sizeof t;
	getsockopt(fd, SOL_SOCKET, events & POLLIN ? SO_RCVTIMEO : SO_SNDTIMEO, &t, &len);
	return ms_of(&t) > INT32_MAX || !ms_of(&t) ? -1 : (int)ms_of(&t);
}

int alarm_wait(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };
	int n, ms;
	if (!at_ms || CALL3(UNDINE_NONBLOCK, fd, -1, 0) == 1)
		return 0;
	ms = timeout_of(fd, events);
	do
		n = alarm_poll(&p, 1, ms);
	while (n < 0 && errno == EINTR && effect == SIGNAL_RESTARTS && ms < 0);	/* with a timeout it ends, as Linux's */
	if (!n)
		errno = EAGAIN;
	return n > 0 ? 0 : -1;
}
