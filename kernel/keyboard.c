/* SPDX-License-Identifier: BSD-2-Clause */
/* INT 16h: see keyboard.h. */
#include "kernel/keyboard.h"

#include "kernel/gate.h"

#define SHIFT_FLAGS 0x5bu		/* of INT 16h AH=02h: right and left Shift, Alt, Scroll Lock, Caps Lock */

int keyboard_read(void)
{
	struct bios_regs r = { .intno = 0x16, .eax = 0x0100 };
	gate_bios(&r);
	if (r.flags & EFLAGS_ZF)
		return -1;
	r = (struct bios_regs){ .intno = 0x16 };
	gate_bios(&r);
	return (int)(r.eax & 0xffff);
}

bool keyboard_shift(void)
{
	struct bios_regs r = { .intno = 0x16, .eax = 0x0200 };
	gate_bios(&r);
	return r.eax & SHIFT_FLAGS;
}
