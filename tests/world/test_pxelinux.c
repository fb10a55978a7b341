/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What syslinux's modules are called for, at the prompt and in scripts, and trees that pxelinux boots from: what is
 * said, what is booted, and what lies where then.
 */
#include <string.h>

#include "tests/world/check.h"
#include "tests/world/far.h"
#include "tests/world/kernels.h"
#include "tests/world/machine.h"
#include "tests/world/pc.h"

#define SECOND 1000000ull
#define SAID_MAX 10
#define ZERO_PAGE_LINE 0x228		/* Linux's boot protocol: cmd_line_ptr */

static bool over(void)
{
	return pc_ended() || pc_said("The last line was");
}

static void check_said(const char *script, const char *const *said)
{
	for (unsigned i = 0; i < SAID_MAX && said[i]; i++)
		if (!pc_said(said[i])) {
			fprintf(stderr, "%s\nnot said: %s\n", script, said[i]);
			abort();
		}
}

/* ---- modules by their names ---- */

static const struct script {
	const char *text;		/* without its first line */
	const char *said[SAID_MAX];
	const char *line;		/* Linux gets this; NULL: nothing boots */
} scripts[] = {
	{ "linux.c32 http://files.test/linux initrd=http://files.test/one a=1 -- b\n", { NULL },
	  "BOOT_IMAGE=http://files.test/linux initrd=http://files.test/one a=1 -- b" },
	{ "tree/LINUX.C32 linux initrdfile=one@etc/x\n", { NULL }, "BOOT_IMAGE=linux initrdfile=one@etc/x" },
	{ "ifcpu64.c32 linux.c32 linux a--b -- linux.c32 none\n", { NULL }, "BOOT_IMAGE=linux a--b" },
	{ "ifcpu.c32 64 pae -- linux.c32 linux 1 -- linux.c32 none\n", { NULL }, "BOOT_IMAGE=linux 1" },
	{ "whichsys.c32 -iso- none -pxe- cmd.c32 linux.c32 linux 2 -sys- none\n", { NULL }, "BOOT_IMAGE=linux 2" },
	{ "linux.c32 -dhcpinfo linux || linux.c32 || linux.c32 none || mboot.c32 -c boot.cfg || mboot.c32 ||\n"
	  "ifcpu.c32 sse -- a || ifcpu.c32 64 || ifcpu64.c32 || cmd.c32 || whichsys.c32 x || config.c32 none ||\n"
	  "lua.c32 x || foo.c32 || chain.c32 hd0 nonsense || chain.c32 hd0 isolinux=x ||\n"
	  "echo The last line was it\n",
	  { "linux.c32: the option -dhcpinfo is not known", "linux.c32: it is to be told a file", "/none: 404",
	    "with -c another mboot.c32 is meant", "what sse is of a processor is not known",
	    "whichsys.c32: it has nothing behind -pxe-",
	    "lua.c32: this program for syslinux is not needed; instead of it: a script: KERNEL x.ipxe",
	    "foo.c32: c32 modules are programs", "chain.c32: nonsense: no such option",
	    "chain.c32: isolinux=x: there is no ISOLINUX" }, NULL },
	{ "chain.c32 hd5 || chain.c32 mbr:0x12345678 || chain.c32 hd0 ntldr=none || pxechn.c32 ||\n"
	  "pxechn.c32 a.0 -W ||\n"
	  "pxechn.c32 a.0 -o 1.q=2 || pxechn.c32 a.0 -o x || cat.c32 text\necho The last line was it\n",
	  { "chain.c32: drive 85h: the BIOS has no such drive", "none of the BIOS's 1 hard disks has that",
	    "http://files.test/none: 404", "pxechn.c32: it is to be told a file", "pxechn.c32: -W: -c, -p, -t, -o",
	    "options of type q are not known", "-o x: it is to be NUMBER.TYPE=VALUE", "two lines" }, NULL },
};

static void run_script(void *arg)
{
	static char text[4096];
	const struct script *s = *(const struct script *const *)arg;
	snprintf(text, sizeof(text), "#!ipxe\n%s", s->text);
	kernels_serve(0);
	kernels_serve_others();
	far_serve("/boot.ipxe", text, strlen(text));
	far_serve("/text", "two lines\nof text\n", 18);
	far_boot_file = "http://files.test/boot.ipxe";
	pc_start(NULL);
	CHECK(machine_run(over, 120 * SECOND));
	check_said(text, s->said);
	CHECK(pc_ended() == (s->line != NULL));
	if (!s->line)
		return;
	CHECK_INT(pc_end, PC_BOOTED);
	uint32_t line;
	memcpy(&line, (const uint8_t *)(uintptr_t)pc_hand_over().esi + ZERO_PAGE_LINE, sizeof(line));
	if (strcmp((const char *)(uintptr_t)line, s->line))
		fprintf(stderr, "got %s\n", (const char *)(uintptr_t)line);
	CHECK(!strcmp((const char *)(uintptr_t)line, s->line));
}

static bool each_script(const void *arg)
{
	bool good = true;
	(void)arg;
	for (unsigned i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		const struct script *s = &scripts[i];
		good = machine_alone(run_script, &s) && good;
	}
	return good;
}

int main(int argc, char **argv)
{
	const struct test tests[] = { { "modules", each_script, NULL } };
	return run_tests(tests, sizeof(tests) / sizeof(tests[0]), argc > 1 ? argv[1] : NULL);
}
