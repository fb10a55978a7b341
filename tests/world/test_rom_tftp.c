/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files by the ROM's own TFTP and UDP: where no link gets a lease and the ROM has one, by setting, and by URL.  A row
 * is what there is, and what comes of it.
 */
#include <errno.h>
#include <string.h>

#include "services/dhcp/dhcp_packet.h"
#include "services/image/image.h"
#include "tests/world/check.h"
#include "tests/world/far.h"
#include "tests/world/kernels.h"
#include "tests/world/machine.h"
#include "tests/world/pc.h"
#include "tests/world/rom.h"
#include "tests/world/trouble.h"

#define SECOND 1000000ull
#define SAID_MAX 3
#define LONG "names-may-be-longer-than-those-that-the-ROM-takes/names-may-be-longer-than-those-that-the-ROM-takes/" \
	     "names-may-be-longer-than-that"
#define BOOTS "#!ipxe\nkernel kernel a=1\nmodule one first word\nmodule two second\nboot\n"
#define BY_URL "#!ipxe\nkernel pxe-tftp://10.0.0.1/kernel a=1\nmodule pxe-tftp://10.0.0.1/one first word\n" \
	       "module pxe-tftp://10.0.0.1/two second\nboot\n"
#define BY_NAME "#!ipxe\nkernel tftp://10.0.0.1/kernel a=1\nmodule tftp://10.0.0.1/one first word\n" \
		"module tftp://10.0.0.1/two second\nboot\n"

static const struct row {
	const char *name;
	const char *autoexec;		/* at the ROM's server */
	const char *script;		/* by HTTP, where our own stack has a lease; NULL: it gets none */
	const char *args;
	bool no_rom, no_tftp, no_size;
	size_t cuts_at;
	int lends;
	bool boots;
	unsigned files;			/* by the ROM; 0: as many as like */
	unsigned block_us;
	const char *never;
	const char *said[SAID_MAX];
} rows[] = {
	{ "no lease, but the ROM has one", BOOTS, .boots = true, .files = 4,
	  .said = { "dhcp: no lease on net0", "tftp: no link has an address, but the ROM has 10.0.0.100",
		    "script: taken from autoexec.ipxe" } },
	{ "and it cannot tell how long files are", BOOTS, .boots = true, .files = 4, .no_size = true },
	{ "and it has UDP only", BOOTS, .boots = true, .files = 4, .no_tftp = true },
	{ "and its script wants what is elsewhere", "#!ipxe\nimgfetch http://10.0.0.1/one\n", .files = 1,
	  .said = { "autoexec.ipxe:2: imgfetch http://10.0.0.1/one: failed" } },
	{ "the ROM has none", BOOTS, .no_rom = true, .said = { "Getting a script has failed: no lease on net0" } },
	{ "and no script", NULL, .said = { "not from autoexec.ipxe: ", "a script has failed: no lease on net0" } },
	{ "forbidden", BOOTS, .args = "tftp-by-rom=0", .never = "its own TFTP",
	  .said = { "Getting a script has failed: no lease on net0" } },
	{ "cut off", BOOTS, .cuts_at = 2000,
	  .said = { "10.0.0.1:69 has ended the file after 1456 of 150001 bytes" } },
	{ "its card is not to be had", BOOTS, .lends = -EBUSY,
	  .said = { "the ROM's own TFTP cannot be used: its card is not open" } },
	{ "by URL", NULL, BY_URL, .boots = true, .files = 3 },
	{ "by setting", NULL, BY_NAME, "tftp-by-rom=1", .boots = true, .files = 3 },
	{ "by nothing", NULL, "#!ipxe\nimgfetch tftp://10.0.0.1/one\n",	/* our own stack's server has it */
	  .said = { "ended without booting" } },
	{ "a name that its TFTP does not take", NULL, "#!ipxe\nimgfetch pxe-tftp://10.0.0.1/" LONG " && echo it came\n",
	  .files = 1, .said = { "it came" } },
	{ "no such file", NULL, "#!ipxe\nimgfetch pxe-tftp://10.0.0.1/none\n",
	  .said = { "10.0.0.1:69: by the ROM's own TFTP: the server has no such file; check the path (status 3bh)" } },
	{ "no such file by UDP", NULL, "#!ipxe\nimgfetch pxe-tftp://10.0.0.1/none\n", .no_tftp = true, .files = 1,
	  .said = { "10.0.0.1:69: by the ROM's own UDP: gone" } },
	{ "nobody there", NULL, "#!ipxe\nimgfetch pxe-tftp://10.0.0.9/none\n",
	  .said = { "by the ROM's own TFTP: no answer; is a TFTP server running there? (status 32h); given up" } },
	{ "two at once", NULL, "#!ipxe\nset fetch-parallel 4\n" "kernel pxe-tftp://10.0.0.1/kernel a=1\n"
	  "module pxe-tftp://10.0.0.1/one first word\nmodule pxe-tftp://10.0.0.1/two second\nboot\n", .boots = true,
	  .files = 3 },
	{ "several, and each takes long", NULL, "#!ipxe\nset fetch-parallel 4\nkernel pxe-tftp://10.0.0.1/kernel a=1\n"
	  "module pxe-tftp://10.0.0.1/one first word\nmodule pxe-tftp://10.0.0.1/two second\nboot\n", .boots = true,
	  .files = 3, .block_us = SECOND / 2, .never = "trying again" },
};

