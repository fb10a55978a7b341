/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Internet checksum (RFC 1071): 32-bit words into a 64-bit sum, so that
 * carries need no care until the end.  Called for every packet in and out.
 */
#include "net/checksum.h"

#include "net/bytes.h"

static uint32_t fold64(uint64_t sum)
{
	uint32_t lo = (uint32_t)sum, s = lo + (uint32_t)(sum >> 32);
	return s + (s < lo);
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
	uint64_t s = sum;

	for (; len >= 16; len -= 16, p += 16) {
		s += word_at(p);
		s += word_at(p + 4);
		s += word_at(p + 8);
		s += word_at(p + 12);
	}
	for (; len >= 4; len -= 4, p += 4)
		s += word_at(p);
	if (len) {
		uint32_t w = 0;
		memcpy(&w, p, len);
		s += w;
	}
	return fold64(s);
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
