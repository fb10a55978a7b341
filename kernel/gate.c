/* SPDX-License-Identifier: BSD-2-Clause */
/* The gate's C side.  Also part of the start-up code, which installs the segment. */
#include "kernel/gate.h"

#include <stddef.h>
#include <string.h>

#include "kernel/io.h"

_Static_assert(sizeof(struct bios_regs) == D_REGS_LEN, "abi.inc: D_REGS");
_Static_assert(offsetof(struct bios_regs, ds) == 28 && offsetof(struct bios_regs, flags) == 32, "resident.asm: REG()");
_Static_assert(sizeof(struct rom_slot) == 8 && D_SLOTS + 8 * R_SLOTS <= D_SAVE, "abi.inc: D_SLOTS");

static uint8_t *segment;
static void (*around)(bool bios);

static void put16(unsigned off, uint16_t v)
{
	memcpy(segment + R_DATA + off, &v, sizeof v);
}

static void put32(unsigned off, uint32_t v)
{
	memcpy(segment + R_DATA + off, &v, sizeof v);
}

static void put_descriptor(unsigned index, uint32_t base, uint32_t limit, uint8_t access, uint8_t flags)
{
	put32(D_GDT + 8 * index, (base & 0xffff) << 16 | (limit & 0xffff));
	put32(D_GDT + 8 * index + 4,
	      (base & 0xff000000) | (uint32_t)flags << 20 | (limit & 0xf0000) | (uint32_t)access << 8 |
	      (base >> 16 & 0xff));
}

void gate_attach(uint32_t linear)
{
	segment = (uint8_t *)linear;
}

void gate_set_up(void)
{
	uint32_t linear = (uint32_t)segment;
	/* accessed bits set beforehand, so that the processor need not write to them */
	put_descriptor(SEL_CODE32 / 8, 0, 0xfffff, 0x9b, 0xc);
	put_descriptor(SEL_DATA32 / 8, 0, 0xfffff, 0x93, 0xc);
	put_descriptor(SEL_CODE16 / 8, linear, 0xffff, 0x9b, 0);
	put_descriptor(SEL_DATA16 / 8, linear, 0xffff, 0x93, 0);
	put16(D_GDTR, 5 * 8 - 1);
	put32(D_GDTR + 2, linear + R_DATA + D_GDT);
	put16(D_SEG, (uint16_t)(linear >> 4));
	put16(D_DSEG, (uint16_t)(linear >> 4));
	put32(D_BASE, linear);
}

void gate_install(uint32_t linear, const void *code, uint32_t code_len)
{
	gate_attach(linear);
	memset(segment, 0, R_LEN);
	memcpy(segment, code, code_len);
	gate_set_up();
}

void *gate_ptr(unsigned off)
{
	return segment + off;
}

uint16_t gate_seg(void)
{
	return (uint16_t)((uint32_t)segment >> 4);
}

uint16_t gate_offset(unsigned table_off)
{
	uint16_t v;
	memcpy(&v, segment + R_CODE + table_off, sizeof v);
	return v;
}

void gate_set_around(void (*f)(bool bios))
{
	around = f;
}

void gate_call(unsigned table_off)
{
	uint32_t (*gate)(uint32_t) = (uint32_t (*)(uint32_t))(segment + gate_offset(T_GATE));
	uint32_t flags = interrupts_save();
	if (around)
		around(true);
	gate(gate_offset(table_off));
	if (around)
		around(false);
	interrupts_restore(flags);
}

void gate_bios(struct bios_regs *r)
{
	r->flags |= EFLAGS_IF;
	memcpy(segment + R_DATA + D_REGS, r, sizeof *r);
	gate_call(T_BIOS);
	memcpy(r, segment + R_DATA + D_REGS, sizeof *r);
}

/* T_NMI changes the vectors, so the second time all is as it was. */
void gate_count_nmis(bool on)
{
	if (on)
		put32(D_NMI_VECTOR, (uint32_t)gate_seg() << 16 | gate_offset(T_ON_NMI));
	gate_call(T_NMI);
}

unsigned gate_nmis(void)
{
	uint16_t *count = gate_ptr(R_DATA + D_NMIS);
	unsigned n = *count;
	*count = 0;
	return n;
}

static _Noreturn void leave(unsigned table_off, uint16_t ss, uint16_t sp)
{
	put16(D_EXIT_SS, ss);
	put16(D_EXIT_SP, sp);
	gate_call(table_off);
	__builtin_unreachable();
}

_Noreturn void gate_exit(uint16_t ss, uint16_t sp, uint16_t ax)
{
	put16(D_EXIT_AX, ax);
	leave(T_EXIT, ss, sp);
}

_Noreturn void gate_again(uint16_t ss, uint16_t sp)
{
	leave(T_AGAIN, ss, sp);
}
