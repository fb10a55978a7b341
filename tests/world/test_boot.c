/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whole boots, from DHCP to the jump: the lease, the script, a kernel and its
 * modules by HTTP on a connection that breaks, what becomes of them in memory.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "services/boot/multiboot2.h"
#include "tests/world/check.h"
#include "tests/world/far.h"
#include "tests/world/kernels.h"
#include "tests/world/machine.h"
#include "tests/world/pc.h"

#define SECOND 1000000ull

static void boots(void *arg)
{
	static const char script[] = "#!ipxe\nkernel kernel a=1\nmodule one first word\nmodule two second\nboot\n";
	(void)arg;
	far_boot_file = "http://files.test/boot.ipxe";
	far_serve("/boot.ipxe", script, strlen(script));
	kernels_serve(2);
	pc_start(NULL);
	CHECK(machine_run(pc_ended, 60 * SECOND));
	CHECK_INT(pc_end, PC_BOOTED);
	kernels_arrived(pc_hand_over());
}

static bool boots_alone(const void *arg)
{
	(void)arg;
	return machine_alone(boots, NULL);
}

int main(int argc, char **argv)
{
	const struct test tests[] = {
		{ "multiboot2", boots_alone, NULL },
	};
	return run_tests(tests, sizeof(tests) / sizeof(tests[0]), argc > 1 ? argv[1] : NULL);
}
