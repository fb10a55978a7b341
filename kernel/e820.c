/* SPDX-License-Identifier: BSD-2-Clause */
/* The memory map from the BIOS.  Called at start and again when the ROM has let go of its memory. */
#include "kernel/e820.h"

#include <errno.h>
#include <string.h>

#include "kernel/gate.h"

#define SMAP 0x534d4150u

static struct e820_entry raw[MEMMAP_MAX];

static unsigned add(unsigned n, uint64_t base, uint64_t len)
{
	raw[n] = (struct e820_entry){ .base = base, .len = len, .type = MEM_USABLE, .attr = 1 };
	return n + 1;
}

static unsigned read_e820(void)
{
	struct e820_entry *buf = gate_ptr(R_BUFFER);
	struct bios_regs r = { .intno = 0x15 };
	unsigned n = 0;
	/* the bound holds against a BIOS whose continuation value never comes back to 0 */
	for (unsigned calls = 0; calls < 2 * MEMMAP_MAX && n < MEMMAP_MAX; calls++) {
		memset(buf, 0, sizeof *buf);
		buf->attr = 1;		/* a BIOS that answers 20 bytes leaves it so */
		r.eax = 0xe820;
		r.edx = SMAP;
		r.ecx = sizeof *buf;
		r.es = r.ds = gate_seg();
		r.edi = R_BUFFER;
		r.flags = 0;
		gate_bios(&r);
		if ((r.flags & EFLAGS_CF) || r.eax != SMAP || r.ecx < 20)
			break;
		raw[n++] = *buf;
		if (!r.ebx)
			break;
	}
	return n;
}

static unsigned read_older(void)
{
	unsigned n = 0;
	struct bios_regs r = { .intno = 0x12 };
	gate_bios(&r);
	n = add(n, 0, (uint64_t)(r.eax & 0xffff) << 10);

	r = (struct bios_regs){ .intno = 0x15, .eax = 0xe801 };
	gate_bios(&r);
	if (!(r.flags & EFLAGS_CF)) {
		/* some answer in AX/BX, some in CX/DX */
		uint32_t kib = r.ecx & 0xffff ? r.ecx & 0xffff : r.eax & 0xffff;
		uint32_t blocks = r.ecx & 0xffff ? r.edx & 0xffff : r.ebx & 0xffff;
		n = add(n, 0x100000, (uint64_t)kib << 10);
		return add(n, 0x1000000, (uint64_t)blocks << 16);
	}
	r = (struct bios_regs){ .intno = 0x15, .eax = 0x8800 };
	gate_bios(&r);
	if (r.flags & EFLAGS_CF)
		return 0;
	return add(n, 0x100000, (uint64_t)(r.eax & 0xffff) << 10);
}

int e820_read(struct memmap *out)
{
	unsigned n = read_e820();
	if (!n)
		n = read_older();
	if (!n)
		return -ENODEV;
	memmap_normalise(raw, n, out);
	return 0;
}
