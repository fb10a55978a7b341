/* SPDX-License-Identifier: BSD-2-Clause */
/* The regions of a deprivileged program: see space.h. */
#include "kernel/space.h"

#include <errno.h>
#include <string.h>

#include "kernel/pages.h"

static uint32_t page_up(uint32_t n)
{
	return (n + PAGE_LEN - 1) & ~(PAGE_LEN - 1);
}

int space_add(struct space *s, uint32_t at, uint32_t len, unsigned rights)
{
	if (at < SPACE_LO || at >= SPACE_HI || !len || len > SPACE_HI - at)
		return -EINVAL;
	uint32_t from = at & ~(PAGE_LEN - 1), end = page_up(at + len);
	for (unsigned i = 0; i < s->count; i++)
		if (from < s->region[i].at + s->region[i].len && s->region[i].at < end)
			return -EINVAL;
	len = end - from;
	if (s->count == SPACE_REGIONS || s->held > s->most || len > s->most - s->held)
		return -EDQUOT;
	uint8_t *mem = pages_alloc(len);
	if (!mem)
		return -ENOMEM;
	memset(mem, 0, len);
	s->region[s->count++] = (struct space_region){ .at = from, .len = len, .mem = mem, .rights = rights };
	s->held += len;
	return 0;
}

void space_free(struct space *s)
{
	for (unsigned i = 0; i < s->count; i++) {
		memset(s->region[i].mem, 0, s->region[i].len);	/* passwords may be in it */
		pages_free(s->region[i].mem, s->region[i].len);
	}
	s->count = 0;
	s->held = 0;
}

void *space_piece(const struct space *s, uint32_t at, size_t *len, bool write)
{
	for (unsigned i = 0; i < s->count; i++) {
		const struct space_region *r = &s->region[i];
		uint32_t off = at - r->at;
		if (at < r->at || off >= r->len)
			continue;
		if (write && !(r->rights & SPACE_WRITE))
			return NULL;
		*len = r->len - off;
		return r->mem + off;
	}
	return NULL;
}

bool space_holds(const struct space *s, uint32_t at, size_t len, bool write)
{
	size_t piece;
	for (; len; len -= piece, at += (uint32_t)piece) {
		if (!space_piece(s, at, &piece, write))
			return false;
		if (piece > len)
			piece = len;
	}
	return true;
}

int space_read(const struct space *s, void *to, uint32_t from, size_t len)
{
	uint8_t *out = to;
	size_t piece;
	if (!space_holds(s, from, len, false))
		return -EFAULT;
	for (; len; len -= piece, from += (uint32_t)piece, out += piece) {
		const void *in = space_piece(s, from, &piece, false);
		if (piece > len)
			piece = len;
		memcpy(out, in, piece);
	}
	return 0;
}

int space_write(const struct space *s, uint32_t to, const void *from, size_t len)
{
	const uint8_t *in = from;
	size_t piece;
	if (!space_holds(s, to, len, true))
		return -EFAULT;
	for (; len; len -= piece, to += (uint32_t)piece, in += piece) {
		void *out = space_piece(s, to, &piece, true);
		if (piece > len)
			piece = len;
		memcpy(out, in, piece);
	}
	return 0;
}

int space_text(const struct space *s, char *to, size_t cap, uint32_t from)
{
	size_t piece;
	for (size_t n = 0; n < cap; n++) {
		const char *c = space_piece(s, from + (uint32_t)n, &piece, false);
		if (!c)
			return -EFAULT;
		to[n] = *c;
		if (!*c)
			return (int)n;
	}
	return -ENAMETOOLONG;
}
