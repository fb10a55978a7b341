/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Web servers that pack what they send, though nobody has asked for that: it is unpacked as it comes, whole, within
 * the bounds of other files, and what the script sees of it, its digest too, is the file.  The script itself is
 * packed.
 */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "tests/world/check.h"
#include "tests/world/far.h"
#include "tests/world/machine.h"
#include "tests/world/pc.h"

#define SECOND 1000000ull
#define BOMB_LEN (64u << 20)

/* zlib's memory: for one stream at a time. */
static uint64_t memory[1 << 16];
static size_t taken;

static voidpf z_alloc(voidpf opaque, uInt items, uInt size)
{
	voidpf at = memory + taken;
	(void)opaque;
	taken += ((size_t)items * size + 7) / 8;
	CHECK(taken <= sizeof(memory) / 8);
	return at;
}

static void z_free(voidpf opaque, voidpf p)
{
	(void)opaque;
	(void)p;
}

static size_t pack(int bits, const uint8_t *data, size_t len, uint8_t *out, size_t cap)
{
	z_stream z = { .zalloc = z_alloc, .zfree = z_free };
	taken = 0;
	CHECK_INT(deflateInit2(&z, 9, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_out = out;
	z.avail_out = (uInt)cap;
	for (size_t left = len; left || !z.avail_in;) {
		z.next_in = (z_const Bytef *)data;	/* of a bomb, the same bytes over and over */
		z.avail_in = (uInt)(left < FAR_FILE_LEN ? left : FAR_FILE_LEN);
		left -= z.avail_in;
		int rc = deflate(&z, left ? Z_NO_FLUSH : Z_FINISH);
		if (rc == Z_STREAM_END)
			break;
		CHECK_INT(rc, Z_OK);
	}
	deflateEnd(&z);
	return (size_t)(z.next_out - out);
}

static void serve(const char *path, const char *coding, const uint8_t *data, size_t len)
{
	far_serve(path, data, len)->coding = coding;
}

#define SAME(url) "sha256sum --set want file && sha256sum --set got " url " && iseq ${got} ${want} && echo well\n"

static const struct row {
	const char *name, *script, *said[4];
} rows[] = {
	{ "gzip", SAME("gz"), { "10.0.0.1:80 sends it packed as \"gzip\", unasked", "\nwell" } },
	{ "x-gzip", SAME("x-gz"), { "\nwell" } },
	{ "deflate", SAME("zlib"), { "\nwell" } },
	{ "deflate alone", SAME("raw"), { "\nwell" } },
	{ "in members", "imgfetch -n b two && imgstat && echo well\n",
	  { "  b: 39.0 KiB", "\nwell" } },
	{ "from the start again", SAME("cut"),
	  { "10.0.0.1:80 reset the connection after ", "trying again from the start", "\nwell" } },
	{ "what is itself packed stays so", "sha256sum --set want gz2 && sha256sum --set got list.gz && "
	  "iseq ${got} ${want} && echo well\n", { "\nwell" } },
	{ "an unknown coding", "imgfetch br || echo well\n",
	  { "10.0.0.1:80 sends it packed as \"br\", unasked; only gzip and deflate are unpacked", "\nwell" } },
	{ "damaged", "imgfetch damaged || echo well\n",
	  { "10.0.0.1:80 sends damaged packed data", "given up after 6 tries", "\nwell" } },
	{ "too short", "imgfetch early || echo well\n", { "sends packed data that ends too early", "\nwell" } },
	{ "a name without an end", "imgfetch name || echo well\n",
	  { "10.0.0.1:80 sends packed data of which nothing comes", "\nwell" } },
	{ "members without end", "imgfetch members || echo well\n",
	  { "10.0.0.1:80 sends packed data of which nothing comes", "\nwell" } },
	{ "blocks without end", "imgfetch blocks || echo well\n",
	  { "10.0.0.1:80 sends packed data of which nothing comes", "\nwell" } },
	{ "zeros without end", "imgfetch zeros || echo well\n",
	  { "10.0.0.1:80 sends packed data of which nothing comes", "\nwell" } },
	{ "nothing", "imgfetch nothing && imgstat && echo well\n", { "nothing: 0 bytes", "\nwell" } },
	{ "too long", "set fetch.max-filesize 100000\nimgfetch bomb || echo well\n",
	  { "it is longer than fetch.max-filesize, 100000 bytes", "\nwell" } },
	{ "a bomb", "imgfetch bomb || echo well\nimgfetch file && echo room\n",
	  { "memory is full after", "\nwell", "\nroom" } },
	{ "how long nobody knows", "ls http://10.0.0.1/gz && echo well\n", { "?", "\nwell" } },
};

static uint8_t plain[FAR_FILE_LEN], packed[7][2 * FAR_FILE_LEN], bomb[200000], script_packed[1000];

static size_t bomb_len;

#define EMPTY_LEN 20			/* a member of nothing, by gzip */

/* Packed data of which nothing comes, longer than any padding. */
static void serve_idle(size_t gz)
{
	static uint8_t name[100000], members[100000], blocks[100000], zeros[120000];
	static const uint8_t head[10] = { 0x1f, 0x8b, 8, 8 };
	memset(name, 'n', sizeof(name));
	memcpy(name, head, sizeof(head));
	CHECK_INT(pack(16 + MAX_WBITS, plain, 0, members, sizeof(members)), EMPTY_LEN);
	for (size_t i = EMPTY_LEN; i < sizeof(members); i++)
		members[i] = members[i - EMPTY_LEN];
	memcpy(blocks, head, sizeof(head));
	blocks[3] = 0;
	for (size_t i = sizeof(head); i + 5 <= sizeof(blocks); i += 5)
		memset(blocks + i + 3, 0xff, 2);
	memcpy(zeros, packed[0], gz);
	serve("/name", "gzip", name, sizeof(name));
	serve("/members", "gzip", members, sizeof(members));
	serve("/blocks", "gzip", blocks, sizeof(blocks));
	serve("/zeros", "gzip", zeros, sizeof(zeros));
}

static void serve_all(void)
{
	size_t gz, len;
	for (size_t i = 0; i < FAR_FILE_LEN; i++)
		plain[i] = far_byte(i);
	gz = pack(16 + MAX_WBITS, plain, FAR_FILE_LEN, packed[0], sizeof(packed[0]));
	serve("/gz", "gzip", packed[0], gz);
	serve("/gz2", NULL, packed[0], gz);
	serve("/list.gz", "x-gzip", packed[0], gz);
	serve("/x-gz", "x-gzip", packed[0], gz);
	far_serve("/cut", packed[0], gz)->coding = "gzip";
	far_find("/cut")->cuts = 1;
	serve("/early", "gzip", packed[0], gz / 2);
	serve("/br", "br", packed[0], gz);
	serve("/nothing", "gzip", packed[0], 0);
	len = pack(MAX_WBITS, plain, FAR_FILE_LEN, packed[1], sizeof(packed[1]));
	serve("/zlib", "deflate", packed[1], len);
	len = pack(-MAX_WBITS, plain, FAR_FILE_LEN, packed[2], sizeof(packed[2]));
	serve("/raw", "deflate", packed[2], len);
	memcpy(packed[3], packed[0], gz);
	packed[3][gz / 2] ^= 8;
	serve("/damaged", "gzip", packed[3], gz);
	memcpy(packed[4], packed[0], gz);
	memcpy(packed[4] + gz, packed[0], gz);
	serve("/two", "gzip", packed[4], 2 * gz);
	serve("/bomb", "gzip", bomb, bomb_len);
	serve_idle(gz);
}

static void play(const void *arg)
{
	const struct row *row = arg;
	static char script[500];
	snprintf(script, sizeof(script), "#!ipxe\n%s", row->script);
	serve_all();
	serve("/boot.ipxe", "gzip", script_packed,
	      pack(16 + MAX_WBITS, (uint8_t *)script, strlen(script), script_packed, sizeof(script_packed)));
	far_boot_file = "http://10.0.0.1/boot.ipxe";
	pc_start(NULL);
	for (unsigned i = 0; i < 4 && row->said[i]; i++)
		CHECK(pc_says(row->said[i], 300 * SECOND));
}

int main(int argc, char **argv)
{
	bomb_len = pack(16 + MAX_WBITS, packed[6], BOMB_LEN, bomb, sizeof(bomb));
	return machine_rows(play, rows, sizeof(rows[0]), sizeof(rows) / sizeof(rows[0]), argc > 1 ? argv[1] : NULL);
}
