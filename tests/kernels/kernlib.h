/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the test kernels share: the serial line, checksums, and what head.asm
 * found at entry.  Everything is printed as "WORD: thing key=value ...".
 * Compiled as PIE without absolute addresses: a kernel runs wherever it is put.
 */
#ifndef TESTS_KERNELS_KERNLIB_H
#define TESTS_KERNELS_KERNLIB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

/* The registers at entry; head.asm fills it. */
struct state {
	uint32_t eax, ebx, ecx, edx, esi, edi, ebp, eflags, cr0, cr4, cs, ds, es, fs, gs, ss, bss_zero;
};
extern struct state state;
extern const uint8_t link_base[], text_end[], bss_end[];

/* Each kernel's own: what head.asm calls, with EAX and EBX as they were at entry. */
void dump(uint32_t magic, uint32_t info);

void serial_init(void);
void drain(void);
/* %s string, %u decimal, %x 8 hex digits, %X 16 hex digits, %b 2 hex digits */
void print(const char *fmt, ...);

uint32_t get32(uint32_t at);
uint16_t get16(uint32_t at);
uint64_t get64(uint32_t at);
const char *text_at(uint32_t at);
/* zlib's crc32 of [at, at + len) */
uint32_t crc32(uint32_t at, uint32_t len);
uint8_t sum(uint32_t at, uint32_t len);
bool a20_on(void);

void dump_entry(const char *word);
/* "WORD: THING bytes=0123..." */
void dump_bytes(const char *word, const char *thing, uint32_t at, uint32_t len);
/* "" or a complaint when [lo, hi) covers the kernel or [info_lo, info_hi). */
const char *overlap(uint32_t lo, uint32_t hi, uint32_t info_lo, uint32_t info_hi);
/* num ELF section headers of step bytes each. */
void dump_sections(const char *word, uint32_t at, uint32_t num, uint32_t step, uint32_t names);

/* Direct colour; position and size of red, green and blue in a pixel. */
struct framebuffer {
	uint64_t addr;
	uint32_t pitch, width, height;
	uint8_t bpp, position[3], size[3];
};
void draw_framebuffer(const struct framebuffer *f);

#pragma GCC visibility pop
#endif
