/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Leases as they come in the wild: a row is what servers, and the ROM's packets, say, and what the log has then - of
 * answers that are not taken, of proxies that come late, of a lease's life and end, of the ROM's own.
 */
#include <string.h>

#include "kernel/clock.h"
#include "services/dhcp/dhcp_packet.h"
#include "tests/world/check.h"
#include "tests/world/far.h"
#include "tests/world/kernels.h"
#include "tests/world/machine.h"
#include "tests/world/pc.h"

#define SECOND 1000000ull
#define SAID_MAX 4
#define OTHER_IP 0x0a000008u		/* a second server's */
#define BRIEF_S 120			/* a lease that is renewed while somebody looks on */
#define CONTROL "\6\1\3"

enum also { NOTHING, OTHER_OFFER, OTHER_XID, OTHER_ACK, NO_ADDRESS, CUT, GARBAGE, BOOTP, EMPTY, FOR_OTHERS };

static const struct row {
	const char *name, *file;	/* that the server names; NULL: none */
	enum also also;			/* comes before its own answer */
	bool odd_port;			/* and from port 435 */
	const char *also_file;
	const char *proxy_file;		/* "": a PXE server without one; NULL: there is none */
	uint64_t proxy_us;
	bool proxy_pxe;
	const char *rom, *rom_reply;	/* boot files in the ROM's packets 2 and 3; NULL: there is no such packet */
	const char *said[SAID_MAX];
	const char *args;		/* NULL: dhcp=no, and dhcp is typed */
	const char *keys;		/* typed then */
	bool refuses, forgets;		/* the server refuses requests; hears no renewal but those to all */
	unsigned handshakes, renewals, rebinds, released;	/* at the end, where args are set */
	unsigned longest_s, shortest_s;	/* until a lease is there; 0: as it likes */
} rows[] = {
	{ "from port 435", "/none", OTHER_OFFER, true,
	  .said = { "dhcp: an answer of 10.0.0.1 on net0 is not taken: it came from port 435, and servers' is 67",
		    "DHCP answers not taken: 2 from a wrong port" } },
	{ "another server without a boot file", "/none", OTHER_OFFER,
	  .said = { "an answer of 10.0.0.8 on net0 is not taken: it names no boot file, and that of 10.0.0.1 does",
		    "not taken: 1 without a boot file" } },
	{ "another server, which was first", "/none", OTHER_OFFER, .also_file = "/other",
	  .said = { "an answer of 10.0.0.1 on net0 is not taken: that of 10.0.0.8 was there before",
		    "1 later than another offer" } },
	{ "a wrong xid", "/none", OTHER_XID,
	  .said = { "is not taken: it answers another question, by its xid 00000007",
		    "not taken: 2 with a wrong xid" } },
	{ "an ACK of another server's", "/none", OTHER_ACK,
	  .said = { "an answer of 10.0.0.8 on net0 is not taken: the lease is another server's",
		    "of another server" } },
	{ "an address that nobody can have", "/none", NO_ADDRESS,
	  .said = { "is not taken: no machine can have the address 255.255.255.255",
		    "with an impossible address" } },
	{ "options cut off", "/none", CUT,
	  .said = { "is not taken: its options are cut off after 245 bytes", "1 cut off" } },
	{ "garbage", "/none", GARBAGE, .said = { "is not taken: its 100 bytes are no DHCP answer", "2 malformed" } },
	{ "BOOTP beside DHCP", "/none", BOOTP,
	  .said = { "is not taken: it is BOOTP, and another server has answered before", "by BOOTP beside DHCP" } },
	{ "an offer of nothing", "/none", EMPTY,
	  .said = { "is not taken: it has neither an address nor a boot file", "with neither address nor boot file" } },
	{ "for another machine: counted, no line", "/none", FOR_OTHERS, .said = { "not taken: 2 for other machines" } },
	/* a lease's life while the prompt waits, and its end */
	{ "renewed at half of its time", "/none", .args = "retry-timeout=0", .handshakes = 1, .renewals = 1,
	  .said = { "dhcp: ACK on net0, 10.0.0.100 kept for another 120 s" } },
	{ "rebound, when its server hears no more", "/none", .args = "retry-timeout=0", .forgets = true,
	  .handshakes = 1, .renewals = 99, .rebinds = 1,
	  .said = { "REQUEST again on net0 to keep 10.0.0.100, from any server",
		    "dhcp: ACK on net0, 10.0.0.100 kept for another 120 s" } },
	{ "it is refused", "/none", .args = "retry-timeout=0", .refuses = true,
	  .said = { "refused the request on net0; asking for a new address" } },
	{ "kept when the machine is left", "/none", .args = "retry-timeout=0", .keys = "exit 3\n", .handshakes = 1 },
	{ "given back when the machine is left", "/none", .args = "retry-timeout=0 dhcp.release=1",
	  .keys = "exit 3\n", .handshakes = 1, .released = 1, .said = { "dhcp: RELEASE on net0" } },
	{ "given back when a kernel gets the machine", "/none", .args = "retry-timeout=0 dhcp.release=1",
	  .keys = "chain http://10.0.0.1/kernel1\n", .handshakes = 1, .released = 1 },
	{ "not before another NBP", "/none", .args = "retry-timeout=0 dhcp.release=1",
	  .keys = "chain http://10.0.0.1/nbp\n", .handshakes = 1 },
	/* the ROM's own */
	{ "the ROM's lease, and nobody is asked", "/none", .args = "dhcp.cached=1 retry-timeout=0", .rom = "undine.0",
	  .rom_reply = "undine.0",
	  .said = { "dhcp: the ROM's lease is taken on net0, and nobody is asked",
		    "not from DHCP boot file: it is this loader itself", "This is the prompt" } },
	{ "with the proxy's word to it", "/none", .args = "dhcp.cached=1 retry-timeout=0", .rom = "",
	  .rom_reply = "file.9", .said = { "boot file   file.9 (ProxyDHCP)" } },
	{ "the ROM has none", "/none", .args = "dhcp.cached=1 retry-timeout=0", .handshakes = 1,
	  .said = { "dhcp: the ROM has no lease for net0, or none any more: the servers are asked" } },
	{ "given back, it is no more the ROM's", "/none", .args = "dhcp.cached=1 retry-timeout=0", .rom = "undine.0",
	  .keys = "set net0/ip 10.0.0.55\nclear net0/ip\ndhcp\n", .handshakes = 1, .released = 1,
	  .said = { "or none any more: the servers are asked", "lease       3600 s" } },
	/* proxies */
	{ "no proxy: no long wait", NULL, .rom = "undine.0", .rom_reply = "undine.0", .longest_s = 2,
	  .said = { "boot file   none" } },
	{ "a proxy after 4 s, of which the ROM knew", NULL, .proxy_file = "/late", .proxy_us = 4 * SECOND,
	  .rom = "", .rom_reply = "undine.0", .longest_s = 6, .shortest_s = 4,
	  .said = { "the ROM had its boot file from a PXE server, which is waited for",
		    "boot file   /late (ProxyDHCP)" } },
	{ "the same, and the ROM knew nothing", NULL, .proxy_file = "/late", .proxy_us = 4 * SECOND, .rom = "undine.0",
	  .longest_s = 2, .said = { "boot file   none" } },
	{ "the ROM knew, but nobody comes", NULL, .rom = "", .rom_reply = "undine.0", .shortest_s = 6, .longest_s = 8,
	  .said = { "boot file   none" } },
	{ "the server names a file: no wait", "/none", .rom = "", .rom_reply = "undine.0", .longest_s = 1,
	  .said = { "boot file   /none" } },
	{ "late, and its file on port 4011", NULL, .proxy_file = "", .proxy_us = 3 * SECOND, .proxy_pxe = true,
	  .rom = "other", .rom_reply = "undine.0", .longest_s = 5, .shortest_s = 3,
	  .said = { "dhcp: PXE server 10.0.0.1 has named no boot file on net0; asking it on port 4011" } },
	{ "two proxies' files", "/none", .also = EMPTY, .also_file = "/second", .proxy_file = "/first",
	  .said = { "is not taken: another PXE server has answered before", "of a second PXE server" } },
};

