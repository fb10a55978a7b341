/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files by multicast, RFC 2090's and PXE's own: the whole loader, and a server that is one machine of its network, with
 * ways of its own.  A row is such a way, and what the log has then.  Then one allocation fails, or the fetch service
 * crashes at one of its waits, from the first question on: the file comes all the same, or a line says why not; and
 * what is asked for next comes.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "net/bytes.h"
#include "net/checksum.h"
#include "services/image/image.h"
#include "tests/world/check.h"
#include "tests/world/far.h"
#include "tests/world/machine.h"
#include "tests/world/pc.h"
#include "tests/world/trouble.h"

#define SECOND 1000000ull
#define SAID_MAX 2
#define LOADER 0x0a000064u
#define SERVER 0x0a000009u
#define GROUP 0xef4d0102u		/* 239.77.1.2 */
#define LEN 20000u
#define BLOCK 512u
#define BLOCKS (LEN / BLOCK + 1)
#define RFC2090 "tftm://10.0.0.9/file"
#define PXES "mtftp://10.0.0.9:1759/file?group=239.77.1.2&port=1758"

enum port { GROUPS = 1758, OPENS = 1759, BY_OACK = 2000, BY_OPEN, PLAINLY };

enum way {
	WELL, NO_MULTICAST, LOSES, LOSES_THE_LAST, NO_GROUP, NO_SIZE, HUGE_SIZE, ANOTHER_SIZE, LONG_BLOCK,
	UNASKED_OPTION, NO_FILE, DEAF, STOPS, FOR_OTHERS, BY_A_STRANGER,
};

static const struct row {
	const char *name, *url;
	enum way way;
	bool fails;			/* else all of it comes */
	const char *said[SAID_MAX];
} rows[] = {
	{ "whole", RFC2090, WELL, false, { "0 of 40 blocks came by multicast without our asking" } },
	{ "no multicast", RFC2090, NO_MULTICAST, false, { "has no multicast; asking it by tftp:" } },
	{ "a block is lost", RFC2090, LOSES, false, { "blocks came by multicast" } },
	{ "the last is lost", RFC2090, LOSES_THE_LAST, false, { "blocks came by multicast" } },
	{ "a group that is none", RFC2090, NO_GROUP, true, { "a multicast group that is none" } },
	{ "no length", RFC2090, NO_SIZE, false, { "has no multicast; asking it by tftp:" } },
	{ "longer than there are numbers", RFC2090, HUGE_SIZE, true,
	  { "more blocks than multicast TFTP has numbers" } },
	{ "another length", RFC2090, ANOTHER_SIZE, true, { "the file is another than before" } },
	{ "a block that is too long", RFC2090, LONG_BLOCK, true,
	  { "a block is not as long as the file's length says" } },
	{ "what was not asked for", RFC2090, UNASKED_OPTION, true,
	  { "an option acknowledged that was not asked for" } },
	{ "no such file", RFC2090, NO_FILE, true, { "10.0.0.9:69: gone" } },
	{ "no answer", RFC2090, DEAF, true, { "10.0.0.9:69 has not sent its answer whole within 20 s" } },
	{ "silence in its middle", RFC2090, STOPS, true, { "the server fell silent" } },
	{ "others' transfer", RFC2090, FOR_OTHERS, false, { "40 of 40 blocks came by multicast without our asking" } },
	{ "a stranger in the group", RFC2090, BY_A_STRANGER, false, { "blocks came by multicast" } },
	{ "PXE's own", PXES, WELL, false, { "blocks came by multicast" } },
	{ "PXE's, others' transfer", PXES, FOR_OTHERS, false,
	  { "40 of 40 blocks came by multicast without our asking" } },
	{ "PXE's, a block is lost", PXES, LOSES, false, { "blocks came by multicast" } },
	{ "PXE's, nobody sends", PXES, NO_MULTICAST, false,
	  { "nobody sends to the group, and nobody does when asked" } },
	{ "PXE's, no group named", "mtftp://10.0.0.9:1759/file?port=1758", WELL, false,
	  { "no group and port stand behind the URL's ?; asking it by tftp:" } },
	{ "PXE's, no such file", PXES, NO_FILE, true, { "gone" } },
	{ "PXE's, silence in its middle", PXES, STOPS, true, { "the server fell silent" } },
};

