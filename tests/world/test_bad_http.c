/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Web servers whose answers end, are reset, stall or have another byte, after each byte of head, framing and body, once
 * and each time.  Each download ends in the right bytes (SHA-256) or in a sentence, within its budget.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <zlib.h>

#include "tests/world/asker.h"
#include "tests/world/check.h"
#include "tests/world/far.h"
#include "tests/world/far_http.h"
#include "tests/world/machine.h"

#define HOST "http://files.test"
#define LEN 100u
#define EACH (sizeof(void *) == 4 ? 7u : 1u)	/* in 32 bit every seventh */

static uint8_t hundred[LEN], packed[LEN + 23];

static const char listing[] = "[{\"name\":\"boot\",\"type\":\"directory\"},"
			      "{\"name\":\"a\",\"type\":\"file\",\"size\":7}]";

/* What comes by each of these is the same hundred bytes. */
static const struct page {
	const char *name, *path;
	unsigned times, step;		/* how often it breaks, and at each how-manieth byte */
	bool ends;			/* the connection's end is the file's, so that may be anywhere */
} pages[] = {
#define PAGES(word, times, step) \
	{ "by length, " word, "/100-0", times, step, false }, \
	{ "in chunks, " word, "/chunks", times, step, false }, \
	{ "HTTP/1.0, " word, "/hundred", times, step, false }, \
	{ "to the end, " word, "/open-100", times, step, true }, \
	{ "elsewhere, " word, "/old", times, step, false }, { "packed, " word, "/packed", times, step, false }, \
	{ "a file, " word, "/hundred.bin", times, step, false }
	PAGES("once", 1, 1), PAGES("always", 1000, 17),
};

/* gzip of one stored block (RFC 1951, 3.2.4; RFC 1952). */
static void pack(void)
{
	static const uint8_t head[] = { 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1, LEN, 0, 0xff ^ LEN, 0xff };
	uint32_t sum;
	memcpy(packed, head, sizeof(head));
	memcpy(packed + sizeof(head), hundred, LEN);
	sum = (uint32_t)crc32(0, hundred, LEN);
	for (unsigned i = 0; i < 4; i++)
		packed[sizeof(head) + LEN + i] = (uint8_t)(sum >> 8 * i);
	packed[sizeof(head) + LEN + 4] = LEN;
}

static void start(void)
{
	for (unsigned i = 0; i < LEN; i++)
		hundred[i] = far_byte(i);
	pack();
	far_serve("/old", "", 0)->location = HOST "/100-0";
	far_serve("/packed", packed, sizeof(packed))->coding = "gzip";
	far_serve("/hundred.bin", hundred, LEN);
	far_serve("/dir/", listing, sizeof(listing) - 1);
	asker_start();
}

static void each_byte(const void *row)
{
	const struct page *page = row;
	char url[64];
	start();
	snprintf(url, sizeof(url), HOST "%s", page->path);
	asker_fetch(url, 60);
	asker_has(LEN);
	size_t said = far_http.said;
	CHECK(said > LEN);
	for (enum far_how how = page->ends ? FAR_RESET : FAR_CLOSE; how <= FAR_GARBAGE; how++)
		for (size_t i = 0; i < said; i += page->step * EACH) {
			far_http = (struct far_http){ .at = i, .how = how, .times = page->times };
			asker_fetch(url, 3000);
			/* where it is not said any more that it is packed, it stays so */
			if (asked.err || how != FAR_GARBAGE || asked.len != sizeof(packed))
				asker_ended(LEN, page->times == 1 ? 60 : 700);
			if (page->times == 1 && how != FAR_GARBAGE)
				asker_has(LEN);
		}
	far_http = (struct far_http){ .times = 0 };
	asker_fetch(url, 60);
	asker_has(LEN);
	asker_leaves_nothing();
}

/* Of a folder: what is in it, also after a cut, or a sentence. */
static void lists(const void *row)
{
	(void)row;
	start();
	asker_list(HOST "/dir/", 60);
	CHECK(!asked.err && !strcmp(asked.text, listing));
	size_t said = far_http.said;
	for (enum far_how how = FAR_CLOSE; how <= FAR_GARBAGE; how++)
		for (size_t i = 0; i < said; i++) {
			far_http = (struct far_http){ .at = i, .how = how, .times = 1 };
			asker_list(HOST "/dir/", 3000);
			CHECK(asked.took_us <= 60 * SECOND);
			if (asked.err)
				CHECK(how == FAR_GARBAGE && *asked.status.cause.what);
			else
				CHECK(!strcmp(asked.text, listing));
		}
	far_http = (struct far_http){ .times = 0 };
	asker_list(HOST "/open-5000000", 300);
	asker_failed(-EFBIG, "it is longer than what a listing may have, 4194304 bytes");
	asker_list(HOST "/huge", 300);
	asker_failed(-EFBIG, "it is 1000000000 bytes long, and what a listing may have is 4194304");
	asker_leaves_nothing();
}

/* ---- parts that are none of the file's ---- */

static const struct lie {
	const char *name, *range, *etag;	/* what is said of the part from byte 50 on; NULL: the truth */
} lies[] = {
	{ "another place", "bytes 40-89/100", NULL }, { "past it", "bytes 51-100/101", NULL },
	{ "backwards", "bytes 99-50/100", NULL }, { "another length", "bytes 50-99/101", NULL },
	{ "more than the file", "bytes 50-199/100", NULL }, { "of nothing", "bytes 50-99/0", NULL },
	{ "beyond all numbers", "bytes 99999999999999999999-5/7", NULL }, { "no numbers", "bytes x-y/z", NULL },
	{ "no range", "", NULL }, { "another file", NULL, "\"other\"" },
};

/* Then all is asked for anew. */
static void wrong_part(const void *row)
{
	const struct lie *lie = row;
	start();
	struct far_file *f = far_serve("/lies", hundred, LEN);
	f->cuts = 1;
	f->part_range = lie->range;
	f->part_etag = lie->etag;
	asker_fetch(HOST "/lies", 200);
	asker_has(LEN);
	CHECK_INT(asked.status.tries, 2);
	CHECK_INT(asked.status.resumed, 0);
	asker_leaves_nothing();
}

static const struct story {
	const char *name;
} stories[] = { { "a folder" } };

int main(int argc, char **argv)
{
	const char *only = argc > 1 ? argv[1] : NULL;
#define ROWS(play, rows) machine_rows(play, rows, sizeof(rows[0]), sizeof(rows) / sizeof(rows[0]), only)
	int failed[] = { ROWS(each_byte, pages), ROWS(lists, stories), ROWS(wrong_part, lies) };
	return only ? failed[0] && failed[1] && failed[2] : failed[0] || failed[1] || failed[2];
}
