/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BIOS calls that only kernels want the answers of: VBE (INT 10h AH=4Fh, VBE
 * 3.0), APM (INT 15h AH=53h, APM 1.2), drives (INT 13h), the configuration
 * table.  See bios.h.
 */
#include "services/firmware/bios.h"

#include <errno.h>
#include <string.h>

#include "kernel/gate.h"
#include "kernel/paging.h"
#include "services/firmware/boot_machine.h"

#define VBE_OK 0x004fu
#define CONTROL_AT R_BUFFER
#define MODE_INFO_AT (R_BUFFER + VBE_CONTROL_LEN)
#define CONTROL_VERSION 4		/* offsets in the control block */
#define CONTROL_MODES 14
#define MODES_MAX 256
#define MODES_END 0xffff
#define APM_32BIT (1u << 1)
#define BDA_VIDEO_MODE 0x49		/* words and bytes of the BIOS data area */
#define BDA_COLUMNS 0x4a
#define BDA_DRIVES 0x75
#define BDA_LAST_ROW 0x84
#define FIRST_DRIVE 0x80u

static struct boot_vbe vbe;
static struct boot_apm apm;

static bool bios(struct bios_regs *r, uint16_t intno, uint32_t eax)
{
	r->intno = intno;
	r->eax = eax;
	gate_bios(r);
	return !(r->flags & EFLAGS_CF);
}

/* A VBE function; what it fills is at `at` of the resident segment. */
static bool vbe_call(struct bios_regs *r, uint32_t function, unsigned at)
{
	r->es = gate_seg();
	r->edi = at;
	bios(r, 0x10, function);
	return (r->eax & 0xffff) == VBE_OK;
}

static bool vbe_read_control(void)
{
	struct bios_regs r = { 0 };
	uint8_t *block = gate_ptr(CONTROL_AT);
	memset(block, 0, VBE_CONTROL_LEN);
	memcpy(block, "VBE2", 4);
	if (!vbe_call(&r, 0x4f00, CONTROL_AT) || memcmp(block, "VESA", 4))
		return false;
	memcpy(vbe.control, block, VBE_CONTROL_LEN);
	return true;
}

static bool vbe_read_mode(uint16_t number, uint8_t *info)
{
	struct bios_regs r = { .ecx = number };
	memset(gate_ptr(MODE_INFO_AT), 0, VBE_MODE_INFO_LEN);
	bool ok = vbe_call(&r, 0x4f01, MODE_INFO_AT);
	memcpy(info, gate_ptr(MODE_INFO_AT), VBE_MODE_INFO_LEN);
	return ok;
}

static uint16_t vbe_word(unsigned at)
{
	return (uint16_t)(vbe.control[at] | vbe.control[at + 1] << 8);
}

int bios_find_mode(const struct vbe_wish *wish, struct vbe_mode *best)
{
	uint64_t best_distance = UINT64_MAX;
	if (!vbe_read_control())
		return -ENOENT;
	uint32_t list = segoff_linear((struct segoff){ vbe_word(CONTROL_MODES), vbe_word(CONTROL_MODES + 2) });
	for (unsigned i = 0; i < MODES_MAX; i++, list += 2) {
		struct vbe_mode m;
		uint8_t info[VBE_MODE_INFO_LEN];
		uint16_t number;
		if (list < REAL_LO || list > REAL_HI - 2)
			break;
		memcpy(&number, (const void *)(uintptr_t)list, 2);
		if (number == MODES_END)
			break;
		if (!vbe_read_mode(number, info) || !vbe_mode_read(info, vbe_word(CONTROL_VERSION), &m))
			continue;
		m.number = number;
		uint64_t distance = vbe_distance(wish, &m);
		if (distance < best_distance) {
			best_distance = distance;
			*best = m;
		}
	}
	return best_distance == UINT64_MAX ? -ENOENT : 0;
}

static void vbe_read_current(void)
{
	struct bios_regs r = { 0 };
	vbe.mode = vbe_call(&r, 0x4f03, CONTROL_AT) ? (uint16_t)r.ebx : VBE_TEXT;
	vbe_read_mode(vbe.mode, vbe.mode_info);
}

