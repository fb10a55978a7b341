/* SPDX-License-Identifier: BSD-2-Clause */
/* The packed loader as tools/pack.py appends it to the start-up code, and what the linker gives the latter. */
#ifndef KERNEL_START_START_H
#define KERNEL_START_START_H

#include <stdint.h>

/*
 * Packed by LZMA (the LZMA SDK's, deps/).  The unpacked bytes are the loader's text in streams (streams_len;
 * streams.h); the rest of its image without its zeroed data (stored_len of image_len, the text in it); the symbol
 * table for backtraces (syms_len; kernel/symbols.h); and the relocation list (relocs_len) of what the streams do not
 * tell.
 */
struct payload {
	uint32_t crc;		/* CRC-32 of all behind it, to the end of data */
	uint32_t packed_len;	/* bytes at data; what the decoder leaves over is padding */
	uint8_t props[8];	/* LZMA's five bytes of properties */
	uint32_t plain_crc;	/* CRC-32 of the stored image as linked, with the text joined, and of all behind it */
	uint32_t streams_len, text_len, sites_n;	/* sites_n: addresses in the text that the streams tell */
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
