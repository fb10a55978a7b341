/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Modules that open files of a web server: of large ones only the parts that are read are asked for, where the server
 * gives parts of the same file; else all of it is.  A program is a function that says which call comes next, and sees
 * what the last one answered.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kernel/user32.h"
#include "sdk/include/undine_abi.h"
#include "tests/unit/umod_file.h"
#include "tests/world/check.h"
#include "tests/world/far.h"
#include "tests/world/machine.h"
#include "tests/world/pc.h"

#define SECOND 1000000ull
#define AT UMOD_FILE_DATA
#define HUGE_LEN (2u << 20)
#define WHOLE_LEN 300000u

static uint8_t file[UMOD_FILE_LEN], huge[HUGE_LEN];
static unsigned step;			/* of the program, from 0 */
static const struct space *its;
static char requests[2048];		/* of each a line, and what part it wants */

static int call(struct user32 *u, uint32_t number, uint32_t a, uint32_t b, uint32_t c)
{
	u->frame.eax = number;
	u->frame.ebx = a;
	u->frame.ecx = b;
	u->frame.edx = c;
	return USER32_CALL;
}

static int answer(const struct user32 *u)
{
	return (int)u->frame.eax;
}

static uint32_t text(const char *t)
{
	CHECK_INT(space_write(its, AT + 256, t, strlen(t) + 1), 0);
	return AT + 256;
}

static int leave(struct user32 *u)
{
	return call(u, UNDINE_EXIT, 0, 0, 0);
}

static void note(const char *request)
{
	const char *range = strstr(request, "Range: ");
	size_t len = strlen(requests);
	snprintf(requests + len, sizeof(requests) - len, "%.*s%s%.*s\n", (int)strcspn(request, "."), request,
		 range ? " " : "", range ? (int)strcspn(range + 13, "\r") : 0, range ? range + 13 : "");
}

/* What it has read there is the file's. */
static void has_read(const struct user32 *u, const struct space *s, size_t from, int len)
{
	uint8_t bytes[1024];
	CHECK_INT(answer(u), len);
	CHECK_INT(space_read(s, bytes, AT, (size_t)len), 0);
	CHECK(!memcmp(bytes, huge + from, (size_t)len));
}

/* A few pieces of a large file: so much of it is asked for, and no more. */
static int reads_parts(struct user32 *u, const struct space *s)
{
	const char *at = strstr(requests, "HEAD /huge");
	its = s;
	switch (step++) {
	case 0:
		return call(u, UNDINE_OPEN, text("huge.bin"), 0, 0);
	case 1:
		CHECK_INT(answer(u), 3);
		return call(u, UNDINE_SEEK, 3, 0, SEEK_END);
	case 2:
		CHECK_INT(answer(u), HUGE_LEN);
		return call(u, UNDINE_AVAILABLE, 3, 0, 0);
	case 3:
		CHECK_INT(answer(u), 0);
		return call(u, UNDINE_SEEK, 3, 1000000, SEEK_SET);
	case 4:
		CHECK_INT(answer(u), 1000000);
		return call(u, UNDINE_READ, 3, AT, 100);
	case 5:
		has_read(u, s, 1000000, 100);
		return call(u, UNDINE_READ, 3, AT, 100);
	case 6:
		has_read(u, s, 1000100, 100);
		return call(u, UNDINE_SEEK, 3, 65536 - 250, SEEK_CUR);
	case 7:
		return call(u, UNDINE_READ, 3, AT, 100);	/* over the end of what is there */
	case 8:
		has_read(u, s, 1000000 + 65536 - 50, 100);
		return call(u, UNDINE_SEEK, 3, (uint32_t)-10, SEEK_END);
	case 9:
		return call(u, UNDINE_READ, 3, AT, 100);
	case 10:
		has_read(u, s, HUGE_LEN - 10, 10);
		return call(u, UNDINE_READ, 3, AT, 100);
	case 11:
		CHECK_INT(answer(u), 0);
		return call(u, UNDINE_SEEK, 3, 0, SEEK_SET);
	case 12:
		return call(u, UNDINE_READ, 3, AT, 1);
	case 13:
		has_read(u, s, 0, 1);
		CHECK(at && !strcmp(at, "HEAD /huge\nGET /huge 1000000-1065535\nGET /huge 1065536-1196607\n"
				    "GET /huge 2097142-2097151\nGET /huge 0-65535\n"));
		return leave(u);
	}
	return USER32_FAULT;
}

