/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The page allocator: extents of physical memory below 4 GiB (identity
 * mapped), taken from the top of usable memory downwards, so that low
 * addresses stay free for kernels.
 */
#ifndef KERNEL_PAGES_H
#define KERNEL_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE_LEN 4096u
#define PAGES_HIGH 0xfffff000u	/* nor above */
#define PAGES_LOW 0x110000u	/* nothing is ever taken below: real mode reaches up to here (FFFF:FFFF) */

struct memmap;

/* Of what the map calls usable, only what lies below hi. */
void pages_init(const struct memmap *map, uint32_t hi);
/* The rest, from hi up. */
void pages_init_above(const struct memmap *map, uint32_t hi);
/* len bytes rounded up to pages, page aligned, or NULL.  Contents are undefined. */
void *pages_alloc(size_t len);
/* As pages_alloc, wholly inside [lo, hi) (physical). */
void *pages_alloc_range(size_t len, uint32_t lo, uint32_t hi);
/* Gives back exactly what an alloc gave (len as asked then); or a page-aligned tail or head of it. */
void pages_free(void *p, size_t len);
/* Of what is free, only what the map calls usable stays: firmware or a ROM has taken the rest. */
void pages_withdraw(const struct memmap *map);
/* Where the lowest began that pages_alloc() has ever given: above it, what is free may have been somebody's. */
uint32_t pages_lowest(void);
size_t pages_free_total(void);		/* bytes */
size_t pages_free_largest(void);	/* bytes in the largest extent */
/* The i-th free extent from the top, [*lo, *hi): false when there is none. */
bool pages_get_extent(unsigned i, uint32_t *lo, uint32_t *hi);

#endif
