/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine's memory map: what INT 15h AX=E820h says, made sane.  Firmware
 * gives overlapping, unsorted, empty and wrapping entries; memmap_normalise()
 * turns them into a sorted list without overlaps in which the most
 * restrictive type wins.  Pure; used by the start-up code too.
 */
#ifndef KERNEL_MEMMAP_H
#define KERNEL_MEMMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MEMMAP_MAX 192

/* E820 / Multiboot2 types (ACPI 6.5, 15.1) */
enum mem_type {
	MEM_USABLE = 1, MEM_RESERVED = 2, MEM_ACPI_RECLAIM = 3, MEM_ACPI_NVS = 4, MEM_BAD = 5,
};

/* As the BIOS writes it: ACPI 6.5 table 15.x; attr bit 0 clear means "ignore this entry" (ACPI 3). */
struct e820_entry {
	uint64_t base, len;
	uint32_t type;
	uint32_t attr;		/* 1 when the BIOS gave only 20 bytes */
} __attribute__((packed));

struct memmap {
	uint64_t lost;		/* bytes of usable memory that had no room here */
	uint32_t count;
	struct e820_entry e[MEMMAP_MAX];
};

/* raw -> out; where that would be more than MEMMAP_MAX entries, the smallest usable ones are forgotten. */
void memmap_normalise(const struct e820_entry *raw, size_t count, struct memmap *out);
/* One raw entry more, as if it had been there from the beginning. */
void memmap_add(struct memmap *m, const struct e820_entry *e);
/* [base, base + len) becomes reserved. */
void memmap_reserve(struct memmap *m, uint64_t base, uint64_t len);
/* The highest len bytes, `align`-aligned (a power of two), usable and inside [lo, hi): its base, or 0. */
uint64_t memmap_find_top(const struct memmap *m, uint64_t len, uint64_t align, uint64_t lo, uint64_t hi);
/* True if [base, base+len) is usable throughout. */
bool memmap_is_usable(const struct memmap *m, uint64_t base, uint64_t len);
/* KiB of usable memory from 0 and from 1 MiB upwards without a hole (Multiboot2 tag 4, 3.6.3). */
uint32_t memmap_lower_kib(const struct memmap *m);
uint32_t memmap_upper_kib(const struct memmap *m);

#endif
