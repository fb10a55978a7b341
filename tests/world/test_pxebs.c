/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PXE's boot servers: pxebs, and what is asked on port 4011 by itself where a lease comes without a boot file.  A row
 * is what the servers say, a script, and what the log has then; the boot server writes down how it was asked.
 */
#include <string.h>

#include "services/dhcp/pxebs.h"
#include "tests/world/check.h"
#include "tests/world/far.h"
#include "tests/world/machine.h"
#include "tests/world/pc.h"

#define SECOND 1000000ull
#define SAID_MAX 6
#define WORDS(s) .words = (s), .words_len = sizeof(s) - 1

#define CONTROL(bits) "\6\1" bits
#define GROUP "\7\4\xef\xff\1\2"
#define LIST(type) "\10\7\0" type "\1\12\0\0\1"			/* 10.0.0.1 */
#define LIST_DEAD "\10\7\0\3\1\12\0\0\11"			/* 10.0.0.9, where nobody is */
#define LIST_DEAD_AND_ALIVE "\10\13\0\3\2\12\0\0\11\12\0\0\1"
#define MENU(type, text) "\11\11\0" type "\6" text		/* six letters */

static const struct row {
	const char *name;
	const char *words;		/* option 43, of the DHCP server or, with proxy, of a proxy */
	size_t words_len;
	bool proxy;
	const char *file;		/* that the DHCP server names; NULL: none */
	const char *script;		/* before the echoes of play() */
	const char *said[SAID_MAX];
	const char *ways;		/* u m b: how the boot server was asked, in this order; NULL: as it likes */
	unsigned type;			/* that it knows; PXEBS_NO_ITEM: it answers who names none */
	bool mute, file_less, other_type, renews;	/* it; or it answers so */
} rows[] = {
	{ "by broadcast, where nobody says anything", .file = "/none", .script = "pxebs net0 3\n", .type = 3,
	  .said = { "pxebs: boot server 10.0.0.1 of type 3 on net0 names file.3 on 10.0.0.1",
		    "it: file.3 10.0.0.1 10.0.0.1 00:03:00:00;" }, .ways = "b" },
	{ "whom the list names", WORDS(CONTROL("\3") LIST("\3")), .file = "/none", .script = "pxebs netX 3\n",
	  .type = 3, .said = { "it: file.3" }, .ways = "u" },
	{ "the group before all", WORDS(CONTROL("\0") GROUP), .file = "/none", .script = "pxebs net0 3\n", .type = 3,
	  .said = { "it: file.3" }, .ways = "m" },
	{ "the list's other types do not count", WORDS(CONTROL("\2") GROUP LIST("\4")), .file = "/none",
	  .script = "pxebs net0 3\n", .type = 3, .said = { "it: file.3" }, .ways = "b" },
	{ "a dead one in the list, then all", WORDS(LIST_DEAD), .file = "/none", .script = "pxebs net0 3\n",
	  .type = 3, .said = { "it: file.3" }, .ways = "b" },
	{ "a dead one and one that lives", WORDS(CONTROL("\7") LIST_DEAD_AND_ALIVE), .file = "/none",
	  .script = "pxebs net0 3\n", .type = 3, .said = { "it: file.3" }, .ways = "u" },
	{ "only those of the list may answer", WORDS(CONTROL("\4") LIST_DEAD), .file = "/none",
	  .script = "pxebs net0 3 || echo well\n", .type = 3,
	  .said = { "pxebs: no boot server of type 3 has answered on net0; asked were 10.0.0.9, all by broadcast;",
		    "well" }, .ways = "bb" },
	{ "nobody may be asked", WORDS(CONTROL("\3")), .file = "/none", .script = "pxebs net0 3 || echo well\n",
	  .said = { "pxebs: the DHCP answer on net0 names no boot server of type 3, and lets nobody be asked", "well" },
	  .ways = "", .type = 3 },
	{ "nobody answers", .file = "/none", .script = "pxebs net0 3 || echo well\n", .type = 3, .mute = true,
	  .said = { "no boot server of type 3 has answered on net0; asked were all by broadcast", "well" },
	  .ways = "bbb" },
	{ "another type's answer does not count", .file = "/none", .script = "pxebs net0 3 || echo well\n", .type = 3,
	  .other_type = true, .said = { "no boot server of type 3 has answered", "well" }, .ways = "bbb" },
	{ "a renewal does not count", .file = "/none", .script = "pxebs net0 3 || echo well\n", .type = 3,
	  .renews = true, .said = { "no boot server of type 3 has answered", "well" }, .ways = "bbb" },
	{ "words that make no sense", .file = "/none",
	  .script = "pxebs net7 3 || pxebs net0 65536 || pxebs net0 x || pxebs net0 || echo\n"
		    "vcreate --tag 9 net0\npxebs net0-9 3 || echo well\n",
	  .said = { "pxebs: there is no interface net7", "type goes from 0 to 65535", "net0-9 has no address", "well" },
	  .ways = "" },
	{ "a proxy's list", WORDS(CONTROL("\3") LIST("\3")), .proxy = true, .file = "/none",
	  .script = "pxebs net0 3\n", .type = 3, .said = { "it: file.3" }, .ways = "u" },
	/* without a boot file */
	{ "a proxy names it on port 4011 only", WORDS(CONTROL("\3")), .proxy = true, .type = PXEBS_NO_ITEM,
	  .said = { "dhcp: PXE server 10.0.0.1 has named no boot file on net0; asking it on port 4011",
		    "dhcp: 10.0.0.1 names boot file file.0", "lease: file.0 10.0.0.1 proxy: file.0" }, .ways = "u" },
	{ "so does the DHCP server itself", WORDS(CONTROL("\3")), .type = PXEBS_NO_ITEM,
	  .said = { "lease: file.0 10.0.0.1 proxy: file.0" }, .ways = "u" },
	{ "it does not answer", WORDS(CONTROL("\3")), .type = PXEBS_NO_ITEM, .mute = true,
	  .said = { "dhcp: it has not answered there either", "lease:  10.0.0.1 proxy: ;" }, .ways = "uuu" },
	{ "a file is named: nobody is asked", WORDS(CONTROL("\3") MENU("\3", "Debian")), .file = "/none",
	  .type = PXEBS_NO_ITEM, .said = { "lease: /none 10.0.0.1 proxy: ;" }, .ways = "" },
	{ "a menu, and its server", WORDS(CONTROL("\3") LIST("\3") MENU("\3", "Debian")), .proxy = true, .type = 3,
	  .said = { "dhcp: a PXE menu comes without a boot file: its first entry, Debian (type 3), is taken",
		    "lease: file.3 10.0.0.1 proxy: file.3" }, .ways = "u" },
	{ "a menu that begins with the disk", WORDS(CONTROL("\3") MENU("\0", "Disk\x1b!")), .proxy = true,
	  .type = PXEBS_NO_ITEM, .said = { "the PXE menu's first entry, Disk?!, is to boot from this machine's disk" },
	  .ways = "" },
	{ "a boot server that names none", WORDS(CONTROL("\3") LIST("\3") MENU("\3", "Debian")), .type = 3,
	  .file_less = true, .said = { "dhcp: that boot server names no boot file", "lease:  10.0.0.1" },
	  .ways = "u" },
};

