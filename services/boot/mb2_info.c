/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Multiboot2 boot information (specification 3.6).  The tags come in
 * GRUB's order, as kernels have seen them for years.
 */
#include <string.h>

#include "kernel/memmap.h"
#include "services/boot/multiboot2.h"
#include "services/boot/rsdp.h"

enum {
	INFO_END = 0, INFO_CMDLINE = 1, INFO_LOADER = 2, INFO_MODULE = 3, INFO_BASIC_MEM = 4, INFO_MMAP = 6,
	INFO_ELF_SECTIONS = 9, INFO_ACPI_OLD = 14, INFO_ACPI_NEW = 15, INFO_NETWORK = 16, INFO_LOAD_BASE = 21,
};

#define MMAP_ENTRY_LEN 24u
#define MMAP_ENTRY_VERSION 0u

/* Writes as long as it fits and counts on regardless. */
struct writer {
	uint8_t *buf;
	size_t cap, len;
};

static void put(struct writer *w, const void *p, size_t len)
{
	if (w->len <= w->cap && len <= w->cap - w->len)
		memcpy(w->buf + w->len, p, len);
	w->len += len;
}

static void put_u32(struct writer *w, uint32_t v)
{
	uint8_t b[4] = { (uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16), (uint8_t)(v >> 24) };
	put(w, b, 4);
}

static void put_u64(struct writer *w, uint64_t v)
{
	put_u32(w, (uint32_t)v);
	put_u32(w, (uint32_t)(v >> 32));
}

/* Header of a tag with len bytes of contents, at the next 8-aligned place; the gap is zeroed. */
static void put_tag(struct writer *w, uint32_t type, size_t len)
{
	static const uint8_t zeros[8];
	put(w, zeros, -w->len & 7);
	put_u32(w, type);
	put_u32(w, (uint32_t)(8 + len));
}

/* "name args", or one of the two alone, with its NUL. */
struct line {
	const char *name, *args;
	size_t name_len, args_len;
};

static struct line line_make(const char *name, const char *args, bool no_name)
{
	struct line l = { name, args, no_name ? 0 : strlen(name), strlen(args) };
	return l;
}

static size_t line_len(const struct line *l)
{
	return l->name_len + (l->name_len && l->args_len) + l->args_len + 1;
}

static void put_line(struct writer *w, const struct line *l)
{
	put(w, l->name, l->name_len);
	if (l->name_len && l->args_len)
		put(w, " ", 1);
	put(w, l->args, l->args_len);
	put(w, "", 1);
}

static void put_module(struct writer *w, const struct mb2_module *m)
{
	struct line l = line_make(m->name, m->args, m->no_name);
	put_tag(w, INFO_MODULE, 8 + line_len(&l));
	put_u32(w, m->start);
	put_u32(w, m->end);
	put_line(w, &l);
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

static void put_sections(struct writer *w, const struct mb2_kernel *k, uint32_t syms_addr)
{
	size_t len = (size_t)k->elf.shnum * k->elf.shentsize;
	put_tag(w, INFO_ELF_SECTIONS, 12 + len);
	put_u32(w, k->elf.shnum);
	put_u32(w, k->elf.shentsize);
	put_u32(w, k->elf.shstrndx);
	if (w->len <= w->cap && len <= w->cap - w->len)
		elf_copy_sections(&k->elf, k->syms_lo, syms_addr, w->buf + w->len);
	w->len += len;
}

static void put_bytes(struct writer *w, uint32_t type, const struct boot_bytes *b, uint32_t len)
{
	if (!b->data)
		return;
	put_tag(w, type, len);
	put(w, b->data, len);
}

size_t mb2_info_build(const struct mb2_info *in, void *buf, size_t cap)
{
	struct writer w = { buf, buf ? cap : 0, 0 };
	struct line cmdline = line_make(in->name, in->args, in->no_name);

	put_u64(&w, 0);			/* total size, reserved: below */
	put_tag(&w, INFO_LOAD_BASE, 4);
	put_u32(&w, in->load_base);
	put_tag(&w, INFO_CMDLINE, line_len(&cmdline));
	put_line(&w, &cmdline);
	put_tag(&w, INFO_LOADER, strlen(in->loader) + 1);
	put(&w, in->loader, strlen(in->loader) + 1);
	for (unsigned i = 0; i < in->modules; i++)
		put_module(&w, &in->module[i]);
	put_mmap(&w, in->map);
	if (in->kernel->is_elf && in->kernel->elf.shnum)
		put_sections(&w, in->kernel, in->syms_addr);
	put_tag(&w, INFO_BASIC_MEM, 8);
	put_u32(&w, memmap_lower_kib(in->map));
	put_u32(&w, memmap_upper_kib(in->map));
	for (unsigned i = 0; i < BOOT_INTERFACES_MAX; i++)
		put_bytes(&w, INFO_NETWORK, &in->machine->dhcp_ack[i], in->machine->dhcp_ack[i].len);
	/* ACPI 2.0's pointer begins with ACPI 1.0's, for kernels that know only that one */
	put_bytes(&w, INFO_ACPI_OLD, &in->machine->rsdp, RSDP_V1_LEN);
	if (in->machine->rsdp.len > RSDP_V1_LEN)
		put_bytes(&w, INFO_ACPI_NEW, &in->machine->rsdp, in->machine->rsdp.len);
	put_tag(&w, INFO_END, 0);

	size_t len = w.len;
	if (len <= w.cap) {
		w.len = 0;
		put_u32(&w, (uint32_t)len);
	}
	return len;
}

size_t mb2_info_max(const struct mb2_info *in)
{
	return mb2_info_build(in, NULL, 0) + (MEMMAP_MAX - in->map->count) * MMAP_ENTRY_LEN;
}
