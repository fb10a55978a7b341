/* SPDX-License-Identifier: BSD-2-Clause */
/* Modules from the prompt to their end, on the loader's real calls; what the programs do is played (umods.h). */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "net/bytes.h"
#include "sdk/bsd/bsd.h"
#include "sdk/include/undine_abi.h"
#include "tests/world/check.h"
#include "tests/world/far.h"
#include "tests/world/kernels.h"
#include "tests/world/machine.h"
#include "tests/world/pc.h"
#include "tests/world/umods.h"

#define AT UMOD_FILE_DATA
#define SECOND 1000000ull
#define ZERO_PAGE_LINE 0x228		/* of Linux: where its command line is */

/* ---- what the programs do ---- */

static int commands(struct user32 *u, const char *line)
{
	return umod_call(u, UNDINE_RUN, umod_text(line), 0, 0);
}

static int greets(struct user32 *u, const struct space *s)
{
	umod_space = s;
	switch (umod_step++) {
	case 0: {
		uint32_t argc, argv[3];
		char word[8];
		CHECK_INT(space_read(s, &argc, u->frame.user_esp, 4), 0);
		CHECK_INT(argc, 3);
		CHECK_INT(space_read(s, argv, u->frame.user_esp + 4, 12), 0);
		CHECK_INT(space_text(s, word, sizeof(word), argv[1]), 3);
		CHECK(!strcmp(word, "two"));
		return umod_say(u, "one line\r\nanother way\rand \033[31mhalf");
	}
	case 1:
		return umod_leave(u, 3);
	}
	return USER32_FAULT;
}

/* Fills memory, files, sockets and handles up to their limits. */
static int takes(struct user32 *u, const struct space *s)
{
	static uint32_t heap;
	char got[5];
	umod_space = s;
	if (!umod_step++) {
		heap = 0;
		return umod_call(u, UNDINE_GROW, 70000, 0, 0);
	}
	if (!heap) {
		heap = u->frame.eax;
		CHECK(heap > AT && u->frame.edx >= 70000 && space_holds(s, heap, u->frame.edx, true));
		return umod_call(u, UNDINE_GROW, 64 << 20, 0, 0);
	}
	switch (umod_step) {
	case 3:
		CHECK_INT(umod_answer(u), -ENOMEM);
		return umod_call(u, UNDINE_OPEN, umod_text("some"), 0, 0);
	case 4:
		CHECK_INT(umod_answer(u), 3);
		return umod_call(u, UNDINE_SEEK, 3, 5, 0);
	case 5:
		CHECK_INT(umod_answer(u), 5);
		return umod_call(u, UNDINE_READ, 3, AT, 100);
	case 6:
		CHECK_INT(umod_answer(u), 5);
		CHECK_INT(space_read(s, got, AT, 5), 0);
		CHECK(!memcmp(got, "bytes", 5));
		return umod_call(u, UNDINE_READ, 3, UMOD_FILE_CODE, 100);
	case 7:
		CHECK_INT(umod_answer(u), -EFAULT);
		return umod_call(u, UNDINE_OPEN, umod_text("nothing"), 0, 0);
	case 8:
		CHECK_INT(umod_answer(u), -ENOENT);
		return umod_call(u, UNDINE_CLOSE, 3, 0, 0);
	}
	if (umod_step > 9 && umod_answer(u) < 0) {
		CHECK_INT(umod_answer(u), -EMFILE);
		CHECK_INT(umod_step, 10 + 5);		/* module.sockets, below */
		return umod_leave(u, 0);
	}
	return umod_call(u, UNDINE_SOCKET, AF_INET, SOCK_DGRAM, 0);
}

/* Files, then images, until nothing is left of 1024 KiB, of which its stack has a quarter; then it fails. */
static int fills(struct user32 *u, const struct space *s)
{
	static unsigned files, images;
	umod_space = s;
	if (umod_step++ && umod_answer(u) < 0) {
		CHECK_INT(umod_answer(u), -ENOMEM);
		if (images)
			return umod_leave(u, 7);
		CHECK_INT(files, 3);
		images = 1;
	} else if (umod_step > 1) {
		files += !images;
		images += images != 0;
		CHECK(images <= 1 + ((1024 - 256 - 3 * 200) >> 3));
	}
	return images ? umod_call(u, UNDINE_IMAGE_MAKE, umod_text("made"), AT, 20) :
	       umod_call(u, UNDINE_OPEN, umod_text("big"), 0, 0);
}

