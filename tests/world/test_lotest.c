/* SPDX-License-Identifier: BSD-2-Clause */
/* lotest on two cards, over a cable that the test is. */
#include <string.h>

#include "kernel/service.h"
#include "kernel/task.h"
#include "net/net.h"
#include "services/stack/stack.h"
#include "tests/world/check.h"
#include "tests/world/far.h"
#include "tests/world/machine.h"
#include "tests/world/pc.h"

#define SECOND 1000000ull
#define SAID_MAX 6

static const struct row {
	const char *name, *script;
	const char *said[SAID_MAX];
	const char *never[2];
	unsigned breaks, drops, cuts;	/* the n-th frame of lotest, counted from 1: 0: none */
	enum { NOTHING, TYPED, CRASHES } ends;	/* by Ctrl-C, or by a fault of the shell */
} rows[] = {
	{ "frames come until Ctrl-C", "lotest net0 net1\necho never again\n",
	  { "lotest: stopped by Ctrl-C; ", "Stopped by Ctrl-C.", "This is the prompt" },
	  .never = { "; 0 frames have come", "never again" }, .ends = TYPED },
	{ "nothing listens after a fault", "lotest net0 net1\n",
	  { "The shell has been started again after a fault" }, .never = { "lotest: " }, .ends = CRASHES },
	{ "one comes as another", "lotest net0 net1 || echo well\n",
	  { "lotest: after 2 frames one of 1500 bytes from net0 came to net1 as other 1500 bytes", "well" },
	  .breaks = 3 },
	{ "one comes short", "lotest --mtu 100 net0 net1 || echo well\n",
	  { "lotest: after 1 frames one of 100 bytes from net0 came to net1 as other 99 bytes", "well" }, .cuts = 2 },
	{ "one does not come", "lotest -m 20 net1 net0 || echo well\n",
	  { "lotest: after 4 frames one from net1 has not come to net0 within a second", "well" }, .drops = 5 },
	{ "by broadcast", "lotest --broadcast --mtu 60 net0 net1 || echo well\n",
	  { "lotest: after 6 frames one from net0 has not come to net1", "well" }, .drops = 7 },
	{ "no such card", "lotest net0 net7 || lotest net9 net0 || echo well\n",
	  { "there is no interface net7", "there is no interface net9", "well" },
	  .never = { "lotest: after" } },
	{ "one byte too many", "lotest --mtu 1501 net0 net1 || echo well\n",
	  { "--mtu goes from 1 to 1500 on net0", "well" }, .never = { "lotest: after" } },
	{ "none at all", "lotest --mtu 0 net0 net1 || echo well\n",
	  { "--mtu goes from 1 to 1500 on net0", "well" }, .never = { "lotest: after" } },
	{ "a size that is no number", "lotest --mtu x net0 net1 || echo well\n",
	  { "the size is to be a number, not \"x\"", "well" }, .never = { "lotest: after" } },
	{ "to where?", "lotest net0 || echo well\n", { "lotest [--mtu n] [--broadcast] SEND RECEIVE", "well" },
	  .never = { "lotest: after" } },
};

static const struct row *now;
static unsigned frames;

/* The cable from card to card. */
static void carry(const uint8_t *frame, size_t len)
{
	uint8_t copy[1514];
	if (len < 14 || frame[12] != 0x88 || frame[13] != 0xb5)
		return;
	if (++frames == now->drops)
		return;
	memcpy(copy, frame, len);
	copy[len - 1] ^= frames == now->breaks;
	far_put(copy, len - (frames == now->cuts));
}

static void play(const void *row)
{
	static char script[600];
	now = row;
	snprintf(script, sizeof(script), "#!ipxe\n%sshell\n", now->script);
	far_serve("/it.ipxe", script, strlen(script));
	far_second = FAR_TWO_CARDS;
	far_crowd = carry;
	pc_start("script=http://10.0.0.1/it.ipxe");
	if (now->ends) {
		CHECK(pc_shows("frames of 1500 bytes have come; Ctrl-C ends it", 30 * SECOND));
		machine_run(pc_ended, 2 * SECOND);
		CHECK(net_stack()->raw.fn);
	}
	if (now->ends == TYPED)
		pc_type("\x03");
	else if (now->ends == CRASHES)
		task_crash(service_find("shell")->task);
	for (unsigned i = 0; i < SAID_MAX && now->said[i]; i++)
		CHECK(pc_says(now->said[i], 60 * SECOND));
	for (unsigned i = 0; i < sizeof(now->never) / sizeof(now->never[0]) && now->never[i]; i++)
		CHECK(!pc_said(now->never[i]));
	CHECK(!net_stack()->raw.fn);
}

int main(int argc, char **argv)
{
	return machine_rows(play, rows, sizeof(rows[0]), sizeof(rows) / sizeof(rows[0]), argc > 1 ? argv[1] : NULL);
}
