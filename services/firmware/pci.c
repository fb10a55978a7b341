/* SPDX-License-Identifier: BSD-2-Clause */
/* PCI's configuration space.  See pci.h; numbers are PCI BIOS Specification 2.1's and PCI 3.0's. */
#include "services/firmware/pci.h"

#include "kernel/gate.h"

#define PCI_BIOS 0x1a			/* INT */
#define PRESENT 0xb101
#define READ_DWORD 0xb10a
#define SIGNATURE 0x20494350u		/* "PCI " in EDX */

bool pci_read(uint32_t function, unsigned at, uint32_t *value)
{
	struct bios_regs r = { .intno = PCI_BIOS, .eax = READ_DWORD, .ebx = function, .edi = at };
	gate_bios(&r);
	*value = r.ecx;
	return !(r.flags & EFLAGS_CF) && !(r.eax & 0xff00);
}

uint32_t pci_functions(void)
{
	struct bios_regs r = { .intno = PCI_BIOS, .eax = PRESENT };
	gate_bios(&r);
	if (r.flags & EFLAGS_CF || r.eax & 0xff00 || r.edx != SIGNATURE)
		return 0;
	return ((r.ecx & 0xff) + 1) << 8;
}
