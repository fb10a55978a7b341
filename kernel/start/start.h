/* SPDX-License-Identifier: BSD-2-Clause */
/* The packed loader as tools/pack.py appends it to the start-up code, and what the linker gives the latter. */
#ifndef KERNEL_START_START_H
#define KERNEL_START_START_H

#include <stdint.h>

/*
 * Packed by LZMA behind its x86 filter (the LZMA SDK's, deps/).  The unpacked
 * bytes are the loader's image without its zeroed data (stored_len of
 * image_len), the symbol table for backtraces (syms_len; kernel/symbols.h) and
 * the relocation list (relocs_len).
 */
struct payload {
	uint32_t crc;		/* CRC-32 of all behind it, to the end of data */
	uint32_t packed_len;	/* bytes at data; what the decoder leaves over is padding */
	uint8_t props[8];	/* LZMA's five bytes of properties */
	uint32_t plain_crc;	/* CRC-32 of the unpacked bytes */
	uint32_t stored_len, image_len, syms_len, relocs_len;
	uint32_t link_base;	/* address the image was linked at */
	uint32_t entry;		/* offset of the entry point from the image's start */
	uint8_t data[];
};

extern const struct payload start_payload;
extern const char *const start_args;	/* NULL: none */
extern struct keep *const start_keep;	/* NULL: this is the first life (kernel/keep.h) */
/* Where a loader of Linux has started us, what it gave: an initrd. */
struct linux_start {
	uint32_t initrd, initrd_len;
};
extern const struct linux_start *const start_linux;	/* NULL: none has */
extern const uint8_t start_options[];	/* the block of settings in the file: kernel/patch.h */
extern const uint8_t start_bss[];	/* the start-up code's memory, above the longest undine.0 */
extern const uint8_t resident_code[], resident_code_end[];

_Noreturn void unpack_main(uint32_t ss, uint32_t sp);

#endif
