/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A Multiboot2 kernel's segments: by its address tag (specification 3.1.6) or
 * else by its ELF program headers.
 */
#include <errno.h>

#include "services/boot/multiboot2.h"

#define LOAD_WHOLE_FILE 0xffffffffu	/* load_addr: from the file's first byte on */

/* The file offset of the first loaded byte, and its address. */
static int flat_start(const struct mb2_header *h, uint32_t *offset, uint32_t *addr, struct boot_why *why)
{
	uint32_t before = h->load_addr == LOAD_WHOLE_FILE ? h->offset : h->header_addr - h->load_addr;
	if (h->load_addr != LOAD_WHOLE_FILE && h->load_addr > h->header_addr)
		return boot_why(why, -ENOEXEC, "its address tag loads from 0x%x on, behind its header at 0x%x",
				(unsigned)h->load_addr, (unsigned)h->header_addr);
	if (before > h->offset || before > h->header_addr)
		return boot_why(why, -ENOEXEC, "its address tag starts 0x%x bytes before the header, which is not in the file",
				(unsigned)before);
	*offset = h->offset - before;
	*addr = h->header_addr - before;
	return 0;
}

static int flat_segment(struct mb2_kernel *k, size_t len, struct boot_why *why)
{
	const struct mb2_header *h = &k->header;
	uint32_t offset = 0, addr = 0;
	int rc = flat_start(h, &offset, &addr, why);
	if (rc)
		return rc;
	if (h->load_end && h->load_end <= addr)
		return boot_why(why, -ENOEXEC, "its address tag ends at 0x%x before it starts at 0x%x",
				(unsigned)h->load_end, (unsigned)addr);
	uint64_t file = h->load_end ? h->load_end - addr : len - offset;
	if (file > len - offset)
		return boot_why(why, -ENOEXEC, "its address tag asks for 0x%x bytes, the file has 0x%x: is it cut short?",
				(unsigned)file, (unsigned)(len - offset));
	if (h->bss_end && h->bss_end < addr + file)
		return boot_why(why, -ENOEXEC, "its address tag ends the BSS at 0x%x, inside the loaded part",
				(unsigned)h->bss_end);
	uint64_t mem = h->bss_end ? h->bss_end - addr : file;
	if (addr + mem > UINT32_MAX)
		return boot_why(why, -ENOEXEC, "0x%llx bytes at 0x%x reach past 4 GiB", (unsigned long long)mem,
				(unsigned)addr);
	if (!h->has_entry)
		return boot_why(why, -ENOEXEC, "it has an address tag, but no entry tag");
	k->seg[0] = (struct segment){ .addr = addr, .mem = (uint32_t)mem, .offset = offset, .len = (uint32_t)file };
	k->segments = 1;
	return 0;
}

static int check_overlap(const struct mb2_kernel *k, struct boot_why *why)
{
	for (unsigned i = 0; i < k->segments; i++)
		for (unsigned j = 0; j < i; j++) {
			const struct segment *a = &k->seg[i], *b = &k->seg[j];
			if (a->addr < b->addr + b->mem && b->addr < a->addr + a->mem)
				return boot_why(why, -ENOEXEC, "its segments 0x%x-0x%x and 0x%x-0x%x overlap", (unsigned)b->addr,
						(unsigned)(b->addr + b->mem), (unsigned)a->addr,
						(unsigned)(a->addr + a->mem));
		}
	return 0;
}

/* The entry tag's address must be in loaded bytes too; an ELF entry has been checked by elf_entry(). */
static int check_entry(const struct mb2_kernel *k, struct boot_why *why)
{
	for (unsigned i = 0; i < k->segments; i++)
		if (k->entry >= k->seg[i].addr && k->entry - k->seg[i].addr < k->seg[i].len)
			return 0;
	return boot_why(why, -ENOEXEC, "the entry point 0x%x is in none of the loaded segments", (unsigned)k->entry);
}

static int open_elf(struct mb2_kernel *k, const uint8_t *data, size_t len, struct boot_why *why)
{
	k->is_elf = true;
	int rc = elf_open(&k->elf, data, len, why);
	if (rc == 0)
		rc = elf_segments(&k->elf, k->seg, MB2_SEGMENTS_MAX, why);
	if (rc < 0)
		return rc;
	k->segments = (unsigned)rc;
	rc = elf_section_span(&k->elf, &k->syms_lo, &k->syms_hi, why);
	if (rc == 0 && !k->header.has_entry)
		rc = elf_entry(&k->elf, &k->entry, why);
	return rc;
}

int mb2_kernel_open(struct mb2_kernel *k, const uint8_t *data, size_t len, struct boot_why *why)
{
	*k = (struct mb2_kernel){ 0 };
	int rc = mb2_header_find(data, len, &k->header, why);
	if (rc)
		return rc;
	if (len > UINT32_MAX)
		return boot_why(why, -ENOEXEC, "bigger than 4 GiB");
	k->entry = k->header.entry;
	if (k->header.has_address)
		rc = flat_segment(k, len, why);
	else if (elf_probe(data, len))
		rc = open_elf(k, data, len, why);
	else
		rc = boot_why(why, -ENOEXEC, "it is not ELF and its Multiboot2 header has no address tag");
	if (rc == 0)
		rc = check_overlap(k, why);
	if (rc == 0)
		rc = check_entry(k, why);
	if (rc)
		return rc;
	k->lo = UINT32_MAX;
	for (unsigned i = 0; i < k->segments; i++) {
		uint32_t end = k->seg[i].addr + k->seg[i].mem;
		k->lo = k->seg[i].addr < k->lo ? k->seg[i].addr : k->lo;
		k->hi = end > k->hi ? end : k->hi;
	}
	return 0;
}

const char *mb2_kernel_text(const struct mb2_kernel *k)
{
	return !k->is_elf ? "Multiboot2 flat" : k->elf.is64 ? "Multiboot2 ELF64" : "Multiboot2 ELF32";
}
