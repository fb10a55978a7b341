/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ELF kernels: segments that are accepted lie in the file and below 4 GiB, and
 * so does the entry point in one of them.
 */
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "services/boot/elf.h"
#include "tests/fuzz/long_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define COPIED_MAX (1u << 20)	/* more takes time and shows nothing new */

static void check_sections(const struct elf *e)
{
	struct boot_why why;
	uint32_t lo, hi;
	if (elf_section_span(e, &lo, &hi, &why))
		return;
	assert(lo <= hi && hi <= e->len && lo % 4096 == 0);
	size_t len = (size_t)e->shnum * e->shentsize;
	if (len > COPIED_MAX)
		return;
	uint8_t *out = malloc(len ? len : 1);
	elf_copy_sections(e, lo, 0x7000000, out);
	free(out);
}

static void check(const uint8_t *data, size_t size)
{
	struct elf e;
	struct segment seg[8];
	struct boot_why why;
	uint32_t entry;
	if (elf_open(&e, data, size, &why))
		return;
	if (e.shnum)
		check_sections(&e);
	int n = elf_segments(&e, seg, 8, &why);
	if (n < 0)
		return;
	assert(n > 0 && n <= 8);
	for (int i = 0; i < n; i++) {
		assert(seg[i].mem && seg[i].len <= seg[i].mem && seg[i].addr + seg[i].mem > seg[i].addr);
		assert((uint64_t)seg[i].offset + seg[i].len <= size);
	}
	if (elf_entry(&e, &entry, &why) == 0) {
		bool inside = false;
		for (int i = 0; i < n; i++)
			inside |= entry - seg[i].addr < seg[i].len;
		assert(inside);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check(data, size);
	check(long_file(data, size), LONG_FILE_LEN);
	return 0;
}
