/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Paging: everything is mapped where it is (identity, 4 MiB pages), but page 0
 * is not there, so that null pointers fault, and neither are the guard pages
 * below stacks; and nobody can write to the loader's code and constants.
 */
#ifndef KERNEL_PAGING_H
#define KERNEL_PAGING_H

#include <stdbool.h>
#include <stdint.h>

void paging_init(void);
/* Makes one page inaccessible (or accessible again). */
void paging_guard(uint32_t page, bool on);
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

#endif
