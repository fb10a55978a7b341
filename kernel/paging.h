/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Paging: everything is mapped where it is (identity, 4 MiB pages), but page 0
 * is not there, so that null pointers fault, and neither are the guard pages
 * below stacks.
 */
#ifndef KERNEL_PAGING_H
#define KERNEL_PAGING_H

#include <stdbool.h>
#include <stdint.h>

void paging_init(void);
/* Makes one page inaccessible (or accessible again). */
void paging_guard(uint32_t page, bool on);
/* A word of the BIOS data area, by its offset from 0040:0000. */
uint16_t paging_bda_u16(unsigned off);
uint32_t paging_cr3(void);

#endif
