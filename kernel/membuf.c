/* SPDX-License-Identifier: BSD-2-Clause */
/* Growable page-backed buffers: see membuf.h. */
#include "kernel/membuf.h"

#include <errno.h>
#include <string.h>

#include "kernel/pages.h"

#define FIRST_CAP (256u * 1024)

static size_t whole_pages(size_t len)
{
	return (len + PAGE_LEN - 1) & ~(size_t)(PAGE_LEN - 1);
}

int membuf_reserve(struct membuf *b, size_t cap)
{
	if (cap <= b->cap)
		return 0;
	if (whole_pages(cap) < cap)
		return -ENOMEM;
	cap = whole_pages(cap);
	uint8_t *p = pages_alloc(cap);
	if (!p)
		return -ENOMEM;
	if (b->len)
		memcpy(p, b->data, b->len);
	pages_free(b->data, b->cap);
	b->data = p;
	b->cap = cap;
	return 0;
}

int membuf_append(struct membuf *b, const void *data, size_t len)
{
	if (len > b->cap - b->len) {
		if (len > SIZE_MAX - b->len)
			return -ENOMEM;
		size_t need = b->len + len, cap = b->cap ? b->cap : FIRST_CAP;
		while (cap < need && cap <= SIZE_MAX / 2)
			cap *= 2;
		/* when doubling no longer fits, what is needed still may */
		if (membuf_reserve(b, cap < need ? need : cap) < 0 && membuf_reserve(b, need) < 0)
			return -ENOMEM;
	}
	if (len)			/* neither need be there */
		memcpy(b->data + b->len, data, len);
	b->len += len;
	return 0;
}

void membuf_trim(struct membuf *b)
{
	size_t keep = whole_pages(b->len);
	if (keep < b->cap) {
		pages_free(b->data + keep, b->cap - keep);
		b->cap = keep;
		if (!keep)
			b->data = NULL;
	}
}

void membuf_free(struct membuf *b)
{
	pages_free(b->data, b->cap);
	*b = (struct membuf){ 0 };
}