/* Half a MiB of lines; the last one is another. */
static int babbles(struct user32 *u, const struct space *s)
{
	static const char line[] = "another line of what nobody ever wanted to read, but has to....\n";
	static const char last[] = "the last line\n";
	static uint32_t heap;
	uint32_t len = 512 << 10;
	umod_space = s;
	if (!umod_step++)
		return umod_call(u, UNDINE_GROW, len, 0, 0);
	if (umod_step == 2) {
		heap = u->frame.eax;
		for (uint32_t at = 0; at < len; at += 64)
			CHECK_INT(space_write(s, heap + at, line, 64), 0);
		CHECK_INT(space_write(s, heap + len - (sizeof(last) - 1), last, sizeof(last) - 1), 0);
		return umod_call(u, UNDINE_WRITE, 1, heap, len);
	}
	return umod_leave(u, 0);
}

/* Sockets as many as it gets; the world leaves `mapped` to it.  The fourth of them gets none. */
static int hoards(struct user32 *u, const struct space *s)
{
	static unsigned all;
	umod_space = s;
	if (!u->mapped++ || umod_answer(u) >= 0) {
		all += u->mapped > 1;
		return umod_call(u, UNDINE_SOCKET, AF_INET, SOCK_DGRAM, 0);
	}
	CHECK_INT(umod_answer(u), -EMFILE);
	if (u->mapped == 2) {
		CHECK_INT(all, 48);
		return umod_leave(u, 5);
	}
	u->mapped = 0x10000;
	return umod_call(u, UNDINE_SLEEP, 1000000, 0, 0);
}

static int asks(struct user32 *u, const struct space *s)
{
	char back[32] = "";
	umod_space = s;
	switch (umod_step++) {
	case 0:
		return commands(u, "set word it ${net0/mac}");
	case 1:
		CHECK_INT(umod_answer(u), 0);
		return umod_call(u, UNDINE_SETTING, umod_text("word"), AT, 31);
	case 2:
		CHECK_INT(umod_answer(u), 20);
		CHECK_INT(space_text(s, back, sizeof(back), AT), 20);
		CHECK(!strcmp(back, "it 02:00:00:00:00:01"));
		return umod_call(u, UNDINE_SETTING, umod_text("nothing"), AT, 31);
	case 3:
		CHECK_INT(umod_answer(u), -ENOENT);
		return commands(u, "nonsense");
	case 4:
		CHECK_INT(umod_answer(u), -ENOEXEC);
		return umod_call(u, UNDINE_IMAGE_MAKE, umod_text("made"), AT, 20);
	case 5:
		CHECK_INT(umod_answer(u), 0);
		return umod_call(u, UNDINE_IMAGE_READ, umod_text("made"), 3, 0);
	case 6:
		CHECK_INT(umod_answer(u), 0);
		return commands(u, "md5sum made");
	case 7:
		CHECK_INT(umod_answer(u), 0);
		return umod_call(u, UNDINE_RESOLVE, umod_text("files.test"), AT, 2);
	case 8:
		CHECK_INT(umod_answer(u), 1);
		return umod_call(u, 4711, 0, 0, 0);
	case 9:
		CHECK_INT(umod_answer(u), -ENOSYS);
		return umod_leave(u, 0);
	}
	return USER32_FAULT;
}

/* Lines of syslinux's modules are commands to a module, too, with files by URL. */
static int starts_linux(struct user32 *u, const struct space *s)
{
	umod_space = s;
	switch (umod_step++) {
	case 0:
		return commands(u, "mboot.c32 http://files.test/xen.gz a=1 --- http://files.test/x");
	case 1:
		CHECK(umod_answer(u) < 0);
		return commands(u, "linux.c32 http://files.test/bzImage initrd=http://files.test/x a=1");
	case 2:
		CHECK(umod_answer(u) < 0);
		return commands(u, "chain.c32 hd7 1");
	case 3:
		CHECK(umod_answer(u) < 0);
		return umod_leave(u, 0);
	}
	return USER32_FAULT;
}