static const struct row *now;
static char ways[16];

static void answers(const uint8_t *asked, size_t len, struct far_answer *a)
{
	(void)asked;
	(void)len;
	a->file = now->file ? now->file : "";
	if (now->proxy) {
		a->proxy_file = "";
		a->proxy_pxe = (const uint8_t *)now->words;
		a->proxy_pxe_len = now->words_len;
	} else if (now->words) {
		a->pxe = (const uint8_t *)now->words;
		a->pxe_len = now->words_len;
	}
}

static size_t boot_server(const uint8_t *asked, size_t len, enum far_pxe_way way, uint8_t out[600])
{
	struct dhcp_writer w = { .p = out, .cap = 600 };
	struct dhcp_header h;
	uint8_t item[4] = { 0, 0 }, type = 0;
	char file[8];
	bool has_item = dhcp_option(asked, len, DHCP_OPT_VENDOR, PXEBS_ITEM, item, 4) == 4;
	dhcp_option(asked, len, DHCP_OPT_TYPE, 0, &type, 1);
	if (dhcp_parse(asked, len, &h) < 0 || h.ciaddr != 0x0a000064 || type != DHCP_REQUEST ||
	    !pxebs_is_pxe(asked, len))
		return 0;
	if (strlen(ways) < sizeof(ways) - 1)
		ways[strlen(ways)] = "umb"[way];
	if (now->mute || (has_item ? (unsigned)(item[0] << 8 | item[1]) : PXEBS_NO_ITEM) != now->type)
		return 0;
	h.op = 2;
	h.siaddr = 0x0a000001;
	snprintf(file, sizeof(file), "file.%u", item[1]);
	if (!now->file_less)
		strcpy((char *)h.file, file);
	item[1] += now->other_type;
	dhcp_write_header(&w, &h);
	dhcp_write_option(&w, DHCP_OPT_TYPE, (const uint8_t[]){ DHCP_ACK }, 1);
	dhcp_write_u32(&w, DHCP_OPT_SERVER_ID, 0x0a000001);
	if (!now->renews)
		dhcp_write_option(&w, DHCP_OPT_CLASS, "PXEClient", 9);
	if (has_item && !now->renews)
		dhcp_write_option(&w, DHCP_OPT_VENDOR, (const uint8_t[]){ 71, 4, item[0], item[1], 0, 0 }, 6);
	dhcp_write_end(&w);
	return w.len;
}

static void play(const void *row)
{
	static char script[600];
	static const char show[] = "echo lease: ${filename} ${next-server} proxy: ${proxydhcp/filename};\n"
		"echo it: ${pxebs/filename} ${pxebs/next-server} ${pxebs/dhcp-server} ${pxebs/43.71:hex};\nshell\n";
	now = row;
	far_answers = answers;
	far_boot_server = boot_server;
	snprintf(script, sizeof(script), "#!ipxe\n%s%s", now->script ? now->script : "", show);
	far_serve("/it.ipxe", script, strlen(script));
	pc_start("script=http://10.0.0.1/it.ipxe");
	for (unsigned i = 0; i < SAID_MAX && now->said[i]; i++)
		CHECK(pc_says(now->said[i], 30 * SECOND));
	if (now->ways && strcmp(ways, now->ways))
		fprintf(stderr, "asked by %s, not %s\n", ways, now->ways);
	CHECK(!now->ways || !strcmp(ways, now->ways));
}

int main(int argc, char **argv)
{
	return machine_rows(play, rows, sizeof(rows[0]), sizeof(rows) / sizeof(rows[0]), argc > 1 ? argv[1] : NULL);
}
