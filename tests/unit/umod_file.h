/* SPDX-License-Identifier: BSD-2-Clause */
/* A module's file, as undine-cc makes it, in bytes: for tests that need one, or one that is wrong. */
#ifndef TESTS_UNIT_UMOD_FILE_H
#define TESTS_UNIT_UMOD_FILE_H

#include <stdint.h>
#include <string.h>

#include "sdk/include/undine_abi.h"

#define UMOD_FILE_LEN 400u
#define UMOD_FILE_CODE 0xf0010000u
#define UMOD_FILE_DATA 0xf0011000u
#define UMOD_FILE_PROGRAM 52u		/* where its table of segments begins: code, data, notes */
#define UMOD_FILE_NOTE 148u

static inline void umod_put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

static inline void umod_put32(uint8_t *p, uint32_t v)
{
	umod_put16(p, v);
	umod_put16(p + 2, v >> 16);
}

static inline void umod_put_program(uint8_t *p, const uint32_t field[8])
{
	for (int i = 0; i < 8; i++)
		umod_put32(p + 4 * i, field[i]);
}

/* 16 bytes of code, 16 of data and as many zeros behind them, its notes; a symbol, main, for the code. */
static inline void umod_make(uint8_t f[UMOD_FILE_LEN])
{
	static const char names[] = "\0main";
	memset(f, 0, UMOD_FILE_LEN);
	memcpy(f, "\177ELF\1\1\1", 7);
	umod_put16(f + 16, 2);
	umod_put16(f + 18, 3);
	umod_put32(f + 20, 1);
	umod_put32(f + 24, UMOD_FILE_CODE);
	umod_put32(f + 28, UMOD_FILE_PROGRAM);
	umod_put32(f + 32, 232);			/* sections: none, symbols, names */
	umod_put16(f + 40, 52);
	umod_put16(f + 42, 32);
	umod_put16(f + 44, 3);
	umod_put16(f + 46, 40);
	umod_put16(f + 48, 3);
	umod_put_program(f + 52, (const uint32_t[8]){ 1, 180, UMOD_FILE_CODE, 0, 16, 16, 5, 4096 });
	umod_put_program(f + 84, (const uint32_t[8]){ 1, 196, UMOD_FILE_DATA, 0, 16, 32, 6, 4096 });
	umod_put_program(f + 116, (const uint32_t[8]){ 4, UMOD_FILE_NOTE, 0, 0, 28, 28, 4, 4 });
	umod_put32(f + 148, 7);
	umod_put32(f + 152, 8);
	umod_put32(f + 156, UNDINE_NOTE_VERSION);
	memcpy(f + 160, UNDINE_NOTE_NAME, sizeof UNDINE_NOTE_NAME);
	umod_put32(f + 168, UNDINE_ABI_MAJOR);
	umod_put32(f + 172, UNDINE_ABI_MINOR);
	memset(f + 180, 0x90, 16);
	memcpy(f + 196, "sixteen bytes...", 16);
	umod_put32(f + 272 + 4, 2);			/* symbols */
	umod_put32(f + 272 + 16, 352);
	umod_put32(f + 272 + 20, 32);
	umod_put32(f + 272 + 24, 2);
	umod_put32(f + 312 + 4, 3);			/* names */
	umod_put32(f + 312 + 16, 384);
	umod_put32(f + 312 + 20, sizeof names);
	umod_put32(f + 368, 1);
	umod_put32(f + 372, UMOD_FILE_CODE + 4);
	f[380] = 0x12;
	memcpy(f + 384, names, sizeof names);
}

#endif
