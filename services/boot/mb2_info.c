/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Multiboot2 boot information (specification 3.6).  The tags come in
 * GRUB's order, as kernels have seen them for years.
 */
#include <string.h>

#include "kernel/memmap.h"
#include "services/boot/multiboot2.h"
#include "services/boot/writer.h"
#include "services/firmware/rsdp.h"

enum {
	INFO_END = 0, INFO_CMDLINE = 1, INFO_LOADER = 2, INFO_MODULE = 3, INFO_BASIC_MEM = 4, INFO_MMAP = 6,
	INFO_VBE = 7,
	INFO_FRAMEBUFFER = 8, INFO_ELF_SECTIONS = 9, INFO_APM = 10, INFO_SMBIOS = 13, INFO_ACPI_OLD = 14,
	INFO_ACPI_NEW = 15,
	INFO_NETWORK = 16, INFO_LOAD_BASE = 21,
};

#define MMAP_ENTRY_LEN 24u
#define MMAP_ENTRY_VERSION 0u

/* Header of a tag with len bytes of contents, at the next 8-aligned place. */
static void put_tag(struct writer *w, uint32_t type, size_t len)
{
	put_align(w, 8);
	put_u32(w, type);
	put_u32(w, (uint32_t)(8 + len));
}

static void put_bytes(struct writer *w, uint32_t type, const struct boot_bytes *b, uint32_t len)
{
	if (!b->data)
		return;
	put_tag(w, type, len);
	put(w, b->data, len);
}

static void put_module(struct writer *w, const struct boot_module *m)
{
	put_tag(w, INFO_MODULE, 8 + line_len(m->name, m->args, m->no_name));
	put_u32(w, m->start);
	put_u32(w, m->end);
	put_line(w, m->name, m->args, m->no_name);
}

static void put_mmap(struct writer *w, const struct memmap *map)
{
	put_tag(w, INFO_MMAP, 8 + map->count * MMAP_ENTRY_LEN);
	put_u32(w, MMAP_ENTRY_LEN);
	put_u32(w, MMAP_ENTRY_VERSION);
	for (uint32_t i = 0; i < map->count; i++) {
		put_u64(w, map->e[i].base);
		put_u64(w, map->e[i].len);
		put_u32(w, map->e[i].type);
		put_u32(w, 0);
	}
}

static void put_sections(struct writer *w, const struct kernel_file *k, uint32_t syms_addr)
{
	size_t len = (size_t)k->elf.shnum * k->elf.shentsize;
	put_tag(w, INFO_ELF_SECTIONS, 12 + len);
	put_u32(w, k->elf.shnum);
	put_u32(w, k->elf.shentsize);
	put_u32(w, k->elf.shstrndx);
	uint8_t *room = put_room(w, len);
	if (room)
		elf_copy_sections(&k->elf, k->syms_lo, syms_addr, room);
}

static void put_apm(struct writer *w, const struct boot_apm *apm)
{
	if (!apm)
		return;
	put_tag(w, INFO_APM, sizeof(*apm));
	put(w, apm, sizeof(*apm));
}

static void put_vbe(struct writer *w, const struct boot_vbe *v)
{
	if (!v)
		return;
	put_tag(w, INFO_VBE, sizeof(*v));
	put(w, v, sizeof(*v));
}

static void put_framebuffer(struct writer *w, const struct boot_info *in)
{
	if (in->console == BOOT_CONSOLE_NONE)
		return;
	put_tag(w, INFO_FRAMEBUFFER, in->console == BOOT_CONSOLE_GRAPHICS ? 30 : 24);
	boot_info_put_framebuffer(w, in);
}

static void put_smbios(struct writer *w, const struct boot_machine *m)
{
	if (!m->smbios.data)
		return;
	put_tag(w, INFO_SMBIOS, 8 + m->smbios.len);
	put_u16(w, (uint16_t)(m->smbios_minor << 8 | m->smbios_major));
	put_u16(w, 0);
	put_u32(w, 0);
	put(w, m->smbios.data, m->smbios.len);
}

size_t mb2_info_build(const struct boot_info *in, void *buf, size_t cap)
{
	struct writer w = { buf, buf ? cap : 0, 0 };
	const struct boot_machine *m = in->machine;

	put_u64(&w, 0);			/* total size, reserved: below */
	put_tag(&w, INFO_LOAD_BASE, 4);
	put_u32(&w, in->load_base);
	put_tag(&w, INFO_CMDLINE, line_len(in->name, in->args, in->no_name));
	put_line(&w, in->name, in->args, in->no_name);
	put_tag(&w, INFO_LOADER, strlen(in->loader) + 1);
	put(&w, in->loader, strlen(in->loader) + 1);
	put_apm(&w, m->apm);
	for (unsigned i = 0; i < in->modules; i++)
		put_module(&w, &in->module[i]);
	put_mmap(&w, in->map);
	if (in->kernel->is_elf && in->kernel->elf.shnum)
		put_sections(&w, in->kernel, in->syms_addr);
	put_tag(&w, INFO_BASIC_MEM, 8);
	put_u32(&w, memmap_lower_kib(in->map));
	put_u32(&w, memmap_upper_kib(in->map));
	for (unsigned i = 0; i < BOOT_INTERFACES_MAX; i++)
		put_bytes(&w, INFO_NETWORK, &m->dhcp_ack[i], m->dhcp_ack[i].len);
	put_vbe(&w, m->vbe);
	put_framebuffer(&w, in);
	/* ACPI 2.0's pointer begins with ACPI 1.0's, for kernels that know only that one */
	put_bytes(&w, INFO_ACPI_OLD, &m->rsdp, RSDP_V1_LEN);
	if (m->rsdp.len > RSDP_V1_LEN)
		put_bytes(&w, INFO_ACPI_NEW, &m->rsdp, m->rsdp.len);
	put_smbios(&w, m);
	put_tag(&w, INFO_END, 0);
	set_u32(&w, 0, (uint32_t)w.len);
	return w.len;
}
