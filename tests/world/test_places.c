/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Several places of one file: whichever way one fails, the rest comes from the next if that has the same file - by its
 * ETag and length, or by its digest -, and all of it if not.
 */
#include <errno.h>
#include <string.h>

#include "tests/world/asker.h"
#include "tests/world/check.h"
#include "tests/world/far.h"
#include "tests/world/far_http.h"
#include "tests/world/machine.h"

#define HOST "http://files.test"
#define TWO HOST "/a\n" HOST "/b"
#define SUM "Repr-Digest: sha-512=:AAAA:, sha-256=:RFILDR9sPnnVFUHO8zcVFVqfC5xOJpw5UhkBUgBOJZE=:\r\n"
#define OLD_SUM "Digest: id-sha-256=x,SHA-256=RFILDR9sPnnVFUHO8zcVFVqfC5xOJpw5UhkBUgBOJZE=\r\n"
#define OTHER_SUM "Repr-Digest: sha-256=:AAAADR9sPnnVFUHO8zcVFVqfC5xOJpw5UhkBUgBOJZE=:\r\n"

static uint8_t bytes[FAR_FILE_LEN];

/* Two places; of the file at the first only a half comes, once and for all. */
static const struct row {
	const char *name, *places;
	const char *etag[2], *headers[2];
	enum far_how how;		/* ... and then */
	size_t resumed;			/* where the rest began */
	unsigned tries;
	bool shorter;			/* the file at the second is */
} rows[] = {
	{ "the same ETag", TWO, { "x", "x" }, .how = FAR_RESET, .resumed = FAR_FILE_LEN / 2, .tries = 1 },
	{ "closed", TWO, { "x", "x" }, .how = FAR_CLOSE, .resumed = FAR_FILE_LEN / 2, .tries = 1 },
	{ "stalls", TWO, { "x", "x" }, .how = FAR_STALL, .resumed = FAR_FILE_LEN / 2, .tries = 1 },
	{ "another ETag", TWO, { "x", "y" }, .how = FAR_RESET, .resumed = 0, .tries = 1 },
	{ "the same digest", TWO, { "x", "y" }, { SUM, SUM }, FAR_RESET, FAR_FILE_LEN / 2, 1, false },
	{ "the old header", TWO, { "x", "y" }, { SUM, OLD_SUM }, FAR_RESET, FAR_FILE_LEN / 2, 1, false },
	{ "another digest", TWO, { "x", "x" }, { SUM, OTHER_SUM }, FAR_RESET, 0, 2, false },
	{ "no digest, another ETag", TWO, { "x", "y" }, { SUM, NULL }, FAR_RESET, 0, 2, false },
	{ "no digest, the same ETag", TWO, { "x", "x" }, { SUM, NULL }, FAR_RESET, FAR_FILE_LEN / 2, 1, false },
	{ "the same digest, another length", TWO, { "x", "x" }, { SUM, SUM }, FAR_RESET, 0, 2, true },
	{ "led elsewhere by the second", HOST "/a\n" HOST "/to-b", { "x", "x" }, .how = FAR_RESET,
	  .resumed = FAR_FILE_LEN / 2, .tries = 1 },
	{ "nothing at the first", HOST "/none\n" HOST "/b", { "x", "x" }, .tries = 1 },
	{ "nobody at the first", "http://files.test:9/x\n" HOST "/b", { "x", "x" }, .tries = 1 },
	{ "a busy one", HOST "/busy\n" HOST "/b", { "x", "x" }, .tries = 1 },
	{ "a circle", HOST "/circle\n" HOST "/b", { "x", "x" }, .tries = 1 },
	{ "another scheme", HOST "/a\ntftp://files.test/file", { "x", "x" }, .how = FAR_RESET, .tries = 1 },
};

static void play(const void *arg)
{
	const struct row *row = arg;
	size_t len = FAR_FILE_LEN - row->shorter;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = far_byte(i);
	struct far_file *a = far_serve("/a", bytes, FAR_FILE_LEN), *b = far_serve("/b", bytes, len);
	far_serve("/to-b", "", 0)->location = HOST "/b";
	a->etag = row->etag[0];
	b->etag = row->etag[1];
	a->headers = row->headers[0];
	b->headers = row->headers[1];
	asker_start();
	if (strstr(row->places, "/a\n")) {
		asker_fetch(HOST "/a", 60);
		far_http = (struct far_http){ .at = far_http.said - FAR_FILE_LEN / 2, .how = row->how, .times = 1 };
	}
	asker_fetch(row->places, 300);
	asker_has(len);
	CHECK_INT(asked.status.resumed, row->resumed);
	CHECK_INT(asked.status.tries, row->tries);
	CHECK_INT(far_http.times, 0);
	asker_leaves_nothing();
}

/* None has it: all are asked, and the last word is the last one's. */
static const struct none {
	const char *name, *places;
	int err;
	const char *says;
} nones[] = {
	{ "nothing anywhere", HOST "/none\n" HOST "/none", -ENOENT, "404" },
	{ "no URL behind it", HOST "/none\nnonsense", -ENOENT, "404" },
	{ "a circle, and nothing", HOST "/circle\n" HOST "/none", -ENOENT, "404" },
};

static void none_has_it(const void *arg)
{
	const struct none *none = arg;
	asker_start();
	asker_fetch(none->places, 300);
	asker_failed(none->err, none->says);
	asker_leaves_nothing();
}

int main(int argc, char **argv)
{
	const char *only = argc > 1 ? argv[1] : NULL;
	int failed = machine_rows(play, rows, sizeof(rows[0]), sizeof(rows) / sizeof(rows[0]), only);
	int more = machine_rows(none_has_it, nones, sizeof(nones[0]), sizeof(nones) / sizeof(nones[0]), only);
	return only ? failed && more : failed || more;
}
