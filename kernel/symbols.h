/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Function names for backtraces: the table that tools/pack.py appends to the
 * image: u32 count, then by rising address three bytes of distance from the
 * function before (little endian) and the name, NUL-terminated.
 */
#ifndef KERNEL_SYMBOLS_H
#define KERNEL_SYMBOLS_H

#include <stdint.h>

void symbols_init(const uint8_t *table, uint32_t len, uint32_t image);
/* The function that addr is in and the distance from its start, or NULL. */
const char *symbols_find(uint32_t addr, uint32_t *off);

#endif