/* ---- the server ---- */

static enum way way;
static uint8_t content[LEN];
static unsigned lost, heard;		/* blocks that it has not sent; datagrams that it has got */

static bool is_there(uint32_t ip)
{
	return ip == SERVER;
}

static void put_udp(uint32_t source, uint16_t from, uint32_t to, uint16_t port, const void *data, size_t len)
{
	static const uint8_t card[6] = { 2, 0, 0, 0, 0, 1 };
	uint8_t f[1514] = { 0 }, *ip = f + 14, *udp = f + 34;
	if (to == GROUP) {
		memcpy(f, (const uint8_t[]){ 1, 0, 0x5e }, 3);
		f[3] = GROUP >> 16 & 0x7f;
		put_be16(f + 4, GROUP & 0xffff);
	} else {
		memcpy(f, card, sizeof(card));
	}
	far_put_mac(f + 6, source);
	put_be16(f + 12, 0x800);
	ip[0] = 0x45;
	put_be16(ip + 2, (uint16_t)(28 + len));
	ip[8] = 1;
	ip[9] = 17;
	put_be32(ip + 12, source);
	put_be32(ip + 16, to);
	csum_put(ip + 10, csum_finish(csum_add(0, ip, 20)));
	put_be16(udp, from);
	put_be16(udp + 2, port);
	put_be16(udp + 4, (uint16_t)(8 + len));
	memcpy(udp + 8, data, len);
	far_put(f, 42 + len < 60 ? 60 : 42 + len);
}

/* To the group, or to whom it may concern. */
static void send_block(uint16_t from, unsigned block, uint32_t to, uint16_t port)
{
	uint8_t out[4 + BLOCK + 1] = { 0, 3, (uint8_t)(block >> 8), (uint8_t)block };
	size_t at = (block - 1) * BLOCK, len = at > LEN ? 0 : LEN - at < BLOCK ? LEN - at : BLOCK;
	if (block > BLOCKS || (way == STOPS && block > 7))
		return;
	if (!lost && ((way == LOSES && block == 5) || (way == LOSES_THE_LAST && block == BLOCKS))) {
		lost++;
		return;
	}
	memcpy(out + 4, content + at, len);
	if (way == BY_A_STRANGER)
		put_udp(SERVER + 1, from, to, port, (uint8_t[4 + BLOCK]){ 0, 3, out[2], out[3], 'x' }, 4 + len);
	put_udp(SERVER, from, to, port, out, 4 + len + (way == LONG_BLOCK && block == 3));
}

static void send_all(uint16_t from)
{
	for (unsigned block = 1; block <= BLOCKS; block++)
		send_block(from, block, GROUP, GROUPS);
}

/* Its options, with each end as a NUL; the last is the literal's own. */
static void agree(uint16_t port)
{
	static const struct { enum way way; const char *text; size_t len; } other[] = {
#define TEXT(s) s, sizeof(s)
		{ NO_GROUP, TEXT("\0\6multicast\0" "10.0.0.7,1758,1\0tsize\0" "20000\0blksize\0" "512") },
		{ NO_SIZE, TEXT("\0\6multicast\0" "239.77.1.2,1758,1\0blksize\0" "512") },
		{ HUGE_SIZE, TEXT("\0\6multicast\0" "239.77.1.2,1758,1\0tsize\0" "4294967295\0blksize\0" "512") },
		{ UNASKED_OPTION, TEXT("\0\6windowsize\0" "4") },
		{ FOR_OTHERS, TEXT("\0\6multicast\0" "239.77.1.2,1758,0\0tsize\0" "20000\0blksize\0" "512") },
		{ WELL, TEXT("\0\6multicast\0" "239.77.1.2,1758,1\0tsize\0" "20000\0blksize\0" "512") },
	};
	unsigned i = 0;
	while (other[i].way != way && other[i].way != WELL)
		i++;
	put_udp(SERVER, BY_OACK, LOADER, port, other[i].text, other[i].len);
	if (way == ANOTHER_SIZE) {
		static const char again[] = "\0\6multicast\0,,1\0tsize\0" "19999";
		put_udp(SERVER, BY_OACK, LOADER, port, again, sizeof(again));
	}
}

