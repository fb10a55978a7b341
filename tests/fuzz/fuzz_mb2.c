/* SPDX-License-Identifier: BSD-2-Clause */
/* Multiboot2 kernels: see check_kernel(). */
#include "services/boot/multiboot2.h"
#include "tests/fuzz/kernel_check.h"
#include "tests/fuzz/long_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const uint8_t *data, size_t size)
{
	struct mb2_header h;
	struct kernel_file k;
	struct boot_why why;
	int rc = mb2_open(&h, &k, data, size, &why);
	check_kernel(&k, rc, &why, data, size, mb2_info_build);
	assert(rc || (h.align && !(h.align & (h.align - 1))));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check(data, size);
	check(long_file(data, size), LONG_FILE_LEN);
	return 0;
}