static int faults(struct user32 *u, const struct space *s)
{
	umod_space = s;
	u->frame.vector = 14;
	u->frame.error = 6;
	u->frame.eip = UMOD_FILE_CODE + 6;
	u->fault_at = 0x1234;
	return USER32_FAULT;
}

static int hangs(struct user32 *u, const struct space *s)
{
	(void)s;
	u->frame.eip = UMOD_FILE_CODE + 6;
	machine_pass(4000);
	return USER32_TIMER;
}

/* All of it goes out by one call, to a server that has sent its end before it was there. */
static int posts(struct user32 *u, const struct space *s)
{
	static const char head[] = "POST /early HTTP/1.1\r\nHost: files.test\r\n\r\n";
	static uint32_t heap;
	struct sockaddr_in a = { .sin_family = AF_INET };
	umod_space = s;
	switch (umod_step++) {
	case 0:
		return umod_call(u, UNDINE_GROW, 65536, 0, 0);
	case 1:
		heap = u->frame.eax;
		return umod_call(u, UNDINE_SOCKET, AF_INET, SOCK_STREAM, 0);
	case 2:
		CHECK_INT(umod_answer(u), 3);
		put_be16((uint8_t *)&a.sin_port, 80);
		put_be32((uint8_t *)&a.sin_addr, 0x0a000001);
		CHECK_INT(space_write(s, AT, &a, sizeof(a)), 0);
		return umod_call(u, UNDINE_CONNECT, 3, AT, sizeof(a));
	case 3:
		CHECK_INT(umod_answer(u), 0);
		return umod_call(u, UNDINE_WRITE, 3, umod_text(head), sizeof(head) - 1);
	case 4:
		CHECK_INT(umod_answer(u), sizeof(head) - 1);
		return umod_call(u, UNDINE_SLEEP, 1000, 0, 0);
	case 5:
		return umod_call(u, UNDINE_WRITE, 3, heap, 65536);
	case 6:
		CHECK_INT(umod_answer(u), 65536);
		return umod_call(u, UNDINE_SLEEP, 1000, 0, 0);
	case 7:
		CHECK_INT(far_early, 65536);
		return umod_leave(u, 0);
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
	umod_space = s;
	switch (umod_step++) {
	case 0:
		got = hash = 0;
		return umod_call(u, UNDINE_SOCKET, AF_INET, SOCK_STREAM, 0);
	case 1:
		put_be16((uint8_t *)&a.sin_port, 80);
		put_be32((uint8_t *)&a.sin_addr, 0x0a000001);
		CHECK_INT(space_write(s, AT, &a, sizeof(a)), 0);
		return umod_call(u, UNDINE_CONNECT, 3, AT, sizeof(a));
	case 2:
		return umod_call(u, UNDINE_WRITE, 3, umod_text(ask), sizeof(ask) - 1);
	case 3:
		return umod_call(u, UNDINE_SLEEP, 40000, 0, 0);
	case 4:
		return umod_call(u, UNDINE_READ, 3, AT, sizeof(bytes));
	}
	CHECK(umod_answer(u) > 0);
	CHECK_INT(space_read(s, bytes, AT, (size_t)umod_answer(u)), 0);
	for (int i = 0; i < umod_answer(u); i++, got++)		/* behind the head: big's own bytes */
		hash += got >= UMODS_BIG / 2 && bytes[i] != 'b';
	CHECK_INT(hash, 0);
	return got < UMODS_BIG - 5000 ? umod_call(u, UNDINE_READ, 3, AT, sizeof(bytes)) : umod_leave(u, 0);
}

static int quits(struct user32 *u, const struct space *s)
{
	umod_space = s;
	return umod_leave(u, 0);
}

/* Sockets and the console by further numbers, up to module.handles; a socket lives as long as one of its. */
static int numbers(struct user32 *u, const struct space *s)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = 0x1111 };
	umod_space = s;
	switch (umod_step++) {
	case 0:
		return umod_call(u, UNDINE_DUP, 1, 10, 64);
	case 1:
		CHECK_INT(umod_answer(u), 10);
		CHECK_INT(space_write(s, AT, "by number ten\n", 14), 0);
		return umod_call(u, UNDINE_WRITE, 10, AT, 14);
	case 2:
		CHECK_INT(umod_answer(u), 14);
		return umod_call(u, UNDINE_DUP, 1, 10, 11);	/* taken */
	case 3:
		CHECK_INT(umod_answer(u), -EMFILE);
		return umod_call(u, UNDINE_DUP, 11, 0, 64);
	case 4:
		CHECK_INT(umod_answer(u), -EBADF);
		return umod_call(u, UNDINE_DUP, 1, 64, 65);
	case 5:
		CHECK_INT(umod_answer(u), -EBADF);
		return umod_call(u, UNDINE_SOCKET, AF_INET, SOCK_DGRAM, 0);
	case 6:
		CHECK_INT(umod_answer(u), 3);
		return umod_call(u, UNDINE_DUP, 3, 0, 0xffffffff);
	case 7:
		CHECK_INT(umod_answer(u), 4);
		return umod_call(u, UNDINE_DUP, 3, 0, 64);	/* module.handles, below */
	case 8:
		CHECK_INT(umod_answer(u), -EMFILE);
		return umod_call(u, UNDINE_CLOSE, 3, 0, 0);
	case 9:
		CHECK_INT(umod_answer(u), 0);
		CHECK_INT(space_write(s, AT, &a, sizeof(a)), 0);
		return umod_call(u, UNDINE_BIND, 4, AT, sizeof(a));
	case 10:
		CHECK_INT(umod_answer(u), 0);
		return umod_call(u, UNDINE_CLOSE, 4, 0, 0);
	case 11:
		CHECK_INT(umod_answer(u), 0);
		return umod_call(u, UNDINE_BIND, 4, AT, sizeof(a));
	case 12:
		CHECK_INT(umod_answer(u), -EBADF);
		return umod_call(u, UNDINE_SOCKET, AF_INET, SOCK_DGRAM, 0);
	case 13:
		CHECK_INT(umod_answer(u), 3);
		return umod_call(u, UNDINE_BIND, 3, AT, sizeof(a));	/* the port is free again */
	case 14:
		CHECK_INT(umod_answer(u), 0);
		return umod_call(u, UNDINE_OPEN, umod_text("some"), 0, 0);
	case 15:
		CHECK_INT(umod_answer(u), 4);
		return umod_call(u, UNDINE_CLOSE, 10, 0, 0);
	case 16:
		return umod_call(u, UNDINE_DUP, 4, 0, 64);
	case 17:
		CHECK_INT(umod_answer(u), -EOPNOTSUPP);
		return umod_leave(u, 0);
	}
	return USER32_FAULT;
}

