/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The gate's C side: calls into the resident 16-bit segment
 * (boot16/resident.asm), and through it the BIOS.  Interrupts are off in
 * 32-bit code and on inside.  A round trip costs about 3 us under emulation.
 */
#ifndef KERNEL_GATE_H
#define KERNEL_GATE_H

#include <stdbool.h>
#include <stdint.h>

#include "gen/abi16.h"

/* A real-mode pointer as it lies in memory. */
struct segoff {
	uint16_t off, seg;
};

static inline uint32_t segoff_linear(struct segoff p)
{
	return ((uint32_t)p.seg << 4) + p.off;
}

#define EFLAGS_CF 0x001u
#define EFLAGS_ZF 0x040u
#define EFLAGS_IF 0x200u
#define EFLAGS_VM 0x20000u

/* Registers of a BIOS call: the layout of D_REGS. */
struct bios_regs {
	uint32_t eax, ebx, ecx, edx, esi, edi, ebp;
	uint16_t ds, es;
	uint16_t flags;
	uint16_t intno;
};

/* A slot of the frame ring: the layout of D_SLOTS. */
struct rom_slot {
	uint16_t buffer_len, frame_len, header_len;
	uint8_t prot_type, pkt_type;
};

/* Copies the segment's code to `linear` (page aligned, R_LEN bytes) and sets it up. */
void gate_install(uint32_t linear, const void *code, uint32_t code_len);
/* Writes anew what the gate itself needs of the segment's data: it may have been written over. */
void gate_set_up(void);
/* Uses a segment that gate_install set up earlier. */
void gate_attach(uint32_t linear);

/* Where a 16-bit function (T_PXE ...) begins. */
uint16_t gate_offset(unsigned table_off);
/* `around(true)` before each visit to real mode, `around(false)` after it; NULL: nothing. */
void gate_set_around(void (*around)(bool bios));
/* Runs a 16-bit function by its offset in the entry table (T_PXE ...). */
void gate_call(unsigned table_off);
/* INT r->intno with the registers in *r, which are updated. */
void gate_bios(struct bios_regs *r);
/* Back to the starter: does not return. */
_Noreturn void gate_exit(uint16_t ss, uint16_t sp, uint16_t ax);
/* Starts the file at NBP_AT with the starter's stack and registers: does not return. */
_Noreturn void gate_again(uint16_t ss, uint16_t sp);

/* While they are counted here, those that come in real mode are not the BIOS's. */
void gate_count_nmis(bool on);
/* How many have come since it was asked last. */
unsigned gate_nmis(void);

/* Linear address of an offset in the segment; its paragraph. */
void *gate_ptr(unsigned off);
uint16_t gate_seg(void);

#endif
