/* SPDX-License-Identifier: BSD-2-Clause */
/* The memory map from the BIOS.  Called at start and again when the ROM has let go of its memory. */
#include "kernel/e820.h"

#include <errno.h>
#include <string.h>

#include "kernel/gate.h"

#define SMAP 0x534d4150u
#define CALLS_MAX 4096u		/* a BIOS whose continuation value never comes back to 0 has been asked long enough */

static void add(struct memmap *m, uint64_t base, uint64_t len)
{
	memmap_add(m, &(struct e820_entry){ .base = base, .len = len, .type = MEM_USABLE, .attr = 1 });
}

static void read_e820(struct memmap *m)
{
	struct e820_entry *buf = gate_ptr(R_BUFFER);
	struct bios_regs r = { .intno = 0x15 };
	for (unsigned calls = 0; calls < CALLS_MAX; calls++) {
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
		memmap_add(m, buf);
		if (!r.ebx)
			break;
	}
}

static void read_older(struct memmap *m)
{
	struct bios_regs r = { .intno = 0x12 };
	gate_bios(&r);
	add(m, 0, (uint64_t)(r.eax & 0xffff) << 10);

	r = (struct bios_regs){ .intno = 0x15, .eax = 0xe801 };
	gate_bios(&r);
	if (!(r.flags & EFLAGS_CF)) {
		/* some answer in AX/BX, some in CX/DX */
		uint32_t kib = r.ecx & 0xffff ? r.ecx & 0xffff : r.eax & 0xffff;
		uint32_t blocks = r.ecx & 0xffff ? r.edx & 0xffff : r.ebx & 0xffff;
		add(m, 0x100000, (uint64_t)kib << 10);
		add(m, 0x1000000, (uint64_t)blocks << 16);
		return;
	}
	r = (struct bios_regs){ .intno = 0x15, .eax = 0x8800 };
	gate_bios(&r);
	if (r.flags & EFLAGS_CF)
		m->count = 0;		/* 640 KiB alone are of no use */
	else
		add(m, 0x100000, (uint64_t)(r.eax & 0xffff) << 10);
}

int e820_read(struct memmap *out)
{
	out->count = 0;
	out->lost = 0;
	read_e820(out);
	if (!out->count)
		read_older(out);
	return out->count ? 0 : -ENODEV;
}
