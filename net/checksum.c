/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Internet checksum (RFC 1071) by 32-bit words.  Called for every packet in
 * and out.
 */
#include "net/checksum.h"

#include "net/bytes.h"

/* a + b with the carry brought back in. */
static uint32_t add(uint32_t a, uint32_t b)
{
	uint32_t s = a + b;
	return s + (s < a);
}

/*
 * Adds blocks of 32 bytes, at least one.  In assembly, because no compiler
 * keeps the carry from one addition to the next: a third of the instructions
 * (docs/bench-net.md), and on an emulated processor each of them counts.
 */
static uint32_t add_blocks(uint32_t sum, const uint8_t *p, size_t blocks)
{
	__asm__("clc\n"
		"1:	adcl (%1), %0\n"
		"	adcl 4(%1), %0\n"
		"	adcl 8(%1), %0\n"
		"	adcl 12(%1), %0\n"
		"	adcl 16(%1), %0\n"
		"	adcl 20(%1), %0\n"
		"	adcl 24(%1), %0\n"
		"	adcl 28(%1), %0\n"
		"	lea 32(%1), %1\n"	/* neither this nor dec touches the carry */
		"	dec %2\n"
		"	jnz 1b\n"
		"	adcl $0, %0\n"
		"	adcl $0, %0"
		: "+r" (sum), "+r" (p), "+r" (blocks) : : "cc", "memory");
	return sum;
}

static uint32_t word_at(const uint8_t *p)
{
	uint32_t w;
	memcpy(&w, p, 4);
	return w;
}

uint32_t csum_add(uint32_t sum, const void *data, size_t len)
{
	const uint8_t *p = data;

	if (len >= 32) {
		sum = add_blocks(sum, p, len / 32);
		p += len & ~(size_t)31;
		len &= 31;
	}
	for (; len >= 4; len -= 4, p += 4)
		sum = add(sum, word_at(p));
	if (len) {
		uint32_t w = 0;
		memcpy(&w, p, len);
		sum = add(sum, w);
	}
	return sum;
}

uint32_t csum_pseudo(uint32_t src, uint32_t dst, uint8_t proto, size_t len)
{
	uint8_t ph[12];

	put_be32(ph, src);
	put_be32(ph + 4, dst);
	put_be16(ph + 8, proto);
	put_be16(ph + 10, (uint16_t)len);
	return csum_add(0, ph, sizeof ph);
}

uint16_t csum_finish(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}
