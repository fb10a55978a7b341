/* SPDX-License-Identifier: BSD-2-Clause */
/* The net service: see stack.h. */
#include "services/stack/stack.h"

#include <errno.h>
#include <stdio.h>

#include "kernel/arena.h"
#include "kernel/clock.h"
#include "kernel/log.h"
#include "kernel/random.h"
#include "kernel/task.h"
#include "net/net.h"

#define HOT_US 2000000u		/* after traffic or a new wait the devices are polled at every turn ... */
#define QUIET_US 50000u		/* ... then this often, so that the processor may sleep */
#define LONG_US 10000u		/* a device that took so long has had this turn */

static struct net stack;
static struct netdev *const *devices;	/* main.c's table */
static unsigned device_count;
static bool left;			/* nothing is polled any more */
static struct arena arena;		/* the stack's memory; not a task's, so it survives a restart */
static struct waitq waiting[NET_SOCKS], anything, kick;
static uint64_t hot_until_us;

static uint32_t stack_random(void *ctx)
{
	(void)ctx;
	return random_u32();
}

static void *stack_alloc(void *ctx, size_t len)
{
	(void)ctx;
	return arena_alloc(&arena, len);
}

static void stack_free(void *ctx, void *p, size_t len)
{
	(void)ctx;
	(void)len;
	arena_free(p);
}

static void stack_wake(void *ctx, int sock)
{
	(void)ctx;
	if (sock >= 0)
		waitq_wake(&waiting[sock]);
	waitq_wake(&anything);
}

static void stack_event(void *ctx, const char *text)
{
	(void)ctx;
	log_line("net: %s", text);
}

void net_setup(struct netdev *const *table, unsigned count)
{
	struct net_ops ops = {
		.random32 = stack_random, .alloc = stack_alloc, .free = stack_free, .wake = stack_wake,
		.event = stack_event,
	};
	arena_init(&arena, "net");
	net_init(&stack, &ops);
	devices = table;
	device_count = count;
	for (unsigned i = 0; i < count; i++)
		(void)link_add(&stack, devices[i]);	/* there is room for NET_DEVS */
}

struct net *net_stack(void)
{
	return &stack;
}

int net_open_link(struct link *l)
{
	int err = l->dev->ops->open(l->dev);
	struct link *trunk = link_find(&stack, l->dev->name);
	if (err < 0)
		return err;
	l->open = trunk->open = true;
	return 0;
}

void net_close_link(struct link *l)
{
	l->open = false;
	if (!l->tag)
		l->dev->ops->close(l->dev);
}

static void keep_hot(void)
{
	hot_until_us = clock_us() + HOT_US;
	waitq_wake(&kick);
}

/* What ends a wait.  A peer that has sent its FIN may still read: it does not end one that is for sending only. */
static unsigned ending(unsigned events)
{
	return events | SOCK_ERR | (events == SOCK_OUT ? 0 : SOCK_HUP);
}

int net_wait(int s, unsigned events, uint64_t deadline_us)
{
	keep_hot();
	return s < 0 ? -EBADF : net_wait_on(s, events, deadline_us);
}

int net_wait_on(int s, unsigned events, uint64_t deadline_us)
{
	events = ending(events);
	if (s < 0)
		return waitq_wait(&anything, deadline_us);
	if (s >= NET_SOCKS)
		return -EBADF;
	for (;;) {
		if (task_cancelled())	/* even if there is always something */
			return -ECANCELED;
		unsigned now = sock_events(&stack, s) & events;
		if (now)
			return (int)now;
		int err = waitq_wait(&waiting[s], deadline_us);
		if (err < 0)
			return err;
	}
}

int net_wait_stream(struct stream *s, unsigned events, uint64_t deadline_us)
{
	int fd = stream_sock(s);
	events = ending(events);
	keep_hot();
	if (fd < 0 || fd >= NET_SOCKS)
		return -EBADF;
	for (;;) {
		if (task_cancelled())
			return -ECANCELED;
		unsigned now = stream_events(s) & events;
		if (now)
			return (int)now;
		/* any change below may be one above: a record is whole, a key is agreed upon */
		int err = waitq_wait(&waiting[fd], deadline_us);
		if (err < 0)
			return err;
	}
}

int net_wait_any(uint64_t deadline_us)
{
	keep_hot();
	return net_wait_on(-1, 0, deadline_us);
}

void net_close(void)
{
	left = true;
	for (unsigned i = device_count; i-- > 0;)
		devices[i]->ops->close(devices[i]);
}

int net_leave(enum netdev_leave how)
{
	int err = 0;
	left = true;
	for (unsigned i = device_count; i-- > 0;)
		if (devices[i]->ops->leave && devices[i]->ops->leave(devices[i], how) < 0)
			err = -EBUSY;
	return err;
}

static void deliver(void *ctx, struct netdev *dev, const void *frame, size_t len)
{
	net_input(ctx, dev, frame, len, clock_us());
}

/* True if a frame has come.  Waits: one that is stuck takes its time in its ROM, and two shall not add up. */
static bool poll_devices(void)
{
	unsigned frames = 0;
	for (unsigned i = 0; i < device_count && !left; i++) {
		uint64_t began = clock_us();
		frames += devices[i]->ops->poll(devices[i], deliver, &stack);
		if (clock_us() - began >= LONG_US)
			task_yield();
	}
	return frames > 0;
}

const char *net_no_link(const struct net_addr *to, char out[NET_NO_LINK_MAX])
{
	const struct link *l = to->family ? net_way(&stack, to) : NULL;
	out[0] = '\0';
	if (l && l->open && !l->dev->link_up)
		snprintf(out, NET_NO_LINK_MAX, "; " NET_NO_LINK, l->name);
	return out;
}

void net_main(void *arg)
{
	(void)arg;
	static bool keyed;		/* once, whatever becomes of this task */
	for (;;) {
		if (!keyed && random_ready()) {
			net_rekey(&stack);	/* net_setup() came before the seed */
			keyed = true;
		}
		if (poll_devices()) {
			random_jitter();
			keep_hot();
		}
		uint64_t now = clock_us();
		net_poll(&stack, now);
		if (now < hot_until_us) {
			task_yield();
			continue;
		}
		uint64_t next = net_next_timer(&stack);
		waitq_wait(&kick, next < now + QUIET_US ? next : now + QUIET_US);
	}
}