int bios_set_mode(uint16_t number)
{
	struct bios_regs r = { .ebx = number == VBE_TEXT ? number : number | VBE_LINEAR };
	if (!vbe_call(&r, 0x4f02, CONTROL_AT))
		return -EIO;
	vbe_read_current();
	return 0;
}

static const struct boot_vbe *read_vbe(void)
{
	struct bios_regs r = { 0 };
	memset(&vbe, 0, sizeof(vbe));
	if (!vbe_read_control())
		return NULL;
	vbe_read_current();
	if (vbe_call(&r, 0x4f0a, CONTROL_AT)) {
		vbe.interface_seg = r.es;
		vbe.interface_off = (uint16_t)r.edi;
		vbe.interface_len = (uint16_t)r.ecx;
	}
	return &vbe;
}

static void read_text(struct boot_text *t)
{
	uint8_t mode = (uint8_t)paging_bda_u16(BDA_VIDEO_MODE);
	t->addr = mode == 7 ? 0xb0000 : mode < 4 ? 0xb8000 : 0;
	t->columns = (uint8_t)paging_bda_u16(BDA_COLUMNS);
	t->rows = (uint8_t)(paging_bda_u16(BDA_LAST_ROW) + 1);
	if (!t->columns)
		t->addr = 0;
}

static bool apm_present(struct bios_regs *r)
{
	*r = (struct bios_regs){ 0 };
	return bios(r, 0x15, 0x5300) && (r->ebx & 0xffff) == 0x504d && (r->ecx & APM_32BIT);
}

static const struct boot_apm *connect_apm(void)
{
	struct bios_regs r, out = { 0 };
	if (!apm_present(&r))
		return NULL;
	bios(&out, 0x15, 0x5304);	/* somebody else's connection would stand in the way */
	out = (struct bios_regs){ 0 };
	if (!bios(&out, 0x15, 0x5303))
		return NULL;
	apm = (struct boot_apm){
		.cseg = (uint16_t)out.eax, .offset = out.ebx, .cseg_16 = (uint16_t)out.ecx, .dseg = (uint16_t)out.edx,
		.cseg_len = (uint16_t)out.esi, .cseg_16_len = (uint16_t)(out.esi >> 16), .dseg_len = (uint16_t)out.edi,
	};
	if (!apm_present(&r))		/* some tell the whole truth only once they are connected */
		return NULL;
	apm.version = (uint16_t)r.eax;
	apm.flags = (uint16_t)r.ecx;
	return &apm;
}

static unsigned read_drives(struct boot_drive *d)
{
	unsigned count = paging_bda_u16(BDA_DRIVES) & 0xff, n = 0;
	for (unsigned i = 0; i < count && n < BOOT_DRIVES_MAX; i++) {
		struct bios_regs r = { .edx = FIRST_DRIVE + i };
		if (!bios(&r, 0x13, 0x0800))
			continue;
		d[n] = (struct boot_drive){
			.number = (uint8_t)(FIRST_DRIVE + i),
			.cylinders = (uint16_t)((r.ecx >> 8 & 0xff) + (r.ecx << 2 & 0x300) + 1),
			.heads = (uint8_t)((r.edx >> 8) + 1), .sectors = r.ecx & 0x3f,
		};
		r = (struct bios_regs){ .ebx = 0x55aa, .edx = FIRST_DRIVE + i };
		d[n++].lba = bios(&r, 0x13, 0x4100) && (r.ebx & 0xffff) == 0xaa55 && (r.ecx & 1);
	}
	return n;
}

void firmware_facts(struct boot_machine *m)
{
	struct bios_regs r = { 0 };
	m->vbe = read_vbe();
	read_text(&m->text);
	m->drives = read_drives(m->drive);
	if (bios(&r, 0x15, 0xc000))
		m->config_table = segoff_linear((struct segoff){ (uint16_t)r.ebx, r.es });
	m->connect_apm = connect_apm;
	m->find_mode = bios_find_mode;
	m->set_mode = bios_set_mode;
}
