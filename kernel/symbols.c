/* SPDX-License-Identifier: BSD-2-Clause */
/* Function names for backtraces: see symbols.h. */
#include "kernel/symbols.h"

#include <stddef.h>
#include <string.h>

extern const uint8_t image_start[], image_text_end[];

static const uint8_t *steps;		/* count low bytes, then the middle ones, the high ones, the names */
static uint32_t count, image_at;

void symbols_init(const uint8_t *table, uint32_t len, uint32_t image)
{
	memcpy(&count, table, 4);
	if (len < 4 || count > (len - 4) / 4)
		count = 0;
	steps = table + 4;
	image_at = image;
}

const char *symbols_find(uint32_t addr, uint32_t *off)
{
	if (addr < (uint32_t)image_start || addr >= (uint32_t)image_text_end)
		return NULL;
	const char *name = NULL, *next = (const char *)steps + 3 * count;
	uint32_t at = image_at;
	for (uint32_t i = 0; i < count; i++) {
		at += (uint32_t)steps[i] | (uint32_t)steps[count + i] << 8 | (uint32_t)steps[2 * count + i] << 16;
		if (at > addr)
			break;
		name = next;
		*off = addr - at;
		next += strlen(next) + 1;
	}
	return name;
}