static void keep(uint8_t packet[DHCP_MIN_LEN])
{
	struct dhcp_writer w = { .p = packet, .cap = DHCP_MIN_LEN };
	struct dhcp_header h = { .op = 2, .htype = 1, .hlen = 6, .yiaddr = 0x0a000064, .siaddr = 0x0a000001,
				 .chaddr = { 2, 0, 0, 0, 0, 1 } };
	strcpy((char *)h.file, "undine.0");
	dhcp_write_header(&w, &h);
	dhcp_write_option(&w, DHCP_OPT_TYPE, (const uint8_t[]){ DHCP_ACK }, 1);
	dhcp_write_u32(&w, DHCP_OPT_MASK, 0xffffff00);
	dhcp_write_u32(&w, DHCP_OPT_ROUTERS, 0x0a0000fe);
	dhcp_write_end(&w);
	pc_rom_packet(2, packet, DHCP_MIN_LEN);
}

static void play(const void *row)
{
	static const char *const names[] = { "kernel", "one", "two" };
	static uint8_t ack[DHCP_MIN_LEN];
	const struct row *r = row;
	kernels_serve(0);
	if (!r->no_rom)
		keep(ack);
	for (unsigned i = 0; i < 3; i++)
		rom_serve(names[i], far_find(names[i])->data, far_find(names[i])->len);
	rom_serve(LONG, far_find("one")->data, far_find("one")->len);
	if (r->autoexec)
		rom_serve("autoexec.ipxe", r->autoexec, strlen(r->autoexec));
	if (r->script) {
		far_boot_file = "http://10.0.0.1/boot.ipxe";
		far_serve("/boot.ipxe", r->script, strlen(r->script));
	}
	far_dark = !r->script;
	rom_has_no_tftp = r->no_tftp;
	rom_has_no_size = r->no_size;
	rom_cuts_at = r->cuts_at;
	rom_block_us = r->block_us;
	rom_lends = r->lends;
	pc_start(r->args);
	for (unsigned i = 0; i < SAID_MAX && r->said[i]; i++)
		CHECK(pc_says(r->said[i], 300 * SECOND));
	if (r->boots) {
		CHECK(machine_run(pc_ended, 300 * SECOND));
		CHECK_INT(pc_end, PC_BOOTED);
		kernels_arrived(pc_hand_over());
	} else {
		CHECK(pc_says("This is the prompt", 300 * SECOND));
	}
	CHECK(!r->never || !pc_said(r->never));
	CHECK(!r->files || rom_opened == r->files);
	CHECK_INT(rom_closed, rom_opened);
	CHECK_INT(rom_returned, rom_borrowed);
}

/* ---- what may go wrong on our side ---- */

static bool has_begun(void)
{
	return rom_borrowed;
}

static bool is_served(const char *image, const char *file)
{
	const struct image *img = image_find(image);
	const struct far_file *f = far_find(file);
	return img && img->len == f->len && !memcmp(img->data, f->data, f->len);
}

/* The ROM has its card for as long as a file comes, and no longer; and who is next gets it. */
static void in_trouble(void)
{
	static const char script[] =
		"#!ipxe\nimgfetch --name a pxe-tftp://10.0.0.1/one && echo it came || echo it failed\n"
		"imgfetch --name b pxe-tftp://10.0.0.1/two && echo so it was\nshell\n";
	static uint8_t ack[DHCP_MIN_LEN];
	kernels_serve(0);
	keep(ack);
	rom_serve("one", far_find("one")->data, far_find("one")->len);
	rom_serve("two", far_find("two")->data, far_find("two")->len);
	far_boot_file = "http://10.0.0.1/boot.ipxe";
	far_serve("/boot.ipxe", script, strlen(script));
	pc_start(NULL);
	CHECK(pc_says("\nso it was", 600 * SECOND));
	CHECK(trouble_kind == TROUBLE_SHORT || pc_said("\nit came"));
	CHECK(is_served("a", "one") || (pc_said("\nit failed") && !image_find("a")));
	CHECK(is_served("b", "two"));
	CHECK_INT(rom_closed, rom_opened);
	CHECK_INT(rom_returned, rom_borrowed);
}

int main(int argc, char **argv)
{
	static const struct trouble downloads = { "a file by the ROM", "fetch", has_begun, in_trouble };
	int bad = machine_rows(play, rows, sizeof(rows[0]), sizeof(rows) / sizeof(rows[0]), argc > 1 ? argv[1] : NULL);

	for (unsigned i = 0; argc < 2 && i < 2; i++) {
		rom_has_no_tftp = i;
		bad |= !trouble_tries(&downloads);
	}
	return bad;
}
