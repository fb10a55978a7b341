/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether x87's and SSE's registers stay a module's own while others have the processor: fpu SEED fills all of them,
 * computes for a while, lets others run, and compares, again and again until the setting fpu.stop is there.  Then it
 * says how much of that time it had the processor: where others had some, the registers were theirs meanwhile.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <undine.h>

#define SPIN 1000000u
#define TERMS 20000u

struct registers {
	double x87[8];
	uint32_t xmm[8][4];
	uint16_t control;		/* x87's: rounding */
	uint32_t mxcsr;			/* SSE's */
};

/* All registers as in r; a long loop, which the timer interrupts, and a call in which others run; into back. */
static void hold(const struct registers *r, struct registers *back)
{
	unsigned spin = SPIN;
	__asm__ volatile(
		"fninit; fldcw %[control]; ldmxcsr %[mxcsr]\n"
		"fldl 56(%[x87]); fldl 48(%[x87]); fldl 40(%[x87]); fldl 32(%[x87])\n"
		"fldl 24(%[x87]); fldl 16(%[x87]); fldl 8(%[x87]); fldl (%[x87])\n"
		"movups (%[xmm]), %%xmm0; movups 16(%[xmm]), %%xmm1\n"
		"movups 32(%[xmm]), %%xmm2; movups 48(%[xmm]), %%xmm3\n"
		"movups 64(%[xmm]), %%xmm4; movups 80(%[xmm]), %%xmm5\n"
		"movups 96(%[xmm]), %%xmm6; movups 112(%[xmm]), %%xmm7\n"
		"1: dec %[spin]; jnz 1b\n"
		: [spin] "+r"(spin)
		: [x87] "r"(r->x87), [xmm] "r"(r->xmm), [control] "m"(r->control), [mxcsr] "m"(r->mxcsr) : "memory");
	__asm__ volatile("int $0x40" : "+a"((uint32_t){ UNDINE_SLEEP }) : "b"(0), "c"(0), "d"(0) : "memory");
	__asm__ volatile(
		"fstpl (%[x87]); fstpl 8(%[x87]); fstpl 16(%[x87]); fstpl 24(%[x87])\n"
		"fstpl 32(%[x87]); fstpl 40(%[x87]); fstpl 48(%[x87]); fstpl 56(%[x87])\n"
		"movups %%xmm0, (%[xmm]); movups %%xmm1, 16(%[xmm])\n"
		"movups %%xmm2, 32(%[xmm]); movups %%xmm3, 48(%[xmm])\n"
		"movups %%xmm4, 64(%[xmm]); movups %%xmm5, 80(%[xmm])\n"
		"movups %%xmm6, 96(%[xmm]); movups %%xmm7, 112(%[xmm])\n"
		"fnstcw %[control]; stmxcsr %[mxcsr]; fninit\n"
		: [control] "=m"(back->control), [mxcsr] "=m"(back->mxcsr) : [x87] "r"(back->x87), [xmm] "r"(back->xmm)
		: "memory");
}

/* A sum whose every digit depends on how each step was rounded. */
static double sum(unsigned seed)
{
	double s = 0;
	for (unsigned i = 1; i < TERMS; i++)
		s += 1.0 / (double)(i * seed) - s / (double)(i + seed);
	return s;
}

static uint64_t now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* CPU time of the module of that name. */
static uint64_t own_us(const char *name)
{
	struct undine_task t;
	for (unsigned i = 0; undine_info(UNDINE_INFO_TASK, i, &t, sizeof t) == 0; i++)
		if (t.module && !strcmp(t.name, name))
			return t.run_us;
	return 0;
}

int main(int argc, char **argv)
{
	unsigned seed = argc > 1 ? (unsigned)atoi(argv[1]) : 1, rounds = 0, wrong = 0;
	uint64_t from = now_us(), own = own_us(argv[0]);
	double first = sum(seed);
	char text[8];
	while (undine_setting("fpu.stop", text, sizeof text) < 0) {
		struct registers r = { .control = (uint16_t)(0x37f | (rounds + seed) % 4 << 10),
				       .mxcsr = 0x1f80 | (rounds + seed) % 4 << 13 }, back = { 0 };
		double again = sum(seed);
		for (unsigned i = 0; i < 8; i++) {
			r.x87[i] = (double)(seed * 1000 + rounds) + i / 8.0;
			for (unsigned k = 0; k < 4; k++)
				r.xmm[i][k] = seed << 24 ^ rounds << 8 ^ i << 4 ^ k;
		}
		hold(&r, &back);
		back.mxcsr &= ~0x3fu;		/* what has happened */
		wrong += r.control != back.control || r.mxcsr != back.mxcsr ||
			 memcmp(r.x87, back.x87, sizeof r.x87) || memcmp(r.xmm, back.xmm, sizeof r.xmm) ||
			 memcmp(&first, &again, sizeof first);
		rounds++;
	}
	printf("fpu %u: %u rounds, %u wrong, in %.1f of %.1f ms\n", seed, rounds, wrong,
	       (double)(own_us(argv[0]) - own) / 1000, (double)(now_us() - from) / 1000);
	return wrong != 0;
}
