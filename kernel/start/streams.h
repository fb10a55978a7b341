/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The loader's text as tools/streams.py has taken it apart for the packer: one stream for each kind of field that
 * an instruction may have.  Pure.
 */
#ifndef KERNEL_START_STREAMS_H
#define KERNEL_START_STREAMS_H

#include <stdbool.h>
#include <stdint.h>

/* Words of 32 bit first, big-endian, then bytes: what lies in the streams behind the head, one behind the other. */
enum { STREAM_DISP32, STREAM_IMM32, STREAM_JUMP32, STREAM_CALL,
       STREAM_CODE, STREAM_DISP8_FRAME, STREAM_DISP8, STREAM_IMM8, STREAM_JUMP8, STREAMS };

struct streams_head {
	uint32_t text_len;	/* bytes of text that come of it */
	uint32_t mark;		/* top byte of a DISP32 or IMM32 that is an address, of 24 bit from the text's start */
	uint32_t len[STREAMS];	/* bytes */
	uint8_t form[512];	/* of each opcode, and behind them of each behind 0Fh: FORM_... */
};

/* What follows an opcode: of the first line one, with or without a ModR/M byte; or it is a prefix. */
enum { FORM_NONE, FORM_IMM8, FORM_JUMP8, FORM_IMM, FORM_ADDRESS, FORM_CALL, FORM_JUMP32, FORM_TEST8, FORM_TEST,
       FORM_KIND = 0x0f, FORM_MODRM = 0x10, FORM_PREFIX = 0x20 };

enum { STREAMS_PREFIXES = 4,	/* of more than these the last is an opcode */
       STREAMS_MARGIN = 16 };	/* no instruction is longer; what is less at the end is code */

/*
 * Joins the streams behind H, in LEN bytes with it, to h->text_len bytes at TEXT, for a text that runs at BASE, and
 * puts at SITES, which has room for SITES_MAX, the offsets of the absolute addresses in it.  Their number, or -1: that
 * is no text in streams, and TEXT and SITES hold anything.
 */
int streams_join(const struct streams_head *h, uint32_t len, uint8_t *text, uint32_t base, uint32_t *sites,
		 uint32_t sites_max);

#endif
