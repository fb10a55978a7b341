/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Modules from the prompt to their end, on the loader's real calls; the processor is played here: a program is a
 * function that says which call comes next, and sees what the last one answered.
 */
#include <errno.h>
#include <mbedtls/sha256.h>
#include <stdint.h>
#include <string.h>

#include "kernel/user32.h"
#include "net/bytes.h"
#include "sdk/bsd/bsd.h"
#include "sdk/include/undine_abi.h"
#include "services/cause/cause.h"
#include "tests/unit/umod_file.h"
#include "tests/world/check.h"
#include "tests/world/far.h"
#include "tests/world/machine.h"
#include "tests/world/pc.h"

#define SECOND 1000000ull
#define AT UMOD_FILE_DATA

#define BIG (200u << 10)

static uint8_t file[UMOD_FILE_LEN], wrong[UMOD_FILE_LEN], big[BIG];
static unsigned step;		/* of the program, from 0 */
static const struct space *its;

/* The next call, and the answer to the last. */
static int call(struct user32 *u, uint32_t number, uint32_t a, uint32_t b, uint32_t c)
{
	u->frame.eax = number;
	u->frame.ebx = a;
	u->frame.ecx = b;
	u->frame.edx = c;
	u->frame.esi = u->frame.edi = u->frame.ebp = 0;
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

static int say(struct user32 *u, const char *t)
{
	return call(u, UNDINE_WRITE, 1, text(t), (uint32_t)strlen(t));
}

static int leave(struct user32 *u, unsigned status)
{
	return call(u, UNDINE_EXIT, status, 0, 0);
}

/* A page of data more than the file has; a list that vouches for m.umod. */
static void serve(void)
{
	static char sums[64 + sizeof("  m.umod\n")];
	uint8_t digest[32];
	umod_make(file);
	umod_put32(file + 84 + 20, 4096);
	mbedtls_sha256(file, sizeof(file), digest, 0);
	for (unsigned i = 0; i < sizeof(digest); i++)
		snprintf(sums + 2 * i, 3, "%02x", digest[i]);
	strcpy(sums + 64, "  m.umod\n");
	memcpy(wrong, file, sizeof(wrong));
	wrong[4] = 2;
	far_serve("/m.umod", file, sizeof(file));
	far_serve("/wrong.umod", wrong, sizeof(wrong));
	far_serve("/other.umod", file, sizeof(file));
	far_serve("/sums", sums, sizeof(sums) - 1);
	far_serve("/some", "some bytes", 10);
	memset(big, 'b', sizeof(big));
	far_serve("/big", big, sizeof(big));
}

struct scene {
	const char *script;
	int (*program)(struct user32 *u, const struct space *s);
	const char *said[8];		/* "!...": not so */
};

static void play(const void *arg)
{
	const struct scene *scene = arg;
	static char script[1024];
	snprintf(script, sizeof(script), "#!ipxe\n%secho the end\nshell\n", scene->script);
	far_boot_file = "http://files.test/boot.ipxe";
	serve();
	far_serve("/boot.ipxe", script, strlen(script));
	step = 0;
	pc_module = scene->program;
	pc_start(NULL);
	CHECK(pc_says("the end", 300 * SECOND));
	for (unsigned i = 0; i < 8 && scene->said[i]; i++)
		if (pc_said(scene->said[i] + (*scene->said[i] == '!')) == (*scene->said[i] == '!')) {
			fprintf(stderr, "not as it should: %s\n", scene->said[i]);
			abort();
		}
}

/* ---- what the programs do ---- */

static int greets(struct user32 *u, const struct space *s)
{
	its = s;
	switch (step++) {
	case 0: {
		uint32_t argc, argv[3];
		char word[8];
		CHECK_INT(space_read(s, &argc, u->frame.user_esp, 4), 0);
		CHECK_INT(argc, 3);
		CHECK_INT(space_read(s, argv, u->frame.user_esp + 4, 12), 0);
		CHECK_INT(space_text(s, word, sizeof(word), argv[1]), 3);
		CHECK(!strcmp(word, "two"));
		return say(u, "one line\r\nanother way\rand \033[31mhalf");
	}
	case 1:
		return leave(u, 3);
	}
	return USER32_FAULT;
}

/* Fills memory, files, sockets and handles up to their limits. */
static int takes(struct user32 *u, const struct space *s)
{
	static uint32_t heap;
	its = s;
	if (!step++) {
		heap = 0;
		return call(u, UNDINE_GROW, 70000, 0, 0);
	}
	if (!heap) {
		heap = u->frame.eax;
		CHECK(heap > AT && u->frame.edx >= 70000 && space_holds(s, heap, u->frame.edx, true));
		return call(u, UNDINE_GROW, 64 << 20, 0, 0);
	}
	switch (step) {
	case 3:
		CHECK_INT(answer(u), -ENOMEM);
		return call(u, UNDINE_OPEN, text("some"), 0, 0);
	case 4:
		CHECK_INT(answer(u), 3);
		return call(u, UNDINE_SEEK, 3, 5, 0);
	case 5:
		CHECK_INT(answer(u), 5);
		return call(u, UNDINE_READ, 3, AT, 100);
	case 6:
		CHECK_INT(answer(u), 5);
		CHECK(!memcmp(file, file, 1));
		return call(u, UNDINE_READ, 3, UMOD_FILE_CODE, 100);
	case 7:
		CHECK_INT(answer(u), -EFAULT);
		return call(u, UNDINE_OPEN, text("nothing"), 0, 0);
	case 8:
		CHECK_INT(answer(u), -ENOENT);
		return call(u, UNDINE_CLOSE, 3, 0, 0);
	}
	if (step > 9 && answer(u) < 0) {
		CHECK_INT(answer(u), -EMFILE);
		CHECK_INT(step, 10 + 5);		/* module.sockets, below */
		return leave(u, 0);
	}
	return call(u, UNDINE_SOCKET, AF_INET, SOCK_DGRAM, 0);
}

/* Files, then images, until nothing is left of 1024 KiB, of which its stack has a quarter; then it fails. */
static int fills(struct user32 *u, const struct space *s)
{
	static unsigned files, images;
	its = s;
	if (step++ && answer(u) < 0) {
		CHECK_INT(answer(u), -ENOMEM);
		if (images)
			return leave(u, 7);
		CHECK_INT(files, 3);
		images = 1;
	} else if (step > 1) {
		files += !images;
		images += images != 0;
		CHECK(images <= 1 + ((1024 - 256 - 3 * 200) >> 3));
	}
	return images ? call(u, UNDINE_IMAGE_MAKE, text("made"), AT, 20) : call(u, UNDINE_OPEN, text("big"), 0, 0);
}

/* Half a MiB of lines; the last one is another. */
static int babbles(struct user32 *u, const struct space *s)
{
	static const char line[] = "another line of what nobody ever wanted to read, but has to....\n";
	static const char last[] = "the last line\n";
	static uint32_t heap;
	uint32_t len = 512 << 10;
	its = s;
	if (!step++)
		return call(u, UNDINE_GROW, len, 0, 0);
	if (step == 2) {
		heap = u->frame.eax;
		for (uint32_t at = 0; at < len; at += 64)
			CHECK_INT(space_write(s, heap + at, line, 64), 0);
		CHECK_INT(space_write(s, heap + len - (sizeof(last) - 1), last, sizeof(last) - 1), 0);
		return call(u, UNDINE_WRITE, 1, heap, len);
	}
	return leave(u, 0);
}

/* Sockets as many as it gets; the world leaves `mapped` to it.  The fourth of them gets none. */
static int hoards(struct user32 *u, const struct space *s)
{
	static unsigned all;
	its = s;
	if (!u->mapped++ || answer(u) >= 0) {
		all += u->mapped > 1;
		return call(u, UNDINE_SOCKET, AF_INET, SOCK_DGRAM, 0);
	}
	CHECK_INT(answer(u), -EMFILE);
	if (u->mapped == 2) {
		CHECK_INT(all, 48);
		return leave(u, 5);
	}
	u->mapped = 0x10000;
	return call(u, UNDINE_SLEEP, 1000000, 0, 0);
}

static int asks(struct user32 *u, const struct space *s)
{
	char back[32] = "";
	its = s;
	switch (step++) {
	case 0:
		return call(u, UNDINE_RUN, text("set word it ${net0/mac}"), 0, 0);
	case 1:
		CHECK_INT(answer(u), 0);
		return call(u, UNDINE_SETTING, text("word"), AT, 31);
	case 2:
		CHECK_INT(answer(u), 20);
		CHECK_INT(space_text(s, back, sizeof(back), AT), 20);
		CHECK(!strcmp(back, "it 02:00:00:00:00:01"));
		return call(u, UNDINE_SETTING, text("nothing"), AT, 31);
	case 3:
		CHECK_INT(answer(u), -ENOENT);
		return call(u, UNDINE_RUN, text("nonsense"), 0, 0);
	case 4:
		CHECK_INT(answer(u), -ENOEXEC);
		return call(u, UNDINE_IMAGE_MAKE, text("made"), AT, 20);
	case 5:
		CHECK_INT(answer(u), 0);
		return call(u, UNDINE_IMAGE_READ, text("made"), 3, 0);
	case 6:
		CHECK_INT(answer(u), 0);
		return call(u, UNDINE_RUN, text("md5sum made"), 0, 0);
	case 7:
		CHECK_INT(answer(u), 0);
		return call(u, UNDINE_RESOLVE, text("files.test"), AT, 2);
	case 8:
		CHECK_INT(answer(u), 1);
		return call(u, 4711, 0, 0, 0);
	case 9:
		CHECK_INT(answer(u), -ENOSYS);
		return leave(u, 0);
	}
	return USER32_FAULT;
}

/* Lines of syslinux's modules are commands to a module, too, with files by URL. */
static int starts_linux(struct user32 *u, const struct space *s)
{
	its = s;
	switch (step++) {
	case 0:
		return call(u, UNDINE_RUN, text("mboot.c32 http://files.test/xen.gz a=1 --- http://files.test/x"), 0,
			    0);
	case 1:
		CHECK(answer(u) < 0);
		return call(u, UNDINE_RUN, text("linux.c32 http://files.test/bzImage initrd=http://files.test/x a=1"),
			    0, 0);
	case 2:
		CHECK(answer(u) < 0);
		return call(u, UNDINE_RUN, text("chain.c32 hd7 1"), 0, 0);
	case 3:
		CHECK(answer(u) < 0);
		return leave(u, 0);
	}
	return USER32_FAULT;
}

/* What shows a boot elsewhere, and types: in the background, while the script goes on. */
static int shows(struct user32 *u, const struct space *s)
{
	static char seen[8192];
	static uint64_t at;
	union {
		struct undine_state state;
		struct undine_setting setting;
		struct undine_link link;
		struct undine_socket socket;
		struct undine_task task;
		struct undine_counter counter;
	} is;
	static const uint16_t keys[] = { 'e', 'c', 'h', 'o', ' ', 't', 'y', 'p', 'e', 'd', '\r' };
	uint32_t info = AT + 1024;
	its = s;
	memset(&is, 0, sizeof(is));
	switch (step++) {
	case 0:
		at = 0;
		CHECK_INT(space_write(s, AT, &at, sizeof(at)), 0);
		return call(u, UNDINE_LOG, AT, AT + 1024, 2048);
	case 1:
		CHECK(answer(u) > 100 && answer(u) <= 2048);
		CHECK_INT(space_read(s, seen, AT + 1024, (size_t)answer(u)), 0);
		CHECK(strstr(seen, "net0") && seen[answer(u) - 1] == '\n');
		CHECK_INT(space_read(s, &at, AT, sizeof(at)), 0);
		CHECK_INT(at, (uint64_t)answer(u));
		at = UINT64_MAX / 2;			/* where nothing is */
		CHECK_INT(space_write(s, AT, &at, sizeof(at)), 0);
		return call(u, UNDINE_LOG, AT, AT + 1024, 2048);
	case 2:
		CHECK_INT(answer(u), 0);
		return call(u, UNDINE_SLEEP, 5000, 0, 0);	/* the script has come to its prompt */
	case 3:
		return call(u, UNDINE_BELOW, AT + 1024, 2048, 0);
	case 4:
		CHECK(answer(u) >= 8);			/* behind the prompt may stand when the next try is */
		CHECK_INT(space_read(s, seen, AT + 1024, 8), 0);
		CHECK(!memcmp(seen, "undine> ", 8));
		CHECK_INT(space_write(s, AT, keys, sizeof(keys)), 0);
		return call(u, UNDINE_TYPE, AT, sizeof(keys) / 2, 0);
	case 5:
		CHECK_INT(answer(u), sizeof(keys) / 2);
		return call(u, UNDINE_SLEEP, 1000, 0, 0);
	case 6:
		CHECK(pc_said("\ntyped\n"));
		call(u, UNDINE_INFO, UNDINE_INFO_STATE, 0, info);
		u->frame.esi = sizeof(is.state);
		return USER32_CALL;
	case 7:
		CHECK_INT(answer(u), sizeof(is.state));
		CHECK_INT(space_read(s, &is, info, sizeof(is.state)), 0);
		CHECK(is.state.up_us > 6000000 && !is.state.failures);
		CHECK(strstr(is.state.script, "files.test/boot.ipxe") && !strstr(is.state.script, "key"));
		call(u, UNDINE_INFO, UNDINE_INFO_SETTING, 1, info);
		u->frame.esi = sizeof(is.setting);
		return USER32_CALL;
	case 8:
		CHECK_INT(answer(u), sizeof(is.setting));
		CHECK_INT(space_read(s, &is, info, sizeof(is.setting)), 0);
		CHECK(!strcmp(is.setting.name, "web.password") && is.setting.len == 6);
		CHECK(!strcmp(is.setting.text, "******"));
		call(u, UNDINE_INFO, UNDINE_INFO_LINK, 0, info);
		u->frame.esi = 20;			/* an older program knows less of it */
		return USER32_CALL;
	case 9:
		CHECK_INT(answer(u), sizeof(is.link));
		CHECK_INT(space_read(s, &is, info, sizeof(is.link)), 0);
		CHECK(!strcmp(is.link.name, "net0") && is.link.state[0] && !is.link.state[4] && !is.link.mtu);
		call(u, UNDINE_INFO, UNDINE_INFO_SOCKET, 0, info);
		u->frame.esi = sizeof(is.socket);
		return USER32_CALL;
	case 10:
		CHECK(answer(u) == sizeof(is.socket) || answer(u) == -ENOENT);
		call(u, UNDINE_INFO, UNDINE_INFO_TASK, 1000, info);
		u->frame.esi = sizeof(is.task);
		return USER32_CALL;
	case 11:
		CHECK_INT(answer(u), -ENOENT);
		call(u, UNDINE_INFO, UNDINE_INFO_COUNTER, 0, info);
		u->frame.esi = sizeof(is.counter);
		return USER32_CALL;
	case 12:
		CHECK_INT(answer(u), sizeof(is.counter));
		CHECK_INT(space_read(s, &is, info, sizeof(is.counter)), 0);
		CHECK(!strcmp(is.counter.name, "mem_failed") && !is.counter.n);
		return call(u, UNDINE_INFO, 4711, 0, info);
	case 13:
		CHECK_INT(answer(u), -EINVAL);
		return call(u, UNDINE_TYPE, AT, 257, 0);	/* half of a line would be another */
	case 14:
		CHECK_INT(answer(u), -E2BIG);
		return leave(u, 6);
	}
	return USER32_FAULT;
}

/* When the try has failed it presses Enter, once, and ends, or stays. */
static bool it_stays;

static int presses_enter(struct user32 *u, const struct space *s)
{
	static const uint16_t key = '\r';
	its = s;
	switch (step++) {
	case 0:
		return call(u, UNDINE_SLEEP, 5000, 0, 0);
	case 1:
		CHECK_INT(space_write(s, AT, &key, sizeof(key)), 0);
		return call(u, UNDINE_TYPE, AT, 1, 0);
	case 2:
		CHECK_INT(answer(u), 1);
		return it_stays ? call(u, UNDINE_SLEEP, 10000000, 0, 0) : leave(u, 0);
	}
	return USER32_FAULT;
}

static int faults(struct user32 *u, const struct space *s)
{
	its = s;
	u->frame.vector = 14;
	u->frame.error = 6;
	u->frame.eip = UMOD_FILE_CODE + 6;
	u->fault_at = 0x1234;
	return USER32_FAULT;
}

static int hangs(struct user32 *u, const struct space *s)
{
	(void)u;
	(void)s;
	machine_pass(4000);
	return USER32_TIMER;
}

/* All of it goes out by one call, to a server that has sent its end before it was there. */
static int posts(struct user32 *u, const struct space *s)
{
	static const char head[] = "POST /early HTTP/1.1\r\nHost: files.test\r\n\r\n";
	static uint32_t heap;
	struct sockaddr_in a = { .sin_family = AF_INET };
	its = s;
	switch (step++) {
	case 0:
		return call(u, UNDINE_GROW, 65536, 0, 0);
	case 1:
		heap = u->frame.eax;
		return call(u, UNDINE_SOCKET, AF_INET, SOCK_STREAM, 0);
	case 2:
		CHECK_INT(answer(u), 3);
		put_be16((uint8_t *)&a.sin_port, 80);
		put_be32((uint8_t *)&a.sin_addr, 0x0a000001);
		CHECK_INT(space_write(s, AT, &a, sizeof(a)), 0);
		return call(u, UNDINE_CONNECT, 3, AT, sizeof(a));
	case 3:
		CHECK_INT(answer(u), 0);
		return call(u, UNDINE_WRITE, 3, text(head), sizeof(head) - 1);
	case 4:
		CHECK_INT(answer(u), sizeof(head) - 1);
		return call(u, UNDINE_SLEEP, 1000, 0, 0);
	case 5:
		return call(u, UNDINE_WRITE, 3, heap, 65536);
	case 6:
		CHECK_INT(answer(u), 65536);
		return call(u, UNDINE_SLEEP, 1000, 0, 0);
	case 7:
		CHECK_INT(far_early, 65536);
		return leave(u, 0);
	}
	return USER32_FAULT;
}

/* A server sends more than it reads: what it has not read waits for it, whole.  At last it leaves some. */
static int sips(struct user32 *u, const struct space *s)
{
	static const char ask[] = "GET /big HTTP/1.1\r\nHost: files.test\r\n\r\n";
	static unsigned got, hash;
	struct sockaddr_in a = { .sin_family = AF_INET };
	uint8_t bytes[1000];
	its = s;
	switch (step++) {
	case 0:
		got = hash = 0;
		return call(u, UNDINE_SOCKET, AF_INET, SOCK_STREAM, 0);
	case 1:
		put_be16((uint8_t *)&a.sin_port, 80);
		put_be32((uint8_t *)&a.sin_addr, 0x0a000001);
		CHECK_INT(space_write(s, AT, &a, sizeof(a)), 0);
		return call(u, UNDINE_CONNECT, 3, AT, sizeof(a));
	case 2:
		return call(u, UNDINE_WRITE, 3, text(ask), sizeof(ask) - 1);
	case 3:
		return call(u, UNDINE_SLEEP, 40000, 0, 0);
	case 4:
		return call(u, UNDINE_READ, 3, AT, sizeof(bytes));
	}
	CHECK(answer(u) > 0);
	CHECK_INT(space_read(s, bytes, AT, (size_t)answer(u)), 0);
	for (int i = 0; i < answer(u); i++, got++)		/* behind the head: big's own bytes */
		hash += got >= BIG / 2 && bytes[i] != 'b';
	CHECK_INT(hash, 0);
	return got < BIG - 5000 ? call(u, UNDINE_READ, 3, AT, sizeof(bytes)) : leave(u, 0);
}

static int quits(struct user32 *u, const struct space *s)
{
	its = s;
	return leave(u, 0);
}

static int sleeps(struct user32 *u, const struct space *s)
{
	its = s;
	return call(u, UNDINE_SLEEP, 1000000, 0, 0);
}

static const struct scene scenes[] = {
	{ "run m.umod two three && echo well || echo status ${errno}\n", greets,
	  { "one line", "and half", "status 0x3" } },
	{ "set module.sockets 5\nrun m.umod && echo well\n", takes, { "well" } },
	{ "run m.umod && echo well\n", posts, { "well" } },
	{ "set sha256sums sums\nrun m.umod && echo well\nrun other.umod || echo refused\n", quits,
	  { "well", "other.umod", "refused" } },
	{ "imgtrust\nrun m.umod || echo refused\n", quits, { "refused", "m.umod", "!has ended" } },
	{ "run m.umod && imgfetch some && echo well\n", sips, { "well" } },
	{ "run m.umod && imgstat made && echo well\n", asks, { "made: 20 bytes", "well" } },
	{ "run m.umod && echo well\n", starts_linux,
	  { "http://files.test/xen.gz: 404", "http://files.test/bzImage: 404",
	    "chain.c32: drive 87h partition 1: the BIOS has no such drive", "well" } },
	{ "run m.umod || echo it failed\nps\n", faults,
	  { "module m.umod: page fault when writing to 00001234, at f0010006 (error 6): it is ended",
	    "#0 f0010006 main+0x2", "it failed" } },
	{ "set module.cpu 2\nrun m.umod || echo it failed\n", hangs,
	  { "module m.umod: ended by the limit module.cpu", "it failed" } },
	{ "run --background m.umod\nps\nkill none || kill m.umod\nsleep 1\nps\nkill 1 || echo gone\n", sleeps,
	  { "run: m.umod runs as number 1", "in the background", "kill: no module none runs",
	    "module m.umod: ended by kill", "gone" } },
	{ "timeout 2 run m.umod || echo it failed\n", sleeps,
	  { "module m.umod: ended by its time limit", "it failed" } },
	{ "run wrong.umod || echo it failed\nrun nothing.umod || echo both\n", sleeps,
	  { "run: wrong.umod: it is a 64-bit program", "it failed", "both" } },
	{ "set module.memory 100\nrun m.umod || echo it failed\n", sleeps, { "module.memory", "it failed" } },
	{ "set module.memory 1024\nrun m.umod || echo status ${errno}\nimgstat made || echo none is left\n", fills,
	  { "status 0x7", "none is left" } },
	{ "set module.memory 1024\nrun --background m.umod\nsleep 30\nimgstat made || echo none is left\n", fills,
	  { "has ended with status 7", "none is left" } },
	{ "run --background m.umod\nkill m.umod\nsleep 1\n", babbles,
	  { "module m.umod: ended by kill", "!the last line" } },
	{ "run --background m.umod\nrun --background m.umod\nrun --background m.umod\nsleep 1\n"
	  "run m.umod || echo status ${errno}\nimgfetch some && echo others can\n", hoards,
	  { "status 0x5", "others can" } },
};

static void play_one(void *arg)
{
	play(arg);
}

static bool each_scene(const void *arg)
{
	bool good = true;
	(void)arg;
	for (unsigned i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++)
		good = machine_alone(play_one, (void *)&scenes[i]) && good;
	return good;
}

/* ---- each call with whatever ---- */

#define CALLS 20000u

static uint32_t seed;

static uint32_t chance(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	return seed ^= seed << 5;
}

/* What is most likely to be wrong: near the ends of what is there, small, large. */
static uint32_t word(void)
{
	static const uint32_t odd[] = {
		0, 1, 0xffffffff, 0x7fffffff, 0x80000000, AT, AT + 4095, AT + 4096, UMOD_FILE_CODE, UMOD_FILE_CODE - 1,
		0xfebff000, 0xfebfeff0, 0xfffffff0, 0x1000, 16, AT + 100, AT + 2048,
	};
	uint32_t c = chance();
	return c & 1 ? odd[c / 2 % (sizeof(odd) / sizeof(odd[0]))] : c & 2 ? c >> 20 : c & 4 ? chance() % 40 : chance();
}

static int random_calls(struct user32 *u, const struct space *s)
{
	static bool opened;
	uint32_t number = chance() % (UNDINE_CALLS + 3);
	its = s;
	if (step++ >= CALLS)
		return leave(u, 0);
	if (opened && answer(u) >= 0) {			/* it is to wait for nobody */
		opened = false;
		return call(u, UNDINE_NONBLOCK, u->frame.eax, 1, 0);
	}
	if (number == UNDINE_EXIT || number == UNDINE_OPEN || number == UNDINE_IMAGE_MAKE || number == UNDINE_RESOLVE)
		number = UNDINE_SOCKET;
	opened = number == UNDINE_SOCKET || number == UNDINE_ACCEPT;
	for (unsigned i = 0; i < 8 && number % 3; i++)
		CHECK_INT(space_write(s, AT + chance() % 4000, &(uint32_t){ word() }, 4), 0);
	call(u, number, word(), word(), word());
	u->frame.esi = word();
	u->frame.edi = word();
	u->frame.ebp = word();
	if (number == UNDINE_SOCKET && chance() % 4)
		call(u, number, AF_INET, 1 + chance() % 2, 0);
	if (number == UNDINE_POLL)
		u->frame.edx = chance() % 3;
	if (number == UNDINE_SLEEP || number == UNDINE_KEY)
		u->frame.ebx = chance() % 3;
	if (number == UNDINE_NONBLOCK)
		u->frame.ecx = 1;
	return USER32_CALL;
}

/* A line that has been read, then Ctrl-D: nothing is there to be read, and that is no negative number. */
static int reads(struct user32 *u, const struct space *s)
{
	its = s;
	switch (step++) {
	case 0:
	case 2:
		return say(u, step == 1 ? "it reads\n" : "once more\n");
	case 1:
		return call(u, UNDINE_READ, 0, AT, 100);
	case 3:
		return call(u, UNDINE_SLEEP, 1000, 0, 0);
	case 4:
		return call(u, UNDINE_AVAILABLE, 0, 0, 0);
	case 5:
		CHECK_INT(answer(u), 0);
		return call(u, UNDINE_READ, 0, AT, 100);
	case 6:
		CHECK_INT(answer(u), 0);
		return leave(u, 0);
	}
	return USER32_FAULT;
}

static void typed(void *arg)
{
	static const char script[] = "#!ipxe\nrun m.umod && echo the end\nshell\n";
	(void)arg;
	far_boot_file = "http://files.test/boot.ipxe";
	serve();
	far_serve("/boot.ipxe", script, sizeof(script) - 1);
	pc_module = reads;
	pc_start(NULL);
	CHECK(pc_says("it reads", 60 * SECOND));
	pc_type("some words\n");
	CHECK(pc_says("once more", 60 * SECOND));
	pc_type("\x04");
	CHECK(pc_says("the end", 60 * SECOND));
}

static bool typed_lines(const void *arg)
{
	(void)arg;
	return machine_alone(typed, NULL);
}

/* Asks for a setting again and again, never resting. */
static unsigned known, unknown;

static int watches(struct user32 *u, const struct space *s)
{
	its = s;
	machine_pass(100);
	if (step++ % 2) {
		known += answer(u) == 4;
		unknown += answer(u) == -ENOENT;
		return call(u, UNDINE_SLEEP, 0, 0, 0);
	}
	return call(u, UNDINE_SETTING, text("word"), AT, 31);
}

/* The settings go with the shell's memory: whoever asks before it runs again is told that there are none. */
static void watched(void *arg)
{
	static const char script[] = "#!ipxe\nset word some\nrun --background m.umod\nshell\n";
	(void)arg;
	far_boot_file = "http://files.test/boot.ipxe";
	serve();
	far_serve("/boot.ipxe", script, sizeof(script) - 1);
	pc_module = watches;
	pc_start(NULL);
	CHECK(pc_says("runs as number 1", 60 * SECOND));
	machine_run(NULL, SECOND);
	CHECK(known && !unknown);
	pc_type("crash shell\n");
	CHECK(pc_says("shell: service started again", 60 * SECOND));
	machine_run(NULL, SECOND / 10);
	CHECK(unknown);
}

static bool crashed_shell(const void *arg)
{
	(void)arg;
	return machine_alone(watched, NULL);
}

static void shown(void *arg)
{
	static const char script[] = "#!ipxe\nset word x\nset web.password secret\nrun --background m.umod\nshell\n";
	(void)arg;
	far_boot_file = "http://me:key@files.test/boot.ipxe";
	serve();
	far_serve("/boot.ipxe", script, sizeof(script) - 1);
	pc_module = shows;
	pc_start(NULL);
	CHECK(pc_says("has ended with status 6", 60 * SECOND));
}

static bool shown_elsewhere(const void *arg)
{
	(void)arg;
	return machine_alone(shown, NULL);
}

/* It runs beside the script, by words of its own; the script's end begins all anew, and it runs on. */
static void loaded(void *arg)
{
	static const char script[] = "#!ipxe\nps\necho a try\nimgfetch nothing\n";
	(void)arg;
	far_boot_file = "http://files.test/boot.ipxe";
	serve();
	far_serve("/boot.ipxe", script, sizeof(script) - 1);
	pc_module = sleeps;
	pc_start("retry-timeout=3 module.autoload=m.umod");
	CHECK(pc_says("run: m.umod runs as number 1", 60 * SECOND));
	CHECK(pc_says("in the background", 60 * SECOND));
	CHECK(pc_says("a try", 60 * SECOND));
	machine_run(NULL, 60 * SECOND);
	CHECK(pc_said("try 2") && !pc_said("as number 2"));
}

/* Why there is no script is told as without it. */
static void loaded_alone(void *arg)
{
	(void)arg;
	far_boot_file = "http://files.test/nothing.ipxe";
	serve();
	pc_module = sleeps;
	pc_start("module.autoload=http://files.test/m.umod");
	CHECK(pc_says("run: m.umod runs as number 1", 100 * SECOND));
	machine_run(NULL, 2 * SECOND);
	CHECK(cause_kept()->failures == 1 && cause_kept()->cause.fact.status == 404);
}

static bool autoloaded(const void *arg)
{
	(void)arg;
	return machine_alone(loaded, NULL) && machine_alone(loaded_alone, NULL);
}

/* Somebody is there as long as the module runs that has typed, for the five minutes that a person counts. */
static void present(void *arg)
{
	static const char script[] = "#!ipxe\nrun --background m.umod\nimgfetch nothing\n";
	it_stays = *(const bool *)arg;
	far_boot_file = "http://files.test/boot.ipxe";
	serve();
	far_serve("/boot.ipxe", script, sizeof(script) - 1);
	pc_module = presses_enter;
	pc_start("retry-timeout=20");
	CHECK(pc_says("nothing", 60 * SECOND));
	machine_run(NULL, 60 * SECOND);
	CHECK(pc_said(": try 2, after") == !it_stays);
	machine_run(NULL, 300 * SECOND);
	CHECK(pc_said(": try 2, after"));
}

static bool typing_modules(const void *arg)
{
	bool stays = false, ends = true;
	(void)arg;
	return machine_alone(present, &stays) && machine_alone(present, &ends);
}

/* It waits in poll() for a datagram that does not come: the card is asked as seldom as without it. */
static int awaits(struct user32 *u, const struct space *s)
{
	struct pollfd p = { .fd = 3, .events = POLLIN };
	its = s;
	if (!step++)
		return call(u, UNDINE_SOCKET, AF_INET, SOCK_DGRAM, 0);
	CHECK_INT(space_write(s, AT, &p, sizeof(p)), 0);
	return call(u, UNDINE_POLL, AT, 1, (uint32_t)-1);
}

static unsigned polls_with(const char *script)
{
	far_boot_file = "http://files.test/boot.ipxe";
	serve();
	far_serve("/boot.ipxe", script, strlen(script));
	pc_module = awaits;
	pc_start("retry-timeout=0");
	CHECK(pc_says("the end", 60 * SECOND));
	machine_run(NULL, 10 * SECOND);
	unsigned before = far_polls;
	machine_run(NULL, 20 * SECOND);
	return far_polls - before;
}

static void polled(void *arg)
{
	unsigned polls = polls_with(arg);
	CHECK(polls > 300 && polls < 500);		/* 20 a second */
}

static bool idle_module(const void *arg)
{
	static char without[] = "#!ipxe\necho the end\nshell\n";
	static char with[] = "#!ipxe\nrun --background m.umod\necho the end\nshell\n";
	(void)arg;
	return machine_alone(polled, without) && machine_alone(polled, with);
}

static void hostile(void *arg)
{
	static const char script[] = "#!ipxe\nrun --background m.umod\nshell\n";
	seed = *(const uint32_t *)arg;
	far_boot_file = "http://files.test/boot.ipxe";
	serve();
	far_serve("/boot.ipxe", script, sizeof(script) - 1);
	step = 0;
	pc_module = random_calls;
	pc_start(NULL);
	CHECK(pc_says("module m.umod (1): has ended with status 0", 3000 * SECOND));
	machine_run(NULL, SECOND);
	size_t held = machine_pages_held;
	step = 0;
	pc_type("run --background m.umod\n");
	CHECK(pc_says("module m.umod (2): has ended with status 0", 3000 * SECOND));
	machine_run(NULL, SECOND);
	CHECK(machine_pages_held <= held);
}

static bool hostile_calls(const void *arg)
{
	bool good = true;
	(void)arg;
	for (uint32_t i = 1; i < 4; i++)
		good = machine_alone(hostile, &i) && good;
	return good;
}

int main(int argc, char **argv)
{
	const struct test tests[] = {
		{ "scenes", each_scene, NULL }, { "typed", typed_lines, NULL },
		{ "crash", crashed_shell, NULL }, { "shown", shown_elsewhere, NULL },
		{ "autoloaded", autoloaded, NULL }, { "typing", typing_modules, NULL }, { "idle", idle_module, NULL },
		{ "hostile", hostile_calls, NULL },
	};
	return run_tests(tests, sizeof(tests) / sizeof(tests[0]), argc > 1 ? argv[1] : NULL);
}