/* Whoever ran before it has left no socket, though it ended by a fault, as this one does. */
static int listens_and_faults(struct user32 *u, const struct space *s)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = 0x1111 };
	umod_space = s;
	switch (u->mapped++) {
	case 0:
		return umod_call(u, UNDINE_SOCKET, AF_INET, SOCK_STREAM, 0);
	case 1:
		CHECK_INT(umod_answer(u), 3);
		CHECK_INT(space_write(s, AT, &a, sizeof(a)), 0);
		return umod_call(u, UNDINE_BIND, 3, AT, sizeof(a));
	case 2:
		CHECK_INT(umod_answer(u), 0);
		return umod_call(u, UNDINE_LISTEN, 3, 4, 0);
	}
	CHECK_INT(umod_answer(u), 0);
	return USER32_FAULT;
}

static const struct umod_scene scenes[] = {
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
	  { "module m.umod: ended by the limit module.cpu", "module m.umod: #0 f0010006 main+0x2", "it failed" } },
	{ "run --background m.umod\nps\nkill none || kill m.umod\nsleep 1\nps\nkill 1 || echo gone\n", umod_sleeps,
	  { "run: m.umod runs as number 1", "in the background", "kill: no module none runs",
	    "module m.umod: ended by kill", "gone" } },
	{ "timeout 2 run m.umod || echo it failed\n", umod_sleeps,
	  { "module m.umod: ended by its time limit", "it failed" } },
	{ "run wrong.umod || echo it failed\nrun nothing.umod || echo both\n", umod_sleeps,
	  { "run: wrong.umod: it is a 64-bit program", "it failed", "both" } },
	{ "set module.memory 100\nrun m.umod || echo it failed\n", umod_sleeps, { "module.memory", "it failed" } },
	{ "set module.memory 1024\nrun m.umod || echo status ${errno}\nimgstat made || echo none is left\n", fills,
	  { "status 0x7", "none is left" } },
	{ "set module.memory 1024\nrun --background m.umod\nsleep 30\nimgstat made || echo none is left\n", fills,
	  { "has ended with status 7", "none is left" } },
	{ "run --background m.umod\nkill m.umod\nsleep 1\n", babbles,
	  { "module m.umod: ended by kill", "!the last line" } },
	{ "run --background m.umod\nrun --background m.umod\nrun --background m.umod\nsleep 1\n"
	  "run m.umod || echo status ${errno}\nimgfetch some && echo others can\n", hoards,
	  { "status 0x5", "others can" } },
	{ "set module.handles 6\nrun m.umod && echo well\n", numbers, { "by number ten", "well" } },
	{ "run m.umod || run m.umod || echo both failed\n", listens_and_faults, { "both failed" } },
};

