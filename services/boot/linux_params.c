/* SPDX-License-Identifier: BSD-2-Clause */
/* What a Linux kernel is given; see linux.h. */
#include <string.h>

#include "kernel/memmap.h"
#include "services/boot/linux.h"
#include "services/boot/linux_fields.h"
#include "services/boot/writer.h"
#include "services/firmware/boot_machine.h"

#define HEAP_END 0x9800u		/* zImage: the stack's top, in the 16-bit segment */
#define HEAP_END_HIGH 0xe000u
#define STACK_LEN 0x200u
#define ARGS_MAGIC_AT 0x20		/* before 2.02: where the command line is */
#define ARGS_MAGIC 0xa33f

/* Little endian; fields of 8 bytes are zero above the 4 written here. */
static void poke(uint8_t *buf, unsigned at, uint32_t v, unsigned len)
{
	memcpy(buf + at, &v, len);
}

/* The fields that both entries have. */
static void fill_header(const struct linux_given *g, uint8_t *buf)
{
	const struct linux_kernel *k = g->kernel;
	if (!k->version)
		return;
	poke(buf, LX_LOADER, LX_LOADER_UNKNOWN, 1);
	if (k->high)
		poke(buf, LX_CODE32_START, g->load + k->entry, 4);
	poke(buf, LX_RAMDISK, g->initrd, 4);
	poke(buf, LX_RAMDISK + 4, g->initrd_len, 4);
}

/* Entries [from, to) of the map; the zero page has the first 20 bytes of each. */
static void put_e820(struct writer *w, const struct memmap *map, uint32_t from, uint32_t to)
{
	for (uint32_t i = from; i < to; i++)
		put(w, &map->e[i], LX_E820_LEN);
}

static void fill_screen(const struct linux_given *g, uint8_t *page)
{
	const struct boot_text *t = &g->machine->text;
	if (!t->addr)
		return;
	/*
	 * column, row; 6: mode, columns; 10: EGA memory as INT 10h AH=12h
	 * says of any VGA, 14: rows, VGA, lines of a character
	 */
	const uint8_t screen[] = { g->cursor_column, g->cursor_row, 0, 0, 0, 0, VBE_TEXT, t->columns, 0, 0, 3, 0, 0, 0,
		t->rows, 1, 16 };
	memcpy(page + LX_SCREEN, screen, sizeof(screen));
}

size_t linux_build_params(const struct linux_given *g, uint8_t *buf, size_t cap)
{
	struct writer w = { .buf = buf, .cap = cap };
	const struct memmap *map = g->map;
	uint32_t inside = map->count < LX_E820_MAX ? map->count : LX_E820_MAX, more = map->count - inside;
	uint8_t *page = put_room(&w, LINUX_ZERO_PAGE_LEN);
	size_t ext = w.len;
	if (more) {
		uint64_t next = 0;
		if (page && g->kernel->version >= 0x209 && g->kernel->header_end >= LX_SETUP_DATA + 8)
			memcpy(&next, g->kernel->data + LX_SETUP_DATA, 8);
		put_u64(&w, next);
		put_u32(&w, LX_SETUP_E820_EXT);
		put_u32(&w, more * LX_E820_LEN);
		put_e820(&w, map, inside, map->count);
	}
	size_t args = w.len;
	put(&w, g->args, strlen(g->args) + 1);
	if (!page)
		return w.len;

	memset(page, 0, LINUX_ZERO_PAGE_LEN);
	uint32_t end = g->kernel->header_end < LX_HEADER_END ? g->kernel->header_end : LX_HEADER_END;
	memcpy(page + LX_HEADER, g->kernel->data + LX_HEADER, end - LX_HEADER);
	fill_header(g, page);
	fill_screen(g, page);
	poke(page, LX_CMDLINE, g->at + (uint32_t)args, 4);
	if (more) {
		poke(page, LX_SETUP_DATA, g->at + (uint32_t)ext, 4);
		poke(page, LX_SETUP_DATA + 4, 0, 4);
	}
	if (g->machine->rsdp.data)
		poke(page, LX_RSDP, (uint32_t)(uintptr_t)g->machine->rsdp.data, 4);
	if (g->machine->apm)
		memcpy(page + LX_APM, g->machine->apm, sizeof(*g->machine->apm));
	uint32_t above = memmap_upper_kib(map);
	poke(page, LX_SCREEN + 2, above < 0xffff ? above : 0xffff, 2);
	poke(page, LX_ALT_MEM_K, above, 4);
	poke(page, LX_E820_ENTRIES, inside, 1);
	struct writer table = { .buf = page + LX_E820, .cap = LX_E820_MAX * LX_E820_LEN };
	put_e820(&table, map, 0, inside);
	return w.len;
}

size_t linux_build_setup(const struct linux_given *g, uint8_t *buf, size_t cap, uint16_t *sp)
{
	const struct linux_kernel *k = g->kernel;
	struct writer w = { .buf = buf, .cap = cap };
	uint32_t top = k->high && k->version >= 0x202 ? HEAP_END_HIGH : HEAP_END;
	uint8_t *setup = put_room(&w, top);
	put(&w, g->args, strlen(g->args) + 1);
	*sp = (uint16_t)top;
	if (!setup)
		return w.len;

	memset(setup, 0, top);
	memcpy(setup, k->data, k->setup_len);
	fill_header(g, setup);
	if (g->words->has_vga)
		poke(setup, LX_VID_MODE, g->words->vga, 2);
	if (k->version >= 0x201) {
		setup[LX_LOADFLAGS] |= LX_CAN_USE_HEAP;
		poke(setup, LX_HEAP_END, top - STACK_LEN, 2);
	}
	if (k->version >= 0x202) {
		poke(setup, LX_CMDLINE, g->at + top, 4);
		return w.len;
	}
	poke(setup, ARGS_MAGIC_AT, ARGS_MAGIC, 2);
	poke(setup, ARGS_MAGIC_AT + 2, top, 2);
	if (k->version)
		poke(setup, LX_SETUP_MOVE_SIZE, (uint32_t)w.len, 2);
	return w.len;
}
