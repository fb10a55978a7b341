/* SPDX-License-Identifier: BSD-2-Clause */
/* Page tables (Intel SDM volume 3, 4.3: 32-bit paging with PSE): see paging.h. */
#include "kernel/paging.h"

#include "kernel/entry.h"
#include "kernel/pages.h"
#include "kernel/panic.h"

#define PG_PRESENT 0x1u
#define PG_WRITE 0x2u
#define PG_USER 0x4u
#define PG_LARGE 0x80u
#define LARGE_LEN 0x400000u
#define CR0_PG_WP 0x80010000u
#define CR0_WP 0x00010000u
#define CR4_PSE 0x10u
#define BDA 0x400u

extern const uint8_t image_start[], image_constants_end[];	/* undine.ld */

static uint32_t directory[1024] __attribute__((aligned(4096)));
static uint32_t *bda_window;	/* a page of ours that shows physical page 0 */

static void invalidate(uint32_t page)
{
	__asm__ volatile("invlpg (%0)" : : "r"(page) : "memory");
}

/* The entry that maps `page`, splitting its 4 MiB page first where needed. */
static uint32_t *entry_of(uint32_t page)
{
	uint32_t *pde = &directory[page / LARGE_LEN];
	if (*pde & PG_LARGE) {
		uint32_t *table = pages_alloc(PAGE_LEN);
		if (!table)
			panic("no memory for a page table");
		for (uint32_t i = 0; i < 1024; i++)
			table[i] = (page & ~(LARGE_LEN - 1)) + i * PAGE_LEN + PG_PRESENT + PG_WRITE;
		*pde = (uint32_t)table | PG_PRESENT | PG_WRITE | PG_USER;	/* the table's entries decide */
	}
	uint32_t *table = (uint32_t *)(*pde & ~(PAGE_LEN - 1));
	return &table[page / PAGE_LEN % 1024];
}

static void map(uint32_t page, uint32_t entry)
{
	*entry_of(page) = entry;
	invalidate(page);
}

void paging_guard(uint32_t page, bool on)
{
	map(page, on ? 0 : page | PG_PRESENT | PG_WRITE);
}

void paging_user(uint32_t lo, uint32_t hi, bool on)
{
	if (lo < PAGE_LEN)
		lo = PAGE_LEN;
	for (uint32_t page = lo & ~(PAGE_LEN - 1); page < hi; page += PAGE_LEN)
		map(page, (*entry_of(page) & ~PG_USER) | (on ? PG_USER : 0));
}

void paging_read_only(uint32_t lo, uint32_t hi)
{
	for (uint32_t page = lo & ~(PAGE_LEN - 1); page < hi; page += PAGE_LEN)
		map(page, *entry_of(page) & ~PG_WRITE);
}

void paging_page0(bool on)
{
	map(0, on ? PG_PRESENT | PG_WRITE | PG_USER : 0);
}

void paging_init(void)
{
	for (uint32_t i = 0; i < 1024; i++)
		directory[i] = i * LARGE_LEN | PG_PRESENT | PG_WRITE | PG_LARGE;
	bda_window = pages_alloc(PAGE_LEN);
	if (!bda_window)
		panic("no memory for page tables");
	map((uint32_t)bda_window, 0 | PG_PRESENT);
	map(0, 0);
	map((uint32_t)boot_stack_guard, 0);
	paging_read_only((uint32_t)image_start, (uint32_t)image_constants_end);
	uint32_t cr;
	__asm__ volatile("mov %%cr4, %0" : "=r"(cr));
	__asm__ volatile("mov %0, %%cr4" : : "r"(cr | CR4_PSE));
	__asm__ volatile("mov %0, %%cr3" : : "r"(directory) : "memory");
	__asm__ volatile("mov %%cr0, %0" : "=r"(cr));
	__asm__ volatile("mov %0, %%cr0" : : "r"(cr | CR0_PG_WP) : "memory");
}

void paging_write_everywhere(void)
{
	uint32_t cr;
	__asm__ volatile("mov %%cr0, %0" : "=r"(cr));
	__asm__ volatile("mov %0, %%cr0" : : "r"(cr & ~CR0_WP) : "memory");
}

void paging_flush(void)
{
	__asm__ volatile("mov %%cr3, %%eax; mov %%eax, %%cr3" : : : "eax", "memory");
}

uint32_t paging_cr3(void)
{
	return (uint32_t)directory;
}

uint16_t paging_bda_u16(unsigned off)
{
	const volatile uint8_t *p = (const volatile uint8_t *)bda_window + BDA + off;
	return (uint16_t)(p[0] | p[1] << 8);
}

void paging_bda_set_u16(unsigned off, uint16_t v)
{
	volatile uint8_t *p = (volatile uint8_t *)bda_window + BDA + off;
	map((uint32_t)bda_window, 0 | PG_PRESENT | PG_WRITE);
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
	map((uint32_t)bda_window, 0 | PG_PRESENT);
}
