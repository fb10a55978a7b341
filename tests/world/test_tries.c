/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tries: what keeps a machine from booting is mended while it waits, and it
 * boots by itself, with nothing of the try before in its way.
 */
#include <stdio.h>
#include <string.h>

#include <mbedtls/sha256.h>

#include "tests/world/check.h"
#include "tests/world/far.h"
#include "tests/world/kernels.h"
#include "tests/world/machine.h"
#include "tests/world/pc.h"

#define SECOND 1000000ull

static void serve(const char *path, const char *text)
{
	struct far_file *f = far_find(path);
	if (!f)
		f = far_serve(path, text, 0);
	f->data = (const uint8_t *)text;
	f->len = strlen(text);
}

static void start(const char *script, const char *args)
{
	far_boot_file = "http://files.test/boot.ipxe";
	serve("/boot.ipxe", script);
	kernels_serve(0);
	pc_start(args);
}

static const char *awaited;

static bool is_said(void)
{
	return pc_said(awaited);
}

static void await(const char *text, unsigned seconds)
{
	awaited = text;
	CHECK(machine_run(is_said, seconds * SECOND));
}

static void boots_within(unsigned seconds)
{
	CHECK(machine_run(pc_ended, seconds * SECOND));
	CHECK_INT(pc_end, PC_BOOTED);
	kernels_arrived(pc_hand_over());
}

static bool alone(const void *fn)
{
	return machine_alone(*(void (*const *)(void *))fn, NULL);
}

/* ---- nothing outlives its try ---- */

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

static void sum_of(const char *path, char text[65])
{
	uint8_t digest[32];
	const struct far_file *f = far_find(path);
	CHECK_INT(mbedtls_sha256(f->data, f->len, digest, 0), 0);
	for (unsigned i = 0; i < sizeof(digest); i++)
		sprintf(text + 2 * i, "%02x", digest[i]);
}

static const char listed_script[] =
	"#!ipxe\nset sha256sums http://files.test/SUMS\nkernel kernel a=1\nmodule one first word\nmodule two second\n"
	"boot\n";

/* The list's names are right from the second try on, its sums from the third. */
static void list_is_mended(void *arg)
{
	static const char *const names[] = { "kernel", "one", "two" };
	char sums[512] = "", digest[65];
	(void)arg;
	start(listed_script, NULL);
	serve("/SUMS", ZEROS "  another\n");
	await("says nothing of kernel", 60);
	await("is tried again in", 1);
	serve("/SUMS", ZEROS "  kernel\n" ZEROS "  one\n" ZEROS "  two\n");
	await("kernel: its SHA-256 is ", 120);
	machine_run(NULL, SECOND);
	for (unsigned i = 0; i < 3; i++) {
		sum_of(names[i], digest);
		sprintf(sums + strlen(sums), "%s  %s\n", digest, names[i]);
	}
	serve("/SUMS", sums);
	boots_within(200);
}

int main(int argc, char **argv)
{
	static void (*const all[])(void *) = { list_is_mended };
	const struct test tests[] = {
		{ "list is mended", alone, &all[0] },
	};
	return run_tests(tests, sizeof(tests) / sizeof(tests[0]), argc > 1 ? argv[1] : NULL);
}