static bool each_scene(const void *arg)
{
	(void)arg;
	return umods_play(scenes, sizeof(scenes) / sizeof(scenes[0]));
}

/* A line that has been read, then Ctrl-D: nothing is there to be read, and that is no negative number. */
static int reads(struct user32 *u, const struct space *s)
{
	umod_space = s;
	switch (umod_step++) {
	case 0:
	case 2:
		return umod_say(u, umod_step == 1 ? "it reads\n" : "once more\n");
	case 1:
		return umod_call(u, UNDINE_READ, 0, AT, 100);
	case 3:
		return umod_call(u, UNDINE_SLEEP, 1000, 0, 0);
	case 4:
		return umod_call(u, UNDINE_AVAILABLE, 0, 0, 0);
	case 5:
		CHECK_INT(umod_answer(u), 0);
		return umod_call(u, UNDINE_READ, 0, AT, 100);
	case 6:
		CHECK_INT(umod_answer(u), 0);
		return umod_leave(u, 0);
	}
	return USER32_FAULT;
}

/* Ctrl-D in mid-line: what has been typed is read, without an end; the rest comes later. */
static int reads_parts(struct user32 *u, const struct space *s)
{
	char part[16] = "";
	umod_space = s;
	switch (umod_step++) {
	case 0:
		return umod_say(u, "it reads\n");
	case 1:
	case 3:
		return umod_call(u, UNDINE_READ, 0, AT, 100);
	case 2:
		CHECK_INT(umod_answer(u), 4);
		CHECK_INT(space_read(s, part, AT, 4), 0);
		CHECK(!strcmp(part, "some"));
		return umod_say(u, "once more\n");
	case 4:
		CHECK_INT(umod_answer(u), 7);
		CHECK_INT(space_read(s, part, AT, 7), 0);
		CHECK(!strcmp(part, " words\n"));
		return umod_leave(u, 0);
	}
	return USER32_FAULT;
}

static void typed_parts(void *arg)
{
	(void)arg;
	umods_start("run m.umod && echo the end\nshell\n", reads_parts, NULL);
	CHECK(pc_says("it reads", 60 * SECOND));
	pc_type("some\x04");
	CHECK(pc_says("once more", 60 * SECOND));
	pc_type(" words\n");
	CHECK(pc_says("the end", 60 * SECOND));
}

/* What it asks is seen though it waits in poll(). */
static int asks_by_poll(struct user32 *u, const struct space *s)
{
	struct pollfd p = { .fd = 0, .events = POLLIN };
	umod_space = s;
	switch (umod_step++) {
	case 0:
		return umod_say(u, "what now? ");
	case 1:
		CHECK_INT(space_write(s, AT, &p, sizeof(p)), 0);
		return umod_call(u, UNDINE_POLL, AT, 1, (uint32_t)-1);
	}
	CHECK_INT(umod_answer(u), 1);
	return umod_leave(u, 0);
}

