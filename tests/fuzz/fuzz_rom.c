/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Option ROMs: the input is laid over the ROM area, made to add up where it says
 * "ROM"; what is found must lie in it.
 */
/* The same bytes as a card's expansion ROM. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/undi/rom.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LEN = 0x100000, ROOM = 0x8000 };

/* A fuzzer cannot be expected to find checksums: byte 6 of each ROM and byte 5 of its ROM ID are the sums. */
static void mend(uint8_t *area, size_t at)
{
	uint8_t *rom = area + at, sum = 0;
	size_t len = rom[2] * 512u, id = (size_t)(rom[0x16] | rom[0x17] << 8);
	if (rom[0] != 0x55 || rom[1] != 0xaa || at + len > ROOM)
		return;
	if (id && id + 0x16 <= len && rom[id + 4] >= 0x16 && id + rom[id + 4] <= len) {
		rom[id + 5] = 0;
		for (size_t i = 0; i < rom[id + 4]; i++)
			sum = (uint8_t)(sum + rom[id + i]);
		rom[id + 5] = (uint8_t)-sum;
	}
	sum = 0;
	for (size_t i = 0; i < len; i++)
		sum = (uint8_t)(sum + rom[i]);
	rom[6] = (uint8_t)(rom[6] - sum);
}

static void check_words(const char *words)
{
	size_t len = strnlen(words, UNDI_WORDS_MAX);
	assert(len < UNDI_WORDS_MAX && (!len || (words[0] != ' ' && words[len - 1] != ' ')));
	for (size_t i = 0; i < len; i++)
		assert(words[i] >= ' ' && words[i] < 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t *ram;
	if (!ram && !(ram = calloc(1, LEN)))
		abort();
	if (!size || size > ROOM)
		return 0;
	memset(ram + ROM_AREA, 0, ROOM);
	memcpy(ram + ROM_AREA, data + 1, size - 1);
	if (data[0] & 1)
		for (size_t at = 0; at < ROOM; at += ROM_STEP)
			mend(ram + ROM_AREA, at);
	struct undi_memory mem = { .base = ram, .lowest = 0x1000, .len = LEN };
	struct undi_rom rom;
	enum rom_kind kind;
	const char *why = NULL;
	for (uint32_t at = ROM_AREA, next; at < ROM_AREA_END; at = next) {
		kind = undi_rom_check(&mem, at, &rom, &why);
		next = undi_rom_next(at, kind, &rom);
		assert(next > at && next % ROM_STEP == 0);
		assert(kind == ROM_NONE || (rom.at == at && rom.len && at + rom.len <= ROM_AREA_END));
		assert(kind != ROM_REFUSED || (why && *why));
		if (kind != ROM_UNDI)
			continue;
		uint16_t device;
		unsigned n = 0;
		check_words(rom.maker);
		check_words(rom.product);
		assert(rom.loader && rom.loader < rom.len && rom.code_len);
		while (undi_rom_device(&mem, &rom, n, &device))
			n++;
		assert(n >= 1 && n < 300);
	}
	if (undi_rom_image(ram + ROM_AREA, (uint32_t)size, &rom))
		assert(rom.len && rom.at + rom.len <= size && rom.loader < rom.len);
	return 0;
}
