/* SPDX-License-Identifier: BSD-2-Clause */
/* Function names for backtraces: see symbols.h. */
#include "kernel/symbols.h"

#include <stddef.h>
#include <string.h>

extern const uint8_t image_start[], image_text_end[];

static const uint8_t *entries, *entries_end;
static uint32_t image_at;

void symbols_init(const uint8_t *table, uint32_t len, uint32_t image)
{
	entries = table + 4;
	entries_end = table + len;
	image_at = image;
}

const char *symbols_find(uint32_t addr, uint32_t *off)
{
	if (addr < (uint32_t)image_start || addr >= (uint32_t)image_text_end)
		return NULL;
	const char *name = NULL;
	uint32_t at = image_at;
	for (const uint8_t *p = entries; p + 4 < entries_end;) {
		at += (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16;
		if (at > addr)
			break;
		name = (const char *)p + 3;
		*off = addr - at;
		p += 3 + strlen(name) + 1;
	}
	return name;
}
