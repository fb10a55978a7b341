/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The FPU's and SSE's registers.  The loader is compiled without them; modules have them (user32.c), and Mbed TLS's AES
 * instructions do (services/tls/gcm.c).  Who needs them has them from fpu_on() or fpu_borrow() to fpu_off(), which
 * leaves CR0 and CR4 as a ROM or the BIOS had them.  Between the two no ROM or BIOS is called, no other task runs, and
 * nobody else has them.  Interrupts may come: their handlers use none of this.  After a fault, or when a task is ended,
 * traps.c calls fpu_off().
 */
#ifndef KERNEL_FPU_H
#define KERNEL_FPU_H

#include <stdbool.h>
#include <stdint.h>

#define FPU_LEN 512			/* FXSAVE's area, aligned to 16; FNSAVE's is shorter */
#define FPU_REGISTERS 32		/* where they begin in it */
#define FPU_PCLMUL (1u << 1)		/* CPUID.1:ECX */
#define FPU_AES (1u << 25)

/* What is in them is nobody's: before, and after. */
void fpu_on(void);
/* The same, but what is in them comes back.  Where the processor lacks one of `features`, nothing happens. */
void fpu_borrow(uint32_t features);
bool fpu_is_borrowed(void);
/* Nothing happens if it is off. */
void fpu_off(void);

/* While it is on. */
void fpu_fresh(void);
void fpu_save(uint8_t *area);
void fpu_restore(const uint8_t *area);

#endif