static bool has(const uint8_t *in, size_t len, const char *option)
{
	return memmem(in, len, option, strlen(option) + 1) != NULL;
}

static void asked(const uint8_t *in, size_t len, uint16_t from, uint16_t port)
{
	static const char no_file[] = "\0\5\0\1gone", size[] = "\0\6tsize\0" "20000";
	if (way == NO_FILE) {
		put_udp(SERVER, PLAINLY, LOADER, from, no_file, sizeof(no_file));
	} else if (port == OPENS) {
		if (way != NO_MULTICAST)
			send_block(BY_OPEN, 1, LOADER, from);
	} else if (has(in, len, "multicast") && way != NO_MULTICAST) {
		agree(from);
	} else if (has(in, len, "tsize") && !has(in, len, "multicast")) {
		put_udp(SERVER, PLAINLY, LOADER, from, size, sizeof(size));
	} else {
		send_block(PLAINLY, 1, LOADER, from);
	}
}

static void hears_udp(const uint8_t *udp, size_t len)
{
	uint16_t from = get_be16(udp), port = get_be16(udp + 2);
	const uint8_t *in = udp + 8;
	heard++;
	if (way == DEAF || len < 12)
		return;
	unsigned number = get_be16(in + 2) + 1u;
	if (in[1] == 1)
		asked(in, len - 8, from, port);
	else if (in[1] == 4 && port == PLAINLY)
		send_block(PLAINLY, number, LOADER, from);
	else if (in[1] == 4 && way != FOR_OTHERS)
		send_block(port, number, GROUP, GROUPS);
}

static void hears(const uint8_t *f, size_t len)
{
	const uint8_t *ip = f + 14;
	far_answer_arp(f, len, is_there);
	if (get_be16(f + 12) != 0x800)
		return;
	if (ip[9] == 2 && way == FOR_OTHERS)	/* it is in the group now */
		send_all(BY_OACK);
	if (ip[9] == 17 && get_be32(ip + 16) == SERVER)
		hears_udp(ip + 20, get_be16(ip + 2) - 20u);
}

/* ---- the loader ---- */

static const char *url;

static void begin(void)
{
	static char script[400];
	for (unsigned i = 0; i < LEN; i++)
		content[i] = (uint8_t)(i * 13 + i / 509);
	snprintf(script, sizeof(script), "#!ipxe\nimgfetch --name a %s && echo it came || echo it failed\n"
		 "imgfetch --name b http://files.test/file && echo so it was\nshell\n", url);
	far_serve("/boot.ipxe", script, strlen(script));
	far_boot_file = "http://10.0.0.1/boot.ipxe";
	far_crowd = hears;
	pc_start(NULL);
}

static bool is_right(const struct image *img)
{
	return img && img->len == LEN && !memcmp(img->data, content, LEN);
}

static void play(const void *arg)
{
	const struct row *r = arg;
	way = r->way;
	url = r->url;
	begin();
	CHECK(pc_says("\nso it was", 600 * SECOND));
	for (unsigned i = 0; i < SAID_MAX && r->said[i]; i++)
		CHECK(pc_said(r->said[i]));
	CHECK(pc_said(r->fails ? "\nit failed" : "\nit came"));
	CHECK(r->fails ? !image_find("a") : is_right(image_find("a")));
	CHECK(heard);
}

/* ---- what may go wrong on our side ---- */

static bool has_begun(void)
{
	return heard;
}

static void in_trouble(void)
{
	begin();
	CHECK(pc_says("\nso it was", 600 * SECOND));
	CHECK(trouble_kind == TROUBLE_SHORT || pc_said("\nit came"));
	CHECK(is_right(image_find("a")) || (pc_said("\nit failed") && !image_find("a")));
	CHECK(!pc_said("panic"));
}

int main(int argc, char **argv)
{
	static const struct trouble downloads = { "a file by multicast", "fetch", has_begun, in_trouble };
	int bad = machine_rows(play, rows, sizeof(rows[0]), sizeof(rows) / sizeof(rows[0]), argc > 1 ? argv[1] : NULL);

	way = WELL;
	for (unsigned i = 0; argc < 2 && i < 2; i++) {
		url = i ? PXES : RFC2090;
		bad |= !trouble_tries(&downloads);
	}
	return bad;
}
