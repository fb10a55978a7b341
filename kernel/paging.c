/* SPDX-License-Identifier: BSD-2-Clause */
/* Page tables (Intel SDM volume 3, 4.3: 32-bit paging with PSE; 4.4: PAE paging): see paging.h. */
#include "kernel/paging.h"

#include <cpuid.h>

#include "kernel/entry.h"
#include "kernel/pages.h"
#include "kernel/panic.h"

#define PG_LARGE 0x80u
#define CR0_PG 0x80000000u
#define CR0_WP 0x00010000u
#define CR4_PSE 0x10u
#define CR4_PAE 0x20u
#define EFER 0xc0000080u
#define EFER_NXE 0x800u
#define CPUID_PAE (1u << 6)
#define CPUID_NX (1u << 20)
#define BDA 0x400u

extern const uint8_t image_start[], image_text_end[], image_constants_end[];	/* undine.ld */

static uint8_t directories[4][PAGE_LEN] __attribute__((aligned(4096)));	/* PAE's four; else the first is all */
static uint64_t pointers[4] __attribute__((aligned(32)));
static bool wide;
static uint32_t cr4_before;
static uint64_t efer_before;
static uint8_t *bda_window;	/* a page of ours that shows physical page 0 */

bool paging_is_wide(void)
{
	return wide;
}

uint32_t paging_large_len(void)
{
	return wide ? 0x200000 : 0x400000;
}

uint64_t paging_get(const void *table, uint32_t index)
{
	return wide ? ((const uint64_t *)table)[index] : ((const uint32_t *)table)[index];
}

void paging_put(void *table, uint32_t index, uint64_t entry)
{
	if (wide)
		((uint64_t *)table)[index] = entry;
	else
		((uint32_t *)table)[index] = (uint32_t)entry;
}

static void invalidate(uint32_t page)
{
	__asm__ volatile("invlpg (%0)" : : "r"(page) : "memory");
}

/* The directory that has `page`, and which of its entries. */
static void *directory_of(uint32_t page, uint32_t *index)
{
	*index = wide ? page >> 21 & 511 : page >> 22;
	return directories[wide ? page >> 30 : 0];
}

uint64_t paging_directory_entry(uint32_t page)
{
	uint32_t index;
	const void *directory = directory_of(page, &index);
	return paging_get(directory, index);
}

/* The table that has `page`, splitting its large page first where needed; NULL: there is no memory for that. */
static void *table_of(uint32_t page)
{
	uint32_t index, large = page & ~(paging_large_len() - 1);
	void *directory = directory_of(page, &index);
	uint64_t entry = paging_get(directory, index);
	if (entry & PG_LARGE) {
		void *table = pages_alloc(PAGE_LEN);
		if (!table)
			return NULL;
		for (uint32_t i = 0; i < paging_large_len() / PAGE_LEN; i++)
			paging_put(table, i, (large + i * PAGE_LEN) | PG_PRESENT | PG_WRITE | (entry & PG_NX));
		entry = (uint32_t)table | PG_PRESENT | PG_WRITE | PG_USER;	/* the table's entries decide */
		paging_put(directory, index, entry);
	}
	return (void *)((uint32_t)entry & ~(PAGE_LEN - 1));
}

/* At the start, when nobody has taken memory yet, and where there is a table since then. */
static void *early_table_of(uint32_t page)
{
	void *table = table_of(page);
	if (!table)
		panic("no memory for a page table");
	return table;
}

static uint32_t index_of(uint32_t page)
{
	return page / PAGE_LEN % (paging_large_len() / PAGE_LEN);
}

static uint64_t entry_of(uint32_t page)
{
	return paging_get(early_table_of(page), index_of(page));
}

static void put(void *table, uint32_t page, uint64_t entry)
{
	paging_put(table, index_of(page), entry);
	invalidate(page);
}

static void map(uint32_t page, uint64_t entry)
{
	put(early_table_of(page), page, entry);
}

/* What is no code. */
static uint64_t data_at(uint32_t page)
{
	return page | PG_PRESENT | PG_WRITE | (wide ? PG_NX : 0);
}

bool paging_guard(uint32_t page, bool on)
{
	void *table = table_of(page);
	if (table)
		put(table, page, on ? 0 : data_at(page));
	return table;
}

/* Of [lo, hi), rounded to pages, these bits are set, those not. */
static void change(uint32_t lo, uint32_t hi, uint64_t set, uint64_t clear)
{
	for (uint32_t page = lo & ~(PAGE_LEN - 1); page < hi; page += PAGE_LEN)
		map(page, (entry_of(page) & ~clear) | set);
}

