/* SPDX-License-Identifier: BSD-2-Clause */
/* Growable page-backed buffers: see membuf.h. */
#include "kernel/membuf.h"

#include <errno.h>
#include <string.h>

#include "kernel/pages.h"

#define FIRST_CAP (256u * 1024)
#define WIPED_MAX FIRST_CAP		/* what is as short may be a key, or a script with a password in it */

static size_t whole_pages(size_t len)
{
	return (len + PAGE_LEN - 1) & ~(size_t)(PAGE_LEN - 1);
}

static void give_back(void *p, size_t len)
{
	if (p && len <= WIPED_MAX)
		memset(p, 0, whole_pages(len));
	pages_free(p, len);
}

int membuf_move_to(struct membuf *b, size_t cap)
{
	give_back(b->next, b->next_cap);
	b->next = NULL;
	b->next_cap = b->moved = 0;
	if (cap <= b->cap)
		return 0;
	if (whole_pages(cap) < cap)
		return -ENOMEM;
	cap = whole_pages(cap);
	b->next = pages_alloc(cap);
	if (!b->next)
		return -ENOMEM;
	b->next_cap = cap;
	return 0;
}

bool membuf_move(struct membuf *b)
{
	if (!b->next)
		return true;
	size_t len = b->len - b->moved < MEMBUF_TURN ? b->len - b->moved : MEMBUF_TURN;
	if (len)			/* neither need be there */
		memcpy(b->next + b->moved, b->data + b->moved, len);
	b->moved += len;
	if (b->moved < b->len)
		return false;
	give_back(b->data, b->cap);
	*b = (struct membuf){ .data = b->next, .len = b->len, .cap = b->next_cap };
	return true;
}

int membuf_reserve(struct membuf *b, size_t cap)
{
	int err = membuf_move_to(b, cap);
	while (!err && !membuf_move(b))
		;
	return err;
}

int membuf_grow(struct membuf *b, size_t more)
{
	if (more <= b->cap - b->len)
		return 0;
	if (more > SIZE_MAX - b->len)
		return -ENOMEM;
	size_t need = b->len + more, cap = b->cap ? b->cap : FIRST_CAP;
	while (cap < need && cap <= SIZE_MAX / 2)
		cap *= 2;
	/* when doubling no longer fits, what is needed still may */
	return membuf_move_to(b, cap < need ? need : cap) < 0 ? membuf_move_to(b, need) : 0;
}

int membuf_append(struct membuf *b, const void *data, size_t len)
{
	int err = membuf_grow(b, len);
	if (err)
		return err;
	while (!membuf_move(b))
		;
	if (len)			/* neither need be there */
		memcpy(b->data + b->len, data, len);
	b->len += len;
	return 0;
}

void membuf_trim(struct membuf *b)
{
	size_t keep = whole_pages(b->len);
	if (keep < b->cap) {
		give_back(b->data + keep, b->cap - keep);
		b->cap = keep;
		if (!keep)
			b->data = NULL;
	}
}

void membuf_free(struct membuf *b)
{
	give_back(b->data, b->cap);
	give_back(b->next, b->next_cap);
	*b = (struct membuf){ 0 };
}
