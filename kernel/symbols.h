/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Function names for backtraces: the table that tools/pack.py appends to the
 * image: u32 count, then, by rising address, the distances from the function
 * before (their low bytes, their middle bytes, their high bytes: they pack
 * better apart) and the names, NUL-terminated.
 */
#ifndef KERNEL_SYMBOLS_H
#define KERNEL_SYMBOLS_H

#include <stdint.h>

void symbols_init(const uint8_t *table, uint32_t len, uint32_t image);
/* The function that addr is in and the distance from its start, or NULL. */
const char *symbols_find(uint32_t addr, uint32_t *off);

#endif
