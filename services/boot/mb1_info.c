/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Multiboot information (specification 3.3): one structure of fixed form,
 * and behind it what it points to.
 */
#include <string.h>

#include "kernel/memmap.h"
#include "services/boot/multiboot1.h"
#include "services/boot/writer.h"

/* flags: which fields are valid */
enum {
	HAS_MEMORY = 1 << 0, HAS_CMDLINE = 1 << 2, HAS_MODULES = 1 << 3, HAS_ELF = 1 << 5, HAS_MMAP = 1 << 6,
	HAS_DRIVES = 1 << 7, HAS_CONFIG = 1 << 8, HAS_LOADER = 1 << 9, HAS_APM = 1 << 10, HAS_VBE = 1 << 11,
	HAS_FRAMEBUFFER = 1 << 12,
};

/* offsets of the fields */
enum {
	AT_FLAGS = 0, AT_LOWER = 4, AT_UPPER = 8, AT_CMDLINE = 16, AT_MODULES = 20, AT_ELF = 28, AT_MMAP = 44,
	AT_DRIVES = 52,
	AT_CONFIG = 60, AT_LOADER = 64, AT_APM = 68, AT_VBE = 72, AT_FRAMEBUFFER = 88, INFO_LEN = 120,
};

#define MODULE_LEN 16u
#define MMAP_ENTRY_LEN 20u		/* without its size field */
#define DRIVE_LEN 12u			/* with an empty list of ports */

/* A field: where in memory that which is written next will be. */
static void point_here(struct writer *w, const struct boot_info *in, size_t field)
{
	put_align(w, 4);
	set_u32(w, field, in->at + (uint32_t)w->len);
}

static void put_modules(struct writer *w, const struct boot_info *in)
{
	set_u32(w, AT_MODULES, in->modules);
	point_here(w, in, AT_MODULES + 4);
	size_t list = w->len;
	(void)put_room(w, in->modules * MODULE_LEN);
	for (unsigned i = 0; i < in->modules; i++, list += MODULE_LEN) {
		const struct boot_module *m = &in->module[i];
		set_u32(w, list, m->start);
		set_u32(w, list + 4, m->end);
		set_u32(w, list + 8, in->at + (uint32_t)w->len);
		set_u32(w, list + 12, 0);
		put_line(w, m->name, m->args, m->no_name);
	}
}

static void put_mmap(struct writer *w, const struct boot_info *in)
{
	const struct memmap *map = in->map;
	set_u32(w, AT_MMAP, map->count * (4 + MMAP_ENTRY_LEN));
	point_here(w, in, AT_MMAP + 4);
	for (uint32_t i = 0; i < map->count; i++) {
		put_u32(w, MMAP_ENTRY_LEN);
		put_u64(w, map->e[i].base);
		put_u64(w, map->e[i].len);
		put_u32(w, map->e[i].type);
	}
}

static uint32_t put_sections(struct writer *w, const struct boot_info *in)
{
	const struct kernel_file *k = in->kernel;
	if (!k->is_elf || !k->elf.shnum)
		return 0;
	size_t len = (size_t)k->elf.shnum * k->elf.shentsize;
	set_u32(w, AT_ELF, k->elf.shnum);
	set_u32(w, AT_ELF + 4, k->elf.shentsize);
	point_here(w, in, AT_ELF + 8);
	set_u32(w, AT_ELF + 12, k->elf.shstrndx);
	uint8_t *room = put_room(w, len);
	if (room)
		elf_copy_sections(&k->elf, k->syms_lo, in->syms_addr, room);
	return HAS_ELF;
}

static uint32_t put_drives(struct writer *w, const struct boot_info *in)
{
	const struct boot_machine *m = in->machine;
	set_u32(w, AT_DRIVES, m->drives * DRIVE_LEN);
	point_here(w, in, AT_DRIVES + 4);
	for (unsigned i = 0; i < m->drives; i++) {
		const struct boot_drive *d = &m->drive[i];
		put_u32(w, DRIVE_LEN);
		put_u8(w, d->number);
		put_u8(w, d->lba);
		put_u16(w, d->cylinders);
		put_u8(w, d->heads);
		put_u8(w, d->sectors);
		put_u16(w, 0);
	}
	return m->drives ? HAS_DRIVES : 0;
}

static uint32_t put_firmware(struct writer *w, const struct boot_info *in)
{
	const struct boot_machine *m = in->machine;
	uint32_t flags = 0;
	if (m->config_table) {
		set_u32(w, AT_CONFIG, m->config_table);
		flags |= HAS_CONFIG;
	}
	if (m->apm) {
		point_here(w, in, AT_APM);
		put(w, m->apm, sizeof(*m->apm));
		flags |= HAS_APM;
	}
	if (m->vbe) {
		point_here(w, in, AT_VBE);
		put(w, m->vbe->control, VBE_CONTROL_LEN);
		point_here(w, in, AT_VBE + 4);
		put(w, m->vbe->mode_info, VBE_MODE_INFO_LEN);
		set_u32(w, AT_VBE + 8, (uint32_t)m->vbe->interface_seg << 16 | m->vbe->mode);
		set_u32(w, AT_VBE + 12, (uint32_t)m->vbe->interface_len << 16 | m->vbe->interface_off);
		flags |= HAS_VBE;
	}
	return flags;
}

size_t mb1_info_build(const struct boot_info *in, void *buf, size_t cap)
{
	struct writer w = { buf, buf ? cap : 0, 0 };
	uint32_t flags = HAS_MEMORY | HAS_CMDLINE | HAS_MODULES | HAS_MMAP | HAS_LOADER;
	uint8_t *fixed = put_room(&w, INFO_LEN);
	if (fixed)
		memset(fixed, 0, INFO_LEN);
	w.len = AT_FRAMEBUFFER;
	if (in->console != BOOT_CONSOLE_NONE) {
		boot_info_put_framebuffer(&w, in);
		flags |= HAS_FRAMEBUFFER;
	}
	w.len = INFO_LEN;
	set_u32(&w, AT_LOWER, memmap_lower_kib(in->map));
	set_u32(&w, AT_UPPER, memmap_upper_kib(in->map));
	point_here(&w, in, AT_CMDLINE);
	put_line(&w, in->name, in->args, in->no_name);
	point_here(&w, in, AT_LOADER);
	put(&w, in->loader, strlen(in->loader) + 1);
	put_modules(&w, in);
	put_mmap(&w, in);
	flags |= put_sections(&w, in) | put_drives(&w, in) | put_firmware(&w, in);
	set_u32(&w, AT_FLAGS, flags);
	return w.len;
}