/* Who gives no parts has to give all; who gives parts of another file has nothing to give. */
static int reads_oddly(struct user32 *u, const struct space *s)
{
	its = s;
	switch (step++) {
	case 0:
		return call(u, UNDINE_OPEN, text("no-head"), 0, 0);
	case 1:
		CHECK_INT(answer(u), 3);
		CHECK(strstr(requests, "HEAD /no-head") && strstr(requests, "GET /no-head"));
		return call(u, UNDINE_SEEK, 3, WHOLE_LEN - 1, SEEK_SET);
	case 2:
		return call(u, UNDINE_READ, 3, AT, 100);
	case 3:
		has_read(u, s, WHOLE_LEN - 1, 1);
		return call(u, UNDINE_OPEN, text("reset-head"), 0, 0);
	case 4:
		CHECK_INT(answer(u), 4);
		return call(u, UNDINE_CLOSE, 4, 0, 0);
	case 5:
		return call(u, UNDINE_OPEN, text("other-part"), 0, 0);
	case 6:
		CHECK_INT(answer(u), 4);
		return call(u, UNDINE_READ, 4, AT, 100);
	case 7:
		CHECK_INT(answer(u), -EPROTO);
		return call(u, UNDINE_OPEN, text("long-part"), 0, 0);
	case 8:
		CHECK_INT(answer(u), 5);
		return call(u, UNDINE_READ, 5, AT, 100);
	case 9:
		CHECK_INT(answer(u), -EPROTO);
		return call(u, UNDINE_OPEN, text("no-part"), 0, 0);
	case 10:
		return call(u, UNDINE_READ, 6, AT, 100);
	case 11:
		CHECK_INT(answer(u), -EPROTO);
		far_find("huge.bin")->etag = "new";
		return call(u, UNDINE_OPEN, text("huge.bin"), 0, 0);
	case 12:
		return call(u, UNDINE_READ, 7, AT, 100);
	case 13:
		has_read(u, s, 0, 100);
		far_find("huge.bin")->etag = "newer";
		return call(u, UNDINE_READ, 7, AT, 100);
	case 14:
		has_read(u, s, 100, 100);		/* it was there already */
		return call(u, UNDINE_SEEK, 7, 1000000, SEEK_SET);
	case 15:
		return call(u, UNDINE_READ, 7, AT, 100);
	case 16:
		CHECK_INT(answer(u), -EPROTO);
		return call(u, UNDINE_OPEN, text("none"), 0, 0);
	case 17:
		CHECK_INT(answer(u), -ENOENT);
		return leave(u);
	}
	return USER32_FAULT;
}


static void serve(void)
{
	umod_make(file);
	umod_put32(file + 84 + 20, 4096);	/* a page of data more than the file has */
	for (size_t i = 0; i < sizeof(huge); i++)
		huge[i] = far_byte(i);
	far_serve("/m.umod", file, sizeof(file));
	far_serve("/huge.bin", huge, sizeof(huge));
	far_serve("/no-head", huge, WHOLE_LEN)->no_head = true;
	far_serve("/reset-head", huge, WHOLE_LEN)->drops_head = true;
	far_serve("/other-part", huge, sizeof(huge))->part_etag = "\"other\"";
	far_serve("/long-part", huge, sizeof(huge))->long_parts = true;
	far_serve("/no-part", huge, sizeof(huge))->no_parts = true;
	far_asked = note;
}

static const struct row {
	const char *name, *script;
	int (*program)(struct user32 *u, const struct space *s);
} rows[] = {
	{ "parts", "run m.umod && echo well\n", reads_parts },
	{ "larger than its memory", "set module.memory 1024\nrun m.umod && echo well\n", reads_parts },
	{ "odd servers", "run m.umod && echo well\n", reads_oddly },
};

static void play(const void *arg)
{
	const struct row *row = arg;
	static char script[200];
	snprintf(script, sizeof(script), "#!ipxe\n%sshell\n", row->script);
	far_boot_file = "http://files.test/boot.ipxe";
	serve();
	far_serve("/boot.ipxe", script, strlen(script));
	pc_module = row->program;
	pc_start(NULL);
	CHECK(pc_says("\nwell", 300 * SECOND));
}

int main(int argc, char **argv)
{
	return machine_rows(play, rows, sizeof(rows[0]), sizeof(rows) / sizeof(rows[0]), argc > 1 ? argv[1] : NULL);
}
