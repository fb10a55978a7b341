/* SPDX-License-Identifier: BSD-2-Clause */
/* A module that makes each call with whatever arguments, one that waits for nothing, and ones that a setting starts. */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "net/bytes.h"
#include "sdk/bsd/bsd.h"
#include "sdk/include/undine_abi.h"
#include "services/cause/cause.h"
#include "tests/world/check.h"
#include "tests/world/far.h"
#include "tests/world/machine.h"
#include "tests/world/pc.h"
#include "tests/world/umods.h"

#define AT UMOD_FILE_DATA
#define SECOND 1000000ull

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
	umod_space = s;
	if (umod_step++ >= CALLS)
		return umod_leave(u, 0);
	if (opened && umod_answer(u) >= 0) {			/* it is to wait for nobody */
		opened = false;
		return umod_call(u, UNDINE_NONBLOCK, u->frame.eax, 1, 0);
	}
	if (number == UNDINE_EXIT || number == UNDINE_OPEN || number == UNDINE_IMAGE_MAKE || number == UNDINE_RESOLVE)
		number = UNDINE_SOCKET;
	opened = number == UNDINE_SOCKET || number == UNDINE_ACCEPT;
	for (unsigned i = 0; i < 8 && number % 3; i++)
		CHECK_INT(space_write(s, AT + chance() % 4000, &(uint32_t){ word() }, 4), 0);
	umod_call(u, number, word(), word(), word());
	u->frame.esi = word();
	u->frame.edi = word();
	u->frame.ebp = word();
	if (number == UNDINE_SOCKET && chance() % 4)
		umod_call(u, number, AF_INET, 1 + chance() % 2, 0);
	if (number == UNDINE_POLL)
		u->frame.edx = chance() % 3;
	if (number == UNDINE_SLEEP || number == UNDINE_KEY)
		u->frame.ebx = chance() % 3;
	if (number == UNDINE_NONBLOCK)
		u->frame.ecx = 1;
	return USER32_CALL;
}

/* It runs beside the script, by words of its own; the script's end begins all anew, and it runs on. */
static void loaded(void *arg)
{
	(void)arg;
	umods_start("ps\necho a try\nimgfetch nothing\n", umod_sleeps, "retry-timeout=3 module.autoload=m.umod");
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
	umods_serve();
	pc_module = umod_sleeps;
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

/* It waits in poll() for a datagram that does not come: the card is asked as seldom as without it. */
static int awaits(struct user32 *u, const struct space *s)
{
	struct pollfd p = { .fd = 3, .events = POLLIN };
	umod_space = s;
	if (!umod_step++)
		return umod_call(u, UNDINE_SOCKET, AF_INET, SOCK_DGRAM, 0);
	CHECK_INT(space_write(s, AT, &p, sizeof(p)), 0);
	return umod_call(u, UNDINE_POLL, AT, 1, (uint32_t)-1);
}

static unsigned polls_with(const char *script)
{
	umods_start(script, awaits, "retry-timeout=0");
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
	static char without[] = "echo the end\nshell\n";
	static char with[] = "run --background m.umod\necho the end\nshell\n";
	(void)arg;
	return machine_alone(polled, without) && machine_alone(polled, with);
}

static void hostile(void *arg)
{
	seed = *(const uint32_t *)arg;
	umods_start("run --background m.umod\nshell\n", random_calls, NULL);
	CHECK(pc_says("module m.umod (1): has ended with status 0", 3000 * SECOND));
	machine_run(NULL, SECOND);
	size_t held = machine_pages_held;
	umod_step = 0;
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
		{ "autoloaded", autoloaded, NULL },
		{ "idle", idle_module, NULL },
		{ "hostile", hostile_calls, NULL },
	};
	return run_tests(tests, sizeof(tests) / sizeof(tests[0]), argc > 1 ? argv[1] : NULL);
}
