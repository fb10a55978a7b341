/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A bounded cursor over received bytes: every parser of outside bytes reads
 * through it, so that the length is checked in one place.  A read past the
 * end sets `bad` (sticky), returns 0 or NULL, and moves nothing; a parser may
 * therefore read a whole structure and test `bad` once.
 */
#ifndef NET_CURSOR_H
#define NET_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cursor {
	const uint8_t *p;	/* first byte */
	size_t len;		/* bytes in all */
	size_t pos;		/* next byte to read, <= len */
	bool bad;		/* a read went past the end */
};

static inline struct cursor cur_make(const void *p, size_t len)
{
	return (struct cursor){ .p = p, .len = len };
}

static inline size_t cur_left(const struct cursor *c)
{
	return c->len - c->pos;
}

/* The next n bytes, which stay owned by whoever owns the buffer; NULL if fewer are left. */
static inline const uint8_t *cur_bytes(struct cursor *c, size_t n)
{
	if (c->bad || n > cur_left(c)) {
		c->bad = true;
		return NULL;
	}
	const uint8_t *at = c->p + c->pos;
	c->pos += n;
	return at;
}

static inline uint8_t cur_u8(struct cursor *c)
{
	const uint8_t *b = cur_bytes(c, 1);
	return b ? b[0] : 0;
}

static inline uint16_t cur_be16(struct cursor *c)
{
	const uint8_t *b = cur_bytes(c, 2);
	return b ? (uint16_t)(b[0] << 8 | b[1]) : 0;
}

static inline uint32_t cur_be32(struct cursor *c)
{
	const uint8_t *b = cur_bytes(c, 4);
	return b ? (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3] : 0;
}

static inline uint16_t cur_le16(struct cursor *c)
{
	const uint8_t *b = cur_bytes(c, 2);
	return b ? (uint16_t)(b[1] << 8 | b[0]) : 0;
}

static inline uint32_t cur_le32(struct cursor *c)
{
	const uint8_t *b = cur_bytes(c, 4);
	return b ? (uint32_t)b[3] << 24 | (uint32_t)b[2] << 16 | (uint32_t)b[1] << 8 | b[0] : 0;
}

static inline uint64_t cur_le64(struct cursor *c)
{
	uint64_t lo = cur_le32(c);
	return lo | (uint64_t)cur_le32(c) << 32;
}

static inline void cur_skip(struct cursor *c, size_t n)
{
	(void)cur_bytes(c, n);
}

#endif
