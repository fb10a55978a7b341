/* SPDX-License-Identifier: BSD-2-Clause */
/* Multiboot kernels: see check_kernel(). */
#include "services/boot/multiboot1.h"
#include "tests/fuzz/kernel_check.h"
#include "tests/fuzz/long_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const uint8_t *data, size_t size)
{
	struct mb1_header h;
	struct kernel_file k;
	struct boot_why why;
	check_kernel(&k, mb1_open(&h, &k, data, size, &why), &why, data, size, mb1_info_build);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check(data, size);
	check(long_file(data, size), LONG_FILE_LEN);
	return 0;
}
