/* SPDX-License-Identifier: BSD-2-Clause */
/* CR0, CR4 and the registers (Intel SDM volume 3, chapters 2 and 14): see fpu.h. */
#include "kernel/fpu.h"

#include <cpuid.h>

#define CPUID_FXSR (1u << 24)
#define CPUID_SSE (1u << 25)
#define CR0_MP 0x2u
#define CR0_EM 0x4u
#define CR0_TS 0x8u
#define CR0_NE 0x20u
#define CR4_OSFXSR 0x200u
#define CR4_OSXMMEXCPT 0x400u

static bool asked, has_fxsr, has_sse;	/* the processor, once */
static uint32_t extensions;
/* An interrupt may end whoever has them, after any instruction: what these say is so before they say it. */
static bool on, borrowed;
static uint32_t cr0, cr4;		/* before */
static uint8_t lender[FPU_LEN] __attribute__((aligned(16)));

static void ask(void)
{
	uint32_t a, b, c, d;
	if (asked)
		return;
	asked = true;
	__cpuid(1, a, b, c, d);
	has_fxsr = d & CPUID_FXSR;
	has_sse = has_fxsr && (d & CPUID_SSE);
	extensions = has_sse ? c : 0;
}

void fpu_on(void)
{
	ask();
	__asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
	__asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
	__asm__ volatile("" : : : "memory");
	on = true;
	__asm__ volatile("mov %0, %%cr0" : : "r"((cr0 & ~(CR0_EM | CR0_TS)) | CR0_MP | CR0_NE) : "memory");
	__asm__ volatile("mov %0, %%cr4" : :
			 "r"(cr4 | (has_fxsr ? CR4_OSFXSR : 0) | (has_sse ? CR4_OSXMMEXCPT : 0)) : "memory");
}

void fpu_borrow(uint32_t features)
{
	ask();
	if ((extensions & features) != features)
		return;
	fpu_on();
	fpu_save(lender);
	borrowed = true;
}

bool fpu_is_borrowed(void)
{
	return borrowed;
}

/* What it needs of CR0 and CR4 is so only while it is on: to a BIOS, INT 10h is the screen and no fault. */
void fpu_off(void)
{
	if (!on)
		return;
	if (borrowed)
		fpu_restore(lender);
	borrowed = false;
	__asm__ volatile("mov %0, %%cr4" : : "r"(cr4) : "memory");
	__asm__ volatile("mov %0, %%cr0" : : "r"(cr0) : "memory");
	on = false;
}

void fpu_fresh(void)
{
	static const uint32_t mxcsr = 0x1f80;	/* no exceptions */
	__asm__ volatile("fninit");
	if (has_sse)
		__asm__ volatile("ldmxcsr %0" : : "m"(mxcsr));
}

void fpu_save(uint8_t *area)
{
	if (has_fxsr)
		__asm__ volatile("fxsave (%0)" : : "r"(area) : "memory");
	else
		__asm__ volatile("fnsave (%0)" : : "r"(area) : "memory");
}

void fpu_restore(const uint8_t *area)
{
	if (has_fxsr)
		__asm__ volatile("fxrstor (%0)" : : "r"(area) : "memory");
	else
		__asm__ volatile("frstor (%0)" : : "r"(area) : "memory");
}
