/* SPDX-License-Identifier: BSD-2-Clause */
/* The command lotest: frames of chance go out by one link and have to come in, whole, by another, one at a time. */
#include "services/interface/lotest_commands.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/err.h"
#include "kernel/random.h"
#include "kernel/task.h"
#include "net/ethernet.h"
#include "net/net.h"
#include "net/raw.h"
#include "services/command/run.h"
#include "services/console/console.h"
#include "services/interface/interface_commands.h"
#include "services/script/settings.h"
#include "services/stack/stack.h"

#define LINK_WAIT_US 15000000u		/* as iflinkwait's */
#define FRAME_WAIT_US 1000000u		/* a cable between two cards takes microseconds, a ROM some milliseconds */
#define SLICE_US 100000u
#define SHOWN_US 200000u

static struct test {
	const struct link *receiver;
	uint8_t sent[NETDEV_MTU_MAX];
	size_t len;
	enum { NOTHING, RIGHT, WRONG } came;
	size_t came_len;
} test;

static void hear(void *ctx, const struct link *l, const void *data, size_t len)
{
	struct test *t = ctx;
	const size_t padded = t->len < ETH_MIN - ETH_HEADER ? ETH_MIN - ETH_HEADER : t->len;
	if (l != t->receiver)
		return;
	t->came_len = len;
	t->came = len >= t->len && len <= padded && !memcmp(data, t->sent, t->len) ? RIGHT : WRONG;
}

static struct link *named(const char *name)
{
	struct link *l = link_find(net_stack(), strcmp(name, "netX") ? name : command_settings()->netx);
	if (!l)
		command_fail(-ENODEV, "lotest: there is no interface %s; ifstat shows those there are", name);
	return l;
}

/* Open, and with a link: 0, or -E, said. */
static int ready(struct link *l)
{
	uint64_t until = clock_us() + LINK_WAIT_US;
	int err = net_open_link(l);
	if (err < 0)
		return command_fail(err, "lotest: %s does not open, for the reason above (%s)", l->name, err_text(err));
	while (!link_up(l)) {
		if (clock_us() >= until)
			return command_fail(-ENETDOWN, "lotest: %s has no link; a cable has to lead from one card to "
					    "the other", l->name);
		if (command_sleep_until(clock_us() + SLICE_US / 2) < 0)
			return command_fail(-EINTR, "lotest: stopped by %s", command_stopper());
	}
	return 0;
}

/* One frame: 0, or -E, said; what is said names the number of those before. */
static int one(struct link *from, const uint8_t to[6], unsigned long before)
{
	for (size_t i = 0; i < test.len; i += 4) {
		uint32_t chance = random_u32();
		memcpy(test.sent + i, &chance, test.len - i < 4 ? test.len - i : 4);
	}
	test.came = NOTHING;
	uint64_t until = clock_us() + FRAME_WAIT_US;
	int err = net_raw_send(net_stack(), from, to, test.sent, test.len);
	if (err < 0)
		return command_fail(err, "lotest: %s cannot send after %lu frames: %s", from->name, before,
				    err_text(err));
	while (test.came == NOTHING) {
		uint64_t now = clock_us();
		if (command_interrupted())
			return command_fail(-EINTR, "lotest: stopped by %s; %lu frames have come", command_stopper(),
					    before);
		if (now >= until)
			return command_fail(-ETIMEDOUT, "lotest: after %lu frames one from %s has not come to %s "
					    "within a second", before, from->name, test.receiver->name);
		net_wait_any(now + SLICE_US < until ? now + SLICE_US : until);
	}
	if (test.came == WRONG)
		return command_fail(-EIO, "lotest: after %lu frames one of %u bytes from %s came to %s as other %u "
				    "bytes", before, (unsigned)test.len, from->name, test.receiver->name,
				    (unsigned)test.came_len);
	return 0;
}

static int run(struct link *from, const uint8_t to[6])
{
	char line[80];
	uint64_t shown_us = 0;
	int err = 0;
	for (unsigned long n = 0; err == 0; n++) {
		if (clock_us() >= shown_us) {
			snprintf(line, sizeof(line), "%s to %s: %lu frames of %u bytes have come; Ctrl-C ends it",
				 from->name, test.receiver->name, n, (unsigned)test.len);
			console_live(line, -1);
			shown_us = clock_us() + SHOWN_US;
		}
		err = one(from, to, n);
		task_yield();
	}
	console_live(NULL, -1);
	return err;
}

static int cmd_lotest(struct call *c)
{
	uint32_t mtu = NETDEV_MTU_MAX;
	struct link *from = named(c->argv[0]), *to = from ? named(c->argv[1]) : NULL;
	if (!from || !to)
		return -ENODEV;
	if (command_number(c->opt[0], "the size", &mtu) < 0)
		return -EINVAL;
	if (!mtu || mtu > link_mtu(from))
		return command_fail(-ERANGE, "lotest: --mtu goes from 1 to %u on %s", link_mtu(from), from->name);
	int err = ready(from);
	if (err == 0)
		err = ready(to);
	if (err < 0)
		return err;
	test = (struct test){ .receiver = to, .len = mtu };
	net_raw_listen(net_stack(), hear, &test);
	err = run(from, c->opt[1] ? eth_broadcast : to->dev->mac);
	net_raw_listen(net_stack(), NULL, NULL);
	return err;
}

const struct command lotest_commands[] = {
	{ .name = "lotest", .options = "m/mtu= b/broadcast", .min = 2, .max = 2, .run = cmd_lotest,
	  .words = interface_words, .usage = "[--mtu n] [--broadcast] SEND RECEIVE",
	  .help = "frames from one card to another by a cable between them, until Ctrl-C or one is lost or wrong" },
	{ 0 },
};
