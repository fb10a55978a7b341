/* SPDX-License-Identifier: BSD-2-Clause */
/* Modules that show a boot elsewhere and type, and what those see that look while the shell begins anew. */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "net/bytes.h"
#include "sdk/bsd/bsd.h"
#include "sdk/include/undine_abi.h"
#include "tests/world/check.h"
#include "tests/world/far.h"
#include "tests/world/machine.h"
#include "tests/world/pc.h"
#include "tests/world/umods.h"

#define AT UMOD_FILE_DATA
#define SECOND 1000000ull

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
	umod_space = s;
	memset(&is, 0, sizeof(is));
	switch (umod_step++) {
	case 0:
		at = 0;
		CHECK_INT(space_write(s, AT, &at, sizeof(at)), 0);
		return umod_call(u, UNDINE_LOG, AT, AT + 1024, 2048);
	case 1:
		CHECK(umod_answer(u) > 100 && umod_answer(u) <= 2048);
		CHECK_INT(space_read(s, seen, AT + 1024, (size_t)umod_answer(u)), 0);
		CHECK(strstr(seen, "net0") && seen[umod_answer(u) - 1] == '\n');
		CHECK_INT(space_read(s, &at, AT, sizeof(at)), 0);
		CHECK_INT(at, (uint64_t)umod_answer(u));
		at = UINT64_MAX / 2;			/* where nothing is */
		CHECK_INT(space_write(s, AT, &at, sizeof(at)), 0);
		return umod_call(u, UNDINE_LOG, AT, AT + 1024, 2048);
	case 2:
		CHECK_INT(umod_answer(u), 0);
		return umod_call(u, UNDINE_SLEEP, 5000, 0, 0);	/* the script has come to its prompt */
	case 3:
		return umod_call(u, UNDINE_BELOW, AT + 1024, 2048, 0);
	case 4:
		CHECK(umod_answer(u) >= 8);			/* behind the prompt may stand when the next try is */
		CHECK_INT(space_read(s, seen, AT + 1024, 8), 0);
		CHECK(!memcmp(seen, "undine> ", 8));
		CHECK_INT(space_write(s, AT, keys, sizeof(keys)), 0);
		return umod_call(u, UNDINE_TYPE, AT, sizeof(keys) / 2, 0);
	case 5:
		CHECK_INT(umod_answer(u), sizeof(keys) / 2);
		return umod_call(u, UNDINE_SLEEP, 1000, 0, 0);
	case 6:
		CHECK(pc_said("\ntyped\n"));
		umod_call(u, UNDINE_INFO, UNDINE_INFO_STATE, 0, info);
		u->frame.esi = sizeof(is.state);
		return USER32_CALL;
	case 7:
		CHECK_INT(umod_answer(u), sizeof(is.state));
		CHECK_INT(space_read(s, &is, info, sizeof(is.state)), 0);
		CHECK(is.state.up_us > 6000000 && !is.state.failures);
		CHECK(strstr(is.state.script, "files.test/boot.ipxe") && !strstr(is.state.script, "key"));
		umod_call(u, UNDINE_INFO, UNDINE_INFO_SETTING, 1, info);
		u->frame.esi = sizeof(is.setting);
		return USER32_CALL;
	case 8:
		CHECK_INT(umod_answer(u), sizeof(is.setting));
		CHECK_INT(space_read(s, &is, info, sizeof(is.setting)), 0);
		CHECK(!strcmp(is.setting.name, "web.password") && is.setting.len == 6);
		CHECK(!strcmp(is.setting.text, "******"));
		umod_call(u, UNDINE_INFO, UNDINE_INFO_LINK, 0, info);
		u->frame.esi = 20;			/* an older program knows less of it */
		return USER32_CALL;
	case 9:
		CHECK_INT(umod_answer(u), sizeof(is.link));
		CHECK_INT(space_read(s, &is, info, sizeof(is.link)), 0);
		CHECK(!strcmp(is.link.name, "net0") && is.link.state[0] && !is.link.state[4] && !is.link.mtu);
		umod_call(u, UNDINE_INFO, UNDINE_INFO_SOCKET, 0, info);
		u->frame.esi = sizeof(is.socket);
		return USER32_CALL;
	case 10:
		CHECK(umod_answer(u) == sizeof(is.socket) || umod_answer(u) == -ENOENT);
		umod_call(u, UNDINE_INFO, UNDINE_INFO_TASK, 1000, info);
		u->frame.esi = sizeof(is.task);
		return USER32_CALL;
	case 11:
		CHECK_INT(umod_answer(u), -ENOENT);
		umod_call(u, UNDINE_INFO, UNDINE_INFO_COUNTER, 0, info);
		u->frame.esi = sizeof(is.counter);
		return USER32_CALL;
	case 12:
		CHECK_INT(umod_answer(u), sizeof(is.counter));
		CHECK_INT(space_read(s, &is, info, sizeof(is.counter)), 0);
		CHECK(!strcmp(is.counter.name, "mem_failed") && !is.counter.n);
		return umod_call(u, UNDINE_INFO, 4711, 0, info);
	case 13:
		CHECK_INT(umod_answer(u), -EINVAL);
		return umod_call(u, UNDINE_TYPE, AT, 257, 0);	/* half of a line would be another */
	case 14:
		CHECK_INT(umod_answer(u), -E2BIG);
		return umod_leave(u, 6);
	}
	return USER32_FAULT;
}

/* When the try has failed it presses Enter, once, and ends, or stays. */
static bool it_stays;

static int presses_enter(struct user32 *u, const struct space *s)
{
	static const uint16_t key = '\r';
	umod_space = s;
	switch (umod_step++) {
	case 0:
		return umod_call(u, UNDINE_SLEEP, 5000, 0, 0);
	case 1:
		CHECK_INT(space_write(s, AT, &key, sizeof(key)), 0);
		return umod_call(u, UNDINE_TYPE, AT, 1, 0);
	case 2:
		CHECK_INT(umod_answer(u), 1);
		return it_stays ? umod_call(u, UNDINE_SLEEP, 10000000, 0, 0) : umod_leave(u, 0);
	}
	return USER32_FAULT;
}

/* Asks for a setting again and again, never resting. */
static unsigned known, unknown;

static int watches(struct user32 *u, const struct space *s)
{
	umod_space = s;
	machine_pass(100);
	if (umod_step++ % 2) {
		known += umod_answer(u) == 4;
		unknown += umod_answer(u) == -ENOENT;
		return umod_call(u, UNDINE_SLEEP, 0, 0, 0);
	}
	return umod_call(u, UNDINE_SETTING, umod_text("word"), AT, 31);
}

/* The settings go with the shell's memory: whoever asks before it runs again is told that there are none. */
static void watched(void *arg)
{
	(void)arg;
	umods_start("set word some\nrun --background m.umod\nshell\n", watches, NULL);
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
	umods_serve();
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

/* Somebody is there as long as the module runs that has typed, for the five minutes that a person counts. */
static void present(void *arg)
{
	it_stays = *(const bool *)arg;
	umods_start("run --background m.umod\nimgfetch nothing\n", presses_enter, "retry-timeout=20");
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

int main(int argc, char **argv)
{
	const struct test tests[] = {
		{ "crash", crashed_shell, NULL },
		{ "shown", shown_elsewhere, NULL },
		{ "typing", typing_modules, NULL },
	};
	return run_tests(tests, sizeof(tests) / sizeof(tests[0]), argc > 1 ? argv[1] : NULL);
}
