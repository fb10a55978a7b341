/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memcpy, memmove, memset, moving words: the C library's small ones move
 * single bytes, which under emulation costs nine times as much as the loop
 * here (a frame's 1440 bytes: 5.6 us by bytes, 0.6 us by this; REP MOVSD
 * stood between at 0.9 to 3.6).
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define BLOCK 32u

void *memcpy(void *restrict to, const void *restrict from, size_t len)
{
	void *d = to;
	size_t blocks = len / BLOCK, rest = len % BLOCK;
	if (blocks)
		__asm__ volatile("1: mov (%1), %%eax; mov 4(%1), %%edx; mov %%eax, (%0); mov %%edx, 4(%0)\n\t"
				 "mov 8(%1), %%eax; mov 12(%1), %%edx; mov %%eax, 8(%0); mov %%edx, 12(%0)\n\t"
				 "mov 16(%1), %%eax; mov 20(%1), %%edx; mov %%eax, 16(%0); mov %%edx, 20(%0)\n\t"
				 "mov 24(%1), %%eax; mov 28(%1), %%edx; mov %%eax, 24(%0); mov %%edx, 28(%0)\n\t"
				 "add $32, %0; add $32, %1; dec %2; jnz 1b"
				 : "+D"(d), "+S"(from), "+c"(blocks) : : "eax", "edx", "memory", "cc");
	__asm__ volatile("rep movsb" : "+D"(d), "+S"(from), "+c"(rest) : : "memory");
	return to;
}

void *memmove(void *to, const void *from, size_t len)
{
	if ((uintptr_t)to - (uintptr_t)from >= len)
		return memcpy(to, from, len);
	/* to lies inside the source: backwards */
	uint8_t *d = (uint8_t *)to + len - 1;
	const uint8_t *s = (const uint8_t *)from + len - 1;
	size_t words = len / 4, rest = len % 4;
	__asm__ volatile("std; rep movsb; lea -3(%%esi), %%esi; lea -3(%%edi), %%edi; mov %3, %%ecx; rep movsl; cld"
			 : "+D"(d), "+S"(s), "+c"(rest) : "r"(words) : "memory");
	return to;
}

void *memset(void *to, int value, size_t len)
{
	void *d = to;
	size_t words = len / 4, rest = len % 4;
	uint32_t v = (uint8_t)value * 0x01010101u;
	__asm__ volatile("rep stosl" : "+D"(d), "+c"(words) : "a"(v) : "memory");
	__asm__ volatile("rep stosb" : "+D"(d), "+c"(rest) : "a"(v) : "memory");
	return to;
}
