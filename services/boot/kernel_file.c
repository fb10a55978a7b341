/* SPDX-License-Identifier: BSD-2-Clause */
/* What of a kernel's file goes where: see kernel_file.h. */
#include "services/boot/kernel_file.h"

#include <errno.h>

#include "kernel/checked.h"

static int check_overlap(const struct kernel_file *k, struct boot_why *why)
{
	for (unsigned i = 0; i < k->segments; i++)
		for (unsigned j = 0; j < i; j++) {
			const struct segment *a = &k->seg[i], *b = &k->seg[j];
			if (a->addr < b->addr + b->mem && b->addr < a->addr + a->mem)
				return boot_why(why, -ENOEXEC, "its segments 0x%x-0x%x and 0x%x-0x%x overlap",
						(unsigned)b->addr, (unsigned)(b->addr + b->mem), (unsigned)a->addr,
						(unsigned)(a->addr + a->mem));
		}
	return 0;
}

/* Also of ELF kernels whose header names another entry point. */
static int check_entry(const struct kernel_file *k, struct boot_why *why)
{
	for (unsigned i = 0; i < k->segments; i++)
		if (k->entry >= k->seg[i].addr && k->entry - k->seg[i].addr < k->seg[i].len)
			return 0;
	return boot_why(why, -ENOEXEC, "the entry point 0x%x is in none of the loaded segments", (unsigned)k->entry);
}

/* What all kinds have in common: no overlap, the entry point in loaded bytes; and the span. */
static int finish(struct kernel_file *k, struct boot_why *why)
{
	int rc = check_overlap(k, why);
	if (rc == 0)
		rc = check_entry(k, why);
	k->lo = UINT32_MAX;
	for (unsigned i = 0; i < k->segments; i++) {
		uint32_t end = k->seg[i].addr + k->seg[i].mem;
		k->lo = k->seg[i].addr < k->lo ? k->seg[i].addr : k->lo;
		k->hi = end > k->hi ? end : k->hi;
	}
	return rc;
}

/* The file offset of the first loaded byte, and its address. */
static int flat_start(const struct kernel_flat *h, uint32_t *offset, uint32_t *addr, struct boot_why *why)
{
	uint32_t before = h->load_addr == KERNEL_WHOLE_FILE ? h->offset : h->header_addr - h->load_addr;
	if (h->load_addr != KERNEL_WHOLE_FILE && h->load_addr > h->header_addr)
		return boot_why(why, -ENOEXEC, "it is to be loaded from 0x%x on, behind its header at 0x%x",
				(unsigned)h->load_addr, (unsigned)h->header_addr);
	if (before > h->offset || before > h->header_addr)
		return boot_why(why, -ENOEXEC,
				"it is to be loaded from 0x%x bytes before its header on, which are not in the file",
				(unsigned)before);
	*offset = h->offset - before;
	*addr = h->header_addr - before;
	return 0;
}

int kernel_open_flat(struct kernel_file *k, const struct kernel_flat *h, size_t len, uint32_t entry,
		     struct boot_why *why)
{
	uint32_t offset = 0, addr = 0;
	*k = (struct kernel_file){ .entry = entry };
	int rc = flat_start(h, &offset, &addr, why);
	if (rc)
		return rc;
	if (h->load_end && h->load_end <= addr)
		return boot_why(why, -ENOEXEC, "it is to be loaded up to 0x%x, which is before its start at 0x%x",
				(unsigned)h->load_end, (unsigned)addr);
	uint64_t file = h->load_end ? h->load_end - addr : len - offset;
	if (file > len - offset)
		return boot_why(why, -ENOEXEC, "0x%x bytes of it are to be loaded, the file has 0x%x: is it cut short?",
				(unsigned)file, (unsigned)(len - offset));
	uint32_t end;
	if (!checked_sum(addr, file, &end))
		return boot_why(why, -ENOEXEC, "0x%llx bytes at 0x%x reach past 4 GiB", (unsigned long long)file,
				(unsigned)addr);
	if (h->bss_end && h->bss_end < end)
		return boot_why(why, -ENOEXEC, "its BSS is to end at 0x%x, inside the loaded part",
				(unsigned)h->bss_end);
	uint32_t mem = (h->bss_end ? h->bss_end : end) - addr;
	k->seg[0] = (struct segment){ .addr = addr, .mem = mem, .offset = offset, .len = (uint32_t)file };
	k->segments = 1;
	return finish(k, why);
}

int kernel_open_raw(struct kernel_file *k, size_t len, uint32_t load, uint32_t entry, struct boot_why *why)
{
	*k = (struct kernel_file){ .entry = entry, .segments = 1 };
	uint32_t end;
	if (!len || !checked_sum(load, len, &end))
		return boot_why(why, -ENOEXEC, len ? "it does not fit between 0x%x and 4 GiB" : "it is empty",
				(unsigned)load);
	k->seg[0] = (struct segment){ .addr = load, .mem = (uint32_t)len, .len = (uint32_t)len };
	return finish(k, why);
}

int kernel_open_elf(struct kernel_file *k, const uint8_t *data, size_t len, const uint32_t *entry, struct boot_why *why)
{
	*k = (struct kernel_file){ .is_elf = true };
	int rc = elf_open(&k->elf, data, len, why);
	if (rc == 0)
		rc = elf_segments(&k->elf, k->seg, KERNEL_SEGMENTS_MAX, why);
	if (rc < 0)
		return rc;
	k->segments = (unsigned)rc;
	rc = elf_section_span(&k->elf, &k->syms_lo, &k->syms_hi, why);
	if (rc == 0 && entry)
		k->entry = *entry;
	else if (rc == 0)
		rc = elf_entry(&k->elf, &k->entry, why);
	return rc ? rc : finish(k, why);
}