static void asked(void *arg)
{
	(void)arg;
	umods_start("run m.umod && echo the end\nshell\n", asks_by_poll, NULL);
	CHECK(pc_shows("what now? ", 60 * SECOND));
	pc_type("\n");
	CHECK(pc_says("the end", 60 * SECOND));
}

static void typed(void *arg)
{
	(void)arg;
	umods_start("run m.umod && echo the end\nshell\n", reads, NULL);
	CHECK(pc_says("it reads", 60 * SECOND));
	pc_type("some words\n");
	CHECK(pc_says("once more", 60 * SECOND));
	pc_type("\x04");
	CHECK(pc_says("the end", 60 * SECOND));
}

static bool typed_lines(const void *arg)
{
	(void)arg;
	return machine_alone(typed, NULL) && machine_alone(typed_parts, NULL) &&
	       machine_alone(asked, NULL);
}

/* Syslinux's line for Linux, by a module, boots it. */
static int boots_linux(struct user32 *u, const struct space *s)
{
	umod_space = s;
	return commands(u, "linux.c32 http://files.test/linux initrd=http://files.test/one a=1");
}

/* And a disk. */
static int boots_disk(struct user32 *u, const struct space *s)
{
	umod_space = s;
	return commands(u, "chain.c32 hd0");
}

static int reboots(struct user32 *u, const struct space *s)
{
	umod_space = s;
	return commands(u, "reboot");
}

static void rebooted(void *arg)
{
	(void)arg;
	umods_start("run m.umod\n", reboots, NULL);
	CHECK(machine_run(pc_ended, 120 * SECOND));
	CHECK_INT(pc_end, PC_RESET);
}

static void booted(void *arg)
{
	bool linux_boots = *(const bool *)arg;
	uint32_t line;
	kernels_serve(0);
	kernels_serve_others();
	pc_has_pxe = !linux_boots;	/* and base memory, for the sector */
	umods_start("run m.umod\n", linux_boots ? boots_linux : boots_disk, NULL);
	CHECK(machine_run(pc_ended, 120 * SECOND));
	CHECK_INT(pc_end, PC_BOOTED);
	if (!linux_boots) {
		CHECK(pc_said("boot: starting drive 80h"));
		return;
	}
	memcpy(&line, (const uint8_t *)(uintptr_t)pc_hand_over().esi + ZERO_PAGE_LINE, sizeof(line));
	CHECK(!strcmp((const char *)(uintptr_t)line,
		      "BOOT_IMAGE=http://files.test/linux initrd=http://files.test/one a=1"));
}

static bool booting_modules(const void *arg)
{
	bool linux_boots = true, disk_boots = false;
	(void)arg;
	return machine_alone(booted, &linux_boots) && machine_alone(booted, &disk_boots) &&
	       machine_alone(rebooted, NULL);
}

/* Why a try has failed is what ended the module, or how it has ended. */
static const struct umod_scene ends[] = {
	{ "imgfetch nothing ||\nrun m.umod\n", faults,
	  { "The script has failed: module m.umod: page fault when writing to 00001234, at f0010006." } },
	{ "imgfetch nothing ||\nrun m.umod two three\n", greets,
	  { "The script has failed: module m.umod has ended with status 3." } },
	{ "set module.cpu 2\nrun m.umod\n", hangs,
	  { "The script has failed: module m.umod: ended by the limit module.cpu." } },
};

static void ended_so(void *arg)
{
	const struct umod_scene *s = *(const struct umod_scene *const *)arg;
	umods_start(s->script, s->program, NULL);
	CHECK(pc_says("The script has failed", 300 * SECOND));
	CHECK(pc_said(s->said[0]));
}

static bool each_end(const void *arg)
{
	bool good = true;
	(void)arg;
	for (unsigned i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		const struct umod_scene *s = &ends[i];
		good = machine_alone(ended_so, &s) && good;
	}
	return good;
}

int main(int argc, char **argv)
{
	const struct test tests[] = {
		{ "scenes", each_scene, NULL },
		{ "typed", typed_lines, NULL },
		{ "boots", booting_modules, NULL },
		{ "ends", each_end, NULL },
	};
	return run_tests(tests, sizeof(tests) / sizeof(tests[0]), argc > 1 ? argv[1] : NULL);
}
