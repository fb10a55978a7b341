/* SPDX-License-Identifier: BSD-2-Clause */
/* The packed loader as tools/pack.py appends it to the start-up code, and what the linker gives the latter. */
#ifndef KERNEL_START_START_H
#define KERNEL_START_START_H

#include <stdint.h>

/*
 * The unpacked bytes are the loader's image without its zeroed data
 * (stored_len of image_len), the symbol table for backtraces (syms_len;
 * kernel/symbols.h) and the relocation list (relocs_len).
 */
struct payload {
	uint32_t packed_len;	/* bytes at data; ctxmix.h */
	uint32_t unpacked_len;
	uint32_t crc;		/* CRC-32 of the unpacked bytes */
	uint32_t code_len;	/* of the image's first bytes, in which calls were changed (ctxmix_calls) */
	uint32_t stored_len, image_len, syms_len, relocs_len;
	uint32_t link_base;	/* address the image was linked at */
	uint32_t entry;		/* offset of the entry point from the image's start */
	uint8_t data[];
};

extern const struct payload start_payload;
extern const char *const start_args;	/* NULL: none */
extern const uint8_t start_stack_top[];	/* end of the start-up code's memory */
extern const uint8_t resident_code[], resident_code_end[];

_Noreturn void unpack_main(uint32_t ss, uint32_t sp);

#endif
