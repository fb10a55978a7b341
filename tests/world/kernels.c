/* SPDX-License-Identifier: BSD-2-Clause */
/* See kernels.h.  Multiboot2 2.0, 3.1.2 (header), 3.2 (machine state), 3.6 (boot information). */
#include "tests/world/kernels.h"

#include <string.h>

#include "tests/world/check.h"
#include "tests/world/far.h"

#define KERNEL_LEN	150001u
#define KERNEL_AT	0x200000u
#define KERNEL_BSS	70000u
#define ONE_LEN		70003u
#define TWO_LEN		50000u

static uint8_t kernel[KERNEL_LEN], one[ONE_LEN], two[TWO_LEN];

static void fill(uint8_t *p, size_t len, size_t seed)
{
	for (size_t i = 0; i < len; i++)
		p[i] = far_byte(i + seed);
}

void kernels_serve(unsigned cuts)
{
	const uint32_t magic = 0xe85250d6, header[] = {
		magic, 0, 48, -(magic + 48),
		2, 24, KERNEL_AT, KERNEL_AT, KERNEL_AT + KERNEL_LEN, KERNEL_AT + KERNEL_LEN + KERNEL_BSS,
		3, 12, KERNEL_AT + 64, 0,
		0, 8,
	};
	fill(kernel, KERNEL_LEN, 1);
	fill(one, ONE_LEN, 2);
	fill(two, TWO_LEN, 3);
	memcpy(kernel, header, sizeof(header));
	((uint32_t *)kernel)[2] = sizeof(header);
	((uint32_t *)kernel)[3] = -(magic + (uint32_t)sizeof(header));
	far_serve("/kernel", kernel, KERNEL_LEN)->cuts = cuts;
	far_serve("/one", one, ONE_LEN)->cuts = cuts;
	far_serve("/two", two, TWO_LEN)->cuts = cuts;
}

static const void *at(uint32_t address)
{
	return (const void *)(uintptr_t)address;
}

void kernels_arrived(struct entry_regs regs)
{
	static const uint8_t zeros[KERNEL_BSS];
	const struct { const uint8_t *data; size_t len; const char *line; } want[] = {
		{ one, ONE_LEN, "one first word" }, { two, TWO_LEN, "two second" },
	};
	unsigned modules = 0;
	CHECK_INT(regs.eax, 0x36d76289);
	CHECK_INT(regs.eip, KERNEL_AT + 64);
	CHECK(!memcmp(at(KERNEL_AT), kernel, KERNEL_LEN));
	CHECK(!memcmp(at(KERNEL_AT + KERNEL_LEN), zeros, KERNEL_BSS));
	const uint32_t *tag = at(regs.ebx + 8);
	for (; tag[0]; tag += (tag[1] + 7) / 8 * 2) {
		if (tag[0] == 1)
			CHECK(!strcmp((const char *)(tag + 2), "kernel a=1"));
		if (tag[0] != 3)
			continue;
		CHECK(modules < 2);
		CHECK_INT(tag[3] - tag[2], want[modules].len);
		CHECK(!memcmp(at(tag[2]), want[modules].data, want[modules].len));
		CHECK(!strcmp((const char *)(tag + 4), want[modules].line));
		modules++;
	}
	CHECK_INT(modules, 2);
}
