/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is kept of a server, and what is not: its small packets and its patience do not go along where it redirects
 * to another; a connection that is only kept is not probed, and one that is waited for is; the proxy of one try is
 * forgotten in the next, which may be of another kind.  Seen in the frames that the loader sends.
 */
#include <string.h>

#include "net/bytes.h"
#include "tests/world/check.h"
#include "tests/world/far.h"
#include "tests/world/machine.h"
#include "tests/world/pc.h"

#define SECOND 1000000ull
#define ETH 14u
#define NEAR 0x0a000001u		/* the host's two addresses are two servers */
#define OTHER 0x0a090001u
#define SAID_MAX 4

enum { FIN = 1, SYN = 2, ACK = 16 };

static struct {
	unsigned syns, mss, probes;
	uint32_t next;			/* the number behind what has been sent */
} seen[2];				/* of connections with NEAR and OTHER */

static unsigned mss_of(const uint8_t *tcp)
{
	for (const uint8_t *o = tcp + 20, *end = tcp + (tcp[12] >> 4) * 4; o + 4 <= end && *o; o += *o == 1 ? 1 : o[1])
		if (*o == 2)
			return get_be16(o + 2);
	return 0;
}

static void watch(const uint8_t *frame, size_t len)
{
	const uint8_t *ip = frame + ETH, *tcp = ip + 20;
	if (len < ETH + 40 || get_be16(frame + 12) != 0x800 || ip[9] != 6 || get_be16(tcp + 2) != 80)
		return;
	unsigned i = get_be32(ip + 16) == OTHER;
	uint32_t seq = get_be32(tcp + 4), data = get_be16(ip + 2) - 20u - (tcp[12] >> 4) * 4u;
	if (tcp[13] & SYN) {
		seen[i].syns++;
		seen[i].mss = mss_of(tcp);
		seen[i].next = seq + 1;
		return;
	}
	/* a probe has the number of what has been acknowledged (RFC 9293, 3.8.4) */
	seen[i].probes += !data && tcp[13] == ACK && seq == seen[i].next - 1;
	if (data)
		seen[i].next = seq + data;
}

static void both_were_asked(void)
{
	CHECK_INT(seen[0].mss, 1220);
	CHECK(pc_said("(try 2), waiting 2 times as long"));
}

static void starts_large(void)
{
	both_were_asked();
	CHECK_INT(seen[1].mss, 1460);
}

/* 20 s, and not 40, for the first answer of the other. */
static void starts_impatient(void)
{
	both_were_asked();
	CHECK(pc_said("10.9.0.1:80 took the request but sends no answer"));
	CHECK(!pc_said("waiting 4 times as long"));
}

static void is_at_rest(void)
{
	CHECK_INT(seen[0].probes, 0);
	CHECK_INT(seen[0].syns, 1);
}

static void was_probed(void)
{
	CHECK(seen[0].probes >= 2 && seen[0].probes <= 4);
	CHECK_INT(seen[0].syns, 1);
}

static char long_way[1800], late_way[1800];

static const struct row {
	const char *name, *script;
	size_t frame_max;
	struct { const char *text; void (*then)(void); } said[SAID_MAX];
} rows[] = {
	{ "small packets stay with who needed them", "imgfetch long && echo well\n", 1300,
	  { { "\nwell", starts_large } } },
	{ "so does patience", "imgfetch late && echo well\n", 1300, { { "\nwell", starts_impatient } } },
	{ "who rests is not probed", "imgfetch -n a file\nsleep 14\necho rested\nimgfetch -n b late-10\necho well\n", 0,
	  { { "\nrested", is_at_rest }, { "\nwell", was_probed } } },
	{ "a proxied server sends elsewhere",
	  "set http-proxy http://op:p%40w@10.0.0.1:3128\nimgfetch -n t tftp && imgstat && echo well\n", 0,
	  { { "  t: 19.5 KiB", NULL }, { "\nwell", NULL } } },
};

static void serve(void)
{
	static const char long_to[] = "http://10.9.0.1/some?", late_to[] = "http://10.9.0.1/late-25?";
	memset(long_way, 'x', sizeof(long_way) - 1);
	memset(late_way, 'x', sizeof(late_way) - 1);
	memcpy(long_way, long_to, strlen(long_to));
	memcpy(late_way, late_to, strlen(late_to));
	far_serve("/some", "some", 4);
	far_serve("/long", "", 0)->location = long_way;
	far_serve("/late", "", 0)->location = late_way;
	far_serve("/tftp", "", 0)->location = "tftp://10.0.0.1/file";
}

static void play(const void *arg)
{
	const struct row *row = arg;
	static char script[300];
	snprintf(script, sizeof(script), "#!ipxe\n%s", row->script);
	serve();
	far_gateway = NEAR;
	far_crowd = watch;
	far_serve("/boot.ipxe", script, strlen(script));
	far_boot_file = "http://10.0.0.1/boot.ipxe";
	pc_start(NULL);
	if (row->frame_max) {
		CHECK(pc_says("taken from DHCP boot file", 20 * SECOND));
		far_frame_max = row->frame_max;
	}
	for (unsigned i = 0; i < SAID_MAX && row->said[i].text; i++) {
		CHECK(pc_says(row->said[i].text, 300 * SECOND));
		if (row->said[i].then)
			row->said[i].then();
	}
}

int main(int argc, char **argv)
{
	return machine_rows(play, rows, sizeof(rows[0]), sizeof(rows) / sizeof(rows[0]), argc > 1 ? argv[1] : NULL);
}