static const struct row *now;
static uint8_t also[600];

/* A packet of somebody else's, to whoever has asked: its length. */
static size_t make_also(const uint8_t *asked, size_t len, enum also kind, const char *file)
{
	struct dhcp_writer w = { .p = also, .cap = sizeof(also) };
	struct dhcp_header h;
	uint8_t type = 0;
	dhcp_parse(asked, len, &h);
	dhcp_option(asked, len, DHCP_OPT_TYPE, 0, &type, 1);
	h.op = 2;
	h.yiaddr = kind == EMPTY ? 0 : kind == NO_ADDRESS ? 0xffffffff : 0x0a000064;
	h.siaddr = OTHER_IP;
	h.xid = kind == OTHER_XID ? 7 : h.xid;
	h.chaddr[5] ^= kind == FOR_OTHERS;
	type = type == DHCP_DISCOVER ? DHCP_OFFER : DHCP_ACK;
	if (kind == GARBAGE)
		return 100;
	if (file)
		snprintf((char *)h.file, sizeof(h.file), "%s", file);
	dhcp_write_header(&w, &h);
	if (kind == CUT)
		return 245;
	if (kind != BOOTP) {
		dhcp_write_option(&w, DHCP_OPT_TYPE, &type, 1);
		dhcp_write_u32(&w, DHCP_OPT_SERVER_ID, OTHER_IP);
		dhcp_write_u32(&w, DHCP_OPT_LEASE, 3600);
	}
	dhcp_write_u32(&w, DHCP_OPT_MASK, 0xffffff00);
	dhcp_write_end(&w);
	return w.len;
}

