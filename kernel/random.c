/* SPDX-License-Identifier: BSD-2-Clause */
/* Random numbers: a xorshift128+ state into which seeds are folded.  See random.h. */
#include "kernel/random.h"

#include "kernel/io.h"

#define CPUID1_ECX_RDRAND (1u << 30)

static uint64_t s0 = 0x9e3779b97f4a7c15ull, s1 = 0xbf58476d1ce4e5b9ull;

static uint64_t step(void)
{
	uint64_t a = s0, b = s1;
	s0 = b;
	a ^= a << 23;
	s1 = a ^ b ^ (a >> 18) ^ (b >> 5);
	return s1 + b;
}

void random_stir(const void *data, size_t len)
{
	const uint8_t *p = data;
	while (len--) {
		s0 ^= (uint64_t)*p++ << (len % 8 * 8);
		step();
	}
}

void random_init(void)
{
	uint32_t eax = 1, ebx, ecx, edx, hw;
	uint8_t ok;
	__asm__ volatile("cpuid" : "+a"(eax), "=b"(ebx), "=c"(ecx), "=d"(edx));
	for (int i = 0; i < 4 && ecx & CPUID1_ECX_RDRAND; i++) {
		__asm__ volatile("rdrand %0; setc %1" : "=r"(hw), "=qm"(ok));
		if (ok)
			random_stir(&hw, sizeof hw);
	}
	uint64_t tsc = rdtsc();
	random_stir(&tsc, sizeof tsc);
}

uint32_t random_u32(void)
{
	s0 ^= (uint32_t)rdtsc();
	return (uint32_t)(step() >> 16);
}
