/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whole boots, from DHCP to the jump: the lease, the script, a kernel and its
 * modules by HTTP on a connection that breaks, what becomes of them in memory.
 */
#include <cpuid.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gen/abi16.h"
#include "kernel/gate.h"
#include "services/boot/multiboot2.h"
#include "tests/world/check.h"
#include "tests/world/far.h"
#include "tests/world/kernels.h"
#include "tests/world/machine.h"
#include "tests/world/pc.h"

#define SECOND 1000000ull

struct boot_case {
	const char *script;
	void (*arrived)(struct entry_regs regs);
	unsigned cuts;
	bool pxe;			/* its ROM has PXE, and base memory begins at 0 */
};

static void start(const char *script, unsigned cuts)
{
	far_boot_file = "http://files.test/boot.ipxe";
	far_serve("/boot.ipxe", script, strlen(script));
	kernels_serve(cuts);
	kernels_serve_others();
	pc_start(NULL);
}

static void boots(void *arg)
{
	const struct boot_case *c = arg;
	pc_has_pxe = c->pxe;
	start(c->script, c->cuts);
	memset(gate_ptr(R_TX), 'f', R_LEN - R_TX);		/* frames */
	CHECK(machine_run(pc_ended, 60 * SECOND));
	CHECK_INT(pc_end, PC_BOOTED);
	c->arrived(pc_hand_over());
}

static bool boots_alone(const void *arg)
{
	struct boot_case c = *(const struct boot_case *)arg;
	return machine_alone(boots, &c);
}

/* What cannot be booted is said, and the loader goes on. */
static const struct refused {
	const char *script, *said;
} refusals[] = {
	{ "#!ipxe\nkernel one\nboot\n", "nothing in it says how to boot it" },
	{ "#!ipxe\nchain one\n", "--type raw takes a flat binary (--load ADDRESS)" },
	{ "#!ipxe\nboot\n", "there is no kernel to boot" },
	{ "#!ipxe\nsanboot\n", "is wanted, but" },	/* this machine has no memory at 7C00h */
	{ "#!ipxe\nsanboot --drive 0x81\n", "has no such drive" },
	{ "#!ipxe\nchain undine.0\n", "404" },
	{ "#!ipxe\nkernel --type nbp one\nboot\n", "no PXE stack" },
	{ "#!ipxe\nkernel --load 0x9ff000 --type raw kernel && imgstat && boot nothing\n", "404" },
};

/* qemu-i386 is such a processor: there the world's 32-bit half runs where the kernel runs no 32-bit programs. */
static const struct refused not_amd64 = {
	"#!ipxe\nkernel freebsd\nboot\n", "it is for amd64, and this processor is not",
};

static const struct refused *refused = &not_amd64;

static bool is_at_the_prompt(void)
{
	return pc_said("all is tried again in");
}

static void refuses_it(void *arg)
{
	(void)arg;
	start(refused->script, 0);
	CHECK(machine_run(is_at_the_prompt, 60 * SECOND));
	CHECK(pc_said(refused->said));
	pc_type("exit 3\n");
	CHECK(machine_run(pc_ended, 5 * SECOND));
	CHECK_INT(pc_end, PC_EXITED);
	CHECK_INT(pc_status, 3);
}

static void refuses(unsigned n)
{
	refused = &refusals[n];
	refuses_it(NULL);
}

static bool refuses_all(const void *arg)
{
	unsigned failed;
	(void)arg;
	if (machine_each(refuses, 0, sizeof(refusals) / sizeof(refusals[0]), 1, &failed))
		return true;
	printf("script: %s", refusals[failed].script);
	return false;
}

#define MODULES "module one first word\nmodule two second\nboot\n"

static const struct boot_case multiboot2 = { "#!ipxe\nkernel kernel a=1\n" MODULES, kernels_arrived, 2, false };
static const struct boot_case gzip = {
	"#!ipxe\nkernel --name kernel kernel.gz a=1\n" MODULES, kernels_arrived, 0, false,
};
static const struct boot_case multiboot = { "#!ipxe\nkernel kernel1 b\n" MODULES, kernels_arrived_multiboot, 0, false };
static const struct boot_case linux_boot = {
	"#!ipxe\nkernel linux quiet\ninitrd one\ninitrd two\nboot\n", kernels_arrived_linux, 0, false,
};
static const struct boot_case freebsd_boot = {
	"#!ipxe\nkernel freebsd -s a=1\nmodule one\nboot\n", kernels_arrived_freebsd, 0, false,
};
static bool boots_freebsd(const void *arg)
{
	unsigned a, b, c, d = 0;
	bool amd64 = __get_cpuid(0x80000001, &a, &b, &c, &d) && d >> 29 & 1;
	return amd64 ? boots_alone(arg) : machine_alone(refuses_it, NULL);
}

/* ---- a boot file that is no script ---- */

