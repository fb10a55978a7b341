/* SPDX-License-Identifier: BSD-2-Clause */
/* A hostile module: every call with random arguments: fuzz SEED CALLS. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <undine_abi.h>

unsigned long long undine_call(uint32_t number, uint32_t a, uint32_t b, uint32_t c, uint32_t d, uint32_t e, uint32_t f);

static uint32_t seed;
static unsigned char own[8192];

static uint32_t chance(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	return seed ^= seed << 5;
}

/* Near the ends of what there is, small, large, or anything. */
static uint32_t word(void)
{
	const uint32_t odd[] = {
		0, 1, 2, 3, 4, 5, 0xffffffff, 0x7fffffff, 0x80000000, (uint32_t)own, (uint32_t)(own + 4096),
		(uint32_t)word, 0xf0010000, 0xf000ffff, 0xfebff000, 0xfebfeff0, 0xfffffff0, 0x1000, 0x9fc00, 0x100000,
		(uint32_t)&odd, 16, 64,
	};
	uint32_t c = chance();
	return c & 1 ? odd[c / 2 % (sizeof odd / sizeof odd[0])] : c & 2 ? c >> 20 : c & 4 ? chance() % 40 : chance();
}

int main(int argc, char **argv)
{
	uint32_t calls = argc > 2 ? (uint32_t)atoi(argv[2]) : 1000;
	seed = argc > 1 ? (uint32_t)atoi(argv[1]) | 1 : 1;
	for (uint32_t i = 0; i < calls; i++) {
		uint32_t number = chance() % (UNDINE_CALLS + 4), a = word(), c = word();
		if (number == UNDINE_EXIT || number == UNDINE_WRITE || number == UNDINE_OPEN || number == UNDINE_RUN ||
		    number == UNDINE_IMAGE_MAKE || number == UNDINE_PROGRESS || number == UNDINE_RESOLVE ||
		    number == UNDINE_TYPE)
			number = UNDINE_SOCKET;	/* those print, keep, type or wait for what they should not here */
		if (number == UNDINE_SLEEP || number == UNDINE_KEY)
			a %= 3;
		if (number == UNDINE_POLL)
			c %= 3;
		for (unsigned k = 0; k < 4; k++)
			memcpy(own + chance() % (sizeof own - 4), &(uint32_t){ word() }, 4);
		if (number == UNDINE_SOCKET && chance() % 4) {
			uint32_t fd = (uint32_t)undine_call(number, 2, 1 + chance() % 2, 0, 0, 0, 0);
			undine_call(UNDINE_NONBLOCK, fd, 1, 0, 0, 0, 0);
		} else {
			undine_call(number, a, number == UNDINE_NONBLOCK ? 1 : word(), c, word(), word(), word());
		}
		if (chance() % 8 == 0)
			undine_call(UNDINE_CLOSE, 3 + chance() % 60, 0, 0, 0, 0, 0);
	}
	undine_call(UNDINE_EXIT, 0, 0, 0, 0, 0, 0);
	return 1;
}