static void answers(const uint8_t *asked, size_t len, struct far_answer *a)
{
	uint8_t type = 0;
	dhcp_option(asked, len, DHCP_OPT_TYPE, 0, &type, 1);
	a->file = now->file ? now->file : "";
	a->proxy_file = now->proxy_file;
	a->proxy_us = now->proxy_us;
	if (now->proxy_pxe) {
		a->proxy_pxe = (const uint8_t *)CONTROL;
		a->proxy_pxe_len = 3;
	}
	bool both = now->odd_port || now->also == OTHER_XID || now->also == GARBAGE || now->also == FOR_OTHERS ||
		    (now->also == OTHER_OFFER && now->also_file);
	if (now->also == NOTHING || (!both && (type == DHCP_DISCOVER) == (now->also == OTHER_ACK)))
		return;
	a->also_len = make_also(asked, len, now->also, now->also_file);
	a->also = also;
	a->also_odd_port = now->odd_port;
}

/* What the ROM kept. */
static void keep(unsigned type, uint8_t packet[DHCP_MIN_LEN], const char *file)
{
	struct dhcp_writer w = { .p = packet, .cap = DHCP_MIN_LEN };
	struct dhcp_header h = { .op = 2, .htype = 1, .hlen = 6, .yiaddr = 0x0a000064, .siaddr = 0x0a000001,
				 .chaddr = { 2, 0, 0, 0, 0, 1 } };
	strcpy((char *)h.file, file);
	dhcp_write_header(&w, &h);
	dhcp_write_option(&w, DHCP_OPT_TYPE, (const uint8_t[]){ DHCP_ACK }, 1);
	dhcp_write_u32(&w, DHCP_OPT_SERVER_ID, 0x0a000001);
	dhcp_write_u32(&w, DHCP_OPT_MASK, 0xffffff00);
	dhcp_write_u32(&w, DHCP_OPT_LEASE, 3600);
	dhcp_write_end(&w);
	pc_rom_packet(type, packet, DHCP_MIN_LEN);
}

/* From a lease by itself to its end, or half an hour and more. */
static void live(void)
{
	CHECK(pc_says("This is the prompt", 60 * SECOND));
	far_dhcp_refuses = now->refuses;
	if (now->keys)
		pc_type(now->keys);
	for (unsigned i = 0; i < SAID_MAX && now->said[i]; i++)
		CHECK(pc_says(now->said[i], 3600 * SECOND));
	if (now->keys && (now->keys[0] == 'e' || now->keys[0] == 'c'))
		CHECK(machine_run(pc_ended, 10 * SECOND));
	if (now->refuses)
		return;
	CHECK_INT(far_handshakes(), now->handshakes);
	CHECK(far_renewals <= now->renewals && !far_renewals == !now->renewals);
	CHECK_INT(far_rebinds, now->rebinds);
	CHECK_INT(far_released, now->released);
}

static void play(const void *row)
{
	static uint8_t two[DHCP_MIN_LEN], three[DHCP_MIN_LEN];
	now = row;
	far_answers = answers;
	if (now->rom)
		keep(2, two, now->rom);
	if (now->rom_reply)
		keep(3, three, now->rom_reply);
	far_dhcp_forgets = now->forgets;
	if (now->renewals)
		far_lease_s = BRIEF_S;
	pc_has_pxe = now->keys && now->keys[0] == 'c';
	kernels_serve(0);
	kernels_serve_others();
	pc_start(now->args ? now->args : "dhcp=no");
	if (now->args) {
		live();
		return;
	}
	CHECK(pc_says("This is the prompt", 60 * SECOND));
	uint64_t begun = clock_us();
	pc_type("dhcp && ifstat\n");
	CHECK(pc_says("dhcp:   lease", 60 * SECOND));
	uint64_t took = clock_us() - begun;
	CHECK(!now->longest_s || took <= now->longest_s * SECOND);
	CHECK(took >= now->shortest_s * SECOND);
	for (unsigned i = 0; i < SAID_MAX && now->said[i]; i++)
		CHECK(pc_says(now->said[i], 60 * SECOND));
}

int main(int argc, char **argv)
{
	return machine_rows(play, rows, sizeof(rows[0]), sizeof(rows) / sizeof(rows[0]), argc > 1 ? argv[1] : NULL);
}
