/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Paging: everything is mapped where it is (identity, by large pages), but page 0
 * is not there, so that null pointers fault, and neither are the guard pages
 * below stacks; and nobody can write to the loader's code and constants.  Where
 * the processor has PAE and NX, its tables are used, and nothing can be
 * executed but the loader's code, what real mode can name, and what
 * paging_code() is told of.
 */
#ifndef KERNEL_PAGING_H
#define KERNEL_PAGING_H

#include <stdbool.h>
#include <stdint.h>

void paging_init(void);
/* The tables' entries are 64 bits wide, and what is no code cannot be executed. */
bool paging_is_wide(void);
/* What is in [lo, hi), rounded to pages, is executed, from now on. */
void paging_code(uint32_t lo, uint32_t hi);
/* Paging is off, and CR0, CR4 and EFER are as they were found: before the machine is left, to whomever. */
void paging_end(void);
/* Makes one page inaccessible (or accessible again, which always works); false: no memory for a page table. */
bool paging_guard(uint32_t page, bool on);
/* Lets CPL 3 at [lo, hi), rounded to pages, or keeps it out.  Page 0 stays out of either's reach. */
void paging_user(uint32_t lo, uint32_t hi, bool on);
/* Keeps everybody from writing to [lo, hi), rounded to pages, from now on. */
void paging_read_only(uint32_t lo, uint32_t hi);
/* The loader may write to all that is mapped, from now on. */
void paging_write_everywhere(void);
/* Page 0 (interrupt vectors, BIOS data) for v86 code: reachable from CPL 3 too while it runs. */
void paging_page0(bool on);
/* A word of the BIOS data area, by its offset from 0040:0000. */
uint16_t paging_bda_u16(unsigned off);
void paging_bda_set_u16(unsigned off, uint16_t v);
void paging_flush(void);		/* the TLB */
uint32_t paging_cr3(void);

/* For user32.c, which makes tables of its own. */
#define PG_PRESENT 0x1u
#define PG_WRITE 0x2u
#define PG_USER 0x4u
#define PG_NX (1ull << 63)
/* Bytes that an entry of a page directory stands for; the loader's own entry for them. */
uint32_t paging_large_len(void);
uint64_t paging_directory_entry(uint32_t page);
/* The entry of a table, and a new one. */
uint64_t paging_get(const void *table, uint32_t index);
void paging_put(void *table, uint32_t index, uint64_t entry);

#endif
