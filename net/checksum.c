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

static uint32_t word_at(const uint8_t *p)
{
	uint32_t w;
	memcpy(&w, p, 4);
	return w;
}

struct sums { uint32_t all, upper; };

static inline void take(struct sums *s, const uint8_t *p)
{
	uint32_t w = word_at(p);
	/* one after the other: else each is loaded twice, or all at once and spilled */
	__asm__("" : "+r"(w), "+r"(s->all), "+r"(s->upper));
	s->all += w;
	s->upper += w >> 16;
}

/*
 * Adds blocks of 32 bytes, fewer than 2^16 words.  All words, and their upper
 * halves apart: so no carry has to be kept, which costs an emulated processor
 * more than the additions (1.0 us for 1448 bytes where a chain of ADC took
 * 1.6; on a real one 0.2 and 0.1).
 */
static uint32_t add_blocks(uint32_t sum, const uint8_t *p, size_t blocks)
{
	struct sums s = { 0, 0 };
	for (; blocks; blocks--, p += 32) {
		take(&s, p);
		take(&s, p + 4);
		take(&s, p + 8);
		take(&s, p + 12);
		take(&s, p + 16);
		take(&s, p + 20);
		take(&s, p + 24);
		take(&s, p + 28);
	}
	return add(add(sum, s.all - (s.upper << 16)), s.upper);
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

uint32_t csum_pseudo(const struct net_addr *src, const struct net_addr *dst, uint8_t proto, size_t len)
{
	uint8_t swapped[4];		/* the sum of swapped words is the sum, swapped (RFC 1071 2 B) */

	put_be32(swapped, add(add(src->v4, dst->v4), proto + (uint32_t)len));
	return word_at(swapped);
}

uint16_t csum_finish(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}