static const struct file_case {
	const char *file, *args, *settings;	/* settings: option 224 */
	const char *said;		/* then the next is tried; NULL: it boots */
	uint32_t at, entry;		/* a flat one's; 0: kernel's own */
} files[] = {
	{ "/kernel", NULL, NULL, NULL, 0, 0 },
	{ "/kernel1", NULL, NULL, NULL, 0, 0 },
	{ "/kernel.gz", NULL, NULL, NULL, 0, 0 },
	{ "/linux", NULL, NULL, NULL, 0, 0 },
	{ "/one", "boot-type=raw", NULL, NULL, 0x100000, 0x100000 },
	{ "/one", NULL, "boot-type=raw", NULL, 0x100000, 0x100000 },
	{ "/one", "boot-type=raw,0x300000", NULL, NULL, 0x300000, 0x300000 },
	{ "/one", "boot-type=raw,0x300000,0x300020", NULL, NULL, 0x300000, 0x300020 },
	{ "/one", NULL, NULL, "one (boot-type=raw takes a flat binary)", 0, 0 },
	{ "/one", "boot-type=sour", NULL, "boot-type is to be an image type", 0, 0 },
	{ "/one", "boot-type=raw,0x", NULL, "not heeded", 0, 0 },
	{ "/one", "boot-type=nbp", NULL, "there is no PXE stack", 0, 0 },
	{ "/page", "boot-type=raw", NULL, "it begins like a web page", 0, 0 },
	{ "/boot.ipxe", "boot-type=raw", NULL, "a script all the same", 0, 0 },
};

static void boots_file(void *arg)
{
	static const char page[] = "<!DOCTYPE html><html></html>", script[] = "#!ipxe\necho a script all the same\n";
	const struct file_case *c = arg;
	struct entry_regs regs;
	static char name[48];
	snprintf(name, sizeof(name), "http://files.test%s", c->file);
	far_serve("/page", page, strlen(page));
	far_serve("/boot.ipxe", script, strlen(script));
	kernels_serve(0);
	kernels_serve_others();
	far_boot_file = name;
	far_settings = c->settings;
	pc_start(c->args);
	CHECK(c->said ? pc_says(c->said, 60 * SECOND) : machine_run(pc_ended, 60 * SECOND));
	if (c->said)
		return;
	CHECK_INT(pc_end, PC_BOOTED);
	regs = pc_hand_over();
	if (!c->at)
		return;
	const struct far_file *f = far_find(c->file);
	CHECK_INT(regs.eip, c->entry);
	CHECK(!memcmp((const void *)(uintptr_t)c->at, f->data, f->len));
}

static bool boots_files(const void *arg)
{
	bool good = true;
	(void)arg;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct file_case c = files[i];
		bool fine = machine_alone(boots_file, &c);
		if (!fine)
			fprintf(stderr, "that was %s, %s\n", c.file, c.args ? c.args : c.settings);
		good = good && fine;
	}
	return good;
}

static const struct boot_case by_chain = {
	"#!ipxe\nset next next\nimgfetch one first word\nmodule two second\nchain kernel a=1\n", kernels_arrived,
	1, false,
};

/* The same by syslinux's module's name. */
static const struct boot_case by_mboot = {
	"#!ipxe\nset next next\nmboot.c32 kernel a=1 --- one first word --- http://files.test/two second\n",
	kernels_arrived, 1, false,
};

static const struct boot_case nbp = {
	"#!ipxe\nchain --filename other.0 --next-server 10.0.0.9 --option 210=/dir/ nbp\n",
	kernels_arrived_nbp, 1, true,
};
static const struct boot_case by_pxechn = {
	"#!ipxe\npxechn.c32 tftp://10.0.0.1/nbp -p /dir/ -o 209.s=conf -t 60\n", kernels_arrived_nbp_by_pxechn, 1, true,
};
static const struct boot_case long_nbp = {
	"#!ipxe\nkernel nbp-long word\nboot\n", kernels_arrived_long_nbp, 0, true,
};
static const struct boot_case undine = { "#!ipxe\nchain next.0 script=x\n", kernels_arrived_undine, 0, true };

int main(int argc, char **argv)
{
	const struct test tests[] = {
		{ "multiboot2", boots_alone, &multiboot2 },
		{ "gzip", boots_alone, &gzip },
		{ "multiboot", boots_alone, &multiboot },
		{ "linux", boots_alone, &linux_boot },
		{ "freebsd", boots_freebsd, &freebsd_boot },
		{ "chain", boots_alone, &by_chain },
		{ "mboot.c32", boots_alone, &by_mboot },
		{ "nbp", boots_alone, &nbp },
		{ "pxechn.c32", boots_alone, &by_pxechn },
		{ "nbp over the ROM's stack", boots_alone, &long_nbp },
		{ "undine", boots_alone, &undine },
		{ "refusals", refuses_all, NULL },
		{ "boot_files", boots_files, NULL },
	};
	return run_tests(tests, sizeof(tests) / sizeof(tests[0]), argc > 1 ? argv[1] : NULL);
}