void paging_user(uint32_t lo, uint32_t hi, bool on)
{
	change(lo < PAGE_LEN ? PAGE_LEN : lo, hi, on ? PG_USER : 0, PG_USER);
}

void paging_read_only(uint32_t lo, uint32_t hi)
{
	change(lo, hi, 0, PG_WRITE);
}

void paging_code(uint32_t lo, uint32_t hi)
{
	if (wide)
		change(lo, hi, 0, PG_NX);
}

void paging_page0(bool on)
{
	map(0, on ? PG_PRESENT | PG_WRITE | PG_USER : 0);
}

static uint64_t read_efer(void)
{
	uint64_t v;
	__asm__ volatile("rdmsr" : "=A"(v) : "c"(EFER));
	return v;
}

static void write_efer(uint64_t v)
{
	__asm__ volatile("wrmsr" : : "c"(EFER), "A"(v));
}

/* Wide tables make sense only where they keep data from being executed. */
static bool can_be_wide(void)
{
	uint32_t a, b, c, d;
	return __get_cpuid(1, &a, &b, &c, &d) && (d & CPUID_PAE) && __get_cpuid(0x80000001, &a, &b, &c, &d) &&
	       (d & CPUID_NX);
}

static uint32_t read_cr4(void)
{
	uint32_t cr;
	__asm__ volatile("mov %%cr4, %0" : "=r"(cr));
	return cr;
}

static void write_cr4(uint32_t cr)
{
	__asm__ volatile("mov %0, %%cr4" : : "r"(cr) : "memory");
}

static void change_cr0(uint32_t set, uint32_t clear)
{
	uint32_t cr;
	__asm__ volatile("mov %%cr0, %0" : "=r"(cr));
	__asm__ volatile("mov %0, %%cr0" : : "r"((cr & ~clear) | set) : "memory");
}

static void switch_on(void)
{
	cr4_before = read_cr4();
	write_cr4((cr4_before & ~(CR4_PSE | CR4_PAE)) | (wide ? CR4_PAE : CR4_PSE));
	if (wide) {
		efer_before = read_efer();
		write_efer(efer_before | EFER_NXE);
	}
	__asm__ volatile("mov %0, %%cr3" : : "r"(paging_cr3()) : "memory");
	change_cr0(CR0_PG | CR0_WP, 0);
}

void paging_init(void)
{
	uint32_t index, page = 0;
	wide = can_be_wide();
	for (unsigned i = 0; wide && i < 4; i++)
		pointers[i] = (uint32_t)directories[i] | PG_PRESENT;
	do {
		void *directory = directory_of(page, &index);
		paging_put(directory, index, data_at(page) | PG_LARGE);
		page += paging_large_len();
	} while (page);
	bda_window = pages_alloc(PAGE_LEN);
	if (!bda_window)
		panic("no memory for page tables");
	map((uint32_t)bda_window, PG_PRESENT | (wide ? PG_NX : 0));
	map(0, 0);
	map((uint32_t)boot_stack_guard, 0);
	paging_code(PAGE_LEN, PAGES_LOW);	/* where ROMs are, and the resident segment */
	paging_code((uint32_t)image_start, (uint32_t)image_text_end);
	paging_read_only((uint32_t)image_start, (uint32_t)image_constants_end);
	switch_on();
}

void paging_end(void)
{
	change_cr0(0, CR0_PG | CR0_WP);
	write_cr4(cr4_before);
	if (wide)
		write_efer(efer_before);
}

void paging_write_everywhere(void)
{
	change_cr0(0, CR0_WP);
}

void paging_flush(void)
{
	__asm__ volatile("mov %%cr3, %%eax; mov %%eax, %%cr3" : : : "eax", "memory");
}

uint32_t paging_cr3(void)
{
	return wide ? (uint32_t)pointers : (uint32_t)directories[0];
}

uint16_t paging_bda_u16(unsigned off)
{
	const volatile uint8_t *p = bda_window + BDA + off;
	return (uint16_t)(p[0] | p[1] << 8);
}

void paging_bda_set_u16(unsigned off, uint16_t v)
{
	volatile uint8_t *p = bda_window + BDA + off;
	change((uint32_t)bda_window, (uint32_t)bda_window + 1, PG_WRITE, 0);
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
	change((uint32_t)bda_window, (uint32_t)bda_window + 1, 0, PG_WRITE);
}
