/* SPDX-License-Identifier: BSD-2-Clause */
/* The v86 monitor on any registers and code: it never leaves memory, and refuses without changing anything. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/v86.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum { LEN = 0x110000 };
	static uint8_t *ram;
	struct v86_state s = { 0 }, before;
	if (!ram && !(ram = calloc(1, LEN)))
		abort();
	if (size < 20)
		return 0;
	uint16_t w[8];
	memcpy(w, data, sizeof w);
	s.cs = w[0], s.ip = w[1], s.ss = w[2], s.sp = w[3], s.eflags = w[4], s.ds = w[5], s.vif = w[6] & 1;
	struct v86_memory mem = { .base = ram, .len = LEN };
	uint32_t at = ((uint32_t)s.cs << 4) + s.ip;
	for (size_t i = 16; i < size && at < LEN; i++)
		ram[at++] = data[i];
	for (int step = 0; step < 8; step++) {
		before = s;
		enum v86_action a = v86_trap(&s, &mem);
		if (a == V86_FAULT || a == V86_TO_REAL) {
			assert(!memcmp(&s, &before, sizeof s));
			break;
		}
		assert(!((s.eflags ^ before.eflags) & 0x23000));
	}
	return 0;
}
