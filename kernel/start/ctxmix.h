/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the loader is packed with: a context-mixing model of i386 code and the
 * arithmetic coder behind it.  For each bit, seven contexts and the longest
 * match so far say how likely it is a one; weights of two kinds, learned on the
 * way, mix what they say.  Half of the contexts know where in an instruction
 * a byte stands, which is what makes it a sixth smaller than LZMA.
 *
 * The same file packs on the build host (tools/ctxmix.c) and unpacks in the
 * start-up code; integers only, so both compute the same.  Pure.
 */
#ifndef KERNEL_START_CTXMIX_H
#define KERNEL_START_CTXMIX_H

#include <stdint.h>

#define CTXMIX_CONTEXTS 7
#define CTXMIX_INPUTS (CTXMIX_CONTEXTS + 2)	/* with the match and a constant */
#define CTXMIX_BLOCKS_LOG2 17
#define CTXMIX_MATCHES_LOG2 16
#define CTXMIX_KINDS 6

/* Some 4.7 MiB: the caller's, zeroed by him. */
struct ctxmix {
	const uint8_t *bytes;		/* all so far */
	uint32_t at;			/* how many */
	uint32_t partial, bits;		/* of the byte that comes: a 1 and the bits so far, and how many */
	/* the instruction that it belongs to */
	uint8_t kind, left, imm, field_at, prefix, op, modrm, sib;
	uint32_t past;			/* opcodes before, one byte each */
	uint32_t word;			/* hash of the letters before; 0: none */
	uint32_t match_at, match_len;
	uint32_t hash[CTXMIX_CONTEXTS];
	uint16_t *block[CTXMIX_CONTEXTS];
	/* of this bit */
	uint32_t node;
	int16_t in[CTXMIX_INPUTS];
	int32_t *weights[2];
	uint32_t p;

	int16_t stretch[4096];
	uint16_t next[2][0x10000];
	int32_t by_bits[CTXMIX_KINDS * 256][CTXMIX_INPUTS], by_place[CTXMIX_KINDS * 32][CTXMIX_INPUTS];
	uint32_t match[1 << CTXMIX_MATCHES_LOG2];	/* by hash of five bytes: where they went on */
	/* For half a byte in a context: a check, then for each of its 15 nodes the probability of a one (12 bits) and how often it was met (4). */
	uint16_t blocks[1 << CTXMIX_BLOCKS_LOG2][16];
};

void ctxmix_init(struct ctxmix *m, const uint8_t *bytes);
/* The probability that the next bit is a one, 1..4095 of 4096. */
uint32_t ctxmix_predict(struct ctxmix *m);
/* Tells it the bit.  With the eighth, bytes[at] must be there. */
void ctxmix_learn(struct ctxmix *m, uint32_t bit);

/*
 * In code of len bytes, what follows each E8h and E9h (call, jmp) was packed as
 * a place in it, for calls to one function look the same then; makes distances
 * of them.  Places [0, len) stand for the distances there from the next
 * instruction at n, and [-n, 0) for those distances that would have stood there.
 */
void ctxmix_calls(uint8_t *code, uint32_t len);

/* Unpacks len bytes; what the packed bytes are, or how many, does not matter for safety, and nothing is checked here. */
void ctxmix_unpack(struct ctxmix *m, const uint8_t *packed, uint32_t packed_len, uint8_t *out, uint32_t len);

#endif
